"""The records of a project on disk: articles, annotation sets, decisions and adjudicated sets, as sorted streams."""

from __future__ import annotations

import heapq
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from standpoint.core.files import read_lines, write_lines, written_whole
from standpoint.core.model import TAKEN_DOWN, AdjudicatedSet, AnnotationSet, Article, Decision, Issue, StandpointError
from standpoint.core.paths import Project


def article_streams(project: Project, with_text: bool = True) -> list[Iterator[Article]]:
    """A stream of articles a source, each sorted by id; a withheld text comes from the local store where it is there."""
    paths = sorted(project.articles.glob("*.jsonl"))
    if not with_text:
        return [read_lines(path, Article) for path in paths]
    return [stored(path.stem, project.articles, project.withheld) for path in paths]


def read_articles(project: Project, with_text: bool = True) -> Iterator[Article]:
    """All articles, one source after the other."""
    for stream in article_streams(project, with_text):
        yield from stream


def read_annotation_sets(project: Project, pass_name: str = "*") -> Iterator[AnnotationSet]:
    """All annotation sets, or those of one pass: sorted by pass, annotator and article."""
    for path in sorted(project.annotations.glob(f"{pass_name}/*.jsonl")):
        yield from read_lines(path, AnnotationSet)


def read_adjudicated(project: Project) -> Iterator[AdjudicatedSet]:
    """All adjudicated sets, sorted by source and article."""
    for path in sorted(project.adjudicated.glob("*.jsonl")):
        yield from read_lines(path, AdjudicatedSet)


def stored(source: str, public: Path, withheld: Path) -> Iterator[Article]:
    """The articles of a source that are there, by id, with their text where it is known here."""
    texts = _read(withheld / f"{source}.jsonl")
    known = next(texts, None)
    for article in _read(public / f"{source}.jsonl"):
        while known is not None and known.id < article.id:
            known = next(texts, None)
        found = article.text is None and known is not None and known.id == article.id
        yield replace(article, text=known.text) if found else article


def _read(path: Path) -> Iterator[Article]:
    return read_lines(path, Article) if path.exists() else iter(())


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(AnnotationSet).decode


class _Key(Struct):
    article_id: str


class Place(NamedTuple):
    """Where a spilled line lies."""

    article_id: str
    offset: int
    length: int


def store_sets(sets: Iterable[AnnotationSet | Issue], folder: Path) -> Iterator[Issue | Path]:
    """Write the sets, pass the Issues on, and say each file that was changed. A file is replaced whole or not at all."""
    places: dict[str, list[Place]] = defaultdict(list)
    with tempfile.TemporaryFile() as spill:
        offset = 0
        for item in sets:
            if isinstance(item, Issue):
                yield item
                continue
            line = _ENCODE(item) + b"\n"
            spill.write(line)
            places[f"{item.pass_name}/{item.annotator}.jsonl"].append(Place(item.article_id, offset, len(line)))
            offset += len(line)
        for name in sorted(places):
            latest = {place.article_id: place for place in places[name]}  # the later submission of two
            for article_id in sorted({place.article_id for place in places[name]} if len(latest) < len(places[name]) else ()):
                if sum(place.article_id == article_id for place in places[name]) > 1:
                    yield Issue(f"{article_id} {name}", "SET-TWICE", "submitted more than once, differently; the latest is kept")
            path = folder / name
            before = path.stat().st_mtime_ns if path.exists() else None
            _merge(path, sorted(latest.values()), spill)
            if path.stat().st_mtime_ns != before:
                yield path


def _merge(path: Path, places: list[Place], spill) -> None:
    """Both are sorted by article: go through them side by side."""
    old = _lines(path)
    known, line = next(old, (None, b""))
    with written_whole(path) as file:
        for place in places:
            while known is not None and known < place.article_id:
                file.write(line)
                known, line = next(old, (None, b""))
            spill.seek(place.offset)
            new = spill.read(place.length)
            if known == place.article_id:
                new = line if _same(line, new) else new
                known, line = next(old, (None, b""))
            file.write(new)
        while known is not None:
            file.write(line)
            known, line = next(old, (None, b""))


def _lines(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                yield msgspec.json.decode(line, type=_Key).article_id, line


def _same(old: bytes, new: bytes) -> bool:
    """Whether two lines are one set: the day of a set that was only sent to a server and back is its first."""
    if old == new:
        return True
    one, other = _DECODE(old), _DECODE(new)
    return msgspec.structs.replace(one, submitted=None) == msgspec.structs.replace(other, submitted=None)


def no_text(article: Article, what: str) -> Issue:
    """An Issue that says what cannot be done; a note where nothing should be, as the article was taken down."""
    if TAKEN_DOWN in article.metadata:
        return Issue(article.id, "ARTICLE-TAKEN-DOWN", "it was taken down: there is no text to annotate", "note")
    return Issue(article.id, "ARTICLE-NO-TEXT", what)


def sets_of(project: Project) -> list[Iterator[AnnotationSet]]:
    """A stream of annotation sets a file, each sorted by article."""
    return [read_lines(path, AnnotationSet) for path in sorted(project.annotations.glob("*/*.jsonl"))]


def read_decisions(project: Project) -> Iterator[Decision]:
    """All decisions, sorted by article."""
    streams = (read_lines(path, Decision) for path in sorted(project.decisions.glob("*.jsonl")))
    return heapq.merge(*streams, key=lambda one: one.asked.article_id)


def sources_of(project: Project) -> dict[str, str]:
    """The source of each article."""
    return {article.id: article.source for stream in article_streams(project, with_text=False) for article in stream}


def store_decisions(project: Project, decisions: Iterable[Decision]) -> int:
    """Keep decisions, in place of the same adjudicator's on the same question; how many are new or changed."""
    sources, by_source = sources_of(project), defaultdict(list)
    for one in decisions:
        by_source[sources.get(one.asked.article_id, "unknown")].append(one)
    changed = 0
    for source, found in sorted(by_source.items()):
        path = project.decisions / f"{source}.jsonl"
        kept = {(one.asked.key, one.by): one for one in (read_lines(path, Decision) if path.exists() else ())}
        for one in found:
            before = kept.get((one.asked.key, one.by))
            if before is None or replace(before, decided=one.decided) != one:  # the day stays where nothing else is new
                kept[one.asked.key, one.by] = one
                changed += 1
        write_lines(path, sorted(kept.values(), key=_order))
    return changed


def _order(decision: Decision) -> tuple:
    asked = decision.asked
    return asked.article_id, asked.pass_name, asked.start, asked.end, asked.layer, asked.about, asked.key, decision.by


Thing = TypeVar("Thing", Article, AnnotationSet, AdjudicatedSet)
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
            what = "articles" if isinstance(thing, Article) else "adjudicated sets"
            if isinstance(thing, AnnotationSet):
                what = f"annotation sets of {thing.annotator}, pass {thing.pass_name},"
            raise StandpointError(f"the {what} are not sorted: {article_id} stands after {last}", "sort the file's lines by id")
        last = article_id
        yield thing


def id_of(thing: Article | AnnotationSet | AdjudicatedSet) -> str:
    """The id of the article that a thing is, or is about."""
    return thing.id if isinstance(thing, Article) else thing.article_id
