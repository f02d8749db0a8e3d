"""The console: issues and progress on standard error, results on standard output."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from standpoint.core.model import Issue
from standpoint.core.reporter import Reporter

FLOOD = 10  # of one code, only this many issues are printed; the others are counted
err = Console(stderr=True, highlight=False, emoji=False)


def show(lines: Iterable[str]) -> None:
    """Print the lines of a table or a text, unchanged."""
    for line in lines:
        click.echo(line)


class Printer:
    """Prints issues (at most ``flood`` per code) and progress on standard error while a command runs, and then its counts."""

    def __init__(self, flood: float = FLOOD) -> None:
        self.flood = flood
        self.codes: Counter = Counter()
        self.bars: dict[str, TaskID] = {}
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
        """Print a command's counts and exit: 1 after an issue that is an error, otherwise 0."""
        for name, count in counts.items():
            click.echo(f"{count:>9,}  {name}")
        sys.exit(1 if self.reporter.levels["error"] else 0)
