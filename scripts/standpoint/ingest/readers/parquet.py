"""Parquet: one article per row; ``where`` has the number of the row, from 1."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import chain
from typing import Any

from standpoint.core.model import Issue
from standpoint.ingest.readers._raw import FileRefused, Raw, RawFile, dublin_core, raw_of, unusable
from standpoint.ingest.sources import COLUMNS

suffixes = (".parquet",)

ROWS = 256  # in memory at a time


def read(file: RawFile) -> Iterator[Raw | Issue]:
    """The articles of the file, batch by batch; only the columns that are needed are read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with file.opened() as content:
        try:
            # Parquet is read from its end, so a packed file is unpacked first.
            table = pq.ParquetFile(io.BytesIO(content.read()) if file.path.suffix.lower() == ".gz" else content)
            present = table.schema_arrow.names
            if problem := unusable(file.columns, present):
                raise FileRefused("RECORD-COLUMN", problem)
            named = {file.columns.get(ours, ours) for ours in COLUMNS} | {*dublin_core(tuple(present)).values()}
            wanted = [name for name in present if name in named | {name.split(".")[0] for name in named}]
            batches = table.iter_batches(ROWS, columns=wanted)
            for number, record in enumerate(chain.from_iterable(map(_records, batches)), 1):
                where = f"{file.path}:{number}"
                if isinstance(record, UnicodeDecodeError):
                    yield Issue(where, "RECORD-ENCODING", f"has bytes that are not UTF-8: {record.reason}; correct them")
                else:
                    yield raw_of(record, file.columns, where)
        except UnicodeDecodeError as error:
            raise FileRefused("FILE-FORMAT", f"has a column whose name is not UTF-8: {error.reason}") from None
        except pa.ArrowException as error:
            raise FileRefused("FILE-FORMAT", f"is not Parquet: {str(error).splitlines()[0]}") from None


def _records(batch: Any) -> Iterator[dict[str, Any] | UnicodeDecodeError]:
    """The rows of a batch. A row with bytes that are not UTF-8, which pyarrow does not check, is the error instead."""
    try:
        yield from batch.to_pylist()
    except UnicodeDecodeError:
        for number in range(batch.num_rows):
            try:
                yield from batch.slice(number, 1).to_pylist()
            except UnicodeDecodeError as error:
                yield error
