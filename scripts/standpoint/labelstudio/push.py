"""Sending tasks and annotations so that each is stored exactly once, however often a push is run, killed or timed out.

Neither Label Studio nor its SDK does this. Label Studio has no key for a task: it stores what it is sent, and continues
after the client has given up. Measured: an import whose client timed out after 1 s was stored nevertheless; one that was
answered with a 504 and then sent again, as the SDK does, was stored twice. So a push first lists what is on the server.
After a request that may have been carried out, it waits for the tasks before it sends them again. If such a request is
carried out late, the copies that nobody has worked on are deleted.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from standpoint.core.model import StandpointError
from standpoint.labelstudio.client import Client, Refused, TooLarge, Uncertain, tidy_list
from standpoint.labelstudio.pull import between, page, pages

FIRST_LOOK, LONGEST_PAUSE = 0.2, 5.0  # seconds between two looks for what an uncertain request has left


class RemoteTask(NamedTuple):
    """A task on the server."""

    id: int
    text_sha256: str | None


class RemoteTasks:
    """The tasks that are in a project, by key."""

    def __init__(self, client: Client, project_id: int) -> None:
        self.client, self.project_id = client, project_id
        self.copies: dict[str, dict[int, RemoteTask]] = defaultdict(dict)
        self.last = 0  # the highest id seen
        self.look()

    def look(self, after: int = 0) -> None:
        """Take notice of all tasks with higher ids than ``after``."""
        for found in pages(self.client, self.project_id, "id,data", after):
            for task in found.tasks:
                self.put(task["data"].get("article_id"), RemoteTask(task["id"], task["data"].get("text_sha256")))

    def put(self, key: str | None, copy: RemoteTask) -> None:
        """Take notice of one task."""
        self.last = max(self.last, copy.id)
        if key is not None:
            self.copies[key][copy.id] = copy

    def text_of(self, key: str) -> str | None:
        """The checksum of the text under a key, "" if that is not known, None if there is no such task."""
        copies = self.copies.get(key)
        return None if not copies else next(iter(copies.values())).text_sha256 or ""

    def wait_for(self, keys: set[str], after: int, patience: float) -> set[str]:
        """Look until all keys are there, or patience (seconds) is over; the keys that are not."""
        until, pause = time.monotonic() + patience, FIRST_LOOK
        while True:
            self.look(after)
            missing = {key for key in keys if not self.copies.get(key)}
            if not missing or time.monotonic() >= until:
                return missing
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def thin(self) -> None:
        """Delete the surplus copies of a task: nobody has worked on them, and one stays."""
        for key, copies in self.copies.items():
            if len(copies) > 1:
                self._keep_one(key, sorted(copies))

    def _keep_one(self, key: str, ids: list[int]) -> None:
        worked_on = [number for number in ids if self._worked_on(number)]
        if len(worked_on) > 1 or len({copy.text_sha256 for copy in self.copies[key].values()}) > 1:
            raise StandpointError(
                f"{key} is in project {self.project_id} more than once, and none can be spared: {', '.join(map(str, ids))}",
                "these tasks were worked on, or differ in text: delete all but one in Label Studio",
            )
        kept = (worked_on or ids)[0]
        for number in ids:
            if number != kept:
                self.client.delete_task(number)
                del self.copies[key][number]

    def _worked_on(self, number: int) -> bool:
        fields = "id,total_annotations,cancelled_annotations"
        found = page(self.client, self.project_id, fields, [between(number, number)]).tasks
        counted = any(task["total_annotations"] or task["cancelled_annotations"] for task in found)
        return counted or bool(self.client.retry(self.client.sdk.drafts, number))


def keys_to_ids(client: Client, project_id: int) -> Iterator[tuple[str, int]]:
    """Article id and task id of each task that has an article id."""
    for found in pages(client, project_id, "id,data"):
        for task in found.tasks:
            if task["data"].get("article_id"):
                yield task["data"]["article_id"], task["id"]


PUSH_ATTEMPTS = 4


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
    shelf = RemoteTasks(client, project_id)
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

    def __init__(self, shelf: RemoteTasks, batch: Batch) -> None:
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
        for _ in range(PUSH_ATTEMPTS):
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
        ids = self.shelf.client.once(self.shelf.client.sdk.import_bytes, self.shelf.project_id, body)
        self.slowest = max(self.slowest, time.monotonic() - started)
        if len(ids) != len(parcels):  # some editions only promise to import
            raise Uncertain(f"the answer names {len(ids)} tasks of {len(parcels)}", working=True)
        for parcel, number in zip(parcels, ids, strict=True):
            self.shelf.put(parcel.key, RemoteTask(number, parcel.text_sha256))


ENTER_ATTEMPTS = 6


class Entered(NamedTuple):
    """How many annotations were sent, and how many were there already."""

    sent: int
    present: int


def enter_annotations(
    client: Client,
    project_id: int,
    entries: Iterable[tuple[str, dict]],
    user_ids: Mapping[str, int],
    progress: Callable[[int, int | None], None] | None = None,
) -> Entered:
    """Store annotations as their annotators': entries are article id and ``{result, completed_by, unique_id, lead_time}``.

    ``completed_by`` is a pseudonym of ``user_ids``. Label Studio refuses a ``unique_id`` that it has already, so that
    sending again does no harm, and what an annotator has changed since is not overwritten.
    """
    tasks, counts = dict(keys_to_ids(client, project_id)), {True: 0, False: 0}
    for number, (article_id, work) in enumerate(entries, 1):
        if article_id not in tasks:
            raise StandpointError(f"{article_id} is no task of project {project_id}", "push its task first")
        if work["completed_by"] not in user_ids:
            raise StandpointError(f"{work['completed_by']} has no account on {client.url}", "make one for that pseudonym first")
        body = work | {"completed_by": user_ids[work["completed_by"]], "ground_truth": False}
        counts[enter_one(client, tasks[article_id], body)] += 1
        if progress:
            progress(number, None)
    return Entered(counts[True], counts[False])


def enter_one(client: Client, task_id: int, body: Mapping[str, Any]) -> bool:
    """Store one annotation, with its ``unique_id``; False if it was there already.

    The server refuses a ``unique_id`` that it has (409). The SDK with its own retries repeats a 409 too, and then raises it,
    even if its first attempt had stored the annotation.
    """
    for attempt in range(ENTER_ATTEMPTS):
        try:
            client.once(client.sdk.annotations.create, task_id, **body)
            return True
        except TooLarge:
            raise StandpointError(
                f"an annotation of task {task_id} is too large for {client.url}", "raise the proxy's limit"
            ) from None
        except Refused as error:
            if error.status != 409:
                raise
            return False
        except Uncertain as error:
            why = error
            time.sleep(min(0.2 * 2**attempt, 5.0))
    raise StandpointError(f"{client.url} does not take annotations: {why}", "run it again: what is there is not sent twice")


def withdraw(client: Client, project_id: int, wanted: Collection[str]) -> int:
    """Delete the tasks whose key is not wanted any more and that nobody has worked on or begun; how many."""
    fields = "id,data,total_annotations,cancelled_annotations"
    found = [task for page in pages(client, project_id, fields) for task in page.tasks]
    untouched = [task["id"] for task in found if task["data"].get("article_id") not in wanted and _untouched(client, task)]
    for number in untouched:
        client.delete_task(number)
    return len(untouched)


def _untouched(client: Client, task: dict) -> bool:
    worked_on = task["total_annotations"] or task["cancelled_annotations"]
    return not worked_on and not client.retry(client.sdk.drafts, task["id"])
