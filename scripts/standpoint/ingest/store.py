"""Articles on disk: one file per source, sorted by id; withheld texts stand in a folder of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from standpoint.core.corpus import read_articles, read_source, stored
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import TAKEN_DOWN, Article, Issue
from standpoint.core.project import Project
from standpoint.core.streams import RecordStore, article_id_of, updated
from standpoint.ingest.article import annotatable_text
from standpoint.ingest.near_duplicates import Republished, groups, near_duplicates
from standpoint.ingest.sources import redistributable


def without_tombstones(items: Iterable[Article | Issue], project: Project, counts: Counter) -> Iterator[Article | Issue]:
    """The ingested articles without those that were taken down, each of which is reported and counted apart."""
    gone = {article.id for article in read_articles(project, with_text=False) if TAKEN_DOWN in article.metadata}
    for item in items:
        if isinstance(item, Article) and item.id in gone:
            counts["articles"] -= 1
            counts["taken_down"] += 1
            yield Issue(item.id, "ARTICLE-TAKEN-DOWN", "it was taken down, and is not read again", "note")
        else:
            yield item


def write_articles(items: Iterable[Article | Issue], public: Path, withheld: Path) -> Iterator[Issue]:
    """Add articles to the files of their sources, and pass the issues on; nothing is written before all are read.

    Existing articles stay. One whose text has changed since has a new id, and ARTICLE-CHANGED names both. Groups are
    found over all articles, and only ever grow; a file in which nothing changes is left alone.
    """
    with closing(RecordStore(Article)) as new:
        for item in items:
            if isinstance(item, Issue):
                yield item
            else:
                new.put((item.source, item.id), item)
        changed = new.first_parts()
        sources = sorted(changed | {path.stem for path in _files(public)})
        group = groups(_links(new, sources, public, withheld))
        for source in sources:
            if source in changed:
                yield from _changed(new, source, public)
            elif all(group.get(article.id, article.id) == article.group for article in read_source(source, public)):
                continue
            _write(new, source, group, public, withheld)


def known_texts(public: Path) -> dict[str, str]:
    """sha256 -> id of all existing articles."""
    return {article.sha256: article.id for path in _files(public) for article in read_lines(path, Article)}


def _all(new: RecordStore[Article], source: str, public: Path, withheld: Path) -> Iterator[Article]:
    """All articles of a source after this run, by id; the new one where an article is in both."""
    return updated(stored(source, public, withheld), new.within(source), article_id_of, lambda _, article: article)


def _links(new: RecordStore[Article], sources: Iterable[str], public: Path, withheld: Path) -> Iterator[tuple[str, ...]]:
    """Pairs of ids that are of one group: those that were, and the copies among all."""
    for source in sources:
        for article in read_source(source, public):
            yield article.id, article.group or article.id
    copies = Republished()
    articles = (copies.seen(article) for source in sources for article in _all(new, source, public, withheld))
    yield from near_duplicates((article.id, annotatable_text(article)) for article in articles)
    yield from copies.links()


def _changed(new: RecordStore[Article], source: str, public: Path) -> Iterator[Issue]:
    """ARTICLE-CHANGED for an article of this run that existed under another id, by its address or its title and day."""
    existing = {article.id: _same(article) for article in read_source(source, public)}
    before = {key: name for name, key in existing.items() if (source, name) not in new}
    for article in new.within(source) if before else ():
        old = before.get(_same(article))
        if article.id not in existing and old:
            yield Issue(article.id, "ARTICLE-CHANGED", f"was {old} before its text changed; both are kept, take out one", "note")


def _same(article: Article) -> tuple[str, ...]:
    return (article.url,) if article.url else (article.title, article.published or "")


def _write(new: RecordStore[Article], source: str, group: Mapping[str, str], public: Path, withheld: Path) -> None:
    """Write both files of a source. The withheld one comes first: a text that is in neither file would be lost."""

    def articles() -> Iterator[Article]:
        for article in _all(new, source, public, withheld):
            yield replace(article, group=group.get(article.id, article.id))

    local = withheld / f"{source}.jsonl"
    if local.exists() or any(not redistributable(article.licence) for article in articles()):
        write_lines(local, (item for item in articles() if not redistributable(item.licence) and item.text is not None))
    write_lines(
        public / f"{source}.jsonl", (item if redistributable(item.licence) else replace(item, text=None) for item in articles())
    )


def _files(public: Path) -> list[Path]:
    return sorted(public.glob("*.jsonl"))
