"""Publish a release on the Hugging Face Hub: one commit and one tag per version. A published version never changes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from standpoint.checks.case import Corpus
from standpoint.checks.release import ReleaseFacts
from standpoint.checks.run import check_release
from standpoint.core.files import SUMS, files_of
from standpoint.core.history import find_row, read_history
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project, is_version, parse_version
from standpoint.core.provenance import load_people
from standpoint.dataset.card import released_version
from standpoint.dataset.release_folder import content_hash, damaged, file_hash, inspect, listed
from standpoint.splits.overlap import hidden_progress_bars

if TYPE_CHECKING:  # huggingface_hub takes half a second to import: only a command that uses the Hub loads it
    from huggingface_hub import GitRefs, HfApi

DATASET, ATTRIBUTES = "dataset", ".gitattributes"  # the Hub adds this file, and no release has it
SHA256_DIGITS = 64
PUBLISHED, TAGGED, PRESENT = "published", "tagged", "already there"
STATUS_HINTS = {
    **dict.fromkeys((401, 403, 404), "give a token that may write there: --token, HF_TOKEN, or hf auth login"),
    **dict.fromkeys((409, 412), "another commit was published meanwhile: look at it, and publish again"),
}
# The checks that need only the release, so that an earlier version can be published too.
PUBLISHING_CHECKS = ("SUMS", "UNLISTED", "TABLE", "QUOTE", "LICENCE", "MAIL", "NAME")


class HubTarget(NamedTuple):
    """The repository (owner/name) to publish to. Without ``token``, HF_TOKEN or the token of `hf auth login` is used."""

    repo: str
    token: str | None = None
    private: bool = False


class PublicationPlan(NamedTuple):
    """``action``: PUBLISHED; TAGGED, if the commit of the version exists and its tag does not; or PRESENT."""

    action: str
    tag: str
    files: int
    added: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


def publish_release(
    project: Project | None, target: HubTarget, folder: Path | None, dry_run: bool, reporter: Reporter
) -> tuple[PublicationPlan, Counter]:
    """Publish the release in ``folder`` or, by default, the project's; a dry run only returns the plan.

    A run that was interrupted at any point can be repeated. Without ``project``, ``folder`` must be given.
    """
    if folder is None:
        assert project is not None
        folder = project.release
    tag = f"v{_publishable_version(project, folder, reporter)}"
    with _connect(target) as api:
        refs = _read_refs(api, target.repo)
        if refs is None and not dry_run:
            api.create_repo(target.repo, repo_type=DATASET, private=target.private, exist_ok=True)
            refs = _read_refs(api, target.repo)
        tags = {ref.name: ref.target_commit for ref in refs.tags} if refs else {}
        head = next((ref.target_commit for ref in refs.branches if ref.name == "main"), None) if refs else None
        plan = _plan(folder, tag, api, target.repo, tags, head)
        if not dry_run and plan.action != PRESENT:
            commit = _upload_commit(api, folder, target.repo, plan, head, reporter) if plan.action == PUBLISHED else head
            if differing := _differing_files(folder, _remote_files(api, target.repo, commit)):
                message = f"{target.repo} at {commit}: {differing[0]} differs from the file that was sent; no tag was set"
                raise StandpointError(message, "publish again")
            api.create_tag(target.repo, repo_type=DATASET, tag=tag, revision=commit)
    counts = {"files of the version": plan.files, "files sent": len(plan.added), "files deleted": len(plan.deleted)}
    return plan, Counter(counts)


def _publishable_version(project: Project | None, folder: Path, reporter: Reporter) -> str:
    """The version of a release; StandpointError if it is damaged or yanked, or if a check forbids its publication.

    Only the project knows what is yanked, and the names of its annotators. It may be another one than that of the release.
    """
    version = released_version(folder)
    if version is None or not (folder / SUMS).is_file():
        raise StandpointError(f"{folder}: not a release", "run: standpoint build")
    if wrong := damaged(folder) + sorted(set(files_of(folder)) - set(listed(folder))):
        raise StandpointError(f"{folder}: {wrong[0]} differs from {SUMS}", "run: standpoint build")
    if project is None:
        message = "outside of its project: not checked for the names of annotators, nor whether the version is yanked"
        reporter.report(Issue(str(folder), "PUBLISH-NO-PROJECT", message, "note"))
    row = find_row(read_history(project.versions), version) if project else None
    if row and row.yanked and row.content == content_hash(folder):
        raise StandpointError(f"{version} is yanked: {row.yanked}", "release a version that fixes it")
    facts = inspect(folder)
    assert facts is not None  # it has SHA256SUMS
    accounts = load_people(project.people) if project else {}
    codes = {f"RELEASE-{code}" for code in PUBLISHING_CHECKS}
    issues = [issue for issue in check_release(ReleaseFacts(facts, Corpus(), "", accounts)) if issue.code in codes]
    for issue in issues:
        reporter.report(issue)
    if issues:
        message = f"{folder}: {len(issues)} findings must not be published"
        raise StandpointError(message, "fix the findings that are reported above, and run: standpoint build")
    return version


def _read_refs(api: HfApi, repo: str) -> GitRefs | None:
    """The branches and tags of a repository; None if there is no such repository yet."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        return api.list_repo_refs(repo, repo_type=DATASET)
    except RepositoryNotFoundError:
        return None


def _plan(folder: Path, tag: str, api: HfApi, repo: str, tags: Mapping[str, str], head: str | None) -> PublicationPlan:
    names = [*files_of(folder), SUMS]
    if tag in tags:
        if differing := _differing_files(folder, _remote_files(api, repo, tags[tag])):
            message = f"{repo}: {tag} is published already, with other files (such as {differing[0]})"
            raise StandpointError(message, "a published version is never changed: give this release a new version")
        return PublicationPlan(PRESENT, tag, len(names))
    if newer := [name for name in tags if is_version(name) and parse_version(name) > parse_version(tag)]:
        raise StandpointError(f"{repo}: {newer[0]} is published, and is newer than {tag}", "publish versions in their order")
    remote = _remote_files(api, repo, head)
    differing = _differing_files(folder, remote)
    if head and not differing:
        return PublicationPlan(TAGGED, tag, len(names))
    added = tuple(sorted(set(differing) & set(names)))
    return PublicationPlan(PUBLISHED, tag, len(names), added, tuple(sorted(set(remote) - set(names))))


def _upload_commit(api: HfApi, folder: Path, repo: str, plan: PublicationPlan, head: str | None, reporter: Reporter) -> str:
    """Upload the files that differ, one by one, and commit all of them on top of ``head``; the id of the commit."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    additions = [CommitOperationAdd(name, folder / name) for name in plan.added]
    for number, addition in enumerate(additions):
        reporter.progress("files uploaded", number, len(additions))
        api.preupload_lfs_files(repo, [addition], repo_type=DATASET, free_memory=False)
    deletions = [CommitOperationDelete(name) for name in plan.deleted]
    message = f"Release {plan.tag}"
    commit = api.create_commit(repo, [*additions, *deletions], commit_message=message, repo_type=DATASET, parent_commit=head)
    reporter.progress("files uploaded", len(additions), len(additions))
    return commit.oid


def _remote_files(api: HfApi, repo: str, revision: str | None) -> dict[str, str]:
    """The hash of each file of a commit by name: the sha256 of a file in large file storage, git's sha1 of any other."""
    from huggingface_hub.hf_api import RepoFile

    tree = api.list_repo_tree(repo, recursive=True, revision=revision, repo_type=DATASET) if revision else ()
    files = (item for item in tree if isinstance(item, RepoFile) and item.path != ATTRIBUTES)
    return {item.path: item.lfs.sha256 if item.lfs else item.blob_id for item in files}


def _differing_files(folder: Path, remote: Mapping[str, str]) -> list[str]:
    """The names of the files that only the folder or only the Hub has, or whose bytes differ."""
    local = {*files_of(folder), SUMS}
    changed = {name for name in local & set(remote) if remote[name] != _hash_like(folder / name, remote[name])}
    return sorted(changed | local ^ set(remote))


def _hash_like(path: Path, known: str) -> str:
    """The hash of a file, of the same kind as ``known``: a sha256, or the sha1 by which git names a file's content."""
    if len(known) == SHA256_DIGITS:
        return file_hash(path)
    content = path.read_bytes()  # not a large file: those are in large file storage
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


@contextmanager
def _connect(target: HubTarget) -> Iterator[HfApi]:
    """The Hub's client without progress bars. Its errors become StandpointErrors whose messages never show the token."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, HTTPError, LocalTokenNotFoundError

    try:
        with hidden_progress_bars("huggingface_hub"):
            yield HfApi(token=target.token or None)
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        message = f"{target.repo}: the Hub answers {status or ''} {error.server_message or error}"
        raise StandpointError(_without_token(message, target), STATUS_HINTS.get(status, "try again later")) from None
    except (HTTPError, RuntimeError) as error:  # an upload that was cut off raises a RuntimeError
        message = f"the Hub cannot be reached: {error}"
        raise StandpointError(_without_token(message, target), "check HF_ENDPOINT and the network") from None
    except (HFValidationError, LocalTokenNotFoundError) as error:
        raise StandpointError(_without_token(f"{target.repo}: {error}", target), "the repository is owner/name") from None


def _without_token(message: str, target: HubTarget) -> str:
    line = " ".join(message.split())
    return line.replace(target.token, "…") if target.token else line
