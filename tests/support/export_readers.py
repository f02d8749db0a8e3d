"""Readers of the export formats, for round trips: what a format does not name as lost has to come back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec
from msgspec.structs import replace

from standpoint.codebook.types import Codebook, Layer
from standpoint.core.files import read_lines
from standpoint.core.model import Annotation, Choice, Relation, Span, choice_id, in_reading_order, relation_id
from standpoint.export import ExportedArticle, conll, jsonl, spacy, xmi

Place = tuple[int, int]


def read_export(name: str, folder: Path, codebook: Codebook) -> Iterator[ExportedArticle]:
    """The articles of an export folder, with everything that the format carries."""
    readers = {"brat": read_brat, "conll": read_conll, "jsonl": read_jsonl, "spacy": read_spacy, "xmi": read_xmi}
    return readers[name](folder, codebook)


def read_jsonl(folder: Path, codebook: Codebook) -> Iterator[ExportedArticle]:
    yield from read_lines(folder / jsonl.NAME, ExportedArticle)


def read_spacy(folder: Path, codebook: Codebook) -> Iterator[ExportedArticle]:
    library = import_module("spacy")
    docs = library.tokens.DocBin(store_user_data=True).from_disk(folder / spacy.NAME)
    for doc in docs.get_docs(library.vocab.Vocab()):
        yield replace(msgspec.json.decode(doc.user_data[spacy.KEY], type=ExportedArticle), text=doc.text)


UNESCAPED = {"\\": "\\", "n": "\n", "t": "\t", "r": "\r", "s": " "}


def read_brat(folder: Path, codebook: Codebook) -> Iterator[ExportedArticle]:
    """The articles; their spans are called T1, T2, …"""
    rows = (line.split("\t") for line in (folder / "labels.tsv").read_text(encoding="utf-8").split("\n") if line)
    types = {name: (layer, label) for name, layer, label in rows}
    for path in sorted(folder.glob("*.ann")):
        text = path.with_suffix(".txt").read_bytes().decode()
        lines = path.read_bytes().decode().split("\n")
        annotations = [_brat_annotation(line, text, types, codebook) for line in lines if line]
        yield ExportedArticle(path.stem, text, (), tuple(in_reading_order(annotations)))


def _brat_annotation(line: str, text: str, types: dict[str, tuple[str, str]], codebook: Codebook) -> Annotation:
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
        type_name, _, label = rest[0].partition("=")
        layer, label = types[type_name][0], re.sub(r"\\(.)", lambda match: UNESCAPED[match[1]], label)
    else:
        layer, label = types[words[1]]
    identity = choice_id(words[0], layer, label, codebook.by_name[layer].multiple)
    return Choice(id=identity, layer=layer, label=label, of=words[0])


def read_xmi(folder: Path, codebook: Codebook) -> Iterator[ExportedArticle]:
    cassis, types = import_module("cassis"), xmi.Types(codebook)
    system = cassis.load_typesystem(folder / "TypeSystem.xml")
    for path in sorted(folder.glob("*.xmi")):
        cas = cassis.load_cas_from_xmi(path, system)
        sentences = tuple((item.begin, item.end) for item in cas.select(xmi.SENTENCE))
        yield ExportedArticle(path.stem, cas.sofa_string, sentences, tuple(in_reading_order(_xmi_annotations(cas, types))))


def _xmi_annotations(cas: Any, types: xmi.Types) -> Iterator[Annotation]:
    for item in cas.select(xmi.ANSWER):
        yield Choice(id=item.identifier, layer=item.layer, label=item.label, of=item.of or "")
    for layer in types.spans:
        for item in cas.select(types.type[layer.name]):
            quote = cas.sofa_string[item.begin : item.end]
            yield Span(id=item.identifier, layer=layer.name, label=item.label, start=item.begin, end=item.end, quote=quote)
            for answer in types.answers[layer.name]:
                yield from _xmi_answers(item, answer, getattr(item, types.feature[layer.name, answer.name]))
            for link in types.links[layer.name]:
                yield from _xmi_links(item, link, getattr(item, types.feature[layer.name, link.name]))


def _xmi_answers(item: Any, layer: Layer, value: Any) -> Iterator[Choice]:
    for label in () if value is None else value.elements if layer.multiple else [value]:
        name = choice_id(item.identifier, layer.name, label, layer.multiple)
        yield Choice(id=name, layer=layer.name, label=label, of=item.identifier)


def _xmi_links(item: Any, layer: Layer, value: Any) -> Iterator[Relation]:
    for link in () if value is None else value.elements:
        head, tail = item.identifier, link.target.identifier
        yield Relation(id=relation_id(head, layer.name, link.role, tail), layer=layer.name, label=link.role, head=head, tail=tail)


class Token(NamedTuple):
    """A line of CoNLL-U Plus."""

    form: str
    misc: dict[str, str]
    cells: list[str]

    @property
    def place(self) -> Place:
        """Where the token is in the text of the article."""
        start, end = self.misc["TokenRange"].split(":")
        return int(start), int(end)


def read_conll(folder: Path, codebook: Codebook) -> Iterator[ExportedArticle]:
    """The articles; their spans are named after their place."""
    columns = conll.columns_of(codebook)
    with (folder / conll.NAME).open(encoding="utf-8", newline="\n") as file:
        layers = [columns[name] for name in next(file).split("= ", 1)[1].split()[3:]]
        name = ""
        sentences: list[Place] = []
        tokens: list[Token] = []
        for line in (line.rstrip("\n") for line in file):
            key, _, value = line.partition(" = ")
            if key == "# newdoc id":
                if name:
                    yield _conll_article(name, sentences, tokens, layers)
                name, sentences, tokens = value, [], []
            elif key == "# sentence_range":
                start, end = value.split(":")
                sentences.append((int(start), int(end)))
            elif line and not line.startswith("#"):
                _, form, misc, *cells = line.split("\t")
                tokens.append(Token(form, dict(item.split("=", 1) for item in misc.split("|")), cells))
    if name:
        yield _conll_article(name, sentences, tokens, layers)


def _conll_article(name: str, sentences: list[Place], tokens: list[Token], layers: list[Layer]) -> ExportedArticle:
    text = "".join(_spaces(token.misc.get("SpacesBefore", "")) + token.form + _gap(token) for token in tokens)
    spans: dict[tuple[str, int], Span] = {}
    for number, layer in enumerate(layers):
        if layer.kind == "span":
            for label, start, end in _conll_spans(tokens, number, layer.name):
                identity, quote = f"{layer.name}-{start}-{end}", text[start:end]
                spans[layer.name, start] = Span(id=identity, layer=layer.name, label=label, start=start, end=end, quote=quote)
    others = (
        _conll_annotation(layer, words, spans, token.place[0])
        for token in tokens
        for layer, cell in zip(layers, token.cells, strict=True)
        if layer.kind != "span" and cell != conll.EMPTY
        for words in cell.split(",")
    )
    return ExportedArticle(name, text, tuple(sentences), tuple(in_reading_order([*spans.values(), *others])))


def _gap(token: Token) -> str:
    return "" if "SpaceAfter" in token.misc else _spaces(token.misc.get("SpacesAfter", r"\s"))


def _spaces(written: str) -> str:
    return re.sub(r"\\(u(....)|.)", lambda match: chr(int(match[2], 16)) if match[2] else UNESCAPED[match[1]], written)


def _conll_spans(tokens: list[Token], number: int, layer: str) -> list[tuple[str, int, int]]:
    """The spans of a layer: label, start, end."""
    spans: list[tuple[str, int, int]] = []
    for token in tokens:
        sign, _, label = token.cells[number].partition("-")
        continues = conll.escape_cell(layer) in token.misc.get("Continues", "").split(",")
        if sign == "I" or (sign == "B" and continues):
            spans[-1] = (*spans[-1][:2], token.place[1])
        elif sign == "B":
            spans.append((unquote(label), *token.place))
    return spans


def _conll_annotation(layer: Layer, words: str, spans: dict[tuple[str, int], Span], place: int) -> Annotation:
    if layer.kind != "relation":
        of, label = spans[layer.of, place].id, unquote(words)
        return Choice(id=choice_id(of, layer.name, label, layer.multiple), layer=layer.name, label=label, of=of)
    head_layer, label, tail_layer, start, _ = map(unquote, words.split(">"))
    head, tail = spans[head_layer, place].id, spans[tail_layer, int(start)].id
    return Relation(id=relation_id(head, layer.name, label, tail), layer=layer.name, label=label, head=head, tail=tail)
