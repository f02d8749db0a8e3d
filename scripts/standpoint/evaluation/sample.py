"""`standpoint sample`: which articles people should read, drawn with known probabilities, so that `estimate` stays right.

An article gets a score: higher if machines disagree about it, and if it is of a rare outlet, conflict or type. It is drawn if its
random number over its score is among the smallest. Its probability is that with which its number is below the limit that the
others set. So the sample has exactly as many articles as were asked for, and weights of one over the probability estimate any
sum without bias (N. Duffield, C. Lund and M. Thorup, Priority Sampling for Estimation of Arbitrary Subset Sums, Journal of the
ACM 54(6), 2007). The random number of an article follows from the team's seed and never changes: a larger sample has all articles
of a smaller one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import inf, prod
from sys import intern
from typing import NamedTuple

from standpoint.adjudication.content import views_by_pass
from standpoint.agreement.comparison import ITEMS, label_pairs
from standpoint.agreement.counts import Reading, continuum_of
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.corpus import article_streams, by_article, sets_of
from standpoint.core.files import inside
from standpoint.core.model import TAKEN_DOWN, Article, Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.core.provenance import as_listed, is_human, is_machine, kinds_of
from standpoint.team.plan import Drawn, read_sample, team_of, write_sample

FLOOR = 0.5  # what a score has without any disagreement: so one with nothing but disagreement is drawn three times as often
MOST = 2.0  # how much more, or less, often an article is drawn for what it covers
FACETS = ("outlet", "conflict", "type")


class Candidate(NamedTuple):
    """An article that may be drawn. ``disagreement``: the share of what machines said that differs, None of one machine alone.

    ``facets``: the article's values of each of ``FACETS``.
    """

    article_id: str
    disagreement: float | None
    facets: tuple[tuple[str, ...], ...]
    is_read: bool


class Sample(NamedTuple):
    """What was drawn: the rows of the pass's sample, the ids that are new in it, and all candidates by id."""

    pass_name: str
    machines: tuple[str, ...]
    rows: tuple[Drawn, ...]
    new: tuple[str, ...]
    candidates: Mapping[str, Candidate]


def draw_sample(project: Project, pass_name: str, number: int, machines: Sequence[str], reporter: Reporter) -> Sample:
    """Draw articles until the sample of a pass has so many, and write it; StandpointError without labels of machines."""
    codebook, registry = open_codebook(project)
    pass_name = pass_name or codebook.passes[0].name
    codebook.refuse_unknown_pass(pass_name)
    kinds = kinds_of(project)
    known = sorted(path.stem for path in inside(project.annotations, pass_name).glob("*.jsonl"))
    if unknown := sorted(set(machines) - set(known)):
        message = f"{unknown[0]} has annotated nothing in the pass {pass_name}"
        raise StandpointError(message, f"annotators with sets: {', '.join(known) or 'none'}")
    chosen = tuple(machines) or tuple(name for name in known if is_machine(kinds.get(name, "")))
    if not chosen:
        raise StandpointError(f"no machine has annotated anything in the pass {pass_name}", "standpoint annotate lets one do so")
    candidates = {one.article_id: one for one in candidates_of(project, codebook, registry, pass_name, chosen)}
    path, team = inside(project.samples, f"{pass_name}.tsv"), team_of(project)
    before = {row.article_id: row.probability for row in read_sample(path)}
    drawn = draw(scores(candidates.values()), number, lambda name: team.draw("sample", pass_name, name), before)
    rows = tuple(sorted(Drawn(*item) for item in drawn.items()))
    write_sample(path, rows)
    for issue in _notes(pass_name, rows, number, candidates):
        reporter.report(issue)
    return Sample(pass_name, chosen, rows, tuple(row.article_id for row in rows if row.article_id not in before), candidates)


def draw(
    scores: Mapping[str, float], number: int, chance: Callable[[str], float], before: Mapping[str, float]
) -> dict[str, float]:
    """The probabilities of ``number`` articles: those drawn ``before``, with theirs, and as many more as that leaves room for.

    ``chance`` is the random number of an article, from 0 to 1. With the same scores as before, the result is that of one draw.
    """
    rank = {name: chance(name) / score for name, score in scores.items() if name not in before}
    ranked = sorted(rank, key=lambda name: (rank[name], name))
    room = number - len(before)
    if room <= 0:
        return dict(before)
    limit = rank[ranked[room]] if room < len(ranked) else inf
    found = {name: min(1.0, limit * scores[name]) for name in (*before, *ranked[:room]) if name in scores}
    return found | {name: max(probability, found.get(name, 0.0)) for name, probability in before.items()}


def scores(candidates: Iterable[Candidate]) -> dict[str, float]:
    """The score of each article, which its probability is proportional to. None is more than twelve times as large as another."""
    candidates = list(candidates)
    counts = [Counter(value for one in candidates for value in one.facets[number]) for number in range(len(FACETS))]
    return {one.article_id: (FLOOR + (one.disagreement or 0.0)) * _rarity(one, counts) for one in candidates}


def _rarity(candidate: Candidate, counts: Sequence[Counter[str]]) -> float:
    """How rare an article is: 1 if all that it covers is as frequent as the average; the geometric mean over the facets.

    An article with several types counts by their mean.
    """
    rarities = []
    for values, count in zip(candidate.facets, counts, strict=True):
        average = count.total() / len(count) if count else 1.0
        found = [min(MOST, max(1 / MOST, average / count[value])) for value in values]
        rarities.append(sum(found) / len(found) if found else 1.0)
    return prod(rarities) ** (1 / len(rarities))


def candidates_of(
    project: Project, codebook: Codebook, registry: Registry, pass_name: str, machines: Collection[str]
) -> Iterator[Candidate]:
    """Each article that a machine has annotated in a pass, and that was not taken down."""
    layers, kinds = codebook.layers_of(pass_name), kinds_of(project)
    streams = sets_of(project)
    for article_id, known, sets, _ in by_article(article_streams(project, with_text=False), streams):
        if not known or TAKEN_DOWN in known[0].metadata:
            continue
        views = dict(views_by_pass([as_listed(one, kinds) for one in sets], codebook, registry)).get(pass_name, [])
        continuum = continuum_of(known[0], codebook)
        readings = [Reading(view, continuum) for view in views if view.annotator in machines]
        if readings:
            is_read = any(is_human(view.annotation_set.annotator_kind) for view in views)
            facets = _facets(known[0], readings, layers, registry)
            yield Candidate(article_id, disagreement(readings, layers), facets, is_read)


def disagreement(readings: Sequence[Reading], layers: Sequence[Layer]) -> float | None:
    """The share of items about which two annotators differ, over all pairs of annotators and all layers; None of one annotator.

    Items are matched as for the confusions of `standpoint agree`: what one has and the other has not is a difference.
    """
    if len(readings) < 2:
        return None
    pairs = combinations(readings, 2)
    differ = [found.label != found.other_label for pair in pairs for layer in layers for found in label_pairs(layer, *pair)]
    return sum(differ) / len(differ) if differ else 0.0


def _facets(
    article: Article, readings: Sequence[Reading], layers: Sequence[Layer], registry: Registry
) -> tuple[tuple[str, ...], ...]:
    """The article's outlet, the conflict that it is about, and the labels that machines gave, without actors."""
    labels = {
        (layer, item[-1])
        for reading in readings
        for layer in layers
        if layer.kind in ITEMS
        for item in ITEMS[layer.kind](reading, layer.name)
    }
    conflict = registry.conflict_of(article, [label for layer, label in labels if layer.labels_from and label in registry.by_id])
    types = sorted(intern(f"{layer.name} {label}") for layer, label in labels if not layer.labels_from)
    return (article.source,), (conflict,) if conflict else (), tuple(types)


def _notes(pass_name: str, rows: Sequence[Drawn], number: int, candidates: Mapping[str, Candidate]) -> Iterator[Issue]:
    """What the sample does not cover, and where it could not be as asked."""
    drawn = [candidates[row.article_id] for row in rows if row.article_id in candidates]
    for place, facet in enumerate(FACETS):
        every = {value for one in candidates.values() for value in one.facets[place]}
        if missing := sorted(every - {value for one in drawn for value in one.facets[place]}):
            message = (
                f"no article of {len(missing):,} {facet}(s) is drawn: {', '.join(missing[:10])}{', …' * (len(missing) > 10)}"
            )
            yield Issue(pass_name, "SAMPLE-UNCOVERED", message, "note", fix="a larger --number covers more")
    if len(rows) < number:
        message = f"{len(rows):,} article(s) are drawn, and not {number:,}: the machines have annotated no more"
        yield Issue(pass_name, "SAMPLE-ALL", message, "note")
    if len(rows) > number:
        message = f"the sample keeps the {len(rows):,} articles that it has, and not {number:,}: none is ever taken out"
        yield Issue(pass_name, "SAMPLE-KEPT", message, "note", fix="--number is that of all articles of the sample")
