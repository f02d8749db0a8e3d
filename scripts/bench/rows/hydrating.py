"""hydrate: withheld texts restored from the user's own copies, beside ingest of the same files."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from row import ALL, CORES, ONE, Row, Work, own_project, with_jobs, within
from whole import whole_project

from rows.articles import ingest

INGEST, INGEST_ALL = "ingest of the same files", "ingest of the same files, all cores"


def prepare(folder: Path, size: int) -> None:
    from msgspec.structs import replace

    from standpoint.adjudication.adjudicate import adjudicate_project
    from standpoint.codebook.load import open_codebook
    from standpoint.core.model import Reporter
    from standpoint.dataset.build import Plan, build_release, copied_files, records_of
    from standpoint.splits.splits import split_articles

    project = whole_project(folder, size, licence="all rights reserved")
    adjudicate_project(project, Reporter(), **with_jobs(adjudicate_project, CORES))
    split_articles(project, Reporter())
    codebook, registry = open_codebook(project)
    plan = Plan(codebook, "0.1.0", replace(registry, off=frozenset()), extras=copied_files(project))
    build_release(records_of(project), plan, folder / "release")


def hydrate(folder: Path, size: int, jobs: int) -> Work:
    from standpoint.core.model import Reporter
    from standpoint.release.hydrate import hydrate_release

    shutil.rmtree(folder / "hydrated", ignore_errors=True)
    options = with_jobs(hydrate_release, jobs)

    def work() -> None:
        copies = [folder / "articles" / f"{size}.jsonl"]
        counts = hydrate_release(folder / "release", copies, None, folder / "hydrated", Reporter(), **options)
        assert set(counts) == {"restored"} and counts["restored"] > 0.9 * size, counts

    return work


def ingest_withheld(folder: Path, size: int, jobs: int) -> Work:
    shutil.rmtree(own_project(folder).local, ignore_errors=True)
    return ingest(folder, size, jobs, "articles/{}.jsonl")


ROWS = [
    Row(
        name="hydrate",
        title="hydrate, all texts withheld",
        unit="articles",
        quick=(100,),
        usual=(1_000, 10_000),
        prepare=prepare,
        jobs={
            ONE: partial(hydrate, jobs=1),
            ALL: partial(hydrate, jobs=CORES),
            INGEST: partial(ingest_withheld, jobs=1),
            INGEST_ALL: partial(ingest_withheld, jobs=CORES),
        },
        ours=(ONE, ALL),
        peers={ONE: [INGEST], ALL: [INGEST_ALL]},
        why="About two fifths of the time is the writing of the release, in one process: each row of three configs is "
        "read, gets its words, and is written to Parquet again. ingest writes its articles only.",
        aims=[within(ONE, INGEST, 1.5), within(ALL, INGEST_ALL, 1.5)],
    )
]
