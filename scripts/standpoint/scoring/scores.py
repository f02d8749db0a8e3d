"""Scores with intervals, and the comparison of two systems, computed from one row of counts per story."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from msgspec import Struct

from standpoint.agreement.counts import Interval, bootstrap, ratio
from standpoint.codebook.types import Codebook
from standpoint.core.files import write_json
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import RESAMPLES, SEED
from standpoint.dataset.rows import annotations_of, distributions_of
from standpoint.dataset.schema import DOCUMENTS, Schema
from standpoint.scoring.doc import Doc, System, align_new_actors, scheme_of, shares_of, within
from standpoint.scoring.measures import OFFICIAL, Metric
from standpoint.scoring.metrics import metrics_of
from standpoint.scoring.predictions import read_predictions

TURNS = 10_000  # of the randomisation


class Score(Struct, frozen=True, kw_only=True):
    """One number with its 95 % interval. If it is not defined, ``value`` is None and ``reason`` says why."""

    metric: str
    layer: str
    track: str
    official: bool  # False for diagnostics, which are less strict than the official scores
    value: float | None
    n: int  # items in gold
    precision: float | None = None
    recall: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    lower_is_better: bool = False


class Compared(Struct, frozen=True, kw_only=True):
    """The first system's value minus the second's, and the probability of so large a difference by chance (two-sided)."""

    metric: str
    layer: str
    track: str
    difference: float | None
    p: float | None


class Report(Struct, frozen=True, kw_only=True):
    articles: int
    groups: int
    resamples: int
    seed: int
    scores: tuple[Score, ...]


def counts_by_story(
    gold: Mapping[str, Doc], predicted: Mapping[str, Doc], codebook: Codebook, given: Collection[str] = ()
) -> tuple[list[Metric], list[np.ndarray]]:
    """The metrics of a codebook's layers and their counts: one row per story, sorted by the name of the story."""
    scheme = scheme_of(codebook)
    metrics = list(metrics_of(scheme, given))
    rows = {group: number for number, group in enumerate(sorted({doc.group or doc.article_id for doc in gold.values()}))}
    counts = [np.zeros((len(rows), metric.width)) for metric in metrics]
    for name, gold_doc in gold.items():
        predicted_doc = align_new_actors(predicted.get(name, Doc(name)), gold_doc, scheme)
        for metric, table in zip(metrics, counts, strict=True):
            table[rows[gold_doc.group or name]] += metric.columns(gold_doc, predicted_doc)
    return metrics, counts


def score(
    gold: Mapping[str, Doc],
    predicted: Mapping[str, Doc],
    codebook: Codebook,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    given: Collection[str] = (),
) -> Report:
    """The scores of predictions. For an article of gold that ``predicted`` does not have, nothing was predicted.

    ``given``: the layers whose spans the predictions have from gold, with gold's ids (``System.given``).
    """
    metrics, counts = counts_by_story(gold, predicted, codebook, given)
    groups = len(counts[0]) if counts else 0

    def measure(weights: np.ndarray) -> np.ndarray:
        doubles = weights.astype(float)
        return np.array([metric.measure(doubles @ table) for metric, table in zip(metrics, counts, strict=True)])

    several = groups > 1 and resamples
    intervals: list[Interval] = bootstrap(measure, groups, resamples, [seed]) if several else [(None, None)] * len(metrics)
    scores = tuple(
        _score(metric, table.sum(axis=0), *interval) for metric, table, interval in zip(metrics, counts, intervals, strict=True)
    )
    return Report(articles=len(gold), groups=groups, resamples=resamples, seed=seed, scores=scores)


def _score(metric: Metric, sums: np.ndarray, low: float | None, high: float | None) -> Score:
    value = _number(metric.measure(sums[None])[0])
    precision, recall = ratio(sums[0], sums[1:3]) if metric.precision_recall else (np.nan, np.nan)
    return Score(
        metric=metric.name,
        layer=metric.layer,
        track=metric.track,
        official=metric.kind == OFFICIAL,
        value=value,
        n=round(sums[metric.n].sum()),
        precision=_number(precision),
        recall=_number(recall),
        low=low if value is not None else None,
        high=high if value is not None else None,
        reason="" if value is not None else metric.nothing,
        lower_is_better=metric.lower_is_better,
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def compare(
    gold: Mapping[str, Doc],
    first: Mapping[str, Doc],
    second: Mapping[str, Doc],
    codebook: Codebook,
    turns: int = TURNS,
    seed: int = SEED,
    given: Collection[str] = (),
) -> list[Compared]:
    """The difference of each metric between two systems, and its p; None where one of the systems has no value."""
    (metrics, first_counts), (_, second_counts) = (counts_by_story(gold, docs, codebook, given) for docs in (first, second))
    swaps = np.random.default_rng(seed).random((turns, len(first_counts[0]) if first_counts else 0)) < 0.5
    return [_compared(*row, swaps) for row in zip(metrics, first_counts, second_counts, strict=True)]


def _compared(metric: Metric, first: np.ndarray, second: np.ndarray, swaps: np.ndarray) -> Compared:
    """Approximate randomisation: each story's counts are swapped between the two systems with a probability of one half."""
    difference = metric.measure(first.sum(axis=0)[None])[0] - metric.measure(second.sum(axis=0)[None])[0]
    swapped = swaps.astype(float) @ (second - first)
    by_chance = metric.measure(first.sum(axis=0) + swapped) - metric.measure(second.sum(axis=0) - swapped)
    # Exactly equal differences may differ by rounding; they count as equal.
    as_large = np.sum(np.abs(by_chance[~np.isnan(by_chance)]) >= abs(difference) - 1e-12)
    p = None if np.isnan(difference) else float((as_large + 1) / (len(swaps) + 1))
    return Compared(metric=metric.name, layer=metric.layer, track=metric.track, difference=_number(difference), p=p)


class Gold(NamedTuple):
    """The split of a release that predictions are scored against."""

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


class Tables(Protocol):
    """What the reference is read from: a release, or its rows in memory."""

    @property
    def folder(self) -> Path: ...

    @property
    def schema(self) -> Schema: ...

    def rows(self, config: str, split: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]: ...

    def splits(self, config: str) -> set[str]: ...


def gold_of(release: Tables, split: str, reporter: Reporter | None = None) -> Gold:
    """The adjudicated sets of one split of a release; StandpointError if the release has no such split.

    What is after the annotation window is left out, as of predictions, and reported.
    """
    schema = release.schema
    docs: dict[str, Doc] = {}
    tiers = set()
    for _, row in release.rows(DOCUMENTS, split):
        soft = {
            layer: {of: shares_of(labels.values()) for of, labels in answers.items()}
            for layer, answers in distributions_of(row, schema).items()
        }
        length = row["zones"][-1]["end"] if row["zones"] else row["annotated_until"]
        annotations, until = annotations_of(row, schema), row["annotated_until"]
        kept = tuple(within(annotations, until))
        if reporter and len(kept) < len(annotations):
            message = f"{len(annotations) - len(kept)} annotation(s) after the annotation window ({until}) are not scored"
            reporter.report(Issue(row["id"], "GOLD-WINDOW", message, "note"))
        docs[row["id"]] = Doc(row["id"], row["story"], length, row["text"], kept, soft, until)
        tiers.add(row["tier"])
    if not docs:
        hint = f"it has {', '.join(sorted(release.splits(DOCUMENTS)))}: name one with --split"
        raise StandpointError(f"{release.folder}: no split is called {split!r}", hint)
    return Gold(docs, schema.codebook, tuple(sorted(tiers)), split)


def score_file(gold: Gold, path: Path, resamples: int, seed: int, reporter: Reporter) -> Run:
    """The scores of one file of predictions. Reports each fault of the file; StandpointError if one is an error."""
    system, docs, issues = read_predictions(path, gold.docs, gold.codebook)
    for issue in issues:
        reporter.report(issue)
    if errors := sum(issue.level == "error" for issue in issues):
        hint = "fix the faults that are reported above: no prediction is left out silently"
        raise StandpointError(f"{path}: {errors} fault(s); nothing is scored", hint)
    return Run(path, system, docs, score(gold.docs, docs, gold.codebook, resamples, seed, system.given))


def write_scores(gold: Gold, runs: Sequence[Run], compared: Sequence[Compared], path: Path) -> None:
    """Write the scores and the comparison as JSON."""
    values = {
        "split": gold.split,
        "tiers": gold.tiers,
        "codebook_version": gold.codebook.version,
        "runs": [{"file": run.path.name, "system": run.system, "report": run.report} for run in runs],
        "compared": compared,
    }
    write_json(path, values)
