"""Shares from many machine labels and few people's: what the machine says of all articles, corrected by what people say of some.

A share is a ratio of sums: of the units with the label, over all units. A. N. Angelopoulos and others call such an estimate
prediction-powered (Prediction-Powered Inference, Science 382, 2023), and weigh the machine by a λ that follows from the data
(A. N. Angelopoulos, J. C. Duchi and T. Zrnic, PPI++: Efficient Prediction-Powered Inference, arXiv:2311.01453). N. Egami and
others weigh each correction by one over the probability with which its article was drawn (Using Imperfect Surrogates for
Downstream Inference: Design-based Supervised Learning, NeurIPS 2023). Both are one here. With equal probabilities it is PPI++;
if the machine counts in full, it is DSL, with weights that add up to the number of articles.

The intervals take stories as independent, and not articles: what the articles of a story add to the error is added up first.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from standpoint.agreement.resampling import NO_INTERVAL, Interval, too_few

LEVEL = 0.95  # of all intervals


class Counts(NamedTuple):
    """What machine and people found, with a row for each article.

    ``machine`` and ``people`` have two columns: the units with the label, and all units. ``weights`` are one over the probability
    with which an article was drawn for people to read, up to a constant factor; 0 for one that nobody has read. ``stories`` are
    numbers from 0.
    """

    machine: np.ndarray
    people: np.ndarray
    weights: np.ndarray
    stories: np.ndarray

    def of(self, rows: np.ndarray) -> Counts:
        """The same of some articles; the stories keep their numbers."""
        return Counts(*(column[rows] for column in self))

    @property
    def read(self) -> np.ndarray:
        """Whether people have read each article."""
        return self.weights > 0


class Ratio(NamedTuple):
    """An estimated ratio. ``errors``: what each story adds to its error, to the first order (its influence).

    ``value`` is NaN if there is nothing in the denominator. ``stories`` is the number of stories that the error is known from:
    those that people have read, if people count. ``tuning`` is λ: 0 if the machine does not count, 1 if it counts in full, NaN of
    a difference.
    """

    value: float
    errors: np.ndarray
    stories: int
    tuning: float = 0.0

    @property
    def standard_error(self) -> float:
        """The root of the sum of the squared errors of stories: large numbers of stories are assumed."""
        return sqrt(float(self.errors @ self.errors))

    @property
    def no_interval(self) -> str:
        """Why there is no interval; "" if there is one."""
        if reason := too_few(self.stories):
            return reason
        return "" if self.standard_error > 1e-12 else "no story differs from another: no interval"

    @property
    def interval(self) -> Interval:
        """The 95 % interval by Student's t, with one degree of freedom less than there are stories.

        The normal distribution would be too narrow for few stories; for the same reason, the variance is n / (n - 1) times as
        large as that of ``standard_error``.
        """
        if self.no_interval:
            return NO_INTERVAL
        from scipy.special import stdtrit

        width = stdtrit(self.stories - 1, (1 + LEVEL) / 2) * self.standard_error * sqrt(self.stories / (self.stories - 1))
        return self.value - width, self.value + width


UNDEFINED = Ratio(float("nan"), np.zeros(1), 0, float("nan"))


def of_machine(counts: Counts) -> Ratio:
    """What the machine says alone, as if it were always right."""
    sums = counts.machine.sum(axis=0)
    value = _ratio(sums)
    if np.isnan(value):
        return UNDEFINED
    errors = np.bincount(counts.stories, counts.machine @ (1.0, -value)) / sums[1]
    return Ratio(value, errors, len(np.unique(counts.stories)), 1.0)


def of_people(counts: Counts) -> Ratio:
    """What people say alone, each article weighted by one over its probability."""
    return of_both(counts, tuning=0.0)


def of_both(counts: Counts, tuning: float | None = None) -> Ratio:
    """What the machine says of all articles, corrected by what people say of those that they have read.

    The mean number of units with the label, and that of all units, are each estimated by::

        mean of people + λ (1 + n/N) (mean of the machine in all articles - its mean in those that were read)

    Means of articles that were read are weighted; n were read, N were not. λ is estimated if ``tuning`` is None.
    """
    read = counts.read
    n, others = int(read.sum()), int((~read).sum())
    weights = counts.weights[read] / counts.weights[read].sum()
    people, machine = counts.people[read], counts.machine
    if tuning is None:
        tuning = _tuning(people, machine, read, weights, _ratio(weights @ people))
    scale = tuning * (1 + n / others) if others else 0.0
    means = weights @ people + scale * (machine.mean(axis=0) - weights @ machine[read])
    value = _ratio(means)
    if np.isnan(value):
        return UNDEFINED
    # The error of a ratio A / B is, to the first order, the error of A - value * B, over B. As in PPI, the articles that were
    # read and the others are two samples, each around its own mean.
    said, seen = people @ (1.0, -value), machine @ (1.0, -value)
    errors = np.zeros(len(machine))
    errors[~read] = _centred(seen[~read]) * scale / len(machine)
    errors[read] = _centred(seen[read]) * scale / len(machine)
    errors[read] += weights * (said - weights @ said - scale * (seen[read] - weights @ seen[read]))
    stories = len(np.unique(counts.stories[read]))
    return Ratio(value, np.bincount(counts.stories, errors) / means[1], stories, tuning)


def _tuning(people: np.ndarray, machine: np.ndarray, read: np.ndarray, weights: np.ndarray, value: float) -> float:
    """The λ of PPI++, which makes the variance smallest: covariance with people over (1 + n/N) times the machine's variance."""
    said, seen = people @ (1.0, -value), machine @ (1.0, -value)
    others = len(machine) - len(people)
    if np.isnan(value) or not others or np.ptp(seen) == 0:
        return 0.0
    covariance = weights @ ((said - weights @ said) * (seen[read] - weights @ seen[read]))
    return float(np.clip(covariance / ((1 + len(people) / others) * seen.var(ddof=1)), 0, 1))


def gap(first: Ratio, second: Ratio) -> Ratio:
    """The difference of two ratios. A story that both have articles about adds to both, which its errors take into account."""
    errors = np.zeros(max(len(first.errors), len(second.errors)))
    errors[: len(first.errors)] += first.errors
    errors[: len(second.errors)] -= second.errors
    return Ratio(first.value - second.value, errors, min(first.stories, second.stories), float("nan"))


def effective_number(people: Ratio, both: Ratio, n: int) -> float:
    """The number of articles that people would have to read for an interval of this width, without the machine."""
    return n * (people.standard_error / both.standard_error) ** 2


def _ratio(sums: np.ndarray) -> float:
    return float(sums[0] / sums[1]) if sums[1] > 0 else float("nan")


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean() if len(values) else values
