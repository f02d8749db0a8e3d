"""What annotators follow: codebook, guide."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from standpoint.cli.console import EXISTING_FILE, FILE, FOLDER, Printer, pass_project
from standpoint.cli.root import Group
from standpoint.core.project import Project


@click.group("codebook", cls=Group)
def codebook_command() -> None:
    """Check the codebook, print a label config, or import one.

    \b
    standpoint codebook check
    standpoint codebook config facts > facts.xml
    standpoint codebook from-config label_config.xml --out codebook.yaml
    """


@codebook_command.command("check")
@pass_project
def codebook_check(project: Project) -> None:
    """Load codebook.yaml and actors.yaml, and validate each page.

    \b
    standpoint codebook check
    """
    from standpoint.pages.label_config import check_codebook

    Printer().close(check_codebook(project))


@codebook_command.command("config")
@click.argument("pass_name", metavar="PASS")
@pass_project
def codebook_config(project: Project, pass_name: str) -> None:
    """Print the Label Studio config of a pass.

    \b
    standpoint codebook config facts > facts.xml
    """
    from standpoint.codebook.load import load_codebook
    from standpoint.pages.label_config import label_config

    click.echo(label_config(load_codebook(project.codebook), pass_name))


@codebook_command.command("from-config")
@click.argument("config", type=EXISTING_FILE)
@click.option("--out", type=FILE, help="Where to write it. Default: standard output.")
def codebook_from_config(config: Path, out: Path | None) -> None:
    """Write a codebook from a Label Studio label config.

    \b
    standpoint codebook from-config label_config.xml --out codebook.yaml
    """
    from standpoint.codebook.from_config import write_codebook

    printer = Printer()
    text = write_codebook(config, out, printer.reporter)
    if out is None:
        click.echo(text, nl=False)
    sys.exit(1 if printer.reporter.levels["error"] else 0)


@click.command("guide")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; report what is stale and which examples break a rule.")
@click.option("--build", is_flag=True, help="Build the site, strictly; needs the extra `guide`.")
@click.option("--out", type=FOLDER, help="Where to build it. Default: .standpoint/guide.")
@pass_project
def guide_command(project: Project, only_check: bool, build: bool, out: Path | None) -> None:
    """Update the guidelines' generated parts, and build the site.

    The generated blocks and pictures of guidelines/ are written again, and each example is checked by the rules.

    \b
    standpoint guide
    standpoint guide --check
    standpoint guide --build --out site/
    """
    from standpoint.guide.guide import build_guide, update_guide

    with Printer() as printer:
        counts = update_guide(project, only_check, printer.reporter)
        if build and not printer.reporter.levels["error"]:
            counts.update(build_guide(project, out))
    printer.close(counts)
