"""The folder of an embedded server, and the server's process in it: started closed to the outside, stopped whole."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx
import msgspec

from standpoint.core.model import StandpointError
from standpoint.server.accounts import Running, Secrets, settings_of


def share(file: IO) -> None:
    """Hold the file together with others; waits while somebody has it alone. Closing the file releases it."""
    fcntl.flock(file, fcntl.LOCK_SH)


def take(file: IO) -> None:
    """Hold the file alone; waits for everybody else to release it."""
    fcntl.flock(file, fcntl.LOCK_EX)


def take_now(file: IO, patience: float = 0) -> bool:
    """Hold the file alone if everybody else releases it within ``patience`` seconds; whether that was so."""
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)


# Seconds until a server that runs but does not answer is given up. A first start takes 15 to 70 on an idle machine, and many
# times that on a busy one; a process that ends is noticed at once, so a long patience costs nothing.
PATIENCE = 1800.0
HOST = "127.0.0.1"
KEPT_ENVIRONMENT = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
KEPT_ENVIRONMENT += ("PGPASSFILE",)
CLOSED = f"http://{HOST}:9"  # nobody listens there
SETTINGS = {
    "LABEL_STUDIO_HOST": "",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",  # read once, when the database is made
    "LABEL_STUDIO_SENTRY_DSN": "",
    "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
    "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
    "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
    "fflag_feat_back_lsdv_5307_import_reviews_drafts_29062023_short": "true",  # an import takes what was begun, too
    "HTTP_PROXY": CLOSED,  # what has no switch, such as the tips on the projects page, fails at once
    "HTTPS_PROXY": CLOSED,
    "NO_PROXY": f"{HOST},localhost",
}

Say = Callable[[str], None]


class State(msgspec.Struct):
    """What ``running.json`` says of the server that runs in a folder."""

    pid: int
    port: int


@dataclass
class ServerProcess:
    """A server's folder, and the server in it."""

    folder: Path
    secrets: Secrets
    say: Say
    process: subprocess.Popen | None = field(default=None)

    def running(self) -> Running | None:
        """The server that runs here already, if one does."""
        if self._vacant():
            return None
        self.say("Label Studio is running here already")
        return self._wait(_read_state(self.folder).port, time.monotonic() + PATIENCE)

    def start(self, port: int) -> Running:
        """Start a server and wait until it truly answers."""
        first = not self.secrets.database and not (self.folder / "label_studio.sqlite3").exists()
        self.say("Label Studio starts" + (" for the first time and sets up its database, about half a minute" if first else ""))
        port = _free_port(port)
        command = [sys.executable, "-m", "standpoint.server.entrypoint", str(self.folder), "start", "--no-browser"]
        command += ["--internal-host", HOST, "--port", str(port)]
        try:
            with _fresh_log(self.folder).open("wb") as log:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment(), start_new_session=True
                )
            (self.folder / "running.json").write_bytes(msgspec.json.encode(State(self.process.pid, port)))
            running = self._wait(port, time.monotonic() + PATIENCE)
        except BaseException:
            self.stop()
            raise
        self.say(f"Label Studio is at {running.url}")
        return running

    def stop(self) -> None:
        """Stop the server and all its processes; back when they are gone."""
        with (self.folder / "server.lock").open("ab") as claim:
            for how in (signal.SIGTERM, signal.SIGKILL):
                if self.process is None and take_now(claim):
                    break  # gone already; its number may be somebody else's by now
                _kill_group(self.process.pid if self.process else _read_state(self.folder).pid, how)
                if self.process is not None:
                    _reap(self.process)
                if take_now(claim, 10):
                    break
        (self.folder / "running.json").unlink(missing_ok=True)

    def _vacant(self) -> bool:
        with (self.folder / "server.lock").open("ab") as claim:
            return take_now(claim)

    def _environment(self) -> dict[str, str]:
        """What the server sees: of our own environment only what is harmless, as LABEL_STUDIO_… and plain names count."""
        kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        account = {
            "LABEL_STUDIO_BASE_DATA_DIR": str(self.folder),
            "LABEL_STUDIO_USERNAME": self.secrets.email,
            "LABEL_STUDIO_PASSWORD": self.secrets.password,
            "LABEL_STUDIO_USER_TOKEN": self.secrets.token,
        }
        return kept | SETTINGS | account | settings_of(self.secrets.database)

    def _wait(self, port: int, until: float) -> Running:
        url = f"http://{HOST}:{port}"
        while not _answers(url, self.secrets.token):
            if self.process is not None and self.process.poll() is not None:
                raise self._failure("Label Studio ended while it started")
            if time.monotonic() > until:
                raise self._failure(f"Label Studio does not answer at {url}")
            time.sleep(0.1)
        return Running(url, self.secrets.token, self.secrets.email, self.secrets.password, self.folder)

    def _failure(self, what: str) -> StandpointError:
        log = self.folder / "server.log"
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:] if log.exists() else []
        return StandpointError(
            f"{what}; the end of {log}:\n" + "\n".join(lines), "fix that, or move the folder away to start afresh"
        )


def _answers(url: str, token: str) -> bool:
    """Whether the server is up and knows our token; StandpointError if it does not know it."""
    try:
        answer = httpx.get(
            f"{url}/api/current-user/whoami", headers={"Authorization": f"Token {token}"}, timeout=10, trust_env=False
        )
    except httpx.TransportError:
        return False
    if answer.status_code == 401:
        raise StandpointError(
            "the embedded server does not know the token in secrets.json",
            "restore the secrets.json that its database was made with, or move the folder away to start afresh",
        )
    return answer.status_code == 200


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as error:
            raise StandpointError(
                f"port {wanted} cannot be had: {error.strerror}", "choose another, or 0 for any free one"
            ) from None
        return probe.getsockname()[1]


def _fresh_log(folder: Path) -> Path:
    """The log to write; the one of the last start is kept beside it."""
    log = folder / "server.log"
    if log.exists():
        log.replace(folder / "server.log.1")
    return log


def _read_state(folder: Path) -> State:
    try:
        return msgspec.json.decode((folder / "running.json").read_bytes(), type=State)
    except (OSError, msgspec.DecodeError):
        raise StandpointError(f"{folder}: a server runs there, but running.json is not to be read", "end that server") from None


def _kill_group(pid: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, how)


def _reap(process: subprocess.Popen) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
