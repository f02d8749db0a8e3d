"""One side measured against the other, layer by layer: agreement, scores, errors, and people among themselves beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations, product
from typing import NamedTuple

from msgspec import Struct

from standpoint.adjudication.content import annotations_by_token, views_by_pass
from standpoint.agreement.agreement import refuse_unknown_layers, stories_of
from standpoint.agreement.comparison import Comparison
from standpoint.agreement.counts import Reading, continuum_of
from standpoint.agreement.figures import Figure, Part, measure_pass
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import NO_ACTORS, Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.corpus import Streams, adjudicated_streams, article_streams, by_article, sets_of
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Reporter, StandpointError
from standpoint.core.project import RESAMPLES, SEED, Project
from standpoint.core.provenance import HEADINGS, HUMAN, as_listed, heading, is_human, kinds_of, models_of
from standpoint.core.standoff import report_unknown_quotes
from standpoint.evaluation.alternative_annotator import LEAST_PEOPLE, T_TEST, AlternativeAnnotator, epsilon_for, trial_of
from standpoint.evaluation.label_errors import ErrorTally, LayerErrors
from standpoint.evaluation.sides import ADJUDICATED, Side, adjudicated_sets, predicted_sets, two_sides
from standpoint.scoring.doc import Doc
from standpoint.scoring.scores import Score, score


class Settings(NamedTuple):
    """The options. ``layers`` is () for all. ``epsilon`` is None for the advised one. ``examples``: of each class of errors."""

    layers: tuple[str, ...] = ()
    epsilon: float | None = None
    test: str = T_TEST
    examples: int = 3
    resamples: int = RESAMPLES
    seed: int = SEED


class Member(Struct, frozen=True, kw_only=True):
    """An annotator of a side in one pass, and the number of the sets that are compared."""

    side: str
    pass_name: str
    annotator: str
    annotator_kind: str
    assistance: str
    sets: int


class PassArticles(Struct, frozen=True, kw_only=True):
    """The articles of a pass: those that both sides have, which are compared, and the numbers of those that one side has.

    ``own`` is the number of articles that are left out because a member of one side helped to adjudicate the other.
    """

    pass_name: str
    both: tuple[str, ...]
    first_only: int
    second_only: int
    own: int = 0


class UnderHeading(Struct, frozen=True, kw_only=True):
    """What was found under one heading of ``provenance.heading``. Figures are symmetric; in scores, the second is gold."""

    heading: str
    articles: int
    stories: int
    figures: tuple[Figure, ...]
    scores: tuple[Score, ...]
    errors: tuple[LayerErrors, ...]


class Ceiling(Struct, frozen=True, kw_only=True):
    """The people of the second side among themselves, on the articles that the first side has: each against the others."""

    articles: int
    stories: int
    people: tuple[str, ...]
    figures: tuple[Figure, ...]
    scores: tuple[Score, ...]
    by_person: tuple[Part, ...]  # each one's agreement with the others, for the main statistics


class SideComparison(Struct, frozen=True, kw_only=True):
    """Everything that ``standpoint compare`` computes. ``no_ceiling`` and ``no_test`` say why there is none."""

    first: str
    second: str
    codebook_version: str
    resamples: int
    seed: int
    members: tuple[Member, ...]
    passes: tuple[PassArticles, ...]
    parts: tuple[UnderHeading, ...]
    ceiling: Ceiling | None = None
    no_ceiling: str = ""
    alternative: tuple[AlternativeAnnotator, ...] = ()
    no_test: str = ""
    tiers: tuple[str, ...] = ()  # of the adjudicated sets that are compared


class Pairs:
    """Pairs of readings as documents, for the scorer: the predicted one and gold, by article, pass and both annotators."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.gold: dict[str, Doc] = {}
        self.predicted: dict[str, Doc] = {}

    def add(self, predicted: Reading, gold: Reading, article: Doc) -> None:
        """Add a pair of one article, which is given without annotations."""
        name = " ".join(
            (article.article_id, predicted.view.annotation_set.pass_name, predicted.view.annotator, gold.view.annotator)
        )
        for docs, reading in ((self.predicted, predicted), (self.gold, gold)):
            docs[name] = replace(article, annotations=tuple(annotations_by_token(reading.view, self.codebook).values()))

    @property
    def articles(self) -> set[str]:
        return {doc.article_id for doc in self.gold.values()}

    @property
    def stories(self) -> set[str]:
        return {doc.group for doc in self.gold.values()}

    def scores(self, layers: Collection[str], settings: Settings) -> tuple[Score, ...]:
        """The scores of some layers."""
        report = score(self.gold, self.predicted, self.codebook, settings.resamples, settings.seed)
        return tuple(one for one in report.scores if one.layer in layers)


class PassTally:
    """What is counted in one pass, article by article."""

    def __init__(
        self, name: str, layers: Sequence[Layer], sides: tuple[Side, Side], models: Mapping[str, str], examples: int
    ) -> None:
        self.name, self.layers, self.sides, self.models = name, layers, sides, models
        self.across = Comparison(name, layers, models=models, chosen=lambda one, other: self._side(one) != self._side(other))
        self.among = Comparison(name, layers, models=models, chosen=lambda one, other: True)
        self.errors: dict[str, list[ErrorTally]] = defaultdict(lambda: [ErrorTally(name, layer, examples) for layer in layers])
        self.trials = {layer.name: made for layer in layers if (made := trial_of(layer))}
        self.members: Counter[tuple[str, ...]] = Counter()
        self.both: list[str] = []
        self.only = [0, 0]
        self.own = 0

    def _side(self, reading: Reading) -> int:
        return 0 if self.sides[0].has(reading.view.annotation_set) else 1

    def add(self, article: Doc, readings: Sequence[Reading]) -> tuple[list[tuple[str, Reading, Reading]], list[Reading]]:
        """Count the readings of an article; the pairs of the two sides, with their headings, and the people of the second."""
        firsts, seconds = ([reading for reading in readings if self._side(reading) == side] for side in (0, 1))
        if not (firsts and seconds):
            self.only[0 if firsts else 1] += bool(readings)
            return [], []
        self.both.append(article.article_id)
        for reading in readings:
            made, side = reading.view.annotation_set, self.sides[self._side(reading)]
            self.members[side.name, made.annotator, made.annotator_kind, made.assistance] += 1
        people = [reading for reading in seconds if _is_own_work(reading.view.annotation_set)]
        self.across.add(article.article_id, article.group, readings)
        self.among.add(article.article_id, article.group, people)
        if len(firsts) == 1:
            self._try(firsts[0], people)
        pairs = []
        for first, second in product(firsts, seconds):
            kind = heading(first.view.annotation_set, second.view.annotation_set, self.models)
            pairs.append((kind, first, second))
            for tally in self.errors[kind]:
                tally.add(article.article_id, first, second, quoting=article.text is not None)
        return pairs, people

    def _try(self, first: Reading, people: Sequence[Reading]) -> None:
        """Count the instances of the alternative annotator test."""
        for trial, values in self.trials.values():
            by_person = {reading.view.annotator: values(reading) for reading in people}
            for place, value in values(first).items():
                trial.add(value, {name: found[place] for name, found in by_person.items() if place in found})


def _is_own_work(annotation_set: AnnotationSet) -> bool:
    """Whether a person made the set, and not from suggestions, which draw people to what machines say."""
    return is_human(annotation_set.annotator_kind) and annotation_set.assistance == "none"


class Material(NamedTuple):
    """What is compared: streams sorted by article. The kinds, models and stories are as in ``agreement.compute_agreement``."""

    articles: Streams[Article]
    sets: Streams[AnnotationSet]
    adjudicated: Streams[AdjudicatedSet] = ()
    kinds: Mapping[str, str] = {}
    models: Mapping[str, str] = {}
    stories: Mapping[str, str] = {}
    registry: Registry = NO_ACTORS


def measure_sides(
    first: str,
    second: str,
    project: Project,
    reporter: Reporter,
    settings: Settings = Settings(),  # noqa: B008 it is frozen
) -> SideComparison:
    """One side of a project measured against another; StandpointError if no article has both."""
    report_unknown_quotes(project, reporter)
    codebook, registry = open_codebook(project)
    sides = two_sides(first, second, project)
    material = Material(
        article_streams(project, with_text=False),  # a withheld text is not shown
        [*sets_of(project), *(predicted_sets(side, project, codebook, reporter) for side in sides)],
        adjudicated_streams(project) if ADJUDICATED in (side.name for side in sides) else (),
        kinds_of(project),
        models_of(project),
        stories_of(project),
        registry,
    )
    return compare_sides(sides, material, codebook, settings)


def compare_sides(
    sides: tuple[Side, Side],
    material: Material,
    codebook: Codebook,
    settings: Settings = Settings(),  # noqa: B008 it is frozen
) -> SideComparison:
    """The first side measured against the second; StandpointError if no article has both."""
    refuse_unknown_layers(settings.layers, codebook)
    tallies: dict[str, PassTally] = {}
    for name in codebook.pass_by_name:
        if layers := [layer for layer in codebook.layers_of(name) if not settings.layers or layer.name in settings.layers]:
            tallies[name] = PassTally(name, layers, sides, material.models, settings.examples)
    across: dict[str, Pairs] = defaultdict(lambda: Pairs(codebook))
    among = Pairs(codebook)
    tiers: set[str] = set()
    for found in _readings(sides, material, codebook):
        if (tally := tallies.get(found.pass_name)) is None:
            continue
        if found.own:
            tally.own += 1
            continue
        pairs, people = tally.add(found.article, found.readings)
        tiers |= {found.tier} if pairs and found.tier else set()
        for kind, one, other in pairs:
            across[kind].add(one, other, found.article)
        for one, other in permutations(people, 2):
            among.add(one, other, found.article)
    if not across:
        raise StandpointError(_nothing_to_compare(sides, tallies.values()), "standpoint status shows who has annotated what")
    return _result(sides, codebook, tallies, across, among, tiers, settings)


def _nothing_to_compare(sides: tuple[Side, Side], tallies: Collection[PassTally]) -> str:
    """Why there is nothing to compare: how many articles each side has."""
    first, second = (max((tally.only[side] for tally in tallies), default=0) for side in (0, 1))
    own = max((tally.own for tally in tallies), default=0)
    helped = f"; {own:,} are left out, where one side helped to adjudicate the other" if own else ""
    names = f"{sides[0].name} ({first:,} articles) and {sides[1].name} ({second:,})"
    return f"no article and pass has both {names}{helped}"


class ArticleReadings(NamedTuple):
    """The readings of both sides of an article in a pass. ``tier`` is that of its adjudicated set, "" if none is compared.

    ``own``: one side helped to adjudicate the other.
    """

    article: Doc
    pass_name: str
    readings: list[Reading]
    tier: str
    own: bool


def _readings(sides: tuple[Side, Side], material: Material, codebook: Codebook) -> Iterator[ArticleReadings]:
    """The readings of both sides, article by article and pass by pass."""
    for article_id, known, sets, adjudicated in by_article(material.articles, material.sets, material.adjudicated):
        listed = [as_listed(one, material.kinds) for one in sets]
        helpers = {name for one in adjudicated for name in one.annotators}
        listed += [made for one in adjudicated for made in adjudicated_sets(one, sets, codebook)]
        text, tier = known[0].text if known else None, adjudicated[0].tier if adjudicated else ""
        article = Doc(article_id, material.stories.get(article_id, article_id), len(text or ""), text)
        continuum = continuum_of(known[0] if known else None, codebook)
        for name, views in views_by_pass(listed, codebook, material.registry):
            chosen = [view for view in views if any(side.has(view.annotation_set) for side in sides)]
            own = any(view.annotator in helpers for view in chosen)
            yield ArticleReadings(article, name, [Reading(view, continuum) for view in chosen], tier, own)


def _result(
    sides: tuple[Side, Side],
    codebook: Codebook,
    tallies: Mapping[str, PassTally],
    across: Mapping[str, Pairs],
    among: Pairs,
    tiers: Collection[str],
    settings: Settings,
) -> SideComparison:
    layers = [layer.name for tally in tallies.values() for layer in tally.layers]
    measured = {
        name: [
            measure_pass(comparison, {}, settings.resamples, [settings.seed, number])
            for comparison in (tallies[name].across, tallies[name].among)
        ]
        for number, name in enumerate(codebook.pass_by_name)
        if name in tallies
    }
    parts = [
        UnderHeading(
            heading=kind,
            articles=len(across[kind].articles),
            stories=len(across[kind].stories),
            figures=tuple(one for found, _ in measured.values() for one in found["figures"] if one.kind == kind and one.n),
            scores=across[kind].scores(layers, settings),
            errors=tuple(tally.result() for one in tallies.values() if kind in one.errors for tally in one.errors[kind]),
        )
        for kind in HEADINGS
        if kind in across
    ]
    ceiling = None
    if among.gold:
        figures = [one for _, found in measured.values() for one in found["figures"] if one.kind == HUMAN and one.n]
        ceiling = Ceiling(
            articles=len(among.articles),
            stories=len(among.stories),
            people=tuple(sorted({name for one in figures for name in one.annotators})),
            figures=tuple(figures),
            scores=among.scores(layers, settings),
            by_person=tuple(one for _, found in measured.values() for one in found["by_annotator"] if one.kind == HUMAN),
        )
    alternative, no_test = _alternative(sides, tallies, settings)
    return SideComparison(
        first=sides[0].name,
        second=sides[1].name,
        codebook_version=codebook.version,
        resamples=settings.resamples,
        seed=settings.seed,
        members=tuple(
            Member(side=side, pass_name=tally.name, annotator=annotator, annotator_kind=kind, assistance=assistance, sets=count)
            for tally in tallies.values()
            for (side, annotator, kind, assistance), count in sorted(tally.members.items())
        ),
        passes=tuple(
            PassArticles(
                pass_name=tally.name, both=tuple(tally.both), first_only=tally.only[0], second_only=tally.only[1], own=tally.own
            )
            for tally in tallies.values()
        ),
        parts=tuple(parts),
        ceiling=ceiling,
        no_ceiling="" if ceiling else f"no article has two people of {sides[1].name} who read on their own",
        alternative=alternative,
        no_test=no_test,
        tiers=tuple(sorted(tiers)),
    )


def _alternative(
    sides: tuple[Side, Side], tallies: Mapping[str, PassTally], settings: Settings
) -> tuple[tuple[AlternativeAnnotator, ...], str]:
    """The alternative annotator test of each layer, or why there is none."""
    first, second = sides
    members = {annotator for tally in tallies.values() for side, annotator, *_ in tally.members if side == first.name}
    if len(members) > 1:
        return (), f"{first.name} is {len(members)} annotators, and the test is about one that stands for others"
    people = {
        (annotator, kind)
        for tally in tallies.values()
        for side, annotator, kind, assistance in tally.members
        if side == second.name and is_human(kind) and assistance == "none"
    }
    if len(people) < LEAST_PEOPLE:
        return (), f"it needs {LEAST_PEOPLE} people who read on their own, and {second.name} has {len(people)}"
    epsilon = epsilon_for(kind for _, kind in people) if settings.epsilon is None else settings.epsilon
    return tuple(
        trial.result(epsilon, settings.test, pass_name=tally.name, layer=name)
        for tally in tallies.values()
        for name, (trial, _) in tally.trials.items()
    ), ""
