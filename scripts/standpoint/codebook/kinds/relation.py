"""A labelled link between two spans: where and when an event happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from standpoint.codebook.kinds._items import Item, Reading, Writing, element
from standpoint.codebook.types import ANY, Codebook, Layer
from standpoint.codebook.validate import may_link
from standpoint.core.model import Annotation, Relation, Span, relation_id


def check_layer(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    """A relation layer links two span layers of its own pass, has labels, and shares none with its neighbours."""
    for key, name in ((".from", layer.head), (".to", layer.tail)):
        if name != ANY and (name not in codebook.by_name or codebook.by_name[name].kind != "span"):
            yield key, f"{name!r} is not a span layer"
    if not layer.labels or layer.labels_from or layer.of or layer.for_each:
        yield "", "a relation layer has labels of its own, from and to, and no labels_from, of or for_each"
    for other in codebook.layers:
        shared = set(layer.label_names) & set(other.label_names)
        if other.kind == "relation" and other.name != layer.name and shared:
            yield ".labels", f"{sorted(shared)} are labels of {other.name} too: an export does not say which is meant"


def controls(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, etree._Element]]:
    """<Relations>; a page has one, so the labels of all relation layers of a pass are put into it by the config."""
    relations = element("Relations")
    for label in layer.labels:
        element("Relation", relations, value=label.name, background=label.color)
    yield "relations", relations


def read(layer: Layer, item: Item, index: int | None, reading: Reading) -> None:
    """A link between regions of the right layers; an arrow drawn to the left is turned round."""
    head, tail = item.ends
    if head not in reading.regions or tail not in reading.regions:
        return reading.refuse(item, "RELATION-DANGLING", "one end is no region of this annotation")
    first, last = reading.regions[head], reading.regions[tail]
    if not may_link(layer, first, last):
        head, tail = tail, head  # drawn the other way round, which is clear where the two layers differ
    if not may_link(layer, reading.regions[head], reading.regions[tail]):
        return reading.refuse(item, "RELATION-ENDS", f"it links {first} to {last}, should link {layer.head} to {layer.tail}")
    labels = item.labels or _without_a_click(layer, reading.annotations, tail)
    if not labels or any(label not in layer.by_name for label in labels):
        return reading.refuse(
            item, "RELATION-LABEL", f"labels {item.labels or []} in layer {layer.name}, should be some that it has"
        )
    for label in labels:
        identity = relation_id(head, layer.name, label, tail)
        reading.annotations.append(Relation(id=identity, layer=layer.name, label=label, head=head, tail=tail))
    reading.taken += 1


def _without_a_click(layer: Layer, annotations: Iterable[Annotation], tail: str) -> list[str]:
    """The label of an arrow that was given none: the one that is named as its far end (PLACE -> place), or the default."""
    named = (item.label.lower() for item in annotations if isinstance(item, Span) and item.id == tail)
    return [label for label in (*named, layer.default) if label in layer.by_name][:1]


def write(layer: Layer, annotation: Relation, writing: Writing) -> list[dict]:
    """One arrow; several labels on one pair are merged by the writer of tasks (the editor keeps one arrow a pair)."""
    return [
        {
            "type": "relation",
            "from_id": annotation.head,
            "to_id": annotation.tail,
            "direction": "right",
            "labels": [annotation.label],
        }
    ]


def feature(layer: Layer, codebook: Codebook) -> dict:
    """The label and the id of the span at the other end; it is stored on the span where it begins."""
    from datasets import ClassLabel, Value

    return {"label": ClassLabel(names=list(layer.label_names)), "tail": Value("string")}
