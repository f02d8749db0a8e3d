"""Take the pictures of the README and of docs/adjudication.md: python docs/take_screenshots.py (needs Chromium, and `make demo`
before it)."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from browser import drag, open_task, page_of, press, until_idle  # noqa: E402
from docs_pages import save_picture  # noqa: E402
from example import EXAMPLE  # noqa: E402
from standpoint.core.model import Reporter  # noqa: E402
from standpoint.core.project import Project  # noqa: E402
from standpoint.labelstudio.adjudication import push_conflicts  # noqa: E402
from standpoint.labelstudio.client import Client, connect, list_projects  # noqa: E402
from standpoint.labelstudio.pull import pull_tasks  # noqa: E402
from standpoint.pages.adjudication_page import LIST  # noqa: E402
from standpoint.pages.task_json import task_key  # noqa: E402
from standpoint.server.accounts import RunningServer  # noqa: E402
from standpoint.server.server_process import running_server  # noqa: E402
from third_annotator import add_third_annotator  # noqa: E402

SHOWN = "free-marsh-radio-2031-03-08-6d992009"
DESK = "desk"  # the title of the projects with conflicts


def main() -> None:
    project = EXAMPLE
    with tempfile.TemporaryDirectory() as folder, running_server(project.server) as running:
        client = connect(running.url, running.token)
        _passes(project, running, client)
        with_conflicts = Project(Path(folder) / "project")
        for name in ("guidelines", "dataset/articles", "dataset/annotations/facts"):
            shutil.copytree(EXAMPLE.root / name, with_conflicts.root / name)
        shutil.copy(project.annotators, with_conflicts.annotators)
        add_third_annotator(with_conflicts, "facts")
        with with_conflicts.annotators.open("a", encoding="utf-8") as file:
            file.write("  - {id: j01, kind: human_expert}\n")
        push_conflicts(with_conflicts, client, ["j01"], Reporter(), DESK)
        _adjudication(with_conflicts, running, client)


def _passes(project: Project, running: RunningServer, client: Client) -> None:
    """The pages of both passes, with what m01 has submitted."""
    for title, number in list_projects(client, "standpoint "):
        name, annotator = title.split()[1:]
        if annotator != "m01":
            continue
        tasks = pull_tasks(client, number, project.local / "pull" / title.replace(" ", "-"))
        keys = {task_key(SHOWN, masked) for masked in (True, False)}
        task = next(task for task in tasks if task["data"]["article_id"] in keys)
        with page_of(running.url, running.email, running.password) as page:
            open_task(page, running.url, number, task["id"])
            if name == "facts":
                page.locator('[class*="htx-highlight"]').nth(6).click()  # an event, so that its panel shows
            until_idle(page, 800)
            save_picture(page, name)


def _adjudication(project: Project, running: RunningServer, client: Client) -> None:
    """The adjudicator's page with two conflicts decided, and then with a reading of the adjudicator's own."""
    ((_, number),) = list_projects(client, f"{DESK} adjudication: facts ")
    task = next(task for task in pull_tasks(client, number, project.local / "pull") if task["data"]["article"] == SHOWN)
    with page_of(running.url, running.email, running.password) as page:
        open_task(page, running.url, number, task["id"])
        page.keyboard.press("Escape")  # the instructions
        for conflict in page.locator(".sp-conflict").all()[:2]:
            conflict.locator("label").first.click()
            conflict.locator("label:has-text('slip')").click()
        until_idle(page, 800)
        save_picture(page, "adjudication")
        own = next(at for at, one in enumerate(task["data"][LIST]) if one["asked"]["layer"] == "events")
        page.locator(".sp-conflict").nth(own).locator("label:has-text('mine')").first.click()
        press(page, "KeyK")
        drag(page, *(task["data"][LIST][own]["asked"][end] for end in ("start", "end")))
        press(page, "Shift+Digit1")
        until_idle(page, 800)
        save_picture(page, "adjudication-mine")


if __name__ == "__main__":
    main()
