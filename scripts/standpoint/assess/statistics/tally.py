"""What a tally and a statistic are, and F1, the simplest of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from standpoint.assess.match import match_equal
from standpoint.assess.statistics.reading import Reading

NOTHING = "nothing is annotated in this layer"
NO_UNITS = "no unit has two answers"
ONE_VALUE = "only one value occurs"

Labels = Mapping[str, tuple[float, float]]  # label -> how often the first side, and the second, has it


class Counted(NamedTuple):
    """What a tally counts in one article: its columns, and (nominal tallies) how often each label occurs."""

    columns: Sequence[float]
    labels: Labels = {}


class Tally(NamedTuple):
    """``count`` takes the readings of one article: two, or, where ``joint``, of any number of annotators at once.

    Counts of articles add up; ``n`` are the columns that say together how much was compared, ``nothing`` is why there is
    no value where that is 0. A ``nominal`` tally counts labels too, as many as there are; measures are given two more
    columns for them: the sum of the squares of each label's total, and of the products of the two sides'.
    """

    width: int
    count: Callable[[Sequence[Reading]], Counted]
    n: tuple[int, ...]
    nothing: str = NOTHING
    joint: bool = False
    nominal: bool = False


class Statistic(NamedTuple):
    """A number that is computed from a tally.

    ``measure`` takes an array of summed columns, a row a resample, and gives a value each, NaN where there is none.
    ``joint``: over all annotators at once where they are of one kind; else pair by pair. ``main``: reported in short.
    """

    layer: str
    name: str
    tally: Tally
    measure: Callable[[np.ndarray], np.ndarray]
    joint: bool = False
    main: bool = False


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """above / below, NaN where below is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below != 0, above / below, np.nan)


def tally_f1(items: Callable[[Reading], Sequence], match: Callable = match_equal) -> Tally:
    """Counts for F1 of what ``items`` gives of each reading: matched, of the one side, of the other."""

    def count(readings: Sequence[Reading]) -> Counted:
        ones, others = map(items, readings)
        return Counted((len(match(ones, others)) if ones and others else 0, len(ones), len(others)))

    return Tally(3, count, n=(1, 2))


def measure_f1(sums: np.ndarray) -> np.ndarray:
    """2·matched / (ones + others), micro-averaged over all that was counted (as ``match.f1``)."""
    return ratio(2 * sums[:, 0], sums[:, 1] + sums[:, 2])
