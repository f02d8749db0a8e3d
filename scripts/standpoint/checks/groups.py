"""Whether near-duplicates are kept together."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.checks._corpus import Corpus
from standpoint.checks._table import note

SCOPE = "corpus"
Found = Iterator[tuple[str, str]]


@note
def article_group(corpus: Corpus) -> Found:
    """a group of near-duplicates is called after one of its articles

    Why: the group is what keeps near-duplicates in one split; under a name that is no member, a later copy may miss it.
    Fix: nothing, where the article of that name was taken out on purpose; else run standpoint ingest again.
    """
    for article_id, known in corpus.articles.items():
        head = known.group
        if head and head != article_id and (corpus.missing(head) or corpus.articles.get(head, known).group != head):
            yield article_id, f"group {head}, " + ("no such article" if corpus.missing(head) else "which is in another group")


@note
def article_same(corpus: Corpus) -> Found:
    """a text is one article's

    Why: a text under two ids is annotated twice and counts twice; in two splits, it leaks.
    Fix: take one of the two out, with its sets; standpoint ingest keeps the first.
    """
    first: dict[str, str] = {}
    for article_id, known in corpus.articles.items():
        if first.setdefault(known.sha256, article_id) != article_id:
            yield article_id, f"the same text as {first[known.sha256]}"
