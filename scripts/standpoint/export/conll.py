"""CoNLL-U Plus: ``articles.conllup``, a token a line, a column for each span layer, answer about spans, and kind of link.

The first line names the columns (universaldependencies.org, CoNLL-U Plus). A span layer's has BIO labels, a piece in each
sentence; the others have, beside a span's first token, its answers, and its links, ``layer>label>layer>start>end``. MISC has
each token's place in the article's text, ``TokenRange=start:end``, in code points, half-open; ``SpaceAfter=No`` or
``SpacesAfter=\n\n`` where no single space follows, as UDPipe has it; ``Continues=layer`` where a piece goes on with a span.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from msgspec.structs import replace

from standpoint.codebook.types import Codebook, Layer
from standpoint.core.ids import choice_id, relation_id
from standpoint.core.model import Annotation, Choice, Relation, Span, in_reading_order
from standpoint.export import Exported
from standpoint.export._shared import Names, tokens

LOSS = (
    "answers about the article or about an actor, the ids of annotations, the article's other fields, of spans of one layer "
    "that overlap all but the first, blanks at the ends of spans, spans of nothing else, and what hangs on such"
)
NAME = "articles.conllup"
EMPTY, OUTSIDE = "_", "O"
SPACES = {" ": r"\s", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
MEANT = {written[1]: character for character, written in SPACES.items()}
Place = tuple[int, int]


def columns_of(codebook: Codebook) -> dict[str, Layer]:
    """The columns after ID, FORM and MISC: those of spans, of answers about spans, and of links."""
    spans = [layer for layer in codebook.layers if layer.kind == "span"]
    answers = [other for layer in spans for other in codebook.attributes_of(layer.name)]
    links = [layer for layer in codebook.layers if layer.kind == "relation"]
    names = Names(other="[^A-Za-z0-9_]")
    return {f"STANDPOINT:{names.of(layer.name, layer.name).upper()}": layer for layer in (*spans, *answers, *links)}


def write(articles: Iterable[Exported], codebook: Codebook, folder: Path) -> None:
    """One file."""
    columns = columns_of(codebook)
    with (folder / NAME).open("wb") as file:
        file.write(f"# global.columns = ID FORM MISC {' '.join(columns)}\n".encode())
        for one in articles:
            file.writelines(f"{line}\n".encode() for line in _lines(one, list(columns.values())))


def _lines(one: Exported, columns: list[Layer]) -> Iterator[str]:
    cells = Cells(one)
    sentences = list(_sentences(one, [place for span in cells.spans for place in (span.start, span.end)]))
    starts = [start for _, found in sentences for start, _ in found] + [len(one.text)]
    yield f"# newdoc id = {one.id}"
    number = 0
    for count, (sentence, found) in enumerate(sentences, 1):
        yield f"# sent_id = {one.id}-{count}"
        yield from (f"# sentence_range = {sentence[0]}:{sentence[1]}",) if sentence else ()
        for place, (start, end) in enumerate(found, 1):
            number += 1
            misc = [f"TokenRange={start}:{end}", *_before(one.text[:start], number), *_after(one.text[end : starts[number]])]
            if place == 1 and (going_on := cells.continued(start)):
                misc.append(f"Continues={','.join(going_on)}")
            row = (cells.cell(layer, start, place == 1) for layer in columns)
            yield "\t".join([str(place), one.text[start:end], "|".join(misc), *row])
        yield ""


def _sentences(one: Exported, cuts: list[int]) -> Iterator[tuple[Place | None, list[Place]]]:
    """The tokens of each sentence, and (without a sentence) of what stands between."""
    at = 0
    for start, end in (*one.sentences, (len(one.text), len(one.text))):
        for sentence, left, right in ((None, at, start), ((start, end), start, end)):
            if found := list(tokens(one.text, left, right, cuts)):
                yield sentence, found
        at = end


def _spaces(gap: str) -> str:
    return "".join(SPACES.get(one) or f"\\u{ord(one):04x}" for one in gap)


def _before(text: str, number: int) -> list[str]:
    return [f"SpacesBefore={_spaces(text)}"] if number == 1 and text else []


def _after(gap: str) -> list[str]:
    return [] if gap == " " else [f"SpacesAfter={_spaces(gap)}"] if gap else ["SpaceAfter=No"]


class Cells:
    """An article's annotations by where they are written. Spans are without the blanks at their ends."""

    def __init__(self, one: Exported) -> None:
        self.of_layer = _one_at_a_place(item for item in one.annotations if isinstance(item, Span))
        self.spans = [span for spans in self.of_layer.values() for span in spans]
        self.by_id = {span.id: span for span in self.spans}
        self.beside: dict[tuple[str, int], list[str]] = {}
        for item in one.annotations:
            if isinstance(item, Choice) and item.of in self.by_id:
                self._put(item, self.by_id[item.of], _plain(item.label))
            elif isinstance(item, Relation) and item.head in self.by_id and item.tail in self.by_id:
                head, tail = self.by_id[item.head], self.by_id[item.tail]
                words = (head.layer, item.label, tail.layer, str(tail.start), str(tail.end))
                self._put(item, head, ">".join(map(_plain, words)))

    def _put(self, item: Choice | Relation, span: Span, words: str) -> None:
        self.beside.setdefault((item.layer, span.start), []).append(words)

    def continued(self, place: int) -> list[str]:
        """The layers of the spans that began before a place and go on."""
        return [_plain(span.layer) for span in self.spans if span.start < place < span.end]

    def cell(self, layer: Layer, place: int, first: bool) -> str:
        """What stands in a layer's column beside the token at a place, the first of its sentence or not."""
        if layer.kind != "span":
            return ",".join(self.beside.get((layer.name, place), [EMPTY]))
        spans = self.of_layer.get(layer.name, [])
        number = bisect_right(spans, place, key=lambda span: span.start) - 1
        if number < 0 or place >= spans[number].end:
            return OUTSIDE
        return f"{'B' if first or place == spans[number].start else 'I'}-{_plain(spans[number].label)}"


def _one_at_a_place(spans: Iterable[Span]) -> dict[str, list[Span]]:
    """Each layer's spans as they stand in the text, of those that overlap the first (the longest of those that begin there)."""
    found: dict[str, list[Span]] = {}
    for span in sorted((_stripped(span) for span in spans if span.quote.strip()), key=lambda span: (span.start, -span.end)):
        others = found.setdefault(span.layer, [])
        if not others or span.start >= others[-1].end:
            others.append(span)
    return found


def _stripped(span: Span) -> Span:
    left, right = (len(span.quote) - len(rest) for rest in (span.quote.lstrip(), span.quote.rstrip()))
    return replace(span, start=span.start + left, end=span.end - right, quote=span.quote.strip())


def _plain(words: str) -> str:
    """Words as they can stand in a cell: without blanks, and without what separates several."""
    return re.sub(r"[\s%,>|]|^_$", lambda match: quote(match[0], safe="") if match[0] != "_" else "%5F", words)


class Token(NamedTuple):
    """A line, and where it stands."""

    form: str
    misc: dict[str, str]
    cells: list[str]

    @property
    def place(self) -> Place:
        """Where the token stands in the article's text."""
        start, end = self.misc["TokenRange"].split(":")
        return int(start), int(end)


def read(folder: Path, codebook: Codebook) -> Iterator[Exported]:
    """The articles, their spans named after where they are."""
    columns = columns_of(codebook)
    with (folder / NAME).open(encoding="utf-8", newline="\n") as file:
        layers = [columns[name] for name in next(file).split("= ", 1)[1].split()[3:]]
        name, sentences, found = "", [], []
        for line in (line.rstrip("\n") for line in file):
            key, _, value = line.partition(" = ")
            if key == "# newdoc id":
                if name:
                    yield _article(name, sentences, found, layers)
                name, sentences, found = value, [], []
            elif key == "# sentence_range":
                start, end = value.split(":")
                sentences.append((int(start), int(end)))
            elif line and not line.startswith("#"):
                _, form, misc, *cells = line.split("\t")
                found.append(Token(form, dict(item.split("=", 1) for item in misc.split("|")), cells))
    if name:
        yield _article(name, sentences, found, layers)


def _article(name: str, sentences: list[Place], found: list[Token], layers: list[Layer]) -> Exported:
    text = "".join(_meant(token.misc.get("SpacesBefore", "")) + token.form + _gap(token) for token in found)
    spans: dict[tuple[str, int], Span] = {}
    for number, layer in enumerate(layers):
        if layer.kind == "span":
            for label, start, end in _pieces(found, number, layer.name):
                where = {"start": start, "end": end, "quote": text[start:end]}
                spans[layer.name, start] = Span(id=f"{layer.name}-{start}-{end}", layer=layer.name, label=label, **where)
    beside = (
        _beside(layer, words, spans, token.place[0])
        for token in found
        for layer, cell in zip(layers, token.cells, strict=True)
        if layer.kind != "span" and cell != EMPTY
        for words in cell.split(",")
    )
    return Exported(name, text, tuple(sentences), tuple(in_reading_order([*spans.values(), *beside])))


def _gap(token: Token) -> str:
    return "" if "SpaceAfter" in token.misc else _meant(token.misc.get("SpacesAfter", SPACES[" "]))


def _meant(written: str) -> str:
    return re.sub(r"\\(u(....)|.)", lambda match: chr(int(match[2], 16)) if match[2] else MEANT[match[1]], written)


def _pieces(found: list[Token], number: int, layer: str) -> list[tuple[str, int, int]]:
    """The spans of a layer: label, start, end."""
    spans: list[tuple[str, int, int]] = []
    for token in found:
        sign, _, label = token.cells[number].partition("-")
        if sign == "I" or (sign == "B" and _plain(layer) in token.misc.get("Continues", "").split(",")):
            spans[-1] = (*spans[-1][:2], token.place[1])
        elif sign == "B":
            spans.append((unquote(label), *token.place))
    return spans


def _beside(layer: Layer, words: str, spans: dict[tuple[str, int], Span], place: int) -> Annotation:
    if layer.kind != "relation":
        of, label = spans[layer.of, place].id, unquote(words)
        return Choice(id=choice_id(of, layer.name, label, layer.multiple), layer=layer.name, label=label, of=of)
    head_layer, label, tail_layer, start, _ = map(unquote, words.split(">"))
    head, tail = spans[head_layer, place].id, spans[tail_layer, int(start)].id
    return Relation(id=relation_id(head, layer.name, label, tail), layer=layer.name, label=label, head=head, tail=tail)
