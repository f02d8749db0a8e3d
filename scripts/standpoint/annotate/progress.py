"""How far annotators are: counted from the tasks of their Label Studio projects, which are read and never changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil
from statistics import median

from standpoint.annotate.studio import Task


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
    days: Counter = field(default_factory=Counter)  # submissions by date, ISO 8601

    def count(self, tasks: Iterable[Task]) -> Progress:
        """Add tasks with what was done on them."""
        for task in tasks:
            self.tasks += 1
            submitted = [work for work in task.annotations if not work.was_cancelled]
            self.done += bool(submitted)
            self.skipped += not submitted and bool(task.annotations)
            self.begun += not task.annotations and bool(task.drafts)
            self.lead_times += [work.lead_time for work in submitted[:1] if work.lead_time]
            self.days.update(work.created_at[:10] for work in task.annotations[:1] if work.created_at)
        return self

    @property
    def left(self) -> int:
        """Tasks that were neither submitted nor skipped."""
        return self.tasks - self.done - self.skipped

    @property
    def median_seconds(self) -> float | None:
        """The median lead time of what was submitted."""
        return median(self.lead_times) if self.lead_times else None

    @property
    def a_day(self) -> float | None:
        """Tasks a day, over all days from the first submission to the last, idle ones too."""
        if not self.days:
            return None
        first, last = (date.fromisoformat(day) for day in (min(self.days), max(self.days)))
        return self.days.total() / ((last - first).days + 1)

    @property
    def hours_left(self) -> float | None:
        """How long the rest takes at the median lead time."""
        return self.left * self.median_seconds / 3600 if self.median_seconds is not None else None

    @property
    def finish(self) -> date | None:
        """The day on which the last task is done at this rate, counted from the last submission; None where none was made."""
        if not self.days or not self.left:
            return None
        return date.fromisoformat(max(self.days)) + timedelta(days=ceil(self.left / self.a_day))
