"""What is counted of one pass, article by article: who is compared with whom, under which heading."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from standpoint.assess.confusions import confused, used
from standpoint.assess.made import HUMAN, MODEL, heading
from standpoint.assess.statistics.layers import of_layer
from standpoint.assess.statistics.reading import Reading
from standpoint.assess.statistics.sheets import Layout, Sheet
from standpoint.assess.statistics.tally import Counted, Statistic, Tally
from standpoint.codebook.statistics import MEAN_DISTANCE
from standpoint.codebook.types import Layer

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
