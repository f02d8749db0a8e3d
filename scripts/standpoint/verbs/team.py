"""The team: who is in it, who leaves, and who is given which article: team."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

from ruamel.yaml import YAML

from standpoint.annotate import sync
from standpoint.annotate.accounts import DOMAIN, PSEUDONYM, accounts_at
from standpoint.annotate.people import load_annotators
from standpoint.annotate.secret import load_secrets
from standpoint.annotate.team import Given, load_team, planned, read_given, shares, write_given
from standpoint.jsonlines import written_whole
from standpoint.model import StandpointError
from standpoint.project import Project, read_annotation_sets, read_articles
from standpoint.publish.splits import read_splits
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller

KINDS = ("human_trained", "human_expert", "human_crowd")
ALONE = "a01"  # who annotates where there is no team
ABOUT = "Who annotates, and how many an article, by pass and split (1.25: one, and a second for a quarter of them)."
OVERLAP = {"train": 1.25, "validation": 2, "test": 2}  # codebook, design of the annotation: all of dev and test double
STANCE = {"train": 3, "validation": 3, "test": 3}  # a scale is never adjudicated away, so it takes three


def add(project: Project, name: str, kind: str, passes: tuple[str, ...], tell: Teller) -> Counter:
    """Take somebody into the team, or take them back; a new team gets the usual overlap. Then plan anew."""
    if not PSEUDONYM.fullmatch(name):
        raise StandpointError(f"{name!r} cannot be a pseudonym", "use small letters, digits, dot, dash, underscore: a01, say")
    listed = load_annotators(project.annotators)
    if name in listed and listed[name].kind != kind:
        raise StandpointError(f"{name} is listed as {listed[name].kind} in {project.annotators}", "a pseudonym is one annotator")
    data = _data(project)
    entries = data.setdefault("members", [])
    entry = next((one for one in entries if one["id"] == name), None)
    if entry is None:
        entries.append(entry := {"id": name})
    entry.pop("left", None)
    entry |= {"passes": list(passes)} if passes else {}
    _write(project.team, data)
    if name not in listed:
        _list(project, name, kind)
    return assign(project, tell)


def leave(project: Project, name: str, tell: Teller) -> Counter:
    """Somebody leaves: what they have done stays, what they have not goes to the others."""
    data = _data(project)
    entry = next((one for one in data.get("members", []) if one["id"] == name), None)
    if entry is None:
        raise StandpointError(f"{name} is not in the team", "`standpoint team list` shows who is")
    entry["left"] = True
    _write(project.team, data)
    return assign(project, tell)


def assign(project: Project, tell: Teller) -> Counter:
    """Plan who annotates what, and write it to ``dataset/assignments``; the same team and articles give the same plan."""
    codebook, _ = open_codebook(project)
    team, splits = (
        load_team(project.team, codebook),
        {row.article_id: row.split for row in read_splits(project.splits / "default.tsv")},
    )
    articles = {article.id: splits.get(article.id, "") for article in read_articles(project, with_text=False)}
    counts: Counter = Counter()
    for one in codebook.passes:
        path = project.assignments / f"{one.name}.tsv"
        before = read_given(path)
        rows, issues = planned(team, one.name, articles, before, done(project, one.name))
        for issue in issues:
            tell.tell(issue)
        write_given(path, rows)
        counts[f"{one.name}: articles given out"] = len(rows)
        counts[f"{one.name}: of these new"] = len(set(rows) - set(before))
    return counts


def accounts(project: Project, client: sync.Client) -> dict[str, str]:
    """The log-in of each member's account on a server, made where there is none: account -> password, if it was made here."""
    made = accounts_at(client.http, client.url, passwords_of(project, client), working(project))
    kept = load_secrets(passwords_of(project, client)).passwords
    return {f"{name}{DOMAIN}": kept.get(name, "") for name in made}


def passwords_of(project: Project, client: sync.Client) -> Path:
    """The folder where the passwords of the accounts that were made on a server are kept."""
    if client.url.startswith("http://127.0.0.1:"):
        return project.server
    return project.local / "accounts" / quote(client.url, "")


def working(project: Project) -> list[str]:
    """The members who have not left."""
    codebook, _ = open_codebook(project)
    return [one.id for one in load_team(project.team, codebook).members if not one.left]


def done(project: Project, pass_name: str) -> set[Given]:
    """What members, also those who have left, have annotated in a pass, as far as it was pulled or collected."""
    codebook, _ = open_codebook(project)
    members = {one.id for one in load_team(project.team, codebook).members}
    sets = (Given(one.article_id, one.annotator) for one in read_annotation_sets(project, pass_name))
    return {one for one in sets if one.annotator in members}


def listed(project: Project) -> Iterator[str]:
    """The team as a table: kind, whether they left, and in each pass how much was given to them and is done."""
    codebook, _ = open_codebook(project)
    known = load_annotators(project.annotators)
    passes = {
        one.name: {
            name: (given, finished)
            for name, given, finished in shares(read_given(project.assignments / f"{one.name}.tsv"), done(project, one.name))
        }
        for one in codebook.passes
    }
    yield f"{'annotator':<12}{'kind':<16}" + "".join(f"{name:>20}" for name in passes)
    for one in load_team(project.team, codebook).members:
        figures = [found.get(one.id, (0, 0)) for found in passes.values()]
        words = "".join(f"{f'{finished:,} of {given:,} done':>20}" for given, finished in figures)
        kind = known[one.id].kind if one.id in known else "not listed"
        yield f"{one.id:<12}{kind:<16}{words}{'   left' if one.left else ''}"


def asked(project: Project, names: str | None) -> Sequence[str] | Callable[[str], dict[str, list[str]]]:
    """Who annotates: those that are named, the team with what each member is given, or a01 where there is no team."""
    if names is None and project.team.exists():
        return partial(shared_out, project)
    return [name.strip() for name in (names or ALONE).split(",") if name.strip()]


def shared_out(project: Project, pass_name: str) -> dict[str, list[str]]:
    """The articles that each working member is given in a pass, in the member's own order."""
    codebook, _ = open_codebook(project)
    team = load_team(project.team, codebook)
    given = read_given(project.assignments / f"{pass_name}.tsv")
    return {
        name: team.in_order(name, (one.article_id for one in given if one.annotator == name)) for name in team.working(pass_name)
    }


def _data(project: Project) -> dict:
    """The team's file as it was written, comments too; a new one has the usual overlap for each pass."""
    codebook, _ = open_codebook(project)
    load_team(project.team, codebook)
    if project.team.exists():
        return YAML().load(project.team.read_text(encoding="utf-8"))
    scales = {
        one.name
        for one in codebook.passes
        if any(codebook.settle_of(layer) == "distribution" for layer in codebook.layers_of(one.name))
    }
    overlap = {one.name: dict(STANCE if one.name in scales else OVERLAP) for one in codebook.passes}
    data = YAML().map(seed="standpoint", overlap=overlap)
    data.yaml_set_start_comment(ABOUT)
    return data


def _list(project: Project, name: str, kind: str) -> None:
    data = YAML().load(project.annotators.read_text(encoding="utf-8")) if project.annotators.exists() else {}
    data.setdefault("annotators", []).append({"id": name, "kind": kind})
    _write(project.annotators, data)


def _write(path: Path, data: dict) -> None:
    stream, yaml = io.StringIO(), YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 130
    yaml.dump(data, stream)
    with written_whole(path) as file:
        file.write(stream.getvalue().encode())
