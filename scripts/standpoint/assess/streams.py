"""Articles and annotation sets side by side, one article at a time, from streams that are each sorted by article."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeVar

from standpoint.model import AnnotationSet, Article, StandpointError

Thing = TypeVar("Thing", Article, AnnotationSet)
Streams = Iterable[Iterable[Thing]]


def by_article(sets: Streams[AnnotationSet]) -> Iterator[tuple[str, list[AnnotationSet]]]:
    """All sets of each article, over all streams, in the order of the articles' ids."""
    for article_id, _, group in joined((), sets):
        yield article_id, group


def joined(articles: Streams[Article], sets: Streams[AnnotationSet]) -> Iterator[tuple[str, list[Article], list[AnnotationSet]]]:
    """Each id with its articles (one, if all is well) and its sets; ids that only one side knows are there too.

    The order is that of the ids, not of the files: an outlet's id may begin with another's.
    """
    streams = (in_order(stream) for side in (articles, sets) for stream in side)
    for article_id, group in groupby(heapq.merge(*streams, key=id_of), key=id_of):
        things = list(group)
        known = [thing for thing in things if isinstance(thing, Article)]
        yield article_id, known, [thing for thing in things if isinstance(thing, AnnotationSet)]


def in_order(stream: Iterable[Thing]) -> Iterator[Thing]:
    """The same stream; StandpointError where it is not sorted by article, for then things would be missed."""
    last = ""
    for thing in stream:
        article_id = id_of(thing)
        if article_id < last:
            what = "articles" if isinstance(thing, Article) else f"annotation sets of {thing.annotator}, pass {thing.pass_name},"
            raise StandpointError(f"the {what} are not sorted: {article_id} stands after {last}", "sort the file's lines by id")
        last = article_id
        yield thing


def id_of(thing: Article | AnnotationSet) -> str:
    """The id of the article that a thing is, or is about."""
    return thing.id if isinstance(thing, Article) else thing.article_id
