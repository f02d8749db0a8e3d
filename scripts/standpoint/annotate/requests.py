"""Requests to models, and the answers that endpoints give to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from hashlib import sha256 as new_sha256
from typing import Any

import msgspec
from msgspec import Struct

from standpoint.core.answer_store import Response
from standpoint.core.files import decoding_problem

FORMS = ("schema", "json", "text")  # how the form of an answer is asked for, the strictest first
EARLIEST = 1_600_000_000  # in 2020: no endpoint of this kind was there before


@dataclass(frozen=True)
class Request:
    """What is asked: the model, the parameters, the messages, and the schema of the answer. ``about``: of what, for its name."""

    model: str
    parameters: Mapping[str, Any]
    messages: tuple[dict[str, str], ...]
    schema: Mapping[str, Any]
    about: str

    @cached_property
    def key(self) -> str:
        """The SHA-256 of model, parameters and messages, and not of the form of the answer, which depends on the endpoint."""
        digest = _beginning(self.model, _dumped(dict(self.parameters)), self.messages[0]["content"]).copy()
        digest.update("".join(f", {_dumped(message)}" for message in self.messages[1:]).encode() + b"]]")
        return digest.hexdigest()

    @property
    def name(self) -> str:
        """The name of the request in a batch file: what it is about, and its key."""
        return f"{self.about}-{self.key[:16]}"

    def body(self, form: str) -> dict[str, Any]:
        """The body of the request, for an endpoint that speaks OpenAI's chat completions."""
        body = {"model": self.model, "messages": list(self.messages), **self.parameters}
        if form == "schema":
            schema = {"name": "annotations", "strict": True, "schema": self.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif form == "json":
            body["response_format"] = {"type": "json_object"}
        return body

    @cached_property
    def size(self) -> int:
        """The tokens of the messages, by an estimate that is near for English: four bytes of UTF-8 each."""
        return sum(len(message["content"].encode()) for message in self.messages) // 4


def _dumped(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


@lru_cache(8)
def _beginning(model: str, parameters: str, prompt: str) -> Any:
    """The checksum of the beginning of a request, which is the same in all requests of a pass: it is taken once."""
    return new_sha256(f"[{_dumped(model)}, {parameters}, [{_dumped({'content': prompt, 'role': 'system'})}".encode())


class Message(Struct, frozen=True):
    """The message of a choice. A refusal stands in a field of its own. Some endpoints give the content in parts."""

    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None

    @property
    def text(self) -> str:
        """What the model says, without what it thinks."""
        if isinstance(self.content, list):
            return "".join(str(part.get("text", "")) for part in self.content if part.get("type") == "text")
        return self.content or ""


class ChatChoice(Struct, frozen=True):
    """One of the answers of a completion; we ask for one."""

    message: Message = Message()
    finish_reason: str | None = None


class Completion(Struct, frozen=True):
    """The body of an endpoint's answer, in the form of OpenAI's chat completions."""

    choices: tuple[ChatChoice, ...]
    model: str | None = None
    usage: Any = None
    created: Any = None


_COMPLETION = msgspec.json.Decoder(Completion).decode


def response_of(body: bytes, host: str, form: str) -> Response:
    """The answer in an endpoint's body; ValueError if it is none. What is odd beside the answer does not lose it: it is paid for.

    Its date is the one that the endpoint states, so that a batch gives the same sets whenever it is read; otherwise now.
    """
    try:
        completion = _COMPLETION(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        try:  # models write halves of characters, which no UTF-8 can have: Python's decoder reads them
            completion = msgspec.convert(json.loads(body), Completion)
        except (ValueError, RecursionError):
            raise ValueError(f"is no chat completion: {decoding_problem(error)}") from None
    if not completion.choices:
        raise ValueError("is a chat completion without a choice")
    choice = completion.choices[0]
    return Response(
        text=_whole(choice.message.text),
        served=_whole(completion.model or ""),
        host=host,
        form=form,
        received=_date(completion.created).isoformat(timespec="seconds"),
        finish=_whole(choice.finish_reason or ""),
        refusal=_whole(choice.message.refusal or ""),
        input_tokens=_tokens(completion.usage, "prompt_tokens"),
        cached_tokens=_tokens(completion.usage, "prompt_tokens_details", "cached_tokens"),
        output_tokens=_tokens(completion.usage, "completion_tokens"),
    )


def _whole(text: str) -> str:
    """A text with a question mark for each half of a character."""
    return text.encode(errors="replace").decode()


def _date(created: object) -> datetime:
    """The date of an answer: as stated, in seconds since 1970, unless that cannot be."""
    now = datetime.now(UTC)
    is_stated = isinstance(created, int | float) and EARLIEST < created <= now.timestamp() + 86_400
    return datetime.fromtimestamp(int(created), UTC) if is_stated else now  # type: ignore[call-overload]


def _tokens(usage: object, *names: str) -> int | None:
    """A number of tokens; None if the endpoint does not say."""
    for name in names:
        usage = usage.get(name) if isinstance(usage, dict) else None
    return int(usage) if isinstance(usage, int | float) and 0 <= usage < float("inf") else None
