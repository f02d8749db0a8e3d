"""Which drawings a release has: of the labels of each layer, of each scale by source, and of agreement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from standpoint.codebook.types import Layer
from standpoint.core.svg import Dot, dots, stacked
from standpoint.dataset.card_tables import CardFacts

FOLDER = "plots"
MOST = 60  # rows of a drawing: more are for the table


class Drawing(NamedTuple):
    """A file of a release, which section of the card it stands in, what it shows in words, and the file's text."""

    path: str
    section: str
    title: str
    svg: str


def drawings(release: CardFacts) -> list[Drawing]:
    """All drawings of a release; none of what there is nothing to show of."""
    codebook = release.tally.schema.codebook
    labels = [drawing for layer in codebook.layers for drawing in _labels(layer, release)]
    return labels + list(_scales(release)) + list(_agreement(release))


def _labels(layer: Layer, release: CardFacts) -> Iterator[Drawing]:
    labels, splits = release.tally.labels, release.splits
    rows = [(name, [labels[layer.name, name, split] for split in splits]) for name in layer.label_names[:MOST]]
    if any(count for _, counts in rows for count in counts):
        title = f"{layer.name}: how often each label was given, by split"
        yield Drawing(f"{FOLDER}/labels-{layer.name}.svg", "labels", title, stacked(title, rows, splits))


def _scales(release: CardFacts) -> Iterator[Drawing]:
    tally = release.tally
    for layer in tally.scales:
        sources = sorted({source for name, source, _ in tally.by_source if name == layer.name})[:MOST]
        rows = [(source, [tally.by_source[layer.name, source, label] for label in layer.label_names]) for source in sources]
        if rows:
            title = f"{layer.name} by source: shares of the adjudicated labels, and how many there are"
            yield Drawing(f"{FOLDER}/{layer.name}-by-source.svg", "scales", title, stacked(title, rows, layer.label_names, True))


def _agreement(release: CardFacts) -> Iterator[Drawing]:
    for kind in dict.fromkeys(figure.kind for figure in release.agreement):
        rows = [
            Dot(f"{figure.layer}, {figure.statistic}", figure.value, figure.low, figure.high, figure.target)
            for figure in release.agreement
            if figure.kind == kind and figure.value is not None
        ][:MOST]
        if rows:
            title = f"Agreement, {kind}: figures with 95 % intervals"
            yield Drawing(f"{FOLDER}/agreement-{kind}.svg", "agreement", title, dots(title, rows))
