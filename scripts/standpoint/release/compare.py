"""Compare two versions id by id, as a stream of changes, with one article of each in memory at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from standpoint.core.merge import grouped
from standpoint.core.model import TAKEN_DOWN
from standpoint.core.paths import Project
from standpoint.dataset.release_folder import table_files
from standpoint.dataset.schema import RESOLUTIONS
from standpoint.release.article_records import (
    ArticleRecord,
    Items,
    adjudicated_items,
    annotation_items,
    read_article_records,
    resolution_items,
    set_items,
    split_columns,
)
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
)
from standpoint.release.locate import LocatedRelease, ProjectVersions, locate_release, project_versions
from standpoint.release.schema_changes import compare_schemas, layer_names

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
