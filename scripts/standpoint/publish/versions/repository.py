"""What of git the versions need: commits found by a tag or an id, a commit's files taken out, and a release committed."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from standpoint.model import StandpointError

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
