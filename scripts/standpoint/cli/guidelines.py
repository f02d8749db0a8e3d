"""What annotators follow: codebook, guide."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from standpoint.cli.console import EXISTING_FILE, FILE, FOLDER, Result, Run
from standpoint.cli.root import Group, command


@click.group("codebook", cls=Group)
def codebook_command() -> None:
    """Check the codebook, print a label config, or import one.

    \b
    standpoint codebook check
    standpoint codebook config facts > facts.xml
    standpoint codebook from-config label_config.xml --out codebook.yaml
    """


@command("check", codebook_command)
def codebook_check(run: Run) -> Result:
    """Refuse what any later command would refuse in the codebook.

    codebook.yaml, actors.yaml and the changelog of the guidelines are loaded strictly; each page in Label Studio and the
    schema of the dataset are made. Run it before anybody labels.

    \b
    standpoint codebook check
    """
    from standpoint.checks.run import check_guidelines

    return check_guidelines(run.project)


@command("config", codebook_command)
@click.argument("pass_name", metavar="PASS")
def codebook_config(run: Run, pass_name: str) -> Result:
    """Print the Label Studio config of a pass.

    \b
    standpoint codebook config facts > facts.xml
    """
    from standpoint.codebook.load import load_codebook
    from standpoint.pages.label_config import label_config

    return [label_config(load_codebook(run.project.codebook), pass_name)]


@command("from-config", codebook_command)
@click.argument("config", type=EXISTING_FILE)
@click.option("--out", type=FILE, help="Where to write it. Default: standard output.")
def codebook_from_config(run: Run, config: Path, out: Path | None) -> Result:
    """Write a codebook from a Label Studio label config.

    \b
    standpoint codebook from-config label_config.xml --out codebook.yaml
    """
    from standpoint.codebook.from_config import write_codebook

    text = write_codebook(config, out, run.reporter)
    return [] if out else [text.removesuffix("\n")], Counter()


@command("guide")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; report what is stale and which examples break a rule.")
@click.option("--build", is_flag=True, help="Build the site, strictly; needs the extra `guide`.")
@click.option("--out", type=FOLDER, help="Where to build it. Default: .standpoint/guide.")
def guide_command(run: Run, only_check: bool, build: bool, out: Path | None) -> Result:
    """Update the guidelines' generated parts, and build the site.

    The generated blocks and pictures of guidelines/ are written again, and each example is checked by the rules.

    \b
    standpoint guide
    standpoint guide --check
    standpoint guide --build --out site/
    """
    from standpoint.guide.guide import build_guide, update_guide

    project = run.project if only_check and not build else run.locked_project
    counts = update_guide(project, only_check, run.reporter)
    if build and not run.reporter.levels["error"]:
        counts.update(build_guide(project, out))
    return counts
