"""From an article to predictions: the steps that both baselines share. What they decide differently is in ``Baseline``.

Actors, places and times are the suggestions that annotators get too (registry and rules). They are neither given nor learnt
from labels, but the registry was made with the whole corpus in view. A trigger is a word, or several words in a row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from standpoint.codebook.registry import stance_targets
from standpoint.codebook.types import Layer
from standpoint.core.model import Span
from standpoint.core.offsets import sentence_at
from standpoint.scoring.doc import Scheme

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


class ArticleText(NamedTuple):
    """An article without labels. ``suggestions`` are spans of the registry and of rules; ``until`` ends the annotation window."""

    id: str
    text: str
    sentences: Sequence[tuple[int, int]]
    headline: int  # where the headline ends
    until: int
    suggestions: Sequence[Span]


class Word(NamedTuple):
    """A word, its offsets, and the index of its sentence."""

    text: str
    start: int
    end: int
    sentence: int


class Baseline(Protocol):
    """The decisions of a baseline. Labels are the codebook's; "" stands for none."""

    def trigger(self, layer: Layer, words: Sequence[Word], at: int) -> tuple[str, int]:
        """The type of the trigger that begins with the word ``at``, and its number of words; "" where no trigger begins."""

    def role(self, layer: Layer, words: Sequence[Word], trigger: Word, mention: Span) -> bool:
        """Whether an actor that is mentioned in the trigger's sentence has a role of it."""

    def attribute(self, layer: Layer, words: Sequence[Word], trigger: Word) -> str:
        """The answer of a layer, such as status, about a trigger."""

    def scale(self, layer: Layer, words: Sequence[Word], sentences: frozenset[int]) -> Mapping[str, float]:
        """The share of each label for an actor that is mentioned in these sentences; they sum to 1."""


def predict(text: ArticleText, baseline: Baseline, scheme: Scheme) -> list[dict]:
    """The predictions for one article, in the format of docs/scoring.md."""
    words = words_of(text)
    items = [_span(span.id, span.layer, span.label, span.start, span.end) for span in text.suggestions]
    for layer in scheme.triggers:
        next_free = 0  # a word belongs to one trigger
        for at, word in enumerate(words):
            label, count = baseline.trigger(layer, words, at)
            if label and at >= next_free:
                next_free = at + count
                identity = f"{layer.name}-{word.start}"
                items.append(_span(identity, layer.name, label, word.start, words[next_free - 1].end))
                items += _answers(identity, word, words, text, layer, baseline, scheme)
        items += _links(layer, items, text, scheme)
    for layer in scheme.scales:
        items += _scale_answers(layer, words, text, baseline, scheme)
    return items


def words_of(text: ArticleText) -> list[Word]:
    """The words in the annotation window that lie in a sentence."""
    words = []
    for match in WORD.finditer(text.text, 0, text.until):
        sentence = sentence_at(match.start(), text.sentences)
        if sentence >= 0:
            words.append(Word(match.group(), match.start(), match.end(), sentence))
    return words


def mentions_in(sentence: int, text: ArticleText, scheme: Scheme) -> list[Span]:
    """The suggestions of actors in a sentence."""
    return [span for span in _mentions(text, scheme) if sentence_at(span.start, text.sentences) == sentence]


def sentences_of_targets(text: ArticleText, scheme: Scheme) -> dict[str, frozenset[int]]:
    """The actors that a scale is asked for, and the sentences that mention each."""
    mentions = _mentions(text, scheme)
    in_headline = {span.label for span in mentions if span.end <= text.headline}
    targets = stance_targets(Counter(span.label for span in mentions), in_headline)
    return {
        actor: frozenset(sentence_at(span.start, text.sentences) for span in mentions if span.label == actor) for actor in targets
    }


def _mentions(text: ArticleText, scheme: Scheme) -> list[Span]:
    layers = {layer.name for layer in scheme.mentions}
    return [span for span in text.suggestions if span.layer in layers]


def _span(identity: str, layer: str, label: str, start: int, end: int) -> dict:
    return {"type": "span", "id": identity, "layer": layer, "label": label, "start": start, "end": end}


def _answers(
    identity: str, word: Word, words: Sequence[Word], text: ArticleText, trigger: Layer, baseline: Baseline, scheme: Scheme
) -> Iterator[dict]:
    """The actors that have a role of a trigger, and the values about it."""
    for layer in scheme.actor_roles(trigger):
        actors = [span.label for span in mentions_in(word.sentence, text, scheme) if baseline.role(layer, words, word, span)]
        for actor in dict.fromkeys(actors if layer.multiple else actors[:1]):
            yield {"type": "choice", "layer": layer.name, "label": actor, "of": identity}
    for layer in scheme.attributes(trigger):
        if value := baseline.attribute(layer, words, word):
            yield {"type": "choice", "layer": layer.name, "label": value, "of": identity}


def _links(layer: Layer, items: Sequence[dict], text: ArticleText, scheme: Scheme) -> list[dict]:
    """Each place or time belongs to the nearest trigger of its sentence; the relation's label is the span's, in small letters."""
    heads = [item for item in items if item["type"] == "span" and item["layer"] == layer.name]
    links = []
    for relation in scheme.links(layer):
        for tail in text.suggestions if heads else ():
            sentence = sentence_at(tail.start, text.sentences)
            near = [item for item in heads if sentence_at(item["start"], text.sentences) == sentence]
            label = tail.label.lower()
            if near and relation.ends_on(tail.layer) and label in relation.by_name:
                head = min(near, key=lambda item: (abs(item["start"] - tail.start), item["start"]))
                links.append({"type": "relation", "layer": relation.name, "label": label, "head": head["id"], "tail": tail.id})
    return links


def _scale_answers(layer: Layer, words: Sequence[Word], text: ArticleText, baseline: Baseline, scheme: Scheme) -> Iterator[dict]:
    for actor, sentences in sentences_of_targets(text, scheme).items():
        shares = dict(baseline.scale(layer, words, sentences))
        label = max(shares, key=lambda name: shares[name])
        yield {"type": "choice", "layer": layer.name, "label": label, "of": actor, "scores": shares}
