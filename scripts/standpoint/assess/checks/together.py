"""Whether each thing is there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from standpoint.model import AnnotationSet, Article

Found = Iterator[tuple[str, str]]


def article_repeated(articles: Sequence[Article], sets: Sequence[AnnotationSet]) -> Found:
    """an id is one article's"""
    if len(articles) > 1:
        yield "", f"{len(articles)} articles"


def set_repeated(articles: Sequence[Article], sets: Sequence[AnnotationSet]) -> Found:
    """an annotator has one set an article and pass"""
    for (pass_name, annotator), count in Counter((one.pass_name, one.annotator) for one in sets).items():
        if count > 1:
            yield f"{pass_name} {annotator}", f"{count} sets"
