"""How far annotators agree: agree."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.assess.agreement import SEED, Options
from standpoint.cli._root import TOKEN, verb
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.verbs import agree, report

FILE = click.Path(dir_okay=False, path_type=Path)


@verb("agree")
@click.option("--layer", "layers", multiple=True, metavar="NAME", help="Only this layer; may be given several times.")
@click.option("--gamma", is_flag=True, help="Compute gamma too; it takes seconds an article, and needs the extra `gamma`.")
@click.option("--resamples", type=click.IntRange(0), default=10_000, show_default=True, help="Of the bootstrap; 0: no intervals.")
@click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="Of the bootstrap and of gamma.")
@click.option("--json", "json_file", type=FILE, help="Write all figures to this file too.")
@click.option("--report", "report_file", type=FILE, help="Write the report to this file too: one HTML page with all of it.")
@click.option("--url", envvar="LABEL_STUDIO_URL", help="Link the report to the tasks in this Label Studio (or LABEL_STUDIO_URL).")
@click.option("--token", envvar="LABEL_STUDIO_API_KEY", help=TOKEN)
@click.option("--name", default=report.NAME, show_default=True, help="How the titles of our projects there begin.")
@click.pass_obj
def run_agree(
    project: Project,
    layers: tuple[str, ...],
    gamma: bool,
    resamples: int,
    seed: int,
    json_file: Path | None,
    report_file: Path | None,
    **tasks: str | None,
) -> None:
    """Print agreement per layer, with 95 % intervals over stories, n, and whether the codebook's target is met.

    Only people's own first work is human agreement. What machines made, and what people made from drafts, is under
    headings of its own.

    \b
    standpoint agree
    standpoint agree --layer events --layer status
    standpoint agree --gamma --json agreement.json
    standpoint agree --report agreement.html
    standpoint agree --report agreement.html --url https://labels.example.org --token "$TOKEN"
    """
    options = Options(resamples=resamples, seed=seed, gamma=gamma, layers=layers)
    with Printer() as printer:
        agreement = agree.agree(project, printer.teller, options)
    if json_file:
        agree.write(agreement, json_file)
    if report_file:
        report.write_report(project, agreement, report_file, report.Tasks(**tasks))
    for line in agree.table(agreement):
        click.echo(line)
