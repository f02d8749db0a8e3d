"""CSV with a header: one article per row. The header shows what separates the fields: a comma, semicolon, tab or bar."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import partial
from itertools import chain

from standpoint.core.model import Issue
from standpoint.ingest.encoding import BAD
from standpoint.ingest.readers._raw import FileRefused, Raw, RawFile, raw_of, unusable

suffixes = (".csv", ".tsv")

SEPARATORS = ",;\t|"
LONGEST = 1 << 27  # characters in a field


def read(file: RawFile) -> Iterator[Raw | Issue]:
    """The articles of the file, row by row; FileRefused if the header has not all columns."""
    csv.field_size_limit(LONGEST)
    with file.stream() as text:
        first = text.readline().lstrip("\ufeff")
        declared = re.fullmatch(r"sep=(.)\s*", first)  # by Excel
        separator = declared[1] if declared else max(SEPARATORS, key=partial(_field_count, first))
        rows = csv.reader(text if declared else chain([first], text), delimiter=separator, strict=True)
        header: list[str] | None = None
        while True:
            begin = rows.line_num + (2 if declared else 1)
            where = f"{file.path}:{begin}"
            try:
                row = next(rows, None)
            except csv.Error as error:
                lost = rows.line_num + (1 if declared else 0) - begin
                more = f" (lines {begin + 1} to {begin + lost} are part of it)" if lost > 0 else ""
                message = f"{error}{more}; a field with quotes is in quotes, and its quotes are doubled"
                if header is None:
                    raise FileRefused("RECORD-CSV", message) from None
                yield Issue(where, "RECORD-CSV", message)
                continue
            if row is None:
                return
            broken = next((field for field in row if BAD in field), "")
            if header is None:
                header = [name.strip() for name in row]
                if problem := unusable(file.columns, header):
                    raise FileRefused("RECORD-COLUMN", problem)
            elif broken:
                yield Issue(where, "RECORD-ENCODING", file.misfit(broken))
            elif len(row) == len(header):
                yield raw_of(dict(zip(header, row, strict=True)), file.columns, where)
            elif row:
                yield Issue(where, "RECORD-CSV", f"has {len(row)} fields; the header has {len(header)}")


def _field_count(line: str, separator: str) -> int:
    """The number of fields of a header; 0 if something else than the separator follows a quoted field."""
    try:
        return len(next(csv.reader([line], delimiter=separator, strict=True), []))
    except csv.Error as error:
        continues = "unexpected end" in str(error)  # a quoted name goes on in the next line
        return len(next(csv.reader([line], delimiter=separator), [])) if continues else 0
