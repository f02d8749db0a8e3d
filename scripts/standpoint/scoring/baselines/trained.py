"""Logistic regressions (scikit-learn) on words and their neighbours, trained on the train split only.

Nothing is downloaded. Training takes seconds on a CPU, and the same data and seed give the same model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from sys import intern
from typing import Any

import numpy as np

from standpoint.codebook.types import Layer
from standpoint.core.model import Span, needs_extra
from standpoint.scoring.baselines._pipeline import ArticleText, Word, mentions_of, predict, sentences_naming, words_of
from standpoint.scoring.doc import Doc, Scheme
from standpoint.scoring.predictions import Predicted

CONTROL = False
READS_TEXT = True
SEEDED = True
NEEDS = "the train split has too few examples"
MOST = 500
NONE = ""  # no trigger, no role
Features = dict[str, float]


def fit(articles: Iterable[tuple[ArticleText, Doc]], scheme: Scheme, seed: int) -> Callable[[ArticleText], list[Predicted]]:
    return partial(predict, baseline=TrainedBaseline(articles, scheme, seed))


def _models(rows: dict[str, list[tuple[str, ...]]], labels: Mapping[str, Sequence[str]], seed: int) -> dict[str, Any]:
    """For each layer, a logistic regression from features to labels; a constant if all examples have one label.

    ``rows`` is emptied on the way, and numbers have four bytes: else this would take most of the memory of a build.
    """
    with needs_extra("baselines", "the trained baseline"):
        from sklearn.dummy import DummyClassifier
        from sklearn.feature_extraction import DictVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from threadpoolctl import threadpool_limits

    models = {}
    with threadpool_limits(1):  # a model of a thousand articles or less is fitted faster by one thread than by several
        for layer in list(rows):
            vectorizer = DictVectorizer(dtype=np.float32)
            examples = vectorizer.fit_transform(dict.fromkeys(names, 1.0) for names in rows.pop(layer))
            regression = LogisticRegression(max_iter=2000, C=4.0, class_weight="balanced", random_state=seed)
            model = regression if len(set(labels[layer])) > 1 else DummyClassifier()
            models[layer] = make_pipeline(vectorizer, model.fit(examples, labels[layer]))
    return models


class TrainedBaseline:
    """One classifier per layer, trained on articles of the train split with their adjudicated annotations."""

    def __init__(self, articles: Iterable[tuple[ArticleText, Doc]], scheme: Scheme, seed: int) -> None:
        self.scheme = scheme
        rows: dict[str, list[tuple[str, ...]]] = defaultdict(list)  # the names of the features, whose values are all 1
        labels: dict[str, list[str]] = defaultdict(list)
        for text, gold in articles:
            for layer, row, label in _examples(text, gold, scheme):
                rows[layer].append(tuple(map(intern, row)))
                labels[layer].append(label)
        self.models = _models(rows, labels, seed)
        self.read: Sequence[Word] = ()  # the words of the article that was asked about last
        self.labels: dict[str, list[str]] = {}  # by layer, the label of each of them

    def article(self, layer: Layer, words: Sequence[Word]) -> str:
        return self._best(layer, about_article(words))

    def trigger(self, layer: Layer, words: Sequence[Word], at: int) -> tuple[str, int]:
        """The label of a word, and how many words of its sentence have it from there on. Triggers of events have one word."""
        labels = self._labels_of_words(layer, words)
        label, end = labels[at], at + 1
        while label and layer not in self.scheme.events and end < len(words) and words[end].sentence == words[at].sentence:
            if labels[end] != label:
                break
            end += 1
        return label, end - at

    def _labels_of_words(self, layer: Layer, words: Sequence[Word]) -> list[str]:
        """The most probable label of each word. All are predicted at once: a call for each takes many times as long."""
        if self.read is not words:
            self.read, self.labels = words, {}
        if layer.name not in self.labels:
            model, rows = self.models.get(layer.name), [about_word(words, at) for at in range(len(words))]
            best = model.classes_[model.predict_proba(rows).argmax(axis=1)].tolist() if model else [NONE] * len(rows)
            self.labels[layer.name] = best
        return self.labels[layer.name]

    def role(self, layer: Layer, words: Sequence[Word], trigger: Word, mention: Span) -> bool:
        return self._best(layer, about_pair(words, trigger, mention)) == layer.name

    def attribute(self, layer: Layer, words: Sequence[Word], trigger: Word) -> str:
        return self._best(layer, about_trigger(words, trigger))

    def scale(self, layer: Layer, words: Sequence[Word], sentences: frozenset[int]) -> Mapping[str, float]:
        return self._shares(layer, about_actor(words, sentences)) or {layer.label_names[0]: 1.0}

    def _shares(self, layer: Layer, row: Features) -> dict[str, float]:
        """The probability of each label; none without training examples."""
        model = self.models.get(layer.name)
        return dict(zip(model.classes_.tolist(), model.predict_proba([row])[0].tolist(), strict=True)) if model else {}

    def _best(self, layer: Layer, row: Features) -> str:
        """The most probable label; "" without training examples."""
        shares = self._shares(layer, row)
        return max(shares, key=lambda name: shares[name], default=NONE)


def _examples(text: ArticleText, gold: Doc, scheme: Scheme) -> Iterator[tuple[str, Features, str]]:
    """Layer, features and label of each training example of an article."""
    words = words_of(text)
    by_start = {word.start: word for word in words}
    for layer in scheme.article:
        if answer := gold.answer(layer, ""):
            yield layer.name, about_article(words), answer
    for layer in scheme.marked:
        spans = gold.spans.get(layer.name, ())
        labels = {span.start: span.label for span in spans if _is_word(span, by_start)}
        if layer not in scheme.events:
            labels = {
                word.start: span.label for span in spans for word in words if span.start <= word.start and word.end <= span.end
            }
        for at, word in enumerate(words):
            yield layer.name, about_word(words, at), labels.get(word.start, NONE)
        for span, word in ((span, by_start[span.start]) for span in spans if span.start in by_start):
            mentions = mentions_of(text, scheme, word.sentence)
            for role in scheme.actor_roles(layer):
                actors = gold.answers.get((role.name, span.id), ())
                for mention in mentions:
                    yield role.name, about_pair(words, word, mention), role.name if mention.label in actors else NONE
            for attribute in scheme.attributes(layer):
                if value := gold.answer(attribute, span.id):
                    yield attribute.name, about_trigger(words, word), value
    for layer in scheme.scales:
        for actor, label in gold.targets(layer).items():
            yield layer.name, about_actor(words, sentences_naming(actor, text, scheme)), label


def _is_word(span: Span, by_start: Mapping[int, Word]) -> bool:
    return span.start in by_start and by_start[span.start].end == span.end


def about_article(words: Sequence[Word]) -> Features:
    """The words of the article."""
    return {f"w={word.text.lower()}": 1.0 for word in words} | {"any": 1.0}


def about_word(words: Sequence[Word], at: int) -> Features:
    """A word, its beginning and end, and its neighbours."""
    word = words[at].text
    row = {
        f"w={word.lower()}": 1.0,
        f"begin={word[:4].lower()}": 1.0,
        f"end={word[-3:].lower()}": 1.0,
        f"capital={word[0].isupper()}": 1.0,
    }
    for step in (-2, -1, 1, 2):
        neighbour = words[at + step] if 0 <= at + step < len(words) else None
        inside = neighbour and neighbour.sentence == words[at].sentence
        row[f"{step}={neighbour.text.lower() if neighbour and inside else '-'}"] = 1.0
    return row


def about_pair(words: Sequence[Word], trigger: Word, mention: Span) -> Features:
    """The side of the trigger on which a mention is, the distance, the words between, and the trigger."""
    left, right = sorted((trigger.start, mention.start))
    between = [word.text.lower() for word in words if left < word.start < right][:8]
    side = "before" if mention.start < trigger.start else "after"
    row = {f"side={side}": 1.0, f"{side} {trigger.text.lower()}": 1.0, f"far={min(len(between), 6)}": 1.0}
    return row | {f"{side} {word}": 1.0 for word in between}


def about_trigger(words: Sequence[Word], trigger: Word) -> Features:
    """The trigger and the words of its sentence, before and after."""
    inside = [word for word in words if word.sentence == trigger.sentence]
    row = {f"w={trigger.text.lower()}": 1.0}
    return row | {f"{'<' if word.start < trigger.start else '>'} {word.text.lower()}": 1.0 for word in inside if word != trigger}


def about_actor(words: Sequence[Word], sentences: frozenset[int]) -> Features:
    """The words of the sentences that name an actor."""
    return {f"w={word.text.lower()}": 1.0 for word in words if word.sentence in sentences} | {"any": 1.0}
