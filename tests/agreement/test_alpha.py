"""Alpha and kappa against published examples, against their definitions written out, against other libraries, at their limits."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nonempty import nonempty
from standpoint.agreement import counts
from standpoint.agreement.counts import Layout, Sheet, Statistic
from standpoint.agreement.statistics import chance
from standpoint.agreement.statistics.chance import alpha, coincidences

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
METRICS = ["nominal", "ordinal", "interval"]
VALUES = {str(number): float(number) for number in range(-2, 3)}


def matrix_of(observers: list[str]) -> tuple[np.ndarray, list[float]]:
    """Positions among the values, -1 for a point; the values as numbers."""
    values = sorted({answer for row in observers for answer in row} - {"."})
    numbers = [float(value) if value.isdigit() else float(ord(value)) for value in values]
    return np.array([[values.index(answer) if answer != "." else -1 for answer in row] for row in observers]), numbers


def counted(rows: list[dict[int, str]], articles: int = 1) -> dict[str, float]:
    """Every coefficient of these annotators' answers ({unit: answer}), counted in so many articles; NaN where undefined."""
    scale = chance.Scale(VALUES)
    nominal, ordinal = chance.tally_nominal(dict), scale.tally(dict)
    measures = {
        "nominal": (nominal, chance.measure_alpha),
        "fleiss": (nominal, chance.measure_fleiss),
        "cohen": (nominal, chance.measure_cohen),
        "raw": (nominal, chance.measure_raw),
        "ordinal": (ordinal, scale.alpha("ordinal")),
        "interval": (ordinal, scale.alpha("interval")),
        "weighted": (ordinal, scale.weighted_kappa),
        "distance": (ordinal, scale.mean_distance),
        "equal": (ordinal, scale.share_at(0)),
    }
    layout = Layout([Statistic("", name, *what) for name, what in measures.items()])
    sheet = Sheet(layout)
    for number in range(articles):
        part = [{unit: label for unit, label in row.items() if unit % articles == number} for row in rows]
        sheet.add((number, ""), layout.count(part, joint=True))
    sums = sheet.sums(np.ones((1, articles)), layout.tallies)
    return {name: float(measure(sums[tally])[0]) for name, (tally, measure) in measures.items()}


def rows_of(matrix: np.ndarray, shift: int = -2) -> list[dict[int, str]]:
    return [{unit: str(place + shift) for unit, place in enumerate(row) if place >= 0} for row in matrix.tolist()]


@pytest.mark.parametrize("observers, metric, expected", EXAMPLES)
def test_the_published_examples_of_alpha(observers, metric, expected):
    answers, numbers = matrix_of(observers)
    assert round(alpha(answers, metric, numbers), 3) == expected
    assert round(counted(rows_of(answers))[metric], 3) == expected  # as it is counted article by article


# Ten things that fourteen people put into five classes: the example that tables of Fleiss' kappa are made from.
FLEISS = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
          [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]  # fmt: skip


def test_the_published_example_of_fleiss_kappa():
    answers = np.array([[value for value, count in enumerate(row) for _ in range(count)] for row in FLEISS]).T
    shares = [Fraction(sum(row[value] for row in FLEISS), 140) for value in range(5)]
    agreed = sum(Fraction(sum(k * (k - 1) for k in row), 14 * 13) for row in FLEISS) / 10
    by_hand = (agreed - sum(share**2 for share in shares)) / (1 - sum(share**2 for share in shares))
    assert round(float(by_hand), 3) == 0.210
    assert counted(rows_of(answers))["fleiss"] == pytest.approx(float(by_hand), abs=1e-12)


def test_cohens_kappa_by_hand():
    # Yes and yes 20, yes and no 5, no and yes 10, no and no 15: observed 0.7, expected 0.5 * 0.6 + 0.5 * 0.4.
    pairs = [("1", "1")] * 20 + [("1", "0")] * 5 + [("0", "1")] * 10 + [("0", "0")] * 15
    rows = [{unit: pair[side] for unit, pair in enumerate(pairs)} for side in (0, 1)]
    found = counted(rows)
    assert found["cohen"] == pytest.approx(0.4, abs=1e-12) and found["raw"] == pytest.approx(0.7, abs=1e-12)
    assert found["weighted"] == pytest.approx(0.4, abs=1e-12)  # of two values, weights change nothing
    assert found["distance"] == pytest.approx(0.3, abs=1e-12) and found["equal"] == pytest.approx(0.7, abs=1e-12)


ANSWERS = st.integers(2, 4).flatmap(
    lambda raters: st.lists(st.lists(st.integers(-1, 4), min_size=raters, max_size=raters), min_size=1, max_size=9)
)


def by_definition(answers: np.ndarray, metric: str) -> float | None:
    """1 - observed / expected disagreement, over all pairs of answers one by one."""
    units = [[place for place in column if place >= 0] for column in answers.T.tolist()]
    units = [row for row in units if len(row) > 1]
    everything = [answer for row in units for answer in row]

    def distance(one: int, other: int) -> float:
        if metric == "nominal":
            return float(one != other)
        if metric == "interval":
            return (one - other) ** 2
        low, high = sorted((one, other))
        between = sum(low <= answer <= high for answer in everything)
        return (between - (everything.count(one) + everything.count(other)) / 2) ** 2 if one != other else 0.0

    observed = sum(distance(*pair) / (len(row) - 1) for row in units for pair in permutations(row, 2))
    expected = sum(distance(*pair) for pair in permutations(everything, 2)) / max(1, len(everything) - 1)
    return 1 - observed / expected if expected else None


@given(ANSWERS, st.sampled_from(METRICS), st.integers(1, 3))
@example([[0, 0], [1, 1], [0, 1]], "nominal", 2)
def test_alpha_is_what_its_definition_says(columns, metric, articles):
    answers = np.array(columns).T
    expected = by_definition(answers, metric)
    value, summed = alpha(answers, metric, range(5)), counted(rows_of(answers), articles)[metric]
    assert (value is None) == (expected is None) == bool(np.isnan(summed))
    if value is not None:
        assert value == pytest.approx(expected, abs=1e-9) == summed


@settings(deadline=None)  # the first example imports the reference
@given(ANSWERS, st.sampled_from(METRICS))
@example([[0, 0], [1, 1], [0, 1]], "nominal")
def test_alpha_is_that_of_the_reference(columns, metric):
    krippendorff = pytest.importorskip("krippendorff", reason="the reference for alpha; GPL, so it is only a test's")
    answers = np.array(columns).T
    value = alpha(answers, metric, range(5))
    if value is not None:
        data = np.where(answers < 0, np.nan, answers)
        assert value == pytest.approx(krippendorff.alpha(data, level_of_measurement=metric), abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=30))
@example([(0, 0), (1, 1), (0, 1)])
def test_cohens_kappa_is_that_of_the_reference(pairs):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the reference for Cohen's kappa")
    found = counted(rows_of(np.array(pairs).T))
    ones, others = zip(*pairs, strict=True)
    if len({*ones, *others}) > 1:
        labels = list(range(5))
        assert found["cohen"] == pytest.approx(metrics.cohen_kappa_score(ones, others), abs=1e-9)
        weighted = metrics.cohen_kappa_score(ones, others, labels=labels, weights="quadratic")
        assert found["weighted"] == pytest.approx(weighted, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=2, max_size=12))
@example([[0, 0, 1], [1, 1, 1]])
def test_fleiss_kappa_is_that_of_the_reference(columns):
    agreement = pytest.importorskip("nltk.metrics.agreement", reason="nltk's multi-pi is the reference for Fleiss' kappa")
    triples = [(rater, unit, label) for unit, row in enumerate(columns) for rater, label in enumerate(row)]
    if len({label for _, _, label in triples}) > 1:
        assert counted(rows_of(np.array(columns).T))["fleiss"] == pytest.approx(agreement.AnnotationTask(triples).pi(), abs=1e-9)


@given(st.lists(st.integers(0, 4), min_size=2, max_size=9).filter(lambda row: len(set(row)) > 1), st.integers(2, 4))
def test_those_who_say_the_same_agree_perfectly(row, raters):
    found = counted(rows_of(np.array([row] * raters)))
    assert [found[name] for name in (*METRICS, "fleiss", "raw", "equal")] == pytest.approx([1.0] * 6, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("answers", [[[], []], [[0, -1], [-1, 1]], [[1, 1], [1, 1]]])
def test_where_there_is_nothing_to_measure_there_is_no_value(answers, metric):
    answers = np.array(answers, int)
    assert alpha(answers, metric, range(5)) is None
    assert np.isnan(counted(rows_of(answers))[metric])


def test_where_only_one_value_occurs_kappas_are_undefined_and_raw_agreement_is_not():
    found = counted(rows_of(np.array([[1, 1, 1], [1, 1, 1]])))
    assert np.isnan([found[name] for name in ("cohen", "fleiss", "weighted")]).all() and found["raw"] == 1.0


def test_a_unit_of_m_answers_weighs_m():
    assert coincidences(np.array([[0, 1], [0, -1], [1, 2]]), 3).tolist() == [[1, 1, 0], [1, 0, 1], [0, 1, 0]]


@settings(deadline=None)
@given(
    st.lists(ANSWERS, min_size=1, max_size=4),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
    st.sampled_from([1, counts.CELLS]),
)
def test_a_weighted_sum_of_rows_is_what_counting_the_articles_again_would_give(articles, times, cells):
    """A resample is a row of weights; however many are held at once, it is as if each article were there so often."""
    scale = chance.Scale(VALUES)
    nominal, ordinal = chance.tally_nominal(dict), scale.tally(dict)
    layout = Layout(
        [Statistic("", "nominal", nominal, chance.measure_alpha), Statistic("", "x", ordinal, scale.alpha("ordinal"))]
    )
    rows = [rows_of(np.array([column[:2] for column in columns]).T) for columns in articles]
    once, again = Sheet(layout), Sheet(layout)
    for number, (row, many) in enumerate(zip(rows, times, strict=False)):
        once.add((number, ""), layout.count(row, joint=False))
        for copy in range(many):
            again.add((10 * number + copy, ""), layout.count(row, joint=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counts, "CELLS", cells)  # 1: one row of weights at a time
        weighted = once.sums(np.array([times[: len(rows)]] * 3, np.float32), layout.tallies)
    counted_again = again.sums(np.ones((1, len(again.rows))), layout.tallies)
    for tally in nonempty(layout.tallies):
        assert weighted[tally] == pytest.approx(np.repeat(counted_again[tally], 3, axis=0))
