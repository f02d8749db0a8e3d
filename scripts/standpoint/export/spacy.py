"""spaCy's DocBin: ``articles.spacy``, one Doc per article, its spans in ``doc.spans[layer]``, everything in ``doc.user_data``.

``doc.text`` is the unchanged text of the article. Tokens are divided where a span starts or ends, so that each annotated span
is a spaCy span. ``doc.user_data["standpoint"]`` is the article's line in the format jsonl, with answers and links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import regex

from standpoint.codebook.types import Codebook
from standpoint.core.model import Span, needs_extra
from standpoint.export import ExportedArticle

LOSS = ""
NAME = "articles.spacy"
KEY = "standpoint"
PIECE = regex.compile(r"\w+|[^\w\s]\p{M}*|\s+")


def write(articles: Iterable[ExportedArticle], codebook: Codebook, folder: Path) -> None:
    with needs_extra("formats", "this format"):
        import spacy
    vocab = spacy.vocab.Vocab()
    docs = spacy.tokens.DocBin(store_user_data=True)
    for article in articles:
        docs.add(_doc(article, vocab, spacy))
    docs.to_disk(folder / NAME)


def _doc(article: ExportedArticle, vocab: Any, spacy: Any) -> Any:
    spans = [item for item in article.annotations if isinstance(item, Span)]
    pieces = list(_pieces(article.text, {span.start for span in spans}, {span.end for span in spans}))
    doc = spacy.tokens.Doc(vocab, words=[words for _, words, _ in pieces], spaces=[space for *_, space in pieces])
    token_at_start = {start: number for number, (start, *_) in enumerate(pieces)}
    token_after_end = {start + len(words): number + 1 for number, (start, words, _) in enumerate(pieces)}
    for layer in dict.fromkeys(span.layer for span in spans):
        doc.spans[layer] = [
            spacy.tokens.Span(doc, token_at_start[span.start], token_after_end[span.end], label=span.label, span_id=span.id)
            for span in spans
            if span.layer == layer
        ]
    doc.user_data[KEY] = msgspec.json.encode(article).decode()
    return doc


def _pieces(text: str, starts: set[int], ends: set[int]) -> Iterator[tuple[int, str, bool]]:
    """Tokens whose concatenation is the text: start, characters, and whether one space follows.

    spaCy stores a single space as a flag of the token before it. A space at the start or end of a span must be a token,
    because a spaCy span cannot start or end inside a token.
    """
    edges = sorted({0, len(text), *starts, *ends, *(place for match in PIECE.finditer(text) for place in match.span())})
    pieces = [(start, text[start:end]) for start, end in pairwise(edges)]
    is_flag = False  # whether this piece is the space that the token before it has as a flag
    for (start, words), (next_start, next_words) in zip(pieces, [*pieces[1:], (len(text), "")], strict=True):
        if is_flag:
            is_flag = False
            continue
        is_flag = next_words == " " and next_start not in starts and next_start + 1 not in ends
        yield start, words, is_flag
