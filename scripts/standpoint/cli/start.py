"""The first steps with Standpoint: demo."""

from __future__ import annotations

import sys

import click

from standpoint.cli.console import Printer, show
from standpoint.cli.options import pass_project
from standpoint.core.paths import Project


@click.command("demo")
@pass_project
def demo_command(project: Project) -> None:
    """Run every step on the project's corpus and load the dataset.

    The steps are ingest, push, submit the existing annotation sets, pull, check, agree, adjudicate, split and build. Label
    Studio is the real one, on SQLite and on this machine only.

    \b
    standpoint demo
    """
    from standpoint.cli.render import demo_summary
    from standpoint.server.demo import run_demo

    with Printer() as printer:
        demo = run_demo(project, printer.reporter)
    show(demo_summary(demo))
    sys.exit(1 if printer.reporter.levels["error"] else 0)
