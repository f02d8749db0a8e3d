"""A change between two versions, and the changes of the schema: columns, label sets and actors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow.parquet as pq

from standpoint.core.textfiles import read_yaml


class Bump(IntEnum):
    """The part of the version number that a change requires to grow. A release requires the greatest bump of its changes."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2

    def __str__(self) -> str:
        return self.name


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


ACTOR_CLASSES = "actor_classes"  # a list of the codebook that is compared like the labels of a layer
LABEL_FIELDS = ("show", "definition", "clarification", "exclusion", "value")  # what annotators go by; not, for instance, hotkeys
GROWING_FIELDS = ("aliases", "relations")  # an actor with more of these is the same actor


def compare_schemas(before: Path, after: Path) -> Iterator[Change]:
    """The columns, labels and actors that two release folders do not share."""
    yield from _compare_entries(COLUMN, _columns(before), _columns(after))
    yield from _compare_labels(_codebook(before), _codebook(after))
    for change in _compare_entries(ACTOR, _actors(before), _actors(after)):
        yield change._replace(bump=Bump.MINOR) if _only_grew(change) else change


def layer_names(folder: Path) -> frozenset[str]:
    """The names of the layers of a release's codebook."""
    return frozenset(layer["name"] for layer in _codebook(folder).get("layers", ()))


def _compare_entries(kind: str, before: Mapping[str, Fields], after: Mapping[str, Fields]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield added(kind, name, after[name])
        elif name not in after:
            yield deleted(kind, name, before[name])
        elif change := changed(kind, name, _filled(before[name], after[name]), _filled(after[name], before[name])):
            yield change


def _filled(fields: Fields, other: Fields) -> Fields:
    """The fields, with None for those that only ``other`` has: an optional field that a YAML file omits has no value."""
    return fields | {name: None for name in other if name not in fields}


def _columns(folder: Path) -> dict[str, Fields]:
    """{path: {"type": …}} of each column, at any depth. The type of a ClassLabel is "label": its names are the codebook's."""
    from datasets import Features  # late: it takes a second to import

    columns: dict[str, Fields] = {}
    for path in sorted(folder.glob("*/*.parquet")):
        features = Features.from_arrow_schema(pq.read_schema(path))
        columns |= {f"{path.parent.name}.{name}": {"type": kind} for name, kind in _column_types(features)}
    return columns


def _column_types(feature: object, path: str = "") -> Iterator[tuple[str, str]]:
    from datasets import ClassLabel, List, Value

    if isinstance(feature, dict):
        for name, inner in feature.items():
            yield from _column_types(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(feature, List):
        yield from _column_types(feature.feature, f"{path}[]")
    else:
        yield path, "label" if isinstance(feature, ClassLabel) else feature.dtype if isinstance(feature, Value) else str(feature)


def _codebook(folder: Path) -> dict:
    return _read_mapping(folder / "codebook.yaml")


def _read_mapping(path: Path) -> dict:
    content = read_yaml(path) if path.is_file() else {}
    return content if isinstance(content, dict) else {}


def _compare_labels(before: dict, after: dict) -> Iterator[Change]:
    """Labels that were added, deleted, renamed or explained differently, and layers whose labels have other numbers."""
    layers_before, layers_after = _layers(before), _layers(after)
    for name in sorted(layers_before.keys() | layers_after.keys()):
        layer_before, layer_after = layers_before.get(name, {}), layers_after.get(name, {})
        labels_before, labels_after = _labels(layer_before), _labels(layer_after)
        renamed = dict(_renamed_labels(layer_before, layer_after))
        for label in sorted(set(labels_before) - set(labels_after)):
            if label in renamed:
                yield Change(LABEL, f"{name}/{label}", CHANGED, {"name": label}, {"name": renamed[label]}, Bump.MAJOR)
            else:
                yield deleted(LABEL, f"{name}/{label}", labels_before[label])
        for label in sorted(set(labels_after) - set(labels_before) - set(renamed.values())):
            yield added(LABEL, f"{name}/{label}", labels_after[label])
        for label in sorted(set(labels_before) & set(labels_after)):
            if change := changed(LABEL, f"{name}/{label}", labels_before[label], labels_after[label], Bump.MINOR):
                yield change
        yield from _compare_numbers(name, [renamed.get(label, label) for label in labels_before], list(labels_after))


def _layers(codebook: dict) -> dict[str, dict]:
    classes = {ACTOR_CLASSES: {"labels": codebook[ACTOR_CLASSES]}} if codebook.get(ACTOR_CLASSES) else {}
    return {layer["name"]: layer for layer in codebook.get("layers", ())} | classes


def _labels(layer: dict) -> dict[str, Fields]:
    return {label["name"]: {name: label.get(name) for name in LABEL_FIELDS} for label in layer.get("labels", ())}


def _renamed_labels(before: dict, after: dict) -> Iterator[tuple[str, str]]:
    """The old and new name of each renamed label of a layer.

    The codebook lists renames under ``retired``. Otherwise a deleted and a new label with equal, non-empty definitions are
    taken to be one label: people rename labels without recording it, and then every annotation would seem to have changed.
    """
    labels_before, labels_after = _labels(before), _labels(after)
    new = [label for label in labels_after if label not in labels_before]
    for label, fields in labels_before.items():
        if label not in labels_after:
            successor = (after.get("retired") or {}).get(label, "")
            equal = (name for name in new if fields["definition"] and fields == labels_after[name])
            successor = successor if successor in new else next(equal, "")
            if successor:
                new.remove(successor)
                yield label, successor


def _compare_numbers(layer: str, before: list[str], after: list[str]) -> Iterator[Change]:
    """One change if labels that both versions have got other numbers: the tables store a label as its number."""
    moved = [name for name in before if name in after and before.index(name) != after.index(name)]
    if moved:
        old, new = ({name: names.index(name) for name in moved} for names in (before, after))
        yield Change(LABEL, layer, CHANGED, {"numbers": old}, {"numbers": new}, Bump.MAJOR)


def _actors(folder: Path) -> dict[str, Fields]:
    actors = _read_mapping(folder / "actors.yaml").get("actors", ())
    return {actor["id"]: {name: value for name, value in actor.items() if name != "id"} for actor in actors}


def _only_grew(change: Change) -> bool:
    """Whether an actor has all its earlier names and relations, and nothing else changed."""
    return bool(change.before) and all(
        name in GROWING_FIELDS
        and all(any(not differ(item, kept) for item in _items(change.after[name])) for kept in _items(value))
        for name, value in change.before.items()
    )


def _items(value: object) -> list:
    return value if isinstance(value, list) else []
