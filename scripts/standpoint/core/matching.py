"""One-to-one matching of the spans of two annotators or systems. A pair is a pair of positions in the two sequences.

Agreement and scores use the same functions, so that agreement between people and scores of systems can be compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from operator import attrgetter, gt
from typing import Protocol, TypeVar

Pair = tuple[int, int]
Score = tuple[int, int, int]  # pairs, pairs of one label, characters shared
Item = TypeVar("Item")


class Stretch(Protocol):
    """A labelled stretch of text, ``[start, end)`` in code points."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def label(self) -> str: ...


Placed = tuple[int, Stretch]  # a span with its position


def match_equal(ones: Sequence[Hashable], others: Sequence[Hashable]) -> list[Pair]:
    """As many pairs of equal items as possible. Of several equal items, the first is paired with the first."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for place in reversed(range(len(others))):
        places[others[place]].append(place)
    return [(place, places[item].pop()) for place, item in enumerate(ones) if places.get(item)]


def count_equal(ones: Sequence[Hashable], others: Sequence[Hashable]) -> int:
    """The number of pairs of ``match_equal``."""
    different, other_different = set(ones), set(others)
    if len(different) == len(ones) or len(other_different) == len(others):  # nearly always: each has one partner at most
        return len(different & other_different)
    return len(match_equal(ones, others))


def match_overlap(ones: Sequence[Stretch], others: Sequence[Stretch], same_label: bool = False) -> list[Pair]:
    """Pairs of spans that share a character: the most pairs, then the most pairs with one label, then the most shared characters.

    With ``same_label``, only spans with the same label are paired. Usually the spans of one side do not overlap. Then no two
    pairs can cross, and dynamic programming in reading order finds the best pairs, as for the longest common subsequence.
    Clusters of overlapping spans are solved separately, so that the time grows linearly. Two spans with the same extent
    overlap no other span, so they are paired first. If spans of one side overlap, because their layer allows it, equal spans
    are paired first too, and the best pairs of the others are an assignment.
    """
    return _matched(ones, others, (same_label,))[0]


def match_both_ways(ones: Sequence[Stretch], others: Sequence[Stretch]) -> list[list[Pair]]:
    """``match_overlap`` with any labels and with ``same_label``, in little more than the time of one."""
    return _matched(ones, others, (False, True))


def _matched(ones: Sequence[Stretch], others: Sequence[Stretch], ways: Sequence[bool]) -> list[list[Pair]]:
    """The pairs of ``match_overlap`` for each value of ``same_label``."""
    extents, other_extents = ([(span.start, span.end) for span in side] for side in (ones, others))
    if _overlap_each_other(extents) or _overlap_each_other(other_extents):
        return [_match_overlapping(ones, others, same_label) for same_label in ways]
    same = match_equal(extents, other_extents)
    found = [[(i, j) for i, j in same if not same_label or ones[i].label == others[j].label] for same_label in ways]
    if len(same) < min(len(ones), len(others)):
        decided = ({i for i, _ in same}, {j for _, j in same})
        rest = [(*extent, 0, place) for place, extent in enumerate(extents) if place not in decided[0]]
        rest += [(*extent, 1, place) for place, extent in enumerate(other_extents) if place not in decided[1]]
        rest.sort()
        for cluster in overlap_clusters(rest, lambda entry: entry[:2]):
            left = [(place, ones[place]) for _, _, side, place in cluster if side == 0]
            right = [(place, others[place]) for _, _, side, place in cluster if side == 1]
            if left and right:
                for pairs, same_label in zip(found, ways, strict=True):
                    pairs += _best_pairs(left, right, same_label)
    return [sorted(pairs) for pairs in found]


def _overlap_each_other(extents: Iterable[tuple[int, int]]) -> bool:
    ordered = sorted(extents)
    return any(map(gt, [end for _, end in ordered], [start for start, _ in ordered[1:]]))


def _match_overlapping(ones: Sequence[Stretch], others: Sequence[Stretch], same_label: bool) -> list[Pair]:
    """``match_overlap`` for spans that may overlap others of their side."""
    pairs: list[Pair] = []
    rests = [list(enumerate(ones)), list(enumerate(others))]
    for fields in (("start", "end", "label"), *(() if same_label else (("start", "end"),))):
        equal = match_equal(*([attrgetter(*fields)(span) for _, span in rest] for rest in rests))
        pairs += [(rests[0][i][0], rests[1][j][0]) for i, j in equal]
        paired = [{pair[side] for pair in pairs} for side in (0, 1)]
        rests = [[entry for entry in rest if entry[0] not in done] for rest, done in zip(rests, paired, strict=True)]
    entries = sorted((span.start, span.end, side, place) for side, rest in enumerate(rests) for place, span in rest)
    for cluster in overlap_clusters(entries, lambda entry: entry[:2]):
        length = sum(end - start for start, end, *_ in cluster) + 1  # more than all equal labels or shared characters together
        weights: dict[Pair, float] = {}
        for i, j in product(*([place for *_, of, place in cluster if of == side] for side in (0, 1))):
            shared = min(ones[i].end, others[j].end) - max(ones[i].start, others[j].start)
            same = ones[i].label == others[j].label
            if shared > 0 and (same or not same_label):
                weights[i, j] = length * length + same * length + shared
        pairs += match_weighted(weights)
    return sorted(pairs)


def overlap_clusters(items: Iterable[Item], extent_of: Callable[[Item], tuple[int, int]]) -> Iterator[list[Item]]:
    """Lists of items whose extents are connected by overlaps. ``items`` must be sorted by their starts."""
    cluster: list[Item] = []
    reach = -1
    for item in items:
        start, end = extent_of(item)
        if cluster and start >= reach:
            yield cluster
            cluster = []
        cluster.append(item)
        reach = max(reach, end)
    if cluster:
        yield cluster


def _best_pairs(left: Sequence[Placed], right: Sequence[Placed], same_label: bool) -> list[Pair]:
    """The best pairs of one cluster. ``best[j]``: score and pairs of the left spans so far and the first j right spans."""
    nothing: tuple[Score, tuple[Pair, ...]] = ((0, 0, 0), ())
    best = [nothing] * (len(right) + 1)
    for place, span in left:
        row = [nothing]
        for column, (other_place, other) in enumerate(right):
            choice = max(best[column + 1], row[column], key=lambda entry: entry[0])
            shared, same = min(span.end, other.end) - max(span.start, other.start), span.label == other.label
            if shared > 0 and (same or not same_label):
                (pairs, labels, characters), before = best[column]
                score = (pairs + 1, labels + same, characters + shared)
                choice = max(choice, (score, (*before, (place, other_place))), key=lambda entry: entry[0])
            row.append(choice)
        best = row
    return list(best[-1][1])


def match_weighted(weights: Mapping[Pair, float]) -> list[Pair]:
    """The pairs with the greatest sum of weights, sorted. A pair without a positive weight is left out."""
    weighted = [pair for pair, weight in weights.items() if weight > 0]
    left, right = ({place: row for row, place in enumerate(sorted({pair[side] for pair in weighted}))} for side in (0, 1))
    if len(left) <= 1 or len(right) <= 1:  # the usual case, without loading scipy
        return [max(sorted(weighted), key=lambda pair: weights[pair])] if weighted else []
    import numpy as np
    from scipy.optimize import linear_sum_assignment  # imported here: most commands never need it

    matrix = np.zeros((len(left), len(right)))
    for i, j in weighted:
        matrix[left[i], right[j]] = weights[i, j]
    rows, columns = linear_sum_assignment(matrix, maximize=True)
    lefts, rights = list(left), list(right)
    return [(lefts[i], rights[j]) for i, j in zip(rows, columns, strict=True) if matrix[i, j] > 0]
