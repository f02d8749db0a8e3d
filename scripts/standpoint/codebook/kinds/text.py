"""Typed text: the name of an actor that is not in the registry, a note."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

from standpoint.codebook.kinds._items import TEXT, Item, Reading, Writing, about, check_about, placed, spare_count, take, written
from standpoint.codebook.types import SPARE, Codebook, Layer
from standpoint.core.model import Choice

if TYPE_CHECKING:  # takes a second to import, and only the schema of a release needs it
    from datasets import Value

types = ("textarea",)


def check_layer(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    """A text layer has no labels. A layer for each spare slot needs a layer that has spare slots."""
    yield from check_about(layer, codebook)
    if layer.labels or layer.labels_from or layer.multiple or layer.ordinal or layer.default:
        yield "", "labels, labels_from, multiple, ordinal and default are not allowed in a text layer"
    if layer.for_each == SPARE and not spare_count(codebook):
        yield ".for_each", "no layer has spare slots"


def controls(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, etree._Element]]:
    """<TextArea> of one line. Submit saves it, even without Enter."""
    yield from placed(layer, codebook, "TextArea", toName=TEXT, rows=1, maxSubmissions=1, editable=True)


def read(layer: Layer, item: Item, index: int | None, reading: Reading) -> None:
    """The typed text, as one line that is not empty."""
    text = item.content.text
    texts = text if isinstance(text, list) else [text or ""]
    typed = " ".join(" ".join(texts).split())
    if not typed:
        return reading.refuse(item, "TEXT-EMPTY", f"{layer.name} is empty")
    of = about(layer, item, index, reading)
    if of is not None:
        take(layer, of, (typed,), item, reading)


def write(layer: Layer, annotation: Choice, writing: Writing) -> list[dict]:
    """One item with the typed text."""
    return [written(layer, annotation.of, "textarea", {"text": [annotation.label]}, writing)]


def feature(layer: Layer, codebook: Codebook) -> Value:
    from datasets import Value

    return Value("string")
