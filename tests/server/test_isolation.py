"""Isolation of annotators: whatever one of them asks the server for, nothing of another's comes back."""

from __future__ import annotations

import httpx
import pytest

from browser import page_of, until_idle
from standpoint.labelstudio import client
from standpoint.server.accounts import ensure_accounts as accounts
from standpoint.server.accounts import password_of

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
    "/projects/{b01}/data?task={task}", "/api/projects/{b01}/", "/api/projects/{b01}/tasks/", "/api/projects/{b01}/next/",
    "/api/projects/{b01}/export?exportType=JSON", "/api/projects/{b01}/exports/", "/api/projects/{b01}/summary/",
    "/api/tasks?project={b01}&fields=all", "/api/tasks/{task}/", "/api/tasks/{task}/annotations/", "/api/tasks/{task}/drafts",
    "/api/tasks/{begun}/drafts", "/api/annotations/{annotation}/", "/api/drafts/{draft}/", "/api/predictions/?task={task}",
    "/api/predictions/{prediction}/", "/api/dm/project?project={b01}", "/api/dm/views?project={b01}", "/api/dm/columns?project={b01}",
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
    assert browser.get("/api/predictions/").json() == []
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
