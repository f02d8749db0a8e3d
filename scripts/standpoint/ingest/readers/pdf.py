"""PDF: one article per file, or the documents of a download from Nexis or Factiva. pdfminer.six reads it.

A PDF has letters at places, and no paragraphs: the order of columns, the ends of paragraphs, headings and hyphens are concluded
from the places, so each file has a note. Lines that recur in the margins of the pages, such as page numbers, are left out and the
note names them. Needs the extra `readers`.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from standpoint.core.model import needs_extra
from standpoint.core.words import ends_sentence
from standpoint.ingest.readers._downloads import downloaded
from standpoint.ingest.readers._raw import Block, FileRefused, Raw, RawFile, read_by_library

suffixes = (".pdf",)

MARGIN = 0.1  # of a page's height, above and below, in which lines about the page are looked for
INDENT = "    "  # before the first line of a paragraph, as in plain text
NUMBER = re.compile(r"\d+")
NO_CHARACTER = re.compile(r"\(cid:\d+\)")  # how pdfminer shows a letter of which the file states no character
END, LAST = b"%%EOF", 1 << 11  # the mark at the end, and the last bytes in which it is
SHOWN = 4  # lines of the margins in the note
NOTE = "its text is put together from the places of the letters: compare the order of the paragraphs and headings with the file"


class Line(NamedTuple):
    """A line of a page. ``in_margin``: whether it stands at the top or the bottom."""

    text: str
    in_margin: bool

    @property
    def pattern(self) -> str:
        """The line without its numbers, which differ from page to page."""
        return NUMBER.sub("0", self.text.strip())


def read(file: RawFile) -> Iterator[Raw]:
    """The article of the file; FileRefused if it has no text."""
    data = file.data()
    pages = _pages(data)
    if not any(pages):
        problem = "has no text, perhaps because its pages are pictures; recognise it (OCR), and save it as .txt"
        raise FileRefused("FILE-NO-TEXT", problem)
    running = _running(pages)
    file.note("FILE-PDF", "; ".join((NOTE, *_left_out(pages, running))))
    boxes = ([line for line in box if not line.in_margin or line.pattern not in running] for page in pages for box in page)
    blocks = _blocks(boxes)
    text = "\n\n".join(blocks)
    doubts = []
    if odd := NO_CHARACTER.findall(text):
        doubts.append(("ARTICLE-ENCODING", f"has {len(odd)} letters such as {odd[0]}, of which the file states no character"))
    if END not in data[-LAST:]:
        doubts.append(("ARTICLE-CUT", "is a file without the mark of its end, %%EOF"))
    documents = downloaded(file, text)
    yield from documents or [Raw(where=f"{file.path}:1", blocks=tuple(map(Block, blocks)), notes=tuple(doubts))]


Box = list[Line]


def _pages(data: bytes) -> list[list[Box]]:
    """The boxes of each page in the order of reading: lines that stand together."""
    with needs_extra("readers", "a .pdf file"):
        from pdfminer.high_level import extract_pages
        from pdfminer.layout import LAParams
        from pdfminer.pdfdocument import PDFPasswordIncorrect
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it warns of each fault that it copes with
    with read_by_library("PDF"):
        try:
            found = extract_pages(io.BytesIO(data), laparams=LAParams(all_texts=True))
            return [list(_boxes(page, page.height)) for page in found]
        except PDFPasswordIncorrect:
            raise FileRefused("FILE-FORMAT", "is encrypted; save it without a password") from None


def _boxes(parent: Any, height: float) -> Iterator[Box]:
    """The boxes of a page of this height, also those in figures."""
    from pdfminer.layout import LTFigure, LTTextBox, LTTextBoxHorizontal

    for item in parent:
        if isinstance(item, LTFigure):
            yield from _boxes(item, height)
        elif isinstance(item, LTTextBox):
            lines = []
            for line in item:
                is_indented = isinstance(item, LTTextBoxHorizontal) and line.x0 - item.x0 > line.height
                text = line.get_text().replace("\xa0", " ").strip()
                in_margin = line.y0 > (1 - MARGIN) * height or line.y1 < MARGIN * height
                lines += [Line(INDENT * is_indented + text, in_margin)] if text else []
            if lines:
                yield lines


def _running(pages: Sequence[Sequence[Box]]) -> dict[str, str]:
    """The lines in the margins of at least two pages, and of at least half of them: pattern -> the first one."""
    seen: Counter[str] = Counter()
    first: dict[str, str] = {}
    for boxes in pages:
        found = {line.pattern: line.text.strip() for box in boxes for line in box if line.in_margin}
        seen.update(found.keys())
        first = found | first
    return {pattern: first[pattern] for pattern, number in seen.items() if number >= max(2, len(pages) / 2)}


def _left_out(pages: Sequence[Sequence[Box]], running: dict[str, str]) -> Iterator[str]:
    """What the file has and the article has not, for the note."""
    if running:
        names = ", ".join(repr(text) for text in list(running.values())[:SHOWN])
        yield f"lines in the margins of the pages are left out, such as {names}"
    if empty := [str(number) for number, boxes in enumerate(pages, 1) if not boxes]:
        yield f"no text is on page {', '.join(empty)}"


def _blocks(boxes: Iterable[Box]) -> list[str]:
    """The text of each box; boxes between which a sentence goes on, in the next column or on the next page, are one."""
    blocks: list[str] = []
    for box in boxes:
        text = "\n".join(line.text for line in box)
        if blocks and text[:1].islower() and not ends_sentence(blocks[-1]):
            blocks[-1] += f"\n{text}"
        elif text:
            blocks.append(text)
    return blocks
