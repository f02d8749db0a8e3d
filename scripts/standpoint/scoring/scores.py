"""Scores with intervals, and the comparison of two systems, computed from one row of counts per story."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from msgspec import Struct

from standpoint.agreement.counts import ratio
from standpoint.agreement.resampling import NO_INTERVAL, Interval, bootstrap, chance_of, exchanges, least_chance, too_few
from standpoint.codebook.types import Codebook
from standpoint.core.files import write_json
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import RESAMPLES, SEED
from standpoint.dataset.rows import annotations_of, distributions_of
from standpoint.dataset.schema import DOCUMENTS, Schema
from standpoint.scoring.doc import Doc, System, align_new_actors, scheme_of, shares_of, within
from standpoint.scoring.measures import OFFICIAL, Metric
from standpoint.scoring.metrics import metrics_of
from standpoint.scoring.predictions import read_predictions, refuse_faults

TURNS = 10_000  # of the randomisation


class Score(Struct, frozen=True, kw_only=True):
    """One number with its 95 % interval. If it is not defined, ``value`` is None and ``reason`` says why.

    ``no_interval`` says why there is no interval, if one was asked for (``agreement.resampling``).
    """

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
    no_interval: str = ""
    reason: str = ""
    lower_is_better: bool = False


class Compared(Struct, frozen=True, kw_only=True):
    """The first system's value minus the second's, and the probability of so large a difference by chance (two-sided).

    ``least_p``: the smallest probability that can be reached in the stories in which the systems differ.
    """

    metric: str
    layer: str
    track: str
    difference: float | None
    p: float | None
    least_p: float | None


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

    several = resamples and not too_few(groups)
    intervals: list[Interval] = bootstrap(measure, groups, resamples, [seed]) if several else [NO_INTERVAL] * len(metrics)
    few = [too_few(int(table.any(axis=1).sum())) if resamples else "" for table in counts]  # stories with anything to count
    rows = zip(metrics, counts, intervals, few, strict=True)
    scores = tuple(_score(metric, table.sum(axis=0), interval, reason) for metric, table, interval, reason in rows)
    return Report(articles=len(gold), groups=groups, resamples=resamples, seed=seed, scores=scores)


def _score(metric: Metric, sums: np.ndarray, interval: Interval, no_interval: str) -> Score:
    value = _number(metric.measure(sums[None])[0])
    low, high = NO_INTERVAL if value is None or no_interval else interval
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
        low=low,
        high=high,
        no_interval=no_interval if value is not None else "",
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
    """The difference of each metric between two systems, and its p; None where one of the systems has no value.

    Randomisation: the two systems' counts of a story are exchanged or not, in all ways if these are no more than ``turns``.
    """
    (metrics, first_counts), (_, second_counts) = (counts_by_story(gold, docs, codebook, given) for docs in (first, second))
    return [_compared(*row, turns, seed) for row in zip(metrics, first_counts, second_counts, strict=True)]


def _compared(metric: Metric, first: np.ndarray, second: np.ndarray, turns: int, seed: int) -> Compared:
    difference = metric.measure(first.sum(axis=0)[None])[0] - metric.measure(second.sum(axis=0)[None])[0]
    differ = (first != second).any(axis=1)
    swaps, all_of_them = exchanges(int(differ.sum()), turns, seed)
    swapped = swaps.astype(float) @ (second - first)[differ]
    by_chance = metric.measure(first.sum(axis=0) + swapped) - metric.measure(second.sum(axis=0) - swapped)
    p, least = None, None
    if not np.isnan(difference):
        p = chance_of(difference, by_chance, all_of_them)
        least = least_chance(int(differ.sum()), turns)
    found = {"difference": _number(difference), "p": p, "least_p": least}
    return Compared(metric=metric.name, layer=metric.layer, track=metric.track, **found)


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
    refuse_faults(path, issues, reporter)
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
