"""Everything checked: check."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import click

from standpoint.cli._root import names, verb
from standpoint.model import StandpointError
from standpoint.printer import FLOOD, Printer, err
from standpoint.project import Project
from standpoint.verbs import check
from standpoint.verbs.tell import Teller

CODES = "Codes, or beginnings of codes such as SPAN, separated by commas"


@verb("check")
@click.option("--select", metavar="CODES", default="", help=f"{CODES}: only these are told.")
@click.option("--ignore", metavar="CODES", default="", help=f"{CODES}: these are not told.")
@click.option("--all", "every", is_flag=True, help=f"Show every finding, not only {FLOOD} of a code.")
@click.option("--json", "as_json", is_flag=True, help="Every finding as one line of JSON on standard output.")
@click.option("--reference", type=click.Path(dir_okay=False, path_type=Path), help="Write the page that explains all checks.")
@click.option("--check", "only_check", is_flag=True, help="With --reference: only say whether the page is stale.")
@click.pass_obj
def run_check(
    project: Project, select: str, ignore: str, every: bool, as_json: bool, reference: Path | None, only_check: bool
) -> None:
    """Check everything: files, articles, annotation sets, splits, and what is built.

    Each finding has a place, a code, what should be, and what is. What fails early is not checked further. Only errors
    give exit code 1, notes do not. docs/checks.md says why each check is there, and how to mend what it finds.

    \b
    standpoint check
    standpoint check --select SPAN,SET-VERSION --all
    standpoint check --ignore ACTOR-LIST --json > issues.jsonl
    standpoint check --reference docs/checks.md [--check]
    """
    if reference is not None:
        _reference(reference, only_check)
    elif only_check:
        raise StandpointError("--check is about a page", "standpoint check --reference docs/checks.md --check")
    else:
        _check(project, every, as_json, {"select": names(select), "ignore": names(ignore)})


def _check(project: Project, every: bool, as_json: bool, codes: dict[str, list[str]]) -> None:
    if as_json:
        teller = Teller(issue=lambda issue: click.echo(check.as_json(issue)))
        check.check(project, teller, built=True, **codes)
        sys.exit(1 if teller.levels["error"] else 0)
    with Printer(math.inf if every else FLOOD) as printer:
        counts = check.check(project, printer.teller, built=True, **codes)
    printer.close(counts)


def _reference(path: Path, only_check: bool) -> None:
    if not check.reference(path, only_check):
        err.print(f"{path} is stale: run standpoint check --reference {path}", markup=False, soft_wrap=True)
        sys.exit(1)
