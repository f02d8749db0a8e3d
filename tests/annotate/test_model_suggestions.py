"""A model's spans are suggested to annotators: spans only, never in the stance pass, with their source, and what became of them."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from standpoint.cli import main
from standpoint.core.files import read_lines
from standpoint.core.model import AnnotationSet, Choice, Span
from standpoint.core.project import Project
from standpoint.core.provenance import tier_of
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import exchange
from standpoint.labelstudio.own_projects import ANNOTATION, own_projects
from standpoint.labelstudio.pull import list_tasks
from standpoint.server import accounts
from whole_projects import copy_of_the_project, strict


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(copy_of_the_project(tmp_path / "project"))


def run(project: Project, *words: str):
    return CliRunner().invoke(main, ["--project", str(project.root), *words])


def tasks(project: Project, *words: str) -> dict[str, list[dict]]:
    folder = project.root / "tasks"
    result = run(project, "push", "--to", str(folder), *words)
    assert result.exit_code == 0, result.output
    return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}


def test_only_spans_are_suggested_with_their_source(project):
    written = tasks(project, "--suggest", "m01", "--control", "0")
    sets = {one.article_id: one for one in read_lines(project.annotations / "facts" / "m01.jsonl", AnnotationSet)}
    found = 0
    for task in written["facts"]:
        one = sets.get(task["data"]["article_id"])
        (prediction,) = task["predictions"] or [{"result": [], "model_version": ""}]
        if one is None:
            assert prediction["model_version"] != "model m01"
            continue
        assert prediction["model_version"] == "model m01" and task["data"]["suggested_by"] == "m01"
        regions = [item for item in prediction["result"] if item["type"] == "labels"]
        spans = [item for item in one.annotations if isinstance(item, Span)]
        assert Counter((item["value"]["start"], item["value"]["end"]) for item in regions) == Counter(
            (item.start, item.end) for item in spans
        )
        assert {item["meta"]["suggestion"] for item in regions} == {"model m01"}
        # Beside spans there are only the names of new actors.
        assert {item["from_name"].rpartition("_")[0] for item in prediction["result"] if item["type"] != "labels"} <= {
            "new_actor"
        }
        found += len(regions)
    assert found > 500
    assert not any("suggested_by" in task["data"] and task["predictions"] for task in written["stance"])


def test_control_articles_have_none(project):
    written = tasks(project, "--suggest", "m01", "--control", "1")
    assert not any(task["predictions"] or "suggested_by" in task["data"] for task in written["facts"])


def test_what_became_of_them_is_recorded_and_their_tier_is_reviewed(project, tmp_path):
    task = next(task for task in tasks(project, "--suggest", "m01", "--control", "0")["facts"] if "suggested_by" in task["data"])
    (prediction,) = task["predictions"]
    result = json.loads(json.dumps(prediction["result"]))
    regions = [item for item in result if item["type"] == "labels" and item["from_name"] == "events"]
    rejected, edited = regions[0], regions[1]
    result.remove(rejected)
    edited["value"]["labels"] = ["civil.aid" if edited["value"]["labels"] != ["civil.aid"] else "civil.protest"]
    annotation = {"id": 5, "completed_by": {"email": "a07@standpoint.invalid"}, "result": result, "parent_prediction": 9}
    annotation |= {"created_at": "2031-05-06T10:00:00Z", "updated_at": "2031-05-06T10:00:00Z"}
    export = tmp_path / "export.json"
    export.write_text(json.dumps([task | {"id": 1, "annotations": [annotation], "predictions": [prediction | {"id": 9}]}]))
    run(project, "team", "add", "a07")
    run(project, "import", str(export))
    (one,) = [one for one in read_lines(project.annotations / "facts" / "a07.jsonl", AnnotationSet)]
    assert one.assistance == "model_suggestion" and {item.source for item in one.suggestions} == {"model m01"}
    outcomes = Counter(item.outcome for item in one.suggestions)
    assert outcomes["rejected"] == 1 and outcomes["edited"] == 1 and outcomes["accepted"] == len(one.suggestions) - 2
    assert not any(isinstance(item, Choice) and item.layer in ("agent", "target") for item in one.annotations)
    assert tier_of([one, one]) != "gold"


@pytest.mark.parametrize(("name", "words"), [("a01", "not listed"), ("m99", "not listed")])
def test_people_are_never_suggested_to_each_other(project, name, words):
    result = run(project, "push", "--to", str(project.root / "tasks"), "--suggest", name)
    assert result.exit_code == 2 and words in result.output


def test_a_server_offers_them_and_pull_records_what_became_of_them(project, label_studio):
    name, (reporter, told) = "model-suggestions", strict()
    client = client_module.connect(label_studio.url, label_studio.token)
    ids = accounts.ensure_accounts(label_studio, ["a07"])
    exchange.push_articles(project, client, ["a07"], 0.0, reporter, name, "m01")
    facts = next(one for one in own_projects(project, client, name, ANNOTATION, reporter) if one.mark.pass_name == "facts")
    task = next(task for task in list_tasks(client, facts.id, "id,data") if task["data"].get("suggested_by") == "m01")
    (prediction,) = client.sdk.predictions.list(task=task["id"])
    assert prediction.model_version == "model m01"
    result = [item for item in prediction.result if item["type"] != "labels" or item["from_name"] != "events"]
    body = {"result": result, "completed_by": ids["a07"], "parent_prediction": prediction.id}
    client.sdk.annotations.create(task["id"], **body)
    exchange.pull_annotations(project, client, reporter, name)
    (one,) = read_lines(project.annotations / "facts" / "a07.jsonl", AnnotationSet)
    (of_model,) = [
        it for it in read_lines(project.annotations / "facts" / "m01.jsonl", AnnotationSet) if it.article_id == one.article_id
    ]
    assert one.assistance == "model_suggestion" and {item.source for item in one.suggestions} == {"model m01"}
    suggested = Counter(item.layer for item in of_model.annotations if isinstance(item, Span))
    assert Counter((item.layer, item.outcome) for item in one.suggestions) == {
        (layer, "rejected" if layer == "events" else "accepted"): count for layer, count in suggested.items()
    }
    assert [issue for issue in told if issue.level == "error"] == []
