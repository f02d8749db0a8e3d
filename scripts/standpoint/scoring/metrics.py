"""The metrics of each layer, by its kind."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator
from functools import partial

from standpoint.agreement.counts import measure_f1
from standpoint.codebook.types import Layer
from standpoint.core.matching import match_overlap
from standpoint.core.model import Span
from standpoint.core.words import WORD
from standpoint.scoring.answer_metrics import all_answers, kappa, of_attribute, of_choice, of_scale, of_typed, steps
from standpoint.scoring.doc import Doc, Scheme
from standpoint.scoring.measures import (
    DIAGNOSTIC,
    END_TO_END,
    GOLD_OF_CLASSES,
    OFFICIAL,
    Labelled,
    Metric,
    counts_of_classes,
    f1,
    key_of,
    macro_f1,
    mean_distance,
)
from standpoint.scoring.undecided import open_places


def metrics_of(scheme: Scheme, given: Collection[str] = ()) -> Iterator[Metric]:
    """The metrics of each layer, in the codebook's order.

    ``given``: the span layers of which a system was given the reference's spans. Then the metrics are those of what is said
    about these spans, and a track of their own.
    """
    evidence = {layer.name for layer in scheme.evidence.values()}
    for layer in scheme.codebook.layers:
        # What a joint score is about already is a diagnostic by itself.
        kind = DIAGNOSTIC if layer.name in (*scheme.in_arguments, *evidence) else OFFICIAL
        if given:
            track = f"gold {', '.join(sorted(given))}"
            yield from (metric._replace(track=track) for metric in _about_given(layer, scheme, kind, given))
        else:
            yield from _of_layer(layer, scheme, kind)


def _about_given(layer: Layer, scheme: Scheme, kind: str, given: Collection[str]) -> Iterator[Metric]:
    """The metrics of a layer that is about given spans, and of the arguments of given events; none of other layers."""
    if layer.name in given:
        yield from _of_arguments(layer, scheme) if layer in scheme.events else ()
    elif any(layer.starts_on(name) for name in given):
        yield from _of_links(layer, kind)
    elif layer.of in given:
        if layer.kind == "choice" and (layer.multiple or layer.labels_from):
            yield f1("F1", layer, partial(all_answers, layer), kind)
        elif layer.kind == "choice":
            yield from of_choice(layer)
            if layer.ordinal:
                yield from (kappa(layer), mean_distance("mean distance", layer, partial(steps, layer)))
        else:
            yield from of_typed(layer)


def _of_layer(layer: Layer, scheme: Scheme, kind: str) -> Iterator[Metric]:
    if layer.kind == "span":
        yield from _of_spans(layer, kind)
        yield from _of_arguments(layer, scheme) if layer in scheme.events else ()
    elif layer.kind == "relation":
        yield from _of_links(layer, kind)
    elif layer.of:
        yield from of_attribute(layer, DIAGNOSTIC if layer.kind == "text" else kind)
    elif layer.kind != "choice":
        yield from of_typed(layer)
    elif layer.multiple or layer.labels_from:
        yield f1("F1", layer, partial(all_answers, layer), kind)
    elif layer.ordinal:
        yield from of_scale(layer)
        if layer.name in scheme.evidence:
            yield _evidence(scheme.evidence[layer.name])
    else:
        yield from of_choice(layer)


SUPPORT = 20  # spans in gold: the F1 of a rarer label is too uncertain to count in the mean over labels


def _of_spans(layer: Layer, kind: str) -> Iterator[Metric]:
    groups = {label.name: label.group for label in layer.labels}

    def in_groups(doc: Doc) -> list[Labelled]:
        return [(start, end, groups.get(label, label)) for start, end, label in labelled(layer, doc)]

    def both_labels(gold: Doc, predicted: Doc) -> Iterator[tuple[str | None, str | None]]:
        gold_spans, predicted_spans = set(labelled(layer, gold)), set(labelled(layer, predicted))
        for span in gold_spans | predicted_spans:
            yield span[2] if span in gold_spans else None, span[2] if span in predicted_spans else None

    if len(layer.labels) != 1:
        yield f1("F1 exact, any label", layer, partial(extents, layer), kind)
    if any(groups.values()):
        yield f1("F1 exact, groups", layer, in_groups, kind)
    yield f1("F1 exact", layer, partial(labelled, layer), kind)
    # Spans that share a character and have the same label, matched one to one.
    match = partial(match_overlap, same_label=True)
    yield f1("F1 overlap", layer, lambda doc: doc.spans.get(layer.name, ()), DIAGNOSTIC, match)
    if len(layer.labels) > 1:
        count, nothing = counts_of_classes(layer.label_names, both_labels), f"no label occurs {SUPPORT} times in gold"
        measure, width = partial(macro_f1, least=SUPPORT), 3 * len(layer.labels)
        metric = Metric("macro F1 exact", layer.name, END_TO_END, DIAGNOSTIC, width, count, measure, GOLD_OF_CLASSES, nothing)
        yield metric._replace(classes=layer.label_names, least=SUPPORT)


def extents(layer: Layer, doc: Doc) -> list[tuple[int, int]]:
    """Start and end of the spans of a layer, once for each label: so a score without labels is never below one with them."""
    return [(span.start, span.end) for span in doc.spans.get(layer.name, ())]


def labelled(layer: Layer, doc: Doc) -> list[Labelled]:
    """Start, end and label of the spans of a layer."""
    return [key_of(span) for span in doc.spans.get(layer.name, ())]


def _of_arguments(layer: Layer, scheme: Scheme) -> Iterator[Metric]:
    def attached(doc: Doc, role: bool = True, start: bool = True) -> list[tuple]:
        """Each argument with its event's extent and label; ``start`` false: with the label alone."""
        return [
            (*(key_of(span) if start else (span.label,)), name if role else "", filler)
            for span, name, filler in doc.arguments(layer, scheme)
        ]

    def heads(doc: Doc) -> list[Hashable]:
        """A filler counts by its end: the last word is the head of an English noun phrase that has no postmodifier."""
        return [(*key_of(span), name, (filler[0], filler[-1])) for span, name, filler in doc.arguments(layer, scheme)]

    roles = tuple(role.name for role in (*scheme.actor_roles(layer), *scheme.links(layer)))
    for metric in (
        f1("F1 of arguments, any role", layer, partial(attached, role=False)),
        f1("F1 of arguments", layer, attached),
        f1("F1 of arguments, last word", layer, heads, DIAGNOSTIC),
        f1("F1 of arguments, unattached", layer, partial(attached, start=False), DIAGNOSTIC),
    ):
        yield metric._replace(layers=roles)


def _of_links(layer: Layer, kind: str) -> Iterator[Metric]:
    def ends(doc: Doc) -> list[tuple[Span, Span, str]]:
        links = (link for (name, _), found in doc.links.items() if name == layer.name for link in found)
        return [(doc.by_id[link.head], doc.by_id[link.tail], link.label) for link in links]

    def with_labels(doc: Doc) -> list[Hashable]:
        return [(key_of(head), key_of(tail), label) for head, tail, label in ends(doc)]

    def places(doc: Doc) -> list[Hashable]:
        return [(key_of(head)[:2], key_of(tail)[:2]) for head, tail, _ in ends(doc)]

    yield f1("F1 end to end, any label", layer, places, kind)
    yield f1("F1 end to end", layer, with_labels, kind)


def _evidence(evidence: Layer) -> Metric:
    """F1 of the words marked as evidence about an actor: all words of gold, whatever a system says on the scale."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float, float]:
        gold_words, words = (_words(gold.text, doc.spans.get(evidence.name, ())) for doc in (gold, predicted))
        # A span that is kept because it overlaps one of gold may go on into an open conflict.
        undecided = open_places(gold, evidence.name)
        words = {word for word in words if word in gold_words or not any(start <= word[1] < end for start, end in undecided)}
        return len(gold_words & words), len(words), len(gold_words)

    return Metric("F1 of words", evidence.name, END_TO_END, OFFICIAL, 3, count, measure_f1, slice(2, 3), precision_recall=True)


def _words(text: str | None, spans: Iterable[Span]) -> set[tuple[str, int]]:
    """Label and start of each word in spans; of a withheld text, of each character."""
    words: set[tuple[str, int]] = set()
    for span in spans:
        found = (match.start() for match in WORD.finditer(text or "", span.start, span.end))
        words.update((span.label, place) for place in (range(span.start, span.end) if text is None else found))
    return words
