"""Baselines and scores: baseline, score."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli.console import Printer, show
from standpoint.cli.options import EXISTING_FILE, EXISTING_FOLDER, FILE, json_file, with_bootstrap
from standpoint.core.defaults import BASELINE_SEED, BASELINES


@click.command("baseline")
@click.argument("name", type=click.Choice(BASELINES))
@click.argument("release", type=EXISTING_FOLDER)
@click.option("--out", type=FILE, required=True, help="Where the predictions are written.")
@click.option("--split", default="test", show_default=True, help="The split to predict.")
@click.option("--seed", type=click.IntRange(0), default=BASELINE_SEED, show_default=True, help="Seed of the trained baseline.")
def baseline_command(name: str, release: Path, out: Path, split: str, seed: int) -> None:
    """Write the predictions of a baseline.

    rules uses the codebook's lexicon and examples; trained learns from the train split, on a CPU.

    \b
    standpoint baseline rules dataset/release --out rules.jsonl
    standpoint baseline trained dataset/release --out trained.jsonl
    standpoint score dataset/release trained.jsonl --against rules.jsonl
    """
    from standpoint.scoring.baseline import write_predictions

    with Printer() as printer:
        counts = write_predictions(release, name, split, out, seed, printer.reporter)
    printer.close(counts)


@click.command("score")
@click.argument("release", type=EXISTING_FOLDER)
@click.argument("predictions", type=EXISTING_FILE, nargs=-1, required=True)
@click.option("--split", default="test", show_default=True, help="The split to score against.")
@click.option("--against", type=EXISTING_FILE, help="Predictions of another system: is the difference more than chance?")
@json_file()
@with_bootstrap
def score_command(
    release: Path,
    predictions: tuple[Path, ...],
    split: str,
    against: Path | None,
    json_file: Path | None,
    resamples: int,
    seed: int,
) -> None:
    """Score predictions against a split of a release.

    docs/scoring.md defines each score. Several files are runs of one system with different seeds: their mean and standard
    deviation are beside the first run's scores. Predictions are matched by offsets only. A file with an error is not scored.

    \b
    standpoint score dataset/release mine.jsonl
    standpoint score dataset/release seed-1.jsonl seed-2.jsonl seed-3.jsonl --json scores.json
    standpoint score dataset/release mine.jsonl --against rules.jsonl --split validation
    """
    from standpoint.cli.render import difference_lines, score_lines
    from standpoint.scoring.scores import compare_runs, read_gold, score_file, write_scores

    with Printer() as printer:
        gold = read_gold(release, split)
        runs = [score_file(gold, path, resamples, seed, printer.reporter) for path in predictions]
        other = score_file(gold, against, 0, seed, printer.reporter) if against else None
        differences = compare_runs(gold, runs[0], other, seed) if other else []
    show(score_lines(gold, runs))
    if other:
        show(difference_lines(runs[0], other, differences))
    if json_file:
        write_scores(gold, runs, differences, json_file)
