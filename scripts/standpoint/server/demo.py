"""Every step on the project's own corpus, through the embedded Label Studio."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from datasets import disable_progress_bars, load_dataset

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.agreement.agreement import measure_agreement
from standpoint.agreement.figures import Agreement
from standpoint.checks.run import check_project
from standpoint.core.corpus import read_annotation_sets
from standpoint.core.defaults import CONTROL
from standpoint.core.model import Span
from standpoint.core.paths import Project
from standpoint.core.provenance import load_annotators
from standpoint.core.reporter import Reporter
from standpoint.ingest.ingest import ingest_paths
from standpoint.labelstudio.exchange import pull_annotations, push_articles, upload_annotation_sets
from standpoint.release.build import build_project
from standpoint.server.accounts import ensure_accounts
from standpoint.server.server_process import embedded_client, running_server
from standpoint.splits.splits import split_articles


class Demo(NamedTuple):
    """The counts of each step, the agreement, and the folder and the rows per split of the dataset."""

    counts: Mapping[str, Counter]
    agreement: Agreement
    folder: Path
    rows: Mapping[str, int]


def run_demo(project: Project, reporter: Reporter) -> Demo:
    """Ingest, push, submit the existing annotation sets, pull, check, agree, adjudicate, split, build and load."""
    annotators = sorted(load_annotators(project.annotators))
    counts = {"ingest": ingest_paths(project, [project.raw], project.sources, reporter)}
    reporter.progress("starting Label Studio", 0, None)
    with running_server(project.server) as running:
        reporter.progress("starting Label Studio", 1, 1)
        user_ids = ensure_accounts(running, annotators)
        client = embedded_client(running)
        counts["push"] = push_articles(project, client, annotators, CONTROL, reporter)
        counts["upload"] = upload_annotation_sets(project, client, user_ids, reporter)
        counts["pull"] = pull_annotations(project, client, reporter)
    counts["check"] = check_project(project, reporter)
    agreement = measure_agreement(project, reporter)
    counts["adjudicate"] = adjudicate_project(project, reporter)
    counts["split"] = split_articles(project, reporter)
    counts["build"] = build_project(project, None, reporter)
    counts["spans"] = count_spans(project)
    return Demo(counts, agreement, project.release, count_rows(project.release))


def count_spans(project: Project) -> Counter:
    """The spans of all annotation sets by layer, most frequent first."""
    sets = read_annotation_sets(project)
    spans = Counter(item.layer for annotation_set in sets for item in annotation_set.annotations if isinstance(item, Span))
    return Counter(dict(spans.most_common()))


def count_rows(folder: Path) -> dict[str, int]:
    """The rows per split that ``load_dataset`` reads from a release; its cache is deleted afterwards."""
    disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        loaded = load_dataset(str(folder), cache_dir=cache)
        rows = {str(split): part.num_rows for split, part in loaded.items()}
        del loaded  # it holds files of the cache open
    return rows
