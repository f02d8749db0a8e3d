"""The git repository that a project is in."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from standpoint.core.model import StandpointError
from standpoint.core.project import Project

# Names of files are UTF-8, and files have the bytes of the commit: on Windows, git would write other line ends.
SETTINGS = ("core.quotePath=false", "core.autocrlf=false", "core.eol=lf")
# Git sets these for its hooks. In a hook of another repository, they would direct our commands to that repository.
HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
SILENT = {"LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}  # git status writes no index
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
        words = ("status", "--porcelain", "--no-renames", "--untracked-files=all", "-z", "--", f"./{self.prefix}", EXCLUDE_LOCAL)
        return [entry[3:] for entry in _names(self.git(*words, at=at))]

    def changed_since(self, commit: str) -> list[str]:
        """The paths of the project, below its folder, that have changed since a commit, and those that are not committed."""
        words = ("diff", "--name-only", "--no-renames", "-z", commit, "HEAD", "--", f"./{self.prefix}", EXCLUDE_LOCAL)
        return sorted({name.removeprefix(self.prefix) for name in (*_names(self.git(*words)), *self.uncommitted())})

    def tracked(self, project: Project) -> list[Path]:
        """The files of the project that are in the index."""
        return [project.root / name for name in _names(self.git("ls-files", "-z", at=project.root))]

    def tags(self) -> dict[str, str]:
        """The commit of each tag."""
        lines = self.git("for-each-ref", "--format=%(refname:strip=2) %(objectname) %(*objectname)", "refs/tags").splitlines()
        return {words[0]: words[-1] for words in map(str.split, lines)}

    def names(self, commit: str, folder: str) -> list[str]:
        """The paths of the files in a folder of the project in a commit, below the project's folder."""
        found = self.git("ls-tree", "-z", "--name-only", "--full-tree", commit, f"{self.prefix}{folder}/")
        return [name.removeprefix(self.prefix) for name in _names(found)]

    def show(self, commit: str, path: str) -> str | None:
        """The content of a file of the project in a commit; None if the commit has no such file."""
        result = _run_git(self.top, "show", f"{commit}:{self.prefix}{path}")
        return None if result.returncode else result.stdout

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
    found = _run_git(project.root, "rev-parse", "--show-toplevel", "--show-prefix")
    if found.returncode:
        return None
    top, _, prefix = found.stdout.removesuffix("\n").rpartition("\n")
    return Repository(Path(top), prefix)


def _names(output: str) -> list[str]:
    """The entries of what git writes with -z, in which names stand as they are."""
    return [name for name in output.split("\0") if name]


def _run_git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in HOOK_VARIABLES}
    try:
        return subprocess.run(
            ["git", *(word for setting in SETTINGS for word in ("-c", setting)), *words],
            cwd=folder,
            env=environment | SILENT,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except FileNotFoundError:
        raise StandpointError("git is not installed", "install git") from None
