"""The dataset in other formats: export."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer, out
from standpoint.publish.formats import formats
from standpoint.verbs import export


@verb("export")
@click.argument("release", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "name", type=click.Choice(list(formats())), required=True)
@click.option("--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where the files go.")
@click.option("--split", help="Only this split; default: all.")
@click.option("--skip-withheld", "skip", is_flag=True, help="Leave out articles whose text is withheld; default: refuse.")
def run(release: Path, name: str, folder: Path, split: str | None, skip: bool) -> None:
    """Write a release's settled annotations for other tools: xmi for INCEpTION, spacy a DocBin.

    What a format cannot carry is said below, and in LOSS.txt beside what is written.

    \b
    standpoint export dataset/release --format jsonl --out exports/jsonl
    standpoint export dataset/release --format xmi --split test --out exports/xmi
    """
    with Printer() as printer:
        counts = export.export(release, export.Wanted(name, split, skip), folder, printer.teller)
    out.print(export.loss(name).strip(), markup=False, soft_wrap=True)
    printer.close(counts)


run.epilog = "\n\n".join(export.loss(name) for name in formats())
