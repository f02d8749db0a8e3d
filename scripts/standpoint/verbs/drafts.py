"""How good drafts are: drafts score."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from standpoint.annotate.drafts import draft_spans, source_of
from standpoint.assess.drafts import Score, Tally
from standpoint.jsonlines import written_whole
from standpoint.project import Project, read_annotation_sets, read_articles, read_settled
from standpoint.verbs.labelling import CONTROL, has_drafts, open_codebook
from standpoint.verbs.tell import Teller

HEADS = ("source", "layer", "label", "drafts", "precision", "recall", "settled", "any label", "accepted", "edited", "rejected")


class Scored(NamedTuple):
    """The rows; articles that were scored, those of them that are given no drafts, and the tiers of the settled sets."""

    rows: tuple[Score, ...]
    articles: int
    control: int
    tiers: tuple[str, ...]


def score(project: Project, tell: Teller, control: float = CONTROL) -> Scored:
    """The drafts that the registry and the rules give today, against the settled sets; and what annotators did with theirs."""
    codebook, registry = open_codebook(project)
    tally, settled = Tally(codebook, source_of), {one.article_id: one for one in read_settled(project)}
    scored, tiers = [], set()
    for article in tell.counted("drafts", read_articles(project)):
        one = settled.get(article.id)
        if one is not None and article.text is not None:
            drafts = [draft for layer in codebook.layers for draft in draft_spans(article, layer, codebook, registry)]
            tally.add_settled(drafts, one)
            scored.append(article.id)
            tiers.add(one.tier)
    for one in read_annotation_sets(project):
        tally.add_set(one)
    without = sum(not has_drafts(name, control) for name in scored)
    return Scored(tuple(tally.scores()), len(scored), without, tuple(sorted(tiers)))


def table(found: Scored) -> Iterator[str]:
    """The rows as lines of text."""
    yield f"{found.articles:,} articles with a settled set, tier {', '.join(found.tiers) or 'none'}"
    if "silver" in found.tiers:
        yield "silver: machines made what the drafts are measured against"
    share = found.control / found.articles if found.articles else 0.0
    yield f"{found.control:,} of them ({share:.0%}) are control articles, which are given no drafts"
    cells = [HEADS, *map(_cells, found.rows)]
    wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(
            f"{cell:<{size}}" if at < 3 else f"{cell:>{size}}" for at, (cell, size) in enumerate(zip(row, wide, strict=True))
        )


def _cells(row: Score) -> tuple[str, ...]:
    counts = (row.settled, row.both_any_label, row.accepted, row.edited, row.rejected)
    return row.source, row.layer, row.label, f"{row.drafts:,}", _share(row.precision), _share(row.recall), *map(str, counts)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def write(found: Scored, path: Path) -> None:
    """Write the rows as JSON, whole or not at all."""
    rows = [row._asdict() | {"precision": row.precision, "recall": row.recall} for row in found.rows]
    with written_whole(path) as file:
        file.write(msgspec.json.format(msgspec.json.encode(found._asdict() | {"rows": rows}), indent=1) + b"\n")
