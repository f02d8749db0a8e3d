"""How far annotators agree: agree."""

from __future__ import annotations

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.verbs import agree


@verb("agree")
@click.pass_obj
def run_agree(project: Project) -> None:
    """Print agreement per layer. What machines made is under a heading of its own, never human agreement.

    \b
    standpoint agree
    """
    with Printer() as printer:
        rows = agree.agree(project, printer.teller)
    for line in agree.table(rows):
        click.echo(line)
