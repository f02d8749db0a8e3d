"""The codebook checked, shown, and written from a label config."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from standpoint.cli._root import Verbs, main
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.verbs import codebook


@main.group("codebook", cls=Verbs)
def codebook_group() -> None:
    """Check the codebook, show its Label Studio pages, or write one from a label config."""


@codebook_group.command("check")
@click.pass_obj
def codebook_check(project: Project) -> None:
    """Load guidelines/codebook.yaml and actors.yaml strictly, and validate each pass's page.

    \b
    standpoint codebook check
    """
    Printer().close(codebook.check(project))


@codebook_group.command("config")
@click.argument("pass_name", metavar="PASS")
@click.pass_obj
def codebook_config(project: Project, pass_name: str) -> None:
    """Print the Label Studio config of one pass.

    \b
    standpoint codebook config facts > facts.xml
    """
    click.echo(codebook.config(project, pass_name))


@codebook_group.command("from-config")
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Where to write it; default: standard output.")
def codebook_from_config(config: Path, out: Path | None) -> None:
    """Write a codebook for a Label Studio project that exists already, from its label config.

    \b
    standpoint codebook from-config label_config.xml --out guidelines/codebook.yaml
    """
    printer = Printer()
    text = codebook.from_config(config, out, printer.teller)
    if out is None:
        click.echo(text, nl=False)
    sys.exit(1 if printer.teller.levels["error"] else 0)
