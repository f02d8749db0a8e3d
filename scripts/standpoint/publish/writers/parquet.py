"""Parquet as ``load_dataset`` reads it: ``<config>/<split>-00000-of-00001.parquet``, with the features in the schema.

Rows are written in groups of ``GROUP``, so that memory does not grow with the dataset. One version of pyarrow writes
the same bytes for the same rows; another may not, which is why a release has a content hash as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
from datasets import Features

from standpoint.publish.writers.columns import batch

GROUP = 1000  # rows held in memory for each file
# Pages cut by content: two versions of a release share what has not changed on the Hub.
OPTIONS = {"compression": "zstd", "use_content_defined_chunking": True, "write_page_index": True}


def file_name(config: str, split: str) -> str:
    """Where a split of a config lies in a release."""
    return f"{config}/{split}-00000-of-00001.parquet"


class Split:
    """The file of one split, opened with its first rows."""

    def __init__(self, path: Path, features: Features) -> None:
        self.path, self.features = path, features
        self.waiting: list[dict] = []
        self.writer: pq.ParquetWriter | None = None
        self.rows = 0

    def add(self, row: dict) -> None:
        self.waiting.append(row)
        if len(self.waiting) == GROUP:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait as one row group."""
        if self.writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.writer = pq.ParquetWriter(self.path, self.features.arrow_schema, **OPTIONS)
        group = batch(self.waiting, self.features)
        self.writer.write_batch(group)
        self.rows += group.num_rows
        self.waiting = []

    def close(self) -> int:
        """Write what waits and the end of the file; how many rows it has."""
        if self.waiting:
            self.flush()
        self.writer.close()
        return self.rows


class Writing:
    """All files of a release while they are written."""

    def __init__(self, folder: Path, configs: Mapping[str, Features]) -> None:
        self.folder, self.configs = folder, configs
        self.splits: dict[str, dict[str, Split]] = defaultdict(dict)
        self.rows: dict[str, dict[str, int]] = {}

    def add(self, config: str, split: str, row: dict) -> None:
        """One more row; rows are written in the order they are given."""
        open_splits = self.splits[config]
        if split not in open_splits:
            open_splits[split] = Split(self.folder / file_name(config, split), self.configs[config])
        open_splits[split].add(row)


@contextmanager
def writing(folder: Path, configs: Mapping[str, Features]) -> Iterator[Writing]:
    """Write rows into ``folder``; what is there after an exception is no release."""
    result = Writing(folder, configs)
    try:
        yield result
        for config in configs:
            result.rows[config] = {name: split.close() for name, split in sorted(result.splits[config].items())}
    finally:
        for split in (split for splits in result.splits.values() for split in splits.values()):
            if split.writer is not None:
                split.writer.close()
