"""What is certainly wrong in annotation sets put right: mend."""

from __future__ import annotations

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.verbs import mend


@verb("mend")
@click.option("--write", is_flag=True, help="Do it, and add each repair to dataset/annotations/mended.jsonl.")
@click.pass_obj
def run_mend(project: Project, write: bool) -> None:
    """Say what in dataset/annotations can be mended with certainty, and mend it with --write.

    Mended are spans whose quote stands once nearby, blanks around a span, and exact duplicates, whose answers and
    relations follow the one that stays. All else is refused with its reason, and stays as it is.

    \b
    standpoint mend
    standpoint mend --write
    """
    with Printer() as printer:
        counts = mend.mend(project, write, printer.teller)
    printer.close(counts)
