"""What a metric is, and the kinds of metrics: F1, macro F1, accuracy, a mean distance.

They have the names of the statistics of agreement, where those are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from standpoint.agreement.counts import measure_f1, ratio
from standpoint.codebook.types import ACTORS, Layer
from standpoint.core.matching import Pair, match_equal
from standpoint.core.model import Span
from standpoint.scoring.doc import Doc

OFFICIAL, DIAGNOSTIC = "official", "diagnostic"
END_TO_END = "end to end"  # the track of what is compared without help from gold
NOTHING = "gold has no answer"

Count = Callable[[Doc, Doc], Sequence[float] | np.ndarray]  # gold, predictions -> the columns
Items = Callable[[Doc], Sequence]
Labels = Callable[[Doc, Doc], Iterable[tuple[Hashable, Hashable]]]  # gold, predictions -> both labels of each item
Labelled = tuple[int, int, str]  # start, end, label


GOLD_OF_CLASSES = slice(2, None, 3)  # of columns classes x [both, predicted, gold]: the counts of gold


class Metric(NamedTuple):
    """A metric: its counts in each article, and its value, which is computed from sums of these counts."""

    name: str
    layer: str
    track: str
    kind: str
    width: int  # the number of counts of an article
    columns: Count
    measure: Callable[[np.ndarray], np.ndarray]  # sums of counts (rows x width) -> one value per row, NaN if not defined
    n: slice  # the columns that count gold
    nothing: str = "neither gold nor the predictions have any"  # why there is no value
    precision_recall: bool = False
    lower_is_better: bool = False
    layers: tuple[str, ...] = ()  # whose annotations are counted, if not those of ``layer``
    classes: tuple[str, ...] = ()  # of a macro average, the labels in the order of its columns, "" for one that is not counted
    least: int = 1  # how often gold must have a label, so that it counts in a macro average

    def over(self, sums: np.ndarray) -> list[str]:
        """The labels that a macro average is over."""
        pairs = zip(self.classes, sums.reshape(-1, 3)[:, 2], strict=True)
        return [name for name, count in pairs if name and count >= self.least]


def f1(name: str, layer: Layer, items: Items, kind: str = OFFICIAL, match: Callable[..., list[Pair]] = match_equal) -> Metric:
    """The F1 of the items of gold and of the predictions, micro-averaged: 2·both / (predicted + gold)."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float, float]:
        gold_items, predicted_items = items(gold), items(predicted)
        both = len(match(gold_items, predicted_items)) if gold_items and predicted_items else 0
        return both, len(predicted_items), len(gold_items)

    return Metric(name, layer.name, END_TO_END, kind, 3, count, measure_f1, slice(2, 3), precision_recall=True)


def macro_f1(sums: np.ndarray, least: int = 1, classes: Sequence[int] | slice = slice(None)) -> np.ndarray:
    """The mean of F1 over ``classes``, from sums of counts (rows x (classes x [both, predicted, gold])).

    In each row, a class is left out if gold has it less than ``least`` times.
    """
    counts = sums.reshape(len(sums), -1, 3)[:, classes]
    counted = counts[:, :, 2] >= least
    by_class = np.where(counted, ratio(2 * counts[:, :, 0], counts[:, :, 1] + counts[:, :, 2]), 0.0)
    return ratio(by_class.sum(axis=1), counted.sum(axis=1))


def counts_of_classes(classes: Sequence[Hashable], labels: Labels) -> Count:
    """Counts classes x [both, predicted, gold] from the gold and the predicted label of each item; other labels count as none."""
    places = {name: number for number, name in enumerate(classes)}

    def count(gold: Doc, predicted: Doc) -> np.ndarray:
        counts = np.zeros((len(places), 3))
        for expected, label in labels(gold, predicted):
            if expected in places:
                counts[places[expected], 2] += 1
                counts[places[expected], 0] += expected == label
            if label in places:
                counts[places[label], 1] += 1
        return counts.ravel()

    return count


SIDES = {-1: "below 0", 0: "0", 1: "above 0"}  # of a scale


def macro(
    name: str,
    layer: Layer,
    classes: Sequence[Hashable],
    labels: Labels,
    kind: str = OFFICIAL,
    left_out: Collection[Hashable] = (),
) -> Metric:
    """The mean of F1 over the labels in gold, without those in ``left_out``."""
    counted = [place for place, one in enumerate(classes) if one not in left_out]
    count, measure = counts_of_classes(classes, labels), partial(macro_f1, classes=counted)
    metric = Metric(name, layer.name, track_of(layer), kind, 3 * len(classes), count, measure, GOLD_OF_CLASSES, NOTHING)
    names = ("" if one in left_out else SIDES[one] if isinstance(one, int) else str(one) for one in classes)
    return metric._replace(classes=tuple(names))


def mean_distance(name: str, layer: Layer, distances: Callable[[Doc, Doc], list[float]]) -> Metric:
    """The mean of the distances over the answers of gold; lower is better."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float]:
        values = distances(gold, predicted)
        return sum(values), len(values)

    return Metric(name, layer.name, track_of(layer), OFFICIAL, 2, count, mean, slice(1, 2), NOTHING, lower_is_better=True)


def mean(sums: np.ndarray) -> np.ndarray:
    """From sums of a value and of the number of items."""
    return ratio(sums[:, 0], sums[:, 1])


def track_of(layer: Layer) -> str:
    """The track of scores of the answers of a layer: whose items they are compared on."""
    return f"gold {ACTORS}" if layer.for_each else END_TO_END


def key_of(span: Span) -> Labelled:
    return span.start, span.end, span.label
