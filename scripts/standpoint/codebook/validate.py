"""Whether annotations fit the codebook, the text and each other.

The caller decides what a fault means: the checks report it under its code, adjudication and the build stop at the first
fault, the scorer refuses the file of predictions. (Before that, ``read`` of a kind decides whether an item of a Label
Studio result can become an annotation.)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from standpoint.codebook.types import NEW, SPARE, Codebook, Layer
from standpoint.core.model import Annotation, Choice, Relation, Span, Suggestion, relation_id, with_content
from standpoint.core.offsets import SHIFTED, WHITESPACE, fault, occurrences

ANNOTATION_TYPES: Mapping[str, type] = {  # by kind of layer
    "span": Span,
    "choice": Choice,
    "text": Choice,
    "number": Choice,
    "relation": Relation,
}
SIMILAR = 0.8  # difflib's ratio from which on an unknown name is taken for a misspelling of a known name


Named = TypeVar("Named", Span, Choice, Relation, Annotation, Suggestion)


class Fault(NamedTuple):
    """A fault: its code (as in docs/checks.md), the id of an annotation or of the subject of an answer, and the finding."""

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
    """All faults of the annotations of one article, of one pass if ``pass_name`` is given.

    ``length`` is the length of the text in code points. Without it and ``text``, what depends on them is not checked.
    """
    annotations, length = list(annotations), len(text) if length is None and text is not None else length
    layers = codebook.layers_by_pass[pass_name]
    spans = {item.id: item for item in annotations if isinstance(item, Span)}
    contents: set[tuple] = set()  # what may occur only once
    for item in annotations:
        layer = layers.get(item.layer)
        if layer is None or ANNOTATION_TYPES.get(layer.kind, type(item)) is not type(item):
            yield _layer_fault(item, layer, codebook, pass_name)
            continue
        if layer.labels and item.label not in layer.by_name:
            yield _label_fault(item, layer)
        elif layer.kind == "number" and not layer.allows(item.label):
            yield Fault("NUMBER-VALUE", item.id, f"{layer.name} is {item.label!r}, should be {layer.number_rule}")
        if type(item) is Span:
            contents.add((item.layer, item.start, item.end, item.label))
            if length is not None and not 0 <= item.start < item.end <= length:
                yield Fault("SPAN-RANGE", item.id, f"[{item.start},{item.end}) is no stretch of a text of {length} characters")
            elif text is not None and (words := text[item.start : item.end]) != item.quote:
                yield _quote_fault(item, words, text)
        elif type(item) is Choice:
            contents.add((item.layer, item.of, item.label if layer.multiple else ""))
            if not is_about(layer, item.of, spans):
                yield Fault("CHOICE-ON-NOTHING", item.id, f"{layer.name} is not about {_asked_of(layer)}")
        elif type(item) is Relation:
            contents.add((item.layer, item.label, item.head, item.tail))
            head, tail = spans.get(item.head), spans.get(item.tail)
            if head is None or tail is None or head is tail or not may_link(layer, head.layer, tail.layer):
                yield from _relation_faults(item, layer, spans)
    # Counting is slow, and almost never finds anything.
    if len(contents) < len(annotations):
        yield from _repetitions(fitting(annotations, layers))
    if len({item.id for item in annotations}) < len(annotations):
        counts = Counter(item.id for item in annotations)
        yield from (Fault("SET-IDS", key, f"{count} annotations have id {key!r}") for key, count in counts.items() if count > 1)


def fitting(annotations: Iterable[Annotation], layers: Mapping[str, Layer]) -> list[tuple[Annotation, Layer]]:
    """The annotations that have their layer's kind, each with the layer. The LAYER-… checks report the others."""
    return [
        (item, layer)
        for item in annotations
        if (layer := layers.get(item.layer)) and isinstance(item, ANNOTATION_TYPES.get(layer.kind, object))
    ]


def is_about(layer: Layer, of: str, spans: Mapping[str, Span]) -> bool:
    """Whether an answer of a layer may be about ``of``: the id of a span, an actor or a spare slot, or "" for the article."""
    if layer.of:
        return of in spans and spans[of].layer == layer.of
    if layer.for_each == SPARE:
        return of.startswith(NEW)
    return of not in spans and bool(of) == bool(layer.for_each)


def has_label(layer: Layer, label: str) -> bool:
    """Whether a label is one of the layer's. Actors and typed answers are not listed in the codebook."""
    return not layer.labels or label in layer.by_name


def may_link(layer: Layer, head_layer: str, tail_layer: str) -> bool:
    """Whether a relation of a layer may lead from spans of one layer to spans of another."""
    return layer.starts_on(head_layer) and layer.ends_on(tail_layer)


def overlap_fault(first: Span, second: Span, layer: Layer) -> str:
    """The code of the check that two spans of a layer that share words do not pass; "" if the layer allows them."""
    if (first.start, first.end) == (second.start, second.end):
        return "" if layer.multiple and first.label != second.label else "SPAN-TWICE"
    if (first.start - second.start) * (first.end - second.end) <= 0:  # one is inside the other
        return "" if layer.overlaps != "none" else "SPAN-NESTED"
    return "" if layer.overlaps == "any" else "SPAN-OVERLAP"


def nearest(name: str, names: Iterable[str]) -> str:
    """The known name that an unknown name probably means, or "": they differ in capitals, blanks or few letters."""
    by_folded = {known.strip().casefold(): known for known in names}
    close = get_close_matches(name.strip().casefold(), by_folded, 1, SIMILAR)
    return by_folded[close[0]] if close else ""


def renamed(item: Named, codebook: Codebook) -> Named | None:
    """The annotation under the present names of its layer and label; None if its layer is retired and nothing replaces it.

    The id of an answer or relation that follows from the names changes with them.
    """
    names = codebook.present(item.layer, item.label)
    if not names["layer"]:
        return None
    if (item.layer, item.label) == tuple(names.values()):
        return item
    better = replace(item, **names)
    if isinstance(item, Choice) and isinstance(better, Choice):
        return replace(better, id=with_content(item, **names).id)
    if isinstance(item, Relation) and item.id == relation_id(item.head, item.layer, item.label, item.tail):
        return replace(better, id=relation_id(item.head, names["layer"], names["label"], item.tail))
    return better


def _layer_fault(item: Annotation, layer: Layer | None, codebook: Codebook, pass_name: str) -> Fault:
    if layer:
        return Fault("LAYER-KIND", item.id, f"a {type(item).__name__.lower()} in {layer.kind} layer {layer.name}")
    if item.layer in codebook.by_name:
        return Fault("LAYER-PASS", item.id, f"pass {pass_name} has no layer {item.layer}")
    if item.layer in codebook.retired:
        now = _now(codebook.retired[item.layer], "layer")
        return Fault("LAYER-RETIRED", item.id, f"the codebook has no layer {item.layer!r}{now}")
    known = nearest(item.layer, codebook.by_name)
    hint = f", should be {known}?" if known else ""
    return Fault("LAYER-UNKNOWN", item.id, f"the codebook has no layer {item.layer!r}{hint}")


def _now(successor: str, what: str) -> str:
    return f", now {successor!r}" if successor else f", and no {what} replaces it"


def _label_fault(item: Annotation, layer: Layer) -> Fault:
    message = f"layer {layer.name} has no label {item.label!r}"
    if item.label in layer.retired:
        return Fault("LABEL-RETIRED", item.id, f"{message}{_now(layer.retired[item.label], 'label')}")
    if known := nearest(item.label, layer.label_names):
        return Fault("LABEL-MISSPELT", item.id, f"{message}, should be {known!r}?")
    return Fault("LABEL-UNKNOWN", item.id, message)


def _quote_fault(span: Span, words: str, text: str) -> Fault:
    """A quote is not the text between its offsets, with the code of the probable reason."""
    stored = f"quote is {span.quote!r}" if span.quote or not span.quote_sha256 else f"checksum is {span.quote_sha256}"
    other = f"the {stored}, the text has {words!r}"
    if any("\ud800" <= char <= "\udfff" for char in span.quote):
        return Fault("SPAN-HALF", span.id, other)
    for encoding, size, unit in (("utf-16-le", 2, "UTF-16 units"), ("utf-8", 1, "bytes")):
        units = text.encode(encoding, "surrogatepass")[span.start * size : span.end * size]
        if units.decode(encoding, "replace") == span.quote:
            return Fault("SPAN-UNITS", span.id, f"the offsets count {unit}")
    kind = fault(span.start, span.end, span.quote, text)
    if kind == WHITESPACE:
        return Fault("SPAN-BLANKS", span.id, "the quote has other blanks than the text")
    if kind != SHIFTED:
        return Fault("SPAN-QUOTE", span.id, other)
    places = occurrences(span.quote, text, span.start, span.end)
    by = places[0][0] - span.start
    where = f"{abs(by)} characters {'later' if by > 0 else 'earlier'}" if len(places) == 1 else "at several places nearby"
    return Fault("SPAN-ELSEWHERE", span.id, f"the text has the quote {where}")


def _asked_of(layer: Layer) -> str:
    if layer.of:
        return f"a span of {layer.of}"
    if layer.for_each == SPARE:
        return "a spare slot"
    return "an actor" if layer.for_each else "the article"


def _relation_faults(link: Relation, layer: Layer, spans: Mapping[str, Span]) -> Iterator[Fault]:
    if link.head == link.tail:
        yield Fault("RELATION-SELF", link.id, f"{layer.name} links a span to itself")
    missing = [name for name, end in (("head", link.head), ("tail", link.tail)) if end not in spans]
    yield from (Fault("RELATION-DANGLING", link.id, f"the {name} of {layer.name} is no span of the set") for name in missing)
    if not missing and link.head != link.tail:
        head, tail = spans[link.head].layer, spans[link.tail].layer
        message = f"{layer.name} leads from {head} to {tail}, should lead from {layer.head} to {layer.tail}"
        yield Fault("RELATION-ENDS", link.id, message)


def _repetitions(pairs: Iterable[tuple[Annotation, Layer]]) -> Iterator[Fault]:
    """Repeated annotations, and several answers where one is allowed: they would count twice, or one would be dropped."""
    places: dict[tuple[str, int, int, str], str] = {}
    answers: dict[tuple[Layer, str], Counter[str]] = defaultdict(Counter)
    links: Counter[tuple[str, str, str, str]] = Counter()
    for item, layer in pairs:
        if isinstance(item, Span):
            first = places.setdefault((item.layer, item.start, item.end, item.label), item.id)
            if first != item.id:
                yield Fault("SPAN-TWICE", item.id, f"it repeats {first}")
        elif isinstance(item, Choice):
            answers[layer, item.of][item.label] += 1
        else:
            links[item.layer, item.label, item.head, item.tail] += 1
    for (layer, of), labels in answers.items():
        if len(labels) > 1 and not layer.multiple:
            message = f"{labels.total()} answers of {layer.name}, should be one: {', '.join(sorted(labels))}"
            yield Fault("CHOICE-SEVERAL", of, message)
        for label, count in labels.items():
            if count > 1:
                yield Fault("CHOICE-TWICE", of, f"the answer {label} of {layer.name} is given {count} times")
    for (name, label, head, tail), count in links.items():
        if count > 1:
            yield Fault("RELATION-TWICE", f"{head}->{tail}", f"{name} {label} is given {count} times")
