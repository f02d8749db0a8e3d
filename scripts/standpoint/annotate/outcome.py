"""What an annotator did with the drafts that a task came with. Label Studio keeps a draft's region id in the annotation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Raw, Struct

from standpoint.codebook.kinds._studio import Item, Value
from standpoint.codebook.offsets import whole
from standpoint.model import ACCEPTED, EDITED, REJECTED, Draft


class Suggested(Struct):
    """A region of a prediction, and where it says it came from."""

    id: str | int | None = None
    from_name: str | None = None
    value: Value | None = None
    meta: dict | None = None


class Prediction(Struct):
    """What Label Studio calls a prediction."""

    id: int | None = None
    result: list[Suggested] = []


def outcomes(predictions: Iterable[Raw], begun_from: int | None, items: Sequence[Item]) -> list[Draft]:
    """Each draft with what became of it; none where the work was not begun from drafts, or they are not told (bare ids)."""
    found = [one for raw in predictions if (one := _prediction(raw)) is not None]
    prediction = next((one for one in found if one.id == begun_from), None) or (found[0] if len(found) == 1 else None)
    kept = {str(item.id): item for item in items if item.value is not None and item.value.labels}
    return [one for item in prediction.result if (one := _draft(item, kept)) is not None] if prediction else []


def _prediction(raw: Raw) -> Prediction | None:
    try:
        return msgspec.json.decode(raw, type=Prediction)
    except msgspec.ValidationError:
        return None


def _draft(item: Suggested, kept: dict[str, Item]) -> Draft | None:
    value, source = item.value, (item.meta or {}).get("draft", "")
    start, end = (whole(value.start), whole(value.end)) if value else (None, None)
    if start is None or end is None or not value.labels or not isinstance(source, str):
        return None  # not one that we sent: somebody else's prediction
    now = kept.get(str(item.id))
    same = now and (whole(now.value.start), whole(now.value.end), now.value.labels) == (start, end, value.labels)
    outcome = ACCEPTED if same else EDITED if now else REJECTED
    return Draft(layer=item.from_name or "", label=value.labels[0], start=start, end=end, source=source, outcome=outcome)
