"""Whether the answers on an actor scale and the evidence for them go together."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.checks._case import Case
from standpoint.checks._table import note
from standpoint.codebook.types import ACTORS, Layer
from standpoint.core.model import Choice, Span

SCOPE = "set"
Found = Iterator[tuple[str, str]]


@note
def answer_evidence(case: Case) -> Found:
    """an answer on an actor scale that is not 0 has evidence: a span labelled with the actor

    Why: a stance without wording that conveys it is the annotator's own view, or their view of the facts.
    Fix: let the annotator mark the wording, or answer 0.
    """
    evidence = {span.label for span in _evidence(case)}
    for choice, layer in _scale(case) if _asks(case) else ():
        if layer.by_name[choice.label].value and choice.of not in evidence:
            yield choice.id, f"{layer.name} {choice.label} of {choice.of} has none"


@note
def evidence_answer(case: Case) -> Found:
    """an actor with evidence has an answer on the scale

    Why: the wording was seen to take sides, and the answer that it is evidence for was forgotten.
    Fix: let the annotator answer for the actor, or take the evidence out.
    """
    answered = {choice.of for choice, _ in _scale(case)}
    for span in _evidence(case):
        if span.label not in answered:
            yield span.id, f"{span.quote!r} is evidence about {span.label}, which has none"


@note
def evidence_neutral(case: Case) -> Found:
    """an actor with evidence has an answer other than 0

    Why: wording that takes sides and an answer that says no side is taken contradict each other.
    Fix: let the annotator say which of the two holds; where cues cancel out, no evidence is marked.
    """
    neutral = {choice.of: layer for choice, layer in _scale(case) if layer.by_name[choice.label].value == 0}
    for span in _evidence(case):
        if span.label in neutral:
            yield span.id, f"{span.quote!r} is evidence about {span.label}, whose {neutral[span.label].name} is 0"


def _scale(case: Case) -> list[tuple[Choice, Layer]]:
    return [(choice, layer) for choice, layer in case.choices if layer.ordinal and layer.for_each == ACTORS]


def _evidence(case: Case) -> list[Span]:
    """The evidence of a pass that has an actor scale. Layers with spare slots are of mentions, whatever they convey."""
    if not any(layer.ordinal and layer.for_each == ACTORS for layer in case.layers.values()):
        return []
    return [span for span, layer in case.spans if layer.labels_from == ACTORS and not layer.spare]


def _asks(case: Case) -> bool:
    """Whether the pass asks for evidence."""
    return any(layer.kind == "span" and layer.labels_from == ACTORS and not layer.spare for layer in case.layers.values())
