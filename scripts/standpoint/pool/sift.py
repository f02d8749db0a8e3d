"""Which articles of an archive are wanted: by source, language, date and length, and by how dense the triggers of events are."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.model import Article
from standpoint.core.words import count_words
from standpoint.ingest.article import annotatable_text
from standpoint.pool.archive import Place
from standpoint.pool.triggers import Finder

# Why a record is left out, besides the codes of records that are no articles.
SOURCE, LANGUAGE, UNDATED, BEFORE, AFTER = "other source", "other language", "undated", "too early", "too late"
SHORT, LONG, OFF_TOPIC, COPY, NOT_DRAWN = "too short", "too long", "off topic", "copy", "not drawn"
PER = 100  # words


class Wanted(Struct, frozen=True, kw_only=True):
    """What is wanted. Days are ISO dates, both included; "" and () are no limit."""

    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    least_words: int = 0
    most_words: int = 0  # 0: no limit
    density: float = 0  # triggers in 100 words of annotatable text
    triggers: int = 0  # in all
    by_site: bool = False  # the outlet is the site of the address, where there is one, and not the source


class Facts(Struct, frozen=True, array_like=True):
    """What the draw needs to know about an article that is wanted."""

    place: Place
    where: str
    id: str
    source: str
    outlet: str
    published: str
    events: tuple[str, ...]  # the labels whose triggers it has
    actors: tuple[str, ...]  # of the registry
    places: tuple[str, ...]

    @property
    def order(self) -> tuple[str, str, Place]:
        """The order in which articles are preferred among their copies: the first published, then by id and by place."""
        return self.published or "9999", self.id, self.place


class Sieve:
    """Finds the reason for which an article is not wanted, and the facts of one that is."""

    def __init__(self, wanted: Wanted, codebook: Codebook, registry: Registry, triggers: Finder) -> None:
        self.wanted, self.registry, self.triggers = wanted, registry, triggers
        self.annotatable = codebook.zones.annotatable

    def reason(self, article: Article) -> str:
        """Why an article is left out; "" if it is wanted."""
        wanted, day = self.wanted, article.published or ""
        if wanted.sources and article.source not in wanted.sources:
            return SOURCE
        if wanted.languages and article.language not in wanted.languages:
            return LANGUAGE
        if not day and (wanted.since or wanted.until):
            return UNDATED
        if wanted.since and day < wanted.since:
            return BEFORE
        if wanted.until and day > wanted.until:
            return AFTER
        text = annotatable_text(article, self.annotatable)
        words = count_words(text)
        if words < max(wanted.least_words, 1):
            return SHORT
        if wanted.most_words and words > wanted.most_words:
            return LONG
        if wanted.density or wanted.triggers:
            found = len(self.triggers(article, text))
            if found < wanted.triggers or found * PER < wanted.density * words:
                return OFF_TOPIC
        return ""

    def facts(self, article: Article, place: Place, where: str) -> Facts:
        """The facts of an article."""
        text = annotatable_text(article, self.annotatable)
        named = [(mention.id, is_actor) for mention, is_actor in self.registry.mentions(text, article)]
        actors, places = (tuple(sorted({id for id, kind in named if kind is is_actor})) for is_actor in (True, False))
        return Facts(
            place=place,
            where=where,
            id=article.id,
            source=article.source,
            outlet=(self.wanted.by_site and site_of(article.url or "")) or article.source,
            published=article.published or "",
            events=tuple(sorted(set(self.triggers(article, text)))),
            actors=actors,
            places=places,
        )


def site_of(address: str) -> str:
    """The site of an address, without www; "" if there is none."""
    return (urlsplit(address).hostname or "").removeprefix("www.")
