"""What a release says of its own splits: articles of one that are in another, what test has that train has not, and labels.

All of it is plain data, for the card and the terminal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from standpoint.acquire.duplicates import EQUAL, INSIDE, NEAR, near_duplicates
from standpoint.codebook.types import Codebook
from standpoint.model import SettledSet, StandpointError
from standpoint.publish.plan import RELEASED
from standpoint.publish.stories import Facts, stories

TRAIN = RELEASED[0]
WORDS = {EQUAL: "a copy of", NEAR: "a near-duplicate of", INSIDE: "a part of, or contains,"}


class Between(NamedTuple):
    """Two articles that are alike and stand in different splits."""

    one: str
    other: str
    splits: tuple[str, str]
    why: str


class Unseen(NamedTuple):
    """Of the registry's entries that a split's texts name, how many no text of train does."""

    split: str
    what: str  # actors or places
    named: int
    unseen: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nothing is named."""
        return self.unseen / self.named if self.named else None


class Report(NamedTuple):
    """The leak report of a file of splits. ``labels`` counts the settled annotations by layer, label and split;
    ``stories`` are those of the released articles, ``divided`` those of them that are in more than one split.
    """

    name: str
    articles: Mapping[str, int]
    found: Sequence[Between]
    stories: int
    divided: int
    unseen: Sequence[Unseen]
    labels: Mapping[tuple[str, str, str], int]

    def count(self, why: str) -> int:
        """How many pairs are alike in that way: equal, near, contained or republished."""
        return sum(pair.why == why for pair in self.found)


def across(texts: Iterable[tuple[str, str]], split: Mapping[str, str]) -> Iterator[Between]:
    """The (id, text) that are copies of each other, in whole or in part, over two splits; all others are not looked at."""
    for link in near_duplicates((name, text) for name, text in texts if split.get(name) in RELEASED):
        if split[link.one] != split[link.other]:
            yield Between(link.one, link.other, (split[link.one], split[link.other]), link.why)


def report(name: str, facts: Sequence[Facts], found: Iterable[Between], split: Mapping[str, str], labels: Mapping) -> Report:
    """The report of the file of splits ``name``, of whose articles ``facts`` are known."""
    facts = [one for one in facts if split.get(one.id) in RELEASED]
    where: dict[str, set[str]] = defaultdict(set)
    for article, story in stories(facts).items():
        where[story].add(split[article])
    divided = sum(len(splits) > 1 for splits in where.values())
    articles = Counter(split[one.id] for one in facts)
    return Report(name, articles, list(found), len(where), divided, unseen(facts, split), labels)


def refuse(found: Iterable[Between]) -> None:
    """StandpointError where there is a leak, with the first one and how many there are."""
    found = list(found)
    if found:
        one, more = found[0], f", and {len(found) - 1} more" if len(found) > 1 else ""
        what = f"{one.one} in {one.splits[0]} is {WORDS[one.why]} {one.other} in {one.splits[1]}"
        raise StandpointError(f"a leak: {what}{more}", "standpoint leaks lists them; put the newer into quarantine")


def unseen(facts: Iterable[Facts], split: Mapping[str, str]) -> list[Unseen]:
    """For each split but train, what of its actors and places train does not have."""
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in facts:
        named[split.get(one.id, ""), "actors"] |= one.actors
        named[split.get(one.id, ""), "places"] |= one.places
    return [
        Unseen(name, what, len(named[name, what]), len(named[name, what] - named[TRAIN, what]))
        for name in RELEASED[1:]
        for what in ("actors", "places")
    ]


def labels(settled: Iterable[SettledSet], split: Mapping[str, str], codebook: Codebook) -> dict[tuple[str, str, str], int]:
    """How often each label is in each split: by layer, label and split, in the codebook's order; what is nowhere is left out."""
    counts = Counter(
        (item.layer, item.label, split[one.article_id])
        for one in settled
        if split.get(one.article_id) in RELEASED
        for item in one.annotations
    )
    keys = ((layer.name, label, name) for layer in codebook.layers for label in layer.label_names for name in RELEASED)
    return {key: counts[key] for key in keys if counts[key]}
