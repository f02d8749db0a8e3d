"""check, adjudicate and build: whole projects with two annotation sets for each article."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from row import Row, Work, linear, memory, own_project
from whole import whole_project


def prepare(folder: Path, size: int) -> None:
    from standpoint.core.model import Reporter
    from standpoint.splits.splits import split_articles

    split_articles(whole_project(folder, size), Reporter())


def command(folder: Path, size: int, words: Sequence[str], made: str = "") -> Work:
    """A command of ours in the project. ``made``: what it makes, which is removed before."""
    from standpoint.cli import main

    project = own_project(folder)
    if made:
        shutil.rmtree(getattr(project, made), ignore_errors=True)

    def work() -> None:
        try:
            main(["--project", str(project.root), *words], standalone_mode=False)
        except SystemExit as end:
            assert not end.code, words

    return work


ROWS = [
    Row(
        name="release",
        title="articles × 2 sets",
        unit="articles",
        quick=(100,),
        usual=(1_000, 4_000),
        full=(10_000, 100_000),
        prepare=prepare,
        jobs={
            "adjudicate": partial(command, words=["adjudicate"], made="adjudicated"),
            "build": partial(command, words=["build"], made="release"),
            "check": partial(command, words=["check"]),
        },
        ours=("check", "adjudicate", "build"),
        why="A build trains a baseline on at most 500 articles, which takes about 350 MB, and all processes count. What "
        "a command keeps of each article in memory is small, but it is kept.",
        aims=[aim for name in ("check", "adjudicate", "build") for aim in (linear(name), memory(name, 600))],
    )
]
