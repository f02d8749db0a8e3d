"""What of an article may be passed on: the text of openly licensed sources; of the others no more than its shape.

Where the text is withheld, so are all quotes (their offsets stay), and titles and typed answers of more than
``SURFACE`` words: a short string is no substitute for the article. What stays is the url and the sha256 of the text, a
mask of the same length, and a checksum of each sentence; with these, whoever has the text can put it back
(``restore``), and is told where a copy differs.
"""

from __future__ import annotations

import re
from hashlib import sha256

from msgspec.structs import replace

from standpoint.acquire.sources import redistributable
from standpoint.codebook.types import Layer
from standpoint.model import AnnotationSet, Article, Choice, Span
from standpoint.publish.shape import Shape, is_typed

SURFACE = 8  # words
# What ``text_status`` says in a release; the last is also the key in an article's metadata that says since when.
OPEN, WITHHELD, TAKEN_DOWN = "open", "withheld", "taken_down"
DIGITS = 16  # of a sentence's sha256 in hexadecimal


def is_open(article: Article) -> bool:
    """Whether the text is here and may be passed on."""
    return article.text is not None and redistributable(article.licence)


def short(text: str | None) -> str | None:
    """A string of at most ``SURFACE`` words as it is; None instead of a longer one."""
    return text if text is not None and len(text.split()) <= SURFACE else None


def mask_of(text: str) -> str:
    """A text of the same length in code points: blanks and line breaks as they are, all else ``_``."""
    return re.sub(r"\S", "_", text)


def checksum(sentence: str) -> str:
    """The first ``DIGITS`` hexadecimal digits of a sentence's SHA-256 in UTF-8."""
    return sha256(sentence.encode()).hexdigest()[:DIGITS]


def withheld(row: dict, shape: Shape) -> dict:
    """A row of the documents without what its text says. Of a text that is not here there is neither mask nor checksum."""
    text = row["text"]
    status = TAKEN_DOWN if row["text_status"] == TAKEN_DOWN else WITHHELD
    row = row | {"text": None, "title": short(row["title"]), "text_status": status}
    if text is not None:
        sentences = [text[item["start"] : item["end"]] for item in row["sentences"]]
        row |= {"mask": mask_of(text), "sentence_sha256": [checksum(sentence) for sentence in sentences]}
    for layer in shape.article:
        row = _short_answer(row, layer, layer.name)
    for layer in shape.spans:
        row[layer.name] = [_without_quote(item, layer, shape) for item in row[layer.name]]
    for layer in shape.each:
        row[layer.name] = [_short_answer(item, layer, "label") for item in row[layer.name]]
    return row


def _without_quote(item: dict, layer: Layer, shape: Shape) -> dict:
    item = item | {"quote": None}
    for other in shape.fields[layer.name][0]:
        item = _short_answer(item, other, other.name)
    return item


def _short_answer(item: dict, layer: Layer, key: str) -> dict:
    """The item with a typed answer, and what each annotator typed, only where they are short."""
    if not is_typed(layer):
        return item
    said = "distribution" if key == "label" else f"{layer.name}_distribution"
    typed = item[key]
    item = item | {key: [short(one) for one in typed] if isinstance(typed, list) else short(typed)}
    return item | ({said: [one | {"label": short(one["label"])} for one in item[said]]} if said in item else {})


def without_text(annotations: AnnotationSet, typed_layers: frozenset[str]) -> AnnotationSet:
    """An annotation set on a withheld article: no quotes, no long typed answers; all else stays."""
    return replace(annotations, annotations=tuple(_without_text(item, typed_layers) for item in annotations.annotations))


def _without_text(item: object, typed_layers: frozenset[str]) -> object:
    if isinstance(item, Span):
        return replace(item, quote=None)
    if isinstance(item, Choice) and item.layer in typed_layers:
        return replace(item, label=short(item.label))
    return item
