"""Versions of the dataset: release."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from standpoint.cli._printer import Printer
from standpoint.cli._root import verb
from standpoint.cli.render_diff import diff_lines, diff_markdown, release_lines
from standpoint.core.paths import Project
from standpoint.release.changes import ChangeSummary, feed_line
from standpoint.release.compare import VersionDiff, open_diff
from standpoint.release.create import create_release
from standpoint.release.hub import HubTarget, publish_release
from standpoint.release.takedown import take_down, yank_version


@verb("diff")
@click.argument("before")
@click.argument("after")
@click.option("--json", "form", flag_value="json", help="The change feed: every change as one line of JSON.")
@click.option("--markdown", "form", flag_value="markdown", help="A section of Markdown.")
@click.option("--all", "every", is_flag=True, help="Show every change, not only the first ten of a kind.")
@click.pass_obj
def diff_command(project: Project, before: str, after: str, form: str | None, every: bool) -> None:
    """Compare two versions id by id: articles, annotations, labels, adjudicated decisions, splits.

    A version is a folder with a release, a released version (0.1.0), any tag or commit of this repository, or
    owner/name@revision on the Hugging Face Hub (HF_ENDPOINT says which). The last line says which number the changes demand.

    \b
    standpoint diff 0.1.0 0.2.0
    standpoint diff v0.1.0 dataset/release --all
    standpoint diff standpoint/conflict-news@v0.1.0 HEAD --markdown
    standpoint diff 0.1.0 0.2.0 --json > changes.jsonl
    """
    with open_diff(project, before, after) as diff:
        for line in _lines(diff, form, math.inf if every else 10):
            click.echo(line)


def _lines(diff: VersionDiff, form: str | None, limit: float) -> Iterator[str]:
    if form == "json":
        return (feed_line(change, diff.after.number, diff.after.date) for change in diff.changes)
    render = diff_markdown if form else diff_lines
    return render(ChangeSummary(limit).add_all(diff.changes), diff.before.name, diff.after.name)


@verb("release")
@click.argument("version")
@click.option("--dry-run", is_flag=True, help="Check all, and only say what would be done.")
@click.pass_obj
def release_command(project: Project, version: str, dry_run: bool) -> None:
    """Release a version: build it, compare it with the last one, stamp the changelog, commit, tag.

    Refused are a number smaller than the changes demand, files that are not committed, generated files that are stale, failed
    checks, leaks between splits, and a missing licence. Write what is new in words under "## Unreleased" in
    dataset/CHANGELOG.md before; the figures are put below it.

    \b
    standpoint release 0.2.0 --dry-run
    standpoint release 0.2.0
    """
    with Printer() as printer:
        done = create_release(project, version, date.today().isoformat(), printer.reporter, dry_run)
    for line in release_lines(done, dry_run):
        click.echo(line)
    printer.close(done.counts)


@verb("yank")
@click.argument("version")
@click.option("--reason", help="Why it should not be used any more.")
@click.option("--undo", is_flag=True, help="Take it back.")
@click.pass_obj
def yank_command(project: Project, version: str, reason: str | None, undo: bool) -> None:
    """Say of a released version that it should not be used any more; it stays where it is, for who has built on it.

    It stands in dataset/versions.tsv and in the changelog, which the next release carries.

    \b
    standpoint yank 0.1.0 --reason "stance labels of two articles were swapped"
    standpoint yank 0.1.0 --undo
    """
    if bool(reason) == undo:
        raise click.UsageError("give --reason, or --undo")
    yank_version(project, version, reason or "")
    click.echo(f"{version}: {'is a version as any again' if undo else f'yanked: {reason}'}; commit, and release when it is time")


@verb("takedown")
@click.argument("article")
@click.option("--reason", required=True, help="Why: no name of who asked, as it is kept with the article.")
@click.pass_obj
def takedown_command(project: Project, article: str, reason: str) -> None:
    """Take an article down: its id, day, splits and labels stay, all words of it go, here and in every later version.

    Texts that are taken down are not ingested again. Earlier versions, and git's history, still have the words: yank those
    versions, and rewrite the history if the law asks for it.

    \b
    standpoint takedown northwire-2031-03-04-e8de1b20 --reason "the publisher asked for it"
    """
    with Printer() as printer:
        counts = take_down(project, article, reason, date.today().isoformat(), printer.reporter)
    printer.close(counts)


SAID = {
    "published": "published as {tag}",
    "tagged": "its commit was there; tagged as {tag}",
    "already there": "{tag} is already there, the same files",
}
WOULD = {"published": "would be published as {tag}", "tagged": "its commit is there; would be tagged as {tag}"}


@verb("publish")
@click.argument("repo")
@click.option("--dry-run", is_flag=True, help="Only look, and say what would be done.")
@click.option("--token", envvar="HF_TOKEN", help="One that may write there (or HF_TOKEN); default: the one of `hf auth login`.")
@click.option("--private", is_flag=True, help="Make the repository private, if it has to be made.")
@click.option("--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Another release's folder.")
@click.pass_obj
def publish_command(project: Project, repo: str, dry_run: bool, token: str | None, private: bool, folder: Path | None) -> None:
    """Publish dataset/release on the Hugging Face Hub as owner/name: one commit, and the version as its tag.

    A version that is there is never changed: the same files again do nothing, others are refused. HF_ENDPOINT says which Hub.

    \b
    standpoint publish standpoint/conflict-news --dry-run
    standpoint publish standpoint/conflict-news
    standpoint publish standpoint/conflict-news --from old/release --private
    """
    with Printer() as printer:
        done, counts = publish_release(project, HubTarget(repo, token, private), folder, dry_run, printer.reporter)
    click.echo(f"{repo}: " + (SAID | (WOULD if dry_run else {}))[done.action].format(tag=done.tag))
    printer.close(counts)
