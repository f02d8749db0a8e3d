"""The JSON Lines of MAVEN-Arg: ``train.jsonl``, ``valid.jsonl``, ``test.jsonl``, one article per line.

An event has one mention, its trigger. An argument that is an actor is the entity with all mentions of that actor; one that is
another span is an entity with this mention; one that is an event is its trigger, as a text. Offsets are code points of the
unchanged text, half-open. ``undecided`` are the places of open conflicts. (MAVEN-Argument, README.md, "Data Format".)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from standpoint.codebook.types import Codebook
from standpoint.core.model import Span
from standpoint.formats import Account, Document, files_in
from standpoint.formats._events import Argument, EventLayers

LOSS = (
    "answers that name no actor, evidence, actors in a role who are not mentioned, links from spans that are no events, "
    "sentences, which spans nobody decided, and the other fields of the article but for its title and split"
)
FILES = "`train.jsonl`, `valid.jsonl`, `test.jsonl`"
NAMES = {"validation": "valid", "": "articles"}  # of the files, where MAVEN-Arg calls the split otherwise


def write(articles: Iterable[Document], codebook: Codebook, folder: Path) -> Account:
    account, layers = Account(), EventLayers(codebook)
    layers.refuse_without_events("maven_arg")
    types = [(layer, label) for layer in layers.events.values() for label in layer.labels]
    roles = {(layer.name, label.name): list(label.roles) or layers.roles_of(layer) for layer, label in types}
    numbers = {key: number for number, key in enumerate(roles, 1)}  # 0 is no event, as in MAVEN
    kinds = layers.entities.keys() | layers.events.keys()
    with files_in(folder) as file:
        for article in articles:
            spans = {item.id: item for item in article.annotations if isinstance(item, Span) and item.layer in kinds}
            carried, events = set(spans), []
            for trigger, arguments in layers.events_of(article, spans):
                key = trigger.layer, trigger.label
                by_role: dict[str, list[dict[str, Any]]] = {role: [] for role in roles[key]}
                for argument in arguments:
                    carried.add(argument.said.id)
                    by_role.setdefault(argument.role, []).append(_filler(article, argument, layers))
                about = {"id": f"EVENT_{article.id}_{trigger.id}", "type": trigger.label, "type_id": numbers[key]}
                events.append(about | {"mention": [_mention(article, trigger, "trigger_word")], "argument": by_role})
            line = {"id": article.id, "title": article.about.get("title", ""), "document": article.text, "events": events}
            line |= {"entities": _entities(article, spans.values(), layers)}
            line |= {"undecided": layers.undecided(article)} if article.knows_conflicts else {}
            line |= {"split": article.split} if article.split else {}
            file(f"{NAMES.get(article.split, article.split)}.jsonl").write(msgspec.json.encode(line) + b"\n")
            account.carry(article, carried)
    return account


def _mention(article: Document, span: Span, key: str) -> dict[str, Any]:
    return {"id": f"{article.id}_{span.id}", key: span.quote, "offset": [span.start, span.end]}


def _entity(article: Document, span: Span, layers: EventLayers) -> str:
    """The id of the entity that a span mentions."""
    return f"ENTITY_{article.id}_{span.label if layers.entities[span.layer].labels_from else span.id}"


def _filler(article: Document, argument: Argument, layers: EventLayers) -> dict[str, Any]:
    filler = argument.filler
    if filler.layer in layers.entities:
        return {"entity_id": _entity(article, filler, layers)}
    return {"content": filler.quote, "offset": [filler.start, filler.end]}


def _entities(article: Document, spans: Iterable[Span], layers: EventLayers) -> list[dict[str, Any]]:
    entities: dict[str, dict[str, Any]] = {}
    for span in spans:
        if span.layer in layers.entities:
            name = _entity(article, span, layers)
            entity = entities.setdefault(name, {"id": name, "type": layers.type_of(span), "mention": []})
            entity["mention"].append(_mention(article, span, "mention"))
    return list(entities.values())
