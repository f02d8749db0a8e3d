"""Whether an annotator may begin: qualify."""

from __future__ import annotations

import sys

import click

from standpoint.cli._root import names, verb
from standpoint.printer import Printer, out
from standpoint.project import Project
from standpoint.verbs import qualify
from standpoint.verbs.labelling import open_codebook


@verb("qualify")
@click.argument("annotator")
@click.option("--articles", default="", help="Only these, by their ids, comma-separated; default: all that they have annotated.")
@click.pass_obj
def run(project: Project, annotator: str, articles: str) -> None:
    """Measure an annotator's sets against the settled ones, by the codebook's thresholds, and say where to read up.

    Articles that were settled with their own sets are left out. Exit code 1: not qualified yet.

    \b
    standpoint qualify a03
    standpoint qualify a03 --articles courier-2031-05-02-648106de,gazette-2031-05-02-1f0a77c1
    """
    with Printer() as printer:
        found = qualify.grade(project, annotator, names(articles), printer.teller)
    for line in qualify.words(annotator, found, open_codebook(project)[0]):
        out.print(line, markup=False, soft_wrap=True)
    sys.exit(0 if found.passed else 1)
