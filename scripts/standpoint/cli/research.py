"""Baselines and scores: baseline, score."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli._printer import Printer, out
from standpoint.cli._root import verb
from standpoint.cli.render import difference_lines, score_lines
from standpoint.scoring.baseline import BASELINE_SEED, SYSTEMS, write_predictions
from standpoint.scoring.scores import SEED, compare_runs, read_gold, score_file, write_scores


@verb("baseline")
@click.argument("name", type=click.Choice(SYSTEMS))
@click.argument("release", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where the predictions go.")
@click.option("--split", default="test", show_default=True, help="The split that is predicted.")
@click.option("--seed", type=click.IntRange(0), default=BASELINE_SEED, show_default=True, help="Of the trained one.")
def baseline_command(name: str, release: Path, out: Path, split: str, seed: int) -> None:
    """Write a baseline's predictions. rules: the codebook's lexicon and examples; trained: learns from the train split, on a CPU.

    \b
    standpoint baseline rules dataset/release --out rules.jsonl
    standpoint baseline trained dataset/release --out trained.jsonl
    standpoint score dataset/release trained.jsonl --against rules.jsonl
    """
    with Printer() as printer:
        counts = write_predictions(release, name, split, out, seed, printer.reporter)
    printer.close(counts)


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@verb("score")
@click.argument("gold", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("predictions", type=FILE, nargs=-1, required=True)
@click.option("--split", default="test", show_default=True, help="The split of the release that is scored against.")
@click.option("--against", type=FILE, help="Another system's predictions: is the difference more than chance?")
@click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write all of it to this file too.")
@click.option("--resamples", type=click.IntRange(0), default=10_000, show_default=True, help="Of the bootstrap; 0: no intervals.")
@click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="Of the bootstrap and of the comparison.")
def score_command(
    gold: Path, predictions: tuple[Path, ...], split: str, against: Path | None, path: Path | None, resamples: int, seed: int
) -> None:
    """Score predictions against a split of a release, the one agreed way: docs/scoring.md says what each score is.

    Several files are one system's runs with other seeds: their mean and standard deviation stand beside the first's scores.
    Predictions are taken by offsets only; a file with a fault is not scored.

    \b
    standpoint score dataset/release mine.jsonl
    standpoint score dataset/release seed-1.jsonl seed-2.jsonl seed-3.jsonl --json scores.json
    standpoint score dataset/release mine.jsonl --against rules.jsonl --split validation
    """
    with Printer() as printer:
        right = read_gold(gold, split)
        runs = [score_file(right, one, resamples, seed, printer.reporter) for one in predictions]
        other = score_file(right, against, 0, seed, printer.reporter) if against else None
        compared = compare_runs(right, runs[0], other, seed) if other else []
    for line in score_lines(right, runs):
        out.print(line, markup=False, soft_wrap=True)
    for line in difference_lines(runs[0], other, compared) if other else ():
        out.print(line, markup=False, soft_wrap=True)
    if path:
        write_scores(right, runs, compared, path)
