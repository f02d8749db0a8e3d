"""The HTML report of agreement: one self-contained page without script, address or date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from msgspec.structs import replace

from standpoint.agreement.figures import HEADING_TEXTS, Agreement, Figure, Part
from standpoint.agreement.report_articles import (
    REACHED,
    STATES,
    Held,
    Names,
    Shown,
    close_ups,
    counted,
    interval,
    number,
    shown,
    verdict,
)
from standpoint.agreement.report_tables import Across, Matrix, across, confused, used
from standpoint.codebook.types import Codebook
from standpoint.core.provenance import HEADINGS, HUMAN, is_machine
from standpoint.core.svg import Scale, axis, dot_and_bar, report_scale

OF_A_KIND = ("figures", "confusions", "by_annotator", "by_month", "by_article")  # fields of Agreement
Key = tuple[str, str, str]  # pass, layer, statistic


class FigureRow(NamedTuple):
    """A figure as it is shown; ``worst`` are the articles where it is lowest."""

    id: str
    layer: str
    figure: Figure
    drawn: Markup
    interval: str
    verdict: str
    worst: list[Shown]

    @property
    def first(self) -> bool:
        """Whether it is among the main figures: those that are named so, and those that have a target."""
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
    annotators: list[Across]
    months: list[Across]
    articles: list[Shown]
    more: int  # articles that are named, and not shown
    ids: dict[Key, str]
    first_of: dict[str, str]


def sections(agreement: Agreement, names: Names, articles: Sequence[Shown]) -> list[Section]:
    """The headings under which something was compared, and that of people."""
    kinds = [kind for kind in HEADINGS if kind == HUMAN or any(one.kind == kind and one.n for one in agreement.figures)]
    return [_section(kind, _of_kind(agreement, kind), names, [one for one in articles if one.kind == kind]) for kind in kinds]


def _of_kind(agreement: Agreement, kind: str) -> Agreement:
    return replace(
        agreement, **{field: tuple(one for one in getattr(agreement, field) if one.kind == kind) for field in OF_A_KIND}
    )


def _section(kind: str, own: Agreement, names: Names, articles: list[Shown]) -> Section:
    measured = [one for one in own.figures if one.n]
    ids = {_key(one): f"{kind}-figure-{number}" for number, one in enumerate(measured, 1)}
    scale = report_scale(value for one in measured if _on_the_line(one) for value in (one.value, one.low))
    rows = [_row(one, scale, ids, articles) for one in measured]
    return Section(
        kind=kind,
        title=HEADING_TEXTS[kind].title,
        sentence=HEADING_TEXTS[kind].explanation,
        axis=axis(scale),
        rows=rows,
        empty=[one for one in own.figures if not one.n],
        confusions=[confused(one, names) for one in own.confusions],
        annotators=across(own.by_annotator),
        months=across(sorted(own.by_month, key=lambda one: one.part), drawn=True),
        articles=articles,
        more=len({(part.pass_name, part.part) for part in own.by_article}) - len(articles),
        ids=ids,
        first_of={row.layer: row.id for row in reversed(rows)},
    )


def _row(one: Figure, scale: Scale, ids: Mapping[Key, str], articles: Sequence[Shown]) -> FigureRow:
    drawn = dot_and_bar(scale, one.value, one.low, one.high, one.target) if _on_the_line(one) else Markup("")
    worst = [article for article in articles if any(_key(part) == _key(one) for part in article.parts)]
    return FigureRow(ids[_key(one)], one.layer, one, drawn, interval(one), verdict(one), worst[:3])


def _on_the_line(one: Figure) -> bool:
    """Whether a figure is one of agreement, 1 at best; a distance is not."""
    return not one.lower_is_better


def _key(one: Figure | Part) -> Key:
    return one.pass_name, one.layer, one.statistic


Link = Callable[[str, str, str], str | None]  # article id, pass, annotator -> the address of the task, if it is known


def no_link(article_id: str, pass_name: str, annotator: str) -> None:
    """No task has an address: no server is known."""


def report(
    agreement: Agreement, held: Mapping[str, Held], codebook: Codebook, actors: Mapping[str, str], link: Link = no_link
) -> str:
    """The report as HTML.

    ``held`` is what ``worst_articles`` found; ``actors`` gives actors' names by id; ``link`` the task of one annotator
    in Label Studio. StandpointError for an annotation set that cannot be read.
    """
    names = Names(codebook, actors)
    articles = [shown(number, one, names, link) for number, one in enumerate(close_ups(agreement, held, codebook), 1)]
    values = {
        "agreement": agreement,
        "codebook": codebook,
        "sections": sections(agreement, names, articles),
        "machines": sorted({one.annotator for one in agreement.sets if is_machine(one.annotator_kind)}),
        "prevalence": used(agreement.prevalence, names),
        "linked": any(reader.url for article in articles for reader in article.readers),
        "states": STATES,
        "headings": {kind: text.title for kind, text in HEADING_TEXTS.items()},
    }
    return environment().get_template("report.html.j2").render(values)


def environment() -> Environment:
    """The templates of this package; what they are given is escaped."""
    folder = files("standpoint.agreement")
    loader = FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8"))
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": number, "counted": counted, "by_layer": by_layer}
    return environment


def by_layer(rows: Iterable[NamedTuple]) -> list[tuple[str, list[NamedTuple]]]:
    """Rows that follow each other and are about one layer, together."""
    return [(name, list(group)) for name, group in groupby(rows, attrgetter("layer"))]
