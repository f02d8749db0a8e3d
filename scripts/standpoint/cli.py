"""The command line: parses words, calls one function a verb, prints what it says. Exit 0: all well; 1: issues; 2: misuse."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import standpoint
from standpoint.model import StandpointError
from standpoint.printer import Printer, err, out
from standpoint.project import Project, find_project
from standpoint.verbs import articles, codebook, demo, labelling, release, server, trust


class Verbs(click.Group):
    """Verbs in pipeline order; a mistake that the user can mend is two lines and exit code 2, never a traceback."""

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


def with_server(function):
    """The options that say which Label Studio is meant, and which projects there."""
    function = click.option("--name", default=labelling.NAME, show_default=True, help="How the titles of our projects begin.")(
        function
    )
    function = click.option("--token", envvar="LABEL_STUDIO_API_KEY", help=TOKEN)(function)
    return click.option("--url", envvar="LABEL_STUDIO_URL", help=URL)(function)


@verb("ingest")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--sources", type=click.Path(exists=True, path_type=Path), help="Another sources.yaml than dataset/sources.yaml.")
@click.pass_obj
def ingest(project: Project, paths: tuple[Path, ...], sources: Path | None) -> None:
    """Turn raw files into articles: text, Markdown, HTML, JSON Lines, CSV, Parquet, gzip, or folders of them.

    \b
    standpoint ingest dataset/raw
    standpoint ingest ~/crawl/*.jsonl.gz --sources my-sources.yaml
    """
    with Printer() as printer:
        counts = articles.ingest_paths(project, paths, sources or project.sources, printer.teller)
    printer.close(counts)


@main.group("codebook", cls=Verbs)
def codebook_group() -> None:
    """Check the codebook, show its Label Studio pages, or write one from a label config."""


@codebook_group.command("check")
@click.pass_obj
def codebook_check(project: Project) -> None:
    """Load guidelines/codebook.yaml and actors.yaml strictly, and validate each pass's page.

    \b
    standpoint codebook check
    """
    Printer().close(codebook.check(project))


@codebook_group.command("config")
@click.argument("pass_name", metavar="PASS")
@click.pass_obj
def codebook_config(project: Project, pass_name: str) -> None:
    """Print the Label Studio config of one pass.

    \b
    standpoint codebook config facts > facts.xml
    """
    click.echo(codebook.config(project, pass_name))


@codebook_group.command("from-config")
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Where to write it; default: standard output.")
def codebook_from_config(config: Path, out: Path | None) -> None:
    """Write a codebook for a Label Studio project that exists already, from its label config.

    \b
    standpoint codebook from-config label_config.xml --out guidelines/codebook.yaml
    """
    printer = Printer()
    text = codebook.from_config(config, out, printer.teller)
    if out is None:
        click.echo(text, nl=False)
    sys.exit(1 if printer.teller.levels["error"] else 0)


@verb("tasks")
@click.option(
    "--control",
    default=labelling.CONTROL,
    show_default=True,
    help="Share of articles that get no drafts, to measure what drafts do.",
)
@click.pass_obj
def tasks(project: Project, control: float) -> None:
    """Write each pass's label config and tasks to .standpoint/tasks, for Label Studio's own import button.

    \b
    standpoint tasks
    """
    with Printer() as printer:
        counts = labelling.write_tasks(project, control, printer.teller)
    printer.close(counts)


@verb("serve")
@click.option("--port", default=0, help="Default: any free one.")
@click.option("--annotators", default="a01", show_default=True, help="Set up both passes for these pseudonyms, comma-separated.")
@click.pass_obj
def serve(project: Project, port: int, annotators: str) -> None:
    """Start the embedded Label Studio with all tasks in, print its address and log-ins, and stay up until Ctrl-C.

    \b
    standpoint serve
    standpoint serve --port 8080 --annotators a01,a02
    """
    with Printer() as printer:
        server.serve(project, port, names(annotators), printer.teller, out.print)


@verb("push")
@click.option("--annotators", default="a01", show_default=True, help="Pseudonyms, comma-separated: a project each and pass.")
@click.option("--control", default=labelling.CONTROL, show_default=True, help="Share of articles that get no drafts.")
@with_server
@click.pass_obj
def push(project: Project, url: str | None, token: str | None, name: str, annotators: str, control: float) -> None:
    """Send each article to Label Studio as a task, once, however often it is run or killed.

    \b
    standpoint push --annotators a01,a02
    standpoint push --url https://labels.example.org --token "$TOKEN" --annotators a01
    """
    with Printer() as printer, server.client(project, url, token) as client:
        counts = labelling.push(project, client, names(annotators), control, printer.teller, name)
    printer.close(counts)


@verb("pull")
@with_server
@click.pass_obj
def pull(project: Project, url: str | None, token: str | None, name: str) -> None:
    """Fetch what was submitted, page by page, and merge it into dataset/annotations under pseudonyms.

    \b
    standpoint pull
    standpoint pull --url https://labels.example.org --token "$TOKEN"
    """
    with Printer() as printer, server.client(project, url, token) as client:
        counts = labelling.pull(project, client, printer.teller, name)
    printer.close(counts)


@verb("collect")
@click.argument("exports", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def collect(project: Project, exports: tuple[Path, ...]) -> None:
    """Read Label Studio's JSON exports, of our projects or anyone's, and account for every region in them.

    \b
    standpoint collect project-1-at-2031-05-04.json
    """
    with Printer() as printer:
        counts = labelling.collect(project, exports, printer.teller)
    printer.close(counts)


@verb("check")
@click.pass_obj
def check(project: Project) -> None:
    """Check articles and annotation sets; each finding has a place, a code, and what should be.

    \b
    standpoint check
    """
    with Printer() as printer:
        counts = trust.check(project, printer.teller)
    printer.close(counts)


@verb("agree")
@click.pass_obj
def agree(project: Project) -> None:
    """Print agreement per layer. What machines made is under a heading of its own, never human agreement.

    \b
    standpoint agree
    """
    with Printer() as printer:
        rows = trust.agree(project, printer.teller)
    for line in trust.table(rows):
        click.echo(line)


@verb("adjudicate")
@click.pass_obj
def adjudicate(project: Project) -> None:
    """Settle what annotators agree on, and list what they do not, with each one's reading.

    \b
    standpoint adjudicate
    """
    with Printer() as printer:
        counts = trust.adjudicate(project, printer.teller)
    printer.close(counts)


@verb("split")
@click.pass_obj
def split(project: Project) -> None:
    """Put each new article into train, validation or test; what is assigned never moves.

    \b
    standpoint split
    """
    with Printer() as printer:
        counts = release.split(project, printer.teller)
    printer.close(counts)


@verb("build")
@click.option("--version", "version", default=None, help="Default: the version in dataset/version.txt.")
@click.pass_obj
def build(project: Project, version: str | None) -> None:
    """Build the Hugging Face dataset in dataset/release, whole or not at all.

    \b
    standpoint build
    """
    with Printer() as printer:
        counts = release.build(project, version, printer.teller)
    printer.close(counts)


@verb("demo")
@click.pass_obj
def run_demo(project: Project) -> None:
    """Go the whole way on the project's own corpus, through a real Label Studio, and load the dataset.

    \b
    standpoint demo
    """
    with Printer() as printer:
        summary = demo.run(project, printer.teller)
    for line in summary:
        click.echo(line)
    sys.exit(1 if printer.teller.levels["error"] else 0)


def names(text: str) -> list[str]:
    """The pseudonyms of a comma-separated list."""
    return [name.strip() for name in text.split(",") if name.strip()]
