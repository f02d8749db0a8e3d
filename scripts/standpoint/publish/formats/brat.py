"""brat stand-off: ``<id>.txt`` and ``<id>.ann`` each, ``annotation.conf``, and ``labels.tsv``, which says what a type stands for.

Spans are text-bound annotations (in fragments where they hold a line break, as brat has it), answers of one value about a
span are attributes, answers of several are notes on it, links are relations. (brat standoff format, brat.nlplab.org.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from standpoint.codebook.types import Codebook, Layer
from standpoint.model import Annotation, Choice, Relation, Span, in_reading_order
from standpoint.publish.formats import Exported

LOSS = "answers about the article or about an actor, the ids of annotations, sentences, and the article's other fields"
NOTE = "AnnotatorNotes"


def write(articles: Iterable[Exported], codebook: Codebook, folder: Path) -> None:
    """Two files an article, and the two that explain them."""
    types: dict[str, tuple[str, str]] = {}
    for one in articles:
        (folder / f"{one.id}.txt").write_bytes(one.text.encode())
        lines = _lines(one, codebook, types)
        (folder / f"{one.id}.ann").write_bytes("".join(f"{line}\n" for line in lines).encode())
    rows = (f"{name}\t{layer}\t{label}\n" for name, (layer, label) in sorted(types.items()))
    (folder / "labels.tsv").write_text("".join(rows), encoding="utf-8")
    (folder / "annotation.conf").write_text(_configuration(types, codebook), encoding="utf-8")


def type_of(layer: str, label: str, types: dict[str, tuple[str, str]]) -> str:
    """A name that brat takes (letters, digits, dash, underscore) for a layer's label; no two have the same."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", f"{layer}-{label}")
    name, number = plain, 2
    while types.setdefault(name, (layer, label)) != (layer, label):
        name, number = f"{plain}_{number}", number + 1
    return name


def _lines(one: Exported, codebook: Codebook, types: dict[str, tuple[str, str]]) -> Iterator[str]:
    numbers: dict[str, str] = {}
    counts = {"A": 0, "R": 0, "#": 0}
    for item in one.annotations:
        if isinstance(item, Span):
            numbers[item.id] = f"T{len(numbers) + 1}"
            places, words = _fragments(item, one.text)
            yield f"{numbers[item.id]}\t{type_of(item.layer, item.label, types)} {places}\t{words}"
    for item in one.annotations:
        if isinstance(item, Choice) and item.of in numbers:
            kind = "#" if codebook.by_name[item.layer].multiple or codebook.by_name[item.layer].kind == "text" else "A"
            counts[kind] += 1
            about = f"{kind}{counts[kind]}\t"
            value = f"\t{item.layer}={item.label}" if kind == "#" else f" {type_of(item.layer, item.label, types)}"
            yield f"{about}{NOTE if kind == '#' else item.layer} {numbers[item.of]}{value}"
        elif isinstance(item, Relation):
            counts["R"] += 1
            name = type_of(item.layer, item.label, types)
            yield f"R{counts['R']}\t{name} Arg1:{numbers[item.head]} Arg2:{numbers[item.tail]}"


def _fragments(span: Span, text: str) -> tuple[str, str]:
    """Where a span's lines are, and their words."""
    lines = [match.span() for match in re.finditer(r"[^\n]+", text[span.start : span.end])]
    places = [(span.start + start, span.start + end) for start, end in lines] or [(span.start, span.end)]
    words = " ".join(text[start:end] for start, end in places)
    return ";".join(f"{start} {end}" for start, end in places), words


def _configuration(types: dict[str, tuple[str, str]], codebook: Codebook) -> str:
    """What brat needs to show the files: all names that are used, and what a relation may link."""
    by_kind: dict[str, list[str]] = {"span": [], "relation": [], "choice": []}
    for name, (layer, _) in sorted(types.items()):
        by_kind[codebook.by_name[layer].kind].append(name)
    values: dict[str, list[str]] = {}
    for name in by_kind["choice"]:
        values.setdefault(types[name][0], []).append(name)
    relations = (f"{name}\tArg1:<ENTITY>, Arg2:<ENTITY>" for name in by_kind["relation"])
    attributes = (f"{layer}\tArg:<ENTITY>, Value:{'|'.join(names)}" for layer, names in values.items())
    parts = {"entities": by_kind["span"], "relations": relations, "events": (), "attributes": attributes}
    return "\n".join(line for part, lines in parts.items() for line in (f"[{part}]", *lines, ""))


def read(folder: Path, codebook: Codebook) -> Iterator[Exported]:
    """The articles, their spans called T1, T2, …"""
    rows = (line.split("\t") for line in (folder / "labels.tsv").read_text(encoding="utf-8").splitlines())
    types = {name: (layer, label) for name, layer, label in rows}
    for path in sorted(folder.glob("*.ann")):
        text = path.with_suffix(".txt").read_bytes().decode()
        lines = path.read_bytes().decode().split("\n")
        found = [item for line in lines if line for item in _read(line, text, types, codebook)]
        yield Exported(path.stem, text, (), tuple(in_reading_order(found)))


def _read(line: str, text: str, types: dict[str, tuple[str, str]], codebook: Codebook) -> Iterator[Annotation]:
    name, what, *rest = line.split("\t")
    kind, *words = what.split(" ")
    if name.startswith("T"):
        places = [int(number) for number in re.findall(r"\d+", what.partition(" ")[2])]
        layer, label = types[kind]
        start, end = places[0], places[-1]
        yield Span(id=name, layer=layer, label=label, start=start, end=end, quote=text[start:end])
    elif name.startswith("R"):
        layer, label = types[kind]
        head, tail = (word.partition(":")[2] for word in words)
        yield Relation(id=f"{head}.{layer}.{label}.{tail}", layer=layer, label=label, head=head, tail=tail)
    elif name.startswith("#"):
        layer, _, label = rest[0].partition("=")
        yield Choice(id=_id(codebook.by_name[layer], words[0], label), layer=layer, label=label, of=words[0])
    else:
        layer, label = types[words[1]]
        yield Choice(id=_id(codebook.by_name[layer], words[0], label), layer=layer, label=label, of=words[0])


def _id(layer: Layer, of: str, label: str) -> str:
    return f"{of}.{layer.name}.{label}" if layer.multiple else f"{of}.{layer.name}"
