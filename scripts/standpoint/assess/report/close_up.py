"""An article as several read it: where the readings are the same, and where and how they differ.

Readings are laid side by side by place: spans of one layer that hang together by overlaps are one place, whoever made
them, so that it works for two readers as for five. Answers and links are compared where more than one reader has the spans
that they are about, for otherwise it is the span that differs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

from standpoint.assess.views import Mark, View
from standpoint.codebook.types import Layer

SAME, ONLY, LABEL, EXTENT, BOTH = "same", "only", "label", "extent", "both"  # what becomes of a span in the other readings
Extent = tuple[int, int]


class Place(NamedTuple):
    """A stretch of text where a layer has spans: ``readings`` has each reader's, in the readers' order."""

    layer: Layer
    start: int
    end: int
    readings: tuple[tuple[Mark, ...], ...]

    @property
    def state(self) -> str:
        """How the readings differ: somebody has nothing there, or another label, another extent, or both."""
        if not all(self.readings):
            return ONLY
        extents = {tuple(mark[:2] for mark in reading) for reading in self.readings}
        labels = {tuple(mark.label for mark in reading) for reading in self.readings}
        return {(False, False): SAME, (False, True): LABEL, (True, False): EXTENT}.get((len(extents) > 1, len(labels) > 1), BOTH)

    def state_of(self, mark: Mark) -> str:
        """How one span differs: a place may have spans that all readers share, beside others."""
        return SAME if all(mark in reading for reading in self.readings) else self.state


class Answered(NamedTuple):
    """What was answered about one thing, or linked: each reader's labels as they are shown, None who has no such thing."""

    layer: Layer
    about: Extent | str  # a span's extent, an actor, or "" for the article
    to: Extent | None  # a link's other end
    readings: tuple[tuple[str, ...] | None, ...]


def places_of(views: Sequence[View], layer: Layer) -> Iterator[Place]:
    """The places of a span layer, in reading order."""
    marks = sorted((mark, reader) for reader, view in enumerate(views) for mark in view.marks.get(layer.name, ()))
    cluster: list[tuple[Mark, int]] = []
    for mark, reader in marks:
        if cluster and mark.start >= max(other.end for other, _ in cluster):
            yield _place(layer, cluster, len(views))
            cluster = []
        cluster.append((mark, reader))
    if cluster:
        yield _place(layer, cluster, len(views))


def _place(layer: Layer, cluster: Sequence[tuple[Mark, int]], readers: int) -> Place:
    readings = tuple(tuple(mark for mark, by in cluster if by == reader) for reader in range(readers))
    return Place(layer, min(mark.start for mark, _ in cluster), max(mark.end for mark, _ in cluster), readings)


def answers_that_differ(views: Sequence[View], layer: Layer) -> Iterator[Answered]:
    """What the readers answered differently, in reading order; typed texts differ by more than capitals and blanks."""
    found = [_answers(view, layer) for view in views]
    had = [_extents(view, layer.of) if layer.of else None for view in views]
    for about in sorted({about for answers in found for about in answers}):
        readings = [
            None if spans is not None and about not in spans else row.get(about, {})
            for row, spans in zip(found, had, strict=True)
        ]
        yield from _if_different(layer, about, None, readings)


def links_that_differ(views: Sequence[View], layer: Layer) -> Iterator[Answered]:
    """The pairs of spans that readers linked differently, in reading order."""
    found: list[dict] = [{} for _ in views]
    for view, links in zip(views, found, strict=True):
        for head, tail, label in view.links.get(layer.name, ()):
            links.setdefault(((head[:2], head.layer), (tail[:2], tail.layer)), {})[label] = label
    had = [{(mark[:2], name) for name, marks in view.marks.items() for mark in marks} for view in views]
    for head, tail in sorted({ends for links in found for ends in links}):
        readings = [row.get((head, tail), {}) if {head, tail} <= spans else None for row, spans in zip(found, had, strict=True)]
        yield from _if_different(layer, head[0], tail[0], readings)


def _answers(view: View, layer: Layer) -> dict[Extent | str, dict[Hashable, str]]:
    """{what it is about: {what is compared: what is shown}}"""
    answers: dict[Extent | str, dict[Hashable, str]] = {}
    for about, choices in view.answers.get(layer.name, {}).items():
        shown = {key: choice.label for key, choice in choices.items()}
        answers.setdefault(about[:2] if isinstance(about, Mark) else about, {}).update(shown)
    return answers


def _extents(view: View, layer: str) -> set[Extent]:
    return {mark[:2] for mark in view.marks.get(layer, ())}


def _if_different(layer: Layer, about: Extent | str, to: Extent | None, readings: Sequence[dict | None]) -> Iterator[Answered]:
    there = [reading for reading in readings if reading is not None]
    if len(there) > 1 and any(reading.keys() != there[0].keys() for reading in there):
        shown = (None if reading is None else tuple(sorted(reading.values())) for reading in readings)
        yield Answered(layer, about, to, tuple(shown))
