"""How far annotators agree: agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from standpoint.assess.agreement import Options
from standpoint.assess.agreement import agree as agreement
from standpoint.assess.figures import Agreement, Figure
from standpoint.assess.made import HEADINGS
from standpoint.jsonlines import written_whole
from standpoint.project import Project, article_streams, read_articles
from standpoint.publish.plan import DEFAULT
from standpoint.publish.splits import read_splits, stories_of
from standpoint.verbs._sets import kinds_of, sets_of
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller

WORDS = {
    "human": "",
    "human-assisted": " (some of the people saw drafts)",
    "human-model": " (people and machines: this is not human agreement)",
    "model-model": " (machines among themselves: this is not human agreement)",
    "unknown": " (of some annotators nothing is known: this is not human agreement)",
}


def agree(project: Project, tell: Teller, options: Options = Options()) -> Agreement:  # noqa: B008 it is frozen
    """Agreement per layer and heading, with intervals over stories."""
    codebook, _ = open_codebook(project)
    placed = stories_of(read_splits(project.split_file(DEFAULT)))
    stories = {one.id: placed.get(one.id) or one.group or one.id for one in read_articles(project, with_text=False)}
    options = options._replace(articles=article_streams(project, with_text=options.gamma))
    return agreement(sets_of(project), codebook, kinds_of(project), stories, options)


def write(agreement: Agreement, path: Path) -> None:
    """Write agreement as JSON, whole or not at all."""
    with written_whole(path) as file:
        file.write(msgspec.json.format(msgspec.json.encode(agreement), indent=1) + b"\n")


def table(agreement: Agreement, short: bool = False) -> Iterator[str]:
    """Agreement as lines of text, under the heading that says who is compared with whom; what nobody did twice is left out.

    ``short``: the main statistics only.
    """
    figures = [figure for figure in agreement.figures if figure.main or not short]
    figures = [figure for figure in figures if figure.n] or figures
    yield f"{agreement.articles:,} articles in {agreement.groups:,} stories have several annotators" + (
        f"; 95 % intervals from {agreement.resamples:,} resamples of the stories" if agreement.resamples else ""
    )
    for kind, found in groupby(sorted(figures, key=lambda figure: HEADINGS.index(figure.kind)), key=lambda figure: figure.kind):
        yield f"agreement, {kind}{WORDS[kind]}"
        yield from _lines(list(found))


def _lines(figures: Sequence[Figure]) -> Iterator[str]:
    wide = [max(map(len, texts)) for texts in zip(*((one.layer, one.statistic) for one in figures), strict=True)]
    last = None
    for one in figures:
        layer, last = (one.layer if one.layer != last else ""), one.layer
        value = f"{one.value:7.3f}" if one.value is not None else "      –"
        interval = f"[{one.low:.3f}, {one.high:.3f}]" if one.low is not None else ""
        words = "   ".join(filter(None, (_against_target(one), one.reason, one.note)))
        line = f"  {layer:<{wide[0]}}  {one.statistic:<{wide[1]}}{value}  {interval:<16}  n {one.n:>7,}   {words}"
        yield line.rstrip()


def _against_target(figure: Figure) -> str:
    if figure.target is None or figure.value is None:
        return ""
    return f"target {figure.target:.2f} {'met' if figure.value >= figure.target else 'missed'}"
