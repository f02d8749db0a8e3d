"""The texts that ingestion makes of a string, and the places of the string's characters in them.

Others annotate a text before it is ingested here. Its article is found by reading the string as ingestion reads it, and the
offsets are moved by the letters, which ingestion keeps whatever it does to lines, blanks, addresses and markup.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from standpoint.ingest import readers
from standpoint.ingest.article import ADDRESS, E_MAIL, UNSEEN, Stretch, may_have_address, paragraphs, text_of
from standpoint.ingest.readers._markup import ENTITY, is_markup
from standpoint.ingest.readers._raw import FileRefused, Raw, RawFile, raw_of

MARKDOWN = re.compile(r"^\s*(?:---|\+\+\+|#)|[*_`]|\]\(")
# What ingestion may remove or add: blanks, what is not seen, hyphens at the ends of lines, and marks of Markdown.
LEFT_OUT = re.compile(rf"[\s\u200c\u200d\-\u2010*_#`>\[\]\\{UNSEEN.pattern[1:-1]}]")
ADDRESSES = re.compile(f"{re.escape(E_MAIL)}|{ADDRESS.pattern}")
MARKUP = re.compile(
    rf"(?is)<!--.*?-->|<(?P<tag>script|style)\b.*?</(?P=tag)\s*>|<[/!?]?[a-z][^<>]*>|\]\([^)\s]*\)|{ENTITY.pattern}|{ADDRESSES.pattern}"
)
UNKNOWN = -1
_LETTERS = np.full(0x110000, UNKNOWN, dtype=np.int32)  # of each character that has been met: see ``_letter``


def texts_of(values: Mapping[str, object], name: str, columns: Sequence[Mapping[str, str]] = ()) -> Iterator[str]:
    """The text of each article that may have been ingested from a string: as part of a record, or as a file.

    ``values``: the record in which the string has this name, such as the data of a task. ``columns``: as in sources.yaml.
    """
    content = str(values[name])
    named = [dict(names) for names in columns if names.get("text", "text") == name]
    for record, names in [({name: content}, {"text": name}), *((values, names) for names in named)]:
        raw = raw_of(record, names, "")
        if isinstance(raw, Raw):
            yield text_of(raw)
    data = content.encode("utf-8", "replace")
    suffixes = {".txt": True, ".md": MARKDOWN.search(content), ".html": is_markup(content)}
    for suffix in (suffix for suffix, may_be in suffixes.items() if may_be):
        try:
            for raw in readers.read(RawFile(Path(f"string{suffix}"), encoding="utf-8", content=lambda: BytesIO(data))):
                if isinstance(raw, Raw):
                    yield text_of(raw)
        except FileRefused:
            continue


class Letters(NamedTuple):
    """The letters of a text without their accents, and the start and the end of each in the text. An address is one letter."""

    text: str
    starts: np.ndarray
    ends: np.ndarray


def letters_in(text: str, markup: bool = False) -> Letters:
    """The letters of a text; ``markup``: without its tags, and with characters for its entities."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    letters = _LETTERS[codes]
    if letters.min(initial=0) == UNKNOWN:
        for code in np.unique(codes[letters == UNKNOWN]).tolist():
            _LETTERS[code] = _letter(chr(code))
        letters = _LETTERS[codes]
    odd = MARKUP if markup else ADDRESSES if may_have_address(text) or E_MAIL in text else None
    ends = np.arange(1, len(text) + 1) if odd else np.empty(0, dtype=np.int64)
    for item in odd.finditer(text) if odd else ():
        start, end = item.span()
        letters[start:end] = 0
        ends[start] = end
        if item[0][0] == "&":
            letters[start] = _letter(unescape(item[0])[0])
        elif not item[0].startswith(("<", "](")):
            letters[start] = ord("@")
    starts = np.flatnonzero(letters)
    found = letters[starts].astype("<u4").tobytes().decode("utf-32-le")
    return Letters(found, starts, ends[starts] if odd else starts + 1)


def _letter(character: str) -> int:
    """The code point of a character without its accents; 0 for what is left out, also for an accent that is a character.

    A Korean syllable is its first letter, so that it is equal whether it is one character or two or three.
    """
    if LEFT_OUT.match(character) or unicodedata.category(character) in ("Mn", "Cs") or "\u1160" <= character <= "\u11ff":
        return 0
    return ord(unicodedata.normalize("NFD", character)[0])


class Piece(NamedTuple):
    """Letters that are both in the string and in the text: where they begin in each, and how many."""

    source: int
    text: int
    length: int


class OffsetMap:
    """Where the characters of a string stand in the text that ingestion made of it."""

    def __init__(self, source: str, text: str) -> None:
        self.source, self.text = source, text
        self._from, self._to = letters_in(source), letters_in(text)
        if self._from.text == self._to.text:
            self._pieces = [Piece(0, 0, len(self._to.text))]
        else:
            self._from = letters_in(source, markup=True)
            self._pieces = sorted(self._placed(), key=lambda piece: piece.length, reverse=True)

    def place(self, start: int, end: int) -> Stretch | None:
        """The place of [start, end) in the text, without the blanks around it; None if it has no certain one.

        A place has whole characters, where the string has a letter and its accent as two.
        """
        first, last = int(self._from.ends.searchsorted(start, "right")), int(self._from.starts.searchsorted(end))
        fitting = [piece for piece in self._pieces if piece.source <= first < last <= piece.source + piece.length]
        places = {first - piece.source + piece.text for piece in fitting if piece.length == fitting[0].length}
        if len(places) != 1:
            return None
        at = places.pop()
        begin, finish = int(self._to.starts[at]), int(self._to.ends[at + last - first - 1])
        # What is left out, such as a hyphen or an accent, is kept at the borders where the text has it too.
        for mark in reversed(self.source[start : self._from.starts[first]]):
            if not mark.isspace() and (before := self.text[:begin].rstrip()).endswith(mark):
                begin = len(before) - 1
        for mark in self.source[self._from.ends[last - 1] : end]:
            if not mark.isspace() and (after := self.text[finish:].lstrip()).startswith(mark):
                finish = len(self.text) - len(after) + 1
        return begin, finish

    def _placed(self) -> Iterator[Piece]:
        """The paragraphs of the text that have a certain place in the string.

        A page also has menus and boxes, and ingestion may move a headline or a caption. So a paragraph has its place where the
        string has its letters once, or right after or before the place of the paragraph beside it. Paragraphs in the same order
        are one piece.
        """
        source, letters = self._from.text, self._to
        borders = [(bisect_left(letters.starts, start), bisect_left(letters.starts, end)) for start, end in paragraphs(self.text)]
        words = [letters.text[start:end] for start, end in borders]
        places = list[int]()
        for number, word in enumerate(words):
            after = places[-1] + len(words[number - 1]) if number and places[-1] >= 0 else -1
            place = after if after >= 0 and source.startswith(word, after) else source.find(word)
            places.append(place if place in (after, source.rfind(word)) else -1)
        begins = {place + len(word): place for place, word in zip(places, words, strict=True) if place >= 0 and word}
        for number in reversed(range(len(words) - 1)):
            end = places[number + 1]
            while places[number] < 0 <= end and not source.endswith(words[number], 0, end):
                end = begins.get(end, -1)  # a caption, which stands elsewhere in the text, may be between them
            if places[number] < 0 <= end:
                places[number] = end - len(words[number])
        piece = Piece(0, 0, 0)
        for place, (start, end) in zip(places, borders, strict=True):
            if place != piece.source + piece.length or start != piece.text + piece.length:
                yield piece
                piece = Piece(place, start, 0)
            piece = piece._replace(length=piece.length + end - start if place >= 0 else 0)
        yield piece
