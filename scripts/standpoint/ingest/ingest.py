"""Files and folders of raw articles become a stream of Articles and Issues, with counts that add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from standpoint.codebook.load import load_codebook
from standpoint.core.model import Article, Issue, Reporter
from standpoint.core.project import Project
from standpoint.ingest import readers
from standpoint.ingest.article import WINDOW, Window, article_of
from standpoint.ingest.readers._raw import FileRefused, Raw
from standpoint.ingest.sources import Source, load_sources, source_for
from standpoint.ingest.store import known_texts, without_tombstones, write_articles

# Files that stand beside articles to say what they are.
ABOUT = ("readme", "license", "licence", "attribution", "notice", "copying", "sha256sums")


class Ingested(NamedTuple):
    """``items`` is to be run through; then ``counts`` has files = read + file_refused + about, and
    records = articles + duplicates + record_refused. Each file refused, file about, record refused and duplicate has
    one Issue (a file that broke off after some records is refused, and its records count).
    """

    items: Iterator[Article | Issue]
    counts: Counter[str]


def ingest(
    paths: Iterable[Path],
    sources: Sequence[Source],
    window: Window = WINDOW,
    known: Mapping[str, str] | None = None,
) -> Ingested:
    """Read all files, and all in the folders, in the order of their paths. ``known`` is sha256 -> id of the articles that
    are there already: the same text under another id is a duplicate.
    """
    names = ("files", "read", "file_refused", "about", "records", "articles", "duplicates", "record_refused")
    counts = Counter(dict.fromkeys(names, 0))

    def items() -> Iterator[Article | Issue]:
        texts, ingested = dict(known or {}), set()
        for path in files_of(paths):
            counts["files"] += 1
            for where, item in _file(path, sources, window, counts):
                if isinstance(item, Issue):
                    yield item
                    continue
                first = texts.setdefault(item.sha256, item.id)
                if first == item.id and item.id not in ingested:
                    ingested.add(item.id)
                    counts["articles"] += 1
                    yield item
                else:
                    counts["duplicates"] += 1
                    yield Issue(where, "ARTICLE-DUPLICATE", f"{item.title!r} has the same text as {first}, which is kept", "note")

    return Ingested(items(), counts)


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, and those in folders at any depth, sorted within each; no name twice, and none that begins with a dot."""
    seen: set[Path] = set()
    for path in paths:
        files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
        for item in files:
            hidden = any(part.startswith(".") for part in item.relative_to(path).parts)
            if not hidden and item.resolve() not in seen:
                seen.add(item.resolve())
                yield item


def _file(path: Path, sources: Sequence[Source], window: Window, counts: Counter[str]) -> Iterator[tuple[str, Article | Issue]]:
    """What each record of a file gives, with its place; and the Issue that ends the file, if one does."""
    if path.name.lower().split(".")[0] in ABOUT:
        counts["about"] += 1
        yield "", Issue(str(path), "FILE-ABOUT", "is about the files beside it by its name, and not read as an article", "note")
        return
    try:
        source = source_for(path, sources)
        if source is None:
            raise FileRefused("FILE-NO-SOURCE", "no source in sources.yaml matches it; add one, or a glob to its `match`")
        for raw in readers.read(path, source.columns):
            counts["records"] += 1
            item = article_of(raw, source, window) if isinstance(raw, Raw) else raw
            counts["record_refused"] += isinstance(item, Issue)
            yield raw.where, item
        counts["read"] += 1
    except FileRefused as error:
        counts["file_refused"] += 1
        yield "", Issue(f"{path}:1", error.code, str(error))


def ingest_paths(project: Project, paths: Sequence[Path], sources: Path, reporter: Reporter) -> Counter:
    """Read raw files into ``dataset/articles``; texts that may not be passed on stay in the local store. The counts add up."""
    codebook = load_codebook(project.codebook)
    window = Window(words=codebook.window_words, annotatable=codebook.zones.annotatable)
    ingested = ingest(paths, load_sources(sources), window, known_texts(project.articles))
    items = reporter.track("ingest", without_tombstones(ingested.items, project, ingested.counts))
    for issue in write_articles(items, project.articles, project.withheld):
        reporter.report(issue)
    return ingested.counts
