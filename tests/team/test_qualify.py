"""Qualification: an annotator against what was adjudicated without them, layer by layer, and which way they lean."""

from __future__ import annotations

import msgspec
import pytest

from standpoint.agreement.agreement import Options
from standpoint.codebook.load import check_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.model import AdjudicatedSet, Article, StandpointError
from standpoint.team.progress import Lean, qualify
from two_pass_article import CODEBOOK, HARVEST, TEXT, article_of, choice, digest, facts, made, span, stance

ASKED = [
    {"layer": "events", "statistic": "F1 exact", "value": 0.6},
    {"layer": "status", "statistic": "alpha nominal", "value": 0.55},
    {"layer": "stance", "statistic": "share within one step", "value": 0.8},
]


def codebook(grammar: dict = CODEBOOK, asked: list = ASKED) -> Codebook:
    found = msgspec.convert({**grammar, "qualification": asked}, Codebook)
    assert list(check_codebook(found)) == []
    return found


def adjudicated(annotations: list[dict], annotators=("e01", "e02"), tier: str = "gold") -> dict[str, AdjudicatedSet]:
    name = article_of()["id"]
    values = {
        "article_id": name,
        "tier": tier,
        "codebook_version": "0.2.0",
        "annotators": annotators,
        "text_sha256": digest(TEXT),
        "annotations": annotations,
    }
    return {name: msgspec.convert(values, AdjudicatedSet)}


def test_who_says_what_was_adjudicated_qualifies():
    key = adjudicated([*facts(), *stance()])
    found, issues = qualify("a01", [made(facts()), made(stance(), pass_name="stance")], key, codebook(asked=[ASKED[0], ASKED[2]]))
    assert issues == [] and found.passed and found.tiers == ("gold",) and found.leans == ()
    assert [(one.layer, one.value) for one in found.grades] == [("events", 1.0), ("stance", 1.0)]


def test_half_of_the_events_and_a_stance_two_steps_off_do_not():
    mine = [span("events", "territory.capture", "seized"), choice("status", "asserted", "events-seized")]
    far = [choice("stance", "+1", "act-000001"), choice("stance", "0", "act-000002")]
    key = adjudicated([*facts(), *stance()])
    found, _ = qualify("a01", [made(mine), made(far, pass_name="stance")], key, codebook())
    events, status, scale = found.grades
    assert events.value == pytest.approx(2 / 3) and events.passed  # one of two found, none wrong
    assert status.value is None and not status.passed  # one value only: nothing to measure
    assert scale.value == 0.5 and not scale.passed
    assert found.leans == (Lean("act-000001", "stance", 1, 0),) and not found.leans[0].one_sided and not found.passed


def test_errors_of_sign_that_all_lie_on_one_side_are_a_lean_and_fail():
    name = article_of()["id"]
    keys, sets = {}, []
    for number in (1, 2):
        key = adjudicated([choice("stance", "-1", "act-000001"), choice("stance", "0", "act-000002")])[name]
        keys[f"{name}{number}"] = msgspec.structs.replace(key, article_id=f"{name}{number}")
        answers = [choice("stance", "0", "act-000001"), choice("stance", "0", "act-000002")]
        sets.append(made(answers, pass_name="stance", article_id=f"{name}{number}"))
    found, _ = qualify("a01", sets, keys, codebook(asked=[ASKED[2]]))
    assert found.grades[0].value == 1.0 and found.leans == (Lean("act-000001", "stance", 2, 0),)
    assert found.leans[0].one_sided and not found.passed


def test_spans_outside_the_annotated_text_are_left_out_of_the_figures():
    mine = [*facts(), span("events", "harm.displace", "Support")]  # in the request for donations
    article = msgspec.convert(article_of(), Article)
    found, issues = qualify(
        "a01", [made(mine)], adjudicated([*facts(), *stance()]), codebook(asked=[ASKED[0]]), Options(articles=[[article]])
    )
    assert found.passed and found.grades[0].value == 1.0
    sentence = "spans of events in text that is not annotated are left out: 1 by a01"
    assert [(one.code, one.message) for one in issues] == [("QUALIFY-OUTSIDE", sentence)]


def test_a_set_of_a_pass_or_a_label_that_is_gone_is_one_line():
    key = adjudicated([*facts(), *stance()])
    for changes, problem in (({"pass_name": "nopass"}, "there is no pass nopass"), ({}, "has no label 'rumoured'")):
        mine = made([*facts()[:7], choice("status", "rumoured", "events-fled")], **changes)
        with pytest.raises(StandpointError, match=problem):
            qualify("a01", [mine], key, codebook())


def test_an_article_that_they_helped_to_resolve_is_left_out():
    key = adjudicated([*facts(), *stance()], annotators=("a01", "e01"))
    found, issues = qualify("a01", [made(facts())], key, codebook())
    assert [issue.code for issue in issues] == ["QUALIFY-OWN"] and found.articles == () and not found.passed


def test_another_codebook_and_a_statistic_that_it_does_not_have():
    asked = [{"layer": "crops", "statistic": "F1 exact", "value": 0.5}]
    grammar = msgspec.convert({**HARVEST, "qualification": asked}, Codebook)
    assert list(check_codebook(grammar)) == []
    wrong = msgspec.convert({**HARVEST, "qualification": [{**asked[0], "statistic": "share within one step"}]}, Codebook)
    ((where, _),) = check_codebook(wrong)
    assert where == "qualification[0].statistic"
