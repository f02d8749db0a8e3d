"""The figures of agreement: rows that tables, files and pages show in the same way for every statistic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os.path import commonprefix
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct

from standpoint.agreement.comparison import ALL, WORST, Comparison, Confusion, Heading, Members, Prevalence, confusion
from standpoint.agreement.counts import ONE_VALUE, Statistic, groups_with, intervals, mean_over_pairs, measured
from standpoint.agreement.resampling import NO_INTERVAL, Interval, too_few
from standpoint.core.provenance import HEADINGS, HUMAN

NOT_HUMAN = "this is not agreement between people"
PAIRS, ALL_AT_ONCE = "mean over pairs of annotators, weighted by n", "all annotators at once"


class HeadingText(NamedTuple):
    """The title of a heading, an explanation, and a warning if it is not agreement between people."""

    title: str
    explanation: str
    warning: str = ""

    @property
    def full(self) -> str:
        return f"{self.title}: {self.warning}" if self.warning else self.title


HEADING_TEXTS = {
    "human": HeadingText("People among themselves", "People who read on their own, none of them from a suggestion."),
    "human-assisted": HeadingText(
        "People among themselves, some of whom worked on suggestions",
        "Of each two, one or both began from a machine's suggestion, which draws readings together: "
        "this is not agreement between people on their own.",
    ),
    "human-model": HeadingText(
        "People and machines", "How near a machine comes to a person. This is not human agreement.", NOT_HUMAN
    ),
    "model-model": HeadingText(
        "Machines among themselves",
        "How often machines give the same answers; they may well make the same mistakes. This is not human agreement.",
        NOT_HUMAN,
    ),
    "unnamed-model": HeadingText(
        "Models that are not named",
        "Of one of each two, the list of annotators does not name the model, so both may be one model: that it gives an answer "
        "twice would not show that the answer is right.",
        "this is no agreement if they are one model",
    ),
    "same-model": HeadingText(
        "Stability of one model",
        "How often one model gives the same answer again. It says nothing about whether the answer is right.",
        "this is not agreement",
    ),
    "unknown": HeadingText(
        "Annotators of whom nothing is known",
        "Of one of each two, the list of annotators does not say whether it is a person or a machine: "
        "this cannot count as human agreement.",
        NOT_HUMAN,
    ),
    "published": HeadingText(
        "People's labels by other guidelines",
        "One of each two, or both, are the labels of a published dataset, mapped to this codebook: "
        "where they differ, the guidelines may differ.",
        NOT_HUMAN,
    ),
    "model-assisted": HeadingText(
        "Machines, of which one began from a machine's answer",
        "One of each two, or both, are of a critic, who read a machine's answer and changed it. This shows how much was changed, "
        "and neither agreement nor stability.",
        "this is not agreement",
    ),
}


class Figure(Struct, frozen=True, kw_only=True):
    """One statistic with its 95 % interval. ``value`` is None if it is undefined, and ``reason`` says why.

    F1 is micro-averaged over articles; ``n`` counts the compared annotations. Of alpha and kappa, ``n`` counts the units.
    ``over`` says of whom the value is: ``ALL_AT_ONCE`` or ``PAIRS``. Where some pairs have no value, ``note`` says so.
    ``low`` and ``high`` are from a percentile bootstrap over stories. ``no_interval`` says why there are none, if they were asked
    for (``resampling``).
    ``kind`` is a heading of ``provenance.heading``. ``target`` is the codebook's target, None if it has none, and
    always None for headings other than human. ``note``, ``main`` and ``lower_is_better`` are as in ``Statistic``.
    """

    pass_name: str
    layer: str
    statistic: str
    kind: str
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    no_interval: str = ""
    over: str = ""
    annotators: tuple[str, ...] = ()
    target: float | None = None
    reason: str = ""
    note: str = ""
    main: bool = False
    lower_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target or a value."""
        return None if self.target is None or self.value is None else self.value >= self.target


COLUMNS = ("layer", "statistic", "value", "95 % interval", "n", "target")


def cells(figure: Figure, decimals: int = 2) -> list[object]:
    """A figure as the cells of a row under ``COLUMNS``, for all tables of figures. An empty cell is None."""
    bounded = figure.low is not None and figure.high is not None
    interval = f"{figure.low:.{decimals}f} to {figure.high:.{decimals}f}" if bounded else figure.no_interval or None
    target = "" if figure.met is None else f"{figure.target:.2f} {'met' if figure.met else 'missed'}"
    return [figure.layer, figure.statistic, figure.value, interval, figure.n, target]


def weighting(figures: Iterable[Figure]) -> str:
    """A sentence that says which of the figures are means over pairs of annotators, and how the pairs are weighted."""
    figures = [figure for figure in figures if figure.over]
    by_family: dict[str, list[list[str]]] = {}  # the words of each name, by the first: F1 for F1 exact, F1 overlap, …
    for name in dict.fromkeys(figure.statistic for figure in figures if figure.over == PAIRS):
        words = re.split(",? ", name)
        by_family.setdefault(words[0], []).append(words)
    names = [" ".join(commonprefix(family)) for family in by_family.values()]
    if not names:
        return "All figures are over all annotators at once." if figures else ""
    others = "" if all(figure.over == PAIRS for figure in figures) else " Other figures are over all annotators at once."
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if others else "All figures"
    return f"{listed}: the mean over pairs of annotators, each weighted by its n, which is how much the two annotated.{others}"


class Part(Struct, frozen=True, kw_only=True):
    """A figure for a part of the data: one annotator, one month of submission, or one article; over pairs, weighted by n."""

    pass_name: str
    layer: str
    statistic: str
    kind: str
    part: str
    value: float | None
    n: int


class ComparedSets(Struct, frozen=True, kw_only=True):
    """The number of an annotator's sets, and the headings under which they are compared with others.

    ``outside`` is the number of spans, by layer, that are left out because they are not in the parts that could be annotated.
    """

    pass_name: str
    annotator: str
    annotator_kind: str
    assistance: str
    sets: int
    headings: tuple[str, ...]
    outside: dict[str, int] = {}


class Agreement(Struct, frozen=True, kw_only=True):
    """Everything that ``standpoint agree`` computes. ``by_article`` has only the worst articles, the worst first."""

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
    models: dict[str, str] = {}  # of the annotators, as far as they are named

    def by_heading(self, main_only: bool = False) -> dict[str, list[Figure]]:
        """The figures under each heading, in the order of the headings."""
        chosen = [figure for figure in self.figures if figure.main or not main_only]
        grouped = {kind: [figure for figure in chosen if figure.kind == kind] for kind in HEADINGS}
        return {kind: figures for kind, figures in grouped.items() if figures}

    def left_out(self) -> list[str]:
        """A sentence for each layer with spans that are left out, with their number by annotator."""
        by_layer: dict[str, dict[str, int]] = {}
        for compared in self.sets:
            for layer, count in compared.outside.items():
                by_annotator = by_layer.setdefault(layer, {})
                by_annotator[compared.annotator] = by_annotator.get(compared.annotator, 0) + count
        return [
            f"spans of {layer} in text that is not annotated are left out: "
            + ", ".join(f"{count:,} by {annotator}" for annotator, count in sorted(counts.items()))
            for layer, counts in by_layer.items()
        ]

    def published(self) -> list[Figure]:
        """The figures in a release: the main figures that have a value, heading by heading."""
        return [figure for figures in self.by_heading(main_only=True).values() for figure in figures if figure.value is not None]


NOBODY = "no article has two annotators"

Targets = Mapping[tuple[str, str], float]  # (layer, statistic) -> value


def measure_pass(comparison: Comparison, targets: Targets, resamples: int, seed: Sequence[int]) -> dict[str, list]:
    """The results of one pass, as fields of ``Agreement``: by layer and statistic in the codebook's order, then by heading."""
    kinds = [kind for kind in HEADINGS if kind in comparison.headings]
    by_kind = [list(_figures(comparison, kind, targets, resamples, [*seed, HEADINGS.index(kind)])) for kind in kinds]
    nobody = [
        _figure(comparison, statistic, HUMAN, targets, value=None, n=0, reason=NOBODY)
        for statistic in comparison.layout.statistics
    ]
    return {
        "sets": [
            ComparedSets(
                pass_name=comparison.name,
                annotator=annotator,
                annotator_kind=kind,
                assistance=assistance,
                sets=count,
                headings=tuple(name for name in HEADINGS if name in comparison.compared[annotator, kind, assistance]),
                outside=dict(comparison.outside[annotator, kind, assistance]),
            )
            for (annotator, kind, assistance), count in sorted(comparison.makers.items())
        ],
        "figures": [figure for row in zip(*by_kind, strict=True) for figure in row] if kinds else nobody,
        "confusions": [
            confusion(comparison.name, layer, kind, counts)
            for layer in comparison.layers
            for kind in kinds
            if (counts := comparison.headings[kind].confusions[layer.name])
        ],
        "prevalence": [
            Prevalence(
                pass_name=comparison.name,
                layer=layer.name,
                annotator=annotator,
                counts={name: counts[name] for name in layer.label_names or sorted(counts)},
            )
            for layer in comparison.layers
            for (of_layer, annotator), counts in sorted(comparison.used.items())
            if of_layer == layer.name and counts
        ],
        "by_annotator": [part for kind in kinds for part in _by_annotator(comparison, kind)],
        "by_month": [part for kind in kinds for part in _by_month(comparison, kind)],
        "by_article": [part for kind in kinds for part in _by_article(comparison, kind)],
    }


def _figure(comparison: Comparison, statistic: Statistic, kind: str, targets: Targets, **measured: Any) -> Figure:
    return Figure(
        pass_name=comparison.name,
        layer=statistic.layer,
        statistic=statistic.name,
        kind=kind,
        target=targets.get((statistic.layer, statistic.name)) if kind == HUMAN else None,  # targets are only for people
        main=statistic.main,
        lower_is_better=statistic.lower_is_better,
        **measured,
    )


def _figures(comparison: Comparison, kind: str, targets: Targets, resamples: int, seed: Sequence[int]) -> Iterator[Figure]:
    """The figures under a heading, in the order of the statistics."""
    heading, statistics = comparison.headings[kind], comparison.layout.statistics
    by_sheet, bounds = _measure_sheets(heading, statistics), _intervals(heading, statistics, resamples, seed)
    for place, statistic in enumerate(statistics):
        sheets = heading.sheets_of(statistic)
        found = [(values[place], ns[place]) for values, ns in map(by_sheet.__getitem__, sheets)]
        (value,), n = mean_over_pairs(found), int(sum(n[0] for _, n in found))
        defined = not np.isnan(value)
        undefined = sum(bool(n[0] and np.isnan(values[0])) for values, n in found) if defined else 0
        notes = [f"without {undefined} of {len(found)} pairs, where {ONE_VALUE}"] if undefined else []
        low, high = bounds[place] if defined else NO_INTERVAL
        few = too_few(groups_with(statistic, sheets.values())) if defined and low is None and resamples else ""
        columns = [sheet.data[:, sheet.layout.columns[statistic.tally]].sum(axis=0) for sheet in sheets.values()]
        yield _figure(
            comparison,
            statistic,
            kind,
            targets,
            value=float(value) if defined else None,
            n=n,
            low=low,
            high=high,
            no_interval=few,
            over=ALL_AT_ONCE if ALL in sheets else PAIRS,
            annotators=tuple(sorted(heading.annotators)),
            reason="" if defined else ONE_VALUE if n else statistic.tally.nothing,
            note="; ".join(filter(None, (*notes, statistic.note(np.sum(columns, axis=0))))),
        )


def _measure_sheets(
    heading: Heading, statistics: Sequence[Statistic], months: Sequence[str | None] = (None,)
) -> dict[Members, tuple[np.ndarray, np.ndarray]]:
    """The values and n of each sheet, each statistics x months; the month None stands for all months."""
    by_sheet = {}
    for members, sheet in heading.sheets.items():
        weights = np.array([[month in (None, row_month) for _, row_month in sheet.rows] for month in months], float)
        by_sheet[members] = measured(sheet, statistics, weights)
    return by_sheet


def _intervals(heading: Heading, statistics: Sequence[Statistic], resamples: int, seed: Sequence[int]) -> list[Interval]:
    """The intervals of joint statistics and of statistics over pairs, with the same resamples."""
    by_statistic: dict[Statistic, Interval] = {}
    for joint in (True, False):
        chosen = [statistic for statistic in statistics if (ALL in heading.sheets_of(statistic)) == joint]
        sheets = list(heading.sheets_of(chosen[0]).values()) if chosen else []
        by_statistic |= zip(chosen, intervals(sheets, chosen, len(heading.groups), resamples, seed), strict=True)
    return [by_statistic[statistic] for statistic in statistics]


def _by_annotator(comparison: Comparison, kind: str) -> Iterator[Part]:
    """The main statistics of each annotator: the weighted mean over the pairs with the other annotators."""
    heading, statistics = comparison.headings[kind], _main(comparison)
    by_sheet = _measure_sheets(heading, statistics)
    for place, statistic in enumerate(statistics):
        for annotator in sorted(heading.annotators):
            pairs = [(values[place], ns[place]) for members, (values, ns) in by_sheet.items() if annotator in members]
            (value,), (n,) = mean_over_pairs(pairs), sum(n for _, n in pairs)
            yield from _part(comparison, statistic, kind, annotator, value, n)


def _by_month(comparison: Comparison, kind: str) -> Iterator[Part]:
    """The main statistics of each month of submission."""
    heading, statistics = comparison.headings[kind], _main(comparison)
    months = sorted({month for sheet in heading.sheets.values() for _, month in sheet.rows} - {""})
    by_sheet = _measure_sheets(heading, statistics, months) if months else {}
    for place, statistic in enumerate(statistics if months else ()):
        found = [(values[place], ns[place]) for values, ns in map(by_sheet.__getitem__, heading.sheets_of(statistic))]
        values, ns = mean_over_pairs(found), sum(n for _, n in found)
        for month, value, n in zip(months, values, ns, strict=True):
            yield from _part(comparison, statistic, kind, month, value, n)


def _by_article(comparison: Comparison, kind: str) -> Iterator[Part]:
    if comparison.headline is not None:
        for _, n, article, value in sorted(comparison.headings[kind].worst)[:WORST]:
            yield from _part(comparison, comparison.headline, kind, article, value, -n)


def _main(comparison: Comparison) -> list[Statistic]:
    return [statistic for statistic in comparison.layout.statistics if statistic.main]


def _part(comparison: Comparison, statistic: Statistic, kind: str, part: str, value: float, n: float) -> Iterator[Part]:
    """A part, if anything was compared in it."""
    if n:
        yield Part(
            pass_name=comparison.name,
            layer=statistic.layer,
            statistic=statistic.name,
            kind=kind,
            part=part,
            value=None if np.isnan(value) else float(value),
            n=int(n),
        )
