"""The comparisons between annotators, article by article, and the labels that they confuse."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, zip_longest
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct

from standpoint.agreement.counts import Entry, Layout, Reading, Sheet, Statistic, mean_over_pairs, without_partial
from standpoint.agreement.statistics import statistics_of_layer
from standpoint.codebook.load import MEAN_DISTANCE
from standpoint.codebook.types import NEW, Layer
from standpoint.core.provenance import HUMAN, MODEL, UNNAMED, heading


class Confusion(Struct, frozen=True, kw_only=True):
    """A confusion matrix: the labels of two annotators on matched items, over all pairs, with each pair counted both ways.

    ``counts[i][j]``: one annotator gave ``labels[i]``, the other ``labels[j]``. The label "" means not annotated. Spans
    are matched by overlap. Answers and links are compared if both annotators have their spans. If the labels are actors,
    the table has the labels that were confused most often.
    """

    pass_name: str
    layer: str
    kind: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Prevalence(Struct, frozen=True, kw_only=True):
    """The number of times that an annotator used each label of a layer."""

    pass_name: str
    layer: str
    annotator: str
    counts: dict[str, int]


NOT_ANNOTATED = ""
MOST = 20  # labels of a table, if they are actors
NEW_ACTORS = f"{NEW}*"

Place = tuple[tuple[int, int, str] | str, ...]  # (span,) or (actor,) or ("",) of an answer, (span, span) of a link


# The annotations of a layer, by its kind. Their label is their last part.
ITEMS: Mapping[str, Callable[[Reading, str], Sequence[Any]]] = {
    "span": Reading.marks,
    "relation": Reading.links,
    "choice": Reading.answers,
}


class Pair(NamedTuple):
    """The labels of two annotators on one item, and where each has it; the label is "" and the place () if one has not."""

    label: str
    other_label: str
    place: Place
    other_place: Place


def label_pairs(layer: Layer, first: Reading, second: Reading) -> Iterator[Pair]:
    """The labels that both annotators gave to each item; "" if an annotator has not annotated it.

    Spans are one item if ``match_overlap`` pairs them. Answers and links are compared if both annotators have their
    spans; if a place has several, equal labels are paired first.
    """
    if layer.kind == "span":
        marks, other_marks = first.marks(layer.name), second.marks(layer.name)
        pairs, _ = first.overlapping(second, layer.name)
        matched, other_matched = {i for i, _ in pairs}, {j for _, j in pairs}
        yield from (Pair(marks[i].label, other_marks[j].label, (marks[i][:3],), (other_marks[j][:3],)) for i, j in pairs)
        yield from (Pair(mark.label, NOT_ANNOTATED, (mark[:3],), ()) for i, mark in enumerate(marks) if i not in matched)
        others = (mark for j, mark in enumerate(other_marks) if j not in other_matched)
        yield from (Pair(NOT_ANNOTATED, mark.label, (), (mark[:3],)) for mark in others)
    elif layer.kind in ITEMS:
        shared = first.shared_places(second)
        by_place, other_by_place = (_labels_by_place(layer, reading) for reading in (first, second))
        for place in by_place | other_by_place:
            if all(isinstance(end, str) or end in shared for end in place):
                labels, other_labels = by_place.get(place, ()), other_by_place.get(place, ())
                if len(labels) == 1 and labels == other_labels:  # nearly always
                    yield Pair(labels[0], labels[0], place, place)
                    continue
                same = set(labels) & set(other_labels)
                yield from (Pair(label, label, place, place) for label in sorted(same))
                rest = (sorted(set(side) - same) for side in (labels, other_labels))
                for label, other_label in zip_longest(*rest, fillvalue=NOT_ANNOTATED):
                    yield Pair(label, other_label, place if label else (), place if other_label else ())


def _labels_by_place(layer: Layer, reading: Reading) -> dict[Place, list[str]]:
    """The labels at each place. A span is identified by its extent and layer."""
    labels: dict[Place, list[str]] = defaultdict(list)
    for place, label in reading.links_at(layer.name) if layer.kind == "relation" else reading.answers_at(layer.name):
        labels[place].append(label)
    return labels


def confusion(pass_name: str, layer: Layer, kind: str, counts: Counter[tuple[str, str]]) -> Confusion:
    """The confusion matrix of counted pairs of labels."""
    labels = list(layer.label_names)
    if not layer.labels:
        confused: Counter[str] = Counter()
        for pair, count in counts.items():
            differs = pair[0] != pair[1] and NOT_ANNOTATED not in pair
            confused.update(dict.fromkeys(pair, count if differs else 0))
        ranked = sorted(confused.items(), key=lambda item: (-item[1], item[0]))
        labels = sorted(label for label, _ in ranked[:MOST] if label != NOT_ANNOTATED)
    labels += [NOT_ANNOTATED] if any(NOT_ANNOTATED in pair for pair in counts) else []
    cells = tuple(tuple(counts[row, column] + counts[column, row] for column in labels) for row in labels)
    return Confusion(pass_name=pass_name, layer=layer.name, kind=kind, labels=tuple(labels), counts=cells)


def used_labels(layer: Layer, reading: Reading) -> Counter[str]:
    """The number of uses of each label. Actors that are not in the registry count as one label."""
    labels = [item[-1] for item in ITEMS[layer.kind](reading, layer.name)] if layer.kind in ITEMS else []
    if layer.labels_from:
        labels = [NEW_ACTORS if label.startswith(NEW) else label for label in labels]
    return Counter(labels)


WORST = 50  # articles with the least agreement that are listed, per pass and heading
ALL: tuple[str, ...] = ()  # instead of a pair: all annotators at once

Members = tuple[str, ...]
Maker = tuple[str, str, str]  # annotator, kind, assistance


@dataclass
class Heading:
    """The counts under one heading: of each pair and, if all annotators are of one kind, of all at once."""

    sheets: dict[Members, Sheet] = field(default_factory=dict)
    annotators: set[str] = field(default_factory=set)
    groups: dict[str, int] = field(default_factory=dict)  # numbered in the order of their first article
    confusions: dict[str, Counter[tuple[str, str]]] = field(default_factory=lambda: defaultdict(Counter))  # by layer
    worst: list[tuple[float, int, str, float]] = field(default_factory=list)  # badness, -n, article, value

    def sheets_of(self, statistic: Statistic) -> dict[Members, Sheet]:
        """The sheets for a statistic: the sheet of all annotators at once, or the sheets of the pairs."""
        if statistic.joint and ALL in self.sheets:
            return {ALL: self.sheets[ALL]}
        return {members: sheet for members, sheet in self.sheets.items() if members != ALL}


class HeadingCounts(NamedTuple):
    """What one article adds under a heading. ``value``: the value and the n of the headline, None without one."""

    entries: dict[Members, tuple[str, Entry]]  # with the month of submission
    makers: set[Maker]
    confusions: dict[str, Counter[tuple[str, str]]]  # by layer
    value: tuple[float, int] | None


class ArticleCounts(NamedTuple):
    """What one article adds to a comparison, in plain values, which can be sent from one process to another."""

    makers: list[Maker]  # of each reading
    outside: list[dict[str, int]]  # of each reading, by layer, the spans that are left out
    used: dict[tuple[str, str], Counter[str]]  # by layer and annotator
    headings: dict[str, HeadingCounts]


Chosen = Callable[[Reading, Reading], bool]


class Comparison:
    """The counts of one pass. Gamma is computed only if there is a ``seed``. ``models``: as in ``provenance.heading``.

    ``chosen`` says which pairs of readings are compared. With it, there are no figures over all annotators at once.
    """

    def __init__(
        self,
        name: str,
        layers: Sequence[Layer],
        seed: int | None = None,
        models: Mapping[str, str] = {},  # noqa: B006 it is not changed
        chosen: Chosen | None = None,
    ) -> None:
        self.name, self.layers, self.models, self.chosen = name, layers, models, chosen
        self.layout = Layout([statistic for layer in layers for statistic in statistics_of_layer(layer, seed)])
        self.headline = headline(layers, self.layout.statistics)
        self.headings: dict[str, Heading] = defaultdict(Heading)
        self.makers: Counter[Maker] = Counter()
        self.compared: dict[Maker, set[str]] = defaultdict(set)
        self.outside: dict[Maker, Counter[str]] = defaultdict(Counter)  # by layer, the spans that are left out
        self.used: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # by layer and annotator

    def add(self, article_id: str, group: str, readings: Sequence[Reading]) -> None:
        """Count the readings of one article."""
        self.take(article_id, group, self.count(readings))

    def count(self, readings: Sequence[Reading]) -> ArticleCounts:
        """What the readings of one article add. It changes nothing here, so that other processes can do it."""
        makers, outside, used = [], [], {}
        for reading in readings:
            makers.append(maker_of(reading))
            outside.append({layer.name: reading.outside[layer.name] for layer in self.layers if reading.outside[layer.name]})
            for layer in self.layers:
                if labels := used_labels(layer, reading):
                    used[layer.name, reading.view.annotator] = labels
        by_heading: dict[str, list[tuple[Reading, Reading]]] = defaultdict(list)
        for first, second in combinations(readings, 2):
            if self.chosen is None or self.chosen(first, second):
                by_heading[self._heading(first, second)].append(without_partial(first, second))
        headings = {kind: self._count_under(kind, pairs) for kind, pairs in by_heading.items()}
        return ArticleCounts(makers, outside, used, headings)

    def _heading(self, first: Reading, second: Reading) -> str:
        return heading(first.view.annotation_set, second.view.annotation_set, self.models)

    def _count_under(self, kind: str, pairs: Sequence[tuple[Reading, Reading]]) -> HeadingCounts:
        """Count each pair, and, under a heading of one kind of annotators, all readings at once."""
        compared: dict[Members, list[Reading]] = {tuple(reading.view.annotator for reading in pair): list(pair) for pair in pairs}
        if kind in (HUMAN, MODEL, UNNAMED) and self.chosen is None:
            compared[ALL] = []
            for reading in {reading.view.annotator: reading for pair in pairs for reading in pair}.values():
                if all(self._heading(reading, other) == kind for other in compared[ALL]):  # one of each model
                    compared[ALL].append(reading)
        entries = {}
        for members, readings in compared.items():
            submitted = [reading.view.annotation_set.submitted or "" for reading in readings]
            month = max(submitted)[:7] if all(submitted) else ""  # of the last submission, which completes the comparison
            entries[members] = month, self.layout.count(readings, members == ALL)
        confusions = {
            layer.name: Counter([pair[:2] for both in pairs for pair in label_pairs(layer, *both)]) for layer in self.layers
        }
        makers = {maker_of(reading) for readings in compared.values() for reading in readings}
        of_pairs = [entry for members, (_, entry) in entries.items() if members != ALL]
        return HeadingCounts(entries, makers, confusions, self._value(of_pairs))

    def _value(self, entries: Sequence[Entry]) -> tuple[float, int] | None:
        """The value and the n of the headline over the pairs of an article."""
        if self.headline is None:
            return None
        tally = self.headline.tally
        sums = np.array([[*entry.columns[self.layout.columns[tally]], *[0, 0] * tally.nominal] for entry in entries], float)
        n = sums[:, list(tally.n)]
        value = mean_over_pairs(zip(self.headline.measure(sums), n.sum(axis=1), strict=True))
        return float(value), int(n.sum())

    def take(self, article_id: str, group: str, counts: ArticleCounts) -> None:
        """Add what an article adds."""
        for maker, outside in zip(counts.makers, counts.outside, strict=True):
            self.makers[maker] += 1
            self.outside[maker].update(outside)
        for key, labels in counts.used.items():
            self.used[key].update(labels)
        for kind, found in counts.headings.items():
            under = self.headings[kind]
            number = under.groups.setdefault(group, len(under.groups))
            for members, (month, entry) in found.entries.items():
                under.sheets.setdefault(members, Sheet(self.layout)).add((number, month), entry)
            for maker in found.makers:
                under.annotators.add(maker[0])
                self.compared[maker].add(kind)
            for layer, pairs in found.confusions.items():
                under.confusions[layer].update(pairs)
            if found.value is not None:
                self._note_worst(under, article_id, *found.value)

    def _note_worst(self, under: Heading, article_id: str, value: float, n: int) -> None:
        badness = value if self.headline and self.headline.lower_is_better else 1 - value
        if badness > 0:
            under.worst.append((-badness, -n, article_id, value))
            if len(under.worst) > 10 * WORST:
                under.worst = sorted(under.worst)[:WORST]


def headline(layers: Sequence[Layer], statistics: Sequence[Statistic]) -> Statistic | None:
    """The statistic by which the articles of a pass are ranked.

    It is the mean distance on a scale for each actor; otherwise exact F1 of the span layer that most other layers are
    about; otherwise raw agreement on the first question with one answer.
    """
    about = Counter(name for layer in layers for name in (layer.of, layer.head, layer.tail))
    spans = sorted((layer for layer in layers if layer.kind == "span"), key=lambda layer: -about[layer.name])
    wanted = [(layer.name, MEAN_DISTANCE) for layer in layers if layer.ordinal and layer.for_each]
    wanted += [(layer.name, "F1 exact") for layer in spans] + [(layer.name, "raw agreement") for layer in layers]
    by_name = {(statistic.layer, statistic.name): statistic for statistic in statistics}
    return next((by_name[key] for key in wanted if key in by_name), None)


def maker_of(reading: Reading) -> Maker:
    annotation_set = reading.view.annotation_set
    return annotation_set.annotator, annotation_set.annotator_kind, annotation_set.assistance
