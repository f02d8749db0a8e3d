"""Requests to models, and the answers that endpoints give to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from standpoint.core.answer_store import Response
from standpoint.core.files import decoding_problem
from standpoint.core.model import sha256

FORMS = ("schema", "json", "text")  # how the form of an answer is asked for, the strictest first


class Request(NamedTuple):
    """What is asked: the model, the parameters, the messages, and the schema of the answer. ``about``: of what, for its name."""

    model: str
    parameters: Mapping[str, Any]
    messages: tuple[dict[str, str], ...]
    schema: Mapping[str, Any]
    about: str

    @property
    def key(self) -> str:
        """The SHA-256 of model, parameters and messages, and not of the form of the answer, which depends on the endpoint."""
        return sha256(json.dumps([self.model, dict(self.parameters), self.messages], sort_keys=True, ensure_ascii=False))

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

    @property
    def size(self) -> int:
        """The tokens of the messages, by an estimate that is near for English: four bytes of UTF-8 each."""
        return sum(len(message["content"].encode()) for message in self.messages) // 4


class Message(Struct, frozen=True):
    """The message of a choice. A refusal stands in a field of its own."""

    content: str | None = None
    refusal: str | None = None


class ChatChoice(Struct, frozen=True):
    """One of the answers of a completion; we ask for one."""

    message: Message = Message()
    finish_reason: str | None = None


class TokenDetails(Struct, frozen=True):
    """How many tokens of a prompt came from the endpoint's cache."""

    cached_tokens: int | None = None


class Usage(Struct, frozen=True):
    """The tokens of a completion."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: TokenDetails | None = None


class Completion(Struct, frozen=True):
    """The body of an endpoint's answer, in the form of OpenAI's chat completions."""

    choices: tuple[ChatChoice, ...]
    model: str = ""
    usage: Usage | None = None
    created: int | float | None = None


_COMPLETION = msgspec.json.Decoder(Completion).decode


def response_of(body: bytes, host: str, form: str, received: str) -> Response:
    """The answer in an endpoint's body; ValueError if it is none."""
    try:
        completion = _COMPLETION(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"is no chat completion: {decoding_problem(error)}") from None
    if not completion.choices:
        raise ValueError("has no choice")
    choice, usage = completion.choices[0], completion.usage or Usage()
    details = usage.prompt_tokens_details or TokenDetails()
    return Response(
        text=choice.message.content or "",
        served=completion.model,
        host=host,
        form=form,
        received=received,
        finish=choice.finish_reason or "",
        refusal=choice.message.refusal or "",
        input_tokens=usage.prompt_tokens,
        cached_tokens=details.cached_tokens,
        output_tokens=usage.completion_tokens,
    )
