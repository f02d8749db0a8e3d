"""Two annotators' projects with everything that may be in one, and a snapshot of them that two servers can be compared by."""

from __future__ import annotations

import httpx
import msgspec

from standpoint.labelstudio import client as client_module
from standpoint.labelstudio.own_projects import Mark
from standpoint.server.accounts import RunningServer, password_of
from standpoint.server.accounts import ensure_accounts as accounts

CONFIG = (
    '<View><Labels name="l" toName="t"><Label value="X"/><Label value="Y"/></Labels><Text name="t" value="$text"/>'
    '<Choices name="mood" toName="t"><Choice value="calm"/><Choice value="harsh"/></Choices></View>'
)
TEXTS = (
    "Ravens over Quillmere.\r\nThey left.",
    "مجلس الميناء 🚢 قال",
    "Saltmarsh e\u0301coute",
    "The ferry waits.",
    "The ferry waits.",
)


def span(number: int, label: str = "X") -> dict:
    """A region, as the page sends it."""
    value = {"start": number, "end": number + 3, "text": "…", "labels": [label]}
    return {"id": f"r{number}", "from_name": "l", "to_name": "t", "type": "labels", "origin": "manual", "value": value}


def browser_of(running: RunningServer, name: str) -> httpx.Client:
    """An annotator who is logged in through the form, as a browser is."""
    browser = httpx.Client(base_url=running.url, follow_redirects=True, timeout=60, trust_env=False)
    browser.get("/user/login/")
    form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "email": f"{name}@standpoint.invalid"}
    browser.post("/user/login/", data=form | {"password": password_of(running, name)}).raise_for_status()
    return browser


def make_projects(running: RunningServer, prefix: str, names: tuple[str, str], project_id: str = "") -> dict[str, list[int]]:
    """A project of ours an annotator: answers, a skip, work begun anew and on an answer, predictions; the task ids by annotator."""
    accounts(running, names)
    admin, made = client_module.connect(running.url, running.token), {}
    for name in names:
        number = client_module.ensure_project(admin, f"{prefix} facts {name}", CONFIG, f"Read on, {name} — <b>slowly</b>")
        mark = Mark(project=project_id, name=prefix, pass_name="facts", annotator=name)
        admin.sdk.projects.update(number, maximum_annotations=2, description=f"of the harbour\n{mark.line}")
        drafts = [{"result": [span(0, "Y")], "model_version": "rule-1", "score": 0.25}]
        tasks = [{"data": {"text": text, "n": 1.5}, "meta": {"from": name}, "predictions": drafts} for text in TEXTS]
        tasks[1]["predictions"] = []
        made[name] = ids = admin.sdk.import_bytes(number, msgspec.json.encode(tasks))
        _work(browser_of(running, name), admin, ids)
    return made


def _work(browser: httpx.Client, admin: client_module.Client, ids: list[int]) -> None:
    """One annotator's day, through the interface that the page uses."""
    draft = admin.sdk.predictions.list(task=ids[0])[0].id
    answer = {"result": [span(0), span(4)], "lead_time": 12.75, "parent_prediction": draft}
    first = browser.post(f"/api/tasks/{ids[0]}/annotations/", json=answer).raise_for_status().json()["id"]
    answer = {"result": [span(1, "Y")], "lead_time": 3.0, "ground_truth": True}
    browser.post(f"/api/tasks/{ids[1]}/annotations/", json=answer).raise_for_status()
    browser.post(f"/api/tasks/{ids[2]}/annotations/", json={"result": [], "was_cancelled": True}).raise_for_status()
    browser.post(f"/api/tasks/{ids[3]}/drafts", json={"result": [span(2)], "lead_time": 5.5}).raise_for_status()
    browser.post(
        f"/api/tasks/{ids[0]}/annotations/{first}/drafts", json={"result": [span(0)], "lead_time": 1.0}
    ).raise_for_status()


# What a server gives out anew, and what follows from that; the test of the settings has a list of its own.
ITS_OWN = {"id", "created_at", "updated_at", "created_ago", "created_username", "task", "project", "import_id", "updated_by"}
ITS_OWN |= {"draft_created_at", "last_created_by", "last_action", "unique_id", "completed_at", "inner_id"}
OF_THE_TASK = {"data", "meta", "total_annotations", "cancelled_annotations", "total_predictions", "is_labeled", "overlap"}
OF_THE_PROJECT = {"created_by", "organization", "parsed_label_config", "pinned_at", "state"} | ITS_OWN


def snapshot(client: client_module.Client, prefix: str) -> dict:
    """All that is in the projects with a prefix, by names that hold on any server: e-mails and contents for numbers."""
    emails = client_module.user_emails(client)
    found = {}
    for title, number in client_module.list_projects(client, prefix):
        settings = client.sdk.request("GET", f"api/projects/{number}/")
        query = {"project": number, "fields": "all", "page_size": 500, "resolve_uri": "false"}
        tasks = client.sdk.request("GET", "api/tasks/", params=query)["tasks"]
        found[title] = {
            "settings": {name: value for name, value in settings.items() if name not in OF_THE_PROJECT},
            "controls in use": client.sdk.request("GET", f"api/projects/{number}/summary/")["created_annotations"],
            "tasks": [_task(task, client, emails) for task in sorted(tasks, key=lambda task: task["id"])],
        }
    return found


def _task(task: dict, client: client_module.Client, emails: dict[int, str]) -> dict:
    predictions = {one["id"]: _bare(one) for one in task["predictions"]}
    annotations = {}
    for one in task["annotations"]:
        begun = predictions.get(one["parent_prediction"])
        annotations[one["id"]] = _bare(one) | {"completed_by": emails[one["completed_by"]], "parent_prediction": begun}
    drafts = [_bare(one) | {"annotation": annotations.get(one["annotation"])} for one in client.sdk.drafts(task["id"])]
    kept = {name: task[name] for name in OF_THE_TASK}
    return kept | {
        "predictions": _in_order(predictions.values()), "annotations": _in_order(annotations.values()), "drafts": _in_order(drafts)
    }  # fmt: skip


def _bare(one: dict) -> dict:
    return {name: value for name, value in one.items() if name not in ITS_OWN}


def _in_order(ones) -> list[dict]:
    return sorted(ones, key=lambda one: str(sorted(one.items())))
