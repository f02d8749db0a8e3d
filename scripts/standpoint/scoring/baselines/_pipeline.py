"""The steps from an article to predictions that `rules` and `trained` share. ``Decisions`` are those in which they differ.

Actors, places and times are the suggestions that annotators get too (registry and rules). They do not depend on labels, but
the registry was written with knowledge of the whole corpus. A trigger is a word, or several words in a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

from standpoint.codebook.types import Layer
from standpoint.core.model import Span
from standpoint.core.offsets import sentence_at
from standpoint.scoring.doc import Scheme
from standpoint.scoring.predictions import Predicted, PredictedChoice, PredictedRelation, PredictedSpan

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True)
class ArticleText:
    """An article without labels. ``suggest``: finds spans by the registry and by rules. ``until``: the end of the window.

    ``given``: the reference's spans of the layers that are given, by layer. ``actors``: by the name of a layer that asks about
    actors, those that it was asked about, for lookups.
    """

    id: str
    text: str
    sentences: Sequence[tuple[int, int]]
    until: int
    suggest: Callable[[], Iterable[Span]] = tuple
    given: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    source: str = ""
    actors: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def suggestions(self) -> Sequence[Span]:
        """The spans that ``suggest`` finds, which takes long: a baseline that does not ask does not wait."""
        return tuple(self.suggest())


class Word(NamedTuple):
    """A word, its offsets, and the index of its sentence."""

    text: str
    start: int
    end: int
    sentence: int


class Decisions(Protocol):
    """The decisions of a baseline. Labels are the codebook's, "" for none. A trigger is any span that it looks for."""

    scheme: Scheme

    def article(self, layer: Layer, words: Sequence[Word]) -> str:
        """The answer about the whole article."""

    def trigger(self, layer: Layer, words: Sequence[Word], at: int) -> tuple[str, int]:
        """The label of the trigger that begins with the word ``at``, "" for no trigger; and its number of words."""

    def role(self, layer: Layer, words: Sequence[Word], trigger: Word, mention: Span) -> bool:
        """Whether an actor that the sentence of a trigger mentions has the role."""

    def attribute(self, layer: Layer, words: Sequence[Word], trigger: Word) -> str:
        """The answer about a trigger, such as its status."""

    def scale(self, layer: Layer, words: Sequence[Word], sentences: frozenset[int]) -> Mapping[str, float]:
        """The share of each label for an actor that these sentences mention; shares sum to 1."""


def predict(text: ArticleText, baseline: Decisions) -> list[Predicted]:
    scheme, words = baseline.scheme, words_of(text)
    items: list[Predicted] = [_span(span.id, span.layer, span.label, span.start, span.end) for span in text.suggestions]
    for layer in scheme.article:
        if label := baseline.article(layer, words):
            items.append(PredictedChoice(layer=layer.name, label=label))
    for layer in scheme.marked:
        triggers = given_triggers(layer, words, text) if layer.name in text.given else _triggers(layer, words, baseline)
        spans = []
        for trigger, word in triggers:
            spans.append(trigger)
            items += [*([] if layer.name in text.given else [trigger]), *_answers(trigger.id, word, words, text, layer, baseline)]
        items += _links(layer, spans, text, scheme)
    targets = dict.fromkeys(span.label for span in mentions_of(text, scheme))
    for layer in scheme.scales:
        for actor in targets:
            shares = dict(baseline.scale(layer, words, sentences_naming(actor, text, scheme)))
            label = max(shares, key=lambda name: shares[name])
            items.append(PredictedChoice(layer=layer.name, label=label, of=actor, scores=shares))
    return items


def _triggers(layer: Layer, words: Sequence[Word], baseline: Decisions) -> Iterator[tuple[PredictedSpan, Word]]:
    """The triggers that a baseline finds, each with its first word."""
    next_free = 0  # the first word after the last span: spans do not overlap
    for at, word in enumerate(words):
        label, count = baseline.trigger(layer, words, at) if at >= next_free else ("", 1)
        if label:
            next_free = at + count
            yield _span(f"{layer.name}-{word.start}", layer.name, label, word.start, words[next_free - 1].end), word


def given_triggers(layer: Layer, words: Sequence[Word], text: ArticleText) -> Iterator[tuple[PredictedSpan, Word]]:
    """The given spans of a layer, each with the word that begins nearest to it: a span may begin in a word, or have none."""
    for span in text.given[layer.name] if words else ():
        word = min(words, key=lambda word: abs(word.start - span.start))
        yield _span(span.id, span.layer, span.label, span.start, span.end), word


def words_of(text: ArticleText, pattern: re.Pattern[str] = WORD) -> list[Word]:
    """The words in the annotation window that lie in a sentence."""
    words = []
    for match in pattern.finditer(text.text, 0, text.until):
        sentence = sentence_at(match.start(), text.sentences)
        if sentence >= 0:
            words.append(Word(match.group(), match.start(), match.end(), sentence))
    return words


def mentions_of(text: ArticleText, scheme: Scheme, sentence: int | None = None) -> list[Span]:
    """The suggestions of actors, in a sentence or in the whole text."""
    layers = {layer.name for layer in scheme.mentions}
    return [
        span for span in text.suggestions if span.layer in layers and sentence in (None, sentence_at(span.start, text.sentences))
    ]


def sentences_naming(actor: str, text: ArticleText, scheme: Scheme) -> frozenset[int]:
    """The sentences that mention an actor."""
    return frozenset(sentence_at(span.start, text.sentences) for span in mentions_of(text, scheme) if span.label == actor)


def _span(identity: str, layer: str, label: str, start: int, end: int) -> PredictedSpan:
    return PredictedSpan(id=identity, layer=layer, label=label, start=start, end=end)


def _answers(
    identity: str, word: Word, words: Sequence[Word], text: ArticleText, trigger: Layer, baseline: Decisions
) -> Iterator[PredictedChoice]:
    """The actors that have a role in a trigger's event, and the values about the trigger."""
    mentions = mentions_of(text, baseline.scheme, word.sentence)
    for layer in baseline.scheme.actor_roles(trigger):
        actors = [span.label for span in mentions if baseline.role(layer, words, word, span)]
        for actor in dict.fromkeys(actors if layer.multiple else actors[:1]):
            yield PredictedChoice(layer=layer.name, label=actor, of=identity)
    for layer in baseline.scheme.attributes(trigger):
        if value := baseline.attribute(layer, words, word):
            yield PredictedChoice(layer=layer.name, label=value, of=identity)


def _links(layer: Layer, spans: Sequence[PredictedSpan], text: ArticleText, scheme: Scheme) -> Iterator[PredictedRelation]:
    """Relations from the nearest trigger of its sentence to each place or time. Their labels are the tails', in lower case."""
    heads = [(sentence_at(span.start, text.sentences), span) for span in spans]
    for relation in scheme.links(layer):
        for tail in text.suggestions if heads else ():
            sentence, label = sentence_at(tail.start, text.sentences), tail.label.lower()
            candidates = [head for place, head in heads if place == sentence]
            if candidates and relation.ends_on(tail.layer) and label in relation.by_name:
                head = min(candidates, key=lambda span: (abs(span.start - tail.start), span.start))
                yield PredictedRelation(layer=relation.name, label=label, head=head.id, tail=tail.id)
