"""A text cut into pieces that the same spans cover, so that spans which overlap can be drawn in HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from standpoint.model import Article


class Marked(NamedTuple):
    """A span as it is drawn: ``style`` is the number of its layer's line."""

    start: int
    end: int
    style: int
    label: str
    state: str


class Cover(NamedTuple):
    """A span that covers a piece, and whether it begins, and ends, with it."""

    marked: Marked
    first: bool
    last: bool


class Piece(NamedTuple):
    """A stretch of text and the spans that cover it, the outermost first."""

    text: str
    covers: tuple[Cover, ...]


def paragraphs_of(article: Article) -> list[tuple[int, int]]:
    """``[start, end)`` of all paragraphs within the annotation window; what lies between two belongs to the first of them."""
    until = article.annotated_until or len(article.text)
    starts = [start for start, _ in article.paragraphs if 0 < start < until]
    bounds = [0, *starts, min(until, len(article.text))]
    return list(zip(bounds, bounds[1:], strict=False))


def pieces(text: str, start: int, end: int, marks: Sequence[Marked]) -> Iterator[Piece]:
    """The pieces of ``text[start:end]``, without the blanks at its end."""
    end = start + len(text[start:end].rstrip())
    there = [mark for mark in marks if mark.start < end and mark.end > start]
    bounds = sorted({start, end, *(edge for mark in there for edge in mark[:2] if start < edge < end)})
    there.sort(key=lambda mark: (mark.start, -mark.end, mark.style))
    for left, right in zip(bounds, bounds[1:], strict=False):
        covers = [Cover(mark, mark.start == left, mark.end == right) for mark in there if mark.start < right and mark.end > left]
        yield Piece(text[left:right], tuple(covers))
