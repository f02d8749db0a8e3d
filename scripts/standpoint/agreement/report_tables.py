"""The tables of the report: confusions, use of labels, figures of parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from standpoint.agreement.comparison import Confusion, Prevalence
from standpoint.agreement.figures import Part
from standpoint.agreement.report_articles import NOT_ANNOTATED, Names
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
    """How often each annotator used each label of a layer: rows of a label and (count, share) per annotator."""

    pass_name: str
    layer: str
    annotators: list[str]
    rows: list[tuple[str, list[tuple[int, float]]]]


class PartRow(NamedTuple):
    """A figure by part; ``course`` draws the values in their order, where the order means something."""

    layer: str
    statistic: str
    course: Markup
    values: list[Part | None]


class PartTable(NamedTuple):
    """Figures of one pass by part, each row's values in the order of ``parts``."""

    pass_name: str
    parts: list[str]
    rows: list[PartRow]


def matrix_of(confusion: Confusion, names: Names) -> Matrix:
    """The labels that occur, at most ``MOST`` of them: those that are confused most; and the most frequent confusions."""
    counts, places = confusion.counts, range(len(confusion.labels))
    confused = {place: sum(counts[place]) - counts[place][place] for place in places}
    used = [place for place in places if sum(counts[place]) or sum(row[place] for row in counts)]
    kept = sorted(sorted(used, key=lambda place: (-confused[place], -sum(counts[place]), place))[:MOST])
    rest = [place for place in used if place not in kept]
    groups = [[place] for place in kept] + ([rest] if rest else [])
    cells = [[sum(counts[i][j] for i in rows for j in columns) for columns in groups] for rows in groups]
    shown = [names.of(confusion.layer, label) or NOT_ANNOTATED for label in confusion.labels]
    pairs = [(i, j) for i in places for j in places if i < j and counts[i][j]]
    pairs.sort(key=lambda pair: (-counts[pair[0]][pair[1]], confusion.labels[pair[0]], confusion.labels[pair[1]]))
    return Matrix(
        confusion.pass_name,
        confusion.layer,
        [shown[place] for place in kept] + [REST] * bool(rest),
        [[(count, _shade(count, sum(row))) for count in row] for row in cells],
        [(shown[i], shown[j], counts[i][j]) for i, j in pairs[:5]],
        len(rest),
    )


def _shade(count: int, total: int) -> int:
    return -(-count * SHADES // total) if count else 0


def use_tables(prevalence: Iterable[Prevalence], names: Names) -> list[Use]:
    """One table per layer; labels in the codebook's order, or (actors) the most used first."""
    tables = []
    for (pass_name, layer), group in groupby(prevalence, lambda row: (row.pass_name, row.layer)):
        by_annotator = {row.annotator: row.counts for row in group}
        counts = list(by_annotator.values())
        labels = _labels(names.codebook.by_name.get(layer), counts)
        rows = [(names.of(layer, label), [_share(each, [label]) for each in counts]) for label in labels[:MOST]]
        if rest := labels[MOST:]:
            rows.append((f"{len(rest)} others", [_share(each, rest) for each in counts]))
        tables.append(Use(pass_name, layer, list(by_annotator), rows))
    return tables


def _labels(layer: Layer | None, counts: Sequence[Mapping[str, int]]) -> list[str]:
    listed = layer.label_names if layer else ()
    total = {label: sum(row.get(label, 0) for row in counts) for row in counts for label in row}
    in_order = [label for label in listed if total.get(label)]
    return in_order + sorted((label for label in total if label not in listed), key=lambda label: (-total[label], label))


def _share(counts: Mapping[str, int], labels: Sequence[str]) -> tuple[int, float]:
    count = sum(counts.get(label, 0) for label in labels)
    return count, count / max(sum(counts.values()), 1)


def part_tables(parts: Sequence[Part], drawn: bool = False) -> list[PartTable]:
    """One table per pass and eight parts."""
    tables = []
    for pass_name in dict.fromkeys(part.pass_name for part in parts):
        of_pass = [part for part in parts if part.pass_name == pass_name]
        names = list(dict.fromkeys(part.part for part in of_pass))
        for first in range(0, len(names), PARTS):
            columns = names[first : first + PARTS]
            tables.append(PartTable(pass_name, columns, list(_part_rows(of_pass, columns, drawn))))
    return tables


def _part_rows(parts: Sequence[Part], names: Sequence[str], drawn: bool) -> Iterator[PartRow]:
    by_row: dict[tuple[str, str], dict[str, Part]] = {}
    for part in parts:
        by_row.setdefault((part.layer, part.statistic), {})[part.part] = part
    for (layer, statistic), by_name in by_row.items():
        values = [by_name.get(name) for name in names]
        course = line([part.value if part else None for part in values]) if drawn and len(names) > 1 else Markup("")
        yield PartRow(layer, statistic, course, values)
