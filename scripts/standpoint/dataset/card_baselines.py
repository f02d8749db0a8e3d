"""The baselines on the card: what each is, their scores beside each other, and how much of each task the controls solve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

# The main score of each kind of layer, which docs/scoring.md has in bold; higher is better.
MAIN = frozenset(
    {"F1 exact", "F1 of arguments", "F1 end to end", "F1", "accuracy", "macro F1 of sides", "Cohen's kappa, quadratic weights"}
)


class Baseline(NamedTuple):
    """A score of a baseline on a split of the release (docs/scoring.md). ``control``: it reads no text; ``about``: what it is.

    ``single``: the share of the gold that one annotator alone made. ``over``: of a macro average, its labels. ``drawn``: the
    number of articles that were drawn from the split; 0 if all were scored.
    """

    system: str
    control: bool
    about: str
    split: str
    track: str
    metric: str
    layer: str
    value: float
    low: float | None
    high: float | None
    n: int
    single: float | None = None
    over: tuple[str, ...] | None = None
    drawn: int = 0


def baseline_values(scores: Sequence[Baseline], layers: Sequence[str]) -> dict[str, Any]:
    """What the template of the card says about the baselines. ``layers``: their names in the order of the codebook."""
    ordered = sorted(scores, key=lambda score: layers.index(score.layer))
    return {
        "systems": _systems(scores),
        "baselines": score_table(ordered),
        "described": {score.system: score.about for score in sorted(scores, key=attrgetter("control", "system"))},
        "controls": [name for name in _systems(scores) if name in {score.system for score in scores if score.control}],
        "solved": list(solved(ordered)),
    }


def _systems(scores: Iterable[Baseline]) -> list[str]:
    """The names of the baselines, sorted, the controls last."""
    return list(dict.fromkeys(score.system for score in sorted(scores, key=attrgetter("control", "system"))))


def score_table(scores: Sequence[Baseline]) -> list[list]:
    """One row per score: track, layer, score, the value of each system, n, single. What is 0 for all is left out."""
    rows: dict[tuple, dict[str, str]] = {}
    for score in scores:
        interval = f" ({score.low:.2f} to {score.high:.2f})" if score.low is not None else ""
        single = "–" if score.single is None else f"{score.single:.0%}"
        one_label = f", over one label: {score.over[0]}" if score.over and len(score.over) == 1 else ""
        key = score.track, score.layer, score.metric, one_label, score.n, single
        rows.setdefault(key, {})[score.system] = f"{score.value:.2f}{interval}"
    above_0, systems = _above_0(scores), _systems(scores)
    shown = ((key, values) for key, values in rows.items() if key[1:3] in above_0)
    return [
        [track, layer, metric + over, *(values.get(system, "–") for system in systems), n, single]
        for (track, layer, metric, over, n, single), values in shown
    ]


def _above_0(scores: Iterable[Baseline]) -> set[tuple[str, str]]:
    """Layer and metric of the scores that are not 0 for all."""
    return {(score.layer, score.metric) for score in scores if score.value}


def solved(scores: Sequence[Baseline]) -> Iterable[str]:
    """For each task, the best control's main score, and that of the best other baseline. A task is a layer on a track.

    Of a scale, the main score is that of its sides if it has two.
    """
    tasks: dict[tuple[str, str, str], list[Baseline]] = {}
    above_0 = _above_0(scores)
    for score in scores:
        if score.metric in MAIN and (score.layer, score.metric) in above_0:
            tasks.setdefault((score.track, score.layer, score.metric), []).append(score)
    for (track, layer, metric), found in tasks.items():
        controls, others = ([score for score in found if score.control is control] for control in (True, False))
        if not controls or (metric.startswith("Cohen") and (track, layer, "macro F1 of sides") in tasks):
            continue
        value, names = _best(controls)
        sentence = f"{layer} ({track}), {metric}: {value} by {names}"
        if not others:
            yield f"{sentence}; no other baseline predicts it"
            continue
        other, other_names = _best(others)
        yield f"{sentence}; {other} by {other_names}" + (", which is less" if float(other) < float(value) else "")


def _best(scores: Sequence[Baseline]) -> tuple[str, str]:
    """The highest value, as the table shows it, and the names of those that have it."""
    shown = {score.system: f"{score.value:.2f}" for score in scores}
    best = max(shown.values(), key=float)
    return best, ", ".join(f"`{name}`" for name, value in sorted(shown.items()) if value == best)
