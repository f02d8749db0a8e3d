"""The records of a project on disk: articles, annotation sets, decisions and adjudicated sets, as sorted streams."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain
from operator import itemgetter
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from standpoint.core.files import Record, read_lines, write_lines, written_whole
from standpoint.core.model import TAKEN_DOWN, AdjudicatedSet, AnnotationSet, Article, Decision, Issue
from standpoint.core.project import Project
from standpoint.core.streams import Lookup, RecordStore, article_id_of, updated


def streams(folder: Path, kind: type[Record], files: str = "*.jsonl") -> list[Iterator[Record]]:
    """One stream of records per file of a folder, in the order of their paths."""
    return [read_lines(path, kind) for path in sorted(folder.glob(files))]


def article_streams(project: Project, with_text: bool = True) -> list[Iterator[Article]]:
    """One stream of articles per source, each sorted by id; a withheld text comes from the local store if it is there."""
    if not with_text:
        return streams(project.articles, Article)
    return [stored(path.stem, project.articles, project.withheld) for path in sorted(project.articles.glob("*.jsonl"))]


def read_articles(project: Project, with_text: bool = True) -> Iterator[Article]:
    """All articles, one source after the other."""
    return chain.from_iterable(article_streams(project, with_text))


def sets_of(project: Project, pass_name: str = "*") -> list[Iterator[AnnotationSet]]:
    """One stream of annotation sets per pass and annotator, each sorted by article."""
    return streams(project.annotations, AnnotationSet, f"{pass_name}/*.jsonl")


def read_annotation_sets(project: Project, pass_name: str = "*") -> Iterator[AnnotationSet]:
    """All annotation sets, or those of one pass: sorted by pass, annotator and article."""
    return chain.from_iterable(sets_of(project, pass_name))


def read_adjudicated(project: Project) -> Iterator[AdjudicatedSet]:
    """All adjudicated sets, sorted by source and article."""
    return chain.from_iterable(streams(project.adjudicated, AdjudicatedSet))


def read_decisions(project: Project) -> Iterator[Decision]:
    """All decisions, sorted by article."""
    return heapq.merge(*streams(project.decisions, Decision), key=lambda decision: decision.asked.article_id)


def sources_of(project: Project) -> dict[str, str]:
    """The source of each article."""
    return {article.id: article.source for article in read_articles(project, with_text=False)}


def no_text(article: Article, what: str) -> Issue:
    """An Issue that says what cannot be done without the text; only a note for an article that was taken down."""
    if TAKEN_DOWN in article.metadata:
        return Issue(article.id, "ARTICLE-TAKEN-DOWN", "it was taken down: there is no text to annotate", "note")
    return Issue(article.id, "ARTICLE-NO-TEXT", what)


def stored(source: str, public: Path, withheld: Path) -> Iterator[Article]:
    """The existing articles of a source, by id, with their text where it is known here."""
    texts = Lookup(read_source(source, withheld), key=article_id_of)
    for article in read_source(source, public):
        known = texts.of(article.id)
        yield replace(article, text=known[0].text) if known and article.text is None else article


def read_source(source: str, folder: Path) -> Iterator[Article]:
    """The articles in the file of a source, by id; none where there is no file."""
    path = folder / f"{source}.jsonl"
    return read_lines(path, Article) if path.exists() else iter(())


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(AnnotationSet).decode


class _Key(Struct):
    article_id: str


def store_sets(sets: Iterable[AnnotationSet | Issue], folder: Path) -> Iterator[Issue | Path]:
    """Write the sets, pass the Issues on, and yield each file that was changed. A file is replaced whole or not at all."""
    with closing(RecordStore(AnnotationSet)) as records:
        for item in sets:
            if isinstance(item, Issue):
                yield item
            else:
                records.put((f"{item.pass_name}/{item.annotator}.jsonl", item.article_id), item)
        for name in sorted(records.first_parts()):
            for _, article_id in records.repeated(name):
                yield Issue(f"{article_id} {name}", "SET-TWICE", "submitted more than once, differently; the latest is kept")
            path = folder / name
            before = _inode(path)
            new = ((item.article_id, _ENCODE(item) + b"\n") for item in records.within(name))
            with written_whole(path) as file:
                file.writelines(line for _, line in updated(_lines(path), new, itemgetter(0), _unless_same))
            if _inode(path) != before:
                yield path


def _inode(path: Path) -> int | None:
    """What is another after a file was replaced: two replacements may lie within one tick of the clock."""
    return path.stat().st_ino if path.exists() else None


def _lines(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                yield msgspec.json.decode(line, type=_Key).article_id, line


def _unless_same(old: tuple[str, bytes], new: tuple[str, bytes]) -> tuple[str, bytes]:
    """The old line where both are one set: a set that was only sent to a server and back keeps its first day."""
    if old == new:
        return old
    before, after = _DECODE(old[1]), _DECODE(new[1])
    return old if replace(before, submitted=None) == replace(after, submitted=None) else new


def store_decisions(project: Project, decisions: Iterable[Decision]) -> int:
    """Write decisions, each in place of the same adjudicator's on the same question; how many are new or changed."""
    sources = sources_of(project)
    by_source: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_source[sources.get(decision.asked.article_id, "unknown")].append(decision)
    changed = 0
    for source, new in sorted(by_source.items()):
        path = project.decisions / f"{source}.jsonl"
        old = read_lines(path, Decision) if path.exists() else iter(())
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
