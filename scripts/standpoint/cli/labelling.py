"""Articles go to Label Studio, and annotation sets come back: push, pull, import, suggestions."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli.console import EXISTING_FILE, FOLDER, Printer, json_file, pass_project, show, with_server
from standpoint.cli.root import Group
from standpoint.core.project import CONTROL, Project

ANNOTATORS = click.option(
    "--annotators",
    help="Comma-separated pseudonyms, instead of the team: each of them gets a project per pass, with all articles.",
)


@click.command("push")
@ANNOTATORS
@click.option("--control", default=CONTROL, show_default=True, help="Share of articles without suggestions, for comparison.")
@click.option("--to", "folder", type=FOLDER, help="Write each pass's label config and tasks to this folder, and send nothing.")
@with_server
@pass_project
def push_command(
    project: Project, url: str | None, token: str | None, name: str, annotators: str | None, control: float, folder: Path | None
) -> None:
    """Send articles to Label Studio as tasks, or write them to files.

    Each article is one task per annotator and pass, however often the command is run or killed. Without --annotators, each
    member of the team gets the assigned articles, in an order of their own. With --to, the files are for Label Studio's own
    import button.

    \b
    standpoint push
    standpoint push --annotators a01,a02
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint push --url https://labels.example.org
    standpoint push --to tasks/
    """
    if folder and annotators:
        raise click.UsageError("--to writes the same files for all annotators: omit --annotators")
    from standpoint.labelstudio.exchange import push_articles, write_tasks
    from standpoint.server.serve import open_client
    from standpoint.team.plan import requested_articles

    with Printer() as printer:
        if folder:
            counts = write_tasks(project, folder, control, printer.reporter)
        else:
            with open_client(project, url, token) as client:
                articles = requested_articles(project, annotators)
                counts = push_articles(project, client, articles, control, printer.reporter, name)
    printer.close(counts)


@click.command("pull")
@with_server
@pass_project
def pull_command(project: Project, url: str | None, token: str | None, name: str) -> None:
    """Fetch submitted annotations from Label Studio.

    They are merged into dataset/annotations, under pseudonyms.

    \b
    standpoint pull
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint pull --url https://labels.example.org
    """
    from standpoint.labelstudio.exchange import pull_annotations
    from standpoint.server.serve import open_client

    with Printer() as printer, open_client(project, url, token) as client:
        counts = pull_annotations(project, client, printer.reporter, name)
    printer.close(counts)


@click.command("import")
@click.argument("exports", nargs=-1, required=True, type=EXISTING_FILE)
@click.option(
    "--fix",
    is_flag=True,
    help="Accept regions with wrong offsets too if their quote occurs once nearby; each is reported and recorded as by `fix`.",
)
@pass_project
def import_command(project: Project, exports: tuple[Path, ...], fix: bool) -> None:
    """Import annotation sets from Label Studio's JSON exports.

    The exports may come from our projects or from others. Each region is imported or reported.

    \b
    standpoint import project-1-at-2031-05-04.json
    standpoint import --fix their-export.json
    """
    from standpoint.labelstudio.exchange import import_exports

    with Printer() as printer:
        counts = import_exports(project, exports, printer.reporter, fix)
    printer.close(counts)


@click.group("suggestions", cls=Group)
def suggestions_command() -> None:
    """Measure the suggestions that annotators are offered.

    Actors, places and times are suggested; never a status, a source or a stance.

    \b
    standpoint suggestions score
    """


@suggestions_command.command("score")
@json_file("Write the rows to this file too.")
@pass_project
def suggestions_score(project: Project, json_file: Path | None) -> None:
    """Print precision and recall against the adjudicated sets.

    There is a row per source and label. Beside them: what annotators did with the suggestions that they were offered, and
    the share of control articles.

    \b
    standpoint suggestions score
    standpoint suggestions score --json suggestions.json
    """
    from standpoint.cli.render import suggestion_score_lines
    from standpoint.scoring.suggestion_scores import score_suggestions, write_suggestion_scores

    with Printer() as printer:
        scores = score_suggestions(project, printer.reporter)
    show(suggestion_score_lines(scores))
    if json_file:
        write_suggestion_scores(scores, json_file)
