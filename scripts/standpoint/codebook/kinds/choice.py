"""One or several answers from a list: status, roles, stance, genre. A scale may be given in stars (Label Studio's <Rating>)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

from standpoint.codebook.hotkeys import keys_of
from standpoint.codebook.kinds._items import (
    NO_KEY,
    TEXT,
    Item,
    Reading,
    Writing,
    about,
    allowed_labels,
    check_about,
    element,
    list_key,
    placed,
    present_labels,
    take,
    written,
)
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.model import Choice
from standpoint.core.offsets import whole_number

if TYPE_CHECKING:  # takes a second to import, and only the schema of a release needs it
    from datasets import ClassLabel, List, Value


types = ("choices", "rating")
RATING = "rating"  # the type of an answer in stars, and the key of their number


def check_layer(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    """A choice layer has labels or the article's actors. An ordinal layer has a value for each label."""
    yield from check_about(layer, codebook)
    if bool(layer.labels) == bool(layer.labels_from):
        yield "", "a choice layer has either labels or labels_from: actors"
    if layer.ordinal and (not layer.labels or any(label.value is None for label in layer.labels)):
        yield ".labels", "an ordinal layer has labels, and each label needs a value"
    values = [label.value for label in layer.labels]
    if layer.stars and (not layer.ordinal or layer.multiple or layer.for_each or values != [*range(1, len(values) + 1)]):
        yield ".stars", "is for an ordinal layer whose labels have the values 1, 2, 3, …, without multiple and for_each"
    if layer.stars and any(label.hotkey for label in layer.labels):
        yield ".labels", "stars have no hotkeys"
    if layer.multiple and layer.default:
        yield ".default", "a layer with several answers has no default"


def controls(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, etree._Element]]:
    """<Choices>: buttons in the panel of a region, a scale for each actor, or a menu for the article; or a <Rating>."""
    article, keys = not layer.of and not layer.for_each, keys_of(layer, codebook)
    form = "multiple" if layer.multiple else "single-radio" if not article else "single"
    source = f"${list_key(layer)}" if layer.labels_from else ""
    layout = {"layout": "select"} if article else {"showInline": True}
    required = {"required": True, "requiredMessage": f"{layer.name} is needed"} if layer.required else {}
    if layer.stars:
        yield from placed(layer, codebook, "Rating", toName=TEXT, maxRating=len(layer.labels), **required)
        return
    for place, view in placed(layer, codebook, "Choices", toName=TEXT, choice=form, value=source, **layout, **required):
        for control in view.iter("Choices"):
            for label in layer.labels:
                alias = label.name if label.show else ""
                element("Choice", control, value=label.show or label.name, alias=alias, hotkey=keys[label.name] or NO_KEY)
        yield place, view


def read(layer: Layer, item: Item, index: int | None, reading: Reading) -> None:
    """An answer has known labels, only one unless the layer allows several. A number of stars is the label with this value."""
    stars = whole_number(item.content.rating)
    given = [label.name for label in layer.labels if stars is not None and label.value == stars] or item.content.choices
    labels = present_labels(layer, given or [], item, reading)
    allowed = allowed_labels(layer, reading.actors)
    if not labels or len(set(labels)) < len(labels) or not all(label in allowed for label in labels):
        answer = f"{item.content.rating} star(s)" if item.type == RATING else list(labels)
        return reading.refuse(item, "CHOICE-LABEL", f"answers {answer} in layer {layer.name}, should be its labels")
    if len(labels) > 1 and not layer.multiple:
        return reading.refuse(item, "CHOICE-SEVERAL", f"answers {list(labels)} in layer {layer.name}, should be one")
    of = about(layer, item, index, reading)
    if of is not None:
        take(layer, of, labels, item, reading)


def write(layer: Layer, annotation: Choice, writing: Writing) -> list[dict]:
    """One item with this answer. ``pages.task_json`` merges several answers on one region."""
    if layer.stars:
        return [written(layer, annotation.of, RATING, {RATING: int(layer.by_name[annotation.label].value or 0)}, writing)]
    return [written(layer, annotation.of, "choices", {"choices": [annotation.label]}, writing)]


def feature(layer: Layer, codebook: Codebook) -> ClassLabel | Value | List:
    """One label, or a list of labels."""
    from datasets import ClassLabel, List, Value

    label = ClassLabel(names=list(layer.label_names)) if layer.labels else Value("string")
    return List(label) if layer.multiple else label
