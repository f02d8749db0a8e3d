"""Who annotates what, and how far and how well: team add, remove, list, assign, progress, qualify."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli.console import FILE, Result, Run, split_names, with_server
from standpoint.cli.root import Group, command
from standpoint.core.provenance import HUMAN_KINDS


@click.group("team", cls=Group)
def team_command() -> None:
    """Manage annotators: tasks, progress and qualification.

    Articles are assigned evenly; dataset/team.yaml says how many annotators each one gets.

    \b
    standpoint team add a01
    standpoint team list
    standpoint team assign
    standpoint team progress
    """


@command("add", team_command)
@click.argument("annotator")
@click.option("--kind", type=click.Choice(HUMAN_KINDS), default=HUMAN_KINDS[0], show_default=True)
@click.option("--passes", default="", callback=split_names, help="Only these passes, comma-separated.")
def team_add(run: Run, annotator: str, kind: str, passes: tuple[str, ...]) -> Result:
    """Add a person, under a pseudonym, and assign articles.

    \b
    standpoint team add a01
    standpoint team add a02 --kind human_expert --passes stance
    """
    from standpoint.team.plan import add_member

    return add_member(run.locked_project, annotator, kind, passes, run.reporter)


@command("remove", team_command)
@click.argument("annotator")
def team_remove(run: Run, annotator: str) -> Result:
    """Remove a person, and assign the unfinished articles to others.

    Finished annotation sets stay; so pull first.

    \b
    standpoint pull && standpoint team remove a02
    """
    from standpoint.team.plan import remove_member

    return remove_member(run.locked_project, annotator, run.reporter)


@command("list", team_command)
def team_list(run: Run) -> Result:
    """Show the members, and how many articles they have and did.

    \b
    standpoint team list
    """
    from standpoint.cli.render import team_lines
    from standpoint.team.plan import list_members

    return team_lines(list_members(run.project))


@command("assign", team_command)
def team_assign(run: Run) -> Result:
    """Assign new articles, or more annotators per article.

    No assignment is taken away.

    \b
    standpoint team assign && standpoint push
    """
    from standpoint.team.plan import assign_articles

    return assign_articles(run.locked_project, run.reporter)


@command("progress", team_command)
@click.option("--html", type=FILE, help="Write it to this file too: one HTML page, with plots.")
@with_server
def team_progress(run: Run, html: Path | None) -> Result:
    """Show the work done, skipped and begun, the pace, and the end.

    It reads the server, for each annotator and pass, and changes nothing.

    \b
    standpoint team progress
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint team progress --url https://labels.example.org --html progress.html
    """
    from standpoint.cli.render import progress_lines
    from standpoint.core.files import write_whole
    from standpoint.team.progress import measure_progress, progress_page

    with run.open_client() as client:
        rows = measure_progress(run.project, client, run.reporter, run.name)
    if html:
        write_whole(html, progress_page(rows, run.name))
    return [*progress_lines(rows), *([f"written: {html}"] if html else ())]


@command("qualify", team_command)
@click.argument("annotator")
@click.option("--articles", default="", callback=split_names, help="Only these article ids, comma-separated. Default: all.")
def team_qualify(run: Run, annotator: str, articles: tuple[str, ...]) -> Result:
    """Test whether a person may begin, by the codebook's thresholds.

    The person's sets are measured against the adjudicated ones, layer by layer, with what to read again. Articles that were
    adjudicated with the person's own sets do not count. The exit code is 1 if the person is not qualified yet.

    \b
    standpoint team qualify a03
    standpoint team qualify a03 --articles courier-2031-05-02-648106de,gazette-2031-05-02-1f0a77c1
    """
    from standpoint.cli.render import qualification_lines
    from standpoint.team.progress import grade_annotator

    qualification = grade_annotator(run.project, annotator, articles, run.reporter)
    run.failed = not qualification.passed
    return qualification_lines(qualification)
