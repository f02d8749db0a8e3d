"""doccano's JSON Lines: ``articles.jsonl``, one article per line with the spans as ``entities``, and links as ``relations``.

doccano writes spans as ``"label": [[start, end, "PER"]]``, older versions as ``"labels"``, and projects with relations as
``"entities"`` and ``"relations"``. All are read. A label that is a text is an answer about the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from standpoint.codebook.types import Codebook, Layer
from standpoint.core.files import unpacked, written_whole
from standpoint.core.model import Annotation, Choice, Issue, Relation, Span, choice_id, in_reading_order, relation_id
from standpoint.formats import Account, Document, Read, first_object

LOSS = "answers, annotation ids, sentences, and the other fields of the article, but for its split"
NAME = "articles.jsonl"
FILES = f"`{NAME}`"
suffixes = (".jsonl", ".json")
SPANS = ("label", "labels", "entities")
LIST = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*[{\]]")  # how a list of records begins, however it is indented


def write(articles: Iterable[Document], codebook: Codebook, folder: Path) -> Account:
    account = Account()
    with written_whole(folder / NAME) as file:
        for number, article in enumerate(articles, 1):
            spans = {item.id: (place, item) for place, item in enumerate(_of(Span, article), 1)}
            entities = [
                {"id": place, "label": _written(item, codebook), "start_offset": item.start, "end_offset": item.end}
                for place, item in spans.values()
            ]
            relations = [
                {"id": place, "from_id": spans[item.head][0], "to_id": spans[item.tail][0], "type": item.label}
                for place, item in enumerate(_of(Relation, article), 1)
            ]
            line = {"id": number, "article": article.id, "text": article.text, "entities": entities, "relations": relations}
            # doccano keeps other keys as the metadata of the document.
            file.write(msgspec.json.encode(line | ({"split": article.split} if article.split else {})) + b"\n")
            account.carry(article, {item.id for item in article.annotations if not isinstance(item, Choice)})
    return account


Kind = TypeVar("Kind", Span, Relation)


def _of(kind: type[Kind], article: Document) -> Iterator[Kind]:
    return (item for item in article.annotations if isinstance(item, kind))


def _written(item: Span, codebook: Codebook) -> str:
    """The label of a span, with its layer if there are several layers of spans."""
    return item.label if len(_layers(codebook, "span")) == 1 else f"{item.layer}:{item.label}"


def _layers(codebook: Codebook, kind: str) -> list[Layer]:
    return [layer for layer in codebook.layers if layer.kind == kind]


def _read_label(written: str, kind: str, codebook: Codebook) -> tuple[str, str]:
    """The layer and label of what ``write`` has written; "" and the label as it is for labels of others."""
    layer, _, label = written.partition(":")
    if kind == "span" and layer in codebook.by_name:
        return layer, label
    found = [one.name for one in _layers(codebook, kind) if written in one.by_name]
    return (found[0], written) if len(found) == 1 else ("", written)


def is_mine(head: bytes) -> bool:
    first = first_object(head)
    labels = [first.get("label"), first.get("labels"), first.get("entities")]
    return isinstance(first.get("text"), str) and any(isinstance(one, list) for one in labels) and "annotations" not in first


def read(path: Path, codebook: Codebook) -> Iterator[Read | Issue]:
    for where, record in _records(path):
        if isinstance(record, Exception):
            yield Issue(where, "DOCUMENT-FORMAT", f"{record}; should be JSON")
        elif not isinstance(record, dict) or not isinstance(record.get("text"), str):
            yield Issue(where, "DOCUMENT-FORMAT", "should be an object with a text")
        else:
            yield _document(where, str(record.get("article") or record.get("id") or where), record, codebook)


def _records(path: Path) -> Iterator[tuple[str, object]]:
    """The record of each line, or each record of a list, which older versions wrote, with its place; or its error."""
    with unpacked(path) as file:
        is_list = LIST.match(file.peek(1)) is not None
        for number, part in enumerate([file.read()] if is_list else file, 1):
            if not part.strip():
                continue
            try:
                value = msgspec.json.decode(part.removeprefix(b"\xef\xbb\xbf"))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                value = error
            if is_list and isinstance(value, list):
                yield from ((f"{path} record {place}", item) for place, item in enumerate(value, 1))
            else:
                yield f"{path}:{number}", value


def _document(where: str, name: str, record: dict[str, Any], codebook: Codebook) -> Read:
    text: str = record["text"]
    spans: dict[object, Span] = {}
    others: dict[str, Annotation] = {}
    refused: list[Issue] = []

    def refuse(item: object, problem: str) -> None:
        refused.append(Issue(where, "ANNOTATION-FORMAT", f"{str(item)[:80]} {problem}"))

    def add(item: object, made: Annotation) -> None:
        if made.id in others:
            refuse(item, "is there twice")
        others[made.id] = made

    for item in _listed(record, SPANS):
        if isinstance(item, str | int) and not isinstance(item, bool):
            add(item, Choice(id=choice_id("", "", str(item), multiple=True), layer="", label=str(item)))
            continue
        start, end, label = _parts(item)
        if not (type(start) is int and type(end) is int and isinstance(label, str)):
            refuse(item, "should have a start, an end and a label")
            continue
        key = item.get("id") if isinstance(item, dict) else None
        identity = f"{start}-{end}-{label}" if not isinstance(key, int | str) else str(key)
        if identity in spans:
            refuse(item, "is there twice")
        else:
            layer, label = _read_label(label, "span", codebook)
            spans[identity] = Span(id=identity, layer=layer, label=label, start=start, end=end, quote=text[start:end])
    for item in _listed(record, ("relations",)):
        head, tail, label = (item.get(key) for key in ("from_id", "to_id", "type")) if isinstance(item, dict) else (None,) * 3
        if str(head) in spans and str(tail) in spans and isinstance(label, str):
            layer, label = _read_label(label, "relation", codebook)
            identity = relation_id(str(head), layer, label, str(tail))
            add(item, Relation(id=identity, layer=layer, label=label, head=str(head), tail=str(tail)))
        else:
            refuse(item, "should link two entities of the document")
    comments = record.get("Comments") or record.get("comments")
    unsaid = {"Comments": len(comments)} if isinstance(comments, list) and comments else {}
    read = Document(name, text, (), tuple(in_reading_order([*spans.values(), *others.values()])))
    return Read(where=where, document=read, refused=tuple(refused), unsaid=unsaid)


def _listed(record: dict[str, Any], names: Iterable[str]) -> Iterator[Any]:
    """What stands under these keys: lists, or one value, as of a text with one label."""
    for name in names:
        value = record.get(name)
        yield from value if isinstance(value, list) else () if value is None else (value,)


def _parts(item: object) -> tuple[Any, Any, Any]:
    """Start, end and label of a span in one of the dialects."""
    if isinstance(item, dict):
        return item.get("start_offset"), item.get("end_offset"), item.get("label")
    return tuple(item) if isinstance(item, list) and len(item) == 3 else (None, None, None)
