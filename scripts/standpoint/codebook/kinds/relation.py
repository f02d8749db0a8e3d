"""A labelled link between two spans: where and when an event happened."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from standpoint.codebook.kinds._items import Item, Reading, Writing, element, present_labels
from standpoint.codebook.types import ANY, Codebook, Layer
from standpoint.codebook.validate import may_link
from standpoint.core.model import Relation, Span, relation_id

types = ("relation",)


def check_layer(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    """A relation layer links two span layers, and has labels that no other relation layer has."""
    for key, name in ((".from", layer.head), (".to", layer.tail)):
        if name != ANY and (name not in codebook.by_name or codebook.by_name[name].kind != "span"):
            yield key, f"{name!r} is not a span layer"
    if (
        not layer.labels
        or layer.labels_from
        or layer.of
        or layer.for_each
        or (layer.overlaps, layer.sentences) != ("none", "one")
    ):
        yield "", "a relation layer has labels, from and to, but no labels_from, of, for_each, overlaps or sentences"
    for other in codebook.layers:
        shared = set(layer.label_names) & set(other.label_names)
        if other.kind == "relation" and other.name != layer.name and shared:
            yield ".labels", f"{sorted(shared)} are also labels of {other.name}: an export does not name a relation's layer"


def controls(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, etree._Element]]:
    """<Relations>. A page has only one, so ``pages.label_config`` puts the labels of all relation layers of a pass into it."""
    relations = element("Relations")
    for label in layer.labels:
        element("Relation", relations, value=label.name, background=label.color)
    yield "relations", relations


def read(layer: Layer, item: Item, index: int | None, reading: Reading) -> None:
    """A link between regions of the right layers. An arrow that was drawn backwards is reversed.

    If the annotator gave the arrow no label, its label is that of the region at its end (PLACE -> place), or the default.
    """
    head, tail = item.ends
    if head not in reading.regions or tail not in reading.regions:
        return reading.refuse(item, "RELATION-DANGLING", "one end is not a region of this annotation")
    first, last = reading.regions[head], reading.regions[tail]
    if not may_link(layer, first, last):
        head, tail = tail, head  # the arrow was drawn backwards; where the two layers differ, this is certain
    if not may_link(layer, reading.regions[head], reading.regions[tail]):
        return reading.refuse(item, "RELATION-ENDS", f"it links {first} to {last}, should link {layer.head} to {layer.tail}")
    named = (item.label.lower() for item in reading.annotations if isinstance(item, Span) and item.id == tail)
    labels = present_labels(layer, item.labels or [], item, reading)
    labels = labels or [label for label in (*named, layer.default) if label in layer.by_name][:1]
    if not labels or any(label not in layer.by_name for label in labels):
        message = f"labels {item.labels or []} in layer {layer.name}, should be labels of the layer"
        return reading.refuse(item, "RELATION-LABEL", message)
    for label in labels:
        identity = relation_id(head, layer.name, label, tail)
        reading.annotations.append(Relation(id=identity, layer=layer.name, label=label, head=head, tail=tail))
    reading.taken += 1


def write(layer: Layer, annotation: Relation, writing: Writing) -> list[dict]:
    """One arrow. ``pages.task_json`` merges several labels of one pair, because the editor keeps one arrow per pair."""
    ends = {"from_id": annotation.head, "to_id": annotation.tail}
    return [{"type": "relation", **ends, "direction": "right", "labels": [annotation.label]}]


def feature(layer: Layer, codebook: Codebook) -> dict:
    """The label and the id of the span at the end of the link, which is stored with the span at its start."""
    from datasets import ClassLabel, Value

    return {"label": ClassLabel(names=list(layer.label_names)), "tail": Value("string")}
