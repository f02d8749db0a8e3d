"""Krippendorff's alpha for unitizing: agreement on the positions of units in a continuum, gaps included.

K. Krippendorff, "On the reliability of unitizing continuous data" (Sociological Methodology 25, 1995), with the expected
disagreement as corrected in "Content Analysis" (2nd ed. 2004, p. 251-256) and "Measuring the Reliability of Qualitative
Text Analysis Data" (2004); their worked examples are in the tests. Krippendorff, Mathet, Bouvry and Widlöcher, "On the
reliability of unitizing textual continua" (2016), compare it with related coefficients.

Each article is a separate continuum. Disagreements of several articles are summed with the weight m·L², as if the
articles were one continuum end to end, but chance moves units only within their article.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, combinations

import numpy as np

from standpoint.agreement.counts import Counted, Extent, Reading, Statistic, Tally, ratio
from standpoint.codebook.types import Layer

Units = Sequence[Extent]  # the disjoint units of one annotator and category, in reading order


def statistics(layer: Layer, seed: int | None) -> Iterator[Statistic]:
    """Alpha U of a span layer, by label and for any label. It is for disjoint units, so not if spans of the layer may overlap."""
    if layer.kind == "span" and layer.overlaps == "none":
        by_label = tally_unitizing(lambda reading: reading.units(layer.name))
        yield Statistic(layer.name, "alpha U", by_label, measure_unitizing, joint=True)
        any_label = tally_unitizing(lambda reading: reading.one_unit(layer.name))
        yield Statistic(layer.name, "alpha U, any label", any_label, measure_unitizing, joint=True)


def tally_unitizing(units: Callable[[Reading], Mapping[str, Units]]) -> Tally:
    """Counts for alpha U: observed disagreement, expected disagreement, units. ``units`` gives the units by category."""

    def count(readings: Sequence[Reading]) -> Counted:
        sides = [units(reading) for reading in readings]
        every = [extent for side in sides for extents in side.values() for extent in extents]
        length = max([reading.length for reading in readings] + [end for _, end in every])
        weight, observed, expected = len(sides) * length**2, 0.0, 0.0
        for category in dict.fromkeys(chain.from_iterable(sides)) if every else ():
            rows = [side.get(category, ()) for side in sides]
            observed += weight * observed_disagreement(rows, length)
            expected += weight * expected_disagreement(rows, length)
        return Counted((observed, expected, len(every)))

    return Tally(3, count, n=(2,), joint=True)


def measure_unitizing(sums: np.ndarray) -> np.ndarray:
    """1 - observed / expected disagreement."""
    return 1 - ratio(sums[:, 0], sums[:, 1])


def observed_disagreement(rows: Sequence[Units], length: int) -> float:
    """D_o of one category: the disagreement between all pairs of annotators, divided by pairs and squared length.

    Two overlapping units add the squared distances of their starts and of their ends. A unit in another annotator's gap
    adds its squared length.
    """
    annotators = len(rows)
    disagreement = sum(_between(ones, others) for ones, others in combinations(rows, 2))
    return 2 * disagreement / (annotators * (annotators - 1) * length**2)


def _between(ones: Units, others: Units) -> int:
    if not ones or not others:
        return sum((end - start) ** 2 for start, end in ones or others)
    if len(ones) == len(others) == 1 and ones == others:  # nearly always: one unit of a category, marked by both
        return 0
    disagreement = 0
    overlapped: set[Extent] = set()
    for start, end in ones:
        alone = True
        for left, right in others:
            if left >= end:
                break
            if start < right:
                disagreement += (start - left) ** 2 + (end - right) ** 2
                overlapped.add((left, right))
                alone = False
        if alone:
            disagreement += (end - start) ** 2
    return disagreement + sum([(end - start) ** 2 for start, end in others if (start, end) not in overlapped])


def expected_disagreement(rows: Sequence[Units], length: int) -> float:
    """D_e of one category: the disagreement if the units and gaps of all annotators had random positions.

    Each unit overlaps each of the other N - 1 units at every possible place, and is in each gap of at least its length at
    every place where it fits.
    """
    gaps = [gap for row in rows for gap in gaps_of(row, length)]
    sizes: dict[int, int] = {}
    for start, end in chain.from_iterable(rows):
        sizes[end - start] = sizes.get(end - start, 0) + 1
    continua, units, disagreement = len(rows) * length, sum(sizes.values()), 0.0
    for size, count in sizes.items():
        among_units = (units - 1) / 3 * (2 * size**3 - 3 * size**2 + size)
        in_gaps = size**2 * sum([gap - size + 1 for gap in gaps if gap >= size])
        disagreement += count * (among_units + in_gaps)
    places = continua * (continua - 1) - sum([count * size * (size - 1) for size, count in sizes.items()])
    return 2 / length * disagreement / places if units else 0.0


def gaps_of(units: Units, length: int) -> list[int]:
    """The lengths of the gaps before the first unit, between units, and after the last."""
    gaps, at = [], 0
    for start, end in units:
        if start > at:
            gaps.append(start - at)
        at = end
    if length > at:
        gaps.append(length - at)
    return gaps
