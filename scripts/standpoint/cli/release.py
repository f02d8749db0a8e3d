"""The dataset: split, build."""

from __future__ import annotations

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.verbs import release


@verb("split")
@click.pass_obj
def split(project: Project) -> None:
    """Put each new article into train, validation or test; what is assigned never moves.

    \b
    standpoint split
    """
    with Printer() as printer:
        counts = release.split(project, printer.teller)
    printer.close(counts)


@verb("build")
@click.option("--version", "version", default=None, help="Default: the version in dataset/version.txt.")
@click.pass_obj
def build(project: Project, version: str | None) -> None:
    """Build the Hugging Face dataset in dataset/release, whole or not at all.

    \b
    standpoint build
    """
    with Printer() as printer:
        counts = release.build(project, version, printer.teller)
    printer.close(counts)
