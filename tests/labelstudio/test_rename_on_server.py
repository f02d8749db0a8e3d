"""A renaming reaches what is on the server: the page, submitted work, drafts and predictions; and a pull changes nothing after it."""

from __future__ import annotations

import pytest

import versioned_project
from nonempty import nonempty
from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.adjudication.rename_project import rename
from standpoint.core.corpus import read_annotation_sets
from standpoint.core.model import Issue, Relation, Reporter
from standpoint.core.project import Project
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import exchange, own_projects
from standpoint.labelstudio.pull import list_tasks
from standpoint.release.takedown import take_down

pytestmark = pytest.mark.server


def span(task: dict, layer: str, label: str, words: str, identity: str) -> dict:
    start = task["data"]["text"].index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": identity, "from_name": layer, "to_name": "text", "type": "labels", "origin": "manual", "value": value}


def answered(task: dict, label: str = "fruit") -> list[dict]:
    """A careful reader's result, as the page submits it."""
    fruit, price = span(task, "crops", label, "crate", "f1"), span(task, "amounts", "price", "marks", "p1")
    place = {name: fruit["value"][name] for name in ("start", "end")}
    health = {"id": "f1", "from_name": "health", "to_name": "text", "type": "choices", "value": place | {"choices": ["blighted"]}}
    link = {"type": "relation", "from_id": "f1", "to_id": "p1", "direction": "right", "labels": ["sold_for"]}
    tone = {"id": "t1", "from_name": "tone", "to_name": "text", "type": "choices", "value": {"choices": ["hopeful"]}}
    return [fruit, price, health, link, tone]


class Newsroom:
    """A project with three articles, and an annotator who has submitted one, gone on with it, and begun another."""

    def __init__(self, project: Project, client: client_module.Client) -> None:
        self.project, self.client, self.told = project, client, list[Issue]()
        self.reporter = Reporter(issue=self.told.append)
        for path in project.annotations.glob("*/*.jsonl"):
            path.unlink()
        self.push()
        (own,) = own_projects.own_projects(project, client, "renaming", "annotation", self.reporter)
        self.number, sdk = own.id, client.sdk
        first, second, third = self.tasks()
        self.annotation = sdk.annotations.create(first["id"], result=answered(first), lead_time=30.0).id
        sdk.request("POST", f"api/tasks/{first['id']}/annotations/{self.annotation}/drafts", json={"result": answered(first)[:1]})
        sdk.request("POST", f"api/tasks/{second['id']}/drafts", json={"result": answered(second)})
        sdk.predictions.create(task=third["id"], result=[span(third, "crops", "fruit", "crate", "s1")])

    def push(self) -> None:
        exchange.push_articles(self.project, self.client, ["a01"], 1.0, self.reporter, "renaming")

    def pull(self) -> dict[str, int]:
        self.told.clear()
        return dict(exchange.pull_annotations(self.project, self.client, self.reporter, "renaming"))

    def rename(self, former: str, new: str) -> None:
        rename(self.project, former, new, False, self.reporter)

    def tasks(self) -> list[dict]:
        return list(list_tasks(self.client, self.number, ""))

    def results(self) -> list[list[dict]]:
        """All results: of the annotation, of the draft on it, of the draft without one, and of the prediction."""
        first, second, third = self.tasks()
        (on_it,), (alone,) = (self.client.sdk.drafts(task["id"]) for task in (first, second))
        (annotation,), (prediction,) = first["annotations"], third["predictions"]
        assert (annotation["id"], on_it["annotation"], alone["annotation"]) == (self.annotation, self.annotation, None)
        return [item["result"] for item in (annotation, on_it, alone, prediction)]

    def sets(self) -> list[bytes]:
        return [path.read_bytes() for path in nonempty(sorted(self.project.annotations.glob("*/*.jsonl")))]


@pytest.fixture
def newsroom(label_studio, tmp_path) -> Newsroom:
    project = versioned_project.make(tmp_path, 3)
    return Newsroom(project, client_module.connect(label_studio.url, label_studio.token))


def test_a_renaming_goes_through_the_server_s_projects_and_a_pull_changes_nothing_after_it(newsroom):
    assert newsroom.pull()["annotation sets"] == 1
    newsroom.rename("crops/fruit", "orchard_fruit")
    newsroom.rename("crops", "produce")
    newsroom.rename("measure/sold_for", "for")
    newsroom.rename("health", "state")
    stored, was = newsroom.sets(), newsroom.results()
    assert newsroom.pull()["files changed"] == 0 and newsroom.sets() == stored  # the server has the former names
    assert {issue.code for issue in newsroom.told} == {"LAYER-RENAMED", "LABEL-RENAMED", "TASK-DRAFT"}
    (one,) = read_annotation_sets(newsroom.project)
    assert one.codebook_version == "0.3.4" and [item.label for item in one.annotations if isinstance(item, Relation)] == ["for"]

    newsroom.told.clear()
    newsroom.push()
    assert [issue.code for issue in newsroom.told] == ["WORK-RENAMED"] and newsroom.told[0].message.startswith(
        "4 annotations, drafts"
    )
    renamed = str(was).replace("'fruit'", "'orchard_fruit'").replace("'crops'", "'produce'")
    renamed = renamed.replace("'sold_for'", "'for'").replace("'health'", "'state'")
    assert str(newsroom.results()) == renamed != str(was)
    page = newsroom.client.sdk.projects.get(newsroom.number).label_config
    assert "orchard_fruit" in page and 'name="produce"' in page and 'name="crops"' not in page
    newsroom.told.clear()
    newsroom.push()
    assert exchange.update_pages(newsroom.project, newsroom.client, newsroom.reporter, "renaming") == {"pages in Label Studio": 1}
    assert newsroom.told == [] and str(newsroom.results()) == renamed
    newsroom.pull()
    (again,) = read_annotation_sets(newsroom.project)
    assert (again.annotations, again.codebook_version) == (one.annotations, one.codebook_version)
    assert newsroom.pull()["files changed"] == 0
    assert {issue.code for issue in newsroom.told} <= {"SET-EXTRAS", "TASK-DRAFT", "ACTOR-UNANSWERED"}  # no set is told as fixed

    take_down(newsroom.project, one.article_id, "its author asked", "2031-05-04", Reporter())
    assert newsroom.pull()["files changed"] == 0
    adjudicate_project(newsroom.project, Reporter())
    for path in nonempty([*newsroom.project.annotations.rglob("*.jsonl"), *newsroom.project.adjudicated.glob("*.jsonl")]):
        assert b"crate" not in path.read_bytes(), path
    (bare,) = read_annotation_sets(newsroom.project)
    assert len(bare.annotations) == len(one.annotations) and bare.codebook_version == one.codebook_version
