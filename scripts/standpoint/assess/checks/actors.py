"""Whether actors are in the registry, or are new and have a name."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.assess.checks._case import Case, note
from standpoint.assess.slots import NEW, is_slot, slots_of, typed_names
from standpoint.codebook.types import ACTORS, SPARE
from standpoint.model import Choice

Found = Iterator[tuple[str, str]]


def actor_unknown(case: Case) -> Found:
    """an actor is one of the registry's, or a spare slot of the task"""
    spares = max(layer.spare for layer in case.codebook.layers)
    for identity, actor in actors_in(case):
        if actor not in case.registry.by_id and not (is_slot(actor) and 1 <= int(actor[len(NEW) :]) <= spares):
            yield identity, f"actor {actor!r}"


def actor_redirected(case: Case) -> Found:
    """an actor that was merged into another is called by the other's id"""
    for identity, actor in actors_in(case):
        known = case.registry.by_id.get(actor)
        if known and known.redirect_to:
            yield identity, f"actor {actor}, now {known.redirect_to}"


@note
def actor_unnamed(case: Case) -> Found:
    """a new actor has a name typed for it"""
    if not any(layer.kind == "text" and layer.for_each == SPARE for layer in case.layers.values()):
        return
    used = {slot for item, _ in case.known for slot in slots_of(item, case.codebook)}
    for slot in sorted(used - set(typed_names(case.set, case.codebook))):
        yield slot, f"{slot} has none"


@note
def actor_named_twice(case: Case) -> Found:
    """a new actor has one slot"""
    slots: dict[str, str] = {}
    for slot, typed in sorted(typed_names(case.set, case.codebook).items()):
        if typed in slots:
            yield slot, f"{typed!r} is {slots[typed]} and {slot}"
        slots.setdefault(typed, slot)


def actors_in(case: Case) -> Iterator[tuple[str, str]]:
    """Each (annotation, actor) that a set names: in labels, or as what an answer is about."""
    for item, layer in case.known:
        if layer.labels_from == ACTORS:
            yield item.id, item.label
        if isinstance(item, Choice) and layer.for_each and item.of:
            yield item.id, item.of
