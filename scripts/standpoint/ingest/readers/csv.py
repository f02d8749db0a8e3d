"""CSV with a header: one article per row. The header decides whether comma, semicolon or tab separates the fields."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from standpoint.core.model import Issue
from standpoint.ingest.readers._raw import FileRefused, Raw, encoding_of, missing, opened, raw_of

suffixes = (".csv", ".tsv")

LONGEST = 1 << 27  # characters in a field


def read(path: Path, columns: Mapping[str, str]) -> Iterator[Raw | Issue]:
    """The articles of the file, row by row; FileRefused if the header has not all columns."""
    csv.field_size_limit(LONGEST)
    with io.TextIOWrapper(opened(path), encoding_of(path), newline="") as file:
        first = file.readline()
        separator = max(",;\t", key=first.count)
        header = [name.strip("\ufeff ") for name in next(csv.reader([first.lstrip("\ufeff")], delimiter=separator), [])]
        if problem := missing(columns, header):
            raise FileRefused("RECORD-COLUMN", problem)
        rows = csv.reader(file, delimiter=separator, strict=True)
        while True:
            where = f"{path}:{rows.line_num + 2}"
            try:
                row = next(rows, None)
            except csv.Error as error:
                yield Issue(where, "RECORD-CSV", f"{error}; a field with quotes is in quotes, and its quotes are doubled")
                continue
            if row is None:
                return
            if len(row) == len(header):
                yield raw_of(dict(zip(header, row, strict=True)), columns, where)
            elif row:
                yield Issue(where, "RECORD-CSV", f"has {len(row)} fields; the header has {len(header)}")
