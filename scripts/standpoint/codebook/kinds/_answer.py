"""What choices and free texts share: an answer is about a region, an actor of the article, a spare slot, or the article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from standpoint.codebook.kinds._studio import Item, Reading, Writing, answers_of, element, region_conditions, spare_slots
from standpoint.codebook.types import Codebook, Layer
from standpoint.model import Choice

INDEX = "{{idx}}"


def check_about(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    """``of`` names a span layer; ``of`` and ``for_each`` exclude each other; relations' words are not used."""
    if layer.of and (layer.of not in codebook.by_name or codebook.by_name[layer.of].kind != "span"):
        yield ".of", f"{layer.of!r} is not a span layer"
    if layer.of and layer.for_each:
        yield "", "of and for_each exclude each other"
    if layer.head or layer.tail or layer.spare or layer.attach:
        yield "", "from, to, spare and attach make no sense in this kind of layer"


def placed(layer: Layer, codebook: Codebook, tag: str, **attributes: object) -> Iterator[tuple[str, etree._Element]]:
    """The control, once: in the panel of the selected region, at the side for the article, or one an actor or slot."""
    where = answers_of(layer, codebook)
    title = (layer.show or layer.name.replace("_", " ")) + (f" ({layer.default} unless you say so)" if layer.default else "")
    if where == "span":
        view = element("View", visibleWhen="region-selected", whenTagName=layer.of, className="sp-answer")
        element("Header", view, value=title, size="6")
        element(tag, view, name=layer.name, **attributes, **region_conditions(layer, codebook))
        yield "panel", view
    elif where == "actor":
        view = element("View", className="sp-scale")
        repeater = element("Repeater", view, on="$actors", indexFlag=INDEX)
        element("Header", repeater, value=f"$actors[{INDEX}].value", size="6")
        element(tag, repeater, name=f"{layer.name}_{INDEX}", **attributes)
        yield "side", view
    else:
        view = element("View", className="sp-answer")
        element("Header", view, value=title, size="6")
        slots = range(1, spare_count(codebook) + 1) if where == "spare" else (None,)
        for slot in slots:
            name = layer.name if slot is None else f"{layer.name}_{slot}"
            element(tag, view, name=name, **attributes | ({"placeholder": f"new actor {slot}"} if slot else {}))
        yield "side", view


def spare_count(codebook: Codebook) -> int:
    """How many spare slots the codebook's actor layer has."""
    return max((layer.spare for layer in codebook.layers), default=0)


def about(layer: Layer, item: Item, index: int | None, reading: Reading) -> str | None:
    """What an item is about: a region's id, an actor's id, or ""; None, and an Issue, where that is not there."""
    if layer.of:
        if reading.regions.get(item.id) == layer.of:
            return item.id
        reading.refuse(item, "CHOICE-ON-NOTHING", f"{layer.name} stands on no region of layer {layer.of}")
        return None
    if not layer.for_each:
        return ""
    slots: Sequence[str] = reading.actors if layer.for_each == "actors" else spare_slots(99)
    position = None if index is None else index if layer.for_each == "actors" else index - 1
    if position is None or not 0 <= position < len(slots):
        reading.refuse(item, "CHOICE-ON-NOTHING", f"{item.from_name} points to no {layer.for_each} of the task")
        return None
    return slots[position]


def take(layer: Layer, of: str, labels: Sequence[str], item: Item, reading: Reading) -> None:
    """Add one Choice a label; their ids follow from what they are about, so that reading again gives the same."""
    prefix = f"{of}.{layer.name}" if of else layer.name
    for label in labels:
        identity = f"{prefix}.{label}" if layer.multiple else prefix
        reading.annotations.append(Choice(id=identity, layer=layer.name, label=label, of=of))
    reading.taken += 1


def written(layer: Layer, of: str, kind: str, value: dict, writing: Writing) -> dict:
    """An item of a result: on a region it repeats the region's id and offsets."""
    name, identity = layer.name, f"{layer.name}-{of or 'article'}"
    if layer.of:
        identity, (start, end) = of, writing.spans[of]
        value = {"start": start, "end": end} | value
    elif layer.for_each == "actors":
        name = f"{layer.name}_{list(writing.actors).index(of)}"
    elif layer.for_each:
        name = f"{layer.name}_{of.rpartition(':')[2]}"
    return {"id": identity, "from_name": name, "to_name": "text", "type": kind, "origin": "manual", "value": value}
