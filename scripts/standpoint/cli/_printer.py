"""What the command line shows: issues, progress and counts."""

from __future__ import annotations

import sys
from collections import Counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from standpoint.core.model import Issue
from standpoint.core.reporter import Reporter

FLOOD = 10  # so many issues of one code are printed; the rest is counted
out, err = Console(highlight=False), Console(stderr=True, highlight=False)


class Printer:
    """Prints issues and progress on standard error, and counts on standard output; of one code ``flood`` issues, or all."""

    def __init__(self, flood: float = FLOOD) -> None:
        self.flood = flood
        self.codes: Counter = Counter()
        self.bars: dict[str, int] = {}
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=err, disable=not err.is_terminal)
        self.reporter = Reporter(issue=self.issue, progress=self.advance)

    def __enter__(self) -> Printer:
        self.progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.progress.stop()
        for code, count in sorted(self.codes.items()):
            if count > self.flood:
                err.print(f"… and {count - self.flood:,} more {code}", markup=False)

    def issue(self, issue: Issue) -> None:
        self.codes[issue.code] += 1
        if self.codes[issue.code] <= self.flood:
            err.print(f"{'note: ' if issue.level == 'note' else ''}{issue}", markup=False, soft_wrap=True)

    def advance(self, what: str, done: int, total: int | None) -> None:
        if what not in self.bars:
            self.bars[what] = self.progress.add_task(what, total=total)
        self.progress.update(self.bars[what], completed=done, total=total)

    def close(self, counts: Counter) -> None:
        """Print the counts of a verb and leave with the right exit code."""
        for name, count in counts.items():
            out.print(f"{count:>9,}  {name}", markup=False)
        sys.exit(1 if self.reporter.levels["error"] else 0)
