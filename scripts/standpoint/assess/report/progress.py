"""How far the annotators are, as one page of HTML: a table, and a line of what was done day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from standpoint.assess.report import plots
from standpoint.assess.report.page import environment


def progress_page(rows: Sequence[Any], title: str) -> str:
    """The page. A row has pass_name, annotator, tasks, done, skipped, begun, left, median_seconds, a_day, hours_left,
    finish, and days: submissions by date.
    """
    drawn = [plots.steps(_so_far(row.days), row.tasks) if row.days else "" for row in rows]
    return environment().get_template("progress.html.j2").render(rows=list(zip(rows, drawn, strict=True)), title=title)


def _so_far(days: Mapping[str, int]) -> list[int]:
    """What was done up to the end of each day from the first to the last."""
    first, last = (date.fromisoformat(day) for day in (min(days), max(days)))
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return list(accumulate(days.get(day.isoformat(), 0) for day in every))
