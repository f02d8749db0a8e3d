"""One article with its annotations, gold or predicted, and how each layer of a codebook is scored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from typing import TypeVar

from msgspec import Struct, structs

from standpoint.codebook.load import has_signs
from standpoint.codebook.types import ACTORS, ANY, NEW, Codebook, Layer
from standpoint.core.matching import match_weighted
from standpoint.core.model import Annotation, Choice, Relation, Span


@dataclass(frozen=True)
class Scheme:
    """The layers of a codebook by what is scored of them beside the score that a layer of their kind has anyway."""

    codebook: Codebook
    events: tuple[Layer, ...]  # spans of which actors have roles: their arguments are scored together
    mentions: tuple[Layer, ...]  # spans labelled with actors
    scales: tuple[Layer, ...]  # ordinal answers for each actor
    evidence: dict[str, Layer]  # by the name of a scale with two sides, spans labelled with actors in the same pass

    @property
    def marked(self) -> tuple[Layer, ...]:
        """Spans with labels of the codebook that no suggestion has: what baselines look for."""
        layers = self.codebook.layers
        return tuple(layer for layer in layers if layer.kind == "span" and layer.labels and not layer.suggestions)

    @property
    def article(self) -> tuple[Layer, ...]:
        """Choices of one value about the whole article."""
        layers = (layer for layer in self.codebook.layers if layer.kind == "choice" and layer.labels and not layer.multiple)
        return tuple(layer for layer in layers if not layer.of and not layer.for_each)

    def attributes(self, trigger: Layer) -> list[Layer]:
        """Answers of one value about a trigger, such as status and source."""
        layers = self.codebook.attributes_of(trigger.name)
        return [layer for layer in layers if layer.kind == "choice" and not layer.labels_from and not layer.multiple]

    def actor_roles(self, trigger: Layer) -> list[Layer]:
        """Answers about a trigger that name actors: each is a role."""
        return [layer for layer in self.codebook.attributes_of(trigger.name) if layer.labels_from]

    def links(self, trigger: Layer) -> list[Layer]:
        """Relations that begin on a trigger: each label is a role."""
        return [layer for layer in self.codebook.layers if layer.starts_on(trigger.name)]

    @cached_property
    def in_arguments(self) -> frozenset[str]:
        """The layers that the scores of arguments are about: roles of events, and the spans that fill them."""
        links = [link for event in self.events for link in self.links(event)]
        fillers = (layer for layer in self.codebook.layers if any(link.ends_on(layer.name) for link in links))
        others = (layer.name for layer in fillers if not layer.labels_from and layer not in self.events)
        roles = (layer.name for event in self.events for layer in self.actor_roles(event))
        return frozenset([*others, *roles, *(link.name for link in links if link.head != ANY)])


def scheme_of(codebook: Codebook) -> Scheme:
    spans = [layer for layer in codebook.layers if layer.kind == "span"]
    scales = tuple(layer for layer in codebook.layers if layer.ordinal and layer.for_each == ACTORS and not layer.multiple)
    evidence = {}
    for scale in filter(has_signs, scales):
        layers = codebook.layers_of(codebook.pass_of(scale).name)
        # A layer with spare slots marks mentions, also of actors that nobody knew, and no evidence.
        if marked := [layer for layer in layers if layer.kind == "span" and layer.labels_from and not layer.spare]:
            evidence[scale.name] = marked[0]
    named = {layer.name for layer in evidence.values()}
    events = tuple(layer for layer in spans if any(role.labels_from for role in codebook.attributes_of(layer.name)))
    mentions = tuple(layer for layer in spans if layer.labels_from and layer.name not in named)
    return Scheme(codebook, events, mentions, scales, evidence)


Shares = Mapping[str, float]  # label -> its share, of one answer; they sum to 1


class System(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line of a file of predictions. ``single_model``: not an ensemble. ``seed``: None if the system has none.

    ``given``: the span layers of which the system was given the reference's spans. Such a file has answers and links about
    these spans, by the reference's ids, and not the spans.
    """

    system: str
    seed: int | None
    single_model: bool
    given: tuple[str, ...] = ()
    codebook_version: str = ""
    note: str = ""


Key = TypeVar("Key")
Value = TypeVar("Value")


def _grouped(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    groups: dict[Key, list[Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


@dataclass
class Doc:
    """One article with its annotations, gold or predicted."""

    article_id: str
    group: str = ""
    length: int = 0  # in code points
    text: str | None = None  # None if it is withheld
    annotations: tuple[Annotation, ...] = ()
    soft: dict[str, dict[str, Shares]] = field(default_factory=dict)  # {layer: {of: shares}}
    parts: tuple[tuple[int, int], ...] | None = None  # of gold, what could be annotated; None: not known
    conflicts: tuple[tuple[str, str], ...] = ()  # of gold, layer and place of the open ones
    single: frozenset[str] | None = None  # of gold, ids of what one annotator alone made; None: not known
    unanswered: frozenset[tuple[str, str]] = frozenset()  # layer and span of answers that nobody decided (``undecided``)

    @cached_property
    def spans(self) -> dict[str, list[Span]]:
        """The spans of each layer, in reading order."""
        spans = (item for item in self.annotations if isinstance(item, Span))
        return _grouped((span.layer, span) for span in sorted(spans, key=attrgetter("start", "end", "label")))

    @cached_property
    def by_id(self) -> dict[str, Span]:
        return {item.id: item for item in self.annotations if isinstance(item, Span)}

    @cached_property
    def answers(self) -> dict[tuple[str, str], list[str]]:
        """The labels of all answers: {(layer, of): labels}."""
        return _grouped(((item.layer, item.of), item.label) for item in self.annotations if isinstance(item, Choice))

    @cached_property
    def links(self) -> dict[tuple[str, str], list[Relation]]:
        """The relations of each layer from each span: {(layer, head): relations}."""
        return _grouped(((item.layer, item.head), item) for item in self.annotations if isinstance(item, Relation))

    def answer(self, layer: Layer, of: str) -> str:
        """The answer about a span, an actor or the article. Without an answer, the layer's default, "" if it has none."""
        return next(iter(self.answers.get((layer.name, of), ())), layer.default)

    def arguments(self, trigger: Layer, scheme: Scheme) -> Iterator[tuple[Span, str, tuple]]:
        """Each argument of a layer's spans: the span, its role, its filler: ("actor", id) or ("span", start, end)."""
        for span in self.spans.get(trigger.name, ()):
            for layer in scheme.actor_roles(trigger):
                for actor in self.answers.get((layer.name, span.id), ()):
                    yield span, layer.name, ("actor", actor)
            for layer in scheme.links(trigger):
                for link in self.links.get((layer.name, span.id), ()):
                    tail = self.by_id[link.tail]
                    yield span, link.label, ("span", tail.start, tail.end)

    def targets(self, layer: Layer) -> dict[str, str]:
        """The answer of a layer for each actor, or "" for the article."""
        return {of: labels[0] for (name, of), labels in self.answers.items() if name == layer.name}


def align_new_actors(predicted: Doc, gold: Doc, scheme: Scheme) -> Doc:
    """The predictions with each new actor renamed to the new actor of gold with most annotations in common, one to one.

    New actors have no id in the registry: a system's NEW:1 may be the gold's NEW:HARBOUR_GUARD (optimal slot assignment).
    """
    predicted_uses, gold_uses = (_uses(doc, scheme) for doc in (predicted, gold))
    predicted_names, gold_names = sorted(predicted_uses), sorted(gold_uses)
    shared = {
        (row, column): float(len(predicted_uses[name] & gold_uses[gold_name]))
        for row, name in enumerate(predicted_names)
        for column, gold_name in enumerate(gold_names)
    }
    names = {name: f"{NEW}?{name}" for name in predicted_names}
    names |= {predicted_names[row]: gold_names[column] for row, column in match_weighted(shared)}
    if not names:
        return predicted
    soft = {layer: {names.get(of, of): shares for of, shares in by_of.items()} for layer, by_of in predicted.soft.items()}
    annotations = tuple(_renamed(item, names, scheme) for item in predicted.annotations)
    return replace(predicted, annotations=annotations, soft=soft)


def _uses(doc: Doc, scheme: Scheme) -> dict[str, set[tuple]]:
    """For each new actor, the annotations of which it is the label, the filler or the target."""
    uses: dict[str, set[tuple]] = defaultdict(set)
    for layer in scheme.mentions:
        for span in doc.spans.get(layer.name, ()):
            uses[span.label].add((layer.name, span.start, span.end))
    for layer in scheme.events:
        for span, role, filler in doc.arguments(layer, scheme):
            uses[filler[1] if filler[0] == "actor" else ""].add((span.start, span.end, role))
    for (name, of), labels in doc.answers.items():
        uses[of].update((name, label) for label in labels)
    return {name: content for name, content in uses.items() if name.startswith(NEW)}


def _renamed(item: Annotation, names: Mapping[str, str], scheme: Scheme) -> Annotation:
    layer = scheme.codebook.by_name[item.layer]
    changes = {"label": names[item.label]} if layer.labels_from and item.label in names else {}
    if isinstance(item, Choice) and layer.for_each and item.of in names:
        changes["of"] = names[item.of]
    return structs.replace(item, **changes) if changes else item


def shares_of(labels: Iterable[str]) -> Shares:
    """The share of each label among the answers of several annotators."""
    counts = Counter(labels)
    return {label: count / counts.total() for label, count in counts.items()}
