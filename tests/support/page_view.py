"""What can be seen of an article on its page: how much of the height is text, how many lines, and whether a sentence is in view."""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import Page

# Lines of text that are not grey, entirely between the labels and the buttons; two boxes are one line if they overlap by half.
SEEN = """(sentence) => {
  const top = document.querySelector('.sp-bar').getBoundingClientRect().bottom;
  const bottom = document.querySelector('.lsf-bottombar').getBoundingClientRect().top;
  const header = document.querySelector('.lsf-menu-header').getBoundingClientRect().bottom;
  const list = document.querySelector('.lsf-label-view__table')?.getBoundingClientRect();
  const heights = []; let found = null;
  for (const line of document.querySelectorAll('.sp-text .lsf-richtext__line')) {
    const style = getComputedStyle(line), range = document.createRange();
    if (style.backgroundColor === 'rgb(240, 240, 240)') continue;
    range.selectNodeContents(line);
    for (const box of range.getClientRects())
      if (box.height > 10 && box.top >= top - 1 && box.bottom <= bottom) heights.push((box.top + box.bottom) / 2);
    const at = line.textContent.indexOf(sentence);
    if (sentence && at >= 0 && !found) {
      const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT); let passed = 0, node;
      while ((node = walk.nextNode())) {
        if (passed <= at && at < passed + node.length) range.setStart(node, at - passed);
        const end = at + sentence.length;
        if (passed < end && end <= passed + node.length) range.setEnd(node, end - passed);
        passed += node.length;
      }
      found = range.getBoundingClientRect();
    }
  }
  heights.sort((one, other) => one - other);
  const lines = heights.filter((height, at) => !at || height - heights[at - 1] > 8).length;
  return [(bottom - top) / (bottom - header), lines, !!found && found.top >= top - 1 && found.bottom <= bottom, list ? list.width : 0];
}"""


class Seen(NamedTuple):
    """The part of the height between header and buttons that is text, the lines in it, whether a sentence is in view, and the
    width of the list of tasks in pixels."""

    share: float
    lines: int
    sentence: bool
    list_width: float


def seen(page: Page, sentence: str = "") -> Seen:
    """What is seen now."""
    return Seen(*page.evaluate(SEEN, sentence))
