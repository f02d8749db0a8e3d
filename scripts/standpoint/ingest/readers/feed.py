"""RSS and Atom: one article per entry that has its full text (content:encoded, or Atom's content).

An entry with a summary only is no article: it is refused, unless the source says `columns: {text: summary}`. Other columns may be
any element of the entry by the names of feedparser, which reads the feed. Needs the extra `readers`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from email.utils import parsedate
from typing import Any

from msgspec.structs import replace

from standpoint.core.model import Issue, needs_extra
from standpoint.ingest.encoding import codec_of
from standpoint.ingest.readers._raw import FileRefused, Raw, RawFile, address, raw_of, read_by_library
from standpoint.ingest.readers.html import XML_DECLARATION

suffixes = (".rss", ".atom", ".rdf", ".xml")

DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")
END = re.compile(r"</(?:\w+:)?(?:rss|feed|RDF)\s*>\s*(?:<!--.*?-->\s*)*\Z", re.DOTALL)
MAIL_DATE = re.compile(r"(?:[A-Za-z]{3,9},? )?\d{1,2} [A-Za-z]{3,9} \d{2,4}\b.*")  # Wed, 12 Mar 2031 23:30:00 -0500
OTHER_XML = "is neither RSS nor Atom; write each article into a line of a .jsonl file, with title, text, published and url"
SUMMARIES = "get the pages at their addresses, as .html or .warc files, or take the summaries by `columns: {text: summary}`"
CHANGED = 'has no date of publication; that of its last change is taken (`published: ""` under `columns` leaves it out)'


def read(file: RawFile) -> Iterator[Raw | Issue]:
    """The articles of the feed; FileRefused if it is none, has no full text, or is cut off."""
    with needs_extra("readers", "a feed"):
        import feedparser
    text = DECLARATION.sub("", file.text(_stated_encoding))
    with read_by_library("a feed"):
        feed = feedparser.parse(io.BytesIO(text.encode()), resolve_relative_uris=False, sanitize_html=False)
    if not feed.get("version"):
        raise FileRefused("FILE-FORMAT", OTHER_XML)
    is_cut = not END.search(text)
    if feed.bozo and not is_cut:
        file.note("FILE-MARKUP", f"is not well-formed XML; its entries are read as far as possible: {feed.bozo_exception}")
    language = dict.get(feed.feed, "language", "")
    records = [_record(entry, language) for entry in (feed.entries[:-1] if is_cut else feed.entries)]
    if "text" not in file.columns and records and not any(map(_has_text, records)):
        raise FileRefused("FILE-NO-TEXT", f"has no text in any of its entries, only summaries; {SUMMARIES}")
    if not feed.entries:
        file.note("FILE-RECORDS", "is a feed without entries")
    for number, record in enumerate(records, 1):
        where = f"{file.path}:1 entry {number}"
        if "text" not in file.columns and not _has_text(record):
            yield Issue(where, "RECORD-NO-TEXT", f"has no text, only a summary: {record['title']!r}; {SUMMARIES}")
            continue
        changed = not record["published"] and bool(record["updated"]) and "published" not in file.columns
        raw = raw_of(record, {"published": "updated", **file.columns} if changed else file.columns, where)
        # In RSS, the only date of an entry is that of its publication, by whatever name.
        if isinstance(raw, Raw) and changed and feed.version.startswith("atom"):
            raw = replace(raw, odd=(*raw.odd, CHANGED))
        yield raw
    if is_cut:
        lost = ", and its last entry is left out" if feed.entries else ""
        raise FileRefused("FILE-FORMAT", f"is a feed that is cut off: its last tag is missing{lost}; get it again")


def _stated_encoding(data: bytes) -> str:
    """The encoding that the XML declaration states, by Python's name; "" if none."""
    stated = XML_DECLARATION.match(data)
    return codec_of(stated[1].decode("ascii", "ignore")) if stated else ""


def _has_text(record: dict[str, Any]) -> bool:
    return bool(record["text"])


def _record(entry: Any, language: str) -> dict[str, Any]:
    """An entry by our names and, for `columns`, by those of feedparser. The values are as printed."""
    stated = dict(dict.items(entry))  # its own methods take one element for another
    contents = [content for content in stated.get("content", ()) if content.get("value")]
    languages = [content.get("language") for content in contents]
    return stated | {
        "title": stated.get("title", ""),
        "text": "\n\n".join(content["value"] for content in contents),
        "url": address(stated.get("link", "")),
        "published": _day(stated.get("published", "")),
        "updated": _day(stated.get("updated", "")),
        "byline": [author.get("name", "") for author in stated.get("authors", ()) if author] or stated.get("author", ""),
        "source": dict.get(stated.get("source", {}), "title", ""),
        "language": next(filter(None, languages), language),
    }


def _day(printed: str) -> str:
    """A date of mail, as RSS has it, as the day on which it was printed: in its own time zone. Another date stays as it is."""
    parsed = parsedate(printed) if MAIL_DATE.fullmatch(printed.strip()) else None
    return f"{parsed[0]:04}-{parsed[1]:02}-{parsed[2]:02}" if parsed else printed
