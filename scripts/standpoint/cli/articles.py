"""Raw files become articles, and each article is assigned to a split: ingest, split, leaks."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import click

from standpoint.cli.console import EXISTING_PATH, Result, Run


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, type=EXISTING_PATH)
@click.option("--sources", type=EXISTING_PATH, help="Another file than dataset/sources.yaml.")
@click.pass_obj
def ingest_command(run: Run, paths: tuple[Path, ...], sources: Path | None) -> Result:
    """Turn raw files into articles.

    It reads text, Markdown, HTML, JSON Lines, CSV, Parquet, any of them in gzip, and folders of them.

    \b
    standpoint ingest dataset/raw
    standpoint ingest ~/crawl/*.jsonl.gz --sources my-sources.yaml
    """
    from standpoint.ingest.ingest import ingest_paths

    return ingest_paths(run.project, paths, sources or run.project.sources, run.reporter)


@click.command("split")
@click.pass_obj
def split_command(run: Run) -> Result:
    """Assign each new article to train, validation or test.

    An article never moves after that. A story (copies of a text, and reports of the same actors and places within three
    days) is in one split, which is drawn by the hash of its name. splits/plan.yaml may hold a salt for the draw, and two
    more files of splits:

    \b
    salt: standpoint
    by-date: {validation: 2031-03-15, test: 2031-03-20}     # the first day of each
    by-source: {validation: [northwire], test: [gazette]}   # the outlets that are held out

    \b
    standpoint split
    """
    from standpoint.splits.splits import split_articles

    return split_articles(run.project, run.reporter)


@click.command("leaks")
@click.argument("collections", metavar="[TRAIN TEST]", nargs=-1)
@click.option("--column", default="text", show_default=True, help="The column that holds the text, if there are columns.")
@click.option("--examples", type=click.IntRange(0), default=5, show_default=True, help="How many pairs to show.")
@click.pass_obj
def leaks_command(run: Run, collections: tuple[str, ...], column: str, examples: int) -> Result:
    """Find texts that two collections, or two splits, share.

    With TRAIN and TEST, it finds the texts of TEST that TRAIN has too: equal, nearly equal, or as a part. Without them, it
    reports on the project's own splits. A collection is a file or a folder that `ingest` reads, or PATH:SPLIT or
    PATH:CONFIG/SPLIT of a dataset on disk. Texts of 40 words or more are compared by word 5-grams, shorter ones by 3-grams.
    Equal phrases of less than 8 words are counted and are not a leak. The exit code is 1 if there is a leak.

    \b
    standpoint leaks
    standpoint leaks train.jsonl test.csv --column sentence
    standpoint leaks dataset/release:train dataset/release:test
    """
    if len(collections) not in (0, 2):
        raise click.UsageError("name two collections, or none for the project's own splits")
    from standpoint.cli.render import comparison_lines, leak_report_lines
    from standpoint.splits.leaks import report_leaks
    from standpoint.splits.overlap import PHRASE, compare_collections

    if collections:
        comparison = compare_collections(collections[0], collections[1], column, examples, run.reporter)
        run.failed = any(overlap.kind != PHRASE for overlap in comparison.overlaps) or bool(run.reporter.levels["error"])
        return comparison_lines(comparison)
    reports = report_leaks(run.project, run.reporter)
    run.failed = any(report.leaks for report in reports) or bool(run.reporter.levels["error"])
    return chain.from_iterable(map(leak_report_lines, reports))
