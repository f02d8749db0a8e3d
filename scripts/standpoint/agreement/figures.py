"""From counts to figures: values, intervals, and the parts by annotator, month and article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from standpoint.agreement.comparison import ALL, WORST, Comparison, Confusion, Heading, Members, Prevalence, confusion, prevalence
from standpoint.agreement.counts import ONE_VALUE, Interval, Sheet, Statistic, intervals, mean, measured
from standpoint.agreement.gamma import ALONE
from standpoint.codebook.load import GAMMA
from standpoint.core.provenance import HEADINGS, HUMAN


class Figure(Struct, frozen=True, kw_only=True):
    """One number with its 95 % interval; ``value`` is None where there is a ``reason`` why it is not defined.

    F1 is micro-averaged over articles, then the mean over pairs of annotators; ``n`` counts the annotations compared.
    Alpha is over all annotators at once (human, model-model) or the mean over pairs (else); ``n`` counts the units.
    ``low`` and ``high`` are from a percentile bootstrap over stories, None where there are fewer than two.
    ``kind`` is "human": people on their own; "human-assisted": people of whom one saw suggestions; "human-model";
    "model-model": machines among themselves; "unknown": of somebody nothing is known.
    ``target`` is what the codebook aims at for this figure, None where it names none; only people's own work has one.
    ``note`` says what was left out. ``main``: among the few that are reported in short.
    """

    pass_name: str
    layer: str
    statistic: str
    kind: str
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    annotators: tuple[str, ...] = ()
    target: float | None = None
    reason: str = ""
    note: str = ""
    main: bool = False


class Part(Struct, frozen=True, kw_only=True):
    """A figure of a part of the data: of one pair or one annotator, one month of submission, or one article."""

    pass_name: str
    layer: str
    statistic: str
    kind: str
    part: str
    value: float | None
    n: int


class SetsIn(Struct, frozen=True, kw_only=True):
    """Which annotation sets went in, and under which heading they are compared with others; "" where with none."""

    pass_name: str
    annotator: str
    annotator_kind: str
    assistance: str
    sets: int
    headings: tuple[str, ...]


class Agreement(Struct, frozen=True, kw_only=True):
    """All that ``standpoint agree`` finds. ``by_article`` is sorted, the worst first, and holds the worst only."""

    codebook_version: str
    articles: int
    groups: int
    resamples: int
    seed: int
    sets: tuple[SetsIn, ...] = ()
    figures: tuple[Figure, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    prevalence: tuple[Prevalence, ...] = ()
    by_annotator: tuple[Part, ...] = ()
    by_month: tuple[Part, ...] = ()
    by_article: tuple[Part, ...] = ()


NOBODY = "no article has two annotators"
LEFT_OUT = "{:,} articles are left out in which only one of the two marked anything"

Targets = Mapping[tuple[str, str], float]  # (layer, statistic) -> value


class Measured(NamedTuple):
    """Values, and how much was compared: a row a statistic."""

    values: np.ndarray
    n: np.ndarray


class PassResult(NamedTuple):
    """What one pass comes to: the fields of ``figures.Agreement``."""

    sets: list[SetsIn]
    figures: list[Figure]
    confusions: list[Confusion]
    prevalence: list[Prevalence]
    by_annotator: list[Part]
    by_month: list[Part]
    by_article: list[Part]


def of_pass(name: str, comparison: Comparison, targets: Targets, resamples: int, seed: Sequence[int]) -> PassResult:
    """All of one pass, in the codebook's order, and under each statistic by heading."""
    kinds = [kind for kind in HEADINGS if kind in comparison.headings]
    by_kind = {kind: _figures(name, comparison, kind, resamples, [*seed, HEADINGS.index(kind)]) for kind in kinds}
    figures = (
        [found for together in zip(*by_kind.values(), strict=True) for found in together] if kinds else _nobody(name, comparison)
    )
    by_layer = {layer.name: layer for layer in comparison.layers}
    order = list(by_layer)
    return PassResult(
        sets=list(_sets(name, comparison)),
        figures=[_aimed(figure, targets) for figure in figures],
        confusions=[
            confusion(name, by_layer[layer], kind, counts)
            for layer in by_layer
            for kind in kinds
            if (counts := comparison.headings[kind].confusions[layer])
        ],
        prevalence=[
            prevalence(name, by_layer[layer], annotator, counts)
            for (layer, annotator), counts in sorted(
                comparison.used.items(), key=lambda item: (order.index(item[0][0]), item[0][1])
            )
            if counts
        ],
        by_annotator=[part for kind in kinds for part in _by_annotator(name, comparison, kind)],
        by_month=[part for kind in kinds for part in _by_month(name, comparison, kind)],
        by_article=[part for kind in kinds for part in _by_article(name, comparison, kind)],
    )


def _measured(heading: Heading, statistics: Sequence[Statistic]) -> dict[Members, Measured]:
    """The values of each sheet: of each pair, and of all at once."""
    return {
        members: Measured(*(column[:, 0] for column in measured(sheet, statistics, np.ones((1, len(sheet.rows))))))
        for members, sheet in heading.sheets.items()
    }


def _figures(name: str, comparison: Comparison, kind: str, resamples: int, seed: Sequence[int]) -> list[Figure]:
    heading, statistics = comparison.headings[kind], comparison.layout.statistics
    of_sheets, bounds = _measured(heading, statistics), _intervals(heading, statistics, resamples, seed)
    figures = []
    for place, statistic in enumerate(statistics):
        sheets = heading.sheets_of(statistic)
        value = mean(of_sheets[members].values[place] for members in sheets)
        n = int(sum(of_sheets[members].n[place] for members in sheets))
        defined = not np.isnan(value)
        low, high = bounds[place] if defined else (None, None)
        figures.append(
            Figure(
                pass_name=name,
                layer=statistic.layer,
                statistic=statistic.name,
                kind=kind,
                value=float(value) if defined else None,
                n=n,
                low=low,
                high=high,
                annotators=tuple(sorted(heading.people)),
                reason="" if defined else ONE_VALUE if n else statistic.tally.nothing,
                note=_note(statistic, sheets.values()),
                main=statistic.main,
            )
        )
    return figures


def _intervals(heading: Heading, statistics: Sequence[Statistic], resamples: int, seed: Sequence[int]) -> list[Interval]:
    """Of what is measured of all at once, and of what is measured of each pair, with the same resamples."""
    found: dict[Statistic, Interval] = {}
    for joint in (True, False):
        some = [statistic for statistic in statistics if (ALL in heading.sheets_of(statistic)) == joint]
        sheets = list(heading.sheets_of(some[0]).values()) if some else []
        found |= zip(some, intervals(sheets, some, len(heading.groups), resamples, seed), strict=True)
    return [found[statistic] for statistic in statistics]


def _note(statistic: Statistic, sheets: Iterable[Sheet]) -> str:
    if statistic.name != GAMMA:
        return ""
    alone = sum(int(sheet.data[:, sheet.layout.columns[statistic.tally]][:, ALONE].sum()) for sheet in sheets)
    return LEFT_OUT.format(alone) if alone else ""


def _nobody(name: str, comparison: Comparison) -> list[Figure]:
    """The figures of a pass in which nobody is compared."""
    nothing = {"pass_name": name, "kind": HUMAN, "value": None, "n": 0, "reason": NOBODY}
    return [Figure(layer=one.layer, statistic=one.name, main=one.main, **nothing) for one in comparison.layout.statistics]


def _aimed(figure: Figure, targets: Targets) -> Figure:
    """Targets are for people on their own."""
    target = targets.get((figure.layer, figure.statistic)) if figure.kind == HUMAN else None
    return replace(figure, target=target) if target is not None else figure


def _sets(name: str, comparison: Comparison) -> Iterator[SetsIn]:
    for maker, count in sorted(comparison.makers.items()):
        annotator, kind, assistance = maker
        headings = tuple(heading for heading in HEADINGS if heading in comparison.compared[maker])
        yield SetsIn(
            pass_name=name, annotator=annotator, annotator_kind=kind, assistance=assistance, sets=count, headings=headings
        )


def _by_annotator(name: str, comparison: Comparison, kind: str) -> Iterator[Part]:
    """Each annotator's mean over the pairs with the others, of the main statistics."""
    heading, statistics = comparison.headings[kind], _main(comparison)
    of_sheets = _measured(heading, statistics)
    for place, statistic in enumerate(statistics):
        for annotator in sorted(heading.people):
            own = [found for members, found in of_sheets.items() if annotator in members]
            value, n = mean(found.values[place] for found in own), sum(found.n[place] for found in own)
            yield from _part(name, statistic, kind, annotator, value, n)


def _by_month(name: str, comparison: Comparison, kind: str) -> Iterator[Part]:
    """The main statistics of each month of submission."""
    heading, statistics = comparison.headings[kind], _main(comparison)
    months = sorted({month for sheet in heading.sheets.values() for _, month in sheet.rows} - {""})
    of_sheets = {
        members: Measured(*measured(sheet, statistics, _of_month(sheet, months)))
        for members, sheet in heading.sheets.items()
        if months
    }
    for place, statistic in enumerate(statistics if months else ()):
        own = [of_sheets[members] for members in heading.sheets_of(statistic)]
        values, n = mean(found.values[place] for found in own), sum(found.n[place] for found in own)
        for number, month in enumerate(months):
            yield from _part(name, statistic, kind, month, values[number], n[number])


def _of_month(sheet: Sheet, months: Sequence[str]) -> np.ndarray:
    """Weights that take each month's rows (months x rows)."""
    return np.array([[at == month for _, at in sheet.rows] for month in months], float)


def _by_article(name: str, comparison: Comparison, kind: str) -> Iterator[Part]:
    for _, n, article, value in sorted(comparison.headings[kind].worst)[:WORST]:
        yield from _part(name, comparison.headline, kind, article, value, -n)


def _main(comparison: Comparison) -> list[Statistic]:
    return [statistic for statistic in comparison.layout.statistics if statistic.main]


def _part(name: str, statistic: Statistic, kind: str, part: str, value: float, n: float) -> Iterator[Part]:
    """A part, where something was compared in it."""
    if n:
        defined = None if np.isnan(value) else float(value)
        yield Part(pass_name=name, layer=statistic.layer, statistic=statistic.name, kind=kind, part=part, value=defined, n=int(n))
