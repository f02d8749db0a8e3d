"""Scores with intervals, and whether two systems differ: computed from one row of counts per story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from standpoint.agreement.counts import Interval, bootstrap
from standpoint.codebook.types import Codebook
from standpoint.core.files import written_whole
from standpoint.core.model import StandpointError
from standpoint.core.reporter import Reporter
from standpoint.dataset.release_folder import Release, open_release
from standpoint.dataset.rows import annotations_of, said_of
from standpoint.dataset.schema import DOCUMENTS
from standpoint.scoring.doc import Doc, System, aligned, scheme_of, shares_of
from standpoint.scoring.metrics import Metric, of_scales, of_spans, precision, recall
from standpoint.scoring.predictions import read_predictions

SEED = 20310304
TURNS = 10_000  # of the randomisation


class Score(Struct, frozen=True, kw_only=True):
    """One number with its 95 % interval; ``value`` is None where there is a ``reason`` why it is not defined.

    ``n`` counts what gold has of it; ``official`` is false for what is looser than the official scores.
    """

    metric: str
    layer: str
    track: str
    official: bool
    value: float | None
    n: int
    precision: float | None = None
    recall: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    lower_is_better: bool = False


class Compared(Struct, frozen=True, kw_only=True):
    """A difference, the first system's value less the second's, and how probable one as large is by chance (two-sided)."""

    metric: str
    layer: str
    track: str
    difference: float | None
    p: float | None


class Report(Struct, frozen=True, kw_only=True):
    """All scores of one set of predictions."""

    articles: int
    groups: int
    resamples: int
    seed: int
    scores: tuple[Score, ...]


def metrics_of(codebook: Codebook) -> list[Metric]:
    """All metrics that a codebook's layers have."""
    scheme = scheme_of(codebook)
    return list(chain(of_spans(scheme), of_scales(scheme)))


def counted(gold: Mapping[str, Doc], predicted: Mapping[str, Doc], codebook: Codebook) -> list[np.ndarray]:
    """The counts of each metric: a row a group, in the order of the groups' names."""
    scheme, metrics = scheme_of(codebook), metrics_of(codebook)
    places = {group: number for number, group in enumerate(sorted({doc.group or doc.article_id for doc in gold.values()}))}
    sheets = [np.zeros((len(places), metric.width)) for metric in metrics]
    for name, right in gold.items():
        said = aligned(predicted.get(name, Doc(name)), right, scheme)
        for metric, sheet in zip(metrics, sheets, strict=True):
            sheet[places[right.group or name]] += metric.count(right, said)
    return sheets


def score(
    gold: Mapping[str, Doc], predicted: Mapping[str, Doc], codebook: Codebook, resamples: int = 10_000, seed: int = SEED
) -> Report:
    """The scores of predictions; articles of gold without any count as ones of which nothing was predicted."""
    sheets, metrics = counted(gold, predicted, codebook), metrics_of(codebook)
    groups = len(sheets[0]) if sheets else 0
    bounds = _intervals(metrics, sheets, groups, resamples, seed)
    scores = tuple(_scored(metric, sheet.sum(axis=0), *pair) for metric, sheet, pair in zip(metrics, sheets, bounds, strict=True))
    return Report(articles=len(gold), groups=groups, resamples=resamples, seed=seed, scores=scores)


def _scored(metric: Metric, sums: np.ndarray, low: float | None, high: float | None) -> Score:
    value = _number(metric.measure(sums[None])[0])
    return Score(
        metric=metric.name,
        layer=metric.layer,
        track=metric.track,
        official=metric.kind == "official",
        value=value,
        n=round(metric.n(sums)),
        precision=precision(sums) if metric.precision_recall else None,
        recall=recall(sums) if metric.precision_recall else None,
        low=low if value is not None else None,
        high=high if value is not None else None,
        reason="" if value is not None else metric.nothing,
        lower_is_better=metric.lower_is_better,
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _intervals(metrics: Sequence[Metric], sheets: Sequence[np.ndarray], groups: int, resamples: int, seed: int) -> list[Interval]:
    if groups < 2 or not resamples:
        return [(None, None)] * len(metrics)

    def measure(weights: np.ndarray) -> np.ndarray:
        doubles = weights.astype(float)
        return np.array([metric.measure(doubles @ sheet) for metric, sheet in zip(metrics, sheets, strict=True)])

    return bootstrap(measure, groups, resamples, [seed])


def compare(
    gold: Mapping[str, Doc],
    one: Mapping[str, Doc],
    other: Mapping[str, Doc],
    codebook: Codebook,
    turns: int = TURNS,
    seed: int = SEED,
) -> list[Compared]:
    """Each metric's difference between two systems, with its p; None where one of the two has no value."""
    metrics = metrics_of(codebook)
    ones, others = (counted(gold, said, codebook) for said in (one, other))
    swaps = np.random.default_rng(seed).random((turns, len(ones[0]) if ones else 0)) < 0.5
    return [_compared(metric, mine, yours, swaps) for metric, mine, yours in zip(metrics, ones, others, strict=True)]


def _compared(metric: Metric, one: np.ndarray, other: np.ndarray, swaps: np.ndarray) -> Compared:
    apart = metric.measure(one.sum(axis=0)[None])[0] - metric.measure(other.sum(axis=0)[None])[0]
    moved = swaps.astype(float) @ (other - one)
    by_chance = metric.measure(one.sum(axis=0) + moved) - metric.measure(other.sum(axis=0) - moved)
    # A hair is left for rounding: what is equal in exact numbers counts as equal.
    as_large = np.sum(np.abs(by_chance[~np.isnan(by_chance)]) >= abs(apart) - 1e-12)
    p = None if np.isnan(apart) else float((as_large + 1) / (len(swaps) + 1))
    return Compared(metric=metric.name, layer=metric.layer, track=metric.track, difference=_number(apart), p=p)


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
    """The adjudicated sets of one split of a release on disk."""
    return gold_of(open_release(release), split)


def gold_of(found: Release, split: str) -> Gold:
    """The same of a release that is open."""
    schema = found.schema
    docs: dict[str, Doc] = {}
    tiers, splits = set(), set()
    for name, row in found.rows(DOCUMENTS):
        splits.add(name)
        if name == split:
            soft = {
                layer: {of: shares_of(labels) for of, labels in by.items() if labels}
                for layer, by in said_of(row, schema).items()
            }
            length = row["zones"][-1]["end"] if row["zones"] else row["annotated_until"]
            annotations = tuple(annotations_of(row, schema))
            docs[row["id"]] = Doc(row["id"], row["story"], length, row["text"], annotations, soft, row["annotated_until"])
            tiers.add(row["tier"])
    if not docs:
        raise StandpointError(f"{found.folder}: no split is called {split!r}", f"there are {', '.join(sorted(splits))}")
    return Gold(docs, schema.codebook, tuple(sorted(tiers)), split)


def score_file(gold: Gold, path: Path, resamples: int, seed: int, reporter: Reporter) -> Run:
    """The scores of one file; StandpointError, after all its faults were told, where it has any."""
    system, docs, issues = read_predictions(path, gold.docs, gold.codebook)
    for issue in issues:
        reporter.report(issue)
    if wrong := sum(issue.level == "error" for issue in issues):
        raise StandpointError(
            f"{path}: {wrong} fault(s); nothing is scored", "fix what is told above: a fault is never left out in silence"
        )
    return Run(path, system, docs, score(gold.docs, docs, gold.codebook, resamples, seed))


def compare_runs(gold: Gold, one: Run, other: Run, seed: int) -> list[Compared]:
    """The first system's scores less the second's."""
    return compare(gold.docs, one.docs, other.docs, gold.codebook, seed=seed)


def score_table(gold: Gold, runs: Sequence[Run]) -> Iterator[str]:
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


def difference_lines(one: Run, other: Run, found: Sequence[Compared]) -> Iterator[str]:
    """The comparison in lines."""
    yield f"{one.path.name} less {other.path.name}, and how probable a difference as large is by chance"
    for item in found:
        if item.difference is not None:
            yield f"  {item.metric:<22}{item.layer:<12}{item.difference:+7.3f}  p {item.p:.4f}"


def write_scores(gold: Gold, runs: Sequence[Run], compared: Sequence[Compared], path: Path) -> None:
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
