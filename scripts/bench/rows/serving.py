"""push and pull: tasks to a Label Studio and back, beside the time that the server itself takes.

The server's own time is that of a bare loop that posts the same tasks, made before, in requests of the same size; and that of
its own export, a snapshot of the same project with two annotations a task, made and downloaded. The server is a process beside
the jobs: its memory is not counted.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from generate import export_tasks
from row import Row, Work, own_project, within

ADDRESS = "server.json"
POST, SNAPSHOT = "the server's import", "the server's snapshot"


@contextmanager
def server(folder: Path) -> Iterator[None]:
    """A fresh Label Studio, for the length of a block; its address and token are in the folder."""
    from standpoint.server.server_process import running_server

    with running_server(folder / "server") as running:
        (folder / ADDRESS).write_text(json.dumps([running.url, running.token]))
        yield


def client_of(folder: Path):
    from standpoint.labelstudio.client import connect

    return connect(*json.loads((folder.parent / ADDRESS).read_text()))


def new_project(folder: Path) -> int:
    """A new project of Label Studio with the page of our facts pass."""
    from standpoint.codebook.load import open_codebook
    from standpoint.labelstudio.client import ensure_project
    from standpoint.pages.label_config import label_config

    codebook, _ = open_codebook(own_project(folder))
    return ensure_project(client_of(folder), f"bench {time.time_ns()}", label_config(codebook, "facts"))


def tasks_of(folder: Path, size: int) -> Iterator[dict]:
    from standpoint.codebook.load import open_codebook

    yield from export_tasks(size, *open_codebook(own_project(folder)))


def requests_of(folder: Path, size: int, keys: tuple[str, ...]) -> list[bytes]:
    """The bodies of the requests of all tasks."""
    import msgspec

    from standpoint.labelstudio.push import DEFAULT_BATCH

    tasks = ({key: task[key] for key in keys} for task in tasks_of(folder, size))
    return [msgspec.json.encode(some) for some in iter(lambda: list(islice(tasks, DEFAULT_BATCH.tasks)), [])]


def post(folder: Path, number: int, bodies: list[bytes]) -> None:
    client = client_of(folder)
    for body in bodies:
        client.sdk.import_bytes(number, body)


def push(folder: Path, size: int) -> Work:
    from standpoint.labelstudio.push import push_tasks

    number, client, tasks = new_project(folder), client_of(folder), list(tasks_of(folder, size))

    def work() -> None:
        assert push_tasks(client, number, tasks).sent == size

    return work


def bare_post(folder: Path, size: int) -> Work:
    number, bodies = new_project(folder), requests_of(folder, size, ("data",))
    return lambda: post(folder, number, bodies)


def fill(folder: Path, size: int) -> None:
    """A project with annotated tasks, to pull."""
    number = new_project(folder)
    (folder / "number.txt").write_text(str(number))
    for body in requests_of(folder, size, ("data", "annotations")):
        post(folder, number, [body.replace(b'"completed_by":2', b'"completed_by":1')])


def pull(folder: Path, size: int) -> Work:
    from standpoint.labelstudio.pull import pull_tasks

    number, client = int((folder / "number.txt").read_text()), client_of(folder)
    shutil.rmtree(folder / "pulled", ignore_errors=True)

    def work() -> None:
        found = [len(task["annotations"]) for task in pull_tasks(client, number, folder / "pulled")]
        assert found == [2] * size, len(found)

    return work


def snapshot(folder: Path, size: int) -> Work:
    number, client = int((folder / "number.txt").read_text()), client_of(folder)
    http = client.sdk._client_wrapper.httpx_client

    def work() -> None:
        made = client.sdk.request("POST", f"api/projects/{number}/exports/", json={"title": "bench"})
        while client.sdk.request("GET", f"api/projects/{number}/exports/{made['id']}")["status"] not in ("completed", "failed"):
            time.sleep(0.1)
        answer = http.request(f"api/projects/{number}/exports/{made['id']}/download?exportType=JSON", method="GET")
        assert len(answer.json()) == size

    return work


ROWS = [
    Row(
        name="exchange",
        title="Label Studio, 2 annotations a task",
        unit="tasks",
        quick=(100,),
        usual=(500, 2_000),
        full=(2_000, 20_000),
        beside=server,
        prepare=fill,
        jobs={"push": push, POST: bare_post, "pull": pull, SNAPSHOT: snapshot},
        ours=("push", "pull"),
        peers={"push": [POST], "pull": [SNAPSHOT]},
        aims=[within("push", POST, 1.1), within("pull", SNAPSHOT, 1.1)],
    )
]
