"""What a person does in Label Studio, done by a real Chromium: log in, press keys, drag over words, submit."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
QUIET += ("--disable-component-update", "--disable-sync")

OPEN: list[Playwright | Browser] = []
PATIENCE = 600_000  # milliseconds for what surely comes, however busy the machine is
# Resolves after the page has run, in their order, the tasks and timers that were due before; those may call for others, so
# that there are five turns. A page that draws an animation is never idle, so that its idle callbacks would not come.
TURNS = "async () => { for (let turn = 0; turn < 5; turn += 1) await new Promise(done => setTimeout(done, 4)); }"

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
  const shown = range.getBoundingClientRect();
  if (out(shown)) {  // to the words themselves: their paragraph may be higher than the window
    let pane = from[0].parentElement;
    while (pane.parentElement && !(pane.scrollHeight > pane.clientHeight && /auto|scroll/.test(getComputedStyle(pane).overflowY)))
      pane = pane.parentElement;
    pane.scrollBy({top: (shown.top + shown.bottom) / 2 - innerHeight / 2, behavior: 'instant'});
  }
  const boxes = [...range.getClientRects()], first = boxes[0], last = boxes[boxes.length - 1];
  return [first.left + 1, first.top + first.height / 2, last.right - 1, last.top + last.height / 2];
}"""


def chromium() -> str:
    """Where the browser is; the test is skipped where there is none."""
    for name in ("chromium", "google-chrome", "chromium-browser"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium on this machine; `make test` installs it where it may")


def open_browser() -> Browser:
    """The one browser of this process, which is started when it is first needed."""
    if not OPEN:
        path = chromium()
        playwright = sync_playwright().start()
        OPEN.extend((playwright, playwright.chromium.launch(executable_path=path, args=list(QUIET))))
    return OPEN[1]


@atexit.register
def close_browser() -> None:
    """Close the browser of this process, if there is one."""
    if OPEN:
        playwright, browser = OPEN
        OPEN.clear()
        browser.close()
        playwright.stop()


@contextmanager
def new_page(size: tuple[int, int] = (1366, 768)) -> Iterator[Page]:
    """An empty page with cookies and settings of its own."""
    with open_browser().new_context(viewport={"width": size[0], "height": size[1]}) as context:
        context.set_default_timeout(PATIENCE)
        yield context.new_page()


@contextmanager
def page_of(url: str, email: str, password: str, size: tuple[int, int] = (1366, 768)) -> Iterator[Page]:
    """A page that is logged in, with "select region after creating it" set as the guidelines tell annotators to."""
    with new_page(size) as page:
        page.goto(f"{url}/user/login/")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", password)
        page.click("button[type=submit]")
        page.wait_for_load_state()
        page.evaluate("() => localStorage.setItem('labelStudio:settings', JSON.stringify({selectAfterCreate: true}))")
        yield page


def open_task(page: Page, url: str, project: int, task: int) -> None:
    """The labelling page of one task, drawn."""
    page.goto(f"{url}/projects/{project}/data?task={task}")
    until_drawn(page)


def until_drawn(page: Page) -> None:
    """Wait until a task is drawn and nothing more of it is fetched."""
    page.locator(".lsf-htx-richtext").last.wait_for()  # the notes come before the text
    page.wait_for_load_state("networkidle")
    until_idle(page)


def until_idle(page: Page, milliseconds: int = 0) -> None:
    """Wait for the page's own timers of so many milliseconds, and until it has done what was due before, however long that takes."""
    page.wait_for_timeout(milliseconds)
    page.evaluate(TURNS)


def drag(page: Page, start: int, end: int, backwards: bool = False, lower: int = 0) -> None:
    """Drag the mouse over a stretch of the text, so many pixels lower; the editor answers to the mouse going up."""
    left, top, right, bottom = page.evaluate(BOX, [start, end])
    ends = [(left, top + lower), (right, bottom + lower)]
    first, last = reversed(ends) if backwards else ends
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move(*last, steps=4)
    page.mouse.up()
    until_idle(page, 100)


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other."""
    for key in keys:
        page.keyboard.press(key)
        until_idle(page, 20)


def submit(page: Page) -> None:
    """Click Submit and wait until the server has it."""
    with page.expect_response(lambda answer: "/annotations" in answer.url and answer.request.method == "POST") as answer:
        page.click("button:has-text('Submit')")
    assert answer.value.status == 201
