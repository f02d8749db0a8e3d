"""Krippendorff's alpha against his own worked examples, against its definition written out, and at its limits."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standpoint.assess.alpha import NO_UNITS, ONE_VALUE, alpha, coincidences

# Krippendorff 2011: two observers, two values; two observers, many values; many observers, missing answers.
BINARY = ["0100000010", "1110010000"]
NOMINAL = ["aabbdcccedda", "babbbccceddd"]
MISSING = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
EXAMPLES = [
    (BINARY, "nominal", 0.095),
    (NOMINAL, "nominal", 0.692),
    (MISSING, "nominal", 0.743),
    (MISSING, "ordinal", 0.815),
    (MISSING, "interval", 0.849),
]


def units_of(observers: list[str]) -> list[list[str]]:
    """The answers of each column; a point is no answer."""
    return [[answer for answer in column if answer != "."] for column in zip(*observers, strict=True)]


def measured(units, metric: str = "nominal"):
    pairs: Counter = Counter()
    for answers in units:
        for pair, weight in coincidences(answers) if len(answers) > 1 else ():
            pairs[pair] += weight
    return alpha(pairs, metric)


@pytest.mark.parametrize("observers, metric, expected", EXAMPLES)
def test_the_published_examples(observers, metric, expected):
    value, reason = measured(units_of(observers), metric)
    assert round(value, 3) == expected and reason == ""


def by_definition(units, metric: str) -> float | None:
    """1 - observed / expected disagreement, over all pairs of answers one by one."""
    units = [answers for answers in units if len(answers) > 1]
    everything = [answer for answers in units for answer in answers]

    def distance(one: int, other: int) -> float:
        if metric == "nominal":
            return float(one != other)
        if metric == "interval":
            return (one - other) ** 2
        low, high = sorted((one, other))
        between = sum(low <= answer <= high for answer in everything)
        return (between - (everything.count(one) + everything.count(other)) / 2) ** 2 if one != other else 0.0

    observed = sum(distance(*pair) / (len(answers) - 1) for answers in units for pair in permutations(answers, 2))
    expected = sum(distance(*pair) for pair in permutations(everything, 2)) / max(1, len(everything) - 1)
    return 1 - observed / expected if expected else None


@given(st.lists(st.lists(st.integers(0, 4), max_size=4), max_size=8), st.sampled_from(["nominal", "ordinal", "interval"]))
def test_it_is_what_its_definition_says(units, metric):
    value, reason = measured(units, metric)
    expected = by_definition(units, metric)
    assert (value is None) == (expected is None) == bool(reason)
    assert value is None or value == pytest.approx(expected)


@given(st.lists(st.integers(0, 4), min_size=2, max_size=9).filter(lambda row: len(set(row)) > 1), st.integers(2, 4))
def test_those_who_say_the_same_agree_perfectly(row, raters):
    for metric in ("nominal", "ordinal", "interval"):
        assert measured([[answer] * raters for answer in row], metric) == (1.0, "")


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("units, reason", [([], NO_UNITS), ([[1], [2]], NO_UNITS), ([[1, 1], [1, 1]], ONE_VALUE)])
def test_where_there_is_nothing_to_measure_the_reason_is_said(units, reason, metric):
    assert measured(units, metric) == (None, reason)
