"""A record of named columns (JSON, CSV, Parquet) as a raw article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from standpoint.acquire.readers._raw import Block, Raw
from standpoint.model import Issue

# Our names; ``source`` is the outlet as the record names it.
COLUMNS = ("title", "text", "url", "published", "byline", "standfirst", "source", "language")


def names_of(columns: Mapping[str, str]) -> dict[str, str]:
    """Our name of each column -> the name in the file."""
    return {name: columns.get(name, name) for name in COLUMNS}


def missing(columns: Mapping[str, str], there: Iterable[str]) -> str:
    """What is wrong with a record's columns, "" for nothing: the text, and all that the source maps, must be there."""
    there = list(there)
    wanted = {"text": "text"} | dict(columns)
    absent = [(ours, theirs) for ours, theirs in wanted.items() if theirs not in there]
    if not absent:
        return ""
    ours, theirs = absent[0]
    return f"has no column {theirs!r} for {ours}, only {', '.join(map(repr, there))}; mend `columns` in sources.yaml"


def raw_of(record: Mapping[str, object], columns: Mapping[str, str], where: str) -> Raw | Issue:
    """A record as a raw article, or RECORD-COLUMN where a column is not there or holds something that is not text."""
    problem = missing(columns, record)
    if problem:
        return Issue(where, "RECORD-COLUMN", problem)
    values = {}
    for ours, theirs in names_of(columns).items():
        value = _printed(record.get(theirs))
        if value is None:
            kind = type(record[theirs]).__name__
            return Issue(where, "RECORD-COLUMN", f"column {theirs!r} holds a {kind}; it should be text")
        values[ours] = value
    blocks, publisher = (Block(values.pop("text")),), values.pop("source")
    return Raw(where=where, blocks=blocks, publisher=publisher, **values)


def _printed(value: object) -> str | None:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None
