"""The records of a release, sorted on disk, become the rows of its configs."""

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

SILVER = "silver"  # the tier of what machines had a part in; any other tier says that people made every set


class Records(NamedTuple):
    """What a release is made of, each in any order; read once."""

    articles: Iterable[Article]
    adjudicated: Iterable[AdjudicatedSet]
    sets: Iterable[AnnotationSet]
    splits: Iterable[SplitRow]


@dataclass
class Shelves:
    """The records put aside, and the split and the story of each article."""

    articles: RecordStore[Article]
    adjudicated: RecordStore[AdjudicatedSet]
    sets: RecordStore[AnnotationSet]
    split: Mapping[str, str]
    story: Mapping[str, str]
    notes: list[Issue] = field(default_factory=list)
    withheld: dict[str, bool] = field(default_factory=dict)  # of each article that is in the release
    tier: dict[str, str] = field(default_factory=dict)  # likewise
    people: dict[str, AdjudicatedSet] = field(default_factory=dict)  # without annotations: what people made, as its tier says


@contextmanager
def shelved(records: Records) -> Iterator[Shelves]:
    """Put all records aside on disk."""
    with (
        closing(RecordStore(Article)) as articles,
        closing(RecordStore(AdjudicatedSet)) as adjudicated,
        closing(RecordStore(AnnotationSet)) as sets,
    ):
        articles.fill((article.id, article) for article in records.articles)
        adjudicated.fill((item.article_id, item) for item in records.adjudicated)
        sets.fill(((item.article_id, item.pass_name, item.annotator), item) for item in records.sets)
        rows = list(records.splits)
        yield Shelves(articles, adjudicated, sets, split={row.article_id: row.split for row in rows}, story=current_stories(rows))


def fill(shelves: Shelves, writing: TableWriter, tally: Tally, registry: Registry | None) -> None:
    """Write the rows of all configs in the order of the articles' ids, and count them."""
    for adjudicated in shelves.adjudicated:
        split = _split_of(adjudicated.article_id, shelves)
        if split == QUARANTINE:
            shelves.notes.append(Issue(adjudicated.article_id, "QUARANTINED", "its group lies in two splits: left out", "note"))
        else:
            _fill_article(shelves, adjudicated, split, writing, tally, registry)
    for actor in registry.actors if registry else ():
        writing.add(REGISTRY, FULL, actor_row(actor))
    shown = {article for item in shelves.sets if (article := _fill_set(shelves, item, writing, tally))}
    for article in sorted(set(shelves.people) - shown):
        raise _untrue(shelves.people[article], "no person's annotation set is there")


def _split_of(article: str, shelves: Shelves) -> str:
    if article not in shelves.articles:
        raise StandpointError(f"{article}: it is adjudicated, and no article has this id", "resolve anew")
    if article not in shelves.split:
        raise StandpointError(f"{article}: it has no split", "run: standpoint split")
    return shelves.split[article]


def _fill_article(shelves, adjudicated: AdjudicatedSet, split: str, writing: TableWriter, tally: Tally, registry) -> None:
    original = shelves.articles[adjudicated.article_id]
    refuse(original, adjudicated, tally.schema)
    row = document(original, adjudicated, tally.schema, shelves.story[original.id])
    row = row if is_open(original) else withheld(row, tally.schema)
    shelves.withheld[original.id] = row["text"] is None
    if adjudicated.tier != SILVER:
        shelves.people[original.id] = replace(adjudicated, annotations=(), resolutions={}, conflicts=(), distributions={})
    shelves.tier[original.id] = adjudicated.tier
    writing.add(DOCUMENTS, split, row)
    writing.add(ARTICLES, split, pointer(row))
    for layer in tally.schema.tables:
        for item in items(layer, row, tally.schema, registry):
            writing.add(layer.name, split, item)
    for resolution in resolutions(adjudicated, row, tally.schema):
        writing.add(RESOLUTIONS, split, resolution)
        tally.resolution(resolution)
    tally.document(row, split)


def _fill_set(shelves: Shelves, item: AnnotationSet, writing: TableWriter, tally: Tally) -> str:
    """Write the row of one set; the id of its article if a person made it."""
    article, person = item.article_id, item.annotator_kind.startswith(HUMAN)
    if article not in shelves.withheld:
        what = f"{item.annotator}'s set ({item.pass_name}) is left out: the article is not in the release"
        shelves.notes.append(Issue(article, "SET-LEFT-OUT", what, "note"))
        return ""
    if not person and article in shelves.people and item.annotator in shelves.people[article].annotators:
        raise _untrue(shelves.people[article], f"{item.annotator} is a {item.annotator_kind}")
    if shelves.withheld[article]:
        item = without_text(item, tally.schema.typed)
    row = annotation_row(item, shelves.tier[article])
    writing.add(ANNOTATIONS, shelves.split[article], row)
    tally.annotations(row)
    return article if person else ""


def _untrue(adjudicated: AdjudicatedSet, why: str) -> StandpointError:
    return StandpointError(f"{adjudicated.article_id}: its tier is {adjudicated.tier}, and {why}", "resolve it anew")
