"""The shape that a codebook gives the dataset: which layer is a column, a list of items, or a field of an item."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from standpoint.codebook.types import ACTORS, Codebook, Layer
from standpoint.model import StandpointError

DOCUMENTS, ANNOTATIONS, SETTLEMENTS, ARTICLES, REGISTRY = "documents", "annotations", "settlements", "articles", "registry"


class Shape:
    """A codebook's layers by where they are stored. Whatever is no span and no relation is an answer about something."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        answers = [layer for layer in codebook.layers if layer.kind not in ("span", "relation")]
        self.spans = tuple(layer for layer in codebook.layers if layer.kind == "span")
        self.article = tuple(layer for layer in answers if not layer.of and not layer.for_each)
        self.each = tuple(layer for layer in answers if layer.for_each)
        self.tables = tuple(layer for layer in (*self.spans, *self.each) if layer.table)

    @property
    def configs(self) -> tuple[str, ...]:
        """The names of the dataset's configs, the default one first."""
        return (DOCUMENTS, *(layer.name for layer in self.tables), ANNOTATIONS, SETTLEMENTS, ARTICLES, REGISTRY)

    @cached_property
    def typed(self) -> frozenset[str]:
        """The layers whose answers are free text."""
        return frozenset(layer.name for layer in self.codebook.layers if is_typed(layer))

    @cached_property
    def fields(self) -> dict[str, tuple[tuple[Layer, ...], tuple[Layer, ...]]]:
        """For each span layer, what its items have beside their own: attributes, and relations that begin there."""
        relations = [layer for layer in self.codebook.layers if layer.kind == "relation"]
        return {
            span.name: (
                self.codebook.attributes_of(span.name),
                tuple(layer for layer in relations if layer.starts_on(span.name)),
            )
            for span in self.spans
        }

    def names_actor(self, layer: Layer) -> bool:
        """Whether an item of a layer is about one actor of the registry."""
        return layer.labels_from == ACTORS or layer.for_each == ACTORS


def is_typed(layer: Layer) -> bool:
    """Whether a layer's answers are free text."""
    return not layer.labels and not layer.labels_from


def is_soft(layer: Layer) -> bool:
    """Whether a layer's answers have a soft label: the share of annotators who gave each label of a scale."""
    return layer.ordinal and not layer.multiple


def unique(names: Iterable[str], where: str) -> None:
    """Refuse a name that would stand twice in one place of the dataset."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            hint = "rename the layer in codebook.yaml: its name is that of a field the project fills itself"
            raise StandpointError(f"{where} would have two fields called {name!r}", hint)
        seen.add(name)
