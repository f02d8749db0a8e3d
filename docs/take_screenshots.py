"""Take the README's pictures of the real pages: python docs/take_screenshots.py (needs Chromium, and `make demo` before it)."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from browser import open_task, page_of  # noqa: E402
from standpoint.core.project import Project  # noqa: E402
from standpoint.labelstudio.client import connect, list_projects  # noqa: E402
from standpoint.labelstudio.pull import pull_tasks  # noqa: E402
from standpoint.pages.task_json import task_key  # noqa: E402
from standpoint.server.server_process import running_server  # noqa: E402

SHOWN = "free-marsh-radio-2031-03-08-6d992009"


def main() -> None:
    project = Project(ROOT)
    with running_server(project.server) as running:
        client = connect(running.url, running.token)
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
                    page.wait_for_timeout(800)
                page.screenshot(path=str(ROOT / "docs" / f"{name}.png"))


if __name__ == "__main__":
    main()
