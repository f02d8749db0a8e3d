"""A release read article by article: all rows of one article, and the items in them that two versions are compared by."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from standpoint.core.merge import Lookup
from standpoint.core.model import StandpointError
from standpoint.dataset.release_folder import read_table, split_of, table_files
from standpoint.dataset.schema import ANNOTATIONS, DOCUMENTS, RESOLUTIONS
from standpoint.release.changes import Fields

BATCH_ROWS = 100  # rows in memory for each file
LAYER_SUFFIXES = ("_distribution", "_soft")  # of the columns beside the column of a layer
ARTICLE_COLUMNS = ("article_id", "article_tier")  # of the other tables: they repeat what the article's row has
Items = dict[str, Fields]  # by id


class ArticleRecord(NamedTuple):
    """One article of a release: its row of the documents, its split, its annotation sets, and the resolutions."""

    id: str
    split: str
    document: dict
    sets: tuple[dict, ...] = ()
    resolutions: tuple[dict, ...] = ()


def read_article_records(folder: Path) -> Iterator[ArticleRecord]:
    """Each article of a release folder, sorted by id; StandpointError if the release is not valid."""
    if not (folder / DOCUMENTS).is_dir():
        raise not_a_release(str(folder))
    sets = Lookup(_read_rows(folder, ANNOTATIONS, "article_id"), _article_id)
    resolutions = Lookup(_read_rows(folder, RESOLUTIONS, "article_id"), _article_id)
    previous = None
    for article, split, row in _read_rows(folder, DOCUMENTS, "id"):
        if article == previous:
            raise StandpointError(f"{folder}: {article} appears twice in {DOCUMENTS}", "build the release again")
        previous = article
        yield ArticleRecord(article, split, row, _rows(sets, article), _rows(resolutions, article))


def not_a_release(name: str) -> StandpointError:
    """The error for a folder without documents."""
    return StandpointError(f"{name}: not a release (it has no {DOCUMENTS}/)", "name a folder that `standpoint build` made")


def _read_rows(folder: Path, config: str, key: str) -> Iterator[tuple[str, str, dict]]:
    """Article id, split and row of each row of a config, in the order of the article ids."""
    return heapq.merge(*(_read_file(path, key) for path in table_files(folder, config)), key=_article_id)


def _read_file(path: Path, key: str) -> Iterator[tuple[str, str, dict]]:
    split, previous = split_of(path), ""
    for row in read_table(path, BATCH_ROWS):
        article = row[key]
        if article < previous:
            message = f"{path}: {article} after {previous}, should be sorted by {key}"
            raise StandpointError(message, "build the release again")
        previous = article
        yield article, split, row


def _rows(lookup: Lookup[tuple[str, str, dict]], article: str) -> tuple[dict, ...]:
    return tuple(row for _, _, row in lookup.of(article))


def _article_id(row: tuple[str, str, dict]) -> str:
    return row[0]


def split_columns(document: dict, layers: Collection[str]) -> tuple[Fields, Fields]:
    """The columns of a document that are the article's own, and those of layers; without its id."""
    columns = {name: value for name, value in document.items() if name != "id"}
    own = {name: value for name, value in columns.items() if not _is_of_layer(name, layers)}
    return own, {name: value for name, value in columns.items() if name not in own}


def _is_of_layer(column: str, layers: Collection[str]) -> bool:
    return any(column.endswith(suffix) and column[: len(column) - len(suffix)] in layers for suffix in ("", *LAYER_SUFFIXES))


def adjudicated_items(article: str, columns: Fields) -> Items:
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


def resolution_items(article: str, rows: Iterable[dict]) -> Items:
    """How each annotation and each conflict was resolved."""
    items: Items = {}
    for row in rows:
        key = f"{article}#{row['annotation'] or row['layer'] + '@' + row['where']}"
        while key in items:
            key += "'"  # a second conflict in the same place
        items[key] = _without(row, (*ARTICLE_COLUMNS, "annotation", "label"))
    return items


def set_items(rows: Iterable[dict]) -> Items:
    """The annotation set of each annotator and pass, without its annotations."""
    return {_set_id(row): _without(row, (*ARTICLE_COLUMNS, "spans", "choices", "relations")) for row in rows}


def annotation_items(rows: Iterable[dict]) -> Items:
    """Each annotation of each annotator."""
    return {f"{_set_id(row)}#{key}": fields for row in rows for key, fields in _annotations(row)}


def _without(row: dict, columns: Collection[str]) -> Fields:
    return {name: value for name, value in row.items() if name not in columns}


def _set_id(row: dict) -> str:
    return f"{row['article_id']}/{row['pass']}/{row['annotator']}"


def _annotations(row: dict) -> Iterator[tuple[str, Fields]]:
    """Id and fields of the annotations of a set. The choices of one question are one annotation with a list of labels."""
    for item in (*row["spans"], *row["relations"]):
        yield item["id"], item
    labels: dict[str, list] = {}
    answers: Items = {}
    for choice in row["choices"]:
        key = f"{choice['of']}.{choice['layer']}".lstrip(".")
        labels.setdefault(key, []).append(choice["label"])
        answers.setdefault(key, {"layer": choice["layer"], "of": choice["of"]})
    yield from ((key, answer | {"label": sorted(labels[key], key=str)}) for key, answer in answers.items())
