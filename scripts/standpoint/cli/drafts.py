"""Drafts, the machine's suggestions to annotators: drafts score."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli._root import Verbs, main
from standpoint.printer import Printer, out
from standpoint.project import Project
from standpoint.verbs import drafts

HELP = {"help_option_names": ["-h", "--help"]}


@main.group("drafts", cls=Verbs, context_settings=HELP)
def group() -> None:
    """Say how good the drafts are that annotators are offered for actors, places and times.

    \b
    standpoint drafts score
    """


@group.command("score", context_settings=HELP)
@click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows to this file too.")
@click.pass_obj
def score(project: Project, path: Path | None) -> None:
    """Print precision and recall of the drafts against the settled sets, a row a source and label.

    Beside them, what annotators did with the drafts that they were offered, and the share of control articles.

    \b
    standpoint drafts score
    standpoint drafts score --json drafts.json
    """
    with Printer() as printer:
        found = drafts.score(project, printer.teller)
    for line in drafts.table(found):
        out.print(line, markup=False, soft_wrap=True)
    if path:
        drafts.write(found, path)
