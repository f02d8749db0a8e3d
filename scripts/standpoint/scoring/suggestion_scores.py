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
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_adjudicated, read_annotation_sets, read_articles
from standpoint.core.files import write_whole
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Reporter, Span
from standpoint.core.project import Project
from standpoint.pages.suggestions import CONTROL, all_suggestion_spans, has_suggestions, source_of

PLACE = re.compile(r"\[(\d+),(\d+)\)")  # the ``where`` of a conflict about spans


class SuggestionScore(NamedTuple):
    """The counts of spans of one source, layer and label."""

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
        """The share of the suggestions that are adjudicated; None where there are none."""
        return self.both / self.suggestions if self.suggestions else None

    @property
    def recall(self) -> float | None:
        """The share of the adjudicated spans that were suggested; None where there are none."""
        return self.both / self.adjudicated if self.adjudicated else None


class SuggestionScores(NamedTuple):
    """All rows; the number of articles scored, of those that get no suggestions, and the tiers of the adjudicated sets."""

    rows: tuple[SuggestionScore, ...]
    articles: int
    control: int
    tiers: tuple[str, ...]


@dataclass
class Tally:
    """Counts suggestions article by article. ``source_of`` gives a suggestion's source."""

    codebook: Codebook
    source_of: Callable[[Span], str]
    counts: dict[str, Counter[tuple[str, str, str]]] = field(default_factory=dict)

    def add_adjudicated(self, suggestions: Iterable[Span], adjudicated: AdjudicatedSet) -> None:
        """Compare an article's suggestions with its adjudicated set; spans in conflict are not counted."""
        spans = [
            item for item in adjudicated.annotations if isinstance(item, Span) and self.codebook.by_name[item.layer].suggestions
        ]
        labels = {(span.layer, span.start, span.end): span.label for span in spans}
        for span in spans:
            self._count("adjudicated", "", span.layer, span.label)
        conflicts = list(_places_in_conflict(adjudicated))
        for suggestion in suggestions:
            if any(
                layer == suggestion.layer and start < suggestion.end and suggestion.start < end for layer, start, end in conflicts
            ):
                continue
            label = labels.get((suggestion.layer, suggestion.start, suggestion.end))
            for name, counted in (("suggestions", True), ("both", label == suggestion.label), ("any", label is not None)):
                if counted:
                    self._count(name, self.source_of(suggestion), suggestion.layer, suggestion.label)

    def add_set(self, annotation_set: AnnotationSet) -> None:
        """Count what an annotator did with the suggestions of a set."""
        for suggestion in annotation_set.suggestions:
            self._count(suggestion.outcome, suggestion.source, suggestion.layer, suggestion.label)

    def _count(self, name: str, source: str, layer: str, label: str) -> None:
        key = (source, layer, "" if self.codebook.by_name[layer].labels_from else label)
        self.counts.setdefault(name, Counter())[key] += 1

    def scores(self) -> Iterator[SuggestionScore]:
        """The rows, in the codebook's order of layers."""
        names = ("suggestions", "both", "any", "accepted", "edited", "rejected")
        keys = {key for name in names for key in self.counts.get(name, ())}
        order = [layer.name for layer in self.codebook.layers if layer.suggestions]
        for source, layer, label in sorted(keys, key=lambda key: (order.index(key[1]), key[2], key[0])):
            first, *counts = (self.counts.get(name, Counter())[source, layer, label] for name in names)
            adjudicated = self.counts.get("adjudicated", Counter())["", layer, label]
            yield SuggestionScore(source, layer, label, first, adjudicated, *counts)


def _places_in_conflict(adjudicated: AdjudicatedSet) -> Iterator[tuple[str, int, int]]:
    """Layer, start and end of each conflict about spans."""
    for conflict in adjudicated.conflicts:
        if place := PLACE.fullmatch(conflict.where):
            yield conflict.layer, int(place[1]), int(place[2])


def score_suggestions(project: Project, reporter: Reporter, control: float = CONTROL) -> SuggestionScores:
    """Score the suggestions that the registry and the rules give today, and count what annotators did with theirs."""
    codebook, registry = open_codebook(project)
    tally = Tally(codebook, source_of)
    by_article = {item.article_id: item for item in read_adjudicated(project)}
    scored, tiers = [], set()
    for article in reporter.track("suggestions", read_articles(project)):
        adjudicated = by_article.get(article.id)
        if adjudicated is not None and article.text is not None:
            tally.add_adjudicated(all_suggestion_spans(article, codebook, registry), adjudicated)
            scored.append(article.id)
            tiers.add(adjudicated.tier)
    for annotation_set in read_annotation_sets(project):
        tally.add_set(annotation_set)
    without = sum(not has_suggestions(name, control) for name in scored)
    return SuggestionScores(tuple(tally.scores()), len(scored), without, tuple(sorted(tiers)))


def write_suggestion_scores(scores: SuggestionScores, path: Path) -> None:
    """Write the rows as JSON, whole or not at all."""
    rows = [row._asdict() | {"precision": row.precision, "recall": row.recall} for row in scores.rows]
    write_whole(path, msgspec.json.format(msgspec.json.encode(scores._asdict() | {"rows": rows}), indent=1) + b"\n")
