"""The one matcher: which span of one annotator (or system) is which of another's. One to one.

Agreement and scores use the same functions, so that how far people agree and how well a system does can be compared.
Spans are anything with ``start``, ``end`` and ``label``; a pair is a pair of positions in the two sequences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Protocol

Pair = tuple[int, int]
Score = tuple[int, int, int]  # pairs, pairs of one label, characters shared


class Stretch(Protocol):
    """A labelled stretch of text."""

    start: int
    end: int
    label: str


Placed = tuple[int, Stretch]  # a span with its position


def match_equal(ones: Sequence[Hashable], others: Sequence[Hashable]) -> list[Pair]:
    """Pairs of equal things; of several equal ones, the first with the first. The most pairs there can be."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for place in reversed(range(len(others))):
        places[others[place]].append(place)
    return [(place, places[one].pop()) for place, one in enumerate(ones) if places.get(one)]


def match_overlap(ones: Sequence[Stretch], others: Sequence[Stretch], same_label: bool = False) -> list[Pair]:
    """Pairs of spans that share a character: the most pairs; among those, most of one label; then most characters.

    With ``same_label``, only spans of one label make a pair.

    The spans of one side do not overlap each other (the checks see to it). Then no two pairs can cross: if a is before
    a' and b before b', a cannot reach b' while a' reaches b. So the best pairs in reading order are the best of all,
    and are found by going through both sides at once, as for the longest common subsequence. Stretches of text that
    share nothing are treated apart, so that it takes about as long as the spans are many. Two spans of one extent
    overlap nothing else, so that they are a pair, or (``same_label``) none is, before anything is gone through.
    """
    same = match_equal([(one.start, one.end) for one in ones], [(other.start, other.end) for other in others])
    pairs = [(i, j) for i, j in same if not same_label or ones[i].label == others[j].label]
    if len(same) < min(len(ones), len(others)):
        met = [set(side) for side in zip(*same, strict=True)] or [set(), set()]
        rest = [
            [(place, span) for place, span in enumerate(row) if place not in met[side]] for side, row in enumerate((ones, others))
        ]
        for left, right in _clusters(*rest):
            pairs += _best(left, right, same_label)
    return sorted(pairs)


def _clusters(ones: Sequence[Placed], others: Sequence[Placed]) -> Iterator[tuple[list[Placed], list[Placed]]]:
    """The spans that hang together by overlaps, in reading order, where both sides have some."""
    spans = sorted((span.start, span.end, side, place) for side, row in enumerate((ones, others)) for place, span in row)
    by_place = [dict(ones), dict(others)]
    reach, found = -1, ([], [])
    for start, end, side, place in spans:
        if start >= reach:
            if all(found):
                yield found
            found = ([], [])
        found[side].append((place, by_place[side][place]))
        reach = max(reach, end)
    if all(found):
        yield found


def _best(left: Sequence[Placed], right: Sequence[Placed], same_label: bool) -> list[Pair]:
    """The best pairs of one cluster. ``best[j]`` is for the lefts so far and the first j rights: score, pairs."""
    nothing: tuple[Score, tuple[Pair, ...]] = ((0, 0, 0), ())
    best = [nothing] * (len(right) + 1)
    for place, one in left:
        row = [nothing]
        for column, (other_place, other) in enumerate(right):
            choice = max(best[column + 1], row[column], key=lambda entry: entry[0])
            shared, same = min(one.end, other.end) - max(one.start, other.start), one.label == other.label
            if shared > 0 and (same or not same_label):
                (pairs, labels, characters), before = best[column]
                score = (pairs + 1, labels + same, characters + shared)
                choice = max(choice, (score, (*before, (place, other_place))), key=lambda entry: entry[0])
            row.append(choice)
        best = row
    return list(best[-1][1])


def match_weighted(weights: Mapping[Pair, float]) -> list[Pair]:
    """The pairs whose weights together are the greatest; a pair without a (positive) weight is none. Sorted.

    What hangs together by weights is treated apart: most often that is one thing on a side.
    """
    pairs: list[Pair] = []
    for found in _together(weights):
        left, right = (sorted({pair[side] for pair in found}) for side in (0, 1))
        if len(left) == 1 or len(right) == 1:
            pairs.append(max(sorted(found), key=lambda pair: weights[pair]))
        else:
            matrix = [[weights.get((i, j), 0.0) for j in right] for i in left]
            pairs += [(left[i], right[j]) for i, j in _assigned(matrix) if matrix[i][j] > 0]
    return sorted(pairs)


def _together(weights: Mapping[Pair, float]) -> Iterator[list[Pair]]:
    """The weighted pairs, those that share an end with each other in one list."""
    ends: dict[tuple[int, int], list[Pair]] = defaultdict(list)  # (side, position) -> its pairs
    for pair, weight in weights.items():
        if weight > 0:
            ends[0, pair[0]].append(pair)
            ends[1, pair[1]].append(pair)
    seen: set[Pair] = set()
    for pair in sorted(weights):
        found, new = [], [pair] if weights[pair] > 0 and pair not in seen else []
        while new:
            one = new.pop()
            if one not in seen:
                seen.add(one)
                found.append(one)
                new += ends[0, one[0]] + ends[1, one[1]]
        if found:
            yield found


def _assigned(weights: Sequence[Sequence[float]]) -> list[Pair]:
    """Each row of the shorter side to a column of its own, so that the sum is the greatest.

    The Hungarian method with potentials (H. W. Kuhn 1955, J. Munkres 1957), a row at a time: cubic, for small matrices.
    """
    if len(weights) > len(weights[0]):
        return [(i, j) for j, i in _assigned(list(zip(*weights, strict=True)))]
    rows, columns, far = len(weights), len(weights[0]), float("inf")
    of_row, of_column, owner = [0.0] * (rows + 1), [0.0] * (columns + 1), [0] * (columns + 1)
    for row in range(1, rows + 1):
        owner[0], at, least, before, done = row, 0, [far] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
        while owner[at]:
            done[at], step, nearest = True, far, 0
            for column in range(1, columns + 1):
                if not done[column]:
                    cost = -weights[owner[at] - 1][column - 1] - of_row[owner[at]] - of_column[column]
                    if cost < least[column]:
                        least[column], before[column] = cost, at
                    if least[column] < step:
                        step, nearest = least[column], column
            for column in range(columns + 1):
                if done[column]:
                    of_row[owner[column]] += step
                    of_column[column] -= step
                else:
                    least[column] -= step
            at = nearest
        while at:
            owner[at], at = owner[before[at]], before[at]
    return [(owner[column] - 1, column - 1) for column in range(1, columns + 1) if owner[column]]


def f1(matched: float, ones: float, others: float) -> float | None:
    """2·matched / (ones + others): the harmonic mean of precision and recall; None where there is nothing on either side."""
    return 2 * matched / (ones + others) if ones + others else None
