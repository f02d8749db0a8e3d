"""The changes between two versions: their kinds, the bump that they require, their counts, and the change feed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from standpoint.release.versions import Bump

ADDED, CHANGED, DELETED = "added", "changed", "deleted"
ACTIONS = (ADDED, CHANGED, DELETED)
COLUMN, LABEL, ACTOR, ARTICLE, SPLIT = "column", "label", "actor", "article", "split"
ADJUDICATED, RESOLUTION, SET, ANNOTATION = "adjudicated", "resolution", "set", "annotation"
KINDS = {  # in the order in which the changes are listed
    COLUMN: "columns of the tables",
    LABEL: "labels of the codebook",
    ACTOR: "actors of the registry",
    ARTICLE: "articles",
    SPLIT: "splits of articles",
    ADJUDICATED: "adjudicated annotations",
    RESOLUTION: "adjudicated decisions",
    SET: "annotation sets",
    ANNOTATION: "annotations",
}
REQUIRED_BUMPS = {
    Bump.PATCH: "PATCH: the data are the same",
    Bump.MINOR: "MINOR: data were added, and the earlier data are unchanged",
    Bump.MAJOR: "MAJOR: data were edited, removed, moved or renamed",
}
Fields = dict[str, object]


class Change(NamedTuple):
    """One added, changed or deleted item.

    ``id`` is ``article#annotation``, ``article/pass/annotator#annotation``, ``layer/label`` or a path of columns.
    ``before`` and ``after`` have the fields that differ. For an added or deleted item, one of them has all fields and
    the other is empty.
    """

    kind: str
    id: str
    action: str
    before: Fields
    after: Fields
    bump: Bump


def added(kind: str, identity: str, after: Fields) -> Change:
    """The change of an item that only the later version has."""
    return Change(kind, identity, ADDED, {}, after, Bump.MINOR)


def deleted(kind: str, identity: str, before: Fields) -> Change:
    """The change of an item that only the earlier version has."""
    return Change(kind, identity, DELETED, before, {}, Bump.MAJOR)


def changed(kind: str, identity: str, before: Fields, after: Fields, bump: Bump = Bump.MAJOR) -> Change | None:
    """The change of an item that both versions have; None if their common fields are equal.

    A field that only one version has is an added or deleted column, and not a change of each row.
    """
    names = [name for name in before if name in after and differ(before[name], after[name])]
    if not names:
        return None
    return Change(kind, identity, CHANGED, {name: before[name] for name in names}, {name: after[name] for name in names}, bump)


def differ(first: object, second: object) -> bool:
    """Whether two values differ, at any depth. Fields of a struct that only one value has are ignored."""
    if isinstance(first, dict) and isinstance(second, dict):
        return any(differ(first[name], second[name]) for name in first.keys() & second.keys())
    if isinstance(first, list) and isinstance(second, list):
        return len(first) != len(second) or any(map(differ, first, second))
    return first != second


@dataclass
class ChangeSummary:
    """Counts of a stream of changes, the bump that they require, and the first ``limit`` changes of each kind and action."""

    limit: float = 10
    counts: Counter = field(default_factory=Counter)  # by (kind, action)
    bump: Bump = Bump.PATCH
    first: list[Change] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Count one change."""
        self.counts[change.kind, change.action] += 1
        self.bump = max(self.bump, change.bump)
        if self.counts[change.kind, change.action] <= self.limit:
            self.first.append(change)

    def add_all(self, changes: Iterable[Change]) -> ChangeSummary:
        """Count all changes of a stream; the summary itself."""
        for change in changes:
            self.add(change)
        return self

    @property
    def omitted(self) -> int:
        """The number of changes that are counted and not kept."""
        return self.counts.total() - len(self.first)

    def rows(self) -> list[tuple[str, int, int, int]]:
        """Name, added, changed and deleted of each kind that has changes."""
        rows = []
        for kind, name in KINDS.items():
            counts = [self.counts[kind, action] for action in ACTIONS]
            if any(counts):
                rows.append((name, counts[0], counts[1], counts[2]))
        return rows


def feed_line(change: Change, version: str, date: str | None) -> str:
    """One line of the change feed, as JSON. ``what`` is ``{field: [before, after]}``; docs/versions.md has all fields."""
    names = [*change.before, *(name for name in change.after if name not in change.before)]
    what = {name: [change.before.get(name), change.after.get(name)] for name in names}
    head = {"id": change.id, "kind": change.kind, "change": change.action, "when": date, "version": version}
    return msgspec.json.encode(head | {"what": what, "demands": str(change.bump)}).decode()
