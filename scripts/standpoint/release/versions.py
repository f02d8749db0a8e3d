"""Version numbers, the released versions in ``dataset/versions.tsv``, and their entries in the changelog."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from standpoint.agreement.figures import HEADING_TEXTS
from standpoint.core.model import StandpointError
from standpoint.core.project import VersionNumber, is_version, parse_version
from standpoint.core.textfiles import read_tsv, write_tsv
from standpoint.dataset.schema import DOCUMENTS
from standpoint.release.changes import REQUIRED_BUMPS, Bump, ChangeSummary


def next_version(before: VersionNumber, bump: Bump) -> VersionNumber:
    """The smallest number that may follow ``before`` after changes that require ``bump``."""
    if bump == Bump.PATCH:
        return VersionNumber(f"{before.major}.{before.minor}.{before.micro + 1}")
    if bump == Bump.MINOR or before.major == 0:  # below 1.0.0, the second number grows for MAJOR changes too
        return VersionNumber(f"{before.major}.{before.minor + 1}.0")
    return VersionNumber(f"{before.major + 1}.0.0")


def refuse_small_number(before: VersionNumber, after: VersionNumber, bump: Bump) -> None:
    """StandpointError if ``after`` is smaller than the changes since ``before`` require."""
    required = next_version(before, bump)
    if after < required:
        why = f"the changes since {before} are {bump}" if after > before else f"{before} is already released"
        hint = f"release {required} or later; `standpoint release diff` lists the changes"
        raise StandpointError(f"version {after} is too small: {why}", hint)


HEADER = ("version", "date", "commit", "content", "yanked")


class HistoryRow(NamedTuple):
    """One released version: its number, date, commit, content hash, and the reason why it is yanked, if it is."""

    version: str
    date: str
    commit: str
    content: str
    yanked: str = ""

    @property
    def number(self) -> VersionNumber:
        return parse_version(self.version)


def read_history(path: Path) -> list[HistoryRow]:
    """The rows by version, none if there is no file; StandpointError with the line if the file is not valid."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else ["\t".join(HEADER)]
    if lines[:1] != ["\t".join(HEADER)]:
        raise StandpointError(f"{path}:1: the header should be {' '.join(HEADER)}, tab-separated")
    rows: list[HistoryRow] = []
    hint = "restore the file from the last commit"
    for line in read_tsv(path, HEADER, hint, optional=("yanked",)):
        row, where = HistoryRow(*line.fields), f"{path}:{line.number}"
        if not is_version(row.version):
            raise StandpointError(f"{where}: version {row.version!r} is not MAJOR.MINOR.PATCH", hint)
        if rows and row.number <= rows[-1].number:
            raise StandpointError(f"{where}: {row.version} after {rows[-1].version}, should be sorted by version")
        rows.append(row)
    return rows


def write_history(path: Path, rows: Iterable[HistoryRow]) -> None:
    """Write the file atomically, sorted by version."""
    by_number: list[HistoryRow] = sorted(rows, key=lambda row: row.number)
    write_tsv(path, HEADER, by_number)


def find_row(rows: Iterable[HistoryRow], version: str) -> HistoryRow | None:
    """The row of a version, with or without the v of a tag; None if there is none."""
    wanted = parse_version(version) if is_version(version) else None
    return next((row for row in rows if row.number == wanted), None)


def refuse_yanked(rows: Iterable[HistoryRow], version: str) -> None:
    """StandpointError if a version is yanked."""
    row = find_row(rows, version)
    if row and row.yanked:
        raise StandpointError(f"{version} is yanked: {row.yanked}", "release a version that fixes it")


def mark_yanked(rows: Iterable[HistoryRow], version: str, reason: str) -> list[HistoryRow]:
    """The rows with one version yanked; an empty reason undoes a yank. StandpointError if there is no such version."""
    rows = list(rows)
    yanked = find_row(rows, version)
    if yanked is None:
        known = ", ".join(row.version for row in rows) or "none"
        raise StandpointError(f"{version}: no such version", f"released versions: {known}")
    return [row._replace(yanked=" ".join(reason.split())) if row is yanked else row for row in rows]


TITLE = "# Changelog of the dataset"
HEADING = re.compile(r"^## +\[?(?P<name>Unreleased|v?\d+\.\d+\.\d+)\]?(?P<rest>.*)$", re.MULTILINE | re.IGNORECASE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
BEGIN_COUNTS, END_COUNTS = "<!-- counted -->", "<!-- /counted -->"
UNRELEASED, YANKED = "unreleased", "**Yanked:**"


class AgreementChange(NamedTuple):
    """One figure of agreement before and after; ``heading`` says who is compared, ``figure`` which layer and statistic."""

    heading: str
    figure: str
    before: float | None
    after: float | None


class ChangelogEntry(NamedTuple):
    """What the changelog says of a release. The first release has no ``previous`` version."""

    number: VersionNumber
    date: str
    previous: VersionNumber | None
    changes: ChangeSummary
    counts: Sequence[tuple[str, int | None, int]]  # name, before, after
    agreement: Sequence[AgreementChange]
    taken_down: Sequence[str] = ()


class _Section(NamedTuple):
    """A version's section of the changelog: its name in lower case without v, its heading line, and its text."""

    name: str
    heading: str
    body: str


def count_rows(folder: Path) -> Counter:
    """The number of articles by split, and of rows in each other config of a release folder."""
    counts: Counter = Counter()
    for path in sorted(folder.glob("*/*.parquet")):
        config, split = path.parent.name, path.name.partition("-")[0]
        rows = pq.read_metadata(path).num_rows
        for name in ("articles", f"articles in {split}") if config == DOCUMENTS else (f"rows of {config}",):
            counts[name] += rows
    return Counter(dict(sorted(counts.items())))  # the articles come first


def pair_counts(before: Counter, after: Counter) -> list[tuple[str, int | None, int]]:
    """Name, count before and count after, in the order of ``after``; None where a name was not counted before."""
    names = [*after, *(name for name in before if name not in after)]
    return [(name, before.get(name), after[name]) for name in names]


def add_entry(text: str, entry: ChangelogEntry) -> str:
    """The changelog with the entry of a release on top. An earlier entry of the same version is replaced."""
    head, sections = _read_sections(text)
    names = (UNRELEASED, str(entry.number))
    bodies = (
        re.sub(rf"{BEGIN_COUNTS}.*?{END_COUNTS}", "", item.body, flags=re.DOTALL) for item in sections if item.name in names
    )
    prose = "\n\n".join(filter(None, map(str.strip, bodies)))
    rest = [f"{section.heading}\n\n{section.body}".rstrip("\n") for section in sections if section.name not in names]
    new = "\n".join([f"## {entry.number} ({entry.date})", "", *([prose, ""] if prose else []), *_count_lines(entry)])
    return "\n\n".join([head.strip() or TITLE, new, *rest]) + "\n"


def release_date(text: str, version: str) -> str | None:
    """The date in the heading of a version; None if there is none."""
    for section in _read_sections(text)[1]:
        if section.name == version.removeprefix("v") and (match := DATE.search(section.heading)):
            return match.group()
    return None


def note_yank(text: str, version: str, reason: str) -> str:
    """The changelog with the reason of a yank below the heading of a version; an empty reason removes the note."""
    head, sections = _read_sections(text)
    parts = [head.rstrip("\n")]
    for name, heading, body in sections:
        if name == version.removeprefix("v"):
            rest = re.sub(rf"^{re.escape(YANKED)}.*\n*", "", body, flags=re.MULTILINE)
            body = f"{YANKED} {reason}\n\n{rest}" if reason else rest
        parts.append(f"{heading}\n\n{body}".rstrip("\n"))
    return "\n\n".join(parts) + "\n"


def changes_table(changes: ChangeSummary) -> Iterator[str]:
    """The lines of a Markdown table of added, changed and deleted items by kind; none if there are no changes."""
    rows = changes.rows()
    if rows:
        yield "| | added | changed | deleted |"
        yield "| --- | --: | --: | --: |"
        yield from (f"| {name} | {added:,} | {changed:,} | {deleted:,} |" for name, added, changed, deleted in rows)
        yield ""


def _read_sections(text: str) -> tuple[str, list[_Section]]:
    """The text above the first version, and the section of each version."""
    headings = list(HEADING.finditer(text))
    ends = [match.start() for match in headings[1:]] + [len(text)]
    sections = [
        _Section(match["name"].lower().removeprefix("v"), match.group(), text[match.end() : end].strip("\n"))
        for match, end in zip(headings, ends, strict=True)
    ]
    return text[: headings[0].start()] if headings else text, sections


def _count_lines(entry: ChangelogEntry) -> Iterator[str]:
    yield BEGIN_COUNTS
    if entry.previous is not None:
        yield f"Since {entry.previous}, this is {REQUIRED_BUMPS[entry.changes.bump]}."
        yield ""
        yield from changes_table(entry.changes)
    yield from _before_after_table(
        "in the release", [(name, _format_count(before), _format_count(after)) for name, before, after in entry.counts]
    )
    for heading, rows in groupby(entry.agreement, key=lambda row: row.heading):
        figures = [(row.figure, _format_figure(row.before), _format_figure(row.after)) for row in rows]
        yield from _before_after_table(HEADING_TEXTS[heading].full, figures)
    if entry.taken_down:
        yield f"Taken down: {', '.join(entry.taken_down)}."
        yield ""
    yield END_COUNTS


def _before_after_table(title: str, rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    if rows:
        yield f"| {title} | before | after |"
        yield "| --- | --: | --: |"
        yield from (f"| {name} | {before} | {after} |" for name, before, after in rows)
        yield ""


def _format_count(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


def _format_figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
