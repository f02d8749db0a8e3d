"""Shares from a machine and people: as PPI++ and DSL have them, and with intervals that hold the truth as often as they say."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from constructed_corpus import constructed, coverage
from standpoint.agreement.resampling import FEWEST
from standpoint.evaluation.prediction_powered import Counts, effective_number, gap, of_both, of_machine, of_people

NORMAL = 1.959963984540054  # the 97.5th percentile


def means(people, machine, weights=None, stories=None) -> Counts:
    """The mean of single numbers: one unit an article. Articles beyond the people's are not read."""
    n, rest = len(people), len(machine) - len(people)
    weights = np.r_[np.ones(n) if weights is None else weights, np.zeros(rest)]
    ones = np.ones(len(machine))
    said = np.r_[people, np.zeros(rest)]
    stories = np.arange(len(machine)) if stories is None else stories
    return Counts(np.column_stack([machine, ones]), np.column_stack([said, ones]), weights, stories)


def labelled(seed: int, kind: str, n: int = 40, rest: int = 300) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    hidden = generator.random(n + rest)
    people = (hidden + generator.normal(0, 0.2, n + rest) > 0.5).astype(float)[:n]
    machine = {"good": hidden, "coarse": (hidden > 0.4) * 1.0, "useless": generator.random(n + rest), "wrong": -hidden}
    return people, machine[kind]


@pytest.mark.parametrize("kind", ["good", "coarse", "useless", "wrong"])
@pytest.mark.parametrize("numbers", [(40, 300), (12, 20), (150, 60)])
def test_as_the_reference_of_ppi(kind, numbers):
    """ppi-python, with its own λ, and with λ of 0, 0.5 and 1; each article is a story."""
    ppi = pytest.importorskip("ppi_py", reason="the reference of PPI, of the extra test")
    people, machine = labelled(1, kind, *numbers)
    arguments = people, machine[: len(people)], machine[len(people) :]
    counts = means(people, machine)
    for tuning in (None, 0.0, 0.5, 1.0):
        estimated = of_both(counts, tuning)
        (value,) = np.ravel(ppi.ppi_mean_pointestimate(*arguments, lam=tuning))
        (low,), (high,) = ppi.ppi_mean_ci(*arguments, alpha=0.05, lam=tuning)
        assert estimated.value == pytest.approx(value, abs=1e-9)
        assert estimated.value - NORMAL * estimated.standard_error == pytest.approx(low, abs=1e-9)
        assert estimated.value + NORMAL * estimated.standard_error == pytest.approx(high, abs=1e-9)


def test_as_the_formula_of_dsl():
    """Egami et al. 2023: the mean of f + R / π (Y - f), here with two strata of different probabilities."""
    generator = np.random.default_rng(2)
    probability = np.repeat([0.5, 0.1], 100)
    read = np.r_[generator.permutation(np.repeat([1, 0], 50)), generator.permutation(np.repeat([1, 0], [10, 90]))].astype(bool)
    truth = (generator.random(200) < np.repeat([0.7, 0.2], 100)).astype(float)
    machine = np.where(generator.random(200) < 0.8, truth, 1.0)
    pseudo = machine + read / probability * (truth - machine)
    ones = np.ones(200)
    counts = Counts(np.column_stack([machine, ones]), np.column_stack([truth * read, ones]), read / probability, np.arange(200))
    full = of_both(counts, tuning=140 / 200)  # this λ of PPI++ counts the machine in full: times 1 + n/N it is 1
    assert full.value == pytest.approx(pseudo.mean(), abs=1e-12)
    assert of_people(counts).value == pytest.approx((truth * read / probability).sum() / 200, abs=1e-12)
    # DSL's own standard error takes the number of drawn articles as random, and so is larger where the machine is biased.
    assert full.standard_error < sqrt(((pseudo - pseudo.mean()) ** 2).sum()) / 200


def test_a_ratio_by_hand():
    """Two labels in eight units of the machine, and a mean correction: A and B are each corrected, and then divided."""
    machine = np.array([[1.0, 2.0], [0.0, 2.0], [1.0, 3.0], [0.0, 1.0]])
    people = np.array([[2.0, 3.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    counts = Counts(machine, people, np.array([1.0, 1.0, 0.0, 0.0]), np.arange(4))
    assert of_machine(counts).value == 2 / 8
    assert of_people(counts).value == 2 / 4
    # The machine's means of all are 0.5 and 2, of those that were read 0.5 and 2: nothing is corrected.
    assert of_both(counts, 0.5).value == 2 / 4
    counts = counts._replace(machine=machine + [[0, 0], [0, 0], [1, 1], [0, 0]])
    # Now of all 0.75 and 2.25; λ (1 + n/N) = 1, so that A = 1 + 0.25 and B = 2 + 0.25.
    assert of_both(counts, 0.5).value == pytest.approx(1.25 / 2.25)
    # To the first order, the errors are those by hand: (a - value b) / B of the two samples around their means.
    value, both = 1.25 / 2.25, of_both(counts, 0.5)
    said = np.array([2 - 3 * value, 0 - value])
    seen = np.array([1 - 2 * value, -2 * value, 2 - 4 * value, -value])
    first = (said - said.mean()) / 2 - (seen[:2] - seen[:2].mean()) / 2 + (seen[:2] - seen[:2].mean()) / 4
    second = (seen[2:] - seen[2:].mean()) / 4
    assert both.errors == pytest.approx(np.r_[first, second] / 2.25)


def test_probabilities_count_and_their_common_factor_does_not():
    counts = means([1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0], weights=[1.0, 2.0, 1.0])
    assert of_people(counts).value == 1 / 4
    again = counts._replace(weights=counts.weights * 7)
    assert of_both(again).value == pytest.approx(of_both(counts).value)
    assert of_both(again).standard_error == pytest.approx(of_both(counts).standard_error)


def test_the_articles_of_a_story_are_not_independent():
    """Ten copies of each article tell nothing new: the interval is that of single ones."""
    people, machine = labelled(3, "good", 20, 60)
    order = np.r_[np.repeat(np.arange(20), 10), np.repeat(np.arange(20, 80), 10)]
    once = of_both(means(people, machine), 0.7)
    copied = of_both(means(people[order[:200]], machine[order], stories=order), 0.7)
    assert copied.stories == once.stories == 20
    assert (copied.value, *copied.interval) == pytest.approx((once.value, *once.interval))
    apart = of_both(means(people[order[:200]], machine[order]), 0.7)
    assert apart.standard_error == pytest.approx(once.standard_error / sqrt(10))


def test_where_there_is_no_interval():
    people, machine = labelled(4, "good", FEWEST - 1, 100)
    few = of_both(means(people, machine))
    assert few.interval == (None, None) and few.no_interval == "5 stories: no interval"
    people, machine = labelled(4, "good", FEWEST, 100)
    assert None not in of_both(means(people, machine)).interval
    never = of_both(means(np.zeros(20), machine))  # people never gave the label: no certainty follows from that
    assert never.value == 0.0 and never.interval == (None, None) and "no story differs" in never.no_interval
    nothing = Counts(np.zeros((9, 2)), np.zeros((9, 2)), np.ones(9), np.arange(9))
    for estimated in (of_machine(nothing), of_people(nothing), of_both(nothing), gap(of_both(nothing), few)):
        assert np.isnan(estimated.value) and estimated.interval == (None, None)


def test_what_all_have_read_needs_no_machine():
    people, machine = labelled(5, "good", 30, 0)
    estimated = of_both(means(people, machine))
    assert estimated.value == pytest.approx(people.mean()) and estimated.tuning == 0.0


def test_the_effective_number():
    people, machine = labelled(6, "good", 60, 6000)
    counts = means(people, machine)
    number = effective_number(of_people(counts), of_both(counts), 60)
    assert number == pytest.approx(60 * (of_people(counts).standard_error / of_both(counts).standard_error) ** 2)
    assert number > 90
    counts = means(*labelled(6, "useless", 60, 6000))
    assert 58 < effective_number(of_people(counts), of_both(counts), 60) < 70


def test_intervals_hold_the_truth_as_often_as_they_say_and_those_of_the_machine_do_not():
    """1,000 corpora of 120 stories, of which people read 100 articles of about 360."""
    (by_machine, by_people, by_both), widths = coverage(stories=120, number=100, draws=1000)
    assert all(0.93 <= share <= 0.97 for share in by_both), by_both
    assert all(0.93 <= share <= 0.97 for share in by_people), by_people
    assert all(share < 0.5 for share in by_machine), by_machine
    assert (widths[2] < 0.9 * widths[1]).all()  # and the machine has made them narrower


def test_without_the_probabilities_the_interval_would_miss():
    """The test above can fail: articles that are drawn more often count too much, if their probabilities are not used."""
    generator = np.random.default_rng(1)
    everything, _ = constructed(generator, 200_000, None)
    truth = of_people(everything).value
    held = 0
    for _ in range(300):
        counts, _ = constructed(generator, 400, 300)
        low, high = of_both(counts._replace(weights=(counts.weights > 0) * 1.0)).interval
        held += low <= truth <= high
    assert held / 300 < 0.9
