"""Annotations by content instead of ids: views of annotation sets, readings, and ids from content."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import asdict, replace

from standpoint.adjudication.new_actors import with_actor_ids, with_named_slots
from standpoint.codebook.name_forms import key_of
from standpoint.codebook.registry import NO_ACTORS, Registry
from standpoint.codebook.types import Codebook
from standpoint.codebook.validate import faults_in
from standpoint.core.model import (
    Annotation,
    AnnotationSet,
    Asked,
    Choice,
    Conflict,
    Question,
    Relation,
    Resolution,
    Span,
    StandpointError,
    choice_id,
    in_reading_order,
    relation_id,
    sha256,
)


class Mark(NamedTuple):
    """The content of a span. Sorted marks are in reading order."""

    start: int
    end: int
    layer: str
    label: str


def mark_of(span: Span) -> Mark:
    """The content of a span."""
    return Mark(span.start, span.end, span.layer, span.label)


About = Mark | str  # what an answer is about: a span, an actor, or "" for the article
Link = tuple[Mark, Mark, str]  # the content of a relation: head, tail, label


@dataclass
class View:
    """One annotator's set by layer. The keys of answers are their labels, of typed texts their ``key_of``."""

    annotation_set: AnnotationSet
    marks: dict[str, dict[Mark, Span]] = field(default_factory=lambda: defaultdict(dict))
    answers: dict[str, dict[About, dict[str, Choice]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(dict)))
    links: dict[str, dict[Link, Relation]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def annotator(self) -> str:
        return self.annotation_set.annotator


def views_by_pass(
    sets: Iterable[AnnotationSet], codebook: Codebook, registry: Registry = NO_ACTORS
) -> Iterator[tuple[str, list[View]]]:
    """The views of one article's sets by pass, in the codebook's order, sorted by annotator.

    New actors have the ids that ``new_actors.actor_ids`` gives them, from the sets of all passes.
    """
    passes: dict[str, dict[str, AnnotationSet]] = defaultdict(dict)
    for item in with_actor_ids(sets, codebook, registry):
        if item.pass_name not in codebook.pass_by_name:
            raise unusable_set(item, "", f"there is no pass {item.pass_name}")
        if passes[item.pass_name].setdefault(item.annotator, item) is not item:
            raise unusable_set(item, "", "the annotator has two sets")
    for name in codebook.pass_by_name:
        if name in passes:
            yield name, [_view(item, codebook) for _, item in sorted(passes[name].items())]


def view_of(annotation_set: AnnotationSet, codebook: Codebook) -> View:
    """The view of one set; StandpointError if the set has a fault, because it cannot be compared then."""
    return _view(with_named_slots(annotation_set, codebook), codebook)


def _view(annotation_set: AnnotationSet, codebook: Codebook) -> View:
    """The view of a set whose slots are named."""
    for fault in faults_in(annotation_set.annotations, codebook, annotation_set.pass_name):
        raise unusable_set(annotation_set, fault.where, fault.message)
    view, annotations = View(annotation_set), annotation_set.annotations
    marks = {item.id: mark_of(item) for item in annotations if isinstance(item, Span)}
    for item in annotations:
        if isinstance(item, Span):
            view.marks[item.layer][marks[item.id]] = item
        elif isinstance(item, Choice):
            layer = codebook.by_name[item.layer]
            about = marks[item.of] if layer.of else item.of
            view.answers[item.layer][about][key_of(item.label) if layer.kind == "text" else item.label] = item
        else:
            view.links[item.layer][marks[item.head], marks[item.tail], item.label] = item
    return view


def unusable_set(annotation_set: AnnotationSet, identity: str, problem: str) -> StandpointError:
    """The error for a set that the checks refuse."""
    return StandpointError(f"{f'{annotation_set.where} {identity}'.rstrip()}: {problem}", "standpoint check lists all problems")


Pattern = tuple[tuple[str, str], ...]  # who answered what, sorted


@dataclass
class Adjudicated:
    """The result for one article while it is adjudicated. ``labels`` are Dawid and Skene's: {layer: {pattern: label}}."""

    codebook: Codebook
    labels: Mapping[str, Mapping[Pattern, str]] = field(default_factory=dict)
    annotations: list[Annotation] = field(default_factory=list)
    resolutions: dict[str, Resolution] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)  # conflicts that no rule resolves
    conflicts: list[Conflict] = field(default_factory=list)  # conflicts that neither a rule nor a decision resolves
    resolved: list[Conflict] = field(default_factory=list)
    distributions: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)  # every annotator's spans
    patterns: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    quoting: bool = True  # whether readings have the words of spans; not those of a withheld article, which are committed

    def describe(self, reading: Iterable[Annotation]) -> str:
        """A reading as text."""
        return describe(reading, self.spans, self.quoting)

    def take(self, annotation: Annotation, resolution: Resolution) -> None:
        """Add an annotation with its resolution."""
        self.annotations.append(annotation)
        self.resolutions[annotation.id] = resolution


def dissenters(asked: Collection[str], names: Collection[str]) -> tuple[str, ...]:
    """The annotators in ``asked`` who are not in ``names``."""
    return tuple(name for name in asked if name not in names)


def span_id(mark: Mark) -> str:
    """The id of a span, from its content, so that the same sets always give the same ids."""
    content = "\0".join((mark.layer, mark.label, str(mark.start), str(mark.end)))
    return f"{mark.layer}-{sha256(content)[:10]}"


Spans = Mapping[str, Span]


def describe(reading: Iterable[Annotation], spans: Spans, quoting: bool = True) -> str:
    """A reading as text; ``spans`` are all spans by id, for the ends of links. Without ``quoting``, it has offsets only.

    Spans with their answers and links: ``grain [0,5) "Wheat" (health: blighted; sold_for -> price "six crowns")``.
    Only answers: ``blighted``. Only links: ``sold_for: grain "Wheat" -> price "six crowns"``.
    """
    reading = list(reading)
    spans_read = [item for item in reading if isinstance(item, Span)]
    if spans_read:
        return "; ".join(_describe_span(span, reading, spans, quoting) for span in spans_read)
    answers = sorted(item.label for item in reading if isinstance(item, Choice))
    links = (item for item in reading if isinstance(item, Relation))
    return ", ".join(answers) or "; ".join(
        f"{link.label}: {_describe_end(link.head, spans, quoting)} -> {_describe_end(link.tail, spans, quoting)}"
        for link in links
    )


def _describe_span(span: Span, reading: list[Annotation], spans: Spans, quoting: bool) -> str:
    answers: dict[str, list[str]] = {}
    about = []
    for item in reading:
        if isinstance(item, Choice) and item.of == span.id:
            answers.setdefault(item.layer, []).append(item.label)
        elif isinstance(item, Relation) and item.head == span.id:
            about.append(f"{item.label} -> {_describe_end(item.tail, spans, quoting)}")
        elif isinstance(item, Relation) and item.tail == span.id:
            about.append(f"{item.label} <- {_describe_end(item.head, spans, quoting)}")
    about = [f"{layer}: {', '.join(sorted(labels))}" for layer, labels in answers.items()] + about
    quote = f' "{span.quote}"' if quoting else ""
    return f"{span.label} {extent(span)}{quote}" + (f" ({'; '.join(about)})" if about else "")


def _describe_end(identity: str, spans: Spans, quoting: bool) -> str:
    span = spans[identity]
    return f'{span.label} "{span.quote}"' if quoting else f"{span.label} {extent(span)}"


def extents(spans: Iterable[Span]) -> str:
    """The extents of spans, each once."""
    return " ".join(dict.fromkeys(map(extent, spans)))


def extent(span: Span) -> str:
    return f"[{span.start},{span.end})"


Reading = tuple[Annotation, ...]


class Place(NamedTuple):
    """The place of a question, with fields as in ``model.Asked``."""

    layer: str
    where: str
    about: tuple[str, ...] = ()
    start: int = 0
    end: int = 0


def annotations_by_token(view: View, codebook: Codebook) -> dict[str, Annotation]:
    """An annotator's annotations by token, in reading order, with ids that follow from their content."""
    annotations: list[Annotation] = []
    for marks in view.marks.values():
        annotations += [replace(span, id=span_id(mark)) for mark, span in marks.items()]
    for name, by_about in view.answers.items():
        for about, answers in by_about.items():
            of, multiple = span_id(about) if isinstance(about, Mark) else about, codebook.by_name[name].multiple
            annotations += [replace(choice, id=choice_id(of, name, choice.label, multiple), of=of) for choice in answers.values()]
    for name, links in view.links.items():
        for (head_mark, tail_mark, label), link in links.items():
            head, tail = span_id(head_mark), span_id(tail_mark)
            annotations.append(replace(link, id=relation_id(head, name, label, tail), head=head, tail=tail))
    texts = {layer.name for layer in codebook.layers if layer.kind == "text"}
    return {token(item, item.layer in texts): item for item in in_reading_order(annotations)}


def token(item: Annotation, typed: bool = False) -> str:
    """The content of an annotation as one string. It ignores capitals and blanks in typed texts."""
    return f"{item.id}={key_of(item.label) if typed else item.label}" if isinstance(item, Choice) else item.id


def reading_at(place: Place | Asked, items: Iterable[Annotation], taken: Collection[str]) -> Reading:
    """The annotations that belong to a place, without those that are already adjudicated (``taken``: ids).

    Spans come with their answers, the links that start at them, and the links from adjudicated spans that end at them.
    (A link between two places in question belongs to the place of its start.)
    """
    items = [item for item in items if item.id not in taken]
    if not place.about:
        ids = {item.id for item in items if isinstance(item, Span) and item.layer == place.layer and overlaps(item, place)}
        return tuple(item for item in items if _of_spans(item, ids, taken))
    return tuple(item for item in items if item.layer == place.layer and about_of(item) == place.about)


def _of_spans(item: Annotation, ids: Collection[str], taken: Collection[str]) -> bool:
    if isinstance(item, Relation):
        return item.head in ids or (item.tail in ids and item.head in taken)
    return (item.id if isinstance(item, Span) else item.of) in ids


def about_of(item: Annotation) -> tuple[str, ...]:
    """What an annotation is about: () for a span, (of,) for an answer, (head, tail) for a link."""
    if isinstance(item, Span):
        return ()
    return (item.of,) if isinstance(item, Choice) else (item.head, item.tail)


def overlaps(first: Span | Place | Asked, second: Span | Place | Asked) -> bool:
    """Whether two stretches share a character."""
    return first.start < second.end and second.start < first.end


def digest(content: object) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of some content."""
    return sha256(json.dumps(content, ensure_ascii=False))[:16]


def digest_of(reading: Iterable[Annotation]) -> str:
    """The digest of a reading, which is the same for equal readings."""
    return digest(sorted(map(token, reading)))


def asked_at(place: Place, readings: Mapping[str, Reading], article_id: str, text_sha256: str, pass_name: str) -> Asked:
    """The subject of a question at a place, with a key that depends only on the place and the readings."""
    seen = tuple(sorted({digest_of(reading) for reading in readings.values()}))
    return with_key(
        Asked(key="", article_id=article_id, text_sha256=text_sha256, pass_name=pass_name, seen=seen, **place._asdict())
    )


def with_key(asked: Asked) -> Asked:
    """The subject of a question with the key that follows from its other fields."""
    content = {name: value for name, value in asdict(asked).items() if name not in ("key", "where")}
    return replace(asked, key=digest(sorted(content.items())))
