"""The metrics of each kind of layer. They have the names of the statistics of agreement, where those are the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from standpoint.agreement.counts import measure_f1, ratio
from standpoint.codebook.load import has_signs
from standpoint.codebook.types import ACTORS, Layer
from standpoint.core.matching import Pair, match_equal, match_overlap
from standpoint.core.model import Span
from standpoint.core.words import WORD
from standpoint.scoring.doc import Doc, Scheme, Shares

OFFICIAL, DIAGNOSTIC = "official", "diagnostic"
END_TO_END = "end to end"  # the track of what is compared without help from gold
NOTHING = "gold has no answer"
ALL = slice(None)

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


def f1(name: str, layer: Layer, items: Items, kind: str = OFFICIAL, match: Callable[..., list[Pair]] = match_equal) -> Metric:
    """The F1 of the items of gold and of the predictions, micro-averaged: 2·both / (predicted + gold)."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float, float]:
        gold_items, predicted_items = items(gold), items(predicted)
        both = len(match(gold_items, predicted_items)) if gold_items and predicted_items else 0
        return both, len(predicted_items), len(gold_items)

    return Metric(name, layer.name, END_TO_END, kind, 3, count, measure_f1, slice(2, 3), precision_recall=True)


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


def metrics_of(scheme: Scheme, given: Collection[str] = ()) -> Iterator[Metric]:
    """The metrics of each layer, in the codebook's order.

    ``given``: the span layers of which a system was given the reference's spans. Then the metrics are those of what is said
    about these spans, and a track of their own.
    """
    evidence = {layer.name for layer in scheme.evidence.values()}
    for layer in scheme.codebook.layers:
        # What a joint score is about already is a diagnostic by itself.
        kind = DIAGNOSTIC if layer.name in (*scheme.in_arguments, *evidence) else OFFICIAL
        if given:
            track = f"gold {', '.join(sorted(given))}"
            yield from (metric._replace(track=track) for metric in _about_given(layer, scheme, kind, given))
        else:
            yield from _of_layer(layer, scheme, kind)


def _about_given(layer: Layer, scheme: Scheme, kind: str, given: Collection[str]) -> Iterator[Metric]:
    """The metrics of a layer that is about given spans, and of the arguments of given events; none of other layers."""
    if layer.name in given:
        yield from _of_arguments(layer, scheme) if layer in scheme.events else ()
    elif any(layer.starts_on(name) for name in given):
        yield from _of_links(layer, kind)
    elif layer.of in given:
        if layer.kind == "choice" and (layer.multiple or layer.labels_from):
            yield f1("F1", layer, partial(_all_answers, layer), kind)
        elif layer.kind == "choice":
            yield from _of_choice(layer)
            if layer.ordinal:
                yield from (_kappa(layer), _mean_distance("mean distance", layer, partial(_steps, layer)))
        else:
            yield from _of_typed(layer)


def _of_layer(layer: Layer, scheme: Scheme, kind: str) -> Iterator[Metric]:
    if layer.kind == "span":
        yield from _of_spans(layer, kind)
        yield from _of_arguments(layer, scheme) if layer in scheme.events else ()
    elif layer.kind == "relation":
        yield from _of_links(layer, kind)
    elif layer.of:
        yield from _of_attribute(layer, DIAGNOSTIC if layer.kind == "text" else kind)
    elif layer.kind != "choice":
        yield from _of_typed(layer)
    elif layer.multiple or layer.labels_from:
        yield f1("F1", layer, partial(_all_answers, layer), kind)
    elif layer.ordinal:
        yield from _of_scale(layer)
        if layer.name in scheme.evidence:
            yield _evidence(layer, scheme.evidence[layer.name])
    else:
        yield from _of_choice(layer)


def _of_choice(layer: Layer) -> Iterator[Metric]:
    yield _accuracy("accuracy", layer)
    yield _macro("macro F1", layer, layer.label_names, partial(_answers, layer))


def _of_typed(layer: Layer) -> Iterator[Metric]:
    """The scores of a number or of words."""
    if layer.kind == "number":
        yield _accuracy("accuracy", layer)
        # Of the answers that the system gave: it chooses which are compared.
        errors = _mean_distance("mean absolute error", layer, partial(_errors, layer))
        yield errors._replace(kind=DIAGNOSTIC, nothing="no number is in both")
    else:
        yield _accuracy("exact match", layer, plain, DIAGNOSTIC)


def plain(words: str) -> str:
    """Typed words without regard to case and blanks."""
    return " ".join(words.casefold().split())


SUPPORT = 20  # spans in gold: the F1 of a rarer label is too uncertain to count in the mean over labels


def _of_spans(layer: Layer, kind: str) -> Iterator[Metric]:
    groups = {label.name: label.group for label in layer.labels}

    def in_groups(doc: Doc) -> list[Labelled]:
        return [(start, end, groups.get(label, label)) for start, end, label in labelled(layer, doc)]

    def both_labels(gold: Doc, predicted: Doc) -> Iterator[tuple[str | None, str | None]]:
        gold_spans, predicted_spans = set(labelled(layer, gold)), set(labelled(layer, predicted))
        for span in gold_spans | predicted_spans:
            yield span[2] if span in gold_spans else None, span[2] if span in predicted_spans else None

    if len(layer.labels) != 1:
        yield f1("F1 exact, any label", layer, partial(extents, layer), kind)
    if any(groups.values()):
        yield f1("F1 exact, groups", layer, in_groups, kind)
    yield f1("F1 exact", layer, partial(labelled, layer), kind)
    # Spans that share a character and have the same label, matched one to one.
    match = partial(match_overlap, same_label=True)
    yield f1("F1 overlap", layer, lambda doc: doc.spans.get(layer.name, ()), DIAGNOSTIC, match)
    if len(layer.labels) > 1:
        count, nothing = _counts_of_classes(layer.label_names, both_labels), f"no label occurs {SUPPORT} times in gold"
        measure, width = partial(macro_f1, least=SUPPORT), 3 * len(layer.labels)
        yield Metric("macro F1 exact", layer.name, END_TO_END, DIAGNOSTIC, width, count, measure, GOLD_OF_CLASSES, nothing)


def extents(layer: Layer, doc: Doc) -> list[tuple[int, int]]:
    """Start and end of the spans of a layer. If a span may have several labels, it counts once here."""
    places = [(span.start, span.end) for span in doc.spans.get(layer.name, ())]
    return list(dict.fromkeys(places)) if layer.multiple else places


def labelled(layer: Layer, doc: Doc) -> list[Labelled]:
    """Start, end and label of the spans of a layer."""
    return [_key(span) for span in doc.spans.get(layer.name, ())]


def _key(span: Span) -> Labelled:
    return span.start, span.end, span.label


def _of_arguments(layer: Layer, scheme: Scheme) -> Iterator[Metric]:
    def attached(doc: Doc, role: bool = True, start: bool = True) -> list[tuple]:
        """Each argument with its event's extent and label; ``start`` false: with the label alone."""
        arguments = [
            (*(_key(span) if start else (span.label,)), name if role else "", filler)
            for span, name, filler in doc.arguments(layer, scheme)
        ]
        # Without roles, one filler in two roles is one argument. (Real duplicates are refused as the file is read.)
        return arguments if role else list(dict.fromkeys(arguments))

    def heads(doc: Doc) -> list[Hashable]:
        """A filler counts by its end: the last word is the head of an English noun phrase that has no postmodifier."""
        return [(*_key(span), name, (filler[0], filler[-1])) for span, name, filler in doc.arguments(layer, scheme)]

    yield f1("F1 of arguments, any role", layer, partial(attached, role=False))
    yield f1("F1 of arguments", layer, attached)
    yield f1("F1 of arguments, last word", layer, heads, DIAGNOSTIC)
    yield f1("F1 of arguments, unattached", layer, partial(attached, start=False), DIAGNOSTIC)


def _of_links(layer: Layer, kind: str) -> Iterator[Metric]:
    def ends(doc: Doc) -> list[tuple[Span, Span, str]]:
        links = (link for (name, _), found in doc.links.items() if name == layer.name for link in found)
        return [(doc.by_id[link.head], doc.by_id[link.tail], link.label) for link in links]

    def with_labels(doc: Doc) -> list[Hashable]:
        return [(_key(head), _key(tail), label) for head, tail, label in ends(doc)]

    def places(doc: Doc) -> list[Hashable]:
        return list(dict.fromkeys((_key(head)[:2], _key(tail)[:2]) for head, tail, _ in ends(doc)))

    yield f1("F1 end to end, any label", layer, places, kind)
    yield f1("F1 end to end", layer, with_labels, kind)


def _all_answers(layer: Layer, doc: Doc) -> list[Hashable]:
    """Each answer of a layer with what it is about: a span's extent and label, an actor, or "" for the article."""
    answers = [(of, label) for (name, of), labels in doc.answers.items() if name == layer.name for label in labels]
    return [(_key(doc.by_id[of]) if layer.of else of, label) for of, label in answers]


def _of_attribute(layer: Layer, kind: str) -> Iterator[Metric]:
    """The scores of answers about spans that the system found itself: an answer is right with its span."""
    if layer.multiple or layer.labels_from:
        yield f1("F1 end to end", layer, partial(_all_answers, layer), kind)
        return

    def tuples(doc: Doc) -> list[tuple]:
        answers = ((span, doc.answer(layer, span.id)) for span in doc.spans.get(layer.of, ()))
        return [(*_key(span), plain(answer) if layer.kind == "text" else answer) for span, answer in answers]

    def both_answers(gold: Doc, predicted: Doc) -> Iterator[tuple[str | None, str | None]]:
        expected, found = set(tuples(gold)), set(tuples(predicted))
        for item in expected | found:
            yield item[-1] if item in expected else None, item[-1] if item in found else None

    yield f1("F1 end to end", layer, tuples, kind)
    if layer.kind == "choice":
        yield _macro("macro F1 end to end", layer, layer.label_names, both_answers)


def _answers(layer: Layer, gold: Doc, predicted: Doc) -> Iterator[tuple[str, str]]:
    """Gold's answer and the predicted one, about each given span, each actor, or the article; none for open conflicts of gold.

    What was not predicted has the layer's default.
    """
    if not layer.of:
        answers = predicted.targets(layer)
        yield from ((expected, answers.get(of, layer.default)) for of, expected in sorted(gold.targets(layer).items()))
        return
    for span in gold.spans.get(layer.of, ()):
        if expected := gold.answer(layer, span.id):
            yield expected, predicted.answer(layer, span.id)


def _errors(layer: Layer, gold: Doc, predicted: Doc) -> list[float]:
    return [abs(float(expected) - float(answer)) for expected, answer in _answers(layer, gold, predicted) if answer]


def _macro(
    name: str,
    layer: Layer,
    classes: Sequence[Hashable],
    labels: Labels,
    kind: str = OFFICIAL,
    counted: Sequence[int] | slice = ALL,
) -> Metric:
    """The mean of F1 over the labels in gold."""
    count, measure = _counts_of_classes(classes, labels), partial(macro_f1, classes=counted)
    return Metric(name, layer.name, _track(layer), kind, 3 * len(classes), count, measure, GOLD_OF_CLASSES, NOTHING)


def _accuracy(name: str, layer: Layer, normal: Callable[[str], str] = str, kind: str = OFFICIAL) -> Metric:
    """The share of gold's answers that are predicted; ``normal``: the form in which two answers are compared."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float]:
        right = [normal(expected) == normal(answer) for expected, answer in _answers(layer, gold, predicted)]
        return sum(right), len(right)

    return Metric(name, layer.name, _track(layer), kind, 2, count, _mean, slice(1, 2), NOTHING)


def _mean(sums: np.ndarray) -> np.ndarray:
    """From sums of a value and of the number of items."""
    return ratio(sums[:, 0], sums[:, 1])


def _track(layer: Layer) -> str:
    """The track of scores of the answers of a layer: whose items they are compared on."""
    return f"gold {ACTORS}" if layer.for_each else END_TO_END


SIDES = (-1, 0, 1)
Distance = Callable[[Shares, Shares, Layer], float]


def _of_scale(layer: Layer) -> Iterator[Metric]:
    """The scores of a scale about the article or its actors."""
    if has_signs(layer):
        sides = partial(_sides, layer)
        yield _macro("macro F1 of sides", layer, SIDES, sides)
        yield _macro("macro F1 of sides, without 0", layer, SIDES, sides, DIAGNOSTIC, (0, 2))
    yield _kappa(layer)
    yield _mean_distance("mean distance", layer, partial(_steps, layer))
    yield _mean_distance("Manhattan distance of shares", layer, partial(_between_shares, layer, manhattan))
    yield _mean_distance("Wasserstein distance of shares", layer, partial(_between_shares, layer, wasserstein))


def middle(layer: Layer) -> str:
    """What replaces a missing answer: the default; else the label nearest to 0, or the middle one if the scale has one side."""
    if layer.default or not has_signs(layer):
        return layer.default or layer.label_names[(len(layer.labels) - 1) // 2]
    return min(layer.labels, key=lambda label: abs(label.value or 0.0)).name


def _on_scale(layer: Layer, gold: Doc, predicted: Doc) -> Iterator[tuple[str, str, str]]:
    """What is asked about, gold's answer and the predicted answer."""
    if layer.of:
        yield from (("", expected, answer or middle(layer)) for expected, answer in _answers(layer, gold, predicted))
        return
    answers, missing = predicted.targets(layer), middle(layer)
    for of, gold_answer in sorted(gold.targets(layer).items()):
        yield of, gold_answer, answers.get(of, missing)


def _side(layer: Layer, label: str) -> int:
    value = layer.by_name[label].value or 0.0
    return int(value > 0) - int(value < 0)


def _sides(layer: Layer, gold: Doc, predicted: Doc) -> Iterator[tuple[int, int]]:
    return ((_side(layer, expected), _side(layer, answer)) for _, expected, answer in _on_scale(layer, gold, predicted))


def _kappa(layer: Layer) -> Metric:
    """Cohen's kappa with quadratic weights of the labels' values (J. Cohen 1968)."""
    names, size = layer.label_names, len(layer.labels)
    values = np.array([label.value or 0.0 for label in layer.labels])
    weights = (values[:, None] - values[None, :]) ** 2

    def count(gold: Doc, predicted: Doc) -> np.ndarray:
        counts = np.zeros((size, size))
        for _, gold_answer, answer in _on_scale(layer, gold, predicted):
            counts[names.index(gold_answer), names.index(answer)] += 1
        return counts.ravel()

    def measure(sums: np.ndarray) -> np.ndarray:
        counts = sums.reshape(len(sums), size, size)
        total = counts.sum(axis=(1, 2))
        expected = counts.sum(axis=2)[:, :, None] * counts.sum(axis=1)[:, None, :]
        observed = (counts * weights).sum(axis=(1, 2)) * total
        return 1 - ratio(observed, (expected * weights).sum(axis=(1, 2)))

    name, nothing = "Cohen's kappa, quadratic weights", "gold has no answer, or only one value occurs"
    return Metric(name, layer.name, _track(layer), OFFICIAL, size * size, count, measure, slice(None), nothing)


def _mean_distance(name: str, layer: Layer, distances: Callable[[Doc, Doc], list[float]]) -> Metric:
    """The mean of the distances over the answers of gold; lower is better."""

    def count(gold: Doc, predicted: Doc) -> tuple[float, float]:
        values = distances(gold, predicted)
        return sum(values), len(values)

    return Metric(name, layer.name, _track(layer), OFFICIAL, 2, count, _mean, slice(1, 2), NOTHING, lower_is_better=True)


def _steps(layer: Layer, gold: Doc, predicted: Doc) -> list[float]:
    """The distances in steps of the scale from the adjudicated answers."""
    values = {label.name: label.value or 0.0 for label in layer.labels}
    return [abs(values[expected] - values[answer]) for _, expected, answer in _on_scale(layer, gold, predicted)]


def _between_shares(layer: Layer, distance: Distance, gold: Doc, predicted: Doc) -> list[float]:
    """The distances of the predicted shares from the annotators' shares; an answer without shares is a share of 1."""
    gold_shares, shares = gold.soft.get(layer.name, {}), predicted.soft.get(layer.name, {})
    return [
        distance(gold_shares.get(of, {expected: 1.0}), shares.get(of, {answer: 1.0}), layer)
        for of, expected, answer in _on_scale(layer, gold, predicted)
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
        for actor, gold_answer, answer in _on_scale(layer, gold, predicted):
            if _side(layer, gold_answer) == _side(layer, answer):
                gold_words, words = (_words(doc, evidence, actor, gold.text) for doc in (gold, predicted))
                both += len(gold_words & words)
                in_predictions += len(words)
                in_gold += len(gold_words)
        return both, in_predictions, in_gold

    nothing = "neither has evidence of a target whose side is right"
    return Metric(
        f"F1 of words, {layer.name} right",
        evidence.name,
        _track(layer),
        OFFICIAL,
        3,
        count,
        measure_f1,
        slice(2, 3),
        nothing,
        precision_recall=True,
    )


def _words(doc: Doc, evidence: Layer, actor: str, text: str | None) -> set[int]:
    """The starts of the words marked as evidence about an actor; of a withheld text, the marked characters."""
    places: set[int] = set()
    for span in doc.spans.get(evidence.name, ()):
        if span.label == actor and text:
            places |= {match.start() for match in WORD.finditer(text, span.start, span.end)}
        elif span.label == actor:
            places |= set(range(span.start, span.end))
    return places
