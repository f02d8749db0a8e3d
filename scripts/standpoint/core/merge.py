"""Sorted streams of records, merged by article: one article is in memory at a time.

The order is that of the articles' ids as strings, not of the files: the id of one outlet may begin with another's.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Generic, TypeVar

from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, StandpointError

Record = TypeVar("Record")
AboutArticle = Article | AnnotationSet | AdjudicatedSet
OneKind = TypeVar("OneKind", Article, AnnotationSet, AdjudicatedSet)
Streams = Iterable[Iterable[OneKind]]
Key = Callable[[Record], str]


def grouped(streams: Iterable[Iterable[Record]], key: Key[Record]) -> Iterator[tuple[str, list[Record]]]:
    """Each key with its records of all streams, in the order of the keys. Each stream is sorted by the key."""
    for value, group in groupby(heapq.merge(*streams, key=key), key=key):
        yield value, list(group)


def updated(
    old: Iterable[Record], new: Iterable[Record], key: Key[Record], choose: Callable[[Record, Record], Record]
) -> Iterator[Record]:
    """The records of both streams, sorted by the key; where both have a key, the one that ``choose(old, new)`` returns."""
    additions = iter(new)
    addition = next(additions, None)
    for record in old:
        while addition is not None and key(addition) < key(record):
            yield addition
            addition = next(additions, None)
        if addition is not None and key(addition) == key(record):
            yield choose(record, addition)
            addition = next(additions, None)
        else:
            yield record
    if addition is not None:
        yield addition
        yield from additions


class Lookup(Generic[Record]):
    """The records of a sorted stream by key, for a caller that asks for the keys in their order.

    ``skipped`` receives the records whose keys nobody asked for.
    """

    def __init__(
        self, records: Iterable[Record], key: Key[Record], skipped: Callable[[Iterable[Record]], object] | None = None
    ) -> None:
        self._groups = groupby(records, key=key)
        self._next = next(self._groups, None)
        self._skipped = skipped

    def of(self, key: str) -> list[Record]:
        """The records of a key that comes after all keys that were asked for before."""
        while self._next and self._next[0] < key:
            self._skip()
        if not self._next or self._next[0] != key:
            return []
        records = list(self._next[1])
        self._next = next(self._groups, None)
        return records

    def skip_rest(self) -> None:
        """Go to the end of the stream."""
        while self._next:
            self._skip()

    def _skip(self) -> None:
        if self._next and self._skipped:
            self._skipped(self._next[1])
        self._next = next(self._groups, None)


def article_id_of(record: AboutArticle) -> str:
    """The id of the article that a record is, or is about."""
    return record.id if isinstance(record, Article) else record.article_id


def in_order(stream: Iterable[OneKind]) -> Iterator[OneKind]:
    """The same stream; StandpointError where it is not sorted by article, since a merge would miss records then."""
    last = ""
    for record in stream:
        article_id = article_id_of(record)
        if article_id < last:
            what = "articles" if isinstance(record, Article) else "adjudicated sets"
            if isinstance(record, AnnotationSet):
                what = f"annotation sets of {record.annotator}, pass {record.pass_name},"
            raise StandpointError(f"the {what} are not sorted: {article_id} stands after {last}", "sort the file's lines by id")
        last = article_id
        yield record


def by_article(
    articles: Streams[Article], sets: Streams[AnnotationSet], adjudicated: Streams[AdjudicatedSet] = ()
) -> Iterator[tuple[str, list[Article], list[AnnotationSet], list[AdjudicatedSet]]]:
    """Each article's id with its articles (one, if all is well), its sets and its adjudicated sets.

    An id that only one side knows is there too.
    """
    streams: list[Iterator[AboutArticle]] = [
        *map(in_order, articles),
        *map(in_order, sets),
        *map(in_order, adjudicated),
    ]
    for article_id, records in grouped(streams, article_id_of):
        yield (
            article_id,
            [record for record in records if isinstance(record, Article)],
            [record for record in records if isinstance(record, AnnotationSet)],
            [record for record in records if isinstance(record, AdjudicatedSet)],
        )


def sets_by_article(sets: Streams[AnnotationSet]) -> Iterator[tuple[str, list[AnnotationSet]]]:
    """Each article's id with its sets of all streams."""
    for article_id, _, records, _ in by_article((), sets):
        yield article_id, records
