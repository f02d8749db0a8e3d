"""CoNLL-U Plus: ``articles.conllup``, a token a line, a column of BIO labels for each span layer.

The columns are named in the first line (universaldependencies.org, CoNLL-U Plus). MISC has each token's place in the
article's text, ``TokenRange=start:end``, in code points, half-open; ``# article_id`` and ``# sent_id`` begin a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from standpoint.codebook.types import Codebook
from standpoint.model import Span, in_reading_order
from standpoint.publish.formats import Exported
from standpoint.publish.formats._words import tokens

LOSS = (
    "answers and links, the text between tokens (so that the text does not come back), ids, spans outside sentences, "
    "of spans of one layer that overlap all but the first, and of a span over several sentences the pieces' unity"
)
NAME = "articles.conllup"
EMPTY = "_"


def write(articles: Iterable[Exported], codebook: Codebook, folder: Path) -> None:
    """One file."""
    layers = [layer.name for layer in codebook.layers if layer.kind == "span"]
    columns = ["ID", "FORM", "MISC", *(f"STANDPOINT:{name.upper()}" for name in layers)]
    with (folder / NAME).open("wb") as file:
        file.write(f"# global.columns = {' '.join(columns)}\n".encode())
        for one in articles:
            file.writelines(line.encode() for line in _lines(one, layers))


def _lines(one: Exported, layers: list[str]) -> Iterator[str]:
    spans = [item for item in one.annotations if isinstance(item, Span)]
    rows = {layer: sorted((span for span in spans if span.layer == layer), key=lambda span: span.start) for layer in layers}
    cuts = [place for span in spans for place in (span.start, span.end)]
    for number, (start, end) in enumerate(one.sentences, 1):
        found = list(tokens(one.text, start, end, cuts))
        if found:
            yield f"# article_id = {one.id}\n# sent_id = {one.id}-{number}\n"
            for place, (left, right) in enumerate(found, 1):
                labels = [_label(left, right, start, rows[layer]) for layer in layers]
                yield "\t".join([str(place), one.text[left:right], f"TokenRange={left}:{right}", *labels]) + "\n"
            yield "\n"


def _label(left: int, right: int, sentence: int, spans: list[Span]) -> str:
    """The BIO label of a token; what began in an earlier sentence begins again."""
    span = next((one for one in spans if one.start < right and left < one.end), None)
    if span is None:
        return "O"
    return f"{'B' if left == max(span.start, sentence) or left == span.start else 'I'}-{span.label}"


def read(folder: Path, codebook: Codebook) -> Iterator[Exported]:
    """The articles' spans; the text has blanks wherever there was no token."""
    layers = {layer.name.upper(): layer.name for layer in codebook.layers if layer.kind == "span"}
    lines = iter((folder / NAME).read_bytes().decode().split("\n"))
    names = [layers[column.partition(":")[2]] for column in next(lines).partition("= ")[2].split()[3:]]
    found: dict[str, tuple[list, list]] = {}
    for line in lines:
        if line.startswith("# article_id = "):
            words, spans = found.setdefault(line.partition("= ")[2], ([], []))
        elif line and not line.startswith("#"):
            _, form, misc, *labels = line.split("\t")
            start, end = (int(number) for number in misc.partition("=")[2].split(":"))
            words.append((start, form))
            _take(start, end, dict(zip(names, labels, strict=True)), spans)
    for name, (words, spans) in found.items():
        text = _text(words)
        made = [
            Span(id=f"{layer}-{start}-{end}", layer=layer, label=label, start=start, end=end, quote=text[start:end])
            for layer, label, start, end in spans
        ]
        yield Exported(name, text, (), tuple(in_reading_order(made)))


def _take(start: int, end: int, labels: dict[str, str], spans: list) -> None:
    for layer, label in labels.items():
        sign, _, name = label.partition("-")
        last = next((place for place in range(len(spans) - 1, -1, -1) if spans[place][0] == layer), None)
        if sign == "B":
            spans.append((layer, name, start, end))
        elif sign == "I" and last is not None:
            spans[last] = (*spans[last][:3], end)


def _text(words: list[tuple[int, str]]) -> str:
    text = ""
    for start, form in words:
        text = text.ljust(start) + form
    return text
