"""Stories: the reports of the same happenings, whoever wrote them. A story stands in one split.

Groups of copies are one story where two of their articles are of one conflict, near in time and place: they name at
least two actors of the registry both, and at least two places both within three days, or one within a day; and so on
from article to article. The registry has no list of conflicts: who fights whom stands for it. Only names in the texts
count, not what annotators marked, because an article has a split before anyone annotates it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from standpoint.acquire.duplicates import groups

ACTORS = 2  # that both name
PLACES = {0: 1, 1: 1, 2: 2, 3: 2}  # that both name, by the days between them; further apart is another story


class Facts(NamedTuple):
    """What is known of an article before anyone annotates it: ids of the registry, and the day as an ISO date or None."""

    id: str
    group: str
    published: str | None = None
    actors: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()


def stories(articles: Iterable[Facts]) -> dict[str, str]:
    """Each article's story, called after the smallest id in it."""
    return groups(_links(list(articles)))


def one_story(one: Facts, other: Facts) -> bool:
    """Whether two articles report the same happenings."""
    if one.published is None or other.published is None:
        return False
    apart = abs(_day(one) - _day(other))
    enough = PLACES.get(apart)
    return enough is not None and len(one.places & other.places) >= enough and len(one.actors & other.actors) >= ACTORS


def _links(articles: Sequence[Facts]) -> Iterator[tuple[str, str]]:
    head: dict[str, str] = {}
    for article in articles:
        yield article.id, head.setdefault(article.group, article.id)
    recent: dict[str, list[Facts]] = defaultdict(list)
    for article in sorted((one for one in articles if one.published), key=lambda one: (one.published, one.id)):
        for earlier in _candidates(article, recent):
            if one_story(earlier, article):
                yield earlier.id, article.id
        for place in article.places:
            recent[place].append(article)


def _candidates(article: Facts, recent: dict[str, list[Facts]]) -> Iterator[Facts]:
    """The articles before it that name a place of its, each once; those that are too old are forgotten."""
    oldest, seen = _day(article) - max(PLACES), set()
    for place in article.places:
        recent[place] = [earlier for earlier in recent[place] if _day(earlier) >= oldest]
        for earlier in recent[place]:
            if earlier.id not in seen:
                seen.add(earlier.id)
                yield earlier


def _day(article: Facts) -> int:
    return date.fromisoformat(article.published or "").toordinal()
