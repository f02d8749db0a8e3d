"""The names of the configs, columns and fields of the dataset, and the layers whose name is taken there.

A layer about the article or its actors, and a span layer, is a column of the documents. An answer about a span, and a
relation, is a field of the span. A layer with ``table: true`` is a config of its own. No name may stand twice in one place.
The types of the columns are in ``dataset/schema.py``: they need Arrow, which loading a codebook does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from standpoint.codebook.types import ACTORS, Codebook, Layer

DOCUMENTS, ANNOTATIONS, RESOLUTIONS, ARTICLES, REGISTRY = "documents", "annotations", "resolutions", "articles", "registry"
CONFIGS = (DOCUMENTS, ANNOTATIONS, RESOLUTIONS, ARTICLES, REGISTRY)
NO_CONFIG = ("data",)  # the Hub takes a folder of this name for the files of all configs
# The columns that the dataset fills itself: an article's own, and those of its adjudicated set.
DOCUMENT_COLUMNS = (
    "id", "source", "publisher", "original_publisher", "published", "original_published", "url", "title", "language", "licence",
    "sha256", "text", "text_status", "mask", "sentence_sha256", "zones", "paragraphs", "sentences", "annotated_until", "group",
    "story", "tier", "annotators", "codebook_version", "n_conflicts",
)  # fmt: skip
NO_COLUMN = ("byline",)  # an article has it and the dataset does not: a layer of this name would be taken for it
ITEM_COLUMNS = ("article_id", "article_source", "article_published", "article_tier")
SENTENCE_COLUMNS = ("sentence", "sentence_start", "sentence_end")
ACTOR_COLUMNS = ("actor_name", "actor_class")
SPAN_FIELDS = ("id", "start", "end", "quote", "label")


def is_soft(layer: Layer) -> bool:
    """Whether a layer's answers have a soft label: the share of annotators who gave each label of a scale."""
    return layer.ordinal and not layer.multiple


def names_actor(layer: Layer) -> bool:
    """Whether an item of a layer is about one actor of the registry."""
    return layer.labels_from == ACTORS or layer.for_each == ACTORS


def answer_names(layer: Layer) -> tuple[str, ...]:
    """The fields of an answer about a span or the article; on a scale, also each annotator's answer and the shares."""
    suffixes = ("", *(("_distribution",) if layer.ordinal else ()), *(("_soft",) if is_soft(layer) else ()))
    return tuple(layer.name + suffix for suffix in suffixes)


def names_by_place(codebook: Codebook) -> dict[str, tuple[str, ...]]:
    """The names that stand side by side: of the configs, of the documents' columns, of each span layer's fields and columns."""
    spans = [layer for layer in codebook.layers if layer.kind == "span"]
    columns: list[str] = []
    for layer in codebook.layers:
        if layer.kind != "relation" and not layer.of:
            columns += [layer.name] if layer.kind == "span" or layer.for_each else answer_names(layer)
    places = {
        "the dataset": (*CONFIGS, *(layer.name for layer in codebook.layers if layer.table)),
        "the documents": (*DOCUMENT_COLUMNS, *columns),
    }
    for span in spans:
        answers = (name for layer in codebook.attributes_of(span.name) for name in answer_names(layer))
        relations = (layer.name for layer in codebook.layers if layer.starts_on(span.name))
        fields = places[f"layer {span.name}"] = (*SPAN_FIELDS, *answers, *relations)
        if span.table:
            actor = ACTOR_COLUMNS if names_actor(span) else ()
            places[f"table {span.name}"] = (*ITEM_COLUMNS, *fields, *SENTENCE_COLUMNS, *actor)
    return places


def check_names(codebook: Codebook) -> Iterator[tuple[str, str]]:
    """The layers whose name is taken, as (path in the YAML, problem)."""
    for layer in codebook.layers:
        if layer.table and (layer.name in NO_CONFIG or not re.fullmatch(r"\w+", layer.name)):
            yield f"layers ({layer.name})", f"layer {layer.name!r} cannot be the name of a config: rename it, or set table: false"
        if layer.name in NO_COLUMN and not layer.of and layer.kind != "relation":
            yield f"layers ({layer.name})", f"layer {layer.name!r} would be taken for the article's {layer.name}: rename it"
    for place, names in names_by_place(codebook).items():
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield "layers", f"{place} would have two fields called {name!r}: rename the layer"
