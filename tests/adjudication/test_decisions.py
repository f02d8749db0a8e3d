"""Decisions: what they resolve, how long they hold, and what is asked again."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from standpoint.adjudication.adjudicate import Outcome, Rules, adjudicate_article, adjudicate_articles
from standpoint.adjudication.decisions import Answer, Answers, DecisionLookup, decide
from standpoint.core.model import Annotation, AnnotationSet, Decision, Issue, Question, Span
from two_pass_article import KINDS, choice, codebook, facts, made, relation, span

ARTICLE = made([]).article_id
RULES = Rules(codebook(), KINDS)
MILL, THE_MILL, DAWN = span("places", "PLACE", "mill"), span("places", "PLACE", "the mill"), span("places", "TIME", "dawn")
SEIZED, FLED = span("events", "territory.capture", "seized"), span("events", "harm.displace", "fled")


def outcome(*sets: AnnotationSet, decisions: list[Decision] = ()) -> Outcome:
    return adjudicate_article(ARTICLE, sets, RULES, decisions)


def decided(
    question: Question, whose: str | tuple[Annotation, ...], by: str = "a09", kind: str = "human_expert", day: str = "1"
) -> Decision:
    """A decision for a reader's reading, or for these annotations."""
    held = question.readings[whose] if isinstance(whose, str) else whose
    return Decision(asked=question.asked, by=by, by_kind=kind, chosen="reading", reason="slip", annotations=held, decided=day)


def labels(one: Outcome) -> list[tuple[str, str]]:
    return [(item.label, item.quote) for item in one.adjudicated.annotations if isinstance(item, Span)]


def test_a_reading_is_taken_whole_with_its_answers_and_links():
    ones = [SEIZED, MILL, choice("status", "denied", "events-seized"), relation("where", "place", "events-seized", "places-mill")]
    sets = made(ones, "a01"), made([MILL], "a02")
    (question,) = outcome(*sets).questions
    one = outcome(*sets, decisions=[decided(question, "a01")])
    assert one.adjudicated.conflicts == () and one.questions == []
    assert {item.layer for item in one.adjudicated.annotations} == {"events", "places", "status", "where"}
    ways = [way for way in one.adjudicated.resolutions.values() if way.how == "adjudicated"]
    assert [(way.by, way.dissent, way.reason) for way in ways] == [(("a09",), ("a02",), "slip")] * 3
    nothing = outcome(*sets, decisions=[decided(question, "a02")])
    assert labels(nothing) == [("PLACE", "mill")] and nothing.adjudicated.conflicts == ()
    (kept,) = nothing.adjudicated.resolved
    assert 'place -> PLACE "mill"' in kept.readings["a01"] and kept.resolution.dissent == ("a01",)


def test_a_link_between_two_places_in_question_waits_for_both():
    ones = [SEIZED, MILL, relation("where", "place", "events-seized", "places-mill")]
    sets = made(ones, "a01"), made([], "a02")
    event, place = sorted(outcome(*sets).questions, key=lambda one: one.asked.start)
    first, second = decided(event, "a01"), decided(place, "a01")
    assert [item.layer for item in outcome(*sets, decisions=[first]).adjudicated.annotations] == ["events"]
    both = outcome(*sets, decisions=[second, first])
    assert {item.layer for item in both.adjudicated.annotations} == {"events", "places", "where"}
    gone = outcome(*sets, decisions=[first, decided(place, "a02")])
    assert [item.layer for item in gone.adjudicated.annotations] == ["events"]


def test_a_key_does_not_tell_who_reads_what_and_changes_with_what_is_read():
    def key(*sets: AnnotationSet) -> str:
        return outcome(*sets).questions[0].asked.key

    one = key(made([MILL], "a01"), made([THE_MILL], "a02"))
    assert key(made([THE_MILL], "a01"), made([MILL], "a02")) == one  # the same two readings
    assert key(made([MILL], "a01"), made([THE_MILL], "a02"), made([MILL], "a03")) == one  # nobody says anything new
    assert key(made([MILL], "a01"), made([], "a02")) != one
    assert one == "912e8555b0e8fa30"  # of a file that is there: it must never change


def test_a_decision_holds_when_somebody_else_reads_the_same_and_is_asked_again_when_not():
    sets = [made([MILL], "a01"), made([THE_MILL], "a02")]
    decision = decided(outcome(*sets).questions[0], "a02")
    same = outcome(*sets, made([MILL], "a03"), decisions=[decision])
    assert labels(same) == [("PLACE", "the mill")] and same.questions == [] and same.stale == []
    other = outcome(*sets, made([], "a03"), decisions=[decision])
    assert labels(other) == [("PLACE", "the mill")] and other.adjudicated.conflicts == ()
    (again,) = other.questions
    assert again.standing == decision
    (way,) = other.adjudicated.resolutions.values()
    assert way.dissent == ("a01", "a03")
    newer = decided(again, "a03", day="2")
    done = outcome(*sets, made([], "a03"), decisions=[decision, newer])
    assert labels(done) == [] and done.questions == [] and done.stale == []


def test_places_that_grow_together_keep_both_decisions():
    sets = [made([MILL, DAWN], "a01"), made([], "a02")]
    decisions = [decided(question, "a01") for question in outcome(*sets).questions]
    one = outcome(*sets, made([span("places", "PLACE", "the mill at dawn")], "a03"), decisions=decisions)
    assert labels(one) == [("PLACE", "mill"), ("TIME", "dawn")] and len(one.questions) == 1 and one.stale == []


def test_what_is_not_in_question_any_more_is_kept_and_told():
    sets = [made([MILL], "a01"), made([THE_MILL], "a02")]
    (question,) = outcome(*sets).questions
    decision = decided(question, "a02")
    agreed = outcome(made([MILL], "a01"), made([MILL], "a02"), decisions=[decision])
    assert labels(agreed) == [("PLACE", "mill")] and agreed.stale == [decision]
    other_text = replace(decision, asked=replace(decision.asked, text_sha256="0" * 64))
    changed = outcome(*sets, decisions=[other_text])
    assert changed.stale == [other_text] and len(changed.adjudicated.conflicts) == 1


def test_a_decision_that_overlaps_what_all_agree_on_by_now_is_not_used():
    (question,) = outcome(made([DAWN], "a01"), made([], "a02")).questions
    decision = decided(question, tuple(outcome(made([span("places", "TIME", "at dawn")], "a01")).adjudicated.annotations))
    now = [made([span("places", "PLACE", "mill at"), DAWN], "a01"), made([span("places", "PLACE", "mill at")], "a02")]
    one = outcome(*now, decisions=[decision])
    assert labels(one) == [("PLACE", "mill at")] and one.stale == [decision] and len(one.adjudicated.conflicts) == 1


def test_what_was_decided_and_is_partly_agreed_by_now_holds_for_the_rest():
    the_mill_at_dawn = span("places", "PLACE", "the mill at dawn")
    (question,) = outcome(made([MILL, DAWN], "a01"), made([the_mill_at_dawn], "a02")).questions
    one = outcome(made([MILL, DAWN], "a01"), made([MILL], "a02"), decisions=[decided(question, "a01")])
    assert labels(one) == [("PLACE", "mill"), ("TIME", "dawn")] and one.stale == []
    assert sorted(way.how for way in one.adjudicated.resolutions.values()) == ["adjudicated", "unanimous"]


def test_the_latest_of_two_adjudicators_holds():
    sets = [made([MILL], "a01"), made([THE_MILL], "a02")]
    (question,) = outcome(*sets).questions
    both = [decided(question, "a01", "a08", day="2031-05-02"), decided(question, "a02", "a09", day="2031-05-01")]
    assert labels(outcome(*sets, decisions=both)) == labels(outcome(*sets, decisions=both[::-1])) == [("PLACE", "mill")]


@pytest.mark.parametrize(
    "by, kind, tier",
    [
        ("a02", "human_expert", "gold"),
        ("m01", "model", "silver"),
        ("m01", "human_expert", "silver"),
        ("x01", "unknown", "silver"),
        ("a02", "unknown", "gold"),  # a person who was listed after the decision was fetched
        ("m01", "unknown", "silver"),
    ],
)
def test_what_a_machine_decides_is_never_gold(by, kind, tier):
    sets = [made([MILL], "a01"), made([THE_MILL], "a02")]
    (question,) = outcome(*sets).questions
    assert outcome(*sets).adjudicated.tier == "gold"
    assert outcome(*sets, decisions=[decided(question, "a01", by, kind)]).adjudicated.tier == tier


def test_decisions_come_article_by_article_and_none_is_passed_over():
    def about(article: str) -> Decision:
        (question,) = outcome(made([MILL], "a01"), made([], "a02")).questions
        return replace(decided(question, "a01"), asked=replace(question.asked, article_id=article))

    rows = [about(name) for name in ("a", "b", "b", "d", "e")]
    decisions = DecisionLookup(iter(rows))
    assert decisions.of("b") == rows[1:3] and decisions.of("c") == [] and decisions.of("d") == rows[3:4]
    decisions.skip()
    assert decisions.missed == [rows[0], rows[4]]
    list(adjudicate_articles([], RULES, decisions))


def answer(marked: list[dict], choice: str, *sets: AnnotationSet, reason: str = "slip") -> list[Decision | Issue]:
    """What becomes of one answer to the first question about some sets."""
    one = outcome(*sets)
    asked = Answer(one.questions[0].asked, {"A": one.questions[0].readings["a01"]}, (), choice, reason)
    adjudicated = frozenset(item.id for item in one.adjudicated.annotations)
    return list(decide(Answers(made(marked, "a09"), [asked], adjudicated, "2031-05-04"), RULES.codebook))


TWO = made([MILL, SEIZED], "a01"), made([THE_MILL, SEIZED], "a02")


def test_a_reading_of_ones_own_is_what_stands_at_the_place():
    mine = span("places", "PLACE", "mill at dawn")
    (decision,) = answer([SEIZED, mine, relation("where", "place", "events-seized", "places-mill-at-dawn")], "mine", *TWO)
    assert decision.chosen == "mine" and [item.layer for item in decision.annotations] == ["places", "where"]
    one = outcome(*TWO, decisions=[decision])
    assert labels(one) == [("territory.capture", "seized"), ("PLACE", "mill at dawn")]
    assert {way.dissent for way in one.adjudicated.resolutions.values()} == {(), ("a01", "a02")}


def test_a_new_actor_of_ones_own_comes_with_its_name():
    sets = made([span("actors", "act-000001", "Netters")], "a01"), made([span("actors", "act-000002", "Netters")], "a02")
    (decision,) = answer([span("actors", "NEW:1", "Netters"), choice("newcomer", "Netters of the quay", "NEW:1")], "mine", *sets)
    one = outcome(*sets, decisions=[decision])
    assert {item.label for item in one.adjudicated.annotations} == {"NEW:NETTERS_OF_THE_QUAY", "Netters of the quay"}


ANSWERS = [
    ([], "A", "because", ["DECISION-REASON"]),
    ([], "", "slip", ["DECISION-CHOICE"]),
    ([], "B", "slip", ["DECISION-CHOICE"]),
    ([SEIZED], "mine", "slip", ["DECISION-UNMARKED"]),
    ([MILL, THE_MILL | {"id": "x"}], "mine", "slip", ["PLACE", "PLACE"]),
    ([FLED], "A", "slip", ["reading", "DECISION-UNUSED"]),
    ([SEIZED], "none", "slip", ["none"]),
    ([MILL, MILL | {"id": "again"}], "A", "slip", ["DECISION-SET"]),
]


@pytest.mark.parametrize("marked, chosen, reason, expected", ANSWERS)
def test_what_becomes_of_an_answer(marked, chosen, reason, expected):
    found = answer(marked, chosen, *TWO, reason=reason)
    if expected[0] == "PLACE":
        assert [item.label for item in found[0].annotations] == expected
    else:
        assert [one.code if isinstance(one, Issue) else one.chosen for one in found] == expected


def test_a_reading_of_ones_own_may_not_overlap_what_is_adjudicated():
    adjudicated = span("places", "TIME", "dawn")
    sets = made([MILL, adjudicated], "a01"), made([adjudicated], "a02")
    (issue, unused) = answer([adjudicated, span("places", "PLACE", "mill at dawn")], "mine", *sets)
    assert (issue.code, unused.code) == ("DECISION-OVERLAPS", "DECISION-UNUSED")


def test_resolving_again_gives_the_same_bytes():
    sets = [made(facts(), "a01"), made(facts()[2:6], "a02"), made([MILL, THE_MILL | {"start": 20, "end": 33}][:1], "a03")]
    questions = outcome(*sets).questions
    decisions = [decided(question, "a01") for question in questions[::2]]
    ones = [outcome(*sets, decisions=decisions), outcome(*sets[::-1], decisions=decisions[::-1])]
    assert len({msgspec.json.encode(one.adjudicated) for one in ones}) == 1
    assert msgspec.json.decode(msgspec.json.encode(decisions), type=list[Decision]) == decisions


@pytest.mark.parametrize("change", ["a layer that the codebook has no longer", "a label that the layer has no longer"])
def test_a_decision_that_the_codebook_no_longer_has_words_for_is_stale_and_not_used(change):
    sets = made([MILL], "a01"), made([], "a02")
    (question,) = outcome(*sets).questions
    held = decided(question, "a01")
    gone = {"layer": "weather"} if "layer that" in change else {"label": "HARBOUR"}
    old = replace(held, annotations=(replace(held.annotations[0], **gone),))
    found = outcome(*sets, decisions=[old])
    assert found.stale == [old] and found.adjudicated.annotations == () and len(found.questions) == 1
