"""Whether an annotator may begin: their sets measured against the settled ones, layer by layer, with the codebook's thresholds.

The settled set of an article is taken for a second reading, and compared as agreement is (codebook, training and
qualification). On a scale that goes from against to for, a wrong side is worse than a wrong step: errors of sign are
told actor by actor, and a lean is where all of an actor's lie on one side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.assess.agreement import Options, agree
from standpoint.assess.figures import Figure
from standpoint.codebook.statistics import SHARE, WITHIN_ONE, distances, has_signs
from standpoint.codebook.types import Codebook, Layer, Target
from standpoint.model import AnnotationSet, Choice, Issue, SettledSet

KEY = "settled"  # stands for the annotator of the settled sets; no pseudonym is called so
FEW = 5  # articles that a qualification has


class Graded(NamedTuple):
    """One threshold: what was reached, None where nothing could be measured, and of how many annotations."""

    layer: str
    statistic: str
    value: float | None
    threshold: float
    n: int

    @property
    def passed(self) -> bool:
        return self.value is not None and self.value >= self.threshold


class Lean(NamedTuple):
    """Errors of sign about one actor: how often the answer was too favourable, and too unfavourable."""

    actor: str
    layer: str
    above: int
    below: int

    @property
    def one_sided(self) -> bool:
        return self.above + self.below > 1 and not (self.above and self.below)


class Qualification(NamedTuple):
    """What came of it. ``tiers`` are those of the settled sets: silver ones are a machine's, and prove little."""

    articles: tuple[str, ...]
    tiers: tuple[str, ...]
    grades: tuple[Graded, ...]
    leans: tuple[Lean, ...]

    @property
    def passed(self) -> bool:
        return bool(self.grades) and all(one.passed for one in self.grades) and not any(one.one_sided for one in self.leans)


def qualify(
    annotator: str, sets: Sequence[AnnotationSet], settled: Mapping[str, SettledSet], codebook: Codebook
) -> tuple[Qualification, list[Issue]]:
    """How an annotator's sets compare with the settled sets; a note for each article that they helped to settle."""
    own = [one for one in sets if one.annotator == annotator and one.article_id in settled]
    helped = dict.fromkeys(one.article_id for one in own if annotator in settled[one.article_id].annotators)
    issues = [
        Issue(name, "QUALIFY-OWN", f"{annotator}'s own set is part of what was settled; left out", "note") for name in helped
    ]
    own = [one for one in own if one.article_id not in helped]
    key = [_as_reading(settled[one.article_id], one, codebook) for one in own]
    streams = [[one] for one in (*own, *key)]
    figures = agree(streams, codebook, {}, None, Options(resamples=0)).figures if own else ()
    articles = tuple(dict.fromkeys(one.article_id for one in own))
    tiers = tuple(sorted({settled[name].tier for name in articles}))
    grades = tuple(_graded(target, figures, codebook) for target in codebook.qualification)
    return Qualification(articles, tiers, grades, tuple(_leans(own, key, codebook))), issues


def _as_reading(one: SettledSet, like: AnnotationSet, codebook: Codebook) -> AnnotationSet:
    """What was settled in a pass, as one more annotation set of the same kind."""
    layers = {layer.name for layer in codebook.layers_of(like.pass_name)}
    annotations = tuple(item for item in one.annotations if item.layer in layers)
    return replace(like, annotator=KEY, annotations=annotations)


def _graded(target: Target, figures: Iterable[Figure], codebook: Codebook) -> Graded:
    found = {one.statistic: one for one in figures if one.layer == target.layer}
    if target.statistic == WITHIN_ONE:
        near = [found.get(SHARE.format(one)) for one in distances(codebook.by_name[target.layer]) if one <= 1]
        values = [one.value for one in near if one is not None and one.value is not None]
        value, n = (sum(values) if values else None), max((one.n for one in near if one), default=0)
    else:
        figure = found.get(target.statistic)
        value, n = (figure.value, figure.n) if figure else (None, 0)
    return Graded(target.layer, target.statistic, value, target.value, n)


def _leans(own: Iterable[AnnotationSet], key: Iterable[AnnotationSet], codebook: Codebook) -> Iterator[Lean]:
    scales = [layer for layer in codebook.layers if layer.for_each and has_signs(layer)]
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for mine, right in zip(own, key, strict=True):
        for layer in scales:
            true = _values(right, layer)
            for actor, value in _values(mine, layer).items():
                if actor in true and _sign(value) != _sign(true[actor]):
                    counts[actor, layer.name][value < true[actor]] += 1
    for (actor, layer), (above, below) in sorted(counts.items()):
        yield Lean(actor, layer, above, below)


def _values(one: AnnotationSet, layer: Layer) -> dict[str, float]:
    """The value on the scale for each actor."""
    answers = [item for item in one.annotations if isinstance(item, Choice) and item.layer == layer.name]
    return {item.of: layer.by_name[item.label].value or 0.0 for item in answers if item.label in layer.by_name}


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
