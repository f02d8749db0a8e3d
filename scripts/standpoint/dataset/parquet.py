"""Rows become Arrow arrays and Parquet files as ``load_dataset`` reads them, and are read back to verify them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate, chain, pairwise
from operator import attrgetter, itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import ClassLabel, Features, List, load_dataset

from standpoint.core.model import StandpointError
from standpoint.splits.overlap import hidden_progress_bars


def batch(rows: list[dict], features: Features) -> pa.RecordBatch:
    """The rows as a record batch that knows its features."""
    arrays = [column(feature, list(map(itemgetter(name), rows))) for name, feature in features.items()]
    return pa.RecordBatch.from_arrays(arrays, schema=features.arrow_schema)


def column(feature: object, values: list) -> pa.Array:
    """The values of one column. A struct's values are mappings, or objects with attributes of its fields' names."""
    if isinstance(feature, dict):
        return _struct(feature, values)
    if isinstance(feature, List):
        offsets = pa.array([0, *accumulate(map(len, values))], pa.int32())
        return pa.ListArray.from_arrays(offsets, column(feature.feature, list(chain.from_iterable(values))))
    if isinstance(feature, ClassLabel):
        codes = {name: number for number, name in enumerate(feature.names)} | {None: None}  # str2int("1") guesses
        return pa.array(list(map(codes.__getitem__, values)), pa.int64())
    return pa.array(values, feature())


def _struct(fields: dict, values: list) -> pa.StructArray:
    getter = itemgetter if not values or isinstance(values[0], dict) else attrgetter
    arrays = [column(feature, list(map(getter(name), values))) for name, feature in fields.items()]
    return pa.StructArray.from_arrays(arrays, names=list(fields))


def values(array: pa.Array) -> list:
    """What ``array.to_pylist()`` gives, where no list and no struct is null."""
    if pa.types.is_list(array.type):
        flat = values(array.flatten())
        ends = list(accumulate(array.value_lengths().to_pylist(), initial=0))
        return [flat[start:end] for start, end in pairwise(ends)]
    if pa.types.is_struct(array.type):
        names = array.type.names
        return [dict(zip(names, row, strict=True)) for row in zip(*map(values, array.flatten()), strict=True)]
    return array.to_pylist()


def named(feature: object, value: object) -> object:
    """A value as ``values`` gives it, with the names of its ClassLabels instead of their numbers."""
    if value is None:
        return None
    if isinstance(feature, ClassLabel):
        return feature.names[value]
    if isinstance(feature, dict):
        return {name: named(inner, value[name]) for name, inner in feature.items()}
    if isinstance(feature, List):
        return [named(feature.feature, one) for one in value] if _has_class(feature.feature) else value
    return value


def _has_class(feature: object) -> bool:
    if isinstance(feature, dict):
        return any(map(_has_class, feature.values()))
    return _has_class(feature.feature) if isinstance(feature, List) else isinstance(feature, ClassLabel)


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


def verify(folder: Path, configs: Mapping[str, Features], rows: Mapping[str, Mapping[str, int]], cache: Path) -> None:
    """Load each config and split into ``cache``; StandpointError where it is not what was written."""
    with hidden_progress_bars():
        for config, splits in rows.items():
            loaded = load_dataset(str(folder), config, cache_dir=str(cache))
            found = {name: split.num_rows for name, split in loaded.items()}
            if found != dict(splits):
                raise StandpointError(f"{config}: load_dataset finds {found}, written were {dict(splits)}")
            for name, split in loaded.items():
                if split.features != configs[config]:
                    raise StandpointError(f"{config}, split {name}: load_dataset gives other features than were written")
