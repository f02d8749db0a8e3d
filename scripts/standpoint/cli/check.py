"""Everything checked: check."""

from __future__ import annotations

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.verbs import check


@verb("check")
@click.pass_obj
def run_check(project: Project) -> None:
    """Check articles and annotation sets; each finding has a place, a code, and what should be.

    \b
    standpoint check
    """
    with Printer() as printer:
        counts = check.check(project, printer.teller)
    printer.close(counts)
