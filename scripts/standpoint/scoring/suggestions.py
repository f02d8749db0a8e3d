"""How good suggestions are: against adjudicated sets, and by what annotators did with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec

from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.corpus import read_adjudicated, read_annotation_sets, read_articles
from standpoint.core.files import written_whole
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Span
from standpoint.core.paths import Project
from standpoint.core.reporter import Reporter
from standpoint.suggestions import CONTROL, has_suggestions, source_of, suggestion_spans

PLACE = re.compile(r"\[(\d+),(\d+)\)")  # how a conflict about spans says where it is


class Score(NamedTuple):
    """One row; counts of spans."""

    source: str
    layer: str
    label: str  # "" for a layer that is labelled with actors
    suggestions: int
    adjudicated: int
    both: int
    both_any_label: int
    accepted: int
    edited: int
    rejected: int

    @property
    def precision(self) -> float | None:
        return self.both / self.suggestions if self.suggestions else None

    @property
    def recall(self) -> float | None:
        return self.both / self.adjudicated if self.adjudicated else None


@dataclass
class Tally:
    """Counts suggestions article by article. ``source_of`` tells a suggestion's source."""

    codebook: Codebook
    source_of: Callable[[Span], str]
    counts: dict[str, Counter] = field(default_factory=dict)

    def add_adjudicated(self, suggestions: Iterable[Span], adjudicated: AdjudicatedSet) -> None:
        """Compare an article's suggestions with its adjudicated set; spans in conflict are not counted."""
        spans = [
            item for item in adjudicated.annotations if isinstance(item, Span) and self.codebook.by_name[item.layer].suggestions
        ]
        there = {(item.layer, item.start, item.end): item.label for item in spans}
        unsure = [
            (one.layer, *map(int, place.groups())) for one in adjudicated.conflicts if (place := PLACE.fullmatch(one.where))
        ]
        for span in spans:
            self._count("adjudicated", "", span.layer, span.label)
        for suggestion in suggestions:
            label = there.get((suggestion.layer, suggestion.start, suggestion.end))
            if any(
                layer == suggestion.layer and start < suggestion.end and suggestion.start < end for layer, start, end in unsure
            ):
                continue
            for name, counted in (("suggestions", True), ("both", label == suggestion.label), ("any", label is not None)):
                if counted:
                    self._count(name, self.source_of(suggestion), suggestion.layer, suggestion.label)

    def _in_conflict(self, suggestion: Span, adjudicated: AdjudicatedSet) -> bool:
        quote = suggestion.quote
        return any(
            one.layer == suggestion.layer and quote in "".join(one.readings.values()) + one.where for one in adjudicated.conflicts
        )

    def add_set(self, one: AnnotationSet) -> None:
        """Count what an annotator did with the suggestions of a set."""
        for suggestion in one.suggestions:
            self._count(suggestion.outcome, suggestion.source, suggestion.layer, suggestion.label)

    def _count(self, name: str, source: str, layer: str, label: str) -> None:
        key = (source, layer, "" if self.codebook.by_name[layer].labels_from else label)
        self.counts.setdefault(name, Counter())[key] += 1

    def scores(self) -> Iterator[Score]:
        """The rows, sorted by layer as the codebook has them."""
        names = ("suggestions", "both", "any", "accepted", "edited", "rejected")
        keys = {key for name in names for key in self.counts.get(name, ())}
        order: list[Layer] = [layer for layer in self.codebook.layers if layer.suggestions]
        for source, layer, label in sorted(keys, key=lambda key: (order.index(self.codebook.by_name[key[1]]), key[2], key[0])):
            found = [self.counts.get(name, Counter())[source, layer, label] for name in names]
            adjudicated = self.counts.get("adjudicated", Counter())["", layer, label]
            yield Score(source, layer, label, found[0], adjudicated, *found[1:])


HEADS = (
    "source",
    "layer",
    "label",
    "suggestions",
    "precision",
    "recall",
    "adjudicated",
    "any label",
    "accepted",
    "edited",
    "rejected",
)


class Scored(NamedTuple):
    """The rows; articles that were scored, those of them that are given no suggestions, and the tiers of the adjudicated sets."""

    rows: tuple[Score, ...]
    articles: int
    control: int
    tiers: tuple[str, ...]


def score_suggestions(project: Project, reporter: Reporter, control: float = CONTROL) -> Scored:
    """Score the suggestions that the registry and the rules give today, and count what annotators did with theirs."""
    codebook, registry = open_codebook(project)
    tally, adjudicated = Tally(codebook, source_of), {one.article_id: one for one in read_adjudicated(project)}
    scored, tiers = [], set()
    for article in reporter.track("suggestions", read_articles(project)):
        one = adjudicated.get(article.id)
        if one is not None and article.text is not None:
            suggestions = [
                suggestion for layer in codebook.layers for suggestion in suggestion_spans(article, layer, codebook, registry)
            ]
            tally.add_adjudicated(suggestions, one)
            scored.append(article.id)
            tiers.add(one.tier)
    for one in read_annotation_sets(project):
        tally.add_set(one)
    without = sum(not has_suggestions(name, control) for name in scored)
    return Scored(tuple(tally.scores()), len(scored), without, tuple(sorted(tiers)))


def suggestion_table(found: Scored) -> Iterator[str]:
    """The rows as lines of text."""
    yield f"{found.articles:,} articles with an adjudicated set, tier {', '.join(found.tiers) or 'none'}"
    if "silver" in found.tiers:
        yield "silver: machines made what the suggestions are measured against"
    share = found.control / found.articles if found.articles else 0.0
    yield f"{found.control:,} of them ({share:.0%}) are control articles, which are given no suggestions"
    cells = [HEADS, *map(_cells, found.rows)]
    wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(
            f"{cell:<{size}}" if at < 3 else f"{cell:>{size}}" for at, (cell, size) in enumerate(zip(row, wide, strict=True))
        )


def _cells(row: Score) -> tuple[str, ...]:
    counts = (row.adjudicated, row.both_any_label, row.accepted, row.edited, row.rejected)
    return row.source, row.layer, row.label, f"{row.suggestions:,}", _share(row.precision), _share(row.recall), *map(str, counts)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def write_suggestion_scores(found: Scored, path: Path) -> None:
    """Write the rows as JSON, whole or not at all."""
    rows = [row._asdict() | {"precision": row.precision, "recall": row.recall} for row in found.rows]
    with written_whole(path) as file:
        file.write(msgspec.json.format(msgspec.json.encode(found._asdict() | {"rows": rows}), indent=1) + b"\n")
