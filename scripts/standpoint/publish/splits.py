"""Which article is in which split: files of ``splits/``, sorted, and append-only: what is assigned never moves.

An article joins the split of what it stands together with: its story, or, where outlets are held out, its group of
copies. What has no split yet gets its own (``plan.py``). What grows together over two splits leaks: its new articles
are quarantined, which no release contains, and its old ones are named in a note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from standpoint.acquire.duplicates import groups
from standpoint.jsonlines import written_whole
from standpoint.model import Issue, StandpointError
from standpoint.publish.plan import BY_SOURCE, DEFAULT, QUARANTINE, RELEASED, SPLITS, Placed

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
