"""spaCy's DocBin: ``articles.spacy``, a Doc an article, its spans in ``doc.spans[layer]``, all of it in ``doc.user_data``.

``doc.text`` is the article's text, character by character; tokens are cut where a span begins or ends, so that every span
is one of spaCy's. ``doc.user_data["standpoint"]`` is the JSON line of the format jsonl: answers and links are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import regex

from standpoint.codebook.types import Codebook
from standpoint.core.model import Span
from standpoint.export import Exported, needed
from standpoint.export.jsonl import Line

LOSS = ""
NAME = "articles.spacy"
KEY = "standpoint"
PIECE = regex.compile(r"\w+|[^\w\s]\p{M}*|\s+")


def write(articles: Iterable[Exported], codebook: Codebook, folder: Path) -> None:
    """One file."""
    spacy = needed("spacy")
    vocab = spacy.blank("xx").vocab
    docs = spacy.tokens.DocBin(store_user_data=True)
    for one in articles:
        docs.add(_doc(one, vocab, spacy))
    docs.to_disk(folder / NAME)


def _doc(one: Exported, vocab: Any, spacy: Any) -> Any:
    spans = [item for item in one.annotations if isinstance(item, Span)]
    pieces = list(_pieces(one.text, {span.start for span in spans}, {span.end for span in spans}))
    doc = spacy.tokens.Doc(vocab, words=[words for _, words, _ in pieces], spaces=[space for *_, space in pieces])
    begins = {start: number for number, (start, *_) in enumerate(pieces)}
    ends = {start + len(words): number + 1 for number, (start, words, _) in enumerate(pieces)}
    for layer in dict.fromkeys(span.layer for span in spans):
        doc.spans[layer] = [
            spacy.tokens.Span(doc, begins[span.start], ends[span.end], label=span.label, span_id=span.id)
            for span in spans
            if span.layer == layer
        ]
    line = Line(one.id, one.text, list(one.sentences), list(one.annotations), dict(one.about))
    doc.user_data[KEY] = msgspec.json.encode(line).decode()
    return doc


def _pieces(text: str, starts: set[int], ends: set[int]) -> Iterator[tuple[int, str, bool]]:
    """Tokens that are the text when they are put together: start, characters, and whether one blank follows."""
    edges = sorted({0, len(text), *starts, *ends, *(place for match in PIECE.finditer(text) for place in match.span())})
    found = [(start, text[start:end]) for start, end in zip(edges, edges[1:], strict=False)]
    swallowed = False
    for (start, words), (after, following) in zip(found, [*found[1:], (len(text), "")], strict=True):
        if swallowed:
            swallowed = False
            continue
        # A blank that a span begins with, or ends with, is a token of its own.
        swallowed = following == " " and after not in starts and after + 1 not in ends
        yield start, words, swallowed


def read(folder: Path, codebook: Codebook) -> Iterator[Exported]:
    """The articles, from what each Doc carries."""
    spacy = needed("spacy")
    docs = spacy.tokens.DocBin(store_user_data=True).from_disk(folder / NAME)
    for doc in docs.get_docs(spacy.blank("xx").vocab):
        line = msgspec.json.decode(doc.user_data[KEY], type=Line)
        yield Exported(line.id, doc.text, tuple(line.sentences), tuple(line.annotations), line.about)
