"""Tab-separated tables with a header, in UTF-8: append-only files that git merges by line. Read strictly, by line number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from standpoint.core.files import written_whole
from standpoint.core.model import StandpointError


class Line(NamedTuple):
    """A line of the file: its number, from 1, and its text with the line break that ends it."""

    number: int
    text: str

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.text.removesuffix("\n").split("\t"))

    def problem(self, header: Sequence[str], optional: Sequence[str] = ()) -> str:
        """What is wrong with the line, "" for nothing: the first is the header, the others have a field for each column."""
        columns = f"{' '.join(header)}, tab-separated"
        if self.number == 1 and self.fields != tuple(header):
            return f"the header should be {columns}"
        if not self.text.endswith("\n"):
            return "the last line should end with a newline"
        if len(self.fields) != len(header):
            return f"{len(self.fields)} fields, should be {columns}"
        for name, field in zip(header, self.fields, strict=True):
            if (not field and name not in optional) or field != field.strip():
                return f"{name} is {field!r}, should be {columns}, none empty and none with a blank at its end"
            if "\ufffd" in field:
                return f"{name} is {field!r}, should be UTF-8"
        return ""


def read_lines_of(path: Path) -> Iterator[Line]:
    """All lines as they are; a byte that is no UTF-8 is shown as U+FFFD, which no id has."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        for number, text in enumerate(file, 1):
            yield Line(number, text)


def read_tsv(path: Path, header: Sequence[str], hint: str = "", optional: Sequence[str] = ()) -> Iterator[Line]:
    """The rows without the header, none where there is no file; StandpointError with the line that is not as it should be.

    Fields may be empty only in the ``optional`` columns.
    """
    if not path.exists():
        return
    number = 0
    for line in read_lines_of(path):
        if problem := line.problem(header, optional):
            raise StandpointError(f"{path}:{line.number}: {problem}", hint)
        number = line.number
        if number > 1:
            yield line
    if not number:
        raise StandpointError(f"{path}:1: the header should be {' '.join(header)}, tab-separated", hint)


def write_tsv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write the table whole or not at all; a file with the same rows is not touched."""
    with written_whole(path) as file:
        for row in (header, *rows):
            file.write("\t".join(row).encode() + b"\n")
