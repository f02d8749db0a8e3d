"""A client for any Label Studio: tokens, retries, projects and users."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_exponential

from standpoint.codebook.kinds._items import TO_MEND
from standpoint.core.model import StandpointError

PASSING = {408, 425, 429, 500, 502, 503, 504}  # answers that another attempt may not get


def good(answer: httpx.Response) -> httpx.Response:
    """The same answer if it is a success; StandpointError otherwise."""
    if answer.is_success:
        return answer
    where = str(answer.request.url.copy_with(query=None))
    if answer.status_code in (401, 403):
        raise refused(answer, f"{where} refuses the token")
    raise StandpointError(f"{answer.request.method} {where} answers {reason(answer)}", "")


def refused(answer: httpx.Response, what: str) -> StandpointError:
    """The error for a token that is not taken: ``what``, why, and what to do about it."""
    why = reason(answer)
    if "legacy" in why:
        hint = "give a personal access token, or let an administrator allow legacy tokens (Organization, API Tokens Settings)"
    else:
        hint = "copy it anew from Account & Settings; it must belong to this server and not be revoked"
    return StandpointError(f"{what}: {why}", hint)


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


def words(error: Exception) -> str:
    """An error in one line, never empty."""
    return " ".join(str(error).split()) or type(error).__name__


def by_token(token: str, url: str) -> httpx.Auth:
    """How to show a token: a personal access token is a JWT, a legacy token is not."""
    is_pat = token.startswith("eyJ") and token.count(".") == 2
    return Pat(token, url) if is_pat else Legacy(token)


class Legacy(httpx.Auth):
    """Label Studio's legacy API token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        request.headers["Authorization"] = f"Token {self.token}"
        yield request


class Pat(httpx.Auth):
    """A personal access token: it is exchanged for access tokens, which last five minutes."""

    requires_response_body = True

    def __init__(self, token: str, url: str) -> None:
        self.token, self.url, self.access = token, url, ""

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        for _ in range(2):
            if not self.access:
                self.access = self._granted((yield self._exchange()))
            request.headers["Authorization"] = f"Bearer {self.access}"
            answer = yield request
            if answer.status_code != 401:  # refused before anything was done: safe to send again
                return
            self.access = ""

    def _exchange(self) -> httpx.Request:
        return httpx.Request("POST", f"{self.url}/api/token/refresh", json={"refresh": self.token})

    def _granted(self, answer: httpx.Response) -> str:
        if answer.status_code in PASSING:
            raise httpx.ConnectError(reason(answer))  # the request itself was not sent
        if answer.status_code != 200:
            raise refused(answer, f"{self.url} does not know this personal access token")
        return answer.json()["access"]


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


BESIDE = frozenset({"data.title", f"data.{TO_MEND}"})  # in the narrow list beside an article that is open
SHOWN = BESIDE | {"id", "draft_exists", "completed_at", "cancelled_annotations"}
TITLE_COLUMN = "Articles"  # of the tab


def tidy_list(client: Client, project_id: int) -> None:
    """Make the view of a project that has none yet, and has tasks of ours: until then, their columns are not known."""
    if client.get("/api/dm/views/", project=project_id):
        return
    columns = client.get("/api/dm/columns/", project=project_id)["columns"]
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
    client.again("POST", "/api/dm/views/", json={"project": project_id, "data": view})  # done twice, it is a second tab


TITLE = range(3, 51)  # characters that Label Studio allows in a title


def list_projects(client: Client, prefix: str = "") -> list[tuple[str, int]]:
    """Title and number of each project whose title begins with ``prefix``, sorted."""
    found = {(project["title"], project["id"]) for project in _projects(client, prefix) if project["title"].startswith(prefix)}
    return sorted(found)


def _projects(client: Client, title: str) -> Iterator[dict]:
    number = 1
    while True:
        listed = client.get("/api/projects/", page=number, page_size=100, title=title, include="id,title", ordering="id")
        yield from listed["results"]
        if not listed.get("next"):
            return
        number += 1


def ensure_project(client: Client, title: str, config: str, instructions: str = "") -> int:
    """The number of the project with exactly this title, made if there is none, with this config and instructions."""
    if len(title) not in TITLE:
        raise StandpointError(f"{title!r} has {len(title)} characters", f"a title has {TITLE.start} to {TITLE.stop - 1}")
    wanted = {"label_config": config.strip(), "expert_instruction": instructions, "show_instruction": bool(instructions)}
    number = _find(client, title)
    if number is None:
        return _create(client, title, wanted)
    there = client.get(f"/api/projects/{number}/")
    changed = {key: value for key, value in wanted.items() if (there.get(key) or type(value)()) != value}
    if changed:
        _change(client, number, title, changed)
    return number


def found_or_made(client: Client, settings: dict) -> int:
    """The number of the project with the title of these settings: left as it is, or made with them if there is none."""
    number = _find(client, settings["title"])
    return _create(client, settings["title"], settings) if number is None else number


def _change(client: Client, number: int, title: str, changed: dict) -> None:
    """Label Studio refuses any change of a page once an answer for each actor was submitted: it knows no Repeater names."""
    try:
        client.again("PATCH", f"/api/projects/{number}/", json=changed)
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
    body = msgspec.json.encode({"title": title} | wanted)
    for _ in range(3):
        try:
            return client.send("/api/projects/", body).json()["id"]
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


def user_map(client: Client) -> dict[int, str]:
    """The e-mail of each user by user id."""
    listed = client.get("/api/users/")
    return {user["id"]: user["email"] for user in (listed["results"] if isinstance(listed, dict) else listed)}
