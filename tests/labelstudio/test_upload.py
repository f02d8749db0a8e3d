"""Annotation sets that are stored in Label Studio: one that does not fit the codebook, or the task, is reported and not sent."""

from __future__ import annotations

import msgspec
import pytest

from standpoint.core.files import write_lines
from standpoint.core.model import Article
from standpoint.core.project import Project
from standpoint.labelstudio.exchange import _entries
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
    "ITEM-UNKNOWN": ("stance", stance()),  # the task lists no actor, because the project has no registry
}


@pytest.mark.parametrize("code", BAD)
def test_a_set_that_does_not_fit_is_reported_and_not_sent(code, project):
    pass_name, annotations = BAD[code]
    store_sets(project, [made(annotations, "a01", pass_name)])
    reporter, told = strict()
    assert list(_entries(project, project.annotations / pass_name / "a01.jsonl", pass_name, reporter)) == []
    assert code in {issue.code for issue in told}
