"""What a metric is: counts that add up over articles, and what a row of sums comes to. Precision, recall and F1 first."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np

from standpoint.assess.match import Pair, match_equal
from standpoint.assess.scoring.doc import Doc
from standpoint.assess.statistics.tally import ratio

OFFICIAL, DIAGNOSTIC = "official", "diagnostic"
END_TO_END, GOLD_TRIGGERS, GOLD_ACTORS = "end to end", "gold triggers", "gold actors"  # tracks are never mixed

Count = Callable[[Doc, Doc], Sequence[float]]  # gold, predictions -> the columns
Items = Callable[[Doc], Sequence[Hashable]]


class Metric(NamedTuple):
    """``measure`` takes sums (rows x width) and gives a value a row, NaN where it is not defined; ``n`` counts what gold has.

    ``nothing`` says why there is no value where there is none.
    """

    name: str
    layer: str
    track: str
    kind: str
    width: int
    count: Count
    measure: Callable[[np.ndarray], np.ndarray]
    n: Callable[[np.ndarray], float]
    nothing: str = "neither gold nor the predictions have any"
    precision_recall: bool = False
    lower_is_better: bool = False


def f1(name: str, layer: str, items: Items, kind: str = OFFICIAL, match: Callable[..., list[Pair]] = match_equal) -> Metric:
    """F1 of what ``items`` gives of gold and of the predictions, micro-averaged: 2·both / (predicted + gold)."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float, float]:
        right, said = items(gold), items(predicted)
        return len(match(right, said)) if right and said else 0, len(said), len(right)

    return Metric(name, layer, END_TO_END, kind, 3, count, measure_f1, lambda sums: float(sums[2]), precision_recall=True)


def measure_f1(sums: np.ndarray) -> np.ndarray:
    """From columns both, predicted, gold."""
    return ratio(2 * sums[:, 0], sums[:, 1] + sums[:, 2])


def precision(sums: np.ndarray) -> float | None:
    """both / predicted; None where nothing was predicted."""
    return float(sums[0] / sums[1]) if sums[1] else None


def recall(sums: np.ndarray) -> float | None:
    """both / gold; None where gold has nothing."""
    return float(sums[0] / sums[2]) if sums[2] else None


def macro_f1(counts: np.ndarray, least: int = 1) -> np.ndarray:
    """The mean over classes of F1, from counts (rows x classes x [both, predicted, gold]).

    Classes with less than ``least`` in gold are left out, in each row: what gold does not have is no class of it.
    """
    there = counts[:, :, 2] >= least
    each = np.where(there, ratio(2 * counts[:, :, 0], counts[:, :, 1] + counts[:, :, 2]), 0.0)
    return ratio(each.sum(axis=1), there.sum(axis=1))
