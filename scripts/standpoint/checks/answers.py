"""Whether each answer has its span or actor, and each relation its two spans."""

from __future__ import annotations

from itertools import chain

from standpoint.checks.case import Case
from standpoint.checks.table import Findings, check
from standpoint.codebook.types import ACTORS, Layer
from standpoint.core.model import Choice, Span


@check("annotation", on="set")
def choice_missing(case: Case) -> Findings:
    """a required answer is given: for the article, or for each span of the layer that the question is about
    Why: a missing answer leaves a gap in the tables that nobody can explain later.
    Fix: let the annotator answer, and import the set again."""
    answered = {(choice.layer, choice.of) for choice, _ in case.choices}
    for layer in case.layers.values():
        if layer.required and layer.kind in ("choice", "text") and not layer.for_each:
            for of in [span.id for span, _ in case.spans if span.layer == layer.of] if layer.of else [""]:
                if (layer.name, of) not in answered:
                    yield of, f"no {layer.name}"


@check("annotation", on="set")
def text_empty(case: Case) -> Findings:
    """a typed answer is not empty
    Why: an empty answer would be counted as an answer.
    Fix: remove the answer."""
    for choice, layer in case.choices:
        if layer.kind == "text" and not choice.label.strip():
            yield choice.id, f"{layer.name} {choice.label!r}"


@check("set", on="set", level="note")
def answer_evidence(case: Case) -> Findings:
    """an answer other than 0 on an actor scale has evidence: a span labelled with the actor
    Why: a stance that no wording conveys is the annotator's opinion, or the annotator's view of the facts.
    Fix: let the annotator mark the wording, or answer 0."""
    evidence = {span.label for span in _evidence(case)}
    asks_for_evidence = any(_is_evidence_layer(layer) for layer in case.layers.values())
    for choice, layer in _scale(case) if asks_for_evidence else ():
        if layer.by_name[choice.label].value and choice.of not in evidence:
            yield choice.id, f"{layer.name} {choice.label} of {choice.of} has no evidence"


@check("set", on="set", level="note")
def evidence_answer(case: Case) -> Findings:
    """an actor with evidence has an answer on the scale
    Why: the annotator saw that the wording takes sides, and forgot to answer.
    Fix: let the annotator answer for the actor, or remove the evidence."""
    answered = {choice.of for choice, _ in _scale(case)}
    for span in _evidence(case):
        if span.label not in answered:
            yield span.id, f"{span.quote!r} is evidence about {span.label}, which has no answer"


@check("set", on="set", level="note")
def evidence_neutral(case: Case) -> Findings:
    """an actor with evidence has an answer other than 0
    Why: wording that takes sides contradicts a neutral answer.
    Fix: let the annotator decide which of the two is right. If cues cancel each other out, no evidence is marked."""
    neutral = {choice.of: layer for choice, layer in _scale(case) if layer.by_name[choice.label].value == 0}
    for span in _evidence(case):
        if span.label in neutral:
            yield span.id, f"{span.quote!r} is evidence about {span.label}, whose {neutral[span.label].name} is 0"


def _scale(case: Case) -> list[tuple[Choice, Layer]]:
    return [(choice, layer) for choice, layer in case.choices if layer.ordinal and layer.for_each == ACTORS]


def _evidence(case: Case) -> list[Span]:
    """The evidence spans of a pass with an actor scale."""
    if not any(layer.ordinal and layer.for_each == ACTORS for layer in case.layers.values()):
        return []
    return [span for span, layer in case.spans if _is_evidence_layer(layer)]


def _is_evidence_layer(layer: Layer) -> bool:
    """Whether the spans of a layer are evidence about actors. A layer with spare slots marks mentions instead."""
    return layer.kind == "span" and layer.labels_from == ACTORS and not layer.spare


@check("annotation", on="set")
def relation_label(case: Case) -> Findings:
    """in a layer with ``attach``, a relation has the name of the label at its end: time ends on TIME
    Why: the span is either the place or the time of the event; the relation says that it is the other.
    Fix: read the text, and correct the label of the span or of the relation."""
    for link, layer in case.relations if any(layer.attach for layer in case.layers.values()) else ():
        tail = case.by_id.get(link.tail)
        if tail is None or not layer.attach:
            continue
        names = {label.lower(): label for label in case.layers[tail.layer].label_names}
        if link.label in names and names[link.label] != tail.label:
            yield link.id, f"{layer.name} {link.label} to {tail.label} {tail.quote!r}"


@check("annotation", on="set")
def role_none(case: Case) -> Findings:
    """a span takes only the roles that the codebook gives its label
    Why: an agreement, for example, has no target; users of the dataset would not know what was meant.
    Fix: give the span a label that has the role, or remove the answer or the relation."""
    actors = ((item.id, item.of, layer.name) for item, layer in case.choices if layer.of and layer.labels_from)
    links = ((item.id, item.head, item.label) for item, layer in case.relations)
    for identity, head, role in chain(actors, links):
        span = case.by_id.get(head)
        if span is None:
            continue
        label = case.layers[span.layer].by_name.get(span.label)
        if label and label.roles and role not in label.roles:
            yield identity, f"{role} of {label.name} {span.quote!r}, should be one of {', '.join(label.roles)}"
