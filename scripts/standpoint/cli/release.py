"""The dataset: build."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.verbs import release, versions


@verb("build")
@click.option("--version", "version", default=None, help="Default: the version in dataset/version.txt.")
@click.option("--at", metavar="VERSION", help="Build a released version again, from its commit, beside the present one.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="With --at: where. Default: .standpoint/releases.")
@click.pass_obj
def build(project: Project, version: str | None, at: str | None, out: Path | None) -> None:
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
            counts = release.build(project, version, printer.teller)
        printer.close(counts)
    elif version:
        raise click.UsageError("--at says the version already")
    else:
        with Printer() as printer:
            folder, how = versions.build_at(project, at, out, printer.teller)
        click.echo(f"{folder}: {how}")
