"""Talking to any Label Studio over HTTP: what may be asked again is, what may not is told apart.

A read, and a write that does the same when done twice, is tried again a few times. Any other write is sent once; if it
is not known whether it was done (a time-out, a proxy's 504, a dropped connection) ``Uncertain`` is raised, and the
caller looks what is there before it sends again.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_exponential

from standpoint.annotate.answers import PASSING, good, reason, words
from standpoint.annotate.tokens import by_token
from standpoint.model import StandpointError

ATTEMPTS, LONGEST = 6, 600  # of what may be tried again: how often, and for how many seconds


class Passing(Exception):
    """Something that may be over at the next attempt."""


class Uncertain(Exception):
    """A write of which it is not known whether it was done. ``working``: the server may still be at it."""

    def __init__(self, why: str, working: bool) -> None:
        super().__init__(why)
        self.working = working


class TooLarge(Exception):
    """The server, or a proxy before it, does not take so long a request (HTTP 413)."""


@dataclass(frozen=True)
class Client:
    """A Label Studio that was reached and knows the token. ``patience``: seconds that it may work on a lost request."""

    url: str
    http: httpx.Client
    patience: float = 30.0
    guide: str = ""  # where this server shows the guide itself, if it does

    def get(self, path: str, **params: object) -> Any:
        """The JSON at a path; StandpointError if it is not to be had after several attempts."""
        return msgspec.json.decode(self.again("GET", path, params=params).content)

    def again(self, method: str, path: str, accept: tuple[int, ...] = (), **request: Any) -> httpx.Response:
        """Send what does no harm when it is done twice; ``accept`` are statuses that are as good as success."""
        stop = stop_after_attempt(ATTEMPTS) | stop_after_delay(LONGEST)
        retrying = Retrying(retry=retry_if_exception_type(Passing), wait=wait_exponential(0.2, 10), stop=stop, reraise=True)
        try:
            return retrying(self._attempt, method, path, accept, request)
        except Passing as error:
            raise StandpointError(
                f"{self.url} does not do {method} {path}: {error}", "try again later; nothing is lost"
            ) from None

    def _attempt(self, method: str, path: str, accept: tuple[int, ...], request: dict) -> httpx.Response:
        try:
            answer = self.http.request(method, path, **request)
        except httpx.TransportError as error:
            raise Passing(words(error)) from None
        if answer.status_code in PASSING:
            raise Passing(reason(answer))
        return answer if answer.status_code in accept else good(answer)

    def send(self, path: str, body: bytes, **params: object) -> httpx.Response:
        """POST JSON once; Uncertain if it is not known whether it was done, TooLarge if it is to be cut."""
        try:
            answer = self.http.post(path, content=body, params=params, headers={"Content-Type": "application/json"})
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Uncertain(words(error), working=False) from None
        except httpx.TransportError as error:
            raise Uncertain(words(error), working=True) from None
        if answer.status_code == 413:
            raise TooLarge
        if answer.status_code in PASSING:
            raise Uncertain(reason(answer), working=answer.status_code in (408, 502, 503, 504))
        return answer if answer.status_code == 409 else good(answer)


def connect(url: str, token: str, timeout: float = 300.0, patience: float = 30.0) -> Client:
    """A client of the Label Studio at ``url``, by a legacy token or a personal access token; times are in seconds.

    Raises StandpointError, in one line, if it is not reached, is no Label Studio, or does not know the token.
    """
    url, token = url.strip().rstrip("/"), token.strip()
    if not _is_address(url):
        raise StandpointError(f"{url!r} is no address of a Label Studio", "it looks like https://labels.example.org")
    if not token or not token.isascii() or not token.isprintable():
        raise StandpointError("the token is empty, or has characters that no token has", "copy it anew from Account & Settings")
    limits = httpx.Timeout(timeout, connect=min(timeout, 15.0))
    http = httpx.Client(base_url=url, timeout=limits, trust_env=not _is_here(url))
    try:
        url = _true_address(http, url)
        http.base_url = url
        http.auth = by_token(token, url)
        client = Client(url, http, patience)
        if client.again("GET", "/api/current-user/whoami", accept=(404,)).status_code == 404:
            raise _elsewhere(url)  # /projects/api/version answers as well, for one
    except BaseException:
        http.close()
        raise
    return client


def _true_address(http: httpx.Client, url: str) -> str:
    """The address behind redirections, if a Label Studio is there."""
    try:
        answer = http.get("/api/version", follow_redirects=True, timeout=30)
    except (httpx.TransportError, httpx.TooManyRedirects) as error:
        raise StandpointError(f"{url} is not reached: {words(error)}", "is the address right, and the server up?") from None
    if answer.status_code in PASSING:
        raise StandpointError(f"{url} answers {reason(answer)}", "is the server behind that proxy up?")
    if not _is_label_studio(answer):
        raise _elsewhere(url)
    return str(answer.url).partition("/api/version")[0]


def _elsewhere(url: str) -> StandpointError:
    return StandpointError(f"{url} is no Label Studio", "give the address of its start page, without /projects and the like")


def _is_label_studio(answer: httpx.Response) -> bool:
    """Whether this is its version in JSON; below the start page its pages of HTML name versions too."""
    try:
        said = answer.json()
    except ValueError:
        return False
    return isinstance(said, dict) and "release" in said


def _is_address(url: str) -> bool:
    try:
        return httpx.URL(url).scheme in ("http", "https") and bool(httpx.URL(url).host)
    except httpx.InvalidURL:
        return False


def _is_here(url: str) -> bool:
    """Whether an address is this machine's own, which no proxy is asked for."""
    host = httpx.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
