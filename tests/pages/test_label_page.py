"""The page as it is drawn: each key does one thing, nothing else answers, grey is grey, and a whole article can be marked."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest

from browser import drag, open_task, page_of, press, submit, until_idle
from example import EXAMPLE
from nonempty import nonempty
from page_annotator import CountedActions, PageAnnotator, content_of, key_of, worked_article
from standpoint.codebook.kinds._items import NO_KEY
from standpoint.codebook.registry import load_registry
from standpoint.codebook.types import ACTORS
from standpoint.core.corpus import read_articles
from standpoint.core.model import AnnotationSet, Article, Issue
from standpoint.guide.guide import open_book
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import pull, push
from standpoint.labelstudio.import_annotations import AnnotationImporter
from standpoint.pages.label_config import label_config
from standpoint.pages.page_notes import unannotated_parts
from standpoint.pages.task_json import DECODE_TASK
from standpoint.pages.tasks import make_task

pytestmark = [pytest.mark.server, pytest.mark.browser]

PROJECT = EXAMPLE
BOOK = open_book(PROJECT)
CODEBOOK = BOOK.codebook
KEYS = [
    "+".join(part for part in parts if part)
    for parts in product(("", "shift", "alt"), "qwertyuiopasdfghjklzxcvbnm1234567890-=;'[]\\/`")
]
KEYS = [key for key in KEYS if not (key.startswith("alt+") and key[-1].isalpha())]  # those are the editor's own
IN_BAR = "() => [...document.querySelectorAll('.sp-bar .lsf-label_selected .lsf-label__text')].map(one => one.textContent)"
TICKED = """() => [...document.querySelectorAll('.sp-answer')].filter(one => one.offsetParent).flatMap(one =>
  [...one.querySelectorAll('input:checked')].map(box => one.querySelector('h4,h5').textContent.split(' (')[0] + ': ' + box.name))"""
COLOURS = """() => [...document.querySelectorAll('.sp-text .lsf-richtext__line')].map(line =>
  [line.textContent, getComputedStyle(line).backgroundColor])"""


@pytest.fixture
def open_page_of(label_studio, tmp_path):
    """A function that puts one task in a project of its own, and opens its page."""
    client, pages = client_module.connect(label_studio.url, label_studio.token), []

    def opened(title, task, size=(1366, 768)):
        number = client_module.ensure_project(client, title, label_config(CODEBOOK, task["data"]["pass"]))
        push.push_tasks(client, number, [task])
        (there,) = pull.pull_tasks(client, number, tmp_path / "before")
        manager = page_of(label_studio.url, label_studio.email, label_studio.password, size)
        page = manager.__enter__()
        pages.append(manager)
        open_task(page, label_studio.url, number, there["id"])
        return page, lambda: next(iter(pull.pull_tasks(client, number, tmp_path / "after")))

    yield opened
    for manager in pages:
        manager.__exit__(None, None, None)


def read(task: dict, article: Article) -> list[AnnotationSet | Issue]:
    """What was submitted, as it is collected."""
    importer = AnnotationImporter(CODEBOOK, lambda account: ("a01", "human_trained"), {article.sha256: article.id})
    return list(importer.convert([DECODE_TASK(msgspec.json.encode(task))]))


def labels_by_key(data: dict, pass_name: str) -> dict[str, str]:
    """Which label of the bar a key should choose."""
    found = {}
    for layer in CODEBOOK.layers_of(pass_name):
        if layer.kind == "span" and layer.labels_from:
            found |= {entry["hotkey"]: entry["value"] for entry in data[ACTORS] if entry["hotkey"] != NO_KEY}
        elif layer.kind == "span":
            found |= {label.hotkey: label.show or label.name for label in layer.labels if label.hotkey}
    return found


@pytest.mark.parametrize("pass_name", ["facts", "stance"])
def test_each_key_chooses_its_label_and_no_other_key_chooses_any(open_page_of, pass_name):
    article, _, task = worked_article(BOOK, "brenhollow", pass_name)
    page, _ = open_page_of(f"keys {pass_name}", task)
    wanted, found = labels_by_key(task["data"], pass_name), {}
    assert len(wanted) >= 4
    for key in KEYS:
        page.keyboard.press(key_of(key))
        until_idle(page)
        if chosen := page.evaluate(IN_BAR):
            assert len(chosen) == 1, key
            found[key] = chosen[0]
            page.keyboard.press("Escape")
            until_idle(page)
    assert found == wanted


def test_the_keys_of_a_selected_event_answer_about_it_and_those_of_other_regions_do_not(open_page_of):
    article, _, task = worked_article(BOOK, "brenhollow", "facts")
    page, pulled = open_page_of("keys of an event", task)
    start = article.text.index("captured")
    press(page, "q")
    drag(page, start, start + 8)
    for name in ("agent", "target"):
        for entry in [entry for entry in nonempty(task["data"][f"{name}s"]) if entry["hotkey"] != NO_KEY]:
            press(page, key_of(entry["hotkey"]))
            assert page.evaluate(TICKED) == [f"{name}: {entry['value']}"], entry
            press(page, key_of(entry["hotkey"]))
    ticked = []
    for name in ("status", "source"):
        for label in nonempty(CODEBOOK.by_name[name].labels):
            press(page, key_of(label.hotkey))
            assert page.evaluate(TICKED) == [*ticked, f"{name}: {label.show or label.name}"], label.name
        ticked = page.evaluate(TICKED)
    press(page, "Escape", "m")
    place = article.text.index("Brenhollow", start)
    drag(page, place, place + 10)
    for key in ("shift+1", "alt+1", "z", "shift+v"):  # a place has no agent, no status
        press(page, key_of(key))
    assert page.evaluate(TICKED) == []
    press(page, "Escape")
    submit(page)
    (one,) = read(pulled(), article)
    answers = {(item.layer, item.label) for item in one.annotations if getattr(item, "of", "")}
    assert answers == {(name, CODEBOOK.by_name[name].labels[-1].name) for name in ("status", "source")}


def test_a_label_key_on_a_selected_region_is_told_when_it_is_collected(open_page_of):
    """Label Studio adds a second label then, and no page can keep it from that; nothing is counted twice, or lost in silence."""
    article, _, task = worked_article(BOOK, "brenhollow", "facts")
    page, pulled = open_page_of("two labels", task)
    start = article.text.index("captured")
    press(page, "q")
    drag(page, start, start + 8)
    press(page, "1", "Escape")
    submit(page)
    issue, one = read(pulled(), article)
    assert issue.code == "REGION-TWICE" and len([item for item in one.annotations if hasattr(item, "quote")]) == 1


@pytest.mark.parametrize("pass_name", ["facts", "stance"])
def test_the_worked_article_can_be_marked_by_hand_and_comes_back_as_the_guide_has_it(open_page_of, pass_name):
    article, wanted, task = worked_article(BOOK, "brenhollow", pass_name)
    page, pulled = open_page_of(f"by hand {pass_name}", task)
    actions = CountedActions(page)
    PageAnnotator(actions, CODEBOOK, task["data"]).work(wanted, article.sentences)
    submit(page)
    *notes, one = read(pulled(), article)
    assert {note.code for note in notes} <= {"REGION-POSSESSIVE"} and content_of(one) == content_of(wanted)
    # What the page promises: a mention is a key, a drag and Esc; a place attaches itself, a stance is a click.
    made = [item.layer for item in wanted.annotations]
    assert actions.of("actors") == 3 * made.count("actors") and actions.of("places") == 3 * made.count("places")
    assert actions.of("stance") == made.count("stance")


def test_what_is_not_annotated_is_grey_and_all_else_is_not(open_page_of):
    article = max(read_articles(PROJECT), key=lambda one: len(unannotated_parts(one, CODEBOOK)))
    page, _ = open_page_of("grey", make_task(article, "facts", CODEBOOK, load_registry(PROJECT.actors)))
    parts, at = unannotated_parts(article, CODEBOOK), 0
    assert len(parts) > 2
    for line, colour in nonempty(page.evaluate(COLOURS)):
        if line:
            at = article.text.index(line[:20], at)
            grey = any(start <= at and at + len(line) <= end for start, end in parts)
            assert (colour == "rgb(240, 240, 240)") == grey, line
            at += 1


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_nothing_essential_is_below_the_fold(open_page_of, size):
    article, _, task = worked_article(BOOK, "brenhollow", "facts")
    page, _ = open_page_of(f"fold {size[0]}", task, size)
    start = article.text.index("captured")
    press(page, "q")
    drag(page, start, start + 8)
    press(page, "Shift+Digit1")
    answers = page.locator(".sp-answer:visible .lsf-choices")
    boxes = [answers.nth(number).bounding_box() for number in range(answers.count())]
    buttons = page.locator("button:has-text('Submit')").bounding_box()["y"]
    assert len(boxes) >= 6 and all(box["y"] + box["height"] < buttons for box in boxes)
    page.mouse.wheel(0, 600)
    until_idle(page, 300)
    assert page.locator(".sp-bar").bounding_box()["y"] >= 0 and page.locator(".sp-answer:visible").first.bounding_box()["y"] >= 0
