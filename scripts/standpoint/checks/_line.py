"""Lines of a file as a check looks at them: one at a time, with what came of reading it and the line before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec

from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Decision

HALF = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}")
BOM = b"\xef\xbb\xbf"
ID = re.compile(r"(?P<source>.+)-(?:\d{4}-\d\d-\d\d|undated)-[0-9a-f]{8}")


class Form(NamedTuple):
    """What the lines of a file are, which article each is about, and how the file should be called (without .jsonl)."""

    kind: type
    article: Callable[[object], str]
    name: Callable[[object], str]


def source_of(article_id: str) -> str:
    """The source that an article's id names; "" where it is no id."""
    found = ID.fullmatch(article_id)
    return found["source"] if found else ""


ARTICLES = Form(Article, lambda item: item.id, lambda item: item.source)
SETS = Form(AnnotationSet, lambda item: item.article_id, lambda item: f"{item.pass_name}/{item.annotator}")
ADJUDICATED = Form(AdjudicatedSet, lambda item: item.article_id, lambda item: source_of(item.article_id))

DECISIONS = Form(Decision, lambda item: item.asked.article_id, lambda item: source_of(item.asked.article_id))


class File(NamedTuple):
    """A file to be read: where it is, what it is called in messages, what it holds, and whether it is published."""

    path: Path
    where: str
    form: Form
    name: str = ""  # without .jsonl, as ``form.name`` should have it
    public: bool = True


class Line:
    """A line as it stands. ``trouble`` says why it is no record: utf8, surrogate, json, field or type; "" if it is one."""

    def __init__(self, file: File, raw: bytes, record: object = None, error: Exception | None = None) -> None:
        self.file, self.raw, self.record, self.error = file, raw, record, error
        self.key = file.form.article(record) if record is not None else ""
        self.before, self.key_before = b"", ""

    def after(self, other: Line | None) -> Line:
        """This line, with what it should not repeat."""
        if other is not None:
            self.before, self.key_before = other.raw, other.key or other.key_before
        return self

    @cached_property
    def trouble(self) -> str:
        if self.error is None or isinstance(self.error, OSError):
            return "" if self.error is None else "open"
        if self.raw.startswith(BOM) or self.undecodable:
            return "utf8"
        if isinstance(self.error, msgspec.ValidationError):
            return "field" if str(self.error).startswith(("Object contains unknown", "Object missing")) else "type"
        return "surrogate" if HALF.search(self.raw) else "json"

    @cached_property
    def undecodable(self) -> str:
        """The first byte that is no UTF-8, and where it stands."""
        try:
            self.raw.decode("utf-8")
        except UnicodeDecodeError as error:
            return f"byte 0x{self.raw[error.start]:02x} at {error.start}"
        return ""


def lines_of(file: File) -> Iterator[tuple[int, Line]]:
    """The lines of a file and their numbers, from 1; one line of number 0 where the file cannot be opened."""
    decode, before = msgspec.json.Decoder(file.form.kind).decode, None
    try:
        with file.path.open("rb") as opened:
            for number, raw in enumerate(opened, 1):
                line = _read(file, raw, decode).after(before)
                yield number, line
                before = line
    except OSError as error:
        yield 0, Line(file, b"", error=error)


def _read(file: File, raw: bytes, decode: Callable[[bytes], object]) -> Line:
    if not raw.strip():
        return Line(file, raw)
    try:
        return Line(file, raw, decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Line(file, raw, error=error)
