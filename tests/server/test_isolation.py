"""Isolation of annotators: whatever one of them asks the server for, nothing of another's comes back."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import httpx
import pytest

import label_studio_views
from browser import page_of, until_idle
from standpoint.labelstudio import client
from standpoint.server.accounts import ensure_accounts as accounts
from standpoint.server.accounts import password_of
from standpoint.server.isolation import OPEN_TABLES, REQUESTS, is_listed
from standpoint.server.server_process import SETTINGS

pytestmark = pytest.mark.server

CONFIG = (
    '<View><Labels name="l" toName="t"><Label value="X"/></Labels><Text name="t" value="$text"/>'
    '<Choices name="mood" toName="t"><Choice value="calm"/><Choice value="harsh"/></Choices></View>'
)
SECRET = "Ravens over Quillmere"  # stands in b01's tasks and answers only


@pytest.fixture(scope="module")
def two_annotators_at_work(label_studio):
    """Two annotators with a project each; b01 has answered, begun another task, and been sent a draft."""
    ids = accounts(label_studio, ["b01", "b02"])
    admin = client.connect(label_studio.url, label_studio.token)
    numbers = {name: client.ensure_project(admin, f"blind facts {name}", CONFIG) for name in ids}
    found = {"b01": numbers["b01"], "b02": numbers["b02"]}
    for name, number in numbers.items():
        text = SECRET if name == "b01" else "Swans on the Tarn"
        for turn in (1, 2):
            (found[f"{name} task {turn}"],) = admin.sdk.import_bytes(number, b'[{"text": "%s %d"}]' % (text.encode(), turn))
    task = found["b01 task 1"]
    span = {
        "from_name": "l",
        "to_name": "t",
        "type": "labels",
        "id": "s1",
        "value": {"start": 0, "end": 6, "text": SECRET, "labels": ["X"]},
    }
    mine = client_of(label_studio, "b01")
    found["annotation"] = mine.post(f"/api/tasks/{task}/annotations/", json={"result": [span]}).raise_for_status().json()["id"]
    found["draft"] = (
        mine.post(f"/api/tasks/{found['b01 task 2']}/drafts", json={"result": [span]}).raise_for_status().json()["id"]
    )
    found["prediction"] = admin.sdk.predictions.create(task=task, result=[span]).id
    return found


def client_of(label_studio, name: str) -> httpx.Client:
    """An annotator who is logged in through the form, as a browser is."""
    browser = httpx.Client(base_url=label_studio.url, follow_redirects=True, timeout=60)
    browser.get("/user/login/")
    form = {
        "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        "email": f"{name}@standpoint.invalid",
        "password": password_of(label_studio, name),
    }
    browser.post("/user/login/", data=form).raise_for_status()
    return browser


ADDRESSES = (
    "/projects/{b01}/data?task={task}", "/api/projects/{b01}/", "/api/projects/{b01}/next/",
    "/api/tasks?project={b01}&fields=all", "/api/tasks/{task}/", "/api/tasks/{task}/annotations/", "/api/tasks/{task}/drafts",
    "/api/tasks/{begun}/drafts", "/api/annotations/{annotation}/", "/api/drafts/{draft}/",
    "/api/dm/project?project={b01}", "/api/dm/views?project={b01}", "/api/dm/columns?project={b01}",
)  # fmt: skip


NOTHING = {"/api/tasks/{task}/drafts": [], "/api/tasks/{begun}/drafts": []}  # what is answered instead of a refusal


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_of_a_colleague_comes_back(label_studio, two_annotators_at_work, address):
    path = address.format(
        **two_annotators_at_work, task=two_annotators_at_work["b01 task 1"], begun=two_annotators_at_work["b01 task 2"]
    )
    answer = client_of(label_studio, "b02").get(path)
    assert SECRET not in answer.text and '"harsh"' not in answer.text
    if address.startswith("/api/"):  # the page itself is the same for everybody, and asks the API
        assert answer.status_code in (400, 403, 404) or answer.json() == NOTHING.get(address), answer.text[:300]
    own = client_of(label_studio, "b01").get(path)
    assert own.status_code == 200, (own.status_code, own.text[:300])


def test_lists_have_ones_own_only(label_studio, two_annotators_at_work):
    browser = client_of(label_studio, "b02")
    assert [one["id"] for one in browser.get("/api/projects/").json()["results"]] == [two_annotators_at_work["b02"]]
    assert browser.get(f"/api/tasks?project={two_annotators_at_work['b01']}").json().get("tasks", []) == []
    emails = {user["email"] for user in browser.get("/api/users").json()}
    assert emails == {
        "b02@standpoint.invalid",
        "Deleted",
    }  # Label Studio's word for an administrator whose membership is not read
    admin = client.connect(label_studio.url, label_studio.token)
    assert {two_annotators_at_work["b01"], two_annotators_at_work["b02"]} <= {number for _, number in client.list_projects(admin)}


def test_nothing_of_a_colleague_can_be_changed_nor_ones_own_project_deleted(label_studio, two_annotators_at_work):
    browser = client_of(label_studio, "b02")
    for method, path in (
        ("PATCH", f"/api/annotations/{two_annotators_at_work['annotation']}/"), ("DELETE", f"/api/annotations/{two_annotators_at_work['annotation']}/"),
        ("DELETE", f"/api/tasks/{two_annotators_at_work['b01 task 1']}/"), ("DELETE", f"/api/projects/{two_annotators_at_work['b01']}/"), ("DELETE", f"/api/projects/{two_annotators_at_work['b02']}/"),
        ("POST", f"/api/tasks/{two_annotators_at_work['b01 task 1']}/annotations/"),
        ("POST", f"/api/dm/actions?id=delete_tasks&project={two_annotators_at_work['b02']}"),
    ):  # fmt: skip
        answer = browser.request(method, path, json={"result": [], "selectedItems": {"all": True, "excluded": []}})
        assert answer.status_code in (403, 404, 405), (method, path, answer.status_code, answer.text[:200])
    admin = client.connect(label_studio.url, label_studio.token)
    assert admin.sdk.annotations.get(two_annotators_at_work["annotation"]).result[0]["value"]["text"] == SECRET
    assert len(admin.sdk.tasks.list(project=two_annotators_at_work["b02"]).items) == 2


def test_ones_own_work_goes_on(label_studio, two_annotators_at_work):
    browser = client_of(label_studio, "b02")
    asked = (
        browser.post(f"/api/dm/actions?id=next_task&project={two_annotators_at_work['b02']}", json={}).raise_for_status().json()
    )
    assert asked["id"] == two_annotators_at_work["b02 task 1"]
    made = browser.post(f"/api/tasks/{asked['id']}/annotations/", json={"result": [], "lead_time": 5}).raise_for_status().json()
    assert browser.patch(f"/api/annotations/{made['id']}/", json={"lead_time": 7}).raise_for_status().json()["lead_time"] == 7
    begun = (
        browser.post(f"/api/tasks/{two_annotators_at_work['b02 task 2']}/drafts", json={"result": []}).raise_for_status().json()
    )
    browser.patch(f"/api/drafts/{begun['id']}/", json={"lead_time": 3}).raise_for_status()


def test_nobody_works_in_the_name_or_in_the_project_of_a_colleague(label_studio, two_annotators_at_work):
    browser, ids = client_of(label_studio, "b02"), accounts(label_studio, ["b01", "b02"])
    own, foreign = two_annotators_at_work["b02 task 1"], two_annotators_at_work["b01 task 1"]
    made = browser.post(f"/api/tasks/{own}/annotations/", json={"result": []}).raise_for_status().json()
    admin = client.connect(label_studio.url, label_studio.token).sdk
    for method, path, body in (
        ("POST", f"/api/tasks/{own}/annotations/", {"result": [], "completed_by": ids["b01"]}),
        ("POST", f"/api/tasks/{own}/annotations/", {"result": [], "completed_by": admin.users.whoami().id}),
        ("PATCH", f"/api/annotations/{made['id']}/", {"completed_by": ids["b01"]}),
        ("PATCH", f"/api/annotations/{made['id']}/", {"task": foreign}),
        ("PATCH", f"/api/annotations/{made['id']}/", {"project": two_annotators_at_work["b01"]}),
        ("POST", "/api/dm/views/", {"project": two_annotators_at_work["b01"], "data": {"title": "mine"}}),
    ):
        browser.request(method, path, json=body)
    stored = admin.annotations.get(made["id"])
    assert (stored.completed_by, stored.task, stored.project) == (ids["b02"], own, two_annotators_at_work["b02"])
    assert {work.completed_by for work in admin.annotations.list(own)} == {ids["b02"]}
    assert len(admin.annotations.list(foreign)) == 1
    assert "mine" not in [view.data["title"] for view in admin.views.list(project=two_annotators_at_work["b01"])]


def test_a_title_makes_no_member(label_studio, two_annotators_at_work):
    browser, admin = client_of(label_studio, "b02"), client.connect(label_studio.url, label_studio.token)
    answer = browser.post("/api/projects/", json={"title": "a present b01", "label_config": CONFIG})
    assert answer.status_code == 403 and "a present b01" not in dict(client.list_projects(admin))
    assert browser.patch(f"/api/projects/{two_annotators_at_work['b02']}/", json={"title": "x b01"}).status_code == 403
    number = client.ensure_project(admin, "loan facts b02", CONFIG)
    admin.sdk.projects.update(number, title="loan facts b01")  # whose it is stays as it was
    for name, sees in (("b01", False), ("b02", True)):
        listed = {one["id"] for one in client_of(label_studio, name).get("/api/projects/").json()["results"]}
        assert (number in listed) == sees and two_annotators_at_work[name] in listed
    admin.sdk.projects.delete(number)


def test_a_project_that_is_older_than_the_account_is_its_own(label_studio):
    admin = client.connect(label_studio.url, label_studio.token)
    number = client.ensure_project(admin, "early facts b09", CONFIG)
    accounts(label_studio, ["b09"])
    assert [one["id"] for one in client_of(label_studio, "b09").get("/api/projects/").json()["results"]] == [number]


def test_a_token_of_an_annotator_opens_no_more(label_studio, two_annotators_at_work):
    number = accounts(label_studio, ["b02"])["b02"]
    with closing(sqlite3.connect(label_studio.folder / "label_studio.sqlite3")) as database:
        ((token,),) = database.execute("SELECT key FROM authtoken_token WHERE user_id = ?", (number,)).fetchall()
    headers = {"Authorization": f"Token {token}"}
    with httpx.Client(base_url=label_studio.url, headers=headers) as browser:
        assert browser.get("/api/current-user/whoami").json()["id"] == number
        assert browser.get("/api/invite").status_code == 403
        assert SECRET not in browser.get(f"/api/tasks/{two_annotators_at_work['b01 task 1']}/").text


@pytest.fixture(scope="module")
def views_and_rows(tmp_path_factory) -> dict:
    """Each address of Label Studio with its view, and the rows of each table that are an annotator's."""
    words = [sys.executable, label_studio_views.__file__, str(tmp_path_factory.mktemp("views"))]
    return json.loads(subprocess.run(words, env=os.environ | SETTINGS, capture_output=True, check=True).stdout.splitlines()[-1])


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def test_every_address_is_listed_or_refused(label_studio, two_annotators_at_work, views_and_rows):
    views = {address: view for address, view in views_and_rows["views"].items() if view not in (None, "logout")}
    assert len(views) > 300 and set(REQUESTS) <= {*views.values(), "logout"}  # no entry of the list is out of date
    browser = client_of(label_studio, "b02")
    browser.follow_redirects = False
    refused = 0
    for number, (address, view) in enumerate(views.items()):
        # A view that is not listed is refused before its method is looked at: one method each, and all five among them.
        for method in METHODS if view in REQUESTS else METHODS[number % len(METHODS) :][:1]:
            answer = browser.request(method, address)
            assert SECRET not in answer.text, (method, address)
            if not is_listed(view, method):
                refused += 1
                assert answer.status_code == 403, (method, address, view, answer.status_code)
    assert refused > 300
    assert client_of(label_studio, "b02").get("/api/current-user/whoami").json()["email"] == "b02@standpoint.invalid"


def test_what_is_not_known_is_refused():
    assert not is_listed("projects:api:project-list", "POST") and not is_listed("projects:api:project-list", "OPTIONS")
    assert not is_listed("a:view:of-a-later-version", "GET")


def test_the_rows_of_each_table_are_narrowed(views_and_rows):
    rows = {table: own for table, (_, own) in views_and_rows["rows"].items()}
    unnarrowed = {table for table, own in rows.items() if own == "all"}
    assert {table.partition(".")[2] for table in unnarrowed} == OPEN_TABLES
    paths = views_and_rows["rows"]
    assert paths["projects.project"] == ["pk", "projects"] and paths["tasks.annotationdraft"] == ["task__project", "projects"]
    assert paths["authtoken.token"] == ["user", "user"] and paths["users.user"] == ["pk", "user"]
    assert paths["io_storages.s3importstorage"] == ["project", "projects"] and paths["auth.permission"] == ["", "none"]


@pytest.mark.browser
def test_in_a_real_browser_there_is_one_s_own_project_only(label_studio, two_annotators_at_work):
    with page_of(label_studio.url, "b02@standpoint.invalid", password_of(label_studio, "b02")) as page:
        page.goto(f"{label_studio.url}/projects")
        page.wait_for_selector("text=blind facts b02")
        page.wait_for_load_state("networkidle")
        until_idle(page)
        assert "b01" not in page.inner_text("body")
        for path in (
            f"/projects/{two_annotators_at_work['b01']}/data",
            f"/projects/{two_annotators_at_work['b01']}/data?task={two_annotators_at_work['b01 task 1']}",
        ):
            page.goto(f"{label_studio.url}{path}")
            page.wait_for_load_state("networkidle")
            until_idle(page)
            assert SECRET not in page.content()
