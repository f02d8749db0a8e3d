"""The progress of each annotator, counted from their Label Studio projects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from math import ceil
from pathlib import Path
from statistics import median

import msgspec

from standpoint.agreement.report import environment
from standpoint.codebook.load import open_codebook
from standpoint.core.files import written_whole
from standpoint.core.paths import Project
from standpoint.core.reporter import Reporter
from standpoint.core.svg import steps
from standpoint.labelstudio.client import Client, list_projects
from standpoint.labelstudio.exchange import TITLE
from standpoint.labelstudio.pull import pull_cached
from standpoint.pages.task_types import DECODE_TASK, Task


@dataclass
class Progress:
    """One annotator's work in one pass. ``begun``: saved as a draft, and not submitted; ``lead_times`` are in seconds."""

    pass_name: str
    annotator: str
    tasks: int = 0
    done: int = 0
    skipped: int = 0
    begun: int = 0
    lead_times: list[float] = field(default_factory=list)
    days: Counter[str] = field(default_factory=Counter)  # submissions by date, ISO 8601

    def count(self, tasks: Iterable[Task]) -> Progress:
        """Add tasks with the work that was done on them."""
        for task in tasks:
            self.tasks += 1
            submitted = [work for work in task.annotations if not work.was_cancelled]
            self.done += bool(submitted)
            self.skipped += not submitted and bool(task.annotations)
            self.begun += not task.annotations and bool(task.drafts)
            self.lead_times += [work.lead_time for work in submitted[:1] if work.lead_time]
            self.days.update(work.created_at[:10] for work in task.annotations[:1] if isinstance(work.created_at, str))
        return self

    @property
    def left(self) -> int:
        """Tasks that were neither submitted nor skipped."""
        return self.tasks - self.done - self.skipped

    @property
    def median_seconds(self) -> float | None:
        """The median lead time of the submitted tasks."""
        return median(self.lead_times) if self.lead_times else None

    @property
    def a_day(self) -> float | None:
        """Tasks per day, over all days from the first submission to the last, idle ones too."""
        if not self.days:
            return None
        first, last = (date.fromisoformat(day) for day in (min(self.days), max(self.days)))
        return self.days.total() / ((last - first).days + 1)

    @property
    def hours_left(self) -> float | None:
        """The time that the rest takes at the median lead time."""
        return self.left * self.median_seconds / 3600 if self.median_seconds is not None else None

    @property
    def finish(self) -> date | None:
        """The day on which the last task is done at this rate, counted from the last submission; None where none was made."""
        rate = self.a_day
        if rate is None or not self.left:
            return None
        return date.fromisoformat(max(self.days)) + timedelta(days=ceil(self.left / rate))


def measure_progress(project: Project, client: Client, reporter: Reporter, name: str) -> list[Progress]:
    """Each annotator's progress in each pass, sorted; the server's tasks are read and not changed."""
    rows = _read_progress(project, client, reporter, name)
    return sorted(rows, key=lambda row: (row.annotator, row.pass_name))


def _read_progress(project: Project, client: Client, reporter: Reporter, name: str) -> Iterator[Progress]:
    for each in open_codebook(project)[0].passes:
        prefix = TITLE.format(name, each.name, "")
        for title, number in list_projects(client, prefix):
            tasks = reporter.track(f"read {title}", pull_cached(project, client, number))
            decoded = (DECODE_TASK(msgspec.json.encode(task)) for task in tasks)
            yield Progress(each.name, title.removeprefix(prefix)).count(decoded)


def write_progress_page(rows: Sequence[Progress], path: Path, title: str) -> None:
    """Write the progress as one HTML page that needs no other file."""
    with written_whole(path) as file:
        file.write(progress_page(rows, title).encode())


def progress_page(rows: Sequence[Progress], title: str) -> str:
    """The page, with a plot of the submissions by day for each row."""
    drawn = [steps(_so_far(row.days), row.tasks) if row.days else "" for row in rows]
    return environment().get_template("progress.html.j2").render(rows=list(zip(rows, drawn, strict=True)), title=title)


def _so_far(days: Mapping[str, int]) -> list[int]:
    """The number of submissions up to the end of each day, from the first to the last."""
    first, last = (date.fromisoformat(day) for day in (min(days), max(days)))
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return list(accumulate(days.get(day.isoformat(), 0) for day in every))
