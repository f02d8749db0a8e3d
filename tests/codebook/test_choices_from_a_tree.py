"""Choices whose labels are places in a tree: Label Studio's <Taxonomy> is read, written, and taken over."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from lxml import etree

from standpoint.cli import main
from standpoint.codebook.from_config import codebook_from_config
from standpoint.codebook.kinds._items import Item
from standpoint.codebook.load import load_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.model import StandpointError
from standpoint.labelstudio.export_file import task_of_row
from standpoint.pages.label_config import label_config
from standpoint.pages.task_json import TaskData, read_result, renamed_result, write_result

CONFIG = """<View><Text name="t" value="$t"/><Labels name="crop" toName="t"><Label value="pear"/></Labels>
  <Taxonomy name="topics" toName="t" required="true">
    <Choice value="Sea"><Choice value="Storm"><Choice value="Flood"/></Choice><Choice value="Calm"/></Choice><Choice value="Land"/>
  </Taxonomy>
  <Taxonomy name="use" toName="t" perRegion="true" whenTagName="crop" leafsOnly="true" maxUsages="1">
    <Choice value="Food"><Choice value="Jam"/></Choice><Choice value="Trade"/>
  </Taxonomy></View>"""
TOPICS = ("Sea", "Sea / Storm", "Sea / Storm / Flood", "Sea / Calm", "Land")
PLACE = {"start": 0, "end": 4}
PEAR = {"id": "r", "from_name": "crop", "type": "labels", "value": {**PLACE, "text": "Pear", "labels": ["pear"]}}


def codebook_of(config: str = CONFIG, **changes: object) -> Codebook:
    values, issues = codebook_from_config(config, "pears")
    assert issues == []
    values["layers"][1] |= changes
    return load_codebook(Path("codebook.yaml"), values)


def topics(*paths: list[str]) -> dict:
    return {"id": "t", "from_name": "topics", "type": "taxonomy", "value": {"taxonomy": [*paths]}}


def use(*paths: list[str]) -> dict:
    return {"id": "r", "from_name": "use", "type": "taxonomy", "value": {**PLACE, "taxonomy": [*paths]}}


def read(result: list, codebook: Codebook):
    return read_result("x", msgspec.convert(result, list[Item]), TaskData(text="Pears."), "annotation", codebook)


def test_a_config_s_trees_are_choices_and_the_same_controls_again():
    codebook = codebook_of()
    layers = {one.name: (one.kind, one.of, one.tree, one.multiple, one.required, one.label_names) for one in codebook.layers[1:]}
    assert layers == {
        "topics": ("choice", "", True, True, True, TOPICS),
        "use": ("choice", "crop", True, False, False, ("Food / Jam", "Trade")),  # Food itself cannot be chosen
    }
    page = label_config(codebook, "annotation")
    trees = {tag.get("name"): (tag.get("leafsOnly"), tag.get("maxUsages")) for tag in etree.fromstring(page).iter("Taxonomy")}
    assert trees == {"topics": (None, None), "use": ("true", "1")}
    again = codebook_of(page)
    assert {one.name: one.label_names for one in again.layers} == {one.name: one.label_names for one in codebook.layers}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('name="topics"', 'name="topics" labeling="true"'), "marks regions"),
        (('name="topics"', 'name="topics" apiUrl="http://localhost/t"'), "does not have its choices in the config"),
        (('name="topics"', 'name="topics" value="$t"'), "does not have its choices in the config"),
        (('value="Calm"', 'value="Calm / Still"'), "has a choice without a name, or with ' / ' in it,"),
    ],
)
def test_a_tree_that_is_no_list_of_places_is_left_out(change, problem):
    values, issues = codebook_from_config(CONFIG.replace(*change), "pears")
    assert values["ignored"] == ["topics"] and f"<Taxonomy> {problem} and is left out" in issues[0].message


def test_results_and_rows_are_read_and_written_as_they_were():
    codebook = codebook_of()
    result = [PEAR, topics(["Sea", "Storm", "Flood"], ["Land"]), use(["Food", "Jam"])]
    reading = read(result, codebook)
    given = {("crop", "pear"), ("topics", "Sea / Storm / Flood"), ("topics", "Land"), ("use", "Food / Jam")}
    assert reading.issues == [] and {(item.layer, item.label) for item in reading.annotations} == given
    written = {item["from_name"]: (item["type"], item["value"]) for item in write_result(reading.annotations, {}, codebook)}
    assert written["use"] == ("taxonomy", {**PLACE, "taxonomy": [["Food", "Jam"]]})
    assert written["topics"] == ("taxonomy", {"taxonomy": [["Sea", "Storm", "Flood"], ["Land"]]})
    row = {"id": 1, "t": "Pears.", "annotation_id": 2, "annotator": 3, "crop": [{**PLACE, "labels": ["pear"]}]}
    row |= {"topics": [{"taxonomy": [["Sea", "Storm", "Flood"], ["Land"]]}], "use": [{**PLACE, "taxonomy": [["Food", "Jam"]]}]}
    ours = task_of_row(row, codebook, "row 1").annotations[0].result
    again = read_result("x", list(ours), TaskData(text="Pears."), "annotation", codebook)
    assert again.issues == [] and {(item.layer, item.label) for item in again.annotations} == given


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (topics(["Sky"]), "CHOICE-LABEL"),
        (topics(["Storm"]), "CHOICE-LABEL"),  # it is below Sea
        (topics(), "CHOICE-LABEL"),
        (use(["Food"]), "CHOICE-LABEL"),
        (use(["Food", "Jam"], ["Trade"]), "CHOICE-SEVERAL"),
    ],
)
def test_what_is_no_place_of_the_tree_is_refused(item, code):
    reading = read([PEAR, item], codebook_of())
    assert [issue.code for issue in reading.issues] == [code] and [one.label for one in reading.annotations] == ["pear"]


def test_a_renamed_place_is_read_and_renamed_on_the_server():
    labels = [{"name": name.replace("Storm", "Gale")} for name in TOPICS]
    codebook = codebook_of(labels=labels, retired={"Sea / Storm": "Sea / Gale"})
    result = [topics(["Sea", "Storm"])]
    assert [item.label for item in read(result, codebook).annotations] == ["Sea / Gale"]
    (item,) = renamed_result(result, "annotation", codebook)
    assert item["value"] == {"taxonomy": [["Sea", "Gale"]]}


@pytest.mark.parametrize(
    "change",
    [{"ordinal": True, "labels": [{"name": "Sea", "value": 1}]}, {"labels": [{"name": "Sea", "hotkey": "s"}]}, {"for_each": "actors"},
     {"labels": [{"name": "Sea /  / Storm"}]}, {"labels": []}, {"labels": [], "labels_from": "actors"}],
)  # fmt: skip
def test_what_a_tree_cannot_have_is_refused(change):
    values, _ = codebook_from_config(CONFIG, "pears")
    with pytest.raises(StandpointError):
        load_codebook(Path("codebook.yaml"), values | {"layers": [values["layers"][0], values["layers"][1] | change]})


def test_a_tree_is_guessed_from_an_export_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = [PEAR, topics(["Sea", "Storm"], ["Land"]), use(["Trade"])]
    Path("export.json").write_text(json.dumps([{"id": 1, "data": {"t": "Pears."}, "annotations": [{"id": 2, "result": result}]}]))
    done = CliRunner().invoke(main, ["init", "theirs", "--from-export", "export.json", "--annotators", "human_crowd"])
    assert done.exit_code == 0, done.output
    codebook = load_codebook(tmp_path / "theirs" / "guidelines" / "codebook.yaml")
    trees = {layer.name: (layer.tree, layer.multiple, layer.label_names) for layer in codebook.layers if layer.kind == "choice"}
    assert trees["topics"][:2] == (True, True) and {"Sea / Storm", "Land"} <= {*trees["topics"][2]}
    assert trees["use"] == (True, False, ("Trade",)) and "4 items" not in done.output and "= 3 items stored" in done.output


def test_a_place_that_nothing_replaces_is_left_out():
    labels = [{"name": name} for name in TOPICS if name != "Land"]
    reading = read([PEAR, topics(["Land"])], codebook_of(labels=labels, retired={"Land": ""}))
    assert [(issue.code, issue.level) for issue in reading.issues] == [("LABEL-RETIRED", "note")]
    assert (reading.taken, reading.left_out) == (1, 1)
