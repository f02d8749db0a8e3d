"""Tables and summaries as lines of text: how the commands lay out what a stage returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from standpoint.agreement.figures import COLUMNS, HEADING_TEXTS, Agreement, Figure, cells

NOTHING = "–"


def columns(rows: Sequence[Sequence[object]], left: int = 1) -> Iterator[str]:
    """Rows under each other, padded to the widest cell; the first ``left`` columns are set to the left, others to the right."""
    texts = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        padded = (
            text.ljust(width) if place < left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(padded)


def _cell(value: object) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def agreement_lines(agreement: Agreement, short: bool = False) -> Iterator[str]:
    """The figures of each heading as a table, without those of which nothing was compared; ``short``: the main ones only."""
    yield f"{agreement.articles:,} articles in {agreement.groups:,} stories have several annotators" + (
        f"; 95 % intervals from {agreement.resamples:,} resamples of the stories" if agreement.resamples else ""
    )
    by_heading = agreement.by_heading(main_only=short)
    measured = any(figure.n for figures in by_heading.values() for figure in figures)
    for kind, figures in by_heading.items():
        rows = [figure for figure in figures if figure.n or not measured]
        if rows:
            yield f"agreement, {kind}: {HEADING_TEXTS[kind].full}"
            table = columns([COLUMNS, *_figure_rows(rows)], left=2)
            remarks = ["", *("; ".join(filter(None, (figure.reason, figure.note))) for figure in rows)]
            yield from (f"  {line}  {remark}".rstrip() for line, remark in zip(table, remarks, strict=True))


def _figure_rows(figures: Sequence[Figure]) -> Iterator[list[object]]:
    """The cells of each figure; a layer is named once."""
    last = ""
    for figure in figures:
        _, *row = cells(figure, decimals=3)
        yield ["" if figure.layer == last else figure.layer, *row]
        last = figure.layer
