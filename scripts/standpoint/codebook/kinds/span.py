"""A labelled stretch of the text: triggers, mentions, places, evidence."""

from __future__ import annotations

from collections.abc import Iterator

from datasets import ClassLabel, Value
from lxml import etree

from standpoint.codebook.kinds._studio import MASK, TEXT, Item, Reading, Writing, allowed_labels, element, list_key
from standpoint.codebook.types import Codebook, Layer
from standpoint.model import Span


def check_layer(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    """A span layer has labels of its own or the article's actors, and hangs on nothing."""
    if bool(layer.labels) == bool(layer.labels_from):
        yield "", "a span layer has either labels or labels_from: actors"
    if layer.of or layer.for_each or layer.head or layer.tail:
        yield "", "of, for_each, from and to make no sense in a span layer"
    if layer.spare and not layer.labels_from:
        yield ".spare", "spare slots need labels_from: actors"


def controls(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, etree._Element]]:
    """<Labels> in the bar above the text."""
    source = f"${list_key(layer)}" if layer.labels_from else ""
    labels = element("Labels", name=layer.name, toName=TEXT, choice="single", showInline=True, value=source)
    for label in layer.labels:
        shown = {"value": label.show or label.name, "alias": label.name if label.show else ""}
        element("Label", labels, **shown, background=label.color, hotkey=label.hotkey, hint=label.definition)
    yield "bar", labels


def read(layer: Layer, item: Item, index: int | None, reading: Reading) -> None:
    """A region: its offsets must lie in the text, and it must have one label that the layer has."""
    value, problem = item.value, _offset_problem(item, len(reading.text))
    if problem:
        return reading.refuse(item, "REGION-OFFSETS", problem)
    labels = value.labels or ()
    if len(labels) != 1 or labels[0] not in allowed_labels(layer, reading.actors):
        return reading.refuse(item, "REGION-LABEL", f"labels {list(labels)} in layer {layer.name}, should be one that it has")
    if item.id in reading.regions:
        return reading.refuse(
            item, "REGION-TWICE", f"this region is {reading.regions[item.id]} already, should have one layer and one label"
        )
    start, end = int(value.start), int(value.end)
    if MASK in reading.text[start:end]:
        return reading.refuse(item, "REGION-MASKED", f"[{start}, {end}) lies in a zone that this pass hides")
    reading.regions[item.id] = layer.name
    reading.annotations.append(
        Span(
            id=item.id,
            layer=layer.name,
            label=labels[0],
            start=start,
            end=end,
            quote=reading.text[start:end],
            origin=item.origin or "manual",
        )
    )
    reading.taken += 1


def _offset_problem(item: Item, length: int) -> str:
    if not item.id:
        return "the region has no id"
    try:
        start, end = int(item.value.start), int(item.value.end)
    except (TypeError, ValueError):
        return f"start {item.value.start!r} and end {item.value.end!r} should be whole numbers"
    return "" if 0 <= start < end <= length else f"[{start}, {end}) does not lie in the text of {length} characters"


def write(layer: Layer, annotation: Span, writing: Writing) -> list[dict]:
    """One region."""
    value = {"start": annotation.start, "end": annotation.end, "text": annotation.quote, "labels": [annotation.label]}
    return [
        {
            "id": annotation.id,
            "from_name": layer.name,
            "to_name": TEXT,
            "type": "labels",
            "origin": annotation.origin,
            "value": value,
        }
    ]


def feature(layer: Layer, codebook: Codebook) -> dict:
    """Id, offsets in code points, quote (null where the text is withheld) and label."""
    label = ClassLabel(names=list(layer.label_names)) if layer.labels else Value("string")
    return {"id": Value("string"), "start": Value("int32"), "end": Value("int32"), "quote": Value("string"), "label": label}
