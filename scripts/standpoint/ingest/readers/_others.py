"""Formats that no reader reads: what a file seems to be, by its suffix or its first bytes, and what to do with it."""

from __future__ import annotations

import re
from pathlib import Path

AS_TEXT = "save its text as .txt, or the whole as .html"
UNPACK = "unpack it first; a single file may be packed with gzip"
TABLE = "save it as CSV in UTF-8, or as Parquet"
RECORDS = "write each article into a line of a .jsonl file, as an object with title, text, published and url"
# Suffixes; the first bytes, as a pattern, or "" for none; what it is; what to do.
FORMATS = (
    ("pdf", rb"%PDF", "PDF", AS_TEXT),
    ("doc docx odt rtf pages", rb"\{\\rtf|\xd0\xcf\x11\xe0", "a document of a word processor", AS_TEXT),
    ("epub mobi azw3 djvu ps", rb"%!PS", "a book or a print file", AS_TEXT),
    ("eml msg mbox", b"", "e-mail", AS_TEXT),
    ("xls xlsx ods", b"", "a spreadsheet", TABLE),
    ("db sqlite feather arrow orc avro pkl pickle rds dta sav", rb"SQLite format|ARROW1", "a table of a program", TABLE),
    ("warc wacz arc", rb"WARC/", "an archive of web pages", "extract its pages as .html files"),
    ("mhtml mht webarchive", b"", "a page with its pictures", "save the page as HTML only"),
    ("zip tar tgz 7z rar", rb"PK\x03\x04|7z\xbc\xaf|Rar!", "an archive of files", UNPACK),
    ("bz2 xz zst lz4", rb"BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18", "a packed file", UNPACK),
    ("rss atom", rb"\s*<(?:\?xml[^>]*>\s*<)?(?:rss|feed|rdf:RDF)\b", "a feed", RECORDS),
    ("php shtml asp aspx jsp", rb"(?i)\s*<(?:!doctype html|html|head)\b", "a page", "if it is HTML, rename it to .html"),
    ("xml sgml sgm", rb"\s*<\?xml|\s*<mediawiki", "XML", RECORDS),
    ("yaml yml toml", b"", "a record", RECORDS),
    ("jpg jpeg png gif tif tiff webp", rb"\xff\xd8\xff|\x89PNG|GIF8|II\*", "a picture", "write its text into a .txt file"),
    ("", rb"\s*[\[{]\s*[\"{\]]", "JSON", "rename it to .json, or to .jsonl if each line is a record"),
)
FIRST = 1024  # bytes


def advice(path: Path) -> str:
    """What a file seems to be and what to do with it, for the end of a message; "" if that is not known."""
    suffixes = [suffix.lower().removeprefix(".") for suffix in path.suffixes if suffix.lower() != ".gz"]
    begin = _begin(path)
    for known, _, what, todo in FORMATS:
        if suffixes and suffixes[-1] in known.split():
            return f"; it is {what}: {todo}"
    for _, pattern, what, todo in FORMATS:
        if pattern and re.match(pattern, begin, re.DOTALL):
            return f"; it seems to be {what}: {todo}"
    return "; if it is plain text, rename it to .txt" if begin and b"\0" not in begin else ""


def _begin(path: Path) -> bytes:
    """The first bytes, without the mark of UTF-8; none if the file cannot be read, which its reader would report."""
    try:
        with path.open("rb") as file:
            return file.read(FIRST).removeprefix(b"\xef\xbb\xbf")
    except OSError:
        return b""
