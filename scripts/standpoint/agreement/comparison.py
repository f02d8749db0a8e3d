"""Who is compared with whom, article by article, and which labels annotators confuse."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, zip_longest
from typing import Any

import numpy as np
from msgspec import Struct

from standpoint.agreement.counts import Counted, Layout, Reading, Sheet, Statistic, Tally
from standpoint.agreement.statistics import statistics_of_layer
from standpoint.codebook.load import MEAN_DISTANCE
from standpoint.codebook.types import NEW, Layer
from standpoint.core.matching import match_overlap
from standpoint.core.provenance import HUMAN, MODEL, heading


class Confusion(Struct, frozen=True, kw_only=True):
    """How often one annotator's label met another's on matched things, over all pairs, each pair counted both ways.

    ``counts[i][j]``: one annotator gave ``labels[i]``, the other ``labels[j]``; the label "" is for what one side has not
    annotated. Spans are matched by overlap; answers and links, where both sides have the spans that they are about. Of a
    layer whose labels are the articles' actors, the table has the labels that were most often confused with another.
    """

    pass_name: str
    layer: str
    kind: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Prevalence(Struct, frozen=True, kw_only=True):
    """How often one annotator used each label of a layer."""

    pass_name: str
    layer: str
    annotator: str
    counts: dict[str, int]


NOT_ANNOTATED = ""
MOST = 20  # labels of a table, where they are the articles' actors
NEW_ACTORS = f"{NEW}*"

Place = tuple[tuple[int, int, str] | str, ...]  # (span,) or (actor,) or ("",) of an answer, (span, span) of a link


# What a layer's annotations are, by its kind: the label is the last part of each.
ITEMS: Mapping[str, Callable[[Reading, str], Sequence[Any]]] = {
    "span": Reading.marks,
    "relation": Reading.links,
    "choice": Reading.answers,
}


def label_pairs(layer: Layer, one: Reading, other: Reading) -> Iterator[tuple[str, str]]:
    """Both sides' labels of each thing; "" for what the other side has not annotated.

    Spans are the same thing if ``match_overlap`` pairs them. Answers and links are compared where both sides have the
    spans that they are about; of several on one place, the equal labels are paired first.
    """
    if layer.kind == "span":
        ones, others = one.marks(layer.name), other.marks(layer.name)
        pairs = match_overlap(ones, others)
        left, right = {i for i, _ in pairs}, {j for _, j in pairs}
        yield from ((ones[i].label, others[j].label) for i, j in pairs)
        yield from ((mark.label, NOT_ANNOTATED) for i, mark in enumerate(ones) if i not in left)
        yield from ((NOT_ANNOTATED, mark.label) for j, mark in enumerate(others) if j not in right)
    elif layer.kind != "text":
        here, there = (_labels_by_place(layer, reading) for reading in (one, other))
        for place in here | there:
            if all(isinstance(end, str) or end in one.places and end in other.places for end in place):
                same = set(here.get(place, ())) & set(there.get(place, ()))
                yield from ((label, label) for label in sorted(same))
                rest = (sorted(set(labels.get(place, ())) - same) for labels in (here, there))
                yield from zip_longest(*rest, fillvalue=NOT_ANNOTATED)


def _labels_by_place(layer: Layer, reading: Reading) -> dict[Place, list[str]]:
    """The labels on each place; spans are identified by extent and layer."""
    labels: dict[Place, list[str]] = defaultdict(list)
    for *ends, label in ITEMS[layer.kind](reading, layer.name):
        labels[tuple(end if isinstance(end, str) else end[:3] for end in ends)].append(label)
    return labels


def confusion(pass_name: str, layer: Layer, kind: str, counts: Counter[tuple[str, str]]) -> Confusion:
    """The table of counted pairs of labels, each pair both ways.

    Its labels are the layer's; of the articles' actors, those that were most often confused with another.
    """
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
    """How often each label was used; actors that the registry does not know count as one label."""
    labels = [item[-1] for item in ITEMS[layer.kind](reading, layer.name)] if layer.kind in ITEMS else []
    return Counter(NEW_ACTORS if layer.labels_from and label.startswith(NEW) else label for label in labels)


WORST = 50  # articles that are named, per pass and heading
ALL: tuple[str, ...] = ()  # in place of a pair: all annotators at once

Members = tuple[str, ...]
Maker = tuple[str, str, str]  # annotator, kind, assistance


@dataclass
class Heading:
    """The counts under one heading: of each pair, and of all at once where all are of one kind."""

    sheets: dict[Members, Sheet] = field(default_factory=dict)
    annotators: set[str] = field(default_factory=set)
    groups: dict[str, int] = field(default_factory=dict)  # numbered in the order in which they occur
    confusions: dict[str, Counter[tuple[str, str]]] = field(default_factory=lambda: defaultdict(Counter))  # of a layer
    worst: list[tuple[float, int, str, float]] = field(default_factory=list)  # badness, -n, article, value

    def sheets_of(self, statistic: Statistic) -> dict[Members, Sheet]:
        """The sheets that a statistic is computed from: that of all annotators at once, or those of the pairs."""
        if statistic.joint and ALL in self.sheets:
            return {ALL: self.sheets[ALL]}
        return {members: sheet for members, sheet in self.sheets.items() if members != ALL}


class Comparison:
    """The counts of one pass. ``seed`` is for gamma, which is computed only with one."""

    def __init__(self, name: str, layers: Sequence[Layer], seed: int | None = None) -> None:
        self.name, self.layers = name, layers
        self.layout = Layout([statistic for layer in layers for statistic in statistics_of_layer(layer, seed)])
        self.headline = headline(layers, self.layout.statistics)
        self.headings: dict[str, Heading] = defaultdict(Heading)
        self.makers: Counter[Maker] = Counter()
        self.compared: dict[Maker, set[str]] = defaultdict(set)
        self.used: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # of a layer and annotator

    def add(self, article_id: str, group: str, readings: Sequence[Reading]) -> bool:
        """Count the readings of one article; False where there was nobody to compare."""
        for reading in readings:
            self.makers[maker_of(reading)] += 1
            for layer in self.layers:
                self.used[layer.name, reading.view.annotator].update(used_labels(layer, reading))
        by_heading: dict[str, list[tuple[Reading, Reading]]] = defaultdict(list)
        for one, other in combinations(readings, 2):
            by_heading[heading(one.view.annotation_set, other.view.annotation_set)].append((one, other))
        for kind, pairs in by_heading.items():
            self._add_to(kind, article_id, group, pairs)
        return len(readings) > 1

    def _add_to(self, kind: str, article_id: str, group: str, pairs: Sequence[tuple[Reading, Reading]]) -> None:
        """Count each pair, and under the headings that are of one kind all readings at once."""
        under = self.headings[kind]
        number = under.groups.setdefault(group, len(under.groups))
        compared: dict[Members, list[Reading]] = {tuple(each.view.annotator for each in pair): list(pair) for pair in pairs}
        if kind in (HUMAN, MODEL):
            compared[ALL] = list({reading.view.annotator: reading for pair in pairs for reading in pair}.values())
        counted = {}
        for members, readings in compared.items():
            counted[members] = self.layout.count(readings, members == ALL)
            submitted = [reading.view.annotation_set.submitted or "" for reading in readings]
            month = max(submitted)[:7] if all(submitted) else ""  # of the last: they cannot be compared before
            under.sheets.setdefault(members, Sheet(self.layout)).add((number, month), counted[members])
            under.annotators.update(reading.view.annotator for reading in readings)
            for reading in readings:
                self.compared[maker_of(reading)].add(kind)
        for pair in pairs:
            for layer in self.layers:
                under.confusions[layer.name].update(label_pairs(layer, *pair))
        self._note_worst(under, article_id, counted)

    def _note_worst(self, under: Heading, article_id: str, counted: Mapping[Members, Mapping[Tally, Counted]]) -> None:
        if self.headline is None:
            return
        tally = self.headline.tally
        rows = [counts[tally] for members, counts in counted.items() if members != ALL]
        sums = np.array([[*row.columns, 0, 0][: tally.width + 2 * tally.nominal] for row in rows], float)
        n = sums[:, list(tally.n)]
        value = np.nanmean(self.headline.measure(sums)) if n.any() else np.nan
        badness = value if self.headline.lower_is_better else 1 - value
        if badness > 0:
            under.worst.append((-badness, -int(n.sum()), article_id, float(value)))
            if len(under.worst) > 10 * WORST:
                under.worst = sorted(under.worst)[:WORST]


def headline(layers: Sequence[Layer], statistics: Sequence[Statistic]) -> Statistic | None:
    """The one statistic by which the articles of a pass are ranked.

    The mean distance on a scale that is asked for each actor; otherwise exact F1 of the span layer that most other
    layers are about; otherwise raw agreement on the first question with one answer.
    """
    about = Counter(name for layer in layers for name in (layer.of, layer.head, layer.tail))
    spans = sorted((layer for layer in layers if layer.kind == "span"), key=lambda layer: -about[layer.name])
    wanted = [(layer.name, MEAN_DISTANCE) for layer in layers if layer.ordinal and layer.for_each]
    wanted += [(layer.name, "F1 exact") for layer in spans] + [(layer.name, "raw agreement") for layer in layers]
    by_name = {(statistic.layer, statistic.name): statistic for statistic in statistics}
    return next((by_name[key] for key in wanted if key in by_name), None)


def maker_of(reading: Reading) -> Maker:
    """The annotator of a set, their kind, and what they saw."""
    made = reading.view.annotation_set
    return made.annotator, made.annotator_kind, made.assistance
