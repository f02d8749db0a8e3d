"""Keeping a Label Studio project to what is asked now: the conflicts that are left, or the articles that a member is given."""

from __future__ import annotations

from collections.abc import Collection

from standpoint.annotate import listing
from standpoint.annotate.client import Client


def withdraw(client: Client, project_id: int, wanted: Collection[str]) -> int:
    """Delete the tasks whose key is not wanted any more and that nobody has worked on or begun; how many."""
    fields = "id,data,total_annotations,cancelled_annotations"
    found = [task for page in listing.pages(client, project_id, fields) for task in page["tasks"]]
    untouched = [task["id"] for task in found if task["data"].get("article_id") not in wanted and _untouched(client, task)]
    for number in untouched:
        client.again("DELETE", f"/api/tasks/{number}/", accept=(404,))
    return len(untouched)


def _untouched(client: Client, task: dict) -> bool:
    worked_on = task["total_annotations"] or task["cancelled_annotations"]
    return not worked_on and not client.get(f"/api/tasks/{task['id']}/drafts")
