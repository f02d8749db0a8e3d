"""Masking of the publisher, and the notes above a task's text: a style for its grey parts, and the number of masked places."""

from __future__ import annotations

import re
from collections.abc import Iterator

from standpoint.codebook.kinds._items import MASK
from standpoint.codebook.registry import Actor, Registry, inside_urls
from standpoint.codebook.types import Codebook
from standpoint.core.model import Article

NOT_LINE_BREAK = re.compile(r"[^\n]")


def shown_text(article: Article, masked: bool, codebook: Codebook, registry: Registry) -> str:
    """The text of the page. It has the length of the article's text, so that offsets are the same."""
    text = article.text or ""
    if not masked:
        return text
    zones = [(zone.start, zone.end) for zone in article.zones if zone.name in codebook.zones.masked]
    return _mask(text, [*zones, *self_references(text, article, registry)])


def shown_title(article: Article, masked: bool, registry: Registry) -> str:
    return _mask(article.title, list(self_references(article.title, article, registry))) if masked else article.title


def self_references(text: str, article: Article, registry: Registry) -> Iterator[tuple[int, int]]:
    """``[start, end)`` of each address, and of each name of the article's publisher, also in capitals.

    Every address is masked, because most addresses in an article are the outlet's.
    """
    yield from inside_urls(text)
    names = _outlet_names(article).union(*(_unambiguous_names(actor) for actor in publishers(article, registry)))
    # Longest first: "Reed Radio" must be tried before "Reed".
    forms = "|".join(re.escape(form) for name in sorted(names, key=len, reverse=True) for form in (name, name.upper()))
    for match in re.finditer(rf"(?<!\w)(?:{forms})(?!\w)", text) if forms else ():
        yield match.span()


def publishers(article: Article, registry: Registry) -> list[Actor]:
    """The actors of the registry that published the article, here or originally."""
    return [actor for actor in registry.actors if _unambiguous_names(actor) & _outlet_names(article)]


def _outlet_names(article: Article) -> set[str]:
    return {name for name in (article.publisher, article.original_publisher) if name}


def _unambiguous_names(actor: Actor) -> set[str]:
    """An actor's names without its descriptions: "the station" may be another outlet."""
    return {name for name, is_descriptor in actor.names() if not is_descriptor}


def _mask(text: str, places: list[tuple[int, int]]) -> str:
    for start, end in places:
        text = text[:start] + NOT_LINE_BREAK.sub(MASK, text[start:end]) + text[end:]
    return text


LINE_SELECTOR = ".sp-text .lsf-richtext__line:nth-of-type({})"
GREY = "color:#8b8b8b;background:#f0f0f0"
OVERLAY = "position:absolute;pointer-events:none;white-space:pre-wrap;margin:0"
MASK_NOTE = "░ masks what shows who published this article; its text names its outlet or gives an address in {} place(s)"


def page_notes(article: Article, masked: bool, codebook: Codebook, registry: Registry, shown: str) -> str:
    """The HTML above a task's text: a style for the grey parts, and a line about masking; "" if there is neither."""
    rules = "".join(_grey_rules(shown, unannotated_parts(article, codebook)))
    count = sum(1 for _ in self_references(article.text or "", article, registry)) if masked else 0
    return (f"<style>{rules}</style>" if rules else "") + (MASK_NOTE.format(count) if count else "")


def unannotated_parts(article: Article, codebook: Codebook) -> list[tuple[int, int]]:
    """``[start, end)`` of the parts that are not annotated: other zones, and the text after the annotation window."""
    parts = [(zone.start, zone.end) for zone in article.zones if zone.name not in codebook.zones.annotatable]
    end = len(article.text or "")
    return sorted([*parts, (article.annotated_until, end)] if article.annotated_until < end else parts)


def _grey_rules(text: str, parts: list[tuple[int, int]]) -> Iterator[str]:
    """A CSS rule for each line that is grey, entirely or at its beginning.

    CSS cannot select a part of a line, so the grey beginning is drawn over it as the content of ``::before``. Every
    character is written as its code point, so that none can end the string or the element.
    """
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        grey = max((min(end, start + len(line)) - start for first, end in parts if first <= start < end), default=0)
        if grey >= len(line) > 0:
            yield f"{LINE_SELECTOR.format(number)}{{{GREY}}}"
        elif grey:
            words = "".join(f"\\{ord(char):06x}" for char in line[:grey])
            yield f'{LINE_SELECTOR.format(number)}::before{{content:"{words}";{GREY};{OVERLAY}}}'
        start += len(line) + 1
