"""How good drafts are: against what was settled, and by what annotators did with them; a row a source and label.

Precision is the share of drafts that stand in the settled set with the same extent and label, recall the share of the
settled spans that had such a draft. "Any label" counts the extent alone. Labels of a layer that is labelled with actors
are one row, as are those that a source never gives: what a source cannot find is not its recall.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from standpoint.codebook.types import Codebook, Layer
from standpoint.model import AnnotationSet, SettledSet, Span

PLACE = re.compile(r"\[(\d+),(\d+)\)")  # how a conflict about spans says where it is


class Score(NamedTuple):
    """One row; counts of spans."""

    source: str
    layer: str
    label: str  # "" for a layer that is labelled with actors
    drafts: int
    settled: int
    both: int
    both_any_label: int
    accepted: int
    edited: int
    rejected: int

    @property
    def precision(self) -> float | None:
        return self.both / self.drafts if self.drafts else None

    @property
    def recall(self) -> float | None:
        return self.both / self.settled if self.settled else None


@dataclass
class Tally:
    """Counts drafts article by article. ``source_of`` tells a draft's source."""

    codebook: Codebook
    source_of: Callable[[Span], str]
    counts: dict[str, Counter] = field(default_factory=dict)

    def add_settled(self, drafts: Iterable[Span], settled: SettledSet) -> None:
        """Compare an article's drafts with its settled set; spans in conflict are neither right nor wrong, and not counted."""
        spans = [item for item in settled.annotations if isinstance(item, Span) and self.codebook.by_name[item.layer].drafts]
        there = {(item.layer, item.start, item.end): item.label for item in spans}
        unsure = [(one.layer, *map(int, place.groups())) for one in settled.conflicts if (place := PLACE.fullmatch(one.where))]
        for span in spans:
            self._count("settled", "", span.layer, span.label)
        for draft in drafts:
            label = there.get((draft.layer, draft.start, draft.end))
            if any(layer == draft.layer and start < draft.end and draft.start < end for layer, start, end in unsure):
                continue
            for name, counted in (("drafts", True), ("both", label == draft.label), ("any", label is not None)):
                if counted:
                    self._count(name, self.source_of(draft), draft.layer, draft.label)

    def _in_conflict(self, draft: Span, settled: SettledSet) -> bool:
        quote = draft.quote
        return any(one.layer == draft.layer and quote in "".join(one.readings.values()) + one.where for one in settled.conflicts)

    def add_set(self, one: AnnotationSet) -> None:
        """Count what an annotator did with the drafts of a set."""
        for draft in one.drafts:
            self._count(draft.outcome, draft.source, draft.layer, draft.label)

    def _count(self, name: str, source: str, layer: str, label: str) -> None:
        key = (source, layer, "" if self.codebook.by_name[layer].labels_from else label)
        self.counts.setdefault(name, Counter())[key] += 1

    def scores(self) -> Iterator[Score]:
        """The rows, sorted by layer as the codebook has them."""
        names = ("drafts", "both", "any", "accepted", "edited", "rejected")
        keys = {key for name in names for key in self.counts.get(name, ())}
        order: list[Layer] = [layer for layer in self.codebook.layers if layer.drafts]
        for source, layer, label in sorted(keys, key=lambda key: (order.index(self.codebook.by_name[key[1]]), key[2], key[0])):
            found = [self.counts.get(name, Counter())[source, layer, label] for name in names]
            settled = self.counts.get("settled", Counter())["", layer, label]
            yield Score(source, layer, label, found[0], settled, *found[1:])
