"""Real news on the page: enough text is in view, what is rare or boilerplate is folded, and a sentence's actors come first."""

from __future__ import annotations

import pytest

from browser import drag, open_task, page_of, press, submit, until_idle
from example import EXAMPLE
from news_articles import ARABIC_ACTORS, MANY, arabic_article, long_article, news_article
from page_view import seen
from standpoint.guide.guide import open_book
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import pull, push
from standpoint.pages.label_config import label_config
from standpoint.pages.tasks import make_task

pytestmark = [pytest.mark.server, pytest.mark.browser]

BOOK = open_book(EXAMPLE)
CODEBOOK = BOOK.codebook
ARTICLES = {
    "news": (news_article(CODEBOOK), BOOK.cast, "seized"),
    "long": (long_article(CODEBOOK), MANY, "fired"),
    "arabic": (arabic_article(CODEBOOK), ARABIC_ACTORS, "أسقطت"),
}
LINES = {(1366, 768): 12, (1920, 1080): 20}
ORDER = """(title) => { const list = [...document.querySelectorAll('.sp-who')].find(one => one.textContent.startsWith(title));
  const choices = [...list.querySelectorAll('.lsf-choice')].map(one => [one.querySelector('input').name, one.getBoundingClientRect()]);
  return choices.sort(([, one], [, other]) => one.top - other.top || one.left - other.left).map(([name]) => name); }"""
LINE = ".sp-text .lsf-richtext__line:nth-of-type({})"


@pytest.fixture
def open_page_of(label_studio, tmp_path):
    """A function that puts one article's task in a project of its own, and opens its page."""
    client, pages = client_module.connect(label_studio.url, label_studio.token), []

    def opened(name, pass_name, suggested=True):
        article, registry, _ = ARTICLES[name]
        task = make_task(article, pass_name, CODEBOOK, registry, suggested)
        number = client_module.ensure_project(client, f"view {tmp_path.name}", label_config(CODEBOOK, pass_name))
        push.push_tasks(client, number, [task])
        (there,) = pull.pull_tasks(client, number, tmp_path / "before")
        manager = page_of(label_studio.url, label_studio.email, label_studio.password)
        page = manager.__enter__()
        pages.append(manager)
        open_task(page, label_studio.url, number, there["id"])
        page.mouse.move(500, 600)
        return page, article, lambda: next(iter(pull.pull_tasks(client, number, tmp_path / "after")))

    yield opened
    for manager in pages:
        manager.__exit__(None, None, None)


@pytest.mark.parametrize("pass_name", ["facts", "stance"])
@pytest.mark.parametrize("name", ARTICLES)
def test_the_text_has_most_of_the_page_and_begins_at_once(open_page_of, name, pass_name):
    page, article, _ = open_page_of(name, pass_name)
    body = next(zone.start for zone in article.zones if zone.name == "body")
    sentence = next(article.text[start:end] for start, end in article.sentences if start >= body).strip()
    for size, lines in LINES.items():
        page.set_viewport_size({"width": size[0], "height": size[1]})
        until_idle(page, 400)
        opened = seen(page, sentence)
        assert opened.sentence and opened.share >= 0.55 and opened.lines >= lines and opened.list_width < 0.03 * size[0]
    if pass_name == "facts":  # and while an event in the middle of it is marked and answered
        word = ARTICLES[name][2]
        start = article.text.rindex(word)
        for size, lines in LINES.items():
            page.set_viewport_size({"width": size[0], "height": size[1]})
            press(page, "q")
            drag(page, start, start + len(word))
            press(page, "Shift+Digit1", "Escape")
            page.locator(f'.htx-highlight[data-start="{start}"]').first.click()
            until_idle(page, 400)
            labelling = seen(page)
            assert labelling.share >= 0.55 and labelling.lines >= lines
            buttons = page.locator(".lsf-bottombar").bounding_box()["y"]
            answers = page.locator(".sp-answer:visible .lsf-choices")
            boxes = [answers.nth(number).bounding_box() for number in range(answers.count())]
            assert len(boxes) >= 6 and all(box["y"] + box["height"] < buttons for box in boxes)
            press(page, "Backspace")


def test_boilerplate_is_a_thin_line_until_the_mouse_is_on_it_and_offsets_stay(open_page_of):
    page, article, pulled = open_page_of("news", "facts", suggested=False)
    byline, place, body = (page.locator(LINE.format(number)) for number in (3, 9, 15))
    assert byline.bounding_box()["height"] <= 6 and place.bounding_box()["height"] == 0
    shut = body.bounding_box()["y"]
    box = byline.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 2)
    page.wait_for_function("(selector) => document.querySelector(selector).offsetHeight > 15", arg=LINE.format(9))
    assert body.bounding_box()["y"] > shut + 100
    page.mouse.move(500, 600)
    page.wait_for_function("(selector) => document.querySelector(selector).offsetHeight < 2", arg=LINE.format(9))
    assert body.bounding_box()["y"] == shut
    start = article.text.index("seized")
    press(page, "q")
    drag(page, start, start + len("seized"))
    press(page, "Escape")
    submit(page)
    (item,) = [item for item in pulled()["annotations"][0]["result"] if item["type"] == "labels"]
    assert (item["value"]["start"], item["value"]["end"]) == (start, start + len("seized"))


def test_rare_labels_show_their_keys_and_all_their_names_under_the_mouse(open_page_of):
    page, *_ = open_page_of("news", "facts", suggested=False)
    rare = {label.show: label.hotkey for layer in CODEBOOK.layers for label in layer.labels if label.rare}
    names = page.locator(".sp-more .lsf-label__text")
    assert names.all_text_contents() == list(rare) and not any(name.is_visible() for name in names.all())
    assert page.locator(".sp-more .lsf-label__hotkey").all_text_contents() == list(rare.values())
    below = page.locator(".sp-text").bounding_box()
    page.locator(".sp-rare").hover()
    assert all(name.is_visible() for name in names.all()) and page.locator(".sp-text").bounding_box() == below
    page.mouse.move(500, 600)
    for key in ("o", "Shift+KeyA"):  # a name that comes out covers no other label
        press(page, key)
        last = page.locator(".sp-more .lsf-label").last.bounding_box()
        place = page.locator(".sp-bar .lsf-label:has(.lsf-label__text:text-is('PLACE'))").bounding_box()
        assert last["x"] + last["width"] <= place["x"] or last["y"] < place["y"], key
        press(page, "Escape")
    press(page, "Shift+KeyA")
    assert [name.text_content() for name in names.all() if name.is_visible()] == ["aid"]


def test_forty_actors_take_two_lines_and_come_out_under_the_mouse(open_page_of):
    page, *_ = open_page_of("long", "facts")
    actors = page.locator(".sp-actors")
    last = actors.locator(".lsf-label").last
    assert actors.bounding_box()["height"] <= 42 and actors.locator(".lsf-label").count() >= 40
    below = page.locator(".sp-text").bounding_box()
    actors.hover()
    box = last.bounding_box()
    assert box["y"] > below["y"] and page.locator(".sp-text").bounding_box() == below
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    assert last.evaluate("one => one.className").count("lsf-label_selected")


def test_the_panel_lists_first_the_actors_of_the_sentence_then_those_that_are_marked_beside_it(open_page_of):
    page, article, _ = open_page_of("news", "facts")
    text = article.text
    start = text.index("seized")  # The army, the Tallow Guard …; the sentence before it names the Northern Pact
    press(page, "q")
    drag(page, start, start + len("seized"))
    assert page.evaluate(ORDER, "agent")[:3] == ["Ostrel Army", "Tallow Guard", "Northern Pact"]
    press(page, "Escape", "q")
    start = text.index("collapses")
    drag(page, start, start + len("collapses"))
    assert page.evaluate(ORDER, "target")[:3] == ["Northern Pact", "Ostrel Army", "Free Harbour Front"]
    press(page, "Escape", "q")
    start = text.index("repairing")
    drag(page, start, start + len("repairing"))
    before = page.evaluate(ORDER, "agent")
    assert before[:2] == ["Ostrel Army", "Tallow Guard"] and before.index("new 2") > before.index("Coast Radio")
    press(page, "Escape")
    page.locator(".sp-actors").hover()
    page.locator(".sp-actors .lsf-label:has-text('new 2')").first.click()
    place = text.index("engineers")
    drag(page, place, place + len("engineers"))
    press(page, "Escape")
    page.locator(f'.htx-highlight[data-start="{start}"]').first.click()
    until_idle(page, 100)
    after = page.evaluate(ORDER, "agent")
    assert after[:2] == before[:2] and after.index("new 2") < after.index("Coast Radio")


def test_the_list_of_tasks_comes_out_under_the_mouse(open_page_of):
    page, *_ = open_page_of("news", "facts", suggested=False)
    text = page.locator(".sp-text").bounding_box()
    page.mouse.move(8, 400)
    until_idle(page, 100)
    assert page.locator(".lsf-label-view__dataview").bounding_box()["width"] >= 200
    assert page.locator(".lsf-data-view-dm").is_visible() and page.locator(".sp-text").bounding_box() == text
