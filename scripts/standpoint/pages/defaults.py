"""Annotations that need no click: default answers, and relations that a rule attaches."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from standpoint.codebook.types import Codebook, Layer
from standpoint.core.ids import choice_id, relation_id
from standpoint.core.model import Annotation, Choice, Relation, Span, in_reading_order


def fill_defaults(
    annotations: Iterable[Annotation], sentences: Sequence[tuple[int, int]], pass_name: str, codebook: Codebook
) -> list[Annotation]:
    """The annotations of one pass with default answers and attached relations added, in reading order.

    ``sentences`` are ``[start, end)`` offsets in ascending order.
    """
    annotations = list(annotations)
    spans = [item for item in annotations if isinstance(item, Span)]
    answered = {(item.layer, item.of) for item in annotations if isinstance(item, Choice)}
    added: list[Annotation] = []
    for layer in codebook.layers_of(pass_name):
        if layer.default and layer.kind != "relation":
            targets = [span.id for span in spans if span.layer == layer.of] if layer.of else [""]
            added += [
                Choice(id=choice_id(of, layer.name, layer.default, multiple=False), layer=layer.name, label=layer.default, of=of)
                for of in targets
                if (layer.name, of) not in answered
            ]
        elif layer.attach:
            linked = {item.tail for item in annotations if isinstance(item, Relation) and item.layer == layer.name}
            added += attach_relations(layer, spans, sentences, linked)
    return in_reading_order([*annotations, *added])


def attach_relations(
    layer: Layer, spans: Sequence[Span], sentences: Sequence[tuple[int, int]], linked: set[str]
) -> Iterator[Relation]:
    """A relation to each tail span that has none (not in ``linked``), if its sentence has exactly one head span.

    With one event in the sentence, its place and time are almost always meant for it; with several, the annotator has to
    say which (codebook, roles: auto-attach). The relation's label is the span's label in small letters: PLACE -> place.
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
                identity = relation_id(heads[0].id, layer.name, label, tail.id)
                yield Relation(id=identity, layer=layer.name, label=label, head=heads[0].id, tail=tail.id, origin="attached")


def _sentence_at(offset: int, sentences: Sequence[tuple[int, int]]) -> int:
    """The index of the sentence at an offset, -1 if there is none."""
    number = bisect_right(sentences, offset, key=itemgetter(0)) - 1
    return number if number >= 0 and offset < sentences[number][1] else -1
