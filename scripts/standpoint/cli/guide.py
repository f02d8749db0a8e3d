"""The guidelines as a book, and what a new version of them means for what was annotated before: guide, migrate."""

from __future__ import annotations

import math
from pathlib import Path

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.verbs import guide, migrate


@verb("guide")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; say what is stale, and which example breaks a rule.")
@click.option("--build", is_flag=True, help="Build the site, strictly; needs the extra `guide`.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where to build it; default: .standpoint/guide.")
@click.pass_obj
def run_guide(project: Project, only_check: bool, build: bool, out: Path | None) -> None:
    """Rewrite the generated blocks and pictures of guidelines/, put each example to the test, build the site.

    \b
    standpoint guide
    standpoint guide --check
    standpoint guide --build --out site/
    """
    with Printer() as printer:
        counts = guide.guide(project, only_check, printer.teller)
        if build and not printer.teller.levels["error"]:
            counts.update(guide.build(project, out))
    printer.close(counts)


@verb("migrate")
@click.option("--dry-run", is_flag=True, help="Change nothing; only list.")
@click.pass_obj
def run_migrate(project: Project, dry_run: bool) -> None:
    """List the annotation sets that must be looked at again, and bring the others to the codebook's version.

    guidelines/CHANGELOG.md says which versions changed what a label means. A set that used such a label, or might have
    with its new meaning, keeps its version until it has been annotated anew.

    \b
    standpoint migrate --dry-run
    standpoint migrate
    """
    with Printer(math.inf) as printer:
        counts = migrate.migrate(project, dry_run, printer.teller)
    printer.close(counts)
