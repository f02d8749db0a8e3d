"""From an article to predictions: what both baselines do alike; where they differ they are asked (``Model``).

Actors, places and times are the suggestions that annotators are offered too (registry and rules): neither given nor learnt
from labels, but the registry was made with the whole corpus in view. Triggers are words, or some words in a row.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from standpoint.codebook.types import Layer
from standpoint.core.model import Span
from standpoint.scoring.doc import Scheme

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
MOST_TARGETS = 8  # actors that a scale is asked for at most: those of the headline, and those named twice


class Text(NamedTuple):
    """An article without labels. ``suggestions`` are spans of the registry and of rules; ``until`` ends the annotation window."""

    id: str
    text: str
    sentences: Sequence[tuple[int, int]]
    headline: int  # where the headline ends
    until: int
    suggestions: Sequence[Span]


class Word(NamedTuple):
    """A word, where it is, and the number of its sentence."""

    text: str
    start: int
    end: int
    sentence: int


class Model(Protocol):
    """What a baseline decides. Labels are the codebook's; "" is none."""

    def trigger(self, layer: Layer, words: Sequence[Word], at: int) -> tuple[str, int]:
        """The type of the trigger that begins with a word, and how many words it has."""

    def role(self, layer: Layer, words: Sequence[Word], trigger: Word, mention: Span) -> bool:
        """Whether an actor that is mentioned in the trigger's sentence has a role of it."""

    def attribute(self, layer: Layer, words: Sequence[Word], trigger: Word) -> str:
        """The value about a trigger."""

    def scale(self, layer: Layer, words: Sequence[Word], sentences: frozenset[int]) -> Mapping[str, float]:
        """The shares of the labels for an actor that is mentioned in these sentences."""


def predict(text: Text, model: Model, scheme: Scheme) -> list[dict]:
    """The predictions of one article, as docs/scoring.md has them."""
    words = words_of(text)
    found = [_span(span.id, span.layer, span.label, span.start, span.end) for span in text.suggestions]
    for layer in scheme.triggers:
        until = 0
        for at, word in enumerate(words):
            label, count = model.trigger(layer, words, at)
            if label and at >= until:
                until = at + count
                name = f"{layer.name}-{word.start}"
                found.append(_span(name, layer.name, label, word.start, words[until - 1].end))
                found += _about(name, word, words, text, layer, model, scheme)
        found += _links(layer, found, text, scheme)
    for layer in scheme.scales:
        found += _scale(layer, words, text, model, scheme)
    return found


def words_of(text: Text) -> list[Word]:
    """The words in the annotation window that lie in a sentence."""
    found = []
    for match in WORD.finditer(text.text, 0, text.until):
        number = sentence_of(match.start(), text)
        if number >= 0:
            found.append(Word(match.group(), match.start(), match.end(), number))
    return found


def sentence_of(offset: int, text: Text) -> int:
    """The number of the sentence that an offset lies in, or -1."""
    number = bisect_right(text.sentences, offset, key=lambda pair: pair[0]) - 1
    return number if number >= 0 and offset < text.sentences[number][1] else -1


def mentions_in(sentence: int, text: Text, scheme: Scheme) -> list[Span]:
    """The suggestions of actors in a sentence."""
    layers = {layer.name for layer in scheme.mentions}
    return [span for span in text.suggestions if span.layer in layers and sentence_of(span.start, text) == sentence]


def targets(text: Text, scheme: Scheme) -> dict[str, frozenset[int]]:
    """The actors that a scale is asked for, most mentioned first, and the sentences that name them."""
    layers = {layer.name for layer in scheme.mentions}
    named = [span for span in text.suggestions if span.layer in layers]
    counts = Counter(span.label for span in named)
    in_headline = {span.label for span in named if span.end <= text.headline}
    asked = [actor for actor, count in counts.most_common() if count > 1 or actor in in_headline][:MOST_TARGETS]
    return {actor: frozenset(sentence_of(span.start, text) for span in named if span.label == actor) for actor in asked}


def _span(name: str, layer: str, label: str, start: int, end: int) -> dict:
    return {"type": "span", "id": name, "layer": layer, "label": label, "start": start, "end": end}


def _about(
    name: str, word: Word, words: Sequence[Word], text: Text, layer: Layer, model: Model, scheme: Scheme
) -> Iterator[dict]:
    for other in scheme.actor_roles(layer):
        actors = [span.label for span in mentions_in(word.sentence, text, scheme) if model.role(other, words, word, span)]
        for actor in dict.fromkeys(actors if other.multiple else actors[:1]):
            yield {"type": "choice", "layer": other.name, "label": actor, "of": name}
    for other in scheme.attributes(layer):
        if value := model.attribute(other, words, word):
            yield {"type": "choice", "layer": other.name, "label": value, "of": name}


def _links(layer: Layer, found: Sequence[dict], text: Text, scheme: Scheme) -> list[dict]:
    """Each place or time belongs to the nearest trigger of its sentence, under the role that is called as it is."""
    heads = [item for item in found if item["type"] == "span" and item["layer"] == layer.name]
    links = []
    for relation in scheme.links(layer):
        for tail in text.suggestions if heads else ():
            near = [item for item in heads if sentence_of(item["start"], text) == sentence_of(tail.start, text)]
            label = tail.label.lower()
            if near and relation.ends_on(tail.layer) and label in relation.by_name:
                head = min(near, key=lambda item: (abs(item["start"] - tail.start), item["start"]))
                links.append({"type": "relation", "layer": relation.name, "label": label, "head": head["id"], "tail": tail.id})
    return links


def _scale(layer: Layer, words: Sequence[Word], text: Text, model: Model, scheme: Scheme) -> Iterator[dict]:
    for actor, sentences in targets(text, scheme).items():
        shares = dict(model.scale(layer, words, sentences))
        label = max(shares, key=lambda name: shares[name])
        yield {"type": "choice", "layer": layer.name, "label": label, "of": actor, "scores": shares}
