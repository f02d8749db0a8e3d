"""The team: add, leave, list, assign, accounts."""

from __future__ import annotations

import click

from standpoint.cli._root import Verbs, main, names, with_server
from standpoint.printer import Printer, out
from standpoint.project import Project
from standpoint.verbs import server, team

HELP = {"help_option_names": ["-h", "--help"]}


@main.group("team", cls=Verbs, context_settings=HELP)
def group() -> None:
    """Say who annotates, and give out the articles: as many annotators each as dataset/team.yaml asks for, evenly.

    \b
    standpoint team add a01
    standpoint team list
    standpoint team leave a01
    standpoint team assign
    """


@group.command("add", context_settings=HELP)
@click.argument("annotator")
@click.option("--kind", type=click.Choice(team.KINDS), default="human_trained", show_default=True)
@click.option("--passes", default="", help="Only these passes, comma-separated.")
@click.pass_obj
def add(project: Project, annotator: str, kind: str, passes: str) -> None:
    """Take somebody into the team, under a pseudonym, and give out articles.

    \b
    standpoint team add a01
    standpoint team add a02 --kind human_expert --passes stance
    """
    with Printer() as printer:
        counts = team.add(project, annotator, kind, tuple(names(passes)), printer.teller)
    printer.close(counts)


@group.command("leave", context_settings=HELP)
@click.argument("annotator")
@click.pass_obj
def leave(project: Project, annotator: str) -> None:
    """Let somebody leave: what they have done stays, and what they have not goes to the others.

    \b
    standpoint pull && standpoint team leave a02
    """
    with Printer() as printer:
        counts = team.leave(project, annotator, printer.teller)
    printer.close(counts)


@group.command("list", context_settings=HELP)
@click.pass_obj
def listed(project: Project) -> None:
    """Show who is in the team, and how much each was given and has done.

    \b
    standpoint team list
    """
    for line in team.listed(project):
        out.print(line, markup=False, soft_wrap=True)


@group.command("assign", context_settings=HELP)
@click.pass_obj
def assign(project: Project) -> None:
    """Give out what is new: articles that were ingested since, or more annotators an article. Nothing is taken away.

    \b
    standpoint team assign && standpoint push
    """
    with Printer() as printer:
        counts = team.assign(project, printer.teller)
    printer.close(counts)


@group.command("accounts", context_settings=HELP)
@with_server
@click.pass_obj
def accounts(project: Project, url: str | None, token: str | None, name: str) -> None:
    """Make the members' accounts in a Label Studio where they have none, and show their log-ins.

    \b
    standpoint team accounts
    standpoint team accounts --url https://labels.example.org --token "$TOKEN"
    """
    with Printer() as printer, server.client(project, url, token) as client:
        for account, password in team.accounts(project, client).items():
            out.print(f"{account}  {password or '(not made here)'}", markup=False)
        if not url:
            server.warn_if_crowded(project, printer.teller)
