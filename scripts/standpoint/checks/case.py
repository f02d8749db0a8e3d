"""What the checks look at: an article, an annotation set, an adjudicated set, and what is remembered of a whole corpus."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, groupby
from operator import attrgetter
from typing import NamedTuple

from standpoint.adjudication.content import slots_of, typed_names
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.codebook.validate import faults_in, fitting
from standpoint.core.model import AdjudicatedSet, Annotation, AnnotationSet, Article, Choice, Relation, Span
from standpoint.core.provenance import EMAIL, is_human
from standpoint.splits.splits import DEFAULT

ARTICLE_ID = re.compile(r"(?P<source>.+)-(?:\d{4}-\d\d-\d\d|undated)-[0-9a-f]{8}")
HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair
# So many open spans are compared with the next one. Well-made sets have one or two; a broken import may pile up thousands
# at one place, and comparing all of them with each other would take quadratic time for the same few messages.
MOST_OPEN = 16
ENOUGH = 8  # spans and answers of one's own: two annotators hardly give so many alike by chance


def source_of(article_id: str) -> str:
    """The source that an article's id names; "" where it is no id."""
    match = ARTICLE_ID.fullmatch(article_id)
    return match["source"] if match else ""


def email_in(text: str) -> str:
    """The first e-mail address in a text, or ""."""
    match = EMAIL.search(text) if "@" in text else None
    return match.group() if match else ""


def place(span: Span) -> str:
    """Where a span stands, and what it quotes."""
    return f"[{span.start},{span.end}) {span.quote!r}"


class Reference(NamedTuple):
    """What all sets are checked against. ``kinds`` is each listed annotator's kind."""

    codebook: Codebook
    registry: Registry
    kinds: Mapping[str, str]


@dataclass
class ArticleContext:
    """An article, or None where the id has none, and what is computed from its text once for all of its sets."""

    known: Article | None
    registry: Registry

    @property
    def article(self) -> Article:
        """The article. Checks that need one run only where SET-ARTICLE found one."""
        if self.known is None:
            raise LookupError("the set has no article")
        return self.known

    @cached_property
    def length(self) -> int:
        """The length of the text in code points, also where the text is withheld."""
        if self.article.text is not None:
            return len(self.article.text)
        return self.article.zones[-1].end if self.article.zones else self.article.annotated_until

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """The actors that the registry's names find in the text."""
        return frozenset(mention.id for mention, is_actor in self.registry.mentions(self.article.text or "") if is_actor)

    @cached_property
    def words(self) -> int:
        """The number of words up to the end of the annotation window; 0 where the text is withheld."""
        return len((self.article.text or "")[: self.article.annotated_until].split())


@dataclass
class Case:
    """One annotation set beside its article, the codebook and the registry."""

    annotation_set: AnnotationSet
    context: ArticleContext
    reference: Reference

    def __post_init__(self) -> None:
        self.codebook, self.registry, self.kinds = self.reference

    @property
    def article(self) -> Article:
        return self.context.article

    @cached_property
    def layers(self) -> Mapping[str, Layer]:
        """The layers that this pass asks for, by name."""
        return self.codebook.layers_by_pass[self.annotation_set.pass_name]

    @cached_property
    def known(self) -> list[tuple[Annotation, Layer]]:
        """The annotations that fit a layer of the pass, with it; LAYER-… finds the others."""
        return fitting(self.annotation_set.annotations, self.layers)

    @cached_property
    def _faults(self) -> dict[str, list[tuple[str, str]]]:
        faults: dict[str, list[tuple[str, str]]] = defaultdict(list)
        made, text, length = self.annotation_set, self.article.text, self.context.length
        for code, where, message in faults_in(made.annotations, self.codebook, made.pass_name, text=text, length=length):
            faults[code].append((where, message))
        return faults

    def faults(self, code: str) -> list[tuple[str, str]]:
        """(where, what) of the faults of a code that ``codebook.validate`` finds in the set."""
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
        """The spare slots that are used by annotations other than typed names."""
        return {slot for item, layer in self.known if layer.kind != "text" for slot in slots_of(item, self.codebook).values()}

    @cached_property
    def typed(self) -> dict[str, str]:
        """The name typed for each spare slot, sorted by slot."""
        return dict(sorted(typed_names(self.annotation_set, self.codebook).items()))

    @cached_property
    def placed(self) -> list[Span]:
        """The spans whose offsets are possible in the text."""
        return [span for span, _ in self.spans if 0 <= span.start < span.end <= self.context.length]

    @cached_property
    def pairs(self) -> list[tuple[Span, Span]]:
        """The pairs of spans in one layer that share a character, the earlier one first."""
        spans = sorted((span for span, _ in self.spans if span.start < span.end), key=attrgetter("layer", "start", "end"))
        return [pair for _, group in groupby(spans, key=attrgetter("layer")) for pair in _sharing(group)]


def _sharing(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    open_spans: list[Span] = []
    for span in spans:
        open_spans = [earlier for earlier in open_spans if earlier.end > span.start]
        yield from ((earlier, span) for earlier in open_spans)
        if not any((earlier.start, earlier.end) == (span.start, span.end) for earlier in open_spans):
            open_spans = [*open_spans[1 - MOST_OPEN :], span]


class AdjudicatedCase(NamedTuple):
    """An adjudicated set, its article (None where the id has none), and the article's annotation sets."""

    adjudicated: AdjudicatedSet
    article: Article | None
    sets: Sequence[AnnotationSet]
    reference: Reference


class SetPair(NamedTuple):
    """Two annotators' sets of one article and pass: the size of the first, and whether both are the same."""

    pass_name: str
    first: str
    second: str
    size: int
    identical: bool


class ArticleKey(NamedTuple):
    """What is remembered of an article."""

    group: str
    sha256: str


class Row(NamedTuple):
    """A row of a file of splits. ``story`` is "" where the file may divide a story."""

    article_id: str
    split: str
    group: str
    story: str = ""


@dataclass
class Corpus:
    """What is remembered of a whole corpus while it goes by, one article at a time: small keys and tallies.

    ``unread`` are the sources whose file has an error; ``splits`` has the rows of each file of splits that has none.
    """

    articles: dict[str, ArticleKey] = field(default_factory=dict)
    adjudicated: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    splits: dict[str, Sequence[Row]] = field(default_factory=dict)
    pairs: dict[tuple[str, str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    suggestions: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of the splits that are released."""
        return self.splits.get(DEFAULT, ())

    def missing(self, article_id: str) -> bool:
        """Whether an id has no article. Nobody knows that of an article whose file was not read."""
        return article_id not in self.articles and source_of(article_id) not in self.unread

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
    """The pairs of sets of one article and pass that both have enough content of their own."""
    ordered = sorted(sets, key=attrgetter("pass_name", "annotator"))
    contents = [(item, content) for item in ordered if len(content := own_content(item)) >= ENOUGH]
    for (first, first_content), (second, second_content) in combinations(contents, 2):
        if first.pass_name == second.pass_name and first.annotator != second.annotator:
            identical = first_content == second_content
            yield SetPair(first.pass_name, first.annotator, second.annotator, len(first_content), identical)


def own_content(annotation_set: AnnotationSet) -> frozenset[tuple]:
    """The content of a set without what any two sets share: ids, accepted suggestions, and automatic links."""
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
