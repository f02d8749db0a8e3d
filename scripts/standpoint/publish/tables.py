"""The rows of a flat table: one an item of a layer, from the document's row, with what is needed to read it alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from standpoint.codebook.actors import Actor, Registry
from standpoint.codebook.types import Layer
from standpoint.publish.shape import Shape


def items(layer: Layer, row: dict, shape: Shape, registry: Registry | None) -> Iterator[dict]:
    """The rows that one document has in the table of a layer."""
    head = {f"article_{name}": row[name] for name in ("id", "source", "published", "tier")}
    for item in row[layer.name]:
        extra = _sentence(item, row) if layer.kind == "span" else {}
        if shape.names_actor(layer):
            extra |= _actor(item["label" if layer.kind == "span" else "actor"], row["published"], registry)
        yield head | item | extra


def _sentence(item: dict, row: dict) -> dict:
    """The sentence a span stands in, or the sentences it runs over; none where it is in no sentence."""
    first, last = (_at(row["sentences"], offset) for offset in (item["start"], item["end"] - 1))
    if first is None or last is None:
        return {"sentence": None, "sentence_start": None, "sentence_end": None}
    start, end = first["start"], last["end"]
    return {"sentence": row["text"] and row["text"][start:end], "sentence_start": start, "sentence_end": end}


def _at(sentences: Sequence[dict], offset: int) -> dict | None:
    place = bisect_right(sentences, offset, key=lambda sentence: sentence["start"]) - 1
    return sentences[place] if place >= 0 and offset < sentences[place]["end"] else None


def _actor(identity: str, published: str | None, registry: Registry | None) -> dict:
    actor = registry.by_id.get(identity) if registry else None
    return {"actor_name": actor and actor.name, "actor_class": actor and class_at(actor, published or "")}


def class_at(actor: Actor, day: str) -> str | None:
    """An actor's class on a day (both ends included): of several, the one that began last.

    A date may be as short as a year. Of an article without a date, only a class without dates is known.
    """
    fitting = [dated for dated in actor.classes if _covers(dated.since, dated.until, day)]
    return max(fitting, key=lambda dated: dated.since).value if fitting else None


def _covers(since: str, until: str, day: str) -> bool:
    if not day:
        return not since and not until
    return since[: len(day)] <= day[: len(since)] and (not until or day[: len(until)] <= until)
