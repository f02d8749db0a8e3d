"""A number: of people, of the paragraph with the claim, a grade. A set has it as text, such as 12 or 2.5 (``number_text``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

from standpoint.codebook.kinds._items import TEXT, Item, Reading, Writing, about, check_about, placed, take, written
from standpoint.codebook.types import Codebook, Layer, number_text
from standpoint.core.model import Choice

if TYPE_CHECKING:  # takes a second to import, and only the schema of a release needs it
    from datasets import Value


types = ("number",)
NUMBER = "number"  # the type of an answer, and the key of its value


def check_layer(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    """A number layer has no labels, and is about the article or each span of a layer."""
    yield from check_about(layer, codebook)
    if layer.labels or layer.labels_from or layer.multiple or layer.ordinal or layer.default or layer.for_each:
        yield "", "labels, labels_from, multiple, ordinal, default and for_each are not allowed in a number layer"
    for key, limit in (("min", layer.min), ("max", layer.max), ("step", layer.step)):
        if limit is not None and number_text(limit) is None:
            yield f".{key}", f"{limit:g} is too large, too small, or not finite"
            return
    if layer.min is not None and layer.max is not None and layer.min >= layer.max:
        yield ".max", f"{layer.max:g} is not above min, {layer.min:g}"
    if layer.step is not None and layer.step <= 0:
        yield ".step", f"{layer.step:g} is not above 0"


def controls(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, etree._Element]]:
    """<Number>, with the limits as text, because 0 is one."""
    limits = {key: number_text(value) or "" for key, value in (("min", layer.min), ("max", layer.max), ("step", layer.step))}
    required = {"required": True, "requiredMessage": f"{layer.name} is needed"} if layer.required else {}
    yield from placed(layer, codebook, "Number", toName=TEXT, **limits, **required)


def read(layer: Layer, item: Item, index: int | None, reading: Reading) -> None:
    """A number that the layer allows: Label Studio lets a person type others."""
    number = number_text(item.content.number)
    if number is None or not layer.allows(number):
        given = item.content.number if number is None else number
        return reading.refuse(item, "NUMBER-VALUE", f"{layer.name} is {given!r}, should be {layer.number_rule}")
    of = about(layer, item, index, reading)
    if of is not None:
        take(layer, of, (number,), item, reading)


def write(layer: Layer, annotation: Choice, writing: Writing) -> list[dict]:
    """One item with the number."""
    return [written(layer, annotation.of, NUMBER, {NUMBER: layer.number(annotation.label)}, writing)]


def feature(layer: Layer, codebook: Codebook) -> Value:
    """Whole numbers are integers if ``step`` says that there are no others."""
    from datasets import Value

    return Value("int64" if layer.is_whole else "float64")
