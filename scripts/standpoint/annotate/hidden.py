"""What a pass with ``mask`` hides: who published the article. Each hidden character is replaced by one, so offsets stay.

Hidden are the zones that the codebook names (byline, dateline, …), and in all other text what tells the outlet: its own
name, by whatever alias the registry has for it, and addresses. Whoever rates an outlet's wording should not know whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from standpoint.codebook.actors import Actor, Registry
from standpoint.codebook.kinds._studio import MASK
from standpoint.codebook.naming import inside_urls
from standpoint.codebook.types import Codebook
from standpoint.model import Article

NOT_BREAK = re.compile(r"[^\n]")


def shown_text(article: Article, masked: bool, codebook: Codebook, registry: Registry) -> str:
    """The text of the page: of the same length as the article's, so that offsets are the same."""
    text = article.text or ""
    if not masked:
        return text
    zones = [(zone.start, zone.end) for zone in article.zones if zone.name in codebook.zones.masked]
    return _covered(text, [*zones, *self_references(text, article, registry)])


def shown_title(article: Article, masked: bool, registry: Registry) -> str:
    """The title of the page."""
    return _covered(article.title, list(self_references(article.title, article, registry))) if masked else article.title


def self_references(text: str, article: Article, registry: Registry) -> Iterator[tuple[int, int]]:
    """Where a text tells who published it: the outlet's names, also in capitals, and addresses."""
    yield from inside_urls(text)
    names = _outlets(article).union(*(_names(actor) for actor in publishers(article, registry)))
    words = "|".join(re.escape(form) for name in sorted(names, key=len, reverse=True) for form in (name, name.upper()))
    for match in re.finditer(rf"(?<!\w)(?:{words})(?!\w)", text) if words else ():
        yield match.span()


def publishers(article: Article, registry: Registry) -> list[Actor]:
    """The actors of the registry that published the article, now or first."""
    return [actor for actor in registry.actors if _names(actor) & _outlets(article)]


def _outlets(article: Article) -> set[str]:
    return {name for name in (article.publisher, article.original_publisher) if name}


def _names(actor: Actor) -> set[str]:
    """What an actor is called; "the station" may be anybody's."""
    return {actor.name, *(alias.text for alias in actor.aliases if alias.kind != "descriptor")}


def _covered(text: str, places: list[tuple[int, int]]) -> str:
    for start, end in places:
        text = text[:start] + NOT_BREAK.sub(MASK, text[start:end]) + text[end:]
    return text
