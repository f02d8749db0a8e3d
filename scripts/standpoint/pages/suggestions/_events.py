"""Which words of a text may be an event: a place in a sentence without an event is not marked (guidelines, 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from standpoint.codebook.examples import inflected, phrases_of
from standpoint.codebook.types import Codebook
from standpoint.core.model import Article
from standpoint.pages.suggestions._place_units import BEFORE, EVENTS

TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[^\W\d_]+(?:[-‘’'`ʿʼ][^\W\d_]+)*|\d+(?:[.,]\d+)*|[^\w\s]")
POSSESSIVE = re.compile(r"[’'`][sS]$")
FEW = 0.01  # of the words: an article with fewer events is about something else, such as a visit or a law
SHORT = 30  # words: too few to see what else an article is about
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
    """The words of a text, which phrases are events in it, and the numbers of its sentences that may have one."""

    words: Sequence[Word]
    events: Events
    with_event: frozenset[int]


def read_words(article: Article, codebook: Codebook, places: str) -> Words:
    """The words of an article, and its sentences that may have an event whose place is in the layer ``places``."""
    return _read(article.text or "", article.sentences, event_phrases(codebook, places))


@lru_cache(maxsize=1)  # the sources of suggestions ask one after the other
def _read(text: str, sentences: tuple[tuple[int, int], ...], events: Events) -> Words:
    words = tuple(_words_of(text, sentences))
    found = [at for at in range(len(words)) if begins_event(words, at, events)]
    sure_events = _sure(events)
    sure = [at for at in found if begins_event(words, at, sure_events)]
    count = sum(word.text[0].isalpha() for word in words)
    if count > SHORT and len(sure) < FEW * count:
        found, events = sure, sure_events
    return Words(words, events, frozenset(words[at].sentence for at in found))


def _words_of(text: str, sentences: Sequence[tuple[int, int]]) -> Iterator[Word]:
    """The words of each sentence. A possessive 's is no part of its word."""
    for number, (start, end) in enumerate(sentences or ((0, len(text)),)):
        for match in TOKEN.finditer(text, start, end):
            word = POSSESSIVE.sub("", match.group()) or match.group()
            yield Word(match.start(), match.start() + len(word), word, word.lower(), number, word != match.group())


@lru_cache(maxsize=8)
def event_phrases(codebook: Codebook, places: str) -> Events:
    """The words of the events that may have a link to the layer ``places``, in lower case; empty without a lexicon.

    They are the words of the lexicon and of the examples, and English forms that both may not have. Left out are those of
    their forms that are no events.
    """
    heads = {layer.head for layer in codebook.layers if layer.ends_on(places)}
    labels = [label for layer in codebook.layers if layer.name in heads for label in layer.labels]
    phrases = {phrase for label in labels for phrase in phrases_of(label)}
    more = {(word,) for word in BEFORE["events"] | BEFORE["irregular"]}
    return frozenset((phrases | more) - {(word,) for word in EVENTS["never"]} if phrases else ())


@lru_cache(maxsize=8)
def _sure(events: Events) -> Events:
    """The phrases without the words that news about anything else has too: "meet", "supply"."""
    everyday = {phrase for word in EVENTS["everyday"] for phrase in inflected(word)}
    return events - everyday - {(word,) for word in EVENTS["everyday_forms"]}


def begins_event(words: Sequence[Word], at: int, events: Events) -> bool:
    """Whether an event may begin with a word."""
    if at + 1 < len(words) and words[at + 1].low in EVENTS["things"]:
        return False
    return any(tuple(word.low for word in words[at : at + count]) in events for count in (1, 2, 3))
