"""The whole way on the project's own corpus: raw files, a real Label Studio, and back out as a dataset that loads."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator

from datasets import disable_progress_bars, load_dataset

from standpoint.annotate import server as embedded
from standpoint.annotate.people import load_annotators
from standpoint.model import Span
from standpoint.project import Project, read_annotation_sets
from standpoint.verbs import adjudicate, agree, articles, check, labelling, release, splits
from standpoint.verbs.tell import Teller


def run(project: Project, tell: Teller) -> list[str]:
    """Ingest, push, enter, pull, check, agree, adjudicate, split, build and load; the closing summary, in lines."""
    annotators = sorted(load_annotators(project.annotators))
    ingested = articles.ingest_paths(project, [project.raw], project.sources, tell)
    tell.progress("starting Label Studio", 0, None)
    with embedded.serve(project.server) as running:
        tell.progress("starting Label Studio", 1, 1)
        user_ids = embedded.accounts(running, annotators)
        client = embedded.client(running)
        pushed = labelling.push(project, client, annotators, labelling.CONTROL, tell)
        entered = labelling.enter(project, client, user_ids, tell)
        pulled = labelling.pull(project, client, tell)
    checked = check.check(project, tell)
    agreement = agree.agree(project, tell)
    settled = adjudicate.adjudicate(project, tell)
    divided = splits.split(project, tell)
    built = release.build(project, None, tell)
    counts = {"ingest": ingested, "push": pushed, "enter": entered, "pull": pulled, "check": checked}
    counts |= {"adjudicate": settled, "split": divided, "build": built}
    return [*_steps(counts), *_layers(project), "", *agree.table(agreement, short=True), "", *_loaded(project)]


def _steps(counts: dict[str, Counter]) -> Iterator[str]:
    for verb, found in counts.items():
        yield f"{verb:<11}" + ", ".join(f"{number:,} {name}" for name, number in found.items())


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
