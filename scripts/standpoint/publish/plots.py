"""The card's drawings, as SVG files beside README.md, which the Hub shows. Their figures stand in the card's tables too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, NAMES, ROW, TOP = 760, 230, 20, 58  # units; the width of the names, the height of a row, where rows begin
PLOT = WIDTH - NAMES - 70
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
    return _svg(title, TOP + len(rows) * ROW + 12, drawn)


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
        drawn.append(_text(WIDTH - 44, y + 4, f"{row.value:.2f}", "m"))
    return _svg(title, bottom + 12, drawn)


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


def _svg(title: str, height: int, drawn: Iterable[str]) -> str:
    """A drawing on white: the Hub shows it on a light page and on a dark one."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">'
    frame = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/><text x="12" y="22" class="t">{escape(title)}</text>'
    lines = [head, f"<title>{escape(title)}</title><style>{STYLE}</style>", frame, *filter(None, drawn), "</svg>"]
    return "\n".join(lines) + "\n"
