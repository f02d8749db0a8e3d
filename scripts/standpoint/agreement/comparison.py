"""The comparisons between annotators, article by article, and the labels that they confuse."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, zip_longest
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct

from standpoint.agreement.counts import Counted, Layout, Reading, Sheet, Statistic, Tally, mean_over_pairs, without_partial
from standpoint.agreement.statistics import statistics_of_layer
from standpoint.codebook.load import MEAN_DISTANCE
from standpoint.codebook.types import NEW, Layer
from standpoint.core.matching import match_overlap
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
        pairs = match_overlap(marks, other_marks)
        matched, other_matched = {i for i, _ in pairs}, {j for _, j in pairs}
        yield from (Pair(marks[i].label, other_marks[j].label, (marks[i][:3],), (other_marks[j][:3],)) for i, j in pairs)
        yield from (Pair(mark.label, NOT_ANNOTATED, (mark[:3],), ()) for i, mark in enumerate(marks) if i not in matched)
        others = (mark for j, mark in enumerate(other_marks) if j not in other_matched)
        yield from (Pair(NOT_ANNOTATED, mark.label, (), (mark[:3],)) for mark in others)
    elif layer.kind in ITEMS:
        by_place, other_by_place = (_labels_by_place(layer, reading) for reading in (first, second))
        for place in by_place | other_by_place:
            if all(isinstance(end, str) or end in first.places and end in second.places for end in place):
                same = set(by_place.get(place, ())) & set(other_by_place.get(place, ()))
                yield from (Pair(label, label, place, place) for label in sorted(same))
                rest = (sorted(set(labels.get(place, ())) - same) for labels in (by_place, other_by_place))
                for label, other_label in zip_longest(*rest, fillvalue=NOT_ANNOTATED):
                    yield Pair(label, other_label, place if label else (), place if other_label else ())


def _labels_by_place(layer: Layer, reading: Reading) -> dict[Place, list[str]]:
    """The labels at each place. A span is identified by its extent and layer."""
    labels: dict[Place, list[str]] = defaultdict(list)
    for *ends, label in ITEMS[layer.kind](reading, layer.name):
        labels[tuple(end if isinstance(end, str) else end[:3] for end in ends)].append(label)
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
    return Counter(NEW_ACTORS if layer.labels_from and label.startswith(NEW) else label for label in labels)


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

    def add(self, article_id: str, group: str, readings: Sequence[Reading]) -> bool:
        """Count the readings of one article; return whether there were two or more."""
        for reading in readings:
            self.makers[maker_of(reading)] += 1
            self.outside[maker_of(reading)] += Counter({layer.name: reading.outside[layer.name] for layer in self.layers})
            for layer in self.layers:
                self.used[layer.name, reading.view.annotator].update(used_labels(layer, reading))
        by_heading: dict[str, list[tuple[Reading, Reading]]] = defaultdict(list)
        for first, second in combinations(readings, 2):
            if self.chosen is None or self.chosen(first, second):
                by_heading[self._heading(first, second)].append(without_partial(first, second))
        for kind, pairs in by_heading.items():
            self._add_to(kind, article_id, group, pairs)
        return len(readings) > 1

    def _heading(self, first: Reading, second: Reading) -> str:
        return heading(first.view.annotation_set, second.view.annotation_set, self.models)

    def _add_to(self, kind: str, article_id: str, group: str, pairs: Sequence[tuple[Reading, Reading]]) -> None:
        """Count each pair, and, under a heading of one kind of annotators, all readings at once."""
        under = self.headings[kind]
        number = under.groups.setdefault(group, len(under.groups))
        compared: dict[Members, list[Reading]] = {tuple(reading.view.annotator for reading in pair): list(pair) for pair in pairs}
        if kind in (HUMAN, MODEL, UNNAMED) and self.chosen is None:
            compared[ALL] = []
            for reading in {reading.view.annotator: reading for pair in pairs for reading in pair}.values():
                if all(self._heading(reading, other) == kind for other in compared[ALL]):  # one of each model
                    compared[ALL].append(reading)
        counted = {}
        for members, readings in compared.items():
            counted[members] = self.layout.count(readings, members == ALL)
            submitted = [reading.view.annotation_set.submitted or "" for reading in readings]
            month = max(submitted)[:7] if all(submitted) else ""  # of the last submission, which completes the comparison
            under.sheets.setdefault(members, Sheet(self.layout)).add((number, month), counted[members])
            under.annotators.update(reading.view.annotator for reading in readings)
            for reading in readings:
                self.compared[maker_of(reading)].add(kind)
        for both in pairs:
            for layer in self.layers:
                under.confusions[layer.name].update(pair[:2] for pair in label_pairs(layer, *both))
        self._note_worst(under, article_id, counted)

    def _note_worst(self, under: Heading, article_id: str, counted: Mapping[Members, Mapping[Tally, Counted]]) -> None:
        if self.headline is None:
            return
        tally = self.headline.tally
        rows = [counts[tally] for members, counts in counted.items() if members != ALL]
        sums = np.array([[*row.columns, 0, 0][: tally.width + 2 * tally.nominal] for row in rows], float)
        n = sums[:, list(tally.n)]
        value = float(mean_over_pairs(zip(self.headline.measure(sums), n.sum(axis=1), strict=True)))
        badness = value if self.headline.lower_is_better else 1 - value
        if badness > 0:
            under.worst.append((-badness, -int(n.sum()), article_id, value))
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
