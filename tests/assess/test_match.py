"""The matcher against cases worked by hand, and against every way to pair."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standpoint.assess.match import f1, match_equal, match_overlap


class Words(NamedTuple):
    start: int
    end: int
    label: str = "x"


def spans(*places: tuple) -> list[Words]:
    return [Words(*place) for place in places]


CASES = {
    "nothing on either side": ([], [], []),
    "nothing on one side": ([(0, 5)], [], []),
    "the same": ([(0, 5), (7, 9)], [(0, 5), (7, 9)], [(0, 0), (1, 1)]),
    "touching is not sharing": ([(0, 5)], [(5, 9)], []),
    "one long, two short: one pair only, the one with more characters": ([(0, 10)], [(0, 3), (4, 10)], [(0, 1)]),
    "one long, two short: the label decides before the characters": ([(0, 10)], [(0, 3), (4, 10, "y")], [(0, 0)]),
    # Taking the largest overlap first (0-1, nine characters) would leave the others alone: one pair instead of two.
    "a chain in which the largest overlap is a trap": ([(0, 10), (11, 14)], [(0, 1), (1, 12)], [(0, 0), (1, 1)]),
    "more pairs count more than labels": ([(0, 10), (11, 14)], [(0, 1, "y"), (1, 12)], [(0, 0), (1, 1)]),
    "order of the sequences is not order in the text": ([(7, 9), (0, 5)], [(0, 5), (7, 9)], [(0, 1), (1, 0)]),
    "two places that have nothing to do with each other": ([(0, 4), (50, 60)], [(3, 6), (55, 56)], [(0, 0), (1, 1)]),
}


@pytest.mark.parametrize("name", CASES)
def test_overlaps_are_paired_as_by_hand(name):
    ones, others, expected = CASES[name]
    assert match_overlap(spans(*ones), spans(*others)) == expected


def test_equal_things_are_paired_one_to_one():
    assert match_equal(["a", "b", "a", "c"], ["a", "c", "c"]) == [(0, 0), (3, 1)]
    assert match_equal(["a", "a"], ["a", "a"]) == [(0, 0), (1, 1)]
    assert match_equal([], ["a"]) == []


@pytest.mark.parametrize("counts, expected", [((0, 0, 0), None), ((0, 3, 0), 0.0), ((1, 1, 3), 0.5), ((2, 2, 2), 1.0)])
def test_f1(counts, expected):
    assert f1(*counts) == expected


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


def best_score(ones, others) -> tuple[int, int, int]:
    """By trying everything."""
    edges = [
        (i, j)
        for i, one in enumerate(ones)
        for j, other in enumerate(others)
        if min(one.end, other.end) > max(one.start, other.start)
    ]
    one_to_one = (
        pairs
        for size in range(min(len(ones), len(others)) + 1)
        for pairs in combinations(edges, size)
        if len({i for i, _ in pairs}) == len({j for _, j in pairs}) == size
    )
    return max(score(pairs, ones, others) for pairs in one_to_one)


@given(disjoint(), disjoint())
def test_no_way_to_pair_is_better(ones, others):
    pairs = match_overlap(ones, others)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert score(pairs, ones, others) == best_score(ones, others)


@given(disjoint(), disjoint())
def test_the_matcher_is_symmetric(ones, others):
    there, back = match_overlap(ones, others), match_overlap(others, ones)
    assert score(there, ones, others) == score(back, others, ones)
