"""Parquet: one article per row; ``where`` has the number of the row, from 1."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from standpoint.core.model import Issue
from standpoint.ingest.readers._raw import FileRefused, Raw, missing, opened, raw_of
from standpoint.ingest.sources import COLUMNS

suffixes = (".parquet",)

ROWS = 256  # in memory at a time


def read(path: Path, columns: Mapping[str, str]) -> Iterator[Raw | Issue]:
    """The articles of the file, batch by batch; only the columns that are needed are read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with opened(path) as file:
        try:
            # Parquet is read from its end, so a packed file is unpacked first.
            table = pq.ParquetFile(io.BytesIO(file.read()) if path.suffix.lower() == ".gz" else file)
            present = table.schema_arrow.names
            if problem := missing(columns, present):
                raise FileRefused("RECORD-COLUMN", problem)
            wanted = [name for ours in COLUMNS if (name := columns.get(ours, ours)) in present]
            records = (record for batch in table.iter_batches(ROWS, columns=wanted) for record in batch.to_pylist())
            for number, record in enumerate(records, 1):
                yield raw_of(record, columns, f"{path}:{number}")
        except pa.ArrowException as error:
            raise FileRefused("FILE-FORMAT", f"is not Parquet: {str(error).splitlines()[0]}") from None
