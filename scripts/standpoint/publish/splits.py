"""Which article is in which split: ``splits/default.tsv``, sorted, and append-only: what is assigned never moves.

An article joins the split of its group (its near-duplicates); a group that has none yet gets one by the hash of its
name, so that any two builds, and any order of arrival, agree. A group that grows together over two splits leaks:
its new articles are quarantined, which no release contains, and its old ones are named in a note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from standpoint.jsonlines import written_whole
from standpoint.model import Issue, StandpointError

SALT = "standpoint"  # of another draw of splits; for the articles assigned already it changes nothing
SHARES = (("train", 0.70), ("validation", 0.85), ("test", 1.0))  # the split of a hash is the first that ends above it
RELEASED = tuple(name for name, _ in SHARES)
QUARANTINE = "quarantine"
SPLITS = (*RELEASED, QUARANTINE)
HEADER = ("article_id", "split", "group")


class SplitRow(NamedTuple):
    """One line of the file. ``group`` is the article's group as it was when the line was written."""

    article_id: str
    split: str
    group: str


def drawn(group: str, salt: str = SALT) -> str:
    """The split that a group's name hashes to."""
    point = int(sha256(f"{salt}:{group}".encode()).hexdigest(), 16) / 2**256
    return next(name for name, end in SHARES if point < end or name == RELEASED[-1])


def assign(
    articles: Iterable[tuple[str, str]], existing: Sequence[SplitRow], salt: str = SALT
) -> tuple[list[SplitRow], list[Issue]]:
    """The rows that are there, unchanged, and one for each new article; and a note for each group over two splits.

    ``articles`` are (id, group) pairs in any order. Rows of articles that have vanished stay.
    """
    current = dict(articles)
    taken = {row.article_id for row in existing}
    family = _families(current, existing)
    splits = defaultdict(set)
    for row in existing:
        splits[family[row.group]].add(row.split)
    new = [
        SplitRow(article, _split_for(splits[family[group]], group, salt), group)
        for article, group in current.items()
        if article not in taken
    ]
    rows = sorted([*existing, *new])
    return rows, sorted(_notes(rows, family))


def _split_for(taken: set[str], group: str, salt: str) -> str:
    """The one split that the group's other articles have; quarantine where they have two; else the draw."""
    released = taken - {QUARANTINE}
    if len(released) == 1:
        return next(iter(released))
    return QUARANTINE if taken else drawn(group, salt)


def _families(current: dict[str, str], existing: Sequence[SplitRow]) -> dict[str, str]:
    """Each group's family: groups are one family where an article was once in the one and is now in the other."""
    parent = {group: group for group in (*current.values(), *(row.group for row in existing))}

    def root(group: str) -> str:
        while parent[group] != group:
            parent[group] = group = parent[parent[group]]
        return group

    for row in existing:
        parent[root(row.group)] = root(current.get(row.article_id, row.group))
    return {group: root(group) for group in parent}


def _notes(rows: Sequence[SplitRow], family: dict[str, str]) -> Iterator[Issue]:
    members: dict[str, list[SplitRow]] = defaultdict(list)
    for row in rows:
        members[family[row.group]].append(row)
    for group in members.values():
        splits = sorted({row.split for row in group} - {QUARANTINE})
        out = [row.article_id for row in group if row.split == QUARANTINE]
        if len(splits) > 1 or out:
            what = f"its near-duplicates are in {' and '.join(splits)}, should be in one split"
            aside = f"; quarantined: {', '.join(out)}" if out else ""
            yield Issue(group[0].article_id, "GROUP-ACROSS-SPLITS", what + aside, "note")


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
