"""CoNLL-2003 and its like: one token per line, the labels of spans in the last column, ``-DOCSTART-`` before each document.

Columns have blanks or tabs between them. The labels are BIO, IOB, BIOES or BILOU. The format does not have the blanks of the
text, so the text is the tokens with single spaces, and a blank line between sentences.

Written are a folder for each span layer and in it a file for each split, with the four columns of CoNLL-2003: the token, ``-X-``
and ``O`` for the part of speech and the phrase, which nobody annotated, and the label in BIO (IOB2). A layer whose labels are
actors has its name as the label. Tokens in a span of an open conflict have the label ``UNDECIDED``: they are no spans, and no
negative examples either. A line that is empty ends a sentence; sentences are joined where a span runs over several. The
documents stand in the order of splits.tsv, because the format has no place for their ids.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path

from standpoint.codebook.types import Codebook
from standpoint.core.files import unpacked
from standpoint.core.model import Issue, Span, StandpointError, in_reading_order
from standpoint.formats import Account, Document, Names, Read, files_in
from standpoint.formats._tokens import TAG, Growing, escape_cell, spans_in, tokens, undecided, windows, without_overlaps

LOSS = (
    "all but the split and the spans, in files for each layer; all but the first of overlapping spans of one layer, which "
    "actor a mention names, spans of blanks only, the blanks of the text, and text that could not be annotated"
)
FILES = "`<layer>/<split>.conll`"
suffixes = (".conll", ".iob", ".iob2", ".bio")
DOCUMENT_START = "-DOCSTART-"
FIRST_LINE = f"{DOCUMENT_START} -X- O O\n\n"  # exactly so: spaCy divides documents by it
TOGETHER = ("TEXT-TOGETHER", "nothing in the file divides documents, so it is read as one")
DETOKENISED = ("TEXT-TOKENS", "the format has no blanks: the text is its tokens with single spaces, and a line for each sentence")
UNDECIDED, OUTSIDE = "UNDECIDED", "O"
LEFT_OUT = ("LABEL-UNDECIDED", f"{UNDECIDED} is no label: it marks what nobody decided")
MOST_LABELS = 1000  # of a column


def write(articles: Iterable[Document], codebook: Codebook, folder: Path) -> Account:
    account, names = Account(), Names[str](replaced=r"[^\w-]")
    layers = {layer.name: layer for layer in codebook.layers if layer.kind == "span"}
    with files_in(folder) as file:
        for article in articles:
            kept = without_overlaps(article)
            spans = [span for of_layer in kept.values() for span in of_layer]
            cuts = [edge for span in spans for edge in (span.start, span.end)]
            places = [list(tokens(article.text, start, end, cuts)) for start, end in windows(article, codebook, spans)]
            for name, layer in layers.items():
                out = file(names.of(name, name), f"{article.split or 'articles'}.conll")
                out.write(FIRST_LINE.encode())
                label = _label_of(kept.get(name, ()), "" if layer.labels else name)
                is_undecided = undecided(article, codebook, name)
                for place in filter(None, places):
                    labels: list[str] = []
                    for start, end in place:
                        open_label = f"{'I' if labels and labels[-1].endswith(UNDECIDED) else 'B'}-{UNDECIDED}"
                        labels.append(label(start) or (open_label if is_undecided(start, end) else OUTSIDE))
                    rows = zip(place, labels, strict=True)
                    lines = (f"{article.text[start:end]} -X- O {name}\n" for (start, end), name in rows)
                    out.write("".join([*lines, "\n"]).encode())
            account.carry(article, {span.id for span in spans})
    return account


def _label_of(spans: Sequence[Span], name: str) -> Callable[[int], str]:
    """A function that gives the label of the token at a place, "" outside spans. ``name``: in place of the spans' labels."""

    def label(place: int) -> str:
        number = bisect_right(spans, place, key=lambda span: span.start) - 1
        if number < 0 or place >= spans[number].end:
            return ""
        return f"{'B' if place == spans[number].start else 'I'}-{escape_cell(name or spans[number].label)}"

    return label


def is_mine(head: bytes) -> bool:
    """Whether a file begins with the mark of a document, or its lines are those of tokens with labels."""
    if head.startswith(DOCUMENT_START.encode()):
        return True
    lines = [line.split() for line in head.decode("utf-8", "replace").split("\n")[:-1]]
    filled = [line for line in lines if line and line[0] != "#"]
    return (
        len(filled) > 1
        and all(len(line) > 1 and TAG.fullmatch(line[-1]) for line in filled)
        and any(line[-1][:2] in ("B-", "I-", "S-", "U-") for line in filled)
    )


def read(path: Path, codebook: Codebook) -> Iterator[Read | Issue]:
    columns, unread, width = _label_columns(path, codebook)
    remarks = [DETOKENISED, *(("COLUMN-UNREAD", f"column {number} has labels too, and is not read") for number in unread)]
    name = path.name.partition(".")[0]
    document, is_only = Growing(f"{path}:1", name), True
    is_new = True  # a sentence begins
    with _opened(path) as file:
        for number, line in enumerate(file, 1):
            cells = _cells(line)
            if cells[:1] == [DOCUMENT_START]:
                yield from _finished(document, columns, remarks)
                document, is_only = Growing(f"{path}:{number}", f"{name}-{number}"), False
            elif not cells:
                is_new = True
            elif len(cells) != width:
                problem = f"line {number} has {len(cells)} columns, should have {width} as most lines have"
                document.broken = document.broken or problem
            else:
                if document.tokens:
                    document.gap = "\n\n" if is_new else " "
                document.add(cells[0], {str(column): cells[column] for column in columns}, is_new)
                is_new = False
    yield from _finished(document, columns, [*remarks, TOGETHER] if is_only else remarks)


def _opened(path: Path) -> TextIOWrapper:
    return TextIOWrapper(unpacked(path), encoding="utf-8-sig", newline="\n")


def _cells(line: str) -> list[str]:
    """The columns of a line; none of an empty line or a comment."""
    line = line.rstrip("\r\n")
    if not line.strip() or (line.startswith("#") and TAG.fullmatch(line.split()[-1]) is None):
        return []
    return line.split("\t") if "\t" in line else line.split()


def _label_columns(path: Path, codebook: Codebook) -> tuple[list[int], list[int], int]:
    """The columns with labels that are read, those that are not, from 1, and the number of columns.

    The last column is read, and each other whose labels the codebook knows. CoNLL-2003 labels phrases in the third column in the
    same way.
    """
    known = {label for layer in codebook.layers if layer.kind == "span" for label in layer.label_names}
    widths: Counter[int] = Counter()
    labels: dict[tuple[int, int], set[str]] = {}  # of each column that has only labels, by the width of its lines
    others: set[tuple[int, int]] = set()
    with _opened(path) as file:
        for cells in map(_cells, file):
            if cells and cells[0] != DOCUMENT_START:
                widths[len(cells)] += 1
                for number, cell in enumerate(cells[1:], 1):
                    if (key := (len(cells), number)) in others:
                        continue
                    if TAG.fullmatch(cell) is None:
                        others.add(key)
                    elif len(labels.setdefault(key, set())) < MOST_LABELS:
                        labels[key].add(cell[2:])
    width = widths.most_common(1)[0][0] if widths else 0
    found = [number for number in range(1, width) if (width, number) not in others and labels[width, number] - {""}]
    if widths and (width < 2 or (width, width - 1) in others):
        message = f"{path}: its last column should have labels such as B-PER, I-PER and O"
        raise StandpointError(message, "reorder its columns, the token first and the labels last")
    columns = [number for number in found if number == width - 1 or labels[width, number] & known]
    return columns, [number + 1 for number in found if number not in columns], width


def _finished(document: Growing, columns: Iterable[int], remarks: Sequence[tuple[str, str]]) -> Iterator[Read | Issue]:
    if document.broken:
        yield Issue(document.where, "DOCUMENT-FORMAT", f"{document.broken}; the document is refused")
    elif document.tokens:
        spans, text, late = list[Span](), document.text, 0
        for column in map(str, columns):
            found, inside = spans_in(document, text, column, "")
            spans += (span for span in found if span.label != UNDECIDED)
            remarks = [*remarks, *([LEFT_OUT] if any(span.label == UNDECIDED for span in found) else ())]
            late += inside
        if late:
            remarks = [*remarks, ("LABEL-INSIDE", "spans that begin with I- begin there, as in IOB; in BIO it is a mistake")]
        read = Document(document.name, text, (), tuple(in_reading_order(spans)))
        yield Read(where=document.where, document=read, remarks=tuple(remarks))
