"""Whether each actor is in the registry, or is a new actor with a name."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.adjudication.content import is_slot
from standpoint.adjudication.resolve import names_new_actors
from standpoint.checks.case import Case
from standpoint.checks.table import Findings, check
from standpoint.codebook.types import ACTORS, NEW
from standpoint.core.model import Choice


@check("annotation", on="set")
def actor_unknown(case: Case) -> Findings:
    """an actor is in the registry, or is a spare slot of the task
    Why: an id that is not in the registry names nobody. Ids are never reused, so the right id cannot be guessed.
    Fix: correct the id, or add the actor to guidelines/actors.yaml under a new id."""
    spares = max(layer.spare for layer in case.codebook.layers)
    for identity, actor in actors_in(case):
        if actor not in case.registry.by_id and not (is_slot(actor) and 1 <= int(actor[len(NEW) :]) <= spares):
            yield identity, f"actor {actor!r}"


@check("annotation", on="set")
def actor_redirected(case: Case) -> Findings:
    """an actor that was merged into another has the other's id
    Why: under two ids, one actor becomes two, and annotators who agree seem to disagree.
    Fix: write the id that the entry's ``redirect_to`` names."""
    for identity, actor in actors_in(case):
        known = case.registry.by_id.get(actor)
        if known and known.redirect_to:
            yield identity, f"actor {actor}, now {known.redirect_to}"


@check("annotation", on="set", level="note")
def actor_unmarked(case: Case) -> Findings:
    """an actor with a role is marked in the text
    Why: the text mentions an actor that has a role, by a name, a noun or a pronoun; the mark was probably forgotten.
    Fix: let the annotator mark the mention. If the text has only pronouns, nothing needs to be done."""
    marking = [
        layer.name for layer in case.layers.values() if layer.kind == "span" and layer.labels_from == ACTORS and layer.spare
    ]
    marked = {span.label for span, layer in case.spans if layer.name in marking}
    roles = {choice.label: choice.id for choice, layer in case.choices if layer.of and layer.labels_from == ACTORS}
    for actor, identity in roles.items() if marking else ():
        if actor not in marked:
            yield identity, f"{actor} is not marked"


@check("annotation", on="set", level="note")
def actor_unnamed(case: Case) -> Findings:
    """a new actor has a name
    Why: without a name, a new actor cannot be compared with another annotator's new actor.
    Fix: let the annotator type the name as it is in the text."""
    has_names = any(map(names_new_actors, case.layers.values()))
    for slot in sorted(case.slots - set(case.typed)) if has_names else ():
        yield slot, f"{slot} has no name"


@check("annotation", on="set", level="note")
def actor_unused(case: Case) -> Findings:
    """a name is typed only for a slot that is used
    Why: the name was typed for the wrong slot, or the mention was not marked.
    Fix: mark the mention, or remove the name."""
    for slot, typed in case.typed.items():
        if is_slot(slot) and slot not in case.slots:
            yield slot, f"nothing is marked as {slot}, {typed!r}"


@check("annotation", on="set", level="note")
def actor_named_twice(case: Case) -> Findings:
    """a new actor has one slot
    Why: one actor in two slots counts as two actors.
    Fix: use one slot for both mentions."""
    slots: dict[str, str] = {}
    for slot, typed in case.typed.items():
        if typed in slots:
            yield slot, f"{typed!r} is {slots[typed]} and {slot}"
        slots.setdefault(typed, slot)


@check("annotation", on="set", level="note")
def actor_known(case: Case) -> Findings:
    """a new actor is not in the registry
    Why: an actor under its id and under a typed name counts as two actors.
    Fix: use the registry's id. If the actor was added later, replace the slot with its id."""
    for slot, typed in case.typed.items():
        for mention, is_actor in case.registry.mentions(typed):
            if is_actor and typed[: mention.start].lower() in ("", "the ") and mention.end == len(typed):
                yield slot, f"{typed!r} is {mention.id}"


@check("annotation", on="set in text", level="note")
def actor_list(case: Case) -> Findings:
    """the registry finds each actor in the article
    Why: the task lists only the actors that the registry finds; another was typed in, or the registry has lost an alias.
    Fix: add the alias that this article uses for the actor, or choose the actor that was meant."""
    if case.article.text is None:
        return
    for identity, actor in actors_in(case):
        known = case.registry.by_id.get(actor)
        if known and not known.redirect_to and actor not in case.context.mentioned:
            yield identity, f"{actor} ({known.name})"


def actors_in(case: Case) -> Iterator[tuple[str, str]]:
    """(annotation id, actor) for each actor in a set: actors as labels, and actors that have answers."""
    for item, layer in case.known:
        if layer.labels_from == ACTORS:
            yield item.id, item.label
        if isinstance(item, Choice) and layer.for_each and item.of:
            yield item.id, item.of
