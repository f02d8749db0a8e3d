"""Raw files become articles: ingest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from standpoint.acquire.ingest import Window, ingest
from standpoint.acquire.sources import load_sources
from standpoint.acquire.store import known_texts, write_articles
from standpoint.codebook.load import load_codebook
from standpoint.project import Project
from standpoint.verbs.takedown import without_tombstones
from standpoint.verbs.tell import Teller


def ingest_paths(project: Project, paths: Sequence[Path], sources: Path, tell: Teller) -> Counter:
    """Read raw files into ``dataset/articles``; texts that may not be passed on stay in the local store. The counts add up."""
    codebook = load_codebook(project.codebook)
    window = Window(words=codebook.window_words, annotatable=codebook.zones.annotatable)
    ingested = ingest(paths, load_sources(sources), window, known_texts(project.articles))
    items = tell.counted("ingest", without_tombstones(ingested.items, project, ingested.counts))
    for issue in write_articles(items, project.articles, project.withheld):
        tell.tell(issue)
    return ingested.counts
