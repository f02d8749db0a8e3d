"""A critic's reading: a model gets an article, another annotator's answer about it and a checklist, and says what to change.

    {"changes": [{"change": "add", "at": "events", "value": {…}, "code": "missing", "reason": "a second shelling"},
                 {"change": "remove", "at": "events[3]", "value": null, "code": "unfounded", "reason": "only planned"},
                 {"change": "change", "at": "events[0].status", "value": "claimed", "code": "wrong_cue", "reason": "…"}]}

A place is one in the first answer, so that no change moves the place of another. ``critic.toml`` has the reason codes. What the
changes make of the first answer is read, imported and checked as any answer is. A change after which it has a fault that it did
not have before is left out and told. So no change can lose what it is not about.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from standpoint.adjudication.content import about_of
from standpoint.annotate.answer import (
    MOST_READ,
    Answer,
    Fault,
    answer_schema,
    form_of,
    layers_about,
    linked_layers,
    object_schema,
    parse_json,
    read_answer,
    short,
    top_layers,
    write_answer,
)
from standpoint.annotate.numbered import Page
from standpoint.annotate.prompt import Prompt, rendered
from standpoint.codebook.types import Codebook, Layer
from standpoint.codebook.validate import nearest
from standpoint.core.model import Annotation, AnnotationSet, Relation, Span, relation_id
from standpoint.core.provenance import Change
from standpoint.pages.task_json import attach_relations

CODES: dict[str, str] = tomllib.loads(Path(__file__).with_name("critic.toml").read_text(encoding="utf-8"))["codes"]
ADD, REMOVE, CHANGE = CHANGES = ("add", "remove", "change")
KEYS = ("change", "at", "value", "code", "reason")
PLACE = re.compile(r"([^\[\]]+)(?:\[(\d{1,6})\](?:\.(.+))?)?", re.DOTALL)
TRIES = 3  # how often a change that does not fit is tried again, after the others

Given = Mapping[str, Any]  # an answer, as ``write_answer`` writes it


class First(NamedTuple):
    """The answer that a critic reads, and the links of its set that no annotator drew (``attach_relations``).

    The answer has these links, too: else they would be lost when a sentence gets a second event.
    """

    answer: Given
    attached: tuple[Relation, ...] = ()


def first_of(one: AnnotationSet, page: Page, codebook: Codebook) -> First:
    """The answer that an annotation set is; ValueError as of ``write_answer``."""
    attached = tuple(item for item in one.annotations if isinstance(item, Relation) and item.origin == "attached")
    shown = [replace(item, origin="manual") if item in attached else item for item in one.annotations]
    return First(write_answer(shown, page, one.pass_name, codebook), attached)


def without_attached(
    answer: Answer, first: First, sentences: Sequence[tuple[int, int]], pass_name: str, codebook: Codebook
) -> list[Annotation]:
    """The annotations of an answer without the links that were attached before, and that import attaches again."""
    spans, found = [item for item in answer.annotations if isinstance(item, Span)], set[str]()
    for layer in (layer for layer in codebook.layers_of(pass_name) if layer.attach):
        before = {
            relation_id(answer.spans.get(link.head, ""), link.layer, link.label, answer.spans.get(link.tail, ""))
            for link in first.attached
            if link.layer == layer.name
        }
        links = [item for item in answer.annotations if isinstance(item, Relation) and item.layer == layer.name]
        drawn = {link.tail for link in links if link.id not in before}
        found |= before & {link.id for link in attach_relations(layer, spans, sentences, drawn)}
    return [item for item in answer.annotations if item.id not in found]


class Proposal(NamedTuple):
    """A change that a critic wants. ``number``: of the item in its list, None for a new item and without a list.

    ``where`` is its own place in the critic's answer. ``key`` is "" if it is about the whole item.
    """

    where: str
    change: str
    layer: str
    number: int | None
    key: str
    value: Any
    code: str
    reason: str

    @property
    def is_new(self) -> bool:
        """Whether an item is added to a list."""
        return self.change == ADD and isinstance(self.value, dict)

    @property
    def item(self) -> object:
        """What tells the item that it is about from others."""
        return self.where if self.is_new else (self.layer, self.number)


def critic_prompt(prompt: Prompt, codebook: Codebook) -> Prompt:
    """The prompt of a pass with what a critic is asked, and the schema of a critic's answer."""
    name = prompt.pass_name
    layers, top, schema = codebook.layers_of(name), top_layers(name, codebook), answer_schema(name, codebook)["properties"]
    lists = [layer for layer in top if _is_list(layer)]
    single = next((layer.name for layer in top if not _is_list(layer)), "")
    listed = lists[0].name if lists else ""
    item = schema[listed]["items"] if listed else schema[single]
    example = {
        "change": ADD if listed else CHANGE,
        "at": listed or single,
        "value": form_of(item),
        "code": "missing",
        "reason": "…",
    }
    asked = rendered(
        "critic.md.j2",
        layers=layers,
        about_of={layer.name: layers_about(layer, name, codebook) for layer in layers},
        evidence=", ".join(f"`{layer.name}`" for layer in layers if layer.kind == "span" and layer.labels_from),
        listed=listed,
        single=single,
        key=_keys(lists[0], name, codebook)[0] if lists else "",
        linked=linked_layers(name, codebook),
        codes=CODES,
        example=json.dumps({"changes": [example]}, ensure_ascii=False),
    )
    text = {"type": "string"}
    values = [schema[layer.name]["items"] for layer in lists]
    values += [{"type": ["string", "number", "null"]}, {"type": "array", "items": text}]
    change = {"change": text | {"enum": [*CHANGES]}, "at": text, "value": {"anyOf": values}}
    change |= {"code": text | {"enum": [*CODES]}, "reason": text}
    return Prompt(name, prompt.text, object_schema({"changes": {"type": "array", "items": object_schema(change)}}), asked)


def _is_list(layer: Layer) -> bool:
    return layer.kind in ("span", "relation") or bool(layer.for_each)


def _keys(layer: Layer, pass_name: str, codebook: Codebook) -> tuple[str, ...]:
    """The keys of an item that a change may name, those of a label and of answers first."""
    if layer.kind == "span":
        return "label", *(other.name for other in layers_about(layer, pass_name, codebook)), "sentence", "quote", "occurrence"
    return ("label", "from", "to") if layer.kind == "relation" else ("answer",)


def first_answer(first: Given, checksum: str) -> str:
    """The part of a request with the answer that the critic reads: an item on each line, after its place."""
    lines = []
    for name, value in first.items():
        items = {f"{name}[{number}]": item for number, item in enumerate(value)} if value and isinstance(value, list) else {}
        items = items if all(isinstance(item, dict) for item in items.values()) else {}
        lines += [f"{place}: {json.dumps(item, ensure_ascii=False)}" for place, item in (items or {name: value}).items()]
    return rendered("first.md.j2", checksum=checksum, lines=lines)


def read_changes(text: str, first: Given, pass_name: str, codebook: Codebook) -> tuple[list[Proposal], list[Fault]]:
    """The changes of a critic's answer that have a place in the first answer, and the faults of the others."""
    values = parse_json(text)
    if isinstance(values, Fault):
        return [], [values]
    faults = [
        Fault(short(name), "ANSWER-KEY", "there is no such key; the only one is changes") for name in values if name != "changes"
    ]
    items = values.get("changes")
    if not isinstance(items, list):
        return [], [*faults, Fault("changes", "ANSWER-TYPE", "should be a list of changes; [] if nothing has to change")]
    reader, found = _PlaceReader(first, pass_name, codebook), list[Proposal]()
    keys: dict[object, set[str]] = {}  # of each item, those that changes are about: "" is the whole item
    for number, item in enumerate(items):
        where = f"changes[{number}]"
        if len(faults) >= MOST_READ:
            faults.append(
                Fault(where, "ANSWER-FAULTS", f"there are {MOST_READ} faults or more before this; the rest was not read")
            )
            break
        read = _proposal(where, item, reader)
        if isinstance(read, Fault):
            faults.append(read)
            continue
        known = keys.setdefault(read.item, set())
        if known and ("" in known or read.key in (*known, "")):
            faults.append(
                Fault(f"{where}.at", "CHANGE-PLACE", "another change is about the same; give one change for each place")
            )
            continue
        known.add(read.key)
        found.append(read)
    return found, faults


class _PlaceReader:
    """Reads the places of changes in a first answer. ``lists``: whether each layer of the answer is a list of items."""

    def __init__(self, first: Given, pass_name: str, codebook: Codebook) -> None:
        self.first = first
        self.layers = {layer.name: layer for layer in top_layers(pass_name, codebook)}
        self.lists = {name: _is_list(layer) for name, layer in self.layers.items()}
        self.keys = {name: _keys(layer, pass_name, codebook) for name, layer in self.layers.items()}

    def read(self, change: str, at: object) -> tuple[str, int | None, str] | str:
        """The layer, the number of the item and the key of a place, or what is wrong with it."""
        match = PLACE.fullmatch(at) if isinstance(at, str) else None
        name, number, key = match.groups() if match else ("", None, None)
        if not match or name not in self.layers:
            near = nearest(name, self.layers)
            return f"{short(at)} is no place; {f'should be {near}?' if near else 'the layers are ' + ', '.join(self.layers)}"
        if not self.lists[name]:
            return (name, None, "") if number is None else f"{name} has no items; its place is {name}"
        if (change == ADD) != (number is None):
            return f"to add an item, the place is {name}; to remove or change one, it is {name}[0], say"
        if number is None:
            return name, None, ""
        if int(number) >= len(self.first[name]):
            return f"{short(at)} is not in the answer, which has {len(self.first[name])} item(s) of {name}"
        if key is not None and (change == REMOVE or key not in self.keys[name]):
            return f"{short(at)} is no key that can be changed; these are {', '.join(self.keys[name])}"
        return name, int(number), key or ""

    def present(self, name: str, number: int | None, key: str) -> Any:
        """What stands at a place."""
        value = self.first[name] if number is None else self.first[name][number]
        return value.get(key) if key else value


def _proposal(where: str, item: object, reader: _PlaceReader) -> Proposal | Fault:
    """A change of a critic's answer, or its first fault."""
    if not isinstance(item, dict):
        return Fault(where, "ANSWER-TYPE", f"{short(item)} should be an object")
    if set(item) != set(KEYS):
        return Fault(where, "ANSWER-KEY", f"a change has the keys {', '.join(KEYS)}, and no others")
    change, code, reason = item["change"], item["code"], item["reason"]
    if change not in CHANGES:
        return Fault(f"{where}.change", "CHANGE-KIND", f"{short(change)} should be one of {', '.join(CHANGES)}")
    if not isinstance(code, str) or code not in CODES:
        return Fault(f"{where}.code", "CHANGE-CODE", f"{short(code)} is no code; the codes are {', '.join(CODES)}")
    if not isinstance(reason, str) or not reason.strip():
        return Fault(f"{where}.reason", "ANSWER-TYPE", "should be a text: why, in at most eight words of your own")
    place = reader.read(change, item["at"])
    if isinstance(place, str):
        return Fault(f"{where}.at", "CHANGE-PLACE", place)
    name, number, key = place
    value = None if change == REMOVE else item["value"]
    try:
        json.dumps(value)
    except RecursionError:
        return Fault(f"{where}.value", "ANSWER-TYPE", "is nested too deeply")
    if reader.lists[name] and change != REMOVE and not key and not isinstance(value, dict):
        return Fault(f"{where}.value", "ANSWER-TYPE", f"{short(value)} should be an object, as the items of {name} are")
    present = None if change == ADD and reader.lists[name] else reader.present(name, number, key)
    changed = {**present, **value} if isinstance(present, dict) and isinstance(value, dict) else value
    if changed == present:
        return Fault(where, "CHANGE-NOTHING", "this is what stands there; leave out what does not change")
    return Proposal(where, change, name, number, key, value, code, " ".join(reason.split()))


class Revised(NamedTuple):
    """The first answer after changes, and where the item of each is in it now, by ``Proposal.where``; "" if it is gone.

    ``before``: the place in the first answer of each item that was there, by its place now.
    """

    answer: dict[str, Any]
    places: dict[str, str]
    before: dict[str, str]

    @property
    def text(self) -> str:
        """The answer as a model would give it."""
        return json.dumps(self.answer, ensure_ascii=False)

    def as_before(self, fault: Fault) -> Fault:
        """A fault of an item that was there before, with its place in the first answer."""
        match = re.match(r"[^\[\]]+\[\d+\]", fault.where)
        place = match[0] if match else ""
        return fault._replace(where=self.before.get(place, place) + fault.where.removeprefix(place))


def revise(first: Given, proposals: Sequence[Proposal], pass_name: str, codebook: Codebook) -> Revised:
    """Make changes in a first answer. The links of a span that is removed go with it, and a span keeps its id."""
    layers = {layer.name: layer for layer in top_layers(pass_name, codebook)}
    answer = {name: [dict(item) for item in value] if _is_list(layers[name]) else value for name, value in first.items()}
    numbers: dict[str, tuple[str, int | None]] = {}
    gone: dict[str, set[int]] = {name: set() for name in answer}
    for one in proposals:
        number = one.number
        if not _is_list(layers[one.layer]):
            answer[one.layer] = one.value
        elif number is None:
            number = len(answer[one.layer])
            answer[one.layer].append(dict(one.value))
        elif one.change == REMOVE:
            gone[one.layer].add(number)
        else:
            item = answer[one.layer][number]
            kept = {"id": item["id"]} if "id" in item else {}
            item.update({one.key: one.value} if one.key else {**one.value, **kept})
        numbers[one.where] = one.layer, number
    lost = {
        str(answer[name][number].get("id")) for name, places in gone.items() for number in places if "id" in answer[name][number]
    }
    places: dict[tuple[str, int | None], str] = {}
    for name in answer:
        if not _is_list(layers[name]):
            places[name, None] = name
            continue
        kept_items: list[dict[str, Any]] = []
        for number, item in enumerate(answer[name]):
            if number in gone[name] or (layers[name].kind == "relation" and lost & {str(item.get("from")), str(item.get("to"))}):
                continue
            places[name, number] = f"{name}[{len(kept_items)}]"
            kept_items.append(item)
        answer[name] = kept_items
    before = {place: f"{name}[{number}]" for (name, number), place in places.items() if number is not None}
    return Revised(answer, {where: places.get(place, "") for where, place in numbers.items()}, before)


def fitting(
    proposals: Sequence[Proposal], faults_after: Callable[[Sequence[Proposal]], Sequence[Fault]]
) -> tuple[list[Proposal], list[Fault]]:
    """The changes after which the answer has no fault that it did not have before; and a fault for each of the others.

    ``faults_after`` gives the faults of the first answer after some changes. Changes of one item are made together or not at all.
    One that does not fit is tried again after the others: a link may need a span that is added later, a span another's room.
    """
    if not proposals:
        return [], []
    before = Counter(fault[1:] for fault in faults_after(()))

    def new_faults(chosen: Sequence[Proposal]) -> list[Fault]:
        found = faults_after(chosen)
        new = Counter(fault[1:] for fault in found) - before
        return [fault for fault in found if fault[1:] in new]

    if not new_faults(proposals):
        return list(proposals), []
    units: dict[object, list[Proposal]] = {}
    for one in proposals:
        units.setdefault(one.item, []).append(one)
    taken: list[Proposal] = []
    waiting = list(units.values())
    for _ in range(TRIES):
        refused = []
        for unit in waiting:
            if new_faults([*taken, *unit]):
                refused.append(unit)
            else:
                taken += unit
        if not refused or len(refused) == len(waiting):
            break
        waiting = refused
    faults = []
    for unit in refused:
        found = next(iter(new_faults([*taken, *unit])), None)
        if found is None:  # it fits after the others of the last try
            taken += unit
            continue
        faults += [Fault(one.where, found.code, f"the change cannot be made: {found.message}") for one in unit]
    return [one for one in proposals if one in taken], faults


def decisions(
    taken: Sequence[Proposal], first: Given, revised: Revised, page: Page, pass_name: str, codebook: Codebook
) -> Iterator[Change]:
    """The changes that were made, each with what it changed."""
    before = read_answer(json.dumps(first, ensure_ascii=False), page, pass_name, codebook)
    after = read_answer(revised.text, page, pass_name, codebook)
    for one in taken:
        place = one.layer if one.number is None else f"{one.layer}[{one.number}]"
        yield Change(
            change=one.change,
            layer=one.layer,
            code=one.code,
            reason=one.reason,
            before=() if one.is_new else _annotations_at(place, before, one.change == REMOVE),
            after=_annotations_at(revised.places[one.where], after),
        )


def _annotations_at(place: str, answer: Answer, with_links: bool = False) -> tuple[Annotation, ...]:
    """The annotations of an item: a span, the answers about it and, if asked for, its links; or a link with its spans."""
    own = (
        [item for item in answer.annotations if re.split(r"\.", answer.places[item.id], maxsplit=1)[0] == place] if place else []
    )
    ids = {item.id for item in own if isinstance(item, Span)}
    links = [
        item
        for item in answer.annotations
        if isinstance(item, Relation) and (item in own or with_links and ids & {*about_of(item)})
    ]
    ends = {end for link in links for end in about_of(link)} - ids
    spans = [item for item in answer.annotations if item.id in ends]
    return (*(item for item in own if item not in links), *spans, *links)
