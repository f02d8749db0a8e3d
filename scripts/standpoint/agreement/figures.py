"""The figures of agreement: generic rows that every table, file and page shows without knowing the statistic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from standpoint.agreement.comparison import ALL, WORST, Comparison, Confusion, Heading, Members, Prevalence, confusion, prevalence
from standpoint.agreement.counts import ONE_VALUE, Interval, Sheet, Statistic, intervals, mean, measured
from standpoint.core.provenance import HEADINGS, HUMAN


class HeadingText(NamedTuple):
    """How a heading is shown: its title, a warning where it is not agreement between people, and an explanation."""

    title: str
    warning: str
    explanation: str

    @property
    def full(self) -> str:
        """The title with its warning."""
        return f"{self.title}: {self.warning}" if self.warning else self.title


NOT_HUMAN = "this is not agreement between people"
HEADING_TEXTS = {
    "human": HeadingText("People among themselves", "", "People who read on their own, none of them from a suggestion."),
    "human-assisted": HeadingText(
        "People among themselves, some of whom worked on suggestions",
        "",
        "Of each two, one or both began from a machine's suggestion, which draws readings together: "
        "this is not agreement between people on their own.",
    ),
    "human-model": HeadingText(
        "People and machines", NOT_HUMAN, "How near a machine comes to a person. This is not human agreement."
    ),
    "model-model": HeadingText(
        "Machines among themselves",
        NOT_HUMAN,
        "How often machines give the same answers; they may well make the same mistakes. This is not human agreement.",
    ),
    "unknown": HeadingText(
        "Annotators of whom nothing is known",
        NOT_HUMAN,
        "Of one of each two, the list of annotators does not say whether it is a person or a machine: "
        "this cannot count as human agreement.",
    ),
}


class Figure(Struct, frozen=True, kw_only=True):
    """One number with its 95 % interval; ``value`` is None where it is not defined, and ``reason`` says why.

    F1 is micro-averaged over articles, then the mean over pairs of annotators; ``n`` counts the annotations compared.
    Alpha is over all annotators at once (human, model-model) or the mean over pairs (otherwise); ``n`` counts the units.
    ``low`` and ``high`` are from a percentile bootstrap over stories, None where there are fewer than two.
    ``kind`` is "human": people on their own; "human-assisted": people of whom one saw suggestions; "human-model";
    "model-model": machines among themselves; "unknown": of somebody nothing is known.
    ``target`` is the codebook's for this figure, None where it names none; only people's own work has one.
    ``note`` says what was left out. ``main``: one of the few that the short table and the card report.
    ``lower_is_better``: a distance, 0 at best; other figures are 1 at best.
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
    lower_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is no target, or no value."""
        return None if self.target is None or self.value is None else self.value >= self.target


COLUMNS = ("layer", "statistic", "value", "95 % interval", "n", "target")


def cells(figure: Figure, decimals: int = 2) -> list[object]:
    """A figure as the cells of a row under ``COLUMNS``: every table of figures shows these. None is for nothing."""
    bounded = figure.low is not None and figure.high is not None
    interval = f"{figure.low:.{decimals}f} to {figure.high:.{decimals}f}" if bounded else None
    target = "" if figure.met is None else f"{figure.target:.2f} {'met' if figure.met else 'missed'}"
    return [figure.layer, figure.statistic, figure.value, interval, figure.n, target]


class Part(Struct, frozen=True, kw_only=True):
    """A figure of a part of the data: of one pair or one annotator, one month of submission, or one article."""

    pass_name: str
    layer: str
    statistic: str
    kind: str
    part: str
    value: float | None
    n: int


class ComparedSets(Struct, frozen=True, kw_only=True):
    """How many annotation sets of one annotator went in, and the headings under which they are compared with others."""

    pass_name: str
    annotator: str
    annotator_kind: str
    assistance: str
    sets: int
    headings: tuple[str, ...]


class Agreement(Struct, frozen=True, kw_only=True):
    """Everything that ``standpoint agree`` computes. ``by_article`` holds only the worst articles, the worst first."""

    codebook_version: str
    articles: int
    groups: int
    resamples: int
    seed: int
    sets: tuple[ComparedSets, ...] = ()
    figures: tuple[Figure, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    prevalence: tuple[Prevalence, ...] = ()
    by_annotator: tuple[Part, ...] = ()
    by_month: tuple[Part, ...] = ()
    by_article: tuple[Part, ...] = ()

    def by_heading(self, main_only: bool = False) -> dict[str, list[Figure]]:
        """The figures under each heading, in the order of the headings."""
        chosen = [figure for figure in self.figures if figure.main or not main_only]
        grouped = {kind: [figure for figure in chosen if figure.kind == kind] for kind in HEADINGS}
        return {kind: figures for kind, figures in grouped.items() if figures}

    def published(self) -> list[Figure]:
        """What a release reports: the main figures that have a value, heading by heading."""
        return [figure for figures in self.by_heading(main_only=True).values() for figure in figures if figure.value is not None]


NOBODY = "no article has two annotators"

Targets = Mapping[tuple[str, str], float]  # (layer, statistic) -> value


class Measured(NamedTuple):
    """Values, and how much was compared: a row per statistic."""

    values: np.ndarray
    n: np.ndarray


class PassResult(NamedTuple):
    """The results of one pass: fields of ``Agreement``."""

    sets: list[ComparedSets]
    figures: list[Figure]
    confusions: list[Confusion]
    prevalence: list[Prevalence]
    by_annotator: list[Part]
    by_month: list[Part]
    by_article: list[Part]


def measure_pass(name: str, comparison: Comparison, targets: Targets, resamples: int, seed: Sequence[int]) -> PassResult:
    """The results of one pass: layers and statistics in the codebook's order, the headings under each statistic."""
    kinds = [kind for kind in HEADINGS if kind in comparison.headings]
    by_kind = [_figures(name, comparison, kind, resamples, [*seed, HEADINGS.index(kind)]) for kind in kinds]
    figures = [figure for row in zip(*by_kind, strict=True) for figure in row] if kinds else _no_figures(name, comparison)
    order = {layer.name: number for number, layer in enumerate(comparison.layers)}
    by_name = {layer.name: layer for layer in comparison.layers}
    used = sorted(comparison.used.items(), key=lambda item: (order[item[0][0]], item[0][1]))
    return PassResult(
        sets=list(_compared_sets(name, comparison)),
        figures=[  # targets are for people on their own
            replace(each, target=targets.get((each.layer, each.statistic)) if each.kind == HUMAN else None) for each in figures
        ],
        confusions=[
            confusion(name, layer, kind, counts)
            for layer in comparison.layers
            for kind in kinds
            if (counts := comparison.headings[kind].confusions[layer.name])
        ],
        prevalence=[prevalence(name, by_name[layer], annotator, counts) for (layer, annotator), counts in used if counts],
        by_annotator=[part for kind in kinds for part in _by_annotator(name, comparison, kind)],
        by_month=[part for kind in kinds for part in _by_month(name, comparison, kind)],
        by_article=[part for kind in kinds for part in _by_article(name, comparison, kind)],
    )


def _measure_sheets(heading: Heading, statistics: Sequence[Statistic]) -> dict[Members, Measured]:
    """The values of each sheet: of each pair, and of all at once."""
    return {
        members: Measured(*(column[:, 0] for column in measured(sheet, statistics, np.ones((1, len(sheet.rows))))))
        for members, sheet in heading.sheets.items()
    }


def _figures(name: str, comparison: Comparison, kind: str, resamples: int, seed: Sequence[int]) -> list[Figure]:
    heading, statistics = comparison.headings[kind], comparison.layout.statistics
    by_sheet, bounds = _measure_sheets(heading, statistics), _intervals(heading, statistics, resamples, seed)
    figures = []
    for place, statistic in enumerate(statistics):
        sheets = heading.sheets_of(statistic)
        value = float(mean(by_sheet[members].values[place] for members in sheets))
        n = int(sum(by_sheet[members].n[place] for members in sheets))
        columns = sum((_columns(sheet, statistic) for sheet in sheets.values()), start=np.zeros(statistic.tally.width))
        defined = not np.isnan(value)
        low, high = bounds[place] if defined else (None, None)
        figures.append(
            Figure(
                pass_name=name,
                layer=statistic.layer,
                statistic=statistic.name,
                kind=kind,
                value=value if defined else None,
                n=n,
                low=low,
                high=high,
                annotators=tuple(sorted(heading.annotators)),
                reason="" if defined else ONE_VALUE if n else statistic.tally.nothing,
                note=statistic.note(columns),
                main=statistic.main,
                lower_is_better=statistic.lower_is_better,
            )
        )
    return figures


def _columns(sheet: Sheet, statistic: Statistic) -> np.ndarray:
    """The summed columns of a statistic's tally."""
    return sheet.data[:, sheet.layout.columns[statistic.tally]].sum(axis=0)


def _intervals(heading: Heading, statistics: Sequence[Statistic], resamples: int, seed: Sequence[int]) -> list[Interval]:
    """The intervals of what is measured of all at once, and of what is measured of each pair, with the same resamples."""
    by_statistic: dict[Statistic, Interval] = {}
    for joint in (True, False):
        some = [statistic for statistic in statistics if (ALL in heading.sheets_of(statistic)) == joint]
        sheets = list(heading.sheets_of(some[0]).values()) if some else []
        by_statistic |= zip(some, intervals(sheets, some, len(heading.groups), resamples, seed), strict=True)
    return [by_statistic[statistic] for statistic in statistics]


def _no_figures(name: str, comparison: Comparison) -> list[Figure]:
    """The figures of a pass in which nobody is compared."""
    return [
        Figure(
            pass_name=name,
            layer=statistic.layer,
            statistic=statistic.name,
            kind=HUMAN,
            value=None,
            n=0,
            reason=NOBODY,
            main=statistic.main,
            lower_is_better=statistic.lower_is_better,
        )
        for statistic in comparison.layout.statistics
    ]


def _compared_sets(name: str, comparison: Comparison) -> Iterator[ComparedSets]:
    for maker, count in sorted(comparison.makers.items()):
        annotator, kind, assistance = maker
        headings = tuple(heading for heading in HEADINGS if heading in comparison.compared[maker])
        yield ComparedSets(
            pass_name=name, annotator=annotator, annotator_kind=kind, assistance=assistance, sets=count, headings=headings
        )


def _by_annotator(name: str, comparison: Comparison, kind: str) -> Iterator[Part]:
    """Each annotator's mean over the pairs with the others, of the main statistics."""
    heading, statistics = comparison.headings[kind], _main(comparison)
    by_sheet = _measure_sheets(heading, statistics)
    for place, statistic in enumerate(statistics):
        for annotator in sorted(heading.annotators):
            pairs = [values for members, values in by_sheet.items() if annotator in members]
            value, n = mean(pair.values[place] for pair in pairs), sum(pair.n[place] for pair in pairs)
            yield from _part(name, statistic, kind, annotator, float(value), n)


def _by_month(name: str, comparison: Comparison, kind: str) -> Iterator[Part]:
    """The main statistics of each month of submission."""
    heading, statistics = comparison.headings[kind], _main(comparison)
    months = sorted({month for sheet in heading.sheets.values() for _, month in sheet.rows} - {""})
    by_sheet: dict[Members, Measured] = {}
    for members, sheet in heading.sheets.items() if months else ():
        weights = np.array([[of_row == month for _, of_row in sheet.rows] for month in months], float)  # months x rows
        by_sheet[members] = Measured(*measured(sheet, statistics, weights))
    for place, statistic in enumerate(statistics if months else ()):
        sheets = [by_sheet[members] for members in heading.sheets_of(statistic)]
        values, n = mean(sheet.values[place] for sheet in sheets), sum(sheet.n[place] for sheet in sheets)
        for number, month in enumerate(months):
            yield from _part(name, statistic, kind, month, float(values[number]), n[number])


def _by_article(name: str, comparison: Comparison, kind: str) -> Iterator[Part]:
    if comparison.headline is not None:
        for _, n, article, value in sorted(comparison.headings[kind].worst)[:WORST]:
            yield from _part(name, comparison.headline, kind, article, value, -n)


def _main(comparison: Comparison) -> list[Statistic]:
    return [statistic for statistic in comparison.layout.statistics if statistic.main]


def _part(name: str, statistic: Statistic, kind: str, part: str, value: float, n: float) -> Iterator[Part]:
    """A part, where something was compared in it."""
    if n:
        defined = None if np.isnan(value) else value
        yield Part(pass_name=name, layer=statistic.layer, statistic=statistic.name, kind=kind, part=part, value=defined, n=int(n))
