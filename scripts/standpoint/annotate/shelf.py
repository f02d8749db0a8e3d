"""What is in a project already: its tasks by key, looked up again after a request of unknown fate."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from standpoint.annotate import listing
from standpoint.annotate.client import Client
from standpoint.model import StandpointError

FIRST_LOOK, LONGEST_PAUSE = 0.2, 5.0  # seconds between two looks for what an uncertain request has left


class Copy(NamedTuple):
    """A task on the server."""

    id: int
    text_sha256: str | None


class Shelf:
    """The tasks that are in a project, by key."""

    def __init__(self, client: Client, project_id: int) -> None:
        self.client, self.project_id = client, project_id
        self.copies: dict[str, dict[int, Copy]] = defaultdict(dict)
        self.last = 0  # the highest id seen
        self.look()

    def look(self, after: int = 0) -> None:
        """Take notice of all tasks with higher ids than ``after``."""
        for page in listing.pages(self.client, self.project_id, "id,data", after):
            for task in page["tasks"]:
                self.put(task["data"].get("article_id"), Copy(task["id"], task["data"].get("text_sha256")))

    def put(self, key: str | None, copy: Copy) -> None:
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
                self.client.again("DELETE", f"/api/tasks/{number}/", accept=(404,))
                del self.copies[key][number]

    def _worked_on(self, number: int) -> bool:
        fields = "id,total_annotations,cancelled_annotations"
        found = listing.page(self.client, self.project_id, fields, [listing.between(number, number)])["tasks"]
        counted = any(task["total_annotations"] or task["cancelled_annotations"] for task in found)
        return counted or bool(self.client.get(f"/api/tasks/{number}/drafts"))


def keys_to_ids(client: Client, project_id: int) -> Iterator[tuple[str, int]]:
    """Article id and task id of each task that has an article id."""
    for page in listing.pages(client, project_id, "id,data"):
        for task in page["tasks"]:
            if task["data"].get("article_id"):
                yield task["data"]["article_id"], task["id"]
