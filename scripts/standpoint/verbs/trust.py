"""Annotation sets checked, compared and settled: check, agree, adjudicate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from typing import BinaryIO

import msgspec

from standpoint.annotate.people import load_annotators
from standpoint.assess.adjudicate import settle_all
from standpoint.assess.agreement import Row
from standpoint.assess.agreement import agree as agreement
from standpoint.assess.checks import check as run_checks
from standpoint.jsonlines import read_lines, written_whole
from standpoint.model import AnnotationSet, Article
from standpoint.project import Project, article_streams
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller


def sets_of(project: Project) -> list[Iterator[AnnotationSet]]:
    """A stream of annotation sets a file, each sorted by article."""
    return [read_lines(path, AnnotationSet) for path in sorted(project.annotations.glob("*/*.jsonl"))]


def kinds_of(project: Project) -> dict[str, str]:
    """What each annotator is, as far as ``dataset/annotators.yaml`` says."""
    return {name: annotator.kind for name, annotator in load_annotators(project.annotators).items()}


def check(project: Project, tell: Teller) -> Counter:
    """Tell all that is wrong with articles and annotation sets; how many there were of each."""
    codebook, registry = open_codebook(project)
    counts: Counter = Counter()

    def counted(stream: Iterator, name: str) -> Iterator:
        for item in stream:
            counts[name] += 1
            yield item

    articles: list[Iterator[Article]] = [counted(stream, "articles") for stream in article_streams(project)]
    sets = [counted(stream, "annotation sets") for stream in sets_of(project)]
    before = tell.levels.copy()
    for issue in run_checks(articles, sets, codebook, registry, kinds_of(project)):
        tell.tell(issue)
    counts.update({"errors": tell.levels["error"] - before["error"], "notes": tell.levels["note"] - before["note"]})
    return counts


def agree(project: Project, tell: Teller) -> list[Row]:
    """Agreement per layer and heading."""
    codebook, _ = open_codebook(project)
    return agreement(sets_of(project), codebook, kinds_of(project))


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Agreement as lines of text, under the heading that says who is compared with whom; what nobody did twice is left out."""
    rows = [row for row in rows if row.n] or rows
    for kind, found in groupby(sorted(rows, key=lambda row: row.kind), key=lambda row: row.kind):
        yield f"agreement, {kind}" + (" (machines among themselves: this is not human agreement)" if "model" in kind else "")
        for row in found:
            value = f"{row.value:7.3f}" if row.value is not None else "      –"
            yield f"  {row.layer:<12}{row.statistic:<28}{value}   n {row.n:,}" + (f"   {row.reason}" if row.reason else "")


def adjudicate(project: Project, tell: Teller) -> Counter:
    """Write the settled set of each article, a file a source; how much is settled, how, and what is in conflict."""
    codebook, _ = open_codebook(project)
    counts: Counter = Counter()

    sources = {article.id: article.source for stream in article_streams(project, with_text=False) for article in stream}
    with ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        for item in settle_all(sets_of(project), codebook, kinds_of(project)):
            counts.update({"settled sets": 1, "conflicts": len(item.conflicts), f"tier {item.tier}": 1})
            counts.update(settlement.how for settlement in item.settlements.values())
            source = sources.get(item.article_id, "unknown")
            if source not in files:
                files[source] = stack.enter_context(written_whole(project.settled / f"{source}.jsonl"))
            files[source].write(msgspec.json.encode(item) + b"\n")
    return counts
