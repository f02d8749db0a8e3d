"""Fetching the tasks of a project page by page, by ascending id. A pull that was killed resumes when it is run again.

The SDK counts pages. Measured: when 10 of 60 tasks were deleted while the first page was read, 10 others were never listed.
Here each page starts after the last id. The SDK fetches it: its models contain the same as the server's JSON, key by key.

The SDK's exports are not used: the server keeps a copy of each on its disk, and sends nothing until all of it is ready, which
took 41 to 50 s for 20,000 tasks. A list of tasks contains no drafts except the user's own, so drafts are fetched task by task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from standpoint.core.files import written_whole
from standpoint.core.model import Issue
from standpoint.core.project import Project
from standpoint.labelstudio.client import Client
from standpoint.pages.task_json import Task, task_of

PAGE = 250  # tasks; at 8 kB a task an answer is about 2 MB


def between(first: int, last: int) -> dict:
    """The filter for tasks with ids from ``first`` to ``last``, both included."""
    return {"filter": "filter:tasks:id", "operator": "in", "type": "Number", "value": {"min": first, "max": last}}


WITH_DRAFTS = {"filter": "filter:tasks:draft_exists", "operator": "equal", "type": "Boolean", "value": True}  # and not submitted


def page(client: Client, project_id: int, include: str, filters: Sequence[dict]) -> list[dict]:
    """One page of tasks, with the fields in ``include``, or with all fields ("")."""
    return client.retry(client.sdk.list_tasks, project_id, include, filters, PAGE)


def pages(client: Client, project_id: int, include: str, last: int = 0, *filters: dict) -> Iterator[list[dict]]:
    """The pages of all tasks with ids greater than ``last``."""
    while True:
        later = {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": last}
        if tasks := page(client, project_id, include, [later, *filters]):
            yield tasks
            last = tasks[-1]["id"]
        if len(tasks) < PAGE:
            return


def list_tasks(client: Client, project_id: int, include: str, last: int = 0, *filters: dict) -> Iterator[dict]:
    """The tasks of all ``pages``."""
    return chain.from_iterable(pages(client, project_id, include, last, *filters))


# At least one of these fields changes with each change of a task, an annotation or a prediction. Drafts change none of them.
STAMP = "id,updated_at,total_annotations,cancelled_annotations,total_predictions"


def pull_tasks(client: Client, project_id: int, folder: Path) -> Iterator[dict]:
    """All tasks, by ascending id, as Label Studio's own JSON, with annotations (skipped ones too), predictions and drafts.

    Pages are kept in ``folder``, each whole or not at all, and fetched again only if a task in them has changed. Files of pages
    beyond the last one are deleted. A damaged page is fetched again.
    """
    begun = {task["id"] for task in list_tasks(client, project_id, "id", 0, WITH_DRAFTS)}
    number = -1
    for number, stamps in enumerate(pages(client, project_id, STAMP)):
        path = folder / f"{number:06}.jsonl"
        head = {"server": client.url, "project": project_id, "stamps": stamps}
        tasks = _kept(path, head)
        for task in _fetch(client, path, head) if tasks is None else tasks:
            task["drafts"] = client.retry(client.sdk.drafts, task["id"]) if task["id"] in begun else []
            yield task
    for path in sorted(folder.glob("*.jsonl"))[number + 1 :]:
        path.unlink()  # of a time when the project had more tasks


def pull_cached(project: Project, client: Client, project_id: int) -> Iterator[dict]:
    """All tasks of a Label Studio project, as ``pull_tasks`` gives them, with the pages kept in our project's local folder.

    The folder is named by the id and not by the title, which others choose: a title may contain "../".
    """
    return pull_tasks(client, project_id, project.pulled / str(project_id))


def read_tasks(title: str, tasks: Iterable[dict]) -> Iterator[Task | Issue]:
    """The tasks of the Label Studio project with this title as typed values; an Issue for what is no task."""
    for task in tasks:
        try:
            yield task_of(task)
        except msgspec.DecodeError as error:
            yield Issue(f"{title} task {task['id']}", "TASK-FORMAT", f"{error}; should be a task with data")


def _fetch(client: Client, path: Path, head: dict) -> list[dict]:
    """The tasks of one page, which are written to a file; its head has the state of the tasks when they were listed."""
    first, last = head["stamps"][0]["id"], head["stamps"][-1]["id"]
    tasks = page(client, head["project"], "", [between(first, last)])
    with written_whole(path) as file:
        file.write(msgspec.json.Encoder().encode_lines([head, *tasks]))
    return tasks


def _kept(path: Path, head: dict) -> list[dict] | None:
    """The tasks of a page's file if it has all of them, in the state in which they were listed.

    A power cut may have damaged the file.
    """
    try:
        found, *tasks = _lines(path)
        is_whole = found == head and [task["id"] for task in tasks] == [stamp["id"] for stamp in head["stamps"]]
        return tasks if is_whole else None
    except (OSError, ValueError, TypeError, KeyError):  # msgspec.DecodeError and UnicodeDecodeError are ValueErrors
        return None


def _lines(path: Path) -> list:
    """The lines of a page's file: its head, and its tasks."""
    with path.open("rb") as file:
        return [msgspec.json.decode(line) for line in file]
