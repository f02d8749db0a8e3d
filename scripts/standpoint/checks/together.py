"""Whether an id is one article's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from standpoint.core.model import Article

SCOPE = "article"
Found = Iterator[tuple[str, str]]


def article_repeated(articles: Sequence[Article]) -> Found:
    """an id is one article's

    Why: of two, one would be annotated and the other published.
    Fix: keep the one whose text its sets were made on; standpoint ingest never writes two.
    """
    if len(articles) > 1:
        yield "", f"{len(articles)} articles"
