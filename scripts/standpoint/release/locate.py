"""Locate the release of a version: in a folder, in a commit of the project's repository, or on the Hugging Face Hub."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from standpoint.core.files import SUMS
from standpoint.core.model import StandpointError
from standpoint.core.paths import Project
from standpoint.core.version import is_version, parse_version
from standpoint.dataset.card import released_version
from standpoint.dataset.schema import DOCUMENTS
from standpoint.release.article_records import not_a_release
from standpoint.release.changelog import release_date
from standpoint.release.repository import Repository, find_repository
from standpoint.release.versions import HistoryRow, find_row, read_history

HUB_REVISION = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)@(?P<revision>[^@]+)", re.ASCII)
COMPARED_FILES = ["*/*.parquet", "*.yaml", "*.md", SUMS]  # the files of a revision that are fetched


class ProjectVersions(NamedTuple):
    """The project's repository (None if it is in none), its released versions, and the path of its release in it."""

    repository: Repository | None
    history: Sequence[HistoryRow]
    release: str


class LocatedRelease(NamedTuple):
    """A release on disk: the name that was asked for, its folder, and its version number and date, as far as they are known."""

    name: str
    folder: Path
    number: str
    date: str | None


def project_versions(project: Project) -> ProjectVersions:
    """The repository and the released versions of a project."""
    release = project.release.relative_to(project.root).as_posix()
    return ProjectVersions(find_repository(project), read_history(project.versions), release)


def needs_repository(name: str) -> bool:
    """Whether a version is looked up in the project's repository: it is neither a folder nor a revision on the Hub."""
    return not Path(name).is_dir() and not HUB_REVISION.fullmatch(name)


@contextmanager
def locate_release(name: str, versions: ProjectVersions) -> Iterator[LocatedRelease]:
    """The release of a version, on disk for as long as the block lasts; StandpointError if there is none.

    ``name`` is a folder, owner/name@revision, a version, or any tag or commit of the project's repository.
    """
    if Path(name).is_dir():
        yield _describe_release(name, Path(name))
    elif match := HUB_REVISION.fullmatch(name):
        yield _describe_release(name, fetch_revision(match["repo"], match["revision"]))
    else:
        repository, commit = find_version_commit(name, versions)
        if not repository.has_path(commit, versions.release):
            raise StandpointError(f"{name}: commit {commit[:8]} has no {versions.release}", "name a commit that has a release")
        with TemporaryDirectory(prefix="standpoint-version-") as folder:
            repository.extract(commit, Path(folder), versions.release)
            yield _describe_release(name, Path(folder) / repository.prefix / versions.release)


def find_version_commit(name: str, versions: ProjectVersions) -> tuple[Repository, str]:
    """The repository, and the commit of a version in it; StandpointError if there is none.

    A released version is found by its tag or, in a clone without tags, by the history. Any other name is one that git knows.
    """
    repository = versions.repository
    if repository is None:
        raise StandpointError(f"{name}: not a folder, and the project is in no git repository", "name two folders")
    row = find_row(versions.history, name)
    tagged = repository.find_tag(parse_version(name).tag) if is_version(name) else None
    if row and tagged and row.commit != tagged:
        message = f"{name}: its tag names commit {tagged[:8]}, dataset/versions.tsv names {row.commit[:8]}"
        raise StandpointError(message, "a released version is never moved: restore the tag")
    commit = tagged or repository.find_commit(row.commit if row else name)
    if commit is None:
        known = ", ".join(row.version for row in versions.history) or "none"
        hint = f"released versions: {known}; or name a folder, or owner/name@revision"
        raise StandpointError(f"{name}: no such version", "fetch its commit: git fetch --unshallow --tags" if row else hint)
    return repository, commit


def fetch_revision(repo: str, revision: str) -> Path:
    """Download a revision from the Hub that HF_ENDPOINT names, into the cache; StandpointError if that fails."""
    # Late, because it takes half a second. The HTTP library is httpx in huggingface_hub 1 and httpx2 in 2: only its own
    # re-export is the one whose errors it raises.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    from huggingface_hub.utils import httpx

    endpoint = os.environ.get("HF_ENDPOINT")
    try:
        folder = snapshot_download(repo, endpoint=endpoint, repo_type="dataset", revision=revision, allow_patterns=COMPARED_FILES)
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, httpx.HTTPError, OSError) as error:
        message = " ".join(str(error).split())
        raise StandpointError(f"{repo}@{revision}: {message}", "check the name, HF_ENDPOINT and HF_TOKEN") from None
    return Path(folder)


def _describe_release(name: str, folder: Path) -> LocatedRelease:
    if not (folder / DOCUMENTS).is_dir():
        raise not_a_release(name)
    number = released_version(folder) or ""
    changelog = folder / "CHANGELOG.md"
    date = release_date(changelog.read_text(encoding="utf-8"), number) if changelog.is_file() else None
    return LocatedRelease(name, folder, number, date)
