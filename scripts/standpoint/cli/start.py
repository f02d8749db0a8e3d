"""The whole way on the project's own corpus: demo."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator

import click
from datasets import disable_progress_bars, load_dataset

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.agreement.agreement import measure_agreement
from standpoint.checks.run import check_project
from standpoint.cli._printer import Printer
from standpoint.cli._root import verb
from standpoint.cli.render import agreement_lines
from standpoint.core.corpus import read_annotation_sets
from standpoint.core.model import Span
from standpoint.core.paths import Project
from standpoint.core.provenance import load_annotators
from standpoint.core.reporter import Reporter
from standpoint.ingest.ingest import ingest_paths
from standpoint.labelstudio.exchange import pull_annotations, push_articles, upload_annotation_sets
from standpoint.release.build import build_project
from standpoint.server import server_process
from standpoint.server.accounts import ensure_accounts
from standpoint.splits.splits import split_articles
from standpoint.suggestions import CONTROL


def run_demo(project: Project, reporter: Reporter) -> list[str]:
    """Ingest, push, enter, pull, check, agree, adjudicate, split, build and load; the closing summary, in lines."""
    annotators = sorted(load_annotators(project.annotators))
    ingested = ingest_paths(project, [project.raw], project.sources, reporter)
    reporter.progress("starting Label Studio", 0, None)
    with server_process.running_server(project.server) as running:
        reporter.progress("starting Label Studio", 1, 1)
        user_ids = ensure_accounts(running, annotators)
        client = server_process.embedded_client(running)
        pushed = push_articles(project, client, annotators, CONTROL, reporter)
        entered = upload_annotation_sets(project, client, user_ids, reporter)
        pulled = pull_annotations(project, client, reporter)
    checked = check_project(project, reporter)
    agreement = measure_agreement(project, reporter)
    adjudicated = adjudicate_project(project, reporter)
    divided = split_articles(project, reporter)
    built = build_project(project, None, reporter)
    counts = {"ingest": ingested, "push": pushed, "enter": entered, "pull": pulled, "check": checked}
    counts |= {"adjudicate": adjudicated, "split": divided, "build": built}
    return [*_steps(counts), *_layers(project), "", *agreement_lines(agreement, short=True), "", *_loaded(project)]


def _steps(counts: dict[str, Counter]) -> Iterator[str]:
    for name, found in counts.items():
        yield f"{name:<11}" + ", ".join(f"{number:,} {name}" for name, number in found.items())


def _layers(project: Project) -> Iterator[str]:
    """Spans per layer, over all annotation sets."""
    spans = Counter(item.layer for one in read_annotation_sets(project) for item in one.annotations if isinstance(item, Span))
    yield f"{'spans':<11}" + ", ".join(f"{number:,} {layer}" for layer, number in spans.most_common())


def _loaded(project: Project) -> Iterator[str]:
    """What ``load_dataset`` makes of the release, in a cache of its own, and the lines that do it."""
    folder = str(project.release)
    disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        loaded = load_dataset(folder, cache_dir=cache)
        sizes = ", ".join(f"{rows.num_rows} {split}" for split, rows in loaded.items())
        del loaded
    yield f"the dataset is in {folder}: {sizes}"
    yield "load it with:"
    yield "    from datasets import load_dataset"
    yield f'    articles = load_dataset("{folder}")'


@verb("demo")
@click.pass_obj
def demo_command(project: Project) -> None:
    """Go the whole way on the project's own corpus, through a real Label Studio, and load the dataset.

    \b
    standpoint demo
    """
    with Printer() as printer:
        summary = run_demo(project, printer.reporter)
    for line in summary:
        click.echo(line)
    sys.exit(1 if printer.reporter.levels["error"] else 0)
