"""Runs inside the embedded server's process: Label Studio's own command, or gunicorn's workers for a team."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from pathlib import Path

from standpoint.server.isolation import install_isolation
from standpoint.server.server_process import take, take_now
from standpoint.server.shown_guide import install_guide


def main() -> None:
    """Claim the folder, watch its users, and start Label Studio."""
    folder = Path(sys.argv.pop(1))
    claim = (folder / "server.lock").open("ab")
    if not take_now(claim):
        sys.exit(f"another server is running on {folder}")
    threading.Thread(target=_end_with_users, args=(folder,), daemon=True).start()
    _keep_off_queues()
    _before_anybody_asks()
    # The first start makes millions of short-lived objects: looking for cycles less often saves a sixth of its time.
    gc.set_threshold(100_000, 50, 50)
    from label_studio import server

    if "POSTGRE_NAME" in os.environ:  # a team's: gunicorn in place of the server for developers
        from standpoint.server import wsgi

        server._app_run = wsgi.run
    sys.argv[0] = "label-studio"
    server.main()


def _end_with_users(folder: Path) -> None:
    """End as soon as no process shares ``users.lock``: the kernel releases it even for one that was killed."""
    with (folder / "users.lock").open("ab") as users:
        take(users)
        os.killpg(0, signal.SIGTERM)


def _keep_off_queues() -> None:
    """Never hand work to a Redis that happens to run on this machine: nobody would do it."""
    import redis

    def ping(*_: object, **__: object) -> None:
        raise redis.ConnectionError("the embedded server has no queue")

    redis.Redis.ping = ping


def _before_anybody_asks() -> None:
    """As soon as Label Studio's settings and tables are known: let SQLite wait, keep annotators apart, show the guide."""
    import django

    set_up = django.setup

    def setup(*arguments: object, **named: object) -> None:
        django.setup = set_up  # it is called again, and this is done once
        _let_sqlite_wait()
        set_up(*arguments, **named)
        install_isolation()
        install_guide()

    django.setup = setup


def _let_sqlite_wait() -> None:
    """Have each transaction claim SQLite at its beginning, and wait for it.

    Otherwise two that have read and would write fail at once, and Label Studio then does the whole request again, with
    what it had stored already: one submission was there up to three times (scripts/bench/load.py).
    """
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 60}  # seconds


if __name__ == "__main__":
    main()
