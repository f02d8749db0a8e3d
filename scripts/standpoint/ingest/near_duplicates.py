"""Near-duplicates, quoted and truncated copies, and republication: which articles are one text."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

import numpy as np
from rensa import RMinHash, RMinHashLSH

from standpoint.core.model import Article
from standpoint.ingest.metadata import same_name
from standpoint.ingest.minhash import Pair, Sketches, plain, shingles

THRESHOLD = 0.5  # Jaccard similarity on word 5-grams from which two texts are near-duplicates
CONTAINED = 0.8  # share of the smaller text's 5-grams from which it is a copy of a part of the larger,
LEAST = 16  # if it has at least so many (20 words): one shared sentence makes neither text a copy
# 64 bands of 3: MinHash misses one in 5,000 pairs at the threshold, and proposes one in 125 at a similarity of 0.05.
PERMUTATIONS, BANDS, SEED = 192, 64, 1
NEAREST = 8  # of many copies of one text, so many are compared
WEEK = 7  # days: outlets reprint news within a week, and reuse titles ("Daily briefing") for years
EQUAL, NEAR, INSIDE, REPUBLISHED = "equal", "near", "contained", "republished"


class Link(NamedTuple):
    """Two articles, the earlier first, and why they are one: equal, near, contained or republished."""

    one: str
    other: str
    why: str


def near_duplicates(texts: Iterable[tuple[str, str]]) -> Iterator[Link]:
    """The links among the (id, text). Of many copies of one text, each is linked to its nearest ones; `groups` joins them.

    MinHash proposes near-duplicates, the sketches copies of a part, which MinHash does not find; the exact sets decide.
    """
    ids, sketches, index, proposed = [], Sketches(), RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS), []
    for number, (name, hashes) in enumerate((name, hashes) for name, text in texts if (hashes := shingles(text)).size):
        sketch = RMinHash(PERMUTATIONS, SEED)
        sketch.update([bytes(item) for item in hashes.view("V8")])
        proposed += [(other, number) for other in sorted(index.query(sketch))[-NEAREST:]]
        index.insert(number, sketch)
        ids.append(name)
        sketches.add(hashes)
    for pair in sketches.pairs(proposed):
        why = likeness(pair)
        if why:
            yield Link(ids[pair.one], ids[pair.other], why)


def likeness(pair: Pair) -> str:
    """How a pair is similar: equal (the same words), near, contained, or "" for not at all."""
    if pair.sizes[0] == pair.sizes[1] == pair.both:
        return EQUAL
    if pair.jaccard >= THRESHOLD:
        return NEAR
    return INSIDE if min(pair.sizes) >= LEAST and pair.containment >= CONTAINED else ""


class Head(NamedTuple):
    """The facts of an article by which a republication is found."""

    id: str
    publisher: str
    origin: str
    day: str


class Republished:
    """Finds articles of one address, and those that name another outlet as their origin, beside its article of that title."""

    def __init__(self) -> None:
        self._addresses: dict[str, list[str]] = defaultdict(list)
        self._titles: dict[str, list[Head]] = defaultdict(list)

    def seen(self, article: Article) -> Article:
        """Remember an article, and return it."""
        if article.url:
            self._addresses[article.url.rstrip("/")].append(article.id)
        if title := plain(article.title):
            self._titles[title].append(_head(article))
        return article

    def links(self) -> Iterator[Link]:
        """The links among all remembered articles."""
        for names in self._addresses.values():
            yield from (Link(names[0], name, REPUBLISHED) for name in names[1:])
        for articles in self._titles.values():
            for copy in articles if len(articles) > 1 else ():
                yield from (Link(one.id, copy.id, REPUBLISHED) for one in articles if one.id != copy.id and _is_from(copy, one))


def _head(article: Article) -> Head:
    day = article.original_published or article.published or ""
    return Head(article.id, article.publisher, article.original_publisher or "", day)


def _is_from(copy: Head, one: Head) -> bool:
    """Whether a copy names the original's outlet, or the origin that the original names, within a week of it."""
    if not copy.origin or not same_name(copy.origin, one.origin or one.publisher):
        return False
    return not copy.day or not one.day or abs((date.fromisoformat(copy.day) - date.fromisoformat(one.day)).days) <= WEEK


def groups(links: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """The smallest id of each id's connected component; a link is two ids, and what else it has is ignored."""
    from scipy.sparse import coo_array  # a quarter of a second to import: only an ingestion and the splits group articles
    from scipy.sparse.csgraph import connected_components

    numbers: dict[str, int] = {}
    ends = array("q")
    for one, other, *_ in links:
        ends.extend((numbers.setdefault(one, len(numbers)), numbers.setdefault(other, len(numbers))))
    if not numbers:
        return {}
    pairs = np.frombuffer(ends, np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(numbers), len(numbers)))
    components = connected_components(graph, directed=False)[1].tolist()
    smallest: dict[int, str] = {}
    for name, component in zip(numbers, components, strict=True):
        smallest[component] = min(name, smallest.get(component, name))
    return {name: smallest[component] for name, component in zip(numbers, components, strict=True)}
