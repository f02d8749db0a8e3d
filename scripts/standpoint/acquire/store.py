"""Articles on disk: a file a source, sorted by id; what a licence withholds stands in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from standpoint.acquire.article import annotatable_text
from standpoint.acquire.duplicates import Republished, groups, near_duplicates
from standpoint.acquire.sources import redistributable
from standpoint.acquire.spill import Spill
from standpoint.jsonlines import read_lines, write_lines
from standpoint.model import Article, Issue


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


def stored(source: str, public: Path, withheld: Path) -> Iterator[Article]:
    """The articles of a source that are there, by id, with their text where it is known here."""
    texts = _read(withheld / f"{source}.jsonl")
    known = next(texts, None)
    for article in _read(public / f"{source}.jsonl"):
        while known is not None and known.id < article.id:
            known = next(texts, None)
        found = article.text is None and known is not None and known.id == article.id
        yield replace(article, text=known.text) if found else article


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


def _read(path: Path) -> Iterator[Article]:
    return read_lines(path, Article) if path.exists() else iter(())
