"""Everything checked: check."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import click

from standpoint.cli._root import names, verb, with_server
from standpoint.model import StandpointError
from standpoint.printer import FLOOD, Printer, err
from standpoint.project import Project
from standpoint.verbs import check, live, server
from standpoint.verbs.tell import Teller

CODES = "Codes, or beginnings of codes such as SPAN, separated by commas"


@verb("check")
@click.option("--select", metavar="CODES", default="", help=f"{CODES}: only these are told.")
@click.option("--ignore", metavar="CODES", default="", help=f"{CODES}: these are not told.")
@click.option("--all", "every", is_flag=True, help=f"Show every finding, not only {FLOOD} of a code.")
@click.option("--json", "as_json", is_flag=True, help="Every finding as one line of JSON on standard output.")
@click.option(
    "--live", "is_live", is_flag=True, help="Check what annotators submitted since the last look, and tell them on the page."
)
@with_server
@click.option("--reference", type=click.Path(dir_okay=False, path_type=Path), help="Write the page that explains all checks.")
@click.option("--check", "only_check", is_flag=True, help="With --reference: only say whether the page is stale.")
@click.pass_obj
def run_check(project: Project, is_live: bool, reference: Path | None, only_check: bool, **options) -> None:
    """Check everything: files, articles, annotation sets, splits, and what is built.

    Each finding has a place, a code, what should be, and what is. What fails early is not checked further. Only errors
    give exit code 1, notes do not. docs/checks.md says why each check is there, and how to mend what it finds.

    --live asks a Label Studio instead: what was submitted or changed since the last look is checked, and what is found
    stands on the task's page until it is mended. --url, --token and --name say which one.

    \b
    standpoint check
    standpoint check --select SPAN,SET-VERSION --all
    standpoint check --live --url https://labels.example.org
    standpoint check --ignore ACTOR-LIST --json > issues.jsonl
    standpoint check --reference docs/checks.md [--check]
    """
    if reference is not None:
        _reference(reference, only_check)
    elif only_check:
        raise StandpointError("--check is about a page", "standpoint check --reference docs/checks.md --check")
    elif is_live:
        _live(project, options)
    else:
        _check(project, options)


def _check(project: Project, options: dict) -> None:
    codes = {name: names(options[name]) for name in ("select", "ignore")}
    if options["as_json"]:
        teller = Teller(issue=lambda issue: click.echo(check.as_json(issue)))
        check.check(project, teller, built=True, **codes)
        sys.exit(1 if teller.levels["error"] else 0)
    with Printer(math.inf if options["every"] else FLOOD) as printer:
        counts = check.check(project, printer.teller, built=True, **codes)
    printer.close(counts)


def _live(project: Project, options: dict) -> None:
    if options["as_json"] or options["select"] or options["ignore"]:
        raise StandpointError("--live checks all, and tells it in words", "leave --json, --select and --ignore out")
    asked = server.client(project, options["url"], options["token"])
    with Printer(math.inf if options["every"] else FLOOD) as printer, asked as client:
        counts = live.look(project, client, printer.teller, options["name"])
    printer.close(counts)


def _reference(path: Path, only_check: bool) -> None:
    if not check.reference(path, only_check):
        err.print(f"{path} is stale: run standpoint check --reference {path}", markup=False, soft_wrap=True)
        sys.exit(1)
