"""The schema of the dataset, as the codebook defines it: the place of each layer, and the features of each config."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from datasets import ClassLabel, Features, List, Value

from standpoint.codebook import kinds
from standpoint.codebook.types import (
    ACTOR_COLUMNS,
    ANNOTATIONS,
    ARTICLES,
    DOCUMENT_COLUMNS,
    DOCUMENTS,
    DOSSIERS,
    ITEM_COLUMNS,
    REGISTRY,
    RESOLUTIONS,
    SENTENCE_COLUMNS,
    SPLITS,
    STORIES,
    Codebook,
    Layer,
    check_names,
    is_soft,
    names_actor,
)
from standpoint.core.model import StandpointError

Fields = dict[str, object]  # name -> feature; a mapping is a struct


class Schema:
    """The layers of a codebook by the place that stores them. A layer that is neither span nor relation has answers."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        answers = [layer for layer in codebook.layers if layer.kind not in ("span", "relation")]
        self.spans = tuple(layer for layer in codebook.layers if layer.kind == "span")
        self.article = tuple(layer for layer in answers if not layer.of and not layer.for_each)
        self.each = tuple(layer for layer in answers if layer.for_each)
        self.tables = tuple(layer for layer in (*self.spans, *self.each) if layer.table)

    @cached_property
    def typed(self) -> frozenset[str]:
        """The layers whose answers are free text."""
        return frozenset(layer.name for layer in self.codebook.layers if is_typed(layer))

    @cached_property
    def fields(self) -> dict[str, tuple[tuple[Layer, ...], tuple[Layer, ...]]]:
        """For each span layer, the layers that are fields of its spans: answers about a span, and relations from it."""
        relations = [layer for layer in self.codebook.layers if layer.kind == "relation"]
        return {
            span.name: (self.codebook.attributes_of(span.name), tuple(layer for layer in relations if layer.starts_on(span.name)))
            for span in self.spans
        }


def is_typed(layer: Layer) -> bool:
    """Whether a layer's answers are free text."""
    return layer.kind == "text"


STRING, OFFSET = Value("string"), Value("int32")
STRETCH: Fields = {"start": OFFSET, "end": OFFSET}
SOFT = List(Value("float64"))  # a share for each label of the scale, in the codebook's order; they add up to 1
LISTS = {
    "sentence_sha256": List(STRING),
    "zones": List({"name": STRING} | STRETCH),
    "paragraphs": List(STRETCH),
    "sentences": List(STRETCH),
    "annotators": List(STRING),
    "open_conflicts": List({"layer": STRING, "place": STRING}),  # as ``where`` in the resolutions, a word that JSONPath reserves
}
OFFSETS: Fields = dict.fromkeys(("annotated_until", "n_conflicts"), OFFSET)
# The columns of the documents that come from the article and its adjudicated set.
ARTICLE: Fields = dict.fromkeys(DOCUMENT_COLUMNS, STRING) | LISTS | OFFSETS
# The columns of a table that name the article. They have a prefix, because a field of an item may be called "source".
ITEM: Fields = dict.fromkeys(ITEM_COLUMNS, STRING)
SENTENCE: Fields = dict.fromkeys(SENTENCE_COLUMNS, OFFSET) | {"sentence": STRING}
SET: Fields = {
    **dict.fromkeys(
        ("article_id", "article_tier", "annotator", "annotator_kind", "assistance", "pass", "codebook_version"), STRING
    ),
    "lead_time": Value("float64"),
    "spans": List(dict.fromkeys(("id", "layer", "label"), STRING) | STRETCH | dict.fromkeys(("quote", "origin"), STRING)),
    "choices": List(dict.fromkeys(("layer", "of", "label"), STRING)),
    "relations": List(dict.fromkeys(("id", "layer", "label", "head", "tail", "origin"), STRING)),
    "suggestions": List(dict.fromkeys(("layer", "label"), STRING) | STRETCH | dict.fromkeys(("source", "outcome"), STRING)),
}
# What only published sets have: columns only if the codebook has crosswalks.
PUBLISHED: Fields = {
    "partial": List(STRING),
    "incidents": List(
        {"id": STRING, "layer": STRING, "labels": List(STRING), "optional": Value("bool")}
        | {"answers": List({"layer": STRING, "labels": List(STRING)}), "links": List({"label": STRING, "spans": List(STRING)})}
    ),
}
TOKENS: Fields = dict.fromkeys(("input_tokens", "cached_tokens", "output_tokens"), OFFSET)
COUNTED = List({"code": STRING, "count": OFFSET})
# What a critic's change was about: spans, answers about ``of`` and links, without words.
CHANGED: Fields = dict.fromkeys(("id", "layer", "label"), STRING) | STRETCH | dict.fromkeys(("of", "head", "tail"), STRING)
# One row per dossier of a model. Of an article whose text is withheld, ``answer`` and ``refusal`` are null.
DOSSIER: Fields = {
    **dict.fromkeys(("article_id", "article_tier", "annotator", "pass", "model", "served", "host", "answered"), STRING),
    **dict.fromkeys(("prompt", "template", "codebook_version", "parameters"), STRING),
    "rounds": List(
        dict.fromkeys(("request", "served", "host", "form", "received", "finish"), STRING)
        | dict.fromkeys(("answer_sha256", "answer", "refusal"), STRING)
        | TOKENS
        | {"faults": COUNTED}
    ),
    "taken": OFFSET,
    "left_out": COUNTED,
    **TOKENS,
    "cost": Value("float64"),
    "currency": STRING,
    "shuffled": OFFSET,
    "critic_of": STRING,
    "changes": List(
        dict.fromkeys(("change", "layer", "code", "reason"), STRING) | {"before": List(CHANGED), "after": List(CHANGED)}
    ),
}
# One row per article without its text: the columns with which it can be found, recognised and cited.
POINTER: Fields = {name: ARTICLE[name] for name in DOCUMENT_COLUMNS[: DOCUMENT_COLUMNS.index("text")]}
POINTER |= {"text_status": STRING, "characters": OFFSET, "annotated_until": OFFSET}
POINTER |= dict.fromkeys(("group", "story", "tier"), STRING)
# One row per adjudicated annotation, and one per conflict: ``state`` is "adjudicated", or "decided" or "open".
ADJUDICATED: Fields = {
    **dict.fromkeys(("article_id", "article_tier", "state", "layer", "annotation", "of", "where", "label", "how"), STRING),
    **{"by": List(STRING), "dissent": List(STRING), "reason": STRING},
    "readings": List({"annotator": STRING, "reading": STRING}),
}
# One row per event of an article whose story has other articles. Events with one ``happening`` are the same, by ``how``.
STORY: Fields = ITEM | dict.fromkeys(("story", "happening", "layer", "event", "label", "how", "by"), STRING)
# One row per article and file of splits in which the article has a split.
PLACE: Fields = dict.fromkeys(("article_id", "scheme", "split"), STRING)
DATED: Fields = {"from": STRING, "to": STRING}


def features(codebook: Codebook) -> dict[str, Features]:
    """The features of each config, the default config first; StandpointError if two fields would have the same name."""
    for _, problem in check_names(codebook):
        raise StandpointError(problem, "a layer must not have the name of a field that the dataset fills itself")
    schema = Schema(codebook)
    documents = ARTICLE.copy()
    for layer in schema.article:
        documents |= _answer(layer, schema)
    documents |= {layer.name: List(item(layer, schema)) for layer in (*schema.spans, *schema.each)}
    classes = [label.name for label in codebook.actor_classes]
    actor_class = ClassLabel(names=classes) if classes else STRING
    tables: dict[str, Fields] = {}
    for layer in schema.tables:
        sentence = SENTENCE if layer.kind == "span" else {}
        actor = dict(zip(ACTOR_COLUMNS, (STRING, actor_class), strict=True)) if names_actor(layer) else {}
        tables[layer.name] = ITEM | item(layer, schema) | sentence | actor
    registry = {
        **dict.fromkeys(("id", "name", "slug"), STRING),
        "classes": List({"class": actor_class} | DATED),
        "aliases": List({"alias": STRING, "kind": STRING, "loaded": Value("bool")}),
        "relations": List({"type": STRING, "target": STRING} | DATED),
        **dict.fromkeys(("parent", "redirect_to", "wikidata", "note"), STRING),
    }
    sets = SET | (PUBLISHED if codebook.crosswalks else {})
    others = {
        ANNOTATIONS: sets,
        DOSSIERS: DOSSIER,
        RESOLUTIONS: ADJUDICATED,
        ARTICLES: POINTER,
        STORIES: STORY,
        REGISTRY: registry,
        SPLITS: PLACE,
    }
    return {config: Features(fields) for config, fields in ({DOCUMENTS: documents} | tables | others).items()}


def item(layer: Layer, schema: Schema) -> Fields:
    """The fields of one item of a layer with several per article: a span, or an answer about an actor."""
    if layer.kind == "span":
        attributes, relations = schema.fields[layer.name]
        fields: Fields = dict(_feature(layer, schema))
        for other in attributes:
            fields |= _answer(other, schema)
        return fields | {other.name: List(_feature(other, schema) | STRETCH) for other in relations}
    return {"actor": STRING} | _answer(layer, schema)


def _answer(layer: Layer, schema: Schema) -> Fields:
    """The fields of an answer; on a scale or about an actor, also each annotator's answer and the shares."""
    name, prefix = ("label", "") if layer.for_each else (layer.name, f"{layer.name}_")
    label = _feature(layer, schema)
    fields: Fields = {name: label}
    if layer.ordinal and layer.for_each:
        fields["value"] = Value("float64")
    if layer.ordinal or layer.for_each:
        fields[f"{prefix}distribution"] = List({"annotator": STRING, "label": STRING if layer.multiple else label})
    if is_soft(layer):
        fields[f"{prefix}soft"] = SOFT
    return fields


def _feature(layer: Layer, schema: Schema) -> Any:
    """The feature of one annotation or answer of a layer, or the fields of a struct."""
    return kinds.by_name()[layer.kind].feature(layer, schema.codebook)
