"""CoNLL-U Plus: ``articles.conllup``, one token per line, one column per span layer, answer about spans, and kind of link.

The first line names the columns (universaldependencies.org, CoNLL-U Plus). The column of a span layer has BIO labels, with
one piece of the span per sentence. Where nobody could annotate, or a conflict is open, it has ``_``, as the format has for what
is not given: ``O`` would be a negative example that nobody gave. The other columns have, at the first token of a span, its
answers, and its links as ``layer>label>layer>start>end``. MISC has the place of each token in the text of the article,
``TokenRange=start:end``, in code points, half-open; ``SpaceAfter=No`` or ``SpacesAfter=\n\n`` where no single space follows, as
in UDPipe; ``Continues=layer`` where a piece continues a span of the sentence before.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from msgspec.structs import replace

from standpoint.codebook.types import Codebook, Layer
from standpoint.core.files import unpacked
from standpoint.core.model import Annotation, Choice, Issue, Relation, Span, choice_id, in_reading_order, needs_extra, relation_id
from standpoint.formats import Account, Document, Names, Place, Read
from standpoint.formats._tokens import TAG, Growing, Token, escape_cell, spans_in, tokens, undecided, without_overlaps

LOSS = (
    "answers about the article or about an actor, annotation ids, the other fields of the article but for its split, all but "
    "the first of overlapping spans of one layer, blanks at the ends of spans, spans of blanks only, and the annotations that "
    "refer to spans that are not carried"
)
NAME = "articles.conllup"
FILES = f"`{NAME}`"
EMPTY, OUTSIDE = "_", "O"
EMPTY_CELLS = (None, EMPTY, "*")  # the last is PARSEME's
SPACES = {" ": r"\s", "\n": r"\n", "\t": r"\t", "\r": r"\r"}


def columns_of(codebook: Codebook) -> dict[str, Layer]:
    """The columns after ID, FORM and MISC: span layers, answers about spans, and links."""
    spans = [layer for layer in codebook.layers if layer.kind == "span"]
    answers = [other for layer in spans for other in codebook.attributes_of(layer.name)]
    links = [layer for layer in codebook.layers if layer.kind == "relation"]
    names: Names[str] = Names(replaced="[^A-Za-z0-9_]")
    return {f"STANDPOINT:{names.of(layer.name, layer.name).upper()}": layer for layer in (*spans, *answers, *links)}


def write(articles: Iterable[Document], codebook: Codebook, folder: Path) -> Account:
    account = Account()
    columns = columns_of(codebook)
    with (folder / NAME).open("wb") as file:
        file.write(f"# global.columns = ID FORM MISC {' '.join(columns)}\n".encode())
        for article in articles:
            cells = Cells(article, codebook)
            file.writelines(f"{line}\n".encode() for line in _lines(article, cells, list(columns.values())))
            account.carry(article, cells.carried)
    return account


def _lines(article: Document, cells: Cells, columns: list[Layer]) -> Iterator[str]:
    text = article.text
    sentences = list(_sentences(article, [place for span in cells.spans for place in (span.start, span.end)]))
    starts = [start for _, places in sentences for start, _ in places] + [len(text)]
    yield f"# newdoc id = {article.id}"
    if article.split:
        yield f"# split = {article.split}"
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
            row = (cells.cell(layer, start, end, place == 1) for layer in columns)
            yield "\t".join([str(place), text[start:end], "|".join(misc), *row])
        yield ""


def _sentences(article: Document, cuts: list[int]) -> Iterator[tuple[Place | None, list[Place]]]:
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

    def __init__(self, article: Document, codebook: Codebook) -> None:
        self.of_layer = without_overlaps(article)
        layers = [layer.name for layer in codebook.layers if layer.kind == "span"]
        self.is_undecided = {name: undecided(article, codebook, name) for name in layers}
        self.spans = [span for spans in self.of_layer.values() for span in spans]
        self.by_id = {span.id: span for span in self.spans}
        self.carried = set(self.by_id)  # the ids of the annotations that the cells have
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
            self.carried.add(item.id)
            self.at_span.setdefault((item.layer, span.start), []).append(value)

    def continued(self, place: int) -> list[str]:
        """The layers of the spans that start before a place and end after it."""
        return [escape_cell(span.layer) for span in self.spans if span.start < place < span.end]

    def cell(self, layer: Layer, place: int, end: int, first: bool) -> str:
        """The cell of a layer for the token at a place; ``first``: whether it is the first token of its sentence."""
        if layer.kind != "span":
            return ",".join(self.at_span.get((layer.name, place), [EMPTY]))
        spans = self.of_layer.get(layer.name, [])
        number = bisect_right(spans, place, key=lambda span: span.start) - 1
        if number < 0 or place >= spans[number].end:
            return EMPTY if self.is_undecided[layer.name](place, end) else OUTSIDE
        return f"{'B' if first or place == spans[number].start else 'I'}-{escape_cell(spans[number].label)}"


suffixes = (".conllup", ".conllu")
UNIVERSAL = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")  # the columns of CoNLL-U
UNESCAPED = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "p": "|", "\\": "\\"}
HEAD = re.compile(  # after comments: what CoNLL-U says of files and sentences, or a line of ten columns
    rb"(?:#[^\n]*\n|\s+)*?(?:# ?global\.columns ?=|# (?:newdoc|newpar|sent_id|text)(?: id)? ?(?:=|\r?\n)|"
    rb"1(?:-\d+)?\t\S+(?:\t[^\t\n]*){8}\r?\n)"
)


def is_mine(head: bytes) -> bool:
    return HEAD.match(head) is not None


def read(path: Path, codebook: Codebook) -> Iterator[Read | Issue]:
    """The documents of CoNLL-U and CoNLL-U Plus."""
    with needs_extra("formats", "CoNLL-U"):
        import conllu
    ours = {name.lower(): layer for name, layer in columns_of(codebook).items()}
    document: Growing | None = None
    number = 0
    with TextIOWrapper(unpacked(path), encoding="utf-8-sig", newline="\n") as file:
        sentences = conllu.parse_incr(file)
        while True:
            try:
                sentence = next(sentences, None)
            except conllu.exceptions.ParseException as error:
                yield Issue(f"{path} sentence {number + 1}", "DOCUMENT-FORMAT", f"{error}; the file is not read further")
                return
            if sentence is None:
                break
            number += 1
            about = sentence.metadata
            starts = "newdoc id" in about or "newdoc" in about
            if document is None or starts:
                if document:
                    yield _universal_document(document, ours)
                name = about.get("newdoc id") or (
                    f"{path.name.partition('.')[0]}-{number}" if starts else path.name.partition(".")[0]
                )
                document = Growing(f"{path} sentence {number}", name)
            elif any(key.startswith("newpar") for key in about) and document.gap == " ":
                document.gap = "\n\n"
            _add_sentence(document, sentence, about)
    if document:
        yield _universal_document(document, ours)


def _add_sentence(document: Growing, sentence: Any, about: Mapping[str, str]) -> None:
    is_first = True
    inside = 0  # the last word of a token that is divided into words, as in "don't": they share its place
    begun = len(document.tokens)
    for word in sentence:
        form, identity, misc = word.get("form"), word.get("id"), word.get("misc") or {}
        if form is None:
            document.broken = "it has no column FORM"
            return
        if len(word) != len(sentence[0]):
            document.broken = document.broken or f"{form!r} has {len(word)} columns, should have {len(sentence[0])}"
        cells = {name: str(value) for name, value in word.items() if name not in UNIVERSAL and value not in EMPTY_CELLS}
        if isinstance(identity, int) and identity <= inside:
            token = document.tokens[-1]
            token.cells = token.cells | {name: cell for name, cell in cells.items() if name not in token.cells}
            continue
        if isinstance(identity, tuple) and identity[1] == ".":
            continue  # an empty node, which is not in the text
        if isinstance(identity, tuple):
            inside = identity[2]
        continues = tuple(unquote(name) for name in (misc.get("Continues") or "").split(",") if name)
        document.gap += _spaces_in(misc.get("SpacesBefore") or "")
        document.add(form, cells, is_first, continues)
        is_first = False
        document.gap = "" if misc.get("SpaceAfter") == "No" else _spaces_in(misc.get("SpacesAfter") or r"\s")
    if place := re.fullmatch(r"([0-9]{1,9}):([0-9]{1,9})", about.get("sentence_range") or ""):
        document.sentences.append((int(place[1]), int(place[2])))
    # Of our own files, what has an id and no range is between two sentences.
    elif "sent_id" not in about or not about["sent_id"].startswith(f"{document.name}-"):
        document.sentences += [(token.start, document.length) for token in document.tokens[begun : begun + 1]]


def _spaces_in(written: str) -> str:
    return re.sub(r"\\(u(....)|.)", lambda match: chr(int(match[2], 16)) if match[2] else UNESCAPED.get(match[1], ""), written)


def _universal_document(document: Growing, ours: Mapping[str, Layer]) -> Read | Issue:
    if document.broken:
        return Issue(document.where, "DOCUMENT-FORMAT", f"{document.broken}; the document is refused")
    text = document.text
    names = list(dict.fromkeys(name for token in document.tokens for name in token.cells))
    spans: dict[tuple[str, int], Span] = {}
    unsaid: Counter[str] = Counter()
    links: list[Annotation] = []
    rest: list[tuple[str, Token]] = []
    for name in names:
        cells = [(token, token.cells[name]) for token in document.tokens if name in token.cells]
        layer = ours.get(name)
        if (layer and layer.kind == "span") or (not layer and all(TAG.fullmatch(cell) for _, cell in cells)):
            title = layer.name if layer else name.partition(":")[2] or name
            for token, _ in cells:
                token.continues = tuple(name if title == one else one for one in token.continues)
            for span in spans_in(document, text, name, title)[0]:
                spans[title, span.start] = replace(span, id=f"{title}-{span.start}-{span.end}")
        elif layer:
            rest += [(name, token) for token, _ in cells]
        else:
            unsaid[name] = len(cells)
    for name, token in rest:
        for cell in token.cells[name].split(","):
            if made := _said_of(ours[name], cell, spans, token.start):
                links.append(made)
            else:
                unsaid[name] += 1
    annotations = tuple(in_reading_order([*spans.values(), *links]))
    read = Document(document.name, text, tuple(document.sentences), annotations)
    return Read(where=document.where, document=read, unsaid=dict(unsaid))


def _said_of(layer: Layer, cell: str, spans: Mapping[tuple[str, int], Span], place: int) -> Annotation | None:
    """The answer or link in a cell; None if a span that it needs is not there."""
    if layer.kind != "relation":
        about, label = spans.get((layer.of, place)), unquote(cell)
        identity = choice_id(about.id, layer.name, label, layer.multiple) if about else ""
        return Choice(id=identity, layer=layer.name, label=label, of=about.id) if about else None
    parts = [unquote(part) for part in cell.split(">")]
    if len(parts) != 5 or not parts[3].isdecimal():
        return None
    head, tail = spans.get((parts[0], place)), spans.get((parts[2], int(parts[3])))
    if not head or not tail:
        return None
    identity = relation_id(head.id, layer.name, parts[1], tail.id)
    return Relation(id=identity, layer=layer.name, label=parts[1], head=head.id, tail=tail.id)
