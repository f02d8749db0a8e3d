"""The metrics of answers: choices, numbers and words about an article, its actors or its spans; scales."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial

import numpy as np

from standpoint.agreement.counts import ratio
from standpoint.codebook.load import has_signs
from standpoint.codebook.types import Layer
from standpoint.scoring.doc import Doc, Shares
from standpoint.scoring.measures import (
    DIAGNOSTIC,
    NOTHING,
    OFFICIAL,
    SIDES,
    Metric,
    f1,
    key_of,
    macro,
    mean,
    mean_distance,
    track_of,
)


def of_choice(layer: Layer) -> Iterator[Metric]:
    yield _accuracy("accuracy", layer)
    yield macro("macro F1", layer, layer.label_names, partial(_answers, layer))


def of_typed(layer: Layer) -> Iterator[Metric]:
    """The scores of a number or of words."""
    if layer.kind == "number":
        yield _accuracy("accuracy", layer)
        # Of the answers that the system gave: it chooses which are compared.
        error = mean_distance("mean absolute error", layer, partial(_errors, layer))
        yield error._replace(kind=DIAGNOSTIC, nothing="no number is in both")
    else:
        yield _accuracy("exact match", layer, plain, DIAGNOSTIC)


def plain(words: str) -> str:
    """Typed words without regard to case and blanks."""
    return " ".join(words.casefold().split())


def all_answers(layer: Layer, doc: Doc) -> list[Hashable]:
    """Each answer of a layer with what it is about: a span's extent and label, an actor, or "" for the article."""
    answers = [(of, label) for (name, of), labels in doc.answers.items() if name == layer.name for label in labels]
    return [(key_of(doc.by_id[of]) if layer.of else of, label) for of, label in answers]


def of_attribute(layer: Layer, kind: str) -> Iterator[Metric]:
    """The scores of answers about spans that the system found itself: an answer is right with its span."""
    if layer.multiple or layer.labels_from:
        yield f1("F1 end to end", layer, partial(all_answers, layer), kind)
        return

    def tuples(doc: Doc) -> list[tuple]:
        spans = (span for span in doc.spans.get(layer.of, ()) if (layer.name, span.id) not in doc.unanswered)
        answers = ((span, doc.answer(layer, span.id)) for span in spans)
        return [(*key_of(span), plain(answer) if layer.kind == "text" else answer) for span, answer in answers]

    def both_answers(gold: Doc, predicted: Doc) -> Iterator[tuple[str | None, str | None]]:
        expected, found = set(tuples(gold)), set(tuples(predicted))
        for item in expected | found:
            yield item[-1] if item in expected else None, item[-1] if item in found else None

    yield f1("F1 end to end", layer, tuples, kind)
    if layer.kind == "choice":
        yield macro("macro F1 end to end", layer, layer.label_names, both_answers)


def _answers(layer: Layer, gold: Doc, predicted: Doc) -> Iterator[tuple[str, str]]:
    """Gold's answer and the predicted one, about each given span, each actor, or the article; none for open conflicts of gold.

    What was not predicted has the layer's default.
    """
    if not layer.of:
        answers = predicted.targets(layer)
        yield from ((expected, answers.get(of, layer.default)) for of, expected in sorted(gold.targets(layer).items()))
        return
    for span in gold.spans.get(layer.of, ()):
        if (layer.name, span.id) not in gold.unanswered and (expected := gold.answer(layer, span.id)):
            yield expected, predicted.answer(layer, span.id)


def _errors(layer: Layer, gold: Doc, predicted: Doc) -> list[float]:
    return [abs(float(expected) - float(answer)) for expected, answer in _answers(layer, gold, predicted) if answer]


def _accuracy(name: str, layer: Layer, normal: Callable[[str], str] = str, kind: str = OFFICIAL) -> Metric:
    """The share of gold's answers that are predicted; ``normal``: the form in which two answers are compared."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float]:
        right = [normal(expected) == normal(answer) for expected, answer in _answers(layer, gold, predicted)]
        return sum(right), len(right)

    return Metric(name, layer.name, track_of(layer), kind, 2, count, mean, slice(1, 2), NOTHING)


Distance = Callable[[Shares, Shares, Layer], float]


def of_scale(layer: Layer) -> Iterator[Metric]:
    """The scores of a scale about the article or its actors."""
    if has_signs(layer):
        sides = partial(_sides, layer)
        yield macro("macro F1 of sides", layer, list(SIDES), sides)
        yield macro("macro F1 of sides, without 0", layer, list(SIDES), sides, DIAGNOSTIC, [0])
    yield kappa(layer)
    yield mean_distance("mean distance", layer, partial(steps, layer))
    yield mean_distance("Manhattan distance of shares", layer, partial(_between_shares, layer, manhattan))
    yield mean_distance("Wasserstein distance of shares", layer, partial(_between_shares, layer, wasserstein))


def middle(layer: Layer) -> str:
    """What replaces a missing answer: the default; else the label nearest to 0, or the middle one if the scale has one side."""
    if layer.default or not has_signs(layer):
        return layer.default or layer.label_names[(len(layer.labels) - 1) // 2]
    return min(layer.labels, key=lambda label: abs(label.value or 0.0)).name


def on_scale(layer: Layer, gold: Doc, predicted: Doc) -> Iterator[tuple[str, str, str]]:
    """What is asked about, gold's answer and the predicted answer."""
    if layer.of:
        yield from (("", expected, answer or middle(layer)) for expected, answer in _answers(layer, gold, predicted))
        return
    answers, missing = predicted.targets(layer), middle(layer)
    for of, gold_answer in sorted(gold.targets(layer).items()):
        yield of, gold_answer, answers.get(of, missing)


def side(layer: Layer, label: str) -> int:
    value = layer.by_name[label].value or 0.0
    return int(value > 0) - int(value < 0)


def _sides(layer: Layer, gold: Doc, predicted: Doc) -> Iterator[tuple[int, int]]:
    return ((side(layer, expected), side(layer, answer)) for _, expected, answer in on_scale(layer, gold, predicted))


def kappa(layer: Layer) -> Metric:
    """Cohen's kappa with quadratic weights of the labels' values (J. Cohen 1968)."""
    names, size = layer.label_names, len(layer.labels)
    values = np.array([label.value or 0.0 for label in layer.labels])
    weights = (values[:, None] - values[None, :]) ** 2

    def count(gold: Doc, predicted: Doc) -> np.ndarray:
        counts = np.zeros((size, size))
        for _, gold_answer, answer in on_scale(layer, gold, predicted):
            counts[names.index(gold_answer), names.index(answer)] += 1
        return counts.ravel()

    def measure(sums: np.ndarray) -> np.ndarray:
        counts = sums.reshape(len(sums), size, size)
        total = counts.sum(axis=(1, 2))
        expected = counts.sum(axis=2)[:, :, None] * counts.sum(axis=1)[:, None, :]
        observed = (counts * weights).sum(axis=(1, 2)) * total
        return 1 - ratio(observed, (expected * weights).sum(axis=(1, 2)))

    name, nothing = "Cohen's kappa, quadratic weights", "gold has no answer, or only one value occurs"
    return Metric(name, layer.name, track_of(layer), OFFICIAL, size * size, count, measure, slice(None), nothing)


def steps(layer: Layer, gold: Doc, predicted: Doc) -> list[float]:
    """The distances in steps of the scale from the adjudicated answers."""
    values = {label.name: label.value or 0.0 for label in layer.labels}
    return [abs(values[expected] - values[answer]) for _, expected, answer in on_scale(layer, gold, predicted)]


def _between_shares(layer: Layer, distance: Distance, gold: Doc, predicted: Doc) -> list[float]:
    """The distances of the predicted shares from the annotators' shares; an answer without shares is a share of 1."""
    gold_shares, shares = gold.soft.get(layer.name, {}), predicted.soft.get(layer.name, {})
    return [
        distance(gold_shares.get(of, {expected: 1.0}), shares.get(of, {answer: 1.0}), layer)
        for of, expected, answer in on_scale(layer, gold, predicted)
    ]


def manhattan(first: Shares, second: Shares, layer: Layer) -> float:
    """The sum of the differences of shares: 0 for equal shares, 2 without a common label."""
    return sum(abs(first.get(name, 0.0) - second.get(name, 0.0)) for name in layer.label_names)


def wasserstein(first: Shares, second: Shares, layer: Layer) -> float:
    """The Wasserstein-1 distance of two distributions, in steps of the scale. Shares are scaled to sum to 1."""
    from scipy.stats import wasserstein_distance  # takes long to load

    values = [label.value or 0.0 for label in layer.labels]
    weights = ([shares.get(name, 0.0) for name in layer.label_names] for shares in (first, second))
    return float(wasserstein_distance(values, values, *weights))
