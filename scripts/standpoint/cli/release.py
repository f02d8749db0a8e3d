"""Versions of the dataset: release create, copies, diff, yank, takedown, publish; hydrate."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from pathlib import Path

import click

from standpoint.cli.console import EXISTING_FOLDER, EXISTING_PATH, FOLDER, RELEASE, Result, Run, show, with_jobs, with_server
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


@command("copies", release_command)
@click.argument("folder", type=EXISTING_FOLDER)
@click.option("--repository", required=True, metavar="ADDRESS", help="The address from which git clones it.")
@click.option("--commit", required=True, help="The whole id of the commit that is checked out in FOLDER.")
@click.option("--below", default="", metavar="PATH", help="FOLDER is not the whole checkout, but this folder of it.")
@click.option("--licence", required=True, help="Under which terms it has the texts, in a sentence.")
@click.option(
    "--mirror", "mirrors", multiple=True, metavar="ADDRESS", help="Another address of its files, with {path} and {commit}."
)
def release_copies(
    run: Run, folder: Path, repository: str, commit: str, below: str, licence: str, mirrors: tuple[str, ...]
) -> Result:
    """Pin public copies of withheld texts, to restore them.

    FOLDER is a checkout of a public repository. Its files that have texts of this project are written to dataset/copies.yaml,
    each with its path, its size, its id in git and its SHA-256. The next release has this file, and `hydrate --fetch` reads it.

    \b
    standpoint release copies ~/re3d --repository https://github.com/dstl/re3d \\
        --commit b061ff06713cad4df7e5cfaed3fd07bf15b2598c --licence "LICENSE and ATTRIBUTION in each folder"
    """
    from standpoint.release.pinned_copies import Repository, pin_copies

    pinned = Repository(repository=repository, commit=commit, licence=licence, mirrors=mirrors)
    found = pin_copies(run.locked_project, folder, below, pinned, run.reporter)
    missing = f"{len(found.missing)} articles of the project are in no file of it" if found.missing else ""
    return filter(None, [missing]), Counter({"files pinned": found.files, "files without our texts": found.others})


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


@command("hydrate")
@click.argument("release", type=RELEASE)
@click.option("--from", "copies", multiple=True, type=EXISTING_PATH, help="Your own copies; may be given several times.")
@click.option("--fetch", is_flag=True, help="Fetch the public copies that the release pins, and take texts from them, too.")
@click.option("--cache", type=FOLDER, help="Where fetched copies are kept. Default: ~/.cache/standpoint/copies.")
@click.option("--check-links", "only_links", is_flag=True, help="Only ask whether the pinned copies are still there.")
@click.option("--sources", type=EXISTING_PATH, help="How to read them. Default: the release's own sources.yaml.")
@click.option("--out", type=FOLDER, help="Where the other dataset is written.")
@click.option("--undo", is_flag=True, help="Remove the texts again that were added.")
@with_jobs
def hydrate_command(
    run: Run,
    release: str,
    copies: tuple[Path, ...],
    fetch: bool,
    cache: Path | None,
    only_links: bool,
    sources: Path | None,
    out: Path | None,
    undo: bool,
    jobs: int,
) -> Result:
    """Add withheld texts from public copies or your own.

    Copies are raw files or folders in any format that `ingest` reads. Each text is identified by its sha256. A copy that
    differs is used only if all labelled sentences are unchanged. An interrupted run continues where it stopped. --undo
    writes the same bytes as the release from which the dataset was made. RELEASE is a folder, or owner/name@v1.0.0 on the
    Hugging Face Hub. No project is needed.

    --fetch takes the public copies that the release pins (copies.yaml): over the web or with git, each file checked by its
    sha256 and kept in a cache, so that a second run fetches nothing.

    \b
    standpoint hydrate dataset/release --fetch --out ~/standpoint-with-texts
    standpoint hydrate dataset/release --check-links
    standpoint hydrate dataset/release --from ~/re3d --out ~/standpoint-with-texts
    standpoint hydrate dataset/release --from crawl.jsonl.gz --from saved-pages --sources mine.yaml --out local
    standpoint hydrate letters-team/letters@v0.1.0 --from ~/letters --out letters-with-texts
    standpoint hydrate ~/standpoint-with-texts --undo --out release
    """
    if undo + bool(copies or fetch) + only_links != 1:
        raise click.UsageError("give --fetch, or copies of your own with --from; or else --undo, or --check-links")
    if undo and sources:
        raise click.UsageError("--sources says how to read copies, and --undo reads none")
    folder = run.find_release(release)
    if only_links:
        return link_lines(run, folder)
    if out is None:
        raise click.UsageError("--out says where the other dataset is written")
    from standpoint.release.hydrate import hydrate_release, undo_hydration

    if undo:
        return undo_hydration(folder, out)
    if fetch:
        from standpoint.release.fetch import cache_folder, fetch_copies
        from standpoint.release.pinned_copies import NAME, load_copies

        copies = (*copies, *fetch_copies(load_copies(folder / NAME), cache or cache_folder(), run.reporter))
    return hydrate_release(folder, copies, sources, out, run.reporter, jobs)


def link_lines(run: Run, folder: Path) -> Result:
    """How many of the pinned files answer at each address. It is an error if a file answers at none."""
    from standpoint.cli.render import columns
    from standpoint.release.fetch import check_links
    from standpoint.release.pinned_copies import NAME, load_copies

    links = list(check_links(load_copies(folder / NAME), run.reporter))
    run.failed = any(link.problem for link in links)
    return columns(
        [
            ("address of the first file", "answer", "of"),
            *((one.address, one.answer, f"{one.files} {one.problem}") for one in links),
        ]
    )
