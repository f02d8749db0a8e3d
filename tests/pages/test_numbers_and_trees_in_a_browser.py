"""Numbers and places in a tree are answered on our page by a real browser: about the article, and about a span."""

from __future__ import annotations

import json

import msgspec
import pytest
from playwright.sync_api import Page

from browser import drag, open_task, page_of, press, submit
from standpoint.codebook.kinds._items import Item
from standpoint.codebook.load import check_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.model import Choice, Span
from standpoint.labelstudio import client
from standpoint.pages.label_config import label_config
from standpoint.pages.task_json import TaskData, read_result

pytestmark = [pytest.mark.server, pytest.mark.browser]

TEXT = "Pears were sold in Weddon. Nobody counted the baskets."
CODEBOOK = {
    "title": "Markets",
    "version": "0.1.0",
    "passes": [{"name": "market", "layers": ["goods", "price", "use", "people", "topics"]}],
    "layers": [
        {"name": "goods", "kind": "span", "labels": [{"name": "fruit", "hotkey": "f"}]},
        {"name": "price", "kind": "number", "of": "goods", "min": 0, "max": 9.5},
        {"name": "use", "kind": "choice", "of": "goods", "tree": True, "labels": ["Food / Jam", "Trade"]},
        {"name": "people", "kind": "number", "min": 0, "step": 1},
        {"name": "topics", "kind": "choice", "tree": True, "multiple": True, "labels": ["Sea", "Sea / Storm", "Land"]},
    ],
}


class Work(msgspec.Struct):
    """What is read of an annotation."""

    result: list[Item]


def choose(page: Page, layer: str, below: str, *names: str) -> None:
    """Open the menu under a layer's heading, unfold a place, and click on names."""
    page.locator(".sp-answer", has_text=layer).locator(".ant-select-selector").click()
    places = page.locator(".ant-select-dropdown:visible .ant-select-tree-treenode")
    places.filter(has_text=below).locator(".ant-select-tree-switcher").click()
    for name in names:
        places.filter(has_text=name).locator(".ant-select-tree-checkbox").click()
    page.locator(".sp-head").click()  # it closes


def test_a_person_answers_with_numbers_and_from_trees(label_studio):
    layers = [
        one | {"labels": [{"name": name} for name in one["labels"]]} if one.get("tree") else one for one in CODEBOOK["layers"]
    ]
    codebook = msgspec.convert(CODEBOOK | {"layers": layers}, Codebook)
    assert list(check_codebook(codebook)) == []
    admin = client.connect(label_studio.url, label_studio.token)
    project = client.ensure_project(admin, "numbers and trees", label_config(codebook, "market"))
    data = {"text": TEXT, "title": "A market", "note": "", "findings": ""}
    (task,) = admin.sdk.import_bytes(project, json.dumps([data]).encode())
    with page_of(label_studio.url, label_studio.email, label_studio.password) as page:
        open_task(page, label_studio.url, project, task)
        page.locator("input[type=number]").last.fill("12")
        choose(page, "topics", "Sea", "Storm", "Land")
        page.locator(".lsf-htx-richtext").last.click()
        press(page, "f")
        drag(page, 0, 5)
        page.locator("input[type=number]").first.fill("2.5")
        choose(page, "use", "Food", "Jam")
        submit(page)
    (stored,) = admin.sdk.tasks.get(id=task).annotations
    result = client.as_json(stored, Work).result
    reading = read_result("x", result, TaskData(text=TEXT), "market", codebook)
    (span,) = (item for item in reading.annotations if isinstance(item, Span))
    answers = {(item.layer, item.of, item.label) for item in reading.annotations if isinstance(item, Choice)}
    assert (
        reading.issues == []
        and span.quote == "Pears"
        and answers
        == {
            ("people", "", "12"),
            ("topics", "", "Sea / Storm"),
            ("topics", "", "Land"),
            ("price", span.id, "2.5"),
            ("use", span.id, "Food / Jam"),
        }
    )
