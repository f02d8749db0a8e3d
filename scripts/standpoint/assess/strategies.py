"""How a layer's disagreements are settled without an adjudicator, if its codebook says so: ``settle``.

unanimous: not at all; majority: what more than half say; annotator: what a named one says; dawid_skene: the label that
is most probable by each annotator's errors in the whole corpus. (distribution: see ``median``.)
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from standpoint.assess.said import token
from standpoint.assess.settled import Pattern, Settled
from standpoint.codebook.types import Follow
from standpoint.model import Choice, StandpointError

FEWEST = 3  # answers: of two, Dawid and Skene only say whom they believe (codebook, aggregation)


class Vote(NamedTuple):
    """How it was settled, and what holds."""

    how: str
    winner: frozenset[str]


def vote(rule: str | Follow, given: Mapping[str, frozenset[str]], each: bool = False) -> Vote | None:
    """What holds of ``{annotator: what it says}``; None where the rule does not tell.

    Sayings are voted on as wholes, or ``each`` for itself where several may hold; then a tie of one leaves all open.
    """
    if isinstance(rule, Follow):
        return Vote("annotator", given[rule.annotator]) if rule.annotator in given else None
    if rule != "majority":
        return None
    counts = Counter(item for items in given.values() for item in items) if each else Counter(given.values())
    winners = [item for item, count in counts.items() if 2 * count > len(given)]
    if each:
        return None if any(2 * count == len(given) for count in counts.values()) else Vote(rule, frozenset(winners))
    return Vote(rule, winners[0]) if winners else None


def vote_by_errors(layer: str, given: Mapping[str, Choice], settled: Settled) -> Vote | None:
    """Dawid and Skene's label of ``{annotator: answer}``, once it is worked out; the answers are counted for that."""
    pattern: Pattern = tuple(sorted((name, answer.label) for name, answer in given.items()))
    settled.patterns[layer][pattern] += 1
    label = settled.labels.get(layer, {}).get(pattern)
    if label is None or len(given) < FEWEST:
        return None
    return Vote("dawid_skene", frozenset(token(answer) for answer in given.values() if answer.label == label))


def most_probable(patterns: Mapping[Pattern, int]) -> dict[Pattern, str]:
    """Dawid and Skene's label of each pattern of answers that occurs so many times; where two are as probable, none.

    Dawid & Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm; by crowd-kit.
    """
    try:
        import pandas
        from crowdkit.aggregation import DawidSkene
    except ImportError:
        raise StandpointError("settle: dawid_skene needs crowd-kit", "pip install 'standpoint[dawid-skene]'") from None
    order = sorted(patterns)
    items = [(f"{number}.{copy}", *answer) for number, one in enumerate(order) for copy in range(patterns[one]) for answer in one]
    if not items:
        return {}
    table = pandas.DataFrame(items, columns=["task", "worker", "label"]).astype({"label": object})
    with warnings.catch_warnings(action="ignore"):  # crowd-kit's, about pandas to come
        found = DawidSkene().fit(table).probas_
    return {pattern: label for number, pattern in enumerate(order) if (label := _clear(found.loc[f"{number}.0"])) is not None}


def _clear(row) -> str | None:
    first, *rest = sorted(row.items(), key=lambda entry: -entry[1])
    return None if rest and first[1] - rest[0][1] < 1e-9 else first[0]
