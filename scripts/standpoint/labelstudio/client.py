"""A client for any Label Studio, on top of label-studio-sdk: retries, errors, projects and users.

A read, and a write that may safely be repeated, is retried a few times. Any other write is sent once. If a failure leaves
open whether the server did it (a time-out, a proxy's 504, a dropped connection), ``Uncertain`` is raised, and the caller
looks at what is on the server before it sends anything again.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import httpx
from label_studio_sdk.core.api_error import ApiError
from msgspec import DecodeError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_exponential

from standpoint.codebook.kinds._items import TO_FIX
from standpoint.core.model import StandpointError

if TYPE_CHECKING:
    from standpoint.labelstudio.sdk import Sdk

ATTEMPTS, LONGEST = 6, 600  # of a request that may be repeated, and for how many seconds at most
PASSING = {408, 425, 429, 500, 502, 503, 504}  # answers that another attempt may not get
RENEWAL = "/api/token/refresh/"  # where the SDK exchanges a personal access token for an access token

P = ParamSpec("P")
T = TypeVar("T")


class Uncertain(Exception):
    """A request that the server may have carried out, or not. ``working``: the server may still be working on it."""

    def __init__(self, why: str, working: bool, request: httpx.Request | None = None) -> None:
        super().__init__(why)
        self.what = f"{request.method} {request.url.path}" if request else ""
        # A renewal of the token precedes the request: if it fails, the request was not sent.
        self.working = working and not self.what.endswith(RENEWAL)


class Refused(StandpointError):
    """An answer that another attempt would get as well. ``status``: the HTTP status."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.status = status


class TooLarge(Refused):
    """The server, or a proxy before it, does not take so long a request (HTTP 413)."""


@dataclass(frozen=True)
class Client:
    """A Label Studio that was reached and knows the token. ``patience``: seconds that it may work on a lost request."""

    url: str
    sdk: Sdk
    patience: float = 30.0
    guide: str = ""  # where this server shows the guide itself, if it does

    def retry(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method of the SDK that may safely be repeated; StandpointError if it fails several times.

        ``Sdk`` says why the SDK's own retries are off.
        """
        stop = stop_after_attempt(ATTEMPTS) | stop_after_delay(LONGEST)
        retrying = Retrying(retry=retry_if_exception_type(Uncertain), wait=wait_exponential(0.2, 10), stop=stop, reraise=True)
        try:
            return retrying(self.once, call, *args, **kwargs)
        except Uncertain as error:
            raise StandpointError(f"{self.url} does not do {error.what}: {error}", "try again later; nothing is lost") from None

    def once(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method of the SDK once; Uncertain if it may have been carried out, TooLarge if the request is too long."""
        try:
            try:
                return call(*args, **kwargs)
            except Refused as error:
                if error.status != 401 or not self.sdk.forget_access_token():
                    raise
                return call(*args, **kwargs)  # the server refused it before it did anything
        except httpx.TransportError as error:
            working = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            raise Uncertain(_words(error), working, error.request) from None
        except (ApiError, JSONDecodeError, DecodeError):  # a success without JSON: a request's, a renewal's, one of ours
            raise StandpointError(
                f"{self.url} answers something else than JSON", "open it in a browser: does a proxy before it ask for a log-in?"
            ) from None

    def delete_task(self, number: int) -> None:
        """Delete a task, if it is still there."""
        try:
            self.retry(self.sdk.tasks.delete, str(number))
        except Refused as error:
            if error.status != 404:
                raise


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
    http = httpx.Client(timeout=limits, trust_env=not _is_here(url))
    try:
        url = _true_address(http, url)
        http.event_hooks = {"response": [check]}
        client = Client(url, _logged_in(url, token, http), patience)
        try:
            client.retry(client.sdk.users.whoami)
        except Refused as error:
            raise _elsewhere(url) if error.status == 404 else error from None  # /projects/api/version answers as well, for one
    except BaseException:
        http.close()
        raise
    return client


def _logged_in(url: str, token: str, http: httpx.Client) -> Sdk:
    from standpoint.labelstudio.sdk import Sdk

    try:
        return Sdk(url, token, http)
    except ApiError as error:  # a JWT that has expired, or never expires, which no personal access token does
        said = error.body["detail"] if isinstance(error.body, dict) else error.body
        raise _refused(401, f"{url} does not know this personal access token", said) from None


def check(answer: httpx.Response) -> None:
    """Raise an error for an answer that is no success; httpx calls this for each answer.

    The SDK would raise ``ApiError``, which names neither the method nor the address, and prints 1 kB of headers.
    """
    if answer.is_success:
        return
    answer.read()
    status, request = answer.status_code, answer.request
    if status in PASSING:
        raise Uncertain(reason(answer), status in (408, 502, 503, 504), request)
    where = str(request.url.copy_with(query=None))
    if where.endswith(RENEWAL):
        raise _refused(status, f"{where.removesuffix(RENEWAL)} does not know this personal access token", reason(answer))
    if status in (401, 403):
        raise _refused(status, f"{where} refuses the token", reason(answer))
    error = TooLarge if status == 413 else Refused
    raise error(status, f"{request.method} {where} answers {reason(answer)}")


def _refused(status: int, what: str, why: str) -> Refused:
    """The error for a token that is not taken: ``what``, why, and what to do about it."""
    if "legacy" in why:
        hint = "give a personal access token, or let an administrator allow legacy tokens (Organization, API Tokens Settings)"
    else:
        hint = "copy it anew from Account & Settings; it must belong to this server and not be revoked"
    return Refused(status, f"{what}: {why}", hint)


def reason(answer: httpx.Response) -> str:
    """What an answer says went wrong, in one short line."""
    try:
        said = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.reason_phrase}"
    if isinstance(said, dict):
        said = {key: said[key] for key in ("detail", "validation_errors") if said.get(key)} or said
        said = said["detail"] if list(said) == ["detail"] else said
    return f"{answer.status_code} {' '.join(str(said).split())[:300]}"


def _words(error: Exception) -> str:
    """An error in one line, never empty."""
    return " ".join(str(error).split()) or type(error).__name__


def _true_address(http: httpx.Client, url: str) -> str:
    """The address behind redirections, if a Label Studio is there."""
    try:
        answer = http.get(f"{url}/api/version", follow_redirects=True, timeout=30)
    except (httpx.TransportError, httpx.TooManyRedirects) as error:
        raise StandpointError(f"{url} is not reached: {_words(error)}", "is the address right, and the server up?") from None
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


BESIDE = frozenset({"data.title", f"data.{TO_FIX}"})  # in the narrow list beside an article that is open
SHOWN = BESIDE | {"id", "draft_exists", "completed_at", "cancelled_annotations"}
TITLE_COLUMN = "Articles"  # of the tab


def create_list_view(client: Client, project_id: int) -> None:
    """Make the view of a project that has none yet, and has tasks of ours: until then, their columns are not known."""
    if client.retry(client.sdk.views.list, project=project_id):
        return
    columns = client.retry(client.sdk.columns, project_id)
    names = [f"{one['parent']}.{one['id']}" if one.get("parent") else one["id"] for one in columns]
    if "data.article_id" not in names:
        return
    paths = {name: f"{one['target']}:{name}" for one, name in zip(columns, names, strict=True)}
    hidden = {
        where: [path for name, path in paths.items() if name not in shown]
        for where, shown in (("explore", SHOWN), ("labeling", BESIDE))
    }
    view = {"title": TITLE_COLUMN, "type": "list", "target": "tasks", "hiddenColumns": hidden}
    view["columnsWidth"] = {"tasks:data.title": 560}
    client.retry(client.sdk.views.create, project=project_id, data=view)  # done twice, it is a second tab


TITLE = range(3, 51)  # characters that Label Studio allows in a title


def list_projects(client: Client, prefix: str = "") -> list[tuple[str, int]]:
    """Title and number of each project whose title begins with ``prefix``, sorted."""
    return sorted({(title, number) for title, number in _projects(client, prefix) if title.startswith(prefix)})


def _projects(client: Client, title: str) -> Iterator[tuple[str, int]]:
    """Page after page until there is no next one: the SDK's own iteration asks for one more, which is a 404."""
    which: dict[str, Any] = {"title": title, "page_size": 100, "include": "id,title", "ordering": "id"}
    for number in count(1):
        listed = client.retry(client.sdk.projects.list, page=number, **which)
        yield from ((project.title, project.id) for project in listed.items or [])
        if not listed.response.next:
            return


def ensure_project(client: Client, title: str, config: str, instructions: str = "") -> int:
    """The number of the project with exactly this title, made if there is none, with this config and instructions."""
    if len(title) not in TITLE:
        raise StandpointError(f"{title!r} has {len(title)} characters", f"a title has {TITLE.start} to {TITLE.stop - 1}")
    wanted = {"label_config": config.strip(), "expert_instruction": instructions, "show_instruction": bool(instructions)}
    number = _find(client, title)
    if number is None:
        return _create(client, title, wanted)
    there = client.retry(client.sdk.projects.get, number)
    changed = {key: value for key, value in wanted.items() if (getattr(there, key) or type(value)()) != value}
    if changed:
        _change(client, number, title, changed)
    return number


def find_or_create_project(client: Client, settings: dict) -> int:
    """The number of the project with the title of these settings: left as it is, or made with them if there is none."""
    number = _find(client, settings["title"])
    return _create(client, settings["title"], settings) if number is None else number


def _change(client: Client, number: int, title: str, changed: dict) -> None:
    """Label Studio refuses any change of a page once an answer for each actor was submitted: it knows no Repeater names."""
    try:
        client.retry(client.sdk.projects.update, number, **changed)
    except StandpointError as error:
        hint = "work was submitted on a page of another codebook: pull it, then push under another --name"
        raise StandpointError(f"project {title!r} cannot be changed: {error.message}".replace("\n", " ")[:300], hint) from None


def _find(client: Client, title: str) -> int | None:
    numbers = [number for found, number in list_projects(client, title) if found == title]
    if len(numbers) > 1:
        named = ", ".join(map(str, numbers))
        raise StandpointError(f"{client.url} has several projects called {title!r}: {named}", "delete or rename all but one")
    return numbers[0] if numbers else None


def _create(client: Client, title: str, wanted: dict) -> int:
    for _ in range(3):
        try:
            return client.once(client.sdk.projects.create, **(wanted | {"title": title})).id
        except Uncertain as error:
            number, why = _appears(client, title, client.patience if error.working else 0), error
        if number is not None:
            return number
    raise StandpointError(f"{client.url} does not make the project {title!r}: {why}", "try again later")


def _appears(client: Client, title: str, patience: float) -> int | None:
    """The project, as soon as it is there, or None when patience is over."""
    until = time.monotonic() + patience
    while (number := _find(client, title)) is None and time.monotonic() < until:
        time.sleep(0.5)
    return number


def user_emails(client: Client) -> dict[int, str]:
    """The e-mail of each user by user id."""
    return {user.id: user.email for user in client.retry(client.sdk.users.list)}
