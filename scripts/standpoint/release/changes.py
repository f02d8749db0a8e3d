"""A change between two versions, and the changes of the schema: columns, label sets and actors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from standpoint.codebook.registry import Registry
from standpoint.core.yaml_files import load_as


class Bump(IntEnum):
    """The part of the version number that a change requires to grow. A release requires the greatest bump of its changes."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2

    def __str__(self) -> str:
        return self.name


ADDED, CHANGED, DELETED = "added", "changed", "deleted"
ACTIONS = (ADDED, CHANGED, DELETED)
COLUMN, LAYER, LABEL, ACTOR, ARTICLE, SPLIT = "column", "layer", "label", "actor", "article", "split"
ADJUDICATED, RESOLUTION, SET, DOSSIER, ANNOTATION = "adjudicated", "resolution", "set", "dossier", "annotation"
HAPPENING = "happening"
KINDS = {  # in the order in which the changes are listed
    LAYER: "layers of the codebook",
    COLUMN: "columns of the tables",
    LABEL: "labels of the codebook",
    ACTOR: "actors of the registry",
    ARTICLE: "articles",
    SPLIT: "splits of articles",
    ADJUDICATED: "adjudicated annotations",
    RESOLUTION: "adjudicated decisions",
    HAPPENING: "events of stories",
    SET: "annotation sets",
    DOSSIER: "dossiers of models",
    ANNOTATION: "annotations",
}
REQUIRED_BUMPS = {
    Bump.PATCH: "PATCH: the data are the same",
    Bump.MINOR: "MINOR: data were added, and the earlier data are unchanged",
    Bump.MAJOR: "MAJOR: data were edited, removed, moved or renamed",
}
Fields = dict[str, object]
Items = dict[str, Fields]  # by id


class Change(NamedTuple):
    """One added, changed or deleted item. ``before`` and ``after``: the fields that differ; of an added or deleted item, all.

    ``id`` is ``article#annotation``, ``article/pass/annotator#annotation``, ``layer/label`` or a path of columns.
    """

    kind: str
    id: str
    action: str
    before: Fields
    after: Fields
    bump: Bump


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


def compare_items(kind: str, before: Items, after: Items, bump: Bump = Bump.MAJOR) -> Iterator[Change]:
    """The changes of items by their ids. A span that has a new id in its old place is a changed span."""
    new_by_place: dict[tuple, list[str]] = {}
    for identity in sorted(after.keys() - before.keys()):
        if place := _place(identity, after[identity]):
            new_by_place.setdefault(place, []).append(identity)
    lost = [(identity, _place(identity, before[identity])) for identity in sorted(before.keys() - after.keys())]
    new_ids = {identity: new_by_place[place].pop(0) for identity, place in lost if place and new_by_place.get(place)}
    matched = set(new_ids.values())
    for identity in sorted(before.keys() | after.keys()):
        if identity not in before:
            if identity not in matched:
                yield Change(kind, identity, ADDED, {}, after[identity], Bump.MINOR)
        elif identity not in after and identity not in new_ids:
            yield Change(kind, identity, DELETED, before[identity], {}, Bump.MAJOR)
        elif change := changed(kind, identity, before[identity], after[new_ids.get(identity, identity)], bump):
            yield change


def _place(identity: str, fields: Fields) -> tuple | None:
    """The article or set, the layer and the offsets of a span; None for other items."""
    if "start" not in fields or "end" not in fields:
        return None
    return identity.partition("#")[0], fields.get("layer"), fields["start"], fields["end"]


LAYER_SUFFIXES = ("", "_distribution", "_soft")  # of the columns of a layer
ACTOR_CLASSES = "actor_classes"  # a list of the codebook that is compared like the labels of a layer
LABEL_FIELDS = ("show", "definition", "clarification", "exclusion", "value")  # what annotators follow; hotkeys, say, may change
GROWING_FIELDS = ("aliases", "relations")  # an actor with more of these is the same actor


def compare_schemas(before: Path, after: Path, renamed: Mapping[str, str]) -> Iterator[Change]:
    """The columns, labels and actors that two release folders do not share. ``renamed``: their ``renamed_layers``."""
    for old, new in renamed.items():
        yield Change(LAYER, old, CHANGED, {"name": old}, {"name": new}, Bump.MAJOR)
    names = column_names(renamed)
    columns = {
        re.sub(r"[^.\[]+", lambda part: names.get(part[0], part[0]), path): kind for path, kind in _columns(before).items()
    }
    yield from compare_items(COLUMN, columns, _columns(after))
    layers_before, layers_after = (
        {renamed.get(name, name): layer for name, layer in _layers(side).items()} for side in (before, after)
    )
    for name in sorted(layers_before.keys() | layers_after.keys()):
        yield from _compare_labels(name, layers_before.get(name, {}), layers_after.get(name, {}))
    actors_before, actors_after = _actors(before), _actors(after)
    for identity in actors_before.keys() & actors_after.keys():
        # An optional field that a YAML file omits has no value.
        empty = dict.fromkeys((*actors_before[identity], *actors_after[identity]))
        actors_before[identity], actors_after[identity] = empty | actors_before[identity], empty | actors_after[identity]
    for change in compare_items(ACTOR, actors_before, actors_after):
        yield change._replace(bump=Bump.MINOR) if _only_grew(change) else change


def renamed_layers(before: Path, after: Path) -> dict[str, str]:
    """The later name of each layer of the earlier codebook that ``retired`` of the later one lists with a new layer."""
    retired = _codebook(after).get("retired", {})
    earlier, later = layer_names(before), layer_names(after)
    return {old: new for old, new in retired.items() if old in earlier - later and new in later - earlier}


def column_names(renamed: Mapping[str, str]) -> dict[str, str]:
    """The later name of each column of renamed layers."""
    return {old + suffix: new + suffix for old, new in renamed.items() for suffix in LAYER_SUFFIXES}


def layer_names(folder: Path) -> frozenset[str]:
    """The names of the layers of a release's codebook."""
    return frozenset(_layers(folder)) - {ACTOR_CLASSES}


def _columns(folder: Path) -> Items:
    """{path: {"type": …}} of each column, at any depth. The type of a ClassLabel is "label": its names are the codebook's."""
    from datasets import ClassLabel, Value  # late: it takes a second to import

    from standpoint.dataset.release_folder import leaves, open_table

    columns: Items = {}
    for path in sorted(folder.glob("*/*.parquet")):
        for name, leaf in leaves(open_table(path)[1]):
            kind = "label" if isinstance(leaf, ClassLabel) else leaf.dtype if isinstance(leaf, Value) else str(leaf)
            columns[f"{path.parent.name}.{name}"] = {"type": kind}
    return columns


def _codebook(folder: Path) -> dict:
    """The codebook of a release as plain values, checked; empty if the release has none."""
    from standpoint.dataset.release_folder import read_codebook

    path = folder / "codebook.yaml"
    return msgspec.to_builtins(read_codebook(path)) if path.is_file() else {}


def _layers(folder: Path) -> dict[str, dict]:
    codebook = _codebook(folder)
    classes = {ACTOR_CLASSES: {"labels": codebook[ACTOR_CLASSES]}} if codebook.get(ACTOR_CLASSES) else {}
    return {layer["name"]: layer for layer in codebook.get("layers", ())} | classes


def _actors(folder: Path) -> Items:
    path = folder / "actors.yaml"
    actors = msgspec.to_builtins(load_as(path, Registry, "registry")).get("actors", ()) if path.is_file() else ()
    return {actor["id"]: {name: value for name, value in actor.items() if name != "id"} for actor in actors}


def _compare_labels(layer: str, before: dict, after: dict) -> Iterator[Change]:
    """Labels that were renamed or deleted, then added, then defined differently; then those that have other numbers."""
    labels_before, labels_after = (
        {label["name"]: {name: label.get(name) for name in LABEL_FIELDS} for label in side.get("labels", ())}
        for side in (before, after)
    )
    renamed = _renamed_labels(labels_before, labels_after, after.get("retired") or {})
    changes = [Change(LABEL, f"{layer}/{old}", CHANGED, {"name": old}, {"name": new}, Bump.MAJOR) for old, new in renamed.items()]
    kept_before = {f"{layer}/{name}": fields for name, fields in labels_before.items() if name not in renamed}
    kept_after = {f"{layer}/{name}": fields for name, fields in labels_after.items() if name not in renamed.values()}
    changes += compare_items(LABEL, kept_before, kept_after, Bump.MINOR)
    yield from sorted(changes, key=lambda change: ("" if change.bump == Bump.MAJOR else change.action, change.id))
    # The tables store a label as its number.
    old_order, new_order = [renamed.get(name, name) for name in labels_before], list(labels_after)
    moved = [name for name in old_order if name in labels_after and old_order.index(name) != new_order.index(name)]
    if moved:
        old_numbers, new_numbers = ({name: order.index(name) for name in moved} for order in (old_order, new_order))
        yield Change(LABEL, layer, CHANGED, {"numbers": old_numbers}, {"numbers": new_numbers}, Bump.MAJOR)


def _renamed_labels(before: Items, after: Items, retired: Mapping[str, str]) -> dict[str, str]:
    """The new name of each renamed label of a layer.

    The codebook lists renames under ``retired``. Otherwise a deleted and a new label with equal, non-empty definitions are
    taken to be one label: a heuristic, because people rename labels without a record, and all annotations would seem changed.
    """
    renamed: dict[str, str] = {}
    new = [name for name in after if name not in before]
    for name in (name for name in before if name not in after):
        equal = (other for other in new if before[name]["definition"] and before[name] == after[other])
        successor = retired.get(name) if retired.get(name) in new else next(equal, None)
        if successor:
            new.remove(successor)
            renamed[name] = successor
    return renamed


def _only_grew(change: Change) -> bool:
    """Whether an actor has all its earlier names and relations, and nothing else changed."""
    for name, value in change.before.items():
        earlier, later = (side if isinstance(side, list) else [] for side in (value, change.after.get(name)))
        if name not in GROWING_FIELDS or not all(any(not differ(item, kept) for item in later) for kept in earlier):
            return False
    return bool(change.before)
