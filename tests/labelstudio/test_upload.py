"""Annotation sets that are stored in Label Studio: one that does not fit the codebook, or the task, is reported and not sent."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from standpoint.core.files import write_lines
from standpoint.core.model import Article
from standpoint.core.project import Project
from standpoint.labelstudio.client import Client
from standpoint.labelstudio.exchange import _entries
from standpoint.labelstudio.push import delete_tasks_except
from two_pass_article import CODEBOOK, article_of, choice, facts, made, relation, span, stance
from whole_projects import new_project, store_sets, strict


@pytest.fixture
def project(tmp_path) -> Project:
    made_project = new_project(tmp_path, CODEBOOK)
    write_lines(made_project.articles / "courier.jsonl", [msgspec.convert(article_of(), Article)])
    return made_project


BAD = {
    "LAYER-UNKNOWN": ("facts", [*facts(), span("crops", "grain", "mill")]),
    "LAYER-PASS": ("facts", [*facts(), span("evidence", "act-000001", "mill")]),
    "LAYER-KIND": ("facts", [*facts(), choice("places", "PLACE")]),
    "LABEL-UNKNOWN": ("facts", [*facts(), choice("status", "rumoured", "events-fled")][1:]),
    "CHOICE-ON-NOTHING": ("facts", [*facts(), choice("status", "asserted", "nothing")]),
    "RELATION-DANGLING": ("facts", [*facts(), relation("where", "place", "nothing", "places-mill")]),
}


@pytest.mark.parametrize("code", BAD)
def test_a_set_that_does_not_fit_is_reported_and_not_sent(code, project):
    pass_name, annotations = BAD[code]
    store_sets(project, [made(annotations, "a01", pass_name)])
    reporter, told = strict()
    assert list(_entries(project, project.annotations / pass_name / "a01.jsonl", pass_name, reporter)) == []
    assert code in {issue.code for issue in told}


def test_a_task_that_is_submitted_or_begun_after_the_listing_is_not_deleted():
    deleted, looked_at = [], []

    def list_tasks(project: int, include: str, filters: list[dict], size: int) -> list[dict]:
        (one, *_) = filters
        is_listing = one["operator"] == "greater"
        numbers = [1, 2, 3, 4, 5] if is_listing else [one["value"]["min"]]
        looked_at.extend([] if is_listing else numbers)
        return [
            {"id": number, "data": {"article_id": "q-1" if number == 1 else "q-2"}, "cancelled_annotations": 0}
            | {"total_annotations": int(number == 2 or (number == 3 and not is_listing))}
            for number in numbers
        ]

    tasks = SimpleNamespace(delete=lambda number: deleted.append(int(number)))
    sdk = SimpleNamespace(list_tasks=list_tasks, drafts=lambda number: [{}] if number == 4 else [], tasks=tasks)
    assert delete_tasks_except(Client("https://labels.example.org", sdk), 7, {"q-1"}) == 1
    assert deleted == [5] and looked_at == [3, 4, 5]


def test_answers_about_actors_that_nobody_has_marked_are_sent(project):
    store_sets(project, [made(stance(), "a01", "stance")])
    reporter, told = strict()
    ((_, body),) = _entries(project, project.annotations / "stance" / "a01.jsonl", "stance", reporter)
    assert told == [] and {item["from_name"] for item in body["result"]} == {"evidence", "stance_0", "stance_1"}
