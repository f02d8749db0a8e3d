"""Scores in Python: the same as those of the command, of a release or of rows; and in the libraries that evaluate models."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from datasets import load_dataset

from command_line import run
from evaluation_libraries import put_stand_ins, run_inspect, run_lighteval
from example import EXAMPLE
from nonempty import nonempty
from standpoint.core.model import StandpointError
from standpoint.loading import named
from standpoint.scoring import FaultyPredictions, Gold, read_gold, score

ROOT = Path(__file__).parent.parent.parent
RELEASE = EXAMPLE.root / "dataset" / "release"
CODEBOOK = RELEASE / "codebook.yaml"


@pytest.fixture(scope="module")
def gold() -> Gold:
    return read_gold(RELEASE)


@pytest.fixture(scope="module")
def predictions(gold) -> list[dict]:
    """The reference with some wrong labels, and nothing about its last article."""
    turned = {"strike.air": "combat.ground", "asserted": "denied", "negative": "neutral"}
    lines = []
    for doc in list(gold.docs.values())[:-1]:
        items = msgspec.to_builtins(list(doc.annotations))
        lines.append({"article_id": doc.article_id, "annotations": [_predicted(item, turned) for item in items]})
    return lines


def _predicted(item: dict, turned: dict[str, str]) -> dict:
    """An annotation as a prediction has it, with its label, or the wrong one."""
    names = {"type", "id", "layer", "label", "start", "end", "of", "head", "tail"}
    return {name: turned.get(value, value) for name, value in item.items() if name in names}


def test_it_says_what_the_command_says(gold, predictions, tmp_path):
    header = {"system": "somebody's", "seed": 1, "single_model": True}
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in [header, *predictions]))
    run("score", str(RELEASE), str(path), "--resamples", "50", "--json", str(tmp_path / "scores.json"))
    ((one,), *_) = (json.loads((tmp_path / "scores.json").read_text())["runs"],)
    for source, lines in (
        (RELEASE, predictions),
        (str(RELEASE), [header, *predictions]),
        (gold, iter(predictions)),
        (gold, path),
    ):
        scored = score(source, lines, resamples=50)
        assert json.loads(msgspec.json.encode(scored.report)) == one["report"]
        assert scored.figures == {
            f"{item['layer']} {item['metric']}": item["value"] for item in nonempty(one["report"]["scores"]) if item["official"]
        }
        assert [issue.code for issue in scored.issues] == ["PRED-MISSING"]
    assert 0.5 < scored.figures["events F1 exact"] < 1.0 and scored.figures["actors F1 exact"] < 1.0


def test_figures_have_names_of_their_own(gold, predictions):
    scores = score(gold, predictions, resamples=0).report.scores
    assert len({(item.layer, item.metric) for item in scores}) == len(nonempty(scores))


def test_another_split_is_named(predictions):
    assert read_gold(RELEASE, split="validation").docs.keys().isdisjoint(line["article_id"] for line in predictions)
    with pytest.raises(StandpointError, match="no split is called 'dev'"):
        read_gold(RELEASE, split="dev")


@pytest.mark.parametrize("form", ["a dataset", "datasets by split", "all tables", "dicts"])
def test_rows_are_a_reference_too(gold, form):
    documents = load_dataset(str(RELEASE))
    rows = {
        "a dataset": documents["test"],
        "datasets by split": documents,
        "all tables": {"documents": documents, "resolutions": load_dataset(str(RELEASE), "resolutions", split="test")},
        "dicts": (named(row, documents["test"].features) for row in documents["test"]),
    }[form]
    found = read_gold(rows, codebook=CODEBOOK)
    # Who made a label is in the resolutions.
    unknown = {name: replace(doc, single=None) for name, doc in gold.docs.items()}
    assert found.docs == (gold.docs if form == "all tables" else unknown) and (found.tiers, found.split) == (
        gold.tiers,
        gold.split,
    )


def test_rows_that_cannot_be_a_reference_are_refused_with_what_to_give():
    documents = load_dataset(str(RELEASE))
    events = load_dataset(str(RELEASE), "events", split="test")
    for rows, codebook, said in (
        (documents, None, "rows do not say what their labels mean"),
        (documents.remove_columns(["zones"]), CODEBOOK, "the rows have no column 'zones'"),
        (events, CODEBOOK, "the rows have no column"),
        (list(documents["test"]), CODEBOOK, "has a value that no build writes"),  # labels as numbers, and nothing says which
        ([], CODEBOOK, "no split is called 'test'"),
        ({"train": documents["train"]}, CODEBOOK, "no split is called 'test'"),
    ):
        with pytest.raises(StandpointError, match=said) as error:
            read_gold(rows, codebook=codebook)
        assert "codebook.yaml" in error.value.hint or "config documents" in error.value.hint


def test_what_is_asked_for_and_is_not_used_is_refused(gold):
    assert read_gold(gold, split=gold.split) is gold
    with pytest.raises(StandpointError, match="was read for test, and not for train"):
        score(gold, [], split="train")
    with pytest.raises(StandpointError, match="a release has its own codebook"):
        score(RELEASE, [], codebook=CODEBOOK)


def line_of(doc, **changes) -> dict:
    """A line with one span, in which something is otherwise."""
    span = {"type": "span", "id": "s1", "layer": "events", "label": "strike.air", "start": 10, "end": 17} | changes
    return {"article_id": doc.article_id, "annotations": [span]}


def test_each_fault_is_told_and_nothing_is_scored(gold):
    first, second, third, *_ = gold.docs.values()
    lines = [
        line_of(first, label="strike.ari"),
        line_of(second, start=10.0),
        line_of(third, end=float("nan")),
        {"article_id": "nowhere", "annotations": []},
        line_of(first),
    ]
    with pytest.raises(FaultyPredictions) as error:
        score(gold, lines)
    assert [(fault.code, fault.where.split()[0]) for fault in error.value.faults] == [
        ("PRED-LABEL", "predictions:1"),
        ("PRED-LINE", "predictions:2"),
        ("PRED-LINE", "predictions:3"),
        ("PRED-ARTICLE", "predictions:4"),
        ("PRED-TWICE", "predictions:5"),
    ]
    assert error.value.message.startswith("5 fault(s), nothing is scored: predictions:1") and "and 2 more" in error.value.message
    scored = score(gold, lines, strict=False, resamples=0)
    assert scored.figures["events F1 exact"] == 0 and set(error.value.faults) < set(scored.issues)


def test_numbers_of_numpy_are_numbers_and_what_is_not_json_is_refused(gold):
    doc = next(iter(gold.docs.values()))
    plain = score(gold, [line_of(doc)], resamples=0)
    assert score(gold, [line_of(doc, start=np.int64(10), end=np.int32(17))], resamples=0) == plain
    for odd in ({"label": object()}, {"label": "\ud800"}, {"end": np.arange(2)}):
        with pytest.raises(StandpointError, match="a prediction is not JSON"):
            score(gold, [line_of(doc, **odd)])
    assert score(gold, [], resamples=0).figures["events F1 exact"] == 0
    with pytest.raises(StandpointError, match="PRED-SYSTEM"):
        score(gold, [{"system": "mine"}, line_of(doc)])


def test_the_page_runs_with_each_library(monkeypatch):
    """Its examples give what ``score`` gives, also where a model answers something that is no JSON or has a fault."""
    put_stand_ins(monkeypatch)
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "scoring-in-python.md").read_text(encoding="utf-8"), re.DOTALL)
    page: dict = {}
    exec(compile("\n".join(nonempty(blocks)), "docs/scoring-in-python.md", "exec", dont_inherit=True), page)
    (line,) = page["predictions"]
    right, wrong = page["scored"].figures, "I am sorry, 1 event was found."
    faulty = json.dumps([line["annotations"][0] | {"label": "strike"}])
    answers = dict.fromkeys(page["gold"].docs, wrong) | {list(page["gold"].docs)[-1]: faulty}
    answers[line["article_id"]] = json.dumps(line["annotations"])
    defined = {name: value for name, value in right.items() if value is not None}
    assert page["figures"] == right and 0 < right["events F1 exact"] < 1
    assert run_inspect(page["events"](), lambda sample: answers[sample.id]) == defined
    assert run_lighteval(page["TASKS_TABLE"][0], lambda doc: answers[doc.specific["article_id"]]) == defined
