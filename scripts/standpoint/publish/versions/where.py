"""Where a version is: a folder, a version or commit of the project's own repository, or a revision on the Hugging Face Hub."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from huggingface_hub.utils import httpx

from standpoint.model import StandpointError
from standpoint.publish.content import SUMS
from standpoint.publish.front import released_version
from standpoint.publish.shape import DOCUMENTS
from standpoint.publish.versions.changelog import date_of
from standpoint.publish.versions.history import Row, find_row
from standpoint.publish.versions.numbers import is_number, read_number
from standpoint.publish.versions.repository import Repository

ON_THE_HUB = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)@(?P<revision>[^@]+)", re.ASCII)
READ = ("*/*.parquet", "*.yaml", "*.md", SUMS)  # what of a revision is compared


class Ours(NamedTuple):
    """The project's repository (None where it is in none), its history, and the path of its release."""

    repository: Repository | None
    history: Sequence[Row]
    release: str


class Version(NamedTuple):
    """A release on disk: how it was asked for, its folder, its number, and the day of its release, where they are known."""

    name: str
    folder: Path
    number: str
    when: str | None


@contextmanager
def opened(name: str, ours: Ours) -> Iterator[Version]:
    """The release of a version, for as long as the block lasts; StandpointError where there is none."""
    if Path(name).is_dir():
        yield _version(name, Path(name))
    elif found := ON_THE_HUB.fullmatch(name):
        yield _version(name, fetched(found["repo"], found["revision"]))
    else:
        commit = commit_of(name, ours)
        if not ours.repository.has(commit, ours.release):
            raise StandpointError(f"{name}: commit {commit[:8]} has no {ours.release}", "name a commit that has a release")
        with TemporaryDirectory(prefix="standpoint-version-") as folder:
            ours.repository.take_out(commit, Path(folder), ours.release)
            yield _version(name, Path(folder) / ours.repository.prefix / ours.release)


def commit_of(name: str, ours: Ours) -> str:
    """The commit of a version: by its tag or, where a clone has no tags, by the history; else any commit that git knows."""
    if ours.repository is None:
        raise StandpointError(f"{name}: is no folder, and the project is in no git repository", "name two folders")
    row = find_row(ours.history, name)
    tagged = ours.repository.tagged(read_number(name).tag) if is_number(name) else None
    if row and tagged and row.commit != tagged:
        message = f"{name}: its tag names commit {tagged[:8]}, dataset/versions.tsv {row.commit[:8]}"
        raise StandpointError(message, "a released version is never moved: put the tag back")
    commit = tagged or ours.repository.commit_of(row.commit if row else name)
    if commit is None:
        known = ", ".join(one.version for one in ours.history) or "none"
        hint = (
            "fetch its commit: git fetch --unshallow --tags"
            if row
            else f"released versions: {known}; or a folder, or owner/name@revision"
        )
        raise StandpointError(f"{name}: no such version", hint)
    return commit


def fetched(repo: str, revision: str) -> Path:
    """A revision's files from the Hub that HF_ENDPOINT names, in the cache; StandpointError where it is not to be had."""
    try:
        where = {"repo_type": "dataset", "revision": revision, "allow_patterns": list(READ)}
        return Path(snapshot_download(repo, endpoint=os.environ.get("HF_ENDPOINT"), **where))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, httpx.HTTPError, OSError) as error:
        said = " ".join(str(error).split())
        raise StandpointError(f"{repo}@{revision}: {said}", "look at its name, HF_ENDPOINT and HF_TOKEN") from None


def _version(name: str, folder: Path) -> Version:
    if not (folder / DOCUMENTS).is_dir():
        raise StandpointError(f"{name}: is no release (it has no {DOCUMENTS}/)", "name a folder that `standpoint build` made")
    number = released_version(folder) or ""
    changelog = folder / "CHANGELOG.md"
    when = date_of(changelog.read_text(encoding="utf-8"), number) if changelog.is_file() else None
    return Version(name, folder, number, when)
