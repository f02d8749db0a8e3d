"""What the page shows under each heading: headings are never merged, and that of people is always there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup
from msgspec.structs import replace

from standpoint.assess.figures import Agreement, Figure, Part
from standpoint.assess.made import HEADINGS, HUMAN
from standpoint.assess.report import plots, words
from standpoint.assess.report.readings import Shown
from standpoint.assess.report.tables import Across, Matrix, across, confused
from standpoint.codebook.statistics import MEAN_DISTANCE

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
        return self.verdict.startswith(words.REACHED)


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


def sections(agreement: Agreement, names: words.Names, articles: Sequence[Shown]) -> list[Section]:
    """The headings under which something was compared, and that of people."""
    kinds = [kind for kind in HEADINGS if kind == HUMAN or any(one.kind == kind and one.n for one in agreement.figures)]
    return [_section(kind, _of_kind(agreement, kind), names, [one for one in articles if one.kind == kind]) for kind in kinds]


def _of_kind(agreement: Agreement, kind: str) -> Agreement:
    return replace(
        agreement, **{field: tuple(one for one in getattr(agreement, field) if one.kind == kind) for field in OF_A_KIND}
    )


def _section(kind: str, own: Agreement, names: words.Names, articles: list[Shown]) -> Section:
    measured = [one for one in own.figures if one.n]
    ids = {_key(one): f"{kind}-figure-{number}" for number, one in enumerate(measured, 1)}
    scale = plots.Scale(value for one in measured if _on_the_line(one) for value in (one.value, one.low))
    rows = [_row(one, scale, ids, articles) for one in measured]
    title, sentence = words.HEADINGS[kind]
    return Section(
        kind=kind,
        title=title,
        sentence=sentence,
        axis=plots.axis(scale),
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


def _row(one: Figure, scale: plots.Scale, ids: Mapping[Key, str], articles: Sequence[Shown]) -> FigureRow:
    drawn = plots.dot_and_bar(scale, one.value, one.low, one.high, one.target) if _on_the_line(one) else Markup("")
    worst = [article for article in articles if any(_key(part) == _key(one) for part in article.parts)]
    return FigureRow(ids[_key(one)], one.layer, one, drawn, words.interval(one), words.verdict(one), worst[:3])


def _on_the_line(one: Figure) -> bool:
    """Whether a figure is one of agreement, 1 at best; a distance is not."""
    return one.statistic != MEAN_DISTANCE


def _key(one: Figure | Part) -> Key:
    return one.pass_name, one.layer, one.statistic
