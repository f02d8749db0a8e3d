"""A client for any Label Studio, on top of label-studio-sdk: retries, errors, projects and users.

Reads, and writes that may safely be repeated, are retried. Any other write is sent once. If its outcome is unknown (after a
time-out, a proxy's 504 or a dropped connection), ``Uncertain`` is raised. The caller then lists what is on the server before
it sends anything again.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

import httpx
import msgspec
from label_studio_sdk.core.api_error import ApiError
from msgspec import DecodeError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_exponential

from standpoint.codebook.kinds._items import TO_FIX
from standpoint.core.model import StandpointError

if TYPE_CHECKING:
    from standpoint.labelstudio.sdk import Sdk

ATTEMPTS, MOST_SECONDS = 6, 600  # of a request that may be repeated
TEMPORARY = {408, 425, 429, 500, 502, 503, 504}  # statuses after which another attempt may succeed
RENEWAL = "/api/token/refresh/"  # where the SDK exchanges a personal access token for an access token

P = ParamSpec("P")
T = TypeVar("T")


class Uncertain(Exception):
    """A request whose outcome is unknown. ``working``: the server may still be carrying it out."""

    def __init__(self, why: str, working: bool, request: httpx.Request | None = None) -> None:
        super().__init__(why)
        self.request = f"{request.method} {request.url.path}" if request else ""
        # A renewal of the token precedes the request: if it fails, the request was not sent.
        self.working = working and not self.request.endswith(RENEWAL)


class Refused(StandpointError):
    """A refusal that another attempt would get as well. ``status``: the HTTP status."""

    def __init__(self, status: int, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.status = status


class TooLarge(Refused):
    """The server, or a proxy before it, refuses a request as too long (HTTP 413)."""


@dataclass(frozen=True)
class Client:
    """A Label Studio that accepts the token. ``patience``: seconds to wait for a request whose outcome is unknown."""

    url: str
    sdk: Sdk
    patience: float = 30.0
    guide: str = ""  # the address of the guide on this server, if it has one

    def retry(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method of the SDK that may safely be repeated; StandpointError if it fails several times.

        The docstring of ``Sdk`` says why the SDK's own retries are switched off.
        """
        stop = stop_after_attempt(ATTEMPTS) | stop_after_delay(MOST_SECONDS)
        retrying = Retrying(retry=retry_if_exception_type(Uncertain), wait=wait_exponential(0.2, 10), stop=stop, reraise=True)
        try:
            return retrying(self.once, call, *args, **kwargs)
        except Uncertain as error:
            message = f"{self.url} does not do {error.request}: {error}"
            raise StandpointError(message, "try again later; nothing is lost") from None

    def once(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method of the SDK once; Uncertain if its outcome is unknown, TooLarge if the request is too long."""
        try:
            try:
                return call(*args, **kwargs)
            except Refused as error:
                if error.status != 401 or not self.sdk.forget_access_token():
                    raise
                return call(*args, **kwargs)  # safe: a request without a valid token is refused before anything is done
        except httpx.TransportError as error:
            working = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            raise Uncertain(_one_line(error), working, error.request) from None
        except (ApiError, DecodeError, ValueError, TypeError, AttributeError) as error:
            # A success without JSON, in the SDK, in its renewal, or in ``Sdk``; or JSON of another shape, which the SDK does not
            # check: its models are then an error of Python.
            hint = "open it in a browser: does a proxy ask for a log-in?"
            message = f"{self.sdk.asked} answers something else than the JSON of Label Studio"
            raise StandpointError(f"{message}: {_one_line(error)}"[:300], hint) from error

    def delete_task(self, number: int) -> None:
        """Delete a task, if it still exists."""
        try:
            self.retry(self.sdk.tasks.delete, str(number))
        except Refused as error:
            if error.status != 404:
                raise


def connect(url: str, token: str, timeout: float = 300.0, patience: float = 30.0) -> Client:
    """A client of the Label Studio at ``url``, with a legacy token or a personal access token; times are in seconds.

    Raises StandpointError if it is not reached, is no Label Studio, or refuses the token.
    """
    url, token = url.strip().rstrip("/"), token.strip()
    is_local = _is_loopback(url)
    if not token or not token.isascii() or not token.isprintable():
        raise StandpointError("the token is empty, or has characters that no token has", "copy it again from Account & Settings")
    limits = httpx.Timeout(timeout, connect=min(timeout, 15.0))
    http = httpx.Client(timeout=limits, trust_env=not is_local)
    try:
        url = _resolve_address(http, url)
        http.event_hooks = {"response": [raise_for_answer]}
        from standpoint.labelstudio.sdk import Sdk

        client = Client(url, Sdk(url, token, http), patience)
        client.retry(client.sdk.users.whoami)
        return client
    except BaseException as error:
        http.close()
        if isinstance(error, ApiError):  # a JWT that has expired, or never expires, which no personal access token does
            detail = error.body["detail"] if isinstance(error.body, dict) else error.body
            raise _token_refused(401, f"{url} does not know this personal access token", str(detail)) from None
        if isinstance(error, Refused) and error.status == 404:  # below the start page, /projects/api/version and the like answer
            raise _not_label_studio(url) from None
        raise


def raise_for_answer(answer: httpx.Response) -> None:
    """Raise an error for an answer that is no success; httpx calls this for each answer.

    Measured: the SDK's own ``ApiError`` names neither the method nor the address, and prints 1 kB of headers.
    """
    if answer.is_success:
        return
    answer.read()
    status, request = answer.status_code, answer.request
    if status in TEMPORARY:
        raise Uncertain(reason(answer), status in (408, 502, 503, 504), request)
    where = str(request.url.copy_with(query=None))
    if where.endswith(RENEWAL):
        raise _token_refused(status, f"{where.removesuffix(RENEWAL)} does not know this personal access token", reason(answer))
    if status in (401, 403):
        raise _token_refused(status, f"{where} refuses the token", reason(answer))
    message = f"{request.method} {where} answers {reason(answer)}"
    if status == 413:
        raise TooLarge(status, message, "let the server, or a proxy before it, accept longer requests")
    raise Refused(status, message, "open the address of the server in a browser; its log says more")


def _token_refused(status: int, what: str, why: str) -> Refused:
    """The error for a token that the server refuses, with a hint on what to do."""
    if "legacy" in why:
        hint = "give a personal access token, or let an administrator allow legacy tokens (Organization, API Tokens Settings)"
    else:
        hint = "copy it again from Account & Settings; it must belong to this server and not be revoked"
    return Refused(status, f"{what}: {why}", hint)


def reason(answer: httpx.Response) -> str:
    """The reason that an answer gives for an error, in one short line."""
    try:
        body = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.reason_phrase}"
    if isinstance(body, dict):
        body = {key: body[key] for key in ("detail", "validation_errors") if body.get(key)} or body
        body = body["detail"] if list(body) == ["detail"] else body
    return f"{answer.status_code} {' '.join(str(body).split())[:300]}"


def _one_line(error: Exception) -> str:
    """An error in one line, never empty."""
    return " ".join(str(error).split()) or type(error).__name__


def _is_loopback(url: str) -> bool:
    """Whether an address is this machine's own: then no proxy is used. StandpointError if it is no address."""
    try:
        address = httpx.URL(url)
        host = address.host if address.scheme in ("http", "https") else ""
    except httpx.InvalidURL:
        host = ""
    if not host:
        raise StandpointError(f"{url!r} is no address of a Label Studio", "it looks like https://labels.example.org")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _resolve_address(http: httpx.Client, url: str) -> str:
    """The address after redirections; StandpointError if no Label Studio answers there.

    The token is sent to the address that is returned. So a redirection to another host, or from https to http, is an error.
    """
    try:
        answer = http.get(f"{url}/api/version", follow_redirects=True, timeout=30)
        body = None if answer.status_code in TEMPORARY else answer.json()
    except (httpx.TransportError, httpx.TooManyRedirects) as error:
        raise StandpointError(f"{url} is not reached: {_one_line(error)}", "is the address right, and the server up?") from None
    except ValueError:  # below the start page, HTML pages name versions, too
        raise _not_label_studio(url) from None
    if body is None:
        raise StandpointError(f"{url} answers {reason(answer)}", "is the server behind that proxy up?")
    if not isinstance(body, dict) or "release" not in body:
        raise _not_label_studio(url)
    resolved = str(answer.url).partition("/api/version")[0]
    if answer.url.host != httpx.URL(url).host or (url.startswith("https:") and answer.url.scheme != "https"):
        raise StandpointError(f"{url} redirects to {resolved}; the token is not sent there", "give that address if you trust it")
    return resolved


def _not_label_studio(url: str) -> StandpointError:
    return StandpointError(f"{url} is no Label Studio", "give the address of its start page, without /projects and the like")


NARROW_COLUMNS = frozenset({"data.title", f"data.{TO_FIX}"})  # of the list beside an open article
LIST_COLUMNS = NARROW_COLUMNS | {"id", "draft_exists", "completed_at", "cancelled_annotations"}
TAB_TITLE = "Articles"


def create_list_view(client: Client, project_id: int) -> None:
    """Make a view of a project's task list with few columns, if it has no view yet.

    Done after a push, as Label Studio knows the columns only once the project has tasks.
    """
    if client.retry(client.sdk.views.list, project=project_id):
        return
    columns = client.retry(client.sdk.columns, project_id)
    names = [f"{column.parent}.{column.id}" if column.parent else column.id for column in columns]
    if "data.article_id" not in names:
        return
    paths = {name: f"{column.target}:{name}" for column, name in zip(columns, names, strict=True)}
    hidden = {
        where: [path for name, path in paths.items() if name not in shown]
        for where, shown in (("explore", LIST_COLUMNS), ("labeling", NARROW_COLUMNS))
    }
    view = {"title": TAB_TITLE, "type": "list", "target": "tasks", "hiddenColumns": hidden}
    view["columnsWidth"] = {"tasks:data.title": 560}
    client.retry(client.sdk.views.create, project=project_id, data=view)  # if carried out twice, it only makes a second tab


def as_json(value: object, kind: type[T]) -> T:
    """A value of the SDK's models, which check nothing; a ValueError if it is not of this type, or has half characters."""
    return msgspec.json.decode(msgspec.json.encode(value), type=kind)


TITLE_LENGTHS = range(3, 51)  # characters that Label Studio allows in a title


class ListedProject(NamedTuple):
    """A project of Label Studio, sorted by title."""

    title: str
    id: int
    description: str


def listed_projects(client: Client, prefix: str = "") -> list[ListedProject]:
    """The projects whose title begins with ``prefix``, sorted.

    The SDK's own iteration asks for one page more than there are, which is answered with a 404.
    """
    query: dict[str, Any] = {"title": prefix, "page_size": 100, "include": "id,title,description", "ordering": "id"}

    def page(number: int) -> tuple[list[ListedProject], bool]:
        listed = client.sdk.projects.list(page=number, **query)
        found = [(project.title, project.id, project.description or "") for project in listed.items or []]
        return as_json(found, list[ListedProject]), bool(listed.response.next)

    projects: set[ListedProject] = set()
    for number in count(1):
        found, more = client.retry(page, number)
        projects.update(one for one in found if one.title.startswith(prefix))
        if not found or not more:
            break
    return sorted(projects)


def list_projects(client: Client, prefix: str = "") -> list[tuple[str, int]]:
    """Title and id of each project whose title begins with ``prefix``, sorted."""
    return [(project.title, project.id) for project in listed_projects(client, prefix)]


def ensure_project(client: Client, title: str, config: str, instructions: str = "", description: str = "") -> int:
    """The id of the project with this description, or, without one, with exactly this title; with this config and instructions.

    It is made or changed if necessary. A title that people have changed stays as it is, if there is a description. Label Studio
    refuses any change of a label config with a Repeater once an answer in it was submitted, because it does not know the names
    of repeated controls.
    """
    if len(title) not in TITLE_LENGTHS:
        hint = f"a title has {TITLE_LENGTHS.start} to {TITLE_LENGTHS.stop - 1}"
        raise StandpointError(f"{title!r} has {len(title)} characters", hint)
    wanted = {"label_config": config.strip(), "expert_instruction": instructions, "show_instruction": bool(instructions)}
    number = find_or_create_project(client, {"title": title, "description": description} | wanted)
    current = client.retry(client.sdk.projects.get, number)
    changed = {key: value for key, value in wanted.items() if (getattr(current, key) or type(value)()) != value}
    if changed:
        try:
            client.retry(client.sdk.projects.update, number, **changed)
        except StandpointError as error:
            message = f"project {title!r} cannot be changed: {error.message}".replace("\n", " ")[:300]
            hint = "work was submitted on a page of another codebook version: pull it, then push under another --name"
            raise StandpointError(message, hint) from None
    return number


def find_or_create_project(client: Client, settings: dict) -> int:
    """The id of the project with the mark in these settings' description, or, without one, of that with their title and no mark.

    It is made with these settings if it does not exist.
    """
    number = _find_project(client, settings)
    return _create_project(client, settings) if number is None else number


def _create_project(client: Client, settings: dict) -> int:
    for _ in range(3):
        try:
            return client.once(lambda: as_json(client.sdk.projects.create(**settings).id, int))
        except Uncertain as error:
            why, until = error, time.monotonic() + (client.patience if error.working else 0)
        while (number := _find_project(client, settings)) is None and time.monotonic() < until:
            time.sleep(0.5)
        if number is not None:
            return number
    raise StandpointError(f"{client.url} does not make the project {settings['title']!r}: {why}", "try again later")


MARK = "standpoint {"  # begins the line of a project's description that says whose project it is (``own_projects``)


def mark_in(description: str) -> str:
    """The line of a description that says whose project it is, or ""."""
    return next((line.strip() for line in description.splitlines() if line.strip().startswith(MARK)), "")


def _find_project(client: Client, settings: dict) -> int | None:
    title, mark = settings["title"], mark_in(settings.get("description") or "")
    projects = listed_projects(client, "" if mark else title)
    found = [project for project in projects if (mark_in(project.description) == mark and (mark or project.title == title))]
    if len(found) > 1:
        numbers = ", ".join(str(project.id) for project in found)
        shared = "with the same mark in their descriptions as" if mark else "called"
        raise StandpointError(f"{client.url} has several projects {shared} {title!r}: {numbers}", "delete or rename all but one")
    return found[0].id if found else None


def user_emails(client: Client) -> dict[int, str]:
    """The e-mail of each user by user id."""

    def listed() -> dict[int, str]:
        return as_json({user.id: user.email for user in client.sdk.users.list()}, dict[int, str])

    return client.retry(listed)
