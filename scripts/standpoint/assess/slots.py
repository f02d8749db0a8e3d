"""Spare slots by name: one annotator's NEW:1 and another's NEW:2 are one actor if the same name is typed for them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping

from msgspec.structs import replace

from standpoint.codebook.types import SPARE, Codebook
from standpoint.model import Annotation, AnnotationSet, Choice, Relation

NEW = "NEW:"  # begins the id of a slot (NEW:1) and of an actor that only its typed name is known of (NEW:HARBOUR_GUARD)


def is_slot(actor: str) -> bool:
    """Whether an actor's id is a spare slot of its task."""
    return actor.startswith(NEW) and actor[len(NEW) :].isdecimal()


def by_name(one: AnnotationSet, codebook: Codebook) -> AnnotationSet:
    """The set with each spare slot called by what was typed for it: NEW:1 becomes NEW:HARBOUR_GUARD.

    A slot without a name is nobody else's: it is called after its annotator.
    """
    slots = {slot for item in one.annotations for slot in slots_of(item, codebook)}
    if not slots:
        return one
    names = {slot: f"{NEW}UNNAMED_{key_of(one.annotator)}_{slot[len(NEW) :]}" for slot in slots}
    for slot, typed in sorted(typed_names(one, codebook).items()):
        name = NEW + key_of(typed)
        names[slot] = f"{name}_{slot[len(NEW) :]}" if name in names.values() else name  # two slots stay two
    return replace(one, annotations=tuple(_renamed(item, names, codebook) for item in one.annotations))


def slots_of(item: Annotation, codebook: Codebook) -> tuple[str, ...]:
    """The spare slots that an annotation speaks of."""
    layer = codebook.by_name.get(item.layer)
    if layer is None or isinstance(item, Relation):
        return ()
    of = item.of if isinstance(item, Choice) and layer.for_each else ""
    label = item.label if layer.labels_from else ""
    return tuple(actor for actor in (label, of) if is_slot(actor))


def typed_names(one: AnnotationSet, codebook: Codebook) -> dict[str, str]:
    """What was typed for each slot: the answers of the text layers that ask ``for_each: spare``."""
    asked = {layer.name for layer in codebook.layers if layer.kind == "text" and layer.for_each == SPARE}
    return {item.of: item.label for item in one.annotations if isinstance(item, Choice) and item.layer in asked}


def key_of(typed: str) -> str:
    """A typed name in capitals, digits and underscores; letters that have no such form are kept apart by a checksum."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", typed.upper()) if not unicodedata.combining(char))
    key = re.sub(r"[^A-Z0-9]+", "_", plain).strip("_")
    if key and not any(char.isalnum() and not char.isascii() for char in plain):
        return key
    checksum = hashlib.sha256(" ".join(plain.split()).encode()).hexdigest()[:8].upper()
    return f"{key}_{checksum}".lstrip("_")


def _renamed(item: Annotation, names: Mapping[str, str], codebook: Codebook) -> Annotation:
    if not slots_of(item, codebook):
        return item
    layer = codebook.by_name[item.layer]
    changes = {"label": names.get(item.label, item.label)} if layer.labels_from else {}
    if isinstance(item, Choice) and layer.for_each:
        changes["of"] = names.get(item.of, item.of)
    return replace(item, **changes)
