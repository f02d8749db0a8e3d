"""Layers of numbers: from a label config to a released dataset and its scores."""

from __future__ import annotations

import json
import math
import shutil
from itertools import permutations
from pathlib import Path

import msgspec
import numpy as np
import pytest
from datasets import Value, load_dataset
from lxml import etree

from command_line import run
from standpoint.agreement.counts import Layout, Sheet, Statistic
from standpoint.agreement.statistics import chance
from standpoint.annotate.answer import answer_schema, read_answer, write_answer
from standpoint.annotate.numbered import page_of
from standpoint.annotate.prompt import prompt_of
from standpoint.codebook.from_config import codebook_from_config
from standpoint.codebook.kinds._items import Item
from standpoint.codebook.load import load_codebook, open_codebook
from standpoint.codebook.types import Codebook, number_text
from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.model import Choice, StandpointError
from standpoint.core.project import Project
from standpoint.guide.guide import open_book
from standpoint.labelstudio.export_file import task_of_row
from standpoint.pages.label_config import label_config
from standpoint.pages.task_json import TaskData, read_result, write_result
from standpoint.pages.tasks import make_task

CONFIG = """<View><Text name="t" value="$t"/><Labels name="crop" toName="t"><Label value="pear"/></Labels>
  <Number name="baskets" toName="t" min="0" step="1" required="true"/>
  <Number name="price" toName="t" perRegion="true" whenTagName="crop" min="-5" max="99.5"/></View>"""
PLACE = {"start": 0, "end": 4}
PEAR = {"id": "r", "from_name": "crop", "type": "labels", "value": {**PLACE, "text": "Pear", "labels": ["pear"]}}


def codebook_of(config: str = CONFIG) -> Codebook:
    values, issues = codebook_from_config(config, "pears")
    assert issues == []
    return load_codebook(Path("codebook.yaml"), values)


def read(result: list[dict], codebook: Codebook):
    items = msgspec.convert(result, list[Item])
    return read_result("x", items, TaskData(text="Pears."), "annotation", codebook)


def baskets(value: object) -> dict:
    return {"id": "b", "from_name": "baskets", "type": "number", "value": {"number": value}}


def price(value: object) -> dict:
    return {"id": "r", "from_name": "price", "type": "number", "value": {**PLACE, "number": value}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12, "12"), (12.0, "12"), ("12", "12"), ("2.50", "2.5"), (0.1, "0.1"), (-0.0, "0"), ("+3", "3"), (2e3, "2000"),
        (2**53, str(2**53)), (2**53 + 2, None), (1e300, None), ("1e-400", None), (math.nan, None), (math.inf, None),
        ("many", None), ("", None), (True, None), (None, None), ([3], None),
    ],
)  # fmt: skip
def test_a_number_is_written_in_one_way(value, text):
    assert number_text(value) == text
    assert text is None or number_text(text) == text


def test_a_config_s_numbers_are_layers_and_the_same_controls_again():
    codebook = codebook_of()
    layers = {one.name: (one.kind, one.of, one.required, one.min, one.max, one.step) for one in codebook.layers}
    assert layers == {
        "crop": ("span", "", False, None, None, None),
        "baskets": ("number", "", True, 0, None, 1),
        "price": ("number", "crop", False, -5, 99.5, None),
    }
    page = label_config(codebook, "annotation")
    limits = {tag.get("name"): [tag.get(key) for key in ("min", "max", "step")] for tag in etree.fromstring(page).iter("Number")}
    assert limits == {"baskets": ["0", None, "1"], "price": ["-5", "99.5", None]}
    again = {one.name: (one.kind, one.of, one.required, one.min, one.max, one.step) for one in codebook_of(page).layers}
    assert again == layers


@pytest.mark.parametrize("change", ['min="few"', 'step="1,5"'])
def test_a_number_with_limits_that_are_none_is_left_out(change):
    values, issues = codebook_from_config(CONFIG.replace('min="0"', change).replace('step="1"', ""), "pears")
    assert values["ignored"] == ["baskets"] and [issue.code for issue in issues] == ["CONFIG-TAG"]
    assert "which is no number, and is left out" in issues[0].message


def test_results_and_rows_are_read_and_written_as_they_were():
    codebook = codebook_of()
    result = [PEAR, baskets(12), price(2.5)]
    reading = read(result, codebook)
    assert reading.issues == [] and {(item.layer, item.label) for item in reading.annotations} == {
        ("crop", "pear"), ("baskets", "12"), ("price", "2.5"),
    }  # fmt: skip
    written = {item["from_name"]: item["value"] for item in write_result(reading.annotations, {}, codebook)}
    assert written["baskets"] == {"number": 12} and written["price"] == {**PLACE, "number": 2.5}
    row = {"id": 1, "t": "Pears.", "annotation_id": 2, "annotator": 3, "baskets": "12", "crop": [{**PLACE, "labels": ["pear"]}]}
    row["price"] = [{**PLACE, "number": 2.5}]
    ours = task_of_row(row, codebook, "row 1").annotations[0].result
    numbers = {item.from_name: (item.type, item.content.number) for item in ours if item.from_name != "crop"}
    assert numbers == {"baskets": ("number", "12"), "price": ("number", 2.5)}
    assert {item.label for item in read_result("x", list(ours), TaskData(text="Pears."), "annotation", codebook).annotations} == {
        "pear", "12", "2.5",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (baskets(2.5), "baskets is '2.5', should be a whole number from 0"),
        (baskets(-1), "baskets is '-1', should be a whole number from 0"),
        (baskets("some"), "baskets is 'some', should be a whole number from 0"),
        (baskets(None), "baskets is None, should be a whole number from 0"),
        (price(100), "price is '100', should be a number from -5 to 99.5"),
    ],
)
def test_a_number_that_the_layer_does_not_allow_is_refused(item, message):
    reading = read([PEAR, item], codebook_of())
    assert [(issue.code, issue.message) for issue in reading.issues] == [("NUMBER-VALUE", message)]
    assert [one.label for one in reading.annotations] == ["pear"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"min": 3, "max": 3}, ".max: 3 is not above min, 3"),
        ({"step": 0}, ".step: 0 is not above 0"),
        ({"max": math.inf}, ".max: inf is too large"),
        ({"labels": ["one"]}, "are not allowed in a number layer"),
        ({"for_each": "actors"}, "are not allowed in a number layer"),
        ({"resolve": "dawid_skene"}, "dawid_skene is for a choice layer"),
        ({"kind": "text"}, "min is for number layers only"),
    ],
)
def test_what_a_layer_of_numbers_cannot_mean_is_refused(change, problem):
    values, _ = codebook_from_config(CONFIG, "pears")
    values["layers"][1] |= change
    with pytest.raises(StandpointError) as caught:
        load_codebook(Path("codebook.yaml"), values)
    assert problem in caught.value.message


def test_the_median_is_for_numbers():
    values, _ = codebook_from_config(CONFIG.replace("Number", "TextArea"), "pears")
    values["layers"][1]["resolve"] = "median"
    with pytest.raises(StandpointError, match="median is for a number layer"):
        load_codebook(Path("codebook.yaml"), values)


# Krippendorff 2011, the example of many observers with missing answers: 0.849, interval.
OBSERVERS = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


@pytest.mark.parametrize("shift", [0, 2031, -0.5])
def test_alpha_of_numbers_is_that_of_the_literature_wherever_they_lie(shift):
    rows = [{unit: str(int(one) + shift) for unit, one in enumerate(row) if one != "."} for row in OBSERVERS]
    tally = chance.tally_numbers(dict, shift)
    layout = Layout([Statistic("", "alpha", tally, chance.measure_interval)])
    sheet = Sheet(layout)
    sheet.add((0, ""), layout.count(rows, joint=True))
    sums = sheet.sums(np.ones((1, 1)), layout.tallies)[tally]
    assert chance.measure_interval(sums)[0] == pytest.approx(0.849, abs=5e-4)
    apart = {unit: [float(row[unit]) for row in rows if unit in row] for unit in range(12)}
    pairs = [(one, other, 1 / (len(row) - 1)) for row in apart.values() for one, other in permutations(row, 2)]
    mean = sum(abs(one - other) * weight for one, other, weight in pairs) / sum(weight for *_, weight in pairs)
    assert chance.measure_apart(sums)[0] == pytest.approx(mean)


PROJECT_LAYERS = """
  - {name: people, kind: number, definition: How many people are named?, min: 0, step: 1, required: true, resolve: median}
  - {name: degrees, kind: number, of: weather, max: 60}
"""
PEOPLE = {"m01": (3, 1, 4, 0, 9, 2), "m02": (3, 2, 4, 0, 9, 2), "m03": (3, 5, 4, 1, 9, 40)}  # of the six articles
MEDIANS = [3, 2, 4, 0, 9, 2]


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    """A project whose three invented annotators counted people and read thermometers, and its built release."""
    root = tmp_path_factory.mktemp("numbers") / "diary"
    run("init", str(root), "--template", "minimal", "--example")
    codebook = root / "guidelines" / "codebook.yaml"
    text = codebook.read_text(encoding="utf-8").replace("layers: [weather]", "layers: [weather, people, degrees]")
    codebook.write_text(text + PROJECT_LAYERS, encoding="utf-8")
    folder = root / "dataset" / "annotations" / "reading"
    sets = [json.loads(line) for line in (folder / "m01.jsonl").read_text(encoding="utf-8").splitlines()]
    for name, numbers in PEOPLE.items():
        lines = []
        for one, number in zip(sets, numbers, strict=True):
            spans = [item["id"] for item in one["annotations"]]
            added = [Choice(id="people", layer="people", label=str(number))]
            added += [Choice(id=f"{span}.degrees", layer="degrees", label="-2.5", of=span) for span in spans]
            content = [*one["annotations"], *msgspec.to_builtins(added)]
            lines.append(json.dumps(one | {"annotator": name, "annotations": content}) + "\n")
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    annotators = root / "dataset" / "annotators.yaml"
    annotators.write_text(annotators.read_text(encoding="utf-8") + "  - {id: m03, kind: model}\n", encoding="utf-8")
    said = {words: run("--project", str(root), *words.split()) for words in ("check", "agree", "adjudicate", "split", "build")}
    assert "0  errors" in said["check"] and "3  median" in said["adjudicate"] and "conflicts\n" not in said["adjudicate"]
    (row,) = (line.split() for line in said["agree"].splitlines() if line.strip().startswith("people   alpha interval"))
    expected = chance.alpha(np.array([[sorted({*sum(PEOPLE.values(), ())}).index(n) for n in row] for row in PEOPLE.values()]),
                            "interval", sorted({*sum(PEOPLE.values(), ())}))  # fmt: skip
    assert row[3] == f"{expected:.3f}"
    return root


def test_three_numbers_have_a_median_and_columns_of_numbers(released, tmp_path):
    data = load_dataset(str(released / "dataset" / "release"), cache_dir=str(tmp_path))
    features = next(iter(data.values())).features
    assert features["people"] == Value("int64") and features["weather"].feature["degrees"] == Value("float64")
    rows = sorted((row for split in data.values() for row in split), key=lambda row: row["id"])
    assert [row["people"] for row in rows] == MEDIANS
    assert {item["degrees"] for row in rows for item in row["weather"]} == {-2.5}
    card = (released / "dataset" / "release" / "README.md").read_text(encoding="utf-8")
    assert "| people | number about the article | How many people are named? |" in card
    assert "| people | (number) |" in card and "| people | median 3, unanimous 3 | 3 | 0 |" in card


def test_a_withheld_text_takes_no_number_along(released, tmp_path):
    root = tmp_path / "diary"
    shutil.copytree(released, root)
    sources = root / "dataset" / "sources.yaml"
    sources.write_text(sources.read_text(encoding="utf-8").replace("CC0-1.0", "all rights reserved"), encoding="utf-8")
    for words in ("ingest dataset/raw", "build"):
        run("--project", str(root), *words.replace("dataset", str(root / "dataset")).split())
    data = load_dataset(str(root / "dataset" / "release"), cache_dir=str(tmp_path))
    rows = sorted((row for split in data.values() for row in split), key=lambda row: row["id"])
    assert [(row["text"], row["people"]) for row in rows] == [(None, number) for number in MEDIANS]
    assert {(item["quote"], item["degrees"]) for row in rows for item in row["weather"]} == {(None, -2.5)}
    back = tmp_path / "back"
    run("hydrate", str(root / "dataset" / "release"), "--from", str(root / "dataset" / "raw"), "--out", str(back))
    run("hydrate", str(back), "--undo", "--out", str(tmp_path / "again"))


def test_two_different_numbers_are_a_question(released):
    (folder,) = (released / "dataset" / "annotations").glob("reading")
    content = (folder / "m03.jsonl").read_bytes()
    (folder / "m03.jsonl").unlink()
    try:
        assert "1  conflicts\n" in run("--project", str(released), "adjudicate")
    finally:
        (folder / "m03.jsonl").write_bytes(content)
        run("--project", str(released), "adjudicate")


def test_predictions_are_scored_by_the_exact_number_and_by_the_distance(released, tmp_path):
    release = released / "dataset" / "release"
    data = load_dataset(str(release), split="test", cache_dir=str(tmp_path))
    lines = [{"system": "s", "seed": 1, "single_model": True}]
    for number, row in enumerate(data):
        label = str(row["people"] + (0 if number else 4))
        lines.append({"article_id": row["id"], "annotations": [{"type": "choice", "layer": "people", "label": label}]})
    path, scores = tmp_path / "p.jsonl", tmp_path / "s.json"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run("score", str(release), str(path), "--json", str(scores), "--resamples", "0")
    found = {
        (one["layer"], one["metric"]): one["value"]
        for one in json.loads(scores.read_text(encoding="utf-8"))["runs"][0]["report"]["scores"]
    }
    assert found["people", "accuracy"] == pytest.approx(1 - 1 / len(data))
    assert found["people", "mean absolute error"] == pytest.approx(4 / len(data))
    path.write_text(
        "".join(json.dumps(line | ({"annotations": []} if "article_id" in line else {})) + "\n" for line in lines),
        encoding="utf-8",
    )
    said = run("score", str(release), str(path), "--resamples", "0")
    assert (
        "people   mean absolute error" in said and said.count("–  no number is in both") == 1
    )  # of spans, only if they are given
    wrong = [*lines[:1], lines[1] | {"annotations": [{"type": "choice", "layer": "people", "label": "3.0"}]}]
    path.write_text("".join(json.dumps(line) + "\n" for line in wrong), encoding="utf-8")
    assert "PRED-LABEL people is '3.0', should be a whole number from 0" in run("score", str(release), str(path), code=2)


def test_numbers_go_out_and_come_back(released, tmp_path):
    release = released / "dataset" / "release"
    for name in ("jsonl", "xmi"):
        out = tmp_path / name
        run("export", str(release), "--format", name, "--out", str(out))
        run("--project", str(released), "import", str(out), "--annotator", f"x-{name}")
        path = released / "dataset" / "annotations" / "reading" / f"x-{name}.jsonl"
        sets = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        path.unlink()
        people = [item["label"] for one in sets for item in one["annotations"] if item["layer"] == "people"]
        assert people == list(map(str, MEDIANS))
        assert {item["label"] for one in sets for item in one["annotations"] if item["layer"] == "degrees"} == {"-2.5"}


def test_a_model_is_asked_for_numbers_and_answers_with_them(released):
    project = Project(released)
    codebook, registry = open_codebook(project)
    article = next(read_articles(project))
    page = page_of(article, make_task(article, "reading", codebook, registry, False)["data"], codebook)
    (one,) = (one for one in read_annotation_sets(project, "reading") if (one.article_id, one.annotator) == (article.id, "m01"))
    answer = write_answer(one.annotations, page, "reading", codebook)
    assert answer["people"] == 3 and {span["degrees"] for span in answer["weather"]} == {-2.5}
    read_back = read_answer(json.dumps(answer), page, "reading", codebook)
    numbers = [item.label for item in read_back.annotations if item.layer in ("people", "degrees")]
    assert read_back.faults == [] and sorted(numbers) == sorted(one.label for one in one.annotations if one.layer != "weather")
    asked = answer_schema("reading", codebook)["properties"]
    assert asked["people"] == {"type": ["integer", "null"]}
    faults = read_answer(json.dumps(answer | {"people": 2.5}), page, "reading", codebook).faults
    assert [(fault.where, fault.code) for fault in faults] == [("people", "ANSWER-TYPE")]
    assert "The answer is a whole number from 0." in prompt_of("reading", open_book(project)).text
