"""What a release counts, for its changelog: rows before and after."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from standpoint.publish.shape import DOCUMENTS


def rows_of(folder: Path) -> Counter:
    """How many articles by split, and how many rows of each other config, from the tables' own figures."""
    counts: Counter = Counter()
    for path in sorted(folder.glob("*/*.parquet")):
        config, split = path.parent.name, path.name.partition("-")[0]
        rows = pq.read_metadata(path).num_rows
        for name in ("articles", f"articles in {split}") if config == DOCUMENTS else (f"rows of {config}",):
            counts[name] += rows
    return Counter(dict(sorted(counts.items())))  # the articles first


def side_by_side(before: Counter, after: Counter) -> list[tuple[str, int | None, int]]:
    """Name, before and after, in the order of the newer one; None where a name was not counted before."""
    names = [*after, *(name for name in before if name not in after)]
    return [(name, before.get(name), after[name]) for name in names]
