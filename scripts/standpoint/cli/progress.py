"""How far the annotators are: progress."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli._root import verb, with_server
from standpoint.printer import Printer, out
from standpoint.project import Project
from standpoint.verbs import progress, server


@verb("progress")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file too: one HTML page, with plots."
)
@with_server
@click.pass_obj
def run(project: Project, url: str | None, token: str | None, name: str, html: Path | None) -> None:
    """Show what each annotator has done, skipped and begun in each pass, how quickly, and when they will have finished.

    Reads the server and changes nothing.

    \b
    standpoint progress
    standpoint progress --url https://labels.example.org --token "$TOKEN" --html progress.html
    """
    with Printer() as printer, server.client(project, url, token) as client:
        rows = progress.progress(project, client, printer.teller, name)
    for line in progress.table(rows):
        out.print(line, markup=False, soft_wrap=True)
    if html:
        progress.write_page(rows, html, name)
        out.print(f"written: {html}", markup=False)
