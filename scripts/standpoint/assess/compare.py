"""Which statistics a layer has, and how the sets of one article are counted for each (codebook, agreement).

A statistic is a function of two or more views that adds one article to a tally. F1 and what is between people and
machines is counted pair by pair; alpha within one heading is counted over all annotators at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import NamedTuple

from standpoint.assess.match import match_equal, match_overlap
from standpoint.assess.tallies import Coincidences, Matches, Nothing
from standpoint.assess.views import Mark, View
from standpoint.codebook.types import Layer

SAME = "alpha of matched labels"  # corrected for chance; blind to spans that only one has
Tally = Matches | Coincidences | Nothing


class Statistic(NamedTuple):
    """What is measured: its name, an empty tally, how views of one article are added, and whether only two at a time."""

    name: str
    empty: Callable[[], Tally]
    add: Callable[[Tally, Sequence[View]], None]
    pairwise: bool


def statistics_of(layer: Layer) -> Iterator[Statistic]:
    """The statistics of a layer, by its kind and modifiers."""
    if layer.kind == "span":
        yield by_f1("F1 exact", lambda view: list(view.marks[layer.name]))
        yield by_f1("F1 exact, any label", lambda view: [mark[:2] for mark in view.marks[layer.name]])
        yield by_f1("F1 overlap, any label", lambda view: list(view.marks[layer.name]), match_overlap)
        yield by_alpha(SAME, layer, lambda view: {mark[:2]: mark.label for mark in view.marks[layer.name]})
    elif layer.kind == "relation":
        yield by_f1("F1 end to end", lambda view: list(view.links[layer.name]))
    elif layer.kind == "text":
        yield Statistic("not compared", Nothing, lambda tally, views: None, True)
    elif layer.multiple:
        yield by_f1("F1 of (place, label)", lambda view: list(answers_of(view, layer)))
    else:
        metric = "ordinal" if layer.ordinal else "nominal"
        yield by_alpha(f"alpha {metric}", layer, lambda view: dict(answers_of(view, layer)), metric)


def answers_of(view: View, layer: Layer) -> Iterator[tuple[Hashable, str]]:
    """(what an answer is about, label): a span is known by its extent, whatever its label."""
    for about, labels in view.answers[layer.name].items():
        for label in labels:
            yield (about[:2] if isinstance(about, Mark) else about), label


def by_f1(name: str, items: Callable[[View], list], match: Callable = match_equal) -> Statistic:
    """F1 of what ``items`` gives of two views."""

    def add(tally: Matches, views: Sequence[View]) -> None:
        ones, others = map(items, views)
        tally.add(match(ones, others), ones, others)

    return Statistic(name, Matches, add, True)


def by_alpha(name: str, layer: Layer, units: Callable[[View], dict], metric: str = "nominal") -> Statistic:
    """Alpha of the answers that ``units`` gives of each view: {unit: answer}."""

    def number(label: Hashable) -> float:
        return layer.by_name[label].value

    def add(tally: Coincidences, views: Sequence[View]) -> None:
        answers: dict[Hashable, list[str]] = {}
        for view in views:
            for unit, answer in units(view).items():
                answers.setdefault(unit, []).append(answer)
        for row in answers.values():
            tally.add(row)

    return Statistic(name, lambda: Coincidences(metric, number), add, False)
