"""Pairs of like sets among many: MinHash sketches propose, and the exact sets, kept on disk, decide.

A sketch is the 32 smallest hashes of a set (Broder 1997), and all below a quarter of their range (FracMinHash; Irber et
al. 2022). Two sets that share a hash of their sketches are looked at. Of the 32 smallest in the union of two sets at
Jaccard 0.5, each is in both with probability 1/2, so one pair in 2^32 is missed; a set of 40 that lies whole in a large
one is missed with probability 0.75^40, once in 100,000.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import NamedTuple

import numpy as np

from standpoint.acquire.shingles import common

SMALLEST, BELOW = 32, np.uint64(1 << 62)
# What stands in hundreds of texts (a stock paragraph, or the copies of one text) links each to its next 8, not to all:
# groups stay whole, and the work grows with the texts, not with their square.
NEAR = 8
HALF = np.uint64(32)


class Pair(NamedTuple):
    """Two sets by their numbers, how many hashes each has, and how many both."""

    one: int
    other: int
    sizes: tuple[int, int]
    both: int

    @property
    def jaccard(self) -> float:
        return self.both / (sum(self.sizes) - self.both)

    @property
    def containment(self) -> float:
        """The share of the smaller set that is in the larger."""
        return self.both / min(self.sizes)


class Sketches:
    """Sets of hashes: 8 bytes a hash on disk, about 2 in memory. They are numbered as they are added, from 0."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115  (open as long as the sets are)
        self._ends = array("Q", [0])
        self._keys = bytearray()  # of each sketched hash: its lower half, and the number of its set

    def add(self, hashes: np.ndarray) -> None:
        """Add a set: sorted, each hash once."""
        sketch = hashes[: max(SMALLEST, int(np.searchsorted(hashes, BELOW)))]
        self._keys += ((sketch << HALF) | np.uint64(len(self._ends) - 1)).tobytes()
        self._file.write(hashes.tobytes())
        self._ends.append(self._ends[-1] + hashes.size)

    def pairs(self, proposed: Sequence[tuple[int, int]] = ()) -> Iterator[Pair]:
        """The pairs that share something of their sketches, and those that are ``proposed``."""
        hashes, sets = self._sorted()
        ones, others = np.array(proposed, np.uint64).reshape(-1, 2).T
        found = [_codes(ones, others)]
        for step in range(1, NEAR + 1):
            same = np.flatnonzero(hashes[step:] == hashes[:-step])
            found.append(_codes(sets[same], sets[same + step]))
        yield from self._counted(found)

    def across(self, first: int) -> Iterator[Pair]:
        """The same, of a set below number ``first`` and one from there on."""
        hashes, sets = self._sorted()
        begins = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])) if hashes.size else np.empty(0, np.int64)
        begin = np.repeat(begins, np.diff(np.append(begins, hashes.size)))
        later = np.flatnonzero(sets >= first)
        found = []
        for step in range(NEAR):
            at = np.minimum(begin[later] + step, hashes.size - 1)
            good = (hashes[at] == hashes[later]) & (sets[at] < first)
            found.append(_codes(sets[at[good]], sets[later[good]]))
        yield from self._counted(found)

    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        keys = np.frombuffer(self._keys, np.uint64)
        keys.sort()
        return (keys >> HALF).astype(np.uint32), keys.astype(np.uint32)

    def _counted(self, codes: list[np.ndarray]) -> Iterator[Pair]:
        self._file.flush()
        for code in np.unique(np.concatenate(codes)).tolist():
            one, other = code >> 32, code & 0xFFFFFFFF
            if one != other:
                left, right = self._set(one), self._set(other)
                yield Pair(one, other, (left.size, right.size), common(left, right))

    def _set(self, number: int) -> np.ndarray:
        begin, end = self._ends[number], self._ends[number + 1]
        return np.frombuffer(os.pread(self._file.fileno(), (end - begin) * 8, begin * 8), np.uint64)


def _codes(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.unique((ones.astype(np.uint64) << HALF) | others)
