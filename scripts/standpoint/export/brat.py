"""brat stand-off: ``<id>.txt`` and ``<id>.ann`` each, ``annotation.conf``, and ``labels.tsv``, which says what a type stands for.

Spans are text-bound annotations (in fragments where they hold a line break, as brat has it), answers of one value about a
span are attributes, answers of several and typed ones are notes on it, links are relations. (brat standoff format and
configuration, brat.nlplab.org.)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from standpoint.codebook.types import ANY, Codebook, Layer
from standpoint.core.ids import choice_id, relation_id
from standpoint.core.model import Annotation, Choice, Relation, Span, in_reading_order
from standpoint.export import Exported
from standpoint.export._shared import Names

LOSS = (
    "answers about the article or about an actor, the ids of annotations, sentences, the article's other fields, "
    "and line breaks at the ends of spans, with spans of nothing else and what hangs on them"
)
NOTE = "AnnotatorNotes"
ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}  # in notes, which are one line
MEANT = {written[1]: character for character, written in ESCAPES.items()}
Types = dict[str, tuple[str, str]]  # {type: (layer, label)}; an attribute's own name has no label


def write(articles: Iterable[Exported], codebook: Codebook, folder: Path) -> None:
    """Two files an article, and the two that explain them."""
    names = names_of(codebook)
    for one in articles:
        (folder / f"{one.id}.txt").write_bytes(one.text.encode())
        lines = _lines(one, codebook, names)
        (folder / f"{one.id}.ann").write_bytes("".join(f"{line}\n" for line in lines).encode())
    types = {name: thing for thing, name in names.names.items()}
    rows = (f"{name}\t{layer}\t{label}\n" for name, (layer, label) in sorted(types.items()))
    (folder / "labels.tsv").write_text("".join(rows), encoding="utf-8", newline="\n")
    (folder / "annotation.conf").write_text(_configuration(types, codebook), encoding="utf-8", newline="\n")


def names_of(codebook: Codebook) -> Names:
    """What brat calls the codebook's layers and labels; labels that articles bring are added as they come."""
    names = Names()
    for layer in codebook.layers:
        for label in ("", *layer.label_names):
            called(names, layer.name, label)
    return names


def called(names: Names, layer: str, label: str = "") -> str:
    """The name of a layer's label, or of the layer."""
    return names.of((layer, label), f"{layer}-{label}" if label else layer)


def _lines(one: Exported, codebook: Codebook, names: Names) -> Iterator[str]:
    numbers: dict[str, str] = {}
    counts: Counter = Counter()
    for item in one.annotations:
        if isinstance(item, Span) and (fragments := _fragments(item, one.text)):
            numbers[item.id] = f"T{len(numbers) + 1}"
            places = ";".join(f"{start} {end}" for start, end in fragments)
            words = " ".join(one.text[start:end] for start, end in fragments)
            yield f"{numbers[item.id]}\t{called(names, item.layer, item.label)} {places}\t{words}"
    for item in one.annotations:
        if isinstance(item, Choice) and item.of in numbers:
            letter, rest = _answer(item, codebook.by_name[item.layer], numbers[item.of], names)
        elif isinstance(item, Relation) and item.head in numbers and item.tail in numbers:
            name = called(names, item.layer, item.label)
            letter, rest = "R", f"{name} Arg1:{numbers[item.head]} Arg2:{numbers[item.tail]}"
        else:
            continue
        counts[letter] += 1
        yield f"{letter}{counts[letter]}\t{rest}"


def _answer(item: Choice, layer: Layer, of: str, names: Names) -> tuple[str, str]:
    if layer.multiple or layer.kind == "text":
        return "#", f"{NOTE} {of}\t{called(names, layer.name)}={''.join(ESCAPES.get(one, one) for one in item.label)}"
    return "A", f"{called(names, layer.name)} {of} {called(names, layer.name, item.label)}"


def _fragments(span: Span, text: str) -> list[tuple[int, int]]:
    """Where a span's lines are: brat has no line break in a fragment."""
    lines = re.finditer(r"[^\n]+", text[span.start : span.end])
    return [(span.start + line.start(), span.start + line.end()) for line in lines]


def _configuration(types: Types, codebook: Codebook) -> str:
    """All labels, what an attribute may be about and a relation may link; spans may overlap in any way."""
    labels: dict[str, list[str]] = {layer.name: [] for layer in codebook.layers}
    names: dict[str, str] = {}
    for name, (layer, label) in types.items():
        if label:
            labels[layer].append(name)
        else:
            names[layer] = name
    kinds: dict[str, list[Layer]] = {"span": [], "relation": [], "choice": []}
    for layer in codebook.layers:
        if not layer.labels:  # they came with the articles
            labels[layer.name].sort()
        if layer.kind in kinds and labels[layer.name]:
            kinds[layer.kind].append(layer)
    ends = {layer.name: "|".join(labels[layer.name]) for layer in kinds["span"]} | {ANY: "<ENTITY>"}
    parts = {
        "entities": (name for layer in kinds["span"] for name in labels[layer.name]),
        "relations": (
            "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>",
            *(
                f"{name}\tArg1:{ends[layer.head]}, Arg2:{ends[layer.tail]}"
                for layer in kinds["relation"]
                if layer.head in ends and layer.tail in ends
                for name in labels[layer.name]
            ),
        ),
        "events": (),
        "attributes": (
            f"{names[layer.name]}\tArg:{ends[layer.of]}, Value:{'|'.join(labels[layer.name])}"
            for layer in kinds["choice"]
            if layer.of in ends and not layer.multiple
        ),
    }
    return "\n".join(line for part, lines in parts.items() for line in (f"[{part}]", *lines, ""))


def read(folder: Path, codebook: Codebook) -> Iterator[Exported]:
    """The articles, their spans called T1, T2, …"""
    rows = (line.split("\t") for line in (folder / "labels.tsv").read_text(encoding="utf-8").split("\n") if line)
    types = {name: (layer, label) for name, layer, label in rows}
    for path in sorted(folder.glob("*.ann")):
        text = path.with_suffix(".txt").read_bytes().decode()
        lines = path.read_bytes().decode().split("\n")
        found = [_read(line, text, types, codebook) for line in lines if line]
        yield Exported(path.stem, text, (), tuple(in_reading_order(found)))


def _read(line: str, text: str, types: Types, codebook: Codebook) -> Annotation:
    name, what, *rest = line.split("\t", 2)
    kind, *words = what.split(" ")
    if name.startswith("T"):
        places = [int(number) for number in re.findall(r"\d+", what.partition(" ")[2])]
        layer, label = types[kind]
        start, end = places[0], places[-1]
        return Span(id=name, layer=layer, label=label, start=start, end=end, quote=text[start:end])
    if name.startswith("R"):
        layer, label = types[kind]
        head, tail = (word.partition(":")[2] for word in words)
        return Relation(id=relation_id(head, layer, label, tail), layer=layer, label=label, head=head, tail=tail)
    if name.startswith("#"):
        called, _, label = rest[0].partition("=")
        layer, label = types[called][0], re.sub(r"\\(.)", lambda match: MEANT[match[1]], label)
    else:
        layer, label = types[words[1]]
    identity = choice_id(words[0], layer, label, codebook.by_name[layer].multiple)
    return Choice(id=identity, layer=layer, label=label, of=words[0])
