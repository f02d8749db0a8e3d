"""Issue and progress reporting, separate from how they are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from standpoint.core.model import Issue

Thing = TypeVar("Thing")


def _nothing(*_: object) -> None:
    """Discard the event."""


@dataclass
class Reporter:
    """Where issues and progress go; the command line gives one that prints."""

    issue: Callable[[Issue], None] = _nothing
    progress: Callable[[str, int, int | None], None] = _nothing  # what, done, of how many (None: not known)
    levels: Counter = field(default_factory=Counter)

    def report(self, issue: Issue) -> None:
        """Count an issue by its level and pass it on."""
        self.levels[issue.level] += 1
        self.issue(issue)

    def split_issues(self, things: Iterable[Thing | Issue]) -> Iterator[Thing]:
        """The items of a stream that are not issues; the issues are reported on the way."""
        for thing in things:
            if isinstance(thing, Issue):
                self.report(thing)
            else:
                yield thing

    def track(self, what: str, things: Iterable[Thing], total: int | None = None) -> Iterator[Thing]:
        """The same items; progress is reported every 50 items and at the end."""
        done = 0
        for done, thing in enumerate(things, 1):
            if done % 50 == 0:
                self.progress(what, done, total)
            yield thing
        self.progress(what, done, done)
