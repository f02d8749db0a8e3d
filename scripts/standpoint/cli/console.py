"""One run of a command: what it is given, issues and progress on standard error, its result on standard output."""

from __future__ import annotations

import math
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from standpoint.core.files import SUMS
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import PROJECT_NAME, RESAMPLES, SEED, Project, find_project
from standpoint.processes import cores

if TYPE_CHECKING:
    from standpoint.labelstudio.client import Client

FLOOD = 10  # of one code, only this many causes are printed; the issues with other causes are counted
PLACES = 3  # of one cause, only this many places are printed
err = Console(stderr=True, highlight=False, emoji=False)


# What a terminal obeys, or what changes the order of what it shows: control characters but for tabs, and overrides of direction.
# Half characters too, which stand for bytes of file names that are not UTF-8: they cannot be written.
OBEYED = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """A line with an escape such as ``\\x1b`` for what a terminal obeys: names and texts come from others."""
    return OBEYED.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def printable_lines(text: str) -> str:
    """A text of several lines, each of them ``printable``."""
    return "\n".join(map(printable, text.split("\n")))


def show(lines: Iterable[str]) -> None:
    """Print the lines of a table or a text, unchanged; on a terminal, ``printable_lines``."""
    for line in lines:
        click.echo(printable_lines(line) if sys.stdout.isatty() else line)


@cache
def fixes() -> dict[str, str]:
    """How to fix the issues that do not say it themselves, by code."""
    return tomllib.loads(Path(__file__).with_name("fixes.toml").read_text(encoding="utf-8"))


class Issues:
    """The issues of a run, by code and then by cause. So one cause is told once, with the number of its places."""

    def __init__(self) -> None:
        self.places: dict[str, dict[Issue, list[str]]] = {}  # by code; then by what the issues of a cause have in common
        self.counts: Counter[Issue] = Counter()
        self.others: Counter[str] = Counter()  # issues with a cause that is not told

    def add(self, issue: Issue) -> None:
        cause, causes = issue._replace(where=""), self.places.setdefault(issue.code, {})
        if cause not in causes and len(causes) == FLOOD:
            self.others[issue.code] += 1
            return
        self.counts[cause] += 1
        places = causes.setdefault(cause, [])
        if len(places) < PLACES:
            places.append(issue.where)

    def lines(self) -> Iterator[str]:
        """Each cause with its first places; then the rule and how to fix them; and how many issues have other causes."""
        for code, causes in self.places.items():
            for rule, fix in dict.fromkeys((cause.rule, cause.fix) for cause in causes):
                for cause in (cause for cause in causes if (cause.rule, cause.fix) == (rule, fix)):
                    first, *others = causes[cause]
                    yield _issue_line(cause._replace(where=first, rule=""))
                    if others:
                        more = ", …" if self.counts[cause] > PLACES else ""
                        yield f"  and {self.counts[cause] - 1:,} more: {', '.join(others)}{more}"
                if rule:
                    yield f"  rule: {rule}"
                if fix := fix or fixes().get(code, ""):
                    yield f"  fix: {fix}"
            if self.others[code]:
                yield f"… and {self.others[code]:,} more {code}"


def _issue_line(issue: Issue) -> str:
    return f"{'note: ' if issue.level == 'note' else ''}{issue}"


def _print(line: str) -> None:
    err.print(printable(line), markup=False, soft_wrap=True)


# What a command returns: counts, lines, or lines and then counts.
Result = Counter | Iterable[str] | tuple[Iterable[str], Counter] | None


class Run:
    """What each command is given: the project, a reporter that prints, and the options of ``with_server``.

    Progress is printed while the command runs, and issues and its result when it has ended; issues also before ``say``.
    With ``every_issue``, each issue is printed at once.
    """

    url: str | None
    token: str | None
    name: str

    def __init__(self, folder: Path, every_issue: bool = False) -> None:
        self.folder, self.every_issue = folder, every_issue
        self.failed = False  # a command whose result is lines may set it: then the exit code is 1
        self.issues = Issues()
        self.fixes: dict[str, str] = {}  # by code, with ``every_issue``
        self.until_end = ExitStack()  # what is released when the command ends
        self.bars: dict[str, TaskID] = {}
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=err, disable=not err.is_terminal)
        self.reporter = Reporter(issue=self.issue, progress=self.advance, say=self.say)

    @cached_property
    def project(self) -> Project:
        """The project. It is looked up only when it is used, so that help works outside of a project too."""
        return find_project(self.folder)

    @property
    def project_if_any(self) -> Project | None:
        """The project, for a command that needs none but looks into the one that it is run in; None outside of a project."""
        try:
            return self.project
        except StandpointError:
            if self.folder != Path():  # it was named
                raise
            return None

    @cached_property
    def locked_project(self) -> Project:
        """The project, for a command that writes in it: no other command does so until this one ends."""
        names = click.get_current_context().command_path.split()[1:]
        self.until_end.enter_context(self.project.locked(" ".join(["standpoint", *names]), self.say))
        return self.project

    def say(self, text: str) -> None:
        """Print a line for the user on standard error, after the issues that were found before."""
        self._say_issues()
        _print(text)

    def _say_issues(self) -> None:
        issues, self.issues = self.issues, Issues()
        for line in issues.lines():
            _print(line)

    def open_client(self, making: bool = False) -> AbstractContextManager[Client]:
        """A client of the Label Studio that the options name, for the length of the block. ``making``: it may be a new one."""
        from standpoint.server.serve import open_client

        return open_client(self.project, self.url, self.token, making)

    def find_release(self, name: str) -> Path:
        """The folder of a release, which may be on the Hub. A command that only reads a release needs no project."""
        from standpoint.dataset.find_release import find_release

        return find_release(name, self.reporter)

    def issue(self, issue: Issue) -> None:
        if self.every_issue:
            _print(_issue_line(issue))
            self.fixes[issue.code] = issue.fix or fixes().get(issue.code, "")
        else:
            self.issues.add(issue)

    def advance(self, what: str, done: int, total: int | None) -> None:
        """Show progress. ``what``: the name of the work and, after " · ", what changes as it goes on."""
        self.progress.start()
        name = what.partition(" · ")[0]
        if name not in self.bars:
            self.bars[name] = self.progress.add_task(printable(what), total=total)
        self.progress.update(self.bars[name], description=printable(what), completed=done, total=total)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *exception: object) -> None:
        self.until_end.close()
        self.progress.stop()
        self._say_issues()
        for code, fix in self.fixes.items():
            if fix:
                _print(f"fix of {code}: {fix}")

    def show(self, result: Result) -> None:
        """Print a command's result. The exit code is 1 with counts and an issue that is an error, or if the command failed."""
        lines, counts = result if isinstance(result, tuple) else ((), result) if isinstance(result, Counter) else (result, None)
        show(lines or ())
        if counts is not None:
            show(f"{count:>9,}  {name}" for name, count in counts.items())
            self.failed = self.failed or bool(self.reporter.levels["error"])
        sys.exit(1 if self.failed else 0)


Function = Callable[..., Any]


class NamedPath(click.Path):
    """A path that is named. An empty one, which is what a shell makes of a variable without a value, would be this folder."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        if value == "":
            self.fail("it is empty; this folder is .", param, ctx)
        return super().convert(value, param, ctx)


EXISTING_PATH = NamedPath(exists=True, path_type=Path)
EXISTING_FILE = NamedPath(exists=True, dir_okay=False, path_type=Path)
EXISTING_FOLDER = NamedPath(exists=True, file_okay=False, path_type=Path)
FILE = NamedPath(dir_okay=False, path_type=Path)
FOLDER = NamedPath(file_okay=False, path_type=Path)
RELEASE = NamedPath(path_type=str)  # a folder, or a dataset on the Hub: dataset.find_release says which


class Finite(click.FloatRange):
    """A number in a range, and not NaN, which no range keeps out."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        number = float(super().convert(value, param, context))
        if not math.isfinite(number):
            self.fail(f"{value} is no number.", param, context)
        return number


FINITE = Finite(0)
SOME_RESAMPLES = click.IntRange(0, 1_000_000)  # more would change no digit that is shown, and take hours


def refuse_replacing(context: click.Context) -> None:
    """Refuse an output that is an input too, that is inside the release that is read, or that two options name."""
    inputs, outputs = set[Path](), dict[Path, str]()
    for param in context.command.params:
        given = context.params.get(param.name or "")
        for value in given if isinstance(given, tuple) else (given,):
            if not isinstance(value, str | Path) or not value:
                continue
            path, name = Path(value).resolve(), param.opts[0]
            if param.type is not FILE:
                inputs.add(path)
            elif other := outputs.get(path):
                raise click.UsageError(f"{other} and {name} are one file, {value}: name two")
            else:
                outputs[path] = name
    for path, name in outputs.items():
        if path in inputs and path.exists():
            raise click.UsageError(f"{name} would replace {path.name}, which is read: name another file")
        if any(folder in inputs and (folder / SUMS).is_file() for folder in path.parents):
            raise click.UsageError(f"{name} would change the release that is read: name a file outside of its folder")


def split_names(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """The callback of an option that takes a comma-separated list; None if the option is not given and has no default."""
    return None if value is None else tuple(name.strip() for name in value.split(",") if name.strip())


def with_database(function: Function) -> Function:
    """The option that names the database of the embedded server."""
    text = "A PostgreSQL: postgresql://user@host/name. It is kept for later starts. Default: the one named before, or SQLite."
    return click.option("--database", default="", envvar="STANDPOINT_DATABASE", show_envvar=True, help=text)(function)


def with_server(function: Function) -> Function:
    """The options that name a Label Studio and our projects on it: url, token and name of the run."""
    kept: dict[str, Any] = {"expose_value": False, "callback": lambda run, option, value: setattr(run.obj, option.name, value)}
    url = "The address of a Label Studio. Default: the embedded one."
    token = "A personal access token or a legacy token; better in the variable than on the command line."
    name = "The titles of our projects there begin with this; each name has projects of its own."
    function = click.option("--name", default=PROJECT_NAME, show_default=True, help=name, **kept)(function)
    function = click.option("--token", envvar="LABEL_STUDIO_API_KEY", show_envvar=True, help=token, **kept)(function)
    return click.option("--url", envvar="LABEL_STUDIO_URL", show_envvar=True, help=url, **kept)(function)


def with_bootstrap(function: Function) -> Function:
    """The options of bootstrap intervals: resamples and seed."""
    seed = click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="Seed of all resampling.")
    text = "Resamples of the bootstrap; 0: no intervals."
    resamples = click.option("--resamples", type=SOME_RESAMPLES, default=RESAMPLES, show_default=True, help=text)
    return resamples(seed(function))


def with_jobs(function: Function) -> Function:
    """The number of processes; small inputs are worked on by one. The result is the same for any number."""
    text = "Processes that share the work, if there is much. Default: one for each core."
    return click.option("--jobs", type=click.IntRange(1, 256), default=cores, help=text)(function)


def json_file(text: str = "Write all figures to this file too.") -> Function:
    """The option for a JSON file with the command's result."""
    return click.option("--json", "json_file", type=FILE, help=text)
