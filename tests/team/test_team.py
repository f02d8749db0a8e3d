"""Who is given what: as many an article as asked for, evenly, the same each time, and nothing done is taken away."""

from __future__ import annotations

from collections import Counter

import pytest
from click.testing import CliRunner
from hypothesis import given as examples
from hypothesis import strategies as st

from another_codebook import another_codebook
from standpoint.cli import main
from standpoint.codebook import load as load_module
from standpoint.core import corpus
from standpoint.core.corpus import read_articles
from standpoint.core.model import Article, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import exchange, pull
from standpoint.team.plan import (
    Assignment,
    Member,
    Team,
    load_team,
    plan_pass,
    read_assignments,
    requested_articles,
    write_assignments,
)
from whole_projects import copy_of_the_project

OVERLAP = {"reading": {"train": 1.25, "test": 3}}
ARTICLES = {f"quill-{number:03}": "test" if number % 5 == 0 else "train" for number in range(200)}


def team_of(*names: str, left: str = "") -> Team:
    return Team(overlap=OVERLAP, members=tuple(Member(id=name, left=name == left) for name in names))


def plan(team: Team, given=(), done=(), articles=ARTICLES) -> list[Assignment]:
    return plan_pass(team, "reading", articles, given, done)[0]


def test_every_article_has_as_many_annotators_as_its_split_asks_for():
    rows = plan(team_of("a01", "a02", "a03", "a04"))
    each = Counter(row.article_id for row in rows)
    assert {each[name] for name, split in ARTICLES.items() if split == "test"} == {3}
    train = Counter(each[name] for name, split in ARTICLES.items() if split == "train")
    assert set(train) == {1, 2} and 0.15 < train[2] / 160 < 0.35  # a quarter, drawn article by article
    assert len(set(rows)) == len(rows)


@examples(st.integers(1, 6), st.integers(0, 40), st.sets(st.tuples(st.integers(0, 39), st.integers(0, 5))))
def test_shares_are_even_whatever_was_done(members, articles, done):
    names = [f"a{number}" for number in range(members)]
    some = dict(list(ARTICLES.items())[:articles])
    finished = {Assignment(f"quill-{article:03}", f"a{who}") for article, who in done if article < articles and who < members}
    rows = plan(team_of(*names), done=finished, articles=some)
    assert finished <= set(rows)
    load = Counter(row.annotator for row in rows)
    busiest = max((load[name] for name in names if any(row.annotator == name and row not in finished for row in rows)), default=0)
    held = {(row.article_id, row.annotator) for row in rows}
    for name in names:  # who has two less than the busiest could only be given articles that they have already
        if load[name] < busiest - 1:
            loads = [other for other in names if load[other] == busiest]
            assert all((row.article_id, name) in held for row in rows if row.annotator in loads and row not in finished)


def test_the_same_team_gives_the_same_plan_in_any_order_of_articles():
    team = team_of("a01", "a02", "a03")
    rows = plan(team)
    assert plan(team, articles=dict(reversed(ARTICLES.items()))) == rows
    assert plan(team, given=rows) == rows


def test_who_leaves_keeps_what_is_done_and_gives_back_the_rest():
    before = plan(team_of("a01", "a02", "a03", "a04"))
    done = {row for row in before if row.annotator == "a02"} - {row for row in before[:100]}
    after = plan(team_of("a01", "a02", "a03", "a04", left="a02"), given=before, done=done)
    assert {row for row in after if row.annotator == "a02"} == done
    assert Counter(row.article_id for row in after) == Counter(row.article_id for row in before)
    load = Counter(row.annotator for row in after if row.annotator != "a02")
    assert max(load.values()) - min(load.values()) <= 1


def test_a_newcomer_gets_a_fair_share_and_few_rows_move():
    before = plan(team_of("a01", "a02", "a03"))
    after = plan(team_of("a01", "a02", "a03", "a04"), given=before)
    load = Counter(row.annotator for row in after)
    assert max(load.values()) - min(load.values()) <= 1
    assert len(set(after) - set(before)) == load["a04"]  # only what the newcomer got has moved


def test_a_small_team_is_told():
    rows, issues = plan_pass(team_of("a01"), "reading", ARTICLES, (), ())
    assert len(rows) == len(ARTICLES) and {issue.code for issue in issues} == {"TEAM-SMALL"} and len(issues) >= 40


def test_each_has_an_order_of_their_own():
    team = team_of("a01", "a02")
    orders = [team.in_order(name, ARTICLES) for name in ("a01", "a02")]
    assert orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1]) == sorted(ARTICLES)


def test_the_file_is_read_as_it_was_written(tmp_path):
    rows = plan(team_of("a01", "a02"))
    write_assignments(tmp_path / "reading.tsv", rows)
    assert read_assignments(tmp_path / "reading.tsv") == rows
    (tmp_path / "reading.tsv").write_text("article_id\tannotator\nquill-001\n")
    with pytest.raises(StandpointError, match=r"reading\.tsv:2: 1 fields"):
        read_assignments(tmp_path / "reading.tsv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("overlap: {writing: {train: 1}}", "no pass is called 'writing'"),
        ("members: [{id: a}, {id: a}]", "'a' is listed more than once"),
        ("people: []", "people"),
    ],
)
def test_a_wrong_team_is_one_line(tmp_path, text, said):
    (tmp_path / "team.yaml").write_text(text)
    with pytest.raises(StandpointError, match=said):
        load_team(tmp_path / "team.yaml", another_codebook())


def test_add_leave_and_list_on_the_command_line(tmp_path):
    project = copy_of_the_project(tmp_path)

    def team(*words: str) -> str:
        result = CliRunner().invoke(main, ["--project", str(project), "team", *words])
        assert result.exit_code == 0, result.output
        return result.output

    for name in ("a01", "a02", "a03"):
        team("add", name)
    team("add", "a04", "--passes", "stance")
    before = (project / "dataset" / "assignments" / "stance.tsv").read_bytes()
    team("assign")
    assert (project / "dataset" / "assignments" / "stance.tsv").read_bytes() == before
    assert "the account on a server stays" in team("remove", "a02")
    shown = team("list").splitlines()
    assert [line.split()[0] for line in shown] == ["annotator", "a01", "a02", "a03", "a04"] and shown[2].endswith("left")
    assert f"0 of {len(list(read_articles(Project(project))))} done" in shown[4]
    written = (project / "dataset" / "annotators.yaml").read_text()
    assert "- id: a04\n    kind: human_trained" in written and written.startswith("# Who or what is behind")
    for words in (["add", "A Name"], ["add", "m01"], ["remove", "nobody"]):
        result = CliRunner().invoke(main, ["--project", str(project), "team", *words])
        assert result.exit_code == 2, result.output


@pytest.mark.server
def test_members_get_their_own_articles_in_their_own_order_and_what_is_given_away_is_taken_back(label_studio, tmp_path):
    project = Project(copy_of_the_project(tmp_path / "project"))
    runner = CliRunner()
    client = client_module.connect(label_studio.url, label_studio.token)

    def push() -> dict:

        return exchange.push_articles(project, client, requested_articles(project, None), 1.0, Reporter(), "team")

    def keys(title: str) -> list[str]:
        (number,) = [number for found, number in client_module.list_projects(client, title) if found == title]
        return [task["data"]["article_id"] for task in pull.pull_tasks(client, number, tmp_path / title)]

    def given(name: str) -> list[str]:
        rows = read_assignments(project.assignments / "facts.tsv")
        return [row.article_id for row in rows if row.annotator == name]

    for name in ("w01", "w02"):
        runner.invoke(main, ["--project", str(project.root), "team", "add", name])
    push()
    assert sorted(keys("team facts w01")) == given("w01") and keys("team facts w01") != given("w01")
    assert keys("team facts w01") == load_team(project.team, load_module.open_codebook(project)[0]).in_order("w01", given("w01"))
    before = given("w01")
    runner.invoke(main, ["--project", str(project.root), "team", "add", "w03"])
    counts = push()
    assert counts["tasks deleted"] > 0 and sorted(keys("team facts w01")) == given("w01") != before
    assert push()["tasks sent"] == 0
    assert isinstance(next(iter(corpus.read_articles(project))), Article)
