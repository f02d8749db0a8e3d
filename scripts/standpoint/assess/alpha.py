"""Krippendorff's alpha from coincidences: how far answers agree beyond chance. 1 is perfect, 0 is chance.

K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), whose worked examples are in the tests.
Coincidences add up, so units may come one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import permutations

import numpy as np

Measured = tuple[float | None, str]  # a value, or None and why there is none
NO_UNITS = "no unit has two answers"
ONE_VALUE = "only one value occurs"


def coincidences(answers: Sequence[Hashable]) -> Iterator[tuple[tuple[Hashable, Hashable], float]]:
    """One unit's ordered pairs of answers, each weighing 1/(m-1), so that a unit of m answers weighs m."""
    for pair in permutations(answers, 2):
        yield pair, 1 / (len(answers) - 1)


def alpha(
    pairs: Mapping[tuple[Hashable, Hashable], float], metric: str = "nominal", number: Callable[[Hashable], float] = float
) -> Measured:
    """Alpha of summed coincidences; ``number`` gives an answer's place on the scale (ordinal, interval)."""
    values = sorted({value for pair in pairs for value in pair}, key=str if metric == "nominal" else number)
    if len(values) < 2:
        return None, ONE_VALUE if values else NO_UNITS
    place = {value: index for index, value in enumerate(values)}
    matrix = np.zeros((len(values), len(values)))
    for (one, other), weight in pairs.items():
        matrix[place[one], place[other]] += weight
    totals = matrix.sum(axis=1)
    numbers = np.arange(len(values)) if metric == "nominal" else np.array([number(value) for value in values], float)
    distance = METRICS[metric](numbers, totals)
    expected = float(totals @ distance @ totals / (totals.sum() - 1))
    return (1 - float((matrix * distance).sum()) / expected, "") if expected else (None, ONE_VALUE)


def _nominal(numbers: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """0 for the same answer, 1 for another."""
    return (numbers[:, None] != numbers).astype(float)


def _ordinal(numbers: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """How many answers lie between two ranks, each rank itself counted half; squared."""
    return _interval(totals.cumsum() - totals / 2, totals)


def _interval(numbers: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """The squared difference."""
    return (numbers[:, None] - numbers) ** 2


METRICS = {"nominal": _nominal, "ordinal": _ordinal, "interval": _interval}
