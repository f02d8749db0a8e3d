"""Keys that Label Studio would not understand, or that would do two things on one page, are refused before anybody labels."""

from __future__ import annotations

from copy import deepcopy

import msgspec
import pytest
from lxml import etree
from ruamel.yaml import YAML

from example import EXAMPLE
from nonempty import nonempty
from standpoint.checks.run import check_guidelines
from standpoint.codebook.colours import _as_seen, _difference, colors_of, different_colors
from standpoint.codebook.from_config import codebook_from_config
from standpoint.codebook.hotkeys import FREE_KEYS, LIST_KEYS, keys_in, keys_of, problem_of
from standpoint.codebook.kinds._items import NO_KEY
from standpoint.codebook.load import check_codebook, load_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.pages.label_config import label_config

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


def book_of(*layers: dict, names: int = 12) -> Codebook:
    """A codebook with one page: a span layer of labels without keys and colours, then the given layers."""
    topics = {"name": "topics", "kind": "span", "labels": [{"name": f"topic-{number}"} for number in range(1, names + 1)]}
    every = [topics, *layers]
    page = {"name": "reading", "layers": [layer["name"] for layer in every]}
    codebook = msgspec.convert({"title": "Quay", "version": "0.1.0", "passes": [page], "layers": every}, Codebook)
    assert list(check_codebook(codebook)) == []
    return codebook


def shown(codebook: Codebook, tag: str, attribute: str) -> list[str]:
    """An attribute of each label or choice of the page, in their order; "" where the page has none or the sign for no key."""
    page = etree.fromstring(label_config(codebook, "reading"))
    return [item.get(attribute, "").replace(NO_KEY, "") for item in page.iter(tag)]


def test_labels_without_a_key_get_the_next_free_one_in_the_order_of_the_page():
    frame = [{"name": "cost", "hotkey": "3"}, {"name": "duty", "hotkey": "q, shift+1"}, {"name": "harm"}]
    codebook = book_of({"name": "frame", "kind": "choice", "of": "topics", "labels": frame})
    assert shown(codebook, "Label", "hotkey") == ["1", "2", "4", "5", "6", "7", "8", "9", "0", "w", "e", "r"]
    assert shown(codebook, "Choice", "hotkey") == ["3", "q, shift+1", "t"]
    assert keys_of(codebook.by_name["frame"], codebook) == {"cost": "3", "duty": "q, shift+1", "harm": "t"}


def test_the_keys_of_a_list_of_actors_and_of_label_studio_are_not_free():
    codebook = book_of({"name": "actors", "kind": "span", "labels_from": "actors"}, names=23)
    keys = shown(codebook, "Label", "hotkey")
    assert keys == [*"qwertasdfgzxcvbyiophjkl"] and not set(keys) & {*LIST_KEYS, "u"}


def test_a_label_can_have_no_key_on_purpose_and_some_layers_never_get_one():
    tone = [{"name": "glad"}, {"name": "sad", "hotkey": "none"}]
    codebook = book_of(
        {"name": "tone", "kind": "choice", "of": "topics", "labels": tone},
        {"name": "genre", "kind": "choice", "labels": [{"name": "news"}, {"name": "letter", "hotkey": "l"}]},
        {"name": "link", "kind": "relation", "from": "topics", "to": "topics", "labels": [{"name": "after", "hotkey": "none"}]},
        names=1,
    )
    assert shown(codebook, "Choice", "hotkey") == ["2", "", "", "l"]  # a menu shows no keys
    assert keys_of(codebook.by_name["link"], codebook) == {"after": ""}


def test_labels_for_which_no_key_is_left_are_told_and_the_page_works(tmp_path):
    codebook = book_of(names=len(FREE_KEYS) + 2)
    keys = shown(codebook, "Label", "hotkey")
    assert len({*keys[:-2]}) == len(FREE_KEYS) and keys[-2:] == ["", ""] and all(problem_of(key) == "" for key in keys)
    (tmp_path / "guidelines").mkdir()
    with Project(tmp_path).codebook.open("w", encoding="utf-8") as file:
        YAML().dump(msgspec.to_builtins(codebook), file)
    told: list[Issue] = []
    check_guidelines(Project(tmp_path), Reporter(issue=told.append))
    assert [(issue.where, issue.code, issue.level) for issue in told] == [
        (f"topics/topic-{number}", "NO-KEY-LEFT", "note") for number in (61, 62)
    ]


def test_labels_without_a_colour_get_different_ones_and_stated_ones_stay():
    stated = [{"name": "cost", "color": "#77aadd"}, {"name": "duty", "color": "teal"}, {"name": "harm"}]
    codebook = book_of({"name": "frame", "kind": "span", "labels": stated})
    colors = shown(codebook, "Label", "background")
    assert colors[-3:-1] == ["#77aadd", "teal"] and len({*colors}) == 15 == len(colors)
    assert colors_of(codebook.by_name["frame"], codebook) == dict(zip(("cost", "duty", "harm"), colors[-3:], strict=True))


def test_the_project_s_own_pages_have_the_keys_and_colours_that_its_codebook_states():
    codebook = load_codebook(EXAMPLE.codebook)
    for layer in nonempty(layer for layer in codebook.layers if layer.labels):
        assert keys_of(layer, codebook) == {label.name: label.hotkey for label in layer.labels}
        if layer.kind == "span":
            assert colors_of(layer, codebook) == {label.name: label.color for label in layer.labels}


def luminance(color: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_new_colours_can_be_told_apart_and_carry_black_words():
    colors = different_colors((), 12)
    assert all((luminance(color) + 0.05) / 0.05 > 4.5 for color in different_colors((), 40))  # WCAG AA
    assert len(set(different_colors((), 100))) == 100 and different_colors((), 13)[:12] == colors
    assert all(_difference(_as_seen("#ffffff"), _as_seen(color)) > 0.06 for color in different_colors((), 40))  # not pale
    for one in colors:  # as somebody without cones for red, or for green, sees them: by the distance of OKLab
        assert all(_difference(_as_seen(one), _as_seen(other)) > 0.04 for other in colors if other != one)
    # A red and a green of one lightness are alike without the cones that tell them apart; yellow and blue are not.
    assert _difference(_as_seen("#ef8f8f"), _as_seen("#a7a76f")) < 0.5 * _difference(_as_seen("#eedd88"), _as_seen("#77aadd"))
