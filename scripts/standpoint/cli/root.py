"""The root command: a table of all commands, of which only the one that is asked for is imported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

import standpoint
from standpoint.core.model import StandpointError


class Entry(NamedTuple):
    """A command of the table: its name, its module in cli/, and its help in one line of at most 63 characters."""

    name: str
    module: str
    help: str


# `standpoint --help` shows this table. It repeats the first line of each command's own help (a test compares them), so that
# the list of commands can be shown without importing any of them.
SECTIONS: dict[str, tuple[Entry, ...]] = {
    "start": (Entry("demo", "labelling", "Run every step on the project's corpus and load the dataset."),),
    "articles": (
        Entry("ingest", "dataset", "Turn raw files into articles."),
        Entry("split", "dataset", "Assign each new article to train, validation or test."),
        Entry("leaks", "dataset", "Find texts that two collections, or two splits, share."),
    ),
    "guidelines": (
        Entry("codebook", "guidelines", "Check the codebook, print a label config, or import one."),
        Entry("guide", "guidelines", "Update the guidelines' generated parts, and build the site."),
    ),
    "labelling": (
        Entry("team", "team", "Manage annotators: tasks, progress and qualification."),
        Entry("push", "labelling", "Send articles to Label Studio as tasks, or write them to files."),
        Entry("pull", "labelling", "Fetch submitted annotations from Label Studio."),
        Entry("import", "labelling", "Import annotation sets from Label Studio's JSON exports."),
        Entry("serve", "labelling", "Run the embedded Label Studio for annotators or adjudicators."),
        Entry("server", "labelling", "Back up and restore a Label Studio, and create accounts."),
        Entry("suggestions", "labelling", "Measure the suggestions that annotators are offered."),
    ),
    "quality": (
        Entry("check", "quality", "Check articles, annotations, splits, the release and all files."),
        Entry("fix", "quality", "List safe fixes and outdated annotation sets, or apply them."),
        Entry("agree", "quality", "Measure how far annotators agree, layer by layer."),
        Entry("adjudicate", "quality", "Combine the annotation sets of each article into one."),
    ),
    "dataset": (
        Entry("build", "dataset", "Build the Hugging Face dataset in dataset/release."),
        Entry("release", "release", "Create, compare, yank and publish versions of the dataset."),
        Entry("hydrate", "dataset", "Add withheld texts from your own copies, or remove them."),
        Entry("export", "dataset", "Convert a release to JSON Lines, brat, CoNLL-U, XMI or spaCy."),
    ),
    "research": (
        Entry("baseline", "dataset", "Write the predictions of a baseline."),
        Entry("score", "dataset", "Score predictions against a split of a release."),
    ),
}
ENTRIES = {entry.name: entry for entries in SECTIONS.values() for entry in entries}


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
    return lambda function: make(click.pass_obj(function))


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


MANY_FILES = 10_240  # the most that macOS takes


class Root(Group):
    """The root command. A mistake that the user can correct is shown in two lines with exit code 2, never as a traceback."""

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
                formatter.write_dl([(entry.name.ljust(width), entry.help) for entry in entries])

    def invoke(self, context: click.Context) -> None:
        from standpoint.cli.console import Run, printable

        allow_many_files()
        try:
            with Run(context.params["folder"]) as context.obj:
                result = super().invoke(context)
            context.obj.show(result)
        except StandpointError as error:
            for name, text in (("error", error.message), ("hint", error.hint)):
                if text:  # a message may have several lines: the end of a server's log
                    click.echo("\n".join(map(printable, f"{name}: {text}".split("\n"))), err=True)
            sys.exit(2)


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
    type=click.Path(path_type=Path),
    default=Path(),
    help="The project's folder. Default: the nearest one that contains the current folder.",
)
def main(folder: Path) -> None:
    """The options of all commands; ``Root.invoke`` makes a run of them."""
