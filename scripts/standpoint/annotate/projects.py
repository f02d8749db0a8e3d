"""Projects and users of a Label Studio."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec

from standpoint.annotate.client import Client, Uncertain
from standpoint.model import StandpointError

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
