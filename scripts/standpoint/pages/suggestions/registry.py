"""Suggestions from the registry: actors in layers labelled with actors, places in layers with the label PLACE."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Layer

PLACE = "PLACE"


def suggest(text: str, layer: Layer, registry: Registry) -> Iterator[tuple[int, int, str]]:
    """Start, end and label of each suggestion."""
    for mention, is_actor in registry.mentions(text):
        if bool(layer.labels_from) == is_actor:
            yield mention.start, mention.end, mention.id if is_actor else PLACE
