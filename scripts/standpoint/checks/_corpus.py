"""What is kept of a whole corpus while it goes by, an article at a time: small keys and tallies, no texts, no sets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from standpoint.checks._case import Ground
from standpoint.checks._line import source_of
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Choice, Relation, Span
from standpoint.core.provenance import is_human

DEFAULT = "default"  # the file of the splits that are released
ENOUGH = 8  # spans and answers of one's own that two annotators hardly give alike by chance


class Known(NamedTuple):
    """What is kept of an article."""

    group: str
    sha256: str


class Likeness(NamedTuple):
    """Two annotators of one article and pass, how much the first said, and whether the other said the same."""

    pass_name: str
    one: str
    other: str
    size: int
    alike: bool


class Row(NamedTuple):
    """A row of a file of splits. ``story`` is "" where the file may divide a story."""

    article_id: str
    split: str
    group: str
    story: str = ""


class Standing(NamedTuple):
    """The adjudicated sets of one article (one, if all is well), and what they were adjudicated from."""

    adjudicated: AdjudicatedSet
    article: Article | None
    sets: Sequence[AnnotationSet]
    ground: Ground


@dataclass
class Corpus:
    """All articles, and tallies over all sets that have no error. ``unread`` are sources whose file has one."""

    articles: dict[str, Known] = field(default_factory=dict)
    adjudicated: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    splits: dict[str, Sequence[Row]] = field(default_factory=dict)  # of each file of splits that has no error, by its name
    pairs: dict[tuple[str, str, str], Counter] = field(default_factory=lambda: defaultdict(Counter))
    suggestions: dict[tuple[str, str], Counter] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of the splits that are released."""
        return self.splits.get(DEFAULT, ())

    def missing(self, article_id: str) -> bool:
        """Whether an article is not there; of one whose file was not read, nobody knows."""
        return article_id not in self.articles and source_of(article_id) not in self.unread

    def add(self, sets: Sequence[AnnotationSet], likenesses: Sequence[Likeness], ground: Ground) -> None:
        """Count the sets of one article."""
        for like in likenesses:
            self.pairs[like.pass_name, like.one, like.other].update(shared=1, alike=like.alike)
        for one in sets:
            if one.assistance != "none" and is_human(one.annotator_kind):
                layers = {layer.name for layer in ground.codebook.layers_of(one.pass_name) if layer.suggestions}
                origins = [item.origin for item in one.annotations if isinstance(item, Span) and item.layer in layers]
                self.suggestions[one.pass_name, one.annotator].update(spans=len(origins), suggestions=origins.count("prediction"))


def likenesses(sets: Sequence[AnnotationSet]) -> Iterator[Likeness]:
    """The pairs of sets of one article and pass that both have enough of their own."""
    said = [(one, own(one)) for one in sorted(sets, key=lambda one: (one.pass_name, one.annotator))]
    long = [(one, what) for one, what in said if len(what) >= ENOUGH]
    for (one, first), (other, second) in combinations(long, 2):
        if one.pass_name == other.pass_name and one.annotator != other.annotator:
            yield Likeness(one.pass_name, one.annotator, other.annotator, len(first), first == second)


def own(one: AnnotationSet) -> frozenset[tuple]:
    """What an annotator said, without what any two would share: ids, suggestions taken over, and links that attach themselves."""
    spans = {item.id: (item.start, item.end) for item in one.annotations if isinstance(item, Span)}
    said: set[tuple] = set()
    for item in one.annotations:
        if isinstance(item, Span) and item.origin != "prediction":
            said.add((item.layer, item.label, item.start, item.end))
        elif isinstance(item, Choice):
            said.add((item.layer, item.label, *spans.get(item.of, (item.of,))))
        elif isinstance(item, Relation) and item.origin == "manual":
            said.add((item.layer, item.label, spans.get(item.head), spans.get(item.tail)))
    return frozenset(said)
