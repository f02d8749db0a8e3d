"""The answer of a model: JSON with a key per layer of a pass, as a schema, read into annotations, and written from them.

    {"events": [{"id": "e1", "sentence": 2, "quote": "shelled", "occurrence": 1, "label": "strike.shelling",
                 "agent": ["act-000004"], "status": null, …}],
     "role": [{"from": "e1", "to": "p1", "label": "place"}],
     "new_actor": [{"actor": "NEW:1", "answer": "Saltreach Rowing Club"}],
     "stance": [{"actor": "act-000004", "answer": "negative"}],
     "genre": "news_report"}

A model names no offsets, which it cannot count. It names the sentence, the exact words, and which occurrence of them is meant. So
a span is where these words are, or there is none: nothing is looked for elsewhere. Each fault is told.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from standpoint.annotate.numbered import Page
from standpoint.codebook.types import ACTORS, Codebook, Layer, number_text
from standpoint.codebook.validate import nearest
from standpoint.core.model import Annotation, Choice, Relation, Span, choice_id, relation_id

MOST_READ = 200  # faults of an answer, after which no list is read on
LONGEST_SHOWN = 1_000  # characters of a sentence in the message about a wrong quote


class Fault(NamedTuple):
    """What is wrong with an answer: where in its JSON, a code, and a message for the model and the user."""

    where: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


HALF = re.compile("[\ud800-\udfff]")  # of a character


def _bare(text: str) -> str:
    """The JSON of an answer: without the thought before it, which some servers send along, and without a fence of Markdown."""
    bare = text.strip("\ufeff \t\r\n")
    if not bare.startswith(("{", "```")):
        _, _, said = bare.rpartition("</think>") if bare.startswith("<think>") else bare.partition("</think>")
        bare = said.strip() or bare
    before, fence, rest = bare.partition("```")
    inside, end, after = rest.rpartition("```")
    if fence and end and not set(before + after) & set("{}[]"):
        bare = inside.strip()
        bare = bare[4:] if bare[:4].lower() == "json" else bare
    return bare


def parse_json(text: str) -> dict[str, Any] | Fault:
    """The object of an answer, also in a fence of Markdown and after a stated thought; otherwise a Fault."""
    bare = _bare(text)
    repeated: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(key for key, _ in items)
        repeated.extend(key for key, count in counts.items() if count > 1)
        return dict(items)

    try:
        value = json.loads(bare, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        what = "is empty" if not bare else f"is not JSON: {error}"
        return Fault("", "ANSWER-JSON", f"the answer {what}; give one JSON object, and nothing before or after it")
    if repeated:
        return Fault("", "ANSWER-JSON", f"the key {short(repeated[0])} is in one object twice; give each key once")
    if not isinstance(value, dict):
        return Fault("", "ANSWER-JSON", "the answer should be one JSON object, with a key per layer")
    if "\\u" in bare and HALF.search(json.dumps(value, ensure_ascii=False)):
        return Fault("", "ANSWER-JSON", "the answer has half of a character, such as \\ud83d; write characters as they are")
    return value


def linked_layers(pass_name: str, codebook: Codebook) -> set[str]:
    """The span layers of a pass whose spans have ids in an answer, because a relation of the pass may begin or end on them."""
    layers = codebook.layers_of(pass_name)
    links = [layer for layer in layers if layer.kind == "relation"]
    spans = [layer.name for layer in layers if layer.kind == "span"]
    return {name for name in spans if any(link.starts_on(name) or link.ends_on(name) for link in links)}


def top_layers(pass_name: str, codebook: Codebook) -> list[Layer]:
    """The layers that have a key of their own in an answer: all but those about a span, whose answers stand with the span."""
    return [layer for layer in codebook.layers_of(pass_name) if not layer.of]


def layers_about(layer: Layer, pass_name: str, codebook: Codebook) -> list[Layer]:
    """The layers of a pass that are about the spans of a layer."""
    return [other for other in codebook.layers_of(pass_name) if other.of == layer.name]


def answer_schema(pass_name: str, codebook: Codebook) -> dict[str, Any]:
    """The JSON Schema of the answers of a pass. Each key is required, as strict endpoints want it; null is no answer."""
    linked = linked_layers(pass_name, codebook)
    return object_schema(
        {layer.name: _schema_of(layer, pass_name, linked, codebook) for layer in top_layers(pass_name, codebook)}
    )


def form_of(schema: Mapping[str, Any]) -> Any:
    """The smallest value of a schema of ``answer_schema`` that has each key: its first label, 1 as a number, … as a text."""
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {name: form_of(inner) for name, inner in schema["properties"].items()}
    if "items" in schema:
        return [form_of(schema["items"])]
    return "…" if "string" in schema["type"] else 1


def object_schema(properties: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of an object with all of these keys, as strict endpoints want it."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _schema_of(layer: Layer, pass_name: str, linked: set[str], codebook: Codebook) -> dict[str, Any]:
    text, number = {"type": "string"}, {"type": "integer"}
    properties: dict[str, Any]
    if layer.kind == "span":
        names = _labels_schema(layer)
        properties = {"id": text} if layer.name in linked else {}
        properties |= {"sentence": number, "quote": text, "occurrence": number}
        properties |= {"label": {"type": "array", "items": names} if layer.multiple else names}
        properties |= {other.name: _value_schema(other) for other in layers_about(layer, pass_name, codebook)}
    elif layer.kind == "relation":
        properties = {"from": text, "to": text, "label": _labels_schema(layer)}
    elif layer.for_each:
        properties = {"actor": text, "answer": _value_schema(layer)}
    else:
        return _value_schema(layer)
    return {"type": "array", "items": object_schema(properties)}


def _labels_schema(layer: Layer) -> dict[str, Any]:
    return {"type": "string", "enum": list(layer.label_names)} if layer.labels else {"type": "string"}


def _value_schema(layer: Layer) -> dict[str, Any]:
    if layer.kind == "number":
        return {"type": ["integer" if layer.is_whole else "number", "null"]}
    names = _labels_schema(layer)
    if layer.multiple:
        return {"type": "array", "items": names}
    return {**names, "type": ["string", "null"], **({"enum": [*names["enum"], None]} if "enum" in names else {})}


@dataclass
class Answer:
    """An answer while it is read: the annotations, the place in the JSON of each by its id, and the faults."""

    annotations: list[Annotation] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    spans: dict[str, str] = field(default_factory=dict)  # the id of a span in the answer -> ours, "" if it has a fault
    regions: int = 0  # how many spans were read

    def fault(self, where: str, code: str, message: str) -> None:
        self.faults.append(Fault(where, code, message))

    def add(self, annotation: Annotation, where: str) -> None:
        self.annotations.append(annotation)
        self.places[annotation.id] = where


def read_answer(text: str, page: Page, pass_name: str, codebook: Codebook) -> Answer:
    """The annotations of an answer about a page, and everything in it that has a fault. Our ids of spans are m1, m2, …"""
    answer, values = Answer(), parse_json(text)
    if isinstance(values, Fault):
        answer.faults.append(values)
        return answer
    layers = {layer.name: layer for layer in top_layers(pass_name, codebook)}
    # Faults are in the order of the answer: the same answer gives the same request, whose answer may be kept already.
    for name in (name for name in values if name not in layers):
        hint = f"; should be {near}?" if (near := nearest(name, layers)) else ""
        answer.fault(_cut(name), "ANSWER-KEY", f"the codebook has no layer {short(name)} with a key of its own{hint}")
    for missing in (name for name in layers if name not in values):
        empty = "[]" if layers[missing].kind in ("span", "relation") or layers[missing].for_each else "null"
        answer.fault(missing, "ANSWER-KEY", f"the key is missing; write {empty} if there is nothing")
    reader = _Reader(answer, page, pass_name, codebook)
    kinds: dict[str, Callable[[Layer, Any], None]] = {"span": reader.spans, "relation": reader.relations}
    order = sorted((layer for layer in layers.values() if layer.name in values), key=lambda layer: layer.kind == "relation")
    for layer in order:  # relations last: they are about spans
        kinds.get(layer.kind, reader.answers)(layer, values[layer.name])
    return answer


class _Reader:
    """Reads the values of the layers of one answer."""

    def __init__(self, answer: Answer, page: Page, pass_name: str, codebook: Codebook) -> None:
        self.answer, self.page, self.pass_name, self.codebook = answer, page, pass_name, codebook
        self.linked, self.lines = linked_layers(pass_name, codebook), page.numbered()

    def spans(self, layer: Layer, value: object) -> None:
        about = layers_about(layer, self.pass_name, self.codebook)
        allowed = {"sentence", "quote", "occurrence", "label", *(other.name for other in about)}
        allowed |= {"id"} if layer.name in self.linked else set()
        for where, item in self._objects(layer.name, value, allowed):
            given = item.get("id")
            if given is not None and (not isinstance(given, str) or given in self.answer.spans):
                message = f"{short(given)} is not a text, or another span has it; give each span its own"
                self.answer.fault(f"{where}.id", "ANSWER-LINK", message)
                given = None
            place = self._place(layer, where, item)
            labels = self._labels(layer, item.get("label"), f"{where}.label")
            if isinstance(given, str):
                self.answer.spans[given] = ""
            if place is None or not labels:
                continue
            self.answer.regions += 1
            region = f"m{self.answer.regions}"
            if isinstance(given, str):
                self.answer.spans[given] = region
            start, end = place
            for label in labels:
                name = f"{region}.{label}" if layer.multiple else region
                quote = self.page.text[start:end]
                self.answer.add(Span(id=name, layer=layer.name, label=label, start=start, end=end, quote=quote), where)
            for other in about:
                self._take(other, item.get(other.name), region, f"{where}.{other.name}")

    def relations(self, layer: Layer, value: object) -> None:
        for where, item in self._objects(layer.name, value, {"from", "to", "label"}):
            ends = []
            for key in ("from", "to"):
                given = item.get(key)
                known = self.answer.spans.get(given) if isinstance(given, str) else None
                if not known:
                    message = "is not the id of a span of this answer" if known is None else "is a span that has a fault itself"
                    self.answer.fault(f"{where}.{key}", "ANSWER-LINK", f"{short(given)} {message}")
                ends.append(known)
            labels = self._labels(layer, item.get("label"), f"{where}.label")
            head, tail = ends
            if head and tail and labels:
                identity = relation_id(head, layer.name, labels[0], tail)
                self.answer.add(Relation(id=identity, layer=layer.name, label=labels[0], head=head, tail=tail), where)

    def answers(self, layer: Layer, value: object) -> None:
        """Answers about the article, or about each of its actors or new actors."""
        if not layer.for_each:
            return self._take(layer, value, "", layer.name)
        seen: set[str] = set()
        known = (
            self.page.actors if layer.for_each == ACTORS else tuple(name for name in self.page.actors if name.startswith("NEW:"))
        )
        for where, item in self._objects(layer.name, value, {"actor", "answer"}):
            actor = item.get("actor")
            if not isinstance(actor, str) or actor not in known or actor in seen:
                listed = f"the ids are {', '.join(known[:40])}" if known else "the article has none"
                self.answer.fault(
                    f"{where}.actor", "ANSWER-ACTOR", f"{short(actor)} is not such an actor, or comes twice; {listed}"
                )
                continue
            seen.add(actor)
            self._take(layer, item.get("answer"), actor, where)
        return None

    def _objects(self, name: str, value: object, allowed: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The objects of a list with their places, without the keys that they should not have."""
        if not isinstance(value, list):
            self.answer.fault(name, "ANSWER-TYPE", "should be a list of objects; [] if there is nothing")
            return
        for number, item in enumerate(value):
            where = f"{name}[{number}]"
            if len(self.answer.faults) >= MOST_READ:
                message = f"the answer has {MOST_READ} faults or more before this; the rest of the list was not read"
                self.answer.fault(where, "ANSWER-FAULTS", message)
                return
            if not isinstance(item, dict):
                self.answer.fault(where, "ANSWER-TYPE", f"{short(item)} should be an object")
                continue
            for key in (key for key in item if key not in allowed):
                near = nearest(key, sorted(allowed))
                hint = f"should be {near}?" if near else f"the keys are {', '.join(sorted(allowed))}"
                self.answer.fault(f"{where}.{_cut(key)}", "ANSWER-KEY", f"there is no such key here; {hint}")
            yield where, item

    def _place(self, layer: Layer, where: str, item: Mapping[str, Any]) -> tuple[int, int] | None:
        """The offsets of the words that a span names; None, after a fault, if they are not there, or not certain."""
        number, quote, occurrence = item.get("sentence"), item.get("quote"), item.get("occurrence")
        line = self.lines.get(number) if type(number) is int else None
        if line is None:
            self.answer.fault(f"{where}.sentence", "ANSWER-SENTENCE", f"{short(number)} is not the number of a sentence")
            return None
        if not isinstance(quote, str) or not quote.strip():
            self.answer.fault(f"{where}.quote", "ANSWER-QUOTE", "should be the exact words of the span")
            return None
        found = self.page.places_of(quote, line, layer)
        if not found:
            sentence = short(self.page.words_of(line), LONGEST_SHOWN)
            message = f"{short(quote)} is not in sentence {number}, which is {sentence}; copy the words exactly"
            self.answer.fault(f"{where}.quote", "ANSWER-QUOTE", message)
        elif occurrence is None and len(found) > 1:
            message = f"{short(quote)} is {len(found)} times in sentence {number}; say which occurrence, 1 to {len(found)}"
            self.answer.fault(f"{where}.occurrence", "ANSWER-OCCURRENCE", message)
        elif occurrence is not None and (type(occurrence) is not int or not 1 <= occurrence <= len(found)):
            message = f"{short(occurrence)} of {short(quote)}, which is {len(found)} time(s) in sentence {number}"
            self.answer.fault(f"{where}.occurrence", "ANSWER-OCCURRENCE", f"{message}; should be 1 to {len(found)}")
        else:
            return found[(occurrence or 1) - 1]
        return None

    def _labels(self, layer: Layer, value: object, where: str) -> list[str]:
        """The labels of a value, which has one, or a list if the layer allows several; [] after a fault."""
        labels = value if isinstance(value, list) else [value]
        allowed: Sequence[str] = layer.label_names or (self.page.actors if layer.labels_from else ())
        wrong = [label for label in labels if not isinstance(label, str) or label not in allowed]
        if not labels or wrong or len(set(map(str, labels))) < len(labels) or (len(labels) > 1 and not layer.multiple):
            shown = short(wrong[0] if wrong else value)
            near = nearest(wrong[0], allowed) if wrong and isinstance(wrong[0], str) else ""
            listed = f"the labels are {', '.join(allowed[:60])}" if allowed else "the article has none"
            should = f"should be {near}?" if near else listed
            several = "" if layer.multiple or not isinstance(value, list) else "give one label; "
            code = "ANSWER-ACTOR" if layer.labels_from else "ANSWER-LABEL"
            self.answer.fault(where, code, f"{several}{shown} is not a label of {layer.name}, or comes twice; {should}")
            return []
        return list(labels)

    def _take(self, layer: Layer, value: object, of: str, where: str) -> None:
        """Add the answers about a span, an actor or the article; null, and an empty list, is none."""
        if value is None or value == []:
            return
        if layer.kind == "text":
            if not isinstance(value, str) or not value.strip():
                self.answer.fault(where, "ANSWER-TYPE", f"{short(value)} should be a text")
                return
            labels = [" ".join(value.split())]
        elif layer.kind == "number":
            number = number_text(value)
            if number is None or not layer.allows(number):
                self.answer.fault(where, "ANSWER-TYPE", f"{short(value)} should be {layer.number_rule}")
                return
            labels = [number]
        else:
            labels = self._labels(layer, value, where)
        for label in labels:
            identity = choice_id(of, layer.name, label, layer.multiple)
            self.answer.add(Choice(id=identity, layer=layer.name, label=label, of=of), where)


def _cut(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}…"


def short(value: object, most: int = 80) -> str:
    """A value as JSON, cut if it is long, for a message."""
    try:
        return _cut(json.dumps(value, ensure_ascii=False), most)
    except RecursionError:
        return "a value that is nested too deeply"


def write_answer(annotations: Sequence[Annotation], page: Page, pass_name: str, codebook: Codebook) -> dict[str, Any]:
    """The answer that ``read_answer`` reads as these annotations.

    ValueError if a span is in no numbered line, goes beyond its sentence where the layer does not allow it, or is a part
    of a word and the sentence has the same as a whole word.
    """
    linked = linked_layers(pass_name, codebook)
    answer: dict[str, Any] = {}
    for layer in top_layers(pass_name, codebook):
        own = [item for item in annotations if item.layer == layer.name]
        if layer.kind == "span":
            answer[layer.name] = list(_written_spans(layer, own, annotations, page, pass_name, layer.name in linked, codebook))
        elif layer.kind == "relation":
            links = [item for item in own if isinstance(item, Relation) and item.origin != "attached"]  # import attaches again
            answer[layer.name] = [{"from": item.head, "to": item.tail, "label": item.label} for item in links]
        elif layer.for_each:
            actors = dict.fromkeys(item.of for item in own if isinstance(item, Choice))
            answer[layer.name] = [{"actor": actor, "answer": _written(layer, own, actor)} for actor in actors]
        else:
            answer[layer.name] = _written(layer, own, "")
    return answer


def _written_spans(
    layer: Layer,
    own: Sequence[Annotation],
    annotations: Sequence[Annotation],
    page: Page,
    pass_name: str,
    with_ids: bool,
    codebook: Codebook,
) -> Iterator[dict[str, Any]]:
    regions: dict[str, list[Span]] = {}
    for item in own:
        if isinstance(item, Span):
            regions.setdefault(item.id.removesuffix(f".{item.label}") if layer.multiple else item.id, []).append(item)
    for region, spans in regions.items():
        start, end = spans[0].start, spans[0].end
        line = next((line for line in page.lines if line.number is not None and line.start <= start < line.end), None)
        if line is None:
            raise ValueError(f"[{start}, {end}) begins in no numbered line")
        quote = " ".join(page.text[start:end].split())
        places = page.places_of(quote, line, layer)
        if (start, end) not in places:
            raise ValueError(f"[{start}, {end}) goes beyond its sentence, or is a part of a word")
        occurrence = places.index((start, end)) + 1
        values: dict[str, Any] = {"id": region} if with_ids else {}
        values |= {"sentence": line.number, "quote": quote, "occurrence": occurrence}
        values["label"] = [span.label for span in spans] if layer.multiple else spans[0].label
        for other in layers_about(layer, pass_name, codebook):
            values[other.name] = _written(other, [item for item in annotations if item.layer == other.name], region)
        yield values


def _written(layer: Layer, items: Iterable[Annotation], of: str) -> Any:
    labels = [item.label for item in items if isinstance(item, Choice) and item.of == of]
    if layer.kind == "number":
        return layer.number(labels[0]) if labels else None
    return labels if layer.multiple else next(iter(labels), None)
