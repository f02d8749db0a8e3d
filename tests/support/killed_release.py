"""A release that kills itself before or after a command of git, in a process of its own (``forked``)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

# Imported once: else each process that is forked would import them, when it scores the baselines and counts the agreement.
import scipy.sparse  # noqa: F401
import sklearn.dummy
import sklearn.feature_extraction
import sklearn.linear_model  # noqa: F401

from standpoint.core.model import Reporter
from standpoint.core.project import Project
from standpoint.core.repository import Repository
from standpoint.release.create import create_release


def main(project: str, word: str, when: str) -> None:
    """Release 0.2.0 of a project, and be killed "before" or "after" the first git command that begins with ``word``."""
    really = Repository.git

    def git(self: Repository, *words: str, **options: object) -> str:
        if words[0] == word and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        printed = really(self, *words, **options)
        if words[0] == word:
            os.kill(os.getpid(), signal.SIGKILL)
        return printed

    Repository.git = git
    create_release(Project(Path(project)), "0.2.0", "2031-07-01", Reporter())
