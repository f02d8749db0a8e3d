"""The HTML report of agreement: one self-contained page without script, address or date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from standpoint.agreement.comparison import Confusion, Prevalence
from standpoint.agreement.figures import HEADING_TEXTS, Agreement, Figure, Part, weighting
from standpoint.agreement.report_articles import STATES, ArticleSets, Names, TaskLink, shown_articles
from standpoint.agreement.resampling import method
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.provenance import HEADINGS, HUMAN, is_machine
from standpoint.core.svg import MINUS, axis, dot_and_bar, line, report_scale

MOST_LABELS = 24  # labels in a table; the others are added up
REST = "all others"
NOT_ANNOTATED = "not annotated"  # shown for the label "" of a confusion
PARTS = 8  # columns of a table by part
SHADES = 4  # of the cells of a confusion matrix, by share of the row


def number(value: float | None) -> str:
    """Two decimals, or a dash for no value."""
    return "–" if value is None else f"{value:.2f}".replace("-", MINUS)


def counted(count: int, noun: str) -> str:
    """``1 article``, ``2 articles``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def interval(figure: Figure) -> str:
    """The 95 % interval of a figure, why there is none, or a dash."""
    bounded = figure.low is not None and figure.high is not None
    return f"{number(figure.low)} to {number(figure.high)}" if bounded else figure.no_interval or "–"


def verdict(figure: Figure) -> str:
    """Whether a figure reaches its target, "" without a target. It is not certain if the target is in the interval."""
    if figure.met is None or figure.target is None:
        return ""
    uncertain = figure.low is not None and figure.high is not None and figure.low < figure.target <= figure.high
    return ("✔ reached" if figure.met else "✘ missed") + (", not certain" if uncertain else "")


class Matrix(NamedTuple):
    """A confusion matrix for the template: names, and rows of (count, shade)."""

    pass_name: str
    layer: str
    names: list[str]
    rows: list[list[tuple[int, int]]]
    most: list[tuple[str, str, int]]  # the pairs of labels that are confused most often
    folded: int  # the number of labels that are added up in the last row


def matrix_of(confusion: Confusion, names: Names) -> Matrix:
    """The matrix of the ``MOST_LABELS`` used labels that are confused most often, and the most frequent confusions."""
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


def use_tables(prevalence: Iterable[Prevalence], names: Names) -> list[dict[str, Any]]:
    """One table per layer: rows of a label, and the count and share of its uses by each annotator.

    Labels are in the codebook's order; actors are sorted by use.
    """

    def share(counts: Mapping[str, int], labels: Sequence[str]) -> tuple[int, float]:
        count = sum(counts.get(label, 0) for label in labels)
        return count, count / max(sum(counts.values()), 1)

    tables = []
    for (pass_name, layer), group in groupby(prevalence, lambda row: (row.pass_name, row.layer)):
        by_annotator = {row.annotator: row.counts for row in group}
        counts = list(by_annotator.values())
        total = Counter({label: sum(row.get(label, 0) for row in counts) for row in counts for label in row})
        listed = names.codebook.by_name[layer].label_names
        labels = [label for label in listed if total[label]]
        labels += sorted((label for label in total if label not in listed), key=lambda label: (-total[label], label))
        rows = [(names.of(layer, label), [share(row, [label]) for row in counts]) for label in labels[:MOST_LABELS]]
        if rest := labels[MOST_LABELS:]:
            rows.append((f"{len(rest)} others", [share(row, rest) for row in counts]))
        tables.append({"pass_name": pass_name, "layer": layer, "annotators": list(by_annotator), "rows": rows})
    return tables


def part_tables(parts: Sequence[Part], drawn: bool = False) -> list[dict[str, Any]]:
    """Figures by part: one table per pass and ``PARTS`` parts. ``drawn`` adds a line chart of the values."""
    tables = []
    for pass_name in dict.fromkeys(part.pass_name for part in parts):
        by_row: dict[tuple[str, str], dict[str, Part]] = {}
        for part in parts:
            if part.pass_name == pass_name:
                by_row.setdefault((part.layer, part.statistic), {})[part.part] = part
        names = list(dict.fromkeys(part.part for part in parts if part.pass_name == pass_name))
        for first in range(0, len(names), PARTS):
            columns, rows = names[first : first + PARTS], []
            for (layer, statistic), by_name in by_row.items():
                cells = [by_name.get(name) for name in columns]
                course = line([part.value if part else None for part in cells]) if drawn and len(columns) > 1 else ""
                rows.append({"layer": layer, "statistic": statistic, "course": course, "cells": cells})
            tables.append({"pass_name": pass_name, "parts": columns, "rows": rows})
    return tables


def _section(kind: str, agreement: Agreement, names: Names, shown: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One heading for the template. ``ids`` are the ids of the figures' rows, ``first_of`` the id of each layer's first row.

    ``empty`` are the figures for which nothing was compared. ``more`` is the number of articles that only the JSON file has.
    """
    figures = agreement.by_heading().get(kind, [])
    measured = [figure for figure in figures if figure.n]
    ids = {_key(figure): f"{kind}-figure-{number}" for number, figure in enumerate(measured, 1)}
    scale = report_scale(value for figure in measured if not figure.lower_is_better for value in (figure.value, figure.low))
    articles = [article for article in shown if article["kind"] == kind]
    rows = []
    for figure in measured:
        drawn = Markup("")  # a distance does not fit the line from 0 to 1
        if not figure.lower_is_better:
            drawn = dot_and_bar(scale, figure.value, figure.low, figure.high, figure.target)
        worst = [article for article in articles if any(_key(part) == _key(figure) for part in article["parts"])]
        rows.append(
            {
                "id": ids[_key(figure)],
                "layer": figure.layer,
                "figure": figure,
                "first": figure.main or figure.target is not None,  # in the first table
                "drawn": drawn,
                "interval": interval(figure),
                "verdict": verdict(figure),
                "worst": worst[:3],
            }
        )
    named = {(part.pass_name, part.part) for part in agreement.by_article if part.kind == kind}
    months = sorted((part for part in agreement.by_month if part.kind == kind), key=lambda part: part.part)
    return {
        "kind": kind,
        "title": HEADING_TEXTS[kind].title,
        "sentence": HEADING_TEXTS[kind].explanation,
        "weighting": weighting(measured),
        "axis": axis(scale),
        "rows": rows,
        "empty": [figure for figure in figures if not figure.n],
        "confusions": [matrix_of(confusion, names) for confusion in agreement.confusions if confusion.kind == kind],
        "annotators": part_tables([part for part in agreement.by_annotator if part.kind == kind]),
        "months": part_tables(months, drawn=True),
        "articles": articles,
        "more": len(named) - len(articles),
        "ids": ids,
        "first_of": {row["layer"]: row["id"] for row in reversed(rows)},
    }


def _key(figure: Figure | Part) -> tuple[str, str, str]:
    return figure.pass_name, figure.layer, figure.statistic


def no_link(article_id: str, pass_name: str, annotator: str) -> None:
    """The ``TaskLink`` without a known server: no task has an address."""


def report(
    agreement: Agreement, worst: Mapping[str, ArticleSets], codebook: Codebook, registry: Registry, link: TaskLink = no_link
) -> str:
    """The report as HTML; StandpointError for an annotation set that cannot be compared.

    ``worst`` is the result of ``worst_articles``, ``link`` gives the address of an
    annotator's task in Label Studio.
    """
    names = Names(codebook, registry)
    shown = list(shown_articles(agreement, worst, names, link))
    measured = {figure.kind for figure in agreement.figures if figure.n} | {HUMAN}
    values = {
        "agreement": agreement,
        "how": method(agreement.groups, agreement.resamples),
        "codebook": codebook,
        "sections": [_section(kind, agreement, names, shown) for kind in HEADINGS if kind in measured],
        "machines": sorted({compared.annotator for compared in agreement.sets if is_machine(compared.annotator_kind)}),
        "prevalence": use_tables(agreement.prevalence, names),
        "linked": any(url for article in shown for _, url in article["readers"]),
        "states": STATES,
        "headings": {kind: text.title for kind, text in HEADING_TEXTS.items()},
    }
    return environment().get_template("report.html.j2").render(values)


def environment() -> Environment:
    """The templates of the report. Values are escaped."""
    folder = files("standpoint.agreement")
    loader = FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8"))
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": number, "counted": counted, "by_layer": by_layer}
    return environment


def by_layer(rows: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Consecutive rows of the same layer, grouped."""
    return [(name, list(group)) for name, group in groupby(rows, itemgetter("layer"))]
