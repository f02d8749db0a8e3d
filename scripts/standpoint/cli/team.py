"""Who annotates what, and how far and how well: team add, remove, list, assign, progress, qualify."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from standpoint.cli.console import FILE, Printer, pass_project, show, split_names, with_server
from standpoint.cli.root import Group
from standpoint.core.project import Project
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


@team_command.command("add")
@click.argument("annotator")
@click.option("--kind", type=click.Choice(HUMAN_KINDS), default=HUMAN_KINDS[0], show_default=True)
@click.option("--passes", default="", callback=split_names, help="Only these passes, comma-separated.")
@pass_project
def team_add(project: Project, annotator: str, kind: str, passes: tuple[str, ...]) -> None:
    """Add a person, under a pseudonym, and assign articles.

    \b
    standpoint team add a01
    standpoint team add a02 --kind human_expert --passes stance
    """
    from standpoint.team.plan import add_member

    with Printer() as printer:
        counts = add_member(project, annotator, kind, passes, printer.reporter)
    printer.close(counts)


@team_command.command("remove")
@click.argument("annotator")
@pass_project
def team_remove(project: Project, annotator: str) -> None:
    """Remove a person, and assign the unfinished articles to others.

    Finished annotation sets stay; so pull first.

    \b
    standpoint pull && standpoint team remove a02
    """
    from standpoint.team.plan import remove_member

    with Printer() as printer:
        counts = remove_member(project, annotator, printer.reporter)
    printer.close(counts)


@team_command.command("list")
@pass_project
def team_list(project: Project) -> None:
    """Show the members, and how many articles they have and did.

    \b
    standpoint team list
    """
    from standpoint.cli.render import team_lines
    from standpoint.team.plan import list_members

    show(team_lines(list_members(project)))


@team_command.command("assign")
@pass_project
def team_assign(project: Project) -> None:
    """Assign new articles, or more annotators per article.

    No assignment is taken away.

    \b
    standpoint team assign && standpoint push
    """
    from standpoint.team.plan import assign_articles

    with Printer() as printer:
        counts = assign_articles(project, printer.reporter)
    printer.close(counts)


@team_command.command("progress")
@click.option("--html", type=FILE, help="Write it to this file too: one HTML page, with plots.")
@with_server
@pass_project
def team_progress(project: Project, url: str | None, token: str | None, name: str, html: Path | None) -> None:
    """Show the work done, skipped and begun, the pace, and the end.

    It reads the server, for each annotator and pass, and changes nothing.

    \b
    standpoint team progress
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint team progress --url https://labels.example.org --html progress.html
    """
    from standpoint.cli.render import progress_lines
    from standpoint.server.serve import open_client
    from standpoint.team.progress import measure_progress, write_progress_page

    with Printer() as printer, open_client(project, url, token) as client:
        rows = measure_progress(project, client, printer.reporter, name)
    show(progress_lines(rows))
    if html:
        write_progress_page(rows, html, name)
        show([f"written: {html}"])


@team_command.command("qualify")
@click.argument("annotator")
@click.option("--articles", default="", callback=split_names, help="Only these article ids, comma-separated. Default: all.")
@pass_project
def team_qualify(project: Project, annotator: str, articles: tuple[str, ...]) -> None:
    """Test whether a person may begin, by the codebook's thresholds.

    The person's sets are measured against the adjudicated ones, layer by layer, with what to read again. Articles that were
    adjudicated with the person's own sets do not count. The exit code is 1 if the person is not qualified yet.

    \b
    standpoint team qualify a03
    standpoint team qualify a03 --articles courier-2031-05-02-648106de,gazette-2031-05-02-1f0a77c1
    """
    from standpoint.cli.render import qualification_lines
    from standpoint.team.progress import grade_annotator

    with Printer() as printer:
        qualification = grade_annotator(project, annotator, articles, printer.reporter)
    show(qualification_lines(qualification))
    sys.exit(0 if qualification.passed else 1)
