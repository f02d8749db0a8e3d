"""The embedded Label Studio: its process and its folder, started with no access from or to the outside, stopped whole.

The server is Label Studio from PyPI with a folder of its own, reachable from this machine only. It works on SQLite in that
folder, or, behind gunicorn, on the PostgreSQL database that was chosen for the folder (``set_database``).

It contacts no other machine: error reports, usage statistics, the search for newer versions and the tips on its pages are
switched off or end at a closed port. Each process that uses the server shares the lock ``users.lock`` in the folder. When
the last of them ends, in whatever way, the server ends too.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

import httpx
import msgspec
from filelock import FileLock

from standpoint.core.model import StandpointError, needs_extra
from standpoint.labelstudio.client import Client, connect
from standpoint.server.accounts import RunningServer, choose_database, database_environment, load_secrets
from standpoint.server.web import GUIDE_ADDRESS

# Locks by flock: closing the file, or the end of the process, kill -9 too, releases them. Of filelock's locks, FileLock cannot
# be shared, and ReadWriteLock cannot turn a shared lock into an exclusive one, by which the last user finds out that it is.


def lock_shared(file: IO) -> None:
    """Hold a file's lock together with others; waits while somebody holds it alone."""
    import fcntl  # not on Windows, where the commands that need no embedded server still work

    fcntl.flock(file, fcntl.LOCK_SH)


def lock_exclusive(file: IO) -> None:
    """Hold a file's lock alone; waits for everybody else to release it."""
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX)


def try_lock(file: IO, patience: float = 0) -> bool:
    """Hold a file's lock alone if everybody else releases it within ``patience`` seconds; whether they did."""
    import fcntl

    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)


# Seconds to wait for a server that runs and does not answer. A first start takes 15 to 70 s on an idle machine, and many
# times that on a busy one. A process that ends is noticed at once, so a long patience costs nothing.
PATIENCE = 1800.0
HOST = "127.0.0.1"
KEPT_ENVIRONMENT = (
    *("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH"),
    "PGPASSFILE",
)
CLOSED = f"http://{HOST}:9"  # a port that nobody listens on
SETTINGS = {
    "LABEL_STUDIO_HOST": "",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",  # read once, when the database is made
    "LABEL_STUDIO_SENTRY_DSN": "",
    "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
    "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
    "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
    "fflag_feat_back_lsdv_5307_import_reviews_drafts_29062023_short": "true",  # an import stores drafts, too
    "HTTP_PROXY": CLOSED,  # requests that have no switch, such as for the tips on the projects page, fail at once
    "HTTPS_PROXY": CLOSED,
    "NO_PROXY": f"{HOST},localhost",
}


def _refuse_where_it_cannot_run() -> None:
    if not hasattr(os, "killpg"):  # Windows has neither groups of processes nor locks that processes share
        hint = "use WSL, or start `label-studio` yourself and name it: --url and LABEL_STUDIO_API_KEY"
        raise StandpointError("the embedded Label Studio runs on Linux and macOS only", hint)
    with needs_extra("server", "the embedded Label Studio (--url names another)"):
        import label_studio  # noqa: F401  (it is only looked whether it is there; it runs in a process of its own)


@contextmanager
def running_server(folder: Path, port: int = 0) -> Iterator[RunningServer]:
    """The Label Studio of a folder for the length of the block: the one that runs there already, or a new one.

    ``port`` 0 means any free one; it counts only for a new server. Raises StandpointError with the log's last lines if the
    server does not start, and if it cannot run on this system, or is not installed.
    """
    _refuse_where_it_cannot_run()
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "users.lock").open("ab") as users:
        with FileLock(folder / "start.lock"):  # so that two commands at once do not both start a server
            lock_shared(users)
            process = ServerProcess(folder)
            running = process.running() or process.start(port)
        try:
            yield running
        finally:
            if try_lock(users):  # no other command uses the server
                process.stop()


def embedded_client(running: RunningServer) -> Client:
    """A client of an embedded server, whose pages link to the guide on the server itself."""
    return replace(connect(running.url, running.token), guide=GUIDE_ADDRESS)


def set_database(folder: Path, database: str) -> None:
    """Choose the PostgreSQL database (its URL) that a folder's server works on from its next start on."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(folder / "start.lock"):
        process = ServerProcess(folder)
        if process.secrets.database != database and process.running():
            raise StandpointError(f"the server that runs in {folder} has another database", "stop that server first")
        choose_database(folder, database)


def wait_for_end(running: RunningServer) -> None:
    """Wait until the server ends, then raise StandpointError, so that a service manager may start the command again."""
    with (running.folder / "server.lock").open("ab") as server_lock:
        lock_shared(server_lock)
    raise StandpointError("Label Studio has ended", f"see the end of {running.folder / 'server.log'}")


class State(msgspec.Struct):
    """The content of ``running.json``: the server that runs in a folder."""

    pid: int
    port: int


class ServerProcess:
    """A server's folder, and the server process in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.secrets = folder, load_secrets(folder)
        self.process: subprocess.Popen | None = None

    def running(self) -> RunningServer | None:
        """The server that runs in the folder already, if there is one."""
        with (self.folder / "server.lock").open("ab") as server_lock:
            if try_lock(server_lock):
                return None
        return self._wait(self._state().port)

    def start(self, port: int) -> RunningServer:
        """Start a server and wait until it answers. The log of the previous start is kept beside the new one."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                message = f"port {port} cannot be used: {error.strerror}"
                raise StandpointError(message, "choose another, or 0 for any free one") from None
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "standpoint.server.entrypoint", str(self.folder), "start", "--no-browser"]
        command += ["--internal-host", HOST, "--port", str(port)]
        log_file = self.folder / "server.log"
        if log_file.exists():
            log_file.replace(self.folder / "server.log.1")
        try:
            with log_file.open("wb") as log:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment(), start_new_session=True
                )
            (self.folder / "running.json").write_bytes(msgspec.json.encode(State(self.process.pid, port)))
            return self._wait(port)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server and all its processes; returns when they are gone."""
        with (self.folder / "server.lock").open("ab") as server_lock:
            for kill_signal in (signal.SIGTERM, signal.SIGKILL):
                if self.process is None and try_lock(server_lock):
                    break  # it has ended, and its process id may belong to another process by now
                with suppress(ProcessLookupError):
                    os.killpg(self.process.pid if self.process else self._state().pid, kill_signal)
                if try_lock(server_lock, 20):
                    break
        if self.process is not None:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        (self.folder / "running.json").unlink(missing_ok=True)

    def _state(self) -> State:
        try:
            return msgspec.json.decode((self.folder / "running.json").read_bytes(), type=State)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            message = f"{self.folder}: a server runs there, but running.json is not readable"
            raise StandpointError(message, "end that server's process") from None

    def _environment(self) -> dict[str, str]:
        """The server's environment variables.

        Only a few of ours are passed on, because Label Studio reads settings from many variables, some with plain names.
        """
        kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        account = {
            "LABEL_STUDIO_BASE_DATA_DIR": str(self.folder),
            "LABEL_STUDIO_USERNAME": self.secrets.email,
            "LABEL_STUDIO_PASSWORD": self.secrets.password,
            "LABEL_STUDIO_USER_TOKEN": self.secrets.token,
        }
        return kept | SETTINGS | account | database_environment(self.secrets.database)

    def _wait(self, port: int) -> RunningServer:
        url, until = f"http://{HOST}:{port}", time.monotonic() + PATIENCE
        while not _answers(url, self.secrets.token):
            ended = self.process is not None and self.process.poll() is not None
            if ended or time.monotonic() > until:
                what = "Label Studio ended while it started" if ended else f"Label Studio does not answer at {url}"
                log = self.folder / "server.log"
                lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:] if log.exists() else []
                message = f"{what}; the end of {log}:\n" + "\n".join(lines)
                raise StandpointError(message, "fix that, or move the folder away to start afresh")
            time.sleep(0.1)
        return RunningServer(url, self.secrets.token, self.secrets.email, self.secrets.password, self.folder)


def _answers(url: str, token: str) -> bool:
    """Whether the server answers our token; StandpointError if it does not know the token."""
    headers = {"Authorization": f"Token {token}"}
    try:
        answer = httpx.get(f"{url}/api/current-user/whoami", headers=headers, timeout=10, trust_env=False)
    except httpx.TransportError:
        return False
    if answer.status_code == 401:
        raise StandpointError(
            "the embedded server does not know the token in secrets.json",
            "restore the secrets.json that its database was made with, or move the folder away to start afresh",
        )
    return answer.status_code == 200
