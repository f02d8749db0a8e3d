"""The HTML report of agreement: one self-contained page without script, address or date.

The articles that it shows in full are laid out in ``report_articles``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from standpoint.agreement.comparison import Confusion, Prevalence
from standpoint.agreement.figures import HEADING_TEXTS, Agreement, Figure, Part
from standpoint.agreement.report_articles import (
    NOT_ANNOTATED,
    REACHED,
    STATES,
    ArticleSets,
    Names,
    ShownArticle,
    TaskLink,
    close_ups,
    counted,
    interval,
    number,
    shown_article,
    verdict,
)
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.provenance import HEADINGS, HUMAN, is_machine
from standpoint.core.svg import Scale, axis, dot_and_bar, line, report_scale

MOST_LABELS = 24  # labels that a table shows; the others are summed up
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
    """The labels that occur, at most ``MOST_LABELS`` of them: those that are confused most; and the most frequent confusions."""
    counts, places = confusion.counts, range(len(confusion.labels))
    confused = {place: sum(counts[place]) - counts[place][place] for place in places}
    used = [place for place in places if sum(counts[place]) or sum(row[place] for row in counts)]
    kept = sorted(sorted(used, key=lambda place: (-confused[place], -sum(counts[place]), place))[:MOST_LABELS])
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
        [[(count, -(-count * SHADES // sum(row)) if count else 0) for count in row] for row in cells],
        [(shown[i], shown[j], counts[i][j]) for i, j in pairs[:5]],
        len(rest),
    )


def use_tables(prevalence: Iterable[Prevalence], names: Names) -> list[Use]:
    """One table per layer; labels in the codebook's order, or (actors) the most used first."""
    tables = []
    for (pass_name, layer), group in groupby(prevalence, lambda row: (row.pass_name, row.layer)):
        by_annotator = {row.annotator: row.counts for row in group}
        counts = list(by_annotator.values())
        labels = _labels(names.codebook.by_name.get(layer), counts)
        rows = [(names.of(layer, label), [_share(each, [label]) for each in counts]) for label in labels[:MOST_LABELS]]
        if rest := labels[MOST_LABELS:]:
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


Key = tuple[str, str, str]  # pass, layer, statistic


class FigureRow(NamedTuple):
    """A figure as it is shown; ``worst`` are the articles where it is lowest."""

    id: str
    layer: str
    figure: Figure
    drawn: Markup
    interval: str
    verdict: str
    worst: list[ShownArticle]

    @property
    def first(self) -> bool:
        """Whether it stands in the first table: the main figures, and those that have a target."""
        return self.figure.main or self.figure.target is not None

    @property
    def reached(self) -> bool:
        """Whether it reaches its target."""
        return self.verdict.startswith(REACHED)


class Section(NamedTuple):
    """One heading. ``ids`` are those of the figures' rows, ``first_of`` that of each layer's first."""

    kind: str
    title: str
    sentence: str
    axis: Markup
    rows: list[FigureRow]
    empty: list[Figure]  # of which nothing was compared
    confusions: list[Matrix]
    annotators: list[PartTable]
    months: list[PartTable]
    articles: list[ShownArticle]
    more: int  # articles that are named in the JSON file, and not shown
    ids: dict[Key, str]
    first_of: dict[str, str]


def sections(agreement: Agreement, names: Names, articles: Sequence[ShownArticle]) -> list[Section]:
    """The headings under which something was compared, and that of people."""
    measured = {figure.kind for figure in agreement.figures if figure.n} | {HUMAN}
    return [_section(kind, agreement, names, articles) for kind in HEADINGS if kind in measured]


def _section(kind: str, agreement: Agreement, names: Names, shown: Sequence[ShownArticle]) -> Section:
    figures = agreement.by_heading().get(kind, [])
    measured = [figure for figure in figures if figure.n]
    ids = {_key(figure): f"{kind}-figure-{number}" for number, figure in enumerate(measured, 1)}
    scale = report_scale(value for figure in measured if not figure.lower_is_better for value in (figure.value, figure.low))
    articles = [article for article in shown if article.kind == kind]
    rows = [_row(figure, scale, ids, articles) for figure in measured]
    named = {(part.pass_name, part.part) for part in agreement.by_article if part.kind == kind}
    months = sorted((part for part in agreement.by_month if part.kind == kind), key=lambda part: part.part)
    return Section(
        kind=kind,
        title=HEADING_TEXTS[kind].title,
        sentence=HEADING_TEXTS[kind].explanation,
        axis=axis(scale),
        rows=rows,
        empty=[figure for figure in figures if not figure.n],
        confusions=[matrix_of(confusion, names) for confusion in agreement.confusions if confusion.kind == kind],
        annotators=part_tables([part for part in agreement.by_annotator if part.kind == kind]),
        months=part_tables(months, drawn=True),
        articles=articles,
        more=len(named) - len(articles),
        ids=ids,
        first_of={row.layer: row.id for row in reversed(rows)},
    )


def _row(figure: Figure, scale: Scale, ids: Mapping[Key, str], articles: Sequence[ShownArticle]) -> FigureRow:
    drawn = Markup("")  # a distance has no place on the line from 0 to 1
    if not figure.lower_is_better:
        drawn = dot_and_bar(scale, figure.value, figure.low, figure.high, figure.target)
    key = _key(figure)
    worst = [article for article in articles if any(_key(part) == key for part in article.parts)]
    return FigureRow(ids[key], figure.layer, figure, drawn, interval(figure), verdict(figure), worst[:3])


def _key(figure: Figure | Part) -> Key:
    return figure.pass_name, figure.layer, figure.statistic


def no_link(article_id: str, pass_name: str, annotator: str) -> None:
    """No task has an address: no server is known."""


def report(
    agreement: Agreement,
    worst: Mapping[str, ArticleSets],
    codebook: Codebook,
    actors: Mapping[str, str],
    link: TaskLink = no_link,
) -> str:
    """The report as HTML.

    ``worst`` are the articles of ``worst_articles``; ``actors`` gives actors' names by id; ``link`` the task of one
    annotator in Label Studio. StandpointError for an annotation set that cannot be read.
    """
    names = Names(codebook, actors)
    shown = [
        shown_article(place, close_up, names, link) for place, close_up in enumerate(close_ups(agreement, worst, codebook), 1)
    ]
    values = {
        "agreement": agreement,
        "codebook": codebook,
        "sections": sections(agreement, names, shown),
        "machines": sorted({each.annotator for each in agreement.sets if is_machine(each.annotator_kind)}),
        "prevalence": use_tables(agreement.prevalence, names),
        "linked": any(reader.url for article in shown for reader in article.readers),
        "states": STATES,
        "headings": {kind: text.title for kind, text in HEADING_TEXTS.items()},
    }
    return environment().get_template("report.html.j2").render(values)


def environment() -> Environment:
    """The templates of this package; values are escaped."""
    folder = files("standpoint.agreement")
    loader = FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8"))
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": number, "counted": counted, "by_layer": by_layer}
    return environment


def by_layer(rows: Iterable[NamedTuple]) -> list[tuple[str, list[NamedTuple]]]:
    """Consecutive rows about the same layer, grouped."""
    return [(name, list(group)) for name, group in groupby(rows, attrgetter("layer"))]
