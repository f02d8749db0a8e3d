"""The alternative annotator test: whether a machine stands for people at least as well as one of them does.

N. Calderon, R. Reichart and R. Dror (2025): The Alternative Annotator Test for LLM-as-a-Judge. ACL 2025, 16051-16081.

Each person is left out once. On every instance that the person, the machine and somebody else have labelled, the labels of the
others are what the person and the machine are held against. The machine wins over the person if it is closer to the others
significantly more often than the person is, less ε: what a person costs more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import sqrt
from typing import Any, Generic, TypeVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from standpoint.agreement.counts import Reading, Statistic, measure_f1
from standpoint.agreement.statistics import statistics_of_layer
from standpoint.codebook.types import Layer

Label = TypeVar("Label")
Alignment = Callable[[Label, Sequence[Label]], float]  # a label, the labels of the others -> how well it represents them

LEAST_PEOPLE = 3  # with two, there is no group that either could represent
LEAST_INSTANCES = 30  # of a person: with fewer, the mean of the differences is not near enough to normal for the t-test
PASSED = 0.5  # the share of people over whom the machine has to win
FALSE_DISCOVERIES = 0.05  # the expected share of wrong ones among the people over whom the machine is said to win
# The authors' advice: the dearer the people, the more a machine may lose against them.
EPSILONS = {"human_expert": 0.2, "human_trained": 0.15, "human_crowd": 0.1}
T_TEST, WILCOXON = "t", "wilcoxon"
TESTS = (T_TEST, WILCOXON)


def epsilon_for(kinds: Iterable[str]) -> float:
    """The advised ε for people of these kinds: the smallest, which asks most of the machine; so also for unknown kinds."""
    return min((EPSILONS.get(kind, min(EPSILONS.values())) for kind in kinds), default=min(EPSILONS.values()))


def share_equal(label: Label, others: Sequence[Label]) -> float:
    """The share of the others who gave this label."""
    return sum(label == other for other in others) / len(others)


def closeness(value: float, others: Sequence[float]) -> float:
    """Minus the root mean square distance from the values of the others; of one other, minus the distance."""
    return -sqrt(sum((value - other) ** 2 for other in others) / len(others))


class AgainstPerson(Struct, frozen=True, kw_only=True):
    """The machine against one person who is left out. The shares count ties on both sides."""

    annotator: str
    n: int  # instances
    machine: float  # the share of instances on which the machine is at least as close to the others as the person
    person: float  # the share on which the person is at least as close as the machine
    p: float | None  # of the null hypothesis that the person is better by ε or more; None without enough instances
    won: bool = False


class AlternativeAnnotator(Struct, frozen=True, kw_only=True):
    """The result. ``winning_rate`` (ω) and ``advantage`` (ρ) are None if the test cannot be made, and ``reason`` says why."""

    pass_name: str = ""
    layer: str = ""
    instances: str = ""  # what one instance is
    alignment: str = ""  # how a label is held against those of the others
    epsilon: float = 0.0
    test: str = T_TEST
    winning_rate: float | None = None
    advantage: float | None = None
    people: tuple[AgainstPerson, ...] = ()
    reason: str = ""

    @property
    def passed(self) -> bool | None:
        """Whether the machine wins over half of the people or more; None if the test was not made."""
        return None if self.winning_rate is None else self.winning_rate >= PASSED


class Trial(Generic[Label]):
    """The instances, counted one by one: for each person, how often the person or the machine was closer to the others."""

    def __init__(self, alignment: Alignment[Label], instances: str, alignment_name: str) -> None:
        self.alignment, self.instances, self.alignment_name = alignment, instances, alignment_name
        self.counts: dict[str, Counter[int]] = {}  # by person: 1 the person is closer, 0 neither, -1 the machine

    def add(self, machine: Label, people: Mapping[str, Label]) -> None:
        """Count one instance that the machine and these people have labelled. With one person there are no others."""
        for name in people if len(people) > 1 else ():
            others = [label for other, label in people.items() if other != name]
            person, own = self.alignment(people[name], others), self.alignment(machine, others)
            self.counts.setdefault(name, Counter())[(person > own) - (own > person)] += 1

    def result(self, epsilon: float, test: str = T_TEST, pass_name: str = "", layer: str = "") -> AlternativeAnnotator:
        """The result over all instances of a layer.

        The t-test needs ``LEAST_INSTANCES`` of a person; Wilcoxon's signed-rank test, which the authors advise for fewer, has no
        such limit. The hypotheses about all people are tested together (Benjamini and Yekutieli 2001), as they depend on each
        other.
        """
        least = LEAST_INSTANCES if test == T_TEST else 1
        people = [_against(name, counts, epsilon, test, least) for name, counts in sorted(self.counts.items())]
        tested = [person for person in people if person.p is not None]
        made = AlternativeAnnotator(
            pass_name=pass_name,
            layer=layer,
            instances=self.instances,
            alignment=self.alignment_name,
            epsilon=epsilon,
            test=test,
            people=tuple(people),
        )
        if len(tested) < LEAST_PEOPLE:
            return replace(made, reason=_too_few(people, tested, least))
        won = _rejected([person.p or 0.0 for person in tested])
        names_won = {person.annotator for person, rejected in zip(tested, won, strict=True) if rejected}
        return replace(
            made,
            winning_rate=len(names_won) / len(tested),
            advantage=float(np.mean([person.machine for person in tested])),
            people=tuple(replace(person, won=person.annotator in names_won) for person in people),
        )


def _too_few(people: Sequence[AgainstPerson], tested: Sequence[AgainstPerson], least: int) -> str:
    counts = ", ".join(f"{person.annotator} {person.n:,}" for person in people) or "none"
    enough = f"{len(tested)} of the {LEAST_PEOPLE} people that it needs"
    return f"{enough} have {least} instances or more that somebody else and the machine have too ({counts})"


def _against(name: str, counts: Counter[int], epsilon: float, test: str, least: int) -> AgainstPerson:
    n = counts.total()
    return AgainstPerson(
        annotator=name,
        n=n,
        machine=(counts[0] + counts[-1]) / n,
        person=(counts[0] + counts[1]) / n,
        p=_p_value(counts, epsilon, test) if n >= least else None,
    )


def _p_value(counts: Counter[int], epsilon: float, test: str) -> float:
    """The p of the null hypothesis that the mean (of Wilcoxon's test, the median) of the differences is ε or more."""
    from scipy.stats import ttest_1samp, wilcoxon  # takes long to load

    values = sorted(counts)
    differences = np.repeat(np.array(values, float), [counts[value] for value in values]) - epsilon
    if np.ptp(differences) == 0:  # without variance, the statistic is infinite, or 0 / 0 if there is no difference
        return 0.0 if differences[0] < 0 else 1.0
    if test == T_TEST:
        return float(ttest_1samp(differences, 0.0, alternative="less").pvalue)
    return float(wilcoxon(differences, alternative="less").pvalue)


def _rejected(p_values: Sequence[float]) -> list[bool]:
    """Which null hypotheses are rejected at ``FALSE_DISCOVERIES`` (Benjamini and Yekutieli)."""
    from scipy.stats import false_discovery_control

    return [bool(p <= FALSE_DISCOVERIES) for p in false_discovery_control(p_values, method="by")]


Values = Callable[[Reading], Mapping[Any, Any]]


def trial_of(layer: Layer) -> tuple[Trial, Values] | None:
    """How a layer is tested, and what a reading has of it by instance; None for typed texts, which are not compared.

    An answer of one value is an instance where several have answered the question. Other layers have an instance for each
    article, and one reading is held against another by F1.
    """
    if layer.kind == "text":
        return None
    if layer.kind == "number" or (layer.kind == "choice" and layer.ordinal and not layer.multiple):
        numbers = {label.name: label.value or 0.0 for label in layer.labels}
        trial: Trial = Trial(closeness, "an answer", "minus the root mean square distance")
        return trial, lambda reading: {
            place: numbers[label] if numbers else float(label) for place, label in reading.answer(layer.name).items()
        }
    if layer.kind == "choice" and not layer.multiple:
        return Trial(share_equal, "an answer", "share of equal labels"), lambda reading: reading.answer(layer.name)
    statistic = next(one for one in statistics_of_layer(layer) if one.main and one.measure is measure_f1)
    return Trial(partial(mean_similarity, statistic), "an article", f"mean {statistic.name}"), lambda reading: {"": reading}


def mean_similarity(statistic: Statistic, reading: Reading, others: Sequence[Reading]) -> float:
    """The mean of a statistic of a reading and each other; it is 1 where neither has anything, because they agree."""
    rows = np.array([statistic.tally.count([reading, other]).columns for other in others], float)
    values = statistic.measure(rows)
    return float(np.mean(np.where(np.isnan(values), 1.0, values)))
