"""What of one collection of texts is in another: equal, nearly equal, or a part of it; judged by the texts' length.

Of texts from 40 words on, word 5-grams are compared; where the shorter has 8 to 39, word 3-grams, because one changed
word spoils five 5-grams of it; and a text of fewer words is a leak of no account where it is equal (a stock phrase),
which is counted apart.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple

from standpoint.acquire.duplicates import EQUAL, INSIDE, NEAR, likeness
from standpoint.acquire.shingles import N, plain, shingles
from standpoint.acquire.sketches import Pair, Sketches

PHRASE, SHORT = 8, 40  # words: below the first a phrase, below the second a short text
SHORT_N = 3
PHRASES = "phrase"
KINDS = (EQUAL, NEAR, INSIDE, PHRASES)  # a text of the second collection is counted under the first that holds


class Leak(NamedTuple):
    """A text of the second collection and one of the first, by their numbers, and how alike they are."""

    train: int
    test: int
    kind: str
    jaccard: float
    containment: float


class _Side:
    """The texts of one class of length, sketched, with their numbers and numbers of words."""

    def __init__(self, n: int, least: int, most: float) -> None:
        self.n, self.least, self.most = n, least, most
        self.sketches, self.numbers, self.lengths, self.first = Sketches(), array("Q"), array("Q"), 0

    def add(self, number: int, text: str, length: int) -> None:
        if self.least <= length < self.most:
            self.sketches.add(shingles(text, self.n))
            self.numbers.append(number)
            self.lengths.append(length)

    def found(self) -> Iterator[tuple[int, int, int, Pair]]:
        """The numbers of both texts, the length of the shorter, and how alike they are."""
        for pair in self.sketches.across(self.first):
            yield self.numbers[pair.one], self.numbers[pair.other], min(self.lengths[pair.one], self.lengths[pair.other]), pair


def leaks(train: Iterable[str], test: Iterable[str]) -> list[Leak]:
    """For each text of ``test`` that is in ``train``, the likest there, in the order of ``test``. Both are run through once."""
    # A pair at Jaccard 0.5 is at most twice as long on one side; what is contained in a longer text is compared by 5-grams.
    sides = _Side(SHORT_N, PHRASE, 2 * SHORT), _Side(N, PHRASE, float("inf"))
    first: dict[bytes, int] = {}
    best: dict[int, Leak] = {}
    for number, text in enumerate(train):
        first.setdefault(_added(sides, number, text), number)
    for side in sides:
        side.first = len(side.numbers)
    for number, text in enumerate(test):
        same = first.get(_added(sides, number, text))
        if same is not None and (words := len(plain(text).split())):
            best[number] = Leak(same, number, EQUAL if words >= PHRASE else PHRASES, 1.0, 1.0)
    for side in sides:
        for one, other, length, pair in side.found():
            kind = _kind(side.n, length, pair)
            leak = Leak(one, other, kind, pair.jaccard, pair.containment)
            if kind and (other not in best or _rank(leak) < _rank(best[other])):
                best[other] = leak
    return [best[number] for number in sorted(best)]


def _added(sides: Iterable[_Side], number: int, text: str) -> bytes:
    words = plain(text)
    for side in sides:
        side.add(number, words, words.count(" ") + 1 if words else 0)
    return blake2b(words.encode("utf-8", "replace"), digest_size=16).digest()


def _kind(n: int, length: int, pair: Pair) -> str:
    kind = likeness(pair)
    if kind in (EQUAL, NEAR):  # texts that are equal were found by their words
        return NEAR if (n == SHORT_N) == (length < SHORT) else ""
    return kind if n == N else ""


def _rank(leak: Leak) -> tuple:
    return KINDS.index(leak.kind), -leak.jaccard, -leak.containment, leak.train
