"""Version numbers and the list of released versions, ``dataset/versions.tsv``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from standpoint.core.model import StandpointError
from standpoint.core.tsv import read_tsv, write_tsv

PATTERN = re.compile(r"v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)", re.ASCII)


class Bump(IntEnum):
    """What a change demands; the greatest of all changes counts."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2

    def __str__(self) -> str:
        return self.name


class Number(NamedTuple):
    """MAJOR.MINOR.PATCH."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def tag(self) -> str:
        """What git and the Hub call the version."""
        return f"v{self}"


def read_number(text: str) -> Number:
    """``0.2.0`` or ``v0.2.0``; StandpointError for anything else."""
    found = PATTERN.fullmatch(text)
    if not found:
        raise StandpointError(f"version {text!r} is not MAJOR.MINOR.PATCH", "for instance 0.2.0")
    return Number(*map(int, found.groups()))


def is_number(text: str) -> bool:
    """Whether a text is a version number, with or without the tag's v."""
    return PATTERN.fullmatch(text) is not None


def least(before: Number, bump: Bump) -> Number:
    """The smallest number that may follow ``before`` after changes that demand ``bump``."""
    if bump == Bump.PATCH:
        return before._replace(patch=before.patch + 1)
    if bump == Bump.MINOR or before.major == 0:
        return Number(before.major, before.minor + 1, 0)
    return Number(before.major + 1, 0, 0)


def refuse_smaller(before: Number, after: Number, bump: Bump) -> None:
    """StandpointError where ``after`` promises more than the changes keep."""
    needed = least(before, bump)
    if after < needed:
        why = f"the changes since {before} are {bump}" if after > before else f"{before} is out already"
        raise StandpointError(f"version {after} is too small: {why}", f"release {needed} or later; `standpoint diff` says why")


HEADER = ("version", "date", "commit", "content", "yanked")


class Row(NamedTuple):
    """One version, as the header says."""

    version: str
    date: str
    commit: str
    content: str
    yanked: str = ""

    @property
    def number(self) -> Number:
        return read_number(self.version)


def read_history(path: Path) -> list[Row]:
    """The rows by number, none where the file is not there; StandpointError with the line where it is not as written."""
    rows: list[Row] = []
    for line in read_tsv(path, HEADER, "take it from the last commit", optional=("yanked",)):
        row, where = Row(*line.fields), f"{path}:{line.number}"
        if not is_number(row.version):
            raise StandpointError(f"{where}: version {row.version!r} is not MAJOR.MINOR.PATCH", "take it from the last commit")
        if rows and row.number <= rows[-1].number:
            raise StandpointError(f"{where}: {row.version} after {rows[-1].version}, should be sorted by version")
        rows.append(row)
    return rows


def write_history(path: Path, rows: Iterable[Row]) -> None:
    """Write the file whole or not at all."""
    write_tsv(path, HEADER, sorted(rows, key=lambda row: row.number))


def find_row(rows: Iterable[Row], version: str) -> Row | None:
    """The row of a version, with or without the tag's v."""
    wanted = read_number(version) if is_number(version) else None
    return next((row for row in rows if row.number == wanted), None)


def refuse_yanked(rows: Iterable[Row], version: str) -> None:
    """StandpointError where a version is yanked."""
    row = find_row(rows, version)
    if row and row.yanked:
        raise StandpointError(f"{version} is yanked: {row.yanked}", "release a version that fixes it")


def mark_yanked(rows: Iterable[Row], version: str, reason: str) -> list[Row]:
    """The rows with one version yanked (an empty reason takes that back); StandpointError where there is no such version."""
    rows = list(rows)
    row = find_row(rows, version)
    if row is None:
        raise StandpointError(f"{version}: no such version", f"there are: {', '.join(row.version for row in rows) or 'none'}")
    return [one._replace(yanked=" ".join(reason.split())) if one is row else one for one in rows]
