"""What a person does in Label Studio, done by a real Chromium: log in, press keys, drag over words, submit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
QUIET += ("--disable-component-update", "--disable-sync")

# The box of a stretch of text, by code points, as the editor draws it: each line break is one <br>.
BOX = """([start, end]) => {
  const root = [...document.querySelectorAll('.lsf-htx-richtext')].at(-1);  // the links to the guide come before it
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  let at = 0, from = null, to = null, node;
  while ((node = walk.nextNode())) {
    if (node.nodeType === 1) { if (node.tagName === 'BR') at += 1; continue; }
    if (node.parentElement.closest('[class*="label"]') && !node.parentElement.closest('.lsf-htx-richtext')) continue;
    const points = [...node.textContent], unit = n => points.slice(0, n).join('').length;
    if (from === null && start >= at && start < at + points.length) from = [node, unit(start - at)];
    if (to === null && end > at && end <= at + points.length) to = [node, unit(end - at)];
    at += points.length;
  }
  const range = document.createRange();
  range.setStart(...from); range.setEnd(...to);
  const out = box => box.top < 260 || box.bottom > innerHeight - 80;  // under the labels, or under the buttons
  if (out(range.getBoundingClientRect())) from[0].parentElement.scrollIntoView({block: 'center'});
  const boxes = [...range.getClientRects()], first = boxes[0], last = boxes[boxes.length - 1];
  return [first.left + 1, first.top + first.height / 2, last.right - 1, last.top + last.height / 2];
}"""


def chromium() -> str:
    """Where the browser is; the test is skipped where there is none."""
    for name in ("chromium", "google-chrome", "chromium-browser"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium on this machine; `make test` installs it where it may")


@contextmanager
def page_of(url: str, email: str, password: str, size: tuple[int, int] = (1366, 768)) -> Iterator[Page]:
    """A page that is logged in, with "select region after creating it" set as the guidelines tell annotators to."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.goto(f"{url}/user/login/")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", password)
        page.click("button[type=submit]")
        page.wait_for_load_state()
        page.evaluate("() => localStorage.setItem('labelStudio:settings', JSON.stringify({selectAfterCreate: true}))")
        yield page
        browser.close()


def open_task(page: Page, url: str, project: int, task: int) -> None:
    """The labelling page of one task, drawn."""
    page.goto(f"{url}/projects/{project}/data?task={task}")
    page.locator(".lsf-htx-richtext").last.wait_for(timeout=60_000)  # the notes come before the text
    page.wait_for_timeout(1_500)


def drag(page: Page, start: int, end: int) -> None:
    """Drag the mouse over a stretch of the text; the editor answers to the mouse going up."""
    left, top, right, bottom = page.evaluate(BOX, [start, end])
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(right, bottom, steps=4)
    page.mouse.up()
    page.wait_for_timeout(300)


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(150)


def submit(page: Page) -> None:
    """Click Submit and wait until the server has it."""
    with page.expect_response(lambda answer: "/annotations" in answer.url and answer.request.method == "POST") as answer:
        page.click("button:has-text('Submit')")
    assert answer.value.status == 201
