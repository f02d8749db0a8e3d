"""What the modules of the command line share: the root command, and how a verb is added to it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import standpoint
from standpoint.cli._printer import err
from standpoint.core.model import StandpointError
from standpoint.core.paths import find_project
from standpoint.labelstudio.exchange import NAME


class Verbs(click.Group):
    """Verbs in pipeline order; a mistake that the user can fix is two lines and exit code 2, never a traceback."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except StandpointError as error:
            err.print(f"error: {error.message}", markup=False, soft_wrap=True)
            if error.hint:
                err.print(f"hint: {error.hint}", markup=False, soft_wrap=True)
            sys.exit(2)


@click.group(cls=Verbs, help=standpoint.__doc__.partition("\n")[0], context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(standpoint.__version__)
@click.option(
    "--project",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The project's folder; by default the one around here.",
)
@click.pass_context
def main(context: click.Context, folder: Path) -> None:
    context.obj = find_project(folder)


def verb(name: str):
    """A verb whose help is shown as it is written, examples included."""
    return main.command(name, context_settings={"help_option_names": ["-h", "--help"]})


URL = "Where Label Studio is (or LABEL_STUDIO_URL); default: the embedded one."
TOKEN = "A personal access token or a legacy token (or LABEL_STUDIO_API_KEY)."

DATABASE = (
    "A PostgreSQL, postgresql://user:password@host/name (or STANDPOINT_DATABASE); kept for later starts. Default: the one "
    "named before, or SQLite."
)


def with_database(function):
    """The option that says where the embedded server has its work."""
    return click.option("--database", default="", envvar="STANDPOINT_DATABASE", help=DATABASE)(function)


def with_server(function):
    """The options that say which Label Studio is meant, and which projects there."""
    function = click.option("--name", default=NAME, show_default=True, help="How the titles of our projects begin.")(function)
    function = click.option("--token", envvar="LABEL_STUDIO_API_KEY", help=TOKEN)(function)
    return click.option("--url", envvar="LABEL_STUDIO_URL", help=URL)(function)


def names(text: str) -> list[str]:
    """The pseudonyms of a comma-separated list."""
    return [name.strip() for name in text.split(",") if name.strip()]
