"""Sending tasks and annotations so that each is stored exactly once, however often a push is repeated, killed or timed out.

Neither Label Studio nor its SDK does this. Label Studio has no key for a task: it stores what it is sent, and continues
after the client has given up. Measured: an import whose client timed out after 1 s was stored nevertheless; one that was
answered with a 504 and then sent again, as the SDK does, was stored twice. So a push first lists what is on the server.
After a request that may have been carried out, it waits for the tasks before it sends them again. If such a request is
carried out late, the copies that nobody has worked on are deleted.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from standpoint.adjudication.article_tasks import Completion
from standpoint.core.model import StandpointError
from standpoint.labelstudio.client import Client, Refused, TooLarge, Uncertain, create_list_view
from standpoint.labelstudio.pull import between, list_tasks, page
from standpoint.pages.task_json import decode_data

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # seconds between two listings, after a request with an unknown outcome


def key_of(data: Mapping[str, Any]) -> str:
    """The key of a task with this data; "" if it is no task of ours."""
    key = data.get("article_id")
    return key if isinstance(key, str) else ""


class RemoteTasks:
    """An index of the tasks in a project, by key: the ``article_id`` in a task's data.

    ``copies`` are the tasks with a key: the checksum of each one's text by its id. ``listed``: the ids in the list of actors
    of each task, by its id, if ``with_lists``.
    """

    def __init__(self, client: Client, project_id: int, with_lists: bool = False) -> None:
        self.client, self.project_id, self.with_lists = client, project_id, with_lists
        self.copies: dict[str, dict[int, str | None]] = defaultdict(dict)
        self.listed: dict[int, list[str]] = {}
        self.last = 0  # the highest id seen
        self.refresh()

    def refresh(self, after: int = 0) -> None:
        """Add all tasks on the server with ids greater than ``after`` to the index."""
        for task in list_tasks(self.client, self.project_id, "id,data", after):
            self.last = max(self.last, task["id"])
            self.index(task["id"], task["data"])

    def index(self, number: int, data: dict) -> None:
        """Add a task of the server to the index, if it has a key."""
        if key := key_of(data):
            self.add(key, number, data.get("text_sha256"))
            if self.with_lists:
                known = decode_data(msgspec.Raw(msgspec.json.encode(data)))
                self.listed[number] = [actor.alias or actor.value for actor in known.actors]

    def add(self, key: str, number: int, text_sha256: str | None) -> None:
        """Add one copy of a task to the index."""
        self.last = max(self.last, number)
        self.copies[key][number] = text_sha256

    def checksum_of(self, key: str) -> str | None:
        """The checksum of the text under a key; "" if it is not known, None if there is no such task."""
        copies = self.copies.get(key)
        return None if not copies else next(iter(copies.values())) or ""

    def wait_for(self, keys: set[str], after: int, patience: float) -> set[str]:
        """The keys that are still missing once all keys are on the server, or after ``patience`` seconds."""
        until, pause = time.monotonic() + patience, FIRST_PAUSE
        while True:
            self.refresh(after)
            missing = {key for key in keys if not self.copies.get(key)}
            if not missing or time.monotonic() >= until:
                return missing
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def deduplicate(self) -> None:
        """Delete surplus copies of tasks that nobody has worked on, so that one copy of each task stays."""
        for key, copies in self.copies.items():
            if len(copies) < 2:
                continue
            listed = (page(self.client, self.project_id, WORK, [between(number, number)]) for number in sorted(copies))
            used = [task["id"] for task in chain.from_iterable(listed) if _is_worked_on(self.client, task)]
            if len(used) > 1 or len(set(copies.values())) > 1:
                numbers = ", ".join(map(str, sorted(copies)))
                raise StandpointError(
                    f"{key} is in project {self.project_id} more than once, and no copy can be deleted: {numbers}",
                    "these tasks were worked on, or differ in text: delete all but one in Label Studio",
                )
            for number in sorted(copies.keys() - {used[0] if used else min(copies)}):
                self.client.delete_task(number)
                del copies[number]


WORK = "id,total_annotations,cancelled_annotations"  # the fields that say whether somebody has submitted or skipped a task


def _is_counted(task: dict) -> bool:
    """Whether a task, with the fields of ``WORK``, has annotations or was skipped."""
    return bool(task["total_annotations"] or task["cancelled_annotations"])


def _is_worked_on(client: Client, task: dict) -> bool:
    """Whether a task, with the fields of ``WORK``, has annotations, was skipped, or has drafts."""
    return _is_counted(task) or bool(client.retry(client.sdk.drafts, task["id"]))


def keys_to_ids(client: Client, project_id: int) -> Iterator[tuple[str, int]]:
    """The key and the id of each task that has a key."""
    for task in list_tasks(client, project_id, "id,data"):
        if key := key_of(task["data"]):
            yield key, task["id"]


PUSH_ATTEMPTS = 4


class Batch(NamedTuple):
    """The most that is sent in one request."""

    tasks: int = 250
    bytes: int = 8_000_000


DEFAULT_BATCH = Batch()


class Pushed(NamedTuple):
    """The numbers of tasks or annotations that were sent, that were on the server already, and of those that were completed."""

    sent: int
    present: int
    completed: int = 0


class EncodedTask(NamedTuple):
    """A task to send: its key, the checksum of its text, and its JSON."""

    key: str
    text_sha256: str
    body: bytes


def push_tasks(
    client: Client, project_id: int, tasks: Iterable[dict], batch: Batch = DEFAULT_BATCH, complete: Completion | None = None
) -> Pushed:
    """Send the tasks that are not in the project yet, and ``complete`` those that are.

    Tasks that are in the project with another text are not changed. They raise StandpointError after all others are sent.
    """
    remote = RemoteTasks(client, project_id, with_lists=complete is not None)
    remote.deduplicate()
    sender, present, completed = Sender(remote, batch), 0, 0
    changed: list[str] = []
    for task in tasks:
        encoded = EncodedTask(task["data"]["article_id"], task["data"]["text_sha256"], encoded_task(task))
        known = sender.checksum_of(encoded.key)
        if known is None:
            sender.add(encoded)
        elif known == encoded.text_sha256:
            present += 1
            completed += complete is not None and _complete(remote, encoded.key, task, complete)
        else:
            changed.append(encoded.key)
    sender.finish()
    create_list_view(client, project_id)
    if changed:
        named = ", ".join(changed[:3]) + (" …" if len(changed) > 3 else "")
        raise StandpointError(
            f"{len(changed)} task(s) of project {project_id} have another text than the article: {named}",
            "a text never changes under an id: restore it, or give the new text a new id",
        )
    return Pushed(sender.sent, present, completed)


def encoded_task(task: dict) -> bytes:
    """The JSON of a task, without what is only known here."""
    return msgspec.json.encode({key: task[key] for key in ("data", "predictions") if key in task})


def _complete(remote: RemoteTasks, key: str, task: dict, complete: Completion) -> bool:
    """Complete the copies of a task on the server; whether anything was changed. A task that is still to be sent has none."""
    changed = False
    for number in remote.copies.get(key, {}):
        if number in remote.listed and (found := complete(task, remote.listed[number])):
            (known,) = page(remote.client, remote.project_id, f"{WORK},data", [between(number, number)])
            changes, if_submitted = found
            changes |= if_submitted if known["total_annotations"] else {}
            remote.client.retry(remote.client.sdk.tasks.update, str(number), data=known["data"] | changes)
            changed = True
    return changed


class Sender:
    """Gathers tasks into requests and sends them."""

    def __init__(self, remote: RemoteTasks, batch: Batch) -> None:
        self.remote, self.batch = remote, batch
        self.before = remote.last  # tasks that are sent from now on get higher ids
        self.number = self._number_of_tasks()  # before
        self.waiting: dict[str, EncodedTask] = {}
        self.sent = self.size = 0
        self.slowest = 0.0  # duration of the slowest request in seconds
        self.uncertain = False  # whether the outcome of any request was unknown

    def checksum_of(self, key: str) -> str | None:
        """The checksum of the text under a key, on the server or waiting to be sent; None if there is no such task."""
        return self.waiting[key].text_sha256 if key in self.waiting else self.remote.checksum_of(key)

    def add(self, task: EncodedTask) -> None:
        """Put a task in the next request. A request that is full is sent first."""
        if self.waiting and (len(self.waiting) >= self.batch.tasks or self.size + len(task.body) > self.batch.bytes):
            self.flush()
        self.waiting[task.key] = task
        self.size += len(task.body)

    def flush(self) -> None:
        """Send the waiting tasks."""
        if self.waiting:
            tasks, self.waiting, self.size = list(self.waiting.values()), {}, 0
            self._send(tasks)
            self.sent += len(tasks)

    def finish(self) -> None:
        """Send the rest, then delete the copies that late requests have stored.

        It waits before that, as a request with an unknown outcome may be carried out after its tasks were sent again. How long
        is a heuristic: the duration of the slowest request, or a tenth of the patience. The next push deletes later copies.
        Where no outcome is unknown and the project has as many more tasks as were sent, none is listed: that of 20,000 takes
        a third of the time of their import.
        """
        self.flush()
        if self.sent and (self.uncertain or self._number_of_tasks() != self.number + self.sent):
            time.sleep(max(self.slowest, self.remote.client.patience / 10) if self.uncertain else self.slowest)
            self.remote.refresh(self.before)
            self.remote.deduplicate()

    def _number_of_tasks(self) -> int:
        client = self.remote.client
        return client.retry(client.sdk.projects.get, self.remote.project_id).task_number or 0

    def _send(self, tasks: list[EncodedTask]) -> None:
        """Send tasks in one request, and again until they are on the server. A request is stored whole or not at all."""
        for _ in range(PUSH_ATTEMPTS):
            last = self.remote.last
            try:
                self._post(tasks)
                return
            except TooLarge:
                if len(tasks) == 1:
                    message = f"{tasks[0].key} is too large for {self.remote.client.url}"
                    raise StandpointError(message, "raise the limit of the proxy before it") from None
                middle = len(tasks) // 2
                self._send(tasks[:middle])
                self._send(tasks[middle:])
                return
            except Uncertain as error:
                why, patience = error, self.remote.client.patience if error.working else 0
                self.uncertain = True
            missing = self.remote.wait_for({task.key for task in tasks}, last, patience)
            tasks = [task for task in tasks if task.key in missing]
            if not tasks:
                return
        message = f"{self.remote.client.url} does not take tasks: {why}"
        raise StandpointError(message, "run it again: stored tasks are not sent twice")

    def _post(self, tasks: list[EncodedTask]) -> None:
        started = time.monotonic()
        body = b"[" + b",".join(task.body for task in tasks) + b"]"
        ids = self.remote.client.once(self.remote.client.sdk.import_bytes, self.remote.project_id, body)
        self.slowest = max(self.slowest, time.monotonic() - started)
        if len(ids) != len(tasks):  # other editions of Label Studio answer before they import
            raise Uncertain(f"the answer names {len(ids)} tasks of {len(tasks)}", working=True)
        for task, number in zip(tasks, ids, strict=True):
            self.remote.add(task.key, number, task.text_sha256)


UPLOAD_ATTEMPTS = 6


def upload_annotations(client: Client, project_id: int, entries: Iterable[tuple[str, dict]], user_ids: dict[str, int]) -> Pushed:
    """Store annotations under their annotators' accounts.

    An entry is the key of a task and ``{result, completed_by, unique_id, lead_time}``, with ``completed_by`` a pseudonym in
    ``user_ids``. Label Studio refuses a ``unique_id`` that it has already. So an annotation may be sent again, and what an
    annotator has changed since then is not overwritten.
    """
    tasks, counts = dict(keys_to_ids(client, project_id)), Counter[bool]()
    for article_id, work in entries:
        if article_id not in tasks:
            raise StandpointError(f"{article_id} is no task of project {project_id}", "push its task first")
        if work["completed_by"] not in user_ids:
            message = f"{work['completed_by']} has no account on {client.url}"
            raise StandpointError(message, "make one first: standpoint server accounts")
        body = work | {"completed_by": user_ids[work["completed_by"]], "ground_truth": False}
        counts[upload_annotation(client, tasks[article_id], body)] += 1
    return Pushed(counts[True], counts[False])


def upload_annotation(client: Client, task_id: int, body: Mapping[str, Any]) -> bool:
    """Store one annotation with its ``unique_id``; False if the server had it already.

    The server refuses a ``unique_id`` that it has (409). Measured: with the SDK's own retries, which repeat a 409 too, a lost
    answer ended in an error with status 409, although the annotation had been stored.
    """
    for attempt in range(UPLOAD_ATTEMPTS):
        try:
            client.once(client.sdk.annotations.create, task_id, **body)
            return True
        except TooLarge:
            message = f"an annotation of task {task_id} is too large for {client.url}"
            raise StandpointError(message, "raise the proxy's limit") from None
        except Refused as error:
            if error.status != 409:
                raise
            return False
        except Uncertain as error:
            why = error
            time.sleep(min(0.2 * 2**attempt, 5.0))
    raise StandpointError(f"{client.url} does not take annotations: {why}", "run it again: stored annotations are not sent twice")


def rename_work(client: Client, project_id: int, data: Callable[[dict], dict], result: Callable[[list], list]) -> int:
    """Rename in a project's tasks and in all that was done on them; returns the number of changed results.

    Measured: when work was submitted again on a page that had its region's label no more, the answers about that region were
    lost. Label Studio refuses a page without a control that is used. It deletes an annotation's drafts when the annotation
    changes; so they are detached before that, and attached again.
    """
    changed = 0

    def rename(kind: str, item: dict, own: Sequence[int] = ()) -> None:
        nonlocal changed
        if (renamed := result(item["result"])) == item["result"]:
            return
        for draft in own:
            client.retry(client.sdk.change, "drafts", draft, annotation=None)
        client.retry(client.sdk.change, kind, item["id"], result=renamed)
        changed += 1
        for draft in own:
            client.retry(client.sdk.change, "drafts", draft, annotation=item["id"])

    for task in list_tasks(client, project_id, ""):
        if (renamed := data(task["data"])) != task["data"]:
            client.retry(client.sdk.tasks.update, str(task["id"]), data=renamed)
        for prediction in task["predictions"]:
            rename("predictions", prediction)
        drafts = client.retry(client.sdk.drafts, task["id"])
        for draft in drafts:
            rename("drafts", draft)
        for annotation in task["annotations"]:
            rename("annotations", annotation, [draft["id"] for draft in drafts if draft["annotation"] == annotation["id"]])
    return changed


def delete_tasks_except(client: Client, project_id: int, wanted: Collection[str]) -> int:
    """Delete the tasks whose key is not in ``wanted`` and that nobody has worked on; returns their number.

    Label Studio has no deletion with a condition, and people go on working. So each task is looked at once more immediately
    before its deletion; what is submitted or saved as a draft within that one request is lost.
    """
    listed, deleted = list_tasks(client, project_id, f"{WORK},data"), 0
    for number in [task["id"] for task in listed if key_of(task["data"]) not in wanted and not _is_counted(task)]:
        if any(not _is_worked_on(client, task) for task in page(client, project_id, WORK, [between(number, number)])):
            client.delete_task(number)
            deleted += 1
    return deleted
