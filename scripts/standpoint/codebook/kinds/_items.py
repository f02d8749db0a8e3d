"""The items of a Label Studio result, and the functions with which the kinds read and write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from msgspec import Struct

from standpoint.codebook.colours import slot_color
from standpoint.codebook.types import ACTORS, NEW, SPARE, Codebook, Layer
from standpoint.core.model import Annotation, Choice, Issue, choice_id
from standpoint.core.offsets import Repair

TEXT = "text"  # the name of the <Text> that is annotated
FINDINGS = "findings"  # the key in a task's data of the findings on its annotations, which only its page shows
TO_FIX = "to_fix"  # the key of their number, which the list of tasks shows
# Label Studio gives a hotkey to each label and choice that has none, which is undocumented. No keyboard has this character.
NO_KEY = "\u200b"
RARE = "sp-rare"  # the class of the box with a layer's rare labels
BELOW = " / "  # between the names of a path in a tree: the label Sea / Storm is below Sea
MASK = "░"  # replaces each character of a masked zone, except line breaks, so that offsets stay the same


class Value(Struct, gc=False):
    """The ``value`` of an item; its fields depend on the item's type."""

    start: int | float | str | None = None
    end: int | float | str | None = None
    text: str | list[str] | None = None
    labels: list[str] | None = None
    choices: list[str] | None = None
    rating: int | float | str | None = None
    number: int | float | str | None = None
    taxonomy: list[list[str]] | None = None
    # Of a region in a <HyperText>: Label Studio's names, also those of older versions for labels.
    startOffset: int | float | str | None = None  # noqa: N815
    endOffset: int | float | str | None = None  # noqa: N815
    globalOffsets: dict[str, int | float | str | None] | None = None  # noqa: N815
    hypertextlabels: list[str] | None = None
    htmllabels: list[str] | None = None

    @property
    def places(self) -> list[str]:
        """The places in a tree that are answered, as labels."""
        return [BELOW.join(path) for path in self.taxonomy or ()]


class Item(Struct, gc=False):
    """One entry of a result: a region, an answer, or a relation. Ids may be numbers if a script made the result."""

    id: str | int | None = None
    from_name: str | None = None
    to_name: str | None = None
    type: str | None = None
    value: Value | None = None
    origin: str | None = None
    from_id: str | int | None = None
    to_id: str | int | None = None
    direction: str | None = None
    labels: list[str] | None = None
    meta: dict | None = None
    score: float | None = None
    normalization: Any = None
    parentID: Any = None  # noqa: N815

    @property
    def region(self) -> str:
        """The id of the item's region; "" if it has none."""
        return "" if self.id is None else str(self.id)

    @property
    def ends(self) -> tuple[str, str]:
        """The ids of the regions at a relation's start and end, also if it was drawn to the left."""
        head, tail = (self.to_id, self.from_id) if self.direction == "left" else (self.from_id, self.to_id)
        return "" if head is None else str(head), "" if tail is None else str(tail)

    @property
    def content(self) -> Value:
        return self.value or Value()


@dataclass
class Reading:
    """One Label Studio annotation while it is read: its text, and the results."""

    where: str
    text: str
    actors: Sequence[str]  # the ids of the task's actors, in the order of its list
    annotations: list[Annotation] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    regions: dict[str, str] = field(default_factory=dict)  # region id -> its layer
    possessive_names: Collection[str] | None = None  # names that end in 's; None: the 's of a region is not cut off
    taken: int = 0
    left_out: int = 0  # what the codebook leaves out: answers of controls that it ignores, and labels that nothing replaces
    unused: int = 0  # suggested names of slots that mark nothing
    fix: bool = False  # fix bad offsets if the right place is certain
    repairs: list[Repair] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)  # bad offsets, by outcome and class

    def refuse(self, item: Item, code: str, message: str) -> None:
        """Report an item that is not imported, under the region's id, as Label Studio shows it."""
        where = item.id or f"{item.from_id}->{item.to_id}"
        self.issues.append(Issue(f"{self.where} region {where}", code, message))


@dataclass
class Writing:
    """One annotation set while it is written as a Label Studio result."""

    actors: Sequence[str]
    spans: Mapping[str, tuple[int, int]]  # offsets by id


MOST_SPARE = 99  # slots of a layer: each is a label, and a field of the page


def spare_slots(count: int) -> tuple[str, ...]:
    """The ids of the slots for actors that are not in the registry: NEW:1, NEW:2, …"""
    return tuple(f"{NEW}{number}" for number in range(1, count + 1))


BLANK_SLOT = re.compile(r"new (?:actor )?[0-9]+")  # what the page calls a slot whose name was not guessed


def list_key(layer: Layer) -> str:
    """The key of the layer's list of actors in a task's data. There is one list per set of hotkeys."""
    return ACTORS if layer.hotkeys == "" else f"{layer.name}s"


def allowed_labels(layer: Layer, actors: Sequence[str]) -> Collection[str]:
    """The labels that are allowed in a layer, on a task with these actors."""
    return actors if layer.labels_from == ACTORS else layer.by_name


def present_labels(layer: Layer, labels: Sequence[str], item: Item, reading: Reading) -> list[str]:
    """The labels under their present names: a retired label is replaced, and the text on the page is the label's name.

    Each change adds a note. Labels that the layer never had stay, and are refused by the caller.
    """
    if not layer.labels or all(map(layer.by_name.__contains__, labels)):
        return list(labels)
    shown = Counter(label.show for label in layer.labels)
    names = {label.show: label.name for label in layer.labels if shown[label.show] == 1}
    names |= {old: now for old, now in layer.retired.items() if now} | {name: name for name in layer.by_name}
    for label in labels:
        if names.get(label, label) != label:
            where = f"{reading.where} region {item.id or f'{item.from_id}->{item.to_id}'}"
            message = f"{label!r} is called {names[label]!r} in layer {layer.name}; imported as that"
            reading.issues.append(Issue(where, "LABEL-RENAMED", message, "note"))
    return list(dict.fromkeys(names.get(label, label) for label in labels))


def is_retired(item: Item, layer: Layer, reading: Reading) -> bool:
    """Whether an item has only labels that its layer has no more, and that nothing replaces; a note names them."""
    if not layer.retired:
        return False
    labels = item.labels or item.content.labels or item.content.choices or item.content.places
    if not labels or any(layer.retired.get(label) != "" for label in labels):
        return False
    message = f"{', '.join(map(repr, labels))} of layer {layer.name} is retired, and nothing replaces it: left out"
    reading.issues.append(
        Issue(f"{reading.where} region {item.region or '->'.join(item.ends)}", "LABEL-RETIRED", message, "note")
    )
    return True


def element(tag: str, parent: etree._Element | None = None, **attributes: object) -> etree._Element:
    """An XML element. Empty attributes are left out; True becomes "true"."""
    texts = {
        key: str(value).lower() if value is True else str(value)
        for key, value in attributes.items()
        if value not in ("", None, False)
    }
    return etree.Element(tag, texts) if parent is None else etree.SubElement(parent, tag, texts)


INDEX = "{{idx}}"


def check_about(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    """``of`` names a span layer, ``of`` and ``for_each`` exclude each other, and the keys of relations are not used.

    The controls of a layer for each actor or slot are called NAME_0, NAME_1, …: no other layer has such a name.
    """
    if layer.of and (layer.of not in codebook.by_name or codebook.by_name[layer.of].kind != "span"):
        yield ".of", f"{layer.of!r} is not a span layer"
    if layer.of and layer.for_each:
        yield "", "of and for_each exclude each other"
    if layer.head or layer.tail or layer.spare or layer.attach or layer.overlaps != "none" or layer.sentences != "one":
        yield "", "from, to, spare, attach, overlaps and sentences are not allowed in this kind of layer"
    for other in codebook.by_name if layer.for_each else ():
        if other.startswith(f"{layer.name}_") and other.removeprefix(f"{layer.name}_").isdecimal():
            yield ".name", f"layer {other} has the name of one of its controls on the page"


def placed(layer: Layer, codebook: Codebook, tag: str, **attributes: object) -> Iterator[tuple[str, etree._Element]]:
    """The control: in the panel of the selected region, at the side for the article, or repeated per actor or slot."""
    title = (layer.show or layer.name.replace("_", " ")) + (f" ({layer.default} unless you say so)" if layer.default else "")
    if layer.of:
        shown = {"visibleWhen": "region-selected", "whenTagName": layer.of}
        view = element("View", **shown, className="sp-answer sp-who" if layer.labels_from else "sp-answer")
        element("Header", view, value=title, size="6")
        # The control repeats the conditions and names the labels: otherwise hidden controls still react to hotkeys (1.23).
        labels = ",".join(codebook.by_name[layer.of].label_names)
        element(tag, view, name=layer.name, **attributes, perRegion=True, **shown, whenLabelValue=labels)
        yield "panel", view
    elif layer.for_each == ACTORS:
        view = element("View", className="sp-scale")
        repeater = element("Repeater", view, on="$actors", indexFlag=INDEX)
        element("Header", repeater, value=f"$actors[{INDEX}].value", size="6")
        element(tag, repeater, name=f"{layer.name}_{INDEX}", **attributes)
        yield "side", view
    else:
        view = element("View", className="sp-answer")
        element("Header", view, value=title, size="6")
        if layer.for_each == SPARE:
            slots = element("View", view, className="sp-slots")
            for slot in range(1, spare_count(codebook) + 1):
                field_of = element("View", slots, className="sp-slot", style=f"border-color:{slot_color(slot)}")
                element("Header", field_of, value=str(slot), size="6")
                element(tag, field_of, name=f"{layer.name}_{slot}", **attributes, placeholder=f"new {slot}")
        else:
            element(tag, view, name=layer.name, **attributes)
        yield "side", view


def spare_count(codebook: Codebook) -> int:
    """The number of spare slots of the codebook's actor layer."""
    return max((layer.spare for layer in codebook.layers), default=0)


def about(layer: Layer, item: Item, index: int | None, reading: Reading) -> str | None:
    """The id of the region or actor of an item, "" for the article; if there is none, an Issue is added and None returned."""
    if layer.of:
        region = item.region
        if reading.regions.get(region) == layer.of:
            return region
        reading.refuse(item, "CHOICE-ON-NOTHING", f"{layer.name} is on no region of layer {layer.of}")
        return None
    if not layer.for_each:
        if item.region not in reading.regions:
            return ""
        reading.refuse(item, "CHOICE-ON-REGION", f"{layer.name} is on a region, and the layer is about the article")
        return None
    slots = reading.actors if layer.for_each == ACTORS else spare_slots(MOST_SPARE)
    position = -1 if index is None else index if layer.for_each == ACTORS else index - 1
    if not 0 <= position < len(slots):
        reading.refuse(item, "CHOICE-ON-NOTHING", f"{item.from_name} points to no {layer.for_each} of the task")
        return None
    return slots[position]


def take(layer: Layer, of: str, labels: Sequence[str], item: Item, reading: Reading) -> None:
    """Add one Choice per label. Its id follows from its content, so that reading again gives the same id."""
    for label in labels:
        identity = choice_id(of, layer.name, label, layer.multiple)
        reading.annotations.append(Choice(id=identity, layer=layer.name, label=label, of=of))
    reading.taken += 1


def written(layer: Layer, of: str, kind: str, value: dict, writing: Writing) -> dict:
    """An item of a result. An item on a region repeats the region's id and offsets."""
    name, identity = layer.name, of if layer.of else f"{layer.name}-{of or 'article'}"
    if layer.of:
        start, end = writing.spans[of]
        value = {"start": start, "end": end} | value
    elif layer.for_each == ACTORS:
        actors = list(writing.actors)  # of an actor that is not in the list, reading reports the item
        name = f"{layer.name}_{actors.index(of) if of in actors else of}"
    elif layer.for_each:
        name = f"{layer.name}_{of.rpartition(':')[2]}"
    return {"id": identity, "from_name": name, "to_name": TEXT, "type": kind, "origin": "manual", "value": value}
