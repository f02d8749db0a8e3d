"""One settled set an article: adjudicate."""

from __future__ import annotations

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.verbs import adjudicate


@verb("adjudicate")
@click.pass_obj
def run_adjudicate(project: Project) -> None:
    """Settle what annotators agree on, and list what they do not, with each one's reading.

    \b
    standpoint adjudicate
    """
    with Printer() as printer:
        counts = adjudicate.adjudicate(project, printer.teller)
    printer.close(counts)
