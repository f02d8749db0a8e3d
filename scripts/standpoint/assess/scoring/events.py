"""The metrics of spans: triggers, their arguments and attributes, mentions, other spans (codebook, official scoring).

Strict is official: the extent, the type, and, for what hangs on a trigger, the trigger itself must be right. What is
looser is printed beside it as a diagnostic, and never instead of it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import partial

import numpy as np

from standpoint.assess.match import match_overlap
from standpoint.assess.scoring.doc import Doc
from standpoint.assess.scoring.metric import DIAGNOSTIC, GOLD_TRIGGERS, OFFICIAL, Metric, f1, macro_f1
from standpoint.assess.scoring.scheme import Scheme
from standpoint.codebook.types import Layer
from standpoint.model import Span

SUPPORT = 20  # what a type must have in gold to count in the mean over types


def of_spans(scheme: Scheme) -> Iterator[Metric]:
    """All metrics of spans, triggers first."""
    for layer in scheme.triggers:
        yield from _of_triggers(layer)
        yield from _of_arguments(layer, scheme)
        for attribute in scheme.attributes(layer):
            yield from _of_attribute(layer, attribute)
    for layer in scheme.mentions:
        yield f1("ACT-I", layer.name, partial(extents, layer))
        yield f1("ACT-L", layer.name, partial(labelled, layer))
        yield _overlap("ACT-L overlap", layer)
    for layer in scheme.others:
        yield f1("SPAN", layer.name, partial(labelled, layer), DIAGNOSTIC)
        yield _overlap("SPAN overlap", layer)


def extents(layer: Layer, doc: Doc) -> list[Hashable]:
    """Where the spans of a layer are."""
    return [(span.start, span.end) for span in doc.spans.get(layer.name, ())]


def labelled(layer: Layer, doc: Doc) -> list[Hashable]:
    """Where they are, and their labels."""
    return [(span.start, span.end, span.label) for span in doc.spans.get(layer.name, ())]


def _overlap(name: str, layer: Layer) -> Metric:
    """Spans that share a character and have one label, one to one."""
    return f1(name, layer.name, lambda doc: doc.spans.get(layer.name, ()), DIAGNOSTIC, partial(match_overlap, same_label=True))


def _of_triggers(layer: Layer) -> Iterator[Metric]:
    yield f1("TRI-I", layer.name, partial(extents, layer))
    if any(label.group for label in layer.labels):
        groups = {label.name: label.group for label in layer.labels}
        yield f1("TRI-C1", layer.name, lambda doc: [(*one[:2], groups.get(one[2], one[2])) for one in labelled(layer, doc)])
    yield f1("TRI-C2", layer.name, partial(labelled, layer))
    yield _overlap("TRI-C2 overlap", layer)
    yield _over_types(layer)


def _over_types(layer: Layer) -> Metric:
    """The mean over types of the F1 of each; only types that gold has often."""
    names = layer.label_names

    def count(gold: Doc, predicted: Doc) -> np.ndarray:
        counts = np.zeros((len(names), 3))
        right, said = set(labelled(layer, gold)), set(labelled(layer, predicted))
        for column, found in enumerate((right & said, said, right)):
            for *_, label in found:
                counts[names.index(label), column] += 1
        return counts.ravel()

    def measure(sums: np.ndarray) -> np.ndarray:
        return macro_f1(sums.reshape(len(sums), len(names), 3), SUPPORT)

    nothing = f"no type stands {SUPPORT} times in gold"
    n = lambda sums: float(sums.reshape(len(names), 3)[:, 2].sum())  # noqa: E731
    return Metric("TRI-C2 macro", layer.name, "end to end", DIAGNOSTIC, 3 * len(names), count, measure, n, nothing)


def _of_arguments(layer: Layer, scheme: Scheme) -> Iterator[Metric]:
    def attached(doc: Doc, role: bool = True, start: bool = True) -> list[Hashable]:
        """An argument counts with its trigger: extent and type; ``start`` false: with the type alone."""
        found = [
            (*(_key(span) if start else (span.label,)), name if role else "", filler)
            for span, name, filler in doc.arguments(layer, scheme)
        ]
        # One filler in two roles is one argument where roles do not count; the validator refuses real doubles.
        return found if role else list(dict.fromkeys(found))

    def heads(doc: Doc) -> list[Hashable]:
        """A span counts by its last word's end: the head of an English noun phrase without what follows it."""
        return [(*_key(span), name, (filler[0], filler[-1])) for span, name, filler in doc.arguments(layer, scheme)]

    yield f1("ARG-I+", layer.name, partial(attached, role=False))
    yield f1("ARG-C+", layer.name, attached)
    yield f1("ARG-C+ head", layer.name, heads, DIAGNOSTIC)
    yield f1("ARG-C unattached", layer.name, partial(attached, start=False), DIAGNOSTIC)


def _key(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.label


def _of_attribute(layer: Layer, attribute: Layer) -> Iterator[Metric]:
    def tuples(doc: Doc) -> list[Hashable]:
        return [(*_key(span), doc.answer(attribute, span.id)) for span in doc.spans.get(layer.name, ())]

    yield f1(f"{attribute.name.upper()} e2e", attribute.name, tuples)
    yield _on_gold_triggers(layer, attribute)


def _on_gold_triggers(layer: Layer, attribute: Layer) -> Metric:
    """Macro-F1 over the values, of gold's triggers: one that was not predicted (extent) has no value, and is missed."""
    names = attribute.label_names

    def count(gold: Doc, predicted: Doc) -> np.ndarray:
        counts = np.zeros((len(names), 3))
        said = {(span.start, span.end): predicted.answer(attribute, span.id) for span in predicted.spans.get(layer.name, ())}
        for span in gold.spans.get(layer.name, ()):
            right = gold.answer(attribute, span.id)
            found = said.get((span.start, span.end), "")
            if right in names:  # what annotators did not settle has no right answer
                counts[names.index(right), 2] += 1
                counts[names.index(right), 0] += found == right
                if found in names:
                    counts[names.index(found), 1] += 1
        return counts.ravel()

    def measure(sums: np.ndarray) -> np.ndarray:
        return macro_f1(sums.reshape(len(sums), len(names), 3))

    n = lambda sums: float(sums.reshape(len(names), 3)[:, 2].sum())  # noqa: E731
    name, nothing = f"{attribute.name.upper()} macro", "gold has no answer"
    return Metric(name, attribute.name, GOLD_TRIGGERS, OFFICIAL, 3 * len(names), count, measure, n, nothing)
