"""The project's git repository, and the release of a version: in a folder, in a commit, or on the Hugging Face Hub."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from standpoint.core.files import SUMS, read_text
from standpoint.core.model import StandpointError
from standpoint.core.project import Project, is_version, parse_version
from standpoint.dataset.card import released_version
from standpoint.dataset.schema import DOCUMENTS
from standpoint.release.versions import find_row, read_history, release_date

# Names of files are UTF-8, and files have the bytes of the commit: on Windows, git would write other line ends.
SETTINGS = ("core.quotePath=false", "core.autocrlf=false", "core.eol=lf")
# Git sets these for its hooks. In a hook of another repository, they would direct our commands to that repository.
HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
EXCLUDE_LOCAL = ":(exclude,top,glob)**/.standpoint/**"  # files that are never committed


class Repository(NamedTuple):
    """A git repository, and the path of the project in it ("" or ``sub/folder/``)."""

    top: Path
    prefix: str

    def git(self, *words: str, at: Path | None = None) -> str:
        """The output of a git command; StandpointError with git's own message if it fails."""
        result = _run_git(at or self.top, *words)
        if result.returncode:
            lines = (result.stderr.strip() or result.stdout.strip()).splitlines()
            raise StandpointError(f"git {words[0]}: {lines[-1] if lines else result.returncode}", "run: git status")
        return result.stdout.rstrip("\n")

    def find_commit(self, name: str) -> str | None:
        """The full id of the commit that a tag, branch or id names; None if there is none."""
        result = _run_git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return result.stdout.strip() if result.returncode == 0 else None

    def find_tag(self, tag: str) -> str | None:
        """The commit of a tag; None if there is no such tag."""
        return self.find_commit(f"refs/tags/{tag}")

    def uncommitted(self, at: Path | None = None) -> list[str]:
        """The uncommitted paths of the project, changed or new, in the repository or in the worktree ``at``."""
        words = ("status", "--porcelain", "--untracked-files=all", "--", f"./{self.prefix}", EXCLUDE_LOCAL)
        return [line[3:] for line in self.git(*words, at=at).splitlines()]

    def extract(self, commit: str, out: Path, *paths: str) -> None:
        """Write the project's files of a commit, or some of them, under ``out``; the checkout is not touched."""
        wanted = [f"{self.prefix}{path}" for path in paths] or ([self.prefix.rstrip("/")] if self.prefix else [])
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out) as folder:
            archive = Path(folder) / "archive.tar"
            self.git("archive", f"--output={archive}", "--format=tar", commit, "--", *wanted)
            with tarfile.open(archive) as packed:
                packed.extractall(out, filter="data")

    @contextmanager
    def worktree(self, folder: Path) -> Iterator[Path]:
        """The committed project in a new worktree in ``folder``. A commit there moves no branch."""
        self.git("worktree", "add", "--quiet", "--detach", str(folder), "HEAD")
        try:
            yield folder / self.prefix
        finally:
            _run_git(self.top, "worktree", "remove", "--force", str(folder))

    def commit(self, tree: Path, message: str, *paths: str) -> str:
        """Commit paths of a worktree; the id of the new commit."""
        self.git("add", "--force", "--all", "--", *paths, at=tree)
        self.git("commit", "--quiet", "--no-verify", "--message", message, at=tree)
        return self.git("rev-parse", "HEAD", at=tree)

    def tag(self, name: str, commit: str) -> None:
        self.git("tag", "--annotate", "--message", f"Release {name}", name, commit)


def find_repository(project: Project) -> Repository | None:
    """The git repository that the project is in; None if there is none."""
    top, prefix = (_run_git(project.root, "rev-parse", option) for option in ("--show-toplevel", "--show-prefix"))
    return None if top.returncode else Repository(Path(top.stdout.rstrip("\n")), prefix.stdout.rstrip("\n"))


def _run_git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in HOOK_VARIABLES}
    try:
        return subprocess.run(
            ["git", *(word for setting in SETTINGS for word in ("-c", setting)), *words],
            cwd=folder,
            env=environment | {"LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except FileNotFoundError:
        raise StandpointError("git is not installed", "install git") from None


def not_a_release(name: str) -> StandpointError:
    """The error for a folder without documents."""
    return StandpointError(f"{name}: not a release (it has no {DOCUMENTS}/)", "name a folder that `standpoint build` made")


HUB_REVISION = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)@(?P<revision>[^@]+)", re.ASCII)
COMPARED_FILES = ["*/*.parquet", "*.yaml", "*.md", SUMS]  # the files of a revision that are fetched


class LocatedRelease(NamedTuple):
    """A release on disk: the name it was located by, its folder, and its version and date, "" and None if not known."""

    name: str
    folder: Path
    number: str
    date: str | None


def needs_repository(name: str) -> bool:
    """Whether a version is looked up in the project's repository: it is neither a folder nor a revision on the Hub."""
    return not Path(name).is_dir() and not HUB_REVISION.fullmatch(name)


@contextmanager
def locate_release(name: str, project: Project | None) -> Iterator[LocatedRelease]:
    """The release that a name denotes, on disk for as long as the block lasts; StandpointError if there is none.

    ``name`` is a folder, owner/name@revision, a version, or any tag or commit of the project's repository. ``project`` may be
    None unless the name ``needs_repository``.
    """
    if Path(name).is_dir():
        yield _describe_release(name, Path(name))
    elif match := HUB_REVISION.fullmatch(name):
        yield _describe_release(name, fetch_revision(match["repo"], match["revision"]))
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
        raise StandpointError(f"{name}: not a folder, and the project is in no git repository", "name two folders")
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


def fetch_revision(repo: str, revision: str) -> Path:
    """Download a revision from the Hub that HF_ENDPOINT names, into the cache; StandpointError if that fails."""
    # Imported here, because it takes half a second. HTTPError is that of the HTTP library: httpx, or httpx2 in version 2.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, HTTPError, LocalEntryNotFoundError

    endpoint = os.environ.get("HF_ENDPOINT")
    try:
        folder = snapshot_download(repo, endpoint=endpoint, repo_type="dataset", revision=revision, allow_patterns=COMPARED_FILES)
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, HTTPError, OSError) as error:
        message = " ".join(str(error).split())
        raise StandpointError(f"{repo}@{revision}: {message}", "check the name, HF_ENDPOINT and HF_TOKEN") from None
    return Path(folder)


def _describe_release(name: str, folder: Path) -> LocatedRelease:
    if not (folder / DOCUMENTS).is_dir():
        raise not_a_release(name)
    number = released_version(folder) or ""
    changelog = folder / "CHANGELOG.md"
    date = release_date(read_text(changelog), number) if changelog.is_file() else None
    return LocatedRelease(name, folder, number, date)
