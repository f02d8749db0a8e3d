"""What goes into an annotation set without a click: the defaults, and the links that a rule attaches."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter

from standpoint.codebook.types import Codebook, Layer
from standpoint.model import Annotation, Choice, Relation, Span, in_reading_order


def complete(
    annotations: list[Annotation], sentences: Sequence[tuple[int, int]], pass_name: str, codebook: Codebook
) -> Iterator[Annotation]:
    """What was annotated, with what goes without a click: defaults, and links that a rule attaches; in a fixed order."""
    spans = [item for item in annotations if isinstance(item, Span)]
    answered = {(item.layer, item.of) for item in annotations if isinstance(item, Choice)}
    extra: list[Annotation] = []
    for layer in codebook.layers_of(pass_name):
        if layer.default and layer.kind != "relation":
            about = [span.id for span in spans if span.layer == layer.of] if layer.of else [""]
            missing = (of for of in about if (layer.name, of) not in answered)
            extra += [
                Choice(id=f"{of}.{layer.name}" if of else layer.name, layer=layer.name, label=layer.default, of=of)
                for of in missing
            ]
        elif layer.attach:
            linked = {item.tail for item in annotations if isinstance(item, Relation) and item.layer == layer.name}
            extra += attached(layer, spans, sentences, linked)
    return iter(in_reading_order([*annotations, *extra]))


def attached(layer: Layer, spans: Sequence[Span], sentences: Sequence[tuple[int, int]], linked: set[str]) -> Iterator[Relation]:
    """Links of the spans that no arrow leads to, in sentences with exactly one head (codebook, roles: auto-attach).

    The label is the relation's label that is named as the span is, in small letters: PLACE -> place.
    """
    by_sentence: dict[int, list[Span]] = defaultdict(list)
    for span in spans:
        if span.layer in (layer.head, layer.tail):
            by_sentence[_sentence_at(span.start, sentences)].append(span)
    for number, inside in by_sentence.items():
        heads = [span for span in inside if span.layer == layer.head]
        for tail in inside if len(heads) == 1 and number >= 0 else ():
            label = tail.label.lower()
            if tail.layer == layer.tail and tail.id not in linked and label in layer.by_name:
                identity = f"{heads[0].id}.{layer.name}.{label}.{tail.id}"
                yield Relation(id=identity, layer=layer.name, label=label, head=heads[0].id, tail=tail.id, origin="attached")


def _sentence_at(offset: int, sentences: Sequence[tuple[int, int]]) -> int:
    number = bisect_right(sentences, offset, key=itemgetter(0)) - 1
    return number if number >= 0 and offset < sentences[number][1] else -1
