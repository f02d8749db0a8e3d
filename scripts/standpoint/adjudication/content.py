"""What annotators said, as content instead of ids: views, actor slots, readings, and ids that follow from content."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.codebook.types import NEW, SPARE, Codebook
from standpoint.codebook.validate import faults_in
from standpoint.core.ids import choice_id, relation_id
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
    in_reading_order,
)


def is_slot(actor: str) -> bool:
    """Whether an actor's id is a spare slot of its task."""
    return actor.startswith(NEW) and actor[len(NEW) :].isdecimal()


def by_name(one: AnnotationSet, codebook: Codebook) -> AnnotationSet:
    """The set with each spare slot called by what was typed for it: NEW:1 becomes NEW:HARBOUR_GUARD.

    A slot without a name is nobody else's: it is called after its annotator.
    """
    slots = {slot for item in one.annotations for slot in slots_of(item, codebook)}
    if not slots:
        return one
    names = {slot: f"{NEW}UNNAMED_{key_of(one.annotator)}_{slot[len(NEW) :]}" for slot in slots}
    for slot, typed in sorted(typed_names(one, codebook).items()):
        name = NEW + key_of(typed)
        names[slot] = f"{name}_{slot[len(NEW) :]}" if name in names.values() else name  # two slots stay two
    return replace(one, annotations=tuple(_renamed(item, names, codebook) for item in one.annotations))


def slots_of(item: Annotation, codebook: Codebook) -> tuple[str, ...]:
    """The spare slots that an annotation speaks of."""
    layer = codebook.by_name.get(item.layer)
    if layer is None or isinstance(item, Relation):
        return ()
    of = item.of if isinstance(item, Choice) and layer.for_each else ""
    label = item.label if layer.labels_from else ""
    return tuple(actor for actor in (label, of) if is_slot(actor))


def typed_names(one: AnnotationSet, codebook: Codebook) -> dict[str, str]:
    """What was typed for each slot: the answers of the text layers that ask ``for_each: spare``."""
    asked = {layer.name for layer in codebook.layers if layer.kind == "text" and layer.for_each == SPARE}
    return {item.of: item.label for item in one.annotations if isinstance(item, Choice) and item.layer in asked}


def key_of(typed: str) -> str:
    """A typed name in capitals, digits and underscores; letters that have no such form are kept apart by a checksum."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", typed.upper()) if not unicodedata.combining(char))
    key = re.sub(r"[^A-Z0-9]+", "_", plain).strip("_")
    if key and not any(char.isalnum() and not char.isascii() for char in plain):
        return key
    checksum = hashlib.sha256(" ".join(plain.split()).encode()).hexdigest()[:8].upper()
    return f"{key}_{checksum}".lstrip("_")


def _renamed(item: Annotation, names: Mapping[str, str], codebook: Codebook) -> Annotation:
    if not slots_of(item, codebook):
        return item
    layer = codebook.by_name[item.layer]
    changes = {"label": names.get(item.label, item.label)} if layer.labels_from else {}
    if isinstance(item, Choice) and layer.for_each:
        changes["of"] = names.get(item.of, item.of)
    return replace(item, **changes)


class Mark(NamedTuple):
    """What a span says; the order is reading order."""

    start: int
    end: int
    layer: str
    label: str


About = Mark | str  # what an answer is about: a span, an actor, or "" for the article
Link = tuple[Mark, Mark, str]  # what a relation says: head, tail, label


@dataclass
class View:
    """One annotator's set by layer. Answers are keyed by their label; typed texts by ``key_of`` them."""

    made: AnnotationSet
    marks: dict[str, dict[Mark, Span]] = field(default_factory=lambda: defaultdict(dict))
    answers: dict[str, dict[About, dict[str, Choice]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(dict)))
    links: dict[str, dict[Link, Relation]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def annotator(self) -> str:
        return self.made.annotator


def views_by_pass(sets: Iterable[AnnotationSet], codebook: Codebook) -> Iterator[tuple[str, list[View]]]:
    """The sets of one article by pass, in the codebook's order, and by annotator: their order does not matter."""
    passes: dict[str, dict[str, AnnotationSet]] = defaultdict(dict)
    for one in sets:
        if one.pass_name not in codebook.pass_by_name:
            raise unusable(one, "", f"there is no pass {one.pass_name}")
        if passes[one.pass_name].setdefault(one.annotator, one) is not one:
            raise unusable(one, "", "the annotator has two sets")
    for item in codebook.passes:
        if item.name in passes:
            yield item.name, [view_of(one, codebook) for _, one in sorted(passes[item.name].items())]


def view_of(one: AnnotationSet, codebook: Codebook) -> View:
    """The view of one set; StandpointError where it has a fault, for then it cannot be compared."""
    for fault in faults_in(one.annotations, codebook, one.pass_name):
        raise unusable(one, fault.where, fault.message)
    view, marks = View(by_name(one, codebook)), {}
    for item in sorted(view.made.annotations, key=lambda item: not isinstance(item, Span)):
        layer = codebook.by_name[item.layer]
        if isinstance(item, Span):
            mark = marks[item.id] = Mark(item.start, item.end, item.layer, item.label)
            view.marks[item.layer][mark] = item
        elif isinstance(item, Choice):
            about = marks[item.of] if layer.of else item.of
            view.answers[item.layer][about][key_of(item.label) if layer.kind == "text" else item.label] = item
        else:
            view.links[item.layer][marks[item.head], marks[item.tail], item.label] = item
    return view


def unusable(one: AnnotationSet, identity: str, problem: str) -> StandpointError:
    """What to raise for a set that the checks would have refused."""
    where = f"{one.article_id} {one.pass_name} {one.annotator} {identity}".rstrip()
    return StandpointError(f"{where}: {problem}", "standpoint check lists all that is wrong")


Pattern = tuple[tuple[str, str], ...]  # who answered what, sorted


@dataclass
class Adjudicated:
    """What has been adjudicated so far. ``labels`` are Dawid and Skene's: {layer: {pattern: label}}."""

    codebook: Codebook
    labels: Mapping[str, Mapping[Pattern, str]] = field(default_factory=dict)
    annotations: list[Annotation] = field(default_factory=list)
    resolutions: dict[str, Resolution] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)  # what no rule resolves
    conflicts: list[Conflict] = field(default_factory=list)  # the same, in words, and not decided either
    resolved: list[Conflict] = field(default_factory=list)
    distributions: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)  # all that anybody marked
    patterns: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))

    def take(self, annotation: Annotation, resolution: Resolution) -> None:
        """Take an annotation with how it came to be."""
        self.annotations.append(annotation)
        self.resolutions[annotation.id] = resolution


def others(asked: Collection[str], names: Collection[str]) -> tuple[str, ...]:
    """Those of the asked who are not among the names."""
    return tuple(name for name in asked if name not in names)


def span_id(mark: Mark) -> str:
    """The id of an adjudicated span follows from what it says, so that resolving again gives the same."""
    content = "\0".join((mark.layer, mark.label, str(mark.start), str(mark.end)))
    return f"{mark.layer}-{hashlib.sha256(content.encode()).hexdigest()[:10]}"


Spans = Mapping[str, Span]


def said(reading: Iterable[Annotation], spans: Spans) -> str:
    """A reading in words; ``spans`` are all by id, for the links' ends.

    Spans with their answers and links, ``grain [0,5) "Wheat" (health: blighted; sold_for -> price "six crowns")``; or
    answers, ``blighted``; or links, ``sold_for: grain "Wheat" -> price "six crowns"``.
    """
    reading = list(reading)
    own = [item for item in reading if isinstance(item, Span)]
    if own:
        return "; ".join(_span_said(span, reading, spans) for span in own)
    answers = sorted(item.label for item in reading if isinstance(item, Choice))
    links = (item for item in reading if isinstance(item, Relation))
    return ", ".join(answers) or "; ".join(
        f"{link.label}: {_end_said(link.head, spans)} -> {_end_said(link.tail, spans)}" for link in links
    )


def _span_said(span: Span, reading: list[Annotation], spans: Spans) -> str:
    answers: dict[str, list[str]] = {}
    about = []
    for item in reading:
        if isinstance(item, Choice) and item.of == span.id:
            answers.setdefault(item.layer, []).append(item.label)
        elif isinstance(item, Relation) and item.head == span.id:
            about.append(f"{item.label} -> {_end_said(item.tail, spans)}")
        elif isinstance(item, Relation) and item.tail == span.id:
            about.append(f"{item.label} <- {_end_said(item.head, spans)}")
    about = [f"{layer}: {', '.join(sorted(labels))}" for layer, labels in answers.items()] + about
    return f'{span.label} {extent(span)} "{span.quote}"' + (f" ({'; '.join(about)})" if about else "")


def _end_said(identity: str, spans: Spans) -> str:
    return f'{spans[identity].label} "{spans[identity].quote}"'


def extents(spans: Iterable[Span]) -> str:
    """Where spans stand: each extent once."""
    return " ".join(dict.fromkeys(map(extent, spans)))


def extent(span: Span) -> str:
    """Where a span stands."""
    return f"[{span.start},{span.end})"


Reading = tuple[Annotation, ...]
Said = Mapping[str, Mapping[str, Annotation]]  # {annotator: {token: annotation}}


class Place(NamedTuple):
    """What a question is about; the fields are those of ``model.Asked``."""

    layer: str
    where: str
    about: tuple[str, ...] = ()
    start: int = 0
    end: int = 0


def said_by(view: View, codebook: Codebook) -> dict[str, Annotation]:
    """All that an annotator said, by token, in reading order."""
    found: list[Annotation] = []
    for marks in view.marks.values():
        for mark, span in marks.items():
            content = {"layer": mark.layer, "label": mark.label, "start": mark.start, "end": mark.end}
            found.append(Span(id=span_id(mark), quote=span.quote, origin=span.origin, **content))
    for name, by_about in view.answers.items():
        for about, answers in by_about.items():
            of = span_id(about) if isinstance(about, Mark) else about
            for choice in answers.values():
                identity = choice_id(of, name, choice.label, codebook.by_name[name].multiple)
                found.append(Choice(id=identity, layer=name, label=choice.label, of=of))
    for name, links in view.links.items():
        for (head, tail, label), link in links.items():
            ends = {"head": span_id(head), "tail": span_id(tail)}
            identity = relation_id(ends["head"], name, label, ends["tail"])
            found.append(Relation(id=identity, layer=name, label=label, origin=link.origin, **ends))
    texts = {layer.name for layer in codebook.layers if layer.kind == "text"}
    return {token(item, item.layer in texts): item for item in in_reading_order(found)}


def token(item: Annotation, typed: bool = False) -> str:
    """What an annotation says, in one word; typed texts are the same whatever their capitals and blanks."""
    return f"{item.id}={key_of(item.label) if typed else item.label}" if isinstance(item, Choice) else item.id


def reading_at(place: Place | Asked, items: Iterable[Annotation], taken: Collection[str]) -> Reading:
    """What of an annotator's sayings belongs to a place, without what is ``taken``, adjudicated already (ids).

    To spans belong the answers about them and their links: those that begin there, and those that end there and begin
    on an adjudicated span. (A link between two places in question belongs to the one where it begins.)
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
    """What an annotation is about: nothing, what is answered about, or the two ends of a link."""
    if isinstance(item, Span):
        return ()
    return (item.of,) if isinstance(item, Choice) else (item.head, item.tail)


def overlaps(one: Span | Place | Asked, other: Span | Place | Asked) -> bool:
    """Whether two stretches share a character."""
    return one.start < other.end and other.start < one.end


def digest(content: object) -> str:
    """Sixteen hexadecimal digits that stand for some content."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]


def digest_of(reading: Iterable[Annotation]) -> str:
    """What stands for a reading: the same for whoever has it."""
    return digest(sorted(map(token, reading)))


def asked_of(place: Place, readings: Mapping[str, Reading], article_id: str, text_sha256: str, pass_name: str) -> Asked:
    """What is in question there, with its stable key."""
    seen = tuple(sorted({digest_of(reading) for reading in readings.values()}))
    content = {"article_id": article_id, "text_sha256": text_sha256, "pass_name": pass_name, "layer": place.layer, "seen": seen}
    content |= {"about": place.about, "start": place.start, "end": place.end}
    return Asked(key=digest(sorted(content.items())), where=place.where, **content)
