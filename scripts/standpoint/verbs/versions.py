"""Versions: diff, an old one built again, yank."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from standpoint.jsonlines import written_whole
from standpoint.model import StandpointError
from standpoint.project import Project
from standpoint.publish.content import content_hash
from standpoint.publish.swap import replace_folder, same_files, workspace
from standpoint.publish.versions.changelog import yanked
from standpoint.publish.versions.changes import Change
from standpoint.publish.versions.compare import compare
from standpoint.publish.versions.history import find_row, read_history, write_history
from standpoint.publish.versions.history import yank as yank_row
from standpoint.publish.versions.repository import Repository, repository
from standpoint.publish.versions.where import Ours, Version, commit_of, opened
from standpoint.verbs.release import build_whole
from standpoint.verbs.tell import Teller

SAME_BYTES, SAME_CONTENT = "the same bytes", "the same content; another version of pyarrow or datasets wrote other bytes"


class Difference(NamedTuple):
    """Two versions and the changes from the one to the other, to be run through once."""

    before: Version
    after: Version
    changes: Iterator[Change]


@contextmanager
def diff(project: Project, one: str, other: str) -> Iterator[Difference]:
    """Compare two versions, each a folder, a version, tag or commit, or owner/name@revision."""
    ours = versions_of(project)
    with opened(one, ours) as before, opened(other, ours) as after:
        yield Difference(before, after, compare(before.folder, after.folder))


def versions_of(project: Project) -> Ours:
    """What is known of the project's own versions."""
    return Ours(repository_of(project), read_history(project.versions), project.release.relative_to(project.root).as_posix())


def repository_of(project: Project) -> Repository | None:
    """The git repository around the project; None where there is none."""
    try:
        return repository(project.root)
    except StandpointError:
        return None


def build_at(project: Project, version: str, out: Path | None, tell: Teller) -> tuple[Path, str]:
    """Build an old version again from its commit, by the code of that commit; where it is, and how it compares.

    StandpointError, with nothing left behind, where it is not the content that was released.
    """
    ours = versions_of(project)
    commit = commit_of(version, ours)
    out = out or project.rebuilt / version
    with workspace(out) as beside:
        ours.repository.take_out(commit, beside / "tree")
        old = Project(beside / "tree" / ours.repository.prefix)
        released = beside / "released"
        if old.release.is_dir():
            old.release.rename(released)
        link_local(project, old)
        _build_with_its_code(old, tell)
        how = _compared(version, old.release, released, ours)
        replace_folder(out, old.release)
    return out, how


def link_local(project: Project, copy: Project) -> None:
    """Lend a copy of the project what is never committed: withheld texts, and who is behind a pseudonym."""
    copy.local.mkdir(exist_ok=True)
    for mine, theirs in ((project.withheld, copy.withheld), (project.people, copy.people)):
        if mine.exists():
            theirs.symlink_to(mine.resolve())


def _build_with_its_code(old: Project, tell: Teller) -> None:
    """Build in a checkout: by the code that it has, as that may write other tables than ours; by ours where it has none."""
    if not (old.code / "standpoint" / "cli").is_dir():
        build_whole(old, None, tell)
        return
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(old.code), os.environ.get("PYTHONPATH"))))}
    words = [sys.executable, "-c", "from standpoint.cli import main; main()", "--project", str(old.root), "build"]
    done = subprocess.run(words, cwd=old.root, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        said = next((line for line in lines if line.startswith("error:")), lines[-1])
        raise StandpointError(f"the code of that version does not build it here: {said}", "install what it was built with")


def _compared(version: str, built: Path, released: Path, ours: Ours) -> str:
    """How what was built compares with what was released."""
    if released.is_dir() and same_files(released, built):
        return SAME_BYTES
    row, content = find_row(ours.history, version), content_hash(built)
    if released.is_dir() or row:
        known = row.content if row else content_hash(released)
        if content != known:
            message = f"{version}: what is built has content {content[:12]}…, what was released has {known[:12]}…"
            raise StandpointError(message, "withheld texts must be in the local store: ingest them here first")
    return SAME_CONTENT


def yank(project: Project, version: str, reason: str) -> None:
    """Say in the history and in the changelog that a version should not be used any more, and why; no reason takes it back."""
    rows = yank_row(read_history(project.versions), version, reason)
    text = project.release_changelog.read_text(encoding="utf-8") if project.release_changelog.exists() else ""
    with written_whole(project.release_changelog) as file:
        file.write(yanked(text, version, " ".join(reason.split())).encode())
    write_history(project.versions, rows)
