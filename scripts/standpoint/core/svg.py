"""Drawings as SVG: the primitives, the charts of figures for the agreement report, and the charts of the dataset card.

The report is one HTML page with a style sheet, so its charts only name CSS classes. The card's charts are files of their
own, which the Hub shows on a light page and on a dark one: they bring their colours and a white background.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor
from typing import NamedTuple

from markupsafe import Markup

MINUS = "\u2212"


def element(tag: str, content: str = "", /, **attributes: object) -> Markup:
    """One element; everything but Markup is escaped. ``class_`` is the attribute class, ``stroke_width`` is stroke-width.

    Floats are written with one decimal: less than a tenth of a unit is not visible.
    """
    names = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    written = Markup("").join(Markup(' {}="{}"').format(name, number(value)) for name, value in names)
    return Markup("<{}{}>{}</{}>").format(tag, written, content, tag) if content else Markup("<{}{}/>").format(tag, written)


def number(value: object) -> object:
    """A float rounded to one decimal; anything else unchanged."""
    return f"{value:.1f}" if isinstance(value, float) else value


def drawing(width: int, height: int, shapes: Iterable[str], **attributes: object) -> Markup:
    """The whole drawing, in units of one pixel."""
    size = {"viewBox": f"0 0 {width} {height}", "width": width, "height": height}
    return element("svg", Markup("").join(shapes), **attributes, **size)


def svg_file(width: int, height: int, shapes: Iterable[str], **attributes: object) -> str:
    """The text of a file that holds one drawing, with one shape per line so that changes can be read."""
    body = (Markup("\n") + shape for shape in (*shapes, Markup("")))
    return str(drawing(width, height, body, xmlns="http://www.w3.org/2000/svg", role="img", **attributes)) + "\n"


class Scale:
    """Places figures on a line from 0 to 1, or from further below where one is negative (chance is 0 for alpha)."""

    def __init__(self, values: Iterable[float | None], left: float, width: float) -> None:
        lowest = min((value for value in values if value is not None), default=0.0)
        self.low = max(-1.0, min(0.0, floor(4 * lowest) / 4))
        self.left, self.width = left, width

    def x(self, value: float) -> float:
        """The place of a value; a value off the line is placed at its end."""
        share = (min(max(value, self.low), 1.0) - self.low) / (1.0 - self.low)
        return round(self.left + share * self.width, 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """The places of the line's marks, and their labels."""
        marks = sorted({self.low, 0.0, 0.5, 1.0})
        return [(self.x(mark), f"{mark:g}".replace("-", MINUS)) for mark in marks]


# Charts of the report: classes, no colours.

WIDTH, HEIGHT, EDGE = 260, 22, 10  # of the row of one figure
LINE_HEIGHT, STEP = 34, 26  # of a line over time; the distance between two months


def report_scale(values: Iterable[float | None]) -> Scale:
    """The scale of a column of figures in the report."""
    return Scale(values, EDGE, WIDTH - 2 * EDGE)


def axis(scale: Scale) -> Markup:
    """The labels above a column of figures."""
    return _plot(WIDTH, 12, (element("text", word, x=x, y=10) for x, word in scale.ticks), "axis")


def dot_and_bar(scale: Scale, value: float | None, low: float | None, high: float | None, target: float | None) -> Markup:
    """One figure: its value as a dot, its interval as a bar with ends, its target as a line across."""
    middle = HEIGHT / 2
    shapes = [element("path", class_="grid", d=" ".join(f"M{x} 0V{HEIGHT}" for x, _ in scale.ticks))]
    if low is not None and high is not None:
        left, right = scale.x(low), scale.x(high)
        ends = f"M{left} {middle}H{right}M{left} {middle - 4}V{middle + 4}M{right} {middle - 4}V{middle + 4}"
        shapes.append(element("path", class_="bar", d=ends))
    if target is not None:
        shapes.append(element("path", class_="target", d=f"M{scale.x(target)} 1V{HEIGHT - 1}"))
    if value is not None:
        shapes.append(element("circle", class_="dot", cx=scale.x(value), cy=middle, r=4))
    return _plot(WIDTH, HEIGHT, shapes)


def line(values: Sequence[float | None]) -> Markup:
    """One value per month, as dots joined by a line; the line is broken where a month has no value."""
    scale, width = report_scale(values), 2 * EDGE + STEP * (len(values) - 1)
    points, path, pen = [], "", "M"
    for month, value in enumerate(values):
        if value is not None:
            x, y = EDGE + month * STEP, round(4 + (1 - value) / (1 - scale.low) * (LINE_HEIGHT - 8), 1)
            points.append((x, y))
            path += f"{pen}{x} {y}"
        pen = "L" if value is not None else "M"
    frame = element("path", class_="grid", d=f"M0 4H{width}M0 {LINE_HEIGHT - 4}H{width}")
    dots = (element("circle", class_="dot", cx=x, cy=y, r=3) for x, y in points)
    return _plot(width, LINE_HEIGHT, [frame, element("path", class_="bar", d=path), *dots])


def steps(so_far: Sequence[int], total: int) -> Markup:
    """The tasks done up to each day, as a line of steps; the dashed line on top is ``total``."""
    across = (WIDTH - 2 * EDGE) / max(1, len(so_far))
    bottom, right = LINE_HEIGHT - 4, WIDTH - EDGE
    path = f"M{EDGE} {bottom}"
    for day, done in enumerate(so_far, 1):
        y = round(bottom - min(1.0, done / max(1, total)) * (LINE_HEIGHT - 8), 1)
        path += f"V{y}H{round(EDGE + day * across, 1)}"
    frame = (("grid", f"M{EDGE} {bottom}H{right}"), ("target", f"M{EDGE} 4H{right}"), ("bar", path))
    return _plot(WIDTH, LINE_HEIGHT, (element("path", class_=kind, d=d) for kind, d in frame))


def _plot(width: int, height: int, shapes: Iterable[str], kind: str = "plot") -> Markup:
    return drawing(width, height, shapes, class_=kind, aria_hidden="true")


# Charts of the card: files of their own, with colours.

CARD_WIDTH, NAMES, ROW, TOP = 760, 230, 20, 58  # of the whole; of the names; the height of a row; where the rows begin
PLOT = CARD_WIDTH - NAMES - 70
SPLIT_COLOURS = ("#2b6cb0", "#d69e2e", "#c05621", "#718096", "#4a5568")
AGAINST, NEITHER, FAVOURABLE = (197, 48, 48), (203, 213, 224), (43, 108, 176)  # the colours of a scale, RGB
STYLE = "text{font:12px system-ui,sans-serif;fill:#1a202c}.t{font-weight:600;font-size:14px}.n{text-anchor:end}.m{fill:#4a5568}"


class Dot(NamedTuple):
    """A figure of at most 1, with its interval and its target."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    target: float | None = None


def stacked(title: str, rows: Sequence[tuple[str, Sequence[int]]], series: Sequence[str], scale: bool = False) -> str:
    """Bars of counts, one part per series. With ``scale``, all bars are equally long, so that shares can be compared."""
    colours = [_scale_colour(place, len(series)) for place in range(len(series))] if scale else SPLIT_COLOURS
    longest = max([sum(counts) for _, counts in rows] + [1])
    shapes = list(_legend(series, colours))
    for place, (name, counts) in enumerate(rows):
        y, x, whole = TOP + place * ROW, float(NAMES), sum(counts)
        shapes.append(_text(NAMES - 8, y + 14, name, "n"))
        for colour, count in zip(colours, counts, strict=False):
            if count:
                width = PLOT * count / (whole if scale else longest)
                shapes.append(element("rect", x=x, y=y + 3, width=width, height=ROW - 6, fill=colour))
                x += width
        shapes.append(_text(x + 6, y + 14, f"{whole:,}", "m"))
    return _file(title, TOP + len(rows) * ROW + 12, shapes)


def dots(title: str, rows: Sequence[Dot]) -> str:
    """One dot per figure, with its 95 % interval as a line and its target as a mark across."""
    scale, bottom = Scale([value for row in rows for value in (row.value, row.low)], NAMES, PLOT), TOP + len(rows) * ROW
    shapes = [_text(x - 8, TOP - 8, word, "m") for x, word in scale.ticks]
    shapes += [element("path", d=f"M{x} {TOP}V{bottom}", stroke="#cbd5e0") for x, _ in scale.ticks]
    for place, row in enumerate(rows):
        y = TOP + place * ROW + ROW // 2
        shapes.append(_text(NAMES - 8, y + 4, row.name, "n"))
        if row.low is not None and row.high is not None:
            bar = f"M{scale.x(row.low)} {y}H{scale.x(row.high)}"
            shapes.append(element("path", d=bar, stroke=SPLIT_COLOURS[0], stroke_width=2))
        if row.target is not None:
            mark = f"M{scale.x(row.target)} {y - 7}V{y + 7}"
            shapes.append(element("path", d=mark, stroke=SPLIT_COLOURS[2], stroke_width=2))
        shapes.append(element("circle", cx=scale.x(row.value), cy=y, r=4, fill=SPLIT_COLOURS[0]))
        shapes.append(_text(CARD_WIDTH - 44, y + 4, f"{row.value:.2f}", "m"))
    return _file(title, bottom + 12, shapes)


def _scale_colour(place: int, size: int) -> str:
    """The colour of a label on a scale: from one end over the middle to the other."""
    at = 2 * place / max(size - 1, 1)
    start, end, share = (AGAINST, NEITHER, at) if at <= 1 else (NEITHER, FAVOURABLE, at - 1)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(start, end, strict=True))


def _legend(series: Sequence[str], colours: Sequence[str]) -> Iterable[Markup]:
    x = float(NAMES)
    for name, colour in zip(series, colours, strict=False):
        yield element("rect", x=x, y=34, width=10, height=10, fill=colour)
        yield _text(x + 14, 43, name, "m")
        x += 26 + 7 * len(name)


def _text(x: float, y: float, words: str, kind: str) -> Markup:
    return element("text", words, x=float(x), y=y, class_=kind)


def _file(title: str, height: int, shapes: Iterable[Markup]) -> str:
    """A chart with a title on a white background."""
    head = [element("title", title), element("style", STYLE), element("rect", width=CARD_WIDTH, height=height, fill="#fff")]
    return svg_file(CARD_WIDTH, height, [*head, element("text", title, x=12, y=22, class_="t"), *shapes])
