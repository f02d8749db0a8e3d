"""A renaming that kills itself at a write, in a process of its own (``forked``)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

# Imported once: else each process that is forked would import them, when it makes the page under the new name.
import label_studio_sdk.label_interface  # noqa: F401

from standpoint.adjudication import rename_project  # noqa: F401
from standpoint.cli import main as command
from standpoint.core import files


def main(writes: str, project: str, *words: str) -> None:
    """Run ``codebook rename`` in a project, and be killed when it has put that many files in their places."""
    left, replace = int(writes), Path.replace

    def killing(self: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(self, target)

    files.Path.replace = killing
    command(["--project", project, "codebook", "rename", *words])
