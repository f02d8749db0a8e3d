"""Label Studio's JSON as typed values: a task of an export, or of the API, with all that hangs on it.

Fields that Standpoint does not use are left out here on purpose; what carries an annotation is all here.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import msgspec
from msgspec import Raw, Struct

from standpoint.codebook.kinds._items import Item


class ListedActor(Struct):
    """An entry of a task's actor list: what the page shows, and the id that the export carries."""

    value: str = ""
    alias: str | None = None


class Data(Struct, rename={"pass_name": "pass"}):
    """The data of one of our tasks; every field may be missing in somebody else's."""

    text: str | None = None
    article_id: str | None = None
    text_sha256: str | None = None
    shown_sha256: str | None = None
    pass_name: str | None = None
    codebook_version: str | None = None
    actors: list[ListedActor] = []
    sentences: list[tuple[int, int]] = []
    possessive_names: list[str] | None = None


class Work(Struct):
    """What Label Studio calls an annotation: one annotator's work on one task."""

    id: int | str | None = None
    completed_by: int | str | dict | None = None
    was_cancelled: bool = False
    result: list[Item] = []
    lead_time: float | None = None
    created_at: str | float | None = None
    updated_at: str | float | None = None
    parent_prediction: int | None = None

    def __post_init__(self) -> None:
        """Label Studio before 1.0 wrote seconds since 1970; scripts number the regions that they write."""
        self.created_at, self.updated_at = _day(self.created_at), _day(self.updated_at)
        for item in self.result:
            if type(item.id) is int:
                item.id = str(item.id)
            elif item.id is None and item.from_id is not None and item.to_id is not None:
                item.from_id, item.to_id = str(item.from_id), str(item.to_id)


def _day(when: str | float | None) -> str | None:
    if isinstance(when, float):
        return datetime.fromtimestamp(when, UTC).isoformat() if 0 <= when < 1e11 else None
    return when


class Task(Struct):
    """A task with everything that was done on it."""

    data: Raw
    id: int | None = None
    annotations: list[Work] = []
    completions: list[Work] = []  # what annotations were called before Label Studio 1.0
    drafts: list[Raw] = []
    predictions: list[Raw] = []

    def __post_init__(self) -> None:
        self.annotations = self.annotations or self.completions


DECODE_TASK = msgspec.json.Decoder(Task).decode
_DECODE_DATA = msgspec.json.Decoder(Data).decode


def decode_data(raw: Raw) -> Data:
    """A task's data; where no key is ``text``, the longest string in it is taken for the text.

    Somebody else's data may have our keys for something else: then nothing but the text is taken from them.
    """
    try:
        data = _DECODE_DATA(raw)
    except msgspec.ValidationError:
        data = Data()
    if data.text is None:
        values = msgspec.json.decode(raw)
        texts = values.values() if isinstance(values, dict) else ()
        data.text = max((value for value in texts if isinstance(value, str)), key=len, default="")
    return data


def sha256(text: str) -> str:
    """The hexadecimal SHA-256 of a text's UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def task_key(article_id: str, masked: bool) -> str:
    """What a task's data calls its article: the id, which begins with the publisher's name, or a hash that hides it."""
    return sha256(article_id)[:16] if masked else article_id
