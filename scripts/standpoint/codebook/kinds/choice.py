"""One or several answers from a list: status, roles, stance, genre. A scale may be given in stars (Label Studio's <Rating>), and
labels may be places in a tree (<Taxonomy>).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lxml import etree

from standpoint.codebook.hotkeys import keys_of
from standpoint.codebook.kinds._items import (
    BELOW,
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


types = ("choices", "rating", "taxonomy")
RATING = "rating"  # the type of an answer in stars, and the key of their number
TREE = "taxonomy"  # the type of an answer from a tree, and the key of its paths


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
    if layer.tree and (layer.ordinal or layer.for_each or any(label.hotkey or label.show for label in layer.labels)):
        yield ".tree", "is not for ordinal layers, for_each, and labels with a hotkey or show"
    if layer.tree and any(part.strip() != part or not part for name in layer.label_names for part in name.split(BELOW)):
        yield ".labels", f"the label of a tree has names with {BELOW!r} between them"
    if layer.multiple and layer.default:
        yield ".default", "a layer with several answers has no default"


def controls(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, etree._Element]]:
    """<Choices>: buttons in the panel of a region, a scale for each actor, or a menu for the article; <Rating>, <Taxonomy>."""
    article, keys = not layer.of and not layer.for_each, keys_of(layer, codebook)
    form = "multiple" if layer.multiple else "single-radio" if not article else "single"
    source = f"${list_key(layer)}" if layer.labels_from else ""
    layout = {"layout": "select"} if article else {"showInline": True}
    required = {"required": True, "requiredMessage": f"{layer.name} is needed"} if layer.required else {}
    if layer.stars:
        yield from placed(layer, codebook, "Rating", toName=TEXT, maxRating=len(layer.labels), **required)
        return
    if layer.tree:
        most = {"maxUsages": "" if layer.multiple else 1, "leafsOnly": not inner_places(layer.label_names)}
        for place, view in placed(layer, codebook, "Taxonomy", toName=TEXT, showFullPath=True, **most, **required):
            add_branches(next(view.iter("Taxonomy")), layer.label_names)
            yield place, view
        return
    for place, view in placed(layer, codebook, "Choices", toName=TEXT, choice=form, value=source, **layout, **required):
        for control in view.iter("Choices"):
            for label in layer.labels:
                alias = label.name if label.show else ""
                element("Choice", control, value=label.show or label.name, alias=alias, hotkey=keys[label.name] or NO_KEY)
        yield place, view


def inner_places(names: Iterable[str]) -> set[str]:
    """The labels of a tree that have other labels below them."""
    above = {BELOW.join(path[:length]) for name in names for path in [name.split(BELOW)] for length in range(1, len(path))}
    return above & set(names)


def add_branches(tree: etree._Element, names: Iterable[str]) -> None:
    """Add the places of a tree as <Choice> inside <Choice>, also those on the way to a label."""
    branches = {"": tree}
    for name in names:
        path = name.split(BELOW)
        for length, part in enumerate(path, 1):
            place, above = BELOW.join(path[:length]), BELOW.join(path[: length - 1])
            if place not in branches:
                branches[place] = element("Choice", branches[above], value=part)


def read(layer: Layer, item: Item, index: int | None, reading: Reading) -> None:
    """An answer has known labels, only one unless the layer allows several. A number of stars is the label with this value."""
    value = item.content
    stars = whole_number(value.rating)
    given = [] if stars is None else [label.name for label in layer.labels if label.value == stars]
    labels = present_labels(layer, given or value.choices or value.places, item, reading)
    allowed = allowed_labels(layer, reading.actors)
    if not labels or len(set(labels)) < len(labels) or not all(map(allowed.__contains__, labels)):
        answer = f"{value.rating} star(s)" if item.type == RATING else list(labels)
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
    if layer.tree:
        return [written(layer, annotation.of, TREE, {TREE: [annotation.label.split(BELOW)]}, writing)]
    return [written(layer, annotation.of, "choices", {"choices": [annotation.label]}, writing)]


def feature(layer: Layer, codebook: Codebook) -> ClassLabel | Value | List:
    """One label, or a list of labels."""
    from datasets import ClassLabel, List, Value

    label = ClassLabel(names=list(layer.label_names)) if layer.labels else Value("string")
    return List(label) if layer.multiple else label
