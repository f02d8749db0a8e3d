"""Two versions compared id by id, as a stream of changes, with one article in memory at a time."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
from datasets import Features

from standpoint.core.merge import Lookup, grouped
from standpoint.core.model import TAKEN_DOWN, StandpointError
from standpoint.dataset.parquet import named, values
from standpoint.dataset.schema import ANNOTATIONS, DOCUMENTS, RESOLUTIONS
from standpoint.release.changes import (
    ADJUDICATED,
    ANNOTATION,
    ARTICLE,
    RESOLUTION,
    SET,
    SPLIT,
    Change,
    Fields,
    added,
    changed,
    deleted,
    layers_of,
    meaning_changes,
)

SUFFIXES = ("_distribution", "_soft")  # of the columns that stand beside a layer's
HEAD = ("article_id", "article_tier")  # of a row of another table: said by the article already


def split_document(row: dict, layers: Collection[str]) -> tuple[Fields, Fields]:
    """The article's own columns, and those of layers."""
    own = {name: value for name, value in row.items() if _layer_of(name, layers) is None and name != "id"}
    return own, {name: value for name, value in row.items() if name not in own and name != "id"}


def items(article: str, columns: Fields) -> dict[str, Fields]:
    """The adjudicated annotations: spans by their id, answers by layer, and by actor where they are about one."""
    found: dict[str, Fields] = {}
    for name, value in columns.items():
        if isinstance(value, list) and all(isinstance(item, dict) and ("id" in item or "actor" in item) for item in value):
            for item in value:
                key = item["id"] if "id" in item else f"{item['actor']}.{name}"
                found[f"{article}#{key}"] = {"layer": name} | item
        elif value is not None:
            found[f"{article}#{name}"] = {"layer": name, "label": value}
    return found


def resolution_items(article: str, rows: Iterable[dict]) -> dict[str, Fields]:
    """How each annotation, and each conflict, was adjudicated."""
    found: dict[str, Fields] = {}
    for row in rows:
        key = f"{article}#{row['annotation'] or row['layer'] + '@' + row['where']}"
        while key in found:
            key += "'"  # a second conflict in the same place
        found[key] = {name: value for name, value in row.items() if name not in (*HEAD, "annotation", "label")}
    return found


def sets(rows: Iterable[dict]) -> dict[str, Fields]:
    """Each annotator's set in each pass, apart from its annotations."""
    return {
        _set(row): {name: value for name, value in row.items() if name not in (*HEAD, "spans", "choices", "relations")}
        for row in rows
    }


def set_items(rows: Iterable[dict]) -> dict[str, Fields]:
    """Each annotation of each annotator."""
    return {f"{_set(row)}#{key}": fields for row in rows for key, fields in _annotations(row)}


def _set(row: dict) -> str:
    return f"{row['article_id']}/{row['pass']}/{row['annotator']}"


def _annotations(row: dict) -> Iterator[tuple[str, Fields]]:
    yield from ((span["id"], span) for span in row["spans"])
    yield from ((link["id"], link) for link in row["relations"])
    answers: dict[str, Fields] = {}
    for choice in row["choices"]:
        key = f"{choice['of']}.{choice['layer']}".lstrip(".")
        answer = answers.setdefault(key, {"layer": choice["layer"], "of": choice["of"], "label": []})
        answer["label"] = sorted([*answer["label"], choice["label"]], key=str)
    yield from answers.items()


def _layer_of(name: str, layers: Collection[str]) -> str | None:
    for suffix in ("", *SUFFIXES):
        if name.endswith(suffix) and name[: len(name) - len(suffix)] in layers:
            return name[: len(name) - len(suffix)]
    return None


ROWS = 100  # read at a time from each file


class Dossier(NamedTuple):
    """One article: its row of the documents, its split, its annotators' sets, and how what is adjudicated was adjudicated."""

    id: str
    split: str
    document: dict
    sets: tuple[dict, ...] = ()
    resolutions: tuple[dict, ...] = ()


class Table(NamedTuple):
    """The rows of one config, each with its article and split, in the order of the articles' ids."""

    folder: Path
    config: str
    key: str

    def rows(self) -> Iterator[tuple[str, str, dict]]:
        paths = sorted((self.folder / self.config).glob("*.parquet"))
        return heapq.merge(*map(self._rows, paths), key=_article_id)

    def _rows(self, path: Path) -> Iterator[tuple[str, str, dict]]:
        split, before = path.name.partition("-")[0], ""
        file = pq.ParquetFile(path)
        features = Features.from_arrow_schema(file.schema_arrow)
        for batch in file.iter_batches(batch_size=ROWS):
            for row in values(batch.to_struct_array()):
                article = row[self.key]
                if article < before:
                    raise StandpointError(f"{path}: {article} after {before}, should be sorted by {self.key}", "build it again")
                before = article
                yield article, split, named(features, row)


def dossiers(folder: Path) -> Iterator[Dossier]:
    """Every article of a release, by id; StandpointError where the release is none, or an article stands twice in it."""
    if not (folder / DOCUMENTS).is_dir():
        raise StandpointError(f"{folder}: is no release (it has no {DOCUMENTS}/)", "name a folder that `standpoint build` made")
    others = [Lookup(Table(folder, config, "article_id").rows(), _article_id) for config in (ANNOTATIONS, RESOLUTIONS)]
    before = None
    for article, split, row in Table(folder, DOCUMENTS, "id").rows():
        if article == before:
            raise StandpointError(f"{folder}: {article} stands twice in its {DOCUMENTS}", "build it again")
        before = article
        yield Dossier(article, split, row, *(tuple(row for _, _, row in rows.of(article)) for rows in others))


def _article_id(row: tuple[str, str, dict]) -> str:
    return row[0]


GONE = "(taken down)"  # in place of the strings of an article that is a tombstone now
Keyed = Mapping[str, Fields]


def compare(one: Path, other: Path) -> Iterator[Change]:
    """The changes from one release (a folder) to another: first what the data mean, then article by article."""
    yield from meaning_changes(one, other)
    names = layers_of(one) | layers_of(other)
    left_out = {} if (one / RESOLUTIONS).is_dir() == (other / RESOLUTIONS).is_dir() else {RESOLUTION}  # its columns are told
    for before, after in merged(dossiers(one), dossiers(other)):
        yield from (change for change in _article(before, after, names) if change.kind not in left_out)


def merged(ones: Iterable[Dossier], others: Iterable[Dossier]) -> Iterator[tuple[Dossier | None, Dossier | None]]:
    """Pairs of one article; None for the side on which it is not there."""
    sides = [((dossier, True) for dossier in ones), ((dossier, False) for dossier in others)]
    for _, pair in grouped(sides, key=lambda item: item[0].id):
        before = next((dossier for dossier, is_before in pair if is_before), None)
        after = next((dossier for dossier, is_before in pair if not is_before), None)
        yield before, after


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
    yield from _keyed(ADJUDICATED, items(identity, ones[1]), items(identity, others[1]))
    yield from _keyed(RESOLUTION, *(resolution_items(identity, side.resolutions) if side else {} for side in (before, after)))
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
