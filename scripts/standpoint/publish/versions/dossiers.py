"""All that a release says of one article, article by article: its tables are read side by side, and never held whole."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
from datasets import Features

from standpoint.model import StandpointError
from standpoint.publish.shape import ANNOTATIONS, DOCUMENTS, SETTLEMENTS
from standpoint.publish.writers.columns import named, values

ROWS = 100  # read at a time from each file


class Dossier(NamedTuple):
    """One article: its row of the documents, its split, its annotators' sets, and how what is settled was settled."""

    id: str
    split: str
    document: dict
    sets: tuple[dict, ...] = ()
    settlements: tuple[dict, ...] = ()


class Table(NamedTuple):
    """The rows of one config, each with its article and split, in the order of the articles' ids."""

    folder: Path
    config: str
    key: str

    def rows(self) -> Iterator[tuple[str, str, dict]]:
        paths = sorted((self.folder / self.config).glob("*.parquet"))
        return heapq.merge(*map(self._rows, paths), key=lambda row: row[0])

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
    others = [_Grouped(Table(folder, config, "article_id").rows()) for config in (ANNOTATIONS, SETTLEMENTS)]
    before = None
    for article, split, row in Table(folder, DOCUMENTS, "id").rows():
        if article == before:
            raise StandpointError(f"{folder}: {article} stands twice in its {DOCUMENTS}", "build it again")
        before = article
        yield Dossier(article, split, row, *(tuple(rows.of(article)) for rows in others))


class _Grouped:
    """The rows of a table by article; articles are asked for in their order."""

    def __init__(self, rows: Iterator[tuple[str, str, dict]]) -> None:
        self.groups = groupby(rows, key=lambda row: row[0])
        self.next = next(self.groups, None)

    def of(self, article: str) -> list[dict]:
        found = []
        while self.next and self.next[0] <= article:
            found = [row for _, _, row in self.next[1]] if self.next[0] == article else []
            self.next = next(self.groups, None)
        return found
