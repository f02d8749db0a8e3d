"""Label Studio itself: demo, serve; server backup, restore, accounts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from standpoint.cli.console import EXISTING_FILE, FILE, Printer, pass_project, show, split_names, with_database, with_server
from standpoint.cli.labelling import ANNOTATORS
from standpoint.cli.root import Group
from standpoint.core.project import Project


@click.command("serve")
@click.option("--port", default=0, help="Default: any free port.")
@ANNOTATORS
@click.option("--adjudicators", callback=split_names, help="Comma-separated pseudonyms: serve them the conflicts to decide.")
@with_database
@pass_project
def serve_command(
    project: Project, port: int, annotators: str | None, adjudicators: tuple[str, ...] | None, database: str
) -> None:
    """Run the embedded Label Studio for annotators or adjudicators.

    All tasks are sent to it, its address and log-ins are printed, and it runs until Ctrl-C. For one person it works on
    SQLite; for a team on PostgreSQL, behind gunicorn: docs/server.md. With --adjudicators it has the conflicts instead, and
    Ctrl-C fetches the decisions and adjudicates with them.

    \b
    standpoint serve
    standpoint serve --port 8080 --annotators a01,a02
    STANDPOINT_DATABASE=postgresql:///standpoint standpoint serve --port 8080 --annotators a01,a02,a03,a04
    standpoint serve --adjudicators j01
    """
    if annotators and adjudicators:
        raise click.UsageError("annotators and adjudicators have tasks of their own: give one of the two options")
    from standpoint.server.serve import serve_adjudicators, serve_annotators
    from standpoint.server.server_process import set_database

    def show_line(line: str) -> None:
        show([line])

    with Printer() as printer:
        if database:
            set_database(project.server, database)
        if adjudicators:
            serve_adjudicators(project, port, adjudicators, printer.reporter, show_line)
        else:
            serve_annotators(project, port, annotators, printer.reporter, show_line)


@click.group("server", cls=Group)
def server_command() -> None:
    """Back up and restore a Label Studio, and create accounts.

    \b
    standpoint server backup
    standpoint server restore .standpoint/backups/2031-05-04T031000Z.jsonl.gz
    standpoint server accounts
    """


@server_command.command("backup")
@click.argument("file", required=False, type=FILE)
@with_server
@pass_project
def server_backup(project: Project, file: Path | None, url: str | None, token: str | None, name: str) -> None:
    """Write our projects in Label Studio to one file (.jsonl.gz).

    It has settings, tasks, annotations with their annotators, unfinished work and predictions, and no passwords. Without
    FILE it is written to .standpoint/backups, named by the time. What has not changed since the last time is not fetched
    again.

    \b
    standpoint server backup
    standpoint server backup /var/backups/standpoint/monday.jsonl.gz
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint server backup --url https://labels.example.org
    """
    from standpoint.server.serve import backup_projects, open_client

    with Printer() as printer, open_client(project, url, token) as client:
        path, counts = backup_projects(project, client, file, printer.reporter, name)
    show([f"written to {path}"])
    printer.close(counts)


@server_command.command("restore")
@click.argument("file", type=EXISTING_FILE)
@with_database
@with_server
@pass_project
def server_restore(project: Project, file: Path, url: str | None, token: str | None, name: str, database: str) -> None:
    """Load a backup into a new Label Studio, or into its own.

    Each task is read back and compared. Existing tasks and annotations stay unchanged; missing ones are added. Run it again
    if it was interrupted. Restore before `serve` or `push` sends tasks: unfinished work can only be added together with its
    task.

    \b
    standpoint server restore .standpoint/backups/2031-05-04T031000Z.jsonl.gz
    STANDPOINT_DATABASE=postgresql:///standpoint standpoint server restore monday.jsonl.gz
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint server restore monday.jsonl.gz --url https://labels.example.org
    """
    from standpoint.server.serve import restore_projects
    from standpoint.server.server_process import set_database

    with Printer() as printer:
        if database and not url:
            set_database(project.server, database)
        counts = restore_projects(project, file, (url, token), printer.reporter, name)
    printer.close(counts)


@server_command.command("accounts")
@with_server
@pass_project
def server_accounts(project: Project, url: str | None, token: str | None, name: str) -> None:
    """Create the members' missing accounts, and show the log-ins.

    \b
    standpoint server accounts
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint server accounts --url https://labels.example.org
    """
    from standpoint.server.serve import member_accounts, open_client, warn_about_sqlite

    with Printer() as printer, open_client(project, url, token) as client:
        accounts = member_accounts(project, client)
        show(f"{account}  {password or '(not created here)'}" for account, password in accounts.items())
        if not url:
            warn_about_sqlite(project, printer.reporter)


@click.command("demo")
@pass_project
def demo_command(project: Project) -> None:
    """Run every step on the project's corpus and load the dataset.

    The steps are ingest, push, submit the existing annotation sets, pull, check, agree, adjudicate, split and build. Label
    Studio is the real one, on SQLite and on this machine only.

    \b
    standpoint demo
    """
    from standpoint.cli.render import demo_summary
    from standpoint.server.serve import run_demo

    with Printer() as printer:
        demo = run_demo(project, printer.reporter)
    show(demo_summary(demo))
    sys.exit(1 if printer.reporter.levels["error"] else 0)
