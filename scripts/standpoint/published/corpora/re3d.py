"""re3d (Dstl, "Relationship and Entity Extraction Evaluation Dataset"): entities and relations in JSON Lines, with confidences.

Each folder has ``documents.json``, ``entities.json`` and ``relations.json``, as mongoexport writes them (github.com/dstl/re3d).
A confidence is the probability that an annotation is right, from the answers of crowd workers. The ends of a relation are
given by their offsets, which are those of an entity, or of several with different types.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from standpoint.core.model import Issue
from standpoint.published import Labelled, Link, Mark
from standpoint.published.corpora import records_of

FILES = ("entities.json",)
ENTITY, RELATION = "entity", "relation"
SLOTS = (ENTITY, RELATION)


def read(path: Path) -> Iterator[Labelled | Issue]:
    """The documents beside a file of entities, with their entities and relations."""
    refused: dict[str, list[Issue]] = defaultdict(list)
    marks: dict[str, dict[str, Mark]] = defaultdict(dict)
    for where, record in records_of(path):
        document, identity = str(record.get("documentId")), str(record.get("_id"))
        if not _is_valid(record, ("begin", "end")) or identity in marks[document]:
            refused[document].append(Issue(where, "ANNOTATION-FORMAT", "should have an id of its own, a type and offsets"))
            continue
        marks[document][identity] = Mark(
            id=identity,
            slot=ENTITY,
            value=record["type"],
            quote=str(record.get("value", "")),
            start=record["begin"],
            end=record["end"],
            confidence=float(record.get("confidence", 1)),
        )
    links: dict[str, list[Link]] = defaultdict(list)
    relations = path.with_name("relations.json")
    for where, record in records_of(relations) if relations.exists() else ():
        document = str(record.get("documentId"))
        ends = [_at(record, end, marks[document]) for end in ("source", "target")]
        if not _is_valid(record, ()) or not all(ends):
            refused[document].append(Issue(where, "ANNOTATION-FORMAT", "should have a type, and an entity at both ends"))
            continue
        confidence = float(record.get("confidence", 1))
        links[document].append(Link(slot=RELATION, value=record["type"], head=ends[0], tail=ends[1], confidence=confidence))
    known = set[str]()
    for where, record in records_of(path.with_name("documents.json")):
        name = str(record.get("_id"))
        known.add(name)
        yield Labelled(
            where=where,
            name=name,
            title=str(record.get("title", "")),
            text=str(record.get("text", "")),
            marks=tuple(marks[name].values()),
            links=tuple(links[name]),
            refused=tuple(refused[name]),
        )
    for name in sorted({*marks, *links, *refused} - known):
        yield Issue(str(path), "DOCUMENT-FORMAT", f"documents.json should have {name}, which annotations are about")
        yield Labelled(
            where=str(path), name=name, marks=(*marks[name].values(),), links=(*links[name],), refused=(*refused[name],)
        )


def _is_valid(record: dict[str, Any], offsets: tuple[str, ...]) -> bool:
    numbers = all(type(record.get(name)) is int for name in offsets)
    confidence = record.get("confidence", 1)
    is_probable = isinstance(confidence, int | float) and 0 <= confidence <= 1
    return isinstance(record.get("type"), str) and numbers and is_probable


def _at(record: dict[str, Any], end: str, marks: dict[str, Mark]) -> str:
    """The surest entity at one end of a relation; "" if there is none."""
    place = record.get(f"{end}Begin"), record.get(f"{end}End")
    found = [mark for mark in marks.values() if (mark.start, mark.end) == place]
    return max(found, key=lambda mark: mark.confidence).id if found else ""
