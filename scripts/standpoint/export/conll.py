"""CoNLL-U Plus: ``articles.conllup``, one token per line, one column per span layer, answer about spans, and kind of link.

The first line names the columns (universaldependencies.org, CoNLL-U Plus). The column of a span layer has BIO labels, with
one piece of the span per sentence. The other columns have, at the first token of a span, its answers, and its links as
``layer>label>layer>start>end``. MISC has the place of each token in the text of the article, ``TokenRange=start:end``, in
code points, half-open; ``SpaceAfter=No`` or ``SpacesAfter=\n\n`` where no single space follows, as in UDPipe;
``Continues=layer`` where a piece continues a span of the sentence before.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from msgspec.structs import replace

from standpoint.codebook.types import Codebook, Layer
from standpoint.core.model import Choice, Relation, Span
from standpoint.export import ExportedArticle, Names, tokens

LOSS = (
    "answers about the article or about an actor, annotation ids, the other fields of the article, all but the first of "
    "overlapping spans of one layer, blanks at the ends of spans, spans of blanks only, and the annotations that refer to "
    "spans that are not carried"
)
NAME = "articles.conllup"
EMPTY, OUTSIDE = "_", "O"
SPACES = {" ": r"\s", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
Place = tuple[int, int]


def columns_of(codebook: Codebook) -> dict[str, Layer]:
    """The columns after ID, FORM and MISC: span layers, answers about spans, and links."""
    spans = [layer for layer in codebook.layers if layer.kind == "span"]
    answers = [other for layer in spans for other in codebook.attributes_of(layer.name)]
    links = [layer for layer in codebook.layers if layer.kind == "relation"]
    names: Names[str] = Names(replaced="[^A-Za-z0-9_]")
    return {f"STANDPOINT:{names.of(layer.name, layer.name).upper()}": layer for layer in (*spans, *answers, *links)}


def write(articles: Iterable[ExportedArticle], codebook: Codebook, folder: Path) -> None:
    columns = columns_of(codebook)
    with (folder / NAME).open("wb") as file:
        file.write(f"# global.columns = ID FORM MISC {' '.join(columns)}\n".encode())
        for article in articles:
            file.writelines(f"{line}\n".encode() for line in _lines(article, list(columns.values())))


def _lines(article: ExportedArticle, columns: list[Layer]) -> Iterator[str]:
    cells = Cells(article)
    text = article.text
    sentences = list(_sentences(article, [place for span in cells.spans for place in (span.start, span.end)]))
    starts = [start for _, places in sentences for start, _ in places] + [len(text)]
    yield f"# newdoc id = {article.id}"
    number = 0  # of the tokens of the article up to this one
    for count, (sentence, places) in enumerate(sentences, 1):
        yield f"# sent_id = {article.id}-{count}"
        if sentence:
            yield f"# sentence_range = {sentence[0]}:{sentence[1]}"
        for place, (start, end) in enumerate(places, 1):
            number += 1
            misc = [f"TokenRange={start}:{end}"]
            if number == 1 and start:
                misc.append(f"SpacesBefore={_spaces(text[:start])}")
            if (gap := text[end : starts[number]]) != " ":
                misc.append(f"SpacesAfter={_spaces(gap)}" if gap else "SpaceAfter=No")
            if place == 1 and (layers := cells.continued(start)):
                misc.append(f"Continues={','.join(layers)}")
            row = (cells.cell(layer, start, place == 1) for layer in columns)
            yield "\t".join([str(place), text[start:end], "|".join(misc), *row])
        yield ""


def _sentences(article: ExportedArticle, cuts: list[int]) -> Iterator[tuple[Place | None, list[Place]]]:
    """The tokens of each sentence and, with None instead of a sentence, of the text between sentences."""
    position, length = 0, len(article.text)
    for start, end in (*article.sentences, (length, length)):
        stretches: tuple[tuple[Place | None, int, int], ...] = ((None, position, start), ((start, end), start, end))
        for sentence, left, right in stretches:
            if places := list(tokens(article.text, left, right, cuts)):
                yield sentence, places
        position = end


def _spaces(gap: str) -> str:
    return "".join(SPACES.get(character) or f"\\u{ord(character):04x}" for character in gap)


class Cells:
    """The annotations of an article by cell. Spans are without the blanks at their ends."""

    def __init__(self, article: ExportedArticle) -> None:
        self.of_layer = _without_overlaps(item for item in article.annotations if isinstance(item, Span))
        self.spans = [span for spans in self.of_layer.values() for span in spans]
        self.by_id = {span.id: span for span in self.spans}
        self.at_span: dict[tuple[str, int], list[str]] = {}  # answers and links, by layer and start of the span
        for item in article.annotations:
            if isinstance(item, Choice) and item.of in self.by_id:
                span, value = self.by_id[item.of], escape_cell(item.label)
            elif isinstance(item, Relation) and item.head in self.by_id and item.tail in self.by_id:
                span, tail = self.by_id[item.head], self.by_id[item.tail]
                parts = (span.layer, item.label, tail.layer, str(tail.start), str(tail.end))
                value = ">".join(map(escape_cell, parts))
            else:
                continue
            self.at_span.setdefault((item.layer, span.start), []).append(value)

    def continued(self, place: int) -> list[str]:
        """The layers of the spans that start before a place and end after it."""
        return [escape_cell(span.layer) for span in self.spans if span.start < place < span.end]

    def cell(self, layer: Layer, place: int, first: bool) -> str:
        """The cell of a layer for the token at a place; ``first``: whether it is the first token of its sentence."""
        if layer.kind != "span":
            return ",".join(self.at_span.get((layer.name, place), [EMPTY]))
        spans = self.of_layer.get(layer.name, [])
        number = bisect_right(spans, place, key=lambda span: span.start) - 1
        if number < 0 or place >= spans[number].end:
            return OUTSIDE
        return f"{'B' if first or place == spans[number].start else 'I'}-{escape_cell(spans[number].label)}"


def _without_overlaps(spans: Iterable[Span]) -> dict[str, list[Span]]:
    """The spans of each layer in text order. Of overlapping spans, the first is kept; of spans with the same start, the longest:
    a BIO column has one label per token.
    """
    stripped = []
    for span in spans:
        if words := span.quote.strip():
            start = span.start + len(span.quote) - len(span.quote.lstrip())
            stripped.append(replace(span, start=start, end=start + len(words), quote=words))
    kept: dict[str, list[Span]] = {}
    for span in sorted(stripped, key=lambda span: (span.start, -span.end)):
        of_layer = kept.setdefault(span.layer, [])
        if not of_layer or span.start >= of_layer[-1].end:
            of_layer.append(span)
    return kept


def escape_cell(text: str) -> str:
    """A value without the characters that end a cell or separate values; a lone ``_``, which means "empty", is escaped too."""
    return re.sub(r"[\s%,>|]|^_$", lambda match: quote(match[0], safe="") if match[0] != "_" else "%5F", text)
