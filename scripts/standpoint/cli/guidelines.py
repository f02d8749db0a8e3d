"""The codebook and the guide: codebook, guide."""

from __future__ import annotations

import io
import math
import sys
from collections import Counter
from pathlib import Path

import click
from ruamel.yaml import YAML

from standpoint.adjudication.fix import migrate_annotation_sets
from standpoint.cli._printer import Printer
from standpoint.cli._root import Verbs, main, verb
from standpoint.codebook.from_config import codebook_from_config
from standpoint.codebook.load import load_codebook, open_codebook
from standpoint.core.files import written_whole
from standpoint.core.paths import Project
from standpoint.core.reporter import Reporter
from standpoint.guide.guide import build_guide, update_guide
from standpoint.pages.label_config import label_config


def count_codebook(project: Project) -> Counter:
    """Load codebook and registry strictly and validate each pass's page; what they hold."""
    codebook, registry = open_codebook(project)
    for one in codebook.passes:
        label_config(codebook, one.name)
    labels = sum(len(layer.labels) for layer in codebook.layers)
    return Counter(
        {
            "passes": len(codebook.passes),
            "layers": len(codebook.layers),
            "labels": labels,
            "actors": len(registry.actors),
            "places": len(registry.places),
        }
    )


def pass_config(project: Project, pass_name: str) -> str:
    """The label config of one pass."""
    return label_config(load_codebook(project.codebook), pass_name)


def write_codebook(path: Path, out: Path | None, reporter: Reporter) -> str:
    """A codebook, as YAML, from a label config; also written to ``out``, whole or not at all."""
    values, issues = codebook_from_config(path.read_text(encoding="utf-8"), path.stem)
    for issue in issues:
        reporter.report(issue)
    stream, yaml = io.StringIO(), YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(values, stream)
    if out is not None:
        with written_whole(out) as file:
            file.write(stream.getvalue().encode())
        load_codebook(out)
    return stream.getvalue()


@main.group("codebook", cls=Verbs)
def codebook_group() -> None:
    """Check the codebook, show its Label Studio pages, or write one from a label config."""


@codebook_group.command("check")
@click.pass_obj
def codebook_check(project: Project) -> None:
    """Load guidelines/codebook.yaml and actors.yaml strictly, and validate each pass's page.

    \b
    standpoint codebook check
    """
    Printer().close(count_codebook(project))


@codebook_group.command("config")
@click.argument("pass_name", metavar="PASS")
@click.pass_obj
def codebook_config(project: Project, pass_name: str) -> None:
    """Print the Label Studio config of one pass.

    \b
    standpoint codebook config facts > facts.xml
    """
    click.echo(pass_config(project, pass_name))


@codebook_group.command("from-config")
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Where to write it; default: standard output.")
def codebook_from_config_command(config: Path, out: Path | None) -> None:
    """Write a codebook for a Label Studio project that exists already, from its label config.

    \b
    standpoint codebook from-config label_config.xml --out guidelines/codebook.yaml
    """
    printer = Printer()
    text = write_codebook(config, out, printer.reporter)
    if out is None:
        click.echo(text, nl=False)
    sys.exit(1 if printer.reporter.levels["error"] else 0)


@verb("guide")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; say what is stale, and which example breaks a rule.")
@click.option("--build", is_flag=True, help="Build the site, strictly; needs the extra `guide`.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where to build it; default: .standpoint/guide.")
@click.pass_obj
def guide_command(project: Project, only_check: bool, build: bool, out: Path | None) -> None:
    """Rewrite the generated blocks and pictures of guidelines/, put each example to the test, build the site.

    \b
    standpoint guide
    standpoint guide --check
    standpoint guide --build --out site/
    """
    with Printer() as printer:
        counts = update_guide(project, only_check, printer.reporter)
        if build and not printer.reporter.levels["error"]:
            counts.update(build_guide(project, out))
    printer.close(counts)


@verb("migrate")
@click.option("--dry-run", is_flag=True, help="Change nothing; only list.")
@click.pass_obj
def migrate_command(project: Project, dry_run: bool) -> None:
    """List the annotation sets that must be looked at again, and bring the others to the codebook's version.

    guidelines/CHANGELOG.md says which versions changed what a label means. A set that used such a label, or might have
    with its new meaning, keeps its version until it has been annotated anew.

    \b
    standpoint migrate --dry-run
    standpoint migrate
    """
    with Printer(math.inf) as printer:
        counts = migrate_annotation_sets(project, dry_run, printer.reporter)
    printer.close(counts)
