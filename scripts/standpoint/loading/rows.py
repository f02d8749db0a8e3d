"""A row with labels as names, its text, and what of it annotators could mark."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from standpoint.codebook.types import Zones
from standpoint.model import StandpointError

Row = Mapping[str, Any]
ANNOTATABLE = Zones().annotatable  # of a codebook that does not say otherwise


def named(row: Row, features: Mapping[str, Any]) -> dict[str, Any]:
    """The row with labels as names instead of numbers; ``features`` are the dataset's. A row of names stays as it is."""
    return {name: _named(value, features.get(name)) for name, value in row.items()}


def _named(value: Any, feature: Any) -> Any:
    if value is None or feature is None:
        return value
    if hasattr(feature, "int2str"):
        return feature.int2str(value) if isinstance(value, int) else value
    if isinstance(feature, Mapping) and isinstance(value, Mapping):
        return {name: _named(inner, feature.get(name)) for name, inner in value.items()}
    inner = feature[0] if isinstance(feature, list) else getattr(feature, "feature", None)
    return [_named(one, inner) for one in value] if isinstance(value, list | tuple) and inner is not None else value


def text_of(row: Row) -> str:
    """The row's text; StandpointError where it is withheld."""
    if row["text"] is None:
        raise StandpointError(
            f"{row['id']}: its text is withheld", "`standpoint hydrate RELEASE --from …` puts it back from your own copies"
        )
    return row["text"]


def annotated(row: Row, zones: Collection[str] = ANNOTATABLE) -> list[tuple[int, int]]:
    """The stretches of the text that annotators could mark, start and end of each."""
    until = row["annotated_until"]
    return [(zone["start"], min(zone["end"], until)) for zone in row["zones"] if zone["name"] in zones and zone["start"] < until]
