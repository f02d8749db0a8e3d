"""One annotator's view of an article with what the tallies ask of it, worked out once however many it is compared with."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property, wraps
from typing import TypeVar

from standpoint.adjudication.content import About, Link, Mark, View

Extent = tuple[int, int]
Result = TypeVar("Result")
TOKEN = re.compile(r"\w+|[^\w\s]")


def once(method: Callable[[Reading, str], Result]) -> Callable[[Reading, str], Result]:
    """Remember what a method says of a layer for as long as the reading lives."""

    @wraps(method)
    def remembered(self: Reading, layer: str) -> Result:
        key = (method.__name__, layer)
        if key not in self.known:
            self.known[key] = method(self, layer)
        return self.known[key]

    return remembered


class Reading:
    """``length`` is that of the continuum in which spans lie, in characters; ``words`` are the text's tokens, if it is known."""

    def __init__(self, view: View, length: int = 0, words: Sequence[Extent] | None = None) -> None:
        self.view, self.length, self.words = view, length, words
        self.known: dict[tuple[str, str], object] = {}

    @once
    def marks(self, layer: str) -> list[Mark]:
        """The spans of a layer."""
        return list(self.view.marks[layer])

    @once
    def extents(self, layer: str) -> dict[Extent, str]:
        """Where the spans of a layer lie, and their labels."""
        return {mark[:2]: mark.label for mark in self.view.marks[layer]}

    @once
    def tokens(self, layer: str) -> list[Mark]:
        """The tokens that spans cover, as marks with the span's label: runs of letters and digits, or other single characters.

        They are read off the quotes, so that a withheld text is not needed. Where a span begins or ends within a word,
        the token is that part of it.
        """
        return [
            Mark(mark.start + found.start(), mark.start + found.end(), layer, mark.label)
            for mark, span in self.view.marks[layer].items()
            for found in TOKEN.finditer(span.quote)
        ]

    @once
    def clusters(self, layer: str) -> dict[str, set[Extent]]:
        """The spans of each label: the mentions of each actor."""
        found: dict[str, set[Extent]] = defaultdict(set)
        for extent, label in self.extents(layer).items():
            found[label].add(extent)
        return found

    @once
    def units(self, layer: str) -> dict[str, list[Extent]]:
        """The stretches of each label, in reading order."""
        return {label: sorted(extents) for label, extents in self.clusters(layer).items()}

    @once
    def one_unit(self, layer: str) -> dict[str, list[Extent]]:
        """All stretches, whatever their label."""
        return {"": sorted(self.extents(layer))}

    @once
    def answers(self, layer: str) -> list[tuple[About, str]]:
        """(what an answer is about, answer)."""
        return [(about, label) for about, labels in self.view.answers[layer].items() for label in labels]

    @once
    def answer(self, layer: str) -> dict[Extent | str, str]:
        """The one answer about each thing; a span is known by its extent, whatever its label."""
        return {place_of(about): label for about, label in self.answers(layer)}

    @once
    def links(self, layer: str) -> list[Link]:
        """The links of a layer."""
        return list(self.view.links[layer])

    @cached_property
    def places(self) -> set[tuple[int, int, str]]:
        """Where spans lie, and of which layer."""
        return {mark[:3] for marks in self.view.marks.values() for mark in marks}

    def in_tokens(self, extent: Extent) -> Extent:
        """The tokens of the text that an extent touches, as [first, last)."""
        first = bisect_right(self.words, extent[0], key=lambda word: word[1])
        last = bisect_left(self.words, extent[1], key=lambda word: word[0])
        return first, max(last, first + 1)


def place_of(about: About) -> Extent | str:
    """What an answer is about, without labels: a span's extent, an actor, or "" for the article."""
    return about[:2] if isinstance(about, Mark) else about
