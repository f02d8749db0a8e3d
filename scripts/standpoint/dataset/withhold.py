"""Withhold texts whose licence forbids publication, and refuse adjudicated sets that do not fit their article."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from standpoint.codebook.types import Layer
from standpoint.codebook.validate import faults_in, has_label, is_about
from standpoint.core.codes import may_publish
from standpoint.core.model import (
    TAKEN_DOWN,
    WITHHELD,
    AdjudicatedSet,
    Annotation,
    AnnotationSet,
    Article,
    Choice,
    Decision,
    Span,
    StandpointError,
    sha256,
)
from standpoint.core.standoff import Kept, checksum, short, without_quotes
from standpoint.dataset.schema import Schema, is_typed


def is_open(article: Article) -> bool:
    """Whether the text is known and may be published."""
    return article.text is not None and may_publish(article)


def mask_of(text: str) -> str:
    """The text with ``_`` for each character that is not a blank or line break. Its length in code points is the same."""
    return re.sub(r"\S", "_", text)


def withheld(row: dict, schema: Schema) -> dict:
    """A row of the documents without words of its text. For a text that is not known, there is no mask and no checksum."""
    text = row["text"]
    status = TAKEN_DOWN if row["text_status"] == TAKEN_DOWN else WITHHELD
    row = row | {"text": None, "title": short(row["title"]), "text_status": status}
    if text is not None:
        sentences = [text[item["start"] : item["end"]] for item in row["sentences"]]
        row |= {"mask": mask_of(text), "sentence_sha256": [checksum(sentence) for sentence in sentences]}
    for layer in schema.article:
        row = _short_answer(row, layer)
    for layer in schema.spans:
        row[layer.name] = [item | {"quote": None} for item in row[layer.name]]
        for answer in schema.fields[layer.name][0]:
            row[layer.name] = [_short_answer(item, answer) for item in row[layer.name]]
    for layer in schema.each:
        row[layer.name] = [_short_answer(item, layer) for item in row[layer.name]]
    return row


def _short_answer(item: dict, layer: Layer) -> dict:
    """The item with None for each long typed answer, adjudicated or of an annotator."""
    if not is_typed(layer):
        return item
    key, distribution = ("label", "distribution") if layer.for_each else (layer.name, f"{layer.name}_distribution")
    typed = item[key]
    item = item | {key: [short(answer) for answer in typed] if isinstance(typed, list) else short(typed)}
    if distribution not in item:
        return item
    return item | {distribution: [answer | {"label": short(answer["label"])} for answer in item[distribution]]}


def without_text(annotations: AnnotationSet, typed_layers: frozenset[str]) -> AnnotationSet:
    """An annotation set on a withheld article, without quotes and long typed answers."""
    kept: list[Annotation] = []
    for item in annotations.annotations:
        if isinstance(item, Span):
            item = replace(item, quote=None)
        elif isinstance(item, Choice) and item.layer in typed_layers:
            item = replace(item, label=short(item.label))
        kept.append(item)
    return replace(annotations, annotations=tuple(kept))


def without_words(record: Kept, typed_layers: frozenset[str]) -> Kept:
    """What is kept about an article that was taken down: without quotes, their checksums, typed answers and comments."""
    record = without_quotes(record, checked=False)
    if isinstance(record, AnnotationSet | Decision):
        kept = (item for item in record.annotations if not (isinstance(item, Choice) and item.layer in typed_layers))
        record = replace(record, annotations=tuple(kept))
    return replace(record, readings=(), comment="") if isinstance(record, Decision) else record


def refuse(article: Article, adjudicated: AdjudicatedSet, schema: Schema) -> None:
    """Raise StandpointError with the first problem of an adjudicated set, so that no annotation is dropped silently."""
    for problem in _problems(article, adjudicated, schema):
        raise StandpointError(
            f"adjudicated set of {article.id}: {problem}",
            "run: standpoint check; mend what it finds in its article and its sets; then run: standpoint adjudicate",
        )


def _problems(article: Article, adjudicated: AdjudicatedSet, schema: Schema) -> Iterator[str]:
    if adjudicated.text_sha256 != article.sha256:
        yield f"it was made on the text {adjudicated.text_sha256[:8]}, the article's is {article.sha256[:8]}"
    for fault in faults_in(adjudicated.annotations, schema.codebook, text=article.text):
        if article.text is not None and sha256(article.text) != article.sha256:
            yield f"the text of the article is not that of its sha256 {article.sha256[:8]}…: a text never changes under its id"
        yield f"{fault.where}: {fault.message}"
    spans = {item.id: item for item in adjudicated.annotations if isinstance(item, Span)}
    for name, answers in adjudicated.distributions.items():
        layer = schema.codebook.by_name.get(name)
        if layer is None or not (layer.for_each or layer.ordinal):
            if answers:
                yield f"distribution of {name}: the codebook has no such layer, or the layer keeps no distribution"
            continue
        for of, labels in answers.items():
            if not all(has_label(layer, label) for label in labels.values()):
                yield f"distribution of {name}: it has a label that the layer does not have"
            elif not is_about(layer, of, spans):
                yield f"distribution of {name}: the layer is not about {of!r}"
