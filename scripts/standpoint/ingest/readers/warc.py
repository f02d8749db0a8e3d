"""WARC and ARC, archives of web pages: one article per HTML page that the server sent, read as an .html file is. warcio reads it.

The page's address is the article's, if the page states no other: `where: {url: "https://courier.example/*"}` tells outlets apart.
Requests, pictures, answers that are no pages and other records are left out, and counted in a note. Needs the extra `readers`.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from standpoint.core.files import NOT_READABLE
from standpoint.core.model import Issue, needs_extra
from standpoint.ingest.encoding import Statement, codec_of
from standpoint.ingest.raw_files import MARK
from standpoint.ingest.readers import html
from standpoint.ingest.readers._raw import FileRefused, Raw, RawFile, read_by_library

suffixes = (".warc", ".arc")

PAGES = ("text/html", "application/xhtml+xml")
CHUNK = 1 << 20
LARGEST = 1 << 26  # bytes of a page: a packed one may be endless


class Stream:
    """The bytes of an archive for warcio, which takes a damaged or cut file for one that ends there: ``check`` does not."""

    def __init__(self, content: Any) -> None:
        self.content, self.first, self.last = content, b"", b""
        self.error: Exception | None = None

    def read(self, size: int = CHUNK) -> bytes:
        """What one read gives, so that nothing before an error is lost."""
        try:
            data = b"" if self.error else self.content.read1(size)
        except NOT_READABLE as error:
            self.error, data = error, b""
        self.first, self.last = self.first or data[:5], (self.last + data)[-4:]
        return data

    def check(self, record: Any, number: int) -> None:
        """FileRefused if the bytes of the record of this number ended before it, or with an error."""
        if self.error:
            raise FileRefused("FILE-UNREADABLE", f"cannot be read in or after record {number}: {self.error}")
        if record is not None and getattr(record.raw_stream, "limit", 0) > 0:
            raise FileRefused("FILE-UNREADABLE", f"is cut off in record {number}")

    def check_end(self, number: int) -> None:
        """FileRefused if the file does not end as it should after so many records."""
        while self.read():
            pass
        self.check(None, number)
        if not number:
            raise FileRefused("FILE-FORMAT", "has no record of WARC or ARC")
        if self.first == b"WARC/" and self.last not in (b"\r\n\r\n", b"\n\r\n", b"\n\n"):
            raise FileRefused("FILE-UNREADABLE", f"is cut off after record {number}: it does not end with two line ends")


def read(file: RawFile) -> Iterator[Raw | Issue]:
    """The articles of the pages; FileRefused if the archive is damaged or cut off."""
    with needs_extra("readers", "a .warc file"):
        from warcio.archiveiterator import ArchiveIterator
    left_out: Counter[str] = Counter()
    number = 0
    try:
        with file.opened() as content:
            stream = Stream(content)
            records = ArchiveIterator(stream, arc2warc=True)
            while record := _next(records, file, number):
                number += 1
                if reason := _no_page(record):
                    left_out[reason] += 1
                    _skip(record)
                    stream.check(record, number)
                else:
                    yield from _articles(record, file, stream, number)
            stream.check_end(number)
    finally:
        if left_out:
            counted = ", ".join(f"{many} {reason}" for reason, many in sorted(left_out.items()))
            file.note("FILE-LEFT-OUT", f"of {number} records, these are no pages and are left out: {counted}")


def _skip(record: Any) -> None:
    """Read the rest of a record."""
    while record.raw_stream.read(CHUNK):
        pass


def _next(records: Iterator[Any], file: RawFile, number: int) -> Any:
    """The next record, None after the last one. What warcio says of data between records is a note."""
    with read_by_library("WARC"), redirect_stderr(io.StringIO()) as said:
        record = next(records, None)
    if said.getvalue():
        file.note("FILE-MARKUP", f"has data after record {number} that belong to no record; they are left out")
    return record


def _no_page(record: Any) -> str:
    """Why a record is no page, for the count of these; "" if it is one."""
    if record.rec_type not in ("response", "resource"):
        return record.rec_type or "without a type"
    if record.rec_type == "response" and record.http_headers is None:
        return "response, not of HTTP"
    if record.rec_type == "response" and (status := record.http_headers.get_statuscode()) != "200":
        return f"response with status {status}"
    kind = _type_of(record).partition(";")[0].strip().lower()
    return "" if kind in PAGES else kind or "response without a type"


def _type_of(record: Any) -> str:
    headers = record.http_headers or record.rec_headers
    return headers.get_header("Content-Type") or ""


def _articles(record: Any, file: RawFile, stream: Stream, number: int) -> Iterator[Raw | Issue]:
    """The article of a page. A page that cannot be read is an Issue."""
    place = Path(f"{file.path}{MARK}{number}")
    address = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")  # wget has brackets around it
    data, problem = _body(record, stream, number)
    if problem:
        yield Issue(f"{place}:1", "RECORD-HTML", f"{address}: {problem}")
        return
    charset = html.CHARSET.findall(_type_of(record))
    encoding = Statement(codec_of(charset[0]), "the server") if charset else ""
    page = RawFile(place, language=file.language, encoding=file.encoding or encoding, content=lambda: io.BytesIO(data))
    cut = record.rec_headers.get_header("WARC-Truncated")
    doubts = [("ARTICLE-CUT", f"was cut off when it was archived (WARC-Truncated: {cut})")] if cut else []
    try:
        for raw in html.read(page):
            yield from page.notes()
            yield replace(raw, url=raw.url or address, notes=(*raw.notes, *doubts))
    except FileRefused as error:
        yield Issue(f"{place}:{error.line}", "RECORD-HTML", f"{address}: {error}")


def _body(record: Any, stream: Stream, number: int) -> tuple[bytes, str]:
    """The bytes of a page, unpacked, and what is wrong with them, or ""; FileRefused if the archive ends inside it."""
    packed = (record.http_headers and record.http_headers.get_header("Content-Encoding") or "").strip().lower()
    if packed not in ("", "identity", "gzip", "deflate", "br"):
        return b"", f"is packed by {packed!r}, which is not read"
    if packed == "br" and find_spec("brotli") is None and find_spec("brotlicffi") is None:
        return b"", "is packed by Brotli; pip install brotli"
    data = bytearray()
    with read_by_library("WARC"), redirect_stderr(io.StringIO()) as said:
        content = record.content_stream()
        while len(data) <= LARGEST and (part := content.read(CHUNK)):
            data += part
        _skip(record)
    stream.check(record, number)
    if len(data) > LARGEST:
        return b"", f"is larger than {LARGEST >> 20} MB"
    return bytes(data), "its data are damaged" if said.getvalue() else ""
