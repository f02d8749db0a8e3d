"""Small drawings as inline SVG, in the text's own colour: they need no script, print as they look, and follow a dark scheme.

They repeat what stands in words beside them, so that they are hidden from screen readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor

from markupsafe import Markup

WIDTH, HEIGHT, EDGE = 260, 22, 10  # units of the drawing; a figure's row
STEP = 26  # between two months


class Scale:
    """Figures on a line from 0 to 1; from further below where one is negative (chance is 0 for alpha)."""

    def __init__(self, values: Iterable[float | None]) -> None:
        lowest = min((value for value in values if value is not None), default=0.0)
        self.low = max(-1.0, min(0.0, floor(4 * lowest) / 4))

    def x(self, value: float) -> float:
        """Where a value lies across the drawing; what is off the line lies at its end."""
        share = (min(max(value, self.low), 1.0) - self.low) / (1.0 - self.low)
        return round(EDGE + share * (WIDTH - 2 * EDGE), 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Where the line has marks, and what they say."""
        marks = sorted({self.low, 0.0, 0.5, 1.0})
        return [(self.x(mark), f"{mark:g}".replace("-", "\u2212")) for mark in marks]


def axis(scale: Scale) -> Markup:
    """The numbers over a column of figures."""
    words = Markup("").join(Markup('<text x="{}" y="10">{}</text>').format(x, word) for x, word in scale.ticks)
    return _svg(WIDTH, 12, words, "axis")


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
    return _svg(WIDTH, HEIGHT, Markup("").join(drawn))


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
    return _svg(width, height, frame + path + dots)


def steps(so_far: Sequence[int], total: int) -> Markup:
    """What was done up to each day, as a line of steps that ends where all are done: the dashed line."""
    height = 34
    across = (WIDTH - 2 * EDGE) / max(1, len(so_far))
    path, y = f"M{EDGE} {height - 4}", height - 4.0
    for number, done in enumerate(so_far):
        y = round(height - 4 - min(1.0, done / max(1, total)) * (height - 8), 1)
        path += f"V{y}H{round(EDGE + (number + 1) * across, 1)}"
    frame = Markup('<path class="grid" d="M{0} {1}H{2}"/><path class="target" d="M{0} 4H{2}"/>')
    return _svg(WIDTH, height, frame.format(EDGE, height - 4, WIDTH - EDGE) + Markup('<path class="bar" d="{}"/>').format(path))


def _svg(width: int, height: int, content: Markup, kind: str = "plot") -> Markup:
    opening = '<svg class="{0}" viewBox="0 0 {1} {2}" width="{1}" height="{2}" aria-hidden="true">{3}</svg>'
    return Markup(opening).format(kind, width, height, content)
