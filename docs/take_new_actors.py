"""Run the loop of docs/new-actors.md, write its outputs into the page, and take its pictures: python docs/take_new_actors.py.

It needs Chromium and Label Studio, and takes a minute. tests/test_new_actors_flow.py compares the outputs with the page.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support")]

from browser import drag, open_task, page_of, press, until_idle  # noqa: E402
from docs_pages import save_picture, write_block  # noqa: E402
from new_actors_loop import ARTICLE, Loop  # noqa: E402
from standpoint.labelstudio.client import connect, ensure_project  # noqa: E402
from standpoint.labelstudio.pull import pull_tasks  # noqa: E402
from standpoint.labelstudio.push import push_tasks  # noqa: E402
from standpoint.server.accounts import RunningServer  # noqa: E402
from standpoint.server.server_process import running_server  # noqa: E402


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "studio") as running:
        blocks = Loop(Path(folder) / "carrow", running, partial(_picture, running, Path(folder))).run()
    for name, text in blocks.items():
        write_block("new-actors.md", name, text)


def _picture(running: RunningServer, folder: Path, name: str, config: str, task: dict) -> None:
    """A picture of a page with some work on it; of a copy of the task, so that nothing of the loop is changed."""
    client = connect(running.url, running.token)
    number = ensure_project(client, f"Carrow {name}", config)
    predictions = [{key: one[key] for key in ("model_version", "result")} for one in task["predictions"]]
    push_tasks(client, number, [{"data": task["data"], "predictions": predictions}])
    (copy,) = pull_tasks(client, number, folder / name)
    with page_of(running.url, running.email, running.password) as page:
        open_task(page, running.url, number, copy["id"])
        until_idle(page, 500)
        WORK[name](page)
        until_idle(page, 500)
        save_picture(page, f"new-actors-{name}")


def _mark(page: Page, key: str, word: str) -> None:
    press(page, key)
    start = ARTICLE.index(word)
    drag(page, start, start + len(word))


def _facts(page: Page) -> None:
    _mark(page, "y", "shelled")


def _adjudication(page: Page) -> None:
    for conflict in page.locator(".sp-conflict").all():
        conflict.locator("label:has-text('Guard')").first.click()
        conflict.locator("label:has-text('slip')").click()


def _stance(page: Page) -> None:
    _mark(page, "1", "gallant")
    page.locator(".sp-scale label:has-text('+1')").first.click()


WORK = {"facts": _facts, "adjudication": _adjudication, "stance": _stance}


if __name__ == "__main__":
    main()
