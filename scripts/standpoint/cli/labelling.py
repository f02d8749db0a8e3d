"""The team and Label Studio: team add, remove, list, assign, progress, qualify; push, pull, import; serve, demo; server backup,
restore, accounts; suggestions score.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Literal

import click

from standpoint.cli.console import (
    EXISTING_FILE,
    EXISTING_PATH,
    FILE,
    FOLDER,
    Result,
    Run,
    json_file,
    split_names,
    with_database,
    with_jobs,
    with_server,
)
from standpoint.cli.root import Group, command
from standpoint.core.project import CONTROL
from standpoint.core.provenance import HUMAN_KINDS
from standpoint.published.corpora import corpus_names, import_names


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
    standpoint team add a02 --kind human_expert --passes reading
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

    counts = remove_member(run.locked_project, annotator, run.reporter)
    return [f"{annotator} gets no new work; the account on a server stays, and is closed there by its administrator"], counts


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

    No finished work is taken away. In a pass with a sample (`standpoint sample`), only its articles are assigned.

    \b
    standpoint team assign && standpoint push
    """
    from standpoint.team.plan import assign_articles

    return assign_articles(run.locked_project, run.reporter)


@command("progress", team_command)
@click.option("--html", type=FILE, help="Write it to this file too: one HTML page, with plots.")
@with_server
def team_progress(run: Run, html: Path | None) -> Result:
    """Show the work done, begun and waiting, the pace, and the end.

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


ANNOTATORS = click.option(
    "--annotators",
    help="Comma-separated pseudonyms, instead of the team: each of them gets a project per pass, with all articles.",
)


@command("push")
@ANNOTATORS
@click.option("--control", default=CONTROL, show_default=True, help="Share of articles without suggestions, for comparison.")
@click.option(
    "--suggest", "model", default="", metavar="MODEL", help="Suggest the spans of this machine annotator, and not of rules."
)
@click.option("--to", "folder", type=FOLDER, help="Write each pass's label config and tasks to this folder, and send nothing.")
@with_server
def push_command(run: Run, annotators: str | None, control: float, model: str, folder: Path | None) -> Result:
    """Send articles to Label Studio as tasks, or write them to files.

    Each article is one task per annotator and pass, however often the command is run or killed. Without --annotators, each
    member of the team gets the assigned articles, in an order of their own. With --suggest, articles start from the spans of a
    model, but for the share of --control, and no answer is ever suggested. With --to, the files are for Label Studio's own
    import button.

    \b
    standpoint push
    standpoint push --annotators a01,a02
    standpoint push --suggest m11
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint push --url https://labels.example.org
    standpoint push --to tasks/
    """
    if folder and annotators:
        raise click.UsageError("--to writes the same files for all annotators: omit --annotators")
    from standpoint.labelstudio.exchange import push_articles, write_tasks
    from standpoint.team.plan import requested_articles

    if folder:
        return write_tasks(run.project, folder, control, run.reporter, model)
    project = run.locked_project
    with run.open_client(making=True) as client:
        articles = requested_articles(project, annotators)
        return push_articles(project, client, articles, control, run.reporter, run.name, model)


@command("pull")
@with_server
def pull_command(run: Run) -> Result:
    """Fetch submitted annotations from Label Studio.

    They are merged into dataset/annotations, under pseudonyms.

    \b
    standpoint pull
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint pull --url https://labels.example.org
    """
    from standpoint.cli.render import import_lines
    from standpoint.labelstudio.exchange import pull_annotations

    project = run.locked_project
    with run.open_client() as client:
        counts = pull_annotations(project, client, run.reporter, run.name)
    return import_lines(counts), counts


@command("import")
@click.argument("paths", nargs=-1, required=True, type=EXISTING_PATH, metavar="PATH...")
@click.option("--format", "name", type=click.Choice(import_names()), help="Default: as the files show it.")
@click.option(
    "--fix",
    is_flag=True,
    help="Accept regions with wrong offsets too if their quote occurs once nearby; each is reported and recorded as by `fix`.",
)
@click.option("--annotator", default="", help="The pseudonym of the person who made all annotations of the files.")
@click.option(
    "--map",
    "stated",
    multiple=True,
    metavar="THEIRS=OURS",
    help="What a label or layer of the files is: LAYER:LABEL, LABEL or LAYER of the codebook, or nothing to leave it out.",
)
@click.option("--pass", "pass_name", default="", help="The pass of documents without annotations. Default: the only one.")
@click.option(
    "--fragments",
    type=click.Choice(["refuse", "cover", "first"]),
    default="refuse",
    show_default=True,
    help="A span in several places: refused, from the first to the last, or the first place.",
)
@with_jobs
def import_command(
    run: Run,
    paths: tuple[Path, ...],
    name: str | None,
    fix: bool,
    annotator: str,
    stated: tuple[str, ...],
    pass_name: str,
    fragments: Literal["refuse", "cover", "first"],
    jobs: int,
) -> Result:
    """Import annotation sets from Label Studio and other tools.

    Exports of Label Studio (JSON, JSON_MIN, CSV, pages of its API, target storages), of our projects or of others; brat, CoNLL,
    doccano, spaCy and UIMA XMI (INCEpTION, WebAnno). Labels of published datasets (muc4, re3d, seesaw, semeval2025t10) need
    --format, and the codebook's crosswalk says what they are here. Each region is imported or reported, and of two submissions
    of one person the later one is kept, whichever is imported first. Ingest first what is no article yet: `ingest` reads the
    same files.

    An export may have numbers in place of e-mails, which each server counts from 1. So the annotations of a number are
    refused if they would replace other annotations; then --annotator says whose they are. Most other formats name nobody.
    --map, --pass and --fragments are for the other formats. What annotation sets have no place for is counted and named.

    \b
    standpoint import project-1-at-2031-05-04.json
    standpoint import --fix their-export.json
    standpoint import --annotator a02 second-server.json
    standpoint ingest corpus/ && standpoint import corpus/ --annotator a03
    standpoint import corpus.conll --annotator a03 --map PER=person --map MISC=
    standpoint import --format re3d ~/re3d
    """
    from standpoint.cli.render import import_lines
    from standpoint.labelstudio.exchange import import_exports
    from standpoint.labelstudio.import_documents import DocumentOptions, stated_names
    from standpoint.published.import_published import import_published

    options = DocumentOptions(name or "", stated_names(stated), pass_name, fragments)
    read = import_published if name in corpus_names() else partial(import_exports, jobs=jobs)
    counts = read(run.locked_project, paths, run.reporter, fix, annotator, options)
    return import_lines(counts), counts


@command("serve")
@click.option("--port", default=0, help="Default: any free port.")
@ANNOTATORS
@click.option("--adjudicators", callback=split_names, help="Comma-separated pseudonyms: serve them the conflicts to decide.")
@with_database
def serve_command(run: Run, port: int, annotators: str | None, adjudicators: tuple[str, ...] | None, database: str) -> None:
    """Run the embedded Label Studio for annotators or adjudicators.

    All tasks are sent to it, its address and log-ins are printed, and it runs until Ctrl-C. For one person it works on
    SQLite; for a team, --database names a database of PostgreSQL. With --adjudicators it has the conflicts instead, and
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

    if database:
        set_database(run.project.server, database)
    if adjudicators:
        serve_adjudicators(run.project, port, adjudicators, run.reporter, click.echo)
    else:
        serve_annotators(run.project, port, annotators, run.reporter, click.echo)


@click.group("server", cls=Group)
def server_command() -> None:
    """Back up and restore a Label Studio, and create accounts.

    \b
    standpoint server backup
    standpoint server restore .standpoint/backups/2031-05-04T031000Z.jsonl.gz
    standpoint server accounts
    """


@command("backup", server_command)
@click.argument("file", required=False, type=FILE)
@with_server
def server_backup(run: Run, file: Path | None) -> Result:
    """Write our projects in Label Studio to one file (.jsonl.gz).

    It has settings, tasks, annotations with their annotators, unfinished work and predictions, and no passwords. Without
    FILE it is written to .standpoint/backups, named by the time. What has not changed since the last time is not fetched
    again.

    \b
    standpoint server backup
    standpoint server backup /var/backups/standpoint/monday.jsonl.gz
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint server backup --url https://labels.example.org
    """
    from standpoint.labelstudio.backup import backup_projects

    project = run.locked_project
    with run.open_client() as client:
        path, counts = backup_projects(project, client, file, run.reporter, run.name)
    return [f"written to {path}"], counts


@command("restore", server_command)
@click.argument("file", type=EXISTING_FILE)
@with_database
@with_server
def server_restore(run: Run, file: Path, database: str) -> Result:
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

    project = run.locked_project
    if database and not run.url:
        set_database(project.server, database)
    return restore_projects(project, file, (run.url, run.token), run.reporter, run.name)


@command("accounts", server_command)
@click.argument("pseudonyms", nargs=-1)
@with_server
def server_accounts(run: Run, pseudonyms: tuple[str, ...]) -> Result:
    """Create missing accounts, and show the log-ins.

    They are those of the team's members, or of the PSEUDONYMS, such as adjudicators.

    \b
    standpoint server accounts
    standpoint server accounts j01
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint server accounts --url https://labels.example.org
    """
    from standpoint.server.serve import accounts_of, warn_about_sqlite

    project = run.locked_project
    with run.open_client(making=True) as client:
        accounts = accounts_of(project, client, pseudonyms)
    if not run.url:
        warn_about_sqlite(project, run.reporter)
    return (f"{account}  {password or '(not created here)'}" for account, password in accounts.items())


@command("demo")
def demo_command(run: Run) -> Result:
    """Run every step on the project's corpus and load the dataset.

    The steps are ingest, push, submit the existing annotation sets, pull, check, agree, adjudicate, split and build. Label
    Studio is the real one, on SQLite and on this machine only.

    \b
    standpoint demo
    """
    from standpoint.cli.render import demo_summary
    from standpoint.server.serve import run_demo

    return demo_summary(run_demo(run.locked_project, run.reporter)), Counter()


@click.group("suggestions", cls=Group)
def suggestions_command() -> None:
    """Measure the suggestions that annotators are offered.

    Spans are suggested in layers with `suggestions: true`: actors and places of the registry, times, and towns if the extra
    "places" is installed. Answers are never suggested.

    \b
    standpoint suggestions score
    """


@command("score", suggestions_command)
@json_file("Write the rows to this file too.")
@click.option("--check", "only_check", is_flag=True, help="Switch nothing off or on; report whether something would be.")
def suggestions_score(run: Run, json_file: Path | None, only_check: bool) -> Result:
    """Print precision and recall, and switch off what is often wrong.

    The suggestions are compared with the adjudicated sets. There is a row per source and label. Beside them: what annotators did
    with the suggestions that they were offered, and the share of control articles. A suggestion is right if its place and its
    actor or label are adjudicated; for a new actor, if a new actor is at its place.

    Each name and alias of an actor, and each rule for new names, is measured by itself. With a precision under 0.8 in at least
    five suggestions, it is switched off: guidelines/suggestions-off.tsv lists it, and no page suggests it. Commit that file.
    What is off is measured too, as if it were on, and its line goes when it is right again. What has too few suggestions to be
    measured keeps its line. To switch something on until the next score, delete its line.

    \b
    standpoint suggestions score
    standpoint suggestions score --check
    standpoint suggestions score --json suggestions.json
    """
    from standpoint.cli.render import suggestion_score_lines
    from standpoint.scoring.suggestion_scores import score_suggestions, write_suggestion_scores, write_switched_off

    project = run.project if only_check else run.locked_project
    scores = score_suggestions(project, run.reporter)
    if json_file:
        write_suggestion_scores(scores, json_file)
    run.failed = write_switched_off(scores, project, only_check) and only_check
    if run.failed:
        click.echo(f"{project.switched_off} is stale: run standpoint suggestions score", err=True)
    return suggestion_score_lines(scores)
