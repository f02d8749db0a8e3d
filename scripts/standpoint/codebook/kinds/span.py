"""A labelled stretch of the text: triggers, mentions, places, evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from lxml import etree
from msgspec.structs import replace

from standpoint.codebook.colours import colors_of
from standpoint.codebook.hotkeys import keys_of
from standpoint.codebook.kinds._items import (
    MASK,
    MOST_SPARE,
    NO_KEY,
    RARE,
    TEXT,
    Item,
    Reading,
    Value,
    Writing,
    allowed_labels,
    element,
    list_key,
    present_labels,
)
from standpoint.codebook.types import Codebook, Label, Layer
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

types = ("labels",)
Claim = tuple[int | None, int | None, str | None]  # a region's offsets, and the text that should be there


def check_layer(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    """A span layer has labels or the article's actors, and is not about anything. If a span has several, nothing is about it."""
    if bool(layer.labels) == bool(layer.labels_from):
        yield "", "a span layer has either labels or labels_from: actors"
    if layer.of or layer.for_each or layer.head or layer.tail:
        yield "", "of, for_each, from and to are not allowed in a span layer"
    about = [
        other.name
        for other in codebook.layers
        if layer.name == other.of or other.starts_on(layer.name) or other.ends_on(layer.name)
    ]
    if layer.multiple and about:
        yield ".multiple", f"{', '.join(about)} could not say which label of a span it is about; remove multiple or that layer"
    if layer.spare and not layer.labels_from:
        yield ".spare", "spare slots need labels_from: actors"
    if not 0 <= layer.spare <= MOST_SPARE:
        yield ".spare", f"{layer.spare} spare slots, should be 0 to {MOST_SPARE}"


def controls(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, etree._Element]]:
    """<Labels> in the bar above the text, with the name of each group before its labels; rare labels come last, folded."""
    source = f"${list_key(layer)}" if layer.labels_from else ""
    choice = "multiple" if layer.multiple else "single"
    labels = element("Labels", name=layer.name, toName=TEXT, choice=choice, showInline=True, value=source)
    keys, colors = keys_of(layer, codebook), colors_of(layer, codebook)
    shown = [replace(label, hotkey=keys[label.name], color=colors[label.name]) for label in layer.labels]
    _add_labels(labels, [label for label in shown if not label.rare])
    if rare := [label for label in shown if label.rare]:
        # A chosen label shows its name, and must not cover what follows: the fold has room for the longest one.
        room = sum(map(_folded_width, rare)) + max(map(_name_width, rare))
        fold = element("View", labels, className=RARE, style=f"width:{room}px")
        _add_labels(element("View", fold, className="sp-more"), rare)
    if layer.labels_from:
        actors = element("View", className="sp-actors")
        actors.append(labels)
        labels = actors
    yield "bar", labels


def _folded_width(label: Label) -> int:
    """The width of a label on the page of which only the key is shown, and of the gap after it, in pixels."""
    return 20 + 4 * len(label.hotkey)


def _name_width(label: Label) -> int:
    """The width of a label's name in the bar, in pixels; the page cuts longer names."""
    return min(150, 7 * len(label.show or label.name)) + 3


def _add_labels(view: etree._Element, labels: Iterable[Label]) -> None:
    for group, members in groupby(labels, key=attrgetter("group")):
        if group:
            element("Header", view, value=group, size="6")
        for label in members:
            shown = {"value": label.show or label.name, "alias": label.name if label.show else ""}
            element("Label", view, **shown, background=label.color, hotkey=label.hotkey or NO_KEY, hint=label.definition)


def read(layer: Layer, item: Item, index: int | None, reading: Reading) -> None:
    """Read a region. Its offsets must be in the text and fit the region's text, and its layer must have its labels.

    In a layer with ``multiple``, a region is one span for each of its labels.

    Blanks around the words are accepted. With ``reading.fix``, bad offsets are fixed if the right place is certain.
    """
    value, region = item.content, item.region
    labels = present_labels(layer, value.labels or [], item, reading)
    if not region:
        return reading.refuse(item, "REGION-ID", "the region has no id")
    allowed = allowed_labels(layer, reading.actors)
    known = all(map(allowed.__contains__, labels)) and (len(labels) == 1 or len(set(labels)) == len(labels))
    if not labels or not known or (len(labels) > 1 and not layer.multiple):
        should = "labels of the layer, each once" if layer.multiple else "one label of the layer"
        return reading.refuse(item, "REGION-LABEL", f"labels {labels} in layer {layer.name}, should be {should}")
    if region in reading.regions:
        message = f"this region is already in {reading.regions[region]}, should have one layer and one label"
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
        return reading.refuse(item, "REGION-MASKED", f"[{start}, {end}) is in a zone that this pass hides")
    reading.regions[region] = layer.name
    origin = item.origin or "manual"
    for label in labels:
        name = _span_id(region, label, layer)
        reading.annotations.append(Span(id=name, layer=layer.name, label=label, start=start, end=end, quote=quote, origin=origin))
    reading.taken += 1
    if better:
        old_quote = reading.text[claim[0] : claim[1]] if claimed is None else claimed
        before = {"start": claim[0], "end": claim[1], "quote": old_quote}
        after: dict[str, str | int | None] = {"start": start, "end": end, "quote": quote}
        reading.repairs += [
            Repair(set=reading.where, annotation=_span_id(region, label, layer), fault=kind, before=before, after=after)
            for label in labels
        ]
        message = f"{fault_message(*claim, reading.text)}; imported as [{start}, {end})"
        reading.issues.append(Issue(f"{reading.where} region {region}", "REGION-FIXED", message, "note"))


def _without_possessive(item: Item, quote: str, reading: Reading) -> str:
    """The quote without a possessive 's, which the codebook excludes, and a page that selects whole words includes."""
    if reading.possessive_names is None or not (match := POSSESSIVE.search(quote)) or not match.start():
        return quote
    if quote.lower() in map(str.lower, reading.possessive_names):
        return quote
    shorter = quote[: match.start()]
    message = f"{quote!r} ends in a possessive, because the page selects whole words; imported as {shorter!r}"
    reading.issues.append(Issue(f"{reading.where} region {item.id}", "REGION-POSSESSIVE", message, "note"))
    return shorter


def _claim_of(value: Value, reading: Reading) -> Claim:
    """A region's offsets, in code points, and its text if the article has another text there.

    The text is None if it is right, or if the region has none (a field of the region has overwritten it). Old servers
    counted UTF-16 units: if the region's text is at its offsets in UTF-16, the offsets are converted.
    """
    start, end, text = whole_number(value.start), whole_number(value.end), reading.text
    quote = value.text if isinstance(value.text, str) else None
    if quote is None or start is None or end is None or not 0 <= start < end:
        return start, end, quote
    if end <= len(text) and _is_quote(quote, text[start:end]):
        return start, end, None
    units = text.encode("utf-16-le", "surrogatepass")
    before, inside = (part.decode("utf-16-le", "replace") for part in (units[: 2 * start], units[2 * start : 2 * end]))
    if not inside or not _is_quote(quote, inside):
        return start, end, quote
    reading.faults["taken: counted in UTF-16 units"] += 1
    return len(before), len(before) + len(inside), None


def _is_quote(region_text: str, quote: str) -> bool:
    """Whether a region's text is the quote: Label Studio folds blanks and writes line breaks as \\n."""
    return region_text == quote or words(region_text) == quote.split()


def _span_id(region: str, label: str, layer: Layer) -> str:
    """The id of a region's span."""
    return f"{region}.{label}" if layer.multiple else region


def write(layer: Layer, annotation: Span, writing: Writing) -> list[dict]:
    """One region. ``pages.task_json`` merges the labels of one region."""
    value = {"start": annotation.start, "end": annotation.end, "text": annotation.quote, "labels": [annotation.label]}
    region = annotation.id.removesuffix(f".{annotation.label}") if layer.multiple else annotation.id
    names = {"id": region, "from_name": layer.name, "to_name": TEXT}
    return [{**names, "type": "labels", "origin": annotation.origin, "value": value}]


def feature(layer: Layer, codebook: Codebook) -> dict:
    """Id, offsets in code points, quote (null where the text is withheld) and label."""
    from datasets import ClassLabel
    from datasets import Value as Feature

    types = {"id": "string", "start": "int32", "end": "int32", "quote": "string"}
    label = ClassLabel(names=list(layer.label_names)) if layer.labels else Feature("string")
    return {name: Feature(dtype) for name, dtype in types.items()} | {"label": label}
