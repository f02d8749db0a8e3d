"""One settled set an article: adjudicate, and its push, pull, serve and gaps."""

from __future__ import annotations

import click

from standpoint.cli._root import Verbs, main, names, with_server
from standpoint.model import REASONS
from standpoint.printer import Printer, out
from standpoint.project import Project
from standpoint.verbs import adjudicate, adjudication, server

HELP = {"help_option_names": ["-h", "--help"]}
ADJUDICATORS = click.option(
    "--adjudicators", default="j01", show_default=True, help="Pseudonyms, comma-separated: a project each and pass."
)


@main.group("adjudicate", cls=Verbs, invoke_without_command=True, context_settings=HELP)
@click.pass_context
def group(context: click.Context) -> None:
    """Settle what annotators agree on and what was decided, and keep the rest as conflicts, with each one's reading.

    Without a further word it needs no server: settled sets follow from dataset/annotations and dataset/decisions alone.

    \b
    standpoint adjudicate
    standpoint adjudicate push --adjudicators j01
    standpoint adjudicate pull
    standpoint adjudicate gaps
    """
    if context.invoked_subcommand is None:
        with Printer() as printer:
            counts = adjudicate.adjudicate(context.obj, printer.teller)
        printer.close(counts)


@group.command("push", context_settings=HELP)
@ADJUDICATORS
@with_server
@click.pass_obj
def push(project: Project, url: str | None, token: str | None, name: str, adjudicators: str) -> None:
    """Send what is in conflict and not decided to Label Studio: a task an article and pass, the readers unnamed.

    \b
    standpoint adjudicate push --adjudicators j01
    standpoint adjudicate push --url https://labels.example.org --token "$TOKEN" --adjudicators j01,j02
    """
    with Printer() as printer, server.client(project, url, token) as client:
        counts = adjudication.push(project, client, names(adjudicators), printer.teller, name)
    printer.close(counts)


@group.command("pull", context_settings=HELP)
@with_server
@click.pass_obj
def pull(project: Project, url: str | None, token: str | None, name: str) -> None:
    """Fetch what was decided into dataset/decisions, under pseudonyms, and settle anew.

    \b
    standpoint adjudicate pull
    standpoint adjudicate pull --url https://labels.example.org --token "$TOKEN"
    """
    with Printer() as printer, server.client(project, url, token) as client:
        counts = adjudication.pull(project, client, printer.teller, name)
    printer.close(counts)


@group.command("serve", context_settings=HELP)
@click.option("--port", default=0, help="Default: any free one.")
@ADJUDICATORS
@click.pass_obj
def serve(project: Project, port: int, adjudicators: str) -> None:
    """Start the embedded Label Studio with what is to be decided, print its address and log-ins, and stay up until Ctrl-C.

    \b
    standpoint adjudicate serve --adjudicators j01
    """
    with Printer() as printer:
        adjudication.serve(project, port, names(adjudicators), printer.teller, out.print)


@group.command("gaps", context_settings=HELP)
@click.option(
    "--reason", type=click.Choice(REASONS), default="guideline_gap", show_default=True, help="List those with another reason."
)
@click.pass_obj
def gaps(project: Project, reason: str) -> None:
    """List the places that the guidelines leave open, for those who maintain them: readings, decision and comment.

    \b
    standpoint adjudicate gaps
    standpoint adjudicate gaps --reason genuine_ambiguity
    """
    for line in adjudication.gaps(project, reason):
        click.echo(line)
