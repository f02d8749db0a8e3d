"""Label Studio's JSON as typed values: a task of an export, or of the API, with all that hangs on it.

Fields that Standpoint does not use are left out here on purpose; what carries an annotation is all here.
"""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import Raw, Struct

from standpoint.codebook.kinds._studio import Item


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


class Work(Struct):
    """What Label Studio calls an annotation: one annotator's work on one task."""

    id: int | None = None
    completed_by: int | dict | None = None
    was_cancelled: bool = False
    result: list[Item] = []
    lead_time: float | None = None
    created_at: str | None = None
    updated_at: str | None = None
    parent_prediction: int | None = None


class Task(Struct):
    """A task with everything that was done on it."""

    data: Raw
    id: int | None = None
    annotations: list[Work] = []
    drafts: list[Raw] = []
    predictions: list[Raw] = []


DECODE_TASK = msgspec.json.Decoder(Task).decode
_DECODE_DATA = msgspec.json.Decoder(Data).decode


def decode_data(raw: Raw) -> Data:
    """A task's data; where no key is ``text``, the longest string in it is taken for the text."""
    data = _DECODE_DATA(raw)
    if data.text is None:
        values = msgspec.json.decode(raw)
        data.text = max((value for value in values.values() if isinstance(value, str)), key=len, default="")
    return data


def sha256(text: str) -> str:
    """The hexadecimal SHA-256 of a text's UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def task_key(article_id: str, masked: bool) -> str:
    """What a task's data calls its article: the id, which begins with the publisher's name, or a hash that hides it."""
    return sha256(article_id)[:16] if masked else article_id
