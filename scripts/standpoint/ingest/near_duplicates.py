"""Find near-duplicates, quoted and truncated copies, and republished articles."""

from __future__ import annotations

import weakref
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise, permutations
from tempfile import TemporaryFile
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
from rensa import RMinHash, RMinHashLSH

from standpoint.core.model import Article
from standpoint.core.words import LETTERS, SPACE, UNSPACED, has_unspaced, plain_words
from standpoint.ingest.metadata import same_name
from standpoint.processes import mapped

N = 5  # words in a shingle; of a script without blanks, LETTERS letters for each
# A shingle is hashed as a polynomial in BASE modulo 2^64: the difference of two prefix sums, divided by a power. BASE is odd and
# therefore has an inverse. A random number (VALUES) replaces each byte, because the low bits of a polynomial of bytes are poor.
BASE = 0x9E3779B97F4A7C15
VALUES = np.random.Generator(np.random.PCG64(1)).integers(1, 1 << 64, 256, dtype=np.uint64)


def plain(text: str) -> str:
    """The words of a text, lower-case, with one space between them."""
    return plain_words(text).decode()


def shingles(text: str, n: int = N) -> np.ndarray:
    """The sorted, unique hashes of all runs of ``n`` lower-case words; of a shorter text, the hash of all its words.

    A run of letters of a script without blanks has ``LETTERS`` letters for each word: shorter runs occur in all texts.
    """
    words = plain_words(text)
    data = np.frombuffer(words, np.uint8)
    if not data.size:
        return np.empty(0, np.uint64)
    ends = np.append(np.flatnonzero(data == SPACE), data.size)
    starts = np.concatenate(([0], ends[:-1] + 1))
    # No letter of a script without blanks is below U+0800, where the first byte in UTF-8 is 0xE0.
    is_unspaced = data.max() >= 0xE0 and has_unspaced(text)
    last = _last_words(words, n) if is_unspaced else np.arange(n - 1, starts.size)
    last = last if last.size else np.array([starts.size - 1])  # a text of fewer words
    starts, ends = starts[: last.size], ends[last]
    powers, inverses = _powers(1 << int(data.size).bit_length())
    sums = np.zeros(data.size + 1, np.uint64)
    np.cumsum(VALUES[data] * powers[: data.size], out=sums[1:])
    return np.unique(_mixed((sums[ends] - sums[starts]) * inverses[starts]))


def _last_words(words: bytes, n: int) -> np.ndarray:
    """The place of the last word of each run that has the length of ``n`` words, a letter without blanks being a part of one."""
    lengths = [1 if UNSPACED.match(word) else LETTERS for word in words.decode().split(" ")]
    lengths_to = np.cumsum([0, *lengths])
    needed = lengths_to + LETTERS * n
    return np.searchsorted(lengths_to, needed[needed <= lengths_to[-1]]) - 1


@lru_cache(maxsize=32)
def _powers(size: int) -> tuple[np.ndarray, np.ndarray]:
    """The first powers of the base, and of its inverse."""
    powers, inverses = np.full((2, size), [[BASE], [pow(BASE, -1, 1 << 64)]], np.uint64)
    powers[0] = inverses[0] = 1
    return np.cumprod(powers), np.cumprod(inverses)


def _mixed(hashes: np.ndarray) -> np.ndarray:
    """The hashes with each bit spread over all bits (the finaliser of SplitMix64, which is one to one)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


# A sketch has all hashes of a set below a quarter of the range, and at least the 32 smallest. If one text contains another, their
# sketches share hashes, whatever the longer text's length (MinHash of a fixed size would miss such pairs).
SMALLEST, BELOW = 32, np.uint64(1 << 62)
# A hash that hundreds of texts share (a stock paragraph, or copies of one text) links each text to the next 8 texts, not to all:
# the groups are the same, and the work is linear in the number of texts, not quadratic.
STEPS = 8
HALF = np.uint64(32)


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

    @property
    def is_unrelated(self) -> bool:
        """Whether both sets are large enough for versions of one text to share more hashes than these do."""
        return min(self.sizes) >= LEAST and self.containment < RELATED


class Sketches:
    """Sets of hashes, numbered from 0 in the order of addition: 8 bytes per hash on disk, about 2 in memory.

    This is not a RecordStore, because the sets are read as arrays, a million times for a large corpus, by number.
    """

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115  (open as long as the sets are)
        weakref.finalize(self, self._file.close)
        self._ends = array("Q", [0])
        self._keys = bytearray()  # of each sketched hash: its lower half, and the number of its set

    def add(self, hashes: np.ndarray) -> None:
        """Add a set: sorted, each hash once."""
        sketch = hashes[: max(SMALLEST, int(np.searchsorted(hashes, BELOW)))]
        self._keys += ((sketch << HALF) | np.uint64(len(self._ends) - 1)).tobytes()
        self._file.write(hashes.tobytes())
        self._ends.append(self._ends[-1] + hashes.size)

    def pairs(self, proposed: Sequence[tuple[int, int]] = ()) -> Iterator[Pair]:
        """The pairs whose sketches share a hash, and the ``proposed`` pairs."""
        hashes, sets = self._sorted()
        firsts, seconds = np.array(proposed, np.uint64).reshape(-1, 2).T
        codes = [_codes(firsts, seconds)]
        for step in range(1, STEPS + 1):
            same = np.flatnonzero(hashes[step:] == hashes[:-step])
            codes.append(_codes(sets[same], sets[same + step]))
        yield from self._counted(codes)

    def across(self, first: int) -> Iterator[Pair]:
        """The pairs of a set before number ``first`` and a set from ``first`` on whose sketches share a hash."""
        hashes, sets = self._sorted()
        begins = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])) if hashes.size else np.empty(0, np.int64)
        begin = np.repeat(begins, np.diff(np.append(begins, hashes.size)))
        later = np.flatnonzero(sets >= first)
        codes = []
        for step in range(STEPS):
            at = np.minimum(begin[later] + step, hashes.size - 1)
            good = (hashes[at] == hashes[later]) & (sets[at] < first)
            codes.append(_codes(sets[at[good]], sets[later[good]]))
        yield from self._counted(codes)

    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        keys = np.frombuffer(self._keys, np.uint64)
        keys.sort()
        return (keys >> HALF).astype(np.uint32), keys.astype(np.uint32)

    def _counted(self, codes: list[np.ndarray]) -> Iterator[Pair]:
        for code in np.unique(np.concatenate(codes)).tolist():
            first, second = code >> 32, code & 0xFFFFFFFF
            if first != second:
                yield self.pair(first, second)

    def pair(self, first: int, second: int) -> Pair:
        """The pair of two sets, by their numbers."""
        left, right = self._set(first), self._set(second)
        both = np.intersect1d(left, right, assume_unique=True).size
        return Pair(first, second, (left.size, right.size), both)

    def _set(self, number: int) -> np.ndarray:
        begin, end = self._ends[number], self._ends[number + 1]
        self._file.seek(begin * 8)
        return np.frombuffer(self._file.read((end - begin) * 8), np.uint64)


def _codes(firsts: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    return np.unique((firsts.astype(np.uint64) << HALF) | seconds)


THRESHOLD = 0.5  # from this Jaccard similarity of word 5-grams on, two texts are near-duplicates
CONTAINED = 0.8  # from this share of the smaller text's 5-grams on, it is a copy of a part of the larger text
LEAST = 16  # 5-grams (20 words) that the smaller text must have: one shared sentence makes no copy
# 64 bands of 3: MinHash misses one in 5,000 pairs at the threshold, and proposes one in 125 at a similarity of 0.05.
PERMUTATIONS, BANDS, SEED = 192, 64, 1
NEAREST = 8  # the number of proposed copies that are compared, if a text has many
WEEK = 7  # days: outlets reprint news within a week, and reuse titles ("Daily briefing") for years
# Versions of one article share sentences. Below this share of the smaller text's 5-grams, two texts are not versions.
RELATED = 0.1
EQUAL, NEAR, INSIDE, REPUBLISHED, UNRELATED = "equal", "near", "contained", "republished", "unrelated"


class Link(NamedTuple):
    """Two articles, the earlier first, and the relation of their texts: equal, near, contained or republished.

    "unrelated": two articles with one address have quite other words. They are no copies.
    """

    first: str
    second: str
    likeness: str


def near_duplicates(
    texts: Iterable[tuple[str, str]], versions: Callable[[], Iterable[tuple[str, str]]] = lambda: (), jobs: int = 1
) -> Iterator[Link]:
    """The links among the (id, text). Of many copies of one text, each has links to the nearest copies; `groups` joins them.

    MinHash proposes near-duplicates; sketches propose copies of a part, which MinHash does not find. The exact sets decide.
    ``versions`` gives, after the last text, the pairs of ids that are republished unless their texts are unrelated.
    """
    ids, sketches, index, proposed = [], Sketches(), RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS), []
    hashed = ((name, hashes) for name, hashes in mapped(_hashed, texts, jobs) if hashes.size)
    for number, (name, hashes) in enumerate(hashed):
        sketch = RMinHash(PERMUTATIONS, SEED)
        sketch.update(hashes.view("V8").tolist())  # each hash as bytes
        proposed += [(other, number) for other in sorted(index.query(sketch))[-NEAREST:]]
        index.insert(number, sketch)
        ids.append(name)
        sketches.add(hashes)
    for pair in sketches.pairs(proposed):
        if kind := likeness(pair):
            yield Link(ids[pair.first], ids[pair.second], kind)
    pairs = list(versions())
    numbers = {name: number for number, name in enumerate(ids)} if pairs else {}
    for first, second in pairs:
        # Texts that are not available, or that are too short to share a 5-gram, are taken for versions.
        known = first in numbers and second in numbers
        unrelated = known and sketches.pair(numbers[first], numbers[second]).is_unrelated
        yield Link(first, second, UNRELATED if unrelated else REPUBLISHED)


def _hashed(text: tuple[str, str]) -> tuple[str, np.ndarray]:
    return text[0], shingles(text[1])


def likeness(pair: Pair) -> str:
    """The similarity of a pair: equal (the same words), near, contained, or "" for none."""
    if pair.sizes[0] == pair.sizes[1] == pair.both:
        return EQUAL
    if pair.jaccard >= THRESHOLD:
        return NEAR
    return INSIDE if min(pair.sizes) >= LEAST and pair.containment >= CONTAINED else ""


class Head(NamedTuple):
    """The facts of an article with which republished articles are found. Those of all articles are in memory."""

    id: str
    publisher: str
    origin: str
    day: str


class Republished:
    """Finds articles with the same address, and articles that name another outlet as origin and have the title of its article."""

    def __init__(self) -> None:
        self._addresses: dict[str, list[str]] = defaultdict(list)
        self._titles: dict[str, list[Head]] = defaultdict(list)

    def seen(self, article: Article) -> Article:
        """Store the facts of an article, and return it."""
        if article.url:
            self._addresses[article.url.rstrip("/ ")].append(article.id)
        if title := plain(article.title):
            day = article.original_published or article.published or ""
            self._titles[title].append(Head(article.id, article.publisher, article.original_publisher or "", day))
        return article

    def shared_addresses(self) -> Iterator[tuple[str, list[str]]]:
        """Each address that several articles have, with their ids."""
        yield from ((address, names) for address, names in self._addresses.items() if len(names) > 1)

    def versions(self) -> Iterator[tuple[str, str]]:
        """Pairs of articles with one address: each with the first and with the one before it. None for a home page."""
        for address, names in self.shared_addresses():
            if not is_home_page(address):
                yield from dict.fromkeys((other, name) for before, name in pairwise(names) for other in (names[0], before))

    def links(self) -> Iterator[Link]:
        """The links by title and origin among all articles."""
        for heads in self._titles.values():
            pairs = permutations(heads, 2)
            yield from (Link(first.id, copy.id, REPUBLISHED) for first, copy in pairs if _is_republished(copy, first))


def is_home_page(address: str) -> bool:
    """Whether an address names a site, not a page of it: pages often state the address of their site as their own."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    return "." in parts.netloc and not (parts.path.strip("/") or parts.query or parts.fragment)


def _is_republished(copy: Head, first: Head) -> bool:
    """Whether the origin of a copy is the publisher or origin of another article within a week of it."""
    if not copy.origin or not same_name(copy.origin, first.origin or first.publisher):
        return False
    return not copy.day or not first.day or abs((date.fromisoformat(copy.day) - date.fromisoformat(first.day)).days) <= WEEK


def groups(links: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """The smallest id of each id's connected component. A link begins with two ids; the rest is ignored."""
    parents: dict[str, str] = {}

    def smallest(name: str) -> str:
        while (parent := parents.setdefault(name, name)) != name:
            parents[name] = name = parents[parent]  # halves the path
        return name

    for first, second, *_ in links:
        low, high = sorted((smallest(first), smallest(second)))
        parents[high] = low
    return {name: smallest(name) for name in parents}
