"""A pilot of a few articles: its release has the splits that have articles, and is drawn again until it is released."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from datasets import load_dataset

from command_line import run
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.dataset.release_folder import open_release
from standpoint.splits.splits import (
    DEFAULT,
    SplitPlan,
    draw_split,
    load_plan,
    read_splits,
    split_articles,
    split_ends,
    write_splits,
)


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    """A new project with the six adjudicated articles of its example, which nobody changes."""
    root = tmp_path_factory.mktemp("pilot") / "project"
    run("init", str(root), "--template", "minimal", "--example")
    run("--project", str(root), "adjudicate")
    return root


@pytest.fixture
def pilot(example, tmp_path, monkeypatch) -> Project:
    """A copy of the project, by somebody who may commit; the current folder is in it."""
    shutil.copytree(example, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Maintainers")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "maintainers@example.org")
    return Project(tmp_path / "project")


def splits_of(project: Project) -> dict[str, str]:
    return {row.article_id: row.split for row in read_splits(project.split_file(DEFAULT))}


def told(project: Project, redraw: bool = False) -> dict[str, list[str]]:
    """What `split` says, by code."""
    issues: list[Issue] = []
    split_articles(project, Reporter(issue=issues.append), redraw)
    codes = {issue.code for issue in issues}
    return {code: [issue.message for issue in issues if issue.code == code] for code in codes}


def plan(project: Project, text: str) -> None:
    project.split_plan.write_text(text)


def test_the_shares_of_a_plan_are_the_ends_of_its_splits(tmp_path):
    assert split_ends(SplitPlan().shares) == [("train", 0.7), ("validation", 0.85), ("test", 1.0)]
    (tmp_path / "plan.yaml").write_text("shares: {test: 0.5, train: 0.5}\n")
    halves = load_plan(tmp_path / "plan.yaml").shares
    assert split_ends(halves) == [("train", 0.5), ("test", 1.0)]
    drawn = [draw_split(f"quay-{number}", shares=halves) for number in range(2000)]
    assert set(drawn) == {"train", "test"} and 900 < drawn.count("test") < 1100


@pytest.mark.parametrize(
    "shares, message",
    [
        ("{dev: 1}", "shares: 'dev' should be one of train, validation, test"),
        ("{train: 0.8, test: 0.1}", "shares: they add up to 0.9, should be 1"),
        ("{train: 80, test: 20}", "shares: they add up to 100, should be 1"),
        ("{}", "shares: they add up to 0, should be 1"),
        ("{train: 1, test: 0}", "shares: test has 0, should be above 0"),
        ("{train: 1.5, test: -0.5}", "shares: test has -0.5, should be above 0"),
        ("{train: .nan, test: 1}", "shares: train has nan, should be above 0"),
    ],
)
def test_shares_that_are_none_are_refused(tmp_path, shares, message):
    (tmp_path / "plan.yaml").write_text(f"shares: {shares}\n")
    with pytest.raises(StandpointError) as caught:
        load_plan(tmp_path / "plan.yaml")
    assert caught.value.message.endswith(message) and caught.value.hint


def test_an_empty_split_is_told_with_what_it_needs_and_a_salt_that_fills_it(pilot):
    plan(pilot, "salt: standpoint\n")
    first = told(pilot)
    (message,) = first.pop("SPLIT-EMPTY")
    assert not first and message.startswith("no article is in test, so a release has no such split. It needs 1 article")
    assert "with 19 new stories, the chance that one is drawn into it is 95%" in message  # 0.85 ** 19 < 0.05 < 0.85 ** 18
    salt = message.partition("`salt: ")[2].partition("`")[0]
    before = splits_of(pilot)
    plan(pilot, f"salt: {salt}\n")
    assert "SPLIT-EMPTY" in told(pilot) and splits_of(pilot) == before
    assert told(pilot, redraw=True) == {}
    assert set(splits_of(pilot).values()) == {"train", "validation", "test"}
    assert told(pilot) == {}


def test_where_no_salt_can_fill_all_splits_the_shares_are_named(pilot):
    plan(pilot, "salt: standpoint\n")
    for path in pilot.articles.glob("*.jsonl"):
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    (*_, message) = told(pilot)["SPLIT-EMPTY"]
    assert "2 stories for 3 splits: change `shares` in splits/plan.yaml" in message


def test_rows_that_the_plan_would_draw_otherwise_are_told(pilot):
    told(pilot)
    plan(pilot, "salt: puffin\nshares: {train: 0.999999, test: 0.000001}\n")
    (message,) = told(pilot)["SPLIT-REDRAW"]
    others = sum(split != "train" for split in splits_of(pilot).values())
    assert others and message.startswith(f"{others} articles have another split than salt and shares in splits/plan.yaml give;")


def test_what_somebody_put_into_quarantine_stays_there(pilot):
    told(pilot)
    first, *rows = read_splits(pilot.split_file(DEFAULT))
    write_splits(pilot.split_file(DEFAULT), [first._replace(split="quarantine"), *rows])
    plan(pilot, "shares: {test: 1}\n")
    moved = sum(row.split != "test" for row in rows)
    assert moved and f"{moved}  in another split of default" in run("split", "--redraw")
    assert splits_of(pilot) == {first.article_id: "quarantine"} | {row.article_id: "test" for row in rows}


def test_one_split_is_a_release_for_every_command_and_then_nothing_is_drawn_again(pilot, tmp_path):
    plan(pilot, "shares: {test: 1}\n")
    run("split", "--redraw")
    subprocess.run(["git", "add", "-A"], check=True)
    subprocess.run(["git", "commit", "--quiet", "-m", "A pilot"], check=True)
    said = run("release", "create", "0.1.0")
    assert "0.1.0" in said
    loaded = load_dataset("dataset/release", cache_dir=str(tmp_path / "cache"))
    assert {name: len(rows) for name, rows in loaded.items()} == {"test": 6}
    card = pilot.release.joinpath("README.md").read_text()
    assert 'split="test"' in card and "(test below 1.00)" in card and "not in train" not in card
    assert "0  errors" in run("check")
    assert {split for split, _ in open_release(pilot.release).rows("documents")} == {"test"}
    assert "6  articles" in run("baseline", "rules", "dataset/release", "--out", "rules.jsonl")
    assert "articles" in run("score", "dataset/release", "rules.jsonl", "--resamples", "10")
    failed = run("score", "dataset/release", "rules.jsonl", "--split", "validation", code=2)
    assert "no split is called 'validation'" in failed and "it has test: name one with --split" in failed
    run("hydrate", "dataset/release", "--from", "dataset/raw", "--out", "whole")
    assert {split for split, _ in open_release(Path("whole")).rows("documents")} == {"test"}
    assert "6  articles" in run("export", "dataset/release", "--format", "jsonl", "--out", "exported")
    failed = run("baseline", "trained", "dataset/release", "--out", "trained.jsonl", code=2)
    assert "no article is in split 'train'" in failed and "it has test" in failed and "`trained` do, needs train too" in failed
    assert not Path("trained.jsonl").exists()
    plan(pilot, "salt: another\n")
    before = splits_of(pilot)
    refused = "0.1.0 is released, and an article of a release never moves to another split"
    assert refused in run("split", "--redraw", code=2)
    pilot.versions.unlink()  # the last commit and the tag still say so
    assert refused in run("split", "--redraw", code=2)
    assert splits_of(pilot) == before and "SPLIT-REDRAW" not in run("split")
    assert "0.1.0" in run("check", code=1) and "VERSION-ROW" in run("check", "--select", "VERSION-ROW", code=1)


def test_only_a_project_with_places_is_told_that_no_text_names_one(pilot):
    registry = 'version: "0.1.0"\nactors:\n  - {id: act-000001, name: Weddon Council}\n'
    pilot.actors.write_text(registry)
    assert "STORY-PLACES" not in run("split")
    pilot.actors.write_text(registry + "places:\n  - {id: plc-000001, name: Osterby}\n")
    assert "note: splits: STORY-PLACES no text names a place of guidelines/actors.yaml" in run("split")
