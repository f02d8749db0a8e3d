"""The console: issues and progress on standard error, results on standard output."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from functools import update_wrapper
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from standpoint.core.model import Issue, Reporter
from standpoint.core.project import PROJECT_NAME, RESAMPLES, SEED, find_project

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


Function = Callable[..., Any]

EXISTING_PATH = click.Path(exists=True, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


def pass_project(function: Function) -> Function:
    """Pass the project to a command. It is looked up when the command runs, so that help works outside of a project too."""

    @click.pass_context
    def run(context: click.Context, *arguments: Any, **options: Any) -> Any:
        return context.invoke(function, find_project(context.obj), *arguments, **options)

    return update_wrapper(run, function)


def split_names(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """The callback of an option that takes a comma-separated list; None if the option is not given and has no default."""
    return None if value is None else tuple(name.strip() for name in value.split(",") if name.strip())


def with_database(function: Function) -> Function:
    """The option that names the database of the embedded server."""
    text = "A PostgreSQL: postgresql://user@host/name. It is kept for later starts. Default: the one named before, or SQLite."
    return click.option("--database", default="", envvar="STANDPOINT_DATABASE", show_envvar=True, help=text)(function)


def with_server(function: Function) -> Function:
    """The options that name a Label Studio and our projects on it: url, token and name."""
    url = "The address of a Label Studio. Default: the embedded one."
    token = "A personal access token or a legacy token; better in the variable than on the command line."
    name = "The titles of our projects there begin with this."
    function = click.option("--name", default=PROJECT_NAME, show_default=True, help=name)(function)
    function = click.option("--token", envvar="LABEL_STUDIO_API_KEY", show_envvar=True, help=token)(function)
    return click.option("--url", envvar="LABEL_STUDIO_URL", show_envvar=True, help=url)(function)


def with_bootstrap(function: Function) -> Function:
    """The options of bootstrap intervals: resamples and seed."""
    seed = click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="Seed of all resampling.")
    text = "Resamples of the bootstrap; 0: no intervals."
    resamples = click.option("--resamples", type=click.IntRange(0), default=RESAMPLES, show_default=True, help=text)
    return resamples(seed(function))


def json_file(text: str = "Write all figures to this file too.") -> Function:
    """The option for a JSON file with the command's result."""
    return click.option("--json", "json_file", type=FILE, help=text)
