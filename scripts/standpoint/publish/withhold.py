"""What of an article may be passed on: the text of openly licensed sources; of the others no more than a title.

Where the text is withheld, so are all quotes (their offsets stay), and titles and typed answers of more than
``SURFACE`` words: a short string is no substitute for the article. The url and the sha256 stay, with which whoever
has the text can put the quotes back.
"""

from __future__ import annotations

from msgspec.structs import replace

from standpoint.acquire.sources import redistributable
from standpoint.model import AnnotationSet, Article, Choice, Span

SURFACE = 8  # words


def publishable(article: Article) -> Article:
    """The article as it may be published: without its text, and without a long title, where the licence forbids it."""
    if article.text is not None and redistributable(article.licence):
        return article
    return replace(article, text=None, title=short(article.title) or "")


def short(text: str) -> str | None:
    """A string of at most ``SURFACE`` words as it is; None instead of a longer one."""
    return text if len(text.split()) <= SURFACE else None


def without_text(annotations: AnnotationSet, typed_layers: frozenset[str]) -> AnnotationSet:
    """An annotation set on a withheld article: no quotes, no long typed answers; all else stays."""
    return replace(annotations, annotations=tuple(_without_text(item, typed_layers) for item in annotations.annotations))


def _without_text(item: object, typed_layers: frozenset[str]) -> object:
    if isinstance(item, Span):
        return replace(item, quote=None)
    if isinstance(item, Choice) and item.layer in typed_layers:
        return replace(item, label=short(item.label))
    return item
