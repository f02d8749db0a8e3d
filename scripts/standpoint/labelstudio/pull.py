"""Fetching the tasks of a project page by page, by ascending id. A pull that was killed resumes when it is run again.

The SDK counts pages. Measured: when 10 of 60 tasks were deleted while the first page was read, 10 others were never listed.
Here each page starts after the last id. The SDK fetches it: its models contain the same as the server's JSON, key by key.

The SDK's exports are not used: the server keeps a copy of each on its disk, and sends nothing until all of it is ready, which
took 41 to 50 s for 20,000 tasks. A list of tasks contains no drafts except the user's own, so drafts are fetched task by task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from standpoint.core.files import written_whole
from standpoint.core.project import Project
from standpoint.labelstudio.client import Client

PAGE = 250  # tasks; at 8 kB a task an answer is about 2 MB


class Page(NamedTuple):
    """Tasks as Label Studio's own JSON, and the number of tasks on this page and all later ones."""

    tasks: list[dict]
    total: int


def after(last: int) -> dict:
    """The filter for tasks with ids greater than ``last``."""
    return {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": last}


def between(first: int, last: int) -> dict:
    """The filter for tasks with ids from ``first`` to ``last``, both included."""
    return {"filter": "filter:tasks:id", "operator": "in", "type": "Number", "value": {"min": first, "max": last}}


def with_drafts() -> dict:
    """The filter for tasks with a draft: begun and not submitted."""
    return {"filter": "filter:tasks:draft_exists", "operator": "equal", "type": "Boolean", "value": True}


def page(client: Client, project_id: int, include: str, filters: Sequence[dict]) -> Page:
    """One page of tasks, with the fields in ``include``, or with all fields ("")."""
    query = {"filters": {"conjunction": "and", "items": list(filters)}, "ordering": ["tasks:id"]}
    # ``include`` would also remove fields of the annotations inside a task, so it is left out if these are wanted.
    params: dict[str, Any] = {"include": include} if include else {"fields": "all"}
    # Addresses of storage in the data must stay unchanged; by default, the server replaces them by links to itself.
    params |= {"project": project_id, "page_size": PAGE, "resolve_uri": False}
    found = client.retry(client.sdk.tasks.list, query=msgspec.json.encode(query).decode(), **params)
    return Page([task.model_dump(mode="json") for task in found.items or []], found.response.total)


def pages(client: Client, project_id: int, include: str, last: int = 0, *filters: dict) -> Iterator[Page]:
    """The pages of all tasks with ids greater than ``last``."""
    while (found := page(client, project_id, include, [after(last), *filters])).tasks:
        yield found
        last = found.tasks[-1]["id"]
        if len(found.tasks) < PAGE:
            return


# At least one of these fields changes with each change of a task, an annotation or a prediction. Drafts change none of them.
STAMP = "id,updated_at,total_annotations,cancelled_annotations,total_predictions"

Progress = Callable[[int, int], None]


def pull_tasks(client: Client, project_id: int, folder: Path, progress: Progress | None = None) -> Iterator[dict]:
    """All tasks, by ascending id, as Label Studio's own JSON, with annotations (skipped ones too), predictions and drafts.

    Pages are kept in ``folder``, each whole or not at all, and fetched again only if a task in them has changed. Files of pages
    beyond the last one are deleted.
    """
    begun = {task["id"] for page in pages(client, project_id, "id", 0, with_drafts()) for task in page.tasks}
    done, number = 0, -1
    for number, found in enumerate(pages(client, project_id, STAMP)):
        path, total = folder / f"{number:06}.jsonl", done + found.total
        head = {"server": client.url, "project": project_id, "stamps": found.tasks}
        if _head_of(path) != head:
            _fetch(client, path, head)
        for task in _tasks_of(path):
            task["drafts"] = client.retry(client.sdk.drafts, task["id"]) if task["id"] in begun else []
            done += 1
            yield task
        if progress:
            progress(done, total)
    for path in sorted(folder.glob("*.jsonl"))[number + 1 :]:
        path.unlink()  # of a time when the project had more tasks


def pull_cached(project: Project, client: Client, project_id: int) -> Iterator[dict]:
    """All tasks of a Label Studio project, as ``pull_tasks`` gives them, with the pages kept in our project's local folder.

    The folder is named by the id and not by the title, which others choose: a title may contain "../".
    """
    return pull_tasks(client, project_id, project.local / "pull" / str(project_id))


def _fetch(client: Client, path: Path, head: dict) -> None:
    """Fetch one page and write it to a file; the file's head has the state of the tasks when they were listed."""
    first, last = head["stamps"][0]["id"], head["stamps"][-1]["id"]
    found = page(client, head["project"], "", [between(first, last)])
    with written_whole(path) as file:
        for line in (head, *found.tasks):
            file.write(msgspec.json.encode(line) + b"\n")


def _head_of(path: Path) -> Any:
    if not path.exists():
        return None
    with path.open("rb") as file:
        try:
            return msgspec.json.decode(file.readline())
        except msgspec.DecodeError:  # a file that was emptied by a power cut
            return None


def _tasks_of(path: Path) -> Iterator[dict]:
    with path.open("rb") as file:
        file.readline()
        for line in file:
            yield msgspec.json.decode(line)
