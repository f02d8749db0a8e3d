"""What annotators follow: codebook, actors, guide."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from standpoint.cli.console import EXISTING_FILE, FILE, FOLDER, Result, Run, with_server
from standpoint.cli.root import Group, command


@command("keys")
@click.argument("file", default="")
@click.option("--reference", type=FILE, help="Write the page that explains all files.")
@click.option("--check", "only_check", is_flag=True, help="With --reference: only report whether the page is stale.")
def keys_command(run: Run, file: str, reference: Path | None, only_check: bool) -> Result:
    """Explain the keys of the files that people write.

    FILE is the name of a file of a project, such as codebook.yaml, sources.yaml or card.md. Default: all. Each key has its
    type, its default and its meaning. --reference writes a page with the same.

    \b
    standpoint keys
    standpoint keys sources.yaml
    standpoint keys --reference keys.md [--check]
    """
    if only_check and reference is None:
        raise click.UsageError("--check is an option of --reference: standpoint keys --reference keys.md --check")
    from standpoint.init.project_files import explained, write_keys_page

    if reference is None:
        return list(explained(file)), Counter()
    run.failed = not write_keys_page(reference, only_check)
    if run.failed:
        click.echo(f"{reference} is stale: run standpoint keys --reference {reference}", err=True)
    return None


@click.group("codebook", cls=Group)
def codebook_command() -> None:
    """Check the codebook, rename a label, print or import a config.

    \b
    standpoint codebook check
    standpoint codebook rename claims/forecast prediction
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

    return check_guidelines(run.project, run.reporter)


@command("rename", codebook_command)
@click.argument("former", metavar="LAYER[/LABEL]")
@click.argument("new", metavar="NAME")
@click.option("--dry-run", is_flag=True, help="Change nothing; show what would be changed.")
@click.option("--push", "is_pushed", is_flag=True, help="Rename in Label Studio too, instead of with the next `standpoint push`.")
@with_server
def codebook_rename(run: Run, former: str, new: str, dry_run: bool, is_pushed: bool) -> Result:
    """Rename a label or a layer everywhere in the project.

    The new name goes into the codebook, examples, rulings, decision trees, annotation sets, decisions and adjudicated sets. The
    codebook lists the former name as `retired` and gets the next PATCH version, with an entry in guidelines/CHANGELOG.md. So old
    exports, and work that is submitted under the former name, are imported under the new one, and nobody has to label or decide
    again. The next `push`, or --push, renames in Label Studio. Pages of the guide that were written by hand are listed, and not
    changed. A run that was interrupted can be repeated.

    \b
    standpoint codebook rename claims/forecast prediction --dry-run
    standpoint codebook rename claims/forecast prediction
    standpoint codebook rename places locations --push
    """
    from standpoint.adjudication.rename_project import rename

    if dry_run and is_pushed:
        raise click.UsageError("--dry-run changes nothing: omit --push")
    lines, counts = rename(run.project if dry_run else run.locked_project, former, new, dry_run, run.reporter)
    if is_pushed:
        from standpoint.labelstudio.exchange import update_pages

        with run.open_client() as client:
            counts.update(update_pages(run.project, client, run.reporter, run.name))
    elif not dry_run:
        lines.append("next: standpoint push, for the pages in Label Studio; standpoint guide; standpoint build")
    return lines, counts


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
@click.option("--ignore", multiple=True, metavar="CONTROL", help="Its answers may be lost: no layer can be made of it.")
def codebook_from_config(run: Run, config: Path, out: Path | None, ignore: tuple[str, ...]) -> Result:
    """Write a codebook from a Label Studio label config.

    A control that no layer can be made of is named in the codebook, under `ignored`, and the exit code is 1 unless --ignore
    accepts it.

    \b
    standpoint codebook from-config label_config.xml --out codebook.yaml
    standpoint codebook from-config label_config.xml --out codebook.yaml --ignore when
    """
    from standpoint.codebook.from_config import write_codebook

    text = write_codebook(config, out, run.reporter, ignore)
    return [] if out else [text.removesuffix("\n")], Counter()


@click.group("actors", cls=Group)
def actors_command() -> None:
    """Grow the registry by the names that annotators typed.

    Annotators name actors that the registry does not have. `propose` shows these names in groups that are probably one actor
    each. `add`, `merge` and `redirect` change guidelines/actors.yaml, and adjudicate. Sets and decisions are not changed: they
    are read under the present ids.

    \b
    standpoint actors propose
    standpoint actors add "Quay Guard" --class rebel_group
    standpoint actors merge act-000004 "Guard of the Quay"
    standpoint actors redirect act-000009 act-000004
    """


in_articles = click.option(
    "--article", "articles", multiple=True, metavar="ID", help="An article in which a description is this actor. Default: all."
)

loaded_names = click.option(
    "--loaded", multiple=True, metavar="NAME", help='Which of the aliases takes sides ("the regime", "our forces").'
)


@command("propose", actors_command)
@click.option("--certain", is_flag=True, help="Only groups of equal names, or of words that two annotators marked alike.")
def actors_propose(run: Run, certain: bool) -> Result:
    """Show the names of new actors, in groups that are probably one.

    Each group has its names with their annotators, the reasons, a few mentions, and the command that accepts it. Names of one
    group are spelled, abbreviated or transliterated alike, or were given to the same words. Two names that one annotator used
    for two actors of one article are never in one group.

    \b
    standpoint actors propose
    standpoint actors propose --certain
    """
    from standpoint.adjudication.proposals import propose
    from standpoint.cli.render import proposal_lines
    from standpoint.core.standoff import report_unknown_quotes

    report_unknown_quotes(run.project, run.reporter)
    return proposal_lines([one for one in propose(run.project) if one.certain or not certain])


@command("add", actors_command)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--class", "actor_class", default="", metavar="CLASS", help="Its class, from the codebook.")
@click.option("--alone", is_flag=True, help="Only these names, not the other names of the group that `propose` shows.")
@in_articles
@loaded_names
def actors_add(run: Run, names: tuple[str, ...], **options: Any) -> Result:
    """Add a new actor, with all names of its group.

    The first name is its name, the others become aliases. A description ("gunmen") is an alias only in the articles in which
    annotators used it.

    \b
    standpoint actors add "Quay Guard" --class rebel_group
    standpoint actors add "Quay Guard" "Guard of the Quay" --alone
    standpoint actors add "Quay Guard" "quay bandits" --loaded "quay bandits"
    """
    from standpoint.adjudication.grow_registry import add_actor

    identity, counts = add_actor(run.locked_project, names, run.reporter, **options)
    return [f"{names[0]} is {identity}"], counts


@command("merge", actors_command)
@click.argument("actor", metavar="ID")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@in_articles
@loaded_names
def actors_merge(run: Run, actor: str, names: tuple[str, ...], **options: Any) -> Result:
    """Add names of new actors to an actor of the registry.

    \b
    standpoint actors merge act-000004 "Guard of the Quay"
    standpoint actors merge act-000004 "the guards" --article gazette-2031-03-06-0a1b2c3d
    """
    from standpoint.adjudication.grow_registry import merge_names

    return merge_names(run.locked_project, actor, names, run.reporter, **options)


@command("redirect", actors_command)
@click.argument("former", metavar="ID")
@click.argument("present", metavar="OTHER_ID")
def actors_redirect(run: Run, former: str, present: str) -> Result:
    """Merge an actor of the registry into another one.

    \b
    standpoint actors redirect act-000009 act-000004
    """
    from standpoint.adjudication.grow_registry import redirect_actor

    return redirect_actor(run.locked_project, former, present, run.reporter)


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
