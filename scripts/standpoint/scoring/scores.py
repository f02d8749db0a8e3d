"""Scores with intervals, and the comparison of two systems, computed from one row of counts per story."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from msgspec import Struct
from msgspec.structs import replace as replace_struct

from standpoint.agreement.counts import ratio
from standpoint.agreement.resampling import NO_INTERVAL, Interval, bootstrap, chance_of, exchanges, least_chance, too_few
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import RESOLUTIONS, Codebook
from standpoint.core.files import write_json
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import RESAMPLES, SEED
from standpoint.dataset.card_baselines import Baseline
from standpoint.dataset.rows import annotations_of, distributions_of
from standpoint.dataset.schema import DOCUMENTS, Schema
from standpoint.scoring.doc import Doc, System, align_new_actors, scheme_of, shares_of
from standpoint.scoring.measures import OFFICIAL, Metric
from standpoint.scoring.metrics import metrics_of
from standpoint.scoring.predictions import read_predictions, refuse_faults
from standpoint.scoring.undecided import REASONS, ZONE, LeftOut, annotatable, leave_out, notes, total
from standpoint.splits.splits import DEFAULT

TURNS = 10_000  # of the randomisation
SINGLE = "single"  # how what one annotator alone made was adjudicated


class Score(Struct, frozen=True, kw_only=True):
    """One number with its 95 % interval. If it is not defined, ``value`` is None and ``reason`` says why.

    ``no_interval`` says why there is no interval, if one was asked for (``agreement.resampling``). ``left_out``: how many
    predictions are neither right nor wrong (``undecided``). ``single``: the share of gold's annotations that one annotator alone
    made, None if it is not known. ``over``: of a macro average, the labels that it is over; ``labels``: how many there are.
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
    left_out: int = 0
    single: float | None = None
    over: tuple[str, ...] | None = None
    labels: int | None = None


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
    left_out: tuple[tuple[str, str, int], ...] = ()  # layer, code and number of predictions (``undecided.REASONS``)


class Counts(NamedTuple):
    """What is counted of a system: for each metric a table with a row per story, what is left out, and gold's annotations."""

    metrics: list[Metric]
    tables: list[np.ndarray]
    left_out: LeftOut
    annotations: Counter[str]  # of gold, by layer, where it is known how many annotators made them
    single: Counter[str]  # those that one annotator alone made


def counts_by_story(
    gold: Mapping[str, Doc], predicted: Mapping[str, Doc], codebook: Codebook, given: Collection[str] = ()
) -> Counts:
    """The counts of a system. The stories are sorted by name."""
    scheme = scheme_of(codebook)
    metrics = list(metrics_of(scheme, given))
    rows = {group: number for number, group in enumerate(sorted({doc.group or doc.article_id for doc in gold.values()}))}
    tables = [np.zeros((len(rows), metric.width)) for metric in metrics]
    counts = Counts(metrics, tables, Counter(), Counter(), Counter())
    for name, gold_doc in gold.items():
        aligned = align_new_actors(predicted.get(name, Doc(name)), gold_doc, scheme)
        known, kept, left_out = leave_out(gold_doc, aligned, codebook)
        counts.left_out.update(left_out)
        if gold_doc.single is not None:
            counts.annotations.update(item.layer for item in gold_doc.annotations)
            counts.single.update(item.layer for item in gold_doc.annotations if item.id in gold_doc.single)
        for metric, table in zip(metrics, tables, strict=True):
            table[rows[gold_doc.group or name]] += metric.columns(known, kept)
    return counts


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
    counts = counts_by_story(gold, predicted, codebook, given)
    groups = len(counts.tables[0]) if counts.tables else 0

    def measure(weights: np.ndarray) -> np.ndarray:
        doubles = weights.astype(float)
        return np.array([metric.measure(doubles @ table) for metric, table in zip(counts.metrics, counts.tables, strict=True)])

    several = resamples and not too_few(groups)
    intervals = bootstrap(measure, groups, resamples, [seed]) if several else [NO_INTERVAL] * len(counts.metrics)
    scores = []
    for metric, table, interval in zip(counts.metrics, counts.tables, intervals, strict=True):
        stories = int(table.any(axis=1).sum())  # those with anything to count
        scores.append(_score(metric, table.sum(axis=0), counts, interval, too_few(stories) if resamples else ""))
    left_out = tuple((*key, count) for key, count in sorted(counts.left_out.items()))
    return Report(articles=len(gold), groups=groups, resamples=resamples, seed=seed, scores=tuple(scores), left_out=left_out)


def _score(metric: Metric, sums: np.ndarray, counts: Counts, interval: Interval, no_interval: str) -> Score:
    value = _number(metric.measure(sums[None])[0])
    low, high = NO_INTERVAL if value is None or no_interval else interval
    precision, recall = ratio(sums[0], sums[1:3]) if metric.precision_recall else (np.nan, np.nan)
    layers = metric.layers or (metric.layer,)
    annotations = sum(counts.annotations[layer] for layer in layers)
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
        left_out=total(counts.left_out, layers),
        single=sum(counts.single[layer] for layer in layers) / annotations if annotations else None,
        over=tuple(metric.over(sums)) if metric.classes and value is not None else None,
        labels=sum(map(bool, metric.classes)) or None,
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
    one, other = (counts_by_story(gold, docs, codebook, given) for docs in (first, second))
    return [_compared(*row, turns, seed) for row in zip(one.metrics, one.tables, other.tables, strict=True)]


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
    registry: Registry | None = None  # None: not known


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

    @property
    def scheme(self) -> str: ...

    def rows(self, config: str, split: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]: ...

    def splits(self, config: str) -> set[str]: ...


def gold_of(release: Tables, split: str, reporter: Reporter | None = None, only: Collection[str] = ()) -> Gold:
    """The adjudicated sets of one split of a release, or ``only`` those of some of its articles. StandpointError if the release
    has no such split.

    What is where nobody could annotate is left out, as of predictions, and reported.
    """
    schema = release.schema
    docs: dict[str, Doc] = {}
    tiers, found = set(), list[Issue]()
    single: dict[str, set[str]] = defaultdict(set)
    for _, row in release.rows(RESOLUTIONS, split):
        if not only or row["article_id"] in only:
            single[row["article_id"]].update([row["annotation"]] if row["how"] == SINGLE and row["annotation"] else ())
    for _, row in release.rows(DOCUMENTS, split):
        if only and row["id"] not in only:
            continue
        doc, issues = gold_doc(row, schema)
        found += issues
        docs[row["id"]] = replace(doc, single=frozenset(single[doc.article_id])) if doc.article_id in single else doc
        tiers.add(row["tier"])
    if reporter:
        for issue in found:
            reporter.report(issue)
    if not docs:
        hint = f"it has {', '.join(sorted(release.splits(DOCUMENTS)))}: name one with --split"
        raise StandpointError(f"{release.folder}: no split is called {split!r}", hint)
    name = split if release.scheme == DEFAULT else f"{split} ({release.scheme})"
    return Gold(docs, schema.codebook, tuple(sorted(tiers)), name, getattr(release, "registry", None))


def gold_doc(row: Mapping[str, Any], schema: Schema) -> tuple[Doc, list[Issue]]:
    """The adjudicated annotations of a row of the documents that are where one could annotate, and notes about the others."""
    soft = {
        layer: {of: shares_of(labels.values()) for of, labels in answers.items()}
        for layer, answers in distributions_of(row, schema).items()
    }
    zones, until = [(zone["name"], zone["start"], zone["end"]) for zone in row["zones"]], row["annotated_until"]
    parts = schema.codebook.zones.parts(zones, until)
    conflicts = tuple((one["layer"], one["place"] or "") for one in row.get("open_conflicts") or ())
    everything = Doc(
        row["id"],
        row["story"],
        zones[-1][2] if zones else until,
        row["text"],
        tuple(annotations_of(row, schema)),
        soft,
        None if parts is None else tuple(parts),
        conflicts,
    )
    doc, issues = annotatable(everything), []
    if gone := len(everything.annotations) - len(doc.annotations):
        message = f"{gone} annotation(s) of the reference {REASONS[ZONE]} are not scored"
        issues.append(Issue(row["id"], "GOLD-ZONE", message, "note"))
    if unknown := (row.get("n_conflicts") or 0) - len(conflicts):
        message = f"{unknown} conflict(s) are open, and the release does not say where: what is predicted there counts as wrong"
        issues.append(Issue(row["id"], "GOLD-CONFLICT", message, "note"))
    return doc, issues


def score_file(gold: Gold, path: Path, resamples: int, seed: int, reporter: Reporter) -> Run:
    """The scores of one file of predictions. Reports each fault of the file; StandpointError if one is an error."""
    system, docs, issues = read_predictions(path, gold.docs, gold.codebook, registry=gold.registry)
    refuse_faults(path, issues, reporter)
    report = score(gold.docs, docs, gold.codebook, resamples, seed, system.given)
    for issue in remarks(path.name, report, system, docs, gold.codebook):
        reporter.report(issue)
    return Run(path, system, docs, report)


def refuse_mixture(runs: Sequence[Run], other: Run | None = None) -> None:
    """StandpointError unless the files are runs of one system with different seeds; ``other``: what it is compared with.

    The mean of two systems is the score of neither, and the spread of a run with itself is nothing.
    """
    first, *rest = runs
    for run in rest:
        same = [replace_struct(one.system, seed=None, note="") for one in (first, run)]
        if same[0] != same[1]:
            differing = next(name for name in same[0].__struct_fields__ if getattr(same[0], name) != getattr(same[1], name))
            message = f"{run.path.name}: {differing} is {getattr(run.system, differing)!r}, in {first.path.name} it is"
            hint = "several files are runs of one system; score each system by itself, or compare two with --against"
            raise StandpointError(f"{message} {getattr(first.system, differing)!r}", hint)
    seeds = [run.system.seed for run in runs]
    if rest and (None in seeds or len(set(seeds)) < len(seeds)):
        said = ", ".join("none" if seed is None else str(seed) for seed in seeds)
        raise StandpointError(
            f"{len(runs)} files with the seeds {said}", "each run of a system has a seed of its own in the first line"
        )
    if other and set(other.system.given) != set(first.system.given):
        given = [", ".join(run.system.given) or "nothing" for run in (first, other)]
        message = f"{first.path.name} was given {given[0]}, {other.path.name} was given {given[1]}"
        raise StandpointError(message, "compare two systems that were given the same")


def remarks(where: str, report: Report, system: System, docs: Mapping[str, Doc], codebook: Codebook) -> list[Issue]:
    """Notes about the predictions of a file that are not scored."""
    issues = notes({(layer, code): count for layer, code, count in report.left_out}, where)
    if system.given:
        scored = {*system.given, *(one.layer for one in report.scores)}
        links = [layer for layer in codebook.layers if layer.kind == "relation" and layer.name in scored]
        scored |= {layer.name for layer in codebook.layers if any(link.ends_on(layer.name) for link in links)}
        counted = Counter(item.layer for doc in docs.values() for item in doc.annotations if item.layer not in scored)
        message = "{} prediction(s) of {} are not scored: they are about nothing that was given"
        issues += [Issue(where, "PRED-TRACK", message.format(count, layer), "note") for layer, count in counted.items()]
    return issues


def write_scores(gold: Gold, runs: Sequence[Run], compared: Sequence[Compared], controls: Sequence[Baseline], path: Path) -> None:
    """Write the scores, the comparison, and the scores of controls, as JSON."""
    values = {
        "split": gold.split,
        "tiers": gold.tiers,
        "codebook_version": gold.codebook.version,
        "runs": [{"file": run.path.name, "system": run.system, "report": run.report} for run in runs],
        "compared": compared,
        "controls": [{name: getattr(one, name) for name in ("system", "metric", "layer", "track", "value")} for one in controls],
    }
    write_json(path, values)
