"""Near-duplicates: MinHash proposes pairs of articles, and their exact Jaccard similarity on word 5-grams decides.

What is kept of an article is its 5-grams as 64-bit hashes, 8 bytes a word, and its sketch, never its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from rensa import RMinHash, RMinHashLSH

N = 5  # words in a shingle
THRESHOLD = 0.5
# 64 bands of 3: a pair at the threshold is missed once in 5,000, one at 0.05 is looked at once in 125.
PERMUTATIONS, BANDS, SEED = 192, 64, 1
WORD = re.compile(r"\w+")
POWERS = np.array([pow(0x9E3779B97F4A7C15, power, 1 << 64) for power in range(N)], dtype=np.uint64)


def near_duplicates(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The pairs (earlier id, later id) of the (id, text) that are near-duplicates, as they come."""
    index, ids, shingled = RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS), [], []
    for name, text in texts:
        hashes = shingles(text)
        if hashes.size:
            sketch = RMinHash(PERMUTATIONS, SEED)
            sketch.update([bytes(item) for item in hashes.view("V8")])
            for candidate in index.query(sketch):
                if jaccard(shingled[candidate], hashes) >= THRESHOLD:
                    yield ids[candidate], name
            index.insert(len(ids), sketch)
            ids.append(name)
            shingled.append(hashes)


def shingles(text: str) -> np.ndarray:
    """The hashes of all runs of five lower-case words, each once, sorted; of a shorter text, the one of all its words."""
    words = np.array([_hash(word) for word in WORD.findall(text.lower())], dtype=np.uint64)
    if not words.size:
        return words
    length = max(words.size - N + 1, 1)
    runs = np.zeros(length, dtype=np.uint64)
    for offset in range(min(N, words.size)):
        runs += words[offset : offset + length] * POWERS[offset]
    return np.unique(runs)


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    """The share of two sorted sets that both have, 0 to 1."""
    both = np.intersect1d(one, other, assume_unique=True).size
    return both / (one.size + other.size - both)


def groups(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The smallest id of each id's connected component."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in links:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    return {name: root(name) for name in list(parent)}


@lru_cache(maxsize=1 << 17)
def _hash(word: str) -> int:
    # Not Python's own hash, which is another in every process.
    return int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")
