"""A run of annotate that gets a signal at a call of a function, in a process of its own (``forked``)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

# Imported and read once: else each process that is forked would import the client, the stages and parse the codebook.
import openai  # noqa: F401

from standpoint.annotate import annotate  # noqa: F401
from standpoint.annotate.endpoint import Endpoint
from standpoint.cli import main as standpoint
from standpoint.core.answer_store import AnswerStore
from standpoint.guide.guide import open_book
from whole_projects import OURS

open_book(OURS)

WHERE = {"asking": (Endpoint, "ask"), "keeping": (AnswerStore, "put"), "storing": (Path, "replace")}


def main(root: str, url: str, name: str, where: str, call: str, *articles: str) -> None:
    """Annotate in the project at ``root``; at the given call of a function, get the signal of this name, if it has one."""
    if name:
        owner, function = WHERE[where]
        setattr(owner, function, deadly(getattr(owner, function), int(call), signal.Signals[name]))
    options = ["--base-url", url, "--model", "toy", "--as", "m21", "--pass", "facts", "--jobs", "3"]
    try:
        standpoint(["--project", root, "annotate", *options, *articles])
    except SystemExit as end:
        os._exit(end.code or 0)


def deadly(function: Callable, call: int, number: signal.Signals) -> Callable:
    """The function, which sends its process a signal when it is called the given time."""
    calls = []

    def killed(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == call:
            os.kill(os.getpid(), number)
        return function(*args, **kwargs)

    return killed
