"""Resampling by story: all resamples where they can be counted, no interval of too few stories, all exchanges of two systems."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from standpoint.agreement.resampling import FEWEST, bootstrap, chance_of, exchanges, is_counted, least_chance, method, too_few

HITS = np.array([[3.0, 5.0], [4.0, 4.0], [0.0, 6.0], [2.0, 3.0], [5.0, 6.0], [1.0, 7.0]])  # right and all, of six stories


def share(weights: np.ndarray) -> np.ndarray:
    """The share of what is right, of each resample."""
    sums = weights @ HITS[: weights.shape[1]]
    return (sums[:, 0] / sums[:, 1])[None]


def test_all_resamples_are_counted_with_their_probability():
    """As every one of the 6^6 ways to draw six stories gives, without a seed."""
    drawn = np.array(list(product(range(6), repeat=6)))
    weights = np.stack([(drawn == story).sum(axis=1) for story in range(6)], axis=1).astype(float)
    expected = np.quantile(share(weights)[0], [0.025, 0.975], method="inverted_cdf")
    assert is_counted(6, 462) and not is_counted(6, 461)
    for seed in (1, 2):
        assert bootstrap(share, 6, 462, [seed]) == [pytest.approx(tuple(expected))]
    (drawn_bounds,) = bootstrap(share, 6, 461, [1])
    assert drawn_bounds == pytest.approx(tuple(expected), abs=0.05)


def test_what_is_undefined_in_some_resamples_has_the_interval_of_the_others():
    def first_story(weights: np.ndarray) -> np.ndarray:
        return np.array([np.where(weights[:, 0] > 0, 0.5, np.nan), np.full(len(weights), np.nan)])

    assert bootstrap(first_story, 6, 1_000, [1]) == [(0.5, 0.5), (None, None)]


def test_the_fewest_stories_are_those_whose_extremes_hold_the_median_in_95_of_100_cases():
    held = {stories: 1 - 2.0 ** (1 - stories) for stories in range(1, 10)}
    assert min(stories for stories, chance in held.items() if chance >= 0.95) == FEWEST == 6
    assert least_chance(FEWEST, 10_000) <= 0.05 < least_chance(FEWEST - 1, 10_000)
    assert [too_few(stories) for stories in (1, 2, 5, 6)] == [
        "1 story: no interval",
        "2 stories: no interval",
        "5 stories: no interval",
        "",
    ]
    assert method(2, 10_000) == "2 stories: no interval" and method(2, 0) == method(7, 0) == ""
    assert method(7, 10_000) == "95 % intervals from all 1,716 resamples of 7 stories"
    assert method(40, 10_000).startswith("95 % intervals from 10,000 resamples of the stories")


def test_all_exchanges_give_the_p_of_scipy_s_permutation_test():
    stats = pytest.importorskip("scipy.stats")
    first, second = np.array([0.9, 0.7, 0.8, 0.6, 0.9, 0.4]), np.array([0.5, 0.6, 0.8, 0.7, 0.3, 0.1])
    swaps, all_of_them = exchanges(6, 64, 1)
    signs = np.where(swaps, -1, 1)
    p = chance_of((first - second).mean(), (signs * (first - second)).mean(axis=1), all_of_them)
    expected = stats.permutation_test(
        (first, second),
        lambda a, b, axis: (a - b).mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    assert all_of_them and len(swaps) == 64 and p == pytest.approx(expected.pvalue)


def test_of_more_exchanges_some_are_drawn_and_p_is_never_0():
    swaps, all_of_them = exchanges(40, 500, 1)
    assert swaps.shape == (500, 40) and not all_of_them
    assert chance_of(1.0, np.zeros(500), all_of_them) == 1 / 501 == least_chance(40, 500)
    assert [least_chance(stories, 10_000) for stories in (0, 1, 2, 3)] == [1.0, 1.0, 0.5, 0.25]
    assert len(exchanges(0, 500, 1)[0]) == 1  # systems that do not differ: as they are
