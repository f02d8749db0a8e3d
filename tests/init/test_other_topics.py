"""On a topic without actors, suggestions and news, commands speak of what there is; and what a newcomer gets wrong is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from standpoint.adjudication.adjudicate import adjudicate_articles, rules_of
from standpoint.cli import main
from standpoint.core.corpus import sets_to_adjudicate
from standpoint.core.files import write_lines
from standpoint.core.model import Decision
from standpoint.core.project import Project
from standpoint.server.serve import _say_undescribed


def run(project: Path, *words: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    result = CliRunner().invoke(main, ["--project", str(project), *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def claims(tmp_path_factory) -> Path:
    """A project about claims, whose example is released as far as a build goes."""
    folder = tmp_path_factory.mktemp("topic") / "claims"
    for words in (["init", str(folder), "--template", "claims", "--example"],):
        assert CliRunner().invoke(main, words).exit_code == 0
    for words in (["adjudicate"], ["split"], ["build"]):
        assert run(folder, *words)[0] == 0
    return folder


def test_actors_and_places_are_counted_only_where_there_is_a_registry(claims, tmp_path):
    code, said = run(claims, "codebook", "check")
    assert code == 0 and "4  layers" in said and "actors" not in said and "places" not in said
    assert CliRunner().invoke(main, ["init", str(tmp_path / "news"), "--template", "conflict"]).exit_code == 0
    assert "actors" in run(tmp_path / "news", "codebook", "check")[1]


def test_a_release_has_no_registry_and_every_command_reads_it(claims, tmp_path):
    release, guesses = claims / "dataset" / "release", tmp_path / "guesses.jsonl"
    assert not (release / "actors.yaml").exists() and "up to date" in run(claims, "status")[1]
    assert run(claims, "baseline", "rules", str(release), "--out", str(guesses))[0] == 0
    assert run(claims, "score", str(release), str(guesses), "--resamples", "0")[0] == 0
    assert run(claims, "export", str(release), "--format", "jsonl", "--out", str(tmp_path / "out"))[0] == 0
    assert run(claims, "release", "diff", str(release), str(release))[0] == 0


def test_nothing_to_list_is_said(claims):
    assert run(claims, "adjudicate", "gaps") == (0, "no decision has the reason guideline_gap\n")
    code, said = run(claims, "suggestions", "score")
    assert code == 0 and "nothing is suggested" in said and "control" not in said


def test_splits_are_counted_in_their_order(claims, tmp_path):
    again = tmp_path / "claims"
    shutil.copytree(claims, again)
    orders = set()
    for salt in "abcd":
        (again / "splits" / "plan.yaml").write_text(f"salt: {salt}\n", encoding="utf-8")
        counted = [line.split()[1] for line in run(again, "split", "--redraw")[1].splitlines() if line.startswith("  ")]
        drawn = [name for name in ("train", "validation", "test") if name in counted]
        assert counted == [*drawn, "in"]  # the last line: how many are in another split than before
        rows = (again / "splits" / "default.tsv").read_text(encoding="utf-8").splitlines()[1:]
        orders.add(tuple(dict.fromkeys(row.split("\t")[1] for row in rows)))
    assert len(orders) > 1  # the rows themselves are in another order each time


def test_who_is_described_is_not_asked_for(claims):
    said: list[str] = []
    _say_undescribed(Project(claims), ["m01", "m02"], "why", said.append)
    assert not said
    _say_undescribed(Project(claims), ["m01", "j01", "j02"], "only people decide", said.append)
    assert said == ["Describe j01, j02 in dataset/annotators.yaml: only people decide."]


def test_a_source_whose_id_no_file_can_have_is_named_by_every_command(claims, tmp_path):
    shutil.copytree(claims, tmp_path / "claims")
    sources = tmp_path / "claims" / "dataset" / "sources.yaml"
    sources.write_text(sources.read_text(encoding="utf-8").replace("id: weddon-letters", "id: con"), encoding="utf-8")
    for words in (["check"], ["ingest", str(tmp_path / "claims" / "dataset" / "raw")], ["split"]):
        code, said = run(tmp_path / "claims", *words)
        assert code == 2 and "sources.yaml: source 'con': the id cannot be the name of a file" in said


def test_a_release_is_compared_by_its_documents(claims, tmp_path):
    code, said = run(claims, "leaks", str(claims / "dataset" / "release"), str(claims / "dataset" / "raw"))
    assert code == 1 and "6  near (100.0% of test)" in said  # a release has the title in its text


def test_whoever_decided_is_asked_for_until_the_list_says_who_it_is(claims, tmp_path):
    shutil.copytree(claims, tmp_path / "claims")
    project = Project(tmp_path / "claims")
    (*_, question) = next(
        one.questions for one in adjudicate_articles(sets_to_adjudicate(project), rules_of(project)) if one.questions
    )
    known = {"by": "j01", "by_kind": "unknown", "chosen": "none", "reason": "slip"}
    write_lines(project.decisions / "weddon-letters.jsonl", [Decision(asked=question.asked, **known)])
    code, said = run(project.root, "adjudicate")
    assert code == 0 and "'j01' has decided in 1 articles and has no entry" in said and "only decisions by people" in said
    listed = project.annotators.read_text(encoding="utf-8").rstrip("\n")
    project.annotators.write_text(f"{listed}\n  - {{id: j01, kind: human_expert}}\n", encoding="utf-8")
    assert "no entry" not in run(project.root, "adjudicate")[1]
