"""Stories: groups of articles that report the same events, from article to article."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import chain
from math import isqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_articles
from standpoint.core.model import TAKEN_DOWN, Reporter
from standpoint.core.project import Project
from standpoint.ingest.article import annotatable_text
from standpoint.ingest.near_duplicates import groups

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# A heuristic: two articles are in one story if they share at least so many actors and places. A place of a war is in the news for
# weeks, so the longer the time between two articles, the more places they must share. After more than three days, none suffice.
SHARED_ACTORS = 2
SHARED_PLACES_BY_DAYS_APART = (1, 1, 2, 2)
CELLS = 1 << 21  # pairs of articles that are compared at once, so that memory does not grow with the articles of a day


class ArticleFacts(NamedTuple):
    """The facts of an article before annotation: its ISO date or None, and the registry ids that its text names."""

    id: str
    group: str
    published: str | None = None
    actors: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    source: str = ""
    story: str = ""  # "" until the stories are found
    conflict: str = ""  # of the registry; "" if there is none, or if it is not clear

    @property
    def day(self) -> int:
        """The ordinal of the day of an article with a date."""
        return date.fromisoformat(self.published or "").toordinal()


def read_corpus_facts(project: Project, reporter: Reporter) -> tuple[list[ArticleFacts], int]:
    """The facts of each article, with the names in its annotatable text; and the number of articles without available text."""
    codebook, registry = open_codebook(project)
    articles: list[ArticleFacts] = []
    without_text = 0
    for article in reporter.track("stories", read_articles(project)):
        mentions = list(registry.mentions(annotatable_text(article, codebook.zones.annotatable), article))
        actors, places = (frozenset(entry.id for entry, is_actor in mentions if is_actor is kind) for kind in (True, False))
        group = article.group or article.id
        conflict = registry.conflict_of(article, actors)
        articles.append(ArticleFacts(article.id, group, article.published, actors, places, article.source, conflict=conflict))
        without_text += article.text is None and TAKEN_DOWN not in article.metadata
    return articles, without_text


def find_stories(articles: Iterable[ArticleFacts]) -> dict[str, str]:
    """The story of each article id. The name of a story is its smallest article id."""
    return groups(_links(list(articles)))


def report_same_events(one: ArticleFacts, other: ArticleFacts) -> bool:
    """Whether two dated articles report the same events by themselves, without a third article between them."""
    apart = abs(one.day - other.day)
    if apart >= len(SHARED_PLACES_BY_DAYS_APART) or len(one.actors & other.actors) < SHARED_ACTORS:
        return False
    return len(one.places & other.places) >= SHARED_PLACES_BY_DAYS_APART[apart]


def _links(articles: Sequence[ArticleFacts]) -> Iterator[tuple[str, str]]:
    """Pairs of article ids that join the members of each group, and the articles that report the same events."""
    group_heads: dict[str, str] = {}
    for article in articles:
        yield article.id, group_heads.setdefault(article.group, article.id)
    dated = sorted((article for article in articles if article.published), key=lambda article: (article.published, article.id))
    for first, second in _same_events(dated):
        yield dated[first].id, dated[second].id


def _same_events(articles: Sequence[ArticleFacts]) -> Iterator[tuple[int, int]]:
    """Pairs of places in ``articles``, in the order of their days, that join those that report the same events.

    Each part of the articles is compared, at once, with itself and with the articles of the days before: the names that they
    share are a product of sparse matrices. One by one, the articles of a dense archive would take ten times as long.
    """
    from scipy.sparse import csr_array  # imported here: most commands never need it
    from scipy.sparse.csgraph import connected_components

    days = np.array([article.day for article in articles], np.int64)
    actors, places = _incidence([article.actors for article in articles]), _incidence([article.places for article in articles])
    required = np.array([*SHARED_PLACES_BY_DAYS_APART, np.iinfo(np.int32).max])
    begin = 0
    while begin < len(articles):
        oldest = int(np.searchsorted(days, days[begin] - len(SHARED_PLACES_BY_DAYS_APART) + 1))
        before = begin - oldest
        end = begin + max((isqrt(before**2 + 4 * CELLS) - before) // 2, 1)
        shares_actors = actors[begin:end] @ actors[oldest:end].T >= SHARED_ACTORS
        shared = (places[begin:end] @ places[oldest:end].T).multiply(shares_actors).tocoo()
        apart = np.abs(days[begin + shared.row] - days[oldest + shared.col])
        same = shared.data >= required[np.minimum(apart, len(required) - 1)]
        size = min(end, len(articles)) - oldest
        pairs = csr_array((same[same], (before + shared.row[same], shared.col[same])), shape=(size, size))
        stories = connected_components(pairs, directed=False)[1]
        firsts = np.unique(stories, return_index=True)[1][stories]
        yield from ((oldest + first, oldest + one) for one, first in enumerate(firsts.tolist()) if first != one)
        begin = end


def _incidence(names: Sequence[Collection[str]]) -> csr_array:
    """A row for each article and a column for each name: 1 where the article has the name."""
    from scipy.sparse import csr_array

    columns: dict[str, int] = {}
    found = [columns.setdefault(name, len(columns)) for name in chain.from_iterable(names)]
    ends = np.cumsum([0, *map(len, names)])
    return csr_array((np.ones(len(found), np.int32), found, ends), shape=(len(names), max(len(columns), 1)))
