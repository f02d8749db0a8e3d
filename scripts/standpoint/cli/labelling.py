"""Articles to Label Studio and annotation sets back: tasks, serve, push, pull, collect."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli._root import verb, with_database, with_server
from standpoint.printer import Printer, out
from standpoint.project import Project
from standpoint.verbs import labelling, server, team

WHO = "Pseudonyms, comma-separated, instead of the team (a01 where there is none): a project each and pass,"


@verb("tasks")
@click.option(
    "--control",
    default=labelling.CONTROL,
    show_default=True,
    help="Share of articles that get no drafts, to measure what drafts do.",
)
@click.pass_obj
def tasks(project: Project, control: float) -> None:
    """Write each pass's label config and tasks to .standpoint/tasks, for Label Studio's own import button.

    \b
    standpoint tasks
    """
    with Printer() as printer:
        counts = labelling.write_tasks(project, control, printer.teller)
    printer.close(counts)


@verb("serve")
@click.option("--port", default=0, help="Default: any free one.")
@click.option("--annotators", help=f"{WHO} and all articles to each.")
@with_database
@click.pass_obj
def serve(project: Project, port: int, annotators: str | None, database: str) -> None:
    """Start the embedded Label Studio with all tasks in, print its address and log-ins, and stay up until Ctrl-C.

    One person's is on SQLite; a team's is on PostgreSQL, behind gunicorn: docs/server.md.

    \b
    standpoint serve
    standpoint serve --port 8080 --annotators a01,a02
    standpoint serve --port 8080 --annotators a01,a02,a03,a04 --database postgresql:///standpoint
    """
    with Printer() as printer:
        if database:
            server.use(project, database)
        server.serve(project, port, annotators, printer.teller, out.print)


@verb("push")
@click.option("--annotators", help=f"{WHO} and all articles to each.")
@click.option("--control", default=labelling.CONTROL, show_default=True, help="Share of articles that get no drafts.")
@with_server
@click.pass_obj
def push(project: Project, url: str | None, token: str | None, name: str, annotators: str | None, control: float) -> None:
    """Send each article to Label Studio as a task, once, however often it is run or killed.

    Without --annotators, the team's members get what `standpoint team` has given them, in their own order.

    \b
    standpoint push
    standpoint push --annotators a01,a02
    standpoint push --url https://labels.example.org --token "$TOKEN" --annotators a01
    """
    with Printer() as printer, server.client(project, url, token) as client:
        counts = labelling.push(project, client, team.asked(project, annotators), control, printer.teller, name)
    printer.close(counts)


@verb("pull")
@with_server
@click.pass_obj
def pull(project: Project, url: str | None, token: str | None, name: str) -> None:
    """Fetch what was submitted, page by page, and merge it into dataset/annotations under pseudonyms.

    \b
    standpoint pull
    standpoint pull --url https://labels.example.org --token "$TOKEN"
    """
    with Printer() as printer, server.client(project, url, token) as client:
        counts = labelling.pull(project, client, printer.teller, name)
    printer.close(counts)


@verb("collect")
@click.argument("exports", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mend",
    is_flag=True,
    help="Take regions with bad offsets too, where their quote stands once nearby; each is told, and recorded as by `mend`.",
)
@click.pass_obj
def collect(project: Project, exports: tuple[Path, ...], mend: bool) -> None:
    """Read Label Studio's JSON exports, of our projects or anyone's, and account for every region in them.

    \b
    standpoint collect project-1-at-2031-05-04.json
    standpoint collect --mend their-export.json
    """
    with Printer() as printer:
        counts = labelling.collect(project, exports, printer.teller, mend)
    printer.close(counts)
