"""The nouns: frozen, keyword-only values that refer to each other by id; and how issues and progress are reported.

Offsets are Unicode code points, ``[start, end)`` into ``Article.text``, so that ``quote == text[start:end]``.
The glossary is in CONTRIBUTING.md. (``gc=False``: there are many of them, and they cannot be part of a cycle.)

The ids of answers and relations follow from their content, so that repeated imports, adjudications and exports give the same:

    {of}.{layer}                     an answer about a span or an actor; about the article: {layer}
    {of}.{layer}.{label}             the same in a layer that allows several answers
    {head}.{layer}.{label}.{tail}    a relation between two spans
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Annotated, NamedTuple, TypeVar

from msgspec import Meta, Struct
from msgspec.structs import replace

# The values of ``text_status`` in a release. The last is also the key of the date in an article's metadata.
TEXT_OPEN, WITHHELD, TAKEN_DOWN = "open", "withheld", "taken_down"


class StandpointError(Exception):
    """A mistake that the user can fix. ``message`` says what is wrong, ``hint`` how to fix it, one line each."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[Callable[..., StandpointError], tuple[type[StandpointError], str, str]]:
        return _sent_error, (type(self), self.message, self.hint)  # else it could not be sent from one process to another


def _sent_error(kind: type[StandpointError], message: str, hint: str) -> StandpointError:
    """An error from another process, of the same kind: who catches it here looks at that."""
    error = kind.__new__(kind)
    StandpointError.__init__(error, message, hint)
    return error


class MissingExtra(StandpointError):
    """Something needs an extra of this package that is not installed, or that does not work here."""

    def __init__(self, what: str, extra: str, problem: object) -> None:
        super().__init__(f"{what} needs the extra {extra}: {problem}", install_command(extra))


def install_command(extra: str) -> str:
    """The command that installs an extra of this package."""
    return f"pip install 'standpoint[{extra}]'"


@contextmanager
def needs_extra(extra: str, what: str) -> Iterator[None]:
    """A block that imports the libraries of an extra; MissingExtra if one cannot be imported. ``what`` is what needs them."""
    try:
        yield
    except ImportError as error:
        raise MissingExtra(what, extra, error) from None


class Issue(NamedTuple):
    """A problem in the data: its place, a stable code, a message with the finding, the rule, and how to fix it.

    ``level`` is "error", or "note" if the data are valid but the user should know of it (a skipped task, for instance).
    Issues that differ in their places only have one cause, which is told once: so the message does not name the place. The
    message may state the rule and the remedy itself.
    """

    where: str
    code: str
    message: str
    level: str = "error"
    rule: str = ""
    fix: str = ""

    @property
    def text(self) -> str:
        """The finding and the rule."""
        return f"{self.message}; rule: {self.rule}" if self.rule else self.message

    def __str__(self) -> str:
        return f"{self.where}: {self.code} {self.text}"


# Names come from files, servers and the releases of others, and become parts of paths. So a name begins with a letter or
# digit and has no separator: it cannot lead out of a folder. Windows has no file of the name of a device, such as con.jsonl, and
# drops a dot at the end. Decoding refuses other names, and ``files.inside`` all the rest.
NAME = r"\A(?!(?i:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\.|\Z))[^\W_][\w.@+-]{0,199}(?<!\.)\Z"
Name = Annotated[str, Meta(pattern=NAME)]


class Noun(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The base of all values: an unknown field is an error."""


class Zone(Noun, frozen=True):
    """A stretch of the article with one function: headline, body, donation, …  (codebook.yaml ``zones``)."""

    name: str
    start: int
    end: int


class Article(Noun, frozen=True):
    """One article. ``text`` is None where it is withheld: the licence forbids its redistribution, or it is kept ``stand_off``.

    ``id`` is ``<source>-<date>-<first 8 hex of sha256(text)>``. ``zones`` partition the text. ``paragraphs`` and
    ``sentences`` are ``[start, end)`` pairs in reading order. ``annotated_until`` is the end of the annotation window.
    ``group`` is the smallest id among the copies, near-duplicates and parts of the article.
    """

    id: Name
    source: Name
    publisher: str
    title: str
    licence: str
    language: str
    sha256: str
    text: str | None = None
    url: str | None = None
    published: str | None = None
    byline: str | None = None
    original_publisher: str | None = None
    original_published: str | None = None
    zones: tuple[Zone, ...] = ()
    paragraphs: tuple[tuple[int, int], ...] = ()
    sentences: tuple[tuple[int, int], ...] = ()
    annotated_until: int = 0
    group: str = ""
    stand_off: bool = False
    metadata: dict[str, str] = {}

    @property
    def length(self) -> int:
        """The length of the text in code points; of a withheld text, the end of its zones or, without any, of its window."""
        if self.text is not None:
            return len(self.text)
        return self.zones[-1].end if self.zones else self.annotated_until


class Span(Noun, frozen=True, tag="span", gc=False):
    """A labelled stretch of text. ``quote`` is redundant on purpose: it is the checksum of the offsets.

    Where the text is withheld and not on this machine, the quote is "", and ``quote_sha256`` its checksum (``standoff``).
    """

    id: str
    layer: str
    label: str
    start: int
    end: int
    quote: str = ""
    quote_sha256: str = ""
    origin: str = "manual"


class Choice(Noun, frozen=True, tag="choice", gc=False):
    """An answer about ``of``: a span's id, an actor's id, or "" for the article.

    ``label`` is one of the layer's labels, or the typed text in a layer of kind text.
    """

    id: str
    layer: str
    label: str
    of: str = ""


class Relation(Noun, frozen=True, tag="relation", gc=False):
    """A labelled link from the span ``head`` to the span ``tail`` (ids)."""

    id: str
    layer: str
    label: str
    head: str
    tail: str
    origin: str = "manual"


Annotation = Span | Choice | Relation


def in_reading_order(annotations: Iterable[Annotation]) -> list[Annotation]:
    """Spans in the order of the text, then answers, then relations, so that equal sets give equal lines in a file."""
    annotations, nowhere = list(annotations), (-1, -1)
    spans = sorted((item for item in annotations if isinstance(item, Span)), key=attrgetter("start", "end", "layer", "id"))
    place = {item.id: (item.start, item.end) for item in spans}
    answers = [item for item in annotations if isinstance(item, Choice)]
    links = [item for item in annotations if isinstance(item, Relation)]
    answers.sort(key=lambda item: (place.get(item.of, nowhere), item.layer, item.id))
    links.sort(key=lambda item: (place.get(item.head, nowhere), item.layer, item.id))
    return [*spans, *answers, *links]


ACCEPTED, EDITED, REJECTED = "accepted", "edited", "rejected"  # the outcome of a suggestion


class Suggestion(Noun, frozen=True):
    """A machine's suggestion, its source (a module of ``pages/suggestions/``), and what the annotator did with it."""

    layer: str
    label: str
    start: int
    end: int
    source: str
    outcome: str


class Incident(Noun, frozen=True):
    """What a published set says happened in the article, without a place in the text: templates have no trigger.

    ``labels`` are of the span layer ``layer``; several if the published label does not say which. ``answers`` has the labels of
    each layer about such spans: all hold if the layer allows several answers, otherwise one of them does. ``links`` has the ids
    of the set's spans for each label of a relation. ``optional``: its makers do not expect everybody to find it.
    """

    id: str
    layer: str
    labels: tuple[str, ...]
    answers: dict[str, tuple[str, ...]] = {}
    links: dict[str, tuple[str, ...]] = {}
    optional: bool = False


class AnnotationSet(Noun, frozen=True):
    """The annotations of one annotator on one article in one pass (Label Studio calls it an "annotation").

    ``annotator`` is a pseudonym. ``annotator_kind`` and ``assistance`` are as in ``provenance``. ``lead_time`` is in
    seconds. ``suggestions`` are those that the annotator was shown. ``submitted`` and ``changed`` are when the annotator did it
    first and last. ``made_from`` names the annotation in Label Studio, so that an import knows it again. Only published sets
    have ``incidents``, and ``partial`` layers: what is not marked in these says nothing, because nobody looked for all of it.
    """

    article_id: Name
    annotator: Name
    pass_name: Name
    annotator_kind: str
    codebook_version: str
    text_sha256: str
    assistance: str = "none"
    lead_time: float | None = None
    submitted: str | None = None
    changed: str | None = None
    made_from: str = ""
    annotations: tuple[Annotation, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    incidents: tuple[Incident, ...] = ()
    partial: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The place of the set in issues and repairs."""
        return f"{self.article_id} {self.pass_name} {self.annotator}"


class Resolution(Noun, frozen=True):
    """How an annotation or a conflict was adjudicated. ``by`` are the annotators for the result, ``dissent`` all others.

    ``how`` is unanimous, single, median, majority, dawid_skene, annotator (the codebook names an annotator to follow),
    follows (a name of an adjudicated actor) or adjudicated. Then ``by`` is the adjudicator and ``reason`` a reason code.
    """

    how: str
    by: tuple[str, ...] = ()
    dissent: tuple[str, ...] = ()
    reason: str = ""


class Conflict(Noun, frozen=True):
    """A disagreement. ``readings`` maps each annotator's pseudonym to the annotator's reading as text ("" for nothing)."""

    layer: str
    where: str
    readings: dict[str, str]
    resolution: Resolution | None = None


class AdjudicatedSet(Noun, frozen=True):
    """The adjudicated annotation set of an article: its annotations, how each was resolved, and the open conflicts.

    ``tier`` is gold only if people made all its sets and decisions. ``distributions`` keeps every annotator's answer in
    the layers with ``resolve: distribution``, as ``{layer: {of: {annotator: label}}}``. ``resolved`` are the conflicts
    that were voted on or decided, with all readings.
    """

    article_id: Name
    tier: str
    codebook_version: str
    text_sha256: str
    annotators: tuple[str, ...]
    annotations: tuple[Annotation, ...] = ()
    resolutions: dict[str, Resolution] = {}
    conflicts: tuple[Conflict, ...] = ()
    distributions: dict[str, dict[str, dict[str, str]]] = {}
    resolved: tuple[Conflict, ...] = ()

    @property
    def named(self) -> set[str]:
        """All annotators that the set names, also those of readings and of distributions."""
        given = [labels for answers in self.distributions.values() for labels in answers.values()]
        return set(self.annotators).union(*given, *(conflict.readings for conflict in (*self.conflicts, *self.resolved)))


REASONS = ("slip", "guideline_clear", "guideline_gap", "genuine_ambiguity", "tool")  # why readings differ
READING, NONE, MINE = "reading", "none", "mine"  # an adjudicator chooses an annotator's reading, none, or marks a new one


class Asked(Noun, frozen=True):
    """The subject of a question: a place in one layer of one pass, and the readings of it.

    ``about`` is () for the spans that overlap ``[start, end)``, (of,) for the answers about an adjudicated span, an actor
    or the article (""), and (head, tail) for the links between two adjudicated spans. ``seen`` are the digests of the
    different readings, sorted. ``key`` is a digest of all other fields but ``where``.
    """

    key: str
    article_id: Name
    text_sha256: str
    pass_name: Name
    layer: str
    where: str
    seen: tuple[str, ...]
    about: tuple[str, ...] = ()
    start: int = 0
    end: int = 0


class Question(Noun, frozen=True):
    """A conflict as an adjudicator sees it, with each annotator's reading as annotations.

    ``standing`` is an earlier decision if the annotations have changed since. It holds until the question is answered.
    """

    asked: Asked
    readings: dict[str, tuple[Annotation, ...]]
    standing: Decision | None = None


class Decision(Noun, frozen=True):
    """An adjudicator's decision: the annotations that hold. ``by`` is a pseudonym, ``by_kind`` its annotator kind.

    ``chosen`` is reading, none or mine; ``readings`` describes the choices; ``reason`` is one of ``REASONS``.
    """

    asked: Asked
    by: Name
    by_kind: str
    chosen: str
    reason: str
    annotations: tuple[Annotation, ...] = ()
    readings: tuple[str, ...] = ()
    comment: str = ""
    decided: str | None = None


def sha256(text: str) -> str:
    """The hexadecimal SHA-256 of a text in UTF-8. A lone surrogate, which no valid text contains, is encoded too."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def choice_id(of: str, layer: str, label: str, multiple: bool) -> str:
    """The id of an answer. It contains the label if the layer allows several answers (``multiple``)."""
    identity = f"{of}.{layer}" if of else layer
    return f"{identity}.{label}" if multiple else identity


def with_content(choice: Choice, **changes: str) -> Choice:
    """The answer with other content. An id that follows from the content changes with it."""
    better = replace(choice, **changes)
    for multiple in (False, True):
        if choice.id == choice_id(choice.of, choice.layer, choice.label, multiple):
            return replace(better, id=choice_id(better.of, better.layer, better.label, multiple))
    return better


def relation_id(head: str, layer: str, label: str, tail: str) -> str:
    return f"{head}.{layer}.{label}.{tail}"


def with_new_ids(annotation: Annotation, names: Mapping[str, str]) -> Annotation:
    """The annotation after spans were renamed (``names``: old id -> new id).

    The id of an answer or relation about a renamed span changes too, if it has the form above.
    """
    if isinstance(annotation, Span):
        return replace(annotation, id=names.get(annotation.id, annotation.id))
    if isinstance(annotation, Choice):
        of, prefix = names.get(annotation.of, annotation.of), f"{annotation.of}."
        follows = bool(annotation.of) and annotation.id.startswith(prefix)
        identity = f"{of}.{annotation.id.removeprefix(prefix)}" if follows else annotation.id
        return replace(annotation, id=identity, of=of)
    head, tail = names.get(annotation.head, annotation.head), names.get(annotation.tail, annotation.tail)
    follows = annotation.id == relation_id(annotation.head, annotation.layer, annotation.label, annotation.tail)
    identity = relation_id(head, annotation.layer, annotation.label, tail) if follows else annotation.id
    return replace(annotation, id=identity, head=head, tail=tail)


Item = TypeVar("Item")


@dataclass
class Reporter:
    """Receives issues and progress; the reporter of the command line prints them."""

    issue: Callable[[Issue], None] = lambda *_: None
    progress: Callable[[str, int, int | None], None] = lambda *_: None  # name, items done, total (None: unknown)
    say: Callable[[str], None] = lambda *_: None  # a line that cannot wait until the end, as issues do
    levels: Counter = field(default_factory=Counter)

    def report(self, issue: Issue) -> None:
        """Count an issue by its level and pass it on."""
        self.levels[issue.level] += 1
        self.issue(issue)

    def once(self) -> Reporter:
        """A reporter that passes on only the first of equal issues: for what is done again for each annotator."""
        told: set[Issue] = set()

        def first(issue: Issue) -> None:
            if issue not in told:
                told.add(issue)
                self.report(issue)

        return Reporter(issue=first, progress=self.progress)

    def split_issues(self, items: Iterable[Item | Issue]) -> Iterator[Item]:
        """Report the issues of a stream, and pass on its other items."""
        for item in items:
            if isinstance(item, Issue):
                self.report(item)
            else:
                yield item

    def track(self, name: str, items: Iterable[Item], total: int | None = None) -> Iterator[Item]:
        """The same items; progress is reported every 50 items and at the end."""
        done = 0
        for done, item in enumerate(items, 1):
            if done % 50 == 0:
                self.progress(name, done, total)
            yield item
        self.progress(name, done, done)
