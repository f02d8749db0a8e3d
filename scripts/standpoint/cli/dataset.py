"""The dataset: build, hydrate, export."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint import export
from standpoint.cli._printer import Printer, out
from standpoint.cli._root import verb
from standpoint.core.paths import Project
from standpoint.export import formats
from standpoint.release.build import build_project, rebuild_version
from standpoint.release.hydrate import hydrate_release, undo_hydration


@verb("build")
@click.option("--version", "version", default=None, help="Default: the version in dataset/version.txt.")
@click.option("--at", metavar="VERSION", help="Build a released version again, from its commit, beside the present one.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="With --at: where. Default: .standpoint/releases.")
@click.pass_obj
def build_command(project: Project, version: str | None, at: str | None, out: Path | None) -> None:
    """Build the Hugging Face dataset in dataset/release, whole or not at all.

    With --at, a released version is found by its tag, or by the commit that dataset/versions.tsv names, and built by the code of
    that time; it is an error if other data come out than were released.

    \b
    standpoint build
    standpoint build --at v0.1.0
    standpoint build --at v0.1.0 --out ~/standpoint-0.1.0
    """
    if at is None:
        if out:
            raise click.UsageError("--out goes with --at")
        with Printer() as printer:
            counts = build_project(project, version, printer.reporter)
        printer.close(counts)
    elif version:
        raise click.UsageError("--at says the version already")
    else:
        with Printer() as printer:
            folder, how = rebuild_version(project, at, out, printer.reporter)
        click.echo(f"{folder}: {how}")


FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
OUT = click.Path(file_okay=False, path_type=Path)


@verb("hydrate")
@click.argument("release", type=FOLDER)
@click.option(
    "--from", "copies", multiple=True, required=True, type=click.Path(exists=True, path_type=Path), help="Your own copies."
)
@click.option("--sources", type=click.Path(exists=True, path_type=Path), help="How to read them; default: the release's own.")
@click.option("--out", type=OUT, required=True, help="Where the dataset with texts goes.")
def hydrate_command(release: Path, copies: tuple[Path, ...], sources: Path | None, out: Path) -> None:
    """Put withheld texts back from your own copies: raw files or folders, in any format that `ingest` reads.

    Each text is known by its sha256. A copy that differs is used only where all labelled sentences are unchanged.
    A run that was stopped goes on where it stood.

    \b
    standpoint hydrate dataset/release --from ~/re3d --out ~/standpoint-with-texts
    standpoint hydrate dataset/release --from crawl.jsonl.gz --from saved-pages --sources mine.yaml --out local
    """
    with Printer() as printer:
        counts = hydrate_release(release, copies, sources, out, printer.reporter)
    printer.close(counts)


@verb("dehydrate")
@click.argument("dataset", type=FOLDER)
@click.option("--out", type=OUT, required=True, help="Where the release without texts goes.")
def dehydrate_command(dataset: Path, out: Path) -> None:
    """Take the texts out again that `hydrate` put back: the same bytes as the release that it started from.

    \b
    standpoint dehydrate ~/standpoint-with-texts --out release
    """
    with Printer() as printer:
        counts = undo_hydration(dataset, out)
    printer.close(counts)


@verb("export")
@click.argument("release", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "name", type=click.Choice(list(formats())), required=True)
@click.option("--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where the files go.")
@click.option("--split", help="Only this split; default: all.")
@click.option("--skip-withheld", "skip", is_flag=True, help="Leave out articles whose text is withheld; default: refuse.")
def export_command(release: Path, name: str, folder: Path, split: str | None, skip: bool) -> None:
    """Write a release's adjudicated annotations for other tools: xmi for INCEpTION, spacy a DocBin.

    What a format cannot carry is said below, and in LOSS.txt beside what is written.

    \b
    standpoint export dataset/release --format jsonl --out exports/jsonl
    standpoint export dataset/release --format xmi --split test --out exports/xmi
    """
    with Printer() as printer:
        counts = export.export_release(release, export.ExportOptions(name, split, skip), folder, printer.reporter)
    out.print(export.loss(name).strip(), markup=False, soft_wrap=True)
    printer.close(counts)


export_command.epilog = "\n\n".join(export.loss(name) for name in formats())
