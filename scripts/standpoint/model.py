"""The nouns: frozen, keyword-only values that refer to each other by id.

Offsets are Unicode code points, ``[start, end)`` into ``Article.text``, so that ``quote == text[start:end]``.
The glossary is in CONTRIBUTING.md. (``gc=False``: there are many of them, and they cannot be part of a cycle.)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct


class StandpointError(Exception):
    """A mistake that the user can mend: one line what is wrong, one line how to mend it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Issue(NamedTuple):
    """Something wrong in the data: where it is, a stable code, and what is and what should be.

    ``level`` is "error", or "note" for what is as it may be and yet must not pass in silence (a skipped task, say).
    """

    where: str
    code: str
    message: str
    level: str = "error"

    def __str__(self) -> str:
        return f"{self.where}: {self.code} {self.message}"


class Noun(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What all values share: no field that is not understood is let through."""


class Zone(Noun):
    """A stretch of the article with one function: headline, body, donation, …  (codebook.yaml ``zones``)."""

    name: str
    start: int
    end: int


class Article(Noun):
    """One article as it is annotated. ``text`` is None where the licence forbids its redistribution.

    ``id`` is ``<source>-<date>-<first 8 hex of sha256(text)>``; ``zones`` partition the text, ``paragraphs`` and
    ``sentences`` are ``[start, end)`` pairs in reading order; ``annotated_until`` ends the annotation window;
    ``group`` names the oldest article of its near-duplicates.
    """

    id: str
    source: str
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
    metadata: dict[str, str] = {}


class Span(Noun, tag="span", gc=False):
    """A labelled stretch of text. ``quote`` is redundant on purpose: it is the checksum of the offsets."""

    id: str
    layer: str
    label: str
    start: int
    end: int
    quote: str
    origin: str = "manual"


class Choice(Noun, tag="choice", gc=False):
    """An answer about ``of``: a span's id, an actor's id, or "" for the article.

    ``label`` is one of the layer's labels; in a layer of kind text it is what the annotator typed.
    """

    id: str
    layer: str
    label: str
    of: str = ""


class Relation(Noun, tag="relation", gc=False):
    """A labelled link from the span ``head`` to the span ``tail`` (ids)."""

    id: str
    layer: str
    label: str
    head: str
    tail: str
    origin: str = "manual"


Annotation = Span | Choice | Relation


def in_reading_order(annotations: Iterable[Annotation]) -> list[Annotation]:
    """Spans as they stand in the text, then answers, then relations: the same set is always the same line of a file."""
    annotations = list(annotations)
    place = {item.id: (item.start, item.end) for item in annotations if isinstance(item, Span)}

    def key(item: Annotation) -> tuple:
        if isinstance(item, Span):
            return (0, item.start, item.end, item.layer, item.id)
        about = item.of if isinstance(item, Choice) else item.head
        return (1 if isinstance(item, Choice) else 2, *place.get(about, (-1, -1)), item.layer, item.id)

    return sorted(annotations, key=key)


class AnnotationSet(Noun):
    """What one annotator said about one article in one pass (Label Studio calls it an "annotation").

    ``annotator`` is a pseudonym; ``annotator_kind`` is human_trained, human_expert, human_crowd, model or rule;
    ``assistance`` is none, rule_draft or model_draft; ``lead_time`` is in seconds.
    """

    article_id: str
    annotator: str
    pass_name: str
    annotator_kind: str
    codebook_version: str
    text_sha256: str
    assistance: str = "none"
    lead_time: float | None = None
    submitted: str | None = None
    annotations: tuple[Annotation, ...] = ()


class Settlement(Noun):
    """How one annotation of a settled set came to be, and who dissented (pseudonyms)."""

    how: str
    by: tuple[str, ...] = ()
    dissent: tuple[str, ...] = ()


class Conflict(Noun):
    """What annotators disagree on: ``readings`` maps each annotator's pseudonym to what it said ("" for nothing)."""

    layer: str
    where: str
    readings: dict[str, str]


class SettledSet(Noun):
    """The one annotation set of an article: what is agreed or adjudicated, how, and what is still in conflict.

    ``tier`` is gold only where people made every set that went in; ``distributions`` keeps every annotator's answer
    in the layers that are never adjudicated away: ``{layer: {of: {annotator: label}}}``.
    """

    article_id: str
    tier: str
    codebook_version: str
    text_sha256: str
    annotators: tuple[str, ...]
    annotations: tuple[Annotation, ...] = ()
    settlements: dict[str, Settlement] = {}
    conflicts: tuple[Conflict, ...] = ()
    distributions: dict[str, dict[str, dict[str, str]]] = {}
