"""Whether an annotator may begin: their sets measured against the adjudicated ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.agreement.agreement import Options, compute_agreement
from standpoint.agreement.figures import Figure
from standpoint.codebook.load import SHARE, WITHIN_ONE, distances, has_signs, open_codebook
from standpoint.codebook.types import Codebook, Layer, Target
from standpoint.core.corpus import read_adjudicated, read_annotation_sets
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Choice, Issue, StandpointError
from standpoint.core.paths import Project
from standpoint.core.provenance import load_annotators
from standpoint.core.reporter import Reporter

KEY = "adjudicated"  # stands for the annotator of the adjudicated sets; no pseudonym is called so
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
    """What came of it. ``tiers`` are those of the adjudicated sets: silver ones are a machine's, and prove little."""

    articles: tuple[str, ...]
    tiers: tuple[str, ...]
    grades: tuple[Graded, ...]
    leans: tuple[Lean, ...]

    @property
    def passed(self) -> bool:
        return bool(self.grades) and all(one.passed for one in self.grades) and not any(one.one_sided for one in self.leans)


def qualify(
    annotator: str, sets: Sequence[AnnotationSet], adjudicated: Mapping[str, AdjudicatedSet], codebook: Codebook
) -> tuple[Qualification, list[Issue]]:
    """How an annotator's sets compare with the adjudicated sets; a note for each article that they helped to resolve."""
    own = [one for one in sets if one.annotator == annotator and one.article_id in adjudicated]
    helped = dict.fromkeys(one.article_id for one in own if annotator in adjudicated[one.article_id].annotators)
    issues = [
        Issue(name, "QUALIFY-OWN", f"{annotator}'s own set is part of what was adjudicated; left out", "note") for name in helped
    ]
    own = [one for one in own if one.article_id not in helped]
    key = [_as_reading(adjudicated[one.article_id], one, codebook) for one in own]
    streams = [[one] for one in (*own, *key)]
    figures = compute_agreement(streams, codebook, {}, None, Options(resamples=0)).figures if own else ()
    articles = tuple(dict.fromkeys(one.article_id for one in own))
    tiers = tuple(sorted({adjudicated[name].tier for name in articles}))
    grades = tuple(_assess_qualify_graded(target, figures, codebook) for target in codebook.qualification)
    return Qualification(articles, tiers, grades, tuple(_leans(own, key, codebook))), issues


def _as_reading(one: AdjudicatedSet, like: AnnotationSet, codebook: Codebook) -> AnnotationSet:
    """What was adjudicated in a pass, as one more annotation set of the same kind."""
    layers = {layer.name for layer in codebook.layers_of(like.pass_name)}
    annotations = tuple(item for item in one.annotations if item.layer in layers)
    return replace(like, annotator=KEY, annotations=annotations)


def _assess_qualify_graded(target: Target, figures: Iterable[Figure], codebook: Codebook) -> Graded:
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


def grade_annotator(project: Project, annotator: str, articles: Sequence[str], reporter: Reporter) -> Qualification:
    """An annotator's sets against the adjudicated ones; ``articles``: only these."""
    codebook, _ = open_codebook(project)
    if not codebook.qualification:
        raise StandpointError(f"{project.codebook}: no qualification", "name layers, statistics and thresholds under that key")
    own = [one for one in read_annotation_sets(project) if one.annotator == annotator]
    if not own:
        known = ", ".join(load_annotators(project.annotators)) or "nobody"
        raise StandpointError(f"there is no annotation set of {annotator}", f"pull or import theirs first; there is {known}")
    wanted = set(articles) or {one.article_id for one in own}
    if missing := sorted(wanted - {one.article_id for one in own}):
        raise StandpointError(f"{annotator} has not annotated {missing[0]}", "name articles that they have")
    adjudicated = {one.article_id: one for one in read_adjudicated(project) if one.article_id in wanted}
    found, issues = qualify(annotator, own, adjudicated, codebook)
    for issue in issues:
        reporter.report(issue)
    return found


def qualification_lines(annotator: str, found: Qualification, codebook: Codebook) -> Iterator[str]:
    """What came of it, in plain words."""
    if not found.articles:
        yield f"{annotator} cannot be graded: no article of theirs was adjudicated without them"
        return
    yield f"{annotator} against the adjudicated sets of {len(found.articles)} article(s), tier {', '.join(found.tiers)}"
    if len(found.articles) < FEW:
        yield f"  {FEW} articles are asked for: take this as a trial"
    if "silver" in found.tiers:
        yield "  silver: machines made what this is measured against; it shows who reads as they do, and not who is right"
    for one in found.grades:
        yield from _verbs_qualify_graded(one, codebook)
    for lean in found.leans:
        how = f"{lean.above} time(s) too favourable, {lean.below} too unfavourable"
        yield f"  {lean.layer} of {lean.actor}: the wrong side {how}" + ("  LEANS ONE WAY" if lean.one_sided else "")
    yield f"{annotator} {'qualifies' if found.passed else 'does not qualify yet'}"


def _verbs_qualify_graded(one: Graded, codebook: Codebook) -> Iterator[str]:
    if one.value is None:
        yield f"  {one.layer:<10}{one.statistic:<26}      –  nothing to measure, should be {one.threshold:.2f}"
        return
    verdict = "passed" if one.passed else "NOT PASSED"
    yield f"  {one.layer:<10}{one.statistic:<26}{one.value:7.3f}  should be {one.threshold:.2f}, n {one.n:,}: {verdict}"
    if not one.passed:
        page = codebook.by_name[one.layer].guide.partition(".html")[0]
        where = f"guidelines/{page}.md" if page else f"the definition of {one.layer} in guidelines/codebook.yaml"
        yield f"            read up: {where}"
