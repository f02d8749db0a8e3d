"""Articles on disk: one file per source, sorted by id; withheld texts stand in a folder of their own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec.structs import replace

from standpoint.core.corpus import _read, read_articles, stored
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import TAKEN_DOWN, Article, Issue
from standpoint.core.paths import Project
from standpoint.ingest.article import annotatable_text
from standpoint.ingest.near_duplicates import Republished, groups, near_duplicates
from standpoint.ingest.sources import redistributable


def without_tombstones(items: Iterable[Article | Issue], project: Project, counts: Counter) -> Iterator[Article | Issue]:
    """Ingested articles but for those that were taken down, which are told instead; they are counted apart."""
    gone = {one.id for one in read_articles(project, with_text=False) if TAKEN_DOWN in one.metadata}
    for item in items:
        if isinstance(item, Article) and item.id in gone:
            counts["articles"] -= 1
            counts["taken_down"] += 1
            yield Issue(item.id, "ARTICLE-TAKEN-DOWN", "it was taken down, and is not read again", "note")
        else:
            yield item


class Spill:
    """In memory are only the ids, by source, and where each article stands."""

    def __init__(self, folder: Path) -> None:
        self.file = (folder / "articles").open("w+b")
        self.places: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        self.encoder, self.decoder = msgspec.json.Encoder(), msgspec.json.Decoder(Article)

    def add(self, article: Article) -> None:
        """Keep an article."""
        line = self.encoder.encode(article)
        self.places[article.source][article.id] = (self.file.tell(), len(line))
        self.file.write(line)

    def of(self, source: str) -> Iterator[Article]:
        """The articles of a source, by id."""
        for _, (start, length) in sorted(self.places.get(source, {}).items()):
            self.file.seek(start)
            yield self.decoder.decode(self.file.read(length))


def write_articles(items: Iterable[Article | Issue], public: Path, withheld: Path) -> Iterator[Issue]:
    """Add articles to the files of their sources, and pass the issues on; nothing is written before all are taken.

    Articles that are there stay. One whose text has changed since has a new id, and ARTICLE-CHANGED names both. Groups
    are found over all articles, and only ever grow; a file in which nothing changes is left alone.
    """
    with TemporaryDirectory(prefix="standpoint-") as folder:
        spill = Spill(Path(folder))
        for item in items:
            if isinstance(item, Issue):
                yield item
            else:
                spill.add(item)
        group = groups(_links(spill, public, withheld))
        for source in sorted({*spill.places, *(path.stem for path in _files(public))}):
            yield from _changed(spill, source, public)
            _write(spill, source, group, public, withheld)
        spill.file.close()


def known_texts(public: Path) -> dict[str, str]:
    """sha256 -> id of all articles that are there."""
    return {article.sha256: article.id for path in _files(public) for article in read_lines(path, Article)}


def _all(spill: Spill, source: str, public: Path, withheld: Path) -> Iterator[Article]:
    """What there is of a source after this run, by id: where an article is in both, the new one, in the old one's group."""
    new = spill.places.get(source, {})
    old = (article for article in stored(source, public, withheld) if article.id not in new)
    return merge(old, spill.of(source), key=attrgetter("id"))


def _links(spill: Spill, public: Path, withheld: Path) -> Iterator[tuple[str, ...]]:
    """Pairs of ids that are of one group: those that were, and the copies among all."""
    sources = sorted({*spill.places, *(path.stem for path in _files(public))})
    for source in sources:
        for article in _read(public / f"{source}.jsonl"):
            yield article.id, article.group or article.id
    copies = Republished()
    articles = (copies.seen(article) for source in sources for article in _all(spill, source, public, withheld))
    yield from near_duplicates((article.id, annotatable_text(article)) for article in articles)
    yield from copies.links()


def _changed(spill: Spill, source: str, public: Path) -> Iterator[Issue]:
    """ARTICLE-CHANGED for an article of this run that was there under another id, by its address or its title and day."""
    if source not in spill.places:
        return
    there = {article.id: _same(article) for article in _read(public / f"{source}.jsonl")}
    before = {key: name for name, key in there.items() if name not in spill.places[source]}
    for article in spill.of(source) if before else ():
        old = before.get(_same(article))
        if article.id not in there and old:
            yield Issue(article.id, "ARTICLE-CHANGED", f"was {old} before its text changed; both are kept, take out one", "note")


def _same(article: Article) -> tuple[str, ...]:
    return (article.url,) if article.url else (article.title, article.published or "")


def _write(spill: Spill, source: str, group: Mapping[str, str], public: Path, withheld: Path) -> None:
    """Both files of a source, or none if nothing in them changes. The withheld one comes first: a text that is in neither
    file would be lost.
    """
    old = _read(public / f"{source}.jsonl")
    if source not in spill.places and all(group.get(article.id, article.id) == article.group for article in old):
        return

    def articles() -> Iterator[Article]:
        for article in _all(spill, source, public, withheld):
            yield replace(article, group=group.get(article.id, article.id))

    hidden = withheld / f"{source}.jsonl"
    if hidden.exists() or any(not redistributable(article.licence) for article in articles()):
        write_lines(hidden, (item for item in articles() if not redistributable(item.licence) and item.text is not None))
    write_lines(
        public / f"{source}.jsonl", (item if redistributable(item.licence) else replace(item, text=None) for item in articles())
    )


def _files(public: Path) -> list[Path]:
    return sorted(public.glob("*.jsonl"))
