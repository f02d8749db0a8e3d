"""`standpoint audit`: does a model judge the wording, or the outlet and the names?

A fixed sample of articles is annotated again under several conditions. In each, the same wording should get the same answers.
So each difference from the answer to the hidden outlet is a shift, and a cue. How often the model's answers differ without any
cue is measured too, by the same requests with another seed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct

from standpoint.adjudication.article_tasks import article_tasks
from standpoint.agreement.agreement import stories_of
from standpoint.agreement.resampling import NO_INTERVAL, bootstrap, too_few
from standpoint.annotate.annotate import estimated, refuse_unknown_articles
from standpoint.annotate.conversation import Asking, Conversation, Outcome, converse
from standpoint.annotate.prompt import prompt_of
from standpoint.annotate.shuffle import draw_in_turns
from standpoint.annotate.talk import Answers, Options, talk
from standpoint.checks.case import Reference
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import ACTORS, Codebook, Layer
from standpoint.core.answer_store import AnswerStore
from standpoint.core.corpus import read_articles
from standpoint.core.model import Article, Choice, Reporter, StandpointError
from standpoint.core.project import SEED, Project
from standpoint.core.provenance import Round, kinds_of
from standpoint.evaluation.cues import LoadedName, mirrored, under_outlet, with_pass
from standpoint.guide.guide import open_book
from standpoint.pages.task_json import task_key
from standpoint.pages.tasks import make_task

HIDDEN, REPEATED, SHOWN, EXCHANGED, MIRRORED = CONDITIONS = ("hidden", "repeated", "shown", "exchanged", "mirrored")
WITH_OUTLET = (SHOWN, EXCHANGED)
AUDITOR = "audit"  # in place of a pseudonym: nothing of an audit is stored as an annotation set


Labels = dict[str, dict[tuple[str, str], str]]  # by article, then by layer and what the answer is about


class Plan(NamedTuple):
    """What is audited. ``sides``: pairs ``A=B`` of actors whose names are exchanged. ``sample``: of articles, if none are named.

    ``seed`` is that of the resampling; that of the requests is one of their parameters.
    """

    options: Options
    pass_name: str
    sides: tuple[str, ...]
    sample: int
    sample_seed: int
    resamples: int
    seed: int = SEED


class Item(Struct, frozen=True, kw_only=True):
    """One answer under a condition, beside that to the hidden outlet. ``about``: an actor's id, "" for the article.

    ``outlet``: the one that the model was shown. In a mirrored article, the actor stands where the other side stood, whose
    answer ``expected`` is.
    """

    condition: str
    article_id: str
    story: str
    layer: str
    about: str
    outlet: str
    expected: str
    label: str


class Shift(Struct, frozen=True, kw_only=True):
    """How far answers move under a condition. ``mean``, in steps of the layer's values, has ``low`` and ``high`` at 95 %.

    ``about`` and ``outlet`` are "" if all are taken together. ``changed`` is the share of answers that differ, ``up`` and
    ``down`` are the numbers that are higher and lower. Without an ordinal scale there is no mean, no up and no down.
    """

    condition: str
    layer: str
    about: str
    outlet: str
    n: int
    stories: int
    changed: float
    up: int | None
    down: int | None
    mean: float | None
    low: float | None
    high: float | None


class Audit(Struct, frozen=True, kw_only=True):
    """An audit: what was asked, and how the answers moved.

    ``served`` are the models that the endpoint named, ``answered`` the first and the last date. ``prompt`` is the checksum of
    the prompt, ``names`` the name of each actor. ``left_out`` counts what could not be compared, by the reason.
    """

    model: str
    served: tuple[str, ...]
    answered: tuple[str, ...]
    codebook_version: str
    pass_name: str
    parameters: dict[str, Any]
    prompt: str
    sides: tuple[str, ...]
    sample_seed: int
    articles: tuple[str, ...]
    seed: int
    resamples: int
    shifts: tuple[Shift, ...]
    items: tuple[Item, ...]
    names: dict[str, str]
    left_out: dict[str, int]


def audited_layers(codebook: Codebook, pass_name: str) -> dict[str, Layer]:
    """The layers of a pass that an audit compares: one label about each actor, or about the article."""
    layers = codebook.layers_of(pass_name)
    return {one.name: one for one in layers if one.kind == "choice" and not one.of and not one.multiple and one.labels}


def pass_to_audit(codebook: Codebook, pass_name: str) -> str:
    """The named pass, or the first that asks about each actor; StandpointError if it has nothing that an audit compares."""
    asking = [one.name for one in codebook.passes if codebook.asks_about_actors(one.name)]
    if not pass_name and not asking:
        raise StandpointError("no pass asks about each actor", "--pass names a pass with a question about the article")
    name = pass_name or asking[0]
    codebook.refuse_unknown_pass(name)
    if not audited_layers(codebook, name):
        raise StandpointError(f"the pass {name} has no question about each actor or the article", "name another --pass")
    return name


def sides_of(words: Sequence[str], registry: Registry) -> dict[str, str]:
    """Each side's other side, from ``A=B``; StandpointError if one is no actor of the registry, or is named twice."""
    sides: dict[str, str] = {}
    for pair in words:
        first, _, second = pair.partition("=")
        for side, other in ((first, second), (second, first)):
            if side not in registry.by_id:
                raise StandpointError(f"--sides {pair}: {side!r} is no actor", "two ids of the registry: act-000001=act-000005")
            if side in sides or side == other:
                raise StandpointError(f"--sides {pair}: {side} is named twice", "each side has one other side")
            sides[side] = other
    return sides


class Case(NamedTuple):
    """An article under a condition, as the model sees it: its task, and its outlet if that is shown."""

    article: Article
    task: dict[str, Any]
    outlet: str = ""

    @property
    def actors(self) -> dict[str, str]:
        """The actors that the task lists, by id, with their names."""
        return {entry["alias"]: entry["value"] for entry in self.task["data"].get(ACTORS, ())}


class Auditor:
    """A sample of a project's articles, as a model is asked about them under each condition."""

    def __init__(self, project: Project, plan: Plan, reporter: Reporter) -> None:
        self.plan = plan
        self.codebook, self.registry = open_codebook(project)
        self.pass_name = pass_to_audit(self.codebook, plan.pass_name)
        self.sides = sides_of(plan.sides, self.registry)
        # The prompt, and how a request shows actors, are the same under all conditions: only the outlet is told, or not.
        one = self.codebook.pass_by_name[self.pass_name]
        self.asked = with_pass(self.codebook, self.pass_name, shows=tuple(dict.fromkeys((*one.shows, "source"))))
        self.pages = [with_pass(self.codebook, self.pass_name, mask=not is_shown) for is_shown in (False, True)]
        self.prompt = prompt_of(self.pass_name, open_book(project), plan.options.examples)
        self.reference = Reference(self.asked, self.registry, kinds_of(project) | {AUDITOR: "model"})
        self.stories = stories_of(project)
        self.publishers = sorted({one.publisher for one in read_articles(project, with_text=False)})
        wanted = set(plan.options.articles) or None
        refuse_unknown_articles(plan.options.articles, self.stories)

        def cases(articles: Collection[str] | None, told: Reporter) -> Iterator[Case]:
            tasks = article_tasks(project, self.pass_name, 1.0, told, self.codebook, articles)
            yield from (Case(article, task) for article, task in tasks)

        # Drawn in a walk of its own, so that only the sample is in memory.
        chosen = wanted or set(draw_in_turns((case.article for case in cases(None, Reporter())), plan.sample, plan.sample_seed))
        asked = ((case.article, case.actors) for case in cases(chosen, reporter))
        self.sample = {article.id: self._asked(article, actors, HIDDEN) for article, actors in asked}
        if not self.sample:
            hint = f"annotate the pass that {self.pass_name} asks about first"
            raise StandpointError(f"no article can be asked about in the pass {self.pass_name}", hint)
        self.outlets: dict[tuple[str, str], str] = {}  # that an article is shown under, by condition and article
        self.left_out: Counter[str] = Counter()

    def _asked(self, article: Article, actors: Mapping[str, str], condition: str) -> Case:
        """An article with its task under a condition. The id in the task, by which a batch file names it, tells no outlet."""
        is_shown = condition in WITH_OUTLET
        task = make_task(article, self.pass_name, self.pages[is_shown], self.registry, False, asked=actors, with_notes=False)
        task["data"]["article_id"] = task_key(article.id, masked=True)
        if not self.codebook.pass_by_name[self.pass_name].mask:
            task["data"]["published"] = article.published or ""
        return Case(article, task, article.publisher if is_shown else "")

    def conditions(self) -> list[str]:
        """The conditions of this audit: without a seed, no request can be repeated; without sides, nothing is mirrored."""
        repeated = [REPEATED] if "seed" in self.plan.options.parameters else []
        return [HIDDEN, *repeated, *WITH_OUTLET, *([MIRRORED] if self.sides else [])]

    def cases_of(self, condition: str) -> Iterator[Case]:
        """The sample under a condition. What cannot be put under it is counted in ``left_out``."""
        for case in self.sample.values():
            article, actors = case.article, case.actors
            if condition == EXCHANGED:
                # The next outlet in the alphabet, so that each is shown about as often as it is hidden.
                following = self.publishers[bisect_right(self.publishers, article.publisher) % len(self.publishers)]
                if following == article.publisher:
                    self.left_out["exchanged: the corpus has one outlet"] += 1
                    continue
                article = under_outlet(article, following, self.registry)
            elif condition == MIRRORED:
                try:
                    article = mirrored(article, self.sides, self.registry)
                except LoadedName:
                    self.left_out["mirrored: a side has a loaded name in the text"] += 1
                    continue
                if article.text == case.article.text:
                    self.left_out["mirrored: no side is named in the text"] += 1
                    continue
                actors = {self.sides.get(actor, actor): name for actor, name in actors.items()}
            yield case if condition in (HIDDEN, REPEATED) else self._asked(article, actors, condition)

    def conversations(self, condition: str) -> Iterator[tuple[str, Conversation]]:
        """A conversation about each article that can be put under a condition."""
        options = self.plan.options
        parameters = dict(options.parameters)
        if condition == REPEATED:
            parameters["seed"] += 1
        asking = Asking(self.reference, self.prompt, AUDITOR, options.model, parameters, options.rounds)
        for case in self.cases_of(condition):
            self.outlets[condition, case.article.id] = case.outlet
            yield case.article.id, converse(case.article, case.task, asking)

    def items(self, condition: str, before: Labels, after: Labels) -> Iterator[Item]:
        """The answers under a condition, each beside the one to the hidden outlet."""
        for article_id, labels in sorted(after.items()):
            expected = before.get(article_id, {})
            other = self.sides if condition == MIRRORED else {}
            for layer, about in sorted(labels):
                if (key := (layer, other.get(about, about))) not in expected:
                    self.left_out[f"{condition}: no answer to the hidden outlet"] += 1
                    continue
                yield Item(
                    condition=condition,
                    article_id=article_id,
                    story=self.stories[article_id],
                    layer=layer,
                    about=about,
                    outlet=self.outlets[condition, article_id],
                    expected=expected[key],
                    label=labels[layer, about],
                )


def estimate_audit(project: Project, plan: Plan, reporter: Reporter) -> Iterator[str]:
    """What an audit would send under each condition: requests, tokens, and their price."""
    auditor = Auditor(project, plan, reporter)
    with closing(AnswerStore(project.answers)) as store:
        for condition in auditor.conditions():
            yield from estimated(condition, auditor.conversations(condition), store, plan.options)


def audit(project: Project, plan: Plan, answers: Answers, reporter: Reporter) -> Audit:
    """Ask a model about a sample of articles under each condition, and measure how its answers move."""
    auditor = Auditor(project, plan, reporter)
    layers = audited_layers(auditor.codebook, auditor.pass_name)
    labels: dict[str, Labels] = {}
    rounds: list[Round] = []
    for condition in auditor.conditions():
        if answers.has_ended:
            break
        labels[condition] = {}
        conversations = auditor.conversations(condition)
        with closing(talk(conversations, answers, plan.options.jobs, reporter, condition, len(auditor.sample))) as outcomes:
            for outcome in outcomes:
                for issue in outcome.issues:
                    reporter.report(issue)
                rounds += outcome.dossier.rounds
                labels[condition][outcome.article_id] = _labels(outcome, layers)
    if answers.stopped:
        raise answers.stopped
    hidden = labels.pop(HIDDEN, {})
    dates = sorted(one.received[:10] for one in rounds)
    items = [item for name, found in labels.items() for item in auditor.items(name, hidden, found)]
    return Audit(
        model=plan.options.model,
        served=tuple(sorted({one.served for one in rounds})),
        answered=tuple(dates[:1] + dates[-1:]),
        codebook_version=auditor.codebook.version,
        pass_name=auditor.pass_name,
        parameters=dict(plan.options.parameters),
        prompt=auditor.prompt.digest,
        sides=plan.sides,
        sample_seed=plan.sample_seed,
        articles=tuple(auditor.sample),
        seed=plan.seed,
        resamples=plan.resamples,
        shifts=tuple(shifts(items, layers, plan.resamples, plan.seed)),
        items=tuple(items),
        names={actor: name for case in auditor.sample.values() for actor, name in case.actors.items()},
        left_out=dict(auditor.left_out),
    )


def _labels(outcome: Outcome, layers: Mapping[str, Layer]) -> dict[tuple[str, str], str]:
    """The audited answers of a conversation, by layer and what they are about."""
    annotations = outcome.imported.annotation_set.annotations if outcome.imported else ()
    return {(one.layer, one.of): one.label for one in annotations if isinstance(one, Choice) and one.layer in layers}


def shifts(items: Sequence[Item], layers: Mapping[str, Layer], resamples: int, seed: int) -> Iterator[Shift]:
    """How far the answers moved: under each condition, then by what they are about, then by the outlet that was shown."""
    for about, outlet in ((False, False), (True, False), (False, True)):
        groups: dict[tuple[str, str, str, str], list[Item]] = defaultdict(list)
        for item in items:
            if (item.about or not about) and (item.outlet or not outlet):
                groups[item.condition, item.layer, item.about * about, item.outlet * outlet].append(item)
        for (condition, layer, actor, name), group in sorted(groups.items(), key=lambda pair: _order(pair[0])):
            yield _shift(condition, layers[layer], actor, name, group, resamples, seed)


def _order(key: tuple[str, ...]) -> tuple[int, ...]:
    return (CONDITIONS.index(key[0]),)


def _shift(condition: str, layer: Layer, about: str, outlet: str, items: Sequence[Item], resamples: int, seed: int) -> Shift:
    values = {label.name: label.value or 0.0 for label in layer.labels}
    moves = [values[item.label] - values[item.expected] if layer.ordinal else item.label != item.expected for item in items]
    stories = sorted({item.story for item in items})
    sums = np.zeros((2, len(stories)))  # of the moves and of the answers, by story
    for item, move in zip(items, moves, strict=True):
        sums[:, stories.index(item.story)] += (move, 1)

    def mean(weights: np.ndarray) -> np.ndarray:
        total, n = sums @ weights.T
        return (total / n)[None]

    several = resamples and not too_few(len(stories))
    low, high = bootstrap(mean, len(stories), resamples, [seed])[0] if several else NO_INTERVAL
    return Shift(
        condition=condition,
        layer=layer.name,
        about=about,
        outlet=outlet,
        n=len(items),
        stories=len(stories),
        changed=sum(item.label != item.expected for item in items) / len(items),
        up=sum(move > 0 for move in moves) if layer.ordinal else None,
        down=sum(move < 0 for move in moves) if layer.ordinal else None,
        mean=float(np.mean(moves)) if layer.ordinal else None,
        low=low,
        high=high,
    )
