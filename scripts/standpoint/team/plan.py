"""The members of the team, and the assignment of articles to them. The same team and articles give the same assignments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

from ruamel.yaml import YAML

from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import DISTRIBUTION, Codebook
from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.files import inside, read_text, read_tsv, write_tsv, write_whole
from standpoint.core.model import Issue, Reporter, StandpointError, sha256
from standpoint.core.project import Project
from standpoint.core.provenance import list_annotator, load_annotators, refuse_name
from standpoint.core.yaml_files import Strict, append_entry, load_as, means, yaml_text
from standpoint.splits.splits import read_splits

FALLBACK = "train"  # an article that is in no split yet, or quarantined, is assigned as one of this split
HEADER = ("article_id", "annotator")


class Member(Strict, frozen=True):
    """An annotator."""

    id: Annotated[str, means("the pseudonym")]
    passes: Annotated[tuple[str, ...], means("only these passes; none: all")] = ()
    left: Annotated[bool, means("the member gets no more articles")] = False


class Team(Strict, frozen=True):
    """``dataset/team.yaml``."""

    seed: Annotated[str, means("what the order and the draw of articles follow from")] = "standpoint"
    overlap: Annotated[
        dict[str, dict[str, float]],
        means("annotators per article, by pass and split; 1.25: one for each article, and a second for a quarter of them"),
    ] = {}
    members: Annotated[tuple[Member, ...], means("the annotators")] = ()

    def active(self, pass_name: str) -> list[str]:
        """The members who annotate a pass, sorted."""
        return sorted(member.id for member in self.members if not member.left and pass_name in (member.passes or (pass_name,)))

    def wanted(self, pass_name: str, split: str, article_id: str) -> int:
        """The number of annotators that an article should have."""
        by_split = self.overlap.get(pass_name, {})
        number = by_split.get(split, by_split.get(FALLBACK, 1.0))
        return int(number) + (self.draw(pass_name, article_id) < number % 1)

    def in_order(self, annotator: str, articles: Iterable[str]) -> list[str]:
        """The articles in an order of this annotator, shuffled by the seed."""
        return sorted(articles, key=lambda article: self.draw(annotator, article))

    def draw(self, *words: str) -> float:
        """A number in [0, 1) that follows from the seed and the words."""
        return int(sha256(":".join((self.seed, *words)))[:16], 16) / 16**16


SAMPLE_HEADER = ("article_id", "probability")


class Drawn(NamedTuple):
    """One line of ``dataset/samples/<pass>.tsv``: an article that people are to read, and how probable it was to be drawn."""

    article_id: str
    probability: float


class Assignment(NamedTuple):
    """One line of ``dataset/assignments/<pass>.tsv``."""

    article_id: str
    annotator: str


def load_team(path: Path, codebook: Codebook) -> Team:
    """The team, empty if there is no file; StandpointError for an unknown pass, or a member who is listed twice."""
    team = load_as(path, Team, "team") if path.exists() else Team()
    named = {*team.overlap, *(name for member in team.members for name in member.passes)}
    if unknown := sorted(named - set(codebook.pass_by_name)):
        raise StandpointError(f"{path}: no pass is called {unknown[0]!r}", f"there are {', '.join(codebook.pass_by_name)}")
    twice = [name for name, count in Counter(member.id for member in team.members).items() if count > 1]
    if twice:
        raise StandpointError(f"{path}: member {twice[0]!r} is listed more than once", "keep one of the entries")
    return team


def team_of(project: Project) -> Team:
    return load_team(project.team, open_codebook(project)[0])


def check_team(project: Project) -> None:
    """Read the team, all assignments and all samples; StandpointError at the first line that is not valid."""
    team_of(project)
    for path in sorted(project.assignments.glob("*.tsv")):
        read_assignments(path)
    for path in sorted(project.samples.glob("*.tsv")):
        read_sample(path)


def plan_pass(
    team: Team,
    pass_name: str,
    articles: Mapping[str, str],
    before: Collection[Assignment],
    done: Collection[Assignment],
    sample: Collection[str] = (),
) -> tuple[list[Assignment], list[Issue]]:
    """The assignments of a pass, sorted; and a note for each article that has too few annotators.

    ``articles``: the split of each, "" for none. ``before``: the earlier assignments. ``done``: those that are annotated.
    ``sample``: only these articles get annotators, if there are any.
    """
    active, kept = team.active(pass_name), set(before)
    assigned: dict[str, list[str]] = {article: [] for article in articles}
    for article, annotator in sorted(done):
        if article in assigned:
            assigned[article].append(annotator)
    load = Counter(dict.fromkeys(active, 0)) + Counter(name for names in assigned.values() for name in names)
    wanted = {article: team.wanted(pass_name, split, article) for article, split in articles.items()}
    if drawn := set(sample):
        wanted = {article: max(1, number) if article in drawn else 0 for article, number in wanted.items()}

    def priority(article: str, name: str) -> tuple[bool, int, float]:
        """Annotators who have the article come first, then those with the fewest articles, in an order by the seed."""
        return (article, name) not in kept, load[name], team.draw(name, article)

    for article in team.in_order(pass_name, articles):
        free = sorted((name for name in active if name not in assigned[article]), key=partial(priority, article))
        for name in free[: max(0, wanted[article] - len(assigned[article]))]:
            assigned[article].append(name)
            load[name] += 1
    _level_load({name: load[name] for name in active}, assigned, set(done))
    message, fix = "{} annotator(s) are assigned to it, should be {}", "run standpoint team add NAME"
    issues = [
        Issue(f"{article} {pass_name}", "TEAM-SMALL", message.format(len(names), wanted[article]), "note", fix=fix)
        for article, names in assigned.items()
        if len(names) < wanted[article]
    ]
    return sorted(Assignment(article, name) for article, names in assigned.items() for name in names), issues


def _level_load(load: dict[str, int], assigned: dict[str, list[str]], done: set[Assignment]) -> None:
    """Move articles that are not annotated from the member with most to the member with fewest, until the load is even."""
    movable = {
        name: [article for article, names in assigned.items() if name in names and (article, name) not in done] for name in load
    }
    while load:
        busy, idle = max(load, key=lambda name: load[name]), min(load, key=lambda name: load[name])
        article = next((article for article in movable[busy] if idle not in assigned[article]), None)
        if load[busy] - load[idle] <= 1 or article is None:
            return
        assigned[article][assigned[article].index(busy)] = idle
        movable[busy].remove(article)
        movable[idle].append(article)
        load[busy] -= 1
        load[idle] += 1


def read_assignments(path: Path) -> list[Assignment]:
    """The assignments of a pass, none if there is no file; StandpointError with the line that is not valid."""
    return [Assignment(*line.fields) for line in read_tsv(path, HEADER)]


def read_sample(path: Path) -> list[Drawn]:
    """The sample of a pass, empty if there is no file; StandpointError with the line that is not valid."""
    drawn: dict[str, Drawn] = {}
    for line in read_tsv(path, SAMPLE_HEADER):
        article_id, text = line.fields
        try:
            probability = float(text)
        except ValueError:
            probability = 0.0
        if not 0 < probability <= 1:
            hint = "restore the file: git log -p shows it; `standpoint sample` writes it"
            raise StandpointError(f"{path}:{line.number}: probability is {text!r}, should be above 0 and at most 1", hint)
        if article_id in drawn:
            raise StandpointError(f"{path}:{line.number}: {article_id} is listed more than once", "keep the first of its lines")
        drawn[article_id] = Drawn(article_id, probability)
    return list(drawn.values())


def write_sample(path: Path, rows: Iterable[Drawn]) -> None:
    """Write a sample; a file with the same rows is not touched."""
    write_tsv(path, SAMPLE_HEADER, ((row.article_id, repr(row.probability)) for row in sorted(rows)))


def write_assignments(path: Path, rows: Sequence[Assignment]) -> None:
    """Write the assignments; a file with the same rows is not touched."""
    write_tsv(path, HEADER, rows)


ALONE = "a01"  # the annotator if there is no team
COMMENT = "The annotators, and how many of them an article has, by pass and split (1.25: one, and two for a quarter)."
OVERLAP = {"train": 1.25, "validation": 2, "test": 2}  # all evaluation data is annotated twice (codebook)
SCALE_OVERLAP = {"train": 3, "validation": 3, "test": 3}  # a scale keeps every answer: a distribution needs at least three


def add_member(project: Project, name: str, kind: str, passes: tuple[str, ...], reporter: Reporter) -> Counter:
    """Add a new or former member to the team, and assign articles. A new team has the default overlap."""
    refuse_name(name)
    listed = load_annotators(project.annotators)
    if name in listed and listed[name].kind != kind:
        raise StandpointError(f"{name} is listed as {listed[name].kind} in {project.annotators}", "a pseudonym is one annotator")
    data = _editable_team(project)
    entry = next((entry for entry in data.get("members", ()) if entry["id"] == name), None)
    if entry is None:
        entry = {"id": name}
        append_entry(data, "members", entry)
    entry.pop("left", None)
    entry |= {"passes": list(passes)} if passes else {}
    write_whole(project.team, yaml_text(data))
    if name not in listed:
        list_annotator(project.annotators, name, kind=kind)
    return assign_articles(project, reporter)


def remove_member(project: Project, name: str, reporter: Reporter) -> Counter:
    """Remove a member. Annotated articles stay assigned to the member; other members get the rest."""
    data = _editable_team(project)
    entry = next((entry for entry in data.get("members", ()) if entry["id"] == name), None)
    if entry is None:
        raise StandpointError(f"{name} is not in the team", "`standpoint team list` shows the members")
    entry["left"] = True
    write_whole(project.team, yaml_text(data))
    return assign_articles(project, reporter)


def assign_articles(project: Project, reporter: Reporter) -> Counter:
    """Assign the articles of each pass and write ``dataset/assignments``; the numbers of assignments by pass.

    In a pass with a sample (``dataset/samples``), only its articles are assigned, and those that are annotated stay.
    """
    team = team_of(project)
    splits = {row.article_id: row.split for row in read_splits(project.splits / "default.tsv")}
    articles = {article.id: splits.get(article.id, "") for article in read_articles(project, with_text=False)}
    counts: Counter = Counter()
    for name in open_codebook(project)[0].pass_by_name:
        path = inside(project.assignments, f"{name}.tsv")
        before = read_assignments(path)
        sample = [row.article_id for row in read_sample(inside(project.samples, f"{name}.tsv"))]
        rows, issues = plan_pass(team, name, articles, before, done_assignments(project, team, name), sample)
        for issue in issues:
            reporter.report(issue)
        write_assignments(path, rows)
        counts[f"{name}: assignments"] = len(rows)
        counts[f"{name}: new assignments"] = len(set(rows) - set(before))
    return counts


def active_members(project: Project) -> list[str]:
    """The members who have not left."""
    return [member.id for member in team_of(project).members if not member.left]


def done_assignments(project: Project, team: Team, pass_name: str) -> set[Assignment]:
    """The assignments of a pass with a pulled or imported annotation set, also those of former members."""
    members = {member.id for member in team.members}
    sets = read_annotation_sets(project, pass_name)
    return {Assignment(item.article_id, item.annotator) for item in sets if item.annotator in members}


class Workload(NamedTuple):
    """A member and their kind; ``by_pass``: the numbers of assigned and of annotated articles."""

    annotator: str
    kind: str
    left: bool
    by_pass: dict[str, tuple[int, int]]


def list_members(project: Project) -> list[Workload]:
    """The members in the order of the team's file."""
    team, listed = team_of(project), load_annotators(project.annotators)
    by_pass: dict[str, tuple[Counter[str], Counter[str]]] = {}
    for name in open_codebook(project)[0].pass_by_name:
        rows, done = read_assignments(project.assignments / f"{name}.tsv"), done_assignments(project, team, name)
        by_pass[name] = Counter(row.annotator for row in rows), Counter(row.annotator for row in rows if row in done)
    return [
        Workload(
            member.id,
            listed[member.id].kind if member.id in listed else "not listed",
            member.left,
            {name: (assigned[member.id], done_by[member.id]) for name, (assigned, done_by) in by_pass.items()},
        )
        for member in team.members
    ]


def requested_articles(project: Project, names: str | None) -> Sequence[str] | Callable[[str], dict[str, list[str]]]:
    """The annotators in ``names``, by default the team as a function of the pass: each active member's articles in the
    member's order. Without names and members, a01.
    """
    if names is not None or not team_of(project).members:
        return [name.strip() for name in (names or ALONE).split(",") if name.strip()]

    def assigned_articles(pass_name: str) -> dict[str, list[str]]:
        team = load_team(project.team, open_codebook(project)[0])
        rows = read_assignments(project.assignments / f"{pass_name}.tsv")
        return {
            name: team.in_order(name, (row.article_id for row in rows if row.annotator == name))
            for name in team.active(pass_name)
        }

    return assigned_articles


def _editable_team(project: Project) -> dict:
    """The content of the team's file with its comments; a new file has the default overlap for each pass."""
    team_of(project)  # raises StandpointError if the file is not valid
    if project.team.exists():
        return YAML().load(read_text(project.team))
    codebook, _ = open_codebook(project)
    overlap = {}
    for name in codebook.pass_by_name:
        has_scale = any(codebook.resolve_of(layer) == DISTRIBUTION for layer in codebook.layers_of(name))
        overlap[name] = dict(SCALE_OVERLAP if has_scale else OVERLAP)
    data = YAML().map(seed="standpoint", overlap=overlap)
    data.yaml_set_start_comment(COMMENT)
    return data
