"""Whether answers are about something, and as many as are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from standpoint.adjudication.content import is_slot
from standpoint.checks._case import Case
from standpoint.codebook.types import SPARE, Layer
from standpoint.core.model import Choice

SCOPE = "annotation"
Found = Iterator[tuple[str, str]]


def choice_on_nothing(case: Case) -> Found:
    """an answer is about what its layer asks about: a span, an actor, a spare slot, or the article

    Why: the span that it was about has been deleted, or it was about something else; it is the answer to no question.
    Fix: take the answer out, or give it the id of the span that was meant.
    """
    for choice, layer in case.choices:
        if not _asked(choice, layer, case):
            yield choice.id, f"{layer.name} of {choice.of!r}"


def _asked(choice: Choice, layer: Layer, case: Case) -> bool:
    if layer.of:
        return choice.of in case.by_id and case.by_id[choice.of].layer == layer.of
    return is_slot(choice.of) if layer.for_each == SPARE else bool(choice.of) == bool(layer.for_each)


def choice_missing(case: Case) -> Found:
    """a required answer is given: for the article, or for each span of the layer it hangs on

    Why: no answer is not an answer; a table with a hole in it has one annotator less there, and nobody knows why.
    Fix: let the annotator answer, and import the set again.
    """
    answered = {(choice.layer, choice.of) for choice, _ in case.choices}
    for layer in case.layers.values():
        if layer.required and layer.kind in ("choice", "text") and not layer.for_each:
            for of in [span.id for span, _ in case.spans if span.layer == layer.of] if layer.of else [""]:
                if (layer.name, of) not in answered:
                    yield of, f"no {layer.name}"


def choice_several(case: Case) -> Found:
    """one answer where one is asked for

    Why: of two answers, which one counts would depend on the order of lines.
    Fix: keep the one that the annotator meant; a layer that allows several says ``multiple: true``.
    """
    given: dict[tuple[str, str], list[str]] = {}
    for choice, layer in case.choices:
        if not layer.multiple:
            given.setdefault((layer.name, choice.of), []).append(choice.label)
    for (name, of), labels in given.items():
        if len(set(labels)) > 1:
            yield of, f"{len(labels)} answers of {name}: {', '.join(sorted(set(labels)))}"


def choice_twice(case: Case) -> Found:
    """each answer is given once

    Why: what is there twice counts twice.
    Fix: take one out; standpoint fix merges what is the same in all.
    """
    given = Counter((layer.name, choice.of, choice.label) for choice, layer in case.choices)
    for (name, of, label), count in given.items():
        if count > 1:
            yield of, f"{name} {label} {count} times"


def text_empty(case: Case) -> Found:
    """what is typed is not empty

    Why: an empty field says that nothing was said; a record of it says that something was.
    Fix: take the answer out.
    """
    for choice, layer in case.choices:
        if layer.kind == "text" and not choice.label.strip():
            yield choice.id, f"{layer.name} {choice.label!r}"
