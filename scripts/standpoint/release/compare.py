"""Compare two versions id by id, as a stream of changes, with one article of each in memory at a time."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import repeat
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from standpoint.codebook.types import ITEM_COLUMNS
from standpoint.core.corpus import Lookup, grouped
from standpoint.core.model import TAKEN_DOWN, StandpointError
from standpoint.dataset.release_folder import read_table, split_of, table_files
from standpoint.dataset.schema import ANNOTATIONS, DOCUMENTS, DOSSIERS, RESOLUTIONS, SPLITS, STORIES
from standpoint.release.changes import (
    ADJUDICATED,
    ANNOTATION,
    ARTICLE,
    DOSSIER,
    HAPPENING,
    LAYER_SUFFIXES,
    RESOLUTION,
    SET,
    SPLIT,
    Change,
    Fields,
    Items,
    column_names,
    compare_items,
    compare_schemas,
    layer_names,
    renamed_layers,
)
from standpoint.release.locate import not_a_release
from standpoint.splits.splits import DEFAULT

BATCH_ROWS = 100  # rows in memory for each file
ARTICLE_COLUMNS = ("article_id", "article_tier")  # of the other tables: they repeat what the article's row has


class ArticleRecord(NamedTuple):
    """One article of a release: its row of the documents, its splits by scheme, its annotation sets, the resolutions, the
    dossiers, and its events in its story.
    """

    id: str
    splits: dict[str, object]
    document: dict
    sets: list[dict]
    resolutions: list[dict]
    dossiers: list[dict]
    events: list[dict]


def read_article_records(folder: Path) -> Iterator[ArticleRecord]:
    """Each article of a release folder, sorted by id; StandpointError if the release is not valid."""
    if not (folder / DOCUMENTS).is_dir():
        raise not_a_release(str(folder))
    sets = Lookup(_read_rows(folder, ANNOTATIONS, "article_id"), itemgetter(0))
    resolutions = Lookup(_read_rows(folder, RESOLUTIONS, "article_id"), itemgetter(0))
    dossiers = Lookup(_read_rows(folder, DOSSIERS, "article_id"), itemgetter(0))
    events = Lookup(_read_rows(folder, STORIES, "article_id"), itemgetter(0))
    others = Lookup(_read_rows(folder, SPLITS, "article_id"), itemgetter(0))
    previous = None
    for article, split, row in _read_rows(folder, DOCUMENTS, "id"):
        if article == previous:
            raise StandpointError(f"{folder}: {article} appears twice in {DOCUMENTS}", "build the release again")
        previous = article
        about = ([row for _, _, row in lookup.of(article)] for lookup in (sets, resolutions, dossiers, events))
        splits = {"split": split} | {row["scheme"]: row["split"] for _, _, row in others.of(article) if row["scheme"] != DEFAULT}
        yield ArticleRecord(article, splits, row, *about)


def _read_rows(folder: Path, config: str, key: str) -> Iterator[tuple[str, str, dict]]:
    """Article id, split and row of each row of a config, in the order of the article ids."""

    def rows_of(path: Path) -> Iterator[tuple[str, str, dict]]:
        split, previous = split_of(path), ""
        for row in read_table(path, BATCH_ROWS):
            article = row[key]
            if article is None or article < previous:
                raise StandpointError(f"{path}: {article} after {previous}, should be sorted by {key}", "build the release again")
            previous = article
            yield article, split, row

    return heapq.merge(*map(rows_of, table_files(folder, config)), key=itemgetter(0))


def _items_of(record: ArticleRecord, layer_columns: Collection[str]) -> dict[str, Items]:
    """All that is compared of an article: by kind, then by id."""
    facts = _without(record.document, {"id", *layer_columns})
    adjudicated = {name: value for name, value in record.document.items() if name in layer_columns}
    return {
        ARTICLE: {record.id: facts},
        SPLIT: {record.id: record.splits},
        ADJUDICATED: _adjudicated_items(record.id, adjudicated),
        RESOLUTION: _resolution_items(record.id, record.resolutions),
        HAPPENING: {f"{record.id}#{row['event']}.happening": _without(row, (*ITEM_COLUMNS, "event")) for row in record.events},
        SET: {_set_id(row): _without(row, (*ARTICLE_COLUMNS, "spans", "choices", "relations")) for row in record.sets},
        DOSSIER: {_set_id(row): _without(row, ARTICLE_COLUMNS) for row in record.dossiers},
        ANNOTATION: {f"{_set_id(row)}#{key}": fields for row in record.sets for key, fields in _annotations(row)},
    }


def _without(row: dict, columns: Collection[str]) -> Fields:
    return {name: value for name, value in row.items() if name not in columns}


def _set_id(row: dict) -> str:
    return f"{row['article_id']}/{row['pass']}/{row['annotator']}"


def _adjudicated_items(article: str, columns: Fields) -> Items:
    """The adjudicated annotations: spans by their id, answers by their layer and by the actor that they are about."""
    items: Items = {}
    for name, value in columns.items():
        if isinstance(value, list) and all(isinstance(item, dict) and ("id" in item or "actor" in item) for item in value):
            for item in value:
                key = item["id"] if "id" in item else f"{item['actor']}.{name}"
                items[f"{article}#{key}"] = {"layer": name} | item
        elif value is not None:
            items[f"{article}#{name}"] = {"layer": name, "label": value}
    return items


def _resolution_items(article: str, rows: Iterable[dict]) -> Items:
    """The resolution of each annotation and each conflict."""
    items: Items = {}
    for row in rows:
        key = f"{article}#{row['annotation'] or '{layer}@{where}'.format_map(row)}"
        while key in items:
            key += "'"  # a second conflict in the same place
        items[key] = _without(row, (*ARTICLE_COLUMNS, "annotation", "label"))
    return items


def _annotations(row: dict) -> Iterator[tuple[str, Fields]]:
    """Id and fields of the annotations of a set. The choices of one question are one annotation with a list of labels."""
    yield from ((item["id"], item) for item in (*row["spans"], *row["relations"]))
    answers: Items = {}
    labels: dict[str, list] = {}
    for choice in row["choices"]:
        key = f"{choice['of']}.{choice['layer']}".lstrip(".")
        labels.setdefault(key, []).append(choice["label"])
        answers[key] = {"layer": choice["layer"], "of": choice["of"], "label": sorted(labels[key], key=str)}
    yield from answers.items()


def _rename_layers(record: ArticleRecord, renamed: Mapping[str, str]) -> ArticleRecord:
    """The record of the earlier version with the later names of its layers, so that only other changes remain."""
    if not renamed:
        return record
    names = column_names(renamed)

    def present(value: Any) -> Any:
        if isinstance(value, dict):
            inner = {names.get(key, key): present(content) for key, content in value.items()}
            return inner | ({"layer": renamed.get(value["layer"], value["layer"])} if "layer" in value else {})
        return list(map(present, value)) if isinstance(value, list) else value

    return record._replace(**{name: present(getattr(record, name)) for name in ("document", "sets", "resolutions")})


REDACTED = "(taken down)"  # replaces the strings of an article that the later version has taken down


def compare_releases(before: Path, after: Path) -> Iterator[Change]:
    """The changes from one release folder to another: first the schema, then article by article.

    The changes of an article that was taken down do not repeat its words.
    """
    renamed = renamed_layers(before, after)
    yield from compare_schemas(before, after, renamed)
    layers = layer_names(before) | layer_names(after)
    layer_columns = {f"{layer}{suffix}" for layer in layers for suffix in LAYER_SUFFIXES}
    kinds = [ARTICLE, SPLIT, ADJUDICATED, RESOLUTION, HAPPENING, SET, DOSSIER, ANNOTATION]
    # A release without such a table differs from one with it in its columns, which are listed already.
    for kind, table in ((RESOLUTION, RESOLUTIONS), (HAPPENING, STORIES)):
        if bool(table_files(before, table)) != bool(table_files(after, table)):
            kinds.remove(kind)
    sides = [zip(read_article_records(folder), repeat(side)) for side, folder in enumerate((before, after))]  # noqa: B905
    for _, pair in grouped(sides, key=lambda entry: entry[0].id):
        records = {side: _rename_layers(record, renamed) if side == 0 else record for record, side in pair}
        first, second = (_items_of(records[side], layer_columns) if side in records else {} for side in (0, 1))
        taken_down = 1 in records and records[1].document.get("text_status") == TAKEN_DOWN
        for kind in kinds:
            if kind != SPLIT or first and second:
                for change in compare_items(kind, first.get(kind, {}), second.get(kind, {})):
                    yield change._replace(before=_redact(change.before)) if taken_down else change


def _redact(value: Any) -> Any:
    """A value with each of its strings replaced, at any depth."""
    if isinstance(value, dict):
        return {name: _redact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return list(map(_redact, value))
    return REDACTED if isinstance(value, str) else value
