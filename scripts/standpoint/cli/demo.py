"""The whole way: demo."""

from __future__ import annotations

import sys

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.verbs import demo


@verb("demo")
@click.pass_obj
def run_demo(project: Project) -> None:
    """Go the whole way on the project's own corpus, through a real Label Studio, and load the dataset.

    \b
    standpoint demo
    """
    with Printer() as printer:
        summary = demo.run(project, printer.teller)
    for line in summary:
        click.echo(line)
    sys.exit(1 if printer.teller.levels["error"] else 0)
