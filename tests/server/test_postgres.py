"""A team's server: on a PostgreSQL of the test's own, behind gunicorn, as closed and isolated as the one on SQLite."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import load
import postgres
import pytest
from click.testing import CliRunner

from standpoint.cli import main
from standpoint.core.model import Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.labelstudio import backup
from standpoint.labelstudio import client as client_module
from standpoint.server import serve as serve_module
from standpoint.server import server_process
from standpoint.server.accounts import choose_database, database_environment, load_secrets, save_secrets, sqlite_warning
from standpoint.server.server_process import running_server as serve
from standpoint.server.server_process import set_database as use
from two_annotators_projects import browser_of, make_projects, snapshot, span

FEW = load.Plan(annotators=4, seconds=3600, pause=0, articles=5)  # ends with the articles, whatever the time


@pytest.fixture(scope="module")
def postgresql_cluster():
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql (make test does where it may)")
    with postgres.cluster(careful=False) as running:
        yield running


@pytest.fixture(scope="module")
def migrated_server_folder(postgresql_cluster, tmp_path_factory):
    """A folder whose database, called made, has Label Studio's tables and nothing else."""
    pytest.importorskip("label_studio")
    folder = tmp_path_factory.mktemp("made")
    postgresql_cluster.do("CREATE DATABASE made")
    use(folder, postgresql_cluster.url("made"))
    with serve(folder):
        pass
    return folder


@pytest.fixture(scope="module")
def new_server_folder(postgresql_cluster, migrated_server_folder, tmp_path_factory):
    """Makes folders for servers that have never been used; their databases are copies, which are made in a second."""
    count = iter(range(99))

    def folder() -> Path:
        name, found = f"fresh{next(count)}", tmp_path_factory.mktemp("fresh")
        postgresql_cluster.do(f"DROP DATABASE IF EXISTS {name}")
        postgresql_cluster.do(f"CREATE DATABASE {name} TEMPLATE made")
        shutil.copy(migrated_server_folder / "secrets.json", found)
        use(found, postgresql_cluster.url(name))
        return found

    return folder


@pytest.fixture(scope="module")
def shared_server(new_server_folder):
    """A server that several tests use."""
    with serve(new_server_folder()) as running:
        yield running


def database_of(folder: Path) -> str:
    return load_secrets(folder).database.rpartition("/")[2]


@pytest.mark.server
@pytest.mark.database
def test_it_works_on_postgresql_behind_workers_that_are_closed_and_isolated(shared_server, postgresql_cluster):
    assert not list(shared_server.folder.glob("*.sqlite3"))
    assert "gunicorn" in httpx.get(f"{shared_server.url}/health").headers["server"]
    make_projects(shared_server, "team", ("p01", "p02"))
    with httpx.Client(base_url=shared_server.url) as stranger:
        stranger.get("/user/signup/")
        form = {"csrfmiddlewaretoken": stranger.cookies["csrftoken"], "email": "x@example.org", "password": "long-enough-1"}
        assert stranger.post("/user/signup/", data=form).status_code == 403
    browser = browser_of(shared_server, "p02")
    for _ in range(12):  # whichever worker answers
        listed = browser.get("/api/projects/", headers={"Connection": "close"}).json()["results"]
        assert [one["title"] for one in listed] == ["team facts p02"]
    page = httpx.get(f"{shared_server.url}/user/login/").text
    assert "sentry-cdn" not in page and "googletagmanager" not in page
    with pytest.raises(StandpointError, match="another database"):
        use(shared_server.folder, postgresql_cluster.url("other"))


@pytest.mark.server
@pytest.mark.database
def test_a_proxy_before_it_may_speak_https(shared_server):
    """What a proxy that ends TLS passes on: its own name as the host, and how it was asked."""
    ours = "https://labels.example.org"
    passed_on = {"Host": "labels.example.org", "X-Forwarded-Proto": "https", "Origin": ours, "Referer": f"{ours}/user/login/"}
    with httpx.Client(base_url=shared_server.url, headers=passed_on) as browser:
        browser.get("/user/login/")
        form = {
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            "email": shared_server.email,
            "password": shared_server.password,
        }
        answer = browser.post("/user/login/", data=form)
        assert answer.status_code == 302, answer.text[:500]


@pytest.mark.server
@pytest.mark.database
def test_a_server_that_was_destroyed_is_restored_into_a_fresh_one(new_server_folder, postgresql_cluster, tmp_path):
    project = Project(tmp_path)
    project.local.mkdir()
    project.server.symlink_to(new_server_folder())
    with serve(project.server) as running:
        make_projects(running, "standpoint", ("p01", "p02"), project.ensure_id())
        client = client_module.connect(running.url, running.token)
        before = snapshot(client, "standpoint ")
        path, counts = backup.backup_projects(project, client, None, Reporter(), "standpoint")
    assert counts["annotations"] == 6
    postgresql_cluster.do(f"DROP DATABASE {database_of(project.server)}")
    shutil.rmtree(project.server.resolve())
    project.server.unlink()

    project.server.symlink_to(new_server_folder())
    issues: list = []
    with serve(project.server) as running:
        counts = serve_module.restore_projects(project, path, (None, None), Reporter(issue=issues.append), "standpoint")
        assert issues == [] and counts["tasks restored"] == 10
        client = client_module.connect(running.url, running.token)
        assert snapshot(client, "standpoint ") == before
        mine = browser_of(running, "p01")  # who annotated goes on, with the password that the fresh server shows
        (project_id,) = [one["id"] for one in mine.get("/api/projects/").json()["results"]]
        task = mine.post(f"/api/dm/actions?id=next_task&project={project_id}", json={}).raise_for_status().json()["id"]
        mine.post(f"/api/tasks/{task}/annotations/", json={"result": [span(3)]}).raise_for_status()


@pytest.mark.server
@pytest.mark.database
def test_annotators_at_once_lose_and_double_nothing(shared_server):
    found = load.load(shared_server, FEW)
    assert found["submissions"] == found["annotations on the server"] == FEW.annotators * FEW.articles
    assert found["errors"] == {} and found["missing"] == found["copies"] == 0


@pytest.mark.server
def test_annotators_at_once_lose_and_double_nothing_on_sqlite_either(label_studio):
    found = load.load(label_studio, FEW)
    assert found["submissions"] == found["annotations on the server"] == FEW.annotators * FEW.articles
    assert found["errors"] == {} and found["missing"] == found["copies"] == 0


@pytest.mark.server
@pytest.mark.database
def test_who_started_it_learns_that_it_has_ended(new_server_folder):
    folder = new_server_folder()
    code = "import sys; from pathlib import Path; from standpoint.server import server_process\n"
    code += "with server_process.running_server(Path(sys.argv[1])) as running: print(flush=True); server_process.wait_for_end(running)"
    with subprocess.Popen(
        [sys.executable, "-c", code, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as user:
        user.stdout.readline()
        os.killpg(json.loads((folder / "running.json").read_text())["pid"], signal.SIGKILL)
        _, said = user.communicate(timeout=600)
    assert user.returncode != 0 and "Label Studio has ended" in said
    with (folder / "server.lock").open("ab") as server_lock:
        assert server_process.try_lock(server_lock)


@pytest.mark.server
@pytest.mark.database
def test_a_database_that_does_not_let_one_in_is_named(postgresql_cluster, tmp_path):
    use(tmp_path, f"postgresql://standpoint:wrong@127.0.0.1:{postgresql_cluster.port}/made")
    with pytest.raises(StandpointError, match=r"(?s)ended while it started.*password authentication failed"), serve(tmp_path):
        pass


def test_a_url_says_all_that_label_studio_is_told():
    told = database_environment("postgresql://l%40b:p%2Fw@db.example.org:6432/labels?sslmode=verify-full&sslrootcert=/etc/ca.pem")
    assert told == {
        "DJANGO_DB": "default", "POSTGRE_USER": "l@b", "POSTGRE_PASSWORD": "p/w", "POSTGRE_HOST": "db.example.org",
        "POSTGRE_PORT": "6432", "POSTGRE_NAME": "labels", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/etc/ca.pem",
    }  # fmt: skip
    assert database_environment("postgresql:///labels?host=/run/postgresql")["POSTGRE_HOST"] == "/run/postgresql"
    assert database_environment("") == {}


@pytest.mark.parametrize("url", ["mysql://x/y", "postgresql://host", "labels", "postgresql://h:port/n", "postgresql:///n?song=1"])
def test_what_is_no_url_is_refused_and_not_quoted(url, tmp_path):
    with pytest.raises(StandpointError) as caught:
        choose_database(tmp_path, url.replace("//", "//me:s3cret@", 1) if "//" in url else url)
    assert "s3cret" not in str(caught.value) and not (tmp_path / "secrets.json").exists()


def test_sqlite_is_not_left_behind_unawares(tmp_path):
    (tmp_path / "label_studio.sqlite3").touch()
    with pytest.raises(StandpointError, match="has its work in SQLite") as caught:
        use(tmp_path, "postgresql:///labels")
    assert "standpoint server backup" in caught.value.hint and not load_secrets(tmp_path).database


def test_a_fourth_account_on_sqlite_is_warned_of(tmp_path):
    secrets = load_secrets(tmp_path)
    for number, expected in ((3, False), (4, True)):
        secrets.passwords = {f"a{one:02}": "x" for one in range(number)}
        save_secrets(tmp_path, secrets)
        assert bool(sqlite_warning(tmp_path)) == expected
    assert sqlite_warning(tmp_path, machines=["a03", "m09"]) == ""  # three people
    secrets.database = "postgresql:///labels"
    save_secrets(tmp_path, secrets)
    assert sqlite_warning(tmp_path) == ""


def test_serve_refuses_what_is_no_database_in_two_lines(tmp_path, capfd):
    (tmp_path / "guidelines").mkdir()
    (tmp_path / "guidelines" / "codebook.yaml").touch()
    result = CliRunner().invoke(main, ["--project", str(tmp_path), "serve", "--database", "mysql://x/y"])
    said = result.output + capfd.readouterr().err
    assert result.exit_code == 2 and "names no PostgreSQL database" in said and "Traceback" not in said
