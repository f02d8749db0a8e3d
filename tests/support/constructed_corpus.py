"""Corpora whose truth is known, with a machine that is wrong by a known amount, and how often intervals hold the truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from standpoint.evaluation.prediction_powered import Counts, Ratio, gap, of_both, of_machine, of_people
from standpoint.evaluation.sample import draw

SENSITIVITY, FALSE_ALARMS = 0.85, (0.15, 0.35)  # of the machine, whose false alarms depend on the outlet


def constructed(generator: np.random.Generator, stories: int, number: int | None) -> tuple[Counts, np.ndarray]:
    """A corpus of stories with one to five articles of two outlets; the rate of the label differs by story and by outlet.

    People read ``number`` articles that the sampling of the command draws; None: all. An article about which the machine is wrong
    is drawn more often, as by disagreement.
    """
    of_story = np.repeat(np.arange(stories), generator.integers(1, 6, stories))
    outlets = generator.integers(0, 2, len(of_story))
    mood = generator.normal(0, 1, stories)[of_story]
    units = generator.poisson(3, len(of_story)) + 1
    given = generator.binomial(units, 1 / (1 + np.exp(0.8 - 0.7 * mood - 0.6 * outlets)))
    right = generator.binomial(given, SENSITIVITY)
    machine = right + generator.binomial(units - given, np.array(FALSE_ALARMS)[outlets])
    seen = units + generator.binomial(1, 0.2, len(units))  # now and then it finds a unit that is none
    people, machines = np.column_stack([given, units]) * 1.0, np.column_stack([machine, seen]) * 1.0
    if number is None:
        return Counts(machines, people, np.ones(len(units)), of_story), outlets
    scores = dict(enumerate(0.4 + 0.6 * (machine != given) + 0.8 * generator.random(len(units))))
    chances = generator.random(len(units))
    weights = np.zeros(len(units))
    for article, probability in draw(scores, number, chances.__getitem__, {}).items():
        weights[article] = 1 / probability
    return Counts(machines, people * (weights > 0)[:, None], weights, of_story), outlets


def both_shares(counts: Counts, outlets: np.ndarray, estimate: Callable[[Counts], Ratio]) -> list[Ratio]:
    """The share in all articles, and the gap between the two outlets."""
    return [estimate(counts), gap(*(estimate(counts.of(outlets == outlet)) for outlet in (1, 0)))]


def coverage(stories: int, number: int, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """How often the intervals of the machine, of people and of both hold the truth, and their mean widths: of the share, of the gap.

    The truth is what people would say of all articles of 200,000 stories.
    """
    generator = np.random.default_rng(20310304)
    everything, outlets = constructed(generator, 200_000, None)
    truth = [ratio.value for ratio in both_shares(everything, outlets, of_people)]
    holds, widths = np.zeros((3, 2)), np.zeros((3, 2))
    for _ in range(draws):
        counts, outlets = constructed(generator, stories, number)
        for row, estimate in enumerate((of_machine, of_people, of_both)):
            for column, ratio in enumerate(both_shares(counts, outlets, estimate)):
                low, high = ratio.interval
                assert low is not None and high is not None
                holds[row, column] += low <= truth[column] <= high
                widths[row, column] += high - low
    return holds / draws, widths / draws
