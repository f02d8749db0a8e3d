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
from standpoint.splits.stories import SHARED_ACTORS, ArticleFacts, days_apart, find_stories, report_same_events

OUTLET, MONTH, EVENT, STORY = "outlet", "month", "event", "story"
SEVERAL = "told by several outlets"
UNDATED = "undated"
TRIED = 100  # articles of a story, so that the time does not grow with the square of its articles
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


def stories_of_several(articles: Iterable[Facts], wish: Wish, sides: Mapping[str, str]) -> dict[str, list[str]]:
    """The stories that as many outlets tell as are wanted, on as many sides: of each, the ids of the articles to draw.

    A story goes from article to article, for weeks if a battle lasts so long. So one article of it is taken, the first in the
    queue that will do, and of each other outlet the nearest that reports the same events without a third article between them.
    ``sides``: that of an outlet. Only articles that name enough actors, and a place, can be in a story with others, so that no
    other is kept in memory.
    """
    facts = [
        ArticleFacts(one.id, one.id, one.published, frozenset(one.actors), frozenset(one.places), one.outlet)
        for one in articles
        if one.published and one.places and len(one.actors) >= SHARED_ACTORS
    ]
    stories = find_stories(facts)
    told: dict[str, list[ArticleFacts]] = defaultdict(list)
    for one in sorted(facts, key=lambda one: place_in_queue(wish.seed, one.id)):
        told[stories[one.id]].append(one)
    teams = {
        story: next(filter(None, (_team(first, members, wish, sides) for first in members[:TRIED])), [])
        for story, members in sorted(told.items())
        if len({one.source for one in members}) >= wish.outlets
    }
    return {story: team for story, team in teams.items() if team}


def _team(first: ArticleFacts, story: Sequence[ArticleFacts], wish: Wish, sides: Mapping[str, str]) -> list[str]:
    """An article of a story, and of each other outlet the nearest that reports the same events; of as many outlets as are wanted,
    by turns one of each side. [] if there are too few outlets or sides.
    """
    nearest = {first.source: (-1, 0, first)}  # before all others
    for one in story:
        apart = days_apart(first, one)
        if one.source != first.source and report_same_events(first, one, apart):
            shared = len(one.actors & first.actors) + len(one.places & first.places)
            nearest[one.source] = min(
                nearest.get(one.source, (apart, -shared, one)), (apart, -shared, one), key=lambda it: it[:2]
            )
    if len(nearest) < wish.outlets or len({sides.get(outlet, "") for outlet in nearest} - {""}) < wish.sides:
        return []
    of_side = Counter[str]()
    turns = []
    for outlet, (apart, shared, one) in sorted(
        nearest.items(), key=lambda item: item[1][:2] if item[0] != first.source else (-1,)
    ):
        side = sides.get(outlet, "")
        turns.append((of_side[side], not side, apart, shared, one.id))
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


def draw(articles: Iterable[Facts], told: Mapping[str, Sequence[str]], wish: Wish) -> Drawn:
    """Draw from articles of which each id occurs once. ``told``: the articles to draw of each story of several outlets."""
    everything, available = Queue(wish.number), Counter[Stratum]()
    queues: dict[Stratum, Queue] = defaultdict(lambda: Queue(wish.minimum))
    stories = heapq.nsmallest(wish.wanted_stories, told, key=lambda story: place_in_queue(wish.seed, story))
    teams = [told[story] for story in stories]
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
    whole = sum(drawn.keys() >= set(team) for team in told.values())
    strata.append(Filled(STORY, SEVERAL, len(told), min(wish.wanted_stories, len(told)), whole))
    return Drawn(drawn, strata)
