"""The ids of new actors: slots get the names that annotators gave them, and what two annotators marked is one actor.

A set keeps what its annotator submitted: the slots NEW:1, NEW:2 … of its task, with typed names. Whoever compares sets reads
them under ids that hold for the article (NEW:HARBOUR_GUARD), and under the registry's ids of actors that the registry has got
since then. So the registry can grow, and no set is rewritten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from operator import attrgetter
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.codebook.name_forms import key_of
from standpoint.codebook.registry import NO_ACTORS, Registry
from standpoint.codebook.types import ACTORS, NEW, SPARE, Codebook, Layer
from standpoint.core.model import (
    AdjudicatedSet,
    Annotation,
    AnnotationSet,
    Choice,
    Incident,
    Relation,
    Span,
    choice_id,
    with_content,
)
from standpoint.core.standoff import shortened

UNNAMED = f"{NEW}UNNAMED_"


def is_slot(actor: str) -> bool:
    """Whether an actor's id is a spare slot of its task."""
    return actor.startswith(NEW) and actor[len(NEW) :].isdecimal()


def names_new_actors(layer: Layer) -> bool:
    """Whether a layer asks for the names of new actors."""
    return layer.kind == "text" and layer.for_each == SPARE


def marks_actors(layer: Layer) -> bool:
    """Whether the spans of a layer are mentions, and make new actors. Other layers of actors are evidence about them."""
    return layer.kind == "span" and layer.labels_from == ACTORS and layer.spare > 0


def marking_layers(codebook: Codebook) -> set[str]:
    """The names of the layers whose spans are mentions of actors."""
    return {layer.name for layer in codebook.layers if marks_actors(layer)}


def with_named_slots(annotation_set: AnnotationSet, codebook: Codebook) -> AnnotationSet:
    """The set with each spare slot renamed after its name: NEW:1 becomes NEW:HARBOUR_GUARD.

    A slot without a typed name has the name of a mention (``mentioned_names``). A slot without mentions is named after the
    annotator, so that it matches no other annotator's slot.
    """
    slots = {slot for item in annotation_set.annotations for slot in slots_of(item, codebook).values()}
    if not slots:
        return annotation_set
    typed = typed_names(annotation_set, codebook)
    marked = mentioned_names(annotation_set, codebook) if slots - typed.keys() else {}
    names = {slot: f"{UNNAMED}{key_of(annotation_set.annotator)}_{slot[len(NEW) :]}" for slot in slots}
    for slot, name in sorted((marked | typed).items()):
        key = NEW + key_of(name)
        names[slot] = f"{key}_{slot[len(NEW) :]}" if key in names.values() else key  # two slots are never merged
    renamed = [
        with_actors(item, {field: names[slot] for field, slot in slots_of(item, codebook).items()})
        for item in (*annotation_set.annotations, *_name_answers(marked, typed, annotation_set.pass_name, codebook))
    ]
    return replace(annotation_set, annotations=tuple(renamed))


def untyped_names(annotation_set: AnnotationSet, codebook: Codebook) -> list[Choice]:
    """The names of the slots for which none was typed, as answers, if the pass asks for names: those of their mentions."""
    names, typed = mentioned_names(annotation_set, codebook), typed_names(annotation_set, codebook)
    return _name_answers(names, typed, annotation_set.pass_name, codebook)


def _name_answers(names: Mapping[str, str], typed: Collection[str], pass_name: str, codebook: Codebook) -> list[Choice]:
    layers = codebook.layers_by_pass.get(pass_name, {})
    naming = next((layer.name for layer in layers.values() if names_new_actors(layer)), "")
    return [
        Choice(id=choice_id(slot, naming, name, multiple=False), layer=naming, label=name, of=slot)
        for slot, name in sorted(names.items())
        if naming and slot not in typed
    ]


def mentioned_names(annotation_set: AnnotationSet, codebook: Codebook) -> dict[str, str]:
    """A name for each slot from its mentions: the first mention that has a capital, or else the first mention.

    A long mention is cut, because a name is published where the text is withheld.
    """
    layers = marking_layers(codebook)
    quotes: dict[str, list[str]] = defaultdict(list)
    spans = (
        item
        for item in annotation_set.annotations
        if isinstance(item, Span) and item.label.startswith(NEW) and item.layer in layers and is_slot(item.label)
    )
    for span in sorted(spans, key=attrgetter("start")):
        if span.quote:  # the words of a withheld text may not be known here
            quotes[span.label].append(span.quote)
    names = ((slot, list(map(shortened, marked))) for slot, marked in quotes.items())
    return {slot: next((name for name in marked if name != name.lower()), marked[0]) for slot, marked in names}


def slots_of(item: Annotation, codebook: Codebook) -> dict[str, str]:
    """The spare slots that an annotation refers to, by field."""
    if not item.label.startswith(NEW) and not getattr(item, "of", "").startswith(NEW):
        return {}  # most annotations
    return {name: actor for name, actor in actors_of(item, codebook).items() if is_slot(actor)}


def actors_of(item: Annotation, codebook: Codebook) -> dict[str, str]:
    """The actors that an annotation refers to, by field: ``label``, ``of``."""
    fields = _actor_fields(codebook).get(item.layer)
    if not fields or isinstance(item, Relation):
        return {}
    return {name: actor for name in fields if (actor := getattr(item, name, ""))}


@lru_cache(maxsize=4)  # it is asked for each annotation
def _actor_fields(codebook: Codebook) -> dict[str, tuple[str, ...]]:
    """The fields of a layer's annotations that name actors, for each layer that has such fields."""
    fields = {layer.name: ("label",) * bool(layer.labels_from) + ("of",) * bool(layer.for_each) for layer in codebook.layers}
    return {layer: names for layer, names in fields.items() if names}


def with_actors(item: Annotation, changes: Mapping[str, str]) -> Annotation:
    """The annotation with other actors in some fields. The id of an answer that follows from its content changes with it."""
    if not changes:
        return item
    return with_content(item, **changes) if isinstance(item, Choice) else replace(item, **changes)


def typed_names(annotation_set: AnnotationSet, codebook: Codebook) -> dict[str, str]:
    """The typed name of each new actor: the answers in the text layers with ``for_each: spare``."""
    layers = {layer.name for layer in codebook.layers if names_new_actors(layer)}
    return {item.of: item.label for item in annotation_set.annotations if isinstance(item, Choice) and item.layer in layers}


def own_name(actor: str, names: Collection[str]) -> str:
    """The name that a new actor's id follows from, if it is one of its names."""
    return min(names, key=lambda name: (NEW + key_of(name) != actor, name))


@dataclass(frozen=True)
class ActorIds:
    """The present ids of the actors in the sets of one article. ``joined``: new actors that are one actor, by their ids."""

    article_id: str
    codebook: Codebook
    registry: Registry = NO_ACTORS
    joined: Mapping[str, str] = field(default_factory=dict)

    def present(self, actor: str) -> str:
        """The id of an actor today: that of the registry if it has the actor, else the id of the new actor in this article."""
        own = self.registry.present(actor, self.article_id)
        if own != actor or actor not in self.joined:
            return own
        canonical = self.joined[actor]
        known = {self.registry.present(other, self.article_id) for other, name in self.joined.items() if name == canonical}
        ids = sorted(one for one in known if not one.startswith(NEW))
        return ids[0] if len(ids) == 1 else canonical

    def _may_change(self, item: Annotation) -> bool:
        """Whether an annotation may name a new actor, or one that was merged."""
        label, of, merged = item.label, getattr(item, "of", ""), self.registry.merged
        return label.startswith(NEW) or of.startswith(NEW) or label in merged or of in merged

    def renamed(self, item: Annotation) -> Annotation | None:
        """The annotation under the present ids; None for the typed name of an actor that the registry names."""
        fields = actors_of(item, self.codebook)
        changes = {name: self.present(actor) for name, actor in fields.items()}
        if changes == fields:
            return item
        layer = self.codebook.by_name[item.layer]
        if names_new_actors(layer) and not changes["of"].startswith(NEW):
            return None
        return with_actors(item, changes)

    def rename_all(self, annotations: Iterable[Annotation]) -> tuple[Annotation, ...]:
        """The annotations under the present ids. Equal answers about actors that are one now are one answer."""
        annotations = tuple(annotations)
        if not any(map(self._may_change, annotations)):  # most sets
            return annotations
        answers: set[tuple[str, str, str]] = set()
        kept = []
        for better in map(self.renamed, annotations):
            content = (better.layer, better.of, better.label) if isinstance(better, Choice) else None
            if better is not None and content not in answers:
                kept.append(better)
                answers |= {content} if content else set()
        return tuple(kept)

    def rename_incidents(self, incidents: Iterable[Incident]) -> tuple[Incident, ...]:
        """The incidents under the present ids of their actors."""
        fields = _actor_fields(self.codebook)
        return tuple(
            replace(
                item,
                answers={
                    layer: tuple(dict.fromkeys(map(self.present, labels))) if "label" in fields.get(layer, ()) else labels
                    for layer, labels in item.answers.items()
                },
            )
            for item in incidents
        )


def actor_ids(sets: Sequence[AnnotationSet], codebook: Codebook, registry: Registry = NO_ACTORS) -> ActorIds:
    """The ids of the actors in all sets of one article, whose slots are named.

    Two annotators often give one new actor two names. It is one actor if at least half of the places at which the one or the
    other is marked are the same, and no annotator has used both. Its id follows from the name that most annotators gave, of
    several the longest.
    """
    article_id = sets[0].article_id if sets else ""
    uses = {actor: use for actor, use in uses_of(sets, codebook).items() if actor.startswith(NEW)}
    users, namers = {actor: use.annotators for actor, use in uses.items()}, _namers(sets, codebook)
    joined = {actor: actor for actor in uses}
    for one, other in marked_alike(uses):
        first, second = joined[one], joined[other]
        members = {actor for actor, name in joined.items() if name in (first, second)}
        groups = [{name for actor in members if joined[actor] == head for name in namers[actor]} for head in (first, second)]
        if first != second and groups[0].isdisjoint(groups[1]):
            named = {actor for actor in members if not actor.startswith(UNNAMED)} or members
            best = min(named, key=lambda actor: (-len(users[actor]), -len(actor), actor))
            joined |= dict.fromkeys(members, best)
    return ActorIds(article_id, codebook, registry, joined)


def _namers(sets: Iterable[AnnotationSet], codebook: Codebook) -> dict[str, set[str]]:
    """Who uses a new actor where actors are marked: also who has typed its name, or given it a role, and marked no mention."""
    marking, namers = marking_layers(codebook), defaultdict[str, set[str]](set)
    for one in sets:
        if marking & codebook.layers_by_pass.get(one.pass_name, {}).keys():
            for item in one.annotations:
                if item.label.startswith(NEW) or getattr(item, "of", "").startswith(NEW):
                    for actor in actors_of(item, codebook).values():
                        namers[actor].add(one.annotator)
    return namers


def given_names(sets: Iterable[AnnotationSet], ids: ActorIds) -> dict[str, str]:
    """The name of each new actor in the sets of one article, whose slots are named, by its present id, as annotators typed it."""
    typed: dict[str, set[str]] = defaultdict(set)
    for item in sets:
        for actor, name in typed_names(item, ids.codebook).items():
            typed[ids.present(actor)].add(name)
    return {actor: own_name(actor, names) for actor, names in typed.items()}


class Use(NamedTuple):
    """Where an actor is marked in an article, ``[start, end)``, and by whom."""

    places: set[tuple[int, int]]
    annotators: set[str]


def uses_of(sets: Iterable[AnnotationSet], codebook: Codebook, present: Callable[[str], str] = str) -> dict[str, Use]:
    """The use of each marked actor in the sets of one article, by its id after ``present``."""
    layers, uses = marking_layers(codebook), dict[str, Use]()
    for annotation_set in sets:
        for item in annotation_set.annotations:
            if isinstance(item, Span) and item.layer in layers:
                use = uses.setdefault(present(item.label), Use(set(), set()))
                use.places.add((item.start, item.end))
                use.annotators.add(annotation_set.annotator)
    return uses


def marked_alike(uses: Mapping[str, Use]) -> list[tuple[str, str]]:
    """The pairs of actors that are marked at the same places, those with most common places first."""
    shared: dict[tuple[str, str], int] = {}
    for one, other in combinations(sorted(uses), 2):
        first, second = uses[one].places, uses[other].places
        common = sum(any(start < end_2 and start_2 < end for start_2, end_2 in second) for start, end in first)
        if common and 2 * common >= max(len(first), len(second)):
            shared[one, other] = common
    return sorted(shared, key=lambda pair: (-shared[pair], pair))


def with_actor_ids(sets: Iterable[AnnotationSet], codebook: Codebook, registry: Registry = NO_ACTORS) -> Iterator[AnnotationSet]:
    """The sets of one article under the present ids of its actors."""
    named = [with_named_slots(item, codebook) for item in sets]
    ids = actor_ids(named, codebook, registry)
    return (
        replace(item, annotations=ids.rename_all(item.annotations), incidents=ids.rename_incidents(item.incidents))
        for item in named
    )


def outdated_actors(adjudicated: AdjudicatedSet, codebook: Codebook, registry: Registry) -> dict[str, str]:
    """The actors of an adjudicated set that have another id in the registry by now, with that id."""
    actors = {actor for item in adjudicated.annotations for actor in actors_of(item, codebook).values()}
    now = {actor: registry.present(actor, adjudicated.article_id) for actor in sorted(actors)}
    return {actor: present for actor, present in now.items() if present != actor}
