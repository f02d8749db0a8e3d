"""The metrics of spans, arguments and attributes, and of the scales about actors."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from standpoint.agreement.counts import measure_f1, ratio
from standpoint.codebook.load import has_signs
from standpoint.codebook.types import Layer
from standpoint.core.matching import Pair, match_equal, match_overlap
from standpoint.core.model import Span
from standpoint.core.words import WORD
from standpoint.scoring.doc import Doc, Scheme, Shares

OFFICIAL, DIAGNOSTIC = "official", "diagnostic"
END_TO_END, GOLD_TRIGGERS, GOLD_ACTORS = "end to end", "gold triggers", "gold actors"  # the tracks

Count = Callable[[Doc, Doc], Sequence[float] | np.ndarray]  # gold, predictions -> the columns
Items = Callable[[Doc], Sequence]
Labels = Callable[[Doc, Doc], Iterable[tuple[Hashable, Hashable]]]  # gold, predictions -> both labels of each item
Labelled = tuple[int, int, str]  # start, end, label


GOLD_OF_CLASSES = slice(2, None, 3)  # of columns classes x [both, predicted, gold]: the counts of gold


class Metric(NamedTuple):
    """A metric: its counts in each article, and its value, which is computed from sums of these counts."""

    name: str
    layer: str
    track: str
    kind: str
    width: int  # the number of counts of an article
    columns: Count
    measure: Callable[[np.ndarray], np.ndarray]  # sums of counts (rows x width) -> one value per row, NaN if not defined
    n: slice  # the columns that count gold
    nothing: str = "neither gold nor the predictions have any"  # why there is no value
    precision_recall: bool = False
    lower_is_better: bool = False


def f1(name: str, layer: str, items: Items, kind: str = OFFICIAL, match: Callable[..., list[Pair]] = match_equal) -> Metric:
    """The F1 of the items of gold and of the predictions, micro-averaged: 2·both / (predicted + gold)."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float, float]:
        gold_items, predicted_items = items(gold), items(predicted)
        both = len(match(gold_items, predicted_items)) if gold_items and predicted_items else 0
        return both, len(predicted_items), len(gold_items)

    return Metric(name, layer, END_TO_END, kind, 3, count, measure_f1, slice(2, 3), precision_recall=True)


def macro_f1(sums: np.ndarray, least: int = 1, classes: Sequence[int] | slice = slice(None)) -> np.ndarray:
    """The mean of F1 over ``classes``, from sums of counts (rows x (classes x [both, predicted, gold])).

    In each row, a class is left out if gold has it less than ``least`` times.
    """
    counts = sums.reshape(len(sums), -1, 3)[:, classes]
    counted = counts[:, :, 2] >= least
    by_class = np.where(counted, ratio(2 * counts[:, :, 0], counts[:, :, 1] + counts[:, :, 2]), 0.0)
    return ratio(by_class.sum(axis=1), counted.sum(axis=1))


def _counts_of_classes(classes: Sequence[Hashable], labels: Labels) -> Count:
    """Counts classes x [both, predicted, gold] from the gold and the predicted label of each item; other labels count as none."""
    places = {name: number for number, name in enumerate(classes)}

    def count(gold: Doc, predicted: Doc) -> np.ndarray:
        counts = np.zeros((len(places), 3))
        for expected, label in labels(gold, predicted):
            if expected in places:
                counts[places[expected], 2] += 1
                counts[places[expected], 0] += expected == label
            if label in places:
                counts[places[label], 1] += 1
        return counts.ravel()

    return count


SUPPORT = 20  # triggers in gold: the F1 of a rarer type is too uncertain to count in the mean over types


def of_spans(scheme: Scheme) -> Iterator[Metric]:
    """All metrics of spans, triggers first."""
    for layer in scheme.triggers:
        yield from _of_triggers(layer)
        yield from _of_arguments(layer, scheme)
        for attribute in scheme.attributes(layer):
            yield from _of_attribute(layer, attribute)
    for layer in scheme.mentions:
        yield f1("ACT-I", layer.name, partial(extents, layer))
        yield f1("ACT-L", layer.name, partial(labelled, layer))
        yield _overlap("ACT-L overlap", layer)
    for layer in scheme.others:
        yield f1("SPAN", layer.name, partial(labelled, layer), DIAGNOSTIC)
        yield _overlap("SPAN overlap", layer)


def extents(layer: Layer, doc: Doc) -> list[tuple[int, int]]:
    """Start and end of the spans of a layer. If a span may have several labels, it counts once here."""
    places = [(span.start, span.end) for span in doc.spans.get(layer.name, ())]
    return list(dict.fromkeys(places)) if layer.multiple else places


def labelled(layer: Layer, doc: Doc) -> list[Labelled]:
    """Start, end and label of the spans of a layer."""
    return [_key(span) for span in doc.spans.get(layer.name, ())]


def _key(span: Span) -> Labelled:
    return span.start, span.end, span.label


def _overlap(name: str, layer: Layer) -> Metric:
    """The F1 of spans that share a character and have the same label, matched one to one."""
    return f1(name, layer.name, lambda doc: doc.spans.get(layer.name, ()), DIAGNOSTIC, partial(match_overlap, same_label=True))


def _of_triggers(layer: Layer) -> Iterator[Metric]:
    groups = {label.name: label.group for label in layer.labels}

    def in_groups(doc: Doc) -> list[Labelled]:
        return [(start, end, groups.get(label, label)) for start, end, label in labelled(layer, doc)]

    def types(gold: Doc, predicted: Doc) -> Iterator[tuple[str | None, str | None]]:
        gold_spans, predicted_spans = set(labelled(layer, gold)), set(labelled(layer, predicted))
        for span in gold_spans | predicted_spans:
            yield span[2] if span in gold_spans else None, span[2] if span in predicted_spans else None

    yield f1("TRI-I", layer.name, partial(extents, layer))
    if any(groups.values()):
        yield f1("TRI-C1", layer.name, in_groups)
    yield f1("TRI-C2", layer.name, partial(labelled, layer))
    yield _overlap("TRI-C2 overlap", layer)
    count, measure = _counts_of_classes(layer.label_names, types), partial(macro_f1, least=SUPPORT)
    width, nothing = 3 * len(layer.labels), f"no type occurs {SUPPORT} times in gold"
    yield Metric("TRI-C2 macro", layer.name, END_TO_END, DIAGNOSTIC, width, count, measure, GOLD_OF_CLASSES, nothing)


def _of_arguments(layer: Layer, scheme: Scheme) -> Iterator[Metric]:
    def attached(doc: Doc, role: bool = True, start: bool = True) -> list[tuple]:
        """Each argument with its trigger's extent and type; ``start`` false: with the type alone."""
        arguments = [
            (*(_key(span) if start else (span.label,)), name if role else "", filler)
            for span, name, filler in doc.arguments(layer, scheme)
        ]
        # Without roles, one filler in two roles is one argument. (Real duplicates are refused as the file is read.)
        return arguments if role else list(dict.fromkeys(arguments))

    def heads(doc: Doc) -> list[Hashable]:
        """A filler counts by its end: the last word is the head of an English noun phrase that has no postmodifier."""
        return [(*_key(span), name, (filler[0], filler[-1])) for span, name, filler in doc.arguments(layer, scheme)]

    yield f1("ARG-I+", layer.name, partial(attached, role=False))
    yield f1("ARG-C+", layer.name, attached)
    yield f1("ARG-C+ head", layer.name, heads, DIAGNOSTIC)
    yield f1("ARG-C unattached", layer.name, partial(attached, start=False), DIAGNOSTIC)


def _of_attribute(layer: Layer, attribute: Layer) -> Iterator[Metric]:
    def tuples(doc: Doc) -> list[Hashable]:
        return [(*_key(span), doc.answer(attribute, span.id)) for span in doc.spans.get(layer.name, ())]

    def on_gold_triggers(gold: Doc, predicted: Doc) -> Iterator[tuple[str, str]]:
        """Gold's answer and the predicted one, "" if no trigger with the extent was predicted; none for open conflicts."""
        answers = {(span.start, span.end): predicted.answer(attribute, span.id) for span in predicted.spans.get(layer.name, ())}
        for span in gold.spans.get(layer.name, ()):
            if expected := gold.answer(attribute, span.id):
                yield expected, answers.get((span.start, span.end), "")

    yield f1(f"{attribute.name.upper()} e2e", attribute.name, tuples)
    name, width, nothing = f"{attribute.name.upper()} macro", 3 * len(attribute.labels), "gold has no answer"
    count = _counts_of_classes(attribute.label_names, on_gold_triggers)
    yield Metric(name, attribute.name, GOLD_TRIGGERS, OFFICIAL, width, count, macro_f1, GOLD_OF_CLASSES, nothing)


SIDES = (-1, 0, 1)
NOTHING = "gold has no target"
Distance = Callable[[Shares, Shares, Layer], float]


def of_scales(scheme: Scheme) -> Iterator[Metric]:
    for layer in scheme.scales:
        if has_signs(layer):
            yield _of_sides("STA-3", layer, OFFICIAL, (0, 1, 2))
            yield _of_sides("STA mean F(neg, pos)", layer, DIAGNOSTIC, (0, 2))
        yield _kappa(layer)
        yield _mean_distance("STA-ORD MAE", layer, partial(_steps, layer))
        yield _mean_distance("STA-SOFT Manhattan", layer, partial(_between_shares, layer, manhattan))
        yield _mean_distance("STA-SOFT Wasserstein", layer, partial(_between_shares, layer, wasserstein))
        if layer.name in scheme.evidence and has_signs(layer):
            yield _evidence(layer, scheme.evidence[layer.name])


def middle(layer: Layer) -> str:
    """The label nearest to 0, which replaces a missing answer about an actor."""
    return min(layer.labels, key=lambda label: abs(label.value or 0.0)).name


def _answers(gold: Doc, predicted: Doc, layer: Layer) -> Iterator[tuple[str, str, str]]:
    """Actor, gold answer and predicted answer for each target in gold."""
    answers, neutral = predicted.targets(layer), middle(layer)
    for actor, gold_answer in sorted(gold.targets(layer).items()):
        yield actor, gold_answer, answers.get(actor, neutral)


def _side(layer: Layer, label: str) -> int:
    value = layer.by_name[label].value or 0.0
    return int(value > 0) - int(value < 0)


def _of_sides(name: str, layer: Layer, kind: str, classes: tuple[int, ...]) -> Metric:
    def sides(gold: Doc, predicted: Doc) -> Iterator[tuple[int, int]]:
        return ((_side(layer, expected), _side(layer, answer)) for _, expected, answer in _answers(gold, predicted, layer))

    count, measure = _counts_of_classes(SIDES, sides), partial(macro_f1, classes=classes)
    return Metric(name, layer.name, GOLD_ACTORS, kind, 9, count, measure, GOLD_OF_CLASSES, NOTHING)


def _kappa(layer: Layer) -> Metric:
    """Cohen's kappa with quadratic weights of the labels' values (J. Cohen 1968)."""
    names, size = layer.label_names, len(layer.labels)
    values = np.array([label.value or 0.0 for label in layer.labels])
    weights = (values[:, None] - values[None, :]) ** 2

    def count(gold: Doc, predicted: Doc) -> np.ndarray:
        counts = np.zeros((size, size))
        for _, gold_answer, answer in _answers(gold, predicted, layer):
            counts[names.index(gold_answer), names.index(answer)] += 1
        return counts.ravel()

    def measure(sums: np.ndarray) -> np.ndarray:
        counts = sums.reshape(len(sums), size, size)
        total = counts.sum(axis=(1, 2))
        expected = counts.sum(axis=2)[:, :, None] * counts.sum(axis=1)[:, None, :]
        observed = (counts * weights).sum(axis=(1, 2)) * total
        return 1 - ratio(observed, (expected * weights).sum(axis=(1, 2)))

    name, nothing = "STA-ORD kappa", "gold has no target, or only one value occurs"
    return Metric(name, layer.name, GOLD_ACTORS, OFFICIAL, size * size, count, measure, slice(None), nothing)


def _mean_distance(name: str, layer: Layer, distances: Callable[[Doc, Doc], list[float]]) -> Metric:
    """The mean of the distances over the targets in gold; lower is better."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float]:
        values = distances(gold, predicted)
        return sum(values), len(values)

    def measure(sums: np.ndarray) -> np.ndarray:
        return ratio(sums[:, 0], sums[:, 1])

    return Metric(name, layer.name, GOLD_ACTORS, OFFICIAL, 2, count, measure, slice(1, 2), NOTHING, lower_is_better=True)


def _steps(layer: Layer, gold: Doc, predicted: Doc) -> list[float]:
    """The distances in steps of the scale from the adjudicated answers."""
    values = {label.name: label.value or 0.0 for label in layer.labels}
    return [abs(values[expected] - values[answer]) for _, expected, answer in _answers(gold, predicted, layer)]


def _between_shares(layer: Layer, distance: Distance, gold: Doc, predicted: Doc) -> list[float]:
    """The distances of the predicted shares from the annotators' shares; an answer without shares is a share of 1."""
    gold_shares, shares = gold.soft.get(layer.name, {}), predicted.soft.get(layer.name, {})
    return [
        distance(gold_shares.get(actor, {expected: 1.0}), shares.get(actor, {answer: 1.0}), layer)
        for actor, expected, answer in _answers(gold, predicted, layer)
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


def _evidence(layer: Layer, evidence: Layer) -> Metric:
    """F1 of the words marked as evidence about an actor, over the targets whose side is predicted correctly."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float, float]:
        both = in_predictions = in_gold = 0
        for actor, gold_answer, answer in _answers(gold, predicted, layer):
            if _side(layer, gold_answer) == _side(layer, answer):
                gold_words, words = (_words(doc, evidence, actor, gold.text) for doc in (gold, predicted))
                both += len(gold_words & words)
                in_predictions += len(words)
                in_gold += len(gold_words)
        return both, in_predictions, in_gold

    nothing = "neither has evidence of a target whose side is right"
    return Metric("EVI", evidence.name, GOLD_ACTORS, OFFICIAL, 3, count, measure_f1, slice(2, 3), nothing, precision_recall=True)


def _words(doc: Doc, evidence: Layer, actor: str, text: str | None) -> set[int]:
    """The starts of the words marked as evidence about an actor; of a withheld text, the marked characters."""
    places: set[int] = set()
    for span in doc.spans.get(evidence.name, ()):
        if span.label == actor and text:
            places |= {match.start() for match in WORD.finditer(text, span.start, span.end)}
        elif span.label == actor:
            places |= set(range(span.start, span.end))
    return places
