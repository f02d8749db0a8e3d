"""Resampling by story: intervals of statistics, and how probable a difference of two systems is by chance.

Articles about one story are alike, so that stories are drawn, and not articles. Where there are no more different resamples than
are to be drawn, each is counted once, with its probability: 1,716 of seven stories, 6,435 of eight. Then no seed matters.

An interval needs ``FEWEST`` stories. Of n values the smallest and the largest hold the median with a probability of 1 - 2^(1-n)
(H. A. David and H. N. Nagaraja, Order Statistics, 2003, section 7.1): 94 % of five, 97 % of six. So even the widest interval that
assumes nothing about a distribution is no 95 % interval of fewer than six stories. For the same reason no exchange of two systems
in five stories has p < 0.05. Percentile intervals are rather too narrow of more stories too, by about the root of (n-1)/n
(T. C. Hesterberg, What Teachers Should Know about the Bootstrap, The American Statistician 69, 2015).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement, product
from math import comb, factorial, prod

import numpy as np

FEWEST = 6  # stories of an interval
MANY = 64  # stories, whose resamples nobody could count
BOUNDS = (2.5, 97.5)  # percentiles of a 95 % interval
CELLS = 2**21  # weights in memory at once
Interval = tuple[float | None, float | None]
NO_INTERVAL: Interval = (None, None)


def is_counted(stories: int, resamples: int) -> bool:
    """Whether all resamples are counted instead of drawn: there are no more different ones than ``resamples``."""
    return stories < MANY and comb(2 * stories - 1, stories) <= resamples


def too_few(stories: int) -> str:
    """Why statistics of so few stories have no interval; "" if they have one."""
    return f"{stories} {'story' if stories == 1 else 'stories'}: no interval" if stories < FEWEST else ""


def method(stories: int, resamples: int) -> str:
    """How the intervals of statistics of so many stories are found, in words; "" if none were asked for."""
    if not resamples or too_few(stories):
        return too_few(stories) if resamples else ""
    if is_counted(stories, resamples):
        return f"95 % intervals from all {comb(2 * stories - 1, stories):,} resamples of {stories} stories"
    return f"95 % intervals from {resamples:,} resamples of the stories, or from all of them where there are fewer"


def bootstrap(
    measure: Callable[[np.ndarray], np.ndarray], stories: int, resamples: int, seed: Sequence[int], rows: int = 0
) -> list[Interval]:
    """The 95 % percentile intervals of statistics over resamples of stories, one or more; (None, None) without any value.

    ``measure`` takes weights (resamples x stories, in single precision) and returns values (statistics x resamples), NaN if
    undefined. If ``measure`` distributes the weights over more rows than stories, ``rows`` limits the memory.
    """
    step = max(1, CELLS // max(stories, rows))
    if is_counted(stories, resamples):
        weights, chances = _all_resamples(stories)
        parts = [measure(weights[begin : begin + step]) for begin in range(0, len(weights), step)]
        bounds = [_weighted_bounds(values, chances) for values in np.concatenate(parts, axis=1)]
    else:
        parts = [measure(weights) for weights in _drawn(stories, resamples, step, seed)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a statistic without any value
            bounds = np.nanpercentile(np.concatenate(parts, axis=1), BOUNDS, axis=1).T.tolist()
    return [NO_INTERVAL if np.isnan(low) else (float(low), float(high)) for low, high in bounds]


def _drawn(stories: int, resamples: int, step: int, seed: Sequence[int]) -> Iterator[np.ndarray]:
    """How often each story is drawn, for each resample."""
    generator = np.random.default_rng(seed)
    for begin in range(0, resamples, step):
        count = min(step, resamples - begin)
        drawn = generator.integers(stories, size=(count, stories)) + np.arange(count)[:, None] * stories
        yield np.bincount(drawn.ravel(), minlength=count * stories).reshape(count, stories).astype(np.float32)


def _all_resamples(stories: int) -> tuple[np.ndarray, np.ndarray]:
    """How often each story is drawn in each different resample, and the probability of the resample."""
    drawn = np.array(list(combinations_with_replacement(range(stories), stories)))
    counts = np.array([np.bincount(row, minlength=stories) for row in drawn])
    ways = [factorial(stories) // prod(map(factorial, row)) for row in counts.tolist()]
    return counts.astype(np.float32), np.array(ways) / stories**stories


def _weighted_bounds(values: np.ndarray, chances: np.ndarray) -> tuple[float, float]:
    """The smallest values that a share of the resamples does not exceed; NaN if no resample has a value."""
    defined = ~np.isnan(values)
    if not defined.any():
        return np.nan, np.nan
    order = np.argsort(values[defined], kind="stable")
    reached = np.cumsum(chances[defined][order])
    # Sums of probabilities are rounded: what is within a billionth of a bound has reached it.
    places = np.searchsorted(reached, np.array(BOUNDS) / 100 * reached[-1] - 1e-9)
    low, high = values[defined][order][places]
    return low, high


def exchanges(stories: int, turns: int, seed: int) -> tuple[np.ndarray, bool]:
    """Whether two systems are exchanged in each story in which they differ, and whether these are all exchanges that there are.

    All 2^n of n stories (exchanges x stories), if these are no more than ``turns``; otherwise drawn with a chance of one half.
    """
    if is_enumerated(stories, turns):
        return np.array(list(product((False, True), repeat=stories))).reshape(2**stories, stories), True
    return np.random.default_rng(seed).random((turns, stories)) < 0.5, False


def chance_of(difference: float, by_chance: np.ndarray, all_of_them: bool) -> float:
    """The two-sided p of a difference: the share of exchanges after which it is as large, of those after which it is defined.

    If exchanges were drawn, the observed one counts as one more (B. Phipson and G. K. Smyth, Permutation P-values Should Never
    Be Zero, 2010).
    """
    defined = np.abs(by_chance[~np.isnan(by_chance)])
    # Exactly equal differences may differ by rounding; they count as equal.
    as_large = int(np.sum(defined >= abs(difference) - 1e-12))
    return as_large / len(defined) if all_of_them else (as_large + 1) / (len(defined) + 1)


def is_enumerated(stories: int, turns: int) -> bool:
    return stories < MANY and 2**stories <= turns


def least_chance(stories: int, turns: int) -> float:
    """The smallest p that can be reached if two systems differ in so many stories: a difference and its mirror are as large."""
    return 2.0 ** (1 - max(stories, 1)) if is_enumerated(stories, turns) else 1 / (turns + 1)
