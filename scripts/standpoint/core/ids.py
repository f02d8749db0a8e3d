"""The ids of answers and relations, which follow from what they are about.

    {of}.{layer}                     an answer about a span or an actor; about the article: {layer}
    {of}.{layer}.{label}             the same in a layer that allows several answers
    {head}.{layer}.{label}.{tail}    a relation between two spans

Importing, adjudicating or exporting the same work again therefore gives the same ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from msgspec.structs import replace

from standpoint.core.model import Annotation, Choice, Span


def sha256(text: str) -> str:
    """The hexadecimal SHA-256 of a text's UTF-8; a lone surrogate, which no valid text has, is encoded as it is."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def choice_id(of: str, layer: str, label: str, multiple: bool) -> str:
    """The id of an answer; the label is part of it where the layer allows several (``multiple``)."""
    return ".".join(part for part in (of, layer, label if multiple else "") if part)


def relation_id(head: str, layer: str, label: str, tail: str) -> str:
    """The id of a relation."""
    return f"{head}.{layer}.{label}.{tail}"


def with_new_ids(annotation: Annotation, names: Mapping[str, str]) -> Annotation:
    """The annotation after spans were renamed (old id -> new id), itself or those that it is about.

    The id of an answer or a relation changes with them where it follows the grammar above; another id stays.
    """
    if isinstance(annotation, Span):
        return replace(annotation, id=names.get(annotation.id, annotation.id))
    if isinstance(annotation, Choice):
        of, prefix = names.get(annotation.of, annotation.of), f"{annotation.of}."
        follows = bool(annotation.of) and annotation.id.startswith(prefix)
        identity = f"{of}.{annotation.id.removeprefix(prefix)}" if follows else annotation.id
        return replace(annotation, id=identity, of=of)
    head, tail = names.get(annotation.head, annotation.head), names.get(annotation.tail, annotation.tail)
    follows = annotation.id == relation_id(annotation.head, annotation.layer, annotation.label, annotation.tail)
    identity = relation_id(head, annotation.layer, annotation.label, tail) if follows else annotation.id
    return replace(annotation, id=identity, head=head, tail=tail)
