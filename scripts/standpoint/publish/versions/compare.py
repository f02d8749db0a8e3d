"""Two versions compared id by id, as a stream of changes: a merge of two sorted streams, one article in memory at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from standpoint.publish.shape import SETTLEMENTS
from standpoint.publish.versions.changes import (
    ANNOTATION,
    ARTICLE,
    SET,
    SETTLED,
    SETTLEMENT,
    SPLIT,
    Change,
    Fields,
    added,
    changed,
    deleted,
)
from standpoint.publish.versions.dossiers import Dossier, dossiers
from standpoint.publish.versions.meaning import layers_of, meaning_changes
from standpoint.publish.versions.parts import items, set_items, sets, settlement_items, split_document
from standpoint.publish.withhold import TAKEN_DOWN

GONE = "(taken down)"  # in place of the strings of an article that is a tombstone now
Keyed = Mapping[str, Fields]


def compare(one: Path, other: Path) -> Iterator[Change]:
    """The changes from one release (a folder) to another: first what the data mean, then article by article."""
    yield from meaning_changes(one, other)
    names = layers_of(one) | layers_of(other)
    left_out = {} if (one / SETTLEMENTS).is_dir() == (other / SETTLEMENTS).is_dir() else {SETTLEMENT}  # its columns are told
    for before, after in merged(dossiers(one), dossiers(other)):
        yield from (change for change in _article(before, after, names) if change.kind not in left_out)


def merged(ones: Iterator[Dossier], others: Iterator[Dossier]) -> Iterator[tuple[Dossier | None, Dossier | None]]:
    """Pairs of one article; None for the side on which it is not there."""
    one, other = next(ones, None), next(others, None)
    while one or other:
        if other is None or one and one.id < other.id:
            yield one, None
            one = next(ones, None)
        elif one is None or other.id < one.id:
            yield None, other
            other = next(others, None)
        else:
            yield one, other
            one, other = next(ones, None), next(others, None)


def _article(before: Dossier | None, after: Dossier | None, names: Collection[str]) -> Iterator[Change]:
    identity = (before or after).id
    for change in _changes(identity, before, after, names):
        gone = after is not None and after.document.get("text_status") == TAKEN_DOWN
        yield change._replace(before={name: _unsaid(value) for name, value in change.before.items()}) if gone else change


def _unsaid(value: object) -> object:
    """A value without its strings: what was taken down is not told by the change feed either."""
    if isinstance(value, dict):
        return {name: _unsaid(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return list(map(_unsaid, value))
    return GONE if isinstance(value, str) else value


def _changes(identity: str, before: Dossier | None, after: Dossier | None, names: Collection[str]) -> Iterator[Change]:
    ones, others = (split_document(side.document, names) if side else ({}, {}) for side in (before, after))
    yield from _keyed(ARTICLE, _only(identity, ones[0], before), _only(identity, others[0], after))
    if before and after and before.split != after.split:
        yield changed(SPLIT, identity, {"split": before.split}, {"split": after.split})
    yield from _keyed(SETTLED, items(identity, ones[1]), items(identity, others[1]))
    yield from _keyed(SETTLEMENT, *(settlement_items(identity, side.settlements) if side else {} for side in (before, after)))
    yield from _keyed(SET, *(sets(side.sets) if side else {} for side in (before, after)))
    yield from _keyed(ANNOTATION, *(set_items(side.sets) if side else {} for side in (before, after)))


def _only(identity: str, fields: Fields, side: Dossier | None) -> Keyed:
    return {identity: fields} if side else {}


def _keyed(kind: str, before: Keyed, after: Keyed) -> Iterator[Change]:
    """Changes of things by their ids; a span that has another id than before, and is in the same place, was changed."""
    heirs = _heirs(before, after)
    taken = set(heirs.values())
    for identity in sorted(before.keys() | after.keys()):
        if identity in before and (identity in after or identity in heirs):
            now = heirs.get(identity, identity)
            if change := changed(kind, identity, before[identity], after[now]):
                yield change
        elif identity in before:
            yield deleted(kind, identity, before[identity])
        elif identity not in taken:
            yield added(kind, identity, after[identity])


def _heirs(before: Keyed, after: Keyed) -> dict[str, str]:
    """Old id -> new id of the spans that are gone by their id, and in whose place one stands with a new id."""
    gone = {identity: place for identity in before.keys() - after.keys() if (place := _place(identity, before[identity]))}
    there: dict[tuple, list[str]] = {}
    for identity in sorted(after.keys() - before.keys()):
        if place := _place(identity, after[identity]):
            there.setdefault(place, []).append(identity)
    return {identity: there[place].pop(0) for identity, place in sorted(gone.items()) if there.get(place)}


def _place(identity: str, fields: Fields) -> tuple | None:
    if "start" not in fields or "end" not in fields:
        return None
    return identity.partition("#")[0], fields.get("layer"), fields["start"], fields["end"]
