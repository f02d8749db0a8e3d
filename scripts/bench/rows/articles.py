"""ingest: raw JSON Lines to articles with zones, sentences and groups, beside bare reading; pages beside bare trafilatura."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

from generate import write_articles, write_pages
from row import ALL, BEFORE, CORES, ONE, Row, Work, own_project, quicker, with_jobs, within

BARE = "bare trafilatura.extract"


def ingest(folder: Path, size: int, jobs: int, what: str) -> Work:
    import trafilatura  # noqa: F401  as for the peer, its import is not timed

    from standpoint.core.model import Reporter
    from standpoint.ingest.ingest import ingest_paths

    project = own_project(folder)
    shutil.rmtree(project.articles, ignore_errors=True)
    options = with_jobs(ingest_paths, jobs)

    def work() -> None:
        counts = ingest_paths(project, [folder / what.format(size)], folder / "sources.yaml", Reporter(), **options)
        assert counts["articles"] > 0.9 * size, counts

    return work


def read(folder: Path, size: int) -> Work:
    """Bare reading: each line of the same file parsed, nothing else."""

    def work() -> None:
        with (folder / f"articles/{size}.jsonl").open(encoding="utf-8") as file:
            assert sum(len(json.loads(line)["text"]) for line in file) > 0

    return work


def extract(folder: Path, size: int) -> Work:
    """Bare trafilatura: each page read and extracted, nothing else."""
    import trafilatura

    def work() -> None:
        for path in sorted((folder / f"pages-{size}").iterdir()):
            assert trafilatura.extract(path.read_text(encoding="utf-8")), path

    return work


ROWS = [
    Row(
        name="ingest",
        title="ingest, JSON Lines",
        unit="articles",
        quick=(200, 1_000),
        usual=(1_000, 10_000),
        prepare=write_articles,
        jobs={name: partial(ingest, jobs=jobs, what="articles/{}.jsonl") for name, jobs in ((ONE, 1), (ALL, CORES))}
        | {"bare reading": read},
        ours=(ONE, ALL),
        before="ee14c65~",
        aims=[quicker(ONE, BEFORE, 1.6), quicker(ALL, BEFORE, 2.5)],
    ),
    Row(
        name="pages",
        title="ingest, HTML",
        unit="pages",
        quick=(50, 200),
        usual=(300, 1_500),
        prepare=write_pages,
        jobs={name: partial(ingest, jobs=jobs, what="pages-{}") for name, jobs in ((ONE, 1), (ALL, CORES))} | {BARE: extract},
        ours=(ONE, ALL),
        aims=[within(ONE, BARE, 1.3)],
        why="trafilatura's calls for the text and for the date, outlet and author take about 1.2 times the bare call by "
        "themselves. The rest is ours: paragraphs and captions that it drops or joins, zones, sentences, and copies.",
    ),
]
