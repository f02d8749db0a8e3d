"""Push and pull against a real Label Studio: nothing lost, nothing doubled, whatever happens on the way."""

from __future__ import annotations

import hashlib
import itertools
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from pathlib import Path

import httpx
import msgspec
import pytest

from faulty_proxy import FaultyProxy
from nonempty import nonempty
from standpoint.core.model import StandpointError
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import pull, push
from standpoint.server.accounts import ensure_accounts as accounts
from standpoint.server.accounts import password_of

pytestmark = pytest.mark.server

CONFIG = """
<View>
  <Labels name="things" toName="text"><Label value="BOAT"/><Label value="PORT"/></Labels>
  <Text name="text" value="$text"/>
</View>
"""
NUMBERS = itertools.count(1)


def make_task(number: int, text: str = "The ferry Anselma left the port of Quill at dawn.") -> dict:
    text = f"{number}. {text}"
    checksum = hashlib.sha256(text.encode()).hexdigest()
    data = {"article_id": f"quill-2031-05-04-{number:08x}", "text_sha256": checksum, "text": text}
    return {"data": data, "predictions": [{"model_version": "drafts", "result": [region("d1", 3, 12)]}]}


def region(name: str, start: int, end: int, label: str = "BOAT") -> dict:
    value = {"start": start, "end": end, "labels": [label]}
    return {"id": name, "type": "labels", "from_name": "things", "to_name": "text", "value": value}


@pytest.fixture(scope="session")
def client(label_studio) -> client_module.Client:
    return client_module.connect(label_studio.url, label_studio.token)


@pytest.fixture
def project(client) -> int:
    return client_module.ensure_project(
        client, f"toy project {next(NUMBERS)} t01", CONFIG
    )  # t01's own: nobody else's can be seen


@pytest.fixture
def faulty_proxy(label_studio):
    with FaultyProxy(label_studio.url) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def stored(label_studio, project: int) -> Counter:
    """How often each article is in a project, asked of the server without our code."""
    params = {"project": project, "page_size": 10_000, "include": "id,data"}
    headers = {"Authorization": f"Token {label_studio.token}"}
    tasks = httpx.get(f"{label_studio.url}/api/tasks", params=params, headers=headers, timeout=600).json()["tasks"]
    return Counter(task["data"]["article_id"] for task in tasks)


def once(count: int) -> Counter:
    return Counter({make_task(number)["data"]["article_id"]: 1 for number in range(count)})


def tasks(count: int) -> list[dict]:
    return [make_task(number) for number in range(count)]


# Connecting


def one_line(error: pytest.ExceptionInfo) -> str:
    assert "\n" not in error.value.message + error.value.hint
    return error.value.message


ADDRESSES = {"": "no address", "label.studio": "no address", "ftp://x": "no address"}
ADDRESSES |= {"http://[": "is not reached", "http://127.0.0.1:9": "is not reached"}


@pytest.mark.parametrize("url, said", ADDRESSES.items())
def test_a_wrong_address(url, said):
    with pytest.raises(StandpointError) as error:
        client_module.connect(url, "0" * 40)
    assert said in one_line(error)


def test_an_address_below_the_start_page(label_studio):
    with pytest.raises(StandpointError) as error:
        client_module.connect(f"{label_studio.url}/projects", label_studio.token)
    assert "is no Label Studio" in one_line(error)


@pytest.mark.parametrize("token", ["", "ü", "0" * 40, "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2ln"])
def test_a_wrong_token(label_studio, token):
    with pytest.raises(StandpointError) as error:
        client_module.connect(label_studio.url, token)
    assert "token" in one_line(error)


@pytest.fixture(scope="session")
def personal_access_token(label_studio) -> str:
    """A personal access token of the administrator: there is one a user, and it is shown once."""
    headers = {"Authorization": f"Token {label_studio.token}"}
    return httpx.post(f"{label_studio.url}/api/token/", headers=headers).json()["token"]


def test_a_personal_access_token_outlives_its_access_tokens(label_studio, personal_access_token, faulty_proxy, project):
    client = client_module.connect(faulty_proxy.url + "/", f" {personal_access_token}\n")
    faulty_proxy.plan.append("401")  # to an access token that ended on the way, or by the server's clock
    assert push.push_tasks(client, project, tasks(2)) == push.Pushed(2, 0)
    assert stored(label_studio, project) == once(2) and faulty_proxy.writes == 2
    assert "admin@standpoint.invalid" in client_module.user_emails(client).values()


def test_a_legacy_token_that_is_refused_is_not_shown_again(label_studio, faulty_proxy, project):
    client = client_module.connect(faulty_proxy.url, label_studio.token)
    faulty_proxy.plan.append("401")
    with pytest.raises(StandpointError, match="refuses the token"):
        push.push_tasks(client, project, tasks(2))
    assert faulty_proxy.writes == 1


def test_a_page_to_log_in_on_before_the_server(label_studio, faulty_proxy, project):
    client = client_module.connect(faulty_proxy.url, label_studio.token)
    faulty_proxy.plan.append("page")
    with pytest.raises(StandpointError, match="something else than the JSON of Label Studio") as error:
        push.push_tasks(client, project, tasks(2))
    one_line(error)


def test_an_access_token_is_not_taken_for_a_personal_one(label_studio, personal_access_token):
    access = httpx.post(f"{label_studio.url}/api/token/refresh", json={"refresh": personal_access_token}).json()["access"]
    with pytest.raises(StandpointError, match="personal access token") as error:
        client_module.connect(label_studio.url, access)
    one_line(error)


def test_legacy_tokens_that_are_switched_off(label_studio, personal_access_token):
    by_pat = client_module.connect(label_studio.url, personal_access_token)
    switches = {"api_tokens_enabled": True, "legacy_api_tokens_enabled": False}
    by_pat.sdk.request("POST", "api/jwt/settings", json=switches)
    try:
        with pytest.raises(StandpointError, match="legacy") as error:
            client_module.connect(label_studio.url, label_studio.token)
        assert "personal access token" in error.value.hint
        one_line(error)
    finally:
        by_pat.sdk.request("POST", "api/jwt/settings", json=switches | {"legacy_api_tokens_enabled": True})


# Projects


def test_a_project_is_made_once_and_kept_up_to_date(client):
    number = client_module.ensure_project(client, "one project", CONFIG, "Read the guidelines.")
    assert client_module.ensure_project(client, "one project", CONFIG, "Read the guidelines.") == number
    client_module.ensure_project(client, "one project too", CONFIG)
    assert client_module.ensure_project(client, "one project", CONFIG.replace("PORT", "QUAY"), "") == number
    there = client.sdk.projects.get(number)
    assert ("QUAY" in there.label_config, there.expert_instruction, there.show_instruction) == (True, "", False)
    assert [title for title, _ in client_module.list_projects(client, "one project")] == ["one project", "one project too"]


def test_titles_that_cannot_be(client):
    for _ in range(2):
        client.sdk.projects.create(title="twins")
    with pytest.raises(StandpointError, match="several"):
        client_module.ensure_project(client, "twins", CONFIG)
    for title in ("no", "n" * 51):
        with pytest.raises(StandpointError, match="characters"):
            client_module.ensure_project(client, title, CONFIG)


def test_a_config_that_label_studio_refuses(client):
    with pytest.raises(StandpointError) as error:
        client_module.ensure_project(client, "broken config", "<View>")
    assert "400" in one_line(error)


# Push


def test_pushing_again_sends_only_what_is_new(label_studio, client, project):
    assert push.push_tasks(client, project, tasks(30), push.Batch(7)) == push.Pushed(30, 0)
    assert push.push_tasks(client, project, [*tasks(40), *tasks(2)], push.Batch(bytes=2000)) == push.Pushed(10, 32)
    assert stored(label_studio, project) == once(40)


def test_another_text_under_an_id_is_refused_and_the_rest_is_sent(label_studio, client, project):
    push.push_tasks(client, project, tasks(3))
    with pytest.raises(StandpointError, match="another text.*quill-2031-05-04-00000001$"):
        push.push_tasks(client, project, [make_task(1, "Changed."), make_task(3)])
    assert stored(label_studio, project) == once(4)


@pytest.mark.parametrize(
    "fates, limits",
    [
        (["504"], {}),
        (["drop"], {}),
        (["lose"], {"patience": 1.0}),
        (["504", "lose", "drop", "504"], {"patience": 1.0}),
        (["silent", "silent"], {"timeout": 2.0, "patience": 20.0}),
        (["late"], {"patience": 20.0}),
    ],
)
def test_requests_of_unknown_fate(label_studio, faulty_proxy, project, fates, limits):
    """Patience is short only where the request never arrives; where it is long, it ends as soon as the tasks are seen."""
    client = client_module.connect(faulty_proxy.url, label_studio.token, **limits)
    faulty_proxy.plan.extend(fates)
    faulty_proxy.looks = 1
    assert push.push_tasks(client, project, tasks(20), push.Batch(5)) == push.Pushed(20, 0)
    assert stored(label_studio, project) == once(20)
    assert faulty_proxy.writes == 4 + fates.count("lose")  # what was stored was not sent again


def test_a_request_that_comes_later_than_patience(label_studio, faulty_proxy, project):
    client = client_module.connect(faulty_proxy.url, label_studio.token, patience=0.2)
    faulty_proxy.plan.extend(["pass", "late"])
    push.push_tasks(client, project, tasks(9), push.Batch(3))
    assert stored(label_studio, project) == once(9)
    faulty_proxy.pass_on_what_is_late()
    assert stored(label_studio, project) != once(9)
    assert push.push_tasks(client, project, tasks(9)) == push.Pushed(0, 9)
    assert stored(label_studio, project) == once(9)


def test_of_two_copies_the_one_that_was_worked_on_stays(label_studio, client, project):
    twice = push.push_tasks(client, project, tasks(2))
    body = [make_task(0), make_task(1)]
    ids = client.sdk.import_bytes(project, msgspec.json.encode(body))
    client.sdk.annotations.create(ids[1], result=[region("r1", 0, 2)])
    assert push.push_tasks(client, project, tasks(2)) == push.Pushed(0, twice.sent)
    left = pull.page(client, project, "id", [])
    assert ids[1] in [task["id"] for task in left] and ids[0] not in [task["id"] for task in left]
    again = client.sdk.import_bytes(project, msgspec.json.encode(body[1:]))
    client.sdk.annotations.create(again[0], result=[], was_cancelled=True)
    with pytest.raises(StandpointError, match="more than once"):
        push.push_tasks(client, project, tasks(2))


def test_a_proxy_that_takes_only_short_requests(label_studio, faulty_proxy, project):
    client = client_module.connect(faulty_proxy.url, label_studio.token)
    faulty_proxy.largest = 1500
    assert push.push_tasks(client, project, tasks(16)) == push.Pushed(16, 0)
    assert stored(label_studio, project) == once(16)
    faulty_proxy.largest = 10
    with pytest.raises(StandpointError, match="too large"):
        push.push_tasks(client, project, tasks(17))
    (task,) = pull.page(client, project, "id", [])[:1]
    with pytest.raises(StandpointError, match="too large"):
        push.upload_annotation(client, task["id"], {"result": [], "unique_id": str(uuid.uuid4())})


def test_a_server_that_goes_away(label_studio, faulty_proxy, project):
    client = client_module.connect(faulty_proxy.url, label_studio.token, patience=0.1)
    faulty_proxy.plan.extend(["lose"] * 9)
    with pytest.raises(StandpointError, match="does not take tasks"):
        push.push_tasks(client, project, tasks(3))
    assert not stored(label_studio, project)


def test_a_listing_loses_nothing_of_what_the_server_says(label_studio, client, project):
    push.push_tasks(client, project, tasks(2))
    made = {"published": "2031-05-04T03:02:01Z", "n": 1.0, "none": None, "list": [1, {"a": "2031-05-04"}], "🚢": "é"}
    body = [{"data": made | {"text": "t"}, "meta": made, "predictions": [{"result": [region("d", 0, 1)], "score": 1}]}]
    (number,) = client.sdk.import_bytes(project, msgspec.json.encode(body))
    client.sdk.annotations.create(number, result=[region("r1", 0, 2) | {"meta": made}], lead_time=5)
    query = {"project": project, "fields": "all", "resolve_uri": "false"}
    headers = {"Authorization": f"Token {label_studio.token}"}
    said = httpx.get(f"{label_studio.url}/api/tasks/", params=query, headers=headers, timeout=60).json()
    found = pull.page(client, project, "", [])
    assert (found, len(found)) == (said["tasks"], said["total"])


# Killed clients

KILLED = """
import sys
sys.path[:0] = sys.argv[1].split(":")  # this file's folder and that of the helpers
from pathlib import Path
from standpoint.labelstudio import client as client_module, pull, push
import test_sync
url, token, project, folder = sys.argv[2], sys.argv[3], int(sys.argv[4]), Path(sys.argv[5])
pull.PAGE = 40
client = client_module.connect(url, token)
def report(_): print("request or answer", flush=True)
for hooks in client.sdk.http.event_hooks.values():
    hooks.append(report)
if sys.argv[6] == "push":
    push.push_tasks(client, project, test_sync.tasks(600), push.Batch(25))
else:
    for _ in pull.pull_tasks(client, project, folder): pass
print("done", flush=True)
"""


def run_and_kill(label_studio, project: int, folder: Path, what: str, events: int, seconds: float) -> bool:
    """Run a client and kill it a moment after so many requests and answers; whether it was done before."""
    folders = ":".join(str(Path(__file__).parents[up] / folder) for up, folder in ((0, ""), (1, "support")))
    arguments = [folders, label_studio.url, label_studio.token, str(project), str(folder), what]
    with subprocess.Popen([sys.executable, "-c", KILLED, *arguments], stdout=subprocess.PIPE, text=True) as child:
        for _ in range(events):
            assert child.stdout.readline() == "request or answer\n"
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        return child.stdout.read().endswith("done\n")


def test_killed_pushes_and_pulls_lose_and_double_nothing(label_studio, client, project, tmp_path, monkeypatch):
    chance = random.Random(20310504)

    def ended(what: str) -> bool:
        """A client that is killed after 4 to 7 requests of the more than 15 that it needs, or while one is on its way."""
        return run_and_kill(label_studio, project, tmp_path, what, chance.randint(8, 14), chance.uniform(0, 0.03))

    assert not all([ended("push") for _ in range(4)])
    before = sum(stored(label_studio, project).values())
    sent, present, _ = push.push_tasks(client, project, tasks(600))
    assert (sent + present, stored(label_studio, project)) == (600, once(600)) and before > 0

    assert not all([ended("pull") for _ in range(4)])
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.jsonl")}
    assert kept
    monkeypatch.setattr(pull, "PAGE", 40)
    pulled = list(pull.pull_tasks(client, project, tmp_path))
    assert Counter(task["data"]["article_id"] for task in pulled) == once(600)
    assert [task["id"] for task in pulled] == sorted({task["id"] for task in pulled})
    assert all(
        path.stat().st_mtime_ns == kept.get(path.name, path.stat().st_mtime_ns) for path in nonempty(tmp_path.glob("*.jsonl"))
    )


# Annotations, and pull


def entry(number: int, name: str, result: list[dict]) -> tuple[str, dict]:
    article_id = make_task(number)["data"]["article_id"]
    unique_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{article_id}/{name}"))
    return article_id, {"result": result, "lead_time": 12.5, "completed_by": name, "unique_id": unique_id}


@pytest.fixture
def annotation_entries() -> list[tuple[str, dict]]:
    arrow = {"type": "relation", "from_id": "r1", "to_id": "r2", "direction": "right", "labels": ["leaves"]}
    mine = [region("r1", 3, 20), region("r2", 28, 41, "PORT") | {"meta": {"text": ["a note"]}}, arrow]
    return [entry(number, name, mine if name == "t01" else mine[:1]) for number in range(3) for name in ("t01", "t02")]


def fresh(project: int, entries: list[tuple[str, dict]]) -> list[tuple[str, dict]]:
    """The entries under keys of their own: a unique id is unique in the whole server."""
    return [(where, work | {"unique_id": str(uuid.uuid5(uuid.UUID(work["unique_id"]), str(project)))}) for where, work in entries]


def test_annotations_come_back_under_their_users(label_studio, client, project, faulty_proxy, annotation_entries, tmp_path):
    users, annotation_entries = accounts(label_studio, ["t01", "t02"]), fresh(project, annotation_entries)
    push.push_tasks(client, project, tasks(4))
    through = client_module.connect(faulty_proxy.url, label_studio.token)
    faulty_proxy.plan.extend(["504", "pass", "drop", "lose"])
    sent, present, _ = push.upload_annotations(through, project, annotation_entries, users)
    assert sent + present == 6
    assert push.upload_annotations(client, project, annotation_entries, users) == push.Pushed(0, 6)

    emails, came = client_module.user_emails(client), {}
    for task in nonempty(pull.pull_tasks(client, project, tmp_path)):
        assert [prediction["result"] for prediction in task["predictions"]] == [[region("d1", 3, 12)]]
        for work in task["annotations"]:
            assert (work["ground_truth"], work["was_cancelled"], work["lead_time"]) == (False, False, 12.5)
            came[task["data"]["article_id"], emails[work["completed_by"]]] = work["result"]
    assert came == {(where, f"{work['completed_by']}@standpoint.invalid"): work["result"] for where, work in annotation_entries}


def test_entries_that_have_nowhere_to_go(client, project, annotation_entries):
    push.push_tasks(client, project, tasks(1))
    with pytest.raises(StandpointError, match="has no account"):
        push.upload_annotations(client, project, annotation_entries[:1], {})
    with pytest.raises(StandpointError, match="is no task"):
        push.upload_annotations(client, project, [("elsewhere", annotation_entries[0][1])], {"t01": 1})


def test_a_pull_fetches_again_only_pages_that_changed(client, project, tmp_path, monkeypatch):
    monkeypatch.setattr(pull, "PAGE", 10)
    fetched, fetch = [], pull._fetch
    monkeypatch.setattr(pull, "_fetch", lambda client, path, head: fetched.append(path.name) or fetch(client, path, head))
    push.push_tasks(client, project, tasks(30))

    def again() -> list[dict]:
        fetched.clear()
        return list(pull.pull_tasks(client, project, tmp_path))

    first = again()
    assert (len(first), fetched) == (30, ["000000.jsonl", "000001.jsonl", "000002.jsonl"])
    assert again() == first and fetched == []

    skipped = client.sdk.annotations.create(first[15]["id"], result=[], was_cancelled=True).id
    assert again()[15]["annotations"][0]["was_cancelled"] and fetched == ["000001.jsonl"]
    client.sdk.annotations.update(skipped, was_cancelled=False, result=[region("r1", 0, 2)])
    assert again()[15]["annotations"][0]["result"] == [region("r1", 0, 2)] and fetched == ["000001.jsonl"]
    client.sdk.annotations.delete(skipped)
    assert again()[15]["annotations"] == [] and fetched == ["000001.jsonl"]
    client.sdk.tasks.delete(str(first[0]["id"]))
    client.sdk.tasks.delete(str(first[1]["id"]))
    assert [task["id"] for task in again()] == [task["id"] for task in first[2:]]


def test_drafts_of_anybody_are_pulled_as_they_are_now(label_studio, client, project, tmp_path):
    accounts(label_studio, ["t01"])
    push.push_tasks(client, project, tasks(3))
    first = list(pull.pull_tasks(client, project, tmp_path))
    with httpx.Client(base_url=label_studio.url) as browser:
        browser.get("/user/login/")
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "email": "t01@standpoint.invalid"}
        browser.post("/user/login/", data=form | {"password": password_of(label_studio, "t01")})
        browser.headers["X-CSRFToken"] = browser.cookies["csrftoken"]
        draft = browser.post(f"/api/tasks/{first[1]['id']}/drafts", json={"result": [region("r1", 0, 2)]}).json()
        assert [len(task["drafts"]) for task in pull.pull_tasks(client, project, tmp_path)] == [0, 1, 0]
        browser.patch(f"/api/drafts/{draft['id']}/", json={"result": [region("r1", 0, 3)]})
    assert list(pull.pull_tasks(client, project, tmp_path))[1]["drafts"][0]["result"] == [region("r1", 0, 3)]


def test_a_folder_of_another_project_is_not_mistaken(client, project, tmp_path):
    push.push_tasks(client, project, tasks(2))
    list(pull.pull_tasks(client, project, tmp_path))
    other = client_module.ensure_project(client, f"toy project {next(NUMBERS)}", CONFIG)
    assert list(pull.pull_tasks(client, other, tmp_path)) == [] and not list(tmp_path.glob("*.jsonl"))
