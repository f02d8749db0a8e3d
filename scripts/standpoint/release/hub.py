"""A release on the Hugging Face Hub: one commit and one tag per version; a published version never changes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars, httpx

from standpoint.checks.case import Corpus
from standpoint.checks.release import ReleaseFacts
from standpoint.checks.walk import check_release
from standpoint.core.files import SUMS, files_of
from standpoint.core.model import StandpointError
from standpoint.core.paths import Project
from standpoint.core.reporter import Reporter
from standpoint.dataset.card import released_version
from standpoint.dataset.release_folder import damaged, file_hash, inspect, listed
from standpoint.release.versions import read_history, refuse_yanked

DATASET, ATTRIBUTES = "dataset", ".gitattributes"  # the Hub's own file, which no release has
SHA256 = 64  # hexadecimal digits
PUBLISHED, TAGGED, THERE = "published", "tagged", "already there"
Progress = Callable[[str, int, int | None], None]


class Target(NamedTuple):
    """Where to: ``repo`` is owner/name; without a ``token``, the one that ``hf auth login`` keeps, or HF_TOKEN."""

    repo: str
    token: str | None = None
    private: bool = False


class Step(NamedTuple):
    """What there is to do for a version: ``what`` is published, tagged (its commit is there) or already there."""

    what: str
    tag: str
    files: int
    added: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


class Remote(NamedTuple):
    """What a repository has: its tags, its newest commit, and the files of that; ``exists`` is false where it is not there."""

    exists: bool
    tags: Mapping[str, str] = {}
    head: str | None = None
    files: Mapping[str, str] = {}


def sound(folder: Path) -> str:
    """The version of a release on disk; StandpointError where it is none, or not whole."""
    version = released_version(folder)
    if version is None or not (folder / SUMS).is_file():
        raise StandpointError(f"{folder}: is no release", "run: standpoint build")
    wrong = damaged(folder) + sorted(set(files_of(folder)) - set(listed(folder)))
    if wrong:
        raise StandpointError(f"{folder}: {wrong[0]} is not as {SUMS} says", "run: standpoint build")
    return version


def step(folder: Path, target: Target) -> Step:
    """What publishing would do; nothing is changed. StandpointError where it cannot be done."""
    with _asking(target) as api:
        return _step(folder, target, _remote(api, target.repo), api)


def upload_release(folder: Path, target: Target, progress: Progress) -> Step:
    """Publish a release: what was done. Killed at any point, and begun again, it comes to the same."""
    with _asking(target) as api:
        found = _remote(api, target.repo)
        if not found.exists:
            sound(folder)
            api.create_repo(target.repo, repo_type=DATASET, private=target.private, exist_ok=True)
            found = _remote(api, target.repo)
        doing, commit = _step(folder, target, found, api), found.head
        if doing.what == PUBLISHED:
            commit = _commit(api, folder, target.repo, doing, found.head, progress)
        if doing.what == THERE:
            return doing
        _same(folder, _files(api, target.repo, commit), f"{target.repo} at {commit}")
        api.create_tag(target.repo, repo_type=DATASET, tag=doing.tag, revision=commit)
        return doing


def _step(folder: Path, target: Target, remote: Remote, api: HfApi) -> Step:
    version = sound(folder)
    tag, names = f"v{version}", [*files_of(folder), SUMS]
    if tag in remote.tags:
        there = _files(api, target.repo, remote.tags[tag])
        if _differing(folder, there):
            message = f"{target.repo}: {tag} is there, with other files (such as {_differing(folder, there)[0]})"
            raise StandpointError(message, "a published version is never changed: give this one a new version")
        return Step(THERE, tag, len(names))
    newer = [name for name in remote.tags if _numbers(name) > _numbers(tag)]
    if newer:
        raise StandpointError(f"{target.repo}: {newer[0]} is there, which is newer than {tag}", "publish versions in their order")
    differing = _differing(folder, remote.files)
    if remote.head and not differing:
        return Step(TAGGED, tag, len(names))
    deleted = tuple(sorted(set(remote.files) - set(names)))
    return Step(PUBLISHED, tag, len(names), tuple(sorted(set(differing) & set(names))), deleted)


def _commit(api: HfApi, folder: Path, repo: str, doing: Step, head: str | None, progress: Progress) -> str:
    """Upload the files that differ, one by one, and commit them all at once on top of ``head``; the commit's id."""
    additions = [CommitOperationAdd(name, folder / name) for name in doing.added]
    for number, addition in enumerate(additions):
        progress("files uploaded", number, len(additions))
        api.preupload_lfs_files(repo, [addition], repo_type=DATASET, free_memory=False)
    operations = [*additions, *(CommitOperationDelete(name) for name in doing.deleted)]
    made = api.create_commit(repo, operations, commit_message=f"Release {doing.tag}", repo_type=DATASET, parent_commit=head)
    progress("files uploaded", len(additions), len(additions))
    return made.oid


def _remote(api: HfApi, repo: str) -> Remote:
    try:
        refs = api.list_repo_refs(repo, repo_type=DATASET)
    except RepositoryNotFoundError:
        return Remote(False)
    tags = {ref.name: ref.target_commit for ref in refs.tags}
    head = next((ref.target_commit for ref in refs.branches if ref.name == "main"), None)
    return Remote(True, tags, head, _files(api, repo, head) if head else {})


def _files(api: HfApi, repo: str, revision: str) -> dict[str, str]:
    """The files of a commit by name: the sha256 of those in large file storage, of the others git's sha1 of a blob."""
    tree = api.list_repo_tree(repo, recursive=True, revision=revision, repo_type=DATASET)
    files = (item for item in tree if isinstance(item, RepoFile) and item.path != ATTRIBUTES)
    return {item.path: item.lfs.sha256 if item.lfs else item.blob_id for item in files}


def _differing(folder: Path, there: Mapping[str, str]) -> list[str]:
    """The names of files that only one side has, or that are not the same bytes."""
    here = {*files_of(folder), SUMS}
    changed = {name for name in here & set(there) if there[name] != _hash(folder / name, there[name])}
    return sorted(changed | here ^ set(there))


def _same(folder: Path, there: Mapping[str, str], where: str) -> None:
    """StandpointError unless the server has these very bytes, and no other file."""
    if wrong := _differing(folder, there):
        raise StandpointError(f"{where}: {wrong[0]} is not what was sent; no tag was set", "publish again")


def _hash(path: Path, as_in: str) -> str:
    """The hash of a file, of the kind that another is: a sha256, or the sha1 that git calls a file of its content by."""
    if len(as_in) == SHA256:
        return file_hash(path)
    found = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while part := file.read(2**20):
            found.update(part)
    return found.hexdigest()


def _numbers(tag: str) -> tuple[int, ...]:
    """A tag's version as numbers; of a tag that is no version, nothing."""
    parts = tag.removeprefix("v").split(".")
    return tuple(map(int, parts)) if tag.startswith("v") and all(part.isdecimal() for part in parts) else ()


@contextmanager
def _asking(target: Target) -> Iterator[HfApi]:
    """The Hub's client, silent; whatever the Hub refuses becomes a StandpointError, in which no token stands."""
    silent = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield HfApi(token=target.token or None)
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else ""
        raise StandpointError(
            _without_token(f"{target.repo}: the Hub says {status} {error.server_message or error}", target), _hint(status)
        ) from None
    except (httpx.HTTPError, RuntimeError) as error:  # a RuntimeError: an upload that broke off
        raise StandpointError(
            _without_token(f"the Hub cannot be reached: {error}", target), "look at HF_ENDPOINT and the network"
        ) from None
    except (HFValidationError, LocalTokenNotFoundError) as error:
        raise StandpointError(_without_token(f"{target.repo}: {error}", target), "the repository is owner/name") from None
    finally:
        if not silent:
            enable_progress_bars()


def _hint(status: object) -> str:
    """What to do about a refusal."""
    if status in (401, 403, 404):
        return "give a token that may write there: --token, HF_TOKEN, or hf auth login"
    return "somebody else published meanwhile: look, and publish again" if status in (409, 412) else "try again later"


def _without_token(message: str, target: Target) -> str:
    line = " ".join(message.split())
    return line.replace(target.token, "…") if target.token else line


# The checks that need no more than the release itself: an older version can be published too.
CODES = ("SUMS", "UNLISTED", "TABLE", "QUOTE", "LICENCE", "MAIL", "NAME")


def publish_release(
    project: Project, target: Target, folder: Path | None, dry_run: bool, reporter: Reporter
) -> tuple[Step, Counter]:
    """Publish the project's release, or the one in ``folder``; ``dry_run``: only look. What was, or would be, done."""
    folder = folder or project.release
    refuse_yanked(read_history(project.versions), sound(folder))
    _check(project, folder, reporter)
    done = step(folder, target) if dry_run else upload_release(folder, target, reporter.progress)
    return done, Counter({"files of the version": done.files, "files sent": len(done.added), "files deleted": len(done.deleted)})


def _check(project: Project, folder: Path, reporter: Reporter) -> None:
    """StandpointError where the release tells what it may not, or is not whole; all that is wrong is told before."""
    people = project.people
    accounts = json.loads(people.read_text(encoding="utf-8")) if people.is_file() else ()
    release = ReleaseFacts(inspect(folder), Corpus(), "", accounts)
    wrong = [issue for issue in check_release(release) if issue.code in {f"RELEASE-{code}" for code in CODES}]
    for issue in wrong:
        reporter.report(issue)
    if wrong:
        raise StandpointError(f"{folder}: {len(wrong)} things in it must not be published", "fix them, and run: standpoint build")
