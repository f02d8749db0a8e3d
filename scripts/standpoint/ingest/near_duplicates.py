"""Find near-duplicates, quoted and truncated copies, and republished articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import pairwise, permutations
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np

from standpoint.core.model import Article
from standpoint.core.words import LETTERS, SPACE, UNSPACED, has_unspaced, plain_words
from standpoint.ingest.metadata import same_name
from standpoint.ingest.sketches import Pair, Sketches, mixed
from standpoint.processes import batches, mapped

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
    bounds = np.concatenate(([-1], np.flatnonzero(data == SPACE), [data.size]))
    starts, ends = bounds[:-1] + 1, bounds[1:]
    # Slices are much quicker than an array of the last words. No letter of a script without blanks is below U+0800, where the
    # first byte in UTF-8 is 0xE0.
    is_unspaced = not text.isascii() and data.max() >= 0xE0 and has_unspaced(text)
    ends = ends[_last_words(words, n)] if is_unspaced else ends[n - 1 :]
    ends = ends if ends.size else bounds[-1:]  # a text of fewer words
    starts = starts[: ends.size]
    powers, inverses = _powers(1 << int(data.size).bit_length())
    sums = np.zeros(data.size + 1, np.uint64)
    np.cumsum(VALUES.take(data) * powers[: data.size], out=sums[1:])
    hashes = mixed((sums[ends] - sums[starts]) * inverses[starts])
    hashes.sort()
    return hashes[np.concatenate(([True], hashes[1:] != hashes[:-1]))]  # np.unique takes twice as long


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


THRESHOLD = 0.5  # from this Jaccard similarity of word 5-grams on, two texts are near-duplicates
CONTAINED = 0.8  # from this share of the smaller text's 5-grams on, it is a copy of a part of the larger text
LEAST = 16  # 5-grams (20 words) that the smaller text must have: one shared sentence makes no copy
BATCH = 1 << 18  # letters of texts that are hashed at once: to send each text to a process would take longer than to hash it
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

    Sketches propose pairs, and the exact sets decide. ``versions`` gives, after the last text, the pairs of ids that are
    republished unless their texts are unrelated. ``jobs``: the number of processes; the links are the same for any number.
    """
    ids, sketches = [], Sketches()
    for names, hashes, sizes in mapped(_hashed, batches(texts, lambda item: len(item[1]), BATCH), jobs, 1):
        ids += names
        sketches.add(hashes, sizes)
    for pair in sketches.pairs():
        if kind := likeness(pair):
            yield Link(ids[pair.first], ids[pair.second], kind)
    pairs = list(versions())
    numbers = {name: number for number, name in enumerate(ids)} if pairs else {}
    for first, second in pairs:
        # Texts that are not available, or that are too short to share a 5-gram, are taken for versions.
        known = first in numbers and second in numbers
        unrelated = known and is_unrelated(sketches.pair(numbers[first], numbers[second]))
        yield Link(first, second, UNRELATED if unrelated else REPUBLISHED)


def _hashed(batch: list[tuple[str, str]]) -> tuple[list[str], np.ndarray, list[int]]:
    """The ids of the texts that have words, the hashes of each of them, and how many it has."""
    sets = [(name, hashes) for name, text in batch if (hashes := shingles(text)).size]
    all_hashes = np.concatenate([np.empty(0, np.uint64), *(hashes for _, hashes in sets)])
    return [name for name, _ in sets], all_hashes, [hashes.size for _, hashes in sets]


def likeness(pair: Pair) -> str:
    """The similarity of a pair: equal (the same words), near, contained, or "" for none."""
    if pair.sizes[0] == pair.sizes[1] == pair.both:
        return EQUAL
    if pair.jaccard >= THRESHOLD:
        return NEAR
    return INSIDE if min(pair.sizes) >= LEAST and pair.containment >= CONTAINED else ""


def is_unrelated(pair: Pair) -> bool:
    """Whether both texts are long enough for versions of one text to share more 5-grams than these do."""
    return min(pair.sizes) >= LEAST and pair.containment < RELATED


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
