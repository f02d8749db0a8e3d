"""The HTML report of agreement: one self-contained page without script, address or date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from standpoint.agreement.figures import HEADING_TEXTS, Agreement, Figure, Part
from standpoint.agreement.report_articles import (
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
from standpoint.agreement.report_tables import Matrix, PartTable, matrix_of, part_tables, use_tables
from standpoint.codebook.types import Codebook
from standpoint.core.provenance import HEADINGS, HUMAN, is_machine
from standpoint.core.svg import Scale, axis, dot_and_bar, report_scale

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
