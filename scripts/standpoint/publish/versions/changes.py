"""A change between two versions: of what, how, and which number it demands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from standpoint.publish.versions.numbers import Bump

ADDED, CHANGED, DELETED = "added", "changed", "deleted"
HAPPENED = (ADDED, CHANGED, DELETED)
# What a change is of, in the order that they are told in.
COLUMN, LABEL, ACTOR, ARTICLE, SPLIT = "column", "label", "actor", "article", "split"
SETTLED, SETTLEMENT, SET, ANNOTATION = "settled", "settlement", "set", "annotation"
KINDS = {
    COLUMN: "columns of the tables",
    LABEL: "labels of the codebook",
    ACTOR: "actors of the registry",
    ARTICLE: "articles",
    SPLIT: "splits of articles",
    SETTLED: "settled annotations",
    SETTLEMENT: "settled decisions",
    SET: "annotation sets",
    ANNOTATION: "annotations",
}
Fields = dict[str, object]


class Change(NamedTuple):
    """``id`` is ``article#annotation``, ``article/pass/annotator#annotation``, ``layer/label`` or a path of columns.

    ``before`` and ``after`` are the fields that differ; of what was added or deleted, all fields, on one side.
    """

    kind: str
    id: str
    how: str
    before: Fields
    after: Fields
    bump: Bump


def added(kind: str, identity: str, after: Fields) -> Change:
    """Something new."""
    return Change(kind, identity, ADDED, {}, after, Bump.MINOR)


def deleted(kind: str, identity: str, before: Fields) -> Change:
    """Something gone."""
    return Change(kind, identity, DELETED, before, {}, Bump.MAJOR)


def changed(kind: str, identity: str, before: Fields, after: Fields, bump: Bump = Bump.MAJOR) -> Change | None:
    """What differs in the fields that both have (others are columns that were added or deleted); None where nothing does."""
    names = [name for name in before if name in after and differ(before[name], after[name])]
    if not names:
        return None
    return Change(kind, identity, CHANGED, {name: before[name] for name in names}, {name: after[name] for name in names}, bump)


def differ(one: object, other: object) -> bool:
    """Whether two values differ in what both can say: a field of a struct that only one has does not count."""
    if isinstance(one, dict) and isinstance(other, dict):
        return any(differ(one[name], other[name]) for name in one.keys() & other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) != len(other) or any(map(differ, one, other))
    return one != other


@dataclass
class Total:
    """What a stream of changes adds up to."""

    counts: Counter = field(default_factory=Counter)  # by kind and how
    bump: Bump = Bump.PATCH

    def add(self, change: Change) -> None:
        self.counts[change.kind, change.how] += 1
        self.bump = max(self.bump, change.bump)

    def rows(self) -> list[tuple[str, int, int, int]]:
        """Kind, added, changed, deleted: of the kinds in which anything is different."""
        table = [(KINDS[kind], *(self.counts[kind, how] for how in HAPPENED)) for kind in KINDS]
        return [row for row in table if any(row[1:])]


def as_json(change: Change, version: str, when: str | None) -> str:
    """A line of the change feed: id, kind, change, when, version, what (``{field: [before, after]}``), demands."""
    names = [*change.before, *(name for name in change.after if name not in change.before)]
    what = {name: [change.before.get(name), change.after.get(name)] for name in names}
    head = {"id": change.id, "kind": change.kind, "change": change.how, "when": when, "version": version}
    return msgspec.json.encode(head | {"what": what, "demands": str(change.bump)}).decode()
