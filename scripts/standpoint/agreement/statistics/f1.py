"""F1: the share of annotations that match between two annotators, micro-averaged over articles.

Spans are compared by extent, by overlap, and by token. Answers and links are compared together with their spans ("end to
end"), and only where both annotators have these spans, with any labels ("on matched spans").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from standpoint.agreement.counts import Counted, Reading, Statistic, Tally, measure_f1, place_of
from standpoint.codebook.load import TYPED
from standpoint.codebook.types import Layer
from standpoint.core.matching import count_equal

NOT_COMPARED = "typed texts are not compared"
MAIN = ("F1 exact", "F1 exact, any label", "F1 overlap, any label", "F1 of (place, label)")

Items = Callable[[Reading], Sequence[Any]]


def statistics(layer: Layer, seed: int | None) -> Iterator[Statistic]:
    """F1 of a layer's spans, links or answers; for typed texts, a statistic without a value."""
    kinds = {"span": _of_spans, "relation": _of_links, "choice": _of_answers}
    if layer.kind == "number":  # ``chance`` compares them
        return
    if layer.kind not in kinds:
        empty = Tally(1, lambda readings: Counted((0,)), n=(0,), nothing=NOT_COMPARED)
        yield Statistic(layer.name, TYPED, empty, lambda sums: np.full(len(sums), np.nan), main=True)
        return
    for name, tally in kinds[layer.kind](layer):
        main = name in MAIN or (layer.kind == "relation" and name == "F1 end to end")
        yield Statistic(layer.name, name, tally, measure_f1, main=main)


def tally_f1(items: Items) -> Tally:
    """Counts for F1 of the ``items`` of two readings: equal ones, first side, second side."""

    def count(readings: Sequence[Reading]) -> Counted:
        first, second = map(items, readings)
        return Counted((count_equal(first, second), len(first), len(second)))

    return Tally(3, count, n=(1, 2))


def _tally_overlap(layer: str, same_label: bool, of_tokens: bool) -> Tally:
    """Counts for F1 of the spans of a layer, or of the tokens in them, that overlap."""

    def count(readings: Sequence[Reading]) -> Counted:
        first, second = readings
        sides = [len(one.tokens(layer) if of_tokens else one.marks(layer)) for one in readings]
        return Counted((len(first.overlapping(second, layer, of_tokens)[same_label]), *sides))

    return Tally(3, count, n=(1, 2))


def _of_spans(layer: Layer) -> Iterator[tuple[str, Tally]]:
    name = layer.name
    yield "F1 exact", tally_f1(lambda reading: reading.marks(name))
    # A span with two labels counts twice here too, so that this is never below the F1 with labels.
    yield "F1 exact, any label", tally_f1(lambda reading: [mark[:2] for mark in reading.marks(name)])
    for unit, of_tokens in (("overlap", False), ("token", True)):
        yield f"F1 {unit}", _tally_overlap(name, True, of_tokens)
        yield f"F1 {unit}, any label", _tally_overlap(name, False, of_tokens)


def _of_links(layer: Layer) -> Iterator[tuple[str, Tally]]:
    """A link is compared by its label and its ends with their labels; with "any label", only by the extents of its ends."""
    name = layer.name
    yield "F1 end to end", tally_f1(lambda reading: reading.links(name))
    yield "F1 end to end, any label", tally_f1(lambda reading: [(head[:2], tail[:2]) for head, tail, _ in reading.links(name)])
    yield from _on_matched_spans(lambda reading: reading.links_at(name))


def _of_answers(layer: Layer) -> Iterator[tuple[str, Tally]]:
    """Several answers about one thing are compared separately."""
    name = layer.name
    yield "F1 end to end", tally_f1(lambda reading: reading.answers(name))
    if layer.multiple:
        places = tally_f1(lambda reading: [(place_of(about), label) for about, label in reading.answers(name)])
        yield "F1 of (place, label)", places
        yield "F1 end to end, any label", tally_f1(lambda reading: [place_of(about) for about, _ in reading.answers(name)])
        if layer.of:
            yield from _on_matched_spans(lambda reading: reading.answers_at(name))


def _on_matched_spans(items: Items) -> Iterator[tuple[str, Tally]]:
    for suffix, labelled in (("", True), (", any label", False)):
        yield f"F1 on matched spans{suffix}", _tally_matched(items, labelled)


def _tally_matched(items: Items, labelled: bool) -> Tally:
    """Counts for F1 of the ``items``, (places of spans, label), whose spans both sides have, with any labels."""

    def count(readings: Sequence[Reading]) -> Counted:
        shared = readings[0].shared_places(readings[1])
        kept = [[item for item in items(reading) if shared.issuperset(item[0])] for reading in readings]
        first, second = kept if labelled else ([places for places, _ in side] for side in kept)
        return Counted((count_equal(first, second), len(first), len(second)))

    return Tally(3, count, n=(1, 2))
