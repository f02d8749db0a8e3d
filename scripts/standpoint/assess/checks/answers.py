"""Whether answers are about something, and as many as are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from standpoint.assess.checks._case import Case, note
from standpoint.assess.slots import is_slot
from standpoint.codebook.types import ACTORS, SPARE, Layer
from standpoint.model import Choice

Found = Iterator[tuple[str, str]]


def choice_on_nothing(case: Case) -> Found:
    """an answer is about what its layer asks about: a span, an actor, a spare slot, or the article"""
    for choice, layer in case.choices:
        if not _asked(choice, layer, case):
            yield choice.id, f"{layer.name} of {choice.of!r}"


def _asked(choice: Choice, layer: Layer, case: Case) -> bool:
    if layer.of:
        return case.span_layers.get(choice.of) == layer.of
    return is_slot(choice.of) if layer.for_each == SPARE else bool(choice.of) == bool(layer.for_each)


def choice_missing(case: Case) -> Found:
    """a required answer is given: for the article, or for each span of the layer it hangs on"""
    answered = {(choice.layer, choice.of) for choice, _ in case.choices}
    for layer in case.layers.values():
        if layer.required and layer.kind in ("choice", "text") and not layer.for_each:
            for of in [span.id for span, _ in case.spans if span.layer == layer.of] if layer.of else [""]:
                if (layer.name, of) not in answered:
                    yield of, f"no {layer.name}"


def choice_several(case: Case) -> Found:
    """one answer where one is asked for, and each answer once"""
    given = Counter((layer.name, choice.of, choice.label if layer.multiple else "") for choice, layer in case.choices)
    for (name, of, label), count in given.items():
        if count > 1:
            yield of, f"{count} answers of {name} {label}".rstrip()


def text_empty(case: Case) -> Found:
    """what is typed is not empty"""
    for choice, layer in case.choices:
        if layer.kind == "text" and not choice.label.strip():
            yield choice.id, f"{layer.name} {choice.label!r}"


@note
def answer_evidence(case: Case) -> Found:
    """an answer on an actor scale that is not 0 has evidence: a span labelled with the actor"""
    evidence = {span.label for span, layer in case.spans if layer.labels_from == ACTORS}
    if not any(layer.kind == "span" and layer.labels_from == ACTORS for layer in case.layers.values()):
        return
    for choice, layer in case.choices:
        label = layer.by_name.get(choice.label)
        if layer.ordinal and layer.for_each == ACTORS and label and label.value and choice.of not in evidence:
            yield choice.id, f"{layer.name} {choice.label} of {choice.of} has none"
