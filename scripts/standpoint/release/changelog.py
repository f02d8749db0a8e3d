"""The changelog of the dataset: hand-written text, and what was counted at each release."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from standpoint.agreement.figures import HEADING_TEXTS
from standpoint.dataset.schema import DOCUMENTS
from standpoint.release.changes import Total
from standpoint.release.render_diff import DEMANDS, counts_table
from standpoint.release.versions import Number


def rows_of(folder: Path) -> Counter:
    """How many articles by split, and how many rows of each other config, from the tables' own figures."""
    counts: Counter = Counter()
    for path in sorted(folder.glob("*/*.parquet")):
        config, split = path.parent.name, path.name.partition("-")[0]
        rows = pq.read_metadata(path).num_rows
        for name in ("articles", f"articles in {split}") if config == DOCUMENTS else (f"rows of {config}",):
            counts[name] += rows
    return Counter(dict(sorted(counts.items())))  # the articles first


def side_by_side(before: Counter, after: Counter) -> list[tuple[str, int | None, int]]:
    """Name, before and after, in the order of the newer one; None where a name was not counted before."""
    names = [*after, *(name for name in before if name not in after)]
    return [(name, before.get(name), after[name]) for name in names]


TITLE = "# Changelog of the dataset"
HEADING = re.compile(r"^## +\[?(?P<name>Unreleased|v?\d+\.\d+\.\d+)\]?(?P<rest>.*)$", re.MULTILINE | re.IGNORECASE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
BEGIN, END = "<!-- counted -->", "<!-- /counted -->"
UNRELEASED, YANKED = "unreleased", "**Yanked:**"


class Entry(NamedTuple):
    """What a release says of itself. Counts and agreement are by name; of the first version, nothing was before."""

    number: Number
    date: str
    before: Number | None
    total: Total
    counts: Sequence[tuple[str, int | None, int]]  # name, before, after
    agreement: Sequence[tuple[str, str, float | None, float | None]]  # who is compared with whom, what of what, before, after
    taken_down: Sequence[str] = ()


def stamped(text: str, entry: Entry) -> str:
    """The changelog with the entry of a release on top; the same entry again replaces itself."""
    head, sections = _sections(text)
    names = (UNRELEASED, str(entry.number))
    prose = "\n\n".join(filter(None, (_prose(body) for name, _, body in sections if name in names)))
    rest = [f"{heading}\n\n{body}".rstrip("\n") for name, heading, body in sections if name not in names]
    new = "\n".join([f"## {entry.number} ({entry.date})", "", *([prose, ""] if prose else []), *_counted(entry)])
    return "\n\n".join([head.strip() or TITLE, new, *rest]) + "\n"


def date_of(text: str, version: str) -> str | None:
    """The day on which a version was released, as its heading says."""
    for name, heading, _ in _sections(text)[1]:
        if name == version.removeprefix("v") and (found := DATE.search(heading)):
            return found.group()
    return None


def yanked(text: str, version: str, reason: str) -> str:
    """The changelog with a line below a version's heading that says that it is yanked, and why; without it for no reason."""
    head, sections = _sections(text)
    parts = [head.rstrip("\n")]
    for name, heading, body in sections:
        if name == version.removeprefix("v"):
            rest = re.sub(rf"^{re.escape(YANKED)}.*\n*", "", body, flags=re.MULTILINE)
            body = f"{YANKED} {reason}\n\n{rest}" if reason else rest
        parts.append(f"{heading}\n\n{body}".rstrip("\n"))
    return "\n\n".join(parts) + "\n"


def _sections(text: str) -> tuple[str, list[tuple[str, str, str]]]:
    """What stands above the first version; then name, heading and body of each."""
    found = list(HEADING.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    sections = [
        (match["name"].lower().removeprefix("v"), match.group(), text[match.end() : end].strip("\n"))
        for match, end in zip(found, ends, strict=True)
    ]
    return text[: found[0].start()] if found else text, sections


def _prose(body: str) -> str:
    return re.sub(rf"{BEGIN}.*?{END}", "", body, flags=re.DOTALL).strip()


def _counted(entry: Entry) -> Iterator[str]:
    yield BEGIN
    if entry.before is not None:
        yield f"Since {entry.before}, this is {DEMANDS[entry.total.bump]}."
        yield ""
        yield from counts_table(entry.total)
    yield from _table("in the release", [(name, _whole(one), _whole(two)) for name, one, two in entry.counts])
    for heading, rows in groupby(entry.agreement, key=lambda row: row[0]):
        yield from _table(HEADING_TEXTS[heading].full, [(name, _figure(one), _figure(two)) for _, name, one, two in rows])
    if entry.taken_down:
        yield f"Taken down: {', '.join(entry.taken_down)}."
        yield ""
    yield END


def _table(name: str, rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    if rows:
        yield f"| {name} | before | after |"
        yield "| --- | --: | --: |"
        yield from (f"| {what} | {one} | {two} |" for what, one, two in rows)
        yield ""


def _whole(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
