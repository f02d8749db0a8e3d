"""brat stand-off: ``<id>.txt`` and ``<id>.ann`` per article, ``annotation.conf``, and ``labels.tsv`` with the label of each type.

Spans are text-bound annotations, in fragments if they contain a line break, as brat requires. Answers of one value about
a span are attributes; answers of several values and typed answers are notes on the span; links are relations.
(brat standoff format and configuration, brat.nlplab.org.)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from standpoint.codebook.types import ANY, Codebook, Layer
from standpoint.core.files import inside
from standpoint.core.model import Choice, Relation, Span
from standpoint.export import ExportedArticle, Names

LOSS = (
    "answers about the article or about an actor, annotation ids, sentences, the other fields of the article, "
    "line breaks at the ends of spans, and spans of line breaks only with the annotations that refer to them"
)
NOTE = "AnnotatorNotes"
ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}  # a note is one line
TypeNames = Names[tuple[str, str]]  # the names of (layer, label); the name of an attribute is that of (layer, "")


def write(articles: Iterable[ExportedArticle], codebook: Codebook, folder: Path) -> None:
    """Write two files per article, annotation.conf and labels.tsv."""
    names: TypeNames = Names()
    for layer in codebook.layers:
        for label in ("", *layer.label_names):
            _type_name(names, layer.name, label)
    for article in articles:
        inside(folder, f"{article.id}.txt").write_bytes(article.text.encode())
        lines = _lines(article, codebook, names)
        inside(folder, f"{article.id}.ann").write_bytes("".join(f"{line}\n" for line in lines).encode())
    # After the articles, so that labels that only they have, such as actors, are included.
    rows = sorted(f"{name}\t{layer}\t{label}\n" for (layer, label), name in names.names.items())
    (folder / "labels.tsv").write_text("".join(rows), encoding="utf-8", newline="\n")
    (folder / "annotation.conf").write_text(_configuration(names.names, codebook), encoding="utf-8", newline="\n")


def _type_name(names: TypeNames, layer: str, label: str = "") -> str:
    """The name of a label of a layer, or of the layer itself."""
    return names.of((layer, label), f"{layer}-{label}" if label else layer)


def _lines(article: ExportedArticle, codebook: Codebook, names: TypeNames) -> Iterator[str]:
    numbers: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for item in article.annotations:
        if not isinstance(item, Span):
            continue
        # A fragment cannot contain a line break.
        lines = re.finditer(r"[^\n]+", article.text[item.start : item.end])
        if fragments := [(item.start + line.start(), item.start + line.end()) for line in lines]:
            numbers[item.id] = f"T{len(numbers) + 1}"
            places = ";".join(f"{start} {end}" for start, end in fragments)
            words = " ".join(article.text[start:end] for start, end in fragments)
            yield f"{numbers[item.id]}\t{_type_name(names, item.layer, item.label)} {places}\t{words}"
    for item in article.annotations:
        if isinstance(item, Choice) and item.of in numbers:
            letter, rest = _answer(item, codebook.by_name[item.layer], numbers[item.of], names)
        elif isinstance(item, Relation) and item.head in numbers and item.tail in numbers:
            name = _type_name(names, item.layer, item.label)
            letter, rest = "R", f"{name} Arg1:{numbers[item.head]} Arg2:{numbers[item.tail]}"
        else:
            continue
        counts[letter] += 1
        yield f"{letter}{counts[letter]}\t{rest}"


def _answer(item: Choice, layer: Layer, of: str, names: TypeNames) -> tuple[str, str]:
    """The letter of an answer's line, and the rest of the line after the number."""
    if layer.multiple or layer.kind == "text":
        label = "".join(ESCAPES.get(character, character) for character in item.label)
        return "#", f"{NOTE} {of}\t{_type_name(names, layer.name)}={label}"
    return "A", f"{_type_name(names, layer.name)} {of} {_type_name(names, layer.name, item.label)}"


def _configuration(names: Mapping[tuple[str, str], str], codebook: Codebook) -> str:
    """annotation.conf: all labels, what an attribute may be about, and what a relation may link. Spans may overlap."""
    labels: dict[str, list[str]] = {}
    for layer in codebook.layers:
        types = [name for (layer_name, label), name in names.items() if label and layer_name == layer.name]
        labels[layer.name] = types if layer.labels else sorted(types)  # actors are in the order of the articles
    used = [layer for layer in codebook.layers if labels[layer.name]]
    spans, relations, choices = ([layer for layer in used if layer.kind == kind] for kind in ("span", "relation", "choice"))
    ends = {layer.name: "|".join(labels[layer.name]) for layer in spans} | {ANY: "<ENTITY>"}
    parts: dict[str, Iterable[str]] = {
        "entities": (name for layer in spans for name in labels[layer.name]),
        "relations": (
            "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>",
            *(
                f"{name}\tArg1:{ends[layer.head]}, Arg2:{ends[layer.tail]}"
                for layer in relations
                if layer.head in ends and layer.tail in ends
                for name in labels[layer.name]
            ),
        ),
        "events": (),
        "attributes": (
            f"{names[layer.name, '']}\tArg:{ends[layer.of]}, Value:{'|'.join(labels[layer.name])}"
            for layer in choices
            if layer.of in ends and not layer.multiple
        ),
    }
    return "\n".join(line for part, lines in parts.items() for line in (f"[{part}]", *lines, ""))
