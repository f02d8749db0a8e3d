"""An annotator's reading of an article, counts of readings, sums of counts, and their intervals."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from itertools import chain
from typing import NamedTuple, TypeVar, cast

import numpy as np

from standpoint.adjudication.content import About, Link, Mark, View
from standpoint.agreement.resampling import NO_INTERVAL, Interval, bootstrap, too_few
from standpoint.codebook.types import Codebook
from standpoint.core.matching import Pair, match_both_ways
from standpoint.core.model import Article

Extent = tuple[int, int]
Stretch = tuple[int, int, str]  # the extent and the layer of a span
Place = Extent | str  # of an answer: a span's extent, an actor, or "" for the article
Result = TypeVar("Result")
TOKEN = re.compile(r"\w+|[^\w\s]")


def once(method: Callable[[Reading, str], Result]) -> Callable[[Reading, str], Result]:
    """Cache a method's result per layer in the reading, because a reading is compared with several others."""

    @wraps(method)
    def remembered(self: Reading, layer: str) -> Result:
        key = (method.__name__, layer)
        if key not in self.results:
            self.results[key] = method(self, layer)
        return cast(Result, self.results[key])

    return remembered


class Continuum:
    """The parts of an article that annotators could mark, as one stretch without the text between them.

    ``parts`` are ``[start, end)`` in reading order. ``length`` is theirs together, in characters. ``words`` are their
    tokens, as ``[start, end)`` of the article; None without its text.
    """

    def __init__(self, parts: Sequence[Extent], text: str | None = None) -> None:
        self.parts = parts
        self.length = sum(end - start for start, end in parts)
        found = (token.span() for start, end in parts for token in TOKEN.finditer(text or "", start, end))
        self.words = None if text is None else list(found)

    def has(self, extent: Extent) -> bool:
        """Whether an extent of the article is inside one part."""
        return any(start <= extent[0] and extent[1] <= end for start, end in self.parts)

    def place(self, extent: Extent) -> Extent:
        """The place of an extent that is inside one part."""
        left_out = end_before = 0
        for start, end in self.parts:
            if start > extent[0]:
                break
            left_out, end_before = left_out + start - end_before, end
        return extent[0] - left_out, extent[1] - left_out


def continuum_of(article: Article | None, codebook: Codebook, with_words: bool = False) -> Continuum | None:
    """The continuum of an article, None if it is not known."""
    if article is None or (parts := codebook.zones.parts_of(article)) is None:
        return None
    return Continuum(parts, article.text if with_words else None)


def leave_out(view: View, continuum: Continuum | None) -> Counter[str]:
    """Remove the spans that are not in the continuum, with the answers and links about them; return their number by layer."""
    if continuum is None:
        return Counter()
    outside = {mark for mark in chain.from_iterable(view.marks.values()) if not continuum.has(mark[:2])}
    if outside:
        for marks in view.marks.values():
            for mark in outside & marks.keys():
                del marks[mark]
        for answers in view.answers.values():
            for mark in outside & answers.keys():
                del answers[mark]
        for links in view.links.values():
            for link in [link for link in links if not outside.isdisjoint(link[:2])]:
                del links[link]
    return Counter(mark.layer for mark in outside)


class Reading:
    """One annotator's view of an article, without what is outside the continuum; None if it is not known.

    ``outside`` is the number of spans that are left out, by layer.
    """

    def __init__(self, view: View, continuum: Continuum | None = None) -> None:
        self.outside = leave_out(view, continuum)
        self.view, self.continuum = view, continuum
        self.length = continuum.length if continuum else 0
        self.words = continuum.words if continuum else None
        self.results: dict[tuple[str, str], object] = {}
        self.pairs: dict[tuple[str, Reading, bool], list[list[Pair]]] = {}
        self.shared: dict[Reading, set[Stretch]] = {}

    def without(self, layers: Collection[str]) -> Reading:
        """The reading without some layers."""
        view = View(self.view.annotation_set)
        for name in ("marks", "answers", "links"):
            found = getattr(self.view, name)
            getattr(view, name).update({layer: kept for layer, kept in found.items() if layer not in layers})
        return Reading(view, self.continuum)

    @once
    def marks(self, layer: str) -> list[Mark]:
        return list(self.view.marks[layer])

    @once
    def extents(self, layer: str) -> dict[Extent, str]:
        """The extents of a layer's spans, with their labels."""
        return {mark[:2]: mark.label for mark in self.view.marks[layer]}

    @once
    def tokens(self, layer: str) -> list[Mark]:
        """The tokens in spans, as marks with the span's label: runs of letters and digits, or other single characters.

        They come from the quotes, so that a withheld text is not needed. If a span begins or ends within a word, the
        token is only a part of the word.
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
        for mark in self.view.marks[layer]:
            by_label[mark.label].add(mark[:2])
        return by_label

    @once
    def units(self, layer: str) -> dict[str, list[Extent]]:
        """The places of each label in the continuum, in reading order."""
        return {label: self.placed(extents) for label, extents in self.clusters(layer).items()}

    @once
    def one_unit(self, layer: str) -> dict[str, list[Extent]]:
        """All places in the continuum, under one label."""
        return {"": self.placed(self.extents(layer))}

    def placed(self, extents: Iterable[Extent]) -> list[Extent]:
        """The places of extents in the continuum, or in the article if the continuum is not known, in reading order."""
        return sorted(map(self.continuum.place, extents) if self.continuum else extents)

    @once
    def answers(self, layer: str) -> list[tuple[About, str]]:
        """Each answer: what it is about, and its label."""
        return [(about, label) for about, labels in self.view.answers[layer].items() for label in labels]

    @once
    def answer(self, layer: str) -> dict[Place, str]:
        """The single answer about each thing. A span is identified by its extent, without its label."""
        return {place_of(about): label for about, label in self.answers(layer)}

    @once
    def links(self, layer: str) -> list[Link]:
        return list(self.view.links[layer])

    @once
    def answers_at(self, layer: str) -> list[tuple[tuple[Stretch | str], str]]:
        """Each answer: the place of what it is about, and its label."""
        return [((about[:3] if isinstance(about, Mark) else about,), label) for about, label in self.answers(layer)]

    @once
    def links_at(self, layer: str) -> list[tuple[tuple[Stretch, Stretch], str]]:
        """Each link: the places of its ends, and its label."""
        return [((head[:3], tail[:3]), label) for head, tail, label in self.view.links[layer]]

    def overlapping(self, other: Reading, layer: str, of_tokens: bool = False) -> list[list[Pair]]:
        """The spans of a layer that overlap those of another reading (``match_both_ways``), or the tokens in them."""
        key = (layer, other, of_tokens)
        if key not in self.pairs:
            first, second = (one.tokens(layer) if of_tokens else one.marks(layer) for one in (self, other))
            self.pairs[key] = match_both_ways(first, second)
        return self.pairs[key]

    def shared_places(self, other: Reading) -> set[Stretch]:
        """The places of spans that another reading has too."""
        if other not in self.shared:
            self.shared[other] = self.places & other.places
        return self.shared[other]

    @cached_property
    def places(self) -> set[Stretch]:
        """The extents and layers of all spans."""
        return {mark[:3] for marks in self.view.marks.values() for mark in marks}

    def in_tokens(self, extent: Extent) -> Extent:
        """The positions of the tokens that an extent touches, as [first, last)."""
        words = self.words or ()
        first = bisect_right(words, extent[0], key=lambda word: word[1])
        last = bisect_left(words, extent[1], key=lambda word: word[0])
        return first, max(last, first + 1)


def without_partial(first: Reading, second: Reading) -> tuple[Reading, Reading]:
    """Two readings without the layers of which one of them has a part only: what it does not mark there says nothing."""
    partial = {*first.view.annotation_set.partial, *second.view.annotation_set.partial}
    return (first.without(partial), second.without(partial)) if partial else (first, second)


def place_of(about: About) -> Place:
    """What an answer is about, without labels."""
    return about[:2] if isinstance(about, Mark) else about


NOTHING = "nothing is annotated in this layer"
NO_UNITS = "no unit has two answers"
ONE_VALUE = "only one value occurs"

Labels = Mapping[str, tuple[int, int]]  # label -> its number on the first and on the second side
Measure = Callable[[np.ndarray], np.ndarray]  # sums of columns (rows x columns) -> a value per row, NaN if undefined


class Counted(NamedTuple):
    """The counts of one article: the columns of a tally and, for nominal tallies, the numbers of each label."""

    columns: Sequence[float]
    labels: Labels = {}


@dataclass(frozen=True, eq=False)
class Tally:
    """What is counted in one article, as ``width`` columns that are summed over articles.

    ``count`` takes the readings of one article: two, or with ``joint`` any number. ``n`` are the columns whose sum is the
    number of compared items; if it is 0, ``nothing`` is the reason. A ``nominal`` tally also counts labels. Its measures
    get two more columns: the sum over labels of the squared totals, and of the products of both sides' totals.
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

    ``joint``: over all annotators at once if they are of one kind, otherwise over pairs. ``main``: the short table and
    the card report it. ``lower_is_better``: a distance, at best 0; other statistics are at best 1. ``note`` says what was
    left out, given the summed columns of one sheet; "" for nothing.
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
    """``above`` / ``below``, NaN where ``below`` is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below != 0, above / below, np.nan)


def measure_f1(sums: np.ndarray) -> np.ndarray:
    """Micro-averaged F1 from the columns matched, first side, second side: 2·matched / (first + second)."""
    return ratio(2 * sums[:, 0], sums[:, 1] + sums[:, 2])


Row = tuple[int, str]  # the group's number, the month of submission ("" if unknown)
CELLS = 2**22  # numbers in memory at once, which matters if there are many labels


class Entry(NamedTuple):
    """The counts of one article: the columns of all tallies, and the numbers of each label by the place of a nominal tally."""

    columns: np.ndarray
    labels: Mapping[int, Labels]


class Layout:
    """The columns of a row: the columns of each tally of a pass. Several statistics may use one tally."""

    def __init__(self, statistics: Sequence[Statistic]) -> None:
        self.statistics = list(statistics)
        self.tallies: list[Tally] = list(dict.fromkeys(statistic.tally for statistic in statistics))
        ends = np.cumsum([0, *(tally.width for tally in self.tallies)]).tolist()
        self.columns = dict(zip(self.tallies, map(slice, ends, ends[1:]), strict=False))
        self.width = ends[-1]
        self.codes: dict[Tally, dict[str, int]] = {tally: {} for tally in self.tallies if tally.nominal}

    def count(self, readings: Sequence[Reading], joint: bool) -> Entry:
        """The counts of one article; with ``joint``, only of the tallies that take any number of annotators."""
        columns: list[float] = []
        labels: dict[int, Labels] = {}
        for place, tally in enumerate(self.tallies):
            if tally.joint or not joint:
                counted = tally.count(readings)
                columns += counted.columns
                if counted.labels:
                    labels[place] = counted.labels
            else:
                columns += [0.0] * tally.width
        return Entry(np.array(columns, float), labels)


class Sheet:
    """The counts of two annotators, or of all annotators of one kind, with a row per group and month."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.rows: dict[Row, int] = {}
        self.data = np.zeros((8, layout.width))
        # For nominal tallies, four numbers per label: row, code of the label, its number on the first and the second side.
        self.labels = {tally: array("i") for tally in layout.codes}

    def add(self, row: Row, entry: Entry) -> None:
        """Add the counts of one article."""
        place = self.rows.setdefault(row, len(self.rows))
        if place == len(self.data):
            grown = np.zeros((2 * place, self.layout.width))  # rows that are not written yet take no memory
            grown[:place] = self.data
            self.data = grown
        self.data[place] += entry.columns
        for number, labels in entry.labels.items():
            tally = self.layout.tallies[number]
            codes, found = self.layout.codes[tally], self.labels[tally]
            for label, sides in labels.items():
                found.extend((place, codes.setdefault(label, len(codes)), *sides))

    def sums(self, weights: np.ndarray, tallies: Collection[Tally]) -> dict[Tally, np.ndarray]:
        """The sums of the rows, with weights (sums x rows), by tally, as measures take them.

        They have the precision of the weights. In single precision, counts up to 2^24 are exact.
        """
        data = self.data[: len(self.rows)].astype(weights.dtype)
        sums = (weights @ data).astype(float)
        by_tally = {tally: sums[:, self.layout.columns[tally]] for tally in tallies}
        for tally in by_tally.keys() & self.labels.keys():
            labels = _label_sums(self.labels[tally], weights, len(self.layout.codes[tally]))
            by_tally[tally] = np.column_stack([by_tally[tally], *labels])
        return by_tally


def _label_sums(entries: array[int], weights: np.ndarray, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """For each row of weights: the sum over labels of the squared totals, and of the products of both sides' totals."""
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
    """Each statistic's value and n for each row of weights (statistics x rows of weights), NaN if undefined."""
    sums = sheet.sums(weights, {statistic.tally for statistic in statistics})
    values = np.array([statistic.measure(sums[statistic.tally]) for statistic in statistics])
    return values, np.array([sums[statistic.tally][:, list(statistic.tally.n)].sum(axis=1) for statistic in statistics])


def mean_over_pairs(parts: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The elementwise mean of the defined values of pairs of annotators, each weighted by its n; NaN where none is defined.

    Each part is the values and the n of one pair. So a pair that shares one article does not weigh as much as a pair that
    shares a hundred, and the mean of F1 is the F1 of all pairs together.
    """
    total, weight = np.zeros(()), np.zeros(())
    for values, n in parts:
        defined = ~np.isnan(values)
        total, weight = total + np.where(defined, values * n, 0.0), weight + defined * n
    return ratio(total, weight)


def intervals(
    sheets: Sequence[Sheet], statistics: Sequence[Statistic], groups: int, resamples: int, seed: Sequence[int]
) -> list[Interval]:
    """The interval of each statistic's weighted mean over the sheets; (None, None) if it rests on too few groups."""
    if too_few(groups) or not resamples or not statistics:
        return [NO_INTERVAL] * len(statistics)
    groups_of_rows = [np.array([group for group, _ in sheet.rows]) for sheet in sheets]

    def measure(weights: np.ndarray) -> np.ndarray:
        return mean_over_pairs(
            measured(sheet, statistics, weights[:, rows]) for sheet, rows in zip(sheets, groups_of_rows, strict=True)
        )

    found = bootstrap(measure, groups, resamples, seed, rows=max(map(len, groups_of_rows)))
    pairs = zip(statistics, found, strict=True)
    return [NO_INTERVAL if too_few(groups_with(statistic, sheets)) else interval for statistic, interval in pairs]


def groups_with(statistic: Statistic, sheets: Iterable[Sheet]) -> int:
    """The number of groups that a statistic rests on: those in which something was counted for it."""
    found: set[int] = set()
    for sheet in sheets:
        groups = np.array([group for group, _ in sheet.rows], int)
        columns = sheet.data[: len(groups), sheet.layout.columns[statistic.tally]]
        found.update(groups[columns.any(axis=1)].tolist())
    return len(found)
