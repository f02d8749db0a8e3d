"""Text files that people write or git merges, read strictly: every mistake is one line with its place.

YAML, the front matter of Markdown, and append-only tab-separated tables with a header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from standpoint.core.files import written_whole
from standpoint.core.model import StandpointError


class Strict(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, dict=True):
    """A mapping in YAML; an unknown key is an error."""


Kind = TypeVar("Kind")


def read_yaml(path: Path) -> object:
    """The plain values of a YAML 1.2 file (a bare ``yes`` is a string); StandpointError if it is not YAML."""
    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StandpointError(f"{path}: not readable: {error.strerror}") from None
    except (MarkedYAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise StandpointError(f"{path}{line}: not readable as YAML: {problem}".replace("\n", " ")) from None


FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n(?P<yaml>(?:[^\n]*\n)*?)---[ \t]*(?:\n|\Z)")


def split_front_matter(markdown: str) -> tuple[str | None, str]:
    """The YAML between two lines of hyphens at the beginning, None where there is none; and the Markdown after it."""
    text = markdown.replace("\r\n", "\n")
    match = FRONT_MATTER.match(text)
    return (match["yaml"], text[match.end() :]) if match else (None, text)


def load_as(path: Path, kind: type[Kind], what: str, data: object = None) -> Kind:
    """A YAML file (or its ``data``, if it was read before) as ``kind``; StandpointError with the path of a wrong key or type."""
    try:
        return msgspec.convert(read_yaml(path) if data is None else data, kind)
    except msgspec.ValidationError as error:
        message = str(error).replace("`$", "`").replace("Object ", "mapping ")
        hint = f"the keys that a {what} may have are listed in guidelines/README.md"
        raise StandpointError(f"{path}: {message}", hint) from None


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
