"""Checks, fixes, agreement and adjudication: check, fix, agree, adjudicate."""

from __future__ import annotations

import math
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import click

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.adjudication.fix import fix_annotation_sets
from standpoint.agreement.agreement import SEED, Options, measure_agreement, write_figures
from standpoint.agreement.figures import Agreement
from standpoint.agreement.report import no_link, report
from standpoint.agreement.report_articles import TaskLink, worst_articles
from standpoint.checks.run import check_project, issue_as_json, write_checks_page
from standpoint.cli._printer import FLOOD, Printer, err, out
from standpoint.cli._root import TOKEN, Verbs, main, names, verb, with_server
from standpoint.cli.render import agreement_lines
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import article_streams, sets_of
from standpoint.core.files import written_whole
from standpoint.core.model import REASONS, StandpointError
from standpoint.core.paths import Project
from standpoint.core.provenance import kinds_of
from standpoint.core.reporter import Reporter
from standpoint.labelstudio.adjudication import guideline_gaps, pull_decisions, push_conflicts
from standpoint.labelstudio.client import Client, list_projects
from standpoint.labelstudio.exchange import NAME, TITLE
from standpoint.labelstudio.feedback import check_submitted
from standpoint.labelstudio.push import keys_to_ids
from standpoint.pages.task_types import task_key
from standpoint.server.serve import open_client, serve_adjudicators


class Tasks(NamedTuple):
    """Where the tasks are, if anywhere: a Label Studio, a token for it, and how the titles of our projects there begin."""

    url: str | None = None
    token: str | None = None
    name: str = NAME


NOWHERE = Tasks()


def write_agreement_report(project: Project, agreement: Agreement, path: Path, tasks: Tasks = NOWHERE) -> None:
    """Write the report, whole or not at all; with links to the tasks where a Label Studio is named."""
    codebook, registry = open_codebook(project)
    worst = worst_articles(agreement, article_streams(project), sets_of(project), kinds_of(project))
    actors = {actor.id: actor.name for actor in registry.actors}
    with open_client(project, tasks.url, tasks.token) if tasks.url else nullcontext() as client:
        link = task_links(project, agreement, client, tasks.name) if client else no_link
        html = report(agreement, worst, codebook, actors, link)
    with written_whole(path) as file:
        file.write(html.encode("utf-8"))


def task_links(project: Project, agreement: Agreement, client: Client, name: str = NAME) -> TaskLink:
    """Where each annotator's task of each of the worst articles is: article id, pass, annotator -> address, or None."""
    codebook, _ = open_codebook(project)
    wanted = {(one.pass_name, task_key(one.part, codebook.pass_by_name[one.pass_name].mask)) for one in agreement.by_article}
    found: dict[tuple[str, str, str], str] = {}
    for one in codebook.passes:
        begin = TITLE.format(name, one.name, "")
        for title, number in list_projects(client, begin):
            for key, task in keys_to_ids(client, number):
                if (one.name, key) in wanted:
                    found[key, one.name, title.removeprefix(begin)] = f"{client.url}/projects/{number}/data?task={task}"

    def link(article_id: str, pass_name: str, annotator: str) -> str | None:
        return found.get((task_key(article_id, codebook.pass_by_name[pass_name].mask), pass_name, annotator))

    return link


CODES = "Codes, or beginnings of codes such as SPAN, separated by commas"


@verb("check")
@click.option("--select", metavar="CODES", default="", help=f"{CODES}: only these are told.")
@click.option("--ignore", metavar="CODES", default="", help=f"{CODES}: these are not told.")
@click.option("--all", "every", is_flag=True, help=f"Show every finding, not only {FLOOD} of a code.")
@click.option("--json", "as_json", is_flag=True, help="Every finding as one line of JSON on standard output.")
@click.option(
    "--live", "is_live", is_flag=True, help="Check what annotators submitted since the last look, and tell them on the page."
)
@with_server
@click.option("--reference", type=click.Path(dir_okay=False, path_type=Path), help="Write the page that explains all checks.")
@click.option("--check", "only_check", is_flag=True, help="With --reference: only say whether the page is stale.")
@click.pass_obj
def check_command(project: Project, is_live: bool, reference: Path | None, only_check: bool, **options) -> None:
    """Check everything: files, articles, annotation sets, splits, and what is built.

    Each finding has a place, a code, what should be, and what is. What fails early is not checked further. Only errors
    give exit code 1, notes do not. docs/checks.md says why each check is there, and how to fix what it finds.

    --live asks a Label Studio instead: what was submitted or changed since the last look is checked, and what is found
    stands on the task's page until it is fixed. --url, --token and --name say which one.

    \b
    standpoint check
    standpoint check --select SPAN,SET-VERSION --all
    standpoint check --live --url https://labels.example.org
    standpoint check --ignore ACTOR-LIST --json > issues.jsonl
    standpoint check --reference docs/checks.md [--check]
    """
    if reference is not None:
        _reference(reference, only_check)
    elif only_check:
        raise StandpointError("--check is about a page", "standpoint check --reference docs/checks.md --check")
    elif is_live:
        _live(project, options)
    else:
        _check(project, options)


def _check(project: Project, options: dict) -> None:
    codes = {name: names(options[name]) for name in ("select", "ignore")}
    if options["as_json"]:
        teller = Reporter(issue=lambda issue: click.echo(issue_as_json(issue)))
        check_project(project, teller, built=True, **codes)
        sys.exit(1 if teller.levels["error"] else 0)
    with Printer(math.inf if options["every"] else FLOOD) as printer:
        counts = check_project(project, printer.reporter, built=True, **codes)
    printer.close(counts)


def _live(project: Project, options: dict) -> None:
    if options["as_json"] or options["select"] or options["ignore"]:
        raise StandpointError("--live checks all, and tells it in words", "leave --json, --select and --ignore out")
    asked = open_client(project, options["url"], options["token"])
    with Printer(math.inf if options["every"] else FLOOD) as printer, asked as client:
        counts = check_submitted(project, client, printer.reporter, options["name"])
    printer.close(counts)


def _reference(path: Path, only_check: bool) -> None:
    if not write_checks_page(path, only_check):
        err.print(f"{path} is stale: run standpoint check --reference {path}", markup=False, soft_wrap=True)
        sys.exit(1)


@verb("fix")
@click.option("--write", is_flag=True, help="Do it, and add each repair to dataset/annotations/fixes.jsonl.")
@click.pass_obj
def fix_command(project: Project, write: bool) -> None:
    """Say what in dataset/annotations can be fixed with certainty, and fix it with --write.

    Fixed are spans whose quote stands once nearby, blanks around a span, and exact duplicates, whose answers and
    relations follow the one that stays. All else is refused with its reason, and stays as it is.

    \b
    standpoint fix
    standpoint fix --write
    """
    with Printer() as printer:
        counts = fix_annotation_sets(project, write, printer.reporter)
    printer.close(counts)


FILE = click.Path(dir_okay=False, path_type=Path)


@verb("agree")
@click.option("--layer", "layers", multiple=True, metavar="NAME", help="Only this layer; may be given several times.")
@click.option("--gamma", is_flag=True, help="Compute gamma too; it takes seconds an article, and needs the extra `gamma`.")
@click.option("--resamples", type=click.IntRange(0), default=10_000, show_default=True, help="Of the bootstrap; 0: no intervals.")
@click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="Of the bootstrap and of gamma.")
@click.option("--json", "json_file", type=FILE, help="Write all figures to this file too.")
@click.option("--report", "report_file", type=FILE, help="Write the report to this file too: one HTML page with all of it.")
@click.option("--url", envvar="LABEL_STUDIO_URL", help="Link the report to the tasks in this Label Studio (or LABEL_STUDIO_URL).")
@click.option("--token", envvar="LABEL_STUDIO_API_KEY", help=TOKEN)
@click.option("--name", default=NAME, show_default=True, help="How the titles of our projects there begin.")
@click.pass_obj
def agree_command(
    project: Project,
    layers: tuple[str, ...],
    gamma: bool,
    resamples: int,
    seed: int,
    json_file: Path | None,
    report_file: Path | None,
    **tasks: str | None,
) -> None:
    """Print agreement per layer, with 95 % intervals over stories, n, and whether the codebook's target is met.

    Only people's own first work is human agreement. What machines made, and what people made from suggestions, is under
    headings of its own.

    \b
    standpoint agree
    standpoint agree --layer events --layer status
    standpoint agree --gamma --json agreement.json
    standpoint agree --report agreement.html
    standpoint agree --report agreement.html --url https://labels.example.org --token "$TOKEN"
    """
    options = Options(resamples=resamples, seed=seed, gamma=gamma, layers=layers)
    with Printer() as printer:
        agreement = measure_agreement(project, printer.reporter, options)
    if json_file:
        write_figures(agreement, json_file)
    if report_file:
        write_agreement_report(project, agreement, report_file, Tasks(**tasks))
    for line in agreement_lines(agreement):
        click.echo(line)


HELP = {"help_option_names": ["-h", "--help"]}
ADJUDICATORS = click.option(
    "--adjudicators", default="j01", show_default=True, help="Pseudonyms, comma-separated: a project each and pass."
)


@main.group("adjudicate", cls=Verbs, invoke_without_command=True, context_settings=HELP)
@click.pass_context
def adjudicate_command(context: click.Context) -> None:
    """Resolve what annotators agree on and what was decided, and keep the rest as conflicts, with each one's reading.

    Without a further word it needs no server: adjudicated sets follow from dataset/annotations and dataset/decisions alone.

    \b
    standpoint adjudicate
    standpoint adjudicate push --adjudicators j01
    standpoint adjudicate pull
    standpoint adjudicate gaps
    """
    if context.invoked_subcommand is None:
        with Printer() as printer:
            counts = adjudicate_project(context.obj, printer.reporter)
        printer.close(counts)


@adjudicate_command.command("push", context_settings=HELP)
@ADJUDICATORS
@with_server
@click.pass_obj
def adjudicate_push(project: Project, url: str | None, token: str | None, name: str, adjudicators: str) -> None:
    """Send what is in conflict and not decided to Label Studio: a task an article and pass, the readers unnamed.

    \b
    standpoint adjudicate push --adjudicators j01
    standpoint adjudicate push --url https://labels.example.org --token "$TOKEN" --adjudicators j01,j02
    """
    with Printer() as printer, open_client(project, url, token) as client:
        counts = push_conflicts(project, client, names(adjudicators), printer.reporter, name)
    printer.close(counts)


@adjudicate_command.command("pull", context_settings=HELP)
@with_server
@click.pass_obj
def adjudicate_pull(project: Project, url: str | None, token: str | None, name: str) -> None:
    """Fetch what was decided into dataset/decisions, under pseudonyms, and resolve anew.

    \b
    standpoint adjudicate pull
    standpoint adjudicate pull --url https://labels.example.org --token "$TOKEN"
    """
    with Printer() as printer, open_client(project, url, token) as client:
        counts = pull_decisions(project, client, printer.reporter, name)
    printer.close(counts)


@adjudicate_command.command("serve", context_settings=HELP)
@click.option("--port", default=0, help="Default: any free one.")
@ADJUDICATORS
@click.pass_obj
def adjudicate_serve(project: Project, port: int, adjudicators: str) -> None:
    """Start the embedded Label Studio with what is to be decided, print its address and log-ins, and stay up until Ctrl-C.

    \b
    standpoint adjudicate serve --adjudicators j01
    """
    with Printer() as printer:
        serve_adjudicators(project, port, names(adjudicators), printer.reporter, out.print)


@adjudicate_command.command("gaps", context_settings=HELP)
@click.option(
    "--reason", type=click.Choice(REASONS), default="guideline_gap", show_default=True, help="List those with another reason."
)
@click.pass_obj
def adjudicate_gaps(project: Project, reason: str) -> None:
    """List the places that the guidelines leave open, for those who maintain them: readings, decision and comment.

    \b
    standpoint adjudicate gaps
    standpoint adjudicate gaps --reason genuine_ambiguity
    """
    for line in guideline_gaps(project, reason):
        click.echo(line)
