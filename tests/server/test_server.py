"""The embedded server: whole, closed to the outside, and gone when nobody uses it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from nonempty import nonempty
from standpoint.core.model import StandpointError
from standpoint.labelstudio import client
from standpoint.server import server_process
from standpoint.server.accounts import ensure_accounts as accounts
from standpoint.server.accounts import load_secrets, password_of, save_secrets
from standpoint.server.server_process import running_server as serve

pytestmark = pytest.mark.server


def is_vacant(folder: Path, patience: float = 300) -> bool:
    """Whether no server runs in a folder."""
    with (folder / "server.lock").open("ab") as server_lock:
        return server_process.try_lock(server_lock, patience)


@pytest.fixture
def second_server_folder(label_studio, tmp_path) -> Path:
    """A folder whose server starts quickly: its database is made already."""
    source, copy = (sqlite3.connect(folder / "label_studio.sqlite3") for folder in (label_studio.folder, tmp_path))
    with closing(source), closing(copy):
        source.backup(copy)
    for name in ("secrets.json", ".env"):
        shutil.copy(label_studio.folder / name, tmp_path / name)
    return tmp_path


def test_secrets_are_their_owners_only(label_studio):
    secrets = label_studio.folder / "secrets.json"
    assert secrets.stat().st_mode & 0o777 == 0o600
    assert load_secrets(label_studio.folder).token == label_studio.token
    assert label_studio.email == "admin@standpoint.invalid"


def test_it_listens_on_the_loopback_only(label_studio):
    pid = json.loads((label_studio.folder / "running.json").read_text())["pid"]
    sockets = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    listening = [row[1].partition(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]
    assert listening == ["0100007F"]


def test_it_reaches_for_nobody_outside(label_studio, reached_addresses):
    httpx.get(f"{label_studio.url}/heidi-tips", timeout=30)
    tried = set(reached_addresses.read_text().splitlines())
    assert tried and all("127.0.0.1" in line or "localhost" in line for line in tried), tried
    page = httpx.get(f"{label_studio.url}/user/login/").text
    assert "sentry-cdn" not in page and "googletagmanager" not in page


def test_nobody_signs_up_without_being_invited(label_studio):
    with httpx.Client(base_url=label_studio.url) as browser:
        browser.get("/user/signup/")
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "email": "x@example.org", "password": "long-enough-1"}
        assert browser.post("/user/signup/", data=form).status_code == 403


def test_accounts_are_made_once_and_log_in_through_the_form(label_studio):
    made = accounts(label_studio, ["t01", "t02"])
    assert accounts(label_studio, ["t02", "t01"]) == made
    for name in nonempty(made):
        with httpx.Client(base_url=label_studio.url, follow_redirects=True) as browser:
            browser.get("/user/login/")
            form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "email": f"{name}@standpoint.invalid"}
            browser.post("/user/login/", data=form | {"password": password_of(label_studio, name)})
            assert browser.get("/api/current-user/whoami").json()["id"] == made[name]
            assert browser.get("/api/projects/").status_code == 200


def test_odd_pseudonyms_and_unknown_passwords_are_refused(label_studio):
    with pytest.raises(StandpointError, match="is no pseudonym"):
        accounts(label_studio, ["A Name"])
    with pytest.raises(StandpointError, match="no password is known"):
        password_of(label_studio, "nobody")


def test_a_second_user_shares_it_and_the_last_one_ends_it(second_server_folder):
    with pytest.raises(KeyboardInterrupt), serve(second_server_folder) as running:
        with serve(second_server_folder) as again:
            assert again == running
        assert httpx.get(f"{running.url}/health").status_code == 200
        raise KeyboardInterrupt
    assert is_vacant(second_server_folder, 0)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.url}/health")


SERVE = """
import signal, sys
from standpoint.server.server_process import running_server as serve
with serve(sys.argv[1]) as running:
    print(running.url, flush=True)
    signal.pause()
"""


def test_it_ends_with_its_user_even_if_that_is_killed(second_server_folder):
    with subprocess.Popen([sys.executable, "-c", SERVE, str(second_server_folder)], stdout=subprocess.PIPE, text=True) as user:
        url = user.stdout.readline().strip()
        assert httpx.get(f"{url}/health").status_code == 200
        user.send_signal(signal.SIGKILL)
    assert is_vacant(second_server_folder)


def test_it_outlives_who_started_it_while_others_use_it(second_server_folder):
    with subprocess.Popen([sys.executable, "-c", SERVE, str(second_server_folder)], stdout=subprocess.PIPE, text=True) as user:
        url = user.stdout.readline().strip()
        with serve(second_server_folder) as running:
            assert running.url == url
            user.send_signal(signal.SIGKILL)
            user.wait()
            time.sleep(0.3)  # longer than an idle server takes to end; on a busy machine the test asks less, and still passes
            assert client.connect(url, running.token).url == url
    assert is_vacant(second_server_folder, 0)


def test_one_that_does_not_come_up_shows_its_log(second_server_folder):
    (second_server_folder / "label_studio.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(StandpointError, match=r"(?s)ended while it started.*file is not a database"), serve(second_server_folder):
        pass
    assert is_vacant(second_server_folder, 0)


def test_other_secrets_than_the_database_was_made_with(second_server_folder):
    save_secrets(
        second_server_folder,
        type(load_secrets(second_server_folder))(email="admin@standpoint.invalid", password="x" * 12, token="0" * 40),
    )
    with pytest.raises(StandpointError, match="does not know the token"), serve(second_server_folder):
        pass
    assert is_vacant(second_server_folder, 0)


def test_a_port_that_is_taken(second_server_folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(StandpointError, match="cannot be used"), serve(second_server_folder, other.getsockname()[1]):
            pass
