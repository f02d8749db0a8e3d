"""SVG charts for the agreement report and the dataset card (charts.svg.j2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate
from math import floor
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

MINUS = "\u2212"
# In pixels. Report: width of a chart, its left and right margin, height of a line over time, distance between two months.
WIDTH, EDGE, LINE_HEIGHT, STEP = 260, 10, 34, 26
# Card: width of a chart, width of its names, height of a row, top of the first row.
CARD_WIDTH, NAMES, ROW, TOP = 760, 230, 20, 58
PLOT = CARD_WIDTH - NAMES - 70
SPLIT_COLOURS = ("#2b6cb0", "#d69e2e", "#c05621", "#718096", "#4a5568")
AGAINST, NEITHER, FAVOURABLE = (197, 48, 48), (203, 213, 224), (43, 108, 176)  # the colours of a scale, RGB
CHARTS = Path(__file__).with_name("charts.svg.j2")


@cache
def _template(path: Path) -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # A difference below a tenth of a pixel is not visible.
        finalize=lambda value: f"{value:.1f}" if isinstance(value, float) else value,
    )
    sizes = {"WIDTH": WIDTH, "CARD_WIDTH": CARD_WIDTH, "NAMES": NAMES, "ROW": ROW, "TOP": TOP}
    return environment.from_string(path.read_text(encoding="utf-8"), sizes)


def drawing(path: Path, macro: str, *values: object, end: str = "") -> Markup:
    """The output of a template's macro, without indentation. ``end`` is added to each line: "\\n" makes diffs readable."""
    lines = (line.strip() for line in getattr(_template(path).module, macro)(*values).split("\n"))
    return Markup("").join(line + end for line in lines if line)


class Scale:
    """Places figures on a line to 1, from 0 or, if a figure is negative (alpha below chance), from a lower quarter."""

    def __init__(self, values: Iterable[float | None], left: float, width: float) -> None:
        lowest = min((value for value in values if value is not None), default=0.0)
        self.low = max(-1.0, min(0.0, floor(4 * lowest) / 4))
        self.left, self.width = left, width

    def x(self, value: float) -> float:
        """The place of a value. A value beyond the line is placed at its end."""
        share = (min(max(value, self.low), 1.0) - self.low) / (1.0 - self.low)
        return round(self.left + share * self.width, 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """The places of the line's marks, with their labels."""
        marks = sorted({self.low, 0.0, 0.5, 1.0})
        return [(self.x(mark), f"{mark:g}".replace("-", MINUS)) for mark in marks]


def report_scale(values: Iterable[float | None]) -> Scale:
    """The scale of a column of figures in the report."""
    return Scale(values, EDGE, WIDTH - 2 * EDGE)


def axis(scale: Scale) -> Markup:
    """The labels above a column of figures."""
    return drawing(CHARTS, "axis", scale)


def dot_and_bar(scale: Scale, value: float | None, low: float | None, high: float | None, target: float | None) -> Markup:
    """One figure: its value as a dot, its interval as a bar, its target as a line across."""
    return drawing(CHARTS, "dot_and_bar", scale, value, low, high, target)


def line(values: Sequence[float | None]) -> Markup:
    """One value per month, as dots on a line. The line is interrupted where a month has no value."""
    scale, points, path, pen = report_scale(values), [], "", "M"
    for month, value in enumerate(values):
        if value is not None:
            x, y = EDGE + month * STEP, round(4 + (1 - value) / (1 - scale.low) * (LINE_HEIGHT - 8), 1)
            points.append((x, y))
            path += f"{pen}{x} {y}"
        pen = "L" if value is not None else "M"
    return drawing(CHARTS, "line", 2 * EDGE + STEP * (len(values) - 1), LINE_HEIGHT, path, points)


def steps(cumulative: Sequence[int], total: int) -> Markup:
    """The number of tasks that are done by each day, as steps. The dashed line at the top is ``total``."""
    across = (WIDTH - 2 * EDGE) / max(1, len(cumulative))
    bottom = LINE_HEIGHT - 4
    path = f"M{EDGE} {bottom}"
    for day, done in enumerate(cumulative, 1):
        y = round(bottom - min(1.0, done / max(1, total)) * (LINE_HEIGHT - 8), 1)
        path += f"V{y}H{round(EDGE + day * across, 1)}"
    return drawing(CHARTS, "steps", LINE_HEIGHT, EDGE, WIDTH - EDGE, path)


class Dot(NamedTuple):
    """A figure of at most 1, with its interval and target."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    target: float | None = None


def stacked(title: str, rows: Sequence[tuple[str, Sequence[int]]], series: Sequence[str], scale: bool = False) -> str:
    """Bars of counts, with one part per series. With ``scale``, all bars have the same length, which compares shares."""
    colours = [_scale_colour(place, len(series)) for place in range(len(series))] if scale else SPLIT_COLOURS
    longest, bars = max([sum(counts) for _, counts in rows] + [1]), []
    for name, counts in rows:
        x, total, parts = float(NAMES), sum(counts), []
        for colour, count in zip(colours, counts, strict=False):
            if count:
                width = PLOT * count / (total if scale else longest)
                parts.append((x, width, colour))
                x += width
        bars.append((name, parts, x, total))
    places = accumulate((26 + 7 * len(name) for name in series), initial=float(NAMES))
    return str(drawing(CHARTS, "stacked", title, bars, list(zip(places, series, colours, strict=False)), end="\n"))


def _scale_colour(place: int, size: int) -> str:
    """The colour of a label on a scale: between the colours of its ends and its middle."""
    at = 2 * place / max(size - 1, 1)
    start, end, share = (AGAINST, NEITHER, at) if at <= 1 else (NEITHER, FAVOURABLE, at - 1)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(start, end, strict=True))


def dots(title: str, rows: Sequence[Dot]) -> str:
    """One dot per figure, with its 95 % interval as a line and its target as a mark."""
    scale = Scale([value for row in rows for value in (row.value, row.low)], NAMES, PLOT)
    return str(drawing(CHARTS, "dots", title, rows, scale, SPLIT_COLOURS[0], SPLIT_COLOURS[2], end="\n"))
