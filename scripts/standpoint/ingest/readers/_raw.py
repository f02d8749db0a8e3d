"""What all readers share: the raw article, and a file with its text."""

from __future__ import annotations

import errno
import gzip
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from reprlib import repr as shortened
from typing import Any, NamedTuple

from msgspec import Struct

from standpoint.core.files import NOT_READABLE, unpacked
from standpoint.core.model import Issue
from standpoint.ingest.encoding import BAD, MARK_BAD, SOURCES, UNSTATED, FileRefused, Statement, codec_of, encoding_of
from standpoint.ingest.readers._markup import captions_in, plain
from standpoint.ingest.sources import COLUMNS


class Block(NamedTuple):
    """One paragraph, or several with blank lines between."""

    text: str
    hint: str = ""  # by the format: the name of a zone, "emphasis" (all italic or bold), "links" (only links) or ""


class Raw(Struct, frozen=True, kw_only=True):
    """One article as received. ``where``: file:line. Dates and names are as printed. ``notes``: code and finding of each doubt
    that only the file shows, such as ARTICLE-SEVERAL. ``odd``: the values that are left out because they are no text.
    """

    where: str
    blocks: tuple[Block, ...]
    title: str = ""
    standfirst: str = ""
    byline: str = ""
    published: str = ""
    publisher: str = ""
    url: str = ""
    language: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    odd: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """The columns of the record except the text, by our names."""
        names = (name for name in COLUMNS if name not in ("text", "source"))
        return {name: getattr(self, name) for name in names} | {"source": self.publisher}


class RawFile:
    """A raw file, and how its source says to read it: ``columns``, ``records``, ``format``, ``language`` and ``encoding`` are as
    in sources.yaml. ``content`` opens the bytes of a file that is in another one; ``path`` is then the name for messages.
    """

    def __init__(
        self,
        path: Path,
        columns: Mapping[str, str] | None = None,
        language: str = "",
        encoding: str | Statement = "",
        *,
        records: str = "",
        format: str = "",
        content: Callable[[], Any] | None = None,
    ) -> None:
        self.path, self.columns, self.language = path, columns or {}, language
        self.records, self.format, self.encoding = records, format, encoding
        self._content = content
        self._notes: list[tuple[str, str]] = []
        self._noted: set[tuple[str, str]] = set()
        stated = Statement(codec_of(encoding), SOURCES) if isinstance(encoding, str) else encoding
        self._stated = stated if stated.name else UNSTATED
        self._encoding = ""

    def opened(self) -> gzip.GzipFile | io.BufferedReader | io.BytesIO:
        """The bytes of the file; OSError if it is a pipe, which may never end, or another thing that is no file."""
        if self._content:
            file = self._content()
            is_packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            return gzip.GzipFile(fileobj=file) if is_packed else file
        if self.path.exists() and not self.path.is_file():
            raise OSError(errno.EINVAL, "it is no file but a folder, a pipe, a socket or a device")
        return unpacked(self.path)

    @property
    def is_in_archive(self) -> bool:
        """Whether the file is in another one, and has no path of its own."""
        return self._content is not None

    def data(self) -> bytes:
        """All bytes of the file."""
        with self.opened() as file:
            return file.read()

    def stream(self, newline: str = "") -> io.TextIOWrapper:
        """The text of the file, with BAD in place of each byte that does not fit: see ``misfit``."""
        if not self._encoding:
            self._encoding, guess = encoding_of(self.opened, self.language, self._stated)
            self.note("FILE-ENCODING", guess)
        return io.TextIOWrapper(self.opened(), self._encoding, MARK_BAD, newline)

    def text(self, page_states: Callable[[bytes], str] = lambda _: "") -> str:
        """The whole text; FileRefused if a byte does not fit. ``page_states``: finds the encoding that the bytes state, or ""."""
        data = self.data()
        stated = self._stated if self._stated.name else Statement(page_states(data), "the page")
        self._encoding, guess = encoding_of(lambda: io.BytesIO(data), self.language, stated)
        self.note("FILE-ENCODING", guess)
        text = data.decode(self._encoding, MARK_BAD)
        if BAD in text:
            raise FileRefused("FILE-ENCODING", self.misfit(text), text.count("\n", 0, text.index(BAD)) + 1)
        return text

    def note(self, code: str, message: str) -> None:
        """Keep what the user should know about how the file was read, once; "" is nothing."""
        if message and (code, message) not in self._noted:
            self._noted.add((code, message))
            self._notes.append((code, message))

    def notes(self) -> Iterator[Issue]:
        """The notes that were kept since the last call."""
        while self._notes:
            code, message = self._notes.pop(0)
            yield Issue(f"{self.path}:1", code, message, "note")

    def misfit(self, text: str) -> str:
        """The fault of a text from ``stream`` that has BAD, with the characters around it."""
        at = text.index(BAD)
        near = " ".join(text[max(at - 20, 0) : at + 20].replace(BAD, "\ufffd").split())
        cut = "is cut inside a character" if text.rstrip().endswith(BAD) else f"has a byte that is not {self._encoding}"
        return f"{cut}, at \ufffd in {near!r}; correct it, or save the file as UTF-8"


@contextmanager
def read_by_library(format: str) -> Iterator[None]:
    """A block in which a library reads a file: a damaged file is refused, whatever the library raises about it."""
    try:
        yield
    except (FileRefused, *NOT_READABLE):
        raise
    except Exception as error:
        problem = " ".join(str(error).split())[:200] or type(error).__name__
        raise FileRefused("FILE-FORMAT", f"cannot be read as {format}: {problem}") from None


# Dublin Core: the names under which archives and libraries state facts about a document, in pages and in records.
PREFIXES = ("dc.", "dc:", "dcterms.", "dcterms:")
# Our columns, and the elements that have them, the most certain one first. An identifier may be an address.
ELEMENTS = {
    "title": ("title",),
    "published": ("issued", "date.issued", "created", "date.created", "date"),
    "byline": ("creator",),
    "source": ("publisher", "source"),
    "url": ("identifier",),
    "language": ("language",),
    "standfirst": ("abstract", "description.abstract"),
}


@lru_cache(maxsize=256)
def dublin_core(names: Sequence[str]) -> dict[str, str]:
    """Our name of a column -> the first of the names that states it in Dublin Core, such as dc:date or DCTERMS.issued."""
    elements: dict[str, str] = {}
    for name in names:
        prefix = next((prefix for prefix in PREFIXES if name.lower().startswith(prefix)), "")
        if prefix:
            elements.setdefault(name.lower().removeprefix(prefix), name)
    found = ((ours, next((elements[item] for item in items if item in elements), "")) for ours, items in ELEMENTS.items())
    return {ours: name for ours, name in found if name}


def address(identifier: str) -> str:
    """An identifier if it is an address, otherwise ""."""
    return identifier if identifier.startswith(("http://", "https://")) else ""


def missing(columns: Mapping[str, str], present: Collection[str]) -> str:
    """The fault of a record's columns, "" for none: the text and each column that the source maps must be present."""
    for ours, theirs in ({"text": "text"} | dict(columns)).items():
        if theirs and theirs not in present and theirs.split(".")[0] not in present:
            names = ", ".join(map(repr, present))
            return f"has no column {theirs!r} for {ours}, only {names}; fix `columns` in sources.yaml"
    return ""


def unusable(columns: Mapping[str, str], header: Sequence[str]) -> str:
    """The fault of the columns of a table, "" for none: as ``missing``, and a column that is read must be there once."""
    repeated = [name for name in (columns.get(ours, ours) for ours in COLUMNS) if header.count(name) > 1]
    problem = f"has the column {repeated[0]!r} more than once; rename all but one in the file" if repeated else ""
    return problem or missing(columns, header)


def value_at(record: Mapping[str, Any], column: str) -> Any:
    """The value of a column, or of a place inside one, such as body.content or authors.0.name; None if there is none."""
    if column in record:
        return record[column]
    value: Any = record
    for name in column.split("."):
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


# How programs write that there is no value: pandas, R, SQL and Python. No article consists of such a word.
NO_VALUE = {"", "nan", "none", "null", "na", "n/a", "<na>", "nil", "\\n"}
LONGEST = 5  # characters of a value that are compared with them: one more than they have
# The names of the value in an object that stands for one value: a person or an outlet, and the types of MongoDB and of XML.
INNER = ("name", "text", "$date", "$numberLong", "@value", "#text")


DEEPEST = 8  # lists and objects inside one another, in a value that stands for a text


def as_text(value: object, between: str = ", ", depth: int = 0) -> str | None:
    """A value as text without HTML: a list as its items, an object as its name; None if it is not text."""
    if depth > DEEPEST:
        return None
    if isinstance(value, str):
        return "" if value.strip()[:LONGEST].casefold() in NO_VALUE else plain(value)
    if value is None or value != value:  # NaN
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        texts = [as_text(item, depth=depth + 1) for item in value]
        return None if None in texts else between.join(filter(None, texts))
    if isinstance(value, dict):
        return next((as_text(value[name], depth=depth + 1) for name in INNER if name in value), None)
    return None


def raw_of(record: Mapping[str, object], columns: Mapping[str, str], where: str) -> Raw | Issue:
    """A record as a raw article, with the text of HTML; or RECORD-COLUMN if a column is missing or the text is not text."""
    if problem := missing(columns, record.keys()):
        return Issue(where, "RECORD-COLUMN", problem)
    values: dict[str, Any] = {}
    odd = []
    captions: set[str] = set()
    stated = dublin_core(tuple(record))
    for ours in COLUMNS:
        theirs = columns.get(ours, ours if ours in record else stated.get(ours, ours))
        value = value_at(record, theirs) if theirs else None
        text = as_text(value, "\n\n" if ours == "text" else ", ")
        if ours == "text" and isinstance(value, str):
            captions = captions_in(value)
        try:
            (text or "").encode()  # far quicker than a search
        except UnicodeEncodeError:  # half a character in UTF-16: JSON can write it, and no file can
            text = (text or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if text is None and ours == "published":
            text = f"{value:.0f}" if isinstance(value, float) else shortened(value)  # seconds; what is no date is refused later
        elif text is None:
            problem = f"column {theirs!r} has {_kind(value, theirs, ours)}"
            if ours == "text":
                return Issue(where, "RECORD-COLUMN", f"{problem}; it should be text")
            odd.append(f'{problem}; it is left out (`{ours}: ""` under `columns` says so)')
        values[ours] = address(text or "") if ours == "url" and theirs == stated.get("url") else text or ""
    text, publisher = values.pop("text"), values.pop("source")
    parts = text.split("\n\n") if captions else [text]
    blocks = tuple(Block(part, "caption" if part in captions else "") for part in parts)
    return Raw(where=where, blocks=blocks, publisher=publisher, odd=tuple(odd), **values)


def _kind(value: object, theirs: str, ours: str) -> str:
    """What a value that is not text is, and how to name a text inside it."""
    if isinstance(value, dict) and value:
        names = ", ".join(repr(name) for name in list(value)[:6])
        return f"an object with {names} (`columns: {{{ours}: {theirs}.{next(iter(value))}}}` takes a value inside it)"
    return f"a {type(value).__name__}"
