"""An annotation set as what it says: content instead of ids, so that two annotators' sets can be laid side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from standpoint.assess.slots import by_name, key_of
from standpoint.codebook.types import Codebook
from standpoint.model import Annotation, AnnotationSet, Choice, Relation, Span, StandpointError


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
    """The view of one set; StandpointError where it is so broken that it cannot be compared."""
    view, marks = View(by_name(one, codebook)), {}
    layers = {layer.name: layer for layer in codebook.layers_of(one.pass_name)}
    for item in sorted(view.made.annotations, key=lambda item: not isinstance(item, Span)):
        layer = layers.get(item.layer)
        if layer is None:
            raise unusable(one, item.id, f"pass {one.pass_name} has no layer {item.layer}")
        if layer.labels and item.label not in layer.by_name:
            raise unusable(one, item.id, f"layer {item.layer} has no label {item.label!r}")
        if isinstance(item, Span):
            mark = marks[item.id] = Mark(item.start, item.end, item.layer, item.label)
            _put(one, view.marks[item.layer], mark, item)
        elif isinstance(item, Choice):
            about = _end(one, item.id, item.of, marks) if layer.of else item.of
            answers = view.answers[item.layer][about]
            if answers and not layer.multiple:
                raise unusable(one, item.id, "it is a second answer where one is allowed")
            _put(one, answers, key_of(item.label) if layer.kind == "text" else item.label, item)
        else:
            link = (_end(one, item.id, item.head, marks), _end(one, item.id, item.tail, marks), item.label)
            _put(one, view.links[item.layer], link, item)
    return view


def _put(one: AnnotationSet, there: dict, key: object, item: Annotation) -> None:
    if key in there:
        raise unusable(one, item.id, f"it says the same as {there[key].id}")
    there[key] = item


def _end(one: AnnotationSet, identity: str, span: str, marks: dict[str, Mark]) -> Mark:
    if span not in marks:
        raise unusable(one, identity, f"it refers to {span!r}, which is no span of the set")
    return marks[span]


def unusable(one: AnnotationSet, identity: str, problem: str) -> StandpointError:
    """What to raise for a set that the checks would have refused."""
    where = f"{one.article_id} {one.pass_name} {one.annotator} {identity}".rstrip()
    return StandpointError(f"{where}: {problem}", "standpoint check lists all that is wrong")
