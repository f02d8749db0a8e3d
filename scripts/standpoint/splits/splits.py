"""Which article is in which split: stories, groups, and the append-only files of ``splits/``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from standpoint.core.files import written_whole
from standpoint.core.model import Issue, StandpointError
from standpoint.core.yamlfile import load_as
from standpoint.ingest.near_duplicates import groups

ACTORS = 2  # that both name
PLACES = {0: 1, 1: 1, 2: 2, 3: 2}  # that both name, by the days between them; further apart is another story


class Facts(NamedTuple):
    """What is known of an article before anyone annotates it: ids of the registry, and the day as an ISO date or None."""

    id: str
    group: str
    published: str | None = None
    actors: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()


def stories(articles: Iterable[Facts]) -> dict[str, str]:
    """Each article's story, called after the smallest id in it."""
    return groups(_links(list(articles)))


def one_story(one: Facts, other: Facts) -> bool:
    """Whether two articles report the same happenings."""
    if one.published is None or other.published is None:
        return False
    apart = abs(_day(one) - _day(other))
    enough = PLACES.get(apart)
    return enough is not None and len(one.places & other.places) >= enough and len(one.actors & other.actors) >= ACTORS


def _links(articles: Sequence[Facts]) -> Iterator[tuple[str, str]]:
    head: dict[str, str] = {}
    for article in articles:
        yield article.id, head.setdefault(article.group, article.id)
    recent: dict[str, list[Facts]] = defaultdict(list)
    for article in sorted((one for one in articles if one.published), key=lambda one: (one.published, one.id)):
        for earlier in _candidates(article, recent):
            if one_story(earlier, article):
                yield earlier.id, article.id
        for place in article.places:
            recent[place].append(article)


def _candidates(article: Facts, recent: dict[str, list[Facts]]) -> Iterator[Facts]:
    """The articles before it that name a place of its, each once; those that are too old are forgotten."""
    oldest, seen = _day(article) - max(PLACES), set()
    for place in article.places:
        recent[place] = [earlier for earlier in recent[place] if _day(earlier) >= oldest]
        for earlier in recent[place]:
            if earlier.id not in seen:
                seen.add(earlier.id)
                yield earlier


def _day(article: Facts) -> int:
    return date.fromisoformat(article.published or "").toordinal()


SALT = "standpoint"
SHARES = (("train", 0.70), ("validation", 0.85), ("test", 1.0))  # the split of a hash is the first that ends above it
RELEASED = tuple(name for name, _ in SHARES)
QUARANTINE = "quarantine"
SPLITS = (*RELEASED, QUARANTINE)
DEFAULT, BY_DATE, BY_SOURCE = "default", "by-date", "by-source"
HINT = "standpoint split --help shows what splits/plan.yaml may have"


class Placed(NamedTuple):
    """An article as one file of splits sees it: what it stands together with, its own split, and the reason."""

    article_id: str
    group: str
    story: str
    together: str
    split: str
    reason: str


class Known(NamedTuple):
    """An article, and what it belongs to."""

    id: str
    source: str
    published: str | None
    group: str
    story: str


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The whole file."""

    salt: str = SALT
    by_date: dict[str, date] = {}
    by_source: dict[str, tuple[str, ...]] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The files of splits that there are, by name."""
        return (DEFAULT, *((BY_DATE,) if self.by_date else ()), *((BY_SOURCE,) if self.by_source else ()))


def load_plan(path: Path) -> Plan:
    """The plan at ``path``, the default where there is none; StandpointError where it is not as above."""
    if not path.exists():
        return Plan()
    try:
        plan = load_as(path, Plan, "plan of splits")
    except StandpointError as error:
        raise StandpointError(error.message, HINT) from None
    for problem in _problems(plan):
        raise StandpointError(f"{path}: {problem}", HINT)
    return plan


def _problems(plan: Plan) -> Iterator[str]:
    held_out = RELEASED[1:]
    for name, values in ((BY_DATE, plan.by_date), (BY_SOURCE, plan.by_source)):
        if values and set(values) != set(held_out):
            yield f"{name}: has {', '.join(values)}; should have {' and '.join(held_out)}"
    if plan.by_date and not plan.by_date["validation"] < plan.by_date["test"]:
        yield f"{BY_DATE}: test should begin after validation"
    both = set.intersection(*map(set, plan.by_source.values())) if plan.by_source else set()
    if both:
        yield f"{BY_SOURCE}: {min(both)} stands in both"


def unknown_sources(plan: Plan, known: Collection[str]) -> list[str]:
    """The outlets that the plan holds out and that nobody knows."""
    return sorted({name for names in plan.by_source.values() for name in names} - set(known))


def placed(plan: Plan, name: str, articles: Iterable[Known]) -> Iterator[Placed]:
    """The articles as the file of splits ``name`` sees them."""
    for one in articles:
        if name == DEFAULT:
            yield Placed(one.id, one.group, one.story, one.story, drawn(one.story, plan.salt), "drawn")
        elif name == BY_DATE:
            split = _by_date(plan, one.published)
            yield Placed(
                one.id, one.group, one.story, one.story, split, f"published {one.published}" if one.published else "undated"
            )
        else:
            split = next((split for split, names in plan.by_source.items() if one.source in names), RELEASED[0])
            yield Placed(one.id, one.group, one.story, one.group, split, f"source {one.source}")


def drawn(unit: str, salt: str = SALT) -> str:
    """The split that a name hashes to."""
    point = int(sha256(f"{salt}:{unit}".encode()).hexdigest(), 16) / 2**256
    return next(name for name, end in SHARES if point < end or name == RELEASED[-1])


def _by_date(plan: Plan, published: str | None) -> str:
    if published is None:
        return QUARANTINE
    day = date.fromisoformat(published)
    begun = [split for split in RELEASED[1:] if day >= plan.by_date[split]]
    return begun[-1] if begun else RELEASED[0]


HEADER = ("article_id", "split", "group", "story", "reason")
Members = Mapping[str, Mapping[str, str]]  # of a family: split -> the first of its articles there


class SplitRow(NamedTuple):
    """One line of the file. ``group`` and ``story`` are the article's as they were when the line was written.

    ``reason`` is "drawn", "published DAY" or "source NAME" for a split of its own; "with ARTICLE" that was there before;
    in quarantine "between ARTICLE and ARTICLE", "off ARTICLE", whose split is not its own, or "undated".
    """

    article_id: str
    split: str
    group: str
    story: str
    reason: str


def together(name: str, row: SplitRow) -> str:
    """What an article stands together with in the file ``name``."""
    return row.group if name == BY_SOURCE else row.story


def stories_of(rows: Iterable[SplitRow]) -> dict[str, str]:
    """Each article's story as the rows have it now: stories that a later row joins are one."""
    return groups((row.article_id, row.story or row.article_id) for row in rows)


def assign(name: str, articles: Iterable[Placed], existing: Sequence[SplitRow]) -> tuple[list[SplitRow], list[Issue]]:
    """The rows that are there, unchanged, and one for each new article; and a note for each family over two splits.

    ``articles`` are all that there are, in any order; ``name`` is the file's. Rows of articles that have vanished stay.
    """
    current = {one.article_id: one for one in articles}
    family = _families(name, current, existing)
    there = {row.article_id for row in existing}
    before, own = _members(name, existing, family), defaultdict(set)
    new = [current[key] for key in sorted(current.keys() - there)]
    for one in new:
        own[family[one.together]].add(one.split)
    rows = [_row(name, one, before[family[one.together]], own[family[one.together]]) for one in new]
    rows = sorted([*existing, *rows])
    return rows, sorted(_notes(name, rows, family))


def _row(name: str, one: Placed, before: Mapping[str, str], own: set[str]) -> SplitRow:
    split, reason = one.split, one.reason
    if split == QUARANTINE:
        pass
    elif len(before) > 1:
        split, reason = QUARANTINE, f"between {' and '.join(sorted(before.values()))}"
    elif before and (name == DEFAULT or split in before):
        ((split, head),) = before.items()
        reason = f"with {head}"
    elif before:
        split, reason = QUARANTINE, f"off {min(before.values())}"
    elif split != max(own - {QUARANTINE}, key=RELEASED.index):
        split, reason = QUARANTINE, f"off {one.together}"
    return SplitRow(one.article_id, split, one.group, one.story, reason)


def _members(name: str, rows: Iterable[SplitRow], family: Mapping[str, str]) -> Members:
    """Of each family, the first article in each split; what is in quarantine counts for nothing."""
    members: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row.split != QUARANTINE:
            members[family[together(name, row)]].setdefault(row.split, row.article_id)
    return members


def _families(name: str, current: Mapping[str, Placed], existing: Sequence[SplitRow]) -> dict[str, str]:
    """Each unit's family: units are one where an article was once in the one and is now in the other. Not over the
    quarantined, which are in no release: what they would join is apart without them.
    """
    links = [(one.together, one.together) for one in current.values()]
    for row in existing:
        unit, now = together(name, row), current.get(row.article_id)
        links += [(unit, unit)] + ([(unit, now.together)] if now and row.split != QUARANTINE else [])
    return groups(links)


def _notes(name: str, rows: Sequence[SplitRow], family: Mapping[str, str]) -> Iterator[Issue]:
    members = _members(name, rows, family)
    aside: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.split == QUARANTINE:
            aside[family[together(name, row)]].append(row.article_id)
    what = "copies of one text" if name == BY_SOURCE else "one story"
    for unit in sorted({*aside, *(unit for unit, splits in members.items() if len(splits) > 1)}):
        splits = " and ".join(sorted(members[unit])) or "no split"
        quarantined = f"; quarantined: {', '.join(aside[unit])}" if unit in aside else ""
        yield Issue(unit, "ACROSS-SPLITS", f"{name}: {what} in {splits}{quarantined}", "note")


def read_splits(path: Path) -> list[SplitRow]:
    """The rows of the file, none where it is not there; StandpointError with the line where it is not as written."""
    if not path.exists():
        return []
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    if lines[0] != "\t".join(HEADER):
        raise StandpointError(f"{path}:1: the header should be {' '.join(HEADER)}, tab-separated")
    if lines.pop() != "":
        raise StandpointError(f"{path}:{len(lines) + 1}: the last line should end with a newline")
    rows: list[SplitRow] = []
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        problem = _problem(fields, rows[-1].article_id if rows else "")
        if problem:
            raise StandpointError(f"{path}:{number}: {problem}", "splits are append-only: take the file from the last commit")
        rows.append(SplitRow(*fields))
    return rows


def _problem(fields: list[str], before: str) -> str:
    if len(fields) != len(HEADER) or not all(field and field == field.strip() for field in fields):
        return f"{len(fields)} fields, should be {' '.join(HEADER)}, tab-separated, none empty"
    if fields[1] not in SPLITS:
        return f"split {fields[1]!r}, should be one of {', '.join(SPLITS)}"
    if fields[0] == before:
        return f"{before} stands twice"
    return f"{fields[0]} after {before}, should be sorted by article_id" if fields[0] < before else ""


def write_splits(path: Path, rows: Iterable[SplitRow]) -> None:
    """Write the file whole or not at all; the same rows leave it untouched."""
    with written_whole(path) as file:
        for row in (HEADER, *sorted(rows)):
            file.write("\t".join(row).encode() + b"\n")
