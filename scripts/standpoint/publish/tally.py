"""What the card says in numbers, counted from the very rows that are written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from standpoint.codebook.types import ACTORS, Layer
from standpoint.publish.shape import Shape, is_soft

HUMAN = "human_"  # how the kind of an annotator begins that is a person
ANY_ACTOR, TYPED = "(any actor)", "(typed)"


@dataclass
class Tally:
    """Counts of a release. ``labels`` is by layer, label and split; ``sets`` by annotator kind, assistance and pass."""

    shape: Shape
    articles: Counter = field(default_factory=Counter)
    sources: Counter = field(default_factory=Counter)
    languages: Counter = field(default_factory=Counter)
    tiers: Counter = field(default_factory=Counter)
    labels: Counter = field(default_factory=Counter)
    sets: Counter = field(default_factory=Counter)
    annotators: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    by_source: Counter = field(default_factory=Counter)  # answers on a scale about actors: by layer, source and label
    versions: Counter = field(default_factory=Counter)  # of the codebook
    groups: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # of near-duplicates, by split
    stories: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # likewise
    settled: Counter = field(default_factory=Counter)  # annotations, by layer and how each was settled
    states: Counter = field(default_factory=Counter)  # conflicts, by layer and whether they were decided
    per_item: Counter = field(default_factory=Counter)  # pass and number of sets -> how many articles have so many
    dates: tuple[str, str] | None = None  # the first and the last day on which an article was published
    withheld: int = 0
    conflicts: int = 0
    _last: tuple[str, str, int] = ("", "", 0)

    def document(self, row: dict, split: str) -> None:
        """Count one row of the documents."""
        self.articles[split] += 1
        self.sources[row["source"], row["licence"], row["text"] is None] += 1
        self.languages[row["language"]] += 1
        self.tiers[row["tier"], split] += 1
        self.withheld += row["text"] is None
        self.conflicts += row["n_conflicts"]
        self.versions[row["codebook_version"]] += 1
        self.groups[split].add(row["group"] or row["id"])
        self.stories[split].add(row["story"])
        if row["published"]:
            first, last = self.dates or (row["published"], row["published"])
            self.dates = min(first, row["published"]), max(last, row["published"])
        self.labels.update((name, label, split) for name, label in self._labels(row))
        self.by_source.update(
            (layer.name, row["source"], item["label"])
            for layer in self.scales
            for item in row[layer.name]
            if item["label"] is not None
        )

    def settlement(self, row: dict) -> None:
        """Count one row of the settlements."""
        if row["annotation"]:
            self.settled[row["layer"], row["how"] or "unknown"] += 1
        else:
            self.states[row["layer"], row["state"]] += 1

    def annotations(self, row: dict) -> None:
        """Count one annotator's set."""
        self.sets[row["annotator_kind"], row["assistance"], row["pass"]] += 1
        self.annotators[row["annotator_kind"]].add(row["annotator"])
        self._count_item(row["article_id"], row["pass"])
        if row["lead_time"] is not None:
            self.times[row["pass"]].append(row["lead_time"])

    def _count_item(self, article: str, name: str) -> None:
        """One more set of an article in a pass; they come article by article and pass by pass."""
        if self._last[:2] == (article, name):
            self.per_item[name, self._last[2]] -= 1
            self._last = article, name, self._last[2] + 1
        else:
            self._last = article, name, 1
        self.per_item[name, self._last[2]] += 1

    @property
    def scales(self) -> list[Layer]:
        """The layers that place an actor on a scale."""
        return [layer for layer in self.shape.each if is_soft(layer)]

    def _labels(self, row: dict) -> Iterator[tuple[str, str]]:
        for layer in self.shape.article:
            yield from _named(layer, row[layer.name])
        for layer in self.shape.each:
            yield from (pair for item in row[layer.name] for pair in _named(layer, item["label"]))
        for layer in self.shape.spans:
            for item in row[layer.name]:
                yield from _named(layer, item["label"])
                for other in self.shape.fields[layer.name][0]:
                    yield from _named(other, item[other.name])
                for other in self.shape.fields[layer.name][1]:
                    yield from ((other.name, link["label"]) for link in item[other.name])

    @property
    def human_sets(self) -> int:
        """How many sets people made."""
        return sum(count for (kind, *_), count in self.sets.items() if kind.startswith(HUMAN))

    @property
    def machine_sets(self) -> int:
        """How many sets no person made."""
        return self.sets.total() - self.human_sets

    @property
    def assisted_sets(self) -> int:
        """How many of the sets that people made began from a draft."""
        return sum(n for (kind, assistance, _), n in self.sets.items() if kind.startswith(HUMAN) and assistance != "none")

    @property
    def human_annotators(self) -> int:
        """How many people annotated."""
        return len({name for kind, names in self.annotators.items() if kind.startswith(HUMAN) for name in names})

    @property
    def lead_times(self) -> dict[str, tuple[int, float]]:
        """For each pass, in how many sets time was measured, and its median in minutes."""
        return {name: (len(times), median(times) / 60) for name, times in sorted(self.times.items())}


def _named(layer: Layer, labels: str | list[str] | None) -> Iterator[tuple[str, str]]:
    """The labels of an answer by name; actors and what was typed are counted together."""
    for label in labels if isinstance(labels, list) else (labels,):
        if label is not None:
            yield layer.name, label if layer.labels else ANY_ACTOR if layer.labels_from == ACTORS else TYPED
