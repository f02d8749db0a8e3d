"""Write rows as Parquet files that ``load_dataset`` reads, and read them back to verify them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate, chain, pairwise, repeat
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import ClassLabel, Features, List
from datasets.load import dataset_module_factory, get_dataset_builder_class

from standpoint.codebook.types import ANNOTATIONS, DOCUMENTS, DOSSIERS
from standpoint.core.model import StandpointError
from standpoint.splits.overlap import hidden_progress_bars

OTHER_DATASETS = (
    "install the versions of constraints.txt, or tell the maintainers of standpoint which version of datasets you have"
)


def batch(rows: list[dict[str, Any]], features: Features, schema: pa.Schema) -> pa.RecordBatch:
    """The rows as a record batch. ``schema``: ``features.arrow_schema``, which is slow to compute."""
    arrays = [column(feature, list(map(itemgetter(name), rows))) for name, feature in features.items()]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def column(feature: Any, values: list[Any]) -> pa.Array:
    """The values of one column. The values of a struct are mappings, or objects with an attribute per field."""
    if isinstance(feature, dict):
        getter = itemgetter if not values or isinstance(values[0], dict) else attrgetter
        arrays = [column(inner, list(map(getter(name), values))) for name, inner in feature.items()]
        return pa.StructArray.from_arrays(arrays, names=list(feature))
    if isinstance(feature, List):
        offsets = pa.array([0, *accumulate(map(len, values))], pa.int32())
        return pa.ListArray.from_arrays(offsets, column(feature.feature, list(chain.from_iterable(values))))
    if isinstance(feature, ClassLabel):
        codes = {name: number for number, name in enumerate(feature.names)} | {None: None}
        return pa.array(list(map(codes.__getitem__, values)), pa.int64())
    return pa.array(values, feature())


def values(array: pa.Array, feature: Any = None) -> list[Any]:
    """``array.to_pylist()``, several times as fast; with its ``feature``, ClassLabels are their names.

    ArrowInvalid if a list or struct is null, or if there is no label of a number, which no release has.
    """
    if pa.types.is_nested(array.type) and array.null_count:
        raise pa.ArrowInvalid("a list or a structure is null")
    if pa.types.is_list(array.type):
        flat = values(array.flatten(), feature.feature if feature else None)
        ends = list(accumulate(array.value_lengths().to_pylist(), initial=0))
        return [flat[start:end] for start, end in pairwise(ends)]
    if pa.types.is_struct(array.type):
        names = array.type.names
        features = map(feature.__getitem__, names) if feature else repeat(None)
        columns = map(values, array.flatten(), features)
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    found = array.to_pylist()
    if not isinstance(feature, ClassLabel):
        return found
    labels = dict(enumerate(feature.names)) | {None: None}
    if unknown := set(found) - labels.keys():
        raise pa.ArrowInvalid(f"there is no label {unknown.pop()}")
    return list(map(labels.__getitem__, found))


GROUP = 1000  # rows held in memory per file
SMALL_GROUP = {DOSSIERS: 100, DOCUMENTS: 200, ANNOTATIONS: 200}  # of configs whose rows are long
# Pages are divided by content, so that two versions of a release share the unchanged pages on the Hub.
OPTIONS = {"compression": "zstd", "use_content_defined_chunking": True, "write_page_index": True}


def file_name(config: str, split: str) -> str:
    """The path of a split of a config in a release."""
    return f"{config}/{split}-00000-of-00001.parquet"


class TableWriter:
    """Writes the rows of all configs and splits of a release. ``rows`` counts the rows in the files."""

    def __init__(self, folder: Path, configs: Mapping[str, Features]) -> None:
        self.folder, self.configs = folder, configs
        self.schemas = {config: features.arrow_schema for config, features in configs.items()}
        self.rows: dict[str, Counter[str]] = {config: Counter() for config in configs}
        self.waiting: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        self.files: dict[tuple[str, str], pq.ParquetWriter] = {}

    def add(self, config: str, split: str, row: dict[str, Any]) -> None:
        """Add a row. Rows are written in the order in which they are added."""
        waiting = self.waiting[config, split]
        waiting.append(row)
        if len(waiting) == SMALL_GROUP.get(config, GROUP):
            self.flush(config, split)

    def flush(self, config: str, split: str) -> None:
        """Write the waiting rows as one row group of their file, which is created for the first group."""
        rows, schema = self.waiting.pop((config, split)), self.schemas[config]
        if (config, split) not in self.files:
            path = self.folder / file_name(config, split)
            path.parent.mkdir(parents=True, exist_ok=True)
            self.files[config, split] = pq.ParquetWriter(path, schema, **OPTIONS)
        self.files[config, split].write_batch(batch(rows, self.configs[config], schema))
        self.rows[config][split] += len(rows)


@contextmanager
def writing(folder: Path, configs: Mapping[str, Features]) -> Iterator[TableWriter]:
    """Write rows into ``folder``. After an exception, its files are incomplete."""
    writer = TableWriter(folder, configs)
    try:
        yield writer
        for config, split in list(writer.waiting):
            writer.flush(config, split)
        writer.rows = {config: Counter(dict(sorted(splits.items()))) for config, splits in writer.rows.items()}
    finally:
        for file in writer.files.values():
            file.close()


def verify(folder: Path, configs: Mapping[str, Features], rows: Mapping[str, Mapping[str, int]], cache: Path) -> None:
    """Load each config and split into ``cache``; StandpointError if it differs from what was written."""
    with hidden_progress_bars():
        # What load_dataset does; but it would read the card again for each config, which takes longer than the rest.
        module = dataset_module_factory(str(folder), cache_dir=str(cache))
        builder_class = get_dataset_builder_class(module)
        for config, splits in rows.items():
            info = (module.dataset_infos or {}).get(config)
            builder = builder_class(
                cache_dir=str(cache), config_name=config, hash=module.hash, info=info, **module.builder_kwargs
            )
            builder.download_and_prepare()
            loaded = builder.as_dataset()
            counts = {name: split.num_rows for name, split in loaded.items()}
            if counts != dict(splits):
                raise StandpointError(
                    f"{config}: load_dataset gives {counts} rows, and {dict(splits)} were written", OTHER_DATASETS
                )
            for name, split in loaded.items():
                if split.features != configs[config]:
                    message = f"{config}, split {name}: load_dataset gives other features than were written"
                    raise StandpointError(message, OTHER_DATASETS)
