"""The subjects of the checks: an article, an annotation set, an adjudicated set, and the corpus."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from operator import attrgetter
from typing import Any, NamedTuple

from standpoint.adjudication.new_actors import slots_of, typed_names
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.codebook.validate import faults_in, fitting
from standpoint.core.corpus import source_of
from standpoint.core.model import AdjudicatedSet, Annotation, AnnotationSet, Article, Choice, Relation, Span
from standpoint.core.provenance import EMAIL, PUBLISHED, is_human, is_machine
from standpoint.core.words import count_words
from standpoint.splits.splits import DEFAULT, SplitRow

HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair
# The number of open spans that are compared with the next span. Good sets have one or two. A broken import may put thousands
# at one place; comparing all of them would take quadratic time for the same few messages.
MOST_OPEN = 16
LONGEST_QUOTE = 60  # characters of a quote that messages show
ENOUGH = 8  # independent spans and answers: two annotators hardly give so many identical ones by chance


def email_in(text: str) -> str:
    """The first e-mail address in a text, or ""."""
    match = EMAIL.search(text) if "@" in text else None
    return match.group() if match else ""


def place(span: Span) -> str:
    """The offsets and the quote of a span, as text. Of a long quote, this is the beginning."""
    quote = span.quote if len(span.quote) <= LONGEST_QUOTE else f"{span.quote[:LONGEST_QUOTE]}…"
    return f"[{span.start},{span.end}) {quote!r}"


class Reference(NamedTuple):
    """What all sets are checked against. ``kinds``: of each listed annotator. ``apart``: who takes no part in adjudication.

    ``critics``: whose sets the critics among the annotators have changed (``provenance.standing``).
    """

    codebook: Codebook
    registry: Registry
    kinds: Mapping[str, str]
    apart: frozenset[str] = frozenset()
    critics: Mapping[str, str] = {}


@dataclass
class ArticleContext:
    """An article, or None if it does not exist, and what is computed from its text once for all its sets."""

    known: Article | None
    registry: Registry

    @property
    def article(self) -> Article:
        """The article. Checks that need it run only if SET-ARTICLE has no finding."""
        if self.known is None:
            raise LookupError("the set has no article")
        return self.known

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """The actors that the registry finds in the text."""
        return frozenset(
            mention.id for mention, is_actor in self.registry.mentions(self.article.text or "", self.article) if is_actor
        )

    @cached_property
    def words(self) -> int:
        """The number of words in the annotation window; 0 if the text is withheld."""
        return count_words((self.article.text or "")[: self.article.annotated_until])


@dataclass
class Case:
    """One annotation set with its article, the codebook and the registry."""

    annotation_set: AnnotationSet
    context: ArticleContext
    reference: Reference

    def __post_init__(self) -> None:
        self.codebook, self.registry, self.kinds, *_ = self.reference

    @property
    def article(self) -> Article:
        return self.context.article

    @property
    def is_published(self) -> bool:
        """Whether the set has published labels: their makers were not asked our questions, on no page of ours."""
        return self.annotation_set.annotator_kind == PUBLISHED

    @cached_property
    def layers(self) -> Mapping[str, Layer]:
        """The layers of the pass, by name."""
        return self.codebook.layers_by_pass[self.annotation_set.pass_name]

    @cached_property
    def known(self) -> list[tuple[Annotation, Layer]]:
        """The annotations that fit a layer of the pass, each with the layer. The LAYER-… checks report the others."""
        return fitting(self.annotation_set.annotations, self.layers)

    @cached_property
    def _faults(self) -> dict[str, list[tuple[str, str]]]:
        faults: dict[str, list[tuple[str, str]]] = defaultdict(list)
        annotations, pass_name = self.annotation_set.annotations, self.annotation_set.pass_name
        text, length = self.article.text, self.context.article.length
        for code, where, message in faults_in(annotations, self.codebook, pass_name, text=text, length=length):
            faults[code].append((where, message))
        return faults

    def faults(self, code: str) -> list[tuple[str, str]]:
        """(where, finding) of the set's faults with a code, found by ``codebook.validate``."""
        return self._faults.get(code, [])

    @cached_property
    def spans(self) -> list[tuple[Span, Layer]]:
        return [(item, layer) for item, layer in self.known if isinstance(item, Span)]

    @cached_property
    def choices(self) -> list[tuple[Choice, Layer]]:
        return [(item, layer) for item, layer in self.known if isinstance(item, Choice)]

    @cached_property
    def relations(self) -> list[tuple[Relation, Layer]]:
        return [(item, layer) for item, layer in self.known if isinstance(item, Relation)]

    @cached_property
    def by_id(self) -> dict[str, Span]:
        return {item.id: item for item, _ in self.spans}

    @cached_property
    def slots(self) -> set[str]:
        """The spare slots that annotations other than typed names refer to."""
        return {slot for item, layer in self.known if layer.kind != "text" for slot in slots_of(item, self.codebook).values()}

    @cached_property
    def typed(self) -> dict[str, str]:
        """The name typed for each spare slot, sorted by slot."""
        return dict(sorted(typed_names(self.annotation_set, self.codebook).items()))

    @cached_property
    def placed(self) -> list[Span]:
        """The spans whose offsets are in the text."""
        return [span for span, _ in self.spans if 0 <= span.start < span.end <= self.context.article.length]

    @cached_property
    def pairs(self) -> list[tuple[Span, Span]]:
        """The pairs of spans in one layer that share a character, the earlier span first."""
        spans = sorted((span for span, _ in self.spans if span.start < span.end), key=attrgetter("layer", "start", "end"))
        pairs: list[tuple[Span, Span]] = []
        open_spans: list[Span] = []
        for span in spans:
            open_spans = [earlier for earlier in open_spans if earlier.layer == span.layer and earlier.end > span.start]
            pairs += ((earlier, span) for earlier in open_spans)
            if not any((earlier.start, earlier.end) == (span.start, span.end) for earlier in open_spans):
                open_spans = [*open_spans[1 - MOST_OPEN :], span]
        return pairs


class AdjudicatedCase(NamedTuple):
    """An adjudicated set, its article (None if it does not exist), and the article's annotation sets."""

    adjudicated: AdjudicatedSet
    article: Article | None
    sets: Sequence[AnnotationSet]
    reference: Reference


class SetPair(NamedTuple):
    """Two annotators' sets of one article and pass. ``size`` is the number of items in the first set."""

    pass_name: str
    first: str
    second: str
    size: int
    identical: bool


class ArticleKey(NamedTuple):
    """What the corpus keeps of an article."""

    group: str
    sha256: str
    url: str | None
    licence: str
    stand_off: bool


def _counters() -> defaultdict[Any, Counter[str]]:
    return defaultdict(Counter)


@dataclass
class Corpus:
    """Keys and counts of a corpus, which is read one article at a time.

    ``unread`` are the sources whose file has an error. ``splits`` has the rows of each file of splits without an
    error; they have no story if the file may divide a story.
    """

    articles: dict[str, ArticleKey] = field(default_factory=dict)
    adjudicated: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    splits: dict[str, Sequence[SplitRow]] = field(default_factory=dict)
    pairs: dict[tuple[str, str, str], Counter[str]] = field(default_factory=_counters)
    suggestions: dict[tuple[str, str], Counter[str]] = field(default_factory=_counters)

    @property
    def rows(self) -> Sequence[SplitRow]:
        """The rows of the released splits."""
        return self.splits.get(DEFAULT, ())

    def missing(self, article_id: str) -> bool:
        """Whether an id has no article. It is not known, so False, if the file of its source was not read."""
        return article_id not in self.articles and source_of(article_id) not in self.unread

    def take(self, part: Corpus) -> None:
        """Add what was found of one article."""
        self.articles |= part.articles
        self.adjudicated |= part.adjudicated
        for pair, counts in part.pairs.items():
            self.pairs[pair].update(counts)
        for annotator, counts in part.suggestions.items():
            self.suggestions[annotator].update(counts)

    def add(self, sets: Sequence[AnnotationSet], pairs: Iterable[SetPair], codebook: Codebook) -> None:
        """Count the sets of one article, none of which has an error."""
        for pair in pairs:
            self.pairs[pair.pass_name, pair.first, pair.second].update(shared=1, identical=pair.identical)
        for item in sets:
            if item.assistance != "none" and is_human(item.annotator_kind):
                layers = {layer.name for layer in codebook.layers_of(item.pass_name) if layer.suggestions}
                origins = [span.origin for span in item.annotations if isinstance(span, Span) and span.layer in layers]
                counts = self.suggestions[item.pass_name, item.annotator]
                counts.update(spans=len(origins), suggestions=origins.count("prediction"))


def set_pairs(sets: Iterable[AnnotationSet]) -> Iterator[SetPair]:
    """The pairs of sets of one article and pass that both have enough independent content. That of a critic has none."""
    own = (item for item in sets if item.assistance == "none" or not is_machine(item.annotator_kind))
    ordered = sorted(own, key=attrgetter("pass_name", "annotator"))
    contents = [(item, content) for item in ordered if len(content := independent_content(item)) >= ENOUGH]
    for (first, first_content), (second, second_content) in combinations(contents, 2):
        if first.pass_name == second.pass_name and first.annotator != second.annotator:
            identical = first_content == second_content
            yield SetPair(first.pass_name, first.annotator, second.annotator, len(first_content), identical)


def independent_content(annotation_set: AnnotationSet) -> frozenset[tuple]:
    """The content of a set without ids, accepted suggestions and automatic links, which independent sets may share."""
    ends = {item.id: (item.start, item.end) for item in annotation_set.annotations if isinstance(item, Span)}
    content: set[tuple] = set()
    for item in annotation_set.annotations:
        if isinstance(item, Span) and item.origin != "prediction":
            content.add((item.layer, item.label, item.start, item.end))
        elif isinstance(item, Choice):
            content.add((item.layer, item.label, *ends.get(item.of, (item.of,))))
        elif isinstance(item, Relation) and item.origin == "manual":
            content.add((item.layer, item.label, ends.get(item.head), ends.get(item.tail)))
    return frozenset(content)
