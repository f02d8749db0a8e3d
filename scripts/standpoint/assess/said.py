"""What an annotator said, as annotations whose ids follow from what they say: equal sayings are equal ids, whoever said them.

A reading is what one annotator said about one place; whose it is, an adjudicator is not told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from standpoint.assess.settled import choice_id, link_id, span_id
from standpoint.assess.slots import key_of
from standpoint.assess.views import Mark, View
from standpoint.codebook.types import Codebook
from standpoint.model import Annotation, Asked, Choice, Relation, Span, in_reading_order

Reading = tuple[Annotation, ...]
Said = Mapping[str, Mapping[str, Annotation]]  # {annotator: {token: annotation}}


class Place(NamedTuple):
    """What a question is about; the fields are those of ``model.Asked``."""

    layer: str
    where: str
    about: tuple[str, ...] = ()
    start: int = 0
    end: int = 0


def said_by(view: View, codebook: Codebook) -> dict[str, Annotation]:
    """All that an annotator said, by token, in reading order."""
    found: list[Annotation] = []
    for marks in view.marks.values():
        for mark, span in marks.items():
            content = {"layer": mark.layer, "label": mark.label, "start": mark.start, "end": mark.end}
            found.append(Span(id=span_id(mark), quote=span.quote, origin=span.origin, **content))
    for name, by_about in view.answers.items():
        for about, answers in by_about.items():
            of = span_id(about) if isinstance(about, Mark) else about
            for choice in answers.values():
                identity = choice_id(codebook.by_name[name], of, choice.label)
                found.append(Choice(id=identity, layer=name, label=choice.label, of=of))
    for name, links in view.links.items():
        for (head, tail, label), link in links.items():
            ends = {"head": span_id(head), "tail": span_id(tail)}
            identity = link_id(name, label, ends["head"], ends["tail"])
            found.append(Relation(id=identity, layer=name, label=label, origin=link.origin, **ends))
    texts = {layer.name for layer in codebook.layers if layer.kind == "text"}
    return {token(item, item.layer in texts): item for item in in_reading_order(found)}


def token(item: Annotation, typed: bool = False) -> str:
    """What an annotation says, in one word; typed texts are the same whatever their capitals and blanks."""
    return f"{item.id}={key_of(item.label) if typed else item.label}" if isinstance(item, Choice) else item.id


def reading_at(place: Place | Asked, items: Iterable[Annotation], taken: Collection[str]) -> Reading:
    """What of an annotator's sayings belongs to a place, without what is ``taken``, settled already (ids).

    To spans belong the answers about them and their links: those that begin there, and those that end there and begin
    on a settled span. (A link between two places in question belongs to the one where it begins.)
    """
    items = [item for item in items if item.id not in taken]
    if not place.about:
        ids = {item.id for item in items if isinstance(item, Span) and item.layer == place.layer and overlaps(item, place)}
        return tuple(item for item in items if _of_spans(item, ids, taken))
    return tuple(item for item in items if item.layer == place.layer and about_of(item) == place.about)


def _of_spans(item: Annotation, ids: Collection[str], taken: Collection[str]) -> bool:
    if isinstance(item, Relation):
        return item.head in ids or (item.tail in ids and item.head in taken)
    return (item.id if isinstance(item, Span) else item.of) in ids


def about_of(item: Annotation) -> tuple[str, ...]:
    """What an annotation is about: nothing, what is answered about, or the two ends of a link."""
    if isinstance(item, Span):
        return ()
    return (item.of,) if isinstance(item, Choice) else (item.head, item.tail)


def overlaps(one: Span | Place | Asked, other: Span | Place | Asked) -> bool:
    """Whether two stretches share a character."""
    return one.start < other.end and other.start < one.end


def digest(content: object) -> str:
    """Sixteen hexadecimal digits that stand for some content."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]


def digest_of(reading: Iterable[Annotation]) -> str:
    """What stands for a reading: the same for whoever has it."""
    return digest(sorted(map(token, reading)))


def asked_of(place: Place, readings: Mapping[str, Reading], article_id: str, text_sha256: str, pass_name: str) -> Asked:
    """What is in question there, with its stable key."""
    seen = tuple(sorted({digest_of(reading) for reading in readings.values()}))
    content = {"article_id": article_id, "text_sha256": text_sha256, "pass_name": pass_name, "layer": place.layer, "seen": seen}
    content |= {"about": place.about, "start": place.start, "end": place.end}
    return Asked(key=digest(sorted(content.items())), where=place.where, **content)
