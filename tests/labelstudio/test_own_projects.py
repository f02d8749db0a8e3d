"""A project of Label Studio belongs to one project of ours, by an id, and what is not there is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import versioned_project
from standpoint.cli import main
from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.labelstudio import adjudication, backup, exchange, feedback, own_projects
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio.client import list_projects, listed_projects
from standpoint.labelstudio.own_projects import read_mark
from standpoint.labelstudio.pull import list_tasks
from standpoint.team.progress import measure_progress

ANNOTATOR = ["a01"]


class Team:
    """A project with two articles, without annotation sets, and what it was told."""

    def __init__(self, folder: Path, numbers: range, client: client_module.Client | None = None, name: str = "") -> None:
        self.project, self.client, self.name = versioned_project.make(folder, 0), client, name
        versioned_project.add_articles(self.project, numbers)
        for path in self.project.annotations.glob("*/*.jsonl"):
            path.unlink()
        self.told: list[Issue] = []
        self.reporter = Reporter(issue=self.told.append)

    def push(self) -> dict[str, int]:
        return dict(exchange.push_articles(self.project, self.client, ANNOTATOR, 1.0, self.reporter, self.name))

    def pull(self) -> dict[str, int]:
        return dict(exchange.pull_annotations(self.project, self.client, self.reporter, self.name))

    def numbers(self) -> list[int]:
        own = (
            one.id
            for one in listed_projects(self.client)
            if (mark := read_mark(one.description)) and mark.project == self.project.id
        )
        return list(own)

    def submit(self, tone: str) -> None:
        """Answer each task of the team's only project."""
        (number,) = self.numbers()
        answer = {"id": "t1", "from_name": "tone", "to_name": "text", "type": "choices", "value": {"choices": [tone]}}
        for task in list(list_tasks(self.client, number, "id")):
            self.client.sdk.annotations.create(task["id"], result=[answer], lead_time=9.0)

    def tones(self) -> list[str]:
        return [item.label for one in read_annotation_sets(self.project) for item in one.annotations if item.layer == "tone"]

    def codes(self) -> list[str]:
        return [issue.code for issue in self.told]


@pytest.fixture
def client(label_studio) -> client_module.Client:
    return client_module.connect(label_studio.url, label_studio.token)


def test_two_teams_with_the_same_titles_never_touch_each_other_s_work(client, tmp_path):
    """Also if one of their articles is in both projects, and the title of one was changed in Label Studio."""
    ours, theirs = (Team(tmp_path / who, range(2), client, "harvesters") for who in ("ours", "theirs"))
    assert ours.project.id == ""  # a pull, say, makes none
    assert ours.push()["tasks sent"] == theirs.push()["tasks sent"] == 2
    assert ours.codes() == [] and theirs.codes() == ["PROJECT-TITLE"]
    assert [title for title, _ in list_projects(client, "harvesters")] == ["harvesters reading a01"] * 2
    client.sdk.projects.update(ours.numbers()[0], title="Harvest, first half")
    ours.submit("hopeful")
    theirs.submit("worried")
    assert ours.push() | theirs.push() == {"tasks sent": 0, "tasks there already": 2, "tasks completed": 0}
    assert ours.pull()["annotation sets"] == theirs.pull()["annotation sets"] == 2
    assert (ours.tones(), theirs.tones()) == (["hopeful"] * 2, ["worried"] * 2)
    (progress,) = measure_progress(ours.project, client, ours.reporter, "harvesters")
    assert (progress.annotator, progress.done) == ("a01", 2)
    assert feedback.check_submitted(ours.project, client, ours.reporter, "harvesters")["tasks checked"] == 2
    article = next(read_articles(ours.project)).id
    assert exchange.delete_article(ours.project, client, article, ours.reporter) == 1
    assert theirs.pull()["annotation sets"] == 2

    path, counts = backup.backup_projects(ours.project, client, tmp_path / "ours.gz", ours.reporter, "harvesters")
    assert (counts["projects"], counts["tasks"]) == (1, 1)
    with pytest.raises(
        StandpointError, match="has no project of this one under the name 'harvesters'; it has Harvest, first half"
    ):
        backup.restore_backup(theirs.project, client, path, 1, theirs.reporter, "harvesters")
    client.sdk.projects.delete(ours.numbers()[0])
    assert backup.restore_backup(ours.project, client, path, 1, ours.reporter, "harvesters")["annotations added"] == 0
    assert ours.pull()["annotation sets"] == 1 and len(theirs.numbers()) == len(ours.numbers()) == 1


def unmarked(team: Team) -> int:
    """A project as earlier versions made it: with its title, and without a description."""
    team.push()
    (number,) = team.numbers()
    team.client.sdk.projects.update(number, description="")
    team.told.clear()
    return number


def test_a_project_of_an_earlier_version_is_taken_over_if_all_its_tasks_are_ours(client, tmp_path):
    team, others = Team(tmp_path / "team", range(2), client, "old"), Team(tmp_path / "others", range(2, 4), client, "old")
    number = unmarked(team)
    assert [
        one.mark.annotator for one in own_projects.own_projects(team.project, client, "old", "annotation", team.reporter)
    ] == ["a01"]
    assert team.numbers() == [] and team.told == []  # who only reads marks nothing
    with pytest.raises(StandpointError, match="push first|has no annotation project"):
        others.pull()
    assert others.codes() == ["PROJECT-FOREIGN"] and others.told[0].level == "note"
    assert "left alone: 2 of its 2 tasks are no articles of this project" in others.told[0].message
    with pytest.raises(StandpointError, match="has no annotation project"):  # the titles of another run
        exchange.pull_annotations(team.project, client, team.reporter, "ol")
    team.pull()
    assert team.numbers() == [number] and team.codes() == ["PROJECT-MARKED", "PULL-NOTHING"]
    team.submit("hopeful")
    team.told.clear()
    assert team.pull()["annotation sets"] == 2 and "PROJECT-MARKED" not in team.codes()
    assert others.push()["tasks sent"] == 2 and others.numbers() != [number]


def test_what_is_not_there_is_told(client, tmp_path):
    team = Team(tmp_path / "team", range(1), client, "told")
    with pytest.raises(StandpointError, match="this project has no id yet") as error:
        team.pull()
    assert "commit dataset/project-id.txt" in error.value.hint and not team.project.id_file.exists()
    team.push()
    name = "nosuch"
    for read in (
        lambda: exchange.pull_annotations(team.project, client, team.reporter, name),
        lambda: feedback.check_submitted(team.project, client, team.reporter, name),
        lambda: measure_progress(team.project, client, team.reporter, name),
        lambda: backup.backup_projects(team.project, client, tmp_path / "none.gz", team.reporter, name),
        lambda: adjudication.pull_decisions(team.project, client, team.reporter, "told"),
    ):
        with pytest.raises(
            StandpointError, match=r"has no .*project of this one under the name '.*'; it has 'told' \(annotation\)"
        ):
            read()
    assert not (tmp_path / "none.gz").exists()
    team.pull()
    assert [(issue.code, issue.level) for issue in team.told] == [("PULL-NOTHING", "error")]
    assert "on any of the 1 task(s) of 1 project(s)" in team.told[0].message
    team.project.id_file.write_text("another\n")
    with pytest.raises(StandpointError, match="none of the .* there has the id another in its description"):
        team.pull()


def test_a_copied_project_is_named_and_neither_copy_is_changed(client, tmp_path):
    team = Team(tmp_path / "team", range(1), client, "copied")
    team.push()
    (number,) = team.numbers()
    settings = client.sdk.projects.get(number)
    client.sdk.projects.create(title="copied reading a01 (2)", description=settings.description)
    with pytest.raises(StandpointError, match="has several projects with the same mark") as error:
        team.push()
    assert str(number) in error.value.message


def test_the_end_of_serving_without_a_conflict_is_no_error(monkeypatch, tmp_path):
    project, told = versioned_project.make(tmp_path, 1), list[Issue]()
    monkeypatch.setattr(own_projects, "listed_projects", lambda _: [])
    monkeypatch.setattr(exchange, "user_emails", lambda _: {})
    nobody = client_module.Client("https://labels.example.org", None)
    counts = adjudication.pull_decisions(project, nobody, Reporter(issue=told.append), served=True)
    assert (counts["decisions"], counts["adjudicated sets"], told) == (0, 1, [])
    with pytest.raises(
        StandpointError, match="has no adjudication project of this one under the name 'standpoint', nor any other"
    ):
        adjudication.pull_decisions(project, nobody, Reporter())


READING = (
    "pull", "team progress", "check --live", "adjudicate pull", "server backup",
    "release takedown terrace-post-undated-00000000 --reason law --server",
)  # fmt: skip


def test_a_server_that_vanished_is_told_and_none_is_made(tmp_path):
    project = versioned_project.make(tmp_path, 1)
    for words in READING:
        result = CliRunner().invoke(main, ["--project", str(project.root), *words.split()])
        assert result.exit_code == 2 and "there is no Label Studio here" in result.stderr, words
        assert "server restore FILE" in result.stderr
    assert not project.server.exists()


def test_the_id_is_made_once(tmp_path):
    project = Project(tmp_path)
    made = project.ensure_id()
    assert made and (project.id, project.ensure_id()) == (made, made) and Project(tmp_path / "other").id == ""
