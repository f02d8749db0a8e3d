"""Keys that Label Studio would not understand, or that would do two things on one page, are refused before anybody labels."""

from __future__ import annotations

from copy import deepcopy

import msgspec
import pytest
from ruamel.yaml import YAML

from standpoint.checks.run import check_guidelines
from standpoint.codebook.from_config import codebook_from_config
from standpoint.codebook.hotkeys import keys_in, problem_of
from standpoint.codebook.load import check_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.model import StandpointError
from standpoint.core.project import Project

BOOK = {
    "title": "Quay reports",
    "version": "0.1.0",
    "passes": [{"name": "facts", "layers": ["actors", "events", "agent", "link"]}, {"name": "stance", "layers": ["evidence"]}],
    "layers": [
        {"name": "actors", "kind": "span", "labels_from": "actors"},
        {"name": "events", "kind": "span", "labels": [{"name": "seize", "hotkey": "q"}, {"name": "flee", "hotkey": "shift+q"}]},
        {"name": "agent", "kind": "choice", "of": "events", "labels_from": "actors", "hotkeys": "shift"},
        {"name": "link", "kind": "relation", "from": "events", "to": "events", "labels": [{"name": "before"}]},
        {"name": "evidence", "kind": "span", "labels": [{"name": "words", "hotkey": "1"}, {"name": "deed", "hotkey": "q"}]},
    ],
}


def problems(layer: int, label: int, hotkey: str, **changes: str) -> list[str]:
    book = deepcopy(BOOK)
    book["layers"][layer]["labels"][label]["hotkey"] = hotkey
    book["layers"][0] |= changes
    return [f"{where}: {problem}" for where, problem in check_codebook(msgspec.convert(book, Codebook))]


def test_the_same_key_on_two_pages_and_keys_of_lists_elsewhere_are_no_clash():
    assert problems(1, 0, "w") == [] and problems(1, 0, "alt+1") == [] and problems(1, 0, "1", hotkeys="none") == []


@pytest.mark.parametrize(
    "hotkey, expected",
    [
        ("1", "'1' of events/seize is a key of the list of actors too"),
        ("=", "'=' of events/seize is a key of the list of actors too"),
        ("plus", "'=' of events/seize is a key of the list of actors too"),
        ("Shift + 3", "'shift+3' of events/seize is a key of the list of agent too"),
        ("w,2", "'2' of events/seize is a key of the list of actors too"),
        ("Shift+Q", "'shift+q' occurs 2 times: events/seize, events/flee"),
        ("q, shift+q", "'shift+q' occurs 2 times"),
        ("u", "'u' unselects the region in Label Studio"),
        ("U", "'U' unselects the region in Label Studio"),
        ("esc", "unselects the region"),
        ("return", "selects the first region"),
        ("alt+R", "begins a relation"),
        ("command+enter", "submits the annotation"),
        ("shift+ctrl+z", "repeats the last step"),
        ("ctrl+w", "closes a window of the browser"),
        ("banana", "'banana' is no key"),
        ("é", "'é' is no key"),
        ("!", "'!' is no key"),
        ("hyper+a", "'hyper+a' is no key"),
        ("shift+", "'shift+' is no key"),
        (" ", "' ' is no key"),
    ],
)
def test_a_key_that_cannot_work_is_refused_with_its_place(hotkey, expected):
    (problem,) = problems(1, 0, hotkey)
    assert expected in problem and problem.startswith(
        ("layers[1] (events).labels (seize).hotkey: ", "passes[0] (facts): hotkey: ")
    )


def test_relations_have_no_keys_and_lists_only_known_prefixes():
    assert "no keys for the labels of relations" in problems(3, 0, "b")[0]
    assert problems(1, 0, "w", hotkeys="ctrl") == [
        "layers[0] (actors).hotkeys: 'ctrl' should be one of '', 'shift', 'alt', 'none'"
    ]


@pytest.mark.parametrize(
    "hotkey, keys", [("A", ["a"]), ("a,b", ["a", "b"]), (",", [","]), ("shift+,", ["shift+,"]), ("shift+alt+1", ["alt+shift+1"])]
)
def test_keys_are_written_in_one_way(hotkey, keys):
    assert list(keys_in(hotkey)) == keys and problem_of(hotkey) == ""


def test_two_lists_with_the_same_keys_are_refused_by_the_check_of_the_codebook(tmp_path):
    (tmp_path / "guidelines").mkdir()
    project, book = Project(tmp_path), deepcopy(BOOK)
    for hotkeys in ("shift", ""):
        book["layers"][2]["hotkeys"] = hotkeys
        with project.codebook.open("w", encoding="utf-8") as file:
            YAML().dump(book, file)
        if hotkeys:
            assert check_guidelines(project)["layers"] == 5
    with pytest.raises(StandpointError, match="pass facts: the lists of actors and agent have the same keys") as caught:
        check_guidelines(project)
    assert "give agent other `hotkeys`" in caught.value.hint


def test_a_label_config_loses_only_the_keys_that_cannot_be_kept():
    config = """<View><Text name="t" value="$t"/><Labels name="who" toName="t" value="$actors"/>
      <Labels name="what" toName="t"><Label value="A" hotkey="1"/><Label value="B" hotkey="u"/><Label value="C" hotkey="g"/></Labels>
      <Choices name="how" toName="t" value="$actors" perRegion="true" whenTagName="what"/>
      <Choices name="tone" toName="t"><Choice value="glad" hotkey="G"/><Choice value="sad" hotkey="h"/></Choices>
      <Relations><Relation value="before" hotkey="k"/></Relations></View>"""
    values, issues = codebook_from_config(config, "quay")
    codebook = msgspec.convert(values, Codebook)
    assert list(check_codebook(codebook)) == []
    keys = {label.name: label.hotkey for layer in codebook.layers for label in layer.labels}
    assert keys == {"A": "", "B": "", "C": "g", "glad": "", "sad": "h", "before": ""}
    assert [layer.hotkeys for layer in codebook.layers if layer.labels_from] == ["", "none"]
    told = [issue.message for issue in issues if issue.code == "CONFIG-KEY"]
    assert len(told) == 4 and all(issue.level == "note" for issue in issues)
    assert told[0] == "the hotkey of A in what is left out: '1' is the key of another label or of a list"
