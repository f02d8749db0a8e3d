"""Progress is counted from the server's tasks; nothing on the server changes by it."""

from __future__ import annotations

from datetime import date

import httpx
import msgspec
import pytest

from standpoint.cli.render import progress_lines
from standpoint.core.model import Reporter
from standpoint.core.project import Project
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import pull, push
from standpoint.labelstudio.own_projects import Mark
from standpoint.pages.task_json import DECODE_TASK
from standpoint.server.accounts import ensure_accounts as accounts
from standpoint.server.accounts import password_of
from standpoint.team import progress
from standpoint.team.progress import Progress, progress_page
from whole_projects import copy_of_the_project

CONFIG = '<View><Labels name="l" toName="t"><Label value="X"/></Labels><Text name="t" value="$text"/></View>'


def task(number: int, **what: object):
    return DECODE_TASK(msgspec.json.encode({"id": number, "data": {"text": "x"}, **what}))


def work(day: str, seconds: float | None = None, skipped: bool = False) -> dict:
    return {"result": [], "lead_time": seconds, "was_cancelled": skipped, "created_at": f"{day}T09:00:00Z"}


def ten() -> Progress:
    """Ten tasks: four submitted over five days, one skipped, one begun."""
    days = [work("2031-05-04", 300), work("2031-05-04", 500), work("2031-05-08", 400), work("2031-05-08")]
    tasks = [task(number, annotations=[one]) for number, one in enumerate(days)]
    tasks += [task(5, annotations=[work("2031-05-08", 20, skipped=True)]), task(6, drafts=[{"id": 1}])]
    return Progress("facts", "a01").count([*tasks, *(task(number) for number in range(7, 11))])


def test_what_is_done_skipped_begun_and_left():
    found = ten()
    assert (found.tasks, found.done, found.skipped, found.begun, found.left) == (10, 4, 1, 1, 5)
    assert found.median_seconds == 400 and found.a_day == 1.0  # five in five days
    assert found.hours_left == pytest.approx(5 * 400 / 3600)
    assert found.finish == date(2031, 5, 13)


def test_nothing_done_and_all_done_have_no_finish():
    empty = Progress("facts", "a01").count([task(1)])
    assert (empty.median_seconds, empty.a_day, empty.hours_left, empty.finish) == (None, None, None, None)
    full = Progress("facts", "a01").count([task(1, annotations=[work("2031-05-04")])])
    assert full.finish is None and list(progress_lines([full]))[1].endswith("done")
    assert list(progress_lines([]))  # the heads alone


def test_the_page_has_each_figure_and_needs_nothing_beside_it():
    page = progress_page([ten()], "<quay>")
    assert "&lt;quay&gt;" in page and "2031-05-13" in page and page.count("<svg") == 1
    assert "http" not in page and "<script" not in page


@pytest.mark.server
def test_on_a_real_server_it_changes_nothing(label_studio, tmp_path):
    project = Project(copy_of_the_project(tmp_path / "project"))
    client = client_module.connect(label_studio.url, label_studio.token)
    accounts(label_studio, ["g01"])
    mark = Mark(project=project.ensure_id(), name="going", pass_name="facts", annotator="g01")
    number = client_module.ensure_project(client, mark.title, CONFIG, "", mark.line)
    data = [{"data": {"article_id": f"q-{one:08x}", "text_sha256": f"{one:064x}", "text": f"Quay {one}"}} for one in range(4)]
    push.push_tasks(client, number, data)
    ids = [one["id"] for one in pull.pull_tasks(client, number, tmp_path / "ids")]
    with httpx.Client(base_url=label_studio.url, follow_redirects=True) as browser:
        browser.get("/user/login/")
        form = {
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            "email": "g01@standpoint.invalid",
            "password": password_of(label_studio, "g01"),
        }
        browser.post("/user/login/", data=form).raise_for_status()
        browser.post(f"/api/tasks/{ids[0]}/annotations/", json={"result": [], "lead_time": 90}).raise_for_status()
        browser.post(f"/api/tasks/{ids[1]}/annotations/", json={"result": [], "was_cancelled": True}).raise_for_status()
        browser.post(f"/api/tasks/{ids[2]}/drafts", json={"result": []}).raise_for_status()
    before = client.sdk.request("GET", "api/tasks/", params={"project": number, "fields": "all"})
    (found,) = progress.measure_progress(project, client, Reporter(), "going")
    assert (found.annotator, found.tasks, found.done, found.skipped, found.begun, found.left) == ("g01", 4, 1, 1, 1, 2)
    assert found.median_seconds == 90
    assert client.sdk.request("GET", "api/tasks/", params={"project": number, "fields": "all"}) == before
