"""Whether each file of the project can be read, and each line is a record in the right place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec

from standpoint.checks.table import Findings, check
from standpoint.core.codes import may_publish
from standpoint.core.corpus import source_of
from standpoint.core.files import decoding_problem
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Decision
from standpoint.core.offsets import Repair
from standpoint.core.provenance import Dossier
from standpoint.core.standoff import article_id_of

# A JSON escape of half a surrogate pair, without its other half beside it.
HALF = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}")
BOM = b"\xef\xbb\xbf"
Record = Article | AnnotationSet | AdjudicatedSet | Decision | Repair | Dossier


def file_name_of(record: Record) -> str:
    """The name, without .jsonl, of the file that a record belongs in, below the folder of its kind."""
    if isinstance(record, Article):
        return record.source
    if isinstance(record, AnnotationSet | Dossier):
        return f"{record.pass_name}/{record.annotator}"
    if isinstance(record, Repair):
        return "fixes"
    return source_of(article_id_of(record))


class File(NamedTuple):
    """A file: its path, its name in messages, the type of its records, and whether it is published."""

    path: Path
    where: str
    kind: type[Record]
    name: str = ""  # without .jsonl; ``file_name_of`` should give it for each record
    public: bool = True


@dataclass
class Line:
    """A line of a file, the line before it, and the last article id before it.

    ``problem`` is the code of the reason why the line is not a record, "" if it is one; ``finding`` describes it.
    """

    file: File
    raw: bytes
    record: Record | None = None
    problem: str = ""
    finding: str = ""
    before: bytes = b""
    key_before: str = ""

    @cached_property
    def key(self) -> str:
        """The id of the record's article, "" if the line is not a record."""
        return article_id_of(self.record) if self.record is not None else ""

    def faults(self, code: str) -> list[tuple[str, str]]:
        """The finding if the line is not a record for the reason with this code."""
        return [("", self.finding)] if self.problem == code else []


def _problem_of(raw: bytes, error: Exception) -> tuple[str, str]:
    """The code of the reason why a line is not a record, and the finding."""
    if raw.startswith(BOM):
        return "FILE-UTF8", "the file begins with a byte order mark"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as bad:
        return "FILE-UTF8", f"the line has the byte 0x{raw[bad.start]:02x} at {bad.start}"
    if isinstance(error, msgspec.ValidationError):
        wrong_fields = str(error).startswith(("Object contains unknown", "Object missing"))
        return "FILE-FIELD" if wrong_fields else "FILE-TYPE", decoding_problem(error)
    return "FILE-SURROGATE" if HALF.search(raw) else "FILE-JSON", str(error)


def lines_of(file: File) -> Iterator[tuple[int, Line]]:
    """The lines of a file and their numbers, from 1. If the file cannot be opened, there is one line, with number 0."""
    decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(file.kind)
    before, key_before = b"", ""
    try:
        with file.path.open("rb") as lines:
            for number, raw in enumerate(lines, 1):
                line = Line(file, raw, before=before, key_before=key_before)
                try:
                    line.record = decoder.decode(raw) if raw.strip() else None
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    line.problem, line.finding = _problem_of(raw, error)
                yield number, line
                before, key_before = raw, line.key or key_before
    except OSError as error:
        yield 0, Line(file, b"", problem="FILE-OPEN", finding=str(error))


@check("file", on="line", level="note")
def file_blank(line: Line) -> Findings:
    """no line is empty
    Why: an empty line is skipped; an editor or a merge usually left it.
    Fix: remove the line."""
    if not line.raw.strip() and not line.problem:
        yield "", "this line is empty"


@check("file", on="line", level="note")
def file_end(line: Line) -> Findings:
    """the last line ends with a line break
    Why: the next appended line would become part of it; or the file was cut off there.
    Fix: make sure that nothing is missing, then add the line break."""
    if line.raw and not line.raw.endswith(b"\n"):
        yield "", "the last line has no line break"


@check("file", on="line")
def file_order(line: Line) -> Findings:
    """lines are sorted by the ids of their articles
    Why: files are read in parallel, one article at a time; a line out of order would be missed.
    Fix: sort the lines by id, by code point (LC_ALL=C)."""
    if line.key and line.key < line.key_before:
        yield line.key, "a line before is about an article with a later id"


@check("file", on="line")
def file_twice(line: Line) -> Findings:
    """each line occurs once
    Why: a repeated line counts twice.
    Fix: remove one of the two."""
    if line.key and line.raw == line.before:
        yield line.key, "it repeats the line before"


@check("file", on="line")
def file_name(line: Line) -> Findings:
    """a file is named after its records: <source>.jsonl, or <pass>/<annotator>.jsonl
    Why: commands find a set by the name of its file; under another name, it belongs to another annotator.
    Fix: move the line to the right file, or rename the file."""
    if line.record is not None and file_name_of(line.record) != line.file.name:
        yield "", f"this line belongs in {file_name_of(line.record)}.jsonl"


@check("file", on="line")
def article_licence(line: Line) -> Findings:
    """a text that may not be published is not in dataset/articles
    Why: everything that is committed is published.
    Fix: if the text may be published, write its licence as in CC-BY-4.0 into dataset/sources.yaml. Then run standpoint ingest on
    the raw file, which keeps other texts in .standpoint/withheld; remove those from the git history, too."""
    article = line.record
    if isinstance(article, Article) and line.file.public and article.text is not None and not may_publish(article):
        why = "its source is stand_off" if article.stand_off else f"its licence is {article.licence!r}"
        yield article.id, f"{why}, and its text is in the file"


@check("file", on="stray file", level="note")
def file_stray(path: str) -> Findings:
    """each file in the data folders is read by a command
    Why: a set under another name, or one folder too deep, is missing from every figure, without a warning.
    Fix: rename the file to <source>.jsonl or <pass>/<annotator>.jsonl, or move it out of the data folders."""
    yield "", "no command reads it"
