"""One annotator's view of an article, its counts, sums of counts, and their bootstrap intervals."""

from __future__ import annotations

import re
import warnings
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import NamedTuple, TypeVar, cast

import numpy as np

from standpoint.adjudication.content import About, Link, Mark, View

Extent = tuple[int, int]
Place = Extent | str  # of an answer: a span's extent, an actor, or "" for the article
Result = TypeVar("Result")
TOKEN = re.compile(r"\w+|[^\w\s]")


def once(method: Callable[[Reading, str], Result]) -> Callable[[Reading, str], Result]:
    """Keep a method's result for a layer as long as the reading lives: it is compared with many others."""

    @wraps(method)
    def remembered(self: Reading, layer: str) -> Result:
        key = (method.__name__, layer)
        if key not in self.results:
            self.results[key] = method(self, layer)
        return cast(Result, self.results[key])

    return remembered


class Reading:
    """``length`` is that of the text in which spans lie, in characters; ``words`` are its tokens, None without the text."""

    def __init__(self, view: View, length: int = 0, words: Sequence[Extent] | None = None) -> None:
        self.view, self.length, self.words = view, length, words
        self.results: dict[tuple[str, str], object] = {}

    @once
    def marks(self, layer: str) -> list[Mark]:
        return list(self.view.marks[layer])

    @once
    def extents(self, layer: str) -> dict[Extent, str]:
        """The extents of a layer's spans, and their labels."""
        return {mark[:2]: mark.label for mark in self.view.marks[layer]}

    @once
    def tokens(self, layer: str) -> list[Mark]:
        """The tokens that spans cover, as marks with the span's label: runs of letters and digits, or other single characters.

        They are taken from the quotes, so that a withheld text is not needed. Where a span begins or ends within a word,
        the token is that part of the word.
        """
        return [
            Mark(mark.start + token.start(), mark.start + token.end(), layer, mark.label)
            for mark, span in self.view.marks[layer].items()
            for token in TOKEN.finditer(span.quote)
        ]

    @once
    def clusters(self, layer: str) -> dict[str, set[Extent]]:
        """The extents of each label: the mentions of each actor."""
        by_label: dict[str, set[Extent]] = defaultdict(set)
        for extent, label in self.extents(layer).items():
            by_label[label].add(extent)
        return by_label

    @once
    def units(self, layer: str) -> dict[str, list[Extent]]:
        """The extents of each label, in reading order."""
        return {label: sorted(extents) for label, extents in self.clusters(layer).items()}

    @once
    def one_unit(self, layer: str) -> dict[str, list[Extent]]:
        """All extents as those of one label."""
        return {"": sorted(self.extents(layer))}

    @once
    def answers(self, layer: str) -> list[tuple[About, str]]:
        """Each answer: what it is about, and its label."""
        return [(about, label) for about, labels in self.view.answers[layer].items() for label in labels]

    @once
    def answer(self, layer: str) -> dict[Place, str]:
        """The single answer about each thing; spans are identified by their extents, whatever their labels."""
        return {place_of(about): label for about, label in self.answers(layer)}

    @once
    def links(self, layer: str) -> list[Link]:
        return list(self.view.links[layer])

    @cached_property
    def places(self) -> set[tuple[int, int, str]]:
        """The extents and layers of all spans."""
        return {mark[:3] for marks in self.view.marks.values() for mark in marks}

    def in_tokens(self, extent: Extent) -> Extent:
        """The tokens of the text that an extent touches, as [first, last)."""
        words = self.words or ()
        first = bisect_right(words, extent[0], key=lambda word: word[1])
        last = bisect_left(words, extent[1], key=lambda word: word[0])
        return first, max(last, first + 1)


def words_of(text: str) -> list[Extent]:
    """The tokens of a text, as [start, end)."""
    return [token.span() for token in TOKEN.finditer(text)]


def place_of(about: About) -> Place:
    """What an answer is about, without labels."""
    return about[:2] if isinstance(about, Mark) else about


NOTHING = "nothing is annotated in this layer"
NO_UNITS = "no unit has two answers"
ONE_VALUE = "only one value occurs"

Labels = Mapping[str, tuple[int, int]]  # label -> how often the first side, and the second, has it
Measure = Callable[[np.ndarray], np.ndarray]  # sums of columns (rows x columns) -> a value per row, NaN where it has none
Interval = tuple[float | None, float | None]


class Counted(NamedTuple):
    """The counts of one article: the columns of a tally, and (nominal tallies) how often each label occurs."""

    columns: Sequence[float]
    labels: Labels = {}


@dataclass(frozen=True, eq=False)
class Tally:
    """What is counted in one article, as ``width`` columns that add up over articles.

    ``count`` takes the readings of one article: two, or with ``joint`` those of any number of annotators at once.
    ``n`` are the columns whose sum says how much was compared; ``nothing`` is the reason for no value where that is 0.
    A ``nominal`` tally also counts any number of labels. Its measures are given two more columns for them: the sum of
    the squares of each label's total, and the sum of the products of both sides' totals.
    """

    width: int
    count: Callable[[Sequence[Reading]], Counted]
    n: tuple[int, ...]
    nothing: str = NOTHING
    joint: bool = False
    nominal: bool = False


@dataclass(frozen=True, eq=False)
class Statistic:
    """A number that is computed from a tally.

    ``joint``: over all annotators at once where they are of one kind, otherwise over pairs. ``main``: one of the few
    that the short table and the card report. ``lower_is_better``: a distance, 0 at best; other figures are 1 at best.
    ``note`` says of the summed columns of one sheet what was left out, "" for nothing.
    """

    layer: str
    name: str
    tally: Tally
    measure: Measure
    joint: bool = False
    main: bool = False
    lower_is_better: bool = False
    note: Callable[[np.ndarray], str] = lambda columns: ""


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """above / below, NaN where below is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below != 0, above / below, np.nan)


def measure_f1(sums: np.ndarray) -> np.ndarray:
    """F1, micro-averaged, from the columns matched, of the one side, of the other side: 2·matched / (ones + others)."""
    return ratio(2 * sums[:, 0], sums[:, 1] + sums[:, 2])


Row = tuple[int, str]  # the group's number, the month of submission ("" where it is not known)
CELLS = 2**22  # numbers held at once where labels are many


class Layout:
    """The columns of a row: those of the tallies of a pass, each tally once however many statistics read it."""

    def __init__(self, statistics: Sequence[Statistic]) -> None:
        self.statistics = list(statistics)
        self.tallies: list[Tally] = list(dict.fromkeys(statistic.tally for statistic in statistics))
        ends = np.cumsum([0, *(tally.width for tally in self.tallies)]).tolist()
        self.columns = dict(zip(self.tallies, map(slice, ends, ends[1:]), strict=False))
        self.width = ends[-1]
        self.codes: dict[Tally, dict[str, int]] = {tally: {} for tally in self.tallies if tally.nominal}

    def count(self, readings: Sequence[Reading], joint: bool) -> dict[Tally, Counted]:
        """The counts of one article; with ``joint``, of the tallies that take any number of annotators."""
        return {tally: tally.count(readings) for tally in self.tallies if tally.joint or not joint}


class Sheet:
    """The counts of some annotators, a row per group and month: of two annotators, or of all of one kind."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.rows: dict[Row, int] = {}
        self.data = np.zeros((8, layout.width))
        # Of nominal tallies, four numbers a label: the row, the label's code, how often the first side has it, and the second.
        self.labels = {tally: array("i") for tally in layout.codes}

    def add(self, row: Row, counted: dict[Tally, Counted]) -> None:
        """Add the counts of one article."""
        place = self.rows.setdefault(row, len(self.rows))
        if place == len(self.data):
            self.data = np.concatenate([self.data, np.zeros_like(self.data)])
        for tally, counts in counted.items():
            self.data[place, self.layout.columns[tally]] += counts.columns
            for label, sides in counts.labels.items():
                codes = self.layout.codes[tally]
                self.labels[tally].extend((place, codes.setdefault(label, len(codes)), *sides))

    def sums(self, weights: np.ndarray, tallies: Collection[Tally]) -> dict[Tally, np.ndarray]:
        """The rows of counts, summed with weights (sums x rows), by tally; measures take them.

        In the precision of the weights: counts of up to 2^24 are exact in single precision.
        """
        data = self.data[: len(self.rows)].astype(weights.dtype)
        sums = (weights @ data).astype(float)
        by_tally = {tally: sums[:, self.layout.columns[tally]] for tally in tallies}
        for tally in by_tally.keys() & self.labels.keys():
            labels = _label_sums(self.labels[tally], weights, len(self.layout.codes[tally]))
            by_tally[tally] = np.column_stack([by_tally[tally], *labels])
        return by_tally


def _label_sums(entries: array[int], weights: np.ndarray, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """For each row of weights: the sum of each label's squared total, and of the products of both sides' totals."""
    squares, products = np.zeros(len(weights)), np.zeros(len(weights))
    if not entries:
        return squares, products
    from scipy.sparse import csr_array  # imported here: only nominal statistics need it

    rows, codes, *counts = np.array(entries).reshape(-1, 4).T
    sides = [csr_array((count.astype(np.float32), (codes, rows)), shape=(labels, weights.shape[1])) for count in counts]
    step = max(1, CELLS // labels)
    for begin in range(0, len(weights), step):
        part = slice(begin, begin + step)
        columns = np.ascontiguousarray(weights[part].T)
        first, second = ((side @ columns).astype(float) for side in sides)
        squares[part], products[part] = ((first + second) ** 2).sum(axis=0), (first * second).sum(axis=0)
    return squares, products


def measured(sheet: Sheet, statistics: Sequence[Statistic], weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each statistic's value and n with each row of weights (statistics x rows of weights), NaN where it has no value."""
    sums = sheet.sums(weights, {statistic.tally for statistic in statistics})
    values = np.array([statistic.measure(sums[statistic.tally]) for statistic in statistics])
    return values, np.array([sums[statistic.tally][:, list(statistic.tally.n)].sum(axis=1) for statistic in statistics])


def mean(parts: Iterable[np.ndarray]) -> np.ndarray:
    """The mean over arrays of one shape, number by number, of what is defined; NaN where nothing is."""
    total, count = np.zeros(()), np.zeros(())
    for part in parts:
        defined = ~np.isnan(part)
        total, count = total + np.where(defined, part, 0.0), count + defined
    return ratio(total, count)


BOOTSTRAP_CELLS = 2**21  # weights held at once
BOUNDS = (2.5, 97.5)  # percentiles of a 95 % interval


def bootstrap(
    measure: Callable[[np.ndarray], np.ndarray], groups: int, resamples: int, seed: Sequence[int], rows: int = 0
) -> list[Interval]:
    """The 95 % percentile intervals of some statistics over resamples of ``groups``; (None, None) without any value.

    ``measure`` takes weights (resamples x groups, in single precision) and gives values (statistics x resamples), NaN
    where there is none. There must be two groups or more. ``rows`` is how many rows ``measure`` spreads the weights
    over, where they are more than the groups: it limits what is held at once.
    """
    step, parts = max(1, BOOTSTRAP_CELLS // max(groups, rows)), []
    generator = np.random.default_rng(seed)
    for begin in range(0, resamples, step):
        count = min(step, resamples - begin)
        drawn = generator.integers(groups, size=(count, groups)) + np.arange(count)[:, None] * groups
        weights = np.bincount(drawn.ravel(), minlength=count * groups).reshape(count, groups)  # how often each is drawn
        parts.append(measure(weights.astype(np.float32)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a statistic without any value
        bounds = np.nanpercentile(np.concatenate(parts, axis=1), BOUNDS, axis=1).T
    return [(None, None) if np.isnan(low) else (float(low), float(high)) for low, high in bounds]


def intervals(
    sheets: Sequence[Sheet], statistics: Sequence[Statistic], groups: int, resamples: int, seed: Sequence[int]
) -> list[Interval]:
    """The interval of each statistic's mean over the sheets; (None, None) where there are fewer than two groups."""
    if groups < 2 or not resamples or not statistics:
        return [(None, None)] * len(statistics)
    groups_of_rows = [np.array([group for group, _ in sheet.rows]) for sheet in sheets]

    def measure(weights: np.ndarray) -> np.ndarray:
        return mean(measured(sheet, statistics, weights[:, rows])[0] for sheet, rows in zip(sheets, groups_of_rows, strict=True))

    return bootstrap(measure, groups, resamples, seed, rows=max(map(len, groups_of_rows)))
