"""The drawing of cost against size: what one item costs at each size, a line for each row; a flat line is linear growth."""

from __future__ import annotations

from pathlib import Path

from row import ALL, Row
from rows import ROWS
from tables import Results, measured_of, time_of

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")  # Okabe and Ito: for all eyes
MARKS = "osD^vP*X"
APART = 0.042  # of the height, between two labels


def curves(results: Results) -> list[tuple[str, list[int], list[float]]]:
    """For each row with two sizes or more, our jobs, or that on all cores: the name, the sizes, and milliseconds for one item."""
    found = []
    for row in ROWS.values():
        for job in [ALL] if ALL in row.ours else row.ours:
            sizes = [now for now in measured_of(results, row) if job in now.jobs]
            points = [(now.size, 1000 * time_of(row, now.jobs[job]) / now.size) for now in sizes]
            if len(points) > 1:
                found.append((label(row, job), *map(list, zip(*points, strict=True))))
    return found


def label(row: Row, job: str) -> str:
    return row.title if len(row.ours) == 1 else f"{row.title}, {job}"


def draw(results: Results, path: Path) -> None:
    """Write the drawing as SVG, the same bytes for the same figures."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    matplotlib.rcParams |= {"svg.hashsalt": "bench", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}
    figure, axes = pyplot.subplots(figsize=(9.5, 6), facecolor="white")
    found = curves(results)
    for number, (name, sizes, costs) in enumerate(found):
        style = {"color": COLOURS[number % len(COLOURS)], "marker": MARKS[number % len(MARKS)], "linewidth": 1.6, "markersize": 5}
        axes.loglog(sizes, costs, label=name, **style)
    axes.set_xlabel("items: articles, pages or tasks")
    axes.set_ylabel("milliseconds for one item")
    axes.set_title("What one item costs as their number grows (a flat line: linear)", loc="left", fontsize=11)
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.subplots_adjust(left=0.08, right=0.64, top=0.93, bottom=0.09)
    figure.canvas.draw()  # only then the limits of the axes are those that the drawing will have
    _label(axes, found)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _label(axes, found: list[tuple[str, list[int], list[float]]]) -> None:
    """Names at the right of the drawing, near the height of their line's end, and none on another; a thin line leads to each."""
    ends = sorted(
        (axes.transAxes.inverted().transform(axes.transData.transform((sizes[-1], costs[-1])))[1], number)
        for number, (_, sizes, costs) in enumerate(found)
    )
    heights = [wanted for wanted, _ in ends]
    for place in range(1, len(heights)):
        heights[place] = max(heights[place], heights[place - 1] + APART)
    above = 1.0  # and down again from the top, if they rose above it
    for place in reversed(range(len(heights))):
        heights[place] = above = min(heights[place], above)
        above -= APART
    for height, (_, number) in zip(heights, ends, strict=True):
        name, sizes, costs = found[number]
        colour = COLOURS[number % len(COLOURS)]
        arrow = {"arrowstyle": "-", "color": colour, "linewidth": 0.6, "alpha": 0.6, "relpos": (0, 0.5)}
        where = {"xy": (sizes[-1], costs[-1]), "xytext": (1.04, height), "textcoords": "axes fraction"}
        axes.annotate(name, **where, color=colour, va="center", fontsize=9, arrowprops=arrow)
