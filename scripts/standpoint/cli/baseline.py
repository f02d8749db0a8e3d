"""Baselines to beat: baseline."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.verbs import baseline


@verb("baseline")
@click.argument("name", type=click.Choice(baseline.SYSTEMS))
@click.argument("release", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where the predictions go.")
@click.option("--split", default="test", show_default=True, help="The split that is predicted.")
@click.option("--seed", type=click.IntRange(0), default=baseline.SEED, show_default=True, help="Of the trained one.")
def run(name: str, release: Path, out: Path, split: str, seed: int) -> None:
    """Write a baseline's predictions. rules: the codebook's lexicon and examples; trained: learns from the train split, on a CPU.

    \b
    standpoint baseline rules dataset/release --out rules.jsonl
    standpoint baseline trained dataset/release --out trained.jsonl
    standpoint score dataset/release trained.jsonl --against rules.jsonl
    """
    with Printer() as printer:
        counts = baseline.write(release, name, split, out, seed, printer.teller)
    printer.close(counts)
