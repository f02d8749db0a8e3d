"""The dataset: build, hydrate, export."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint import export
from standpoint.cli.console import Printer, show
from standpoint.cli.options import EXISTING_FOLDER, EXISTING_PATH, FOLDER, pass_project
from standpoint.core.paths import Project


@click.command("build")
@click.option("--version", help="Default: the version in dataset/version.txt.")
@click.option("--at", metavar="VERSION", help="Build a released version again, from its commit, in another folder.")
@click.option("--out", type=FOLDER, help="That folder. Default: .standpoint/releases/VERSION.")
@pass_project
def build_command(project: Project, version: str | None, at: str | None, out: Path | None) -> None:
    """Build the Hugging Face dataset in dataset/release.

    It is replaced as a whole, or not at all. With --at, a released version is found by its tag, or by its commit in
    dataset/versions.tsv, and built by the code of that commit. It is an error if the data differ from the released ones.

    \b
    standpoint build
    standpoint build --at v0.1.0
    standpoint build --at v0.1.0 --out ~/standpoint-0.1.0
    """
    if out and at is None:
        raise click.UsageError("--out is an option of --at")
    if version and at:
        raise click.UsageError("--at already names the version: omit --version")
    if at is None:
        from standpoint.release.build import build_project

        with Printer() as printer:
            counts = build_project(project, version, printer.reporter)
        printer.close(counts)
    else:
        from standpoint.release.build import rebuild_version

        with Printer() as printer:
            folder, likeness = rebuild_version(project, at, out, printer.reporter)
        show([f"{folder}: {likeness}"])


@click.command("hydrate")
@click.argument("release", type=EXISTING_FOLDER)
@click.option("--from", "copies", multiple=True, type=EXISTING_PATH, help="Your own copies; may be given several times.")
@click.option("--sources", type=EXISTING_PATH, help="How to read them. Default: the release's own sources.yaml.")
@click.option("--out", type=FOLDER, required=True, help="Where the other dataset is written.")
@click.option("--undo", is_flag=True, help="Remove the texts again that were added.")
def hydrate_command(release: Path, copies: tuple[Path, ...], sources: Path | None, out: Path, undo: bool) -> None:
    """Add withheld texts from your own copies, or remove them.

    Copies are raw files or folders in any format that `ingest` reads. Each text is identified by its sha256. A copy that
    differs is used only if all labelled sentences are unchanged. An interrupted run continues where it stopped. --undo
    writes the same bytes as the release from which the dataset was made.

    \b
    standpoint hydrate dataset/release --from ~/re3d --out ~/standpoint-with-texts
    standpoint hydrate dataset/release --from crawl.jsonl.gz --from saved-pages --sources mine.yaml --out local
    standpoint hydrate ~/standpoint-with-texts --undo --out release
    """
    if undo == bool(copies):
        raise click.UsageError("give the copies to add with --from, or --undo")
    if undo and sources:
        raise click.UsageError("--sources says how to read copies, and --undo reads none")
    from standpoint.release.hydrate import hydrate_release, undo_hydration

    with Printer() as printer:
        counts = undo_hydration(release, out) if undo else hydrate_release(release, copies, sources, out, printer.reporter)
    printer.close(counts)


class ExportCommand(click.Command):
    """A command whose help ends with what each format cannot carry."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for name in export.formats():
            formatter.write_paragraph()
            formatter.write_text(export.loss(name))


@click.command("export", cls=ExportCommand)
@click.argument("release", type=EXISTING_FOLDER)
@click.option("--format", "name", type=click.Choice(list(export.formats())), required=True)
@click.option("--out", "folder", type=FOLDER, required=True, help="Where the files are written.")
@click.option("--split", help="Only this split. Default: all.")
@click.option("--skip-withheld", "skip", is_flag=True, help="Leave out articles whose text is withheld. Default: refuse.")
def export_command(release: Path, name: str, folder: Path, split: str | None, skip: bool) -> None:
    """Convert a release to JSON Lines, brat, CoNLL-U, XMI or spaCy.

    The adjudicated annotations are written. xmi is UIMA XMI, for INCEpTION; spacy is a DocBin. What a format cannot carry is
    listed below, and in LOSS.txt beside the files.

    \b
    standpoint export dataset/release --format jsonl --out exports/jsonl
    standpoint export dataset/release --format xmi --split test --out exports/xmi
    """
    with Printer() as printer:
        counts = export.export_release(release, export.ExportOptions(name, split, skip), folder, printer.reporter)
    show([export.loss(name).strip()])
    printer.close(counts)
