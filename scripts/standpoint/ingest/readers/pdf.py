"""PDF: one article per file, or the documents of a download from Nexis or Factiva. pdfminer.six reads it.

A PDF has letters at places, and no paragraphs: the order of columns, the ends of paragraphs, headings and hyphens are concluded
from the places, so each file has a note. Lines that recur in the margins of the pages, such as page numbers, are left out and the
note names them. Needs the extra `readers`.
"""

from __future__ import annotations

import io
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from standpoint.core.model import needs_extra
from standpoint.core.words import between, ends_sentence
from standpoint.ingest.layout import HYPHENS
from standpoint.ingest.readers._downloads import downloaded
from standpoint.ingest.readers._raw import Block, FileRefused, Raw, RawFile, read_by_library

suffixes = (".pdf",)

MARGIN = 0.1  # of a page's height, above and below, in which lines about the page are looked for
MORE = 0.25  # of a line's height, by which the space before a paragraph is larger than that between lines
SIZE = 1.15  # times the height of a line, from which another line is a heading, or text after one
NUMBER = re.compile(r"\d+")
PAGE_NUMBER = re.compile(r"\W*(?:page )?\d+(?: (?:of|/) \d+|/\d+)?\W*", re.IGNORECASE)
LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}  # "fi" as one character
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
NO_CHARACTER = re.compile(r"\(cid:\d+\)")  # how pdfminer shows a letter of which the file states no character
END, LAST = b"%%EOF", 1 << 11  # the mark at the end, and the last bytes in which it is
SHOWN = 4  # lines of the margins in the note
NOTE = "its text is put together from the places of the letters: compare the order of the paragraphs and headings with the file"


class Line(NamedTuple):
    """A line: its text, its place on its page in points, from the left and from below, and whether it is in a margin."""

    text: str
    page: int
    left: float
    right: float
    bottom: float
    top: float
    in_margin: bool

    @property
    def pattern(self) -> str:
        """The line without its numbers, which differ from page to page."""
        return NUMBER.sub("0", self.text)

    def space_to(self, after: Line) -> float | None:
        """The space before the next line, in heights of a line; None if that stands elsewhere or is of another size."""
        height, other = self.top - self.bottom, after.top - after.bottom
        is_below = self.page == after.page and after.top < self.top and self.left < after.right and after.left < self.right
        is_alike = max(height, other) < SIZE * min(height, other)
        return (self.bottom - after.top) / height if is_below and is_alike else None


def read(file: RawFile) -> Iterator[Raw]:
    """The article of the file; FileRefused if it has no text."""
    data = file.data()
    lines, page_count = _lines(data)
    if not lines:
        problem = "has no text, perhaps because its pages are pictures; recognise it (OCR), and save it as .txt"
        raise FileRefused("FILE-NO-TEXT", problem)
    running = _running(lines, page_count)
    paragraphs = list(_paragraphs([line for line in lines if not line.in_margin or line.pattern not in running]))
    text = "\n\n".join(paragraphs)
    file.note("FILE-PDF", "; ".join((NOTE, *_uncertain(lines, page_count, running))))
    doubts = []
    if odd := NO_CHARACTER.findall(text):
        doubts.append(("ARTICLE-ENCODING", f"has {len(odd)} letters such as {odd[0]}, of which the file states no character"))
    if END not in data[-LAST:]:
        doubts.append(("ARTICLE-CUT", "is a file without the mark of its end, %%EOF"))
    documents = downloaded(file, text)
    yield from documents or [Raw(where=f"{file.path}:1", blocks=tuple(map(Block, paragraphs)), notes=tuple(doubts))]


def _lines(data: bytes) -> tuple[list[Line], int]:
    """The lines of all pages in the order of reading, and the number of pages."""
    with needs_extra("readers", "a .pdf file"):
        from pdfminer.high_level import extract_pages
        from pdfminer.layout import LAParams
        from pdfminer.pdfdocument import PDFPasswordIncorrect
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it warns of each fault that it copes with
    lines: list[Line] = []
    number = 0
    with read_by_library("PDF"):
        try:
            for number, page in enumerate(extract_pages(io.BytesIO(data), laparams=LAParams(all_texts=True)), 1):
                lines += _lines_of(page, number, page.height)
        except PDFPasswordIncorrect:
            raise FileRefused("FILE-FORMAT", "is encrypted; save it without a password") from None
    return lines, number


def _lines_of(parent: Any, page: int, height: float) -> Iterator[Line]:
    """The lines of a page of this height, also those in figures."""
    with needs_extra("readers", "a .pdf file"):
        from pdfminer.layout import LTFigure, LTTextBox, LTTextLine

    for item in parent:
        if isinstance(item, LTFigure | LTTextBox):
            yield from _lines_of(item, page, height)
        elif isinstance(item, LTTextLine) and (text := " ".join(item.get_text().translate(LIGATURES).split())):
            in_margin = item.y0 > (1 - MARGIN) * height or item.y1 < MARGIN * height
            yield Line(text, page, item.x0, item.x1, item.y0, item.y1, in_margin)


def _running(lines: Sequence[Line], page_count: int) -> dict[str, str]:
    """The lines in the margins that are page numbers, or on at least two pages and half of them: pattern -> the first one."""
    in_margins = [line for line in lines if line.in_margin]
    pages = Counter(pattern for _, pattern in {(line.page, line.pattern) for line in in_margins})
    first = {line.pattern: line.text for line in reversed(in_margins)}
    return {
        pattern: text
        for pattern, text in reversed(first.items())
        if pages[pattern] >= max(2, page_count / 2) or PAGE_NUMBER.fullmatch(text)
    }


def _uncertain(lines: Sequence[Line], page_count: int, running: dict[str, str]) -> Iterator[str]:
    """What else is not certain, for the note."""
    if running:
        names = ", ".join(repr(text) for text in list(running.values())[:SHOWN])
        yield f"lines in the margins of the pages are left out, such as {names}"
    if RIGHT_TO_LEFT.search("".join(line.text for line in lines)):
        yield "words that are written from right to left may be in another order"
    if empty := sorted({*range(1, page_count + 1)} - {line.page for line in lines}):
        yield f"no text is on page {', '.join(map(str, empty))}"


def _paragraphs(lines: Sequence[Line]) -> Iterator[str]:
    """The paragraphs of the lines. The hyphen of a divided word stays at the end of its line, as in plain text.

    The most common space between lines is that inside paragraphs. A sentence also goes on in the next column or on the next page.
    """
    spaces = [line.space_to(after) for line, after in pairwise(lines)]
    common = Counter(round(space, 1) for space in spaces if space is not None).most_common(1)
    most = common[0][0] + MORE if common else 0.0
    left, edge, text = 0.0, 0.0, ""
    for number, line in enumerate(lines):
        space = spaces[number - 1] if number else None
        is_together = space is not None and space <= most
        if not is_together:
            group = _together(lines, spaces, number, most)
            left, edge = min(line.left for line in group), max(line.right for line in group)
        goes_on = text and not ends_sentence(text) and line.text[0].islower()
        if text and (goes_on or (is_together and not _begins(lines[number - 1], line, left, edge))):
            text += ("\n" if text.endswith(HYPHENS) else between(text, line.text)) + line.text
        else:
            yield from [text] if text else []
            text = line.text
    yield text


def _together(lines: Sequence[Line], spaces: Sequence[float | None], number: int, most: float) -> list[Line]:
    """The lines that stand together from one on."""
    end = number + 1
    while end < len(lines) and (space := spaces[end - 1]) is not None and space <= most:
        end += 1
    return list(lines[number:end])


def _begins(line: Line, after: Line, left: float, edge: float) -> bool:
    """Whether a line begins a paragraph among lines with this left and right edge: it is indented, or its first word had room in
    the line before it.
    """
    word = (after.right - after.left) * (len(after.text.split(maxsplit=1)[0]) + 1) / len(after.text)
    return after.left - left > after.top - after.bottom or line.right + word < edge
