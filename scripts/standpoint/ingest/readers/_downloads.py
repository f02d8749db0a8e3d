"""Downloads from press archives, files of many documents with lines about each: Nexis (as text in any format) and Factiva (also
as HTML).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml.html import HtmlElement

from standpoint.core.words import count_words
from standpoint.ingest.metadata import DATE
from standpoint.ingest.readers._raw import Block, FileRefused, Raw, RawFile
from standpoint.ingest.sources import ARCHIVES

NUMBERED = re.compile(
    r"[^\S\n]*(?:(?:Document|Dokument) \d+ (?:of|von|de|sur) \d+|\d+ (?:of|von|de|sur) \d+ (?:DOCUMENTS?|DOKUMENTE?))[^\S\n]*",
    re.IGNORECASE,
)
END = re.compile(r"\s*End of Document\s*")
NEXIS_FIELD = re.compile(r"(?P<name>[A-Z][A-Z-]+(?: [A-Z-]+)?|[A-Z][a-z]+(?:-[A-Z]?[a-z]+)?):[^\S\n]*(?P<value>.*)", re.DOTALL)
# The fields of Nexis before and after the text, in lower case.
BEFORE = frozenset(["byline", "section", "length", "dateline", "highlight", "headline", "series", "source", "distribution"])
_AFTER = """load-date language publication-type document-type subject graphic journal-code correction-date company organization
  person geographic industry ticker country city state url notes update"""
AFTER = frozenset(_AFTER.split())
COPYRIGHT = re.compile(r"\s*(?:Copyright|©|\(c\))", re.IGNORECASE)
FACTIVA_HEAD = ["SE", "HD", "CR", "WC", "PD", "ET", "SN", "SC", "ED", "PG", "VOL", "LA", "CY", "BY", "CLM", "DLN"]
FACTIVA_TEXT = ("LP", "TD")
FACTIVA_TAIL = ["ART", "CT", "RF", "CO", "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN"]
PAGE = re.compile(r"\s*Page \d+ of \d+\s*")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
LONG = 12  # words: a longer paragraph after the fields at the end of a document is text, not a part of them
FACTIVA_LINE = re.compile(rf"(?P<code>{'|'.join([*FACTIVA_HEAD, *FACTIVA_TEXT, *FACTIVA_TAIL])})(?:\s+(?P<value>.*))?")
ACCESSION = re.compile(r"(?:AN\s+)?Document [A-Za-z0-9]{10,}\s*")
MARKS = re.compile(r"^(?:LOAD-DATE:|Load-Date:|Full text:|AN\s+Document [A-Za-z0-9]{10,}|\s*End of Document\s*$)", re.MULTILINE)
HINT = "save each document in a file of its own, with the headline in the first line"


def downloaded(file: RawFile, text: str) -> list[Raw]:
    """The documents of a text from an archive; none if it is not from one. FileRefused if they cannot be told apart, or are not
    from the archive that the source states.
    """
    path, lines = file.path, text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if file.format == "text":
        return []
    if any(map(NUMBERED.fullmatch, lines)) or (any(map(END.fullmatch, lines)) and any(line.strip() == "Body" for line in lines)):
        return _complete(file, "Nexis", list(_nexis(path, lines)))
    if any(map(ACCESSION.fullmatch, lines)) and any(line.split(" ")[0] == "HD" for line in lines):
        return _complete(file, "Factiva", list(_factiva(path, lines)))
    if (number := len(MARKS.findall(text))) > 1:
        raise FileRefused("FILE-SEVERAL", f"holds {number} documents of an archive whose layout is not known; {HINT}")
    return _complete(file, "", [])


def _complete(file: RawFile, archive: str, documents: list[Raw]) -> list[Raw]:
    """The same documents; FileRefused if a part of one was not found, or if the source states another archive."""
    if file.format in ARCHIVES and file.format != archive.lower():
        found = f"it has those of {archive}" if archive else "no line of it is one that such a download has"
        raise FileRefused("FILE-FORMAT", f"is no download from {file.format.title()}, as `format` in sources.yaml says: {found}")
    for number, document in enumerate(documents, 1):
        parts = {"title": document.title, "publisher": document.publisher, "published": document.published}
        parts["text"] = document.blocks[0].text.strip()
        if missing := [name for name, value in parts.items() if not value]:
            line = document.where.rpartition(":")[2]
            problem = f"holds {len(documents)} documents from {archive}, and of document {number}, at line {line}, the "
            raise FileRefused("FILE-SEVERAL", f"{problem}{' and '.join(missing)} cannot be found; {HINT}")
    if documents and file.format not in ARCHIVES:
        count = f"{len(documents)} document{'s' * (len(documents) > 1)}"
        message = (
            f"is read as a download from {archive} with {count}, by its lines; `format: {archive.lower()}` says that it is one"
        )
        file.note("FILE-ARCHIVE", f"{message}, and `format: text` that it is none")
    return documents


def _document(where: str, text: str, caption: str = "", length: str = "", **values: str) -> Raw:
    """A document of a download. The values are as printed, and "" if there is none; ``length``: as "214 words"."""
    blocks = (Block(text), *((Block(caption, "caption"),) if caption else ()))
    printed: dict[str, Any] = {name: " ".join(value.split()) for name, value in values.items()}
    stated, found = re.match(r"\s*(\d+)", length.replace(",", "")), count_words(text)
    is_cut = stated and found < int(stated[1]) / 2
    doubts = (("ARTICLE-CUT", f"has {found} words, and says that it has {length.strip()}"),) if is_cut else ()
    return Raw(where=where, blocks=blocks, notes=doubts, **printed)


def _nexis(path: Path, lines: list[str]) -> Iterator[Raw]:
    """Documents after a line such as "1 of 2 DOCUMENTS", or before a line "End of Document"."""
    numbered = [number for number, line in enumerate(lines) if NUMBERED.fullmatch(line)]
    if numbered:
        starts, ends = [number + 1 for number in numbered], [*numbered[1:], len(lines)]
    else:
        ends = [number for number, line in enumerate(lines) if END.fullmatch(line)]
        starts = [0, *(number + 1 for number in ends[:-1])]
    for start, end in zip(starts, ends, strict=True):
        yield _nexis_document(f"{path}:{start + 1}", lines[start:end])


def _nexis_document(where: str, lines: list[str]) -> Raw:
    """A document of Nexis. Its outlet and date come first, in lines of their own, and its fields before and after its text."""
    paragraphs = [part for part in re.split(r"\n(?:[^\S\n]*\n)+", "\n".join(lines).strip("\n")) if part.strip()]
    has_marker = any(part.strip() == "Body" for part in paragraphs)
    top: list[str] = []
    fields: dict[str, str] = {}
    body: list[str] = []
    place = "top"
    for part in paragraphs:
        field = NEXIS_FIELD.fullmatch(part.strip())
        name = field["name"].lower() if field else ""
        if place != "body" and name in BEFORE and field:
            fields[name] = field["value"]
            place = "top" if has_marker else "fields"
        elif part.strip() == "Body" and place == "top":
            place = "body"
        elif body and (part.strip() == "Classification" or (field and name in AFTER and (field["name"].isupper() or has_marker))):
            place = "after"
            fields.setdefault(name, field["value"] if field else "")
        elif place == "after" and (field or COPYRIGHT.match(part) or len(part.split()) <= LONG):
            fields.setdefault(name, field["value"] if field else "")
        elif place == "top":
            top.append(part)
        else:
            place = "body"
            body.append(part)
    top = [part for part in top if not PAGE.fullmatch(part) and not COPYRIGHT.match(part)]
    dated = next((part for part in top if re.search(DATE, part)), "") or next(filter(YEAR.search, top), "")
    day = re.search(DATE, dated)
    if has_marker:  # the headline comes first, then the outlet; they and the date may be in one block
        names = [item.strip() for part in top for item in part.split("\n") if item.strip()]
        names = [item for item in names if not (PAGE.fullmatch(item) or COPYRIGHT.match(item) or YEAR.search(item))]
        title, publisher, left = *(*names, "", "")[:2], []
    else:
        left = [part for part in top if part is not dated and not part[0].isspace()]
        publisher = next((part for part in top if part is not dated and part[0].isspace()), "")
        title = fields.get("headline") or (left.pop(0) if left else "")
    return _document(
        where,
        "\n\n".join(body),
        fields.get("graphic", ""),
        fields.get("length", ""),
        title=title,
        publisher=publisher,
        published=day.group() if day else dated.strip().split("\n")[0],
        byline=fields.get("byline", ""),
        standfirst=" ".join((*left, fields.get("highlight", ""))),
    )


def _factiva(path: Path, lines: list[str]) -> Iterator[Raw]:
    """Documents whose parts begin with a code of two or three letters; the last one is AN."""
    fields: dict[str, list[str]] = {}
    code, start = "", 1
    for number, line in enumerate(lines, 1):
        match = FACTIVA_LINE.fullmatch(line.rstrip())
        if match and _is_next(match, code, lines[number - 2] if number > 1 else ""):
            if "AN" in fields:
                yield _factiva_document(f"{path}:{start}", {name: "\n".join(values) for name, values in fields.items()})
                fields = {}
            if not fields:
                start = number
            code = match["code"]
            fields.setdefault(code, []).append(match["value"] or "")
        elif code and code != "AN":
            fields[code].append(line)
    if fields:
        yield _factiva_document(f"{path}:{start}", {name: "\n".join(values) for name, values in fields.items()})


def _is_next(match: re.Match[str], code: str, before: str) -> bool:
    """Whether a line begins the next part: not if it is a line of the text that begins with the letters of a code."""
    value = match["value"] or ""
    if code not in FACTIVA_TEXT:
        return True
    if match["code"] == "AN":
        return bool(ACCESSION.fullmatch(match.group()))
    if match["code"] in ("CO", "IN", "NS", "RE") and value:
        return " : " in value
    return match["code"] in (*FACTIVA_TAIL, "TD") and not (value and before.strip())


def _factiva_document(where: str, fields: Mapping[str, str]) -> Raw:
    text = "\n\n".join(fields[code].strip("\n") for code in FACTIVA_TEXT if code in fields)
    codes = {"title": "HD", "publisher": "SN", "published": "PD", "byline": "BY"}
    return _document(
        where, text, fields.get("ART", ""), fields.get("WC", ""), **{name: fields.get(code, "") for name, code in codes.items()}
    )


def downloaded_page(file: RawFile, page: HtmlElement) -> list[Raw]:
    """The documents of a page from Factiva; none if it is not from there. FileRefused if one cannot be read."""
    boxes = [box for box in page.iter("div") if "article" in _class(box).split()]
    boxes = [box for box in boxes if any(ACCESSION.fullmatch(_words(item)) for item in box.iter("p", "td", "div"))]
    return _complete(file, "Factiva" if boxes else "", [_factiva_box(f"{file.path}:{box.sourceline or 1}", box) for box in boxes])


def _factiva_box(where: str, box: HtmlElement) -> Raw:
    """A document of a page: a table of codes and values, or lines in a fixed order."""
    rows = [[cell for cell in row if cell.tag == "td"] for row in box.iter("tr")]
    fields = {_words(cells[0]): _paragraphs(cells[1]) for cells in rows if len(cells) == 2}
    if "HD" in fields:
        return _factiva_document(where, fields)
    lines = [_words(item) for item in box.iter("div") if item is not box and not item.findall("div")]
    dates = [number for number, text in enumerate(lines) if re.fullmatch(rf"{DATE}|\d{{1,2}} \w+ \d{{4}}", text)]
    after = lines[dates[0] + 1 :] if dates else []
    headlines = (item for item in box.iter("div", "span", "b") if _class(item).endswith("Headline") or item.get("id") == "hd")
    return _document(
        where,
        "\n\n".join(_words(item) for item in box.iter("p") if "articleParagraph" in _class(item).split()),
        title=next(map(_words, headlines), ""),
        publisher=next((text for text in after if not re.fullmatch(r"[\d:. ]+(?:GMT)?", text)), ""),
        published=lines[dates[0]] if dates else "",
        byline=next((_words(item) for item in box.iter("div") if _class(item) == "author"), ""),
    )


def _class(element: HtmlElement) -> str:
    return element.get("class") or ""


def _words(element: HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())


def _paragraphs(cell: HtmlElement) -> str:
    return "\n\n".join(_words(item) for item in cell.iter("p")) or _words(cell)
