"""Fetching all tasks of a project with what was done on them, page by page; a pull that was killed goes on.

Asked of ``/api/tasks`` and not of the export: the export leaves a copy on the server's disk each time and gives
predictions as bare ids, while this gives them whole. It shows drafts only to their author, so these are asked for
task by task; and it does not show an annotation's ``unique_id``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from standpoint.annotate import listing
from standpoint.annotate.client import Client
from standpoint.jsonlines import written_whole

# All that moves when a task, an annotation or a prediction does; drafts move none of it.
STAMP = "id,updated_at,total_annotations,cancelled_annotations,total_predictions"

Progress = Callable[[int, int], None]


def pull_tasks(client: Client, project_id: int, folder: Path, progress: Progress | None = None) -> Iterator[dict]:
    """All tasks, by ascending id, as Label Studio's own JSON: with annotations (skipped ones too), predictions, drafts.

    Pages are kept in ``folder``, each whole or not at all, and fetched again only if a task in them has changed.
    """
    begun = {task["id"] for page in listing.pages(client, project_id, "id", 0, listing.with_drafts()) for task in page["tasks"]}
    done, number = 0, -1
    for number, found in enumerate(listing.pages(client, project_id, STAMP)):
        path, total = folder / f"{number:06}.jsonl", done + found["total"]
        head = {"server": client.url, "project": project_id, "stamps": found["tasks"]}
        if _head_of(path) != head:
            _fetch(client, path, head)
        for task in _tasks_of(path):
            task["drafts"] = client.get(f"/api/tasks/{task['id']}/drafts") if task["id"] in begun else []
            done += 1
            yield task
        if progress:
            progress(done, total)
    for path in sorted(folder.glob("*.jsonl"))[number + 1 :]:
        path.unlink()  # the project has become shorter


def _fetch(client: Client, path: Path, head: dict) -> None:
    """Fetch one page whole and keep it; its head says what it was like when it was listed."""
    first, last = head["stamps"][0]["id"], head["stamps"][-1]["id"]
    found = listing.page(client, head["project"], "", [listing.between(first, last)])
    with written_whole(path) as file:
        for line in (head, *found["tasks"]):
            file.write(msgspec.json.encode(line) + b"\n")


def _head_of(path: Path) -> Any:
    if not path.exists():
        return None
    with path.open("rb") as file:
        try:
            return msgspec.json.decode(file.readline())
        except msgspec.DecodeError:  # a page that a power cut emptied
            return None


def _tasks_of(path: Path) -> Iterator[dict]:
    with path.open("rb") as file:
        file.readline()
        for line in file:
            yield msgspec.json.decode(line)
