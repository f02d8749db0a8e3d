"""The git repository that a project is in: read commits and tags, extract files, commit in a separate worktree."""

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
from standpoint.core.paths import Project

# Git sets these for its hooks. Inside a hook of another repository they would send our commands to that one.
HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
EXCLUDE_LOCAL = ":(exclude,top,glob)**/.standpoint/**"  # files that are never committed


class Repository(NamedTuple):
    """A git repository, and the path of the project in it ("" or ``sub/folder/``)."""

    top: Path
    prefix: str

    def git(self, *words: str, at: Path | None = None) -> str:
        """The output of a git command; StandpointError with git's own message if it fails."""
        done = _run_git(at or self.top, *words)
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise StandpointError(f"git {words[0]}: {lines[-1] if lines else done.returncode}", "run: git status")
        return done.stdout.rstrip("\n")

    def find_commit(self, name: str) -> str | None:
        """The full id of the commit that a tag, branch or id names; None if there is none."""
        done = _run_git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return done.stdout.strip() if done.returncode == 0 else None

    def find_tag(self, tag: str) -> str | None:
        """The commit of a tag; None if there is no such tag."""
        return self.find_commit(f"refs/tags/{tag}")

    def uncommitted(self, at: Path | None = None) -> list[str]:
        """The paths of the project that are changed or new and not committed, in the repository or in the worktree ``at``."""
        words = ("status", "--porcelain", "--untracked-files=all", "--", f"./{self.prefix}", EXCLUDE_LOCAL)
        return [line[3:] for line in self.git(*words, at=at).splitlines()]

    def has_path(self, commit: str, path: str) -> bool:
        """Whether a commit has a file or folder; ``path`` is relative to the project."""
        return _run_git(self.top, "cat-file", "-e", f"{commit}:{self.prefix}{path}").returncode == 0

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


def find_repository(project: Project) -> Repository | None:
    """The git repository that the project is in; None if there is none."""
    top, prefix = (_run_git(project.root, "rev-parse", option) for option in ("--show-toplevel", "--show-prefix"))
    return None if top.returncode else Repository(Path(top.stdout.rstrip("\n")), prefix.stdout.rstrip("\n"))


def _run_git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in HOOK_VARIABLES}
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
