"""How far annotators agree: agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from standpoint.assess.agreement import Row
from standpoint.assess.agreement import agree as agreement
from standpoint.project import Project
from standpoint.verbs._sets import kinds_of, sets_of
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller


def agree(project: Project, tell: Teller) -> list[Row]:
    """Agreement per layer and heading."""
    codebook, _ = open_codebook(project)
    return agreement(sets_of(project), codebook, kinds_of(project))


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Agreement as lines of text, under the heading that says who is compared with whom; what nobody did twice is left out."""
    rows = [row for row in rows if row.n] or rows
    for kind, found in groupby(sorted(rows, key=lambda row: row.kind), key=lambda row: row.kind):
        yield f"agreement, {kind}" + (" (machines among themselves: this is not human agreement)" if "model" in kind else "")
        for row in found:
            value = f"{row.value:7.3f}" if row.value is not None else "      –"
            yield f"  {row.layer:<12}{row.statistic:<28}{value}   n {row.n:,}" + (f"   {row.reason}" if row.reason else "")
