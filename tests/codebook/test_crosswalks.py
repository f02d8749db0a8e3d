"""A crosswalk is data of the codebook: its first fitting rule decides, its mistakes are told with their place, renames follow."""

from __future__ import annotations

from copy import deepcopy

import pytest

from published_project import CODEBOOK, flood_project
from standpoint.adjudication.rename_project import rename
from standpoint.codebook.crosswalk import Crosswalk
from standpoint.codebook.load import load_codebook
from standpoint.core.model import Reporter, StandpointError
from standpoint.published.corpora import corpora
from whole_projects import OURS

ABOUT = {"name": "muc4", "title": "t", "source": "s", "licence": "l"}


@pytest.mark.parametrize(
    "rule, problem",
    [
        ({"slot": "entity"}, r"crosswalks\[0\].rules\[0\] \(entity\): `loss` should say what is lost"),
        ({"slot": "entity", "value": "Org", "ours": "bakers"}, r"\(entity: Org\): 'bakers' is no LAYER or LAYER:LABEL"),
        ({"slot": "entity", "ours": "events"}, "'events' is no LAYER or LAYER:LABEL"),
        ({"slot": "entity", "ours": "events:riot"}, "'events:riot' is no LAYER or LAYER:LABEL"),
        ({"slot": "entity", "ours": "actors:act-000001"}, "'actors:act-000001' is no LAYER or LAYER:LABEL"),
        ({"slot": "entity", "ours": ["events:ruin", "status:done"]}, "its labels should be of one layer"),
        ({"slot": "entity", "role": "actors"}, "'actors' is neither a choice of actors about a span nor a label of links"),
        ({"slot": "entity", "role": "link:hit"}, "should name the spans on which the links of `role` end"),
        ({"slot": "entity", "role": "agent", "mark": "things:THING"}, "only for links"),
        ({"slot": "entity", "role": "link:hit", "mark": "events:ruin"}, "should name the spans"),
        ({"slot": "entity", "theirs": "x", "loss": "y"}, "unknown field `theirs`"),
    ],
)
def test_a_mistake_is_told_with_its_place(rule, problem, tmp_path):
    data = deepcopy(CODEBOOK) | {"crosswalks": [ABOUT | {"rules": [rule]}]}
    with pytest.raises(StandpointError, match=problem):
        load_codebook(tmp_path / "codebook.yaml", data)


def test_a_crosswalk_stands_once_and_its_least_confidence_is_a_probability(tmp_path):
    with pytest.raises(StandpointError, match="'muc4' occurs 2 times"):
        load_codebook(tmp_path / "codebook.yaml", deepcopy(CODEBOOK) | {"crosswalks": [ABOUT, ABOUT]})
    with pytest.raises(StandpointError, match="complete: 'actors' is no span layer that its rules fill"):
        load_codebook(tmp_path / "codebook.yaml", deepcopy(CODEBOOK) | {"crosswalks": [ABOUT | {"complete": ["actors"]}]})
    with pytest.raises(StandpointError, match=r"least: 50.0 should be from 0 to 1"):
        load_codebook(tmp_path / "codebook.yaml", deepcopy(CODEBOOK) | {"crosswalks": [ABOUT | {"least": 50}]})


def test_the_first_rule_that_fits_decides():
    codebook = load_codebook(OURS.codebook)
    by_name: dict[str, Crosswalk] = {one.name: one for one in codebook.crosswalks}
    rule = by_name["re3d"].rule
    assert rule("entity", "Person", "They").ours == () and rule("entity", "Person", "Ann Sol").ours == "actors"
    muc = by_name["muc4"].rule
    civilians = muc("INCIDENT: TYPE", "ATTACK", "", {"HUM TGT: TYPE": {"CIVILIAN"}})
    assert [label for _, label in civilians.counterparts] == ["coercion.attack_civilians", "harm.kill"]
    assert muc("INCIDENT: TYPE", "BOMBING", "", {"INCIDENT: INSTRUMENT TYPE": {"AERIAL BOMB"}}).ours == "events:strike.air"
    assert muc("INCIDENT: TYPE", "JAYWALKING") is None


def test_our_crosswalks_have_a_rule_for_each_slot_of_their_format_and_name_no_other():
    for one in load_codebook(OURS.codebook).crosswalks:
        assert {rule.slot for rule in one.rules} == {*corpora()[one.name].SLOTS}, one.name


def test_a_renamed_label_or_layer_is_renamed_in_the_crosswalks(tmp_path):
    project = flood_project(tmp_path / "project")
    rename(project, "events/ruin", "wreck", False, Reporter())
    rename(project, "agent", "doer", False, Reporter())
    rename(project, "link/hit", "struck", False, Reporter())
    written = [text for one in load_codebook(project.codebook).crosswalks for rule in one.rules for text in rule.written()]
    assert {"events:wreck", "doer", "link:struck"} <= set(written)
    assert not {"events:ruin", "agent", "link:hit"} & set(written)
