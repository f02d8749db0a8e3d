"""What the card, the drawings, the citation and the Croissant file are all made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from datasets import Features

from standpoint.publish.leaks import Report
from standpoint.publish.prose import Prose
from standpoint.publish.tally import Tally

PILOT = " (silver pilot)"
Rows = Mapping[str, Mapping[str, int]]  # how many, by config and split
ORDER = {"train": 0, "validation": 1, "test": 2}


class Agreement(NamedTuple):
    """One figure of agreement, as data: the heading it stands under says who is compared with whom."""

    heading: str
    layer: str
    statistic: str
    value: float | None
    n: int
    low: float | None = None  # of the 95 % interval
    high: float | None = None
    target: float | None = None  # what the codebook aims at; only people's own work is measured against it


class Baseline(NamedTuple):
    """One score of a baseline on a split of this very release (docs/scoring.md)."""

    system: str
    split: str
    track: str
    metric: str
    layer: str
    value: float
    low: float | None
    high: float | None
    n: int


class Release(NamedTuple):
    """What a card is about."""

    tally: Tally
    configs: Mapping[str, Features]
    rows: Rows
    version: str
    content: str
    agreement: Sequence[Agreement] = ()
    left_out: Mapping[str, int] = {}  # how often each code of a note stands
    prose: Prose | None = None  # what is written by hand
    sizes: Mapping[str, Mapping[str, int]] = {}  # in bytes, by config and what is measured
    baselines: Sequence[Baseline] = ()
    leaks: Report | None = None  # what was found in its splits

    @property
    def name(self) -> str:
        """What the dataset is called: that no person made its labels is a part of the name."""
        return self.tally.shape.codebook.title + (PILOT if self.tally.human_sets == 0 else "")

    @property
    def repo(self) -> str:
        """Where it is on the Hub, owner/name, "" where that is not known."""
        return self.prose.head.repo if self.prose else ""

    @property
    def splits(self) -> list[str]:
        """The splits of the articles, train first."""
        return in_order(self.tally.articles)


def in_order(splits: Mapping[str, int]) -> list[str]:
    """The splits' names, train first."""
    return sorted(splits, key=lambda name: (ORDER.get(name, len(ORDER)), name))
