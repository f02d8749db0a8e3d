"""Values and their intervals: a percentile bootstrap over groups of articles.

B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13. A resample draws as many groups as
there are, with replacement, whoever annotated them; it is a row of weights, how often each was drawn, so that nothing is
counted again. Resamples in which a value is not defined do not count.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from standpoint.assess.statistics.sheets import Sheet
from standpoint.assess.statistics.tally import Statistic, ratio

CELLS = 2**21  # weights held at once
BOUNDS = (2.5, 97.5)  # percentiles of a 95 % interval

Interval = tuple[float | None, float | None]


def measured(sheet: Sheet, statistics: Sequence[Statistic], weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each statistic's value with each row of weights (statistics x rows of weights), NaN where it has none; and its n."""
    sums = sheet.sums(weights, {statistic.tally for statistic in statistics})
    values = np.array([statistic.measure(sums[statistic.tally]) for statistic in statistics])
    return values, np.array([sums[tally][:, list(tally.n)].sum(axis=1) for _, _, tally, *_ in statistics])


def intervals(
    sheets: Sequence[Sheet], statistics: Sequence[Statistic], groups: int, resamples: int, seed: Sequence[int]
) -> list[Interval]:
    """The interval of each statistic's mean over the sheets; none where there are fewer than two groups."""
    if groups < 2 or not resamples or not statistics:
        return [(None, None)] * len(statistics)
    found = np.full((len(statistics), resamples), np.nan)
    places = [sheet.groups() for sheet in sheets]
    step = max(1, CELLS // max(groups, *map(len, places)))
    for part, weights in draws(groups, resamples, step, seed):
        found[:, part] = mean(
            measured(sheet, statistics, weights[:, place])[0] for sheet, place in zip(sheets, places, strict=True)
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a statistic without any value
        bounds = np.nanpercentile(found, BOUNDS, axis=1).T
    return [(None, None) if np.isnan(low) else (float(low), float(high)) for low, high in bounds]


def mean(parts: Iterable[np.ndarray]) -> np.ndarray:
    """The mean of what is defined in arrays of one shape, number by number; NaN where nothing is."""
    total, count = 0.0, 0
    for part in parts:
        defined = ~np.isnan(part)
        total, count = total + np.where(defined, part, 0.0), count + defined
    return ratio(total, count)


def draws(groups: int, resamples: int, step: int, seed: Sequence[int]) -> Iterator[tuple[slice, np.ndarray]]:
    """Rows of weights (resamples x groups), ``step`` resamples at a time."""
    chance = np.random.default_rng(seed)
    for begin in range(0, resamples, step):
        many = min(step, resamples - begin)
        drawn = chance.integers(groups, size=(many, groups)) + np.arange(many)[:, None] * groups
        weights = np.bincount(drawn.ravel(), minlength=many * groups).reshape(many, groups)
        yield slice(begin, begin + many), weights.astype(np.float32)
