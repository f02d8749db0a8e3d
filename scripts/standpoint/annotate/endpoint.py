"""An endpoint that speaks OpenAI's chat completions, asked through the `openai` client; and what its tokens cost.

The client waits and tries again after 408, 409, 429, 5xx and lost connections, as long as an endpoint says or longer each time.
What comes after that is told for each article, and a run ends if nothing else comes.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from standpoint.annotate.requests import FORMS, Request, response_of
from standpoint.core.answer_store import Response
from standpoint.core.model import StandpointError, needs_extra
from standpoint.core.yaml_files import Strict, load_as, means

KEY = "OPENAI_API_KEY"  # the variable of the environment with the key
ADDRESS = "https://api.openai.com/v1"
MILLION = 1_000_000


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
        self.host = urlsplit(self.url).hostname or ""
        if not self.host:
            raise StandpointError(f"--base-url {self.url}: is no address", "such as http://localhost:11434/v1")
        key = os.environ.get(KEY)
        if not key and self.url == ADDRESS:
            raise StandpointError(f"{self.host} needs a key", f"put it in the variable {KEY}; --base-url names another endpoint")
        self._client = openai.OpenAI(api_key=key or "none", base_url=self.url, timeout=timeout, max_retries=attempts)
        self._forms = list(FORMS) if form == "auto" else [form]
        self._lock = threading.Lock()

    @property
    def form(self) -> str:
        """How the form of answers is asked for now."""
        return self._forms[0]

    def ask(self, request: Request) -> Response:
        """The answer to a request; NotAnswered if there is none, StandpointError if there will be none to any request.

        An endpoint that refuses the strictest form is asked for the next one, from then on.
        """
        first: NotAnswered | None = None
        while True:
            form = self.form
            try:
                return self._asked(request, form)
            except _BadRequest as error:
                with self._lock:
                    if len(self._forms) > 1 and self._forms[0] == form:
                        del self._forms[0]
                    elif self._forms[0] == form:
                        raise first or error from None
                first = first or error

    def _asked(self, request: Request, form: str) -> Response:
        openai = self._openai
        try:
            answer = self._client.post("/chat/completions", cast_to=self._httpx.Response, body=request.body(form))
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            message = f"{self.host} refuses the key: {_told(error)}"
            raise StandpointError(message, f"the key is taken from the variable {KEY}") from None
        except openai.NotFoundError as error:
            message = f"{self.url} has no such model, or is no endpoint: {_told(error)}"
            raise StandpointError(message, "--model and --base-url name them; the address ends in /v1 as a rule") from None
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            raise _BadRequest("MODEL-REQUEST", f"{self.host} refuses the request: {_told(error)}") from None
        except openai.APIStatusError as error:
            raise NotAnswered("MODEL-UNANSWERED", f"{self.host} answers {error.status_code}: {_told(error)}") from None
        except openai.APIError as error:
            raise NotAnswered("MODEL-UNANSWERED", f"{self.host} does not answer: {_told(error)}") from None
        received = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            return response_of(answer.content, self.host, form, received)
        except ValueError as error:
            raise NotAnswered("MODEL-UNANSWERED", f"what {self.host} answers {error}") from None

    def close(self) -> None:
        self._client.close()


class _BadRequest(NotAnswered):
    """The endpoint says that the request is wrong: its form, perhaps."""


def _told(error: Exception) -> str:
    """The message of an error of the client, as one line."""
    return " ".join(str(error).split())[:300]


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
