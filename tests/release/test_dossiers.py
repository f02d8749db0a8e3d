"""Dossiers from the model's answer to the release: kept, checked, released, compared, taken down, and told in the card."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from msgspec.structs import replace

import versioned_project
from model_endpoint import Reply, served
from nonempty import nonempty
from standpoint.checks.run import check_project
from standpoint.cli import main
from standpoint.core.answer_store import AnswerStore
from standpoint.core.corpus import read_articles, read_dossiers
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import Article, Reporter, sha256
from standpoint.core.project import Project
from standpoint.core.provenance import Dossier, prompt_digest, prompt_files
from standpoint.dataset.release_folder import inspect, listed, open_release
from standpoint.release.changes import ChangeSummary
from standpoint.release.compare import compare_releases
from standpoint.release.create import create_release, rebuild_version
from standpoint.release.hydrate import undo_hydration
from standpoint.release.takedown import take_down
from standpoint.splits.overlap import hidden_progress_bars

pytestmark = pytest.mark.server  # a served stand-in

DAY = "2031-08-01"
EMPTY = {"crops": [], "amounts": [], "measure": [], "tone": "hopeful", "remark": None}
REFUSED, CORRECTED, WITHHELD = range(3)  # what becomes of the first articles


def copy_of(project: Project, folder: Path) -> Project:
    return Project(Path(shutil.copytree(project.root, folder / "orchard", symlinks=True)))


def run(project: Project, *words: str):
    return CliRunner().invoke(main, ["--project", str(project.root), *words])


def ids(project: Project) -> list[str]:
    """The ids of the articles by the number of their plot."""
    numbered = [(int(re.search(r"plot (\d+)", article.text)[1]), article.id) for article in read_articles(project)]
    return [article_id for _, article_id in sorted(numbered)]


def dossier_of(project: Project, number: int) -> Dossier:
    """The dossier of an article, by the number of its plot."""
    return next(one for one in read_dossiers(project) if one.article_id == ids(project)[number])


def answer(body: dict, number: int) -> Reply:
    """Marks the barley. Refuses plot 0; about plot 1, the first answer has a wrong quote."""
    text = body["messages"][1]["content"]
    sentence, plot = re.search(r"^(\d+) \| .*barley of plot (\d+)", text, re.MULTILINE).groups()
    if plot == "0":
        return Reply(refusal="I would rather not read about barley")
    quote = "wheat" if plot == "37" and len(body["messages"]) == 2 else "barley"
    crop = {"id": "c1", "sentence": int(sentence), "quote": quote, "occurrence": 1, "label": "grain", "health": "blighted"}
    return Reply(json.dumps(EMPTY | {"crops": [crop]}), usage={"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107})


@pytest.fixture(scope="session")
def annotated(one_release, tmp_path_factory) -> Project:
    """The project of one release, of which one text is withheld now, annotated by a served model: do not write into it."""
    project = copy_of(one_release, tmp_path_factory.mktemp("dossiers"))
    path = project.articles / "terrace-post.jsonl"
    name = ids(project)[WITHHELD]
    articles = [replace(one, licence="all rights reserved") if one.id == name else one for one in read_lines(path, Article)]
    write_lines(project.withheld / path.name, [one for one in articles if one.id == name])
    write_lines(path, [replace(one, text=None) if one.id == name else one for one in articles])
    (project.raw / "2031-05-03.txt").unlink()
    with served(answer) as endpoint, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "secret")
        result = run(project, "annotate", "--model", "toy", "--as", "m11", "--base-url", endpoint.url)
    assert result.exit_code == 1 and "MODEL-REFUSED" in result.output, result.output
    assert run(project, "fix", "--write").exit_code == 0
    versioned_project.resolve(project)
    return project


@pytest.fixture(scope="session")
def released(annotated, tmp_path_factory) -> Project:
    """The same, released as 0.2.0: do not write into it."""
    project = copy_of(annotated, tmp_path_factory.mktemp("released"))
    create_release(project, "0.2.0", DAY, versioned_project.QUIET)
    return project


def rows_of(release: Path, cache: Path) -> dict[str, dict]:
    """The dossiers of a release by article, as a researcher loads them."""
    from datasets import load_dataset

    with hidden_progress_bars():
        loaded = load_dataset(str(release), "dossiers", cache_dir=str(cache))
    return {row["article_id"]: row for split in loaded.values() for row in split}


def codes_of(project: Project) -> list[str]:
    issues: list = []
    check_project(project, Reporter(issue=issues.append))
    return sorted({issue.code for issue in issues} - {"SET-COPIED", "ANNOTATOR-COPIES"})


def test_the_release_has_a_row_per_dossier_with_all_that_is_known(annotated, released, tmp_path):
    names, rows = ids(released), rows_of(released.release, tmp_path)
    assert sorted(rows) == sorted(names)
    kept = {one.article_id: one for one in read_dossiers(annotated)}
    row = rows[names[CORRECTED]]
    (prompt,) = {one.prompt for one in kept.values()}
    expected = {
        "annotator": "m11", "pass": "reading", "model": "toy", "served": "toy-model-0526", "host": "127.0.0.1", "prompt": prompt,
        "template": kept[names[0]].template, "codebook_version": "0.3.0", "article_tier": "silver", "taken": 1, "left_out": [],
        "input_tokens": 200, "cached_tokens": None, "output_tokens": 14, "cost": None, "currency": None,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert (
        json.loads(row["parameters"]) == json.loads(kept[names[0]].parameters) and row["answered"] == row["rounds"][1]["received"]
    )
    first, second = row["rounds"]
    assert first["faults"] == [{"code": "ANSWER-QUOTE", "count": 1}] and second["faults"] == []
    assert json.loads(second["answer"])["crops"][0]["quote"] == "barley"
    assert sha256(second["answer"]) == second["answer_sha256"] != first["answer_sha256"] and second["refusal"] is None
    (refused,) = rows[names[REFUSED]]["rounds"]
    assert (rows[names[REFUSED]]["taken"], refused["answer"]) == (-1, None) and refused["refusal"].endswith("about barley")
    assert [len(rows[name]["rounds"]) for name in names] == [1, 2, 1, 1, 1, 1]


def test_a_raw_answer_about_a_withheld_text_is_neither_committed_nor_released(annotated, released, tmp_path):
    name = ids(released)[WITHHELD]
    (one,) = rows_of(released.release, tmp_path)[name]["rounds"]
    assert one["answer"] is None and len(one["answer_sha256"]) == 64 and one["output_tokens"] == 7
    kept = dossier_of(annotated, WITHHELD)
    assert [two.answer for two in kept.rounds] == [""] and kept.rounds[0].answer_sha256 == one["answer_sha256"]
    with closing(AnswerStore(annotated.answers)) as store:
        assert sha256(store.get(kept.rounds[0].request).text) == one["answer_sha256"]
    assert inspect(released.release).words[name] == 0 and inspect(released.release).words[ids(released)[CORRECTED]] > 2


def test_the_prompt_is_in_the_release_under_its_checksum(annotated, released):
    (digest,) = {one.prompt for one in read_dossiers(annotated)}
    text, schema = (file.read_text() for file in prompt_files(released.release / "prompts", digest))
    assert text.startswith("You annotate") and "crops" in json.loads(schema)["properties"]
    assert prompt_digest(text.removesuffix("\n"), schema.removesuffix("\n")) == digest
    assert {f"prompts/{digest}.md", f"prompts/{digest}.schema.json"} <= set(listed(released.release))


def test_the_card_says_which_model_was_asked_how_and_what_is_not_known(annotated, released):
    card = (released.release / "README.md").read_text()
    section = card.partition("## Machine annotators")[2].partition("\n## ")[0]
    one = next(iter(read_dossiers(annotated)))
    day = one.rounds[0].received[:10]
    assert "| m11 | model | toy |" in section and "| m01 | model | not known |" in section
    asked = f"| m11 | reading | toy | toy-model-0526 | 127.0.0.1 | {day} | [{one.prompt}](prompts/{one.prompt}.md) |"
    assert asked in section, section
    assert "| m11 | reading | 6 | 1 | 1 | 0 | " in section and "| m01 | reading | 6 |" in section
    assert "m11 | reading | 5" not in section  # none of its sets is unexplained
    assert "| `dossiers` |" in card and 'dossiers = load_dataset("dataset/release", "dossiers")' in card
    metadata = json.loads((released.release / "croissant.json").read_text())
    assert "m11: model, toy" in metadata["rai:machineAnnotationTools"]
    assert "dossiers/train" in [record["@id"] for record in metadata["recordSet"]]


def test_versions_are_compared_and_built_again_with_and_without_dossiers(released, tmp_path):
    before, comparison = rebuild_version(released, "0.1.0", tmp_path / "old", versioned_project.QUIET)
    assert comparison == "the same bytes" and not (before / "dossiers").exists() and not (before / "prompts").exists()
    after, comparison = rebuild_version(released, "0.2.0", tmp_path / "new", versioned_project.QUIET)
    assert comparison == "the same bytes"
    counts = ChangeSummary().add_all(compare_releases(before, after)).counts
    assert counts["dossier", "added"] == 6 and counts["dossier", "changed"] == 0
    assert ChangeSummary().add_all(compare_releases(after, before)).counts["dossier", "deleted"] == 6
    assert ChangeSummary().add_all(compare_releases(after, after)).counts.total() == 0
    told = run(released, "release", "diff", str(before), str(after))
    assert told.exit_code == 0 and f"{ids(released)[CORRECTED]}/reading/m11" in told.output, told.output
    assert "| dossiers of models | 6 | 0 | 0 |" in released.release_changelog.read_text()


def test_a_hydrated_release_has_the_same_dossiers(released, tmp_path):
    withheld = next(iter(read_lines(released.withheld / "terrace-post.jsonl", Article)))
    copies = tmp_path / "copies"
    copies.mkdir()
    (copies / "2031-05-03.txt").write_text(withheld.text)
    result = run(released, "hydrate", str(released.release), "--from", str(copies), "--out", str(tmp_path / "hydrated"))
    assert result.exit_code == 0, result.output
    undo_hydration(tmp_path / "hydrated", tmp_path / "undone")
    for other in ("hydrated", "undone"):
        assert [row for _, row in open_release(tmp_path / other).rows("dossiers")] == nonempty(
            [row for _, row in open_release(released.release).rows("dossiers")]
        )
        assert (tmp_path / other / "prompts").is_dir()


def test_an_article_that_is_taken_down_takes_its_raw_answers_along(released, tmp_path):
    project = copy_of(released, tmp_path)
    name = ids(project)[CORRECTED]
    keys = [one.request for one in dossier_of(project, CORRECTED).rounds]
    issues: list = []
    take_down(project, name, "its author asked", DAY, Reporter(issue=issues.append))
    assert (".standpoint/answers.sqlite", "note") in [(issue.where, issue.level) for issue in issues]
    assert not [issue for issue in issues if "dossiers" in issue.where]
    (dossier,) = [one for one in read_dossiers(project) if one.article_id == name]
    assert [one.answer for one in dossier.rounds] == ["", ""] and dossier.taken == 1
    with closing(AnswerStore(project.answers)) as store:
        assert [store.get(key) for key in nonempty(keys)] == [None, None]
    assert b"wheat" not in project.answers.read_bytes()
    for path in project.raw.glob("2031-05-02.txt"):
        path.unlink()
    versioned_project.commit(project)
    create_release(project, "0.3.0", DAY, versioned_project.QUIET)
    row = rows_of(project.release, tmp_path / "cache")[name]
    assert [one["answer"] for one in row["rounds"]] == [None, None]
    before, _ = rebuild_version(project, "0.2.0", tmp_path / "old", versioned_project.QUIET)
    changes = [change for change in compare_releases(before, project.release) if change.kind == "dossier"]
    assert [change.id for change in changes] == [f"{name}/reading/m11"] and "wheat" not in str(changes)


# Checks of the files


def test_what_annotate_writes_has_no_issue(annotated):
    assert codes_of(annotated) == []


def test_the_files_of_dossiers_are_read_as_strictly_as_the_others(annotated, tmp_path):
    project = copy_of(annotated, tmp_path)
    path = project.dossiers / "reading" / "m11.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    for content, code in (
        (lines[::-1], "FILE-ORDER"),
        ([lines[0], *lines], "FILE-TWICE"),
        ([line.replace('"m11"', '"m12"') for line in lines], "FILE-NAME"),
        ([line.replace('"taken":-1', '"taken":-2') for line in lines], "FILE-TYPE"),
        ([line.replace('"taken"', '"took"') for line in lines], "FILE-FIELD"),
    ):
        path.write_text("".join(content))
        assert codes_of(project) == [code]
    path.write_text("".join(lines))
    (project.dossiers / "notes.txt").write_text("?")
    (project.prompts / "my notes.md").write_text("?")
    (project.prompts / f"{'0' * 16}.md").write_text("A prompt that no dossier names.\n")
    assert codes_of(project) == ["FILE-STRAY"]


def test_what_was_changed_by_hand_is_found(annotated, tmp_path):
    project = copy_of(annotated, tmp_path)
    (digest,) = {one.prompt for one in read_dossiers(project)}
    text, schema = prompt_files(project.prompts, digest)
    good = text.read_text()
    text.write_text(good + "Be kind.\n")
    assert codes_of(project) == ["DOSSIER-DIGEST"]
    text.write_text(good)
    schema.unlink()
    assert codes_of(project) == ["DOSSIER-PROMPT"]
    built = run(project, "build")
    assert built.exit_code == 2 and "is missing, and a dossier names it" in built.output


def test_a_raw_answer_about_a_withheld_text_that_is_put_back_is_found_and_taken_out(annotated, tmp_path):
    project = copy_of(annotated, tmp_path)
    path = project.dossiers / "reading" / "m11.jsonl"
    dossiers, kept = list(read_dossiers(project)), dossier_of(project, WITHHELD)
    (one,) = kept.rounds
    with closing(AnswerStore(project.answers)) as store:
        raw = store.get(one.request).text
        store.remove([one.request])
    quoting = replace(kept, rounds=(replace(one, answer=raw),))
    write_lines(path, [quoting if dossier == kept else dossier for dossier in dossiers])
    assert codes_of(project) == ["WITHHELD-QUOTE"]
    assert run(project, "fix", "--write").exit_code == 0 and codes_of(project) == []
    assert list(read_dossiers(project)) == dossiers
    with closing(AnswerStore(project.answers)) as store:
        assert store.get(one.request).text == raw


def test_a_named_model_without_dossiers_is_a_note(annotated, tmp_path):
    project = copy_of(annotated, tmp_path)
    listed = yaml.safe_load(project.annotators.read_text())
    listed["annotators"][0]["model"] = "toy-0"
    project.annotators.write_text(yaml.safe_dump(listed))
    assert codes_of(project) == ["DOSSIER-NONE"]
    (project.annotations / "reading" / "m11.jsonl").unlink()
    assert codes_of(project) == ["DOSSIER-NONE", "DOSSIER-SET"]
