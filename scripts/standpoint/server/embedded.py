"""The embedded Label Studio: the one from PyPI, with a folder of its own, reachable from this machine only.

It works on SQLite in that folder, or, behind gunicorn, on the PostgreSQL that it was given once.

It says nothing to anybody outside: error reports, usage statistics, the search for newer versions and the page's tips
are off or end at a closed port. Whoever uses it shares ``users.lock`` in the folder; when the last user is gone,
however it went, the server ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from standpoint.core.model import StandpointError
from standpoint.labelstudio.client import Client, connect
from standpoint.server.accounts import Running, choose_database, load_secrets
from standpoint.server.server_process import Say, ServerProcess, share, take, take_now
from standpoint.server.shown_guide import ADDRESS


def _quiet(_: str) -> None:
    """Say nothing."""


@contextmanager
def running_server(folder: Path, port: int = 0, say: Say = _quiet) -> Iterator[Running]:
    """The Label Studio of a folder, for the length of the block: one that runs there already, or a new one.

    ``port`` 0 means any free one, and counts only for a new one. ``say`` is told in words what is waited for. Raises
    StandpointError with the log's last lines if the server does not come up.
    """
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "users.lock").open("ab") as users:
        with (folder / "start.lock").open("ab") as start:
            take(start)  # so that two who come at once do not both start one
            share(users)
            house = ServerProcess(folder, load_secrets(folder), say)
            running = house.running() or house.start(port)
        try:
            yield running
        finally:
            if take_now(users):  # nobody else uses it
                house.stop()


def embedded_client(running: Running) -> Client:
    """A client of an embedded server, whose pages find the guide on the server itself."""
    return replace(connect(running.url, running.token), guide=ADDRESS)


def set_database(folder: Path, database: str) -> None:
    """Name the PostgreSQL (its URL) that a folder's server works on from its next start on."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "start.lock").open("ab") as start:
        take(start)
        house = ServerProcess(folder, load_secrets(folder), _quiet)
        if house.secrets.database != database and house.running():
            raise StandpointError(f"the server that runs in {folder} has another database", "stop that server first")
        choose_database(folder, database)


def until_it_ends(running: Running) -> None:
    """Wait for the server to end; StandpointError then, as it should not: whoever started this may start it again."""
    with (running.folder / "server.lock").open("ab") as claim:
        share(claim)
    raise StandpointError("Label Studio has ended", f"see the end of {running.folder / 'server.log'}")
