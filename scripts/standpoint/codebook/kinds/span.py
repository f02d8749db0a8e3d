"""A labelled stretch of the text: triggers, mentions, places, evidence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from lxml import etree

from standpoint.codebook.kinds._items import MASK, NO_KEY, TEXT, Item, Reading, Value, Writing, allowed_labels, element, list_key
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.model import Issue, Span
from standpoint.core.offsets import (
    COLLAPSED,
    OUT_OF_RANGE,
    POSSESSIVE,
    WHITESPACE,
    Repair,
    certain_place,
    fault,
    fault_message,
    whole_number,
    words,
)

Claim = tuple[int | None, int | None, str | None]  # where a region says it lies, and the text that should be there


def check_layer(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    """A span layer has labels of its own or the article's actors, and hangs on nothing."""
    if bool(layer.labels) == bool(layer.labels_from):
        yield "", "a span layer has either labels or labels_from: actors"
    if layer.of or layer.for_each or layer.head or layer.tail:
        yield "", "of, for_each, from and to make no sense in a span layer"
    if layer.spare and not layer.labels_from:
        yield ".spare", "spare slots need labels_from: actors"


def controls(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, etree._Element]]:
    """<Labels> in the bar above the text, each group of labels after its name."""
    source = f"${list_key(layer)}" if layer.labels_from else ""
    labels = element("Labels", name=layer.name, toName=TEXT, choice="single", showInline=True, value=source)
    for group, members in groupby(layer.labels, key=attrgetter("group")):
        if group:
            element("Header", labels, value=group, size="6")
        for label in members:
            shown = {"value": label.show or label.name, "alias": label.name if label.show else ""}
            element("Label", labels, **shown, background=label.color, hotkey=label.hotkey or NO_KEY, hint=label.definition)
    yield "bar", labels


def read(layer: Layer, item: Item, index: int | None, reading: Reading) -> None:
    """Read a region: its offsets must lie in the text and fit the region's own text, and its layer must have its label.

    Blanks around it are accepted. With ``reading.fix``, bad offsets are fixed if the right place is certain.
    """
    value, region = item.content, item.region
    labels = value.labels or []
    if not region:
        return reading.refuse(item, "REGION-ID", "the region has no id")
    if len(labels) != 1 or labels[0] not in allowed_labels(layer, reading.actors):
        return reading.refuse(item, "REGION-LABEL", f"labels {labels} in layer {layer.name}, should be one that it has")
    if region in reading.regions:
        message = f"this region is {reading.regions[region]} already, should have one layer and one label"
        return reading.refuse(item, "REGION-TWICE", message)
    start, end, claimed = claim = _claim_of(value, reading)
    kind = fault(*claim, reading.text)
    better = certain_place(*claim, reading.text) if kind and reading.fix else None
    if kind and not better:
        reading.faults[f"{'taken' if kind == WHITESPACE else 'refused'}: {kind}"] += 1
    if better:
        start, end = better
    elif start is None or end is None:
        return reading.refuse(item, "REGION-OFFSETS", fault_message(value.start, value.end, claimed, reading.text))
    elif kind not in ("", WHITESPACE):
        code = "REGION-OFFSETS" if kind in (OUT_OF_RANGE, COLLAPSED) else "REGION-TEXT"
        return reading.refuse(item, code, fault_message(start, end, claimed, reading.text))
    quote = _without_possessive(item, reading.text[start:end], reading)
    end = start + len(quote)
    if MASK in quote:
        return reading.refuse(item, "REGION-MASKED", f"[{start}, {end}) lies in a zone that this pass hides")
    reading.regions[region] = layer.name
    origin = item.origin or "manual"
    span = Span(id=region, layer=layer.name, label=labels[0], start=start, end=end, quote=quote, origin=origin)
    reading.annotations.append(span)
    reading.taken += 1
    if better:
        _note_repair(span, claim, kind, reading)


def _without_possessive(item: Item, quote: str, reading: Reading) -> str:
    """The quote without a possessive at its end: a page that selects whole words includes it, the codebook excludes it."""
    if reading.possessive_names is None or quote in reading.possessive_names:
        return quote
    shorter = POSSESSIVE.sub("", quote)
    if shorter in ("", quote):
        return quote
    message = f"{quote!r} ends in a possessive, which a page of whole words takes along; taken as {shorter!r}"
    reading.issues.append(Issue(f"{reading.where} region {item.id}", "REGION-POSSESSIVE", message, "note"))
    return shorter


def _note_repair(span: Span, claim: Claim, kind: str, reading: Reading) -> None:
    """Record and report that the offsets of ``span`` were fixed."""
    start, end, quote = claim
    before = {"start": start, "end": end, "quote": reading.text[start:end] if quote is None else quote}
    after: dict[str, str | int | None] = {"start": span.start, "end": span.end, "quote": span.quote}
    reading.repairs.append(Repair(set=reading.where, annotation=span.id, fault=kind, before=before, after=after))
    message = f"{fault_message(*claim, reading.text)}; taken as [{span.start}, {span.end})"
    reading.issues.append(Issue(f"{reading.where} region {span.id}", "REGION-FIXED", message, "note"))


def _claim_of(value: Value, reading: Reading) -> Claim:
    """Where a region says it lies, in code points, and its text where that differs from the article's there.

    The text is None where the region has none (a field of the region has put its own text there) or the right one. Old
    servers counted UTF-16 units: if the region's text stands at its offsets in UTF-16, the offsets are converted.
    """
    start, end, text = whole_number(value.start), whole_number(value.end), reading.text
    quote = value.text if isinstance(value.text, str) else None
    if quote is None or start is None or end is None or not 0 <= start < end:
        return start, end, quote
    if end <= len(text) and _says(quote, text[start:end]):
        return start, end, None
    units = text.encode("utf-16-le", "surrogatepass")
    before, inside = (part.decode("utf-16-le", "replace") for part in (units[: 2 * start], units[2 * start : 2 * end]))
    if not inside or not _says(quote, inside):
        return start, end, quote
    reading.faults["taken: counted in UTF-16 units"] += 1
    return len(before), len(before) + len(inside), None


def _says(region_text: str, quote: str) -> bool:
    """Whether a region's text in Label Studio fits: Label Studio folds blanks and writes line breaks as \\n."""
    return region_text == quote or words(region_text) == quote.split()


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
    from datasets import ClassLabel
    from datasets import Value as Feature

    label = ClassLabel(names=list(layer.label_names)) if layer.labels else Feature("string")
    return {
        "id": Feature("string"),
        "start": Feature("int32"),
        "end": Feature("int32"),
        "quote": Feature("string"),
        "label": label,
    }
