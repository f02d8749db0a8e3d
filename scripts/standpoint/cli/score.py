"""How good predictions are: score."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.assess.scoring.score import SEED
from standpoint.cli._root import verb
from standpoint.printer import Printer, out
from standpoint.verbs import score as verbs

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@verb("score")
@click.argument("gold", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("predictions", type=FILE, nargs=-1, required=True)
@click.option("--split", default="test", show_default=True, help="The split of the release that is scored against.")
@click.option("--against", type=FILE, help="Another system's predictions: is the difference more than chance?")
@click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write all of it to this file too.")
@click.option("--resamples", type=click.IntRange(0), default=10_000, show_default=True, help="Of the bootstrap; 0: no intervals.")
@click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="Of the bootstrap and of the comparison.")
def run(
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
        right = verbs.read_gold(gold, split)
        runs = [verbs.run(right, one, resamples, seed, printer.teller) for one in predictions]
        other = verbs.run(right, against, 0, seed, printer.teller) if against else None
        compared = verbs.against(right, runs[0], other, seed) if other else []
    for line in verbs.table(right, runs):
        out.print(line, markup=False, soft_wrap=True)
    for line in verbs.differences(runs[0], other, compared) if other else ():
        out.print(line, markup=False, soft_wrap=True)
    if path:
        verbs.write(right, runs, compared, path)
