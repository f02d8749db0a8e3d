"""The matcher against cases worked by hand, and against every way to pair."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from standpoint.agreement.counts import measure_f1
from standpoint.core.matching import match_equal, match_overlap, match_weighted, overlap_clusters


class Words(NamedTuple):
    start: int
    end: int
    label: str = "x"


def spans(*places: tuple) -> list[Words]:
    return [Words(*place) for place in places]


# What it shows: one side, the other, the pairs whatever the labels, the pairs of one label. A place is start, end, label (x).
CASES = {
    "nothing on either side": ([], [], [], []),
    "nothing on the one side": ([], [(0, 5)], [], []),
    "nothing on the other side": ([(0, 5)], [], [], []),
    "the same": ([(0, 5), (7, 9)], [(0, 5), (7, 9)], [(0, 0), (1, 1)], [(0, 0), (1, 1)]),
    "the same place, another label": ([(0, 5)], [(0, 5, "y")], [(0, 0)], []),
    "touching is not sharing": ([(0, 5)], [(5, 9)], [], []),
    "one character is enough": ([(0, 5)], [(4, 9)], [(0, 0)], [(0, 0)]),
    "one within the other": ([(0, 9)], [(3, 4)], [(0, 0)], [(0, 0)]),
    "an overlap with another label": ([(0, 5, "y")], [(4, 9)], [(0, 0)], []),
    "one long, two short: one pair only, the one with more characters": ([(0, 10)], [(0, 3), (4, 10)], [(0, 1)], [(0, 1)]),
    "one long, two equally short: the first": ([(0, 10)], [(0, 4), (5, 9)], [(0, 0)], [(0, 0)]),
    "two short, one long": ([(0, 3), (4, 10)], [(0, 10)], [(1, 0)], [(1, 0)]),
    "one long, two short: the label decides before the characters": ([(0, 10)], [(0, 3), (4, 10, "y")], [(0, 0)], [(0, 0)]),
    # Taking the largest overlap first (0-1, nine characters) would leave the others alone: one pair instead of two.
    "a chain in which the largest overlap is a trap": ([(0, 10), (11, 14)], [(0, 1), (1, 12)], [(0, 0), (1, 1)], [(0, 0), (1, 1)]),
    "more pairs count more than labels": ([(0, 10), (11, 14)], [(0, 1, "y"), (1, 12)], [(0, 0), (1, 1)], [(0, 1)]),
    "order of the sequences is not order in the text": ([(7, 9), (0, 5)], [(0, 5), (7, 9)], [(0, 1), (1, 0)], [(0, 1), (1, 0)]),
    "two places that have nothing to do with each other": ([(0, 4), (50, 60)], [(3, 6), (55, 56)], [(0, 0), (1, 1)], [(0, 0), (1, 1)]),
    "one place is only one side's": ([(0, 4), (50, 60)], [(55, 56)], [(1, 0)], [(1, 0)]),
    "a chain of four": ([(0, 4), (6, 10)], [(3, 7), (9, 12)], [(0, 0), (1, 1)], [(0, 0), (1, 1)]),
    "a chain whose ends are left over": ([(3, 7)], [(0, 4), (6, 10)], [(0, 0)], [(0, 0)]),
    "the same extent first, the rest by overlap": ([(0, 5), (6, 9)], [(0, 5), (7, 12)], [(0, 0), (1, 1)], [(0, 0), (1, 1)]),
    "labels swapped on two equal extents": ([(0, 5), (6, 9, "y")], [(0, 5, "y"), (6, 9)], [(0, 0), (1, 1)], []),
    "labels swapped on two overlaps": ([(0, 5), (5, 9, "y")], [(0, 4, "y"), (4, 9)], [(0, 0), (1, 1)], [(0, 1)]),
    "a label that could cross does not": ([(0, 6, "y"), (6, 12)], [(0, 5), (5, 12, "y")], [(0, 0), (1, 1)], [(0, 1)]),
    "three for one: the label, then the characters": ([(0, 30)], [(0, 9), (10, 20), (20, 30, "y")], [(0, 1)], [(0, 1)]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_overlaps_are_paired_as_by_hand(name):
    ones, others, expected, of_one_label = CASES[name]
    assert match_overlap(spans(*ones), spans(*others)) == expected
    assert match_overlap(spans(*ones), spans(*others), same_label=True) == of_one_label


EQUAL = {
    "the first with the first": ("aa", "aa", [(0, 0), (1, 1)]),
    "one to one: the second finds none": ("aba", "acc", [(0, 0)]),
    "order does not matter": ("abc", "cab", [(0, 1), (1, 2), (2, 0)]),
    "more of one thing on the other side": ("a", "aaa", [(0, 0)]),
    "nothing equal": ("ab", "cd", []),
    "nothing at all": ("", "a", []),
}


@pytest.mark.parametrize("name", EQUAL)
def test_equal_things_are_paired_as_by_hand(name):
    ones, others, expected = EQUAL[name]
    assert match_equal(ones, others) == expected


WEIGHTED = {
    "nothing": ({}, []),
    "no weight is no pair": ({(0, 0): 0.0}, []),
    "the heavier of two": ({(0, 0): 1, (0, 1): 2}, [(0, 1)]),
    "two light ones against one heavy one": ({(0, 0): 3, (0, 1): 2, (1, 0): 2}, [(0, 1), (1, 0)]),
    "one heavy one against two light ones": ({(0, 0): 5, (0, 1): 2, (1, 0): 2}, [(0, 0)]),
    "more rows than columns": ({(0, 0): 1, (1, 0): 2, (2, 0): 3, (2, 1): 3, (1, 1): 1}, [(1, 0), (2, 1)]),
    "two places that have nothing to do with each other": ({(0, 5): 1, (7, 2): 1}, [(0, 5), (7, 2)]),
}


@pytest.mark.parametrize("name", WEIGHTED)
def test_weights_are_assigned_as_by_hand(name):
    weights, expected = WEIGHTED[name]
    assert match_weighted(weights) == expected


@pytest.mark.parametrize("counts, expected", [((0, 0, 0), np.nan), ((0, 3, 0), 0.0), ((1, 1, 3), 0.5), ((2, 2, 2), 1.0)])
def test_f1(counts, expected):
    assert measure_f1(np.array([counts], float)) == pytest.approx([expected], nan_ok=True)


CLUSTERS = {
    "nothing": ([], []),
    "touching is not overlapping": ([(0, 5), (5, 9)], [[(0, 5)], [(5, 9)]]),
    "a chain is one cluster": ([(0, 5), (4, 9), (8, 12), (20, 21)], [[(0, 5), (4, 9), (8, 12)], [(20, 21)]]),
    "a long one holds the short ones together": ([(0, 20), (1, 3), (6, 9)], [[(0, 20), (1, 3), (6, 9)]]),
}


@pytest.mark.parametrize("name", CLUSTERS)
def test_clusters_are_connected_by_overlaps(name):
    extents, expected = CLUSTERS[name]
    assert list(overlap_clusters(extents, lambda extent: extent)) == expected


@st.composite
def disjoint(draw) -> list[Words]:
    """Spans of one annotator: they do not overlap each other."""
    at, found = 0, []
    for gap, length, label in draw(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5), st.sampled_from("xy")), max_size=5)):
        found.append(Words(at + gap, at + gap + length, label))
        at = found[-1].end
    return found


def score(pairs, ones, others) -> tuple[int, int, int]:
    shared = [min(ones[i].end, others[j].end) - max(ones[i].start, others[j].start) for i, j in pairs]
    return len(pairs), sum(ones[i].label == others[j].label for i, j in pairs), sum(shared)


def best_score(ones, others, same_label) -> tuple[int, int, int]:
    """By trying everything."""
    edges = [
        (i, j)
        for i, one in enumerate(ones)
        for j, other in enumerate(others)
        if min(one.end, other.end) > max(one.start, other.start) and (one.label == other.label or not same_label)
    ]
    one_to_one = (
        pairs
        for size in range(min(len(ones), len(others)) + 1)
        for pairs in combinations(edges, size)
        if len({i for i, _ in pairs}) == len({j for _, j in pairs}) == size
    )
    return max(score(pairs, ones, others) for pairs in one_to_one)


@given(disjoint(), disjoint(), st.booleans())
def test_no_way_to_pair_is_better(ones, others, same_label):
    pairs = match_overlap(ones, others, same_label)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert score(pairs, ones, others) == best_score(ones, others, same_label)


@given(disjoint(), disjoint(), st.booleans())
def test_the_matcher_is_symmetric(ones, others, same_label):
    there, back = match_overlap(ones, others, same_label), match_overlap(others, ones, same_label)
    assert score(there, ones, others) == score(back, others, ones)


@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=4), min_size=1, max_size=4))
def test_no_assignment_is_heavier(matrix):
    weights = {(i, j): float(weight) for i, row in enumerate(matrix) for j, weight in enumerate(row)}
    pairs = match_weighted(weights)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    rows = [[weights.get((i, j), 0.0) for j in range(4)] + [0.0] * 4 for i in range(4)]
    best = max(sum(rows[i][j] for i, j in enumerate(order)) for order in set(permutations(range(4), 4)))
    assert sum(weights[pair] for pair in pairs) == best


def test_assignments_of_many_are_as_heavy_as_those_of_the_whole_matrix():
    for seed in range(40):
        chance = np.random.default_rng(seed)
        matrix = chance.random((chance.integers(1, 12), chance.integers(1, 12))) * (chance.random() < 0.7)
        pairs = match_weighted({(i, j): value for (i, j), value in np.ndenumerate(matrix)})
        best = matrix[linear_sum_assignment(matrix, maximize=True)].sum()
        assert sum(matrix[pair] for pair in pairs) == pytest.approx(best, abs=1e-12)


# Spans of one side may overlap each other: equal spans are paired first, then as many of the rest as possible.
OVERLAPPING = {
    "nested on both sides": ([(0, 9), (3, 5)], [(0, 9), (3, 5)], [(0, 0), (1, 1)], [(0, 0), (1, 1)]),
    "the outer span is shorter": ([(0, 9), (3, 5)], [(0, 7), (3, 5)], [(0, 0), (1, 1)], [(0, 0), (1, 1)]),
    "two labels of one span, in another order": ([(0, 4), (0, 4, "y")], [(0, 4, "y"), (0, 4)], [(0, 1), (1, 0)], [(0, 1), (1, 0)]),
    "one of two labels": ([(0, 4), (0, 4, "y")], [(0, 4, "y")], [(1, 0)], [(1, 0)]),
    "the same place, another label": ([(0, 4), (0, 4, "y")], [(0, 4, "z")], [(0, 0)], []),
    "pairs that cross": ([(0, 10), (1, 3)], [(2, 4), (8, 12)], [(0, 1), (1, 0)], [(0, 1), (1, 0)]),
    "crossing spans": ([(0, 6), (4, 9, "y")], [(0, 5), (3, 9, "y")], [(0, 0), (1, 1)], [(0, 0), (1, 1)]),
}  # fmt: skip


@pytest.mark.parametrize("name", OVERLAPPING)
def test_overlapping_spans_of_one_side_are_paired_as_by_hand(name):
    ones, others, expected, of_one_label = OVERLAPPING[name]
    assert match_overlap(spans(*ones), spans(*others)) == expected
    assert match_overlap(spans(*ones), spans(*others), same_label=True) == of_one_label


WORDS = st.builds(
    lambda start, length, label: Words(start, start + length, label), st.integers(0, 8), st.integers(1, 5), st.sampled_from("xy")
)


@given(st.lists(WORDS, max_size=4, unique=True), st.lists(WORDS, max_size=4, unique=True), st.booleans())
def test_no_way_to_pair_the_rest_of_overlapping_spans_is_better(ones, others, same_label):
    pairs = match_overlap(ones, others, same_label)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    equal = [(i, j) for i, j in pairs if ones[i] == others[j]]
    assert len(equal) == len(set(ones) & set(others))
    same = [(i, j) for i, j in pairs if ones[i][:2] == others[j][:2] and (i, j) not in equal]
    rest = [(i, j) for i, j in pairs if (i, j) not in equal + same]
    left = [one for i, one in enumerate(ones) if i not in {i for i, _ in equal + same}]
    right = [other for j, other in enumerate(others) if j not in {j for _, j in equal + same}]
    assert score(rest, ones, others) == best_score(left, right, same_label)
