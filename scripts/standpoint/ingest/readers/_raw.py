"""What all readers share: the raw article, and how a file is opened and decoded."""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Collection, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from charset_normalizer import from_bytes
from msgspec import Struct

from standpoint.core.model import Issue
from standpoint.ingest.sources import COLUMNS

CHUNK = 1 << 20  # characters
SAMPLE = 1 << 18  # bytes from which an unknown encoding is guessed
MAX_CHAOS = 0.1  # charset-normalizer's share of characters that make no sense; above it, a guess is too uncertain
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Block(NamedTuple):
    """One paragraph, or several with blank lines between."""

    text: str
    hint: str = ""  # by the format: the name of a zone, "emphasis" (all italic or bold), "links" (only links) or ""


class Raw(Struct, frozen=True, kw_only=True):
    """One article as received. ``where``: file:line. Dates and names are as printed."""

    where: str
    blocks: tuple[Block, ...]
    title: str = ""
    standfirst: str = ""
    byline: str = ""
    published: str = ""
    publisher: str = ""
    url: str = ""
    language: str = ""


class FileRefused(Exception):
    """A file that cannot be read further: the code and the message of the Issue."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def opened(path: Path) -> gzip.GzipFile | BinaryIO:
    """The bytes of a file, unpacked if it is gzip by its content."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")


def encoding_of(path: Path) -> str:
    """The encoding of a file: by its byte order mark, UTF-16 without a mark, UTF-8, or a guess of high confidence."""
    with opened(path) as file:
        head = file.read(SAMPLE)
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    # UTF-16 without a byte order mark: every other byte of Western text is zero, while other encodings have no zero bytes.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 5:
        return "utf-16-be" if even > odd else "utf-16-le"
    try:
        with io.TextIOWrapper(opened(path), "utf-8", newline="") as text:
            while text.read(CHUNK):
                pass
        return "utf-8"
    except UnicodeDecodeError:
        guesses = [guess for guess in from_bytes(head) if guess.chaos <= MAX_CHAOS and _is_prose(str(guess))]
    if not guesses:
        raise FileRefused("FILE-ENCODING", "its encoding is not known; save it as UTF-8")
    # Of several encodings that fit equally well, Windows-1252 is by far the most frequent on the web.
    best = [guess.encoding for guess in guesses if (guess.chaos, guess.coherence) == (guesses[0].chaos, guesses[0].coherence)]
    return "cp1252" if "cp1252" in best else best[0]


def read_text(path: Path) -> str:
    encoding = encoding_of(path)
    with opened(path) as file:
        try:
            return file.read().decode(encoding)
        except UnicodeDecodeError as error:
            raise FileRefused("FILE-ENCODING", f"is not {encoding} from byte {error.start} on; save it as UTF-8") from None


def _is_prose(text: str) -> bool:
    """Whether most characters are letters and spaces. A decoded picture has other characters."""
    return sum(char.isalpha() or char.isspace() for char in text) > 0.7 * len(text)


def missing(columns: Mapping[str, str], present: Collection[str]) -> str:
    """The fault of a record's columns, "" for none: the text and each column that the source maps must be present."""
    for ours, theirs in ({"text": "text"} | dict(columns)).items():
        if theirs not in present:
            names = ", ".join(map(repr, present))
            return f"has no column {theirs!r} for {ours}, only {names}; fix `columns` in sources.yaml"
    return ""


# How programs write that there is no value: pandas, R, SQL and Python. No article consists of such a word.
NO_VALUE = {"nan", "none", "null", "na", "n/a", "<na>", "nil", "\\n"}


def raw_of(record: Mapping[str, object], columns: Mapping[str, str], where: str) -> Raw | Issue:
    """A record as a raw article, or RECORD-COLUMN if a column is missing or its value is not text."""
    if problem := missing(columns, record.keys()):
        return Issue(where, "RECORD-COLUMN", problem)
    values = {}
    for ours in COLUMNS:
        theirs = columns.get(ours, ours)
        value = record.get(theirs)
        if isinstance(value, datetime | date):
            value = value.isoformat()[:10]
        elif isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        elif value is None or value != value or (isinstance(value, str) and value.strip().casefold() in NO_VALUE):
            value = ""
        elif not isinstance(value, str):
            return Issue(where, "RECORD-COLUMN", f"column {theirs!r} has a {type(value).__name__}; it should be text")
        values[ours] = value
    blocks, publisher = (Block(values.pop("text")),), values.pop("source")
    return Raw(where=where, blocks=blocks, publisher=publisher, **values)
