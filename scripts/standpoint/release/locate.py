"""The release of a version: in a folder, in a commit, or on the Hugging Face Hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from standpoint.core.files import read_text
from standpoint.core.history import find_row, read_history, release_date
from standpoint.core.model import Reporter, StandpointError
from standpoint.core.project import Project, is_version, parse_version
from standpoint.core.repository import Repository, find_repository
from standpoint.dataset.card import released_version
from standpoint.dataset.find_release import ON_HUB, find_release
from standpoint.dataset.schema import DOCUMENTS


def not_a_release(name: str) -> StandpointError:
    """The error for a folder without documents."""
    return StandpointError(f"{name}: not a release (it has no {DOCUMENTS}/)", "name a folder that `standpoint build` made")


class LocatedRelease(NamedTuple):
    """A release on disk: the name it was located by, its folder, and its version and date, "" and None if not known."""

    name: str
    folder: Path
    number: str
    date: str | None


def needs_repository(name: str) -> bool:
    """Whether a version is looked up in the project's repository: it is neither a folder nor a revision on the Hub.

    owner/name without a revision may be a branch of the repository, and is one.
    """
    return not os.path.isdir(name) and not ("@" in name and ON_HUB.fullmatch(name))


@contextmanager
def locate_release(name: str, project: Project | None, reporter: Reporter | None = None) -> Iterator[LocatedRelease]:
    """The release that a name denotes, on disk for as long as the block lasts; StandpointError if there is none.

    ``name`` is a folder, owner/name@revision, a version, or any tag or commit of the project's repository. ``project`` may be
    None unless the name ``needs_repository``.
    """
    if not needs_repository(name) or project is None and ON_HUB.fullmatch(name):
        yield _describe_release(name, find_release(name, reporter))
    else:
        repository, commit = find_version_commit(name, project)
        release = project.release.relative_to(project.root).as_posix() if project else ""
        if not repository.git("ls-tree", commit, f"{repository.prefix}{release}"):
            raise StandpointError(f"{name}: commit {commit[:8]} has no {release}", "name a commit that has a release")
        with TemporaryDirectory(prefix="standpoint-version-") as folder:
            repository.extract(commit, Path(folder), release)
            yield _describe_release(name, Path(folder) / repository.prefix / release)


def find_version_commit(name: str, project: Project | None) -> tuple[Repository, str]:
    """The project's repository, and the commit of a version in it; StandpointError if there is none.

    A released version is found by its tag or, in a clone without tags, by the history; any other name by git.
    """
    repository = find_repository(project) if project else None
    if project is None or repository is None:
        message = f"{name}: no such folder, and no project in a git repository is here to look the version up in"
        raise StandpointError(message, "name a folder, or owner/name@revision")
    history = read_history(project.versions)
    row = find_row(history, name)
    tagged = repository.find_tag(parse_version(name).tag) if is_version(name) else None
    if row and tagged and row.commit != tagged:
        message = f"{name}: its tag names commit {tagged[:8]}, dataset/versions.tsv names {row.commit[:8]}"
        raise StandpointError(message, "a released version is never moved: restore the tag")
    commit = tagged or repository.find_commit(row.commit if row else name)
    if commit is None:
        known = ", ".join(row.version for row in history) or "none"
        hint = f"released versions: {known}; or name a folder, or owner/name@revision"
        raise StandpointError(f"{name}: no such version", "fetch its commit: git fetch --unshallow --tags" if row else hint)
    return repository, commit


def _describe_release(name: str, folder: Path) -> LocatedRelease:
    if not (folder / DOCUMENTS).is_dir():
        raise not_a_release(name)
    number = released_version(folder) or ""
    changelog = folder / "CHANGELOG.md"
    date = release_date(read_text(changelog), number) if changelog.is_file() else None
    return LocatedRelease(name, folder, number, date)
