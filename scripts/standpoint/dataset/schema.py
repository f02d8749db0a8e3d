"""The dataset's schema, as the codebook gives it: which layer is a column, a list or a field, and the features of each config."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from datasets import ClassLabel, Features, List, Value

from standpoint.codebook import kinds
from standpoint.codebook.types import ACTORS, Codebook, Layer
from standpoint.core.model import StandpointError

DOCUMENTS, ANNOTATIONS, RESOLUTIONS, ARTICLES, REGISTRY = "documents", "annotations", "resolutions", "articles", "registry"


class Schema:
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
        return (DOCUMENTS, *(layer.name for layer in self.tables), ANNOTATIONS, RESOLUTIONS, ARTICLES, REGISTRY)

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


STRING, OFFSET = Value("string"), Value("int32")
STRETCH = {"start": OFFSET, "end": OFFSET}
SOFT = List(Value("float64"))  # a share for each label of the scale, in the codebook's order; they add up to 1
# The columns of the documents that are filled from the article and its adjudicated set.
ARTICLE = {
    **dict.fromkeys(("id", "source", "publisher", "original_publisher", "published", "original_published"), STRING),
    **dict.fromkeys(("url", "title", "language", "licence", "sha256", "text"), STRING),
    **dict.fromkeys(("text_status", "mask"), STRING),
    "sentence_sha256": List(STRING),
    "zones": List({"name": STRING} | STRETCH),
    "paragraphs": List(STRETCH),
    "sentences": List(STRETCH),
    "annotated_until": OFFSET,
    "group": STRING,
    "story": STRING,
    "tier": STRING,
    "annotators": List(STRING),
    "codebook_version": STRING,
    "n_conflicts": OFFSET,
}
# The columns of a table that say which article an item is from; an item's own fields may be called "source".
ITEM = dict.fromkeys(("article_id", "article_source", "article_published", "article_tier"), STRING)
SENTENCE = {"sentence": STRING, "sentence_start": OFFSET, "sentence_end": OFFSET}
SET = {
    **dict.fromkeys(
        ("article_id", "article_tier", "annotator", "annotator_kind", "assistance", "pass", "codebook_version"), STRING
    ),
    "lead_time": Value("float64"),
    "spans": List(dict.fromkeys(("id", "layer", "label"), STRING) | STRETCH | dict.fromkeys(("quote", "origin"), STRING)),
    "choices": List(dict.fromkeys(("layer", "of", "label"), STRING)),
    "relations": List(dict.fromkeys(("id", "layer", "label", "head", "tail", "origin"), STRING)),
    "suggestions": List(dict.fromkeys(("layer", "label"), STRING) | STRETCH | dict.fromkeys(("source", "outcome"), STRING)),
}
# A row an article, without what it says: what is needed to find it, to know it again, and to cite it.
POINTER = {name: ARTICLE[name] for name in ("id", "source", "publisher", "original_publisher", "published")}
POINTER |= {name: ARTICLE[name] for name in ("original_published", "url", "title", "language", "licence", "sha256")}
POINTER |= {"text_status": STRING, "characters": OFFSET, "annotated_until": OFFSET, "group": STRING}
POINTER |= {"story": STRING, "tier": STRING}
# A row an annotation that is adjudicated, and one a conflict: ``state`` is adjudicated; decided or open.
ADJUDICATED = {
    **dict.fromkeys(("article_id", "article_tier", "state", "layer", "annotation", "of", "where", "label", "how"), STRING),
    **{"by": List(STRING), "dissent": List(STRING), "reason": STRING},
    "readings": List({"annotator": STRING, "reading": STRING}),
}
DATED = {"from": STRING, "to": STRING}


def features(codebook: Codebook) -> dict[str, Features]:
    """Each config's features, the default config first; StandpointError where two fields would have one name."""
    schema = Schema(codebook)
    unique(schema.configs, "the dataset")
    for layer in schema.tables:
        if layer.name == "data" or not re.fullmatch(r"\w+", layer.name):  # the Hub takes "data" for a folder of all configs
            raise StandpointError(f"layer {layer.name!r} cannot be the name of a config", "rename it, or set table: false")
    tables = {layer.name: Features(_table(layer, schema)) for layer in schema.tables}
    return {
        DOCUMENTS: Features(_documents(schema)),
        **tables,
        ANNOTATIONS: Features(SET),
        RESOLUTIONS: Features(ADJUDICATED),
        ARTICLES: Features(POINTER),
        REGISTRY: Features(_registry(schema)),
    }


def item(layer: Layer, schema: Schema) -> dict:
    """One item of a layer with several an article: a span with all that hangs on it, or an answer about an actor."""
    return _span(layer, schema) if layer.kind == "span" else _answer_about(layer, schema)


def _documents(schema: Schema) -> dict:
    columns = [pair for layer in schema.article for pair in _answer(layer, schema)]
    columns += [(layer.name, List(item(layer, schema))) for layer in (*schema.spans, *schema.each)]
    return _joined("the documents", ARTICLE.items(), columns)


def _table(layer: Layer, schema: Schema) -> dict:
    actor = {"actor_name": STRING, "actor_class": _actor_class(schema)}
    extra = (SENTENCE if layer.kind == "span" else {}) | (actor if schema.names_actor(layer) else {})
    return _joined(f"table {layer.name}", ITEM.items(), item(layer, schema).items(), extra.items())


def _registry(schema: Schema) -> dict:
    names = {"alias": STRING, "kind": STRING, "loaded": Value("bool")}
    return {
        **dict.fromkeys(("id", "name", "slug"), STRING),
        "classes": List({"class": _actor_class(schema)} | DATED),
        "aliases": List(names),
        "relations": List({"type": STRING, "target": STRING} | DATED),
        **dict.fromkeys(("parent", "redirect_to", "wikidata", "note"), STRING),
    }


def _actor_class(schema: Schema) -> ClassLabel | Value:
    classes = [label.name for label in schema.codebook.actor_classes]
    return ClassLabel(names=classes) if classes else STRING


def _span(layer: Layer, schema: Schema) -> dict:
    attributes, relations = schema.fields[layer.name]
    fields = [pair for other in attributes for pair in _answer(other, schema)]
    fields += [(other.name, List(_feature(other, schema) | STRETCH)) for other in relations]
    return _joined(f"layer {layer.name}", _feature(layer, schema).items(), fields)


def _answer(layer: Layer, schema: Schema) -> list[tuple[str, object]]:
    """An answer about a span or the article, and on a scale what each annotator said and how many said what."""
    said = [(f"{layer.name}_distribution", _distribution(layer, schema))] if layer.ordinal else []
    soft = [(f"{layer.name}_soft", SOFT)] if is_soft(layer) else []
    return [(layer.name, _feature(layer, schema)), *said, *soft]


def _answer_about(layer: Layer, schema: Schema) -> dict:
    value = {"value": Value("float64")} if layer.ordinal else {}
    soft = {"soft": SOFT} if is_soft(layer) else {}
    return {"actor": STRING, "label": _feature(layer, schema)} | value | {"distribution": _distribution(layer, schema)} | soft


def _distribution(layer: Layer, schema: Schema) -> List:
    return List({"annotator": STRING, "label": STRING if layer.multiple else _feature(layer, schema)})


def _feature(layer: Layer, schema: Schema):
    return kinds.get(layer.kind).feature(layer, schema.codebook)


def _joined(where: str, *parts) -> dict:
    pairs = [pair for part in parts for pair in part]
    unique((name for name, _ in pairs), where)
    return dict(pairs)
