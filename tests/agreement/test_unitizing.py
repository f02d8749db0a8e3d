"""Alpha for unitizing, linking and gamma: published examples, references, and cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from standpoint.adjudication.content import view_of
from standpoint.agreement.counts import Continuum, Reading, measure_f1
from standpoint.agreement.statistics.coreference import measure_lea, tally_ceafe, tally_lea
from standpoint.agreement.statistics.gamma import measure_gamma, tally_gamma
from standpoint.agreement.statistics.unitizing import (
    expected_disagreement,
    gaps_of,
    measure_unitizing,
    observed_disagreement,
    tally_unitizing,
)
from two_pass_article import codebook, facts, made, span


def units(*places: tuple[int, int]) -> list[tuple[int, int]]:
    """(where it begins, how long it is) as [start, end)."""
    return [(start, start + length) for start, length in places]


# Krippendorff 2004 (p. 254): a continuum of 300 that begins at 150; two observers, two categories.
BEGIN, LENGTH = 150, 300
C = [units((225 - BEGIN, 70), (370 - BEGIN, 30)), units((220 - BEGIN, 80), (355 - BEGIN, 20), (400 - BEGIN, 20))]
K = [units((180 - BEGIN, 60), (300 - BEGIN, 50))] * 2


def test_the_published_example_of_2004():
    assert observed_disagreement(C, LENGTH) == pytest.approx(0.0144, abs=5e-5)
    assert expected_disagreement(C, LENGTH) == pytest.approx(0.0532, abs=5e-5)
    assert observed_disagreement(K, LENGTH) == 0
    assert expected_disagreement(K, LENGTH) == pytest.approx(0.0490, abs=5e-5)
    count = tally_unitizing(lambda reading: reading).count
    sides = [Sided({"c": one, "k": other}, LENGTH) for one, other in zip(C, K, strict=True)]
    assert measure_unitizing(np.array([count(sides).columns]))[0] == pytest.approx(0.8591, abs=5e-4)


class Sided(dict):
    """Units by category that know how long the continuum is."""

    def __init__(self, by_category: dict, length: int) -> None:
        super().__init__(by_category)
        self.length = length


# Krippendorff 1995 (p. 57): a continuum of 24; observed disagreements, and the expected ones and alphas of an endless
# refinement. The expected ones were printed before the correction of 2004, which changes them in the third decimal.
OF_1995 = {
    "A": ([units((2, 8), (14, 6)), units((4, 4), (15, 2))], 0.03125, 0.06990, 0.553),
    "B": ([units((0, 18)), units((0, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 3), (9, 1))], 2.26736, 1.17731, -0.926),
    "C": ([units((2, 6), (10, 2), (14, 4), (20, 2)), units((0, 2), (4, 4), (10, 4), (16, 2), (20, 2))], 0.02777, 0.08642, 0.679),
    "D": (
        [units((0, 2), (2, 8), (10, 4), (14, 6), (20, 4)), units((0, 4), (4, 4), (8, 7), (15, 2), (17, 7))],
        0.38715,
        0.41445,
        0.066,
    ),
}


@pytest.mark.parametrize("category", OF_1995)
def test_the_published_examples_of_1995(category):
    rows, observed, expected, alpha = OF_1995[category]
    assert observed_disagreement(rows, 24) == pytest.approx(observed, abs=1e-5)
    fine = [[(start * 50_000, end * 50_000) for start, end in row] for row in rows]
    found = expected_disagreement(fine, 24 * 50_000)
    assert found == pytest.approx(expected, abs=0.005) and 1 - observed / found == pytest.approx(alpha, abs=0.02)


def test_gaps_lie_before_between_and_after():
    assert list(gaps_of([(2, 4), (4, 6), (9, 10)], 10)) == [2, 3] and list(gaps_of([], 7)) == [7]


def test_what_nobody_marked_is_no_disagreement_and_what_one_marked_is():
    count = tally_unitizing(lambda reading: reading).count
    assert list(count([Sided({}, 9), Sided({}, 9)]).columns) == [0, 0, 0]
    alone = count([Sided({"x": [(0, 3)]}, 9), Sided({}, 9)])
    assert measure_unitizing(np.array([alone.columns]))[0] < 0.1


def read(*mentions: tuple[str, str], text: str = "The army seized the mill at dawn. Netters fled.") -> Reading:
    """A reading of actor mentions, each (words, actor)."""
    items = [span("actors", actor, words, text) for words, actor in mentions]
    return Reading(view_of(made(items), codebook()), Continuum([(0, len(text))], text))


A, B, C_, D, E, F, G, H, I = ("army", "seized", "the", "mill", "at", "dawn", "Netters", "fled", "The")  # noqa: E741
KEY = [(A, "k1"), (B, "k1"), (C_, "k1"), (D, "k2"), (E, "k2"), (F, "k2"), (G, "k2")]
RESPONSE = [(A, "r1"), (B, "r1"), (C_, "r2"), (D, "r2"), (F, "r3"), (G, "r3"), (H, "r3"), (I, "r3")]


def test_the_published_example_of_linking():
    # Pradhan et al. 2014 and Moosavi and Strube 2016: {abc} {defg} against {ab} {cd} {fghi}.
    sides = [read(*KEY), read(*RESPONSE)]
    found, mentions, other, others = tally_lea("actors").count(sides).columns
    assert (found / mentions, other / others) == pytest.approx((0.238, 1 / 3), abs=5e-4)  # recall .24, precision .33
    assert measure_lea(np.array([[found, mentions, other, others]]))[0] == pytest.approx(0.28, abs=5e-3)
    similar, ones, twos = tally_ceafe("actors").count(sides).columns
    assert (similar / ones, similar / twos) == pytest.approx((0.65, 0.4333), abs=5e-5)
    assert measure_f1(np.array([[similar, ones, twos]]))[0] == pytest.approx(0.52, abs=5e-3)


@pytest.mark.parametrize(
    "ones, others, lea, ceafe",
    [
        ([(A, "x")], [(A, "y")], 1.0, 1.0),  # a single mention, whatever it is called
        ([(A, "x")], [(B, "x")], 0.0, 0.0),  # another mention
        ([(A, "x")], [], 0.0, 0.0),
        ([], [], None, None),
        ([(A, "x"), (B, "x")], [(A, "x"), (B, "y")], 0.0, 4 / 9),  # split: 2/3 of similarity, 1 + 2 clusters
        ([(A, "x"), (B, "x"), (C_, "y")], [(A, "p"), (B, "p"), (C_, "q")], 1.0, 1.0),
        ([(A, "x"), (B, "x")], [(A, "x"), (B, "x"), (D, "x")], 0.5, 0.8),  # recall 2/2, precision 1/3: F 1/2
    ],
)
def test_linking_by_hand(ones, others, lea, ceafe):
    sides = [read(*ones), read(*others)]
    for tally, measure, expected in ((tally_lea, measure_lea, lea), (tally_ceafe, measure_f1, ceafe)):
        value = measure(np.array([tally("actors").count(sides).columns]))[0]
        assert np.isnan(value) if expected is None else value == pytest.approx(expected)


def test_gamma_is_that_of_the_library_in_tokens_and_the_same_every_time():
    library = pytest.importorskip("pygamma_agreement", reason="gamma is computed by the optional pygamma-agreement")
    from pyannote.core import Segment

    sides = [read(("army", "a"), ("mill at dawn", "b"), ("Netters", "c")), read(("army seized", "a"), ("mill", "b"))]
    continuum = library.Continuum()
    # The(0) army(1) seized(2) the(3) mill(4) at(5) dawn(6) .(7) Netters(8) fled(9) .(10)
    for name, rows in {"a": [(1, 2, "a"), (4, 7, "b"), (8, 9, "c")], "b": [(1, 3, "a"), (4, 5, "b")]}.items():
        for start, end, label in rows:
            continuum.add(name, Segment(start, end), label)
    np.random.seed(7)
    gamma = continuum.compute_gamma(library.CombinedCategoricalDissimilarity(alpha=3, beta=1), n_samples=30).gamma
    found = [tally_gamma("actors", 7).count(sides).columns for _ in range(2)]
    assert found[0] == found[1] == (pytest.approx(gamma, abs=1e-12), 1, 0)
    assert measure_gamma(np.array(found))[0] == pytest.approx(gamma)


def test_gamma_leaves_out_what_only_one_marked_and_what_has_no_text():
    tally = tally_gamma("actors", 7)
    assert tally.count([read(), read()]).columns == (0.0, 0, 0)
    assert tally.count([read(("army", "a")), read()]).columns == (0.0, 0, 1)
    without = [Reading(view_of(made(facts(), name), codebook())) for name in ("a01", "a02")]
    assert tally.count(without).columns == (0.0, 0, 0)
