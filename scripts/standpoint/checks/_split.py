"""Lines of a file that says which article is in which split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


class SplitLine(NamedTuple):
    """A line, its fields, and the article of the line before. The first line is the header."""

    number: int
    text: str
    before: str
    header: Sequence[str]
    splits: Sequence[str]

    @property
    def fields(self) -> list[str]:
        return self.text.removesuffix("\n").split("\t")

    @property
    def whole(self) -> bool:
        """Whether it is a row, and has all its fields."""
        return self.number > 1 and len(self.fields) == len(self.header) and all(self.fields)


def split_lines(path: Path, header: Sequence[str], splits: Sequence[str]) -> Iterator[SplitLine]:
    """The lines of the file; a byte that is no UTF-8 is shown as U+FFFD, which no id has."""
    before = ""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        for number, text in enumerate(file, 1):
            line = SplitLine(number, text, before, header, splits)
            yield line
            before = line.fields[0] if line.whole else before
