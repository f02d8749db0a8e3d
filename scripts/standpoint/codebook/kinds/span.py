"""A labelled stretch of the text: triggers, mentions, places, evidence."""

from __future__ import annotations

from collections.abc import Iterator

from datasets import ClassLabel
from datasets import Value as Feature
from lxml import etree

from standpoint.codebook.kinds._studio import MASK, TEXT, Item, Reading, Value, Writing, allowed_labels, element, list_key
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
    """A region: its offsets must lie in the text and fit what it says of its text, and its layer must have its label."""
    problem = _problem(layer, item, reading)
    place = None if problem else _place(item.value, reading.text)
    if place is None:
        return reading.refuse(item, *problem or _misplaced(item.value, reading.text))
    start, end = place
    quote = reading.text[start:end]
    if MASK in quote:
        return reading.refuse(item, "REGION-MASKED", f"[{start}, {end}) lies in a zone that this pass hides")
    reading.regions[item.id] = layer.name
    origin, label = item.origin or "manual", item.value.labels[0]
    reading.annotations.append(Span(id=item.id, layer=layer.name, label=label, start=start, end=end, quote=quote, origin=origin))
    reading.taken += 1


def _problem(layer: Layer, item: Item, reading: Reading) -> tuple[str, str] | None:
    """Code and message of what is wrong with a region apart from its place."""
    if not item.id:
        return "REGION-ID", "the region has no id"
    labels = item.value.labels or ()
    if len(labels) != 1 or labels[0] not in allowed_labels(layer, reading.actors):
        return "REGION-LABEL", f"labels {list(labels)} in layer {layer.name}, should be one that it has"
    if item.id in reading.regions:
        return "REGION-TWICE", f"this region is {reading.regions[item.id]} already, should have one layer and one label"
    return None


def _place(value: Value, text: str) -> tuple[int, int] | None:
    """Where a region lies, in code points. Old servers counted UTF-16 units: what the region says of its text tells."""
    try:
        start, end = int(value.start), int(value.end)
    except (TypeError, ValueError):
        return None
    if 0 <= start < end <= len(text) and _says(value.text, text[start:end]):
        return start, end
    units = text.encode("utf-16-le", "surrogatepass")
    before, inside = (part.decode("utf-16-le", "replace") for part in (units[: 2 * start], units[2 * start : 2 * end]))
    moved = 0 <= start < end and inside and value.text and _says(value.text, inside)
    return (len(before), len(before) + len(inside)) if moved else None


def _says(said: object, quote: str) -> bool:
    """Whether what Label Studio keeps as a region's text fits: it folds blanks and writes line breaks as \\n."""
    if not isinstance(said, str) or said == quote:
        return True  # none was sent, or a field of the region has put its own text there
    return said.replace("\\n", " ").split() == quote.split()


def _misplaced(value: Value, text: str) -> tuple[str, str]:
    try:
        start, end = int(value.start), int(value.end)
    except (TypeError, ValueError):
        return "REGION-OFFSETS", f"start {value.start!r} and end {value.end!r} should be whole numbers"
    if not 0 <= start < end <= len(text):
        return "REGION-OFFSETS", f"[{start}, {end}) does not lie in the text of {len(text)} characters"
    return "REGION-TEXT", f"[{start}, {end}) is {text[start:end]!r}, should be {value.text!r} as the region says"


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
    label = ClassLabel(names=list(layer.label_names)) if layer.labels else Feature("string")
    return {
        "id": Feature("string"),
        "start": Feature("int32"),
        "end": Feature("int32"),
        "quote": Feature("string"),
        "label": label,
    }
