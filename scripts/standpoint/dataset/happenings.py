"""Which events of a story's articles are the same happening, so that what each outlet reports and leaves out can be counted.

A rule decides, and each row says so. Two events are compatible if they have one label, their articles are at most three days
apart, the actors of each role that both state are the same or parts of each other, and so are their places. They share at least
an actor in a role, or a place.
In the order of the articles, an event joins the happening all of whose events it is compatible with, and with which it shares
most; otherwise it begins one. So a happening has no two events that contradict each other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.model import sha256

RULE, BY = "rule", "standpoint"  # how it was decided, and by whom
DAYS = 3  # between the articles of two events of a happening, at most
PLACE = "place"  # the label of the links from an event to where it happened
ARTICLE_WORDS = re.compile(r"^(?:the|in|at|near|of) ", re.IGNORECASE)


class Event(NamedTuple):
    """An event of an article. ``roles``: the actors of each role that has one, with all of which they are parts."""

    article: Mapping[str, Any]  # the columns of a table that name the article
    day: int | None  # the ordinal of the day on which the article was published
    story: str
    layer: str
    id: str
    label: str
    place_in_text: int
    roles: Mapping[str, frozenset[str]]
    places: frozenset[str]

    @property
    def order(self) -> tuple[str, str, int, str]:
        return self.article["article_published"] or "", self.article["article_id"], self.place_in_text, self.id


class Happening:
    """Events that are the same happening."""

    def __init__(self, first: Event) -> None:
        self.events = [first]

    @cached_property
    def id(self) -> str:
        first = self.events[0]
        return sha256(f"{first.article['article_id']} {first.layer} {first.id}")[:10]

    def shares(self, event: Event) -> int:
        """What the event shares with all events, 0 if it is not compatible with one."""
        shared = [shared_by(event, other) for other in self.events]
        return sum(shared) if all(shared) else 0


def event_layers(codebook: Codebook) -> list[Layer]:
    """The spans of which actors have roles."""
    spans = (layer for layer in codebook.layers if layer.kind == "span")
    return [layer for layer in spans if any(role.labels_from for role in codebook.attributes_of(layer.name))]


def events_of(row: Mapping[str, Any], head: Mapping[str, Any], codebook: Codebook, registry: Registry | None) -> Iterator[Event]:
    """The events of a row of the documents with its words. ``head``: the columns of a table that name the article."""
    day = date.fromisoformat(row["published"]).toordinal() if row["published"] else None
    for layer in event_layers(codebook):
        roles = [role.name for role in codebook.attributes_of(layer.name) if role.labels_from]
        links = [other.name for other in codebook.layers if other.starts_on(layer.name)]
        for item in row[layer.name]:
            actors = {role: _with_parents(_listed(item[role]), registry) for role in roles if item[role]}
            tails = {(link["start"], link["end"]) for name in links for link in item[name] if link["label"] == PLACE}
            places = frozenset(_plain(row["text"][start:end]) for start, end in tails) if row["text"] else frozenset()
            yield Event(head, day, row["story"], layer.name, item["id"], item["label"], item["start"], actors, places)


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _with_parents(actors: Iterable[str], registry: Registry | None) -> frozenset[str]:
    found: set[str] = set()
    for actor in actors:
        while actor and actor not in found:
            found.add(actor)
            known = registry.by_id.get(actor) if registry else None
            actor = known.parent or "" if known else ""
    return frozenset(found)


def _plain(words: str) -> str:
    return ARTICLE_WORDS.sub("", " ".join(words.split())).casefold()


def shared_by(one: Event, other: Event) -> int:
    """How many roles have an actor in common, and one more for a place; 0 if they cannot be the same happening."""
    if (one.layer, one.label) != (other.layer, other.label) or not _near(one, other):
        return 0
    both = one.roles.keys() & other.roles.keys()
    if not all(one.roles[role] & other.roles[role] for role in both):
        return 0
    same_place = any(_same(first, second) for first in one.places for second in other.places)
    if one.places and other.places and not same_place:
        return 0
    return len(both) + same_place


def _near(one: Event, other: Event) -> bool:
    return one.day is not None and other.day is not None and abs(one.day - other.day) <= DAYS


def _same(one: str, other: str) -> bool:
    """Whether two places have one name, or one name is at the end or the beginning of the other: "Kesten", "old Kesten"."""
    short, long = sorted((one, other), key=len)
    return bool(short) and (long == short or long.startswith(f"{short} ") or long.endswith(f" {short}"))


def happenings(events: Iterable[Event]) -> Iterator[Happening]:
    """The happenings of one story, in the order of their first events."""
    recent: dict[tuple[str, str], list[Happening]] = defaultdict(list)  # by layer and label: those that may go on
    found: list[Happening] = []
    for event in sorted(events, key=lambda event: event.order):
        kind = event.layer, event.label
        recent[kind] = [one for one in recent[kind] if _near(one.events[-1], event)]
        shared = [one.shares(event) for one in recent[kind]]
        if most := max(shared, default=0):
            recent[kind][shared.index(most)].events.append(event)
        else:
            found.append(Happening(event))
            recent[kind].append(found[-1])
    yield from found


def story_rows(events: Collection[Event]) -> Iterator[dict[str, Any]]:
    """The rows of the events of many stories, in the order of the articles."""
    of_story: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        of_story[event.story].append(event)
    rows = [
        dict(event.article)
        | {"story": story, "happening": happening.id, "layer": event.layer, "event": event.id, "label": event.label}
        | {"how": RULE, "by": BY}
        for story, inside in of_story.items()
        for happening in happenings(inside)
        for event in happening.events
    ]
    yield from sorted(rows, key=lambda row: (row["article_id"], row["layer"], row["event"]))
