"""The client of label-studio-sdk, and what it lacks or does wrong or slowly. Each docstring says what was measured.

Measured with label-studio-sdk 2.1.2 and Label Studio 1.23.2. Importing this module takes 0.4 s of CPU, so ``connect`` imports
it and nothing else does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import httpx
import msgspec
from label_studio_sdk.base_client import LabelStudioBase
from msgspec import Struct

from standpoint.pages.task_json import decode_values, readable_json

# The fields of a listed task that are used without a further look; the others are read as those of an export.
FIELDS: dict[str, Any] = {"id": int, "data": dict[str, Any], "total_annotations": int, "cancelled_annotations": int}


@cache
def _page_with(include: str) -> type[Struct]:
    """The type of an answer with a page of tasks that have these fields."""
    listed = msgspec.defstruct("Listed", [(name, FIELDS[name]) for name in (include or "id").split(",") if name in FIELDS])
    return msgspec.defstruct("Page", [("tasks", list[listed])])  # type: ignore[valid-type]


class Imported(Struct):
    """The answer to an import of tasks."""

    task_ids: list[int] | None = None


class Column(Struct):
    """A column of a list of tasks. ``parent``: the column that it is inside, such as data."""

    id: str
    target: str
    parent: str | None = None


class Columns(Struct):
    columns: list[Column]


class Sdk(LabelStudioBase):
    """The SDK's client, on an HTTP client of ours and without retries.

    Its retries are wrong for writes: behind a proxy that answered 504 twice, or dropped the connection twice, an import was
    stored three times and reported as a success. They are too few for reads: the SDK does not repeat a request after a
    time-out, a reset connection or a 425, nor a renewal of the token. ``Client`` retries instead.

    This class extends the base class of ``LabelStudio``, for two reasons. Importing ``LabelStudio`` takes 1.0 s (pandas,
    boto3). Its lists of tasks end at a 404: when a proxy answered 404 to the second of three pages, 20 of 60 tasks were
    listed, without an error.
    """

    def __init__(self, url: str, token: str, http: httpx.Client) -> None:
        # Without the slash, the SDK renews a token at the root of the host, even if Label Studio is at a path below it.
        super().__init__(base_url=f"{url}/", api_key=token, max_retries=0, httpx_client=http)
        self.http = http
        self.asked = url  # the address of the last request, without its query
        http.event_hooks["request"].append(self._note_address)

    def _note_address(self, request: httpx.Request) -> None:
        self.asked = str(request.url.copy_with(query=None))

    def forget_access_token(self) -> bool:
        """Make the next request exchange the personal access token for a new access token; False for a legacy token.

        The SDK renews an access token by this machine's clock alone. With a clock 5 s behind the server's, all requests of
        the last 5 s of each 5 minutes were refused (401). So is a request that is on its way when the token expires.
        """
        tokens = self._client_wrapper._tokens_client
        if tokens._use_legacy_token:
            return False
        tokens._access_token = None
        return True

    def import_bytes(self, project_id: int, body: bytes) -> list[int]:
        """Send tasks, as a JSON list, and return their ids in that order; fewer where a server imports later.

        ``projects.import_tasks`` converts each task: 250 tasks (1.6 MB) took 0.25 s of CPU instead of 0.005, and 0.63 s
        instead of 0.38 s until the server had stored them. It also hides how long a request is, which proxies limit.
        """
        params, headers = {"return_task_ids": "true"}, {"Content-Type": "application/json"}
        path = f"api/projects/{project_id}/import"
        return msgspec.convert(self.request("POST", path, content=body, params=params, headers=headers), Imported).task_ids or []

    def list_tasks(self, project_id: int, include: str, filters: Sequence[dict], size: int) -> list[dict]:
        """At most ``size`` tasks as Label Studio's own JSON, by ascending id, with the fields in ``include`` ("": all fields).

        ``tasks.list`` has the same as models, which cannot be written where a region ends within an emoji.
        """
        query = {"filters": {"conjunction": "and", "items": filters}, "ordering": ["tasks:id"]}
        # ``include`` would also remove fields of the annotations inside a task, so it is left out if these are wanted.
        params: dict[str, Any] = {"include": include} if include else {"fields": "all"}
        # Addresses of storage in the data must stay unchanged; by default, the server replaces them by links to itself.
        params |= {"project": project_id, "page_size": size, "resolve_uri": False, "query": msgspec.json.encode(query).decode()}
        answer = self.request("GET", "api/tasks/", params=params)
        msgspec.convert(answer, _page_with(include))
        return answer["tasks"]

    def drafts(self, task_id: int) -> list[dict]:
        """The drafts of all users on a task; the SDK has no method for them."""
        return msgspec.convert(self.request("GET", f"api/tasks/{task_id}/drafts"), list[dict])

    def change(self, kind: str, number: int, **changes: object) -> None:
        """Change fields of an annotation, a draft or a prediction (``kind``: in the plural).

        The SDK has no method for drafts, and its models cannot be written where a region ends within an emoji.
        """
        self.request("PATCH", f"api/{kind}/{number}/", json=changes)

    def columns(self, project_id: int) -> list[Column]:
        """The columns of a project's list of tasks; the SDK has no method for them."""
        return msgspec.convert(self.request("GET", "api/dm/columns/", params={"project": project_id}), Columns).columns

    def reset_summary(self, project_id: int) -> None:
        """Recount which controls of a project are in use; the SDK has no method for it."""
        self.request("POST", f"api/projects/{project_id}/summary/reset/", json={})

    def request(self, method: str, path: str, **request: Any) -> Any:
        """The answer, decoded from JSON; None if its body is empty."""
        content = self._client_wrapper.httpx_client.request(path, method=method, **request).content
        return decode_values(readable_json(content)) if content else None
