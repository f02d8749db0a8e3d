"""How far annotators agree, layer by layer. What machines made has a heading of its own; headings are never merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations

from msgspec import Struct

from standpoint.assess.compare import Statistic, Tally, statistics_of
from standpoint.assess.made import HEADINGS, HUMAN, MODEL, as_listed, heading
from standpoint.assess.streams import Streams, by_article
from standpoint.assess.views import View, views_by_pass
from standpoint.codebook.types import Codebook, Layer
from standpoint.model import AnnotationSet

NOBODY = "no article has two annotators"


class Row(Struct, frozen=True, kw_only=True):
    """One number: ``value`` is None where there is a ``reason`` why it is not defined.

    F1 is micro-averaged over articles, then the mean over pairs of annotators; ``n`` counts the annotations compared.
    Alpha is over all annotators at once (human, model-model) or the mean over pairs (else); ``n`` counts the units.
    ``kind`` is "human": people on their own; "human-assisted": people of whom one saw drafts; "human-model";
    "model-model": machines among themselves; "unknown": of somebody nothing is known.
    """

    layer: str
    statistic: str
    value: float | None
    n: int
    annotators: tuple[str, ...]
    kind: str
    reason: str = ""


Key = tuple[str, str, str]  # layer, statistic, kind
Group = tuple[str, ...]  # the pair of annotators a tally is of, or () for all at once


def agree(sets: Streams[AnnotationSet], codebook: Codebook, kinds: Mapping[str, str]) -> list[Row]:
    """All numbers, in the codebook's order; ``sets`` are streams, each sorted by article.

    ``kinds`` is what is known of each annotator (annotators.yaml).
    """
    tallies: dict[Key, dict[Group, Tally]] = defaultdict(dict)
    people: dict[tuple[str, str], set[str]] = defaultdict(set)  # (pass, kind) -> who was compared
    for _, one_article in by_article(sets):
        for pass_name, views in views_by_pass([as_listed(one, kinds) for one in one_article], codebook):
            for kind, group, together in _groups(views):
                people[pass_name, kind].update(view.annotator for view in together)
                _count(tallies, kind, group, together, codebook.layers_of(pass_name))
    layers = ((layer, item.name) for item in codebook.passes for layer in codebook.layers_of(item.name))
    return [row for layer, pass_name in layers for row in _rows(layer, pass_name, tallies, people)]


def _groups(views: Sequence[View]) -> Iterator[tuple[str, Group, list[View]]]:
    """Who is compared with whom: each pair, and all at once under the headings that are of one kind."""
    whole: dict[str, dict[str, View]] = defaultdict(dict)
    for pair in combinations(views, 2):
        kind = heading(pair[0].made, pair[1].made)
        yield kind, (pair[0].annotator, pair[1].annotator), list(pair)
        if kind in (HUMAN, MODEL):
            whole[kind].update({view.annotator: view for view in pair})
    for kind, together in whole.items():
        yield kind, (), list(together.values())


def _count(tallies: dict, kind: str, group: Group, views: Sequence[View], layers: Sequence[Layer]) -> None:
    at_once = kind in (HUMAN, MODEL)
    for layer in layers:
        for statistic in _statistics(layer):
            if bool(group) == (statistic.pairwise or not at_once):
                tally = tallies[layer.name, statistic.name, kind].setdefault(group, statistic.empty())
                statistic.add(tally, views)


@cache
def _statistics(layer: Layer) -> tuple[Statistic, ...]:
    return tuple(statistics_of(layer))


def _rows(layer: Layer, pass_name: str, tallies: dict, people: dict) -> Iterator[Row]:
    kinds = [kind for kind in HEADINGS if people.get((pass_name, kind))]
    for statistic in _statistics(layer):
        for kind in kinds:
            names = tuple(sorted(people[pass_name, kind]))
            yield _row(layer, statistic, kind, names, list(tallies[layer.name, statistic.name, kind].values()))
        if not kinds:
            yield Row(layer=layer.name, statistic=statistic.name, value=None, n=0, annotators=(), kind=HUMAN, reason=NOBODY)


def _row(layer: Layer, statistic: Statistic, kind: str, names: tuple[str, ...], tallies: list[Tally]) -> Row:
    measured = [tally.measure() for tally in tallies]
    values = [value for value, _ in measured if value is not None]
    return Row(
        layer=layer.name,
        statistic=statistic.name,
        value=sum(values) / len(values) if values else None,
        n=sum(tally.n for tally in tallies),
        annotators=names,
        kind=kind,
        reason="" if values else measured[0][1],
    )
