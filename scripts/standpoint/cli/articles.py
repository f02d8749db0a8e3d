"""Raw files in, and which article is in which split: ingest, split, leaks."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from standpoint.cli._printer import Printer, out
from standpoint.cli._root import verb
from standpoint.core.paths import Project
from standpoint.ingest.ingest import ingest_paths
from standpoint.splits.leaks import LeakReport, report_leaks
from standpoint.splits.overlap import CollectionComparison, compare_collections
from standpoint.splits.splits import RELEASED, split_articles


@verb("ingest")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--sources", type=click.Path(exists=True, path_type=Path), help="Another sources.yaml than dataset/sources.yaml.")
@click.pass_obj
def ingest_command(project: Project, paths: tuple[Path, ...], sources: Path | None) -> None:
    """Turn raw files into articles: text, Markdown, HTML, JSON Lines, CSV, Parquet, gzip, or folders of them.

    \b
    standpoint ingest dataset/raw
    standpoint ingest ~/crawl/*.jsonl.gz --sources my-sources.yaml
    """
    with Printer() as printer:
        counts = ingest_paths(project, paths, sources or project.sources, printer.reporter)
    printer.close(counts)


@verb("split")
@click.pass_obj
def split_command(project: Project) -> None:
    """Put each new article into train, validation or test; what is assigned never moves.

    A story (copies of a text, and reports of the same actors and places within three days) stands in one split, drawn by
    the hash of its name. splits/plan.yaml may have a salt for the draw, and two more files of splits:

    \b
    salt: standpoint
    by-date: {validation: 2031-03-15, test: 2031-03-20}     # the first day of each
    by-source: {validation: [northwire], test: [gazette]}   # the outlets that are held out

    \b
    standpoint split
    """
    with Printer() as printer:
        counts = split_articles(project, printer.reporter)
    printer.close(counts)


@verb("leaks")
@click.argument("collections", metavar="[TRAIN TEST]", nargs=-1)
@click.option("--column", default="text", show_default=True, help="The column of the text, where there are columns.")
@click.option("--examples", type=click.IntRange(0), default=5, show_default=True, help="How many pairs to show.")
@click.pass_obj
def leaks_command(project: Project, collections: tuple[str, ...], column: str, examples: int) -> None:
    """Find what of TRAIN is in TEST: equal, nearly equal or a part of it; without them, report on the project's own splits.

    Each is a file or a folder of files that `ingest` reads, or PATH:SPLIT, PATH:CONFIG/SPLIT of a dataset on disk. Texts
    of 40 words or more are compared by word 5-grams, shorter ones by 3-grams; equal phrases of less than 8 words are
    counted and are no leak. Exit code 1 where there is a leak.

    \b
    standpoint leaks
    standpoint leaks train.jsonl test.csv --column sentence
    standpoint leaks dataset/release:train dataset/release:test
    """
    if len(collections) not in (0, 2):
        raise click.UsageError("name two collections, or none for the project's own splits")
    with Printer() as printer:
        found = compare_collections(*collections, column, examples, printer.reporter) if collections else None
        reports = [] if collections else report_leaks(project, printer.reporter)
    lines = compared_lines(found) if found else [line for report in reports for line in reported_lines(report)]
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)
    leaking = found and any(overlap.kind != "phrase" for overlap in found.overlaps) or any(report.leaks for report in reports)
    sys.exit(1 if leaking or printer.reporter.levels["error"] else 0)


def compared_lines(found: CollectionComparison) -> list[str]:
    """The counts by kind, and the examples."""
    lines = [f"{found.train:>9,}  texts in train", f"{found.test:>9,}  texts in test"]
    for kind, count in found.counts().items():
        lines.append(f"{count:>9,}  {kind} ({count / max(found.test, 1):.1%} of test)")
    for example in found.examples:
        overlap = example.overlap
        similarity = f"Jaccard {overlap.jaccard:.2f}, containment {overlap.containment:.2f}"
        lines.append(f"{overlap.kind}: {example.test} and {example.train}, {similarity}")
        lines.append(f"    {example.shared}")
    return lines


def reported_lines(report: LeakReport) -> list[str]:
    """The leak report of a file of splits."""
    sizes = ", ".join(f"{report.articles.get(name, 0)} {name}" for name in RELEASED)
    kinds = ", ".join(f"{report.count(kind)} {kind}" for kind in ("equal", "near", "contained"))
    lines = [f"{report.name}: {sizes}", f"  pairs of copies over splits: {kinds}"]
    lines += [f"    {leak.likeness}: {leak.first} ({leak.splits[0]}), {leak.second} ({leak.splits[1]})" for leak in report.leaks]
    lines.append(f"  stories over splits: {report.divided_stories} of {report.stories}")
    for row in report.unseen:
        share = "–" if row.share is None else f"{row.share:.0%}"
        lines.append(f"  {row.kind} of {row.split} that train does not name: {row.unseen} of {row.named} ({share})")
    return [*lines, *_labels(report)]


def _labels(report: LeakReport) -> list[str]:
    """A line a label: its share of its layer's labels in each split."""
    totals = {
        (layer, name): sum(count for (other, _, split), count in report.labels.items() if (other, split) == (layer, name))
        for layer in {key[0] for key in report.labels}
        for name in RELEASED
    }
    lines = [f"  {'labels, in % of the layer':<44}" + "".join(f"{name:>12}" for name in RELEASED)]
    for layer, label in dict.fromkeys(key[:2] for key in report.labels):
        shares = (100 * report.labels.get((layer, label, name), 0) / (totals[layer, name] or 1) for name in RELEASED)
        lines.append(f"  {layer + ' ' + label:<44}" + "".join(f"{share:>12.1f}" for share in shares))
    return lines
