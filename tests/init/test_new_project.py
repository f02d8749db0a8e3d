"""A new project: each template runs as it is, its example leads to a release, and nothing that is there is overwritten."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from datasets import load_dataset
from ruamel.yaml import YAML

from command_line import run
from nonempty import nonempty
from standpoint.codebook.load import load_codebook
from standpoint.core.corpus import read_adjudicated, read_annotation_sets
from standpoint.core.project import TEMPLATES, Project
from standpoint.core.provenance import load_annotators
from standpoint.core.yaml_files import append_entry, yaml_text

PACKAGE = Path(__file__).parent.parent.parent / "scripts" / "standpoint"


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """The current folder, which is in no repository, of somebody who may commit."""
    monkeypatch.chdir(tmp_path)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Maintainers")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "maintainers@example.org")
    return tmp_path


def git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


SMALL = [name for name in TEMPLATES if name != "standpoint"]


@pytest.mark.parametrize("template", SMALL)
def test_a_new_project_runs_as_it_is(template, here, monkeypatch):
    said = run("init", "mine", "--template", template).splitlines()
    assert said[0].startswith(f"mine: a project from the template {template}, ")
    assert "git: a new repository, in which nothing is committed yet" in said
    assert [line.strip() for line in said[said.index("next:") + 1 :]] == nonempty(
        ["cd mine", "standpoint codebook check", "standpoint ingest dataset/raw", "standpoint serve"]
    )
    monkeypatch.chdir("mine")
    project = Project(Path())
    assert "passes" in run("codebook", "check") and "0  articles" in run("check")
    Path("dataset/raw/letter.txt").write_text("A letter\n\nThe boat came on Monday with eleven letters.\n", encoding="utf-8")
    assert "1  articles" in run("ingest", "dataset/raw")
    codebook = load_codebook(project.codebook)
    assert f"1  tasks {codebook.passes[0].name}" in run("push", "--to", "tasks")
    for item in codebook.passes:
        labels = [label for layer in codebook.layers_of(item.name) for label in layer.labels]
        assert all(count == 1 for count in Counter(label.color for label in labels).values())
        assert (project.guidelines / f"{item.name}.md").is_file()
    for layer in codebook.layers:  # Label Studio has no keys for relations, and one key cannot answer for several actors
        if layer.kind != "relation" and not layer.for_each:
            assert all(label.hotkey for label in layer.labels), layer.name
    assert "2  " in run("team", "add", "a01") + run("team", "add", "a02")
    # The lists of the template are empty, and in brackets; an entry gets lines of its own, and the comments stay.
    assert project.annotators.read_text().startswith(
        "# Who or what is behind each pseudonym"
    ) and project.annotators.read_text().endswith(
        "annotators:\n  - id: a01\n    kind: human_trained\n  - id: a02\n    kind: human_trained\n"
    )


def test_our_guidelines_begin_a_project_without_our_corpus(here, monkeypatch):
    run("init", "mine", "--template", "standpoint")
    monkeypatch.chdir("mine")
    assert "passes" in run("codebook", "check") and "0  articles" in run("check") and run("guide", "--check") is not None
    assert not Project(Path()).actors.exists() and not list(Path("dataset").rglob("*.jsonl"))


def test_our_corpus_is_a_whole_project(here, monkeypatch):
    """The demo (test_demo.py) goes on from it: what it makes is what is there, byte for byte."""
    said = run("init", "tried", "--template", "standpoint", "--example")
    assert "its example has 28 invented articles, and 162 annotation sets that no person made" in said
    monkeypatch.chdir("tried")
    assert "0  errors" in run("check")
    before = contents(Path("dataset"))
    run("adjudicate")
    assert "28  rows of documents" in (built := run("build")) and "0  releases changed" in built
    assert contents(Path("dataset")) == before


@pytest.mark.parametrize("template", SMALL)
def test_the_example_leads_to_a_release(template, here, monkeypatch):
    run("init", "tried", "--template", template, "--example")
    monkeypatch.chdir("tried")
    project = Project(Path())
    checked = run("check")
    assert "6  articles" in checked and "0  errors" in checked and "0  notes" in checked, checked
    assert "Models that are not named" in run("agree", "--resamples", "0")
    assert "conflicts" in run("adjudicate")
    assert all(f"  {split}\n" in run("split") for split in ("train", "validation", "test"))
    git("add", "--all")
    git("commit", "--quiet", "--message", "The example")
    assert git("check-ignore", ".standpoint/people.json", "dataset/raw/letter.txt", ".env").split()
    assert git("check-attr", "text", "splits/default.tsv").endswith(": text: unset\n")  # on Windows, git keeps the line ends too
    assert not [
        name
        for name in git("ls-files").splitlines()
        if name.startswith((".standpoint", "dataset/raw/2031", "dataset/raw/letter"))
    ]
    run("release", "create", "0.1.0")
    assert git("status", "--porcelain") == "" and git("tag") == "v0.1.0\n"
    rows = load_dataset("dataset/release", split="train+validation+test")
    assert rows.num_rows == 6 and all(rows["text"])
    spans = [layer.name for layer in load_codebook(project.codebook).layers if layer.kind == "span"]
    assert all(span["quote"] == row["text"][span["start"] : span["end"]] for row in rows for name in spans for span in row[name])
    if template in ("minimal", "claims"):
        nothing_is_about_conflict_news(project)
    # No person made the sets, and nothing says otherwise.
    assert {item.annotator_kind for item in read_annotation_sets(project)} == {"model"}
    assert {one.kind for one in load_annotators(project.annotators).values()} == {"model"}
    assert {item.tier for item in read_adjudicated(project)} == {"silver"}
    assert "Nobody annotated" in Path("README.md").read_text(encoding="utf-8")


def nothing_is_about_conflict_news(project: Project) -> None:
    """A project without actors reads nothing about them in its card, in its pages, in the figures and in notes."""
    card = (project.release / "README.md").read_text(encoding="utf-8")
    key = "-".join(re.findall("[a-z]+", load_codebook(project.codebook).title.lower())[:5])
    assert f"@misc{{{key}-0.1.0," in card
    said = [card.partition("\n# ")[2], run("split"), run("leaks"), run("agree", "--resamples", "0")]
    pages = (run("codebook", "config", item.name) for item in load_codebook(project.codebook).passes)
    said += [re.sub(r"(?s)<Style>.*?</Style>", "", page) for page in pages]
    said += [run("baseline", "trained", "dataset/release", "--out", "trained.jsonl")]
    said += [run("score", "dataset/release", "trained.jsonl", "--resamples", "0")]
    for text in said:
        assert not (found := re.findall(r"(?i)\b(?:actor|registry|stance|event|place|armed|trigger|TRI-|ARG-)\w*", text)), found


def test_an_actor_is_added_below_the_comments_of_the_template():
    path = PACKAGE / "init" / "templates" / "conflict" / "guidelines" / "actors.yaml"
    data = YAML().load(path.read_text())
    append_entry(data, "actors", {"id": "act-000001", "name": "Quay Guard"})
    append_entry(data, "actors", {"id": "act-000002", "name": "Reed Front"})
    text = yaml_text(data)
    assert (
        text.startswith("# The actors that the pages list")
        and "\nactors:\n  - id: act-000001\n    name: Quay Guard\n  - id: act-000002\n" in text
    )
    assert "#   name: Free Harbour Front" in text and len(YAML(typ="safe").load(text)["actors"]) == 2


def test_files_in_the_way_are_named_and_nothing_is_written(here):
    mine = here / "mine"
    (mine / "guidelines").mkdir(parents=True)
    (mine / "README.md").write_text("Mine.")
    (mine / "notes.txt").write_text("Mine too, and in nobody's way.")
    (mine / "splits").write_text("a file where a folder should be")
    (mine / "guidelines" / "codebook.yaml").symlink_to("nowhere.yaml")
    before = contents(mine)
    said = run("init", "mine", code=2)
    assert "error: mine: README.md, guidelines/codebook.yaml, splits would be overwritten" in said and "hint: " in said
    assert contents(mine) == before and not (mine / ".git").exists()


def test_init_can_be_repeated_and_keeps_what_was_changed_since(here):
    run("init", "mine", "--example")
    (here / "mine" / "guidelines" / "reading.md").unlink()  # as if the first run had been interrupted
    assert "1 files written" in run("init", "mine", "--example") and "no other is begun" in run("init", "mine", "--example")
    sets = here / "mine" / "dataset" / "annotations" / "reading" / "m01.jsonl"
    sets.write_text(sets.read_text().splitlines(keepends=True)[0])
    before = contents(here / "mine")
    run("init", "mine", "--example")
    assert contents(here / "mine") == before
    (here / "mine" / "dataset" / "version.txt").write_text("0.2.0\n")
    assert "dataset/version.txt would be overwritten" in run("init", "mine", "--example", code=2)


def test_no_repository_is_begun_inside_another_one_or_without_git(here, monkeypatch):
    git("init", "--quiet")
    said = run("init", "work/mine")
    assert f"git: the folder is in the repository {here}; no other is begun" in said and not (here / "work/mine/.git").exists()
    (here / ".git").rename(here / "away")
    monkeypatch.setenv("PATH", "")
    said = run("init", "other")
    assert "git: no repository is begun (git is not installed); a release needs one" in said
    assert (here / "other" / "guidelines" / "codebook.yaml").is_file()


@pytest.mark.parametrize("name", ["two words", "it's", "-x", "Ærø 😀", "$(touch owned)", "a\nb"])
def test_any_name_of_a_folder_is_only_a_name(name, here):
    said = run("init", "--", name)
    step = said[said.index("  cd ") :].partition("\n  standpoint")[0]
    assert shlex.split(step) == ["cd", name] and (here / name / "guidelines" / "codebook.yaml").is_file()
    assert os.listdir(here) == [name]
    plain = run("init", "plain") and contents(here / "plain")
    differing = {path for path, content in contents(here / name).items() if plain.get(path) != content}
    assert differing - {".standpoint/lock-holder"} == {
        "dataset/project-id.txt"
    }  # by which its projects in Label Studio are its own


def test_here_is_a_folder_too(here):
    assert "  cd " not in run("init", ".") and (here / "guidelines" / "codebook.yaml").is_file()


def test_a_folder_that_cannot_be_written_is_one_line(here):
    (here / "file").touch()
    said = run("init", "file/mine", code=2)
    assert said.startswith(f"error: {here / 'file' / 'mine'}") and ": cannot be read or written: " in said
    (here / "mine").mkdir()
    (here / "mine" / ".standpoint").touch()
    assert run("init", "mine", code=2).startswith(f"error: {here / 'mine' / '.standpoint'}: cannot be read or written: ")


def test_outside_a_project_a_command_says_how_to_make_one(here):
    said = run("check", code=2)
    assert "no guidelines/codebook.yaml here or in a folder above" in said and "`standpoint init FOLDER` makes a project" in said


def test_the_templates_are_those_of_the_help_page():
    folder = PACKAGE / "init" / "templates"
    assert {path.name.removesuffix("-example") for path in folder.iterdir()} == {"every", *TEMPLATES}
