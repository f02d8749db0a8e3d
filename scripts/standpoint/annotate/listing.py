"""Listing the tasks of a project by ascending id: what is added or deleted meanwhile shifts nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from standpoint.annotate.client import Client

PAGE = 250  # tasks; at 8 kB a task an answer is about 2 MB


def after(last: int) -> dict:
    """The filter for tasks with ids greater than ``last``."""
    return {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": last}


def between(first: int, last: int) -> dict:
    """The filter for tasks with ids from ``first`` to ``last``, both included."""
    return {"filter": "filter:tasks:id", "operator": "in", "type": "Number", "value": {"min": first, "max": last}}


def with_drafts() -> dict:
    """The filter for tasks that somebody has begun and not submitted."""
    return {"filter": "filter:tasks:draft_exists", "operator": "equal", "type": "Boolean", "value": True}


def page(client: Client, project_id: int, include: str, filters: Sequence[dict]) -> dict:
    """One page of tasks, ``{"tasks": […], "total": …}``, with the fields named in ``include``, or with everything ("")."""
    query = {"filters": {"conjunction": "and", "items": list(filters)}, "ordering": ["tasks:id"]}
    params = {"project": project_id, "page_size": PAGE, "query": msgspec.json.encode(query).decode()}
    # ``include`` would thin out the annotations inside a task as well, so where these are wanted it is left out.
    params |= {"include": include} if include else {"fields": "all"}
    # Storage addresses in the data are wanted as they are, not as links to the server.
    return client.get("/api/tasks", **params, resolve_uri="false")


def pages(client: Client, project_id: int, include: str, last: int = 0, *filters: dict) -> Iterator[dict]:
    """Page after page of the tasks with ids greater than ``last``; ``total`` is what remains."""
    while (found := page(client, project_id, include, [after(last), *filters]))["tasks"]:
        yield found
        last = found["tasks"][-1]["id"]
        if len(found["tasks"]) < PAGE:
            return
