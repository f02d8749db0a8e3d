"""Where a name holds: in which conflict, sources and years, or in which articles.

"The army" is another army in another country. An article's source, date and id decide whether a scope fits it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, NamedTuple

from standpoint.core.corpus import ARTICLE_ID
from standpoint.core.model import Article
from standpoint.core.yaml_files import Strict, means

Day = str | int  # an ISO date, or a month or a year, which stands for all its days
FIRST, LAST = "0000-01-01", "9999-12-31"


class Conflict(Strict, frozen=True, rename={"since": "from", "until": "to"}):
    """A conflict that scopes name: the sources that report it (none: all), and its first and last day or year."""

    name: Annotated[str, means("the name that scopes use")]
    sources: Annotated[tuple[str, ...], means("the ids of the sources that report it; none: all")] = ()
    since: Annotated[Day, means("its first day, month or year, in quotes")] = ""
    until: Annotated[Day, means("its last day, month or year")] = ""


class Scope(Strict, frozen=True, rename={"since": "from", "until": "to"}):
    """Where an actor or an alias holds: in an article that fits every given part, and in the listed ``articles``."""

    conflicts: Annotated[tuple[str, ...], means("names from `conflicts`")] = ()
    sources: Annotated[tuple[str, ...], means("ids of sources")] = ()
    since: Annotated[Day, means("the first day, month or year; an article without a date is in no scope with a day")] = ""
    until: Annotated[Day, means("the last day, month or year")] = ""
    articles: Annotated[tuple[str, ...], means("ids of articles, which are in the scope whatever the other parts say")] = ()


class Box(NamedTuple):
    """Some articles: those of the sources (None: all) that were published on these days, and those with the listed ids."""

    sources: frozenset[str] | None
    since: str
    until: str
    articles: frozenset[str] = frozenset()

    def has(self, source: str, day: str, article_id: str) -> bool:
        """Whether an article is in it. An article without a date is in none that has a first or a last day."""
        dated = (self.since, self.until) == (FIRST, LAST) or self.since <= day <= self.until
        return article_id in self.articles or (dated and (self.sources is None or source in self.sources))

    def meets(self, other: Box) -> bool:
        """Whether an article may be in both. An article's id begins with its source and its date."""
        sources = [box.sources for box in (self, other) if box.sources is not None]
        shared = not sources or bool(frozenset.intersection(*sources))
        if (shared and self.since <= other.until and other.since <= self.until) or self.articles & other.articles:
            return True
        return any(two.has(*told_by(name)) for one, two in ((self, other), (other, self)) for name in one.articles)


def told_by(article: Article | str) -> tuple[str, str, str]:
    """The source, day and id of an article, or what an id tells of them; the day is "" without a date."""
    if isinstance(article, Article):
        return article.source, (article.published or "")[:10], article.id
    match = ARTICLE_ID.fullmatch(article)
    return (match["source"], match["date"].replace("undated", ""), article) if match else ("", "", article)


def whole_days(since: Day, until: Day) -> tuple[str, str]:
    """The first and the last day: 2011 to 2018-05 is 2011-01-01 to 2018-05-31."""
    first, last = str(since), str(until)
    return first + FIRST[len(first) :], last + LAST[len(last) :]


def boxes(scope: Scope | None, conflicts: Mapping[str, Conflict]) -> Sequence[Box]:
    """The parts of all articles in which a scope holds; everything without a scope."""
    scope = scope or Scope()
    since, until = whole_days(scope.since, scope.until)
    listed = frozenset(scope.articles)
    if listed and scope == Scope(articles=scope.articles):
        return [Box(frozenset(), FIRST, LAST, listed)]
    own = Box(frozenset(scope.sources) or None, since, until, listed)
    named = [conflicts[name] for name in scope.conflicts if name in conflicts]
    return [_both(own, conflict) for conflict in named] if scope.conflicts else [own]


def _both(box: Box, conflict: Conflict) -> Box:
    since, until = whole_days(conflict.since, conflict.until)
    sources = frozenset(conflict.sources) or None
    if sources is not None and box.sources is not None:
        sources &= box.sources
    return Box(sources if sources is not None else box.sources, max(box.since, since), min(box.until, until), box.articles)


def holds(scopes: Iterable[Scope | None], article: Article | str | None, conflicts: Mapping[str, Conflict]) -> bool:
    """Whether all scopes fit an article, or the one with this id. None, a text without an article, fits every scope."""
    if article is None:
        return True
    told = told_by(article)
    return all(scope is None or any(box.has(*told) for box in boxes(scope, conflicts)) for scope in scopes)


def can_meet(first: Sequence[Scope | None], second: Sequence[Scope | None], conflicts: Mapping[str, Conflict]) -> bool:
    """Whether an article may be in the scopes of both."""
    pairs = ((one, two) for one in first for two in second)
    return all(any(a.meets(b) for a in boxes(one, conflicts) for b in boxes(two, conflicts)) for one, two in pairs)


def scope_problems(scope: Scope | Conflict | None, conflicts: Mapping[str, Conflict]) -> Iterator[str]:
    """What is wrong with a scope or a conflict."""
    if scope is None:
        return
    for day in (scope.since, scope.until):
        if day != "" and not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", str(day)):
            yield f"{day!r} is no day, should be a year or a quoted date, such as 2031 or '2031-05-02'"
    if not str(scope.since) <= str(scope.until or LAST):
        yield f"from {scope.since} to {scope.until} has no day"
    for name in scope.conflicts if isinstance(scope, Scope) else ():
        if name not in conflicts:
            yield f"{name!r} is not one of the registry's conflicts"
