"""Where a version is: a folder, a commit of the project's repository, or a revision on the Hub."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from huggingface_hub.utils import httpx

from standpoint.core.files import SUMS, replace_folder, same_files, workspace, written_whole
from standpoint.core.model import StandpointError
from standpoint.core.paths import Project
from standpoint.core.reporter import Reporter
from standpoint.dataset.card import released_version
from standpoint.dataset.release_folder import content_hash
from standpoint.dataset.schema import DOCUMENTS
from standpoint.release.build import build_whole
from standpoint.release.changelog import date_of, yanked
from standpoint.release.changes import Change
from standpoint.release.compare import compare
from standpoint.release.versions import Row, find_row, is_number, mark_yanked, read_history, read_number, write_history

INSIDE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")  # what a hook of another repository would hand down
LOCAL = ":(exclude,top,glob)**/.standpoint/**"  # what is never committed


class Repository(NamedTuple):
    """A git repository, and where in it the project lies ("" or ``sub/folder/``)."""

    top: Path
    prefix: str

    def git(self, *words: str, at: Path | None = None) -> str:
        """What a git command says; StandpointError with git's own words where it fails."""
        done = _run(at or self.top, *words)
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise StandpointError(f"git {words[0]}: {said[-1] if said else done.returncode}", "look at it with git status")
        return done.stdout.rstrip("\n")

    def commit_of(self, name: str) -> str | None:
        """The whole id of the commit that a tag, branch or id names; None where there is none."""
        done = _run(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return done.stdout.strip() if done.returncode == 0 else None

    def tagged(self, tag: str) -> str | None:
        """The commit of a tag."""
        return self.commit_of(f"refs/tags/{tag}")

    def dirty(self, at: Path | None = None) -> list[str]:
        """What of the project is changed or new and not committed: paths, in a checkout or else in the repository itself."""
        lines = self.git("status", "--porcelain", "--untracked-files=all", "--", f"./{self.prefix}", LOCAL, at=at).splitlines()
        return [line[3:] for line in lines]

    def has(self, commit: str, path: str) -> bool:
        """Whether a commit has a file or folder; the path is the project's."""
        return _run(self.top, "cat-file", "-e", f"{commit}:{self.prefix}{path}").returncode == 0

    def take_out(self, commit: str, out: Path, *paths: str) -> None:
        """Write a commit's files (all of the project, or some paths) under ``out``, without touching the checkout."""
        wanted = [f"{self.prefix}{path}" for path in paths] or ([self.prefix.rstrip("/")] if self.prefix else [])
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out) as folder:
            archive = Path(folder) / "archive.tar"
            self.git("archive", f"--output={archive}", "--format=tar", commit, "--", *wanted)
            with tarfile.open(archive) as packed:
                packed.extractall(out, filter="data")

    @contextmanager
    def checkout(self, folder: Path) -> Iterator[Path]:
        """The project as it is committed, in a worktree in a new folder: what is committed there moves no branch."""
        self.git("worktree", "add", "--quiet", "--detach", str(folder), "HEAD")
        try:
            yield folder / self.prefix
        finally:
            _run(self.top, "worktree", "remove", "--force", str(folder))

    def commit(self, tree: Path, message: str, *paths: str) -> str:
        """Commit paths of a checkout; the new commit's id."""
        self.git("add", "--force", "--all", "--", *paths, at=tree)
        self.git("commit", "--quiet", "--no-verify", "--message", message, at=tree)
        return self.git("rev-parse", "HEAD", at=tree)


def repository(folder: Path) -> Repository:
    """The repository that a project lies in; StandpointError where it lies in none."""
    top, prefix = (_run(folder, "rev-parse", word) for word in ("--show-toplevel", "--show-prefix"))
    if top.returncode:
        raise StandpointError(f"{folder}: is in no git repository", "versions are commits: run git init, and commit")
    return Repository(Path(top.stdout.rstrip("\n")), prefix.stdout.rstrip("\n"))


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in INSIDE}
    try:
        return subprocess.run(
            ["git", "-c", "core.quotePath=false", *words],
            cwd=folder,
            env=environment | {"LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except FileNotFoundError:
        raise StandpointError("git is not installed", "install git") from None


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


SAME_BYTES, SAME_CONTENT = "the same bytes", "the same content; another version of pyarrow or datasets wrote other bytes"


class Difference(NamedTuple):
    """Two versions and the changes from the one to the other, to be run through once."""

    before: Version
    after: Version
    changes: Iterator[Change]


@contextmanager
def open_diff(project: Project, one: str, other: str) -> Iterator[Difference]:
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


def build_at(project: Project, version: str, out: Path | None, reporter: Reporter) -> tuple[Path, str]:
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
        _build_with_its_code(old, reporter)
        how = _compared(version, old.release, released, ours)
        replace_folder(out, old.release)
    return out, how


def link_local(project: Project, copy: Project) -> None:
    """Lend a copy of the project what is never committed: withheld texts, and who is behind a pseudonym."""
    copy.local.mkdir(exist_ok=True)
    for mine, theirs in ((project.withheld, copy.withheld), (project.people, copy.people)):
        if mine.exists():
            theirs.symlink_to(mine.resolve())


def _build_with_its_code(old: Project, reporter: Reporter) -> None:
    """Build in a checkout: by the code that it has, as that may write other tables than ours; by ours where it has none."""
    if not (old.code / "standpoint" / "cli").is_dir():
        build_whole(old, None, reporter)
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


def yank_version(project: Project, version: str, reason: str) -> None:
    """Say in the history and in the changelog that a version should not be used any more, and why; no reason takes it back."""
    rows = mark_yanked(read_history(project.versions), version, reason)
    text = project.release_changelog.read_text(encoding="utf-8") if project.release_changelog.exists() else ""
    with written_whole(project.release_changelog) as file:
        file.write(yanked(text, version, " ".join(reason.split())).encode())
    write_history(project.versions, rows)
