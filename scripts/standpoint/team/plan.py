"""Who is in the team, and who annotates which article: planned from the list alone."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.files import written_whole
from standpoint.core.model import Issue, StandpointError
from standpoint.core.paths import Project
from standpoint.core.provenance import PSEUDONYM, load_annotators
from standpoint.core.reporter import Reporter
from standpoint.core.yamlfile import Strict, load_as
from standpoint.splits.splits import read_splits

ELSE = "train"  # an article that is in no split yet, or quarantined, is given out as one of these
HEADER = ("article_id", "annotator")


class Member(Strict, frozen=True):
    """Somebody who annotates; ``passes``: only these. Who has left is given nothing more."""

    id: str
    passes: tuple[str, ...] = ()
    left: bool = False


class Team(Strict, frozen=True):
    """``dataset/team.yaml``. ``overlap``: annotators an article, by pass and split; 1.25 is one, and for a quarter two."""

    seed: str = "standpoint"
    overlap: dict[str, dict[str, float]] = {}
    members: tuple[Member, ...] = ()

    def working(self, pass_name: str) -> list[str]:
        """Those who annotate a pass, sorted."""
        return sorted(one.id for one in self.members if not one.left and pass_name in (one.passes or (pass_name,)))

    def wanted(self, pass_name: str, split: str, article_id: str) -> int:
        """How many annotators an article is given to."""
        by_split = self.overlap.get(pass_name, {})
        number = by_split.get(split, by_split.get(ELSE, 1.0))
        return int(number) + (self._point(pass_name, article_id) < number % 1)

    def in_order(self, annotator: str, articles: Iterable[str]) -> list[str]:
        """The articles as this annotator gets them: shuffled by the seed, so that no two have the same order."""
        return sorted(articles, key=lambda article: self._point(annotator, article))

    def _point(self, *words: str) -> float:
        return int(sha256(":".join((self.seed, *words)).encode()).hexdigest()[:16], 16) / 16**16


class Given(NamedTuple):
    """One line of ``dataset/assignments/<pass>.tsv``."""

    article_id: str
    annotator: str


def load_team(path: Path, codebook: Codebook) -> Team:
    """The team's list; an empty one where there is no file. StandpointError for a pass or split that there is not."""
    team = load_as(path, Team, "team") if path.exists() else Team()
    named = {*team.overlap, *(name for one in team.members for name in one.passes)}
    if unknown := sorted(named - set(codebook.pass_by_name)):
        raise StandpointError(f"{path}: no pass is called {unknown[0]!r}", f"there are {', '.join(codebook.pass_by_name)}")
    twice = [name for name, count in Counter(one.id for one in team.members).items() if count > 1]
    if twice:
        raise StandpointError(f"{path}: member {twice[0]!r} stands there more than once", "keep one")
    return team


def planned(
    team: Team, pass_name: str, articles: Mapping[str, str], given: Collection[Given], done: Collection[Given]
) -> tuple[list[Given], list[Issue]]:
    """Who is given which article in a pass, sorted; and a note for each article that too few can be given to.

    ``articles``: the split of each, "" for none. ``given`` is the plan so far, ``done`` what members have annotated.
    """
    working, before = team.working(pass_name), set(given)
    holders = _holders(articles, done)
    load = Counter({name: 0 for name in working}) + Counter(name for names in holders.values() for name in names)
    wanted = {article: team.wanted(pass_name, split, article) for article, split in articles.items()}
    for article in team.in_order(pass_name, articles):
        free = [name for name in working if name not in holders[article]]
        # Who has it keeps it; else those who have least, in an order that the seed shuffles.
        free.sort(key=lambda name: ((article, name) not in before, load[name], team._point(name, article)))
        for name in free[: max(0, wanted[article] - len(holders[article]))]:
            holders[article].append(name)
            load[name] += 1
    _level({name: load[name] for name in working}, holders, set(done))
    issues = [
        _too_few(pass_name, article, len(names), wanted[article])
        for article, names in holders.items()
        if len(names) < wanted[article]
    ]
    return sorted(Given(article, name) for article, names in holders.items() for name in names), issues


def _holders(articles: Iterable[str], done: Iterable[Given]) -> dict[str, list[str]]:
    holders: dict[str, list[str]] = {article: [] for article in articles}
    for article, annotator in sorted(done):
        if article in holders:
            holders[article].append(annotator)
    return holders


def _level(load: dict[str, int], holders: dict[str, list[str]], done: set[Given]) -> None:
    """Hand what is not done from who has most to who has least, as long as that evens it out."""
    own = {name: [one for one, names in holders.items() if name in names and (one, name) not in done] for name in load}
    while load and load[busy := max(load, key=load.get)] - load[idle := min(load, key=load.get)] > 1:
        article = next((one for one in own[busy] if idle not in holders[one]), None)
        if article is None:
            return
        holders[article][holders[article].index(busy)] = idle
        own[busy].remove(article)
        own[idle].append(article)
        load[busy] -= 1
        load[idle] += 1


def _too_few(pass_name: str, article: str, have: int, wanted: int) -> Issue:
    return Issue(f"{article} {pass_name}", "TEAM-SMALL", f"{have} annotator(s) for it, should be {wanted}: add members", "note")


def read_given(path: Path) -> list[Given]:
    """The assignments of a pass, none where there is no file; StandpointError with the line where it is not as written."""
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else ["\t".join(HEADER), ""]
    rows = [tuple(line.split("\t")) for line in lines]
    if rows[0] != HEADER or rows.pop() != ("",):
        raise StandpointError(f"{path}:1: should begin with {' '.join(HEADER)}, tab-separated, and end with a newline")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(HEADER) or not all(row):
            raise StandpointError(f"{path}:{number}: {len(row)} fields, should be {' '.join(HEADER)}, tab-separated, none empty")
    return [Given(*row) for row in rows[1:]]


def write_given(path: Path, rows: Sequence[Given]) -> None:
    """Write the assignments whole or not at all; the same rows leave the file untouched."""
    with written_whole(path) as file:
        file.writelines("\t".join(row).encode() + b"\n" for row in (HEADER, *rows))


def shares(given: Iterable[Given], done: Collection[Given]) -> Iterator[tuple[str, int, int]]:
    """Annotator, articles given, and of these done; sorted."""
    rows: dict[str, list[Given]] = {}
    for one in given:
        rows.setdefault(one.annotator, []).append(one)
    for name, own in sorted(rows.items()):
        yield name, len(own), sum(one in done for one in own)


KINDS = ("human_trained", "human_expert", "human_crowd")
ALONE = "a01"  # who annotates where there is no team
ABOUT = "Who annotates, and how many an article, by pass and split (1.25: one, and a second for a quarter of them)."
OVERLAP = {"train": 1.25, "validation": 2, "test": 2}  # codebook, design of the annotation: all of dev and test double
STANCE = {"train": 3, "validation": 3, "test": 3}  # a scale is never adjudicated away, so it takes three


def add_member(project: Project, name: str, kind: str, passes: tuple[str, ...], reporter: Reporter) -> Counter:
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
    return assign_articles(project, reporter)


def remove_member(project: Project, name: str, reporter: Reporter) -> Counter:
    """Somebody leaves: what they have done stays, what they have not goes to the others."""
    data = _data(project)
    entry = next((one for one in data.get("members", []) if one["id"] == name), None)
    if entry is None:
        raise StandpointError(f"{name} is not in the team", "`standpoint team list` shows who is")
    entry["left"] = True
    _write(project.team, data)
    return assign_articles(project, reporter)


def assign_articles(project: Project, reporter: Reporter) -> Counter:
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
            reporter.report(issue)
        write_given(path, rows)
        counts[f"{one.name}: articles given out"] = len(rows)
        counts[f"{one.name}: of these new"] = len(set(rows) - set(before))
    return counts


def working(project: Project) -> list[str]:
    """The members who have not left."""
    codebook, _ = open_codebook(project)
    return [one.id for one in load_team(project.team, codebook).members if not one.left]


def done(project: Project, pass_name: str) -> set[Given]:
    """What members, also those who have left, have annotated in a pass, as far as it was pulled or imported."""
    codebook, _ = open_codebook(project)
    members = {one.id for one in load_team(project.team, codebook).members}
    sets = (Given(one.article_id, one.annotator) for one in read_annotation_sets(project, pass_name))
    return {one for one in sets if one.annotator in members}


def list_members(project: Project) -> Iterator[str]:
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


def requested_articles(project: Project, names: str | None) -> Sequence[str] | Callable[[str], dict[str, list[str]]]:
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
        if any(codebook.resolve_of(layer) == "distribution" for layer in codebook.layers_of(one.name))
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
