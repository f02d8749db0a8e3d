"""An endpoint that speaks OpenAI's chat completions, asked through the `openai` client; and what its tokens cost.

The client waits and tries again after 408, 409, 429, 5xx and lost connections, as long as an endpoint says or longer each time.
What comes after that is told for each article, and a run ends if nothing else comes.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from standpoint.annotate.requests import FORMS, Request, response_of
from standpoint.core.answer_store import FILTERED, Response
from standpoint.core.model import StandpointError, needs_extra
from standpoint.core.yaml_files import Strict, load_as, means

KEY = "OPENAI_API_KEY"  # the variable of the environment with the key
ADDRESS = "https://api.openai.com/v1"
MILLION = 1_000_000
REFUSED = (400, 413, 422)  # of a request that is wrong, or too long


class NotAnswered(Exception):
    """A request that got no answer, after all attempts. ``code``: of the Issue about it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Endpoint:
    """The client of one endpoint. Threads may use it side by side."""

    def __init__(self, url: str | None, form: str, timeout: float, attempts: int) -> None:
        """``form``: how the form of answers is asked for, or "auto": as strictly as the endpoint can. ``timeout``: in seconds."""
        with needs_extra("models", "asking an endpoint"):
            import httpx
            import openai
        self._openai, self._httpx = openai, httpx
        self.url = (url or os.environ.get("OPENAI_BASE_URL") or ADDRESS).rstrip("/")
        try:
            self.host = urlsplit(self.url).hostname or ""
            httpx.URL(self.url)
        except (ValueError, httpx.InvalidURL):
            self.host = ""
        if not self.host or not self.url.startswith(("http://", "https://")):
            raise StandpointError(f"--base-url {self.url}: is no address", "such as http://localhost:11434/v1")
        key = os.environ.get(KEY, "").strip()
        if not key and self.url == ADDRESS:
            raise StandpointError(f"{self.host} needs a key", f"put it in the variable {KEY}; --base-url names another endpoint")
        if not (key.isascii() and key.isprintable()):
            raise StandpointError(f"the variable {KEY} holds no key: it has letters that no key has", "copy the key again")
        self._client = openai.OpenAI(api_key=key or "none", base_url=self.url, timeout=timeout, max_retries=attempts)
        self._forms = FORMS if form == "auto" else (form,)
        self._proven: tuple[Mapping[str, Any], str] | None = None  # the schema of a pass, and the form that works with it
        self._is_there = False
        self._lock = threading.Lock()

    def ask(self, request: Request) -> Response:
        """The answer to a request; NotAnswered if there is none, StandpointError if there will be none to any request.

        If the endpoint refuses the strictest form, the next one is tried, and what works is used for the rest of the pass. Once a
        form has worked, a refusal is about the request: an article may be too long for the model.
        """
        self._look()
        proven = self._proven if self._proven and self._proven[0] is request.schema else None
        first: NotAnswered | None = None
        for form in (proven[1],) if proven else self._forms:
            try:
                response = self._asked(request, form, proven is not None)
            except _BadRequest as error:
                first = first or error
            else:
                self._proven = request.schema, form
                return response
        assert first
        raise first

    def _look(self) -> None:
        """Before the first request, see whether anything is there at all: the client would try for half a minute."""
        with self._lock:
            if self._is_there:
                return
            try:
                self._httpx.get(self.url, timeout=self._httpx.Timeout(5, connect=20))
            except (self._httpx.ConnectError, self._httpx.ConnectTimeout, self._httpx.UnsupportedProtocol) as error:
                hint = "is the server running? --base-url names its address"
                raise StandpointError(f"{self.host} does not answer: {_told(error)}", hint) from None
            except self._httpx.HTTPError:
                pass  # it is there, and busy
            self._is_there = True

    def _asked(self, request: Request, form: str, is_known: bool) -> Response:
        """``is_known``: whether it has answered requests of this kind, so that a refusal is about this one."""
        openai = self._openai
        try:
            answer = self._client.post("/chat/completions", cast_to=self._httpx.Response, body=request.body(form))
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            if is_known and error.status_code == 403:  # some endpoints refuse by it what their filter does not like
                raise _BadRequest("MODEL-REQUEST", f"{self.host} refuses the request: {_told(error)}") from None
            message = f"{self.host} refuses the key: {_told(error)}"
            raise StandpointError(message, f"the key is taken from the variable {KEY}") from None
        except openai.NotFoundError as error:
            message = f"{self.host} has no such model, or is no endpoint: {_told(error)}"
            raise StandpointError(message, "--model and --base-url name them; the address ends in /v1 as a rule") from None
        except openai.APIStatusError as error:
            if error.code == FILTERED:
                return response_of(_filtered(_told(error)), self.host, form)
            if error.status_code in REFUSED:
                raise _BadRequest("MODEL-REQUEST", f"{self.host} refuses the request: {_told(error)}") from None
            raise NotAnswered("MODEL-UNANSWERED", f"{self.host} answers {error.status_code}: {_told(error)}") from None
        except openai.APIError as error:
            raise NotAnswered("MODEL-UNANSWERED", f"{self.host} does not answer: {_told(error.__cause__ or error)}") from None
        try:
            return response_of(answer.content, self.host, form)
        except ValueError as error:
            raise NotAnswered("MODEL-UNANSWERED", f"what {self.host} answers {error}") from None

    def close(self) -> None:
        self._client.close()


class _BadRequest(NotAnswered):
    """The endpoint says that the request is wrong: its form, perhaps."""


def _filtered(message: str) -> bytes:
    """The completion that stands for a request which an endpoint's filter held back: a refusal, which is not asked for again."""
    choice = {"message": {"refusal": message}, "finish_reason": FILTERED}
    return msgspec.json.encode({"choices": [choice]})


def _told(error: BaseException) -> str:
    """The message of an error of the client, as one line."""
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    return " ".join(str(message or error or type(error).__name__).split())[:300]


class Price(Strict, frozen=True):
    """What a model costs, per million tokens."""

    model: Annotated[str, means("the name of the model, as it is asked for")]
    input: Annotated[float, means("the price of a million tokens of requests")]
    output: Annotated[float, means("the price of a million tokens of answers")]
    cached: Annotated[
        float | None, means("the price of a million tokens that were in the endpoint's cache; without it, `input`")
    ] = None


class PriceTable(Strict, frozen=True):
    """A table of prices, for `annotate --prices`."""

    currency: Annotated[str, means("the currency, such as USD")]
    prices: Annotated[tuple[Price, ...], means("the price of each model")]


def load_price(path: Path, model: str) -> tuple[Price, str]:
    """The price of a model, and its currency; StandpointError if the table has none."""
    table = load_as(path, PriceTable, "table of prices")
    price = next((price for price in table.prices if price.model == model), None)
    if price is None:
        named = ", ".join(price.model for price in table.prices)
        raise StandpointError(f"{path}: has no price of {model}", f"it has {named}" if named else "it has none")
    return price, table.currency


def cost_of(price: Price, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
    """What tokens cost. ``cached_tokens`` are part of ``input_tokens``."""
    cached = price.input if price.cached is None else price.cached
    return ((input_tokens - cached_tokens) * price.input + cached_tokens * cached + output_tokens * price.output) / MILLION
