"""Sort the records of a release on disk, and write the rows of its configs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.codebook.registry import Registry
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Issue, StandpointError
from standpoint.core.record_store import RecordStore
from standpoint.dataset.card_tables import HUMAN, Tally
from standpoint.dataset.parquet import TableWriter
from standpoint.dataset.rows import FULL, actor_row, annotation_row, document, items, pointer, resolutions
from standpoint.dataset.schema import ANNOTATIONS, ARTICLES, DOCUMENTS, REGISTRY, RESOLUTIONS
from standpoint.dataset.withhold import is_open, refuse, withheld, without_text
from standpoint.splits.splits import QUARANTINE, SplitRow, current_stories

SILVER = "silver"  # the tier of articles that machines had a part in; any other tier claims that people made every set


class Records(NamedTuple):
    """The records of a release, each kind in any order. They are read once."""

    articles: Iterable[Article]
    adjudicated: Iterable[AdjudicatedSet]
    sets: Iterable[AnnotationSet]
    splits: Iterable[SplitRow]


@dataclass
class SortedRecords:
    """The records of a release on disk, the split and story of each article, and what is known of the articles written."""

    articles: RecordStore[Article]
    adjudicated: RecordStore[AdjudicatedSet]
    sets: RecordStore[AnnotationSet]
    split: Mapping[str, str]
    story: Mapping[str, str]
    notes: list[Issue] = field(default_factory=list)
    withheld: dict[str, bool] = field(default_factory=dict)  # article -> whether its text is withheld, for those in the release
    tier: dict[str, str] = field(default_factory=dict)  # article -> its tier, likewise
    human: dict[str, AdjudicatedSet] = field(default_factory=dict)  # article -> its set, without annotations


@contextmanager
def sorted_records(records: Records) -> Iterator[SortedRecords]:
    """Store all records on disk for as long as the block lasts."""
    with (
        closing(RecordStore(Article)) as articles,
        closing(RecordStore(AdjudicatedSet)) as adjudicated,
        closing(RecordStore(AnnotationSet)) as sets,
    ):
        articles.fill((article.id, article) for article in records.articles)
        adjudicated.fill((item.article_id, item) for item in records.adjudicated)
        sets.fill(((item.article_id, item.pass_name, item.annotator), item) for item in records.sets)
        rows = list(records.splits)
        split = {row.article_id: row.split for row in rows}
        yield SortedRecords(articles, adjudicated, sets, split, current_stories(rows))


def write_rows(records: SortedRecords, writer: TableWriter, tally: Tally, registry: Registry | None) -> None:
    """Write the rows of all configs in the order of the article ids, and count them."""
    for adjudicated in records.adjudicated:
        split = _split_of(adjudicated.article_id, records)
        if split == QUARANTINE:
            records.notes.append(Issue(adjudicated.article_id, "QUARANTINED", "its group is in two splits: left out", "note"))
        else:
            _write_article(records, adjudicated, split, writer, tally, registry)
    for actor in registry.actors if registry else ():
        writer.add(REGISTRY, FULL, actor_row(actor))
    annotated_by_people = {item.article_id for item in records.sets if _write_set(records, item, writer, tally)}
    for article in sorted(set(records.human) - annotated_by_people):
        raise _wrong_tier(records.human[article], "no person's annotation set exists")


def _split_of(article: str, records: SortedRecords) -> str:
    if article not in records.articles:
        raise StandpointError(f"{article}: it is adjudicated, and no article has this id", "run: standpoint adjudicate")
    if article not in records.split:
        raise StandpointError(f"{article}: it has no split", "run: standpoint split")
    return records.split[article]


def _write_article(
    records: SortedRecords,
    adjudicated: AdjudicatedSet,
    split: str,
    writer: TableWriter,
    tally: Tally,
    registry: Registry | None,
) -> None:
    article, schema = records.articles[adjudicated.article_id], tally.schema
    refuse(article, adjudicated, schema)
    row = document(article, adjudicated, schema, records.story[article.id])
    row = row if is_open(article) else withheld(row, schema)
    records.withheld[article.id] = row["text"] is None
    if adjudicated.tier != SILVER:
        records.human[article.id] = replace(adjudicated, annotations=(), resolutions={}, conflicts=(), distributions={})
    records.tier[article.id] = adjudicated.tier
    writer.add(DOCUMENTS, split, row)
    writer.add(ARTICLES, split, pointer(row))
    for layer in schema.tables:
        for item in items(layer, row, schema, registry):
            writer.add(layer.name, split, item)
    for resolution in resolutions(adjudicated, row, schema):
        writer.add(RESOLUTIONS, split, resolution)
        tally.resolution(resolution)
    tally.document(row, split)


def _write_set(records: SortedRecords, item: AnnotationSet, writer: TableWriter, tally: Tally) -> bool:
    """Write the row of an annotation set; whether it is in the release and a person made it."""
    article, is_human = item.article_id, item.annotator_kind.startswith(HUMAN)
    if article not in records.withheld:
        message = f"the set of {item.annotator} ({item.pass_name}) is left out: its article is not in the release"
        records.notes.append(Issue(article, "SET-LEFT-OUT", message, "note"))
        return False
    if not is_human and article in records.human and item.annotator in records.human[article].annotators:
        raise _wrong_tier(records.human[article], f"{item.annotator} is a {item.annotator_kind}")
    if records.withheld[article]:
        item = without_text(item, tally.schema.typed)
    row = annotation_row(item, records.tier[article])
    writer.add(ANNOTATIONS, records.split[article], row)
    tally.annotations(row)
    return is_human


def _wrong_tier(adjudicated: AdjudicatedSet, why: str) -> StandpointError:
    message = f"{adjudicated.article_id}: its tier is {adjudicated.tier}, and {why}"
    return StandpointError(message, "run: standpoint adjudicate")
