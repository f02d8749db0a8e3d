"""Splits by date, outlet and conflict beside the default ones: from the plan to a release, and from there to scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from datasets import load_dataset

import versioned_project
from command_line import run
from nonempty import nonempty
from pages_of_docs import blocks
from standpoint.core.files import read_tsv
from standpoint.core.model import StandpointError
from standpoint.core.project import Project
from standpoint.dataset.release_folder import in_scheme, open_release
from standpoint.dataset.schema import DOCUMENTS, REGISTRY
from standpoint.loading import resplit
from standpoint.release.compare import compare_releases
from standpoint.release.create import build_project
from standpoint.scoring import score
from standpoint.splits.splits import BY_CONFLICT, BY_SOURCE, split_articles

CONFLICTS = [{"name": "frost"}, {"name": "drought"}]
FRUIT = versioned_project.FRUIT  # each article names one: two of the frost, three of the drought, one of both
ACTORS = [
    {"id": f"act-{number:06d}", "name": fruit, "scope": {"conflicts": conflicts}}
    for number, (fruit, conflicts) in enumerate(
        zip(FRUIT, [["frost"]] * 2 + [["drought"]] * 3 + [["frost", "drought"]], strict=False), start=1
    )
]
PLAN = "by-conflict: {test: [drought]}\n"


def orchard(root: Path, plan: str, conflicts: list = CONFLICTS, actors: list = ACTORS) -> Project:
    """A project with splits by its plan."""
    project = versioned_project.make(root)
    registry = {"version": "0.1.0", "conflicts": conflicts, "actors": actors}
    (project.guidelines / "actors.yaml").write_text(yaml.safe_dump(registry))
    project.split_plan.write_text(plan)
    split_articles(project, versioned_project.QUIET)
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """A project with two schemes, and its release; nobody changes it."""
    made = orchard(tmp_path_factory.mktemp("schemes") / "orchard", PLAN)
    build_project(made, "0.1.0", versioned_project.QUIET)
    return made


def splits_in_file(project: Project, name: str) -> dict[str, str]:
    return {line.fields[0]: line.fields[1] for line in read_tsv(project.split_file(name), versioned_project.HEADER, "")}


def test_the_release_has_the_split_of_each_article_in_each_scheme(project):
    rows = load_dataset(str(project.release), "splits", split="full").to_list()
    for scheme in ("default", BY_CONFLICT):
        released = {row["article_id"]: row["split"] for row in nonempty(rows) if row["scheme"] == scheme}
        assert released == {name: split for name, split in splits_in_file(project, scheme).items() if split != "quarantine"}
    assert sorted(row["split"] for row in rows if row["scheme"] == BY_CONFLICT) == ["test"] * 3 + ["train"] * 2
    card = (project.release / "README.md").read_text()
    assert (
        "| by-conflict | whole conflicts are held out | 2 | 0 | 3 | 1 |" in card and "one conflict, so there are no" not in card
    )


def test_a_config_has_the_splits_of_a_scheme(project):
    splits = load_dataset(str(project.release), "splits", split="full")
    expected = splits_in_file(project, BY_CONFLICT)
    for config, column in (("documents", "id"), ("crops", "article_id")):
        for streaming in (False, True):
            data = load_dataset(str(project.release), config, streaming=streaming)
            again = resplit(data, splits, BY_CONFLICT)
            assert type(again) is type(data) and list(again) == ["train", "test"]
            found = {(row[column], name) for name, part in again.items() for row in part}
            assert found == {(name, split) for name, split in expected.items() if split != "quarantine"}
    with pytest.raises(StandpointError, match="no scheme of splits is called 'by-moon'") as error:
        resplit(data, splits, "by-moon")
    assert error.value.hint == "the dataset has default, by-conflict: name one"
    with pytest.raises(StandpointError, match="no row is about an article"):
        resplit(data, [{"article_id": "somebody-else", "scheme": "x", "split": "train"}], "x")
    with pytest.raises(StandpointError, match="the data have no splits"):
        resplit(again["train"], splits, BY_CONFLICT)
    with pytest.raises(StandpointError, match="the rows say no scheme of splits"):
        resplit(data, load_dataset(str(project.release), split="train"), BY_CONFLICT)
    assert list(resplit(data, load_dataset(str(project.release), "splits"), BY_CONFLICT)) == ["train", "test"]


def test_systems_are_scored_trained_and_exported_on_the_splits_of_a_scheme(project, tmp_path):
    release, out = str(project.release), tmp_path / "forms.jsonl"
    said = run("baseline", "forms", release, "--splits", BY_CONFLICT, "--out", str(out))
    assert "3  articles" in said
    scores = run("score", release, str(out), "--splits", BY_CONFLICT, "--json", str(tmp_path / "s.json"))
    assert "3 articles in 3 stories, split test (by-conflict)" in scores
    assert json.loads((tmp_path / "s.json").read_text())["split"] == "test (by-conflict)"
    in_python = score(project.release, out, splits=BY_CONFLICT, resamples=0)
    assert f"{in_python.figures['crops F1 exact']:.3f}" in scores
    refused = run("score", release, str(out), code=2)  # these are not the articles of the default test split
    assert "is not an article of the gold" in refused
    run("export", release, "--format", "jsonl", "--splits", BY_CONFLICT, "--out", str(tmp_path / "jsonl"))
    exported = (tmp_path / "jsonl" / "splits.tsv").read_text().splitlines()[1:]
    expected = {name: split for name, split in splits_in_file(project, BY_CONFLICT).items() if split != "quarantine"}
    assert dict(line.split("\t") for line in exported) == expected
    told = run("baseline", "majority", release, "--splits", "by-moon", "--out", str(out), code=2)
    assert "has no splits 'by-moon'" in told and "it has default, by-conflict: name one with --splits" in told
    none = run("score", release, str(out), "--splits", BY_CONFLICT, "--split", "validation", code=2)
    assert "no split is called 'validation'" in none and "it has test, train" in none


def test_a_lookup_learns_from_the_train_split_of_its_scheme(project):
    release = open_release(project.release)
    by_conflict = in_scheme(release, BY_CONFLICT)
    train = {row["id"] for _, row in by_conflict.rows(DOCUMENTS, "train")}
    assert train == {name for name, split in splits_in_file(project, BY_CONFLICT).items() if split == "train"}
    assert by_conflict.splits(DOCUMENTS) == {"train", "test"} and release.splits(DOCUMENTS) == {"train", "validation", "test"}
    assert list(by_conflict.rows(REGISTRY)) == list(release.rows(REGISTRY)) and in_scheme(release, "default") is release


def test_a_new_scheme_adds_columns_and_a_move_in_one_is_told(tmp_path):
    made = orchard(tmp_path / "orchard", "salt: standpoint\n")
    build_project(made, "0.1.0", versioned_project.QUIET)
    assert not (made.release / "splits").exists()  # the default splits are those of the files
    assert "config `splits`" not in (made.release / "README.md").read_text()
    made.release.rename(tmp_path / "one")
    made.split_plan.write_text(PLAN)
    split_articles(made, versioned_project.QUIET)
    build_project(made, "0.2.0", versioned_project.QUIET)
    changes = list(compare_releases(tmp_path / "one", made.release))
    assert {change.kind for change in nonempty(changes)} == {"column"} and {str(change.bump) for change in changes} == {"MINOR"}
    made.release.rename(tmp_path / "two")
    path = made.split_file(BY_CONFLICT)
    before = path.read_text()
    path.write_text(before.replace("\ttest\t", "\ttrain\t", 1))
    build_project(made, "0.3.0", versioned_project.QUIET)
    (change,) = compare_releases(tmp_path / "two", made.release)
    assert (change.kind, change.before, change.after) == ("split", {BY_CONFLICT: "test"}, {BY_CONFLICT: "train"})
    assert str(change.bump) == "MAJOR"


@pytest.mark.parametrize(
    ("conflicts", "plan", "message", "hint"),
    [
        (CONFLICTS, "{test: [flood]}", "no conflict is called 'flood'", "guidelines/actors.yaml has frost, drought"),
        ([], "{test: [flood]}", "no conflict is called 'flood'", "has none: list them under `conflicts`"),
        (CONFLICTS[:1], "{test: [frost]}", "holds out all conflicts", "with one conflict only, leave by-conflict out"),
        (CONFLICTS, "{validation: [frost], test: [drought]}", "none is left for train", "hold out fewer"),
    ],
)
def test_conflicts_that_cannot_be_held_out_are_refused(tmp_path, conflicts, plan, message, hint):
    with pytest.raises(StandpointError, match=message) as error:
        orchard(tmp_path / "orchard", f"by-conflict: {plan}\n", conflicts, [])
    assert hint in error.value.hint and not Project(tmp_path / "orchard").split_file(BY_CONFLICT).exists()


def test_the_code_of_the_page_runs(tmp_path, monkeypatch, capsys):
    (tmp_path / "dataset").symlink_to(Path(__file__).parent.parent.parent / "dataset")
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("docs/splits.md", "python")
    exec(compile(code, "docs/splits.md", "exec"), {})
    assert "'train': 13" in capsys.readouterr().out


def test_the_project_s_own_release_has_splits_by_outlet():
    release = Path(__file__).parent.parent.parent / "dataset" / "release"
    sources = {(split, row["source"]) for split, row in in_scheme(open_release(release), BY_SOURCE).rows(DOCUMENTS)}
    assert {("validation", "northwire"), ("test", "free-marsh-radio")} <= sources
    assert not {("train", "northwire"), ("train", "free-marsh-radio")} & sources
    assert "The registry has one conflict, so there are no splits by conflict." in (release / "README.md").read_text()
