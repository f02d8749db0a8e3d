"""Label Studio's side of an annotation: the items of a result, and what is shared by the kinds that read and write them.

Measured on Label Studio 1.23: offsets in a <Text> are code points; ``value.text`` is not the slice (newlines become
two characters, runs of blanks collapse), so the quote is always sliced from the article's text; attributes of a
region are items of their own with the region's id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from lxml import etree
from msgspec import Struct

from standpoint.codebook.offsets import Repair
from standpoint.codebook.types import ACTORS, SPARE, Codebook, Layer
from standpoint.model import Annotation, Issue

TEXT = "text"  # the name of the <Text> that everything is annotated on
SPARE_PREFIX = "NEW:"
FINDINGS = "findings"  # the key in a task's data of what was found in its work: shown on its page, and nothing else
TO_MEND = "to_mend"  # and of how much that is: shown in the list of tasks
# Label Studio gives a key of its own to each label and choice that has none, and says so nowhere. No keyboard has this one.
NO_KEY = "\u200b"
MASK = "░"  # stands for each character of a zone that a pass must not see; line breaks stay


class Value(Struct, gc=False):
    """The ``value`` of an item; which fields are there depends on the item's type."""

    start: int | float | str | None = None
    end: int | float | str | None = None
    text: str | list[str] | None = None
    labels: list[str] | None = None
    choices: list[str] | None = None
    # Of a region on a page (<HyperText>): Label Studio's names, and what <Labels> was called in older versions.
    startOffset: int | float | str | None = None  # noqa: N815
    endOffset: int | float | str | None = None  # noqa: N815
    globalOffsets: dict[str, int | float | str | None] | None = None  # noqa: N815
    hypertextlabels: list[str] | None = None
    htmllabels: list[str] | None = None


class Item(Struct, gc=False):
    """One entry of a result: a region, an answer, or a relation. Scripts number their regions, Label Studio does not."""

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


@dataclass
class Reading:
    """One Label Studio annotation while it is read: the text it points into, and what has been made of it so far."""

    where: str
    text: str
    actors: Sequence[str]  # the ids of the task's actors, in the order of its list
    annotations: list[Annotation] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    regions: dict[str, str] = field(default_factory=dict)  # region id -> id of its span
    possessive_names: Collection[str] | None = None  # names that end in 's; None where a region's 's is nothing to cut off
    taken: int = 0
    mend: bool = False  # whether bad offsets are mended where that is certain
    repairs: list[Repair] = field(default_factory=list)
    faults: Counter = field(default_factory=Counter)  # bad offsets by what became of them and their class

    def refuse(self, item: Item, code: str, message: str) -> None:
        """Report an item that is not taken; the place is the region's id, as Label Studio shows it."""
        where = item.id or f"{item.from_id}->{item.to_id}"
        self.issues.append(Issue(f"{self.where} region {where}", code, message))


@dataclass
class Writing:
    """One annotation set while it is written as a Label Studio result."""

    text: str
    actors: Sequence[str]
    spans: dict[str, tuple[int, int]]
    regions: Counter = field(default_factory=Counter)


def spare_slots(count: int) -> tuple[str, ...]:
    """The ids of the slots for actors that the registry does not know: NEW:1, NEW:2, …"""
    return tuple(f"{SPARE_PREFIX}{number}" for number in range(1, count + 1))


def list_key(layer: Layer) -> str:
    """The key in a task's data under which the layer's list of actors stands: one list a set of hotkeys."""
    return ACTORS if layer.hotkeys == "" else f"{layer.name}s"


def allowed_labels(layer: Layer, actors: Sequence[str]) -> Sequence[str]:
    """The labels that may be given in a layer, on a task with these actors."""
    return actors if layer.labels_from == ACTORS else layer.label_names


def element(tag: str, parent: etree._Element | None = None, **attributes: object) -> etree._Element:
    """An XML element; attributes that are empty are left out, True is "true"."""
    texts = {
        key: str(value).lower() if value is True else str(value)
        for key, value in attributes.items()
        if value not in ("", None, False)
    }
    return etree.Element(tag, texts) if parent is None else etree.SubElement(parent, tag, texts)


def region_conditions(layer: Layer, codebook: Codebook) -> dict[str, str]:
    """What makes a per-region control visible, and answer its hotkeys, only on regions of the layer it belongs to.

    On the control itself, and with the labels named: otherwise hidden controls still answer (Label Studio 1.23).
    """
    parent = codebook.by_name[layer.of]
    conditions = {"perRegion": "true", "visibleWhen": "region-selected", "whenTagName": parent.name}
    return conditions | ({"whenLabelValue": ",".join(parent.label_names)} if parent.labels else {})


def answers_of(layer: Layer, codebook: Codebook) -> str:
    """Where a choice or text layer hangs: "span", "actor", "spare" or "article"."""
    if layer.of:
        return "span"
    return {ACTORS: "actor", SPARE: "spare"}.get(layer.for_each, "article")
