"""Krippendorff's alpha from coincidences: how far answers agree beyond chance. 1 is perfect, 0 is chance.

K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), whose worked examples are in the tests.
Coincidences add up, so that units may come one at a time; many tables are measured at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Metric = Callable[[np.ndarray, np.ndarray], np.ndarray]  # numbers (values), totals (tables x values) -> tables x values x values


def alpha_of_coincidences(tables: np.ndarray, metric: Metric, numbers: np.ndarray) -> np.ndarray:
    """Alpha of each table of coincidences (tables x values x values); NaN where fewer than two values occur.

    ``numbers`` are the values' places on the scale, ascending (any that are different, for the nominal metric).
    """
    totals = tables.sum(axis=2)
    distance = metric(numbers, totals)
    expected = np.einsum("bi,bij,bj->b", totals, np.broadcast_to(distance, tables.shape), totals)
    several = (totals > 0).sum(axis=1) > 1
    observed = (tables * distance).sum(axis=(1, 2)) * (totals.sum(axis=1) - 1)
    return np.where(several, 1 - np.divide(observed, expected, out=np.full(len(tables), np.nan), where=several), np.nan)


def coincidences(answers: np.ndarray, size: int) -> np.ndarray:
    """The table of coincidences (size x size) of a matrix of answers.

    ``answers`` is annotators x units: the position of each answer among the ``size`` values, or -1 for none. Each unit's
    ordered pairs of answers weigh 1 / (m - 1), so that a unit of m answers weighs m; one with a single answer, nothing.
    """
    annotators, units = answers.shape
    there = answers >= 0
    many = there.sum(axis=0)
    weight = np.where(many > 1, 1 / np.maximum(many - 1, 1), 0.0)
    table = np.zeros(size * size)
    for one in range(annotators):
        for other in range(one + 1, annotators):
            both = there[one] & there[other]
            cells = answers[one, both] * size + answers[other, both]
            table += np.bincount(cells, weights=weight[both], minlength=size * size)
    table = table.reshape(size, size)
    return table + table.T


def alpha(answers: np.ndarray, metric: str, numbers: Sequence[float]) -> float | None:
    """Alpha of a matrix of answers (as in ``coincidences``) on the scale ``numbers``, ascending; None where there is none."""
    table = coincidences(answers, len(numbers))
    value = alpha_of_coincidences(table[None], METRICS[metric], np.asarray(numbers, float))[0]
    return None if np.isnan(value) else float(value)


def _nominal(numbers: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """0 for the same answer, 1 for another."""
    return (numbers[:, None] != numbers).astype(float)


def _ordinal(numbers: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """How many answers lie between two ranks, each rank itself counted half; squared."""
    ranks = totals.cumsum(axis=1) - totals / 2
    return (ranks[:, :, None] - ranks[:, None, :]) ** 2


def _interval(numbers: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """The squared difference."""
    return (numbers[:, None] - numbers) ** 2


METRICS: dict[str, Metric] = {"nominal": _nominal, "ordinal": _ordinal, "interval": _interval}
