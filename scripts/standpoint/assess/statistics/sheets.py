"""Where counts are kept: a row for each group of articles, and what the rows come to with any weights."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from standpoint.assess.statistics.reading import Reading
from standpoint.assess.statistics.tally import Counted, Statistic, Tally

Row = tuple[int, str]  # the group's number, the month of submission ("" where it is not known)
FEW = 64  # labels that are counted in a dense matrix
CELLS = 2**22  # numbers held at once where labels are many


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
    step = max(1, CELLS // len(rows))
    for begin in range(0, len(weights), step):
        part = slice(begin, begin + step)
        entries = np.ascontiguousarray(weights[part].T)[rows]
        one, other = (np.add.reduceat(entries * counts, starts, axis=0).T.astype(float) for counts in (first, second))
        yield part, one, other
