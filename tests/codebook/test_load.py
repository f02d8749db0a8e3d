"""A mistake in the codebook or the registry is one line that says where it is."""

from __future__ import annotations

import copy
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from lxml import etree
from ruamel.yaml import YAML

from another_codebook import ANOTHER_CODEBOOK
from example import EXAMPLE
from nonempty import nonempty
from standpoint.checks.run import check_guidelines
from standpoint.cli import main
from standpoint.codebook.from_config import codebook_from_config, write_codebook
from standpoint.codebook.kinds._items import Item
from standpoint.codebook.load import load_codebook
from standpoint.codebook.registry import load_registry
from standpoint.core.model import Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.core.yaml_files import yaml_text
from standpoint.labelstudio.export_file import task_of_row
from standpoint.pages.label_config import label_config
from standpoint.pages.task_json import TaskData, read_result, write_result

PROJECT = EXAMPLE


def write(path: Path, data: object) -> Path:
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(data, file)
    return path


def changed(*steps: object, to: object) -> dict:
    """The toy codebook with one value changed, or removed where ``to`` is None."""
    data = copy.deepcopy(ANOTHER_CODEBOOK)
    *way, last = steps
    place = data
    for step in way:
        place = place[step]
    if to is None:
        del place[last]
    else:
        place[last] = to
    return data


def with_layers(*added: dict, without: str = "") -> dict:
    """The toy codebook with more layers, and without one."""
    layers = [*(layer for layer in changed("title", to="t")["layers"] if layer["name"] != without), *added]
    names = [layer["name"] for layer in layers]
    return ANOTHER_CODEBOOK | {"layers": layers, "passes": [{"name": "reading", "layers": names}]}


RENAMED = with_layers({"name": "title", "kind": "text"}, without="remark")
SCALE = {"kind": "choice", "for_each": "actors", "labels": [{"name": "low"}, {"name": "high"}]}

MISTAKES = {
    "unknown key": (changed("layers", 0, "colour", to="red"), r"unknown field `colour` - at `\.layers\[0\]`"),
    "wrong type": (changed("window_words", to="many"), r"Expected `int`, got `str` - at `\.window_words`"),
    "missing key": (changed("title", to=None), "missing required field `title`"),
    "layer twice": (changed("layers", 2, "name", to="crops"), "layers: 'crops' occurs 2 times"),
    "label twice": (
        changed("layers", 0, "labels", 1, "name", to="grain"),
        r"layers\[0\] \(crops\)\.labels: 'grain' occurs 2 times",
    ),
    "hotkey twice": (changed("layers", 0, "labels", 1, "hotkey", to="g"), r"hotkey: 'g' occurs 2 times"),
    "hotkey of two layers": (
        changed("layers", 2, "labels", 0, "hotkey", to="g"),
        r"passes\[0\] \(reading\): hotkey: 'g' occurs 2 times",
    ),
    "rare answer": (changed("layers", 1, "labels", 0, "rare", to=True), r"\(sound\)\.rare: is for labels of spans with a hotkey"),
    "rare label without a key": (
        changed("layers", 0, "labels", 0, to={"name": "grain", "rare": True}),
        r"layers\[0\] \(crops\)\.labels \(grain\)\.rare: is for labels of spans with a hotkey",
    ),
    "pass without layer": (changed("passes", 0, "layers", 0, to="corn"), r"passes\[0\]\.layers: no layer is called 'corn'"),
    "unknown kind": (changed("layers", 0, "kind", to="box"), "'box' is not a kind of layer"),
    "dangling of": (changed("layers", 1, "of", to="corn"), r"layers\[1\] \(health\)\.of: 'corn' is not a span layer"),
    "dangling from": (changed("layers", 3, "from", to="corn"), r"layers\[3\] \(measure\)\.from: 'corn' is not a span layer"),
    "unknown default": (changed("layers", 1, "default", to="fine"), r"\.default: 'fine' is not one of its labels"),
    "a scale without values": (changed("layers", 4, "ordinal", to=True), r"\(tone\)\.labels: an ordinal layer has labels"),
    "a scale of actors": (
        with_layers({"name": "trust", "kind": "choice", "for_each": "actors", "ordinal": True, "labels_from": "actors"}),
        r"\(trust\)\.labels: an ordinal layer has labels",
    ),
    "a scale of spans": (changed("layers", 2, "ordinal", to=True), r"\(amounts\)\.ordinal: ordinal is for choice layers only"),
    "suggested answers": (changed("layers", 4, "suggestions", to=True), r"\(tone\)\.suggestions: suggestions is for span layers"),
    "no labels": (changed("layers", 0, "labels", to=[]), "either labels or labels_from"),
    "unknown role": (
        changed("layers", 0, "labels", 0, "roles", to={"eater": "who"}),
        r"layers\[0\] \(crops\)\.labels \(grain\)\.roles: 'eater'",
    ),
    "label with a comma": (
        changed("layers", 0, "labels", 1, "name", to="pears, plums"),
        r"layers\[1\] \(health\)\.of: label 'pears, plums' of crops has a comma",
    ),
    "empty label": (changed("layers", 0, "labels", 1, "name", to=""), r"layers\[0\]\.labels\[1\]\.name"),
    "label of two lines": (changed("layers", 0, "labels", 1, "name", to="pears\nplums"), r"layers\[0\]\.labels\[1\]\.name"),
    "layer that is a path": (changed("layers", 0, "name", to="../crops"), r"that is a name \(letters, digits"),
    "no version": (changed("version", to="1.0"), "version: '1.0' is not a version, such as 0.2.0"),
    "a guide that is no address": (changed("guide", to="javascript:alert(1)"), "guide: 'javascript:alert.1.' is not an address"),
    "labels that look the same": (
        changed("layers", 0, "labels", to=[{"name": "caf\u00e9"}, {"name": "cafe\u0301"}]),
        "'caf\u00e9' occurs 2 times",
    ),
    "more slots than fit in memory": (
        with_layers({"name": "who", "kind": "span", "labels_from": "actors", "spare": 10**10}),
        r"\(who\)\.spare: 10000000000 spare slots, should be 0 to 99",
    ),
    "reserved name": (RENAMED, "the documents would have two fields called 'title'"),
    "layer that is a number": (
        with_layers({"name": "1", "kind": "text"}),
        r"layers\[6\] \(1\)\.name: should begin with a letter",
    ),
    "name of another layer's control": (
        with_layers({"name": "view"} | SCALE, {"name": "view_0", "kind": "text"}),
        r"layers\[6\] \(view\)\.name: layer view_0 has the name of one of its controls",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_with_its_path(mistake, tmp_path):
    data, expected = MISTAKES[mistake]
    with pytest.raises(StandpointError, match=expected) as caught:
        load_codebook(write(tmp_path / "codebook.yaml", data))
    assert "\n" not in caught.value.message and "codebook.yaml" in caught.value.message


def test_what_is_no_yaml_is_one_line_with_line_and_column(tmp_path):
    path = tmp_path / "codebook.yaml"
    path.write_text("title: x\nlayers: [\n  {name: a\n")
    with pytest.raises(StandpointError, match=r"codebook\.yaml:\d+:\d+: not readable as YAML"):
        load_codebook(path)


def test_the_project_s_codebook_is_as_its_readme_says():
    codebook = load_codebook(PROJECT.codebook)
    events = codebook.by_name["events"]
    assert len(events.labels) == 24 and len({label.group for label in events.labels}) == 8
    assert [label.value for label in codebook.by_name["stance"].labels] == [-2, -1, 0, 1, 2]
    assert check_guidelines(PROJECT)["labels"] > 40


HOLDERS = {"kind": "choice", "of": "crops", "labels_from": "actors", "hotkeys": "shift"}
PAGE_MISTAKES = {
    "the page's text": (
        {"name": "text", "kind": "choice", "of": "crops", "labels": ["a", "b"]},
        "has a control 'text' of its own",
    ),
    "the page's note": ({"name": "note", "kind": "text"}, "has a control 'note' of its own"),
    "the findings": ({"name": "findings", "kind": "span", "labels": ["a", "b"]}, "has a control 'findings' of its own"),
    "the guide": ({"name": "guide", "kind": "text"}, "has a control 'guide' of its own"),
    "a list in place of the findings": ({"name": "finding"} | HOLDERS, "layer finding would have the key 'findings'"),
    "a list in place of the actors": ({"name": "actor"} | HOLDERS, "layer actor would have the key 'actors'"),
    "a truth value": ({"name": "True", "kind": "text"}, "Label Studio would refuse this page"),
}


@pytest.mark.parametrize("mistake", PAGE_MISTAKES)
def test_a_name_that_a_page_has_already_is_refused_before_anybody_labels(mistake, tmp_path):
    layer, expected = PAGE_MISTAKES[mistake]
    (tmp_path / "guidelines").mkdir()
    write(tmp_path / "guidelines" / "codebook.yaml", with_layers(layer) | {"guide": "https://guide.example.org"})
    with pytest.raises(StandpointError, match=expected) as caught:
        check_guidelines(Project(tmp_path))
    assert caught.value.message.startswith("pass reading: ") and "rename the layer" in caught.value.hint


def test_what_only_a_later_command_would_refuse_is_refused_by_the_check_of_the_codebook(tmp_path):
    """The changelog of the guidelines, which only fix reads otherwise, and the licence, which only a release needs."""
    (tmp_path / "guidelines").mkdir()
    write(tmp_path / "guidelines" / "codebook.yaml", ANOTHER_CODEBOOK)
    assert check_guidelines(Project(tmp_path))["layers"] == 6
    (tmp_path / "guidelines" / "CHANGELOG.md").write_text("## 0.2.0\n\n- **label added** `crops/fruit`: also fruit.\n")
    with pytest.raises(StandpointError, match=r"no entry for 0\.3\.0"):
        check_guidelines(Project(tmp_path))
    (tmp_path / "guidelines" / "CHANGELOG.md").unlink()
    write(tmp_path / "guidelines" / "codebook.yaml", ANOTHER_CODEBOOK | {"licence": ""})
    with pytest.raises(StandpointError, match="licence is empty"):
        check_guidelines(Project(tmp_path))


def test_examples_are_there_for_each_event_type():
    for label in nonempty(load_codebook(PROJECT.codebook).by_name["events"].labels):
        assert label.definition and len(label.positive) >= 3 and len(label.negative) >= 3, label.name


REGISTRY_MISTAKES = {
    "id": ({"id": "act-1", "name": "A"}, "should be act- and six digits"),
    "parent": ({"id": "act-000001", "name": "A", "parent": "act-000009"}, "act-000009 is not an actor"),
    "class": ({"id": "act-000001", "name": "A", "class": [{"value": "terrorist"}]}, "'terrorist' is not a class"),
    "key": ({"id": "act-000001", "name": "A", "colour": "red"}, "unknown field `colour`"),
}


@pytest.mark.parametrize("mistake", REGISTRY_MISTAKES)
def test_a_mistake_in_the_registry_is_one_line(mistake, tmp_path):
    entry, expected = REGISTRY_MISTAKES[mistake]
    with pytest.raises(StandpointError, match=expected):
        load_registry(write(tmp_path / "actors.yaml", {"version": "0.1.0", "actors": [entry]}), ("rebel_group",))


CONFIG = """<View>
  <Text name="story" value="$body"/>
  <Labels name="crop" toName="story"><Label value="Grain" alias="grain" hotkey="g" background="#ff0"/><Label value="Fruit"/></Labels>
  <View visibleWhen="region-selected" whenTagName="crop">
    <Choices name="health" toName="story" perRegion="true" required="true"><Choice value="sound"/><Choice value="ill"/></Choices>
  </View>
  <Choices name="tone" toName="story" choice="multiple"><Choice value="hopeful"/><Choice value="worried"/></Choices>
  <TextArea name="note" toName="story"/>
  <Relations><Relation value="feeds"/></Relations>
  <DateTime name="yield" toName="story"/>
</View>"""


def test_a_codebook_is_written_for_a_project_that_exists_already(tmp_path):
    values, issues = codebook_from_config(CONFIG, "harvest")
    codebook = load_codebook(write(tmp_path / "codebook.yaml", values))
    assert [(layer.name, layer.kind) for layer in codebook.layers] == [
        ("crop", "span"), ("health", "choice"), ("tone", "choice"), ("note_1", "text"), ("relation", "relation"),
    ]  # fmt: skip
    assert codebook.by_name["crop"].label_names == ("grain", "Fruit")
    assert codebook.by_name["health"].of == "crop" and codebook.by_name["tone"].multiple
    assert [(issue.code, issue.level) for issue in issues] == [("CONFIG-TAG", "error")]
    assert codebook.ignored == ("yield",) and "`ignored` in the codebook names yield" in issues[0].message
    assert "ignored:\n  - yield # <DateTime> belongs to no kind of layer\n" in yaml_text(values)


RATINGS = """<View><Text name="t" value="$t"/><Labels name="crop" toName="t"><Label value="pear"/></Labels>
  <Rating name="taste" toName="t" maxRating="3" required="true"/>
  <Rating name="ripe" toName="t" perRegion="true" whenTagName="crop"/></View>"""


def test_a_rating_is_an_ordinal_choice_that_is_given_in_stars(tmp_path):
    """It is read from Label Studio's results and rows, written as it was, and shown with <Rating>."""
    values, issues = codebook_from_config(RATINGS, "pears")
    codebook = load_codebook(write(tmp_path / "codebook.yaml", values))
    layers = {layer.name: (layer.of, layer.required, layer.ordinal, len(layer.labels)) for layer in codebook.layers}
    assert issues == [] and layers == {
        "crop": ("", False, False, 1),
        "taste": ("", True, True, 3),
        "ripe": ("crop", False, True, 5),
    }
    place = {"start": 0, "end": 4}
    result = [
        {"id": "r", "from_name": "crop", "type": "labels", "value": {**place, "text": "Pear", "labels": ["pear"]}},
        {"id": "r", "from_name": "ripe", "type": "rating", "value": {**place, "rating": 5}},
        {"id": "x", "from_name": "taste", "type": "rating", "value": {"rating": 2}},
    ]
    over = {"id": "y", "from_name": "taste", "type": "rating", "value": {"rating": 4}}
    reading = read_result("x", msgspec.convert([*result, over], list[Item]), TaskData(text="Pears."), "annotation", codebook)
    assert [(item.layer, item.label) for item in reading.annotations] == [("crop", "pear"), ("ripe", "5"), ("taste", "2")]
    assert [issue.code for issue in reading.issues] == ["CHOICE-LABEL"] and "4 star(s)" in reading.issues[0].message
    written = {item["from_name"]: item for item in write_result(reading.annotations, {}, codebook)}
    assert [(written[one["from_name"]]["type"], written[one["from_name"]]["value"]) for one in result[1:]] == [
        ("rating", {**place, "rating": 5}), ("rating", {"rating": 2}),
    ]  # fmt: skip
    row = {"id": 1, "t": "Pears.", "annotation_id": 2, "annotator": 3, "taste": "2", "crop": [{**place, "labels": ["pear"]}]}
    ours = task_of_row(row, codebook, "row 1").annotations[0].result
    assert [(item.type, item.content.rating) for item in ours if item.from_name == "taste"] == [("rating", "2")]
    page = etree.fromstring(label_config(codebook, "annotation"))
    assert {tag.get("name"): tag.get("maxRating") for tag in page.iter("Rating")} == {"taste": "3", "ripe": "5"}
    assert codebook_from_config(label_config(codebook, "annotation"), "x")[0]["layers"][1]["stars"]


def test_relations_to_what_is_ignored_are_left_out_with_it(tmp_path):
    config = CONFIG.replace(
        "<DateTime", '<ParagraphLabels name="turn" toName="story"><Label value="A"/></ParagraphLabels><DateTime'
    )
    codebook = load_codebook(write(tmp_path / "codebook.yaml", codebook_from_config(config, "harvest")[0]))
    items = [
        {"type": "relation", "from_id": "r", "to_id": "p", "direction": "right", "labels": ["feeds"]},
        {"id": "r", "from_name": "crop", "type": "labels", "value": {"start": 0, "end": 4, "labels": ["Fruit"]}},
        {"id": "p", "from_name": "turn", "type": "paragraphlabels", "value": {"start": "0", "end": "0"}},
        {"type": "relation", "from_id": "r", "to_id": "gone", "direction": "right", "labels": ["feeds"]},
    ]
    reading = read_result("x", msgspec.convert(items, list[Item]), TaskData(text="Pear."), "annotation", codebook)
    assert (reading.taken, reading.left_out, [issue.code for issue in reading.issues]) == (1, 2, ["RELATION-DANGLING"])


@pytest.mark.parametrize("change", [{"ordinal": False}, {"multiple": True}, {"labels": [{"name": "2", "value": 2}]}])
def test_stars_are_a_scale_from_one_upwards(change, tmp_path):
    values, _ = codebook_from_config(RATINGS, "pears")
    values["layers"][1] |= change
    with pytest.raises(StandpointError, match="stars: is for an ordinal layer whose labels have the values 1, 2, 3"):
        load_codebook(write(tmp_path / "codebook.yaml", values))


def test_a_rating_without_a_number_of_stars_is_left_out():
    values, issues = codebook_from_config(RATINGS.replace('maxRating="3"', 'maxRating="many"'), "pears")
    assert values["ignored"] == ["taste"] and "<Rating> has no number of stars but 'many' and is left out" in issues[0].message


def test_answers_of_controls_that_the_codebook_ignores_are_left_out_and_counted(tmp_path):
    """Also of a control for each of a list, and relations if no layer has them; of other unknown controls, they are reported."""
    values, _ = codebook_from_config(CONFIG.replace('<Relations><Relation value="feeds"/></Relations>', ""), "harvest")
    values["ignored"] += ["relation", "ripe"]
    codebook = load_codebook(write(tmp_path / "codebook.yaml", values))
    items = [
        {"id": "r", "from_name": "crop", "type": "labels", "value": {"start": 0, "end": 4, "labels": ["Fruit"]}},
        {"id": "n", "from_name": "yield", "type": "number", "value": {"number": 4}},
        {"id": "q", "from_name": "ripe_2", "type": "rating", "value": {"rating": 4}},
        {"type": "relation", "from_id": "r", "to_id": "r"},
        {"id": "s", "from_name": "ripe_soon", "type": "rating", "value": {"rating": 4}},
    ]
    reading = read_result("x", msgspec.convert(items, list[Item]), TaskData(text="Pear."), "annotation", codebook)
    assert (reading.taken, reading.left_out) == (1, 3)
    assert [(issue.where, issue.code) for issue in reading.issues] == [("x region s", "ITEM-UNKNOWN")]
    with pytest.raises(StandpointError, match=r"ignored: 'crop' is a layer"):
        load_codebook(write(tmp_path / "codebook.yaml", values | {"ignored": ["crop"]}))


def test_from_config_of_our_own_pages_gives_our_layers_back(tmp_path):
    for name in ("facts", "stance"):
        path = tmp_path / f"{name}.xml"
        path.write_text(label_config(load_codebook(PROJECT.codebook), name), encoding="utf-8")
        write_codebook(path, tmp_path / f"{name}.yaml", Reporter())
        again, ours = load_codebook(tmp_path / f"{name}.yaml"), load_codebook(PROJECT.codebook)
        spans, wanted = (
            {layer.name: {label.name: label.rare for label in layer.labels} for layer in layers if layer.kind == "span"}
            for layers in (again.layers, ours.layers_of(name))
        )
        assert spans == wanted


UNFIT = """<View>
  <Labels name="crop" toName="t"><Label/><Label value="" hotkey="x"/><Label value="Grain"/></Labels>
  <Labels name="sort" toName="t" value="$kinds"/>
  <Choices name="health" toName="t" value="$answers"/>
  <Choices name="taste" toName="t" perRegion="true" whenTagName="sort"><Choice value="sweet"/></Choices>
  <Choices name="tone" toName="t"><Choice value="glad"><Choice value="very glad"/></Choice><Choice value="sad"/></Choices>
  <Text name="t" value="$t"/>
</View>"""


def test_what_no_layer_can_be_made_of_is_named_and_left_out(tmp_path):
    """A label without a name, labels from a list that is not of actors, what is asked about them, and choices inside choices."""
    config, out, told = tmp_path / "c.xml", tmp_path / "c.yaml", []
    config.write_text(UNFIT)
    text = write_codebook(config, out, Reporter(issue=told.append))
    assert out.read_text(encoding="utf-8") == text and load_codebook(out).by_name.keys() == {"crop", "tone"}
    assert [(layer.name, layer.label_names) for layer in load_codebook(out).layers] == [
        ("crop", ("Grain",)),
        ("tone", ("glad", "sad")),
    ]
    assert [(issue.where, issue.code, issue.level) for issue in told] == [
        (f"label config:{line}", "CONFIG-TAG", "error") for line in (2, 2, 3, 4, 6, 5)
    ]
    assert "$kinds" in told[2].message and "regions of 'sort'" in told[5].message


def test_a_control_whose_name_no_layer_can_have_gets_another_one_and_its_exports_are_imported(tmp_path):
    config, out = tmp_path / "c.xml", tmp_path / "guidelines" / "codebook.yaml"
    config.write_text("""<View><Labels name="my label" toName="t"><Label value="PER"/></Labels><Text name="t" value="$t"/>
      <Choices name="label" toName="t" perRegion="true"><Choice value="a"/><Choice value="b"/></Choices>
      <Choices name="title" toName="t"><Choice value="a"/></Choices><TextArea name="text" toName="t"/>
      <TextArea name="1" toName="t"/></View>""")
    out.parent.mkdir()
    write_codebook(config, out, Reporter())
    codebook = load_codebook(out)
    names = {"my label": "my_label", "label": "label_1", "title": "title_1", "text": "text_1", "1": "layer_1"}
    assert codebook.retired == names and [layer.name for layer in codebook.layers] == [*names.values()]
    assert codebook.by_name["label_1"].of == "my_label"
    assert check_guidelines(Project(tmp_path))["layers"] == 5
    items = [
        {"id": "r", "from_name": "my label", "type": "labels", "value": {"start": 0, "end": 2, "labels": ["PER"]}},
        {"id": "r", "from_name": "label", "type": "choices", "value": {"start": 0, "end": 2, "choices": ["a"]}},
    ]
    reading = read_result("x", msgspec.convert(items, list[Item]), TaskData(text="Ann left."), "annotation", codebook)
    assert [(item.layer, item.label) for item in reading.annotations] == [("my_label", "PER"), ("label_1", "a")]
    assert {issue.code for issue in reading.issues} == {"LAYER-RENAMED"}


def test_a_list_of_our_pages_is_a_list_of_actors_and_hypertext_has_spans():
    config = """<View><HyperTextLabels name="who" toName="t" value="$actors"/><HyperText name="t" value="$t"/>
      <Choices name="agent" toName="t" perRegion="true" value="$agents"/></View>"""
    values, issues = codebook_from_config(config, "x")
    assert [(layer["name"], layer["labels_from"], layer.get("of")) for layer in values["layers"]] == [
        ("who", "actors", None), ("agent", "actors", "who"),
    ]  # fmt: skip
    assert issues == []


def test_a_loss_is_accepted_once(tmp_path):
    config, out = tmp_path / "c.xml", tmp_path / "c.yaml"
    config.write_text(CONFIG)
    refused = CliRunner().invoke(main, ["codebook", "from-config", str(config)])
    assert refused.exit_code == 1 and "fix: if these answers are not needed, accept that once: --ignore NAME" in refused.stderr
    accepted = CliRunner().invoke(main, ["codebook", "from-config", str(config), "--out", str(out), "--ignore", "yield"])
    assert accepted.exit_code == 0 and "note: label config:" in accepted.stderr and load_codebook(out).ignored == ("yield",)
    needless = CliRunner().invoke(main, ["codebook", "from-config", str(config), "--ignore", "tone"])
    assert (
        needless.exit_code == 2 and "--ignore tone: it is no control" in needless.stderr and "there are: yield" in needless.stderr
    )


def test_no_codebook_is_written_or_shown_that_would_not_load(tmp_path):
    config, out = tmp_path / "c.xml", tmp_path / "c.yaml"
    config.write_text("<View><Labels name='crop' toName='t'><Label/></Labels><Text name='t' value='$t'/></View>")
    for place in (out, None):
        with pytest.raises(StandpointError, match="either labels or labels_from"):
            write_codebook(config, place, Reporter())
    assert not out.exists()


@pytest.mark.parametrize("asked, several", [("", True), ('<TextArea name="why" toName="t" perRegion="true"/>', False)])
def test_labels_of_which_a_region_may_have_several_are_such_a_layer_if_nothing_is_about_them(asked, several):
    config = f"<View><Labels name='crop' toName='t' choice='multiple'><Label value='a'/></Labels>{asked}<Text name='t' value='$t'/></View>"
    assert codebook_from_config(config, "x")[0]["layers"][0].get("multiple", False) is several


@pytest.mark.parametrize(
    "config", ["<Label/>", "<Labels value='$x'/>", "<View><Text", "<View><Image name='i' value='$i'/></View>"]
)
def test_a_config_that_cannot_be_carried_is_one_line(config):
    with pytest.raises(StandpointError, match="label config"):
        codebook_from_config(config, "x")


@pytest.mark.parametrize(
    "field, value, hint",
    [
        ("language", "en-US", "write en"),
        ("language", "English", "write en"),
        ("language", "xx", "ISO 639"),
        ("licence", "CC BY 4.0", "write CC-BY-4.0"),
        ("licence", "mine", "SPDX"),
    ],
)
def test_what_the_hub_refuses_in_a_card_is_refused_in_the_codebook(tmp_path, field, value, hint):
    (tmp_path / "guidelines").mkdir()
    write(tmp_path / "guidelines" / "codebook.yaml", ANOTHER_CODEBOOK | {field: value})
    with pytest.raises(StandpointError, match=f"the {field} '{value}' is not a code") as caught:
        check_guidelines(Project(tmp_path))
    assert hint in caught.value.hint


def test_a_mistake_in_a_name_of_two_lines_is_one_line(tmp_path):
    path = tmp_path / "actors.yaml"
    path.write_text('{version: 0.1.0, actors: [{id: "act-\\n1", name: "Mill\\nGuard"}]}', encoding="utf-8")
    with pytest.raises(StandpointError, match=r"actors\[0\] \(act-\\n1\)\.id: should be act- and six digits") as caught:
        load_registry(path)
    assert "\n" not in caught.value.message
