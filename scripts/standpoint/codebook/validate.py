"""Whether annotations are possible: by the codebook, in the text, and beside each other.

All who need to know ask here, and each decides what a fault means: the checks report it under its code, adjudication and
the build stop at the first one, the scorer refuses the file of predictions. (The kinds' ``read`` comes before: it decides
whether an item of a Label Studio result can become an annotation at all.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from standpoint.codebook.types import NEW, SPARE, Codebook, Layer
from standpoint.core.model import Annotation, Choice, Relation, Span
from standpoint.core.offsets import SHIFTED, WHITESPACE, fault

ANNOTATION_TYPES: Mapping[str, type] = {"span": Span, "choice": Choice, "text": Choice, "relation": Relation}  # by kind of layer
# Two names that share so many of their letters are taken for one name, misspelt.
SIMILAR = 0.8


class Fault(NamedTuple):
    """One thing that is wrong: its code (as in docs/checks.md), an annotation's id or what an answer is about, and the fact."""

    code: str
    where: str
    message: str


def faults_in(
    annotations: Iterable[Annotation],
    codebook: Codebook,
    pass_name: str = "",
    *,
    text: str | None = None,
    length: int | None = None,
) -> Iterator[Fault]:
    """All that is wrong with the annotations of one article, of one pass where ``pass_name`` is given.

    ``length``: that of the text in code points, ``text``: the text; what depends on one of them is left out where it is None.
    """
    annotations, length = list(annotations), len(text) if length is None and text is not None else length
    layers = layers_by_name(codebook, pass_name)
    pairs = fitting(annotations, layers)
    spans = {item.id: item for item, _ in pairs if isinstance(item, Span)}
    if len(pairs) < len(annotations):
        yield from _layer_faults(annotations, layers, codebook, pass_name)
    yield from _label_faults(pairs)
    for item, layer in pairs:
        if isinstance(item, Span):
            yield from _span_faults(item, text, length)
        elif isinstance(item, Choice) and not is_about(layer, item.of, spans):
            yield Fault("CHOICE-ON-NOTHING", item.id, f"{layer.name} of {item.of!r}, should be of {_asked_of(layer)}")
        elif isinstance(item, Relation):
            yield from _relation_faults(item, layer, spans)
    yield from _repetitions(pairs)
    if len({item.id for item in annotations}) == len(annotations):
        return  # counting is slow, and there is almost never anything to find
    for identity, count in Counter(item.id for item in annotations).items():
        if count > 1:
            yield Fault("SET-IDS", identity, f"{count} annotations have the id {identity!r}")


def layers_by_name(codebook: Codebook, pass_name: str = "") -> Mapping[str, Layer]:
    """The layers of a pass by name; without one, all of the codebook's."""
    return {layer.name: layer for layer in codebook.layers_of(pass_name)} if pass_name else codebook.by_name


def fitting(annotations: Iterable[Annotation], layers: Mapping[str, Layer]) -> list[tuple[Annotation, Layer]]:
    """The annotations that are of their layer's kind, with it; LAYER-… finds the others."""
    pairs = ((item, layers.get(item.layer)) for item in annotations)
    return [(item, layer) for item, layer in pairs if layer and isinstance(item, ANNOTATION_TYPES.get(layer.kind, object))]


def is_about(layer: Layer, of: str, spans: Mapping[str, Span]) -> bool:
    """Whether an answer of a layer may be about ``of``: a span (by its id), an actor, a spare slot, or "" for the article."""
    if layer.of:
        return of in spans and spans[of].layer == layer.of
    if layer.for_each == SPARE:
        return of.startswith(NEW)
    return of not in spans and bool(of) == bool(layer.for_each)


def has_label(layer: Layer, label: str) -> bool:
    """Whether a label is one of the layer's own. Actors and typed answers are not listed in the codebook."""
    return not layer.labels or label in layer.by_name


def may_link(layer: Layer, head_layer: str, tail_layer: str) -> bool:
    """Whether a relation of a layer may lead from spans of one layer to spans of another."""
    return layer.starts_on(head_layer) and layer.ends_on(tail_layer)


def nearest(name: str, names: Iterable[str]) -> str:
    """The existing name that an unknown one probably means, or "": they differ in capitals or blanks, or in few letters."""
    by_folded = {known.strip().casefold(): known for known in names}
    close = get_close_matches(name.strip().casefold(), by_folded, 1, SIMILAR)
    return by_folded[close[0]] if close else ""


def _layer_faults(
    annotations: Sequence[Annotation], layers: Mapping[str, Layer], codebook: Codebook, pass_name: str
) -> Iterator[Fault]:
    for item in annotations:
        layer = layers.get(item.layer)
        if layer is None and item.layer in codebook.by_name:
            yield Fault("LAYER-PASS", item.id, f"pass {pass_name} has no layer {item.layer}")
        elif layer is None:
            near = nearest(item.layer, codebook.by_name)
            hint = f", should be {near}?" if near else ""
            yield Fault("LAYER-UNKNOWN", item.id, f"the codebook has no layer {item.layer!r}{hint}")
        elif not isinstance(item, ANNOTATION_TYPES.get(layer.kind, object)):
            yield Fault("LAYER-KIND", item.id, f"a {type(item).__name__.lower()} in {layer.kind} layer {layer.name}")


def _label_faults(pairs: Iterable[tuple[Annotation, Layer]]) -> Iterator[Fault]:
    for item, layer in pairs:
        if has_label(layer, item.label):
            continue
        message = f"layer {layer.name} has no label {item.label!r}"
        if item.label in layer.retired:
            heir = layer.retired[item.label]
            yield Fault("LABEL-RETIRED", item.id, f"{message}, " + (f"now {heir!r}" if heir else "nothing takes its place"))
        elif near := nearest(item.label, layer.label_names):
            yield Fault("LABEL-MISSPELT", item.id, f"{message}, should be {near!r}?")
        else:
            yield Fault("LABEL-UNKNOWN", item.id, message)


def _span_faults(span: Span, text: str | None, length: int | None) -> Iterator[Fault]:
    if length is not None and not 0 <= span.start < span.end <= length:
        yield Fault("SPAN-RANGE", span.id, f"[{span.start},{span.end}) in a text of {length} characters")
    elif text is not None and (words := text[span.start : span.end]) != span.quote:
        yield Fault(_quote_code(span, text), span.id, f"quote {span.quote!r}, text {words!r}")


def _quote_code(span: Span, text: str) -> str:
    """The code that says why a quote is not the text between its offsets, as far as the two explain it."""
    if any("\ud800" <= char <= "\udfff" for char in span.quote):
        return "SPAN-HALF"
    if span.quote in _in_other_units(span, text):
        return "SPAN-UNITS"
    causes = {WHITESPACE: "SPAN-BLANKS", SHIFTED: "SPAN-ELSEWHERE"}
    return causes.get(fault(span.start, span.end, span.quote, text) or "", "SPAN-QUOTE")


def _in_other_units(span: Span, text: str) -> Iterator[str]:
    """The text between the offsets if they count UTF-16 units, and if they count bytes."""
    for encoding, size in (("utf-16-le", 2), ("utf-8", 1)):
        units = text.encode(encoding, "surrogatepass")[span.start * size : span.end * size]
        yield units.decode(encoding, "replace")


def _asked_of(layer: Layer) -> str:
    if layer.of:
        return f"a span of {layer.of}"
    if layer.for_each == SPARE:
        return "a spare slot"
    return "an actor" if layer.for_each else "the article: ''"


def _relation_faults(link: Relation, layer: Layer, spans: Mapping[str, Span]) -> Iterator[Fault]:
    if link.head == link.tail:
        yield Fault("RELATION-SELF", link.id, f"{layer.name} from {link.head!r} to itself")
    missing = [end for end in (link.head, link.tail) if end not in spans]
    yield from (Fault("RELATION-DANGLING", link.id, f"it refers to {end!r}, which is no span of the set") for end in missing)
    if not missing and link.head != link.tail:
        head, tail = spans[link.head].layer, spans[link.tail].layer
        if not may_link(layer, head, tail):
            message = f"{layer.name} from {head} to {tail}, should be from {layer.head} to {layer.tail}"
            yield Fault("RELATION-ENDS", link.id, message)


def _repetitions(pairs: Iterable[tuple[Annotation, Layer]]) -> Iterator[Fault]:
    """Annotations that say the same, and answers where one is asked for: they would count twice, or one would be dropped."""
    places: dict[tuple[str, int, int, str], str] = {}
    labels: dict[tuple[str, str], list[str]] = {}
    links: Counter[tuple[str, str, str, str]] = Counter()
    single = set()
    for item, layer in pairs:
        if isinstance(item, Span):
            first = places.setdefault((item.layer, item.start, item.end, item.label), item.id)
            if first != item.id:
                yield Fault("SPAN-TWICE", item.id, f"it says the same as {first}")
        elif isinstance(item, Choice):
            labels.setdefault((layer.name, item.of), []).append(item.label)
            if not layer.multiple:
                single.add(layer.name)
        else:
            links[item.layer, item.label, item.head, item.tail] += 1
    for (name, of), given in labels.items():
        if name in single and len(set(given)) > 1:
            distinct = ", ".join(sorted(set(given)))
            yield Fault("CHOICE-SEVERAL", of, f"{len(given)} answers of {name}, should be one: {distinct}")
        repeated = Counter(given).items() if len(given) > 1 else ()
        yield from (Fault("CHOICE-TWICE", of, f"{name} {label} {count} times") for label, count in repeated if count > 1)
    for (name, label, head, tail), count in links.items():
        if count > 1:
            yield Fault("RELATION-TWICE", f"{head}->{tail}", f"{count} times {name} {label}")
