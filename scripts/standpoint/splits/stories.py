"""Stories: the articles that report the same events, found from the actors, places and dates that their texts name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_articles
from standpoint.core.model import TAKEN_DOWN
from standpoint.core.paths import Project
from standpoint.core.reporter import Reporter
from standpoint.ingest.article import annotatable_text
from standpoint.ingest.near_duplicates import groups

# Two articles tell one story if both name at least so many actors, and so many places. A place of a war is in the news for
# weeks, so the longer the time between two articles, the more places they must share; more than three days apart, none suffice.
SHARED_ACTORS = 2
SHARED_PLACES_BY_DAYS_APART = {0: 1, 1: 1, 2: 2, 3: 2}


class ArticleFacts(NamedTuple):
    """What is known of an article before it is annotated: its ISO date or None, and the registry ids that its text names."""

    id: str
    group: str
    published: str | None = None
    actors: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()


class CorpusFacts(NamedTuple):
    """The facts of all articles, the source of each article id, and the number of articles whose text is not available."""

    articles: list[ArticleFacts]
    sources: dict[str, str]
    without_text: int


def read_corpus_facts(project: Project, reporter: Reporter) -> CorpusFacts:
    """Read each article of a project and find the actors and places of the registry in its annotatable text."""
    codebook, registry = open_codebook(project)
    articles: list[ArticleFacts] = []
    sources: dict[str, str] = {}
    without_text = 0
    for article in reporter.track("stories", read_articles(project)):
        mentions = list(registry.mentions(annotatable_text(article, codebook.zones.annotatable)))
        actors, places = (frozenset(entry.id for entry, is_actor in mentions if is_actor is kind) for kind in (True, False))
        articles.append(ArticleFacts(article.id, article.group or article.id, article.published, actors, places))
        sources[article.id] = article.source
        without_text += article.text is None and TAKEN_DOWN not in article.metadata
    return CorpusFacts(articles, sources, without_text)


def find_stories(articles: Iterable[ArticleFacts]) -> dict[str, str]:
    """The story of each article id. A story is named after the smallest article id in it."""
    return groups(_links(list(articles)))


def is_same_story(first: ArticleFacts, second: ArticleFacts) -> bool:
    """Whether two articles report the same events; never if one of them has no date."""
    if first.published is None or second.published is None:
        return False
    required = SHARED_PLACES_BY_DAYS_APART.get(abs(_day_number(first) - _day_number(second)))
    return (
        required is not None
        and len(first.places & second.places) >= required
        and len(first.actors & second.actors) >= SHARED_ACTORS
    )


def _links(articles: Sequence[ArticleFacts]) -> Iterator[tuple[str, str]]:
    """Pairs of article ids that are in one story: the members of a group, and articles that report the same events."""
    group_heads: dict[str, str] = {}
    for article in articles:
        yield article.id, group_heads.setdefault(article.group, article.id)
    recent: dict[str, list[ArticleFacts]] = defaultdict(list)
    for article in sorted((article for article in articles if article.published), key=lambda item: (item.published, item.id)):
        for earlier in _earlier_candidates(article, recent):
            if is_same_story(earlier, article):
                yield earlier.id, article.id
        for place in article.places:
            recent[place].append(article)


def _earlier_candidates(article: ArticleFacts, recent: dict[str, list[ArticleFacts]]) -> Iterator[ArticleFacts]:
    """Each earlier article that shares a place and is recent enough. Older ones are removed from ``recent``."""
    oldest = _day_number(article) - max(SHARED_PLACES_BY_DAYS_APART)
    seen: set[str] = set()
    for place in article.places:
        recent[place] = [earlier for earlier in recent[place] if _day_number(earlier) >= oldest]
        for earlier in recent[place]:
            if earlier.id not in seen:
                seen.add(earlier.id)
                yield earlier


def _day_number(article: ArticleFacts) -> int:
    return date.fromisoformat(article.published or "").toordinal()
