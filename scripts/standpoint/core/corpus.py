"""The articles, annotation sets, decisions and adjudicated sets of a project, as sorted streams.

Streams are merged with one article in memory at a time, and sorted on disk by SQLite.
"""

from __future__ import annotations

import heapq
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain, groupby
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from standpoint.core.files import Record, inside, read_lines, write_lines
from standpoint.core.model import TAKEN_DOWN, AdjudicatedSet, AnnotationSet, Article, Decision, Issue, StandpointError
from standpoint.core.project import Project
from standpoint.core.provenance import Dossier, apart_from_adjudication, critics_of, standing
from standpoint.core.standoff import Standoff, article_id_of

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
    """The records of both streams, sorted by the key. Where both streams have a key, ``choose(old, new)`` returns the record."""
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
    """Looks up the records of a sorted stream by ascending keys. ``skipped`` receives the records that are not looked up."""

    def __init__(
        self, records: Iterable[Record], key: Key[Record], skipped: Callable[[Iterable[Record]], object] | None = None
    ) -> None:
        self._groups = groupby(records, key=key)
        self._next = next(self._groups, None)
        self._skipped = skipped

    def of(self, key: str) -> list[Record]:
        """The records of a key, which must be greater than all earlier keys."""
        self.skip(key)
        if not self._next or self._next[0] != key:
            return []
        records = list(self._next[1])
        self._next = next(self._groups, None)
        return records

    def skip(self, until: str | None = None) -> None:
        """Go to a key, or to the end of the stream."""
        while self._next and (until is None or self._next[0] < until):
            if self._skipped:
                self._skipped(self._next[1])
            self._next = next(self._groups, None)


def source_of(article_id: str) -> str:
    """The source in an article's id; "" if it is not an id."""
    match = ARTICLE_ID.fullmatch(article_id)
    return match["source"] if match else ""


ARTICLE_ID = re.compile(r"(?P<source>.+)-(?P<date>\d{4}-\d\d-\d\d|undated)-[0-9a-f]{8}")


def in_order(stream: Iterable[OneKind]) -> Iterator[OneKind]:
    """The same stream; StandpointError where it is not sorted by article, because a merge would then miss records."""
    last = ""
    for record in stream:
        article_id = article_id_of(record)
        if article_id < last:
            name = "articles" if isinstance(record, Article) else "adjudicated sets"
            if isinstance(record, AnnotationSet):
                name = f"annotation sets of {record.annotator}, pass {record.pass_name},"
            raise StandpointError(f"the {name} are not sorted: {article_id} comes after {last}", "sort the file's lines by id")
        last = article_id
        yield record


class ArticleRecords(NamedTuple):
    """What there is of one article: normally one article, its annotation sets and its adjudicated set."""

    article_id: str
    articles: list[Article]
    sets: list[AnnotationSet]
    adjudicated: list[AdjudicatedSet]

    def __reduce__(self) -> tuple[Any, ...]:
        """In MessagePack: pickle takes eight times as long to write sets."""
        return _article_records, (msgspec.msgpack.encode(tuple(self)),)


def _article_records(data: bytes) -> ArticleRecords:
    return ArticleRecords(*ARTICLE_RECORDS.decode(data))


ARTICLE_RECORDS = msgspec.msgpack.Decoder(tuple[str, list[Article], list[AnnotationSet], list[AdjudicatedSet]])


def by_article(
    articles: Streams[Article], sets: Streams[AnnotationSet], adjudicated: Streams[AdjudicatedSet] = ()
) -> Iterator[ArticleRecords]:
    """Each article id with its articles (normally one), annotation sets and adjudicated sets, also if some are missing."""
    streams: list[Iterator[AboutArticle]] = [*map(in_order, articles), *map(in_order, sets), *map(in_order, adjudicated)]
    for article_id, records in grouped(streams, article_id_of):
        yield ArticleRecords(
            article_id,
            [record for record in records if isinstance(record, Article)],
            [record for record in records if isinstance(record, AnnotationSet)],
            [record for record in records if isinstance(record, AdjudicatedSet)],
        )


Stored = TypeVar("Stored")
StoreKey = str | tuple[str, ...]

# A key is stored as its parts, each followed by a zero byte. UTF-8 sorts like its code points, and no part contains a zero
# byte. So the index has the order in which Python sorts the keys, and a prefix of parts is a range of the index.
END = b"\0"
# 16 MB (SQLite reads a negative number as KiB). With its default of 2 MB, filling and reading 100,000 articles in random order
# took 9 s instead of 6 s.
CACHE = -16_384


class RecordStore(Generic[Stored]):
    """Records of one kind by key, in a temporary SQLite database, which is in memory while small, then in a file in TMPDIR."""

    def __init__(self, kind: type[Stored]) -> None:
        self._decode: Callable[[bytes], Stored] = msgspec.msgpack.Decoder(kind).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._kind = kind
        self._database = sqlite3.connect("")
        self._database.execute(f"PRAGMA cache_size = {CACHE}")
        self._database.execute("PRAGMA journal_mode = OFF")  # nothing is rolled back, and nothing survives the process
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE records (key BLOB PRIMARY KEY, data BLOB NOT NULL)")

    def fill(self, records: Iterable[tuple[StoreKey, Stored]]) -> None:
        """Add records; StandpointError at the first repeated key."""
        for key, record in records:
            try:
                self._database.execute("INSERT INTO records VALUES (?, ?)", (_stored(key), self._encode(record)))
            except sqlite3.IntegrityError:
                name = key if isinstance(key, str) else " ".join(key)
                raise StandpointError(f"{self._kind.__name__} {name} occurs twice", "standpoint check says where") from None

    def put(self, key: StoreKey, record: Stored) -> None:
        """Add a record, or replace the record of its key."""
        self._database.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (_stored(key), self._encode(record)))

    def __contains__(self, key: StoreKey) -> bool:
        return self._database.execute("SELECT 1 FROM records WHERE key = ?", (_stored(key),)).fetchone() is not None

    def get(self, key: StoreKey) -> Stored | None:
        """The record of a key, or None."""
        row = self._database.execute("SELECT data FROM records WHERE key = ?", (_stored(key),)).fetchone()
        return None if row is None else self._decode(row[0])

    def __getitem__(self, key: StoreKey) -> Stored:
        if (record := self.get(key)) is None:
            raise KeyError(key)
        return record

    def __iter__(self) -> Iterator[Stored]:
        return self.within()

    def within(self, *prefix: str) -> Iterator[Stored]:
        """The records whose keys begin with these parts, in the order of their keys."""
        return (self._decode(data) for (data,) in self._rows("data", prefix))

    def keys_within(self, *prefix: str) -> Iterator[tuple[str, ...]]:
        """The parts of each key that begins with these parts, in order."""
        return (_parts(key) for (key,) in self._rows("key", prefix))

    def _rows(self, column: str, prefix: tuple[str, ...]) -> sqlite3.Cursor:
        first = _stored(prefix)
        query = f"SELECT {column} FROM records WHERE key >= ? AND key < ? ORDER BY key"
        return self._database.execute(query, (first, first + b"\xff"))  # 0xFF is no byte of UTF-8

    def close(self) -> None:
        self._database.close()


def _stored(key: StoreKey) -> bytes:
    parts = (key,) if isinstance(key, str) else key
    return b"".join(part.encode() + END for part in parts)


def _parts(key: bytes) -> tuple[str, ...]:
    return tuple(part.decode() for part in key.split(END)[:-1])


def article_streams(project: Project, with_text: bool = True) -> list[Iterator[Article]]:
    """One stream of articles per source, each sorted by id. A withheld text comes from the local store if it is there."""
    if not with_text:
        return [read_lines(path, Article) for path in sorted(project.articles.glob("*.jsonl"))]
    return [stored(path.stem, project.articles, project.withheld) for path in sorted(project.articles.glob("*.jsonl"))]


def read_articles(project: Project, with_text: bool = True) -> Iterator[Article]:
    """All articles, one source after the other."""
    return chain.from_iterable(article_streams(project, with_text))


def sets_of(project: Project, pass_name: str = "*") -> list[Iterator[AnnotationSet]]:
    """One stream of annotation sets per pass and annotator, each sorted by article."""
    return Standoff(project).streams(project.annotations, AnnotationSet, f"{pass_name}/*.jsonl")


def sets_to_adjudicate(project: Project) -> list[Iterator[AnnotationSet]]:
    """The streams of ``sets_of`` of the annotators whose sets take part in adjudication; one stream if there are critics."""
    standoff, apart, critics = Standoff(project), apart_from_adjudication(project), critics_of(project)
    paths = sorted(project.annotations.glob("*/*.jsonl"))
    streams = [standoff.read(path, AnnotationSet) for path in paths if path.stem not in apart]
    if not critics:
        return streams
    return [chain.from_iterable(standing(sets, critics) for _, sets in grouped(map(in_order, streams), article_id_of))]


def read_annotation_sets(project: Project, pass_name: str = "*") -> Iterator[AnnotationSet]:
    """All annotation sets, or those of one pass: sorted by pass, annotator and article."""
    return chain.from_iterable(sets_of(project, pass_name))


def merged(records: Streams[OneKind]) -> Iterator[OneKind]:
    """The records of streams that are sorted by article, in the order of the articles."""
    return heapq.merge(*map(in_order, records), key=article_id_of)


def adjudicated_streams(project: Project) -> list[Iterator[AdjudicatedSet]]:
    """One stream of adjudicated sets per source, each sorted by article."""
    return Standoff(project).streams(project.adjudicated, AdjudicatedSet)


def read_adjudicated(project: Project) -> Iterator[AdjudicatedSet]:
    """All adjudicated sets, sorted by source and article."""
    return chain.from_iterable(adjudicated_streams(project))


def read_decisions(project: Project) -> Iterator[Decision]:
    """All decisions, sorted by article."""
    return heapq.merge(*Standoff(project).streams(project.decisions, Decision), key=article_id_of)


def read_dossiers(project: Project) -> Iterator[Dossier]:
    """All dossiers: sorted by pass, annotator and article."""
    return chain.from_iterable(Standoff(project).streams(project.dossiers, Dossier, "*/*.jsonl"))


class _PromptHead(Struct):
    prompt: str


def prompts_of(project: Project, unread: Collection[Path] = ()) -> list[str]:
    """The digests of the prompts that the dossiers of a project name, sorted. ``unread``: files that are not read."""
    paths = (path for path in sorted(project.dossiers.glob("*/*.jsonl")) if path not in unread)
    return sorted({head.prompt for path in paths for head in read_lines(path, _PromptHead)})


def file_of(article_id: str, sources: Mapping[str, str]) -> str:
    """The name of the file for what is about an article: its source, also if the article is gone."""
    return sources.get(article_id) or source_of(article_id) or "unknown"


def sources_of(project: Project) -> dict[str, str]:
    """The source of each article."""
    return {article.id: article.source for article in read_articles(project, with_text=False)}


def no_text(article: Article, message: str) -> Issue:
    """An Issue with the message on an article without a text; if the article was taken down, a note instead."""
    if TAKEN_DOWN in article.metadata:
        return Issue(article.id, "ARTICLE-TAKEN-DOWN", "it was taken down: there is no text to annotate", "note")
    return Issue(article.id, "ARTICLE-NO-TEXT", message)


def stored(source: str, public: Path, withheld: Path) -> Iterator[Article]:
    """The existing articles of a source, sorted by id, each with its withheld text and title if they are in the local store."""
    texts = Lookup(read_source(source, withheld), key=article_id_of)
    for article in read_source(source, public):
        local = texts.of(article.id)
        yield (
            replace(article, text=local[0].text, title=article.title or local[0].title)
            if local and article.text is None
            else article
        )


def read_source(source: str, folder: Path) -> Iterator[Article]:
    """The articles in the file of a source, by id; none where there is no file."""
    path = inside(folder, f"{source}.jsonl")
    return read_lines(path, Article) if path.exists() else iter(())


def store_decisions(project: Project, decisions: Iterable[Decision]) -> int:
    """Write decisions, and return how many are new or changed. An adjudicator has one decision per question."""
    sources, standoff = sources_of(project), Standoff(project)
    by_source: dict[str, list[Decision]] = defaultdict(list)
    for decision in map(standoff.committed, decisions):
        by_source[file_of(decision.asked.article_id, sources)].append(decision)
    changed = 0
    for source, new in sorted(by_source.items()):
        path = inside(project.decisions, f"{source}.jsonl")
        old = map(standoff.committed, read_lines(path, Decision)) if path.exists() else iter(())
        kept = {(decision.asked.key, decision.by): decision for decision in old}
        for decision in new:
            before = kept.get((decision.asked.key, decision.by))
            # The old date stays if nothing else has changed.
            if before is None or replace(before, decided=decision.decided) != decision:
                kept[decision.asked.key, decision.by] = decision
                changed += 1
        ordered = sorted(kept.values(), key=_place)
        write_lines(path, ordered)
    return changed


def _place(decision: Decision) -> tuple[str | int | tuple[str, ...], ...]:
    asked = decision.asked
    return asked.article_id, asked.pass_name, asked.start, asked.end, asked.layer, asked.about, asked.key, decision.by
