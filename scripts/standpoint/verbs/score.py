"""How good predictions are: score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

import msgspec

from standpoint.assess.scoring import Compared, Doc, Report, Score, System, compare, read_predictions, score
from standpoint.assess.scoring.doc import shares_of
from standpoint.codebook.types import Codebook
from standpoint.jsonlines import written_whole
from standpoint.model import StandpointError
from standpoint.publish.back import annotations_of, said_of
from standpoint.publish.hydrate import Release, open_release
from standpoint.publish.shape import DOCUMENTS
from standpoint.verbs.tell import Teller


class Gold(NamedTuple):
    """What is scored against: a split of a release."""

    docs: dict[str, Doc]
    codebook: Codebook
    tiers: tuple[str, ...]
    split: str


class Run(NamedTuple):
    """One file of predictions and its scores."""

    path: Path
    system: System
    docs: dict[str, Doc]
    report: Report


def read_gold(release: Path, split: str) -> Gold:
    """The settled sets of one split of a release on disk."""
    return gold_of(open_release(release), split)


def gold_of(found: Release, split: str) -> Gold:
    """The same of a release that is open."""
    shape = found.shape
    docs: dict[str, Doc] = {}
    tiers, splits = set(), set()
    for name, row in found.rows(DOCUMENTS):
        splits.add(name)
        if name == split:
            soft = {
                layer: {of: shares_of(labels) for of, labels in by.items() if labels} for layer, by in said_of(row, shape).items()
            }
            length = row["zones"][-1]["end"] if row["zones"] else row["annotated_until"]
            annotations = tuple(annotations_of(row, shape))
            docs[row["id"]] = Doc(row["id"], row["story"], length, row["text"], annotations, soft, row["annotated_until"])
            tiers.add(row["tier"])
    if not docs:
        raise StandpointError(f"{found.folder}: no split is called {split!r}", f"there are {', '.join(sorted(splits))}")
    return Gold(docs, shape.codebook, tuple(sorted(tiers)), split)


def run(gold: Gold, path: Path, resamples: int, seed: int, tell: Teller) -> Run:
    """The scores of one file; StandpointError, after all its faults were told, where it has any."""
    system, docs, issues = read_predictions(path, gold.docs, gold.codebook)
    for issue in issues:
        tell.tell(issue)
    if wrong := sum(issue.level == "error" for issue in issues):
        raise StandpointError(
            f"{path}: {wrong} fault(s); nothing is scored", "mend what is told above: a fault is never left out in silence"
        )
    return Run(path, system, docs, score(gold.docs, docs, gold.codebook, resamples, seed))


def against(gold: Gold, one: Run, other: Run, seed: int) -> list[Compared]:
    """The first system's scores less the second's."""
    return compare(gold.docs, one.docs, other.docs, gold.codebook, seed=seed)


def table(gold: Gold, runs: Sequence[Run]) -> Iterator[str]:
    """The scores in lines, track by track, official ones first; of several runs their mean and standard deviation too."""
    first = runs[0]
    tiers = ", ".join(gold.tiers)
    yield f"{first.report.articles:,} articles in {first.report.groups:,} stories, split {gold.split}, tier {tiers}"
    if "silver" in gold.tiers:
        yield "silver: machines made what is scored against; a score says how like them a system is, not how right"
    for one in runs:
        many = "" if one.system.single_model else ", an ensemble"
        yield f"{one.path.name}: {one.system.system}, seed {one.system.seed if one.system.seed is not None else 'none'}{many}"
    scores = sorted(first.report.scores, key=lambda one: (one.track, not one.official))
    for (track, official), found in groupby(scores, key=lambda one: (one.track, one.official)):
        yield f"{track}, {'official' if official else 'diagnostics'}"
        for one in found:
            yield _line(one, [_same(one, other.report) for other in runs[1:]])


def _same(one: Score, report: Report) -> Score:
    return next(other for other in report.scores if (other.metric, other.layer) == (one.metric, one.layer))


def _line(one: Score, others: Sequence[Score]) -> str:
    values = [other.value for other in (one, *others) if other.value is not None]
    name = f"  {one.metric:<22}{one.layer:<12}"
    if one.value is None:
        return f"{name}      –  {one.reason}"
    interval = f"[{one.low:.3f}, {one.high:.3f}]" if one.low is not None else ""
    halves = [f"{letter} {value:.3f}" for letter, value in (("P", one.precision), ("R", one.recall)) if value is not None]
    spread = f"  mean {mean(values):.3f} ± {stdev(values):.3f} of {len(values)}" if len(values) > 1 else ""
    less = "  less is better" if one.lower_is_better else ""
    return f"{name}{one.value:7.3f}  {interval:<16}  n {one.n:>5,}  {'  '.join(halves)}{spread}{less}".rstrip()


def differences(one: Run, other: Run, found: Sequence[Compared]) -> Iterator[str]:
    """The comparison in lines."""
    yield f"{one.path.name} less {other.path.name}, and how probable a difference as large is by chance"
    for item in found:
        if item.difference is not None:
            yield f"  {item.metric:<22}{item.layer:<12}{item.difference:+7.3f}  p {item.p:.4f}"


def write(gold: Gold, runs: Sequence[Run], compared: Sequence[Compared], path: Path) -> None:
    """All of it as JSON, whole or not at all."""
    values = {
        "split": gold.split,
        "tiers": gold.tiers,
        "codebook_version": gold.codebook.version,
        "runs": [{"file": one.path.name, "system": one.system, "report": one.report} for one in runs],
        "compared": compared,
    }
    with written_whole(path) as file:
        file.write(msgspec.json.format(msgspec.json.encode(values), indent=1) + b"\n")
