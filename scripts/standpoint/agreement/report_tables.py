"""The tables of the report: headings, numbers, confusions, use of labels, figures of parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from standpoint.agreement.comparison import Confusion, Prevalence
from standpoint.agreement.figures import Part
from standpoint.agreement.report_articles import UNSAID, Names
from standpoint.codebook.types import Layer
from standpoint.core.svg import line

MOST = 24  # labels that a table shows; the others are summed up
REST = "all others"
PARTS = 8  # columns beside each other
SHADES = 4  # of a confusion's cells, by their share of the row


class Matrix(NamedTuple):
    """A confusion matrix as it is shown: names, and rows of (count, shade)."""

    pass_name: str
    layer: str
    names: list[str]
    rows: list[list[tuple[int, int]]]
    most: list[tuple[str, str, int]]  # the pairs of labels that are most often confused
    folded: int  # labels that are summed up in the last row


class Use(NamedTuple):
    """How often each annotator used each label of a layer: rows of a label and (count, share) an annotator."""

    pass_name: str
    layer: str
    annotators: list[str]
    rows: list[tuple[str, list[tuple[int, float]]]]


class ByPart(NamedTuple):
    """A figure by part; ``course`` draws the values in their order, where that means something."""

    layer: str
    statistic: str
    course: Markup
    values: list[Part | None]


class Across(NamedTuple):
    """Figures of one pass by part, each row's values in the order of ``parts``."""

    pass_name: str
    parts: list[str]
    rows: list[ByPart]


def confused(one: Confusion, names: Names) -> Matrix:
    """The labels that occur, those that are confused most; the most frequent confusions in words."""
    size = range(len(one.labels))
    off = {place: sum(one.counts[place]) - one.counts[place][place] for place in size}
    there = [place for place in size if sum(one.counts[place]) or sum(row[place] for row in one.counts)]
    kept = sorted(sorted(there, key=lambda place: (-off[place], -sum(one.counts[place]), place))[:MOST])
    groups = [[place] for place in kept] + ([rest] if (rest := [place for place in there if place not in kept]) else [])
    counts = [[sum(one.counts[i][j] for i in rows for j in columns) for columns in groups] for rows in groups]
    shown = [names.of(one.layer, one.labels[place]) or UNSAID for place in kept] + [REST] * bool(rest)
    pairs = [(one.labels[i], one.labels[j], one.counts[i][j]) for i in size for j in size if i < j and one.counts[i][j]]
    most = sorted(pairs, key=lambda pair: (-pair[2], pair[:2]))[:5]
    return Matrix(
        one.pass_name,
        one.layer,
        shown,
        [[(count, _shade(count, sum(row))) for count in row] for row in counts],
        [(names.of(one.layer, first) or UNSAID, names.of(one.layer, second) or UNSAID, count) for first, second, count in most],
        len(rest),
    )


def _shade(count: int, total: int) -> int:
    return -(-count * SHADES // total) if count else 0


def used(prevalence: Iterable[Prevalence], names: Names) -> list[Use]:
    """One table a layer; labels in the codebook's order, or (actors) the most used first."""
    tables = []
    for (pass_name, layer), group in groupby(prevalence, lambda one: (one.pass_name, one.layer)):
        rows = {one.annotator: one.counts for one in group}
        labels = _labels(names.codebook.by_name.get(layer), list(rows.values()))
        shown = [(names.of(layer, label), [_share(counts, [label]) for counts in rows.values()]) for label in labels[:MOST]]
        if rest := labels[MOST:]:
            shown.append((f"{len(rest)} others", [_share(counts, rest) for counts in rows.values()]))
        tables.append(Use(pass_name, layer, list(rows), shown))
    return tables


def _labels(layer: Layer | None, counts: Sequence[dict[str, int]]) -> list[str]:
    listed = layer.label_names if layer else ()
    total = {label: sum(row.get(label, 0) for row in counts) for row in counts for label in row}
    found = [label for label in listed if total.get(label)]
    return found + sorted((label for label in total if label not in listed), key=lambda label: (-total[label], label))


def _share(counts: dict[str, int], labels: Sequence[str]) -> tuple[int, float]:
    count = sum(counts.get(label, 0) for label in labels)
    return count, count / max(sum(counts.values()), 1)


def across(parts: Sequence[Part], drawn: bool = False) -> list[Across]:
    """One table a pass and eight parts."""
    tables = []
    for pass_name in dict.fromkeys(one.pass_name for one in parts):
        own = [one for one in parts if one.pass_name == pass_name]
        names = list(dict.fromkeys(one.part for one in own))
        for first in range(0, len(names), PARTS):
            some = names[first : first + PARTS]
            tables.append(Across(pass_name, some, list(_by_part(own, some, drawn))))
    return tables


def _by_part(parts: Sequence[Part], names: Sequence[str], drawn: bool) -> Iterator[ByPart]:
    by_row: dict[tuple[str, str], dict[str, Part]] = {}
    for one in parts:
        by_row.setdefault((one.layer, one.statistic), {})[one.part] = one
    for (layer, statistic), found in by_row.items():
        values = [found.get(name) for name in names]
        course = line([one.value if one else None for one in values]) if drawn and len(names) > 1 else Markup("")
        yield ByPart(layer, statistic, course, values)
