"""annotate asks an endpoint over HTTP, stores sets and dossiers, pays for nothing twice, and tells what goes wrong."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from model_endpoint import Reply, served
from standpoint.cli import main
from standpoint.core.corpus import read_adjudicated
from standpoint.core.project import Project
from standpoint.core.provenance import load_annotators
from toy_model import ARTICLES, EMPTY, dossiers, event, said, sentences_of, sets

pytestmark = pytest.mark.server  # a served stand-in


def run(project: Project, *words: str, model: str = "toy"):
    command = ["--project", str(project.root), "annotate", "--model", model, "--as", "m21", "--pass", "facts"]
    return CliRunner().invoke(main, [*command, *words])


def test_a_model_annotates_and_a_second_run_asks_for_nothing(project):
    with served(said) as endpoint:
        first = run(project, "--base-url", endpoint.url, *ARTICLES)
        assert first.exit_code == 0, first.output
        asked = len(endpoint.requests)
        before = (
            (project.annotations / "facts" / "m21.jsonl").read_bytes(),
            (project.dossiers / "facts" / "m21.jsonl").read_bytes(),
        )
        second = run(project, "--base-url", endpoint.url, *ARTICLES)
    assert asked == len(endpoint.requests) == 2 and "2  answers kept from before" in second.output
    assert endpoint.keys == ["Bearer secret"] * 2
    after = (project.annotations / "facts" / "m21.jsonl").read_bytes(), (project.dossiers / "facts" / "m21.jsonl").read_bytes()
    assert before == after
    marked = [item for one in sets(project) for item in one.annotations if item.layer == "events"]
    assert len(marked) > 2 and {item.quote for item in marked} == {"said"}
    assert {one.annotator_kind for one in sets(project)} == {"model"}
    assert load_annotators(project.annotators)["m21"].model == "toy"
    for dossier in dossiers(project):
        (one,) = dossier.rounds
        assert (dossier.model, one.served, one.host, one.form) == ("toy", "toy-model-0526", "127.0.0.1", "schema")
        assert json.loads(one.answer)["genre"] == "news_report"
        assert (project.prompts / f"{dossier.prompt}.md").read_text().startswith("You annotate articles")


def test_a_clone_makes_the_same_sets_from_the_dossiers(project):
    with served(said) as endpoint:
        run(project, "--base-url", endpoint.url, *ARTICLES)
        before = (project.annotations / "facts" / "m21.jsonl").read_bytes()
        project.answers.unlink()
        (project.annotations / "facts" / "m21.jsonl").unlink()
        again = run(project, "--base-url", endpoint.url, *ARTICLES)
    assert again.exit_code == 0 and len(endpoint.requests) == 2
    assert (project.annotations / "facts" / "m21.jsonl").read_bytes() == before


def test_a_model_is_told_its_faults_and_what_stays_wrong_is_left_out(project):
    def answer(body: dict, number: int) -> Reply:
        number, text = sentences_of(body)[0]
        wrong = [event(number, "no such words"), event(number, text.split()[0], label="talking"), event(999, "said")]
        if len(body["messages"]) > 2:
            wrong = wrong[:1]
        return Reply(json.dumps(EMPTY | {"events": wrong}))

    with served(answer) as endpoint:
        result = run(project, "--base-url", endpoint.url, "--rounds", "1", ARTICLES[0])
    assert result.exit_code == 1 and "ANSWER-QUOTE" in result.output and "1  left out" in result.output
    assert [len(body["messages"]) for body in endpoint.requests] == [2, 4]
    told = endpoint.requests[1]["messages"][3]["content"]
    assert "3 faults" in told and "events[0].quote" in told and "events[1].label" in told and "events[2].sentence" in told
    (dossier,) = dossiers(project)
    assert [dict(one.faults) for one in dossier.rounds] == [
        {"ANSWER-QUOTE": 1, "ANSWER-LABEL": 1, "ANSWER-SENTENCE": 1},
        {"ANSWER-QUOTE": 1},
    ]
    assert dossier.taken == 1 and dossier.left_out == {"ANSWER-QUOTE": 1}
    assert [item for item in sets(project)[0].annotations if item.layer == "events"] == []


def test_a_batch_is_answered_from_its_file(project, tmp_path):
    requests, more, answers = tmp_path / "requests.jsonl", tmp_path / "more.jsonl", tmp_path / "answers.jsonl"
    assert "2  requests not answered yet" in run(project, "--write-batch", str(requests), *ARTICLES).output
    lines = [json.loads(line) for line in requests.read_text().splitlines()]
    assert [set(line) for line in lines] == [{"custom_id", "method", "url", "body"}] * 2
    bodies = [said(line["body"]).text for line in lines]
    bodies[1] = bodies[1].replace('"said"', '"sayed"', 1)

    def answered(texts):
        completions = [{"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "model": "toy-b"} for text in texts]
        return [{"status_code": 200, "body": body} for body in completions]

    def write(lines, texts):
        content = [{"custom_id": line["custom_id"], "response": one} for line, one in zip(lines, answered(texts), strict=True)]
        answers.write_text("".join(json.dumps(line) + "\n" for line in content))

    write(lines, bodies)
    result = run(project, "--read-batch", str(answers), "--write-batch", str(more), *ARTICLES)
    assert "1  requests not answered yet" in result.output, result.output
    (line,) = [json.loads(line) for line in more.read_text().splitlines()]
    assert "ANSWER" not in line["body"]["messages"][3]["content"] and "sayed" in line["body"]["messages"][3]["content"]
    write([line], [said(line["body"]).text])
    result = run(project, "--read-batch", str(answers), *ARTICLES)
    assert result.exit_code == 0, result.output
    assert len(sets(project)) == 2 and [len(one.rounds) for one in dossiers(project)] == [1, 2]
    assert {one.served for dossier in dossiers(project) for one in dossier.rounds} == {"toy-b"}


@pytest.mark.parametrize("kind", ["person", "another model"])
def test_a_pseudonym_is_one_annotator(project, kind):
    entry = "{id: m21, kind: human_expert}" if kind == "person" else "{id: m21, kind: model, model: other}"
    project.annotators.write_text(f"annotators:\n  - {entry}\n")
    result = run(project, "--write-batch", str(project.root / "requests.jsonl"))
    assert result.exit_code == 2 and "m21 is" in result.output


def test_one_answer_is_one_annotators(project):
    """The same requests under another name would be answered by what is kept; with another seed, they are other requests."""
    with served(said) as endpoint:
        assert run(project, "--base-url", endpoint.url, *ARTICLES).exit_code == 0
        listed = project.annotators.read_text()
        for more in ([], ["--dry-run"]):
            result = run(project, "--base-url", endpoint.url, "--as", "m22", *more, *ARTICLES)
            assert result.exit_code == 2 and "m21 is toy" in result.output and "--as m21" in result.output
            assert project.annotators.read_text() == listed
        assert run(project, "--base-url", endpoint.url, "--as", "m22", "--seed", "2", *ARTICLES).exit_code == 0
    assert len(endpoint.requests) == 4
    assert len((project.annotations / "facts" / "m22.jsonl").read_text().splitlines()) == 2


def test_a_model_beside_people_takes_no_part_in_adjudication(project):
    project.annotators.write_text("annotators:\n  - {id: m01, kind: human_expert}\n  - {id: m02, kind: human_expert}\n")
    with served(said) as endpoint:
        result = run(project, "--base-url", endpoint.url, *ARTICLES)
    assert result.exit_code == 0 and "ANNOTATOR-APART" in result.output
    assert not load_annotators(project.annotators)["m21"].adjudicated
    runner = CliRunner()
    assert runner.invoke(main, ["--project", str(project.root), "adjudicate"]).exit_code == 0
    adjudicated = list(read_adjudicated(project))
    assert adjudicated and not any("m21" in one.named for one in adjudicated)
    checked = runner.invoke(main, ["--project", str(project.root), "check", "--select", "ADJUDICATED"])
    assert "m21" not in checked.output
    # Its sets are compared with those of people.
    assert "model" in runner.invoke(main, ["--project", str(project.root), "agree", "--resamples", "0"]).output
    project.annotators.write_text(project.annotators.read_text().replace("adjudicated: false", "adjudicated: true"))
    runner.invoke(main, ["--project", str(project.root), "adjudicate"])
    assert {one.article_id for one in read_adjudicated(project) if "m21" in one.named} == set(ARTICLES)
