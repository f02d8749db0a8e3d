"""Compare two versions id by id, as a stream of changes, with one article of each in memory at a time."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from standpoint.core.model import TAKEN_DOWN, StandpointError
from standpoint.core.project import Project
from standpoint.core.streams import Lookup, grouped
from standpoint.dataset.release_folder import read_table, split_of, table_files
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
    compare_schemas,
    deleted,
    layer_names,
)
from standpoint.release.locate import LocatedRelease, ProjectVersions, locate_release, not_a_release, project_versions

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
    sets = Lookup(_read_rows(folder, ANNOTATIONS, "article_id"), itemgetter(0))
    resolutions = Lookup(_read_rows(folder, RESOLUTIONS, "article_id"), itemgetter(0))
    previous = None
    for article, split, row in _read_rows(folder, DOCUMENTS, "id"):
        if article == previous:
            raise StandpointError(f"{folder}: {article} appears twice in {DOCUMENTS}", "build the release again")
        previous = article
        yield ArticleRecord(article, split, row, _rows(sets, article), _rows(resolutions, article))


def _read_rows(folder: Path, config: str, key: str) -> Iterator[tuple[str, str, dict]]:
    """Article id, split and row of each row of a config, in the order of the article ids."""
    return heapq.merge(*(_read_file(path, key) for path in table_files(folder, config)), key=itemgetter(0))


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


REDACTED = "(taken down)"  # replaces the strings of an article that the later version has taken down
NO_ARTICLE = ArticleRecord("", "", {})


class VersionDiff(NamedTuple):
    """Two versions and the changes from the first to the second. The changes can be read once."""

    before: LocatedRelease
    after: LocatedRelease
    changes: Iterator[Change]


@contextmanager
def open_diff(project: Project | None, before: str, after: str) -> Iterator[VersionDiff]:
    """Compare two versions. Each is a folder, a version, a tag or commit, or owner/name@revision.

    ``project`` may be None if neither ``needs_repository``.
    """
    versions = project_versions(project) if project else ProjectVersions(None, (), "")
    with locate_release(before, versions) as first, locate_release(after, versions) as second:
        yield VersionDiff(first, second, compare_releases(first.folder, second.folder))


def compare_releases(before: Path, after: Path) -> Iterator[Change]:
    """The changes from one release folder to another: first the schema, then article by article."""
    yield from compare_schemas(before, after)
    layers = layer_names(before) | layer_names(after)
    # A release without the resolutions table differs from one with it in its columns, which are listed already.
    skipped = () if bool(table_files(before, RESOLUTIONS)) == bool(table_files(after, RESOLUTIONS)) else (RESOLUTION,)
    for first, second in _pair_articles(read_article_records(before), read_article_records(after)):
        yield from (change for change in _article_changes(first, second, layers) if change.kind not in skipped)


def _pair_articles(
    before: Iterable[ArticleRecord], after: Iterable[ArticleRecord]
) -> Iterator[tuple[ArticleRecord | None, ArticleRecord | None]]:
    """Merge two sorted streams into pairs of one article; None on the side that does not have the article."""
    sides = [((record, True) for record in before), ((record, False) for record in after)]
    for _, pair in grouped(sides, key=lambda item: item[0].id):
        first = next((record for record, is_before in pair if is_before), None)
        second = next((record for record, is_before in pair if not is_before), None)
        yield first, second


def _article_changes(before: ArticleRecord | None, after: ArticleRecord | None, layers: Collection[str]) -> Iterator[Change]:
    """The changes of one article. Those of a taken-down article must not repeat its words."""
    taken_down = after is not None and after.document.get("text_status") == TAKEN_DOWN
    for change in _item_changes(before, after, layers):
        yield change._replace(before={name: _redact(value) for name, value in change.before.items()}) if taken_down else change


def _redact(value: object) -> object:
    """A value with each of its strings replaced, at any depth."""
    if isinstance(value, dict):
        return {name: _redact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return list(map(_redact, value))
    return REDACTED if isinstance(value, str) else value


def _item_changes(before: ArticleRecord | None, after: ArticleRecord | None, layers: Collection[str]) -> Iterator[Change]:
    first, second = before or NO_ARTICLE, after or NO_ARTICLE
    identity = first.id or second.id
    (columns_before, layers_before), (columns_after, layers_after) = (
        split_columns(record.document, layers) for record in (first, second)
    )
    articles_before: Items = {identity: columns_before} if before else {}
    articles_after: Items = {identity: columns_after} if after else {}
    yield from _compare_items(ARTICLE, articles_before, articles_after)
    if before and after and (change := changed(SPLIT, identity, {"split": before.split}, {"split": after.split})):
        yield change
    yield from _compare_items(ADJUDICATED, adjudicated_items(identity, layers_before), adjudicated_items(identity, layers_after))
    yield from _compare_items(
        RESOLUTION, resolution_items(identity, first.resolutions), resolution_items(identity, second.resolutions)
    )
    yield from _compare_items(SET, set_items(first.sets), set_items(second.sets))
    yield from _compare_items(ANNOTATION, annotation_items(first.sets), annotation_items(second.sets))


def _compare_items(kind: str, before: Items, after: Items) -> Iterator[Change]:
    """The changes of items by their ids. A span that has a new id in its old place is a changed span."""
    new_ids = _match_moved_ids(before, after)
    matched = set(new_ids.values())
    for identity in sorted(before.keys() | after.keys()):
        if identity in before and (identity in after or identity in new_ids):
            if change := changed(kind, identity, before[identity], after[new_ids.get(identity, identity)]):
                yield change
        elif identity in before:
            yield deleted(kind, identity, before[identity])
        elif identity not in matched:
            yield added(kind, identity, after[identity])


def _match_moved_ids(before: Items, after: Items) -> dict[str, str]:
    """The new id of each span whose old id is gone and in whose place is a span with a new id."""
    lost = {identity: place for identity in before.keys() - after.keys() if (place := _place(identity, before[identity]))}
    new_by_place: dict[tuple, list[str]] = {}
    for identity in sorted(after.keys() - before.keys()):
        if place := _place(identity, after[identity]):
            new_by_place.setdefault(place, []).append(identity)
    return {identity: new_by_place[place].pop(0) for identity, place in sorted(lost.items()) if new_by_place.get(place)}


def _place(identity: str, fields: Fields) -> tuple | None:
    """What identifies the place of a span: its article or set, its layer and its offsets; None for other items."""
    if "start" not in fields or "end" not in fields:
        return None
    return identity.partition("#")[0], fields.get("layer"), fields["start"], fields["end"]
