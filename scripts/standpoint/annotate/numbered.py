"""An article as numbered lines, as a model sees it, and where the words that it quotes are in them.

No text can add a line, or end one: a line has no line break of any kind, and begins with its number or with a dash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from standpoint.codebook.kinds._items import MASK
from standpoint.codebook.types import ACTORS, Codebook, Layer
from standpoint.core.model import Article


class Line(NamedTuple):
    """A line of the article as a model sees it: ``[start, end)``, and its number; None for text that is not annotated."""

    start: int
    end: int
    number: int | None


class Page(NamedTuple):
    """What a model sees of an article: its text as the page of the pass shows it, its lines, and the ids of its actors."""

    text: str
    lines: tuple[Line, ...]
    actors: tuple[str, ...] = ()

    def words_of(self, line: Line) -> str:
        """A line as the model reads it: in one line, each masked stretch as one mark."""
        return re.sub(f"{MASK}+", MASK, " ".join(self.text[line.start : line.end].split()))

    def places_of(self, quote: str, line: Line, layer: Layer) -> list[tuple[int, int]]:
        """The places of a quote that begin in a line, and end there too unless the layer has spans beyond a sentence."""
        end = line.end if layer.sentences == "one" else max(one.end for one in self.lines if one.number is not None)
        return [place for place in places_of(quote, self.text, line.start, end) if place[0] < line.end]

    def numbered(self) -> dict[int, Line]:
        """The lines that have a number, by it."""
        return {line.number: line for line in self.lines if line.number is not None}


def page_of(article: Article, data: Mapping[str, Any], codebook: Codebook) -> Page:
    """What a model sees of an article, by the ``data`` of its task: a line per sentence, cut where annotation begins or ends.

    No stretch of the text is lost: what is in no sentence is a line too. A line that is masked as a whole is left out.
    """
    text, parts = data["text"], codebook.zones.parts_of(article)
    parts = [(0, len(text))] if parts is None else parts
    cuts = sorted({0, len(text), *(at for pair in (*article.sentences, *parts) for at in pair if 0 <= at <= len(text))})
    lines: list[Line] = []
    number = 0
    for start, end in zip(cuts, cuts[1:], strict=False):
        if text[start:end].strip(f"{MASK} \t\r\n\f\v\u00a0"):
            inside = any(first <= start and end <= last for first, last in parts)
            number += inside
            lines.append(Line(start, end, number if inside else None))
    return Page(text, tuple(lines), tuple(entry["alias"] for entry in data.get(ACTORS, ())))


# Typography that models change without meaning to. Each character is read as the one below it, so that offsets stay the same.
TYPED = str.maketrans("‘’‚‛“”„‟–—‐‑−\u00a0\u202f\u2009", "''''\"\"\"\"-----   ")


# Letters of scripts that have no blanks between words: Thai, Lao, Myanmar, Khmer, Japanese, Chinese.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LETTER = re.compile(f"[^\\W{UNSPACED}]")


def places_of(quote: str, text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The places of a quote in ``text[start:end]``: as whole words or, if it is nowhere a whole word, anywhere.

    A line break is a blank, and typographic quotation marks, dashes and blanks are as typed ones.
    """
    words = quote.translate(TYPED).split()
    if not words or sum(map(len, words)) > end - start:
        return []
    stretch, first, last = text[start:end].translate(TYPED), LETTER.match(words[0]), LETTER.match(words[-1][-1])
    pattern = r"\s+".join(map(re.escape, words))
    # A place may overlap the one before it: "la la" is twice in "la la la".
    found = [match.span(1) for match in re.finditer(f"(?=({pattern}))", stretch)]
    whole = [
        (begin, stop)
        for begin, stop in found
        if not (first and begin and LETTER.match(stretch, begin - 1)) and not (last and LETTER.match(stretch, stop))
    ]
    return [(start + begin, start + stop) for begin, stop in whole or found]
