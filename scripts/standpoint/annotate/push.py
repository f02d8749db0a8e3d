"""Sending tasks so that each is there exactly once, however often it is run, killed or timed out.

Label Studio knows no key of a task: it stores what it is sent, and goes on storing when nobody waits for the answer any
more. So what is there is looked up first, a request whose fate is not known is waited for before it is sent again, and
if a late one comes after all, the copies that nobody has worked on are deleted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from standpoint.annotate.client import Client, TooLarge, Uncertain
from standpoint.annotate.columns import tidy_list
from standpoint.annotate.shelf import Copy, Shelf
from standpoint.model import StandpointError

ATTEMPTS = 4


class Batch(NamedTuple):
    """How much goes in one request at most."""

    tasks: int = 250
    bytes: int = 8_000_000


USUAL = Batch()


class Pushed(NamedTuple):
    """How many tasks were sent, and how many were there already."""

    sent: int
    present: int


class Parcel(NamedTuple):
    """A task to send: its key, its text's checksum, and its JSON."""

    key: str
    text_sha256: str
    body: bytes


Progress = Callable[[int, int | None], None]


def push_tasks(
    client: Client, project_id: int, tasks: Iterable[dict], batch: Batch = USUAL, progress: Progress | None = None
) -> Pushed:
    """Send the tasks that are not in the project yet; the key of a task is its ``data.article_id``.

    Raises StandpointError, after all others are sent, for tasks that are there with another text: they stay as they are.
    """
    shelf = Shelf(client, project_id)
    shelf.thin()
    sender, present, others, total = Sender(shelf, batch), 0, [], None
    for number, task in enumerate(tasks, 1):
        parcel = _parcel(task)
        known = sender.text_of(parcel.key)
        if known is None:
            sender.add(parcel)
        elif known == parcel.text_sha256:
            present += 1
        else:
            others.append(parcel.key)
        if progress:
            progress(number, total)
    sender.finish()
    tidy_list(client, project_id)
    if others:
        named = ", ".join(others[:3]) + (" …" if len(others) > 3 else "")
        raise StandpointError(
            f"{len(others)} task(s) of project {project_id} have another text than the article: {named}",
            "a text never changes under an id: restore it, or give the new text a new id",
        )
    return Pushed(sender.sent, present)


def _parcel(task: dict) -> Parcel:
    data = task["data"]
    return Parcel(data["article_id"], data["text_sha256"], msgspec.json.encode(task))


class Sender:
    """Gathers tasks into requests and sends them."""

    def __init__(self, shelf: Shelf, batch: Batch) -> None:
        self.shelf, self.batch = shelf, batch
        self.before = shelf.last  # what is sent from now on gets higher ids
        self.waiting: dict[str, Parcel] = {}
        self.sent = self.size = 0
        self.slowest = 0.0  # seconds of the slowest request
        self.uncertain = False

    def text_of(self, key: str) -> str | None:
        """The checksum of the text under a key, be it on the server or waiting to be sent."""
        return self.waiting[key].text_sha256 if key in self.waiting else self.shelf.text_of(key)

    def add(self, parcel: Parcel) -> None:
        """Put a task in the next request, and send that when it is full."""
        if self.waiting and (len(self.waiting) >= self.batch.tasks or self.size + len(parcel.body) > self.batch.bytes):
            self.flush()
        self.waiting[parcel.key] = parcel
        self.size += len(parcel.body)

    def flush(self) -> None:
        """Send what waits."""
        parcels, self.waiting, self.size = list(self.waiting.values()), {}, 0
        if parcels:
            self._send(parcels)
            self.sent += len(parcels)

    def finish(self) -> None:
        """Send the rest; then see to it that each task is there once, also if a request from before comes late."""
        self.flush()
        if self.sent:
            time.sleep(max(self.slowest, self.shelf.client.patience / 10) if self.uncertain else self.slowest)
            self.shelf.look(self.before)
            self.shelf.thin()

    def _send(self, parcels: list[Parcel]) -> None:
        """Send one request until its tasks are there; a request is stored whole or not at all."""
        for _ in range(ATTEMPTS):
            last = self.shelf.last
            try:
                self._post(parcels)
                return
            except TooLarge:
                self._halve(parcels)
                return
            except Uncertain as error:
                why, patience = error, self.shelf.client.patience if error.working else 0
                self.uncertain = True
            missing = self.shelf.wait_for({parcel.key for parcel in parcels}, last, patience)
            parcels = [parcel for parcel in parcels if parcel.key in missing]
            if not parcels:
                return
        raise StandpointError(
            f"{self.shelf.client.url} does not take tasks: {why}", "run it again: what is there is not sent twice"
        )

    def _halve(self, parcels: list[Parcel]) -> None:
        if len(parcels) == 1:
            raise StandpointError(
                f"{parcels[0].key} is too large for {self.shelf.client.url}", "raise the limit of the proxy before it"
            )
        middle = len(parcels) // 2
        self._send(parcels[:middle])
        self._send(parcels[middle:])

    def _post(self, parcels: list[Parcel]) -> None:
        started = time.monotonic()
        body = b"[" + b",".join(parcel.body for parcel in parcels) + b"]"
        answer = self.shelf.client.send(f"/api/projects/{self.shelf.project_id}/import", body, return_task_ids="true").json()
        self.slowest = max(self.slowest, time.monotonic() - started)
        ids = answer.get("task_ids") or []
        if len(ids) != len(parcels):  # some editions only promise to import
            raise Uncertain(f"the answer names {len(ids)} tasks of {len(parcels)}", working=True)
        for parcel, number in zip(parcels, ids, strict=True):
            self.shelf.put(parcel.key, Copy(number, parcel.text_sha256))
