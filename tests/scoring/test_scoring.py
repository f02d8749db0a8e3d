"""Scores worked by hand; each pitfall of the codebook's table has a test; predictions are read strictly."""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nonempty import nonempty
from standpoint.checks import table as faults
from standpoint.codebook.registry import Actor, Registry
from standpoint.codebook.types import Codebook
from standpoint.core.model import Annotation, StandpointError
from standpoint.scoring.answer_metrics import manhattan, wasserstein
from standpoint.scoring.doc import Doc, System, shares_of
from standpoint.scoring.measures import macro_f1, measure_f1
from standpoint.scoring.predictions import CODES, read_predictions
from standpoint.scoring.scores import Run, compare, refuse_mixture, score
from two_pass_article import CODEBOOK, HARVEST, choice, codebook, relation

TEXT = "Quay falls. The army seized the old mill at dawn and shelled the fort near the old mill. Netters fled the quay.😀"
LABELS = [
    {"name": "territory.capture", "group": "territory"},
    {"name": "territory.loss", "group": "territory"},
    {"name": "harm.displace", "group": "harm"},
]
GROUPED = {
    **CODEBOOK,
    "layers": [layer | ({"labels": LABELS} if layer["name"] == "events" else {}) for layer in CODEBOOK["layers"]],
}
BOOK = codebook(GROUPED)
ARMY, MILL = "act-000001", "act-000002"


def at(words: str, after: int = 0) -> dict:
    start = TEXT.index(words, after)
    return {"start": start, "end": start + len(words), "quote": words}


def span(name: str, layer: str, label: str, words: str, after: int = 0, **more: int) -> dict:
    return {"type": "span", "id": name, "layer": layer, "label": label} | at(words, after) | more


def seized(label: str = "territory.capture", name: str = "e1", **more: int) -> dict:
    return span(name, "events", label, "seized", **more)


def shelled(name: str = "e2") -> dict:
    return span(name, "events", "territory.capture", "shelled")


def mill(name: str = "p1", after: int = 0, words: str = "old mill") -> dict:
    return span(name, "places", "PLACE", words, after)


def doc(*items: dict, name: str = "q-1", group: str = "", text: str | None = TEXT, soft: dict | None = None) -> Doc:
    annotations = tuple(msgspec.convert(list(items), list[Annotation]))
    return Doc(name, group or name, len(TEXT), text, annotations, soft or {})


def value(metric: str, gold: Doc | list[Doc], said: Doc | list[Doc], book=BOOK) -> float | None:
    golds, docs = (one if isinstance(one, list) else [one] for one in (gold, said))
    report = score({one.article_id: one for one in golds}, {one.article_id: one for one in docs}, book, resamples=0)
    (found,) = [one.value for one in report.scores if f"{one.layer} {one.metric}" == metric]
    return found


def pair(place: str, trigger: str = "e1", tail: str = "p1") -> dict:
    return relation("where", place, trigger, tail)


AGENT = choice("agent", ARMY, "e1")
TWO = (seized(), shelled())
STANCE = [choice("stance", "-1", ARMY), choice("stance", "0", MILL)]


def evidence(words: str, actor: str = ARMY) -> dict:
    return span("v" + words[:3], "evidence", actor, words)


# metric: (gold, predictions, the score worked by hand)
WORKED = {
    "all right": ("events F1 exact", [seized()], [seized()], 1.0),
    "nothing predicted": ("events F1 exact", [seized()], [], 0.0),
    "nothing in gold": ("events F1 exact", [], [seized()], 0.0),
    "nothing on either side is no score": ("events F1 exact", [], [], None),
    "one of two found, none wrong": ("events F1 exact", list(TWO), [seized()], 2 / 3),
    "one found, one wrong, one missed": ("events F1 exact", list(TWO), [seized(), span("x", "events", "harm.displace", "fled")], 1 / 2),
    "another type is not the type": ("events F1 exact", [seized()], [seized("harm.displace")], 0.0),
    "but it is the trigger": ("events F1 exact, any label", [seized()], [seized("harm.displace")], 1.0),
    "another type of the group": ("events F1 exact, groups", [seized()], [seized("territory.loss")], 1.0),
    "another group": ("events F1 exact, groups", [seized()], [seized("harm.displace")], 0.0),
    "a longer trigger is another trigger": ("events F1 exact, any label", [seized()], [span("e1", "events", "territory.capture", "seized the")], 0.0),
    "a longer trigger overlaps": ("events F1 overlap", [seized()], [span("e1", "events", "territory.capture", "seized the")], 1.0),
    "two predictions over one: one to one": ("events F1 overlap", [span("e1", "events", "territory.capture", "seized the")], [seized(), span("e3", "events", "territory.capture", "the old")], 2 / 3),
    "an argument with its trigger and role": ("events F1 of arguments", [seized(), AGENT], [seized(), AGENT], 1.0),
    "another actor": ("events F1 of arguments", [seized(), AGENT], [seized(), choice("agent", MILL, "e1")], 0.0),
    "the argument of another trigger": ("events F1 of arguments", [*TWO, AGENT], [*TWO, choice("agent", ARMY, "e2")], 0.0),
    "right argument, wrong type of its trigger": ("events F1 of arguments", [seized(), AGENT], [seized("harm.displace"), AGENT], 0.0),
    "another role": ("events F1 of arguments", [seized(), mill(), pair("place")], [seized(), mill(), pair("time")], 0.0),
    "another role, roles aside": ("events F1 of arguments, any role", [seized(), mill(), pair("place")], [seized(), mill(), pair("time")], 1.0),
    "one filler in two roles is two arguments, roles aside too": ("events F1 of arguments, any role", [seized(), mill(), pair("place"), pair("time")], [seized(), mill(), pair("place")], 2 / 3),
    "and with their roles": ("events F1 of arguments", [seized(), mill(), pair("place"), pair("time")], [seized(), mill(), pair("place")], 2 / 3),
    "the same words elsewhere are another filler": ("events F1 of arguments", [seized(), mill(), pair("place")], [seized(), mill(after=60), pair("place")], 0.0),
    "the head of a longer filler": ("events F1 of arguments, last word", [seized(), mill(), pair("place")], [seized(), mill(words="the old mill"), pair("place")], 1.0),
    "status with its trigger": ("status F1 end to end", [seized(), choice("status", "denied", "e1")], [seized(), choice("status", "denied", "e1")], 1.0),
    "another status": ("status F1 end to end", [seized(), choice("status", "denied", "e1")], [seized(), choice("status", "asserted", "e1")], 0.0),
    "status of a wrong type": ("status F1 end to end", [seized(), choice("status", "denied", "e1")], [seized("harm.displace"), choice("status", "denied", "e1")], 0.0),
    # denied: 1 of 1 found, asserted: 0 of 1 -> (1 + 0) / 2
    "macro over values, each with its trigger": ("status macro F1 end to end", [*TWO, choice("status", "denied", "e1"), choice("status", "asserted", "e2")], [seized(), choice("status", "denied", "e1")], 1 / 2),
    "mentions": ("actors F1 exact, any label", [span("a", "actors", ARMY, "army")], [span("a", "actors", MILL, "army")], 1.0),
    "mentions with their actor": ("actors F1 exact", [span("a", "actors", ARMY, "army")], [span("a", "actors", MILL, "army")], 0.0),
    # negative: F 1; neutral: F 1 (said 0 for the second) -> mean 1
    "stance, both sides right": ("stance macro F1 of sides", STANCE, [choice("stance", "-2", ARMY), choice("stance", "0", MILL)], 1.0),
    "what is not predicted is neutral": ("stance macro F1 of sides", STANCE, [choice("stance", "-1", ARMY)], 1.0),
    # gold -1 and 0, said 0 and 0: negative F 0; neutral 2·1/(2+1) = 2/3; mean over the two in gold: 1/3
    "all neutral": ("stance macro F1 of sides", STANCE, [], 1 / 3),
    "targets that gold does not have do not count": ("stance macro F1 of sides", STANCE, [*STANCE, choice("stance", "+2", "act-000009")], 1.0),
    "the mean of both sides": ("stance macro F1 of sides, without 0", STANCE, STANCE, 1.0),
    "steps from the median": ("stance mean distance", STANCE, [choice("stance", "+1", ARMY)], 1.0),
    # gold -1, 0; said -2, 0: observed (1 + 0)/2; expected of margins: (1 + 1 + 4 + 0)/4 = 1.5 -> 1 - .5/1.5
    "quadratic kappa": ("stance Cohen's kappa, quadratic weights", STANCE, [choice("stance", "-2", ARMY)], 1 - 0.5 / 1.5),
    "kappa of one value is none": ("stance Cohen's kappa, quadratic weights", [STANCE[1]], [STANCE[1]], None),
    "words of evidence": ("evidence F1 of words", [STANCE[0], evidence("the old mill")], [STANCE[0], evidence("old mill at")], 2 / 3),
    "whatever is said on the scale": ("evidence F1 of words", [STANCE[0], evidence("old mill")], [choice("stance", "+1", ARMY), evidence("old mill")], 1.0),
    # of 2 + 3 words of gold the two about one actor are predicted, and nothing of the other
    "silence about an actor is missed evidence": ("evidence F1 of words", [*STANCE, evidence("old mill"), evidence("shelled the fort", MILL)], [STANCE[0], evidence("old mill")], 2 * 2 / (2 + 5)),
    "evidence about another actor": ("evidence F1 of words", [*STANCE, evidence("old mill")], [*STANCE, evidence("old mill", MILL)], 0.0),
    "other spans": ("places F1 exact", [mill()], [mill(words="the old mill")], 0.0),
}  # fmt: skip


@pytest.mark.parametrize("case", WORKED)
def test_worked_by_hand(case):
    metric, gold, said, expected = WORKED[case]
    assert (
        value(metric, doc(*gold), doc(*said)) == pytest.approx(expected)
        if expected is not None
        else value(metric, doc(*gold), doc(*said)) is None
    )


def test_there_are_thirty_worked_cases():
    assert len(WORKED) >= 30


def test_new_actors_are_assigned_so_that_most_is_right():
    gold = doc(
        span("a", "actors", "NEW:ARMY", "army"),
        span("b", "actors", "NEW:NETTERS", "Netters"),
        seized(),
        choice("agent", "NEW:ARMY", "e1"),
    )
    said = doc(
        span("a", "actors", "NEW:2", "army"), span("b", "actors", "NEW:1", "Netters"), seized(), choice("agent", "NEW:2", "e1")
    )
    assert value("actors F1 exact", gold, said) == value("events F1 of arguments", gold, said) == 1.0
    one = doc(span("a", "actors", "NEW:1", "army"), span("b", "actors", "NEW:1", "Netters"))  # one actor cannot be both
    assert value("actors F1 exact", gold, one) == 0.5
    assert value("actors F1 exact", gold, doc(span("a", "actors", ARMY, "army"))) == 0.0


def test_soft_scores_worked_by_hand():
    layer = BOOK.by_name["stance"]
    assert manhattan({"-1": 0.5, "0": 0.5}, {"0": 1.0}, layer) == 1.0
    assert wasserstein({"-1": 0.5, "0": 0.5}, {"0": 1.0}, layer) == 0.5  # half of it one step
    assert wasserstein({"-2": 1.0}, {"+2": 1.0}, layer) == 4.0 and manhattan({"-2": 1.0}, {"+2": 1.0}, layer) == 2.0
    gold = doc(*STANCE, soft={"stance": {ARMY: shares_of(["-1", "-1", "0", "0"])}})
    assert value("stance Manhattan distance of shares", gold, doc(*STANCE)) == pytest.approx((1.0 + 0.0) / 2)
    assert (
        value("stance Wasserstein distance of shares", gold, doc(*STANCE, soft={"stance": {ARMY: {"-1": 0.5, "0": 0.5}}})) == 0.0
    )


# The pitfalls of the codebook's table (4.2), a test a row.


def test_pitfall_preprocessing_predictions_are_offsets_into_the_canonical_text(tmp_path):
    """Peng et al. 2023: scores are comparable only on one text; offsets that slice to another quote are refused."""
    said = seized() | {"start": 22, "end": 28}
    assert codes(tmp_path, [said]) == ["PRED-QUOTE"]


def test_pitfall_attached_two_events_of_one_type_with_one_filler_are_two_arguments():
    """TextEE keys by the event's type, so that one filler of two attacks counts once; only attached scores are official."""
    both = [*TWO, AGENT, choice("agent", ARMY, "e2")]
    one = [*TWO, AGENT]
    assert value("events F1 of arguments", doc(*both), doc(*one)) == pytest.approx(2 / 3)
    swapped = [*TWO, mill(), pair("place"), AGENT]
    moved = [*TWO, mill(), pair("place", "e2"), AGENT]
    assert (
        value("events F1 of arguments, unattached", doc(*swapped), doc(*moved))
        == 1.0
        > value("events F1 of arguments", doc(*swapped), doc(*moved))
    )


def test_pitfall_scopes_strict_is_official_and_looser_scores_are_called_diagnostics():
    """OmniEvent's four scopes give four numbers: ours are told apart in each score."""
    report = score({"q-1": doc(*TWO)}, {"q-1": doc(*TWO)}, BOOK, resamples=0)
    official = {f"{one.layer} {one.metric}" for one in report.scores if one.official}
    assert {
        "events F1 exact, any label",
        "events F1 exact, groups",
        "events F1 exact",
        "events F1 of arguments, any role",
        "events F1 of arguments",
        "status F1 end to end",
        "status macro F1 end to end",
        "actors F1 exact, any label",
        "actors F1 exact",
        "stance macro F1 of sides",
        "evidence F1 of words",
    } <= official
    assert official.isdisjoint(
        {
            "events F1 overlap",
            "events F1 of arguments, last word",
            "events F1 of arguments, unattached",
            "events macro F1 exact",
            "stance macro F1 of sides, without 0",
        }
    )


def test_pitfall_head_or_extent_is_stated_once():
    """A longer filler with the same last word is right by its head, and wrong by its extent."""
    gold, said = doc(seized(), mill(), pair("place")), doc(seized(), mill(words="the old mill"), pair("place"))
    assert (value("events F1 of arguments", gold, said), value("events F1 of arguments, last word", gold, said)) == (0.0, 1.0)


def test_pitfall_ensembles_what_made_the_predictions_must_be_said(tmp_path):
    """Best of an ensemble against a single model: the first line says seed and single_model, or nothing is scored."""
    path = tmp_path / "p.jsonl"
    for line in ("", "{}", '{"system": "x", "seed": 1}', '{"article_id": "q-1"}'):
        path.write_text(line + "\n")
        with pytest.raises(StandpointError, match="PRED-SYSTEM|empty"):
            read_predictions(path, {"q-1": doc()}, BOOK)


def test_pitfall_extents_a_near_miss_is_seen_in_the_overlap_and_never_in_the_official_score():
    """RAEE: exact match under-credits; the looser score stands beside it."""
    gold, said = doc(seized()), doc(span("e1", "events", "territory.capture", "seized the"))
    assert (value("events F1 exact", gold, said), value("events F1 overlap", gold, said)) == (0.0, 1.0)


def test_pitfall_strings_a_span_without_offsets_is_refused(tmp_path):
    """Strings mapped to their first occurrence: we do not guess where a string stands."""
    said = {"type": "span", "id": "e1", "layer": "events", "label": "territory.capture", "quote": "seized"}
    assert codes(tmp_path, [said]) == ["PRED-LINE"]


def test_pitfall_nothing_divided_by_nothing_is_no_score_and_not_0():
    """TextEE's safe_div: a score of nothing says why it is none."""
    report = score({"q-1": doc()}, {"q-1": doc()}, BOOK, resamples=100)
    assert all(one.value is None and one.reason and one.low is None for one in nonempty(report.scores))
    assert value("events F1 exact", doc(seized()), doc()) == 0.0  # but nothing of something is 0


def test_pitfall_individuation_every_mention_counts():
    """MUC-4: people do not agree on which mentions are one event; two mentions of one type are two triggers."""
    assert value("events F1 exact", doc(*TWO), doc(seized())) == pytest.approx(2 / 3)


def test_pitfall_neutral_targets_and_those_that_annotators_differ_on_are_kept():
    """NewsMTSC dropped them: here a system that calls all neutral targets negative loses."""
    gold = doc(choice("stance", "0", ARMY), choice("stance", "0", MILL), soft={"stance": {ARMY: {"-1": 0.5, "+1": 0.5}}})
    said = doc(choice("stance", "-1", ARMY), choice("stance", "0", MILL))
    # Neutral is the one class that gold has: 1 of 2 found, 1 predicted -> 2/3; negative is no class of gold.
    assert value("stance macro F1 of sides", gold, said) == pytest.approx(2 / 3) and value(
        "stance Manhattan distance of shares", gold, doc()
    ) == pytest.approx(2.0 / 2)


# Predictions


def read(folder: Path, items: list[dict], article: str = "q-1", gold: Doc | None = None, **line: object):
    path = folder / "p.jsonl"
    system = {"system": "toy", "seed": 1, "single_model": True}
    path.write_text("\n".join(json.dumps(one) for one in (system, {"article_id": article, "annotations": items} | line)) + "\n")
    return read_predictions(path, {"q-1": gold or doc()}, BOOK)


def codes(folder: Path, items: list[dict], **line: object) -> list[str]:
    return [issue.code for issue in read(folder, items, **line)[2] if issue.level == "error"]


PLACE = mill()
BAD = {
    "PRED-ARTICLE": ([], {"article": "q-2"}),
    "PRED-LINE": ([], {"colour": "red"}),
    "PRED-LAYER": ([span("x", "weather", "rain", "fort")], {}),
    "PRED-LABEL": ([seized("territory.rent")], {}),
    "PRED-RANGE": ([seized() | {"end": 999}], {}),
    "PRED-QUOTE": ([seized() | {"quote": "shelled"}], {}),
    "PRED-OF": ([choice("status", "denied", "e9")], {}),
    "PRED-SCORES": ([choice("stance", "0", ARMY) | {"scores": {"0": 0.5, "+1": 0.2}}], {}),
    "PRED-DANGLING": ([seized(), pair("place")], {}),
    "PRED-ENDS": ([seized(), mill(), relation("where", "place", "p1", "e1")], {}),
    "PRED-DUPLICATE": ([seized(), seized(name="e2")], {}),
}


@pytest.mark.parametrize("code", BAD)
def test_a_fault_in_predictions_has_its_code_and_its_line(code, tmp_path):
    items, line = BAD[code]
    _, _, issues = read(tmp_path, items, **line)
    assert [issue.code for issue in issues if issue.level == "error"] == [code]
    assert all(issue.where.startswith("p.jsonl:2") for issue in nonempty(issue for issue in issues if issue.code == code))


def test_each_fault_of_annotations_has_a_code_for_predictions(tmp_path):
    table = tomllib.loads(Path(faults.__file__).with_name("faults.toml").read_text(encoding="utf-8"))
    found = {code for code in nonempty(table) if not code.startswith("FILE-")} | {"SPAN-HALF", "SPAN-TWICE"}
    assert found <= CODES.keys()
    retired = codebook(GROUPED | {"retired": {"weather": ""}})
    path = tmp_path / "p.jsonl"
    lines = (
        {"system": "toy", "seed": 1, "single_model": True},
        {"article_id": "q-1", "annotations": [span("x", "weather", "rain", "fort")]},
    )
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert [issue.code for issue in read_predictions(path, {"q-1": doc()}, retired)[2]] == ["PRED-LAYER"]


def test_a_second_line_of_an_article_is_refused_and_one_that_is_missing_is_told(tmp_path):
    path = tmp_path / "p.jsonl"  # gzip is known by its content
    system, line = {"system": "toy", "seed": None, "single_model": True}, {"article_id": "q-1", "annotations": [seized()]}
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, (system, line, line))).encode()))
    _, docs, issues = read_predictions(path, {"q-1": doc(), "q-2": doc(name="q-2")}, BOOK)
    assert [(issue.code, issue.level) for issue in issues] == [("PRED-TWICE", "error"), ("PRED-MISSING", "note")]
    assert list(docs) == ["q-1"] and docs["q-1"].spans["events"][0].start == TEXT.index("seized")


def test_actors_that_no_registry_has_are_refused_by_name(tmp_path):
    actors = (Actor(id=ARMY, name="Army"), Actor(id=MILL, name="Mill"), Actor(id="act-000003", name="Guard", redirect_to=MILL))
    registry = Registry(version="0.1.0", actors=actors)
    path = tmp_path / "p.jsonl"
    items = [
        seized(),
        choice("agent", "act-999999", "e1"),
        span("a1", "actors", "Osama", "army"),
        choice("stance", "0", "act-000003"),
        choice("stance", "0", "NEW:1"),
        choice("stance", "0", ARMY),
    ]
    system = {"system": "toy", "seed": None, "single_model": True}
    path.write_text("\n".join(map(json.dumps, (system, {"article_id": "q-1", "annotations": items}))), encoding="utf-8")
    issues = read_predictions(path, {"q-1": doc()}, BOOK, registry=registry)[2]
    assert [(issue.code, issue.level) for issue in issues] == [("PRED-ACTOR", "error")] * 3
    messages = [issue.message.partition(";")[0] for issue in issues]
    assert messages[:2] == ["'act-999999' is no actor of the registry", "'Osama' is no actor of the registry"]
    assert messages[2] == f"act-000003 is {MILL} in the registry by now"
    assert not read_predictions(path, {"q-1": doc()}, BOOK)[2]  # without a registry, nobody knows


def test_scores_that_contradict_their_label_are_refused(tmp_path):
    """Otherwise one score is of the label and another of the shares: the better of both for each."""
    said = choice("stance", "0", ARMY)
    assert codes(tmp_path, [said | {"scores": {"0": 0.4, "+1": 0.6}}]) == ["PRED-SCORES"]
    assert codes(tmp_path, [said | {"scores": {"-1": 0.6, "+1": 0.4}}]) == ["PRED-SCORES"]
    assert codes(tmp_path, [said | {"scores": {"0": 0.5, "+1": 0.5}}]) == []


# Nested spans, and spans of several labels


OVERLAPPING = {"events": {"overlaps": "nested"}, "actors": {"multiple": True}, "evidence": {"multiple": True}}
NESTING = codebook(GROUPED | {"layers": [layer | OVERLAPPING.get(layer["name"], {}) for layer in GROUPED["layers"]]})
WHOLE, PART = span("e1", "events", "territory.capture", "seized the old mill"), seized("harm.displace", "e2")
LONGER = span("e3", "events", "territory.capture", "seized the old")
BOTH_ACTORS = [span("a1", "actors", ARMY, "army"), span("a2", "actors", MILL, "army")]

# metric: (gold, predictions, the score worked by hand)
STACKED = {
    "one of two nested triggers, another with another end": ("events F1 exact", [WHOLE, PART], [PART, LONGER], 2 / 4),
    "the same, by extent": ("events F1 exact, any label", [WHOLE, PART], [PART, LONGER], 2 / 4),
    "the equal one is paired first, then the other": ("events F1 overlap", [WHOLE, PART], [LONGER, PART], 1.0),
    "an argument of the inner trigger is not one of the outer": ("events F1 of arguments", [WHOLE, PART, AGENT], [WHOLE, PART, choice("agent", ARMY, "e2")], 0.0),
    "each of two nested triggers has its argument": ("events F1 of arguments", [WHOLE, PART, AGENT, choice("agent", MILL, "e2")], [WHOLE, PART, AGENT], 2 / 3),
    "each has its status": ("status F1 end to end", [WHOLE, PART, choice("status", "denied", "e1"), choice("status", "asserted", "e2")], [WHOLE, PART, choice("status", "denied", "e1"), choice("status", "denied", "e2")], 2 / 4),
    "one of two actors of a mention": ("actors F1 exact", BOTH_ACTORS, BOTH_ACTORS[:1], 2 / 3),
    "the mention is found, for one of its two labels": ("actors F1 exact, any label", BOTH_ACTORS, BOTH_ACTORS[:1], 2 / 3),
    "one actor too many": ("actors F1 exact", BOTH_ACTORS[1:], BOTH_ACTORS, 2 / 3),
    "and it is one too many without labels too": ("actors F1 exact, any label", BOTH_ACTORS[1:], BOTH_ACTORS, 2 / 3),
    "two labels overlap one": ("actors F1 overlap", BOTH_ACTORS, [span("a3", "actors", ARMY, "The army"), span("a4", "actors", ARMY, "Netters")], 2 / 4),
    "evidence about two actors counts for each": ("evidence F1 of words", [*STANCE, evidence("seized the"), evidence("seized the", MILL) | {"id": "v2"}], [*STANCE, evidence("seized the")], 4 / 6),
}  # fmt: skip


@pytest.mark.parametrize("case", STACKED)
def test_nested_spans_and_spans_of_several_labels_worked_by_hand(case):
    metric, gold, said, expected = STACKED[case]
    assert value(metric, doc(*gold), doc(*said), NESTING) == pytest.approx(expected)


def test_several_labels_of_a_span_are_read_and_one_label_twice_is_refused(tmp_path):
    path = tmp_path / "p.jsonl"
    system = {"system": "toy", "seed": None, "single_model": True}
    for items, expected in ((BOTH_ACTORS, []), ([*BOTH_ACTORS, BOTH_ACTORS[0] | {"id": "a5"}], ["PRED-DUPLICATE"])):
        path.write_text("\n".join(map(json.dumps, (system, {"article_id": "q-1", "annotations": items}))), encoding="utf-8")
        _, docs, issues = read_predictions(path, {"q-1": doc()}, NESTING)
        assert [issue.code for issue in issues] == expected
        assert len(docs["q-1"].annotations) == (2 if not expected else 0)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b"\x1f\x8b\x08broken"])
def test_what_is_no_json_is_one_line(content, tmp_path):
    path = tmp_path / ("p.jsonl.gz" if content[:2] == b"\x1f\x8b" else "p.jsonl")
    path.write_bytes(content)
    with pytest.raises(StandpointError, match="p.jsonl"):
        read_predictions(path, {"q-1": doc()}, BOOK)


# Several articles, intervals, comparisons


def several(found: list[bool]) -> tuple[dict, dict]:
    golds = {f"q-{number}": doc(seized(), name=f"q-{number}") for number in range(len(found))}
    return golds, {f"q-{number}": doc(*([seized()] if right else []), name=f"q-{number}") for number, right in enumerate(found)}


def test_articles_of_one_group_are_drawn_together_and_the_interval_holds_the_value():
    golds, said = several([True, False] * 10)
    report = score(golds, said, BOOK, resamples=500)
    (found,) = [one for one in report.scores if (one.layer, one.metric) == ("events", "F1 exact")]
    assert found.value == pytest.approx(2 / 3) and (found.precision, found.recall) == (1.0, 0.5)
    assert found.low < found.value < found.high
    together = {name: Doc(one.article_id, "one", one.length, one.text, one.annotations) for name, one in golds.items()}
    (found,) = [
        one for one in score(together, said, BOOK, resamples=500).scores if (one.layer, one.metric) == ("events", "F1 exact")
    ]
    assert found.low is None and found.value == pytest.approx(2 / 3)  # one group: nothing to draw from


def test_a_clear_difference_is_more_than_chance_and_none_is_not():
    golds, good = several([True] * 12)
    _, bad = several([True] * 2 + [False] * 10)
    (clear,) = [one for one in compare(golds, good, bad, BOOK, turns=2_000) if (one.layer, one.metric) == ("events", "F1 exact")]
    (same,) = [one for one in compare(golds, good, good, BOOK, turns=2_000) if (one.layer, one.metric) == ("events", "F1 exact")]
    assert clear.difference == pytest.approx(1 - 2 * 2 / 14) and clear.p < 0.01
    assert (same.difference, same.p) == (0.0, 1.0)
    assert [one.p for one in compare(golds, good, bad, BOOK, turns=500)] == [
        one.p for one in compare(golds, good, bad, BOOK, turns=500)
    ]


def test_p_is_exact_where_all_turns_can_be_counted():
    """Two stories, one system right in both, the other in none: of the four ways to exchange them, two are as far apart."""
    golds, good = several([True, True])
    _, bad = several([False, False])
    (found,) = [one for one in compare(golds, good, bad, BOOK) if (one.layer, one.metric) == ("events", "F1 exact")]
    assert (found.p, found.least_p) == (0.5, 0.5)
    # In eight stories, of which the systems differ in six: 2 of 64.
    golds, good = several([True] * 8)
    _, bad = several([True] * 2 + [False] * 6)
    (found,) = [one for one in compare(golds, good, bad, BOOK, turns=64) if (one.layer, one.metric) == ("events", "F1 exact")]
    assert (found.p, found.least_p) == (2 / 64, 2 / 64)


def test_a_score_that_rests_on_few_stories_has_no_interval():
    golds, said = several([True, False, True, True, False, True])
    golds["q-0"] = doc(seized(), mill(), name="q-0")  # places are in one story only
    report = score(golds, said, BOOK)
    found = {(one.layer, one.metric): one for one in report.scores}
    exact, places = found["events", "F1 exact"], found["places", "F1 exact"]
    assert exact.low < exact.value < exact.high and exact.no_interval == ""
    assert (places.value, places.low, places.high, places.no_interval) == (0.0, None, None, "1 story: no interval")
    two = score(dict(list(golds.items())[:2]), said, BOOK)
    assert all(one.low is None for one in two.scores)
    assert {one.no_interval for one in two.scores if one.value is not None} == {"2 stories: no interval", "1 story: no interval"}
    assert not any(one.no_interval for one in score(golds, said, BOOK, resamples=0).scores)  # none was asked for


def run_of(name: str, **system: object) -> Run:
    report = score({"q-1": doc()}, {"q-1": doc()}, BOOK, resamples=0)
    said = {"system": "toy", "seed": 1, "single_model": True} | system
    return Run(Path(name), msgspec.convert(said, System), {}, report)


MIXED = {
    "two systems": ([{}, {"system": "other", "seed": 2}], "b.jsonl: system is 'other', in a.jsonl it is 'toy'"),
    "an ensemble beside a model": ([{}, {"single_model": False, "seed": 2}], "b.jsonl: single_model is False"),
    "a run that was given something": ([{}, {"given": ["events"], "seed": 2}], "b.jsonl: given is ('events',)"),
    "one run twice": ([{}, {}], "2 files with the seeds 1, 1"),
    "runs without a seed": ([{"seed": None}, {"seed": None}], "2 files with the seeds none, none"),
}


@pytest.mark.parametrize("case", MIXED)
def test_only_runs_of_one_system_are_averaged(case):
    systems, message = MIXED[case]
    with pytest.raises(StandpointError) as error:
        refuse_mixture([run_of(f"{name}.jsonl", **one) for name, one in zip("abc", systems, strict=False)])
    assert error.value.message.startswith(message) and error.value.hint
    refuse_mixture([run_of("a.jsonl"), run_of("b.jsonl", seed=2, note="again"), run_of("c.jsonl", seed=3)])
    refuse_mixture([run_of("a.jsonl", seed=None)], run_of("b.jsonl", system="other", seed=None))
    with pytest.raises(StandpointError, match=r"a.jsonl was given nothing, b.jsonl was given events"):
        refuse_mixture([run_of("a.jsonl")], run_of("b.jsonl", given=["events"]))


def test_macro_f1_and_kappa_are_scikit_learn_s():
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the reference")
    chance = np.random.default_rng(1)
    right, said = (chance.integers(0, 5, 60) for _ in range(2))
    names = [label.name for label in BOOK.by_name["stance"].labels]
    golds = {f"q-{n}": doc(choice("stance", names[one], ARMY), name=f"q-{n}") for n, one in enumerate(right)}
    docs = {f"q-{n}": doc(choice("stance", names[one], ARMY), name=f"q-{n}") for n, one in enumerate(said)}
    report = {f"{one.layer} {one.metric}": one.value for one in score(golds, docs, BOOK, resamples=0).scores}
    sides = np.sign(np.arange(5) - 2)
    assert report["stance Cohen's kappa, quadratic weights"] == pytest.approx(
        metrics.cohen_kappa_score(right, said, weights="quadratic"), abs=1e-9
    )
    assert report["stance macro F1 of sides"] == pytest.approx(
        metrics.f1_score(sides[right], sides[said], average="macro"), abs=1e-9
    )
    assert report["stance mean distance"] == pytest.approx(metrics.mean_absolute_error(right, said), abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=6))
def test_scores_are_between_0_and_1(rows):
    sums = np.array([[min(row), max(row), max(row)] for row in rows], float)
    values = measure_f1(sums)
    assert np.all(np.isnan(values) | ((values >= 0) & (values <= 1)))
    found = macro_f1(sums.reshape(1, -1))
    assert np.isnan(found[0]) == (not sums[:, 1:].any())
    if sums[:, 1:].any():
        assert 0 <= found[0] <= 1


def test_another_codebook_has_its_own_scores():
    book = codebook(HARVEST)
    gold = msgspec.convert(
        [
            {"type": "span", "id": "c", "layer": "crops", "label": "grain", "start": 0, "end": 4, "quote": ""},
            {"type": "span", "id": "a", "layer": "amounts", "label": "price", "start": 5, "end": 8, "quote": ""},
            {"type": "relation", "id": "r", "layer": "measure", "label": "sold_for", "head": "c", "tail": "a"},
        ],
        list[Annotation],
    )
    docs = {"h-1": Doc("h-1", "h-1", 20, None, tuple(gold))}
    report = {f"{one.layer} {one.metric}": one for one in score(docs, docs, book, resamples=0).scores}
    assert {name for name, one in report.items() if one.official and one.value == 1.0} == {
        "crops F1 exact, any label",
        "crops F1 exact",
        "amounts F1 exact, any label",
        "amounts F1 exact",
        "measure F1 end to end, any label",
        "measure F1 end to end",
    }
    assert {one.track for one in report.values()} == {"end to end"}


# A topic without actors and events: a layer of each kind and form.
LETTERS = {
    "title": "Claims in letters",
    "version": "0.1.0",
    "passes": [
        {"name": "all", "layers": ["claims", "support", "doubt", "kinds", "leads", "wish", "themes", "tone", "hope", "note"]}
    ],
    "layers": [
        {"name": "claims", "kind": "span", "labels": ["fact", "forecast"]},
        {"name": "support", "kind": "choice", "of": "claims", "default": "none", "labels": ["none", "number"]},
        {"name": "doubt", "kind": "choice", "of": "claims", "ordinal": True, "labels": ["0", "1", "2"]},
        {"name": "kinds", "kind": "choice", "of": "claims", "multiple": True, "labels": ["old", "new"]},
        {"name": "leads", "kind": "relation", "from": "claims", "to": "claims", "labels": ["because", "although"]},
        {"name": "wish", "kind": "text", "of": "claims"},
        {"name": "themes", "kind": "choice", "multiple": True, "labels": ["trams", "trees", "rates"]},
        {"name": "tone", "kind": "choice", "labels": ["calm", "angry"]},
        {"name": "hope", "kind": "choice", "ordinal": True, "labels": ["1", "2", "3", "4", "5"]},
        {"name": "note", "kind": "text"},
    ],
}


def letters() -> Codebook:
    layers = [
        layer | ({"labels": [{"name": name, "value": int(name) if layer.get("ordinal") else None} for name in layer["labels"]]})
        if "labels" in layer
        else layer
        for layer in LETTERS["layers"]
    ]
    return codebook(LETTERS | {"layers": layers})


FACT, FORECAST = span("c1", "claims", "fact", "seized the old mill"), span("c2", "claims", "forecast", "shelled the fort")
CLAIMS = [FACT, FORECAST]


def said_of(layer: str, *labels: str, of: str = "") -> list[dict]:
    return [choice(layer, label, of) for label in labels]


# layer and metric: (gold, predictions, track, the score worked by hand)
ANY_TOPIC = {
    "claims F1 exact": (CLAIMS, [FACT, FORECAST | {"label": "fact"}], "end to end", 0.5),
    "claims F1 exact, any label": (CLAIMS, [FACT, FORECAST | {"label": "fact"}], "end to end", 1.0),
    # of two pairs of claim and answer, the default included, one is right
    "support F1 end to end": ([*CLAIMS, *said_of("support", "number", of="c1")], CLAIMS, "end to end", 0.5),
    # none: 1 of 1 found, 2 predicted: F 2/3; number: F 0; the mean of both
    "support macro F1 end to end": ([*CLAIMS, *said_of("support", "number", of="c1")], CLAIMS, "end to end", 1 / 3),
    "doubt F1 end to end": ([FACT, *said_of("doubt", "0", of="c1")], [FACT, *said_of("doubt", "2", of="c1")], "end to end", 0.0),
    # both 1, predicted 3, gold 2
    "kinds F1 end to end": ([*CLAIMS, *said_of("kinds", "old", of="c1"), *said_of("kinds", "new", of="c2")], [*CLAIMS, *said_of("kinds", "old", "new", of="c1"), *said_of("kinds", "old", of="c2")], "end to end", 2 / 5),
    "leads F1 end to end": ([*CLAIMS, relation("leads", "because", "c1", "c2")], [*CLAIMS, relation("leads", "although", "c1", "c2")], "end to end", 0.0),
    "leads F1 end to end, any label": ([*CLAIMS, relation("leads", "because", "c1", "c2")], [*CLAIMS, relation("leads", "although", "c1", "c2")], "end to end", 1.0),
    "wish F1 end to end": ([*CLAIMS, *said_of("wish", "More trees", of="c1"), *said_of("wish", "No", of="c2")], [*CLAIMS, *said_of("wish", "more  trees", of="c1")], "end to end", 0.5),
    "themes F1": (said_of("themes", "trams", "rates"), said_of("themes", "trams", "trees"), "end to end", 0.5),
    "note exact match": (said_of("note", "Unclear"), said_of("note", "unclear "), "end to end", 1.0),
}  # fmt: skip


@pytest.mark.parametrize("name", ANY_TOPIC)
def test_layers_of_every_kind_are_scored_on_any_topic(name):
    gold, said, track, expected = ANY_TOPIC[name]
    docs = [{"q-1": doc(*items)} for items in (gold, said)]
    (found,) = [one for one in score(*docs, letters(), resamples=0).scores if f"{one.layer} {one.metric}" == name]
    assert (found.track, found.value) == (track, pytest.approx(expected))


# The same of a system that was given the claims of gold: (what gold says about them, what the system says, the score)
GIVEN = {
    # none: 1 of 1 found, 2 predicted: F 2/3; number: F 0
    "support macro F1": (said_of("support", "number", of="c1"), [], 1 / 3),
    "support accuracy": (said_of("support", "number", of="c1"), [], 1 / 2),
    # distances 2 and 0: what is not answered is the middle of the scale
    "doubt mean distance": ([*said_of("doubt", "0", of="c1"), *said_of("doubt", "1", of="c2")], said_of("doubt", "2", of="c1"), 1.0),
    "kinds F1": ([*said_of("kinds", "old", of="c1"), *said_of("kinds", "new", of="c2")], [*said_of("kinds", "old", "new", of="c1"), *said_of("kinds", "old", of="c2")], 2 / 5),
    "leads F1 end to end, any label": ([relation("leads", "because", "c1", "c2")], [relation("leads", "although", "c1", "c2")], 1.0),
    "wish exact match": ([*said_of("wish", "More trees", of="c1"), *said_of("wish", "No", of="c2")], said_of("wish", "more  trees", of="c1"), 0.5),
}  # fmt: skip


@pytest.mark.parametrize("name", GIVEN)
def test_what_is_said_about_given_spans_has_a_track_of_its_own(name):
    gold, said, expected = GIVEN[name]
    docs = [{"q-1": doc(*CLAIMS, *items)} for items in (gold, said)]
    report = score(*docs, letters(), resamples=0, given=("claims",))
    (found,) = [one for one in report.scores if f"{one.layer} {one.metric}" == name]
    assert (found.track, found.value) == ("gold claims", pytest.approx(expected))
    # Spans that are given are no achievement, and no score here depends on finding them.
    assert {one.layer for one in report.scores} == {"support", "doubt", "kinds", "leads", "wish"}
    assert {one.track for one in report.scores} == {"gold claims"}


def test_arguments_of_given_events_need_no_trigger_to_be_found():
    gold = {"q-1": doc(*TWO, AGENT, choice("status", "denied", "e1"))}
    said = {"q-1": doc(*TWO, AGENT)}
    values = {f"{one.layer} {one.metric}": one.value for one in score(gold, said, BOOK, resamples=0, given=["events"]).scores}
    assert values["events F1 of arguments"] == 1.0 and "events F1 exact" not in values and "actors F1 exact" not in values


def test_a_file_of_given_spans_names_them_by_the_ids_of_gold(tmp_path):
    path, gold = tmp_path / "p.jsonl", {"q-1": doc(*TWO, mill(name="p9", after=60), name="q-1")}

    def read_given(layers: str, items: list[dict]):
        system = {"system": "toy", "seed": None, "single_model": True, "given": layers.split()}
        path.write_text("\n".join(map(json.dumps, (system, {"article_id": "q-1", "annotations": items}))), encoding="utf-8")
        return read_predictions(path, gold, BOOK)

    system, docs, issues = read_given("events", [AGENT, mill(), pair("place", "e2")])
    assert system.given == ("events",) and not issues
    assert [span.id for span in docs["q-1"].spans["events"]] == ["e1", "e2"]
    assert not read_given("events places", [pair("place", "e2", "p9")])[2]
    assert [issue.code for issue in read_given("events", [choice("agent", ARMY, "e9")])[2]] == ["PRED-OF"]
    (issue,) = read_given("events", [seized(name="mine"), choice("agent", ARMY, "mine")])[2]
    assert (issue.code, issue.where) == ("PRED-GIVEN", "p.jsonl:2 q-1 mine")
    for layers, problem in {
        "actors": "nothing is about the given actors",
        "events event": "given: event is no layer of spans",
        "status": "given: status is no layer of spans",
        "events events": "given: events is named twice",
    }.items():
        with pytest.raises(StandpointError, match=f"PRED-SYSTEM {problem}") as error:
            read_given(layers, [])
        assert error.value.hint == "name span layers that answers or links are about: events"


def test_choices_about_whole_articles():
    gold = [[*said_of("tone", tone), *said_of("hope", hope)] for tone, hope in (("calm", "1"), ("calm", "3"), ("angry", "5"))]
    said = [[*said_of("tone", "calm"), *said_of("hope", "2")], said_of("tone", "angry"), []]
    docs = [{f"q-{n}": doc(*items, name=f"q-{n}") for n, items in enumerate(one)} for one in (gold, said)]
    report = {f"{one.layer} {one.metric}": one for one in score(*docs, letters(), resamples=0).scores}
    assert report["tone accuracy"].value == pytest.approx(1 / 3) and report["tone accuracy"].official
    # calm: F 2·1/(1+2) = 2/3; angry: F 0. What is not predicted has no label, as the layer has no default.
    assert report["tone macro F1"].value == pytest.approx(1 / 3)
    # What is not predicted is the middle of the scale, 3: distances 1, 0, 2.
    assert report["hope mean distance"].value == pytest.approx(1.0) and report["hope mean distance"].n == 3
    # Quadratic weights: observed (1 + 0 + 4)/3; expected over gold 1, 3, 5 and predicted 2, 3, 3: (1+4+4 + 1+0+0 + 9+4+4)/9 = 3
    assert report["hope Cohen's kappa, quadratic weights"].value == pytest.approx(1 - (5 / 3) / 3)
    assert not any("sides" in name for name in report)  # the scale has no negative side


def test_each_layer_has_a_score():
    for book in (letters(), BOOK, codebook(HARVEST)):
        metrics = [(one.layer, one.metric) for one in score({"q-1": doc()}, {}, book, resamples=0).scores]
        assert {layer for layer, _ in metrics} == set(book.by_name) and len(metrics) == len(set(metrics))
    words = " ".join(metric for layer, metric in ((one.layer, one.metric) for one in score({"q-1": doc()}, {}, letters()).scores))
    assert not re.search(r"\b(argument|event|actor|stance|trigger)", words)
