"""The loop of a new actor in a real Label Studio: named twice, adjudicated, registered, asked about, and joined in the dataset."""

from __future__ import annotations

import uuid

import msgspec
import pytest
from datasets import load_dataset
from ruamel.yaml import YAML

from docs_pages import blocks_of
from new_actors_loop import Loop
from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.adjudication.grow_registry import add_actor, merge_names
from standpoint.adjudication.proposals import propose
from standpoint.checks.run import check_project
from standpoint.core.corpus import read_adjudicated, read_annotation_sets
from standpoint.core.files import write_lines
from standpoint.core.model import Article, Issue, Reporter
from standpoint.core.project import Project
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import exchange, feedback, pull, push
from standpoint.release.create import build_project
from standpoint.server.accounts import ensure_accounts
from standpoint.splits.splits import split_articles
from standpoint.team.progress import measure_progress
from two_pass_article import ACTORS, CODEBOOK, TEXT, article_of
from whole_projects import new_project

pytestmark = pytest.mark.server

NAME = "quay"
TABLES = [layer | ({"table": True} if layer["name"] in ("actors", "events", "stance") else {}) for layer in CODEBOOK["layers"]]
BOOK = CODEBOOK | {"licence": "CC0-1.0", "layers": TABLES}
REGISTERED = [entry | {"aliases": [{"text": word}]} for entry, word in zip(ACTORS, ("army", "mill"), strict=False)]
TEXTS = [TEXT, TEXT.replace("dawn", "dusk")]
ARTICLES = sorted(
    (msgspec.convert(article_of(text) | {"published": "2031-05-04"}, Article) for text in TEXTS), key=lambda article: article.id
)


class Newsroom:
    """A project with two articles, and two annotators in a real Label Studio who submit results as the page does."""

    def __init__(self, project: Project, client: client_module.Client, users: dict[str, int]) -> None:
        self.project, self.client, self.users = project, client, users
        self.told: list[Issue] = []

    def push(self) -> dict[str, int]:
        self.told.clear()
        return dict(exchange.push_articles(self.project, self.client, sorted(self.users), 1.0, self.reporter, NAME))

    def pull(self) -> None:
        exchange.pull_annotations(self.project, self.client, self.reporter, NAME)
        adjudicate_project(self.project, Reporter())

    @property
    def reporter(self) -> Reporter:
        return Reporter(issue=self.told.append)

    def tasks(self, pass_name: str, annotator: str) -> list[dict]:
        number = dict(client_module.list_projects(self.client, NAME))[f"{NAME} {pass_name} {annotator}"]
        folder = self.project.local / "test" / f"{pass_name}-{annotator}"
        return list(pull.pull_tasks(self.client, number, folder))

    def submit(self, pass_name: str, annotator: str, *items: dict, of: int = 0) -> None:
        task = self.tasks(pass_name, annotator)[of]
        body = {"result": list(items), "completed_by": self.users[annotator], "unique_id": str(uuid.uuid4())}
        push.upload_annotation(self.client, task["id"], body)

    def codes(self) -> set[str]:
        return {issue.code for issue in self.told}


def marked(layer: str, label: str, quote: str, identity: str = "") -> dict:
    start = TEXT.index(quote)
    value = {"start": start, "end": start + len(quote), "text": quote, "labels": [label]}
    return {"id": identity or f"{layer}-{quote}", "from_name": layer, "to_name": "text", "type": "labels", "value": value}


def answer(control: str, kind: str, content: list[str], region: str = "") -> dict:
    return {"id": region or control, "from_name": control, "to_name": "text", "type": kind, "value": {kind: content}}


def facts(name: str, *more: dict) -> list[dict]:
    """An army that takes a mill, and a new actor who flees, under this name."""
    fled = marked("events", "harm.displace", "fled", "e1")
    return [
        marked("actors", "act-000001", "army"),
        marked("actors", "NEW:1", "Netters"),
        fled,
        answer("agent", "choices", ["NEW:1"], "e1"),
        answer("newcomer_1", "textarea", [name]) | {"value": {"text": [name]}},
        answer("genre", "choices", ["report"]),
        *more,
    ]


@pytest.fixture
def newsroom(tmp_path, label_studio) -> Newsroom:
    project = new_project(tmp_path / NAME, BOOK)
    write_lines(project.articles / "courier.jsonl", ARTICLES)
    with project.actors.open("w", encoding="utf-8") as file:
        YAML().dump({"version": "0.1.0", "actors": REGISTERED}, file)
    names = ("q01", "q02")
    project.annotators.write_text("annotators:\n" + "".join(f"  - {{id: {name}, kind: human_trained}}\n" for name in names))
    client = client_module.connect(label_studio.url, label_studio.token)
    return Newsroom(project, client, ensure_accounts(label_studio, names))


def listed(task: dict) -> dict[str, str]:
    return {entry["alias"]: entry["value"] for entry in task["data"]["actors"]}


def test_a_new_actor_goes_from_the_page_to_the_dataset_under_one_id(newsroom, tmp_path):
    project = newsroom.project
    # Facts first: the stance tasks wait, and it is said.
    assert newsroom.push()["tasks sent"] == 4 and "TASK-WAITS" in newsroom.codes()
    assert newsroom.tasks("stance", "q01") == []
    waiting = {
        (row.annotator, row.pass_name): row.waiting for row in measure_progress(project, newsroom.client, Reporter(), NAME)
    }
    assert waiting == {("q01", "facts"): 0, ("q01", "stance"): 2, ("q02", "facts"): 0, ("q02", "stance"): 2}

    # One annotator is enough for the stance tasks of an article.
    newsroom.submit("facts", "q01", *facts("Quay Guard"))
    newsroom.pull()
    assert newsroom.push()["tasks sent"] == 2
    (task,) = newsroom.tasks("stance", "q01")
    assert listed(task) == {"act-000001": "Army of Veld", "NEW:QUAY_GUARD": "Quay Guard"}
    assert newsroom.push().get("tasks sent", 0) == 0

    # A stance is given to the new actor, and submitted.
    newsroom.submit("stance", "q01", answer("stance_0", "choices", ["-1"]), answer("stance_1", "choices", ["+1"]))

    # The second annotator names the new actor differently, and marks one more. The task is completed, and says so.
    newsroom.submit("facts", "q02", *facts("Guard of the Old Quay", marked("actors", "act-000002", "mill")))
    newsroom.pull()
    (adjudicated,) = read_adjudicated(project)
    assert {item.label for item in adjudicated.annotations if item.layer == "actors"} == {
        "act-000001",
        "NEW:GUARD_OF_THE_OLD_QUAY",
    }
    counts = newsroom.push()
    assert (counts.get("tasks sent", 0), counts["tasks completed"]) == (0, 2)
    for annotator, warned in (("q01", True), ("q02", False)):
        (task,) = newsroom.tasks("stance", annotator)
        assert listed(task) == {
            "act-000001": "Army of Veld",
            "NEW:QUAY_GUARD": "Guard of the Old Quay",
            "act-000002": "Mill Guard",
        }
        assert ("Mill Guard" in task["data"]["findings"], task["data"]["to_fix"]) == (warned, "1" if warned else "")
    assert newsroom.push().get("tasks completed", 0) == 0
    newsroom.pull()
    assert "ACTOR-UNANSWERED" in newsroom.codes()
    codes: list[str] = []
    feedback.check_submitted(project, newsroom.client, Reporter(issue=lambda issue: codes.append(issue.code)), NAME)
    assert "ACTOR-UNANSWERED" in codes

    # The registry gets the actor by one name, and then the other.
    (proposal,) = propose(project)
    assert {name.name for name in proposal.names} == {"Quay Guard", "Guard of the Old Quay"} and not proposal.known
    identity, _ = add_actor(project, ["Quay Guard"], Reporter(), alone=True)
    assert [(one.known, one.name) for one in propose(project)] == [(identity, "Guard of the Old Quay")]
    merge_names(project, identity, ["Guard of the Old Quay"], Reporter())
    assert newsroom.push().get("tasks completed", 0) == 0  # it is in the list, under its former id

    # The other article has it under its id at once.
    newsroom.submit("facts", "q01", *facts("quay guard"), of=1)
    newsroom.pull()
    newsroom.push()
    assert identity in listed(newsroom.tasks("stance", "q01")[1])
    newsroom.submit("stance", "q02", answer("stance_0", "choices", ["0"]), answer("stance_1", "choices", ["+1"]))
    newsroom.pull()

    # One id joins all tables.
    split_articles(project, Reporter())
    newsroom.told.clear()
    check_project(project, newsroom.reporter)
    assert [issue for issue in newsroom.told if issue.level == "error"] == []
    build_project(project, None, Reporter())
    tables = {name: load(project, name, tmp_path) for name in ("actors", "events", "stance", "annotations", "registry")}
    mentions = [row["article_id"] for row in tables["actors"] if row["label"] == identity]
    assert len(mentions) == 2 and {row["actor_name"] for row in tables["actors"] if row["label"] == identity} == {"Quay Guard"}
    assert all(row["agent"] == [identity] for row in tables["events"])
    (stance,) = [row for row in tables["stance"] if row["actor"] == identity]
    assert (stance["value"], stance["actor_name"], len(stance["distribution"])) == (1.0, "Quay Guard", 2)
    sets = [row for row in tables["annotations"] if row["pass"] == "stance" and row["choices"]]
    assert all(identity in {item["of"] for item in row["choices"]} for row in sets)
    assert identity in {row["id"] for row in tables["registry"]}
    # Nothing that was submitted has been rewritten.
    stored = [
        item.label for one in read_annotation_sets(project, "facts") for item in one.annotations if item.layer == "newcomer"
    ]
    assert sorted(stored) == ["Guard of the Old Quay", "Quay Guard", "quay guard"]


def test_the_page_about_new_actors_shows_what_the_commands_print_today(label_studio, tmp_path):
    """If it fails, something that the page shows has changed: run python docs/take_new_actors.py."""
    assert Loop(tmp_path / "carrow", label_studio).run() == blocks_of("new-actors.md")


def load(project: Project, name: str, tmp_path) -> list[dict]:
    splits = load_dataset(str(project.release), name, cache_dir=str(tmp_path / "cache"))
    return [row for split in splits.values() for row in split]
