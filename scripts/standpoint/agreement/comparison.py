"""Who is compared with whom, article by article, and which labels annotators confuse."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, zip_longest

import numpy as np
from msgspec import Struct

from standpoint.adjudication.content import NEW
from standpoint.agreement.counts import Counted, Layout, Sheet, Statistic, Tally
from standpoint.agreement.layer_statistics import of_layer
from standpoint.agreement.reading import Reading
from standpoint.codebook.load import MEAN_DISTANCE
from standpoint.codebook.types import Layer
from standpoint.core.matching import match_overlap
from standpoint.core.provenance import HUMAN, MODEL, heading


class Confusion(Struct, frozen=True, kw_only=True):
    """How often one annotator's label met another's on matched things, over all pairs, each pair counted both ways.

    ``counts[i][j]``: one said ``labels[i]``, the other ``labels[j]``; the label "" is for what one side has not annotated.
    Spans are matched by overlap; answers and links, where both sides have the spans that they are about. Of a layer whose
    labels are the articles' actors, the table has those that were most often confused with another.
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


NOT_THERE = ""
MOST = 20  # labels of a table, where they are the articles' actors
NEW_ACTORS = f"{NEW}*"


def confused(layer: Layer, one: Reading, other: Reading) -> Iterator[tuple[str, str]]:
    """Both sides' labels of each thing; "" for what the other side has not annotated.

    Spans are the same thing as ``match_overlap`` pairs them. Answers and links are compared where both sides have the
    spans that they are about; of several on one place, the equal ones are paired first.
    """
    if layer.kind == "span":
        yield from _of_spans(one.marks(layer.name), other.marks(layer.name))
    elif layer.kind != "text":
        ones, others = (_by_place(layer, reading) for reading in (one, other))
        for place in ones | others:
            if all(_has(reading, place) for reading in (one, other)):
                yield from _paired(ones.get(place, ()), others.get(place, ()))


def _of_spans(ones: Sequence, others: Sequence) -> Iterator[tuple[str, str]]:
    pairs = match_overlap(ones, others)
    left, right = {i for i, _ in pairs}, {j for _, j in pairs}
    yield from ((ones[i].label, others[j].label) for i, j in pairs)
    yield from ((mark.label, NOT_THERE) for i, mark in enumerate(ones) if i not in left)
    yield from ((NOT_THERE, mark.label) for j, mark in enumerate(others) if j not in right)


def _by_place(layer: Layer, reading: Reading) -> dict[tuple[Hashable, ...], list[str]]:
    """The labels on each place: (mark,) or (actor,) or ("",) of an answer, (mark, mark) of a link; marks without labels."""
    found: dict[tuple[Hashable, ...], list[str]] = defaultdict(list)
    if layer.kind == "relation":
        for head, tail, label in reading.links(layer.name):
            found[head[:3], tail[:3]].append(label)
    else:
        for about, label in reading.answers(layer.name):
            found[(about if isinstance(about, str) else about[:3],)].append(label)
    return found


def _has(reading: Reading, place: tuple[Hashable, ...]) -> bool:
    return all(isinstance(part, str) or part in reading.places for part in place)


def _paired(ones: Sequence[str], others: Sequence[str]) -> Iterator[tuple[str, str]]:
    same = set(ones) & set(others)
    yield from ((label, label) for label in sorted(same))
    rest = (sorted(set(row) - same) for row in (ones, others))
    yield from zip_longest(*rest, fillvalue=NOT_THERE)


def confusion(pass_name: str, layer: Layer, kind: str, counts: Counter) -> Confusion:
    """The table of counted pairs of labels, each pair both ways.

    Its labels are the layer's; of the articles' actors, those that were most often confused with another.
    """
    labels = list(layer.label_names) if layer.labels else _most_confused(counts)
    labels += [NOT_THERE] if any(NOT_THERE in pair for pair in counts) else []
    cells = tuple(tuple(counts[one, other] + counts[other, one] for other in labels) for one in labels)
    return Confusion(pass_name=pass_name, layer=layer.name, kind=kind, labels=tuple(labels), counts=cells)


def _most_confused(counts: Counter) -> list[str]:
    apart: Counter = Counter()
    for (one, other), count in counts.items():
        for label in (one, other):
            apart[label] += count if one != other and NOT_THERE not in (one, other) else 0
    ranked = sorted(apart.items(), key=lambda item: (-item[1], item[0]))
    return sorted(label for label, _ in ranked[:MOST] if label != NOT_THERE)


def used(layer: Layer, reading: Reading) -> Counter:
    """How often each label was used; actors that the registry does not know are one."""
    if layer.kind == "text":
        return Counter()
    rows = {"span": reading.marks, "relation": reading.links, "choice": reading.answers}[layer.kind](layer.name)
    labels = (row.label if layer.kind == "span" else row[-1] for row in rows)
    return Counter(NEW_ACTORS if layer.labels_from and label.startswith(NEW) else label for label in labels)


def prevalence(pass_name: str, layer: Layer, annotator: str, counts: Counter) -> Prevalence:
    """How often an annotator used each label: those of the layer, in its order, or the actors that occur."""
    names = layer.label_names or tuple(sorted(counts))
    return Prevalence(pass_name=pass_name, layer=layer.name, annotator=annotator, counts={name: counts[name] for name in names})


WORST = 50  # articles that are named, of a pass and heading
ALL: tuple[str, ...] = ()  # in place of a pair: all annotators at once

Members = tuple[str, ...]
Maker = tuple[str, str, str]  # annotator, kind, assistance


@dataclass
class Heading:
    """The counts under one heading: of each pair, and of all at once where they are of one kind."""

    sheets: dict[Members, Sheet] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)
    groups: dict[str, int] = field(default_factory=dict)  # numbered as they come
    confusions: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))  # of a layer
    worst: list[tuple[float, int, str, float]] = field(default_factory=list)  # badness, -n, article, value

    def sheets_of(self, statistic: Statistic) -> dict[Members, Sheet]:
        """Those that a statistic is computed from: all annotators at once, or each pair."""
        if statistic.joint and ALL in self.sheets:
            return {ALL: self.sheets[ALL]}
        return {members: sheet for members, sheet in self.sheets.items() if members != ALL}


class Comparison:
    """All that is counted of one pass. ``seed`` is for gamma, which is computed where there is one."""

    def __init__(self, layers: Sequence[Layer], seed: int | None = None) -> None:
        self.layers = layers
        self.layout = Layout([statistic for layer in layers for statistic in of_layer(layer, seed)])
        self.headline = headline(layers, self.layout.statistics)
        self.headings: dict[str, Heading] = defaultdict(Heading)
        self.makers: Counter[Maker] = Counter()
        self.compared: dict[Maker, set[str]] = defaultdict(set)
        self.used: dict[tuple[str, str], Counter] = defaultdict(Counter)  # of a layer and annotator

    def add(self, article_id: str, group: str, readings: Sequence[Reading]) -> bool:
        """Count the readings of one article; whether there was anybody to compare."""
        for reading in readings:
            self.makers[maker_of(reading)] += 1
            for layer in self.layers:
                self.used[layer.name, reading.view.annotator].update(used(layer, reading))
        for kind, pairs in _headings(readings).items():
            self._add_to(kind, article_id, group, pairs)
        return len(readings) > 1

    def _add_to(self, kind: str, article_id: str, group: str, pairs: Sequence[tuple[Reading, Reading]]) -> None:
        found, counted = self.headings[kind], {}
        number = found.groups.setdefault(group, len(found.groups))
        for members, together in _together(kind, pairs).items():
            counted[members] = self.layout.count(together, members == ALL)
            row = (number, _month(together))
            found.sheets.setdefault(members, Sheet(self.layout)).add(row, counted[members])
            found.people.update(reading.view.annotator for reading in together)
            for reading in together:
                self.compared[maker_of(reading)].add(kind)
        for pair in pairs:
            for layer in self.layers:
                found.confusions[layer.name].update(confused(layer, *pair))
        self._note_worst(found, article_id, counted)

    def _note_worst(self, found: Heading, article_id: str, counted: Mapping[Members, Mapping[Tally, Counted]]) -> None:
        if self.headline is None:
            return
        tally = self.headline.tally
        rows = [one[tally] for members, one in counted.items() if members != ALL]
        sums = np.array([[*row.columns, 0, 0][: tally.width + 2 * tally.nominal] for row in rows], float)
        value = np.nanmean(self.headline.measure(sums)) if sums[:, list(tally.n)].any() else np.nan
        bad = value if self.headline.name == MEAN_DISTANCE else 1 - value
        if bad > 0:
            found.worst.append((-bad, -int(sums[:, list(tally.n)].sum()), article_id, float(value)))
            if len(found.worst) > 10 * WORST:
                found.worst = sorted(found.worst)[:WORST]


def headline(layers: Sequence[Layer], statistics: Sequence[Statistic]) -> Statistic | None:
    """The one statistic by which articles of a pass are ranked.

    How far apart answers are on a scale that is asked for each actor; else exact F1 of the span layer on which most other
    layers hang; else raw agreement of the first question with one answer.
    """
    hanging = Counter(name for layer in layers for name in (layer.of, layer.head, layer.tail))
    spans = sorted((layer for layer in layers if layer.kind == "span"), key=lambda layer: -hanging[layer.name])
    wanted = [(layer.name, MEAN_DISTANCE) for layer in layers if layer.ordinal and layer.for_each]
    wanted += [(layer.name, "F1 exact") for layer in spans] + [(layer.name, "raw agreement") for layer in layers]
    by_name = {(statistic.layer, statistic.name): statistic for statistic in statistics}
    return next((by_name[key] for key in wanted if key in by_name), None)


def maker_of(reading: Reading) -> Maker:
    """Who made a set, what they are, and what they saw."""
    made = reading.view.made
    return made.annotator, made.annotator_kind, made.assistance


def _headings(readings: Sequence[Reading]) -> dict[str, list[tuple[Reading, Reading]]]:
    """The pairs that are compared, by heading."""
    found: dict[str, list[tuple[Reading, Reading]]] = defaultdict(list)
    for pair in combinations(readings, 2):
        found[heading(*(reading.view.made for reading in pair))].append(pair)
    return found


def _together(kind: str, pairs: Sequence[tuple[Reading, Reading]]) -> dict[Members, list[Reading]]:
    """Who is compared with whom: each pair, and all at once under the headings that are of one kind."""
    found = {tuple(reading.view.annotator for reading in pair): list(pair) for pair in pairs}
    if kind in (HUMAN, MODEL):
        found[ALL] = list({reading.view.annotator: reading for pair in pairs for reading in pair}.values())
    return found


def _month(readings: Sequence[Reading]) -> str:
    """The month in which the last of them was submitted, from when on they could be compared; "" if that is not known."""
    submitted = [reading.view.made.submitted or "" for reading in readings]
    return max(submitted)[:7] if all(submitted) else ""
