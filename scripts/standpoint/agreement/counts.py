"""Counts per group of articles, what a statistic makes of them, and bootstrap intervals."""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from standpoint.agreement.reading import Reading
from standpoint.core.matching import match_equal

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


Row = tuple[int, str]  # the group's number, the month of submission ("" where it is not known)
FEW = 64  # labels that are counted in a dense matrix
SHEETS_CELLS = 2**22  # numbers held at once where labels are many


class Layout:
    """Which column of a row is whose: the tallies of a pass, side by side, each once however many statistics read it."""

    def __init__(self, statistics: Sequence[Statistic]) -> None:
        self.statistics = list(statistics)
        self.tallies: list[Tally] = list(dict.fromkeys(statistic.tally for statistic in statistics))
        ends = np.cumsum([0, *(tally.width for tally in self.tallies)]).tolist()
        self.columns = dict(zip(self.tallies, map(slice, ends, ends[1:]), strict=False))
        self.width = ends[-1]
        self.codes: dict[Tally, dict[str, int]] = {tally: {} for tally in self.tallies if tally.nominal}

    def count(self, readings: Sequence[Reading], joint: bool) -> dict[Tally, Counted]:
        """What is counted in one article; all at once (``joint``), only what can be."""
        return {tally: tally.count(readings) for tally in self.tallies if tally.joint or not joint}


class Sheet:
    """The counts of some annotators: two, or all of a kind."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.rows: dict[Row, int] = {}
        self.data = np.zeros((8, layout.width))
        # Of each nominal tally: row, label, how often the first side has it, and the second.
        self.labels = {tally: (array("i"), array("i"), array("f"), array("f")) for tally in layout.codes}

    def add(self, row: Row, counted: dict[Tally, Counted]) -> None:
        """Add what was counted in one article."""
        place = self.rows.setdefault(row, len(self.rows))
        if place == len(self.data):
            self.data = np.concatenate([self.data, np.zeros_like(self.data)])
        for tally, found in counted.items():
            self.data[place, self.layout.columns[tally]] += found.columns
            if found.labels:
                codes, entries = self.layout.codes[tally], self.labels[tally]
                for label, (first, second) in found.labels.items():
                    for array_of, value in zip(entries, (place, codes.setdefault(label, len(codes)), first, second), strict=True):
                        array_of.append(value)

    def groups(self) -> np.ndarray:
        """The group's number of each row."""
        return np.fromiter((group for group, _ in self.rows), int, len(self.rows))

    def sums(self, weights: np.ndarray, tallies: Collection[Tally]) -> dict[Tally, np.ndarray]:
        """The rows of counts, summed with weights (sums x rows), by tally; measures take them.

        In the precision of the weights: counts of up to 2^24 are exact in single precision.
        """
        data = self.data[: len(self.rows)].astype(weights.dtype)
        sums = (weights @ data).astype(float)
        found = {tally: sums[:, self.layout.columns[tally]] for tally in tallies}
        for tally in found.keys() & self.labels.keys():
            found[tally] = np.column_stack([found[tally], *self._of_labels(tally, weights)])
        return found

    def _of_labels(self, tally: Tally, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The sum of each label's squared total, and of the products of both sides' totals."""
        squares, products = np.zeros(len(weights)), np.zeros(len(weights))
        rows, codes, first, second = (np.array(column) for column in self.labels[tally])
        if len(rows):
            few = len(self.layout.codes[tally]) <= FEW
            totals = _dense if few else _sparse
            for part, one, other in totals(weights, rows, codes, first, second):
                squares[part] += ((one + other) ** 2).sum(axis=1)
                products[part] += (one * other).sum(axis=1)
        return squares, products


Totals = Iterator[tuple[slice, np.ndarray, np.ndarray]]  # which sums, and both sides' totals of each label (sums x labels)


def _dense(weights: np.ndarray, rows: np.ndarray, codes: np.ndarray, first: np.ndarray, second: np.ndarray) -> Totals:
    sides = np.zeros((2, weights.shape[1], codes.max() + 1), weights.dtype)
    for side, counts in zip(sides, (first, second), strict=True):
        np.add.at(side, (rows, codes), counts)
    one, other = (weights @ side for side in sides)
    yield slice(None), one.astype(float), other.astype(float)


def _sparse(weights: np.ndarray, rows: np.ndarray, codes: np.ndarray, first: np.ndarray, second: np.ndarray) -> Totals:
    """As a product with a sparse matrix: entries of one label lie together, and each run of them is summed."""
    order = np.argsort(codes, kind="stable")
    rows, first, second = rows[order], first[order, None], second[order, None]
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    step = max(1, SHEETS_CELLS // len(rows))
    for begin in range(0, len(weights), step):
        part = slice(begin, begin + step)
        entries = np.ascontiguousarray(weights[part].T)[rows]
        one, other = (np.add.reduceat(entries * counts, starts, axis=0).T.astype(float) for counts in (first, second))
        yield part, one, other


BOOTSTRAP_CELLS = 2**21  # weights held at once
BOUNDS = (2.5, 97.5)  # percentiles of a 95 % interval

Interval = tuple[float | None, float | None]


def measured(sheet: Sheet, statistics: Sequence[Statistic], weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each statistic's value with each row of weights (statistics x rows of weights), NaN where it has none; and its n."""
    sums = sheet.sums(weights, {statistic.tally for statistic in statistics})
    values = np.array([statistic.measure(sums[statistic.tally]) for statistic in statistics])
    return values, np.array([sums[tally][:, list(tally.n)].sum(axis=1) for _, _, tally, *_ in statistics])


def intervals(
    sheets: Sequence[Sheet], statistics: Sequence[Statistic], groups: int, resamples: int, seed: Sequence[int]
) -> list[Interval]:
    """The interval of each statistic's mean over the sheets; none where there are fewer than two groups."""
    if groups < 2 or not resamples or not statistics:
        return [(None, None)] * len(statistics)
    found = np.full((len(statistics), resamples), np.nan)
    places = [sheet.groups() for sheet in sheets]
    step = max(1, BOOTSTRAP_CELLS // max(groups, *map(len, places)))
    for part, weights in draws(groups, resamples, step, seed):
        found[:, part] = mean(
            measured(sheet, statistics, weights[:, place])[0] for sheet, place in zip(sheets, places, strict=True)
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a statistic without any value
        bounds = np.nanpercentile(found, BOUNDS, axis=1).T
    return [(None, None) if np.isnan(low) else (float(low), float(high)) for low, high in bounds]


def mean(parts: Iterable[np.ndarray]) -> np.ndarray:
    """The mean of what is defined in arrays of one shape, number by number; NaN where nothing is."""
    total, count = 0.0, 0
    for part in parts:
        defined = ~np.isnan(part)
        total, count = total + np.where(defined, part, 0.0), count + defined
    return ratio(total, count)


def draws(groups: int, resamples: int, step: int, seed: Sequence[int]) -> Iterator[tuple[slice, np.ndarray]]:
    """Rows of weights (resamples x groups), ``step`` resamples at a time."""
    chance = np.random.default_rng(seed)
    for begin in range(0, resamples, step):
        many = min(step, resamples - begin)
        drawn = chance.integers(groups, size=(many, groups)) + np.arange(many)[:, None] * groups
        weights = np.bincount(drawn.ravel(), minlength=many * groups).reshape(many, groups)
        yield slice(begin, begin + many), weights.astype(np.float32)
