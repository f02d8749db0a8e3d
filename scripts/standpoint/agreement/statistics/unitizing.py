"""Krippendorff's alpha for unitizing: whether annotators agree on where units lie in a continuum, gaps included.

K. Krippendorff, "On the reliability of unitizing continuous data" (Sociological Methodology 25, 1995), with the expected
disagreement as corrected in "Content Analysis" (2nd ed. 2004, p. 251-256) and "Measuring the Reliability of Qualitative
Text Analysis Data" (2004); their worked examples are in the tests. The reasons for it are restated, and its kin
compared, in Krippendorff, Mathet, Bouvry and Widlöcher, "On the reliability of unitizing textual continua" (2016).

Each article is a continuum of its own. Over several, disagreements are summed with the weight m·L², as they would weigh
in one continuum that is all articles end to end, but that chance moves units within their article only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations

import numpy as np

from standpoint.agreement.counts import Counted, Extent, Reading, Statistic, Tally, ratio
from standpoint.codebook.types import Layer

Units = Sequence[Extent]  # of one annotator and category: disjoint, in reading order


def statistics(layer: Layer, seed: int | None) -> Iterator[Statistic]:
    """Alpha U of a span layer, by label and whatever the label."""
    if layer.kind == "span":
        by_label = tally_unitizing(lambda reading: reading.units(layer.name))
        yield Statistic(layer.name, "alpha U", by_label, measure_unitizing, joint=True)
        any_label = tally_unitizing(lambda reading: reading.one_unit(layer.name))
        yield Statistic(layer.name, "alpha U, any label", any_label, measure_unitizing, joint=True)


def tally_unitizing(units: Callable[[Reading], Mapping[str, Units]]) -> Tally:
    """Counts the observed disagreement, the expected disagreement, and units; ``units`` gives the units by category."""

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
    """D_o of one category: each annotator's units against each other's, per pair of annotators and squared length.

    Two units that share something disagree by the squares of how far their ends are apart; a unit that lies in
    another's gap by the square of its length.
    """
    annotators = len(rows)
    disagreement = sum(_between(ones, others) for ones, others in combinations(rows, 2))
    return 2 * disagreement / (annotators * (annotators - 1) * length**2)


def _between(ones: Units, others: Units) -> int:
    disagreement = 0
    met: set[Extent] = set()
    for start, end in ones:
        alone = True
        for other in others:
            if other[0] < end and start < other[1]:
                disagreement += (start - other[0]) ** 2 + (end - other[1]) ** 2
                alone = False
                met.add(other)
        disagreement += (end - start) ** 2 if alone else 0
    return disagreement + sum((end - start) ** 2 for start, end in others if (start, end) not in met)


def expected_disagreement(rows: Sequence[Units], length: int) -> float:
    """D_e of one category: what there would be if all annotators' units and gaps fell anywhere in all their continua.

    Each unit of length l meets each of the other N - 1 units, at every place where they share something, and lies in
    each gap that is as long at every place where it fits.
    """
    gaps = [gap for row in rows for gap in gaps_of(row, length)]
    sizes = Counter(end - start for row in rows for start, end in row)
    continua, units, disagreement = len(rows) * length, sizes.total(), 0.0
    for size, count in sizes.items():
        among_units = (units - 1) / 3 * (2 * size**3 - 3 * size**2 + size)
        in_gaps = size**2 * sum(gap - size + 1 for gap in gaps if gap >= size)
        disagreement += count * (among_units + in_gaps)
    places = continua * (continua - 1) - sum(count * size * (size - 1) for size, count in sizes.items())
    return 2 / length * disagreement / places if units else 0.0


def gaps_of(units: Units, length: int) -> Iterable[int]:
    """The lengths of the gaps before the first unit, between units, and after the last."""
    at = 0
    for start, end in units:
        if start > at:
            yield start - at
        at = end
    if length > at:
        yield length - at
