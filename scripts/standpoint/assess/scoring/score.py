"""Scores with intervals, and whether two systems differ: everything is computed from a row of counts a story.

Intervals: percentile bootstrap over stories, here "groups" (as of agreement). Comparisons: approximate randomisation, in which
each group's predictions change sides by chance (E. W. Noreen, "Computer-Intensive Methods for Testing Hypotheses", 1989).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
from msgspec import Struct

from standpoint.assess.scoring.doc import Doc, aligned
from standpoint.assess.scoring.events import of_spans
from standpoint.assess.scoring.metric import Metric, precision, recall
from standpoint.assess.scoring.scales import of_scales
from standpoint.assess.scoring.scheme import scheme_of
from standpoint.assess.statistics.bootstrap import BOUNDS, draws
from standpoint.codebook.types import Codebook

SEED = 20310304
TURNS = 10_000  # of the randomisation


class Score(Struct, frozen=True, kw_only=True):
    """One number with its 95 % interval; ``value`` is None where there is a ``reason`` why it is not defined.

    ``n`` counts what gold has of it; ``official`` is false for what is looser than the official scores.
    """

    metric: str
    layer: str
    track: str
    official: bool
    value: float | None
    n: int
    precision: float | None = None
    recall: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    lower_is_better: bool = False


class Compared(Struct, frozen=True, kw_only=True):
    """A difference, the first system's value less the second's, and how probable one as large is by chance (two-sided)."""

    metric: str
    layer: str
    track: str
    difference: float | None
    p: float | None


class Report(Struct, frozen=True, kw_only=True):
    """All scores of one set of predictions."""

    articles: int
    groups: int
    resamples: int
    seed: int
    scores: tuple[Score, ...]


def metrics_of(codebook: Codebook) -> list[Metric]:
    """All metrics that a codebook's layers have."""
    scheme = scheme_of(codebook)
    return list(chain(of_spans(scheme), of_scales(scheme)))


def counted(gold: Mapping[str, Doc], predicted: Mapping[str, Doc], codebook: Codebook) -> list[np.ndarray]:
    """The counts of each metric: a row a group, in the order of the groups' names."""
    scheme, metrics = scheme_of(codebook), metrics_of(codebook)
    places = {group: number for number, group in enumerate(sorted({doc.group or doc.article_id for doc in gold.values()}))}
    sheets = [np.zeros((len(places), metric.width)) for metric in metrics]
    for name, right in gold.items():
        said = aligned(predicted.get(name, Doc(name)), right, scheme)
        for metric, sheet in zip(metrics, sheets, strict=True):
            sheet[places[right.group or name]] += metric.count(right, said)
    return sheets


def score(
    gold: Mapping[str, Doc], predicted: Mapping[str, Doc], codebook: Codebook, resamples: int = 10_000, seed: int = SEED
) -> Report:
    """The scores of predictions; articles of gold without any count as ones of which nothing was predicted."""
    sheets, metrics = counted(gold, predicted, codebook), metrics_of(codebook)
    groups = len(sheets[0]) if sheets else 0
    bounds = _intervals(metrics, sheets, groups, resamples, seed)
    scores = tuple(_scored(metric, sheet.sum(axis=0), *pair) for metric, sheet, pair in zip(metrics, sheets, bounds, strict=True))
    return Report(articles=len(gold), groups=groups, resamples=resamples, seed=seed, scores=scores)


def _scored(metric: Metric, sums: np.ndarray, low: float | None, high: float | None) -> Score:
    value = _number(metric.measure(sums[None])[0])
    return Score(
        metric=metric.name,
        layer=metric.layer,
        track=metric.track,
        official=metric.kind == "official",
        value=value,
        n=round(metric.n(sums)),
        precision=precision(sums) if metric.precision_recall else None,
        recall=recall(sums) if metric.precision_recall else None,
        low=low if value is not None else None,
        high=high if value is not None else None,
        reason="" if value is not None else metric.nothing,
        lower_is_better=metric.lower_is_better,
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _intervals(
    metrics: Sequence[Metric], sheets: Sequence[np.ndarray], groups: int, resamples: int, seed: int
) -> list[tuple[float | None, float | None]]:
    if groups < 2 or not resamples:
        return [(None, None)] * len(metrics)
    found = np.full((len(metrics), resamples), np.nan)
    for part, weights in draws(groups, resamples, max(1, 2**21 // groups), [seed]):
        for row, metric, sheet in zip(found, metrics, sheets, strict=True):
            row[part] = metric.measure(weights.astype(float) @ sheet)
    return [_bounds(row) for row in found]


def _bounds(values: np.ndarray) -> tuple[float | None, float | None]:
    defined = values[~np.isnan(values)]
    return tuple(map(float, np.percentile(defined, BOUNDS))) if len(defined) else (None, None)


def compare(
    gold: Mapping[str, Doc],
    one: Mapping[str, Doc],
    other: Mapping[str, Doc],
    codebook: Codebook,
    turns: int = TURNS,
    seed: int = SEED,
) -> list[Compared]:
    """Each metric's difference between two systems, with its p; None where one of the two has no value."""
    metrics = metrics_of(codebook)
    ones, others = (counted(gold, said, codebook) for said in (one, other))
    swaps = np.random.default_rng(seed).random((turns, len(ones[0]) if ones else 0)) < 0.5
    return [_compared(metric, mine, yours, swaps) for metric, mine, yours in zip(metrics, ones, others, strict=True)]


def _compared(metric: Metric, one: np.ndarray, other: np.ndarray, swaps: np.ndarray) -> Compared:
    apart = metric.measure(one.sum(axis=0)[None])[0] - metric.measure(other.sum(axis=0)[None])[0]
    moved = swaps.astype(float) @ (other - one)
    by_chance = metric.measure(one.sum(axis=0) + moved) - metric.measure(other.sum(axis=0) - moved)
    # A hair is left for rounding: what is equal in exact numbers counts as equal.
    as_large = np.sum(np.abs(by_chance[~np.isnan(by_chance)]) >= abs(apart) - 1e-12)
    p = None if np.isnan(apart) else float((as_large + 1) / (len(swaps) + 1))
    return Compared(metric=metric.name, layer=metric.layer, track=metric.track, difference=_number(apart), p=p)
