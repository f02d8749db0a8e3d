"""Small drawings as SVG: scales, bars and dots for the report, the card and the guide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor
from typing import NamedTuple
from xml.sax.saxutils import escape

from markupsafe import Markup

REPORT_WIDTH, HEIGHT, EDGE = 260, 22, 10  # units of the drawing; a figure's row
STEP = 26  # between two months


class Scale:
    """Figures on a line from 0 to 1; from further below where one is negative (chance is 0 for alpha)."""

    def __init__(self, values: Iterable[float | None]) -> None:
        lowest = min((value for value in values if value is not None), default=0.0)
        self.low = max(-1.0, min(0.0, floor(4 * lowest) / 4))

    def x(self, value: float) -> float:
        """Where a value lies across the drawing; what is off the line lies at its end."""
        share = (min(max(value, self.low), 1.0) - self.low) / (1.0 - self.low)
        return round(EDGE + share * (REPORT_WIDTH - 2 * EDGE), 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Where the line has marks, and what they say."""
        marks = sorted({self.low, 0.0, 0.5, 1.0})
        return [(self.x(mark), f"{mark:g}".replace("-", "\u2212")) for mark in marks]


def axis(scale: Scale) -> Markup:
    """The numbers over a column of figures."""
    words = Markup("").join(Markup('<text x="{}" y="10">{}</text>').format(x, word) for x, word in scale.ticks)
    return _report_plots_svg(REPORT_WIDTH, 12, words, "axis")


def dot_and_bar(scale: Scale, value: float | None, low: float | None, high: float | None, target: float | None) -> Markup:
    """A figure as a dot, its interval as a bar with ends, the target as a line across."""
    middle = HEIGHT / 2
    drawn = [Markup('<path class="grid" d="{}"/>').format(" ".join(f"M{x} 0V{HEIGHT}" for x, _ in scale.ticks))]
    if low is not None and high is not None:
        left, right = scale.x(low), scale.x(high)
        ends = f"M{left} {middle}H{right}M{left} {middle - 4}V{middle + 4}M{right} {middle - 4}V{middle + 4}"
        drawn.append(Markup('<path class="bar" d="{}"/>').format(ends))
    if target is not None:
        drawn.append(Markup('<path class="target" d="M{} 1V{}"/>').format(scale.x(target), HEIGHT - 1))
    if value is not None:
        drawn.append(Markup('<circle class="dot" cx="{}" cy="{}" r="4"/>').format(scale.x(value), middle))
    return _report_plots_svg(REPORT_WIDTH, HEIGHT, Markup("").join(drawn))


def line(values: Sequence[float | None]) -> Markup:
    """One value a month, as dots joined by a line that is broken where a month has none."""
    scale, height = Scale(values), 34
    points = [(EDGE + number * STEP, value) for number, value in enumerate(values)]
    width = 2 * EDGE + STEP * (len(values) - 1)
    drawn, pen = [], "M"
    for x, value in points:
        if value is not None:
            y = round(4 + (1 - value) / (1 - scale.low) * (height - 8), 1)
            drawn.append((x, y, pen))
        pen = "L" if value is not None else "M"
    path = Markup('<path class="bar" d="{}"/>').format("".join(f"{pen}{x} {y}" for x, y, pen in drawn))
    dots = Markup("").join(Markup('<circle class="dot" cx="{}" cy="{}" r="3"/>').format(x, y) for x, y, _ in drawn)
    frame = Markup('<path class="grid" d="M0 4H{0}M0 {1}H{0}"/>').format(width, height - 4)
    return _report_plots_svg(width, height, frame + path + dots)


def steps(so_far: Sequence[int], total: int) -> Markup:
    """What was done up to each day, as a line of steps that ends where all are done: the dashed line."""
    height = 34
    across = (REPORT_WIDTH - 2 * EDGE) / max(1, len(so_far))
    path, y = f"M{EDGE} {height - 4}", height - 4.0
    for number, done in enumerate(so_far):
        y = round(height - 4 - min(1.0, done / max(1, total)) * (height - 8), 1)
        path += f"V{y}H{round(EDGE + (number + 1) * across, 1)}"
    frame = Markup('<path class="grid" d="M{0} {1}H{2}"/><path class="target" d="M{0} 4H{2}"/>')
    return _report_plots_svg(
        REPORT_WIDTH,
        height,
        frame.format(EDGE, height - 4, REPORT_WIDTH - EDGE) + Markup('<path class="bar" d="{}"/>').format(path),
    )


def _report_plots_svg(width: int, height: int, content: Markup, kind: str = "plot") -> Markup:
    opening = '<svg class="{0}" viewBox="0 0 {1} {2}" width="{1}" height="{2}" aria-hidden="true">{3}</svg>'
    return Markup(opening).format(kind, width, height, content)


CARD_WIDTH, NAMES, ROW, TOP = 760, 230, 20, 58  # units; the width of the names, the height of a row, where rows begin
PLOT = CARD_WIDTH - NAMES - 70
SPLITS = ("#2b6cb0", "#d69e2e", "#c05621", "#718096", "#4a5568")
ENDS = ((197, 48, 48), (203, 213, 224), (43, 108, 176))  # of a scale: against, neither, for
STYLE = "text{font:12px system-ui,sans-serif;fill:#1a202c}.t{font-weight:600;font-size:14px}.n{text-anchor:end}.m{fill:#4a5568}"


class Dot(NamedTuple):
    """A figure between 0 and 1, or below, with its interval and what was aimed at."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    target: float | None = None


def stacked(title: str, rows: Sequence[tuple[str, Sequence[int]]], series: Sequence[str], scale: bool = False) -> str:
    """Bars of counts, a part a series; of a ``scale``, each bar as long as the others, so that shares can be compared."""
    colours = [_on_scale(place, len(series)) for place in range(len(series))] if scale else SPLITS
    longest = max([sum(counts) for _, counts in rows] + [1])
    drawn = list(_legend(series, colours))
    for number, (name, counts) in enumerate(rows):
        y, x, whole = TOP + number * ROW, float(NAMES), sum(counts)
        drawn.append(_text(NAMES - 8, y + 14, name, "n"))
        for colour, count in zip(colours, counts, strict=False):
            width = PLOT * count / ((whole or 1) if scale else longest)
            drawn.append(
                f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="{ROW - 6}" fill="{colour}"/>' if count else ""
            )
            x += width
        drawn.append(_text(x + 6, y + 14, f"{whole:,}", "m"))
    return _publish_plots_svg(title, TOP + len(rows) * ROW + 12, drawn)


def dots(title: str, rows: Sequence[Dot]) -> str:
    """A dot a figure, its 95 % interval as a line, its target as a mark across."""
    low = min([0.0, *(row.low if row.low is not None else row.value for row in rows)])

    def x(value: float) -> float:
        return NAMES + PLOT * (value - low) / (1 - low)

    bottom = TOP + len(rows) * ROW
    drawn = [_text(x(mark) - 8, TOP - 8, f"{mark:g}", "m") for mark in (0, 0.5, 1)]
    drawn += [f'<path d="M{x(mark):.1f} {TOP}V{bottom}" stroke="#cbd5e0"/>' for mark in (0, 0.5, 1)]
    for number, row in enumerate(rows):
        y = TOP + number * ROW + ROW // 2
        drawn.append(_text(NAMES - 8, y + 4, row.name, "n"))
        if row.low is not None and row.high is not None:
            drawn.append(f'<path d="M{x(row.low):.1f} {y}H{x(row.high):.1f}" stroke="#2b6cb0" stroke-width="2"/>')
        if row.target is not None:
            drawn.append(f'<path d="M{x(row.target):.1f} {y - 7}V{y + 7}" stroke="#c05621" stroke-width="2"/>')
        drawn.append(f'<circle cx="{x(row.value):.1f}" cy="{y}" r="4" fill="#2b6cb0"/>')
        drawn.append(_text(CARD_WIDTH - 44, y + 4, f"{row.value:.2f}", "m"))
    return _publish_plots_svg(title, bottom + 12, drawn)


def _on_scale(place: int, many: int) -> str:
    """The colour of a label: from one end over the middle to the other."""
    at = 2 * place / max(many - 1, 1)
    one, other, share = (*ENDS[:2], at) if at <= 1 else (*ENDS[1:], at - 1)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(one, other, strict=True))


def _legend(series: Sequence[str], colours: Sequence[str]) -> Iterable[str]:
    x = float(NAMES)
    for name, colour in zip(series, colours, strict=False):
        yield f'<rect x="{x:.1f}" y="34" width="10" height="10" fill="{colour}"/>'
        yield _text(x + 14, 43, name, "m")
        x += 26 + 7 * len(name)


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" class="{kind}">{escape(words)}</text>'


def _publish_plots_svg(title: str, height: int, drawn: Iterable[str]) -> str:
    """A drawing on white: the Hub shows it on a light page and on a dark one."""
    size = f'viewBox="0 0 {CARD_WIDTH} {height}" width="{CARD_WIDTH}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    frame = f'<rect width="{CARD_WIDTH}" height="{height}" fill="#fff"/><text x="12" y="22" class="t">{escape(title)}</text>'
    lines = [head, f"<title>{escape(title)}</title><style>{STYLE}</style>", frame, *filter(None, drawn), "</svg>"]
    return "\n".join(lines) + "\n"
