"""Version numbers, yanked versions, and the entries of versions in the changelog of the dataset."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from standpoint.core.history import UNRELEASED, YANKED, HistoryRow, Section, find_row, read_sections
from standpoint.core.model import StandpointError
from standpoint.core.project import VersionNumber
from standpoint.dataset.release_folder import readable, split_of
from standpoint.dataset.schema import DOCUMENTS
from standpoint.release.changes import Bump, ChangeSummary


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


def mark_yanked(rows: Iterable[HistoryRow], version: str, reason: str) -> list[HistoryRow]:
    """The rows with one version yanked; an empty reason undoes a yank. StandpointError if there is no such version."""
    rows = list(rows)
    yanked = find_row(rows, version)
    if yanked is None:
        known = ", ".join(row.version for row in rows) or "none"
        raise StandpointError(f"{version}: no such version", f"released versions: {known}")
    return [row._replace(yanked=" ".join(reason.split())) if row is yanked else row for row in rows]


TITLE = "# Changelog of the dataset"
BEGIN_COUNTS, END_COUNTS = "<!-- counted -->", "<!-- /counted -->"
Figures = Mapping[str, Mapping[str, float]]  # of agreement: heading -> "layer, statistic" -> value


def count_rows(folder: Path) -> Counter:
    """The number of articles by split, and of rows in each other config of a release folder."""
    counts: Counter = Counter()
    for path in sorted(folder.glob("*/*.parquet")):
        with readable(path):
            config, rows = path.parent.name, pq.read_metadata(path).num_rows
        names = ("articles", f"articles in {split_of(path)}") if config == DOCUMENTS else (f"rows of {config}",)
        counts.update(dict.fromkeys(names, rows))
    return Counter(dict(sorted(counts.items())))  # the articles come first


def add_entry(text: str, number: VersionNumber, day: str, counted: Iterable[str]) -> str:
    """The changelog with an entry of a release on top: the hand-written text about it, then the ``counted`` lines.

    An earlier entry of the same version is replaced.
    """
    head, sections = read_sections(text)
    names = (UNRELEASED, str(number))
    bodies = (re.sub(rf"{BEGIN_COUNTS}.*?{END_COUNTS}", "", body, flags=re.DOTALL) for name, _, body in sections if name in names)
    prose = "\n\n".join(filter(None, map(str.strip, bodies)))
    lines = [f"## {number} ({day})", "", *([prose, ""] if prose else []), BEGIN_COUNTS, *counted, END_COUNTS]
    rest = [section for section in sections if section[0] not in names]
    return _join_sections(head.strip() or TITLE, "\n".join(lines), sections=rest)


def note_yank(text: str, version: str, reason: str) -> str:
    """The changelog with the reason of a yank below the heading of a version; an empty reason removes the note."""
    head, sections = read_sections(text)
    for place, (name, heading, body) in enumerate(sections):
        if name == version.removeprefix("v"):
            rest = re.sub(rf"^{re.escape(YANKED)}.*\n*", "", body, flags=re.MULTILINE)
            sections[place] = (name, heading, f"{YANKED} {reason}\n\n{rest}" if reason else rest)
    return _join_sections(head.rstrip("\n"), sections=sections)


def _join_sections(*parts: str, sections: Iterable[Section]) -> str:
    return "\n\n".join([*parts, *(f"{heading}\n\n{body}".rstrip("\n") for _, heading, body in sections)]) + "\n"


def changes_table(changes: ChangeSummary) -> Iterator[str]:
    """The lines of a Markdown table of added, changed and deleted items by kind; none if there are no changes."""
    rows = changes.rows()
    if rows:
        yield "| | added | changed | deleted |"
        yield "| --- | --: | --: | --: |"
        yield from (f"| {name} | {added:,} | {changed:,} | {deleted:,} |" for name, added, changed, deleted in rows)
        yield ""


def before_after_table(title: str, before: Mapping[str, float], after: Mapping[str, float], form: str) -> Iterator[str]:
    """The lines of a Markdown table, in the order of ``after``; none if there are no rows."""

    def cell(value: float | None) -> str:
        return "–" if value is None else format(value, form)

    if before or after:
        yield f"| {title} | before | after |"
        yield "| --- | --: | --: |"
        names = [*after, *(name for name in before if name not in after)]
        yield from (f"| {name} | {cell(before.get(name))} | {cell(after.get(name))} |" for name in names)
        yield ""
