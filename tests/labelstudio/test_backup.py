"""Backup and restore: what was there is there again, once, however often a restore is run, broken off or disturbed."""

from __future__ import annotations

import gzip
import threading
from itertools import islice

import pytest

from faulty_proxy import FaultyProxy
from standpoint.core.model import Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.labelstudio import backup
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio.backup import Restorer, read_backup, split_projects
from standpoint.labelstudio.client import find_or_create_project
from standpoint.server import serve
from two_annotators_projects import browser_of, make_projects, snapshot, span

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def backed_up_server(label_studio, tmp_path_factory):
    """Two projects, what is in them, and a backup of them."""
    names = ("k01", "k02")
    client = client_module.connect(label_studio.url, label_studio.token)
    path = tmp_path_factory.mktemp("backup") / "all.jsonl.gz"
    project = Project(path.parent)
    make_projects(label_studio, "kept", names, project.ensure_id())
    _, counts = backup.backup_projects(project, client, path, Reporter(), "kept")
    assert counts == {"projects": 2, "tasks": 10, "annotations": 6, "drafts": 4, "predictions": 8}
    return client, project, path, snapshot(client, "kept ")


def burn(client: client_module.Client, prefix: str = "kept ") -> None:
    for _, number in client_module.list_projects(client, prefix):
        client.sdk.projects.delete(number)


def restored(before, client: client_module.Client | None = None):
    """Restore the backup through a client's server; the counts and the issues."""
    theirs, project, path, _ = before
    issues: list = []
    token = theirs.sdk.users.get_token().token
    counts = serve.restore_projects(project, path, ((client or theirs).url, token), Reporter(issue=issues.append), "kept")
    return counts, issues


def test_what_was_destroyed_is_back(backed_up_server):
    client, _, _, was = backed_up_server
    burn(client)
    assert snapshot(client, "kept ") == {}
    counts, issues = restored(backed_up_server)
    assert issues == [] and counts["tasks restored"] == 10
    assert snapshot(client, "kept ") == was
    counts, issues = restored(backed_up_server)  # once more: nothing to do
    assert issues == [] and counts["tasks restored"] == 0 and counts["tasks there already"] == 10
    assert snapshot(client, "kept ") == was


def test_a_backup_of_the_restored_server_says_the_same(backed_up_server, tmp_path):
    client, project, path, was = backed_up_server
    _, counts = backup.backup_projects(project, client, tmp_path / "again.jsonl.gz", Reporter(), "kept")
    assert counts["annotations"] == 6 and counts["drafts"] == 4
    backup.backup_projects(project, client, tmp_path / "twice.jsonl.gz", Reporter(), "kept")
    assert (tmp_path / "again.jsonl.gz").read_bytes() == (tmp_path / "twice.jsonl.gz").read_bytes()
    assert (tmp_path / "again.jsonl.gz").stat().st_mode & 0o777 == 0o600
    for secret in ("password", client.sdk.users.get_token().token):
        assert secret.encode() not in gzip.decompress(path.read_bytes()).replace(b"task_data_password", b"")


def test_one_that_was_broken_off_is_run_again_and_a_bad_network_doubles_nothing(backed_up_server):
    client, _, path, was = backed_up_server
    burn(client)
    settings, tasks = next(split_projects(read_backup(path)))
    user_ids = {email: number for number, email in client_module.user_emails(client).items()}
    restorer = Restorer(client, find_or_create_project(client, settings | {"model_version": ""}), user_ids)
    assert list(restorer.restore(islice(tasks, 2))) == []
    with FaultyProxy(client.url) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        proxy.plan.append("drop")  # the next import: done, and not said to be
        counts, issues = restored(backed_up_server, client_module.connect(proxy.url, client.sdk.users.get_token().token))
        proxy.shutdown()
    assert issues == [] and proxy.writes >= 2 and not proxy.plan
    assert counts["tasks restored"] == 8 and counts["tasks there already"] == 2
    assert snapshot(client, "kept ") == was


def test_work_that_went_on_is_left_and_what_is_missing_is_entered(backed_up_server, label_studio):
    client, _, _, was = backed_up_server
    (_, number), *_ = client_module.list_projects(client, "kept facts k01")
    tasks = client.sdk.request("GET", "api/tasks/", params={"project": number, "fields": "all"})["tasks"]
    gone, changed, begun = tasks[0], tasks[1], tasks[3]
    client.sdk.annotations.delete(gone["annotations"][0]["id"])
    client.sdk.predictions.delete(begun["predictions"][0]["id"])
    mine = browser_of(label_studio, "k01")
    mine.patch(f"/api/annotations/{changed['annotations'][0]['id']}/", json={"result": [span(7)]}).raise_for_status()
    (draft,) = client.sdk.drafts(begun["id"])
    client.sdk.request("DELETE", f"api/drafts/{draft['id']}/")
    counts, issues = restored(backed_up_server)
    assert {issue.code: issue.level for issue in issues} == {"RESTORE-WORKED-ON": "note", "RESTORE-DRAFT": "note"}
    assert counts["annotations added"] == 1 and counts["predictions added"] == 1
    now = snapshot(client, "kept ")["kept facts k01"]["tasks"]
    then = was["kept facts k01"]["tasks"]
    assert now[0]["annotations"] == then[0]["annotations"] and now[3]["predictions"] == then[3]["predictions"]
    assert [one["result"] for one in now[1]["annotations"]] == [[span(7)]]


def test_other_settings_stay_and_are_told(backed_up_server):
    client, _, _, _ = backed_up_server
    (_, number), *_ = client_module.list_projects(client, "kept facts k01")
    client.sdk.projects.update(number, expert_instruction="Newer")
    _, issues = restored(backed_up_server)
    assert [issue.code for issue in issues if "SETTINGS" in issue.code] == ["RESTORE-SETTINGS"]
    assert client.sdk.projects.get(number).expert_instruction == "Newer"


def test_files_that_are_no_backups(backed_up_server, tmp_path):
    client, project, path, _ = backed_up_server
    whole = path.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    bad = {
        "cut": whole[: len(whole) // 2], "text": b"nothing", "empty": b"", "headless": gzip.compress(b"".join(lines[1:])),
        "odd": gzip.compress(lines[0] + b'{"type": "song"}\n'),
        "bare": gzip.compress(lines[0] + lines[1] + b'{"type": "task", "task": {"id": 1}}\n'),
        "untitled": gzip.compress(lines[0] + b'{"type": "project", "settings": {}}\n'),
    }  # fmt: skip
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StandpointError, match=name):
            serve.restore_projects(project, tmp_path / name, (client.url, client.sdk.users.get_token().token), Reporter(), "kept")
