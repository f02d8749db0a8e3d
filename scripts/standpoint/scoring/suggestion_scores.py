"""Scores of suggestions: precision and recall against adjudicated sets, and how often annotators accepted them.

A source finds actors in several ways: each name and alias of the registry is one, and each rule for new names. A way that is
right too rarely is switched off, in a file beside the registry. It is measured again each time, as if it were on, and comes back
when it is right.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import OFF_HEADER, Registry, Way, read_switched_off
from standpoint.codebook.types import NEW, Codebook, Layer
from standpoint.core.corpus import read_adjudicated, read_annotation_sets, read_articles
from standpoint.core.files import write_json, write_tsv
from standpoint.core.model import ACCEPTED, EDITED, REJECTED, AdjudicatedSet, AnnotationSet, Issue, Reporter, Span, Suggestion
from standpoint.core.offsets import places_in
from standpoint.core.project import Project
from standpoint.pages.suggestions import (
    CONTROL,
    Suggested,
    all_suggestions,
    has_suggestions,
    read_annotated,
    report_missing_gazetteer,
)

OUTCOMES = (ACCEPTED, EDITED, REJECTED)
LEAST_PRECISION = 0.8  # the precision under which a way is switched off
# Suggestions that a way must have had. Of five, four may be right: a way that is right nine times in ten has fewer right in one
# case of twelve, and one that is right every second time in four cases of five.
LEAST_JUDGED = 5


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


class WayScore(NamedTuple):
    """How many suggestions a way had in adjudicated articles, and how many of them are adjudicated."""

    way: Way
    right: int
    judged: int
    off: bool  # today, before this score

    @property
    def goes_off(self) -> bool:
        """Whether the way is off from now on. With too few suggestions it stays as it is."""
        return self.right / self.judged < LEAST_PRECISION if self.judged >= LEAST_JUDGED else self.off


class SuggestionScores(NamedTuple):
    """``articles`` is the number of scored articles, ``control`` of those that get no suggestions."""

    rows: tuple[SuggestionScore, ...]
    articles: int
    control: int
    tiers: tuple[str, ...]  # of the adjudicated sets
    ways: tuple[WayScore, ...] = ()  # sorted


class Tally:
    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.counts: Counter[tuple[str, str, str, str]] = Counter()  # by what is counted, source, layer and label
        self.left_out: Counter[tuple[str, str]] = Counter()  # by what cannot be counted, and why
        self.ways: Counter[tuple[Way, bool]] = Counter()  # by whether the suggestion is adjudicated

    def add_adjudicated(self, suggestions: Iterable[Suggested], adjudicated: AdjudicatedSet, off: Collection[Way] = ()) -> None:
        """Compare an article's suggestions with its adjudicated set; spans in conflict are not counted.

        Ways that are ``off`` are counted as ways only: nobody is offered their suggestions.
        """
        labels: dict[tuple[str, int, int], set[str]] = defaultdict(set)
        for item in adjudicated.annotations:
            if isinstance(item, Span) and (layer := self._layer("adjudicated spans", item)) and layer.suggestions:
                label = layer.present(item.label)
                labels[layer.name, item.start, item.end].add(label)
                self._count("adjudicated", "", layer, label)
        retired = self.codebook.retired
        open_places = ((retired.get(item.layer, item.layer), places_in(item.where)) for item in adjudicated.conflicts)
        conflicts = [(layer, *place) for layer, places in open_places for place in places]
        for suggested in suggestions:
            item = suggested.span
            if any(layer == item.layer and start < item.end and item.start < end for layer, start, end in conflicts):
                continue
            found = labels.get((item.layer, item.start, item.end), set())
            # A slot has another number than the new actor of the adjudicated set, so that the place decides.
            is_new = item.label.startswith(NEW)
            is_right = any(label.startswith(NEW) for label in found) if is_new else item.label in found
            if self.codebook.by_name[item.layer].labels_from:
                self.ways[suggested.key, is_right] += 1
            for name, is_counted in (("suggestions", True), ("both", is_right), ("any", bool(found))):
                if is_counted and suggested.key not in off:
                    self._count(name, suggested.source, self.codebook.by_name[item.layer], item.label)

    def add_set(self, annotation_set: AnnotationSet) -> None:
        """Count the suggestions of a set by outcome, under the present names of their layers and labels."""
        for suggestion in annotation_set.suggestions:
            if suggestion.outcome not in OUTCOMES:
                self.left_out["suggestions", f"{suggestion.outcome!r} is none of the outcomes {', '.join(OUTCOMES)}"] += 1
            elif layer := self._layer("suggestions", suggestion):
                source = suggestion.source.partition(":")[0]  # the way follows after the colon
                self._count(suggestion.outcome, source, layer, layer.present(suggestion.label))

    def _layer(self, what: str, item: Span | Suggestion) -> Layer | None:
        """The present layer of a stored span or suggestion; None, and counted as left out, if the codebook has none."""
        layer = self.codebook.by_name.get(self.codebook.retired.get(item.layer, item.layer))
        if layer is None:
            self.left_out[what, f"the codebook has no layer {item.layer!r}"] += 1
        return layer

    def _count(self, name: str, source: str, layer: Layer, label: str) -> None:
        self.counts[name, source, layer.name, "" if layer.labels_from else label] += 1

    def way_scores(self, registry: Registry) -> Iterator[WayScore]:
        """The scores of the ways, sorted, also of those that are off and had no suggestion."""
        kept = {way for way in registry.off if way[1] in self.codebook.by_name and way[2] in (NEW, *registry.by_id)}
        for way in sorted({way for way, _ in self.ways} | kept):
            right, wrong = self.ways[way, True], self.ways[way, False]
            yield WayScore(way, right, right + wrong, way in registry.off)

    def scores(self) -> Iterator[SuggestionScore]:
        """The rows, in the codebook's order of layers."""
        names = ("suggestions", "both", "any", *OUTCOMES)
        keys = {(source, layer, label) for name, source, layer, label in self.counts if name in names}
        order = list(self.codebook.by_name)  # sets may have suggestions for layers that have none today
        for source, layer, label in sorted(keys, key=lambda key: (order.index(key[1]), key[2], key[0])):
            first, *counts = (self.counts[name, source, layer, label] for name in names)
            yield SuggestionScore(source, layer, label, first, self.counts["adjudicated", "", layer, label], *counts)


def score_suggestions(project: Project, reporter: Reporter) -> SuggestionScores:
    """Score the suggestions that the registry and the rules give today; count those of the annotation sets by outcome."""
    codebook, registry = open_codebook(project)
    everything = replace(registry, off=frozenset())
    annotated = read_annotated(project)
    report_missing_gazetteer(codebook, reporter)
    tally = Tally(codebook)
    by_article = {item.article_id: item for item in read_adjudicated(project)}
    scored, tiers = [], set()
    for article in reporter.track("suggestions", read_articles(project)):
        adjudicated = by_article.get(article.id)
        if adjudicated is not None and article.text is not None:
            tally.add_adjudicated(all_suggestions(article, codebook, everything, annotated), adjudicated, registry.off)
            scored.append(article.id)
            tiers.add(adjudicated.tier)
    for annotation_set in read_annotation_sets(project):
        tally.add_set(annotation_set)
    for (what, why), count in sorted(tally.left_out.items()):
        reporter.report(Issue("suggestions", "SUGGESTION-UNKNOWN", f"{count} {what} are not counted: {why}", "note"))
    without = sum(not has_suggestions(name, CONTROL) for name in scored)
    return SuggestionScores(tuple(tally.scores()), len(scored), without, tuple(sorted(tiers)), tuple(tally.way_scores(registry)))


def write_switched_off(scores: SuggestionScores, project: Project, only_check: bool = False) -> bool:
    """Write the ways that are off, sorted. Whether the file changed, or with ``only_check`` would change.

    A way that cannot be measured now keeps its line.
    """
    before = read_switched_off(project.switched_off)
    off = [score for score in scores.ways if score.goes_off]
    lines = [(*one.way, str(one.right), str(one.judged)) if one.judged >= LEAST_JUDGED else before[one.way] for one in off]
    if lines == list(before.values()):
        return False
    if not only_check:
        write_tsv(project.switched_off, OFF_HEADER, lines)
    return True


def write_suggestion_scores(scores: SuggestionScores, path: Path) -> None:
    """Write the rows as JSON."""
    rows = [row._asdict() | {"precision": row.precision, "recall": row.recall} for row in scores.rows]
    write_json(path, scores._asdict() | {"rows": rows})
