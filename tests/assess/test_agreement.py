"""Agreement worked by hand; what machines made stands apart; every question has an answer or a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quay import HARVEST, KINDS, choice, codebook, facts, made, relation, span, stance

from standpoint.assess.agreement import NOBODY, agree
from standpoint.assess.alpha import NO_UNITS, ONE_VALUE
from standpoint.assess.tallies import NOTHING, TYPED

SAME = "alpha of matched labels"


def table(sets: list, grammar=None, kinds=KINDS) -> dict:
    """{(layer, statistic, kind): row}"""
    rows = agree([[one] for one in sets], codebook(grammar) if grammar else codebook(), kinds)
    return {(row.layer, row.statistic, row.kind): row for row in rows}


def value_of(rows: dict, layer: str, statistic: str, kind: str = "human") -> float | None:
    return rows[layer, statistic, kind].value


def other_facts() -> list[dict]:
    """A second reading: one event has another label, one place another extent, one is missing."""
    return [
        span("actors", "act-000001", "army"),
        span("events", "territory.capture", "seized"),
        span("events", "territory.capture", "fled"),
        span("actors", "NEW:2", "Netters"),
        span("places", "PLACE", "the mill"),
        choice("agent", "act-000001", "events-seized"),
        choice("agent", "act-000002", "events-seized"),
        choice("agent", "NEW:2", "events-fled"),
        choice("status", "asserted", "events-seized"),
        choice("status", "denied", "events-fled"),
        choice("genre", "report"),
        choice("newcomer", "netters of the Quay", "NEW:2"),
        relation("where", "place", "events-seized", "places-the-mill"),
    ]


def test_two_readings_as_by_hand():
    rows = table([made(facts(), "a01"), made(other_facts(), "a02")])
    assert value_of(rows, "actors", "F1 exact") == 1.0  # slots 1 and 2 are one actor: the same name is typed for them
    assert value_of(rows, "events", "F1 exact") == 0.5  # seized of seized, fled
    assert value_of(rows, "events", "F1 exact, any label") == 1.0
    # Labels of seized and fled: (c, c), (d, c). Coincidences cc 2, cd 1, dc 1; totals c 3, d 1: 1 - 3 * 2 / 6.
    assert value_of(rows, "events", SAME) == 0.0
    assert value_of(rows, "places", "F1 exact") == 0.0
    assert value_of(rows, "places", "F1 overlap, any label") == pytest.approx(2 / 3)  # mill in the mill; 2 + 1 places
    assert value_of(rows, "agent", "F1 of (place, label)") == pytest.approx(4 / 5)  # two of 2 + 3
    assert value_of(rows, "status", "alpha nominal") == 0.0
    assert value_of(rows, "where", "F1 end to end") == 0.0
    assert rows["genre", "alpha nominal", "human"].reason == ONE_VALUE
    assert rows["newcomer", "not compared", "human"].reason == TYPED
    assert rows["evidence", "F1 exact", "human"].reason == NOBODY
    assert rows["events", "F1 exact", "human"].n == 4 and rows["status", "alpha nominal", "human"].n == 2
    assert rows["events", "F1 exact", "human"].annotators == ("a01", "a02")


def scaled(annotator: str, *labels: str, **changes: object):
    answers = [choice("stance", label, f"act-00000{number}") for number, label in enumerate(labels, 1) if label]
    return made(answers, annotator, "stance", **changes)


def test_stance_is_ordinal_over_all_people_at_once():
    rows = table([scaled("a01", "-2", "0"), scaled("a02", "-1", "0"), scaled("a03", "-2", "", annotator_kind="human_crowd")])
    row = rows["stance", "alpha ordinal", "human"]
    assert row.n == 2 and row.annotators == ("a01", "a02", "a03")
    # Ranks -2: 2, -1: 1, 0: 2 answers, at 1, 2.5, 4. Observed: unit 1 has (-2,-1) four times at 1/2: 2 * 1.5² = 4.5.
    # Expected: (2 * 2 * 1 * 1.5² + 2 * 2 * 2 * 3² + 2 * 1 * 2 * 1.5²) / 4 = 22.5.
    assert row.value == pytest.approx(1 - 4.5 / 22.5)


def test_f1_is_summed_over_articles_and_averaged_over_pairs():
    one = [span("places", "PLACE", "mill")]
    two = [*one, span("places", "TIME", "dawn")]
    by = {"a01": (one, two), "a02": (one, one), "a03": (two, [])}
    sets = [
        made(rows[number], name, article_id=f"courier-{number}", annotator_kind="human_crowd")
        for number in (0, 1)
        for name, rows in by.items()
    ]
    # a01-a02: 2·2/(3+2); a01-a03: 2·1/(3+2); a02-a03: 2·1/(2+2).
    row = table(sets)["places", "F1 exact", "human"]
    assert row.value == pytest.approx((0.8 + 0.4 + 0.5) / 3) and row.n == 5 + 5 + 4


def test_what_machines_made_is_never_counted_as_agreement_of_people():
    sets = [made(facts(), name) for name in ("a01", "a02", "m01", "r01")]
    rows = table(sets)
    headings = {kind: row.annotators for (*what, kind), row in rows.items() if what == ["events", "F1 exact"]}
    everybody = ("a01", "a02", "m01", "r01")
    assert headings == {"human": ("a01", "a02"), "human-model": everybody, "model-model": ("m01", "r01")}


def test_an_annotator_that_is_listed_as_a_machine_is_one_whatever_its_sets_say():
    sets = [made(facts(), "a01"), made(facts(), "m01", annotator_kind="human_expert")]
    assert {row.kind for row in table(sets).values() if row.annotators} == {"human-model"}


def test_people_who_saw_drafts_and_those_nobody_knows_have_headings_of_their_own():
    sets = [made(facts(), "a01"), made(facts(), "a02", assistance="rule_draft"), made(facts(), "x")]
    assert {row.kind for row in table(sets).values() if row.annotators} == {"human-assisted", "unknown"}


@pytest.mark.parametrize(
    "sets, statistic, reason",
    [
        ([], "F1 exact", NOBODY),
        ([made([], "a01")], "F1 exact", NOBODY),
        ([made([], "a01"), made([], "a02")], "F1 exact", NOTHING),
        ([made([], "a01"), made([], "a02")], SAME, NO_UNITS),
        ([made(facts()[:2], "a01"), made(facts()[:2], "a02")], SAME, ONE_VALUE),
    ],
)
def test_where_there_is_nothing_to_compare_the_reason_is_said(sets, statistic, reason):
    row = table(sets)["events", statistic, "human"]
    assert (row.value, row.reason) == (None, reason)


def test_another_codebook_is_compared_by_the_same_code():
    spans = [span("crops", "grain", "mill"), span("amounts", "price", "dawn")]
    sold = relation("measure", "sold_for", "crops-mill", "amounts-dawn")
    sets = [made([*spans, sold, choice("mood", "worried")], "a01", "reading"), made([*spans, sold], "a02", "reading")]
    rows = table(sets, HARVEST)
    assert list(dict.fromkeys(layer for layer, _, _ in rows)) == ["crops", "amounts", "measure", "mood"]
    assert value_of(rows, "crops", "F1 exact") == value_of(rows, "measure", "F1 end to end") == 1.0
    assert rows["mood", "alpha nominal", "human"].reason == NO_UNITS


@given(st.lists(st.sampled_from(facts()[:6]), unique_by=lambda item: item["id"]), st.permutations(["a01", "a02"]))
def test_f1_does_not_depend_on_who_comes_first(some, names):
    named = choice("newcomer", "Netters of the quay", "NEW:1")
    rows = table([made([*some, named], names[0]), made([*facts()[:6], named], names[1])])
    for layer in ("actors", "events", "places"):
        own = [item for item in some if item["layer"] == layer]
        assert value_of(rows, layer, "F1 exact") == pytest.approx(2 * len(own) / (len(own) + 2))


def test_the_sets_of_both_passes_are_compared():
    sets = [made(stance(), name, "stance") for name in ("a01", "a02")] + [made(facts(), name) for name in ("a01", "a02")]
    assert all(row.value == 1.0 or row.reason in (ONE_VALUE, TYPED, NOTHING, NO_UNITS) for row in table(sets).values())
