"""Runs inside the embedded server's process: Label Studio's own command, or gunicorn's workers for a team.

Label Studio has no settings for what is changed here, so parts of Django and Label Studio are replaced before they start.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from pathlib import Path

from standpoint.server.isolation import install_isolation
from standpoint.server.server_process import lock_exclusive, try_lock
from standpoint.server.web import install_guide, run_gunicorn


def main() -> None:
    """Lock the folder (the first argument), watch its users, and start Label Studio with the other arguments."""
    folder = Path(sys.argv.pop(1))
    server_lock = (folder / "server.lock").open("ab")
    if not try_lock(server_lock):
        sys.exit(f"another server is running on {folder}")
    threading.Thread(target=_end_without_users, args=(folder,), daemon=True).start()
    _refuse_redis()
    _configure_django()
    # The first start makes millions of short-lived objects: collecting garbage less often saves a sixth of its time.
    gc.set_threshold(100_000, 50, 50)
    from label_studio import server

    if "POSTGRE_NAME" in os.environ:  # a team's database: gunicorn in place of the development server
        server._app_run = run_gunicorn
    sys.argv[0] = "label-studio"
    server.main()


def _end_without_users(folder: Path) -> None:
    """End as soon as no process shares ``users.lock``. The kernel releases the lock of a killed process too."""
    with (folder / "users.lock").open("ab") as users:
        lock_exclusive(users)
        os.killpg(0, signal.SIGTERM)


def _refuse_redis() -> None:
    """Make Label Studio's check for Redis fail.

    If a Redis happens to run on this machine, Label Studio puts its work in a queue there, and no worker does it.
    """
    import redis

    def ping(*_: object, **__: object) -> None:
        raise redis.ConnectionError("the embedded server has no queue")

    setattr(redis.Redis, "ping", ping)  # noqa: B010 (an assignment would replace a typed method)


def _configure_django() -> None:
    """Once Label Studio's settings are loaded: let SQLite wait, isolate annotators, serve the guide."""
    import django

    original_setup = django.setup

    def setup(*arguments: object, **named: object) -> None:
        django.setup = original_setup  # Label Studio calls it again, and this is to be done once
        _let_sqlite_wait()
        original_setup(*arguments, **named)
        install_isolation()
        install_guide()

    django.setup = setup


def _let_sqlite_wait() -> None:
    """Make each transaction lock SQLite at its beginning, and wait up to 60 seconds for the lock.

    By default, two transactions that have read and then write fail at once, and Label Studio repeats the whole request,
    although a part of it was stored: one submission was stored up to three times (``scripts/bench/load.py``).
    """
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 60}


if __name__ == "__main__":
    main()
