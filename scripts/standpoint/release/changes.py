"""Changes between two versions, and what they demand; changes of columns, labels and actors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow.parquet as pq
from datasets import ClassLabel, Features, List, Value

from standpoint.core.yamlfile import read_yaml
from standpoint.release.versions import Bump

ADDED, CHANGED, DELETED = "added", "changed", "deleted"
HAPPENED = (ADDED, CHANGED, DELETED)
# What a change is of, in the order that they are told in.
COLUMN, LABEL, ACTOR, ARTICLE, SPLIT = "column", "label", "actor", "article", "split"
ADJUDICATED, RESOLUTION, SET, ANNOTATION = "adjudicated", "resolution", "set", "annotation"
KINDS = {
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


CLASSES = "actor_classes"  # of the codebook: labels like those of a layer
MEANING = ("show", "definition", "clarification", "exclusion", "value")  # of a label: what annotators go by
GROWS = ("aliases", "relations")  # of an actor: what more of is no other actor


def meaning_changes(one: Path, other: Path) -> Iterator[Change]:
    """Columns, labels and actors that two releases do not share."""
    yield from _each(COLUMN, _columns(one), _columns(other))
    yield from _labels(_codebook(one), _codebook(other))
    for change in _each(ACTOR, _actors(one), _actors(other)):
        yield change._replace(bump=Bump.MINOR) if _only_grew(change) else change


def layers_of(folder: Path) -> frozenset[str]:
    """The names of the layers of a release's codebook."""
    return frozenset(layer["name"] for layer in _codebook(folder).get("layers", ()))


def _each(kind: str, before: Mapping[str, Fields], after: Mapping[str, Fields]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield added(kind, name, after[name])
        elif name not in after:
            yield deleted(kind, name, before[name])
        elif change := changed(kind, name, _all_of(before[name], after[name]), _all_of(after[name], before[name])):
            yield change


def _all_of(fields: Fields, other: Fields) -> Fields:
    """The fields with None for those that only the other one has: what YAML leaves out is no column that is missing."""
    return fields | {name: None for name in other if name not in fields}


def _columns(folder: Path) -> dict[str, Fields]:
    """{path: {"type": …}} of every column, at any depth; the names of ClassLabels are the codebook's."""
    found: dict[str, Fields] = {}
    for path in sorted(folder.glob("*/*.parquet")):
        features = Features.from_arrow_schema(pq.read_schema(path))
        found |= {f"{path.parent.name}.{name}": {"type": kind} for name, kind in _paths(features)}
    return found


def _paths(feature: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(feature, dict):
        for name, inner in feature.items():
            yield from _paths(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(feature, List):
        yield from _paths(feature.feature, f"{path}[]")
    else:
        yield path, "label" if isinstance(feature, ClassLabel) else feature.dtype if isinstance(feature, Value) else str(feature)


def _codebook(folder: Path) -> dict:
    path = folder / "codebook.yaml"
    return read_yaml(path) if path.is_file() else {}


def _labels(before: dict, after: dict) -> Iterator[Change]:
    """Labels that came, went, were renamed, or are explained anew; and layers whose labels have other numbers than before."""
    ones, others = _layers(before), _layers(after)
    for name in sorted(ones.keys() | others.keys()):
        old, new = ones.get(name, {}), others.get(name, {})
        one, other = _by_name(old), _by_name(new)
        renamed = dict(_renamed(old, new))
        for label in sorted(set(one) - set(other)):
            if label in renamed:
                yield Change(LABEL, f"{name}/{label}", "changed", {"name": label}, {"name": renamed[label]}, Bump.MAJOR)
            else:
                yield deleted(LABEL, f"{name}/{label}", one[label])
        for label in sorted(set(other) - set(one) - set(renamed.values())):
            yield added(LABEL, f"{name}/{label}", other[label])
        for label in sorted(set(one) & set(other)):
            if change := changed(LABEL, f"{name}/{label}", one[label], other[label], Bump.MINOR):
                yield change
        yield from _numbers(name, [renamed.get(label, label) for label in one], list(other))


def _layers(codebook: dict) -> dict[str, dict]:
    classes = {CLASSES: {"labels": codebook[CLASSES]}} if codebook.get(CLASSES) else {}
    return {layer["name"]: layer for layer in codebook.get("layers", ())} | classes


def _by_name(layer: dict) -> dict[str, Fields]:
    return {label["name"]: {name: label.get(name) for name in MEANING} for label in layer.get("labels", ())}


def _renamed(old: dict, new: dict) -> Iterator[tuple[str, str]]:
    """Labels that the codebook says are retired for others, or that stand in the same place with the same definition."""
    one, other = _by_name(old), _by_name(new)
    fresh = [label for label in other if label not in one]
    for label in one:
        if label not in other:
            heir = (new.get("retired") or {}).get(label, "")
            same = (name for name in fresh if one[label]["definition"] and one[label] == other[name])
            heir = heir if heir in fresh else next(same, "")
            if heir:
                fresh.remove(heir)
                yield label, heir


def _numbers(layer: str, before: list[str], after: list[str]) -> Iterator[Change]:
    """One change where labels that stayed have other numbers: in the tables, a label is its number."""
    moved = [name for name in before if name in after and before.index(name) != after.index(name)]
    if moved:
        numbers = [{name: names.index(name) for name in moved} for names in (before, after)]
        yield Change(LABEL, layer, "changed", {"numbers": numbers[0]}, {"numbers": numbers[1]}, Bump.MAJOR)


def _actors(folder: Path) -> dict[str, Fields]:
    path = folder / "actors.yaml"
    actors: Iterable[dict] = read_yaml(path).get("actors", ()) if path.is_file() else ()
    return {actor["id"]: {name: value for name, value in actor.items() if name != "id"} for actor in actors}


def _only_grew(change: Change) -> bool:
    """Whether an actor only has more names or relations than before."""
    return all(
        name in GROWS and all(any(not differ(one, other) for other in change.after[name] or ()) for one in value or ())
        for name, value in change.before.items()
    ) and bool(change.before)
