"""The one matcher: which span of one annotator (or system) is which of another's. One to one.

Agreement and scores use the same functions, so that how far people agree and how well a system does can be compared.
Spans are anything with ``start``, ``end`` and ``label``; a pair is a pair of positions in the two sequences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import Protocol

Pair = tuple[int, int]
Score = tuple[int, int, int]  # pairs, pairs of one label, characters shared


class Stretch(Protocol):
    """A labelled stretch of text."""

    start: int
    end: int
    label: str


def match_equal(ones: Sequence[Hashable], others: Sequence[Hashable]) -> list[Pair]:
    """Pairs of equal things; of several equal ones, the first with the first. The most pairs there can be."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for place in reversed(range(len(others))):
        places[others[place]].append(place)
    return [(place, places[one].pop()) for place, one in enumerate(ones) if places.get(one)]


def match_overlap(ones: Sequence[Stretch], others: Sequence[Stretch]) -> list[Pair]:
    """Pairs of spans that share a character: the most pairs; among those, most of one label; then most characters.

    The spans of one side do not overlap each other (the checks see to it). Then no two pairs can cross: if a is before
    a' and b before b', a cannot reach b' while a' reaches b. So the best pairs in reading order are the best of all,
    and are found by going through both sides at once, as for the longest common subsequence. Stretches of text that
    share nothing are treated apart, so that it takes about as long as the spans are many.
    """
    pairs: list[Pair] = []
    for left, right in _clusters(ones, others):
        pairs += _best([(place, ones[place]) for place in left], [(place, others[place]) for place in right])
    return sorted(pairs)


def _clusters(ones: Sequence[Stretch], others: Sequence[Stretch]) -> Iterator[tuple[list[int], list[int]]]:
    """The positions of spans that hang together by overlaps, in reading order, where both sides have some."""
    spans = [(span.start, span.end, side, place) for side, row in enumerate((ones, others)) for place, span in enumerate(row)]
    reach, found = -1, ([], [])
    for start, end, side, place in sorted(spans):
        if start >= reach:
            if all(found):
                yield found
            found = ([], [])
        found[side].append(place)
        reach = max(reach, end)
    if all(found):
        yield found


def _best(left: Sequence[tuple[int, Stretch]], right: Sequence[tuple[int, Stretch]]) -> list[Pair]:
    """The best pairs of one cluster. ``best[j]`` is for the lefts so far and the first j rights: score, pairs."""
    nothing: tuple[Score, tuple[Pair, ...]] = ((0, 0, 0), ())
    best = [nothing] * (len(right) + 1)
    for place, one in left:
        row = [nothing]
        for column, (other_place, other) in enumerate(right):
            choice = max(best[column + 1], row[column], key=lambda entry: entry[0])
            shared = min(one.end, other.end) - max(one.start, other.start)
            if shared > 0:
                (pairs, same, characters), before = best[column]
                score = (pairs + 1, same + (one.label == other.label), characters + shared)
                choice = max(choice, (score, (*before, (place, other_place))), key=lambda entry: entry[0])
            row.append(choice)
        best = row
    return list(best[-1][1])


def f1(matched: int, ones: int, others: int) -> float | None:
    """2·matched / (ones + others): the harmonic mean of precision and recall; None where there is nothing on either side."""
    return 2 * matched / (ones + others) if ones + others else None
