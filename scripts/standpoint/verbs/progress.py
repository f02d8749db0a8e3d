"""How far the annotators are, asked of the server: progress."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from standpoint.annotate import sync
from standpoint.annotate.progress import Progress
from standpoint.annotate.studio import DECODE_TASK, Task
from standpoint.assess.report.progress import progress_page
from standpoint.jsonlines import written_whole
from standpoint.project import Project
from standpoint.verbs.labelling import TITLE, open_codebook
from standpoint.verbs.tell import Teller

HEADS = ("annotator", "pass", "done", "of", "skipped", "begun", "median min", "a day", "hours left", "finish")


def progress(project: Project, client: sync.Client, tell: Teller, name: str) -> list[Progress]:
    """Each annotator's progress in each pass, sorted; the server's tasks are read and not changed."""
    return sorted(_found(project, client, tell, name), key=lambda one: (one.annotator, one.pass_name))


def _found(project: Project, client: sync.Client, tell: Teller, name: str) -> Iterator[Progress]:
    for one in open_codebook(project)[0].passes:
        begin = TITLE.format(name, one.name, "")
        for title, number in sync.list_projects(client, begin):
            pages = project.local / "pull" / title.replace(" ", "-")
            tasks = tell.counted(f"look at {title}", sync.pull_tasks(client, number, pages))
            yield Progress(one.name, title.removeprefix(begin)).count(_typed(tasks))


def _typed(tasks: Iterable[dict]) -> Iterator[Task]:
    return (DECODE_TASK(msgspec.json.encode(task)) for task in tasks)


def table(rows: Sequence[Progress]) -> Iterator[str]:
    """The figures as lines of text."""
    cells = [HEADS, *map(_cells, rows)]
    wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(
            f"{cell:<{size}}" if number < 2 else f"{cell:>{size}}"
            for number, (cell, size) in enumerate(zip(row, wide, strict=True))
        )


def _cells(row: Progress) -> tuple[str, ...]:
    minutes = row.median_seconds / 60 if row.median_seconds is not None else None
    finish = str(row.finish) if row.finish else "done" if row.tasks and not row.left else "–"
    counts = (f"{row.done:,}", f"{row.tasks:,}", str(row.skipped), str(row.begun))
    return row.annotator, row.pass_name, *counts, _number(minutes), _number(row.a_day), _number(row.hours_left), finish


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def write_page(rows: Sequence[Progress], path: Path, title: str) -> None:
    """The same as one page of HTML that needs nothing beside it."""
    with written_whole(path) as file:
        file.write(progress_page(rows, title).encode())
