"""`standpoint estimate`: how large the share of a label is, by many labels of a machine and few of people.

What is counted in an article depends on the layer: spans or links of a span or relation layer, and of a choice layer what it
asks about, that is, spans, actors or the article. A share is the number with the label over the number of all, each added up over
articles. So an article with more of them counts for more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from standpoint.adjudication.content import Link, Mark, views_by_pass
from standpoint.agreement.agreement import refuse_unknown_layers, stories_of
from standpoint.agreement.counts import Reading, continuum_of
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import ACTORS, ANY, NEW, Codebook, Layer
from standpoint.core.corpus import adjudicated_streams, article_streams, by_article, sets_of, sources_of
from standpoint.core.files import inside
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.core.provenance import as_listed, is_human, kinds_of
from standpoint.evaluation.prediction_powered import Counts, Ratio, effective_number, gap, of_both, of_machine, of_people
from standpoint.evaluation.sides import ADJUDICATED, Side, adjudicated_sets, predicted_sets, two_sides
from standpoint.team.plan import read_sample

MACHINE, PEOPLE, BOTH = "machine", "people", "both"
Unit = Mark | str | Link  # a span; an actor, or "" for the article; a link
Found = tuple[float, float]  # in an article: with the label, and in all


class Wanted(NamedTuple):
    """What is estimated: the share of some labels of a layer, taken together; or, ``per_article``, their mean number.

    ``about``: only of answers about these actors, or about spans with these labels. ``gaps``: pairs of sources.
    """

    layer: str
    labels: tuple[str, ...]
    about: tuple[str, ...] = ()
    per_article: bool = False
    by_source: bool = False
    gaps: tuple[str, ...] = ()


class Measured(Struct, frozen=True, kw_only=True):
    """An estimate of one kind: by the machine alone, by people alone, or by both.

    ``articles`` is what it is made from: all, or those that people read; ``units`` what was counted in them. ``reason`` says why
    there is no value or no interval. Of both, ``tuning`` is λ, and ``effective`` the number of articles that people alone would
    have to read for an interval of this width.
    """

    kind: str
    articles: int
    units: float
    stories: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    tuning: float | None = None
    effective: float | None = None


class Part(Struct, frozen=True, kw_only=True):
    """The estimates for all articles (``source`` is ""), for those of a source, or for its difference from ``other``."""

    source: str
    other: str
    measured: tuple[Measured, ...]


class Estimate(Struct, frozen=True, kw_only=True):
    """Everything that ``standpoint estimate`` finds. ``labels`` are those that a group of labels stands for.

    ``is_drawn``: articles that people read were drawn with known probabilities (``dataset/samples``).
    """

    layer: str
    labels: tuple[str, ...]
    about: tuple[str, ...]
    per_article: bool
    pass_name: str
    machine: str
    people: str
    codebook_version: str
    is_drawn: bool
    parts: tuple[Part, ...]


def labels_of(layer: Layer, names: Sequence[str], registry: Registry) -> tuple[str, ...]:
    """The labels that are named, by themselves or by their group; StandpointError if the layer has none of a name."""
    if layer.kind in ("text", "number"):
        raise StandpointError(f"{layer.name} is a layer of {layer.kind}, and has no labels", "name a layer with labels")
    if layer.labels_from:
        return actors_of(names, registry)
    groups: dict[str, list[str]] = defaultdict(list)
    for label in layer.labels:
        groups[label.group].append(label.name)
    known = {name: [name] for name in layer.label_names}
    found = {name: known.get(name) or groups.get(name, []) for name in names if name}
    if unknown := [name for name in names if not found.get(name)]:
        message = f"{layer.name} has no label and no group of labels {unknown[0]!r}"
        raise StandpointError(message, f"it has {', '.join(layer.label_names)}")
    return tuple(dict.fromkeys(label for name in names for label in found[name]))


def actors_of(names: Sequence[str], registry: Registry) -> tuple[str, ...]:
    """The present ids of actors; StandpointError if there is no such actor. New actors of articles are taken as they are."""
    for name in names:
        if name not in registry.by_id and not name.startswith(NEW):
            raise StandpointError(f"{name!r} is no actor", "give an id of the registry, such as act-000001")
    return tuple(dict.fromkeys(registry.present(name) for name in names))


def about_of(layer: Layer, names: Sequence[str], codebook: Codebook, registry: Registry) -> tuple[str, ...]:
    """The actors or the labels of spans that are named; StandpointError if the layer is about no such thing."""
    if not names:
        return ()
    if layer.for_each == ACTORS:
        return actors_of(names, registry)
    if layer.of or layer.head not in ("", ANY):
        return labels_of(codebook.by_name[layer.of or layer.head], names, registry)
    raise StandpointError(f"{layer.name} is about no actors, and not about the spans of one layer", "leave out --about")


def found_in(reading: Reading, layer: Layer, wanted: Wanted) -> Found:
    """What is counted in one annotator's reading of an article: with the label, and in all.

    A question that may have several answers, or none, counts once for each span of the layer that it is about, also if it has no
    answer there; other questions count where they are answered.
    """
    labels = set(wanted.labels)
    by_unit: dict[Unit, set[str]] = defaultdict(set)
    if layer.kind == "span":
        by_unit |= {mark: {mark.label} for mark in reading.marks(layer.name)}
    elif layer.kind == "relation":
        by_unit |= {link: {link[2]} for link in reading.links(layer.name)}
    else:
        if layer.multiple and not layer.for_each:
            by_unit |= {about: set() for about in (reading.marks(layer.of) if layer.of else [""])}
        for about, label in reading.answers(layer.name):
            by_unit[about].add(label)
    if wanted.about:
        by_unit = {unit: given for unit, given in by_unit.items() if _name_of(unit) in wanted.about}
    number = float(sum(not labels.isdisjoint(given) for given in by_unit.values()))
    return number, 1.0 if wanted.per_article else float(len(by_unit))


def _name_of(unit: Unit) -> str:
    """What an answer is about, by name: an actor's id, or the label of a span; of a link, that of the span where it begins."""
    if isinstance(unit, Mark):
        return unit.label
    return unit if isinstance(unit, str) else unit[0].label


class Corpus(NamedTuple):
    """The articles that the machine has annotated: their sources, and what was found in them."""

    sources: np.ndarray
    counts: Counts


def estimate(project: Project, machine: str, people: str, wanted: Wanted, reporter: Reporter) -> Estimate:
    """The estimates; StandpointError if something that is wanted does not exist, or if the machine has annotated nothing."""
    codebook, registry = open_codebook(project)
    refuse_unknown_layers((wanted.layer,), codebook)
    layer = codebook.by_name[wanted.layer]
    about = about_of(layer, wanted.about, codebook, registry)
    wanted = wanted._replace(labels=labels_of(layer, wanted.labels, registry), about=about)
    sides = two_sides(machine, people, project)
    pass_name = codebook.pass_of(layer).name
    sample = {row.article_id: row.probability for row in read_sample(inside(project.samples, f"{pass_name}.tsv"))}
    corpus = _count(project, sides, wanted, sample, reporter)
    return Estimate(
        layer=layer.name,
        labels=wanted.labels,
        about=wanted.about,
        per_article=wanted.per_article,
        pass_name=pass_name,
        machine=machine,
        people=people,
        codebook_version=codebook.version,
        is_drawn=bool(sample),
        parts=tuple(parts_of(corpus, wanted)),
    )


def _count(project: Project, sides: tuple[Side, Side], wanted: Wanted, sample: dict[str, float], reporter: Reporter) -> Corpus:
    """What machine and people found in each article that the machine has annotated. What cannot be used is told."""
    codebook, _ = open_codebook(project)
    layer = codebook.by_name[wanted.layer]
    pass_name = codebook.pass_of(layer).name
    stories, sources = stories_of(project), sources_of(project)
    tally: Counter[str] = Counter()
    rows: dict[str, tuple[Found, Found, float]] = {}
    for article_id, readings, state in _readings(project, sides, pass_name, reporter):
        people = [reading for reading in readings if sides[1].has(reading.view.annotation_set)]
        machine = [reading for reading in readings if sides[0].has(reading.view.annotation_set)]
        if not machine:
            tally["without machine"] += bool(people)
            continue
        weight = 0.0
        if people and state.is_own:
            tally["own"] += 1
        elif people and sample and article_id not in sample:
            tally["undrawn"] += 1
        elif people:
            weight = 1 / sample.get(article_id, 1.0)
            tally["open"] += layer.name in state.open_layers
            tally["no person"] += any(not is_human(one.view.annotation_set.annotator_kind) for one in people)
            tally["assisted"] += any(one.view.annotation_set.assistance == "model_suggestion" for one in people)
        elif article_id in sample:
            tally["unread"] += 1
        found = [_mean([found_in(reading, layer, wanted) for reading in side]) for side in (machine, people)]
        rows[article_id] = found[0], found[1], weight
    if not rows:
        message = f"{sides[0].name} has annotated no article in the pass {pass_name}"
        raise StandpointError(message, "standpoint status shows who has annotated what")
    is_read = any(weight for _, _, weight in rows.values())
    for issue in _notes(pass_name, tally, sides[1].name, is_drawn=bool(sample), is_read=is_read):
        reporter.report(issue)
    found_by_machine, found_by_people, weights = (np.array(column) for column in zip(*rows.values(), strict=True))
    numbers = np.unique([stories[name] for name in rows], return_inverse=True)[1]
    return Corpus(np.array([sources[name] for name in rows]), Counts(found_by_machine, found_by_people, weights, numbers))


class State(NamedTuple):
    """What is to be known of an article's adjudicated set, if it stands for people.

    ``is_own``: the machine helped to make it. ``open_layers``: those with a conflict that nobody has decided.
    """

    is_own: bool = False
    open_layers: frozenset[str] = frozenset()


def _readings(
    project: Project, sides: tuple[Side, Side], pass_name: str, reporter: Reporter
) -> Iterator[tuple[str, list[Reading], State]]:
    """The readings of each article of both sides in a pass.

    Those of the machine are whole, also where a conflict is open: what it says must be found in the same way in all articles.
    """
    codebook, registry = open_codebook(project)
    kinds = kinds_of(project)
    streams = [*sets_of(project), *(predicted_sets(side, project, codebook, registry, reporter) for side in sides)]
    is_adjudicated = sides[1].name == ADJUDICATED
    adjudicated = adjudicated_streams(project) if is_adjudicated else []
    for article_id, known, sets, results in by_article(article_streams(project, with_text=False), streams, adjudicated):
        listed = [as_listed(one, kinds) for one in sets]
        listed += [made for one in results for made in adjudicated_sets(one, sets, codebook)]
        views = dict(views_by_pass(listed, codebook, registry)).get(pass_name, [])
        chosen = [view for view in views if any(side.has(view.annotation_set) for side in sides)]
        continuum = continuum_of(known[0] if known else None, codebook)
        helped = any(view.annotator in one.annotators for one in results for view in chosen)
        open_layers = frozenset(conflict.layer for one in results for conflict in one.conflicts)
        if known and chosen:
            yield article_id, [Reading(view, continuum) for view in chosen], State(helped, open_layers)


def _mean(found: Sequence[Found]) -> Found:
    """The mean over annotators; of nobody, zeros."""
    number = max(1, len(found))
    return sum(one for one, _ in found) / number, sum(every for _, every in found) / number


def _notes(pass_name: str, tally: Counter[str], people: str, is_drawn: bool, is_read: bool) -> Iterator[Issue]:
    """What a reader of the estimates has to know of the sets that they are made from."""
    table = f"dataset/samples/{pass_name}.tsv"
    only_machine = "only the machine's labels of them count"
    notes = {
        "undrawn": ("UNDRAWN", f"that people read are not in {table}, so that their probability is unknown: {only_machine}"),
        "unread": ("UNREAD", "that are drawn were not read yet: the estimates take them to be like those that were read"),
        "own": ("OWN", f"have an adjudicated set that was made from the machine's own: {only_machine}"),
        "open": ("OPEN", "that people read have open conflicts in this layer: what nobody has decided is not counted there"),
        "without machine": ("NO-MACHINE", "that people read have no labels of the machine: they are left out"),
        "assisted": ("ASSISTED", "were read with a model's suggestions: such labels lean towards those of machines"),
        "no person": (
            "NO-PEOPLE",
            f"have labels of {people} that are no person's of this project: the estimates are of what {people} says, not of what "
            "people say",
        ),
    }
    for name, (code, message) in notes.items():
        if tally[name]:
            yield Issue(pass_name, f"ESTIMATE-{code}", f"{tally[name]:,} article(s) {message}", "note")
    if is_read and not is_drawn:
        message = f"there is no {table}: the articles that people read are taken for a random draw with equal probabilities"
        yield Issue(pass_name, "ESTIMATE-UNSAMPLED", message, "note", fix="standpoint sample draws articles with known ones")


class Reckoned(NamedTuple):
    """A ratio of one kind, None if there can be none, and what it is made from."""

    kind: str
    ratio: Ratio | None
    articles: int
    units: float
    reason: str = ""


def parts_of(corpus: Corpus, wanted: Wanted) -> Iterator[Part]:
    """The estimates for all articles, then by source, then of the gaps; StandpointError for a source without articles."""
    names = sorted(set(corpus.sources.tolist()))
    pairs = [_pair(words, names) for words in wanted.gaps]
    named = names if wanted.by_source else sorted({name for pair in pairs for name in pair})
    found = {name: _reckon(corpus.counts.of(corpus.sources == name)) for name in named}
    # A share is from 0 to 1, and a mean number is not negative.
    ends = (0.0, np.inf) if wanted.per_article else (0.0, 1.0)
    for name, reckoned in [("", _reckon(corpus.counts)), *found.items()]:
        yield Part(source=name, other="", measured=tuple(_measured(reckoned, *ends)))
    for first, second in pairs:
        gaps = [_gap(one, other) for one, other in zip(found[first], found[second], strict=True)]
        yield Part(source=first, other=second, measured=tuple(_measured(gaps, -ends[1], ends[1])))


def _pair(words: str, names: Sequence[str]) -> tuple[str, str]:
    """The two sources of a gap, from ``A=B``."""
    first, _, second = words.partition("=")
    if unknown := [name for name in (first, second) if name not in names]:
        message = f"--gap {words}: {unknown[0]!r} is no source of articles that the machine has annotated"
        raise StandpointError(message, f"two of {', '.join(names)}, as A=B")
    if first == second:
        raise StandpointError(f"--gap {words}: names one source twice", "name two sources, as A=B")
    return first, second


def _reckon(counts: Counts) -> list[Reckoned]:
    """The ratio of each kind."""
    read = counts.of(counts.read)
    units, units_read = float(counts.machine[:, 1].sum()), float(read.people[:, 1].sum())
    found = [Reckoned(MACHINE, of_machine(counts), len(counts.weights), units)]
    if not len(read.weights):
        nobody = "nobody has read an article of these"
        return [*found, Reckoned(PEOPLE, None, 0, 0.0, nobody), Reckoned(BOTH, None, len(counts.weights), units, nobody)]
    found += [Reckoned(PEOPLE, of_people(counts), len(read.weights), units_read)]
    return [*found, Reckoned(BOTH, of_both(counts), len(counts.weights), units)]


def _gap(one: Reckoned, other: Reckoned) -> Reckoned:
    ratio = gap(one.ratio, other.ratio) if one.ratio and other.ratio else None
    return Reckoned(one.kind, ratio, one.articles + other.articles, one.units + other.units, one.reason or other.reason)


def _measured(reckoned: Sequence[Reckoned], least: float, most: float) -> Iterator[Measured]:
    """The estimates; what lies outside of what is possible is moved to its end."""
    people = next(one for one in reckoned if one.kind == PEOPLE)
    for kind, ratio, articles, units, reason in reckoned:
        counted = Measured(kind=kind, articles=articles, units=units, reason=reason)
        if ratio is None or np.isnan(ratio.value):
            yield counted if reason else replace(counted, reason="nothing is counted in these articles")
            continue
        value, low, high = (None if end is None else float(np.clip(end, least, most)) for end in (ratio.value, *ratio.interval))
        counted = replace(counted, value=value, low=low, high=high, stories=ratio.stories, reason=ratio.no_interval)
        if kind == BOTH and people.ratio:
            is_gap = np.isnan(ratio.tuning)
            effective = None if ratio.no_interval else effective_number(people.ratio, ratio, people.articles)
            counted = replace(counted, tuning=None if is_gap else ratio.tuning, effective=effective)
        yield counted
