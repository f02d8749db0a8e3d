"""Versions of the dataset: release create, diff, yank, takedown, publish."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from pathlib import Path

import click

from standpoint.cli.console import EXISTING_FOLDER, Result, Run, show, with_server
from standpoint.cli.root import Group, command

SHOWN = 10  # changes of each kind


@click.group("release", cls=Group)
def release_command() -> None:
    """Create, compare, yank and publish versions of the dataset.

    \b
    standpoint release create 0.2.0
    standpoint release diff 0.1.0 0.2.0
    standpoint release publish letters-team/letters
    """


@command("create", release_command)
@click.argument("version")
@click.option("--dry-run", is_flag=True, help="Check everything, and only report what would be done.")
def release_create(run: Run, version: str, dry_run: bool) -> Result:
    """Build, check, compare, commit and tag a version.

    Refused are a number that is smaller than the changes demand, uncommitted files, stale generated files, failed checks,
    leaks between splits, and a missing licence. Describe the changes under "## Unreleased" in dataset/CHANGELOG.md first; the
    figures are added below.

    \b
    standpoint release create 0.2.0 --dry-run
    standpoint release create 0.2.0
    """
    from standpoint.cli.render import release_lines
    from standpoint.release.create import create_release

    released = create_release(run.locked_project, version, date.today().isoformat(), run.reporter, dry_run)
    return release_lines(released, dry_run), released.counts


@command("diff", release_command)
@click.argument("before")
@click.argument("after")
@click.option("--json", "form", flag_value="json", help="The change feed: every change as one line of JSON.")
@click.option("--markdown", "form", flag_value="markdown", help="A section of Markdown.")
@click.option("--all", "show_all", is_flag=True, help=f"Show every change, not only the first {SHOWN} of a kind.")
def release_diff(run: Run, before: str, after: str, form: str | None, show_all: bool) -> None:
    """Compare two versions, id by id.

    Articles, annotations, labels, resolutions, dossiers and splits are compared. A version is a folder with a release, a released
    version (0.1.0), any tag or commit of this repository, or owner/name@revision on the Hugging Face Hub (HF_ENDPOINT says
    which Hub). Folders and versions on the Hub need no project. The last line says which version number the changes demand.

    \b
    standpoint release diff 0.1.0 0.2.0
    standpoint release diff v0.1.0 dataset/release --all
    standpoint release diff letters-team/letters@v0.1.0 HEAD --markdown
    standpoint release diff 0.1.0 0.2.0 --json > changes.jsonl
    """
    from standpoint.cli.render import diff_lines, diff_markdown
    from standpoint.release.changes import ChangeSummary, feed_line
    from standpoint.release.compare import compare_releases
    from standpoint.release.locate import locate_release, needs_repository

    project = run.project_if_any if needs_repository(before) or needs_repository(after) else None
    with locate_release(before, project, run.reporter) as first, locate_release(after, project, run.reporter) as second:
        changes = compare_releases(first.folder, second.folder)
        if form == "json":
            show(feed_line(change, second.number, second.date) for change in changes)
        else:
            summary = ChangeSummary(math.inf if show_all else SHOWN).add_all(changes)
            render = diff_markdown if form else diff_lines
            show(render(summary, first.name, second.name))


@command("yank", release_command)
@click.argument("version")
@click.option("--reason", help="Why it should no longer be used.")
@click.option("--undo", is_flag=True, help="Remove the mark.")
def release_yank(run: Run, version: str, reason: str | None, undo: bool) -> Result:
    """Mark a released version as one that should not be used.

    The version stays available for those who depend on it. The mark is in dataset/versions.tsv and in the changelog, which
    the next release contains.

    \b
    standpoint release yank 0.1.0 --reason "the labels of two articles were swapped"
    standpoint release yank 0.1.0 --undo
    """
    if bool(reason) == undo:
        raise click.UsageError("give --reason, or --undo")
    from standpoint.release.takedown import yank_version

    yank_version(run.locked_project, version, reason or "")
    return [f"{version}: {'no longer yanked' if undo else f'yanked: {reason}'}; commit this, and create a release"]


@command("takedown", release_command)
@click.argument("article")
@click.option("--reason", required=True, help="Why. Do not name the person who asked: it is kept with the article.")
@click.option("--server", "on_server", is_flag=True, help="Delete its tasks in Label Studio too, with the work on them.")
@with_server
def release_takedown(run: Run, article: str, reason: str, on_server: bool) -> Result:
    """Remove the words of an article; keep its id and labels.

    This applies to the project and to every later version. The text is not ingested again. Caches are deleted. Each other
    place where the words may still be is listed, with what removes them: raw files, backups, exports, reports, releases,
    Label Studio, git's history, earlier versions. Pull before --server, which deletes the work of annotators there.

    \b
    standpoint release takedown northwire-2031-03-04-e8de1b20 --reason "the publisher asked for it"
    standpoint pull && standpoint release takedown northwire-2031-03-04-e8de1b20 --reason "the author asked" --server
    """
    from standpoint.release.takedown import take_down

    project, counts = run.locked_project, Counter[str]()
    if on_server:
        from standpoint.server.serve import delete_on_server

        counts = delete_on_server(project, article, (run.url, run.token), run.reporter, run.name)
    counts.update(take_down(project, article, reason, date.today().isoformat(), run.reporter))
    return counts


PUBLISHED = {
    "published": "published as {tag}",
    "tagged": "its commit was already there; tagged as {tag}",
    "already there": "{tag} is already there, with the same files",
}
WOULD_PUBLISH = {"published": "would be published as {tag}", "tagged": "its commit is there; would be tagged as {tag}"}


@command("publish", release_command)
@click.argument("repo")
@click.option("--dry-run", is_flag=True, help="Only report what would be done.")
@click.option(
    "--token",
    envvar="HF_TOKEN",
    show_envvar=True,
    help="A token that may write there; better in the variable than on the command line. Default: that of `hf auth login`.",
)
@click.option("--private", is_flag=True, help="Make a new repository private.")
@click.option("--from", "folder", type=EXISTING_FOLDER, help="Another folder than dataset/release.")
def release_publish(run: Run, repo: str, dry_run: bool, token: str | None, private: bool, folder: Path | None) -> Result:
    """Publish the release on the Hugging Face Hub as owner/name.

    There is one commit per version, and its tag. A published version never changes: the same files again do nothing, and
    others are refused. HF_ENDPOINT says which Hub. With --from, it works outside of a project too.

    \b
    standpoint release publish letters-team/letters --dry-run
    standpoint release publish letters-team/letters
    standpoint release publish letters-team/letters --from old/release --private
    """
    from standpoint.release.hub import HubTarget, publish_release

    project = run.project_if_any if folder else run.locked_project  # no build may replace the release on the way
    step, counts = publish_release(project, HubTarget(repo, token, private), folder, dry_run, run.reporter)
    messages = PUBLISHED | (WOULD_PUBLISH if dry_run else {})
    return [f"{repo}: {messages[step.action].format(tag=step.tag)}"], counts
