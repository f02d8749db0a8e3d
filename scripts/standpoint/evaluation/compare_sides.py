"""One side measured against the other, layer by layer: agreement, scores, errors, and people among themselves beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import permutations, product
from typing import NamedTuple

from msgspec import Struct

from standpoint.agreement.agreement import refuse_unknown_layers, stories_of
from standpoint.agreement.comparison import Comparison
from standpoint.agreement.counts import Reading, without_partial
from standpoint.agreement.figures import Figure, Part, measure_pass
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.corpus import adjudicated_streams, article_streams, sets_of
from standpoint.core.model import AnnotationSet, Reporter, StandpointError
from standpoint.core.project import RESAMPLES, SEED, Project
from standpoint.core.provenance import HEADINGS, HUMAN, PUBLISHED, heading, is_human, kinds_of, models_of
from standpoint.core.standoff import report_unknown_quotes
from standpoint.evaluation.alternative_annotator import LEAST_PEOPLE, T_TEST, AlternativeAnnotator, epsilon_for, trial_of
from standpoint.evaluation.found_incidents import IncidentTally
from standpoint.evaluation.label_errors import ErrorTally, LayerErrors
from standpoint.evaluation.side_readings import ArticleReadings, Material, article_readings
from standpoint.evaluation.sides import ADJUDICATED, Side, predicted_sets, two_sides
from standpoint.scoring.doc import Doc
from standpoint.scoring.scores import Score, score
from standpoint.scoring.undecided import ZONE, LeftOut, spans_of

NO_ASSISTANCE = "none"


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
    """What was found under one heading of ``provenance.heading``. Figures are symmetric; in scores, the second is gold.

    ``not_asked``: layers of which published labels have nothing or a part only, and how many annotations both sides have. Other
    guidelines did not ask for all of them, so that they are not compared. ``incidents``: how many of theirs, which have no place,
    are found.
    """

    heading: str
    articles: int
    stories: int
    figures: tuple[Figure, ...]
    scores: tuple[Score, ...]
    errors: tuple[LayerErrors, ...]
    not_asked: dict[str, int] = {}
    incidents: tuple[Score, ...] = ()


class Ceiling(Struct, frozen=True, kw_only=True):
    """The people of the second side among themselves, on the articles that the first side has: what one more person would reach.

    It is no bound: who errs less than single people do agrees with them more than they do with each other.
    """

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
    left_out: tuple[tuple[str, str, int], ...] = ()  # layer, code and number of annotations (``undecided.REASONS``)


class Pairs:
    """Pairs of documents for the scorer, the predicted one and gold: by article, pass and both annotators."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.gold: dict[str, Doc] = {}
        self.predicted: dict[str, Doc] = {}
        self.partial: dict[str, Counter[str]] = {}  # by article, pass and annotator, what is in layers of which a set has a part

    def add(self, predicted: Reading, gold: Reading, found: ArticleReadings) -> None:
        """Add a pair of readings of one article, without the layers of which one of them has a part only."""
        sets = predicted.view.annotation_set, gold.view.annotation_set
        name = " ".join((found.article.article_id, found.pass_name, *(one.annotator for one in sets)))
        docs = [found.docs[one.annotator] for one in sets]
        if partial := {*sets[0].partial, *sets[1].partial}:
            for number, (one, doc) in enumerate(zip(sets, docs, strict=True)):
                self.partial[one.where] = Counter(item.layer for item in doc.annotations if item.layer in partial)
                docs[number] = _without(partial, doc)
        self.predicted[name], self.gold[name] = docs

    def not_asked(self) -> dict[str, int]:
        """The layers that are compared nowhere, as one side has nothing or a part only, and how many annotations there are."""
        docs = ({id(doc): doc for doc in side.values()}.values() for side in (self.predicted, self.gold))
        first, second = (Counter(item.layer for doc in side for item in doc.annotations) for side in docs)
        partial = sum(self.partial.values(), Counter[str]())
        nowhere = (first.keys() ^ second.keys()) | (partial.keys() - (first.keys() & second.keys()))
        return {layer: max(first[layer], second[layer]) + partial[layer] for layer in nowhere}

    @property
    def articles(self) -> set[str]:
        return {doc.article_id for doc in self.gold.values()}

    @property
    def stories(self) -> set[str]:
        return {doc.group for doc in self.gold.values()}

    def scores(self, layers: Collection[str], settings: Settings) -> tuple[Score, ...]:
        """The scores of some layers; not the distances of shares, for a set has answers and no shares."""
        report = score(self.gold, self.predicted, self.codebook, settings.resamples, settings.seed)
        return tuple(one for one in report.scores if one.layer in layers and not one.metric.endswith("of shares"))


def _without(layers: Collection[str], doc: Doc) -> Doc:
    """A document without some layers, and without what is about their spans."""
    gone = {span.id for name in layers for span in doc.spans.get(name, ())}
    kept = (item for item in doc.annotations if item.layer not in layers and gone.isdisjoint(spans_of(item)))
    return replace(doc, annotations=tuple(kept))


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
        self.outside: Counter[str] = Counter()  # spans where nobody could annotate, by layer

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
            self.outside += reading.outside
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
            comparable = without_partial(first, second)
            for tally in self.errors[kind]:
                tally.add(article.article_id, *comparable, quoting=article.text is not None)
        return pairs, people

    def _try(self, first: Reading, people: Sequence[Reading]) -> None:
        """Count the instances of the alternative annotator test."""
        for trial, values in self.trials.values():
            by_person = {reading.view.annotator: values(reading) for reading in people}
            for place, value in values(first).items():
                trial.add(value, {name: found[place] for name, found in by_person.items() if place in found})


def _is_own_work(annotation_set: AnnotationSet) -> bool:
    """Whether a person made the set, and not from suggestions, which draw people to what machines say."""
    return is_human(annotation_set.annotator_kind) and annotation_set.assistance == NO_ASSISTANCE


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
        [*sets_of(project), *(predicted_sets(side, project, codebook, registry, reporter) for side in sides)],
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
    tally = Tally(sides, codebook, material.models, settings)
    for found in article_readings(sides, material, codebook):
        tally.add(found)
    if not tally.across:
        raise StandpointError(_nothing_to_compare(tally), "standpoint status shows who has annotated what")
    return _result(tally)


class Tally:
    """Everything that is counted, pass by pass and, for scores, heading by heading."""

    def __init__(self, sides: tuple[Side, Side], codebook: Codebook, models: Mapping[str, str], settings: Settings) -> None:
        self.sides, self.codebook, self.settings = sides, codebook, settings
        self.passes: dict[str, PassTally] = {}
        for name in codebook.pass_by_name:
            if layers := [layer for layer in codebook.layers_of(name) if not settings.layers or layer.name in settings.layers]:
                self.passes[name] = PassTally(name, layers, sides, models, settings.examples)
        self.layers = [layer.name for tally in self.passes.values() for layer in tally.layers]
        self.across: dict[str, Pairs] = defaultdict(lambda: Pairs(codebook))
        self.among = Pairs(codebook)
        self.incidents = IncidentTally(codebook)
        self.tiers: set[str] = set()
        self.left_out: LeftOut = Counter()

    def add(self, found: ArticleReadings) -> None:
        """Count the readings of an article in a pass."""
        if (tally := self.passes.get(found.pass_name)) is None:
            return
        if found.own:
            tally.own += 1
            return
        pairs, people = tally.add(found.article, found.readings)
        for kind, one, other in pairs:
            self.across[kind].add(one, other, found)
            self.incidents.add(found.article.group, one, other)
        for one, other in permutations(people, 2):
            self.among.add(one, other, found)
        if pairs:
            self.tiers |= {found.tier} if found.tier else set()
            self.left_out.update(found.left_out)


def _nothing_to_compare(tally: Tally) -> str:
    """Why there is nothing to compare: how many articles each side has."""
    first, second = (max((one.only[side] for one in tally.passes.values()), default=0) for side in (0, 1))
    own = max((one.own for one in tally.passes.values()), default=0)
    helped = f"; {own:,} are left out, where one side helped to adjudicate the other" if own else ""
    names = f"{tally.sides[0].name} ({first:,} articles) and {tally.sides[1].name} ({second:,})"
    return f"no article and pass has both {names}{helped}"


def _result(tally: Tally) -> SideComparison:
    passes, settings = tally.passes.values(), tally.settings
    measured = [
        [measure_pass(made, {}, settings.resamples, [settings.seed, number]) for made in (one.across, one.among)]
        for number, one in enumerate(passes)
    ]
    parts = [_under(kind, tally, [across for across, _ in measured]) for kind in HEADINGS if kind in tally.across]
    first, second = (side.name for side in tally.sides)
    ceiling = _ceiling(tally, [among for _, among in measured]) if tally.among.gold else None
    alternative, no_test = _alternative(tally)
    return SideComparison(
        first=first,
        second=second,
        codebook_version=tally.codebook.version,
        resamples=settings.resamples,
        seed=settings.seed,
        members=tuple(
            Member(side=side, pass_name=one.name, annotator=annotator, annotator_kind=kind, assistance=assistance, sets=count)
            for one in passes
            for (side, annotator, kind, assistance), count in sorted(one.members.items())
        ),
        passes=tuple(
            PassArticles(pass_name=one.name, both=tuple(one.both), first_only=one.only[0], second_only=one.only[1], own=one.own)
            for one in passes
        ),
        parts=tuple(parts),
        ceiling=ceiling,
        no_ceiling="" if ceiling else f"no article has two people of {second} who read on their own",
        alternative=alternative,
        no_test=no_test,
        tiers=tuple(sorted(tally.tiers)),
        left_out=_left_out(tally),
    )


def _under(kind: str, tally: Tally, measured: Sequence[Mapping[str, list]]) -> UnderHeading:
    pairs, settings = tally.across[kind], tally.settings
    not_asked = pairs.not_asked() if kind == PUBLISHED else {}
    layers = [name for name in tally.layers if name not in not_asked]
    errors = (one for tallied in tally.passes.values() if kind in tallied.errors for one in tallied.errors[kind])
    return UnderHeading(
        heading=kind,
        articles=len(pairs.articles),
        stories=len(pairs.stories),
        figures=tuple(
            one for found in measured for one in found["figures"] if one.kind == kind and one.layer in layers and one.n
        ),
        scores=pairs.scores(layers, settings),
        errors=tuple(one.result() for one in errors if one.layer.name in layers),
        not_asked={name: not_asked[name] for name in tally.layers if name in not_asked},
        incidents=tally.incidents.scores(tally.layers, settings.resamples, settings.seed) if kind == PUBLISHED else (),
    )


def _left_out(tally: Tally) -> tuple[tuple[str, str, int], ...]:
    counts = Counter(tally.left_out)
    for one in tally.passes.values():
        counts.update({(layer, ZONE): count for layer, count in one.outside.items()})
    return tuple((layer, code, count) for (layer, code), count in sorted(counts.items()) if layer in tally.layers and count)


def _ceiling(tally: Tally, measured: Sequence[Mapping[str, list]]) -> Ceiling:
    figures = [one for found in measured for one in found["figures"] if one.kind == HUMAN and one.n]
    return Ceiling(
        articles=len(tally.among.articles),
        stories=len(tally.among.stories),
        people=tuple(sorted({name for one in figures for name in one.annotators})),
        figures=tuple(figures),
        scores=tally.among.scores(tally.layers, tally.settings),
        by_person=tuple(one for found in measured for one in found["by_annotator"] if one.kind == HUMAN),
    )


def _alternative(tally: Tally) -> tuple[tuple[AlternativeAnnotator, ...], str]:
    """The alternative annotator test of each layer, or why there is none."""
    (first, second), passes, settings = (side.name for side in tally.sides), tally.passes.values(), tally.settings
    members = {annotator for one in passes for side, annotator, *_ in one.members if side == first}
    if len(members) > 1:
        return (), f"{first} is {len(members)} annotators, and the test is about one that stands for others"
    people = {
        (annotator, kind)
        for one in passes
        for side, annotator, kind, assistance in one.members
        if side == second and is_human(kind) and assistance == NO_ASSISTANCE
    }
    if len(people) < LEAST_PEOPLE:
        return (), f"it needs {LEAST_PEOPLE} people who read on their own, and {second} has {len(people)}"
    epsilon = epsilon_for(kind for _, kind in people) if settings.epsilon is None else settings.epsilon
    return tuple(
        trial.result(epsilon, settings.test, one.name, layer) for one in passes for layer, (trial, _) in one.trials.items()
    ), ""
