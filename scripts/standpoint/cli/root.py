"""The root command: a table of all commands, of which only the one that is asked for is imported."""

from __future__ import annotations

import io
import sys
import tomllib
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

import standpoint
from standpoint.core.model import StandpointError


class Entry(NamedTuple):
    """A command of commands.toml: its module in cli/, and its help."""

    module: str
    help: str


_TABLE = tomllib.loads(Path(__file__).with_name("commands.toml").read_text(encoding="utf-8"))
SECTIONS = {title: {name: Entry(*entry) for name, entry in entries.items()} for title, entries in _TABLE.items()}
ENTRIES = {name: entry for entries in SECTIONS.values() for name, entry in entries.items()}


def first_line(command: click.Command) -> str:
    """The first line of a command's help."""
    return (command.help or "").partition("\n")[0]


class Group(click.Group):
    """A group that lists its commands in the order of their definition, each with the whole first line of its help."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, first_line(command)) for name, command in self.commands.items()])


def command(name: str, group: click.Group | None = None, **settings: Any) -> Callable[[Callable], click.Command]:
    """A command, of a group or of the table, whose first argument is its run (``console.Run``)."""
    make: Callable[[Callable], click.Command] = (group or click).command(name, **settings)

    def made(function: Callable) -> click.Command:
        @wraps(function)
        def checked(run: Any, *arguments: Any, **options: Any) -> Any:
            from standpoint.cli.console import refuse_replacing

            refuse_replacing(click.get_current_context())
            return function(run, *arguments, **options)

        return make(click.pass_obj(checked))

    return made


def write_utf8() -> None:
    """Let files and pipes get UTF-8 with the line ends of Unix, and a terminal an escape for what it cannot show.

    By default, Windows writes the code page of its language there, which has no Arabic, and some systems write Latin-1.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="backslashreplace")
            else:
                stream.reconfigure(encoding="utf-8", newline="\n")


def allow_many_files() -> None:
    """Raise this process's limit of open files as far as the system allows: a merge has a file open per source and annotator.

    Linux and macOS allow 1,024 and 256 by default, and many more if a process asks.
    """
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MANY_FILES if hard == resource.RLIM_INFINITY else min(hard, MANY_FILES)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


INTERRUPTED = 130  # the exit code of shells for Ctrl-C
MANY_FILES = 10_240  # the most that macOS takes


class Root(Group):
    """The root command. A mistake that the user can correct is shown in two lines with exit code 2, never as a traceback."""

    def main(self, *arguments: Any, **settings: Any) -> Any:
        write_utf8()  # before a help page is printed
        return super().main(*arguments, **settings)

    def list_commands(self, context: click.Context) -> list[str]:
        return list(ENTRIES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in ENTRIES:
            return None
        command = getattr(import_module(f"standpoint.cli.{ENTRIES[name].module}"), f"{name}_command")
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, ENTRIES))
        for title, entries in SECTIONS.items():
            with formatter.section(title.capitalize()):
                formatter.write_dl([(name.ljust(width), entry.help) for name, entry in entries.items()])

    def invoke(self, context: click.Context) -> None:
        from standpoint.cli.console import Run, printable_lines

        allow_many_files()
        try:
            with Run(**context.params) as context.obj:
                result = super().invoke(context)
            context.obj.show(result)
        except StandpointError as error:
            for name, text in (("error", error.message), ("hint", error.hint)):
                if text:  # a message may have several lines: the end of a server's log
                    click.echo(printable_lines(f"{name}: {text}"), err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            click.echo("\ninterrupted: every output is written whole or not at all; run the same command again", err=True)
            sys.exit(INTERRUPTED)


def named_folder(context: click.Context, parameter: click.Parameter, value: str) -> Path:
    """The folder of --project. An empty one would be the nearest project, as if none were named."""
    if not value:
        raise click.BadParameter("it is empty; this folder is .")
    return Path(value)


@click.group(
    cls=Root,
    help=(standpoint.__doc__ or "").partition("\n")[0],
    epilog="`standpoint COMMAND --help` shows options and examples.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(standpoint.__version__, message="%(prog)s %(version)s", prog_name="standpoint")
@click.option(
    "--project",
    "folder",
    callback=named_folder,
    default=".",
    metavar="PATH",
    help="The project's folder. Default: the nearest one that contains the current folder.",
)
@click.option("--every-issue", is_flag=True, help="Print each issue on a line of its own, and not each cause once.")
def main(folder: Path, every_issue: bool) -> None:
    """The options of all commands; ``Root.invoke`` makes a run of them."""
