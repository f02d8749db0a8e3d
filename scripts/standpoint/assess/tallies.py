"""What is counted to compare annotators, one article after another: counts add up, and give a value or a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from standpoint.assess.alpha import Measured, alpha, coincidences
from standpoint.assess.match import f1

NOTHING = "nothing is annotated in this layer"
TYPED = "what is typed is not compared"


@dataclass
class Matches:
    """For F1: how many things were matched, of how many on each side. ``n`` counts the things of both sides."""

    matched: int = 0
    ones: int = 0
    others: int = 0

    def add(self, pairs: Sequence, ones: Sequence, others: Sequence) -> None:
        """Count one article."""
        self.matched += len(pairs)
        self.ones += len(ones)
        self.others += len(others)

    @property
    def n(self) -> int:
        return self.ones + self.others

    def measure(self) -> Measured:
        """F1, micro-averaged over all that was counted."""
        value = f1(self.matched, self.ones, self.others)
        return value, "" if value is not None else NOTHING


@dataclass
class Coincidences:
    """For alpha: pairs of answers about the same unit. ``n`` counts the units that have two answers or more."""

    metric: str = "nominal"
    number: Callable[[Hashable], float] = float
    pairs: Counter = field(default_factory=Counter)
    n: int = 0

    def add(self, answers: Sequence[Hashable]) -> None:
        """Count one unit."""
        if len(answers) > 1:
            self.n += 1
            for pair, weight in coincidences(answers):
                self.pairs[pair] += weight

    def measure(self) -> Measured:
        """Krippendorff's alpha of all that was counted."""
        return alpha(self.pairs, self.metric, self.number)


@dataclass
class Nothing:
    """For what is not compared."""

    n: int = 0

    def measure(self) -> Measured:
        """No value."""
        return None, TYPED
