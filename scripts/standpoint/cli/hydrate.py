"""Withheld texts: hydrate, dehydrate."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.verbs import hydrate

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
OUT = click.Path(file_okay=False, path_type=Path)


@verb("hydrate")
@click.argument("release", type=FOLDER)
@click.option(
    "--from", "copies", multiple=True, required=True, type=click.Path(exists=True, path_type=Path), help="Your own copies."
)
@click.option("--sources", type=click.Path(exists=True, path_type=Path), help="How to read them; default: the release's own.")
@click.option("--out", type=OUT, required=True, help="Where the dataset with texts goes.")
def run_hydrate(release: Path, copies: tuple[Path, ...], sources: Path | None, out: Path) -> None:
    """Put withheld texts back from your own copies: raw files or folders, in any format that `ingest` reads.

    Each text is known by its sha256. A copy that differs is used only where all labelled sentences are unchanged.
    A run that was stopped goes on where it stood.

    \b
    standpoint hydrate dataset/release --from ~/re3d --out ~/standpoint-with-texts
    standpoint hydrate dataset/release --from crawl.jsonl.gz --from saved-pages --sources mine.yaml --out local
    """
    with Printer() as printer:
        counts = hydrate.put_back(release, copies, sources, out, printer.teller)
    printer.close(counts)


@verb("dehydrate")
@click.argument("dataset", type=FOLDER)
@click.option("--out", type=OUT, required=True, help="Where the release without texts goes.")
def run_dehydrate(dataset: Path, out: Path) -> None:
    """Take the texts out again that `hydrate` put back: the same bytes as the release that it started from.

    \b
    standpoint dehydrate ~/standpoint-with-texts --out release
    """
    with Printer() as printer:
        counts = hydrate.take_out(dataset, out)
    printer.close(counts)
