"""A build that kills itself at a call of a function, in a process of its own (``forked``)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import scipy.sparse  # noqa: F401  imported once: else each process that is forked would import it

import release_corpus
from standpoint.core import files
from standpoint.dataset import build as build_module


def main(out: str, function: str, call: str) -> None:
    """Build the release of twelve articles into ``out``, and be killed at the given call of a function."""
    if function == "rename":
        Path.rename = deadly(Path.rename, int(call))
    elif function == "rmtree":
        files.shutil.rmtree = deadly(files.shutil.rmtree, int(call))
    else:
        setattr(build_module, function, deadly(getattr(build_module, function), int(call)))
    release_corpus.build(release_corpus.records(release_corpus.corpus(12)), release_corpus.plan(version="0.2.0"), Path(out))


def deadly(function: Callable, call: int) -> Callable:
    """The function, which kills its process when it is called the given time."""
    calls = []

    def killed(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)

    return killed
