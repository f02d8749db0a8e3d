"""What is in Label Studio into a file and back: backup, restore."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli._root import verb, with_database, with_server
from standpoint.printer import Printer, out
from standpoint.project import Project
from standpoint.verbs import backup as verbs
from standpoint.verbs import server


@verb("backup")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@with_server
@click.pass_obj
def backup(project: Project, file: Path | None, url: str | None, token: str | None, name: str) -> None:
    """Write our projects in Label Studio, with all that people did in them, to one file (.jsonl.gz).

    Settings, tasks, annotations with who made them, begun work, predictions; no passwords. Without FILE it goes to
    .standpoint/backups, named after the time. What has not changed since the last time is not fetched again.

    \b
    standpoint backup
    standpoint backup /var/backups/standpoint/monday.jsonl.gz
    standpoint backup --url https://labels.example.org --token "$TOKEN"
    """
    with Printer() as printer, server.client(project, url, token) as client:
        path, counts = verbs.backup(project, client, file, printer.teller, name)
    out.print(f"written to {path}", markup=False, soft_wrap=True)
    printer.close(counts)


@verb("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_database
@with_server
@click.pass_obj
def restore(project: Project, file: Path, url: str | None, token: str | None, name: str, database: str) -> None:
    """Bring a backup into a Label Studio, a fresh one or the one it came from; run it again if it was interrupted.

    Each task is read back and compared. What is there already stays as it is; what is missing is entered. Restore before
    `serve` or `push` sends tasks: work that was begun and not submitted can only be entered together with its task.

    \b
    standpoint restore .standpoint/backups/2031-05-04T031000Z.jsonl.gz
    standpoint restore monday.jsonl.gz --database postgresql:///standpoint
    standpoint restore monday.jsonl.gz --url https://labels.example.org --token "$TOKEN"
    """
    with Printer() as printer:
        if database and not url:
            server.use(project, database)
        counts = verbs.restore(project, file, (url, token), printer.teller, name)
    printer.close(counts)
