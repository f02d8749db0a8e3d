"""How each annotation of a settled set was settled, and what is or was in conflict: the rows of two small tables.

A conflict's readings quote the text, so that of a withheld article they are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.model import Annotation, Choice, Conflict, Relation, SettledSet, Settlement
from standpoint.publish.shape import Shape
from standpoint.publish.withhold import short

SETTLED, DECIDED, OPEN = "settled", "decided", "open"  # an annotation; a conflict that was decided, and one that was not
UNKNOWN = Settlement(how="")


def settlements(settled: SettledSet, row: dict, shape: Shape) -> Iterator[dict]:
    """The rows of one settled set; ``row`` is its article's in the documents."""
    head = {"article_id": settled.article_id, "article_tier": settled.tier}
    hidden = row["text"] is None
    for item in sorted(settled.annotations, key=lambda item: (item.layer, item.id)):
        label = short(item.label) if hidden and item.layer in shape.typed else item.label
        what = {"state": SETTLED, "layer": item.layer, "annotation": item.id, "of": _of(item), "where": None, "label": label}
        yield head | what | _how(settled.settlements.get(item.id, UNKNOWN)) | {"readings": []}
    for state, conflicts in ((DECIDED, settled.resolved), (OPEN, settled.conflicts)):
        for conflict in conflicts:
            yield head | {"state": state} | _conflict(conflict, hidden)


def _of(item: Annotation) -> str | None:
    """What an answer is about, or where a link begins; of a span, nothing."""
    return item.of if isinstance(item, Choice) else item.head if isinstance(item, Relation) else None


def _conflict(conflict: Conflict, hidden: bool) -> dict:
    readings = [
        {"annotator": who, "reading": None if hidden and said else said} for who, said in sorted(conflict.readings.items())
    ]
    what = {"layer": conflict.layer, "annotation": None, "of": None, "where": conflict.where, "label": None}
    return what | _how(conflict.settlement or UNKNOWN) | {"readings": readings}


def _how(settlement: Settlement) -> dict:
    reason = settlement.reason or None
    return {"how": settlement.how or None, "by": list(settlement.by), "dissent": list(settlement.dissent), "reason": reason}
