"""The draw: so many articles, with a minimum of each stratum, the same for a seed whatever the order of the articles.

The strata are the outlets, the months, the events that an article has triggers of, and the stories that several outlets tell.
A place in the queue is the hash of the seed and an id. First come those stories, each whole: one article of each of its outlets.
Then each other stratum is filled up to its minimum, the rarest first, so that what is rare is not crowded out; then the queue
goes on until there are enough. Only the head of each queue is in memory.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct

from standpoint.core.model import sha256
from standpoint.pool.sift import Facts
from standpoint.splits.stories import SHARED_ACTORS, ArticleFacts, find_stories

OUTLET, MONTH, EVENT, STORY = "outlet", "month", "event", "story"
SEVERAL = "told by several outlets"
UNDATED = "undated"
Stratum = tuple[str, str]  # its kind, and its value


class Wish(Struct, frozen=True):
    """How many articles, at least how many of each stratum, and the seed."""

    number: int = 500
    minimum: int = 2
    seed: int = 1


class Filled(Struct, frozen=True):
    """A stratum: how many articles (of stories: stories) there are, how many should be drawn at least, and were drawn."""

    kind: str
    value: str
    available: int
    wanted: int
    got: int


class Drawn(NamedTuple):
    """The articles that are drawn, by id, and the strata, by kind and value."""

    articles: dict[str, Facts]
    strata: list[Filled]


class Told(NamedTuple):
    """An article of a story that several outlets tell."""

    story: str
    id: str
    outlet: str


def place_in_queue(seed: int, name: str) -> int:
    """The place of an article or a story in the queue of a seed."""
    return int(sha256(f"{seed}:{name}"), 16)


def strata_of(facts: Facts) -> Iterator[Stratum]:
    """The strata of an article, without stories."""
    yield OUTLET, facts.outlet
    yield MONTH, facts.published[:7] or UNDATED
    yield from ((EVENT, label) for label in facts.events)


def stories_of_several(articles: Iterable[Facts]) -> dict[str, dict[str, list[str]]]:
    """Each story that several outlets tell: the ids of its articles by outlet. Only articles that name enough actors, and a
    place, can be in a story with others, so that no other is kept in memory.
    """
    facts = [
        ArticleFacts(one.id, one.id, one.published, frozenset(one.actors), frozenset(one.places), one.outlet)
        for one in articles
        if one.published and one.places and len(one.actors) >= SHARED_ACTORS
    ]
    stories = find_stories(facts)
    told: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in facts:
        told[stories[one.id]][one.source].append(one.id)
    return {story: outlets for story, outlets in told.items() if len(outlets) > 1}


class Queue:
    """The head of a queue: the first so many articles of all that are added."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._heap: list[tuple[int, str, Facts]] = []  # the last one is on top

    def add(self, place: int, facts: Facts) -> None:
        item = (-place, facts.id, facts)
        if len(self._heap) < self.length:
            heapq.heappush(self._heap, item)
        elif self._heap and item > self._heap[0]:
            heapq.heapreplace(self._heap, item)

    def __iter__(self) -> Iterator[Facts]:
        return (facts for *_, facts in sorted(self._heap, key=lambda item: -item[0]))


def draw(articles: Iterable[Facts], told: Mapping[str, Mapping[str, list[str]]], wish: Wish) -> Drawn:
    """Draw from articles of which each id occurs once. ``told``: the stories that several outlets tell."""
    everything, available = Queue(wish.number), Counter[Stratum]()
    queues: dict[Stratum, Queue] = defaultdict(lambda: Queue(wish.minimum))
    teams = _first_of_each_outlet(told, wish)
    of_stories: dict[str, Facts] = {}
    wanted = {name for team in teams for name in team}
    for facts in articles:
        place = place_in_queue(wish.seed, facts.id)
        everything.add(place, facts)
        for stratum in strata_of(facts):
            available[stratum] += 1
            queues[stratum].add(place, facts)
        if facts.id in wanted:
            of_stories[facts.id] = facts
    drawn: dict[str, Facts] = {}
    got: Counter[Stratum] = Counter()

    def take(facts: Facts) -> None:
        if len(drawn) < wish.number and facts.id not in drawn:
            drawn[facts.id] = facts
            got.update(strata_of(facts))

    for team in teams:
        if len(drawn) + len(team) <= wish.number:
            for name in team:
                take(of_stories[name])
    for stratum in sorted(available, key=lambda stratum: (available[stratum], stratum)):
        for facts in queues[stratum]:
            if got[stratum] < wish.minimum:
                take(facts)
    for facts in everything:
        take(facts)
    strata = [
        Filled(*stratum, available[stratum], min(wish.minimum, available[stratum]), got[stratum]) for stratum in sorted(available)
    ]
    whole = sum(sum(any(name in drawn for name in names) for names in outlets.values()) > 1 for outlets in told.values())
    strata.append(Filled(STORY, SEVERAL, len(told), min(wish.minimum, len(told)), whole))
    return Drawn(drawn, strata)


def _first_of_each_outlet(told: Mapping[str, Mapping[str, list[str]]], wish: Wish) -> list[list[str]]:
    """Of the first stories of the queue, so many as the minimum, the first article of each outlet."""
    stories = heapq.nsmallest(wish.minimum, told, key=lambda story: place_in_queue(wish.seed, story))
    return [
        [min(names, key=lambda name: place_in_queue(wish.seed, name)) for _, names in sorted(told[story].items())]
        for story in stories
    ]
