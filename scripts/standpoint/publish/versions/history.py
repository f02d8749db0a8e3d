"""The versions that there are: ``dataset/versions.tsv``, a row a version, append-only but for its last column.

``commit`` is the commit that a version's tag names, for clones without tags; ``content`` is the content hash of its rows;
``yanked`` says why a version should not be used any more: it stays where it is, and is built and compared as before.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from standpoint.jsonlines import written_whole
from standpoint.model import StandpointError
from standpoint.publish.versions.numbers import Number, is_number, read_number

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
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else ["\t".join(HEADER)]
    if lines[:1] != ["\t".join(HEADER)]:
        raise StandpointError(f"{path}:1: the header should be {' '.join(HEADER)}, tab-separated")
    rows: list[Row] = []
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) != len(HEADER) or not all(fields[:4]) or not is_number(fields[0]):
            raise StandpointError(f"{path}:{number}: should be {' '.join(HEADER)}, tab-separated", "take it from the last commit")
        rows.append(Row(*fields))
        if len(rows) > 1 and rows[-1].number <= rows[-2].number:
            raise StandpointError(f"{path}:{number}: {fields[0]} after {rows[-2].version}, should be sorted by version")
    return rows


def write_history(path: Path, rows: Iterable[Row]) -> None:
    """Write the file whole or not at all."""
    with written_whole(path) as file:
        for row in (HEADER, *sorted(rows, key=lambda row: row.number)):
            file.write("\t".join(row).encode() + b"\n")


def find_row(rows: Iterable[Row], version: str) -> Row | None:
    """The row of a version, with or without the tag's v."""
    wanted = read_number(version) if is_number(version) else None
    return next((row for row in rows if row.number == wanted), None)


def refuse_yanked(rows: Iterable[Row], version: str) -> None:
    """StandpointError where a version is yanked."""
    row = find_row(rows, version)
    if row and row.yanked:
        raise StandpointError(f"{version} is yanked: {row.yanked}", "release a version that mends it")


def yank(rows: Iterable[Row], version: str, reason: str) -> list[Row]:
    """The rows with one version yanked (an empty reason takes that back); StandpointError where there is no such version."""
    rows = list(rows)
    row = find_row(rows, version)
    if row is None:
        raise StandpointError(f"{version}: no such version", f"there are: {', '.join(row.version for row in rows) or 'none'}")
    return [one._replace(yanked=" ".join(reason.split())) if one is row else one for one in rows]
