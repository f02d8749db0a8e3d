"""Entering finished annotations under their annotators' names, each exactly once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

from standpoint.annotate.client import Client, TooLarge, Uncertain
from standpoint.annotate.shelf import keys_to_ids
from standpoint.model import StandpointError

ATTEMPTS = 6


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
        counts[enter_one(client, tasks[article_id], msgspec.json.encode(body))] += 1
        if progress:
            progress(number, None)
    return Entered(counts[True], counts[False])


def enter_one(client: Client, task_id: int, body: bytes) -> bool:
    """Store one annotation, with its ``unique_id``; False if it was there already."""
    for attempt in range(ATTEMPTS):
        try:
            return client.send(f"/api/tasks/{task_id}/annotations/", body).status_code != 409
        except TooLarge:
            raise StandpointError(
                f"an annotation of task {task_id} is too large for {client.url}", "raise the proxy's limit"
            ) from None
        except Uncertain as error:
            why = error
            time.sleep(min(0.2 * 2**attempt, 5.0))
    raise StandpointError(f"{client.url} does not take annotations: {why}", "run it again: what is there is not sent twice")
