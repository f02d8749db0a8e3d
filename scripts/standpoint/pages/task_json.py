"""Label Studio's JSON: tasks of an export or the API as typed values, and annotations written as results and read back."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw, Struct, field
from msgspec.structs import replace

from standpoint.codebook import kinds
from standpoint.codebook.kinds._items import BELOW, BLANK_SLOT, Item, Reading, Writing, is_retired, list_key
from standpoint.codebook.kinds.choice import TREE
from standpoint.codebook.types import ACTORS, NEW, SPARE, Codebook, Layer
from standpoint.core.model import Annotation, Choice, Issue, Relation, Span, choice_id, in_reading_order, relation_id, sha256
from standpoint.core.offsets import sentence_at

SUGGESTED_BY = "suggested_by"  # the key in a task's data of the model whose spans the task suggests


class ListedActor(Struct):
    """An entry of a task's actor list: the name on the page, and the actor's id, which is in the export."""

    value: str = ""
    alias: str | None = None


class TaskData(Struct, rename={"pass_name": "pass"}):
    """The data of one of our tasks. Any field may be missing in the tasks of other projects."""

    text: str | None = None
    article_id: str | None = None
    text_sha256: str | None = None
    shown_sha256: str | None = None
    pass_name: str | None = None
    codebook_version: str | None = None
    actors: list[ListedActor] = []
    sentences: list[tuple[int, int]] = []
    possessive_names: list[str] | None = None
    suggested_by: str | None = None


class Submission(Struct):
    """One annotator's submission on one task (Label Studio calls it an annotation). Times are ISO 8601."""

    id: int | str | None = None
    unique_id: str | None = None
    completed_by: int | str | dict | None = None
    was_cancelled: bool = False
    result: list[Item] = []
    lead_time: float | None = None
    created_at: str | float | None = None
    updated_at: str | float | None = None
    parent_prediction: int | None = None
    ground_truth: bool = False
    reviews: list[Raw] = []
    comments: list[Raw] = []
    comment_count: int = 0
    parent_annotation: int | None = None  # the annotation that the annotator began with a copy of
    updated_by: int | dict | None = None
    skipped: bool = False  # the name of was_cancelled before Label Studio 1.0

    def __post_init__(self) -> None:
        """Convert old and scripted exports: times in seconds since 1970 (before Label Studio 1.0), numbers as region ids."""
        self.was_cancelled = self.was_cancelled or self.skipped
        self.created_at, self.updated_at = _iso_time(self.created_at), _iso_time(self.updated_at)
        for item in self.result:
            if type(item.id) is int:
                item.id = str(item.id)
            elif item.id is None and item.from_id is not None and item.to_id is not None:
                item.from_id, item.to_id = str(item.from_id), str(item.to_id)

    @property
    def identity(self) -> str:
        """What no other annotation has, on any server; "" if the export does not say it. Ids count from 1 on each server."""
        return self.unique_id or ("" if self.id is None else f"annotation {self.id} {self.submitted or ''}".rstrip())

    @property
    def submitted(self) -> str | None:
        return self.created_at if isinstance(self.created_at, str) else None

    @property
    def changed(self) -> str | None:
        return self.updated_at if isinstance(self.updated_at, str) else None


def _iso_time(when: str | float | None) -> str | None:
    """A time in ISO 8601; ValueError if it is none. A number has seconds since 1970, or milliseconds from 1e11 on."""
    if isinstance(when, float):
        if not 0 <= when < 1e14:
            raise ValueError("is no time since 1970")
        return datetime.fromtimestamp(when / 1000 if when >= 1e11 else when, UTC).isoformat()
    return when if when and datetime.fromisoformat(when) else None


class Refusal(NamedTuple):
    """A part of a task that cannot be read: its place, an Issue's code and message, and how many annotations and items it has."""

    place: str
    code: str
    message: str
    annotations: int = 0
    items: int = 0
    level: str = "error"


class Task(Struct):
    """A task with its annotations, drafts and predictions; ``refused`` are the parts that could not be read."""

    data: Raw
    id: int | None = None
    annotations: list[Submission] = []
    completions: list[Submission] = []  # the name of annotations before Label Studio 1.0
    drafts: list[Raw] = []
    predictions: list[Raw] = []
    refused: list[Refusal] = field(default_factory=list, name="refused by us")
    where: str = field(default="", name="named by us")  # the place of what is no task in its file, but was made one

    def __post_init__(self) -> None:
        self.annotations = [*self.annotations, *self.completions]


DECODE_TASK = msgspec.json.Decoder(Task).decode
_DECODE_DATA = msgspec.json.Decoder(TaskData).decode


# Half of a character in UTF-16, which is written where a region ends within an emoji. No JSON text in UTF-8 can have it. An
# escaped backslash, which may stand before "u", and a whole character are matched first.
_FIRST, _SECOND = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
HALF = re.compile(rb"\\\\|%b%b|(%b|%b)" % (_FIRST, _SECOND, _FIRST, _SECOND))


def decode_task(element: bytes) -> Task:
    """A task from JSON, in which null is the same as absent. One odd value costs that value, and not the task.

    Raises msgspec.DecodeError if it is not JSON, and msgspec.ValidationError if it is no task.
    """
    refused: list[Refusal] = []
    readable = readable_json(element)
    if readable != element:
        refused.append(Refusal("", "TASK-ENCODING", "has bytes that are not UTF-8, or half characters; read as U+FFFD"))
    return _decoded(readable, refused)


def task_of(values: dict) -> Task:
    """A task from the values of the API, read as from an export."""
    return _decoded(msgspec.json.encode(values), [])


def _decoded(readable: bytes, refused: list[Refusal]) -> Task:
    """A task from readable JSON; what is left out of it is added to ``refused``."""
    try:
        task = DECODE_TASK(readable)
    except msgspec.DecodeError:
        values = _without_nulls(decode_values(readable))
        if not isinstance(values, dict):
            raise
        if not isinstance(values.get("id"), int):
            values.pop("id", None)
        for key in ("annotations", "completions"):
            if isinstance(values.get(key), list):
                values[key] = [read for value in values[key] if (read := _readable_annotation(value, refused)) is not None]
            elif key in values:
                refused.append(Refusal("", "TASK-FORMAT", f"{key} is left out: it is no list"))
                del values[key]
        for key in ("drafts", "predictions"):
            if not isinstance(values.get(key, []), list):
                refused.append(Refusal("", "TASK-FORMAT", f"{key} is left out: it is no list", level="note"))
                del values[key]
        task = DECODE_TASK(msgspec.json.encode(values))
    task.refused = refused
    return task


def readable_json(data: bytes) -> bytes:
    """JSON in which bytes that are not UTF-8, and half characters, are U+FFFD."""
    try:
        data.decode()
    except UnicodeDecodeError:
        data = data.decode("utf-8", "replace").encode()
    may_be_half = rb"\ud" in data or rb"\uD" in data  # hardly ever, and the expression is slow
    return HALF.sub(lambda match: rb"\ufffd" if match[1] else match[0], data) if may_be_half else data


def decode_values(element: bytes) -> Any:
    """The values of JSON, also with the NaN that Python writes for a missing number, which is read as null."""
    try:
        return msgspec.json.decode(element)
    except msgspec.DecodeError as error:
        try:
            return json.loads(element, parse_constant=lambda _: None)
        except ValueError:
            raise error from None


def _readable_annotation(value: object, refused: list[Refusal]) -> dict | None:
    """What of an annotation can be read, None if nothing can; the rest is added to ``refused``."""
    if not isinstance(value, dict) or not isinstance(value.get("result", []), list):
        identity = value.get("id") if isinstance(value, dict) else None
        refused.append(Refusal(f"annotation {identity}", "SET-FORMAT", "is no annotation with a list of results", annotations=1))
        return None
    place, items = f"annotation {value.get('id')}", value.pop("result", [])
    results: list[object] = []
    readable: dict[str, Any] = {"result": results}
    for key, content in value.items():
        try:  # numbers may be written as texts, and whole numbers as 5.0
            readable[key] = getattr(msgspec.convert({key: content}, Submission, strict=False), key, None)
        except msgspec.ValidationError as error:
            refused.append(Refusal(place, "SET-FORMAT", f"{key} {content!r} is left out: {error}", level="note"))
    for item in items:
        try:
            msgspec.convert(item, Item)
            results.append(item)
        except msgspec.ValidationError as error:
            identity = item.get("id") if isinstance(item, dict) else None
            refused.append(Refusal(f"{place} region {identity}", "ITEM-FORMAT", str(error), items=1))
    return readable


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def decode_data(raw: Raw) -> TaskData:
    """A task's data. The data of other projects may have our keys with values of another type. Then they are not read."""
    try:
        return _DECODE_DATA(raw)
    except msgspec.ValidationError:
        return TaskData()


def strings_of(raw: Raw) -> dict[str, str]:
    """The strings of a task's data by their keys; body.content is the key of a string in an object."""
    return dict(_strings(msgspec.json.decode(raw)))


def _strings(values: object, above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items() if isinstance(values, dict) else ():
        if isinstance(value, str):
            yield f"{above}{key}", value
        yield from _strings(value, f"{above}{key}.")


def task_key(article_id: str, masked: bool) -> str:
    """The article id in a task's data; in a pass with masking, a hash of it, because the id begins with the outlet's name."""
    return sha256(article_id)[:16] if masked else article_id


def read_result(where: str, items: list[Item], data: TaskData, pass_name: str, codebook: Codebook, fix: bool = False) -> Reading:
    """The annotations of one result on a task, and an Issue for each refused item, under ``where``.

    Regions are read first, then answers, then relations. ``fix``: fix bad offsets if the right place is certain.
    """
    actors = [actor.alias or actor.value for actor in data.actors]
    reading = Reading(where=where, text=data.text or "", actors=actors, possessive_names=data.possessive_names, fix=fix)
    modules = kinds.by_name()
    answers = sorted(modules.keys() - {"span", "relation"})
    by_kind: dict[str, list] = {kind: [] for kind in ("span", *answers, "relation", "")}
    gone: set[str] = set()  # ids of what the codebook leaves out, and with it what is about it
    former: dict[str, str] = {}  # control of a layer that has another name now -> the layer
    for item in items:
        layer, index = layer_of(item, pass_name, codebook)
        if is_ignored(item, codebook) if layer is None else layer.retired and is_retired(item, layer, reading):
            gone |= {item.region} - {""}
            reading.left_out += 1
            continue
        by_kind[layer.kind if layer else ""].append((item, layer, index))
        names = {item.from_name, (item.from_name or "").rpartition("_")[0]} if codebook.retired else set()
        if layer and names & codebook.retired.keys():
            former[item.from_name or ""] = layer.name
    gone -= {item.region for item, *_ in by_kind["span"]} if gone else set()  # an answer on a region has the region's id
    for kind in (*answers, "relation") if gone else ():
        kept = [(item, layer, index) for item, layer, index in by_kind[kind] if gone.isdisjoint(_regions_of(item, layer))]
        reading.left_out += len(by_kind[kind]) - len(kept)
        by_kind[kind] = kept
    for control, name in former.items():
        message = f"control {control!r} is of a layer that is called {name} now; imported as that"
        reading.issues.append(Issue(where, "LAYER-RENAMED", message, "note"))
    for item, layer, index in chain.from_iterable(by_kind.values()):
        if layer is None:
            reading.refuse(item, "ITEM-UNKNOWN", f"{item.type} of control {item.from_name!r} belongs to no layer of this pass")
        elif item.type not in (module := modules[layer.kind]).types or (item.value is None and layer.kind != "relation"):
            should = f"{module.types[0]} with a value"
            reading.refuse(item, "ITEM-TYPE", f"{item.type} in layer {layer.name}, should be {should}")
        else:
            module.read(layer, item, index, reading)
    _settle_guesses(reading, data, pass_name, codebook)
    return reading


def _settle_guesses(reading: Reading, data: TaskData, pass_name: str, codebook: Codebook) -> None:
    """Remove the suggested names of slots that mark nothing, and name the other slots as their labels do if no name is typed.

    A name that the annotator typed or changed stays; ``check`` reports it if its slot marks nothing.
    """
    naming = [layer for layer in codebook.layers_of(pass_name) if layer.kind == "text" and layer.for_each == SPARE]
    guesses = {
        one.alias: one.value for one in data.actors if (one.alias or "").startswith(NEW) and not BLANK_SLOT.fullmatch(one.value)
    }
    if not naming or not guesses:
        return
    names = {item.of: item for item in reading.annotations if isinstance(item, Choice) and item.layer == naming[0].name}
    used = {item.label for item in reading.annotations if item not in names.values()}
    unused = [item for slot, item in names.items() if slot not in used and item.label == guesses.get(slot)]
    reading.annotations[:] = [item for item in reading.annotations if item not in unused]
    reading.taken -= len(unused)
    reading.unused += len(unused)
    for slot, name in guesses.items():
        if slot in used and slot not in names:
            identity = choice_id(slot, naming[0].name, name, multiple=False)
            reading.annotations.append(Choice(id=identity, layer=naming[0].name, label=name, of=slot))


def layer_of(item: Item, pass_name: str, codebook: Codebook) -> tuple[Layer | None, int | None]:
    """The layer of an item, and the index in the name of its control if there is one (``stance_0``)."""
    if item.type != "relation":
        return _layer_of_control(item.from_name or "", pass_name, codebook)
    # An export does not name a relation's layer. It is the layer that has one of the labels, or the only relation layer.
    layers = [layer for layer in codebook.layers_of(pass_name) if layer.kind == "relation"]
    only = layers[0] if len(layers) == 1 else None
    labels = [(layer, layer.by_name.keys() | layer.retired.keys()) for layer in layers]
    return next((layer for layer, names in labels if not names.isdisjoint(item.labels or ())), only), None


def is_ignored(item: Item, codebook: Codebook) -> bool:
    """Whether an item that is of no layer is left out by the codebook; ``stars_0`` is a control for each of a list, stars."""
    name = "relation" if item.type == "relation" else item.from_name or ""
    base, _, number = name.rpartition("_")
    return name in codebook.ignored or (number.isdecimal() and base in codebook.ignored)


def _regions_of(item: Item, layer: Layer) -> tuple[str, ...]:
    """The ids of the regions that an answer or a relation is about."""
    return item.ends if item.type == "relation" else (item.region,) if layer.of else ()


def renamed_result(result: Sequence[Any], pass_name: str, codebook: Codebook) -> list[Any]:
    """A result under the present names of layers and labels. An item that is of no layer stays as it is."""
    return [_renamed_item(item, pass_name, codebook) if isinstance(item, dict) else item for item in result]


def _renamed_item(item: dict, pass_name: str, codebook: Codebook) -> dict:
    kind, value = item.get("type"), item.get("value")
    if kind == "relation":
        present = {old: now for layer in codebook.layers_of(pass_name) for old, now in layer.retired.items() if now}
        linked = item.get("labels")
        return item | ({"labels": [present.get(label, label) for label in linked]} if isinstance(linked, list) else {})
    layer, index = _layer_of_control(str(item.get("from_name")), pass_name, codebook)
    if layer is None:
        return item
    named = item | {"from_name": layer.name if index is None else f"{layer.name}_{index}"}
    if isinstance(value, dict) and kind in ("labels", "choices") and isinstance(value.get(kind), list):
        named["value"] = value | {kind: list(dict.fromkeys(map(layer.present, value[kind])))}
    if isinstance(value, dict) and kind == TREE and isinstance(value.get(TREE), list):
        named["value"] = value | {TREE: [layer.present(BELOW.join(map(str, path))).split(BELOW) for path in value[TREE]]}
    return named


def renamed_lists(data: dict, codebook: Codebook) -> dict:
    """A task's data with the lists of actors under the keys that the pages of renamed layers look for."""
    layers = ((old, codebook.by_name[now]) for old, now in codebook.retired.items() if now)
    keys = {list_key(replace(layer, name=old)): list_key(layer) for old, layer in layers if layer.labels_from}
    return {keys.get(key, key): value for key, value in data.items()}


@lru_cache(maxsize=4096)
def _layer_of_control(name: str, pass_name: str, codebook: Codebook) -> tuple[Layer | None, int | None]:
    layers = {layer.name: layer for layer in codebook.layers_of(pass_name) if layer.kind != "relation"}
    layers = {old: layers[now] for old, now in codebook.retired.items() if now in layers} | layers
    if name in layers:
        return layers[name], None
    base, _, number = name.rpartition("_")
    known = base in layers and layers[base].for_each and number.isdecimal()
    return (layers[base], int(number)) if known else (None, None)


def fill_defaults(
    annotations: Iterable[Annotation], sentences: Sequence[tuple[int, int]], pass_name: str, codebook: Codebook
) -> list[Annotation]:
    """The annotations of one pass and the default answers and attached relations, in reading order.

    ``sentences`` are ``[start, end)`` pairs in ascending order.
    """
    annotations = list(annotations)
    spans = [item for item in annotations if isinstance(item, Span)]
    answered = {(item.layer, item.of) for item in annotations if isinstance(item, Choice)}
    added: list[Annotation] = []
    for layer in codebook.layers_of(pass_name):
        if layer.default and layer.kind != "relation":
            targets = [span.id for span in spans if span.layer == layer.of] if layer.of else [""]
            added += [
                Choice(id=choice_id(of, layer.name, layer.default, multiple=False), layer=layer.name, label=layer.default, of=of)
                for of in targets
                if (layer.name, of) not in answered
            ]
        elif layer.attach:
            linked = {item.tail for item in annotations if isinstance(item, Relation) and item.layer == layer.name}
            added += attach_relations(layer, spans, sentences, linked)
    return in_reading_order([*annotations, *added])


def attach_relations(
    layer: Layer, spans: Sequence[Span], sentences: Sequence[tuple[int, int]], linked: set[str]
) -> Iterator[Relation]:
    """A relation to each tail span without one (``linked``: ids of the others), if its sentence has exactly one head span.

    The place and time in a sentence with one event almost always belong to it; if there are several, the annotator draws
    the relation (codebook, roles: auto-attach). The label is the span's label in small letters: PLACE -> place.
    """
    by_sentence: dict[int, list[Span]] = defaultdict(list)
    for span in spans:
        if span.layer in (layer.head, layer.tail):
            by_sentence[sentence_at(span.start, sentences)].append(span)
    for number, inside in by_sentence.items():
        heads = [span for span in inside if span.layer == layer.head]
        for tail in inside if len(heads) == 1 and number >= 0 else ():
            label = tail.label.lower()
            if tail.layer == layer.tail and tail.id not in linked and label in layer.by_name:
                identity = relation_id(heads[0].id, layer.name, label, tail.id)
                yield Relation(id=identity, layer=layer.name, label=label, head=heads[0].id, tail=tail.id, origin="attached")


def write_result(annotations: Sequence[Annotation], data: dict, codebook: Codebook) -> list[dict]:
    """Annotations as a Label Studio result on a task with this data. ``read_result`` gives the same annotations."""
    spans = {item.id: (item.start, item.end) for item in annotations if isinstance(item, Span)}
    actors = [entry["alias"] for entry in data.get(ACTORS, ())]
    writing = Writing(actors=actors, spans=spans)
    items: dict[tuple, dict] = {}
    for annotation in annotations:
        layer = codebook.by_name[annotation.layer]
        if isinstance(annotation, Relation) and annotation.origin == "attached":
            continue  # import attaches it again, by the layer's rule
        for item in kinds.by_name()[layer.kind].write(layer, annotation, writing):
            key = (item.get("id"), item.get("from_name"), item.get("from_id"), item.get("to_id"))
            first = items.setdefault(key, item)
            if first is not item and item["type"] == "relation":
                first["labels"] += item["labels"]
            elif first is not item:  # several answers on one region, or several labels of it
                first["value"][item["type"]] += item["value"][item["type"]]
    return list(items.values())
