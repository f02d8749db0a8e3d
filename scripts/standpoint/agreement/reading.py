"""One annotator's view of an article, laid out as statistics need it; each layout is computed once per reading."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property, wraps
from typing import TypeVar, cast

from standpoint.adjudication.content import About, Link, Mark, View

Extent = tuple[int, int]
Place = Extent | str  # of an answer: a span's extent, an actor, or "" for the article
Result = TypeVar("Result")
TOKEN = re.compile(r"\w+|[^\w\s]")


def once(method: Callable[[Reading, str], Result]) -> Callable[[Reading, str], Result]:
    """Keep a method's result for a layer as long as the reading lives: it is compared with many others."""

    @wraps(method)
    def remembered(self: Reading, layer: str) -> Result:
        key = (method.__name__, layer)
        if key not in self.results:
            self.results[key] = method(self, layer)
        return cast(Result, self.results[key])

    return remembered


class Reading:
    """``length`` is that of the text in which spans lie, in characters; ``words`` are its tokens, None without the text."""

    def __init__(self, view: View, length: int = 0, words: Sequence[Extent] | None = None) -> None:
        self.view, self.length, self.words = view, length, words
        self.results: dict[tuple[str, str], object] = {}

    @once
    def marks(self, layer: str) -> list[Mark]:
        """The spans of a layer."""
        return list(self.view.marks[layer])

    @once
    def extents(self, layer: str) -> dict[Extent, str]:
        """The extents of a layer's spans, and their labels."""
        return {mark[:2]: mark.label for mark in self.view.marks[layer]}

    @once
    def labels(self, layer: str) -> dict[Place, str]:
        """The same, as the answer about each extent."""
        return {extent: label for extent, label in self.extents(layer).items()}  # noqa: C416 the key is wider than an extent

    @once
    def tokens(self, layer: str) -> list[Mark]:
        """The tokens that spans cover, as marks with the span's label: runs of letters and digits, or other single characters.

        They are taken from the quotes, so that a withheld text is not needed. Where a span begins or ends within a word,
        the token is that part of the word.
        """
        return [
            Mark(mark.start + token.start(), mark.start + token.end(), layer, mark.label)
            for mark, span in self.view.marks[layer].items()
            for token in TOKEN.finditer(span.quote)
        ]

    @once
    def clusters(self, layer: str) -> dict[str, set[Extent]]:
        """The extents of each label: the mentions of each actor."""
        by_label: dict[str, set[Extent]] = defaultdict(set)
        for extent, label in self.extents(layer).items():
            by_label[label].add(extent)
        return by_label

    @once
    def units(self, layer: str) -> dict[str, list[Extent]]:
        """The extents of each label, in reading order."""
        return {label: sorted(extents) for label, extents in self.clusters(layer).items()}

    @once
    def one_unit(self, layer: str) -> dict[str, list[Extent]]:
        """All extents as those of one label."""
        return {"": sorted(self.extents(layer))}

    @once
    def answers(self, layer: str) -> list[tuple[About, str]]:
        """Each answer: what it is about, and its label."""
        return [(about, label) for about, labels in self.view.answers[layer].items() for label in labels]

    @once
    def answer(self, layer: str) -> dict[Place, str]:
        """The single answer about each thing; spans are identified by their extents, whatever their labels."""
        return {place_of(about): label for about, label in self.answers(layer)}

    @once
    def links(self, layer: str) -> list[Link]:
        """The links of a layer."""
        return list(self.view.links[layer])

    @cached_property
    def places(self) -> set[tuple[int, int, str]]:
        """The extents and layers of all spans."""
        return {mark[:3] for marks in self.view.marks.values() for mark in marks}

    def in_tokens(self, extent: Extent) -> Extent:
        """The tokens of the text that an extent touches, as [first, last)."""
        words = self.words or ()
        first = bisect_right(words, extent[0], key=lambda word: word[1])
        last = bisect_left(words, extent[1], key=lambda word: word[0])
        return first, max(last, first + 1)


def words_of(text: str) -> list[Extent]:
    """The tokens of a text, as [start, end)."""
    return [token.span() for token in TOKEN.finditer(text)]


def place_of(about: About) -> Place:
    """What an answer is about, without labels."""
    return about[:2] if isinstance(about, Mark) else about
