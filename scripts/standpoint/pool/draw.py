"""The draw: so many articles, with a minimum of each stratum, the same for a seed whatever the order of the articles.

The strata are the outlets, the months, the events that an article has triggers of, and the stories that several outlets tell.
A place in the queue is the hash of the seed and an id. First come those stories, each whole: one article of each outlet, or
of as many as are wanted, those of different sides first.
Then each other stratum is filled up to its minimum, the rarest first, so that what is rare is not crowded out; then the queue
goes on until there are enough. Only the head of each queue is in memory.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from standpoint.core.model import sha256
from standpoint.pool.sift import Facts
from standpoint.splits.stories import SHARED_ACTORS, SHARED_PLACES_BY_DAYS_APART, ArticleFacts, report_same_events

OUTLET, MONTH, EVENT, STORY = "outlet", "month", "event", "story"
SEVERAL = "told by several outlets"
UNDATED = "undated"
DAYS_APART = len(SHARED_PLACES_BY_DAYS_APART) - 1  # of articles that report the same events, at most
Stratum = tuple[str, str]  # its kind, and its value


class Wish(Struct, frozen=True):
    """How many articles, at least how many of each stratum, and the seed; and which stories of several outlets are wanted."""

    number: int = 500
    minimum: int = 2
    seed: int = 1
    stories: int | None = None  # how many; None: the minimum
    outlets: int = 2  # that tell a story, at least
    most_outlets: int = 0  # of which a story has an article; 0: of each
    sides: int = 0  # of sources.yaml on which the outlets of a story stand, at least
    only_stories: bool = False

    @property
    def wanted_stories(self) -> int:
        return self.minimum if self.stories is None else self.stories


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


def place_in_queue(seed: int, name: str) -> int:
    """The place of an article or a story in the queue of a seed."""
    return int(sha256(f"{seed}:{name}"), 16)


def strata_of(facts: Facts) -> Iterator[Stratum]:
    """The strata of an article, without stories."""
    yield OUTLET, facts.outlet
    yield MONTH, facts.published[:7] or UNDATED
    yield from ((EVENT, label) for label in facts.events)


def stories_of_several(articles: Iterable[Facts], wish: Wish, sides: Mapping[str, str]) -> list[list[str]]:
    """The ids of the articles of so many stories, or of all that there are: each told by enough outlets, on enough sides.

    ``sides``: that of an outlet. A story goes from article to article, for weeks if a battle lasts so long. So the next article
    of the queue begins one, if it does not report the events of one before; and of each other outlet comes the nearest article
    that reports the same events by itself, without a third article between them. Only articles that name enough actors, and a
    place, are kept in memory.
    """
    facts = [
        ArticleFacts(one.id, one.id, one.published, frozenset(one.actors), frozenset(one.places), one.outlet)
        for one in articles
        if one.published and one.places and len(one.actors) >= SHARED_ACTORS
    ]
    of_day: dict[int, list[ArticleFacts]] = defaultdict(list)
    for one in facts:
        of_day[one.day].append(one)
    stories: list[list[str]] = []
    told: set[str] = set()
    for first in sorted(facts, key=lambda one: place_in_queue(wish.seed, one.id)):
        if len(stories) == wish.wanted_stories:
            break
        days = range(first.day - DAYS_APART, first.day + DAYS_APART + 1)
        same = [one for day in days for one in of_day.get(day, ()) if one is first or report_same_events(first, one)]
        if told.isdisjoint(one.id for one in same) and (team := _team(first, same, wish, sides)):
            stories.append(team)
            told.update(team)
    return stories


def _team(first: ArticleFacts, same: Sequence[ArticleFacts], wish: Wish, sides: Mapping[str, str]) -> list[str]:
    """The nearest article of each outlet; of as many outlets as are wanted, by turns one of each side. [] if too few tell it."""

    def distance(one: ArticleFacts) -> tuple[bool, int, int, int]:
        shared = len(one.actors & first.actors) + len(one.places & first.places)
        return one is not first, abs(one.day - first.day), -shared, place_in_queue(wish.seed, one.id)

    nearest: dict[str, ArticleFacts] = {}
    for one in sorted(same, key=distance):
        nearest.setdefault(one.source, one)
    if len(nearest) < wish.outlets or len({sides.get(outlet, "") for outlet in nearest} - {""}) < wish.sides:
        return []
    of_side = Counter[str]()
    turns: list[tuple[int, bool, int, str]] = []
    for outlet, one in nearest.items():
        side = sides.get(outlet, "")
        turns.append((of_side[side], not side, len(turns), one.id))
        of_side[side] += 1
    return [name for *_, name in sorted(turns)[: wish.most_outlets or None]]


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


def draw(articles: Iterable[Facts], stories: Sequence[Sequence[str]], wish: Wish) -> Drawn:
    """Draw from articles of which each id occurs once. ``stories``: the articles of each story that is drawn."""
    everything, available = Queue(wish.number), Counter[Stratum]()
    queues: dict[Stratum, Queue] = defaultdict(lambda: Queue(wish.minimum))
    of_stories: dict[str, Facts] = {}
    wanted = {name for story in stories for name in story}
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

    for story in stories:
        if len(drawn) + len(story) <= wish.number:
            for name in story:
                take(of_stories[name])
    if not wish.only_stories:
        for stratum in sorted(available, key=lambda stratum: (available[stratum], stratum)):
            for facts in queues[stratum]:
                if got[stratum] < wish.minimum:
                    take(facts)
        for facts in everything:
            take(facts)
    minimum = 0 if wish.only_stories else wish.minimum
    strata = [
        Filled(*stratum, available[stratum], min(minimum, available[stratum]), got[stratum]) for stratum in sorted(available)
    ]
    whole = sum(drawn.keys() >= set(story) for story in stories)
    strata.append(Filled(STORY, SEVERAL, len(stories), wish.wanted_stories, whole))
    return Drawn(drawn, strata)
