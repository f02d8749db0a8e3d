"""Find the pairs of sets, among many, that share a large part of their hashes; in memory that hardly grows with their number."""

from __future__ import annotations

import weakref
from array import array
from collections.abc import Callable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO, NamedTuple

import numpy as np

# A sketch has all hashes of a set below a quarter of the range, and at least the 32 smallest. If one text contains another, their
# sketches share hashes, whatever the longer text's length (MinHash of a fixed size would miss such pairs).
SMALLEST, BELOW = 32, np.uint64(1 << 62)
# A hash that hundreds of texts share (a stock paragraph, or copies of one text) links each text to the next 8 texts, not to all:
# the groups are the same, and the work is linear in the number of texts, not quadratic.
STEPS = 8
# A key has two parts: the low bits of a hash, enough to tell apart the hashes of millions of texts, and the number of a set, of
# which there may be 268 million. Two hashes with the same low bits only propose a pair in vain.
HASH_BITS, NUMBER_BITS = np.uint64(36), np.uint64(28)
HASH, NUMBER = np.uint64((1 << 36) - 1), np.uint64((1 << 28) - 1)
HALF = np.uint64(32)
RUN = 1 << 19  # keys that are sorted at once: 4 MB
PARTS = 256

# From the hashes of sorted keys and the numbers of their sets: the codes of the pairs of sets to compare.
Neighbours = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Pair(NamedTuple):
    """Two sets by their numbers, the number of hashes of each, and of those in both."""

    first: int
    second: int
    sizes: tuple[int, int]
    both: int

    @property
    def jaccard(self) -> float:
        return self.both / (sum(self.sizes) - self.both)

    @property
    def containment(self) -> float:
        """The share of the smaller set that is in the larger."""
        return self.both / min(self.sizes)


class SortedKeys:
    """Keys of 64 bits, sorted in runs on disk and merged in parts: a few MB are in memory, however many keys there are.

    ``shift``: the keys with the same bits above it stay together in one part.
    """

    def __init__(self, shift: int) -> None:
        self._shift = np.uint64(shift)
        self._new = bytearray()
        self._runs: list[np.ndarray] = []  # where each part of a run begins in the file, and where the last one ends
        self._file: IO[bytes] | None = None

    def add(self, keys: np.ndarray) -> None:
        """Add keys, in any order."""
        self._new += keys.tobytes()
        if len(self._new) >= 8 * RUN:
            self._write()

    def parts(self) -> Iterator[np.ndarray]:
        """All keys, sorted, in one or several arrays."""
        if self._file is None:
            if self._new:
                yield self._sorted()
            return
        self._write()
        sizes = np.sum([np.diff(run) for run in self._runs], axis=0)
        begin = 0
        while begin < PARTS:
            end = begin + 1
            while end < PARTS and sizes[begin : end + 1].sum() <= RUN:
                end += 1
            keys = np.concatenate([self._read(*run[[begin, end]].tolist()) for run in self._runs])
            keys.sort()
            yield keys
            begin = end

    def _sorted(self) -> np.ndarray:
        keys = np.frombuffer(self._new, np.uint64)
        keys.sort()
        return keys

    def _write(self) -> None:
        if self._file is None:
            self._file = TemporaryFile()  # noqa: SIM115  (open as long as the keys are)
            weakref.finalize(self, self._file.close)
        keys, bounds = self._sorted(), np.arange(1, PARTS, dtype=np.uint64) << self._shift
        begin = self._runs[-1][-1] if self._runs else 0
        self._runs.append(begin + np.concatenate(([0], np.searchsorted(keys, bounds), [keys.size])))
        self._file.write(keys.tobytes())
        self._new = bytearray()

    def _read(self, begin: int, end: int) -> np.ndarray:
        assert self._file
        self._file.seek(begin * 8)
        return np.frombuffer(self._file.read((end - begin) * 8), np.uint64)


class Sketches:
    """Sets of hashes, numbered from 0 in the order of addition: about 10 bytes of each hash on disk, 8 of each set in memory.

    This is not a RecordStore, because the sets are read as arrays, a million times for a large corpus, by number.
    """

    def __init__(self) -> None:
        self._file = TemporaryFile("a+b")  # noqa: SIM115  (open as long as the sets are)
        weakref.finalize(self, self._file.close)
        self._ends = array("Q", [0])
        self._keys = SortedKeys(56)  # of each sketched hash

    def add(self, hashes: np.ndarray, sizes: Sequence[int]) -> None:
        """Add sets of these sizes, one after the other: of each, the hashes sorted, and each hash once."""
        first, begins = len(self._ends) - 1, np.cumsum([0, *sizes])
        numbers = np.repeat(np.arange(first, first + len(sizes), dtype=np.uint64), sizes)
        places = np.arange(hashes.size) - np.repeat(begins[:-1], sizes)
        sketched = (hashes < BELOW) | (places < SMALLEST)
        self._keys.add((hashes[sketched] << NUMBER_BITS) | numbers[sketched])
        self._file.write(hashes.tobytes())
        self._ends.extend((self._ends[-1] + begins[1:]).tolist())

    def pairs(self) -> Iterator[Pair]:
        """The pairs whose sketches share a hash; of the sets with a hash that many have, those that share more such hashes."""
        yield from self._counted(_next)

    def across(self, first: int) -> Iterator[Pair]:
        """The pairs of a set before number ``first`` and a set from ``first`` on, chosen in the same way."""

        def before(hashes: np.ndarray, sets: np.ndarray) -> np.ndarray:
            begin = np.searchsorted(hashes, hashes)
            later = np.flatnonzero(sets >= first)
            codes = []
            for step in range(STEPS):
                at = np.minimum(begin[later] + step, hashes.size - 1)
                good = (hashes[at] == hashes[later]) & (sets[at] < first)
                codes.append(_codes(sets[at[good]], sets[later[good]]))
            return np.concatenate(codes)

        yield from self._counted(before)

    def _counted(self, neighbours: Neighbours) -> Iterator[Pair]:
        before, left = -1, np.empty(0, np.uint64)
        for code in self._proposed(neighbours).tolist():
            first, second = code >> 32, code & 0xFFFFFFFF
            if first != before:
                before, left = first, self._set(first)
            if first != second:
                yield _pair(first, second, left, self._set(second))

    def _proposed(self, neighbours: Neighbours) -> np.ndarray:
        """The codes of the pairs to compare."""
        shift = 36 + max(len(self._ends).bit_length() - 8, 0)
        frequent, triples, codes = SortedKeys(shift), SortedKeys(56), np.empty(0, np.uint64)
        for keys in self._keys.parts():
            hashes, sets = keys >> NUMBER_BITS, keys & NUMBER
            codes = np.union1d(codes, neighbours(hashes, sets))
            crowded = _crowded(hashes)
            frequent.add((sets[crowded] << HASH_BITS) | hashes[crowded])
        # Two texts that are made of stock paragraphs may share no rare hash, and be far from each other among the texts with each
        # of their frequent hashes. So three frequent hashes that are next to each other in a set make a new hash. Like texts
        # share many of these, and others hardly any, as with the bands of MinHash.
        for keys in frequent.parts():
            hashes, sets = keys & HASH, keys >> HASH_BITS
            three = mixed(mixed(mixed(hashes[:-2]) + hashes[1:-1]) + hashes[2:])
            triples.add(((three << NUMBER_BITS) | sets[2:])[sets[2:] == sets[:-2]])
        for keys in triples.parts():
            codes = np.union1d(codes, neighbours(keys >> NUMBER_BITS, keys & NUMBER))
        return codes

    def pair(self, first: int, second: int) -> Pair:
        """The pair of two sets, by their numbers."""
        return _pair(first, second, self._set(first), self._set(second))

    def _set(self, number: int) -> np.ndarray:
        begin, end = self._ends[number], self._ends[number + 1]
        self._file.flush()
        self._file.raw.seek(begin * 8)  # with a buffer, a read of so few bytes would take twice as long
        return np.frombuffer(self._file.raw.read((end - begin) * 8), np.uint64)


def _pair(first: int, second: int, left: np.ndarray, right: np.ndarray) -> Pair:
    hashes = np.concatenate((left, right))
    hashes.sort()
    both = int(np.count_nonzero(hashes[1:] == hashes[:-1]))
    return Pair(first, second, (left.size, right.size), both)


def _codes(firsts: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    return np.unique((firsts << HALF) | seconds)


def _next(hashes: np.ndarray, sets: np.ndarray) -> np.ndarray:
    """Each set with those that follow it among the sets of one hash."""
    codes = [np.empty(0, np.uint64)]
    for step in range(1, STEPS + 1):
        same = np.flatnonzero(hashes[step:] == hashes[:-step])
        codes.append(_codes(sets[same], sets[same + step]))
    return np.concatenate(codes)


def _crowded(hashes: np.ndarray) -> np.ndarray:
    """Where, among sorted hashes, one is that more sets have than are linked to each other."""
    far = np.flatnonzero(hashes[STEPS + 1 :] == hashes[: -STEPS - 1])
    crowded = np.zeros(hashes.size, bool)
    for step in range(STEPS + 2):
        crowded[far + step] = True
    return crowded


def mixed(hashes: np.ndarray) -> np.ndarray:
    """The hashes with each bit spread over all bits (the finaliser of SplitMix64, which is one to one)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))
