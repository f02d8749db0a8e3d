"""The metrics of a scale that is asked for each actor (stance), on gold's actors: sides, steps, distributions, evidence.

All of gold's targets count, the neutral ones too, and those on which annotators differ; a target of which nothing was
predicted counts as the scale's middle, and predictions about others do not count (codebook, official scoring).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from standpoint.assess.scoring.doc import Doc
from standpoint.assess.scoring.metric import DIAGNOSTIC, GOLD_ACTORS, OFFICIAL, Metric, macro_f1, measure_f1
from standpoint.assess.scoring.scheme import Scheme
from standpoint.assess.statistics.tally import ratio
from standpoint.codebook.statistics import has_signs
from standpoint.codebook.types import Layer

SIDES = (-1, 0, 1)
NOTHING = "gold has no target"
WORD = re.compile(r"\w+")


def of_scales(scheme: Scheme) -> Iterator[Metric]:
    """All metrics of scales."""
    for layer in scheme.scales:
        if has_signs(layer):
            yield _sides("STA-3", layer, OFFICIAL, (0, 1, 2))
            yield _sides("STA mean F(neg, pos)", layer, DIAGNOSTIC, (0, 2))
        yield _steps(layer)
        yield _distance(layer)
        yield _soft("STA-SOFT Manhattan", layer, manhattan)
        yield _soft("STA-SOFT Wasserstein", layer, wasserstein)
        if layer.name in scheme.evidence and has_signs(layer):
            yield _evidence(layer, scheme.evidence[layer.name])


def middle(layer: Layer) -> str:
    """The label nearest to 0: what nothing said of an actor means."""
    return min(layer.labels, key=lambda label: abs(label.value or 0.0)).name


def _answers(gold: Doc, predicted: Doc, layer: Layer) -> Iterator[tuple[str, str, str]]:
    """Actor, gold's answer and the predicted one, for each of gold's targets."""
    said, usual = predicted.targets(layer), middle(layer)
    for actor, right in sorted(gold.targets(layer).items()):
        yield actor, right, said.get(actor, usual)


def _side(layer: Layer, label: str) -> int:
    value = layer.by_name[label].value or 0.0
    return int(value > 0) - int(value < 0)


def _sides(name: str, layer: Layer, kind: str, classes: tuple[int, ...]) -> Metric:
    def count(gold: Doc, predicted: Doc) -> np.ndarray:
        counts = np.zeros((3, 3))
        for _, right, said in _answers(gold, predicted, layer):
            one, other = SIDES.index(_side(layer, right)), SIDES.index(_side(layer, said))
            counts[one, 2] += 1
            counts[other, 1] += 1
            counts[one, 0] += one == other
        return counts.ravel()

    def measure(sums: np.ndarray) -> np.ndarray:
        return macro_f1(sums.reshape(len(sums), 3, 3)[:, classes])

    return Metric(
        name, layer.name, GOLD_ACTORS, kind, 9, count, measure, lambda sums: float(sums.reshape(3, 3)[:, 2].sum()), NOTHING
    )


def _steps(layer: Layer) -> Metric:
    """Cohen's kappa with quadratic weights of the labels' values (J. Cohen 1968)."""
    names, size = layer.label_names, len(layer.labels)
    values = np.array([label.value or 0.0 for label in layer.labels])
    weights = (values[:, None] - values[None, :]) ** 2

    def count(gold: Doc, predicted: Doc) -> np.ndarray:
        counts = np.zeros((size, size))
        for _, right, said in _answers(gold, predicted, layer):
            counts[names.index(right), names.index(said)] += 1
        return counts.ravel()

    def measure(sums: np.ndarray) -> np.ndarray:
        counts = sums.reshape(len(sums), size, size)
        total = counts.sum(axis=(1, 2))
        expected = counts.sum(axis=2)[:, :, None] * counts.sum(axis=1)[:, None, :]
        observed = (counts * weights).sum(axis=(1, 2)) * total
        return 1 - ratio(observed, (expected * weights).sum(axis=(1, 2)))

    nothing = "gold has no target, or only one value occurs"
    return Metric(
        "STA-ORD kappa", layer.name, GOLD_ACTORS, OFFICIAL, size * size, count, measure, lambda sums: float(sums.sum()), nothing
    )


def _distance(layer: Layer) -> Metric:
    """The mean distance in steps of the scale from gold's median."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float]:
        far = [_apart(layer, right, said) for _, right, said in _answers(gold, predicted, layer)]
        return sum(far), len(far)

    return _mean("STA-ORD MAE", layer, count)


def _apart(layer: Layer, one: str, other: str) -> float:
    return abs((layer.by_name[one].value or 0.0) - (layer.by_name[other].value or 0.0))


def _mean(name: str, layer: Layer, count) -> Metric:
    """A mean over gold's targets, from columns sum and number; less is better."""
    measure, n = (lambda sums: ratio(sums[:, 0], sums[:, 1])), (lambda sums: float(sums[1]))
    return Metric(name, layer.name, GOLD_ACTORS, OFFICIAL, 2, count, measure, n, NOTHING, lower_is_better=True)


def _soft(name: str, layer: Layer, distance) -> Metric:
    """The mean distance of the predicted shares from the annotators'; a hard answer is a share of 1."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float]:
        right, said = gold.soft.get(layer.name, {}), predicted.soft.get(layer.name, {})
        far = [
            distance(right.get(actor, {one: 1.0}), said.get(actor, {two: 1.0}), layer)
            for actor, one, two in _answers(gold, predicted, layer)
        ]
        return sum(far), len(far)

    return _mean(name, layer, count)


def manhattan(one: Mapping[str, float], other: Mapping[str, float], layer: Layer) -> float:
    """The sum of differences of shares: 0 for equal ones, 2 for those that share nothing."""
    return sum(abs(one.get(name, 0.0) - other.get(name, 0.0)) for name in layer.label_names)


def wasserstein(one: Mapping[str, float], other: Mapping[str, float], layer: Layer) -> float:
    """Wasserstein-1: how many steps of the scale a share has to be moved, all in all."""
    labels = sorted(layer.labels, key=lambda label: label.value or 0.0)
    moved, total = 0.0, 0.0
    for label, following in zip(labels, labels[1:], strict=False):
        moved += one.get(label.name, 0.0) - other.get(label.name, 0.0)
        total += abs(moved) * ((following.value or 0.0) - (label.value or 0.0))
    return total


def _evidence(layer: Layer, evidence: Layer) -> Metric:
    """F1 of the words marked as evidence about an actor, of the targets whose side is right."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float, float]:
        both = said_all = right_all = 0
        for actor, right, said in _answers(gold, predicted, layer):
            if _side(layer, right) == _side(layer, said):
                one, other = _words(gold, evidence, actor, gold.text), _words(predicted, evidence, actor, gold.text)
                both, said_all, right_all = both + len(one & other), said_all + len(other), right_all + len(one)
        return both, said_all, right_all

    n = lambda sums: float(sums[2])  # noqa: E731
    name, nothing = "EVI", "neither has evidence of a target whose side is right"
    return Metric(name, evidence.name, GOLD_ACTORS, OFFICIAL, 3, count, measure_f1, n, nothing, precision_recall=True)


def _words(doc: Doc, evidence: Layer, actor: str, text: str | None) -> set[int]:
    """Where the words begin that are marked as evidence about an actor; of a withheld text, its characters."""
    found: set[int] = set()
    for span in doc.spans.get(evidence.name, ()):
        if span.label == actor:
            found |= (
                {match.start() for match in WORD.finditer(text, span.start, span.end)}
                if text
                else set(range(span.start, span.end))
            )
    return found
