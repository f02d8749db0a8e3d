"""Which string of a task was annotated, and which article it is.

An export does not contain the label config, so it does not say which string of a task's data the page showed. It is a string
that is an article's text, as ingestion reads it. If there are several, ``to_name`` and the regions' own texts decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from standpoint.codebook.kinds._items import Item
from standpoint.core.model import Article, sha256
from standpoint.core.offsets import WHITESPACE, fault, is_strange, whole_number
from standpoint.ingest.article import normalise
from standpoint.ingest.offset_map import OffsetMap, texts_of
from standpoint.pages.hypertext import Page, is_on_page, parse_page, to_text_offsets

Claim = tuple[int | None, int | None, str | None]  # the offsets of a region, and the text that it should have


class TaskText:
    """A string of a task as it was annotated, and the article's text that ingestion makes of it.

    ``page``: the page, if the string is HTML that a <HyperText> showed; then ``shown`` is the page's text.
    """

    def __init__(self, name: str, shown: str, article_id: str, text: str, page: Page | None = None) -> None:
        self.name, self.shown, self.article_id, self.text, self.page = name, shown, article_id, text, page

    @cached_property
    def offsets(self) -> OffsetMap:
        return OffsetMap(self.shown, self.text)

    def on_text(self, items: Sequence[Item]) -> list[Item]:
        """The items, with regions on the page as regions on its text."""
        return to_text_offsets(items, self.page) if self.page else list(items)


class Articles:
    """The articles of a project by their texts, and by their texts without what stands at the top.

    Others often annotate the body alone, and have the headline in another field, or not at all.
    """

    def __init__(
        self, ids: Mapping[str, str], columns: Sequence[Mapping[str, str]] = ({},), tops: Callable[[], Mapping[str, Top]] = dict
    ) -> None:
        """``ids``: by the text's sha256. ``columns``: of the sources in sources.yaml. ``tops``: by the sha256 of the rest."""
        self.ids, self.columns, self.tops = ids, columns, tops

    def of_text(self, text: str) -> tuple[str, str] | None:
        """The article with this text: its id, and the text."""
        identity = self.ids.get(sha256(text))
        return (identity, text) if identity else None

    def of_rest(self, text: str) -> tuple[str, str] | None:
        """The only article that has this text below its headline: its id, and its whole text."""
        top = self.tops().get(sha256(text))
        return (top.article_id, top.text + text) if top and top.text else None


class Top(NamedTuple):
    """The headline of an article, with the blank lines after it; "" if other articles have the same rest."""

    article_id: str
    text: str


def tops_of(articles: Iterable[Article]) -> dict[str, Top]:
    """The headline, or the headline and the standfirst, of each article, by the sha256 of the rest of its text."""
    found: dict[str, Top] = {}
    for article in articles:
        text, zones = article.text or "", iter(article.zones)
        while (zone := next(zones, None)) and zone.name in ("headline", "standfirst"):
            rest = text[zone.end :].lstrip()
            digest = sha256(rest)
            found[digest] = Top(article.id, "" if digest in found else text[: len(text) - len(rest)])
    return found


class NoArticleError(ValueError):
    """The reason why a task belongs to no article."""


def find_text(strings: Mapping[str, str], items: Sequence[Item], articles: Articles) -> TaskText:
    """The annotated string of a task with these strings in its data, and these items; NoArticleError if there is none."""
    shown_as = {item.to_name for item in items}
    named = [name for name in strings if name in shown_as]
    names = sorted(strings, key=lambda name: (name not in named, name != "text", -len(strings[name])))
    on_page = any(map(is_on_page, items))
    for is_exact in (True, False):  # nearly all texts are in normal form, and reading one is slow
        texts: list[tuple[TaskText, int]] = []  # and how many regions fit
        for name in names:
            text = _read(name, strings, articles, on_page, is_exact)
            if text is None:
                continue
            claims = claims_of(text.on_text(items))
            fitting = sum(fault(*claim, text.shown) in ("", WHITESPACE) for claim in claims)
            if claims and fitting == sum(quote is not None for *_, quote in claims) == len(claims):
                return text
            if name in named or _may_be(text, claims, [strings[other] for other in named]):
                texts.append((text, fitting))
        texts = [item for item in texts if item[0].name in named] or texts
        best = [text for text, fitting in texts if fitting == max(number for _, number in texts)]
        if len(ids := {text.article_id for text in best}) > 1:
            message = f"it has the texts of {', '.join(sorted(ids))}, and its regions do not say which of them was annotated"
            raise NoArticleError(message)
        if best:
            return best[0]
    raise NoArticleError("its text is no article of this project, should be ingested first, from the same file or record")


def _read(name: str, strings: Mapping[str, str], articles: Articles, on_page: bool, is_exact: bool) -> TaskText | None:
    """The string with this name, if it is an article's text, or, unless ``is_exact``, if ingestion makes it one."""
    page = parse_page(strings[name]) if on_page else None
    shown = page.text if page else strings[name]
    if is_exact:
        found = articles.of_text(shown)
    else:
        texts = list[str]()
        for text in chain([normalise(shown)], texts_of(strings, name, articles.columns)):
            if found := articles.of_text(text):
                break
            texts.append(text)
        else:
            found = next(filter(None, map(articles.of_rest, texts)), None)
    return TaskText(name, shown, *found, page) if found else None


def claims_of(items: Sequence[Item]) -> list[Claim]:
    """The offsets and the own texts of the regions on a text."""
    values = (item.value for item in items if item.value is not None and item.value.labels)
    return [
        (whole_number(value.start), whole_number(value.end), value.text if isinstance(value.text, str) else None)
        for value in values
    ]


def _may_be(text: TaskText, claims: Sequence[Claim], others: Sequence[str]) -> bool:
    """Whether a string that no ``to_name`` names may have been annotated, and not one of the ``others``, which are named."""
    if quotes := [quote for *_, quote in claims if quote]:
        return not is_strange(quotes, text.shown)
    return not (claims and any(all(end is not None and end <= len(other) for _, end, _ in claims) for other in others))
