"""Checks, fixes, agreement and adjudication: check, fix, agree, adjudicate."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from standpoint.cli.console import FILE, FLOOD, Result, Run, json_file, split_names, with_bootstrap, with_jobs, with_server
from standpoint.cli.root import Group, command
from standpoint.core.model import REASONS, Reporter
from standpoint.core.project import ADJUDICATOR

CODES = "Comma-separated codes, or beginnings of codes such as SPAN"


@command("check")
@click.option("--select", metavar="CODES", default="", callback=split_names, help=f"{CODES}: report only these.")
@click.option("--ignore", metavar="CODES", default="", callback=split_names, help=f"{CODES}: do not report these.")
@click.option("--all", "show_all", is_flag=True, help=f"Show every issue on a line of its own, not only {FLOOD} causes per code.")
@click.option("--json", "as_json", is_flag=True, help="Write each issue as a line of JSON to standard output.")
@click.option("--live", "is_live", is_flag=True, help="Check what was submitted since the last time, and show it on the pages.")
@with_server
@with_jobs
@click.option("--reference", type=FILE, help="Write the page that explains all checks.")
@click.option("--check", "only_check", is_flag=True, help="With --reference: only report whether the page is stale.")
def check_command(
    run: Run,
    show_all: bool,
    as_json: bool,
    is_live: bool,
    jobs: int,
    reference: Path | None,
    only_check: bool,
    **codes: tuple[str, ...],
) -> Result:
    """Check articles, annotations, splits, the release and all files.

    Each issue has a place, a code, the finding and the rule. Issues with one cause are told once, with the number of places
    and how to fix them. What fails an early check is not checked further. Errors give exit code 1, notes do not.
    --reference writes a page that says why each check exists.

    --live asks a Label Studio instead: what was submitted or changed since the last time is checked, and each issue is shown
    on the task's page until it is fixed. --url, --token and --name say which Label Studio.

    \b
    standpoint check
    standpoint check --select SPAN,SET-VERSION --all
    standpoint check --ignore SPAN-SENTENCE --json > issues.jsonl
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint check --live --url https://labels.example.org
    standpoint check --reference checks.md [--check]
    """
    if only_check and reference is None:
        raise click.UsageError("--check is an option of --reference: standpoint check --reference checks.md --check")
    if is_live and (as_json or any(codes.values())):
        raise click.UsageError("--live reports all issues as text: omit --json, --select and --ignore")
    from standpoint.checks.run import check_project, issue_as_json, write_checks_page
    from standpoint.team.plan import check_team

    run.every_issue = run.every_issue or show_all
    if reference is not None:
        run.failed = not write_checks_page(reference, only_check)
        if run.failed:
            click.echo(f"{reference} is stale: run standpoint check --reference {reference}", err=True)
        return None
    if is_live:
        from standpoint.labelstudio.feedback import check_submitted

        project = run.locked_project
        with run.open_client() as client:
            return check_submitted(project, client, run.reporter, run.name)
    check_team(run.project)
    if as_json:
        reporter = Reporter(issue=lambda issue: click.echo(issue_as_json(issue)))
        check_project(run.project, reporter, built=True, jobs=jobs, **codes)
        run.failed = bool(reporter.levels["error"])
        return None
    return check_project(run.project, run.reporter, built=True, jobs=jobs, **codes)


@command("fix")
@click.option("--write", is_flag=True, help="Apply them, and record each one in dataset/annotations/fixes.jsonl.")
@click.option(
    "--reviewed",
    metavar="ANNOTATORS",
    default="",
    callback=split_names,
    help="Comma-separated pseudonyms: they have reviewed all their sets that are listed.",
)
def fix_command(run: Run, write: bool, reviewed: tuple[str, ...]) -> Result:
    """List safe fixes and outdated annotation sets, or apply them.

    Safe fixes: a span whose quote occurs once nearby, blanks at the ends of a span, and exact duplicates, whose answers and
    relations move to the remaining span. Everything else is refused with its reason and stays unchanged.

    Layers and labels that the codebook lists as `retired` get their new names, in decisions too. The annotations of a layer that
    nothing replaces are removed. Run `standpoint adjudicate` afterwards.

    Sets of an older version of the codebook get the present version, unless guidelines/CHANGELOG.md says that a label now
    means something else and the set is affected. An affected set is listed for review: after `standpoint push`, its annotator
    opens it in Label Studio, and submits again what is not right any more. After `standpoint pull`, --reviewed gives all
    listed sets of the annotator the present version.

    Quotes of withheld texts, which earlier versions have written into sets, decisions and fixes, are replaced by checksums.

    \b
    standpoint fix
    standpoint fix --write
    standpoint pull && standpoint fix --write --reviewed a01,a02
    """
    from standpoint.adjudication.fix import AFFECTED, fix_annotation_sets

    run.every_issue = True
    counts = fix_annotation_sets(run.locked_project if write else run.project, write, run.reporter, reviewed)
    review = "to review: standpoint push; each annotator looks at the listed sets again and submits what changes; then\n"
    review += "  standpoint pull && standpoint fix --write --reviewed ANNOTATOR"
    return [review] if counts[AFFECTED] else [], counts


@command("agree")
@click.option("--layer", "layers", multiple=True, metavar="NAME", help="Only this layer; may be given several times.")
@click.option("--gamma", is_flag=True, help="Compute gamma too; it takes seconds per article, and needs the extra `gamma`.")
@with_bootstrap
@with_jobs
@json_file()
@click.option("--report", "report_file", type=FILE, help="Write a report to this file too: one HTML page with everything.")
@with_server
def agree_command(run: Run, json_file: Path | None, report_file: Path | None, **options: Any) -> Result:
    """Measure how far annotators agree, layer by layer.

    Each figure has a 95 % interval over stories, n, and whether it meets the codebook's target. Only the first, unassisted
    work of people is human agreement. Work of machines, and work of people who saw suggestions, has headings of its own.
    With --url, the report links to the tasks in that Label Studio.

    \b
    standpoint agree
    standpoint agree --layer claims --layer support
    standpoint agree --gamma --json agreement.json
    standpoint agree --report agreement.html
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint agree --report agreement.html --url https://labels.example.org
    """
    from standpoint.agreement.agreement import Options, measure_agreement
    from standpoint.cli.render import agreement_lines
    from standpoint.core.files import write_json
    from standpoint.labelstudio.exchange import write_linked_report

    agreement = measure_agreement(run.project, run.reporter, Options(**options))
    if json_file:
        write_json(json_file, agreement)
    if report_file:
        with run.open_client() if run.url else nullcontext() as client:
            write_linked_report(run.project, agreement, report_file, client, run.name)
    return agreement_lines(agreement)


@click.group("adjudicate", cls=Group, invoke_without_command=True)
@with_jobs
@click.pass_context
def adjudicate_command(context: click.Context, jobs: int) -> Result:
    """Combine the annotation sets of each article into one.

    Without a further word it needs no server: the adjudicated sets follow from dataset/annotations and dataset/decisions.
    What annotators agree on is kept, decisions of adjudicators are applied, and each remaining conflict is kept with all its
    readings. `standpoint serve --adjudicators` shows the conflicts on the embedded server.

    \b
    standpoint adjudicate
    standpoint adjudicate push --adjudicators j01
    standpoint adjudicate pull
    standpoint adjudicate gaps
    """
    if context.invoked_subcommand is not None:
        return None
    from standpoint.adjudication.adjudicate import adjudicate_project

    return adjudicate_project(context.obj.locked_project, context.obj.reporter, jobs)


@command("push", adjudicate_command)
@click.option(
    "--adjudicators",
    default=ADJUDICATOR,
    show_default=True,
    callback=split_names,
    help="Comma-separated pseudonyms: each of them gets a project per pass.",
)
@with_server
def adjudicate_push(run: Run, adjudicators: tuple[str, ...]) -> Result:
    """Send undecided conflicts to Label Studio.

    There is one task per article and pass. It does not name the annotators.

    \b
    standpoint adjudicate push --adjudicators j01
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint adjudicate push --url https://labels.example.org --adjudicators j01,j02
    """
    from standpoint.labelstudio.adjudication import push_conflicts

    project = run.locked_project
    with run.open_client(making=True) as client:
        counts = push_conflicts(project, client, adjudicators, run.reporter, run.name)
    if run.url:
        log_ins = f"standpoint server accounts {' '.join(adjudicators)} --url {run.url}"
    else:
        log_ins = f"standpoint serve --adjudicators {','.join(adjudicators)}"
    return [f"log-ins: {log_ins}"], counts


@command("pull", adjudicate_command)
@with_server
def adjudicate_pull(run: Run) -> Result:
    """Fetch decisions into dataset/decisions, and adjudicate.

    The decisions are kept under pseudonyms.

    \b
    standpoint adjudicate pull
    LABEL_STUDIO_API_KEY="$TOKEN" standpoint adjudicate pull --url https://labels.example.org
    """
    from standpoint.labelstudio.adjudication import pull_decisions

    project = run.locked_project
    with run.open_client() as client:
        return pull_decisions(project, client, run.reporter, run.name)


@command("gaps", adjudicate_command)
@click.option(
    "--reason", type=click.Choice(REASONS), default="guideline_gap", show_default=True, help="List this reason instead."
)
def adjudicate_gaps(run: Run, reason: str) -> Result:
    """List the questions that the guidelines leave open.

    Each one has its readings, the decision and the adjudicator's comment.

    \b
    standpoint adjudicate gaps
    standpoint adjudicate gaps --reason genuine_ambiguity
    """
    from standpoint.labelstudio.adjudication import guideline_gaps

    return list(guideline_gaps(run.project, reason)) or [f"no decision has the reason {reason}"]
