"""What points to the articles and the actors of a release, without a word of the texts: a row each."""

from __future__ import annotations

from standpoint.codebook.actors import Actor, Dated, Link
from standpoint.publish.features import POINTER

FULL = "full"  # the one split of the registry: whoever is in it is in every split of the articles


def pointer(row: dict) -> dict:
    """The row of one article, from its row in the documents."""
    shown = row["text"] if row["text"] is not None else row["mask"]
    return {name: row[name] for name in POINTER if name in row} | {"characters": None if shown is None else len(shown)}


def actor_row(actor: Actor) -> dict:
    """The row of one actor of the registry."""
    return {
        "id": actor.id,
        "name": actor.name,
        "slug": actor.slug or None,
        "classes": [{"class": one.value} | _when(one) for one in actor.classes],
        "aliases": [{"alias": one.text, "kind": one.kind, "loaded": one.loaded} for one in actor.aliases],
        "relations": [{"type": one.type, "target": one.target} | _when(one) for one in actor.relations],
        "parent": actor.parent,
        "redirect_to": actor.redirect_to,
        "wikidata": actor.wikidata,
        "note": actor.note or None,
    }


def _when(dated: Dated | Link) -> dict:
    return {"from": dated.since or None, "to": dated.until or None}
