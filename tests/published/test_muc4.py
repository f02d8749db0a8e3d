"""MUC-4: a template becomes an incident without a place; its strings become mentions; what a key does not say is not invented."""

from __future__ import annotations

import pytest

from muc_key import FULL, SLOTS, TEXT, irrelevant, key, template
from published_project import article, codes, imported, store, told_of
from standpoint.checks.run import check_project
from standpoint.core.model import Incident, Reporter, Span, StandpointError
from standpoint.published.corpora import muc4, read_labels


def mentions(one) -> dict[str, tuple[str, str]]:
    return {item.quote: (item.layer, item.label) for item in one.annotations if isinstance(item, Span)}


def test_a_template_becomes_incidents_without_a_place_and_mentions_of_its_strings(project, tmp_path):
    store(project, article(TEXT))
    (one,), told, counts = imported(project, "muc4", key(tmp_path / "keys", FULL))
    assert mentions(one) == {
        '"9 MAY" GANG': ("actors", "NEW:9_MAY_GANG"),  # a quotation mark may be in a string
        "9 MAY GANG": ("actors", "NEW:9_MAY_GANG"),  # an alternative is the same actor
        "OSK\nSLUICE": ("things", "THING"),  # whatever blanks the text has
        "BARGE": ("things", "THING"),
        "MILLER": ("actors", "NEW:MILLER"),
        "MILLERS": ("actors", "NEW:MILLERS"),  # the longer word has its own place, and is no place of the shorter one
    }
    ids = {item.quote: item.id for item in one.annotations if isinstance(item, Span)}
    gang = ("NEW:GANG_MEMBERS", "NEW:9_MAY_GANG")
    assert one.incidents == (
        Incident(
            id="VLD-MUC4-0001-1",
            layer="events",
            labels=("blasting",),
            answers={"status": ("done",), "agent": gang, "target": ("NEW:MILLER", "NEW:MILLERS")},
            links={"hit": (ids["OSK\nSLUICE"], ids["BARGE"])},
        ),
        Incident(
            id="VLD-MUC4-0001-1.1",
            layer="events",
            labels=("ruin",),
            answers={"agent": gang},  # the people who were hit were not ruined
            links={"hit": (ids["OSK\nSLUICE"],)},
        ),
        Incident(
            id="VLD-MUC4-0001-1.2", layer="events", labels=("drowning",), answers={"agent": gang, "target": ("NEW:MILLER",)}
        ),
    )
    assert (counts["items"], counts["items stored"], counts["items left out"]) == (13, 10, 3)
    assert codes(told) == []
    assert "'HUM TGT: EFFECT OF INCIDENT: NO DEATH', 1 time(s), is left out: nothing happened" in told_of(told, "LABEL-OMITTED")
    remarks = told_of(told, "LABEL-REMARK")
    assert any(remark.startswith("1 fill(s) are optional") for remark in remarks)
    assert any(remark.startswith("1 string(s) have no place") for remark in remarks)  # GANG MEMBERS
    told = []
    check_project(project, Reporter(issue=told.append))
    assert [issue for issue in told if issue.level == "error"] == []


def test_a_registry_actor_is_found_by_a_name_of_it_and_the_first_of_several_places_is_taken_and_told(project, tmp_path):
    store(project, article(TEXT))
    (one,), told, _ = imported(project, "muc4", key(tmp_path / "keys", template(PERP_ORGANIZATION_ID='"DYKE BOARD" / "BOARD"')))
    (incident,) = one.incidents
    assert incident.answers["agent"] == ("act-000001",)
    places = [(item.start, item.quote) for item in one.annotations if isinstance(item, Span)]
    assert places == [(TEXT.index("DYKE BOARD"), "DYKE BOARD"), (TEXT.index("BOARD'S"), "BOARD")]
    (remark,) = told_of(told, "LABEL-REMARK")
    assert remark.startswith("1 string(s) occur several times in the text; the first free place is marked")


@pytest.mark.parametrize(
    "fills, labels, status",
    [
        ({"INCIDENT_TYPE": "ATTACK"}, ("flooding", "blasting"), ("done",)),
        ({"INCIDENT_INSTRUMENT_TYPE": "WATER"}, ("flooding",), ("done",)),
        ({"INCIDENT_INSTRUMENT_TYPE": 'WATER: "WAVE"'}, ("flooding",), ("done",)),
        ({"INCIDENT_STAGE_OF_EXECUTION": "THREATENED"}, ("blasting",), ("planned", "feared")),
        ({"INCIDENT_STAGE_OF_EXECUTION": "ACCOMPLISHED / THREATENED"}, ("blasting",), ("done", "planned", "feared")),
        ({"INCIDENT_STAGE_OF_EXECUTION": "-"}, ("blasting",), None),
    ],
)
def test_what_the_key_does_not_decide_stays_open(fills, labels, status, project, tmp_path):
    store(project, article(TEXT))
    (one,), _, _ = imported(project, "muc4", key(tmp_path / "keys", template(**fills)))
    (incident,) = one.incidents
    assert (incident.labels, incident.answers.get("status")) == (labels, status)


def test_an_incident_that_has_no_label_is_left_out_with_its_fills_and_its_harm_is_kept(project, tmp_path):
    store(project, article(TEXT))
    robbery = template(
        INCIDENT_TYPE="ROBBERY",
        PERP_ORGANIZATION_ID='"DYKE BOARD"',
        PHYS_TGT_ID='"BARGE"',
        HUM_TGT_EFFECT_OF_INCIDENT='DEATH: "MILLER"',
    )
    (one,), told, _ = imported(project, "muc4", key(tmp_path / "keys", robbery))
    (incident,) = one.incidents
    assert (incident.labels, incident.answers) == (("drowning",), {"agent": ("act-000001",), "target": ("NEW:MILLER",)})
    lost = told_of(told, "LABEL-LOST")
    assert "'PHYS TGT: ID', 1 time(s), is left out: its incident has no label here" in lost
    assert "'INCIDENT: STAGE OF EXECUTION: ACCOMPLISHED', 1 time(s), is left out: its incident has no label here" in lost


def test_a_message_without_an_incident_is_an_empty_set_and_one_that_is_no_article_is_counted(project, tmp_path):
    store(project, article(TEXT), article("VLD-MUC4-0002 (THE MILL)\n\nRAIN FELL."))
    folder = key(tmp_path / "keys", FULL, irrelevant("VLD-MUC4-0002"), template("VLD-MUC4-0003"), template("VLD-MUC4-0003", "2"))
    sets, told, counts = imported(project, "muc4", folder)
    assert sorted(len(one.incidents) for one in sets) == [0, 3]
    (missing,) = told_of(told, "TASK-ARTICLE")
    assert missing == "1 document(s) with 8 annotation(s) are no article of this project, or several: VLD-MUC4-0003"
    assert counts["items left out"] == 3 + 8
    told = []
    check_project(project, Reporter(issue=told.append))
    assert not [issue for issue in told if issue.level == "error" or issue.code == "SET-EMPTY"]


def test_an_optional_template_says_so(project, tmp_path):
    store(project, article(TEXT))
    (one,), _, _ = imported(project, "muc4", key(tmp_path / "keys", template(number="1 (OPTIONAL)")))
    assert [(incident.id, incident.optional) for incident in one.incidents] == [("VLD-MUC4-0001-1", True)]


@pytest.mark.parametrize(
    "fill, values, strings, optional",
    [
        ('DEATH: "A" / "B"', ("DEATH",), ("A", "B"), False),
        ('? INJURY / DEATH: "A"', ("INJURY", "DEATH"), ("A",), True),
        ('?INJURY: "A"/"B"', ("INJURY",), ("A", "B"), True),
        ('(INJURY / DEATH): "A"', ("INJURY", "DEATH"), ("A",), False),
        ('DEATH: "-"', ("DEATH",), (), False),
        (r'DEATH: "\"A\" B"', ("DEATH",), ('"A" B',), False),
        ('DEATH: "A: B / C"', ("DEATH",), ("A: B / C",), False),
        ('DEATH:\n                                    "A"', ("DEATH",), ("A",), False),
        ('DEATH: "A"\n                                    / "B"', ("DEATH",), ("A", "B"), False),
    ],
)
def test_the_forms_of_a_fill(fill, values, strings, optional, tmp_path):
    (labelled,) = read_labels(key(tmp_path / "k", template(HUM_TGT_EFFECT_OF_INCIDENT=fill)) / "key-veld.muc4", "muc4")
    (found,) = [one for one in labelled.templates[0].fills if one.slot == "HUM TGT: EFFECT OF INCIDENT"]
    assert (found.values, found.strings, found.optional) == (values, strings, optional)


def test_a_description_of_a_name_is_one_person_and_a_forgotten_quotation_mark_is_no_matter(tmp_path):
    text = template(HUM_TGT_DESCRIPTION='"MILLER" / "OLD MAN": "ANN REED"', PERP_INDIVIDUAL_ID="GUNMEN")
    (labelled,) = read_labels(key(tmp_path / "k", text) / "key-veld.muc4", "muc4")
    fills = {one.slot: one for one in labelled.templates[0].fills}
    assert fills["HUM TGT: DESCRIPTION"].strings == ("MILLER", "OLD MAN", "ANN REED")
    assert fills["PERP: INDIVIDUAL ID"].strings == ("GUNMEN",)


def test_unknown_values_and_lines_are_errors_by_name(project, tmp_path):
    store(project, article(TEXT))
    text = template(INCIDENT_STAGE_OF_EXECUTION="DREAMT") + "26. HUM TGT: SHOE SIZE   44\n"
    (one,), told, counts = imported(project, "muc4", key(tmp_path / "keys", text))
    assert sorted(codes(told)) == ["ANNOTATION-FORMAT", "LABEL-UNKNOWN"] and counts["items refused"] == 2
    assert "'INCIDENT: STAGE OF EXECUTION: DREAMT', 1 time(s), is not imported" in told_of(told, "LABEL-UNKNOWN")[0]
    assert one.incidents[0].answers == {}


def test_keys_of_no_article_and_folders_without_keys_are_refused(project, tmp_path):
    folder = key(tmp_path / "keys", FULL)
    with pytest.raises(StandpointError, match="none of the 1 document"):
        imported(project, "muc4", folder)
    assert not project.annotators.exists() and not list(project.annotations.glob("*/*"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(StandpointError, match="has no labels of the format muc4"):
        imported(project, "muc4", tmp_path / "empty")
    (tmp_path / "empty" / "key-1").touch()
    with pytest.raises(StandpointError, match="key-1: has no document of the format muc4"):
        imported(project, "muc4", tmp_path / "empty")


def test_all_slots_of_the_format_are_read():
    assert {*SLOTS} == {*muc4.SLOTS}
