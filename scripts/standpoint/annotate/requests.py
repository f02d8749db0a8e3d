"""Requests to models and their answers, and where the answers are kept: an answer is paid for once, and never lost."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from standpoint.core.files import decoding_problem, make_local
from standpoint.core.model import StandpointError, sha256
from standpoint.core.provenance import Dossier, Round

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


class Response(Struct, frozen=True):
    """An answer as it is kept."""

    text: str
    served: str
    host: str
    form: str
    received: str
    finish: str = ""
    refusal: str = ""
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def is_refusal(self) -> bool:
        """Whether the model, or a filter of its endpoint, would not answer."""
        return bool(self.refusal) or self.finish == "content_filter"

    def round(self, request: Request, faults: Mapping[str, int]) -> Round:
        """The answer as a round of a dossier."""
        common = {name: getattr(self, name) for name in self.__struct_fields__ if name != "text"}
        return Round(request=request.key, answer=self.text, answer_sha256=sha256(self.text), faults=dict(faults), **common)


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


class AnswerStore:
    """Every answer of a model by the key of its request, in a local SQLite file. An answer is on the disk before it is used.

    Threads may use it side by side.
    """

    def __init__(self, path: Path) -> None:
        make_local(path.parent)
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(path, check_same_thread=False)
            path.chmod(0o600)
            self._database.execute("PRAGMA journal_mode = WAL")
            columns = "key TEXT PRIMARY KEY, response BLOB NOT NULL"
            self._database.execute(f"CREATE TABLE IF NOT EXISTS answers ({columns}) WITHOUT ROWID")
        except sqlite3.DatabaseError as error:
            hint = "move it away; the answers in it would be asked for again"
            raise StandpointError(f"{path}: not readable: {error}", hint) from None

    def get(self, key: str) -> Response | None:
        """The answer to the request with this key, or None."""
        with self._lock:
            row = self._database.execute("SELECT response FROM answers WHERE key = ?", (key,)).fetchone()
        return msgspec.json.decode(row[0], type=Response) if row else None

    def put(self, key: str, response: Response) -> None:
        """Keep an answer. The first answer to a request stays."""
        with self._lock, self._database:
            self._database.execute("INSERT OR IGNORE INTO answers VALUES (?, ?)", (key, msgspec.json.encode(response)))

    def fill(self, dossiers: Iterable[Dossier]) -> None:
        """Take the answers that are in dossiers: so a fresh clone need not ask again."""
        fields = Response.__struct_fields__
        with self._lock, self._database:
            for dossier in dossiers:
                for one in dossier.rounds:
                    if one.answer or one.refusal:
                        values = {name: getattr(one, name) for name in fields if name != "text"}
                        row = (one.request, msgspec.json.encode(Response(text=one.answer, **values)))
                        self._database.execute("INSERT OR IGNORE INTO answers VALUES (?, ?)", row)

    def close(self) -> None:
        self._database.close()
