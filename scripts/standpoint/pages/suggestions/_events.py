"""Which words of a text may be an event: a place in a sentence without an event is not marked (guidelines, 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from standpoint.codebook.examples import phrases_of
from standpoint.codebook.types import Codebook
from standpoint.core.model import Article
from standpoint.pages.suggestions._place_units import BEFORE

TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[^\W\d_]+(?:[-‘’'`ʿʼ][^\W\d_]+)*|\d+(?:[.,]\d+)*|[^\w\s]")
POSSESSIVE = re.compile(r"[’'`][sS]$")
Events = frozenset[tuple[str, ...]]  # the phrases of events, in lower case


class Word(NamedTuple):
    """A word, a number or a mark; ``[start, end)`` in code points."""

    start: int
    end: int
    text: str
    low: str
    sentence: int
    possessive: bool


class Words(NamedTuple):
    """The words of a text, and the numbers of its sentences that may have an event."""

    words: Sequence[Word]
    with_event: frozenset[int]


def read_words(article: Article, events: Events) -> Words:
    """The words of an article, and its sentences with a phrase of ``events``."""
    return _read(article.text or "", article.sentences, events)


@lru_cache(maxsize=1)  # the sources of suggestions ask one after the other
def _read(text: str, sentences: tuple[tuple[int, int], ...], events: Events) -> Words:
    words = tuple(_words_of(text, sentences))
    return Words(words, frozenset(word.sentence for at, word in enumerate(words) if begins_event(words, at, events)))


def _words_of(text: str, sentences: Sequence[tuple[int, int]]) -> Iterator[Word]:
    """The words of each sentence. A possessive 's is no part of its word."""
    for number, (start, end) in enumerate(sentences or ((0, len(text)),)):
        for match in TOKEN.finditer(text, start, end):
            word = POSSESSIVE.sub("", match.group()) or match.group()
            yield Word(match.start(), match.start() + len(word), word, word.lower(), number, word != match.group())


@lru_cache(maxsize=8)
def event_phrases(codebook: Codebook, places: str) -> Events:
    """The words of the events that may have a link to the layer ``places``, in lower case; empty without a lexicon.

    They are the words of the lexicon and of the examples, and English forms that both may not have.
    """
    heads = {layer.head for layer in codebook.layers if layer.ends_on(places)}
    labels = [label for layer in codebook.layers if layer.name in heads for label in layer.labels]
    phrases = {phrase for label in labels for phrase in phrases_of(label)}
    more = {(word,) for word in BEFORE["events"] | BEFORE["irregular"]}
    return frozenset(phrases | more if phrases else ())


def begins_event(words: Sequence[Word], at: int, events: Events) -> bool:
    """Whether an event may begin with a word."""
    return any(tuple(word.low for word in words[at : at + count]) in events for count in (1, 2, 3))
