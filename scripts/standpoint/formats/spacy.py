"""spaCy's DocBin: ``articles.spacy``, one Doc per article, its spans in ``doc.spans[layer]``, everything in ``doc.user_data``.

``doc.text`` is the unchanged text of the article. Tokens are divided where a span starts or ends, so that each annotated span
is a spaCy span. ``doc.user_data["standpoint"]`` is the article's line in the format jsonl, with answers and links.

Of a DocBin that others made, ``doc.ents`` and ``doc.spans`` are spans, their entries in a knowledge base (``kb_id_``) are answers
about them, and ``doc.cats`` are answers about the document, where their score is above 0.5.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import regex
from msgspec.structs import replace

from standpoint.codebook.types import Codebook
from standpoint.core.model import (
    Annotation,
    Choice,
    Issue,
    Relation,
    Span,
    StandpointError,
    choice_id,
    in_reading_order,
    needs_extra,
)
from standpoint.formats import Account, Document, Read

LOSS = ""
NAME = "articles.spacy"
FILES = f"`{NAME}`"
KEY = "standpoint"
PIECE = regex.compile(r"\w+|[^\w\s]\p{M}*|\s+")


def write(articles: Iterable[Document], codebook: Codebook, folder: Path) -> Account:
    with needs_extra("formats", "this format"):
        import spacy
    vocab = spacy.vocab.Vocab()
    docs = spacy.tokens.DocBin(store_user_data=True)
    for article in articles:
        docs.add(_doc(article, vocab, spacy))
    docs.to_disk(folder / NAME)
    return Account()


def _doc(article: Document, vocab: Any, spacy: Any) -> Any:
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


suffixes = (".spacy",)
ENTITIES = "ents"  # the layer of ``doc.ents``
CHOSEN = 0.5  # the score of a category from which on it is chosen


def is_mine(head: bytes) -> bool:
    """Whether a file is packed as spaCy packs it, and has the key with which its content begins."""
    try:
        return b"version" in zlib.decompressobj().decompress(head, 64)
    except zlib.error:
        return False


def read(path: Path, codebook: Codebook) -> Iterator[Read | Issue]:
    with needs_extra("formats", "this format"):
        import spacy
    try:
        docs = list(spacy.tokens.DocBin().from_bytes(path.read_bytes()).get_docs(spacy.vocab.Vocab()))
    except OSError:
        raise
    except Exception as error:  # whatever msgpack, zlib and spaCy raise
        raise StandpointError(
            f"{path}: is no DocBin of spaCy: {error}".replace("\n", " "), "write it again with DocBin.to_disk"
        ) from None
    for number, doc in enumerate(docs, 1):
        yield _read(f"{path} document {number}", f"{path.stem}-{number}", doc)


def _read(where: str, name: str, doc: Any) -> Read:
    ours = _kept(doc)
    spans: dict[str, Span] = {}
    others: dict[str, Annotation] = {}
    repeated: Counter[str] = Counter()
    for layer, group in [(ENTITIES, doc.ents), *doc.spans.items()]:
        for item in group:
            identity = f"{layer}-{item.start_char}-{item.end_char}-{item.label_}"
            if item.id_ and item.id_ not in spans and layer != ENTITIES:  # there it is the name of what is mentioned
                identity = item.id_
            elif identity in spans:
                repeated[item.label_] += 1
                continue
            span = Span(id=identity, layer=layer, label=item.label_, start=item.start_char, end=item.end_char, quote=item.text)
            spans[identity] = span
            if item.kb_id_:
                entry = choice_id(identity, "kb_id", item.kb_id_, multiple=False)
                others[entry] = Choice(id=entry, layer="kb_id", label=item.kb_id_, of=identity)
    for label, score in doc.cats.items():
        if score > CHOSEN:
            entry = choice_id("", "cats", label, multiple=True)
            others[entry] = Choice(id=entry, layer="cats", label=label)
    unsaid = Counter({f"{label}, again at its place,": count for label, count in repeated.items()})
    unsaid.update(str(key[1]) for key in doc.user_data if isinstance(key, tuple) and len(key) > 1)  # extensions of users
    kept_spans = {item.id for item in ours.annotations if isinstance(item, Span)} if ours else set()
    for item in ours.annotations if ours else ():
        about = [item.of] if isinstance(item, Choice) else [item.head, item.tail] if isinstance(item, Relation) else []
        if isinstance(item, Span):
            now = spans.get(item.id)
            if now and (now.layer, now.label, now.start, now.end) == (item.layer, item.label, item.start, item.end):
                spans[item.id] = item
        elif all(one in spans or one not in kept_spans for one in about):
            others[item.id] = item
        else:
            unsaid[f"{item.layer}, about a span that was removed,"] += 1
    annotations = tuple(in_reading_order([*spans.values(), *others.values()]))
    document = replace(ours, annotations=annotations) if ours else Document(name, doc.text, (), annotations)
    return Read(where=where, document=document, unsaid=dict(unsaid))


def _kept(doc: Any) -> Document | None:
    """The article that ``write`` has kept in a document; None in a document of others."""
    try:
        kept = msgspec.json.decode(doc.user_data.get(KEY, ""), type=Document)
    except (msgspec.DecodeError, TypeError):
        return None
    return kept if kept.text == doc.text else None
