"""A PostgreSQL of one's own for a while: a cluster in a temporary folder, on the loopback, gone afterwards.

PostgreSQL refuses to run as root: where we are root it runs as the user that Debian's package makes.
"""

from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

USER, PASSWORD = "standpoint", "p@ss:word/1"  # with characters that a URL must quote


class Cluster(NamedTuple):
    """A PostgreSQL that answers."""

    port: int
    programs: Path

    def url(self, name: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://{USER}:p%40ss%3Aword%2F1@127.0.0.1:{self.port}/{name}"

    def do(self, sql: str) -> None:
        """Run one statement."""
        command = [self.programs / "psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER]
        environment = os.environ | {"PGPASSWORD": PASSWORD}
        subprocess.run([*command, "-d", "postgres", "-c", sql], check=True, capture_output=True, text=True, env=environment)


def programs() -> Path | None:
    """Where PostgreSQL's programs are, of the newest version (Debian keeps them out of the PATH); None without them."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    initdb = found[-1] if found else shutil.which("initdb")
    return Path(initdb).parent if initdb else None


@contextmanager
def cluster(careful: bool = True) -> Iterator[Cluster]:
    """A cluster for the length of the block. ``careful``: written to disk as in earnest; without, quicker."""
    if (where := programs()) is None:
        raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="standpoint-postgres-"))
    own = _as_postgres() if os.geteuid() == 0 else []
    try:
        (folder / "password").write_text(PASSWORD)
        if own:
            subprocess.run(["chown", "-R", "postgres:", folder], check=True)
        _run([*own, where / "initdb", "-D", folder / "data", "-U", USER, "-A", "scram-sha-256", "-E", "UTF8",
              "--locale=C.UTF-8", f"--pwfile={folder / 'password'}", *([] if careful else ["--no-sync"])], folder)  # fmt: skip
        port = _free_port()
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder}" + ("" if careful else " -F")
        log = folder / "log"
        _run([*own, where / "pg_ctl", "-D", folder / "data", "-l", log, "-w", "-o", options, "start"], folder)
        try:
            yield Cluster(port, where)
        finally:
            _run([*own, where / "pg_ctl", "-D", folder / "data", "-m", "fast", "-w", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres() -> list[str]:
    return ["runuser", "-u", "postgres", "--"]


def _run(command: list, folder: Path) -> None:
    done = subprocess.run(list(map(str, command)), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        log = folder / "log"
        raise RuntimeError(f"{command}: {done.stdout}\n{log.read_text() if log.exists() else ''}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
