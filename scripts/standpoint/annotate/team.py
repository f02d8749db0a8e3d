"""Who annotates which article: planned from the team's list alone, so that the same list gives the same plan.

An article is given to as many annotators as its pass and split ask for. What somebody has done stays theirs, and what
they were given does too, but for what makes the shares even.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from standpoint.codebook.types import Codebook, Strict
from standpoint.jsonlines import written_whole
from standpoint.model import Issue, StandpointError
from standpoint.yamlfile import load_as

ELSE = "train"  # an article that is in no split yet, or quarantined, is given out as one of these
HEADER = ("article_id", "annotator")


class Member(Strict):
    """Somebody who annotates; ``passes``: only these. Who has left is given nothing more."""

    id: str
    passes: tuple[str, ...] = ()
    left: bool = False


class Team(Strict):
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
