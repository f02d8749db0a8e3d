"""Label Studio's JSON as typed values: a task of an export or of the API, with its annotations, drafts and predictions.

Only the fields that Standpoint reads are declared. Every field that carries an annotation is among them.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from msgspec import Raw, Struct

from standpoint.codebook.kinds._items import Item
from standpoint.core.ids import sha256


class ListedActor(Struct):
    """An entry of a task's actor list: the name on the page, and the actor's id, which the export carries."""

    value: str = ""
    alias: str | None = None


class TaskData(Struct, rename={"pass_name": "pass"}):
    """The data of one of our tasks; any field may be missing in other people's tasks."""

    text: str | None = None
    article_id: str | None = None
    text_sha256: str | None = None
    shown_sha256: str | None = None
    pass_name: str | None = None
    codebook_version: str | None = None
    actors: list[ListedActor] = []
    sentences: list[tuple[int, int]] = []
    possessive_names: list[str] | None = None


class Submission(Struct):
    """What one annotator submitted on one task (Label Studio calls it an annotation); times are ISO 8601."""

    id: int | str | None = None
    completed_by: int | str | dict | None = None
    was_cancelled: bool = False
    result: list[Item] = []
    lead_time: float | None = None
    created_at: str | float | None = None
    updated_at: str | float | None = None
    parent_prediction: int | None = None

    def __post_init__(self) -> None:
        """Give old and scripted exports today's form: times since 1970 (before Label Studio 1.0), and numbers as region ids."""
        self.created_at, self.updated_at = _iso_time(self.created_at), _iso_time(self.updated_at)
        for item in self.result:
            if type(item.id) is int:
                item.id = str(item.id)
            elif item.id is None and item.from_id is not None and item.to_id is not None:
                item.from_id, item.to_id = str(item.from_id), str(item.to_id)

    @property
    def submitted(self) -> str | None:
        """When it was submitted."""
        return self.created_at if isinstance(self.created_at, str) else None

    @property
    def changed(self) -> str | None:
        """When it was changed last."""
        return self.updated_at if isinstance(self.updated_at, str) else None


def _iso_time(when: str | float | None) -> str | None:
    if isinstance(when, float):
        return datetime.fromtimestamp(when, UTC).isoformat() if 0 <= when < 1e11 else None
    return when


class Task(Struct):
    """A task with its annotations, drafts and predictions."""

    data: Raw
    id: int | None = None
    annotations: list[Submission] = []
    completions: list[Submission] = []  # the name of annotations before Label Studio 1.0
    drafts: list[Raw] = []
    predictions: list[Raw] = []

    def __post_init__(self) -> None:
        self.annotations = self.annotations or self.completions


DECODE_TASK = msgspec.json.Decoder(Task).decode
_DECODE_DATA = msgspec.json.Decoder(TaskData).decode


def decode_data(raw: Raw) -> TaskData:
    """A task's data. If it has no key ``text``, its longest string is taken for the text.

    Other people's data may use our keys with values of another type. Then only the text is taken.
    """
    try:
        data = _DECODE_DATA(raw)
    except msgspec.ValidationError:
        data = TaskData()
    if data.text is None:
        values = msgspec.json.decode(raw)
        texts = values.values() if isinstance(values, dict) else ()
        data.text = max((value for value in texts if isinstance(value, str)), key=len, default="")
    return data


def task_key(article_id: str, masked: bool) -> str:
    """The article id in a task's data: the id itself, or a hash of it, as the id begins with the publisher's name."""
    return sha256(article_id)[:16] if masked else article_id
