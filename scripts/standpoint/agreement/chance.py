"""Agreement beyond chance on answers: Krippendorff's alpha, Fleiss' and Cohen's kappa, raw agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

import numpy as np

from standpoint.agreement.counts import NO_UNITS, Counted, Tally, ratio
from standpoint.agreement.reading import Reading

Metric = Callable[[np.ndarray, np.ndarray], np.ndarray]  # numbers (values), totals (tables x values) -> tables x values x values


def alpha_of_coincidences(tables: np.ndarray, metric: Metric, numbers: np.ndarray) -> np.ndarray:
    """Alpha of each table of coincidences (tables x values x values); NaN where fewer than two values occur.

    ``numbers`` are the values' places on the scale, ascending (any that are different, for the nominal metric).
    """
    totals = tables.sum(axis=2)
    distance = metric(numbers, totals)
    expected = np.einsum("bi,bij,bj->b", totals, np.broadcast_to(distance, tables.shape), totals)
    several = (totals > 0).sum(axis=1) > 1
    observed = (tables * distance).sum(axis=(1, 2)) * (totals.sum(axis=1) - 1)
    return np.where(several, 1 - np.divide(observed, expected, out=np.full(len(tables), np.nan), where=several), np.nan)


def coincidences(answers: np.ndarray, size: int) -> np.ndarray:
    """The table of coincidences (size x size) of a matrix of answers.

    ``answers`` is annotators x units: the position of each answer among the ``size`` values, or -1 for none. Each unit's
    ordered pairs of answers weigh 1 / (m - 1), so that a unit of m answers weighs m; one with a single answer, nothing.
    """
    annotators, units = answers.shape
    there = answers >= 0
    many = there.sum(axis=0)
    weight = np.where(many > 1, 1 / np.maximum(many - 1, 1), 0.0)
    table = np.zeros(size * size)
    for one in range(annotators):
        for other in range(one + 1, annotators):
            both = there[one] & there[other]
            cells = answers[one, both] * size + answers[other, both]
            table += np.bincount(cells, weights=weight[both], minlength=size * size)
    table = table.reshape(size, size)
    return table + table.T


def alpha(answers: np.ndarray, metric: str, numbers: Sequence[float]) -> float | None:
    """Alpha of a matrix of answers (as in ``coincidences``) on the scale ``numbers``, ascending; None where there is none."""
    table = coincidences(answers, len(numbers))
    value = alpha_of_coincidences(table[None], METRICS[metric], np.asarray(numbers, float))[0]
    return None if np.isnan(value) else float(value)


def _nominal(numbers: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """0 for the same answer, 1 for another."""
    return (numbers[:, None] != numbers).astype(float)


def _ordinal(numbers: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """How many answers lie between two ranks, each rank itself counted half; squared."""
    ranks = totals.cumsum(axis=1) - totals / 2
    return (ranks[:, :, None] - ranks[:, None, :]) ** 2


def _interval(numbers: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """The squared difference."""
    return (numbers[:, None] - numbers) ** 2


METRICS: dict[str, Metric] = {"nominal": _nominal, "ordinal": _ordinal, "interval": _interval}


UNITS, AGREE, ANSWERS, RAW, SQUARES, PRODUCTS = range(6)  # the columns of a nominal tally, with the two for its labels

Units = Callable[[Reading], Mapping[Hashable, str]]  # what was answered about each unit


def shared(units: Units, readings: Sequence[Reading]) -> Iterable[list[str]]:
    """The answers about each unit that has two or more, in the order of the readings."""
    rows = [units(reading) for reading in readings]
    if len(rows) == 2:
        one, other = rows
        return [[label, other[unit]] for unit, label in one.items() if unit in other]
    answers: dict[Hashable, list[str]] = {}
    for row in rows:
        for unit, label in row.items():
            answers.setdefault(unit, []).append(label)
    return [row for row in answers.values() if len(row) > 1]


def tally_nominal(units: Units, label_of: Callable[[str], str] = str) -> Tally:
    """Counts for every nominal coefficient: units, the coincidences' diagonal, answers, raw agreement, and labels.

    A unit of m answers of which k_c are c adds k_c (k_c - 1) / (m - 1) to the coincidences' diagonal (so that it weighs
    m in alpha), and that over m to the raw agreement (so that it weighs 1 in kappa).
    """

    def count(readings: Sequence[Reading]) -> Counted:
        agree = answers = raw = units_found = 0
        first, rest = Counter(), Counter()
        for row in shared(units, readings):
            row = [label_of(label) for label in row]
            same = sum(k * (k - 1) for k in Counter(row).values()) / (len(row) - 1) if len(row) > 2 else 2 * (row[0] == row[1])
            agree, answers, raw, units_found = agree + same, answers + len(row), raw + same / len(row), units_found + 1
            first[row[0]] += 1
            rest.update(row[1:])
        return Counted((units_found, agree, answers, raw), {label: (first[label], rest[label]) for label in first | rest})

    return Tally(4, count, n=(UNITS,), nothing=NO_UNITS, joint=True, nominal=True)


def measure_alpha(sums: np.ndarray) -> np.ndarray:
    """Krippendorff's alpha, nominal: 1 - (n - 1) (n - diagonal) / (n² - sum of squared totals)."""
    n = sums[:, ANSWERS]
    return 1 - ratio((n - 1) * (n - sums[:, AGREE]), n**2 - sums[:, SQUARES])


def measure_fleiss(sums: np.ndarray) -> np.ndarray:
    """Fleiss' kappa: raw agreement against that of answers drawn from all answers."""
    expected = ratio(sums[:, SQUARES], sums[:, ANSWERS] ** 2)
    return ratio(measure_raw(sums) - expected, np.where(sums[:, SQUARES] == sums[:, ANSWERS] ** 2, 0, 1 - expected))


def measure_cohen(sums: np.ndarray) -> np.ndarray:
    """Cohen's kappa of two annotators: raw agreement against that of answers drawn from each one's own."""
    expected = ratio(sums[:, PRODUCTS], sums[:, UNITS] ** 2)
    return ratio(measure_raw(sums) - expected, np.where(sums[:, PRODUCTS] == sums[:, UNITS] ** 2, 0, 1 - expected))


def measure_raw(sums: np.ndarray) -> np.ndarray:
    """The share of a unit's pairs of answers that are the same, the mean over units."""
    return ratio(sums[:, RAW], sums[:, UNITS])


class Scale:
    """An ordinal layer's answers: counts of (answer, answer), and what is computed from them.

    ``numbers`` are the answers' values in ascending order. The columns are a table of values x values, then the units.
    Of two annotators, the table's rows are the first's. Of more, a unit's ordered pairs weigh 1 / 2(m - 1) each. So the
    coincidences are the table and its transpose, added.
    """

    def __init__(self, values: Mapping[str, float]) -> None:
        self.numbers = np.array(sorted(set(values.values())), float)
        self.place = {label: int(np.searchsorted(self.numbers, value)) for label, value in values.items()}
        self.size = len(self.numbers)
        self.apart = np.abs(self.numbers[:, None] - self.numbers)

    def tally(self, units: Units) -> Tally:
        """The tally that all the measures read."""

        def count(readings: Sequence[Reading]) -> Counted:
            columns = [0.0] * (self.size**2 + 1)
            for row in shared(units, readings):
                columns[-1] += 1
                places = [self.place[label] for label in row]
                if len(readings) == 2:
                    columns[places[0] * self.size + places[1]] += 1
                else:
                    for i, one in enumerate(places):
                        for j, other in enumerate(places):
                            if i != j:
                                columns[one * self.size + other] += 0.5 / (len(row) - 1)
            return Counted(columns)

        return Tally(self.size**2 + 1, count, n=(self.size**2,), nothing=NO_UNITS, joint=True)

    def table(self, sums: np.ndarray) -> np.ndarray:
        """The counts of (answer, answer): resamples x values x values."""
        return sums[:, :-1].reshape(-1, self.size, self.size)

    def alpha(self, metric: str) -> Callable[[np.ndarray], np.ndarray]:
        """Krippendorff's alpha with a metric."""

        def measure(sums: np.ndarray) -> np.ndarray:
            table = self.table(sums)
            return alpha_of_coincidences(table + table.transpose(0, 2, 1), METRICS[metric], self.numbers)

        return measure

    def weighted_kappa(self, sums: np.ndarray) -> np.ndarray:
        """Cohen's kappa of two annotators with quadratic weights."""
        table, weights = self.table(sums), self.apart**2
        expected = np.einsum("bi,ij,bj->b", table.sum(2), weights, table.sum(1))
        return 1 - ratio((table * weights).sum((1, 2)) * table.sum((1, 2)), expected)

    def mean_distance(self, sums: np.ndarray) -> np.ndarray:
        """How far two answers about one thing are apart, in the scale's own numbers; 0 is the best."""
        table = self.table(sums)
        return ratio((table * self.apart).sum((1, 2)), table.sum((1, 2)))

    def share_at(self, distance: float) -> Callable[[np.ndarray], np.ndarray]:
        """The share of pairs of answers that are so far apart."""
        there = np.isclose(self.apart, distance)

        def measure(sums: np.ndarray) -> np.ndarray:
            table = self.table(sums)
            return ratio((table * there).sum((1, 2)), table.sum((1, 2)))

        return measure
