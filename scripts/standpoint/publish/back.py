"""A row of the documents becomes annotations again: the inverse of ``rows.document``, as far as the row has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from standpoint.codebook.types import Layer
from standpoint.model import Annotation, Choice, Relation, Span, in_reading_order
from standpoint.publish.shape import Shape

Said = dict[str, dict[str, list[str]]]  # {layer: {of: the label of each annotator}}
Distributions = dict[str, dict[str, dict[str, str]]]  # {layer: {of: {annotator: label}}}, as a settled set has them


def annotations_of(row: Mapping[str, Any], shape: Shape) -> list[Annotation]:
    """The settled annotations of a row whose labels are names; quotes are "" where the text is withheld."""
    return in_reading_order(_annotations(row, shape))


def _annotations(row: Mapping[str, Any], shape: Shape) -> Iterator[Annotation]:
    for layer in shape.article:
        yield from _answers(layer, "", row[layer.name])
    for layer in shape.spans:
        for item in row[layer.name]:
            where = {"start": item["start"], "end": item["end"], "quote": item["quote"] or ""}
            yield Span(id=item["id"], layer=layer.name, label=item["label"], **where)
            attributes, relations = shape.fields[layer.name]
            for other in attributes:
                yield from _answers(other, item["id"], item[other.name])
            for other in relations:
                yield from (_link(other, item["id"], link) for link in item[other.name])
    for layer in shape.each:
        for item in row[layer.name]:
            yield from _answers(layer, item["actor"], item["label"])


def _answers(layer: Layer, of: str, said: str | list[str] | None) -> Iterator[Choice]:
    for label in said if isinstance(said, list) else [said] if said is not None else ():
        name = ".".join(part for part in (of, layer.name, label if layer.multiple else "") if part)
        yield Choice(id=name, layer=layer.name, label=label, of=of)


def _link(layer: Layer, head: str, link: Mapping[str, Any]) -> Relation:
    identity = f"{head}.{layer.name}.{link['label']}.{link['tail']}"
    return Relation(id=identity, layer=layer.name, label=link["label"], head=head, tail=link["tail"])


def said_of(row: Mapping[str, Any], shape: Shape) -> Said:
    """What each annotator answered, where the row keeps it."""
    found: Said = {}
    for layer in shape.each:
        for item in row[layer.name]:
            found.setdefault(layer.name, {})[item["actor"]] = [one["label"] for one in item["distribution"]]
    return found


def distributions_of(row: Mapping[str, Any], shape: Shape) -> Distributions:
    """What each annotator answered in the layers whose answers are all kept."""
    found: Distributions = {}
    for layer, of, said in _distributions(row, shape):
        if said:
            found.setdefault(layer, {})[of] = {one["annotator"]: one["label"] for one in said}
    return found


def _distributions(row: Mapping[str, Any], shape: Shape) -> Iterator[tuple[str, str, list[dict]]]:
    for layer in shape.article:
        yield layer.name, "", row.get(f"{layer.name}_distribution", [])
    for span in shape.spans:
        for item in row[span.name]:
            for layer in shape.fields[span.name][0]:
                yield layer.name, item["id"], item.get(f"{layer.name}_distribution", [])
    for layer in shape.each:
        for item in row[layer.name]:
            yield layer.name, item["actor"], item["distribution"]
