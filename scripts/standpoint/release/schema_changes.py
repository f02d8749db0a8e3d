"""Changes of the schema between two versions: columns, labels of the codebook, and actors of the registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from standpoint.core.yamlfile import read_yaml
from standpoint.release.changes import ACTOR, CHANGED, COLUMN, LABEL, Change, Fields, added, changed, deleted, differ
from standpoint.release.versions import Bump

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
        name in GROWING_FIELDS and _has_all(_items(change.after[name]), _items(value)) for name, value in change.before.items()
    )


def _items(value: object) -> list:
    return value if isinstance(value, list) else []


def _has_all(items: list, required: list) -> bool:
    return all(any(not differ(item, other) for other in items) for item in required)
