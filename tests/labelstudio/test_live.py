"""What was found in submitted work stands on its page, with a way to the guide, until it is fixed; nobody else sees it."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from browser import open_task, page_of, until_drawn
from example import EXAMPLE
from nonempty import nonempty
from standpoint.codebook.load import load_codebook, open_codebook
from standpoint.core.corpus import read_articles
from standpoint.core.model import AnnotationSet, Choice, Issue, Reporter, Span, StandpointError
from standpoint.core.project import Project
from standpoint.core.provenance import load_people
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import exchange, feedback, own_projects, pull
from standpoint.labelstudio.feedback import Finding, findings, findings_html
from standpoint.labelstudio.sdk import Sdk
from standpoint.pages.tasks import make_task
from whole_projects import copy_of_the_project

CODEBOOK = load_codebook(EXAMPLE.codebook)
GUIDE = "https://guide.example"


def one_set() -> AnnotationSet:
    span = Span(id="e1", layer="events", label="harm.kill", start=0, end=6, quote="killed")
    said = Choice(id="e1.status", layer="status", label="denied", of="e1")
    return AnnotationSet(
        article_id="q-1", annotator="a01", pass_name="facts", annotator_kind="human_trained", codebook_version="0.1.0",
        text_sha256="0" * 64, annotations=(span, said),
    )  # fmt: skip


def test_a_finding_is_about_the_words_it_is_on_and_leads_to_the_page_of_its_layer():
    issues = [
        Issue("q-1 facts a01 e1", "ROLE-NONE", "has no role"),
        Issue("q-1 facts a01 e1.status", "CHOICE-MISSING", "why"),
        Issue("q-1 facts a01", "SET-EMPTY", "empty", "note"),
        Issue("q-1 facts a01", "SET-KIND", "is not theirs to fix"),
        Issue("q-1 facts a01 region e1", "REGION-POSSESSIVE", "nor this", "note"),
    ]
    assert list(findings(one_set(), issues, CODEBOOK)) == [
        Finding("killed", "ROLE-NONE", "has no role", CODEBOOK.by_name["events"].guide),
        Finding("killed", "CHOICE-MISSING", "why", CODEBOOK.by_name["status"].guide),
        Finding("", "SET-EMPTY", "empty", ""),
    ]
    assert [one.quote for one in findings(None, issues[:1], CODEBOOK)] == [""]


@given(st.text(), st.text())
def test_words_of_an_article_are_never_markup(quote, message):
    html = findings_html([Finding(quote, "SPAN-X", message, "")], CODEBOOK)
    assert "<" not in html and findings_html([], CODEBOOK) == ""


def one_own_project(monkeypatch, project: Project) -> None:
    """A server that has one project of the facts pass."""
    mark = own_projects.Mark(project=project.ensure_id(), name="standpoint", pass_name="facts", annotator="a01")
    listed = [client_module.ListedProject(mark.title, 7, mark.line)]
    monkeypatch.setattr(own_projects, "listed_projects", lambda _: listed)


def test_a_pseudonym_that_a_look_gives_is_kept(monkeypatch, tmp_path):
    project = Project(copy_of_the_project(tmp_path / "project"))
    article = next(read_articles(project))
    work = {"result": [], "created_at": "2031-05-04T08:00:00Z", "updated_at": "2031-05-04T08:00:00Z"}
    task = {"id": 1, "data": make_task(article, "facts", *open_codebook(project))["data"], "drafts": [], "predictions": []}
    monkeypatch.setattr(exchange, "user_emails", lambda _: {1: "anna@example.org", 2: "ben@example.org"})
    one_own_project(monkeypatch, project)
    monkeypatch.setattr(feedback, "update_page", lambda *_: False)
    for annotator in (2, 1, 2):
        found = task | {"annotations": [work | {"id": annotator, "completed_by": annotator}]}
        monkeypatch.setattr(own_projects, "pull_cached", lambda *_, found=found: [found])
        feedback.check_submitted(project, client_module.Client("https://labels.example.org", None), Reporter(), "standpoint")
    assert load_people(project.people) == {"ben@example.org": "p01", "anna@example.org": "p02"}


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"annotations": [{"id": 1, "completed_by": 1, "result": []}]}, "SET-ANNOTATOR"),  # without a date
        ({"annotations": [{"id": [1], "completed_by": 1, "result": []}]}, "SET-FORMAT"),
        ({"annotations": ["barley"]}, "SET-FORMAT"),
        ({"annotations": {"id": 1}}, "TASK-FORMAT"),
        ({"data": ["barley"], "annotations": [{"id": 1, "completed_by": 1, "result": []}]}, "TASK-ARTICLE"),
        ({"data": None, "annotations": [{"id": 1, "completed_by": 1, "result": []}]}, "TASK-ARTICLE"),
    ],
)
def test_a_task_of_another_shape_is_reported_once_and_costs_no_other(monkeypatch, tmp_path, changes, code):
    project = Project(copy_of_the_project(tmp_path / "project"))
    article = next(read_articles(project))
    work = {"id": 5, "completed_by": 1, "result": [], "created_at": "2031-05-04T08:00:00Z", "updated_at": "2031-05-04T08:00:00Z"}
    whole = {"id": 1, "data": make_task(article, "facts", *open_codebook(project))["data"], "drafts": [], "predictions": []}
    odd = whole | {"id": 2} | changes
    monkeypatch.setattr(exchange, "user_emails", lambda _: {1: "anna@example.org"})
    one_own_project(monkeypatch, project)
    monkeypatch.setattr(own_projects, "pull_cached", lambda *_: [odd, whole | {"annotations": [work]}])
    monkeypatch.setattr(feedback, "update_page", lambda *_: False)
    client, told = client_module.Client("https://labels.example.org", None), list[Issue]()
    counts = feedback.check_submitted(project, client, Reporter(issue=told.append), "standpoint")
    assert code in [issue.code for issue in told] and counts["tasks checked"] == 2
    told.clear()
    feedback.check_submitted(project, client, Reporter(issue=told.append), "standpoint")
    assert told == []


@pytest.mark.parametrize(
    "path, answer",
    [
        ("/api/projects", {"results": [{"id": "seven", "title": "standpoint facts a01"}]}),
        ("/api/tasks/", {"tasks": [{"id": "one"}]}),
        ("/api/tasks/", {"tasks": [{"id": 1}]}),
        ("/api/tasks/", {"tasks": [{"id": 1, "data": "barley"}]}),
        ("/api/tasks/", ["barley"]),
    ],
)
def test_an_answer_of_another_shape_is_refused_with_its_address(path, answer, tmp_path):
    project = Project(copy_of_the_project(tmp_path / "project"))
    mark = own_projects.Mark(project=project.ensure_id(), name="standpoint", pass_name="facts", annotator="a01")

    def serve(request: httpx.Request) -> httpx.Response:
        listed = {"id": 7, "title": "standpoint facts a01", "description": mark.line}
        projects = {"count": 1, "next": None, "previous": None, "results": [listed]}
        return httpx.Response(200, json=answer if request.url.path.startswith(path) else projects)

    sdk = Sdk("https://labels.example.org", "t" * 40, httpx.Client(transport=httpx.MockTransport(serve)))
    client = client_module.Client("https://labels.example.org", sdk)
    with pytest.raises(StandpointError) as error:
        exchange.delete_article(project, client, "q-1", Reporter())
    assert error.value.message.startswith(f"https://labels.example.org{path}")
    assert re.search("Expected `|missing required field `data`", error.value.message)


class Desk:
    """A project whose articles are tasks of two annotators in a real Label Studio; work is submitted as the page does."""

    def __init__(self, project: Project, client: client_module.Client, name: str) -> None:
        self.project, self.client, self.name = project, client, name
        exchange.push_articles(project, client, ["a01", "a02"], 1.0, Reporter(), name)
        self.numbers = dict(client_module.list_projects(client, name))

    def tasks(self, annotator: str = "a01", pass_name: str = "facts") -> list[dict]:
        title = f"{self.name} {pass_name} {annotator}"
        return list(pull.pull_tasks(self.client, self.numbers[title], self.project.local / "test" / title.replace(" ", "-")))

    def submit(self, task: dict, *items: dict) -> int:
        return self.client.sdk.annotations.create(task["id"], result=list(items), lead_time=300.0).id

    def change(self, annotation: int, *items: dict) -> None:
        self.client.sdk.annotations.update(annotation, result=list(items))

    def look(self) -> tuple[Counter, Counter]:
        codes: Counter = Counter()
        counts = feedback.check_submitted(
            self.project, self.client, Reporter(issue=lambda issue: codes.update([issue.code])), self.name
        )
        return counts, codes


@pytest.fixture
def annotator_at_work(label_studio, tmp_path, request):
    project = Project(copy_of_the_project(tmp_path / "project"))
    text = project.codebook.read_text(encoding="utf-8").replace("guide: ''", f"guide: {GUIDE}", 1)
    project.codebook.write_text(text, encoding="utf-8")
    return Desk(project, client_module.connect(label_studio.url, label_studio.token), "live")


def region(task: dict, layer: str, label: str, quote: str, identity: str) -> dict:
    start = task["data"]["text"].index(quote)
    value = {"start": start, "end": start + len(quote), "text": quote, "labels": [label]}
    return {"id": identity, "from_name": layer, "to_name": "text", "type": "labels", "origin": "manual", "value": value}


@pytest.mark.server
@pytest.mark.browser
def test_what_was_found_is_shown_to_its_annotator_and_goes_when_it_is_fixed(annotator_at_work, label_studio):
    task, other, *_ = annotator_at_work.tasks()
    words = task["data"]["text"].split()
    event, thing = region(task, "events", "harm.kill", words[0], "e1"), region(task, "places", "OBJECT", words[1], "p1")
    twice = region(task, "actors", "act-000001", words[0], "e1")
    annotation = annotator_at_work.submit(task, event, thing, twice)
    annotator_at_work.submit(other)
    counts, codes = annotator_at_work.look()
    assert codes["REGION-TWICE"] == 1
    assert counts == Counter({"tasks checked": 2, "tasks with findings": 1, "pages changed": 1})
    to_fix = {one["id"]: one["data"]["to_fix"] for one in annotator_at_work.tasks()}
    assert int(to_fix.pop(task["id"])) >= 1 and set(to_fix.values()) == {""}  # the column of the list

    with page_of(label_studio.url, label_studio.email, label_studio.password) as page:
        open_task(page, label_studio.url, annotator_at_work.numbers["live facts a01"], task["id"])
        shown = page.locator(".sp-findings")
        assert "REGION-TWICE" in shown.inner_text() and shown.bounding_box()["y"] < 400
        assert shown.locator("a").first.get_attribute("href").startswith(GUIDE)
        assert page.locator(".htx-highlight").count() >= 2  # the work is there as it was

        annotator_at_work.change(annotation, event)
        counts, codes = annotator_at_work.look()
        assert counts["tasks checked"] == 1 and counts["pages changed"] == 1 and "REGION-TWICE" not in codes
        page.reload()
        until_drawn(page)
        assert "REGION-TWICE" not in page.content()

    assert annotator_at_work.look()[0] == Counter({"tasks checked": 0, "tasks with findings": 0, "pages changed": 0})
    assert all(found["data"]["findings"] == found["data"]["to_fix"] == "" for found in nonempty(annotator_at_work.tasks()))
    assert all(found["data"]["findings"] == found["data"]["to_fix"] == "" for found in nonempty(annotator_at_work.tasks("a02")))


@pytest.mark.server
def test_a_look_changes_no_work_and_takes_up_where_the_rules_have_changed(annotator_at_work):
    task = annotator_at_work.tasks()[2]
    annotator_at_work.submit(task, region(task, "events", "harm.kill", task["data"]["text"].split()[0], "e1"))
    annotator_at_work.look()
    before = [(one["data"] | {"findings": "", "to_fix": ""}, one["annotations"]) for one in annotator_at_work.tasks()]
    assert annotator_at_work.look()[0]["tasks checked"] == 0
    annotator_at_work.project.actors.write_text(
        annotator_at_work.project.actors.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8"
    )
    assert annotator_at_work.look()[0]["tasks checked"] >= 1
    assert [(one["data"] | {"findings": "", "to_fix": ""}, one["annotations"]) for one in annotator_at_work.tasks()] == before
    pulled = exchange.pull_annotations(annotator_at_work.project, annotator_at_work.client, Reporter(), "live")
    assert pulled["annotation sets"] >= 1  # what is shown on the page is in nobody's way


@pytest.mark.server
def test_the_tasks_of_an_article_that_is_taken_down_are_deleted_in_all_passes(annotator_at_work):
    title = annotator_at_work.tasks()[1]["data"]["title"]
    article = next(one for one in read_articles(annotator_at_work.project) if one.title == title)
    before = {name: len(annotator_at_work.tasks(*name)) for name in itertools.product(("a01", "a02"), ("facts", "stance"))}
    assert exchange.delete_article(annotator_at_work.project, annotator_at_work.client, article.id, Reporter()) == 4
    for name, count in before.items():
        tasks = annotator_at_work.tasks(*name)
        assert len(tasks) == count - 1 and not any(article.text[:200] in task["data"]["text"] for task in tasks)
    assert exchange.delete_article(annotator_at_work.project, annotator_at_work.client, article.id, Reporter()) == 0
