"""The word n-grams of a text as a set of 64-bit hashes, and how alike two such sets are.

A hash is that of the words' bytes, by a polynomial modulo 2^64 over a random number a byte, taken from prefix sums: all
n-grams of a text at once (Karp and Rabin 1987), and the same in every process and on every machine.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

N = 5  # words in a shingle
WORD = re.compile(r"\w+")
SPACE = 32
SPACED = bytes(byte if WORD.match(chr(byte)) and byte < 128 else SPACE for byte in range(256))  # of ASCII, what is no word
BASE = 0x9E3779B97F4A7C15
VALUES = np.random.Generator(np.random.PCG64(1)).integers(1, 1 << 64, 256, dtype=np.uint64)


def plain(text: str) -> str:
    """The words of a text, lower-case, with one space between them."""
    return _plain(text).decode()


def shingles(text: str, n: int = N) -> np.ndarray:
    """The hashes of all runs of ``n`` lower-case words, each once, sorted; of a shorter text, the one of all its words."""
    data = np.frombuffer(_plain(text), np.uint8)
    if not data.size:
        return np.empty(0, np.uint64)
    ends = np.append(np.flatnonzero(data == SPACE), data.size)
    starts = np.concatenate(([0], ends[:-1] + 1))
    width = min(n, starts.size)
    starts, ends = starts[: starts.size - width + 1], ends[width - 1 :]
    powers, inverses = _powers(1 << int(data.size).bit_length())
    sums = np.zeros(data.size + 1, np.uint64)
    np.cumsum(VALUES[data] * powers[: data.size], out=sums[1:])
    return np.unique(_mixed((sums[ends] - sums[starts]) * inverses[starts]))


def common(one: np.ndarray, other: np.ndarray) -> int:
    """How many hashes both sorted sets have."""
    return np.intersect1d(one, other, assume_unique=True).size


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    """The share of two sorted sets that both have, 0 to 1."""
    both = common(one, other)
    return both / (one.size + other.size - both)


def _plain(text: str) -> bytes:
    text = text.lower()
    if text.isascii():  # the same, five times as quick
        return b" ".join(text.encode().translate(SPACED).split())
    return " ".join(WORD.findall(text)).encode("utf-8", "replace")


@lru_cache(maxsize=32)
def _powers(size: int) -> tuple[np.ndarray, np.ndarray]:
    """The first powers of the base, and of its inverse."""
    values = []
    for base in (BASE, pow(BASE, -1, 1 << 64)):
        powers = np.full(size, base, np.uint64)
        powers[0] = 1
        values.append(np.cumprod(powers))
    return values[0], values[1]


def _mixed(hashes: np.ndarray) -> np.ndarray:
    """The same with every bit spread over all (the finaliser of SplitMix64, which maps no two numbers to one)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))
