"""The dataset to the Hugging Face Hub: publish."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.publish.hub import Target
from standpoint.verbs import publish

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
def run_publish(project: Project, repo: str, dry_run: bool, token: str | None, private: bool, folder: Path | None) -> None:
    """Publish dataset/release on the Hugging Face Hub as owner/name: one commit, and the version as its tag.

    A version that is there is never changed: the same files again do nothing, others are refused. HF_ENDPOINT says which Hub.

    \b
    standpoint publish standpoint/conflict-news --dry-run
    standpoint publish standpoint/conflict-news
    standpoint publish standpoint/conflict-news --from old/release --private
    """
    with Printer() as printer:
        done, counts = publish.publish(project, Target(repo, token, private), folder, dry_run, printer.teller)
    click.echo(f"{repo}: " + (SAID | (WOULD if dry_run else {}))[done.what].format(tag=done.tag))
    printer.close(counts)
