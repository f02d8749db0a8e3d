"""Articles to Label Studio and annotation sets back: push, pull, import, serve, server, team, suggestions."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from standpoint.cli._printer import Printer, out
from standpoint.cli._root import Verbs, main, names, verb, with_database, with_server
from standpoint.cli.render import progress_lines, qualification_lines, suggestion_score_lines, team_lines
from standpoint.core.paths import Project
from standpoint.labelstudio.exchange import import_exports, pull_annotations, push_articles, write_tasks
from standpoint.scoring.suggestion_scores import score_suggestions, write_suggestion_scores
from standpoint.server.serve import (
    backup_projects,
    member_accounts,
    open_client,
    restore_projects,
    serve_annotators,
    use_database,
    warn_about_sqlite,
)
from standpoint.suggestions import CONTROL
from standpoint.team.plan import KINDS, add_member, assign_articles, list_members, remove_member, requested_articles
from standpoint.team.progress import measure_progress, write_progress_page
from standpoint.team.qualify import grade_annotator

WHO = "Pseudonyms, comma-separated, instead of the team (a01 where there is none): a project each and pass,"


@verb("tasks")
@click.option(
    "--control",
    default=CONTROL,
    show_default=True,
    help="Share of articles that get no suggestions, to measure what suggestions do.",
)
@click.pass_obj
def tasks_command(project: Project, control: float) -> None:
    """Write each pass's label config and tasks to .standpoint/tasks, for Label Studio's own import button.

    \b
    standpoint tasks
    """
    with Printer() as printer:
        counts = write_tasks(project, control, printer.reporter)
    printer.close(counts)


@verb("serve")
@click.option("--port", default=0, help="Default: any free one.")
@click.option("--annotators", help=f"{WHO} and all articles to each.")
@with_database
@click.pass_obj
def serve_command(project: Project, port: int, annotators: str | None, database: str) -> None:
    """Start the embedded Label Studio with all tasks in, print its address and log-ins, and stay up until Ctrl-C.

    One person's is on SQLite; a team's is on PostgreSQL, behind gunicorn: docs/server.md.

    \b
    standpoint serve
    standpoint serve --port 8080 --annotators a01,a02
    standpoint serve --port 8080 --annotators a01,a02,a03,a04 --database postgresql:///standpoint
    """
    with Printer() as printer:
        if database:
            use_database(project, database)
        serve_annotators(project, port, annotators, printer.reporter, out.print)


@verb("push")
@click.option("--annotators", help=f"{WHO} and all articles to each.")
@click.option("--control", default=CONTROL, show_default=True, help="Share of articles that get no suggestions.")
@with_server
@click.pass_obj
def push_command(project: Project, url: str | None, token: str | None, name: str, annotators: str | None, control: float) -> None:
    """Send each article to Label Studio as a task, once, however often it is run or killed.

    Without --annotators, the team's members get what `standpoint team` has given them, in their own order.

    \b
    standpoint push
    standpoint push --annotators a01,a02
    standpoint push --url https://labels.example.org --token "$TOKEN" --annotators a01
    """
    with Printer() as printer, open_client(project, url, token) as client:
        counts = push_articles(project, client, requested_articles(project, annotators), control, printer.reporter, name)
    printer.close(counts)


@verb("pull")
@with_server
@click.pass_obj
def pull_command(project: Project, url: str | None, token: str | None, name: str) -> None:
    """Fetch what was submitted, page by page, and merge it into dataset/annotations under pseudonyms.

    \b
    standpoint pull
    standpoint pull --url https://labels.example.org --token "$TOKEN"
    """
    with Printer() as printer, open_client(project, url, token) as client:
        counts = pull_annotations(project, client, printer.reporter, name)
    printer.close(counts)


@verb("import")
@click.argument("exports", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--fix",
    is_flag=True,
    help="Take regions with bad offsets too, where their quote stands once nearby; each is told, and recorded as by `fix`.",
)
@click.pass_obj
def import_command(project: Project, exports: tuple[Path, ...], fix: bool) -> None:
    """Read Label Studio's JSON exports, of our projects or anyone's, and account for every region in them.

    \b
    standpoint import project-1-at-2031-05-04.json
    standpoint import --fix their-export.json
    """
    with Printer() as printer:
        counts = import_exports(project, exports, printer.reporter, fix)
    printer.close(counts)


@verb("backup")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@with_server
@click.pass_obj
def backup_command(project: Project, file: Path | None, url: str | None, token: str | None, name: str) -> None:
    """Write our projects in Label Studio, with all that people did in them, to one file (.jsonl.gz).

    Settings, tasks, annotations with who made them, begun work, predictions; no passwords. Without FILE it goes to
    .standpoint/backups, named after the time. What has not changed since the last time is not fetched again.

    \b
    standpoint backup
    standpoint backup /var/backups/standpoint/monday.jsonl.gz
    standpoint backup --url https://labels.example.org --token "$TOKEN"
    """
    with Printer() as printer, open_client(project, url, token) as client:
        path, counts = backup_projects(project, client, file, printer.reporter, name)
    out.print(f"written to {path}", markup=False, soft_wrap=True)
    printer.close(counts)


@verb("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_database
@with_server
@click.pass_obj
def restore_command(project: Project, file: Path, url: str | None, token: str | None, name: str, database: str) -> None:
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
            use_database(project, database)
        counts = restore_projects(project, file, (url, token), printer.reporter, name)
    printer.close(counts)


SUGGESTIONS_HELP = {"help_option_names": ["-h", "--help"]}


@main.group("suggestions", cls=Verbs, context_settings=SUGGESTIONS_HELP)
def suggestions_group() -> None:
    """Say how good the suggestions are that annotators are offered for actors, places and times.

    \b
    standpoint suggestions score
    """


@suggestions_group.command("score", context_settings=SUGGESTIONS_HELP)
@click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows to this file too.")
@click.pass_obj
def suggestions_score(project: Project, path: Path | None) -> None:
    """Print precision and recall of the suggestions against the adjudicated sets, a row a source and label.

    Beside them, what annotators did with the suggestions that they were offered, and the share of control articles.

    \b
    standpoint suggestions score
    standpoint suggestions score --json suggestions.json
    """
    with Printer() as printer:
        found = score_suggestions(project, printer.reporter)
    for line in suggestion_score_lines(found):
        out.print(line, markup=False, soft_wrap=True)
    if path:
        write_suggestion_scores(found, path)


@verb("progress")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file too: one HTML page, with plots."
)
@with_server
@click.pass_obj
def progress_command(project: Project, url: str | None, token: str | None, name: str, html: Path | None) -> None:
    """Show what each annotator has done, skipped and begun in each pass, how quickly, and when they will have finished.

    Reads the server and changes nothing.

    \b
    standpoint progress
    standpoint progress --url https://labels.example.org --token "$TOKEN" --html progress.html
    """
    with Printer() as printer, open_client(project, url, token) as client:
        rows = measure_progress(project, client, printer.reporter, name)
    for line in progress_lines(rows):
        out.print(line, markup=False, soft_wrap=True)
    if html:
        write_progress_page(rows, html, name)
        out.print(f"written: {html}", markup=False)


@verb("qualify")
@click.argument("annotator")
@click.option("--articles", default="", help="Only these, by their ids, comma-separated; default: all that they have annotated.")
@click.pass_obj
def qualify_command(project: Project, annotator: str, articles: str) -> None:
    """Measure an annotator's sets against the adjudicated ones, by the codebook's thresholds, and say where to read up.

    Articles that were adjudicated with their own sets are left out. Exit code 1: not qualified yet.

    \b
    standpoint qualify a03
    standpoint qualify a03 --articles courier-2031-05-02-648106de,gazette-2031-05-02-1f0a77c1
    """
    with Printer() as printer:
        found = grade_annotator(project, annotator, names(articles), printer.reporter)
    for line in qualification_lines(found):
        out.print(line, markup=False, soft_wrap=True)
    sys.exit(0 if found.passed else 1)


TEAM_HELP = {"help_option_names": ["-h", "--help"]}


@main.group("team", cls=Verbs, context_settings=TEAM_HELP)
def team_group() -> None:
    """Say who annotates, and give out the articles: as many annotators each as dataset/team.yaml asks for, evenly.

    \b
    standpoint team add a01
    standpoint team list
    standpoint team leave a01
    standpoint team assign
    """


@team_group.command("add", context_settings=TEAM_HELP)
@click.argument("annotator")
@click.option("--kind", type=click.Choice(KINDS), default="human_trained", show_default=True)
@click.option("--passes", default="", help="Only these passes, comma-separated.")
@click.pass_obj
def team_add(project: Project, annotator: str, kind: str, passes: str) -> None:
    """Take somebody into the team, under a pseudonym, and give out articles.

    \b
    standpoint team add a01
    standpoint team add a02 --kind human_expert --passes stance
    """
    with Printer() as printer:
        counts = add_member(project, annotator, kind, tuple(names(passes)), printer.reporter)
    printer.close(counts)


@team_group.command("leave", context_settings=TEAM_HELP)
@click.argument("annotator")
@click.pass_obj
def team_leave(project: Project, annotator: str) -> None:
    """Let somebody leave: what they have done stays, and what they have not goes to the others.

    \b
    standpoint pull && standpoint team leave a02
    """
    with Printer() as printer:
        counts = remove_member(project, annotator, printer.reporter)
    printer.close(counts)


@team_group.command("list", context_settings=TEAM_HELP)
@click.pass_obj
def team_list(project: Project) -> None:
    """Show who is in the team, and how much each was given and has done.

    \b
    standpoint team list
    """
    for line in team_lines(list_members(project)):
        out.print(line, markup=False, soft_wrap=True)


@team_group.command("assign", context_settings=TEAM_HELP)
@click.pass_obj
def team_assign(project: Project) -> None:
    """Give out what is new: articles that were ingested since, or more annotators an article. Nothing is taken away.

    \b
    standpoint team assign && standpoint push
    """
    with Printer() as printer:
        counts = assign_articles(project, printer.reporter)
    printer.close(counts)


@team_group.command("accounts", context_settings=TEAM_HELP)
@with_server
@click.pass_obj
def team_accounts(project: Project, url: str | None, token: str | None, name: str) -> None:
    """Make the members' accounts in a Label Studio where they have none, and show their log-ins.

    \b
    standpoint team accounts
    standpoint team accounts --url https://labels.example.org --token "$TOKEN"
    """
    with Printer() as printer, open_client(project, url, token) as client:
        for account, password in member_accounts(project, client).items():
            out.print(f"{account}  {password or '(not made here)'}", markup=False)
        if not url:
            warn_about_sqlite(project, printer.reporter)
