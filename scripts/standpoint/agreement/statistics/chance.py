"""Agreement beyond chance on answers: Krippendorff's alpha, Fleiss' and Cohen's kappa, raw agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, permutations
from typing import Any

import numpy as np

from standpoint.agreement.counts import NO_UNITS, Counted, Measure, Reading, Statistic, Tally, ratio
from standpoint.codebook.load import MEAN_DISTANCE, SHARE, distances, statistics_of
from standpoint.codebook.types import Layer

MATCHED = "alpha of matched labels"  # the main statistic of a span layer; for answers, it is the first in the report
Units = Callable[[Reading], Mapping[Any, str]]  # the answer about each unit


def statistics(layer: Layer, seed: int | None) -> Iterator[Statistic]:
    """The coefficients for a span layer's labels on equal extents, or for a choice layer; both with one label for each place."""
    if layer.kind == "span" and not layer.multiple:
        rows, main = _of_spans(layer), MATCHED
    elif layer.kind == "choice" and not layer.multiple:
        rows, main = _of_answers(layer), statistics_of(layer)[0]
    elif layer.kind == "number":
        rows, main = _of_numbers(layer), statistics_of(layer)[0]
    else:
        return
    for name, tally, measure in rows:
        joint = not name.startswith("Cohen")  # Cohen's kappa is for two annotators, the others are for any number
        yield Statistic(layer.name, name, tally, measure, joint, name == main, name == MEAN_DISTANCE)


def _of_spans(layer: Layer) -> Iterator[tuple[str, Tally, Measure]]:
    tally = tally_nominal(lambda reading: reading.extents(layer.name))
    yield MATCHED, tally, measure_alpha
    yield "Cohen's kappa of matched labels", tally, measure_cohen
    yield "Fleiss' kappa of matched labels", tally, measure_fleiss
    groups = {label.name: label.group or label.name for label in layer.labels}
    by_group = tally_nominal(lambda reading: reading.extents(layer.name), lambda label: groups.get(label, label))
    yield "alpha of matched groups", by_group, measure_alpha


def _of_answers(layer: Layer) -> Iterator[tuple[str, Tally, Measure]]:
    def units(reading: Reading) -> Mapping[Any, str]:
        return reading.answer(layer.name)

    tally = tally_nominal(units)
    yield "alpha nominal", tally, measure_alpha
    yield "Cohen's kappa", tally, measure_cohen
    yield "Fleiss' kappa", tally, measure_fleiss
    yield "raw agreement", tally, measure_raw
    yield "alpha nominal, default or not", tally_nominal(units, lambda label: str(label == layer.default)), measure_alpha
    if layer.ordinal:
        values = {label.name: label.value or 0.0 for label in layer.labels}
        signs = tally_nominal(units, lambda label: str(np.sign(values[label])))
        yield "alpha nominal of signs", signs, measure_alpha
        scale = Scale(values)
        ordinal = scale.tally(units)
        yield "alpha ordinal", ordinal, scale.alpha("ordinal")
        yield "alpha interval", ordinal, scale.alpha("interval")
        yield "Cohen's kappa, quadratic weights", ordinal, scale.weighted_kappa
        yield MEAN_DISTANCE, ordinal, scale.mean_distance
        yield from ((SHARE.format(distance), ordinal, scale.share_at(distance)) for distance in distances(layer))


def _of_numbers(layer: Layer) -> Iterator[tuple[str, Tally, Measure]]:
    def units(reading: Reading) -> Mapping[Any, str]:
        return reading.answer(layer.name)

    tally = tally_numbers(units, layer.min or 0.0)
    yield "alpha interval", tally, measure_interval
    yield "raw agreement", tally_nominal(units), measure_raw
    yield MEAN_DISTANCE, tally, measure_apart


def alpha_of_coincidences(tables: np.ndarray, metric: str, numbers: np.ndarray) -> np.ndarray:
    """Alpha of each table of coincidences (tables x values x values); NaN if fewer than two values occur.

    ``numbers`` are the values on the scale, ascending (for the nominal metric, any different numbers).
    """
    totals = tables.sum(axis=2)
    if metric == "ordinal":  # the squared number of answers between two ranks, with half of the answers at each rank
        ranks = totals.cumsum(axis=1) - totals / 2
        distance = (ranks[:, :, None] - ranks[:, None, :]) ** 2
    else:
        apart = numbers[:, None] - numbers
        distance = apart**2 if metric == "interval" else (apart != 0).astype(float)
    expected = np.einsum("bi,bij,bj->b", totals, np.broadcast_to(distance, tables.shape), totals)
    several = (totals > 0).sum(axis=1) > 1
    observed = (tables * distance).sum(axis=(1, 2)) * (totals.sum(axis=1) - 1)
    return np.where(several, 1 - np.divide(observed, expected, out=np.full(len(tables), np.nan), where=several), np.nan)


def coincidences(answers: np.ndarray, size: int) -> np.ndarray:
    """The table of coincidences (size x size) of a matrix of answers.

    ``answers`` (annotators x units) has the position of each answer among the ``size`` values, or -1 for no answer. An
    ordered pair of answers weighs 1 / (m - 1), so that a unit with m answers weighs m, and a single answer nothing.
    """
    answered = answers >= 0
    counts = answered.sum(axis=0)
    weight = np.where(counts > 1, 1 / np.maximum(counts - 1, 1), 0.0)
    cells = np.zeros(size * size)
    for first, second in combinations(range(len(answers)), 2):
        both = answered[first] & answered[second]
        pairs = answers[first, both] * size + answers[second, both]
        cells += np.bincount(pairs, weights=weight[both], minlength=size * size)
    table = cells.reshape(size, size)
    return table + table.T


def alpha(answers: np.ndarray, metric: str, numbers: Sequence[float]) -> float | None:
    """Alpha of a matrix of answers (as in ``coincidences``) on the ascending scale ``numbers``; None if it is undefined.

    ``metric`` is nominal, ordinal or interval.
    """
    value = alpha_of_coincidences(coincidences(answers, len(numbers))[None], metric, np.asarray(numbers, float))[0]
    return None if np.isnan(value) else float(value)


UNITS, AGREE, ANSWERS, RAW, SQUARES, PRODUCTS = range(6)  # the columns of a nominal tally; the last two are for its labels


def shared(units: Units, readings: Sequence[Reading]) -> Iterable[list[str]]:
    """The answers about each unit with two or more answers, in the order of the readings."""
    rows = [units(reading) for reading in readings]
    if len(rows) == 2:
        first, second = rows
        return [[label, second[unit]] for unit, label in first.items() if unit in second]
    answers: dict[object, list[str]] = {}
    for row in rows:
        for unit, label in row.items():
            answers.setdefault(unit, []).append(label)
    return [row for row in answers.values() if len(row) > 1]


def tally_nominal(units: Units, label_of: Callable[[str], str] = str) -> Tally:
    """Counts for all nominal coefficients: units, the diagonal of the coincidences, answers, raw agreement, and labels.

    A unit with m answers, k_c of them c, adds k_c (k_c - 1) / (m - 1) to the diagonal, so that it weighs m in alpha, and
    1/m of that to the raw agreement, so that it weighs 1 in kappa.
    """

    def count(readings: Sequence[Reading]) -> Counted:
        n_units = 0
        agree = raw = 0.0
        first: list[str] = []
        rest: list[str] = []
        for answers in shared(units, readings):
            row, m = answers if label_of is str else list(map(label_of, answers)), len(answers)
            same = 2.0 * (row[0] == row[1]) if m == 2 else (sum(map(row.count, row)) - m) / (m - 1)
            n_units, agree, raw = n_units + 1, agree + same, raw + same / m
            first.append(row[0])
            rest += row[1:]
        counts, others = Counter(first), Counter(rest)
        labels = {label: (counts[label], others[label]) for label in counts | others}
        return Counted((n_units, agree, len(first) + len(rest), raw), labels)

    return Tally(4, count, n=(UNITS,), nothing=NO_UNITS, joint=True, nominal=True)


def tally_numbers(units: Units, least: float = 0.0) -> Tally:
    """Counts for the statistics of numbers: units, answers n, x, x², and the squared and the plain distances in a unit.

    An ordered pair of a unit's m answers weighs 1 / (m - 1). ``least`` is subtracted from the numbers, which changes no
    distance, and keeps the sums of squares exact.
    """

    def count(readings: Sequence[Reading]) -> Counted:
        columns = [0.0] * 6
        for answers in shared(units, readings):
            row, m = [float(answer) - least for answer in answers], len(answers)
            pairs = [abs(first - second) for first, second in permutations(row, 2)]
            squares, apart = sum(distance**2 for distance in pairs) / (m - 1), sum(pairs) / (m - 1)
            added = (1, m, sum(row), sum(number**2 for number in row), squares, apart)
            columns = [total + one for total, one in zip(columns, added, strict=True)]
        return Counted(columns)

    return Tally(6, count, n=(UNITS,), nothing=NO_UNITS, joint=True)


def measure_interval(sums: np.ndarray) -> np.ndarray:
    """Krippendorff's alpha, interval, from ``tally_numbers``. All squared distances sum up to 2 (n sum(x²) - sum(x)²)."""
    n, total, squares, observed = (sums[:, column] for column in (1, 2, 3, 4))
    expected = 2 * (n * squares - total**2)
    return 1 - ratio((n - 1) * observed, np.where(expected > 1e-9 * n * squares, expected, 0))


def measure_apart(sums: np.ndarray) -> np.ndarray:
    """The mean distance between two answers about one thing; 0 is best."""
    return ratio(sums[:, 5], sums[:, 1])


def measure_alpha(sums: np.ndarray) -> np.ndarray:
    """Krippendorff's alpha, nominal: 1 - (n - 1) (n - diagonal) / (n² - sum of squared totals)."""
    n = sums[:, ANSWERS]
    return 1 - ratio((n - 1) * (n - sums[:, AGREE]), n**2 - sums[:, SQUARES])


def measure_fleiss(sums: np.ndarray) -> np.ndarray:
    """Fleiss' kappa: raw agreement, corrected by the agreement of answers drawn from all answers."""
    return _kappa(sums, sums[:, SQUARES], sums[:, ANSWERS] ** 2)


def measure_cohen(sums: np.ndarray) -> np.ndarray:
    """Cohen's kappa of two annotators: raw agreement, corrected by the agreement of answers drawn from each one's answers."""
    return _kappa(sums, sums[:, PRODUCTS], sums[:, UNITS] ** 2)


def _kappa(sums: np.ndarray, same: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    expected = ratio(same, drawn)
    return ratio(measure_raw(sums) - expected, np.where(same == drawn, 0, 1 - expected))


def measure_raw(sums: np.ndarray) -> np.ndarray:
    """The share of equal pairs of answers in a unit, averaged over units."""
    return ratio(sums[:, RAW], sums[:, UNITS])


class Scale:
    """The statistics of an ordinal layer, from counts of (answer, answer).

    ``numbers`` are the values of the labels, ascending. The columns are a table of values x values, then the units. With
    two annotators, the rows are the first annotator's. With more, each ordered pair of a unit weighs 1 / 2(m - 1). In both
    cases, the coincidences are the sum of the table and its transpose.
    """

    def __init__(self, values: Mapping[str, float]) -> None:
        self.numbers = np.array(sorted(set(values.values())), float)
        self.place = {label: int(np.searchsorted(self.numbers, value)) for label, value in values.items()}
        self.size = len(self.numbers)
        self.apart = np.abs(self.numbers[:, None] - self.numbers)

    def tally(self, units: Units) -> Tally:
        """The tally for all measures."""

        def count(readings: Sequence[Reading]) -> Counted:
            columns = [0.0] * (self.size**2 + 1)
            for row in shared(units, readings):
                columns[-1] += 1
                places = [self.place[label] for label in row]
                if len(readings) == 2:
                    columns[places[0] * self.size + places[1]] += 1
                else:
                    for first, second in permutations(places, 2):
                        columns[first * self.size + second] += 0.5 / (len(row) - 1)
            return Counted(columns)

        return Tally(self.size**2 + 1, count, n=(self.size**2,), nothing=NO_UNITS, joint=True)

    def table(self, sums: np.ndarray) -> np.ndarray:
        """The counts of (answer, answer): resamples x values x values."""
        return sums[:, :-1].reshape(-1, self.size, self.size)

    def alpha(self, metric: str) -> Callable[[np.ndarray], np.ndarray]:

        def measure(sums: np.ndarray) -> np.ndarray:
            table = self.table(sums)
            return alpha_of_coincidences(table + table.transpose(0, 2, 1), metric, self.numbers)

        return measure

    def weighted_kappa(self, sums: np.ndarray) -> np.ndarray:
        """Cohen's kappa of two annotators with quadratic weights."""
        table, weights = self.table(sums), self.apart**2
        expected = np.einsum("bi,ij,bj->b", table.sum(2), weights, table.sum(1))
        return 1 - ratio((table * weights).sum((1, 2)) * table.sum((1, 2)), expected)

    def mean_distance(self, sums: np.ndarray) -> np.ndarray:
        """The mean distance between two answers about one thing, in the numbers of the scale; 0 is best."""
        table = self.table(sums)
        return ratio((table * self.apart).sum((1, 2)), table.sum((1, 2)))

    def share_at(self, distance: float) -> Callable[[np.ndarray], np.ndarray]:
        """The share of pairs of answers with this distance."""
        at_distance = np.isclose(self.apart, distance)

        def measure(sums: np.ndarray) -> np.ndarray:
            table = self.table(sums)
            return ratio((table * at_distance).sum((1, 2)), table.sum((1, 2)))

        return measure
