"""Version numbers, and the list of released versions in ``dataset/versions.tsv``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from standpoint.core.model import StandpointError
from standpoint.core.tsv import read_tsv, write_tsv
from standpoint.core.version import VersionNumber, is_version, parse_version


class Bump(IntEnum):
    """The part of the version number that a change requires to grow. A release requires the greatest bump of its changes."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2

    def __str__(self) -> str:
        return self.name


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
