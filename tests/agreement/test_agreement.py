"""Agreement worked by hand; what machines made stands apart; every question has an answer or a reason."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from another_codebook import ANOTHER_CODEBOOK
from nonempty import nonempty
from standpoint import processes
from standpoint.adjudication.content import view_of
from standpoint.agreement.agreement import Options
from standpoint.agreement.agreement import compute_agreement as agree
from standpoint.agreement.counts import NO_UNITS, NOTHING, ONE_VALUE, Continuum, Reading
from standpoint.agreement.figures import ALL_AT_ONCE, NOBODY, PAIRS, Agreement, Figure, weighting
from standpoint.agreement.statistics import statistics_of_layer
from standpoint.agreement.statistics.f1 import NOT_COMPARED
from standpoint.agreement.statistics.gamma import pygamma
from standpoint.agreement.statistics.unitizing import expected_disagreement, observed_disagreement
from standpoint.cli.render import agreement_lines
from standpoint.codebook.load import check_codebook, load_codebook, statistics_of
from standpoint.codebook.types import Codebook
from standpoint.core.files import write_json
from standpoint.core.model import AnnotationSet, Article, StandpointError
from two_pass_article import CODEBOOK, HARVEST, KINDS, article_of, choice, codebook, facts, made, relation, span, stance

SAME = "alpha of matched labels"
NO_INTERVALS = Options(resamples=0)


def found(sets: list, grammar=None, kinds=KINDS, groups=None, **options) -> Agreement:
    streams = [[one] for one in sets]
    return agree(streams, codebook(grammar or CODEBOOK), kinds, groups, NO_INTERVALS._replace(**options))


def table(sets: list, grammar=None, kinds=KINDS) -> dict[tuple[str, str, str], Figure]:
    """{(layer, statistic, kind): figure}"""
    return {(one.layer, one.statistic, one.kind): one for one in found(sets, grammar, kinds).figures}


def value_of(figures: dict, layer: str, statistic: str, kind: str = "human") -> float | None:
    return figures[layer, statistic, kind].value


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


BY_HAND = {
    # Actors: the same two mentions; slots 1 and 2 are one actor, for the same name is typed for them.
    ("actors", "F1 exact"): 1.0,
    ("actors", "LEA"): 1.0,
    ("actors", "CEAFe"): 1.0,
    # Events: seized, and fled with another label.
    ("events", "F1 exact"): 1 / 2,
    ("events", "F1 exact, any label"): 1.0,
    ("events", "F1 overlap"): 1 / 2,
    ("events", "F1 overlap, any label"): 1.0,
    ("events", "F1 token"): 1 / 2,
    # Labels (c, c), (d, c): coincidences cc 2, cd 1, dc 1; totals c 3, d 1: 1 - 3 * 2 / 6.
    ("events", SAME): 0.0,
    # Raw 1/2; the first says c, d, the second c, c: expected 1/2 * 1 = 1/2. Of all answers 3/4, 1/4: expected 10/16.
    ("events", "Cohen's kappa of matched labels"): 0.0,
    ("events", "Fleiss' kappa of matched labels"): (1 / 2 - 10 / 16) / (6 / 16),
    # Places: mill and dawn against the mill.
    ("places", "F1 exact"): 0.0,
    ("places", "F1 exact, any label"): 0.0,
    ("places", "F1 overlap"): 2 / 3,
    ("places", "F1 overlap, any label"): 2 / 3,
    ("places", "F1 token"): 2 / 4,  # mill of mill, dawn and the, mill
    # Agents: (seized, 1), (fled, 2) against (seized, 1), (seized, other), (fled, 2).
    ("agent", "F1 of (place, label)"): 4 / 5,
    ("agent", "F1 end to end"): 2 / 5,  # fled has another label
    ("agent", "F1 end to end, any label"): 4 / 5,
    ("agent", "F1 on matched spans"): 4 / 5,
    ("agent", "F1 on matched spans, any label"): 4 / 5,
    # Status: (asserted, asserted), (asserted, denied), as the labels of events above.
    ("status", "alpha nominal"): 0.0,
    ("status", "Cohen's kappa"): 0.0,
    ("status", "raw agreement"): 1 / 2,
    ("status", "F1 end to end"): 1 / 2,
    # Links: seized to mill and to dawn, against seized to the mill: no end of a place is the same.
    ("where", "F1 end to end"): 0.0,
    ("where", "F1 end to end, any label"): 0.0,
    ("where", "F1 on matched spans"): None,
}  # fmt: skip


@pytest.mark.parametrize("layer, statistic", BY_HAND)
def test_two_readings_as_by_hand(layer, statistic):
    figures = table([made(facts(), "a01"), made(other_facts(), "a02")])
    expected = BY_HAND[layer, statistic]
    assert value_of(figures, layer, statistic) == (expected if expected is None else pytest.approx(expected, abs=1e-12))


def test_what_was_compared_and_by_whom_is_said():
    figures = table([made(facts(), "a01"), made(other_facts(), "a02")])
    assert figures["genre", "alpha nominal", "human"].reason == ONE_VALUE
    assert figures["newcomer", "not compared", "human"].reason == NOT_COMPARED
    assert figures["evidence", "F1 exact", "human"].reason == NOBODY
    assert figures["where", "F1 on matched spans", "human"].reason == NOTHING
    assert figures["events", "F1 exact", "human"].n == 4 and figures["status", "alpha nominal", "human"].n == 2
    assert figures["events", "F1 exact", "human"].annotators == ("a01", "a02")
    assert figures["events", "F1 exact", "human"].pass_name == "facts"


def test_links_with_and_without_labels_on_matched_spans_and_end_to_end():
    spans = [span("events", "territory.capture", "seized"), span("places", "PLACE", "mill"), span("places", "TIME", "dawn")]
    one = [
        *spans,
        relation("where", "place", "events-seized", "places-mill"),
        relation("where", "time", "events-seized", "places-dawn"),
    ]
    renamed = [
        span("events", "harm.displace", "seized"),
        span("places", "PLACE", "mill"),
        span("events", "harm.displace", "fled"),
    ]
    other = [
        *renamed,
        relation("where", "time", "events-seized", "places-mill"),
        relation("where", "place", "events-fled", "places-mill"),
    ]
    figures = table([made(one, "a01"), made(other, "a02")])
    # One: seized-mill place, seized-dawn time. Other: seized-mill time, fled-mill place. Both have seized and mill.
    assert value_of(figures, "where", "F1 end to end") == 0.0
    assert value_of(figures, "where", "F1 end to end, any label") == 1 / 2  # seized-mill, of 2 and 2
    assert value_of(figures, "where", "F1 on matched spans") == 0.0  # place against time
    assert value_of(figures, "where", "F1 on matched spans, any label") == 1.0  # one link each, the same ends
    assert figures["where", "F1 on matched spans", "human"].n == 2


def scaled(annotator: str, *labels: str, **changes: object):
    answers = [choice("stance", label, f"act-00000{number}") for number, label in enumerate(labels, 1) if label]
    return made(answers, annotator, "stance", **changes)


def test_stance_is_ordinal_over_all_people_at_once():
    figures = table([scaled("a01", "-2", "0"), scaled("a02", "-1", "0"), scaled("a03", "-2", "", annotator_kind="human_crowd")])
    figure = figures["stance", "alpha ordinal", "human"]
    assert figure.n == 2 and figure.annotators == ("a01", "a02", "a03")
    # Ranks -2: 2, -1: 1, 0: 2 answers, at 1, 2.5, 4. Observed: unit 1 has (-2,-1) four times at 1/2: 2 * 1.5² = 4.5.
    # Expected: (2 * 2 * 1 * 1.5² + 2 * 2 * 2 * 3² + 2 * 1 * 2 * 1.5²) / 4 = 22.5.
    assert figure.value == pytest.approx(1 - 4.5 / 22.5)
    # Interval: observed 2 * 1 = 2; expected (2 * 2 * 1 * 1 + 2 * 2 * 2 * 4 + 2 * 1 * 2 * 1) / 4 = 10.
    assert value_of(figures, "stance", "alpha interval") == pytest.approx(1 - 2 / 10)
    # Signs: all the same on each actor. Distances: unit 1 weighs 3 answers, of which 2/3 one apart; unit 2 weighs 2.
    assert value_of(figures, "stance", "alpha nominal of signs") == 1.0
    assert value_of(figures, "stance", "mean distance") == pytest.approx(2 / 5)
    shares = [value_of(figures, "stance", f"share at distance {distance}") for distance in range(5)]
    assert shares == pytest.approx([3 / 5, 2 / 5, 0, 0, 0])


def test_f1_is_summed_over_articles_and_over_pairs():
    one = [span("places", "PLACE", "mill")]
    two = [*one, span("places", "TIME", "dawn")]
    by = {"a01": (one, two), "a02": (one, one), "a03": (two, [])}
    sets = [
        made(rows[number], name, article_id=f"courier-{number}", annotator_kind="human_crowd", submitted=f"2031-0{number + 3}-09")
        for number in (0, 1)
        for name, rows in by.items()
    ]
    # a01-a02: 2·2/(3+2); a01-a03: 2·1/(3+2); a02-a03: 2·1/(2+2).
    agreement = found(sets)
    figure = {(one.layer, one.statistic): one for one in agreement.figures}["places", "F1 exact"]
    assert figure.value == pytest.approx((4 + 2 + 2) / (5 + 5 + 4)) and figure.n == 5 + 5 + 4
    assert figure.over == PAIRS
    of_f1 = [part for part in agreement.by_annotator if (part.layer, part.statistic) == ("places", "F1 exact")]
    assert {part.part: part.value for part in of_f1} == pytest.approx({"a01": 6 / 10, "a02": 6 / 9, "a03": 4 / 9})
    # March: 2/2, 2/3, 2/3. April: a01-a02 2/3, the others 0/2 and 0/1 (a03 marked nothing).
    of_month = [part for part in agreement.by_month if (part.layer, part.statistic) == ("places", "F1 exact")]
    assert {part.part: part.value for part in of_month} == pytest.approx({"2031-03": 6 / 8, "2031-04": 2 / 6})
    assert agreement.articles == agreement.groups == 2


def test_a_pair_that_shares_one_article_weighs_less_than_one_that_shares_nine():
    one, other = [span("places", "PLACE", "mill")], [span("places", "PLACE", "dawn")]
    sets = [made(one, name, article_id=f"courier-{n}") for n in range(9) for name in ("a01", "a02")]
    sets += [made(one, "a01", article_id="z"), made(other, "a03", article_id="z", annotator_kind="human_crowd")]
    agreement = found(sets)
    figures = {one.statistic: one for one in agreement.figures if one.layer == "places"}
    # a01-a02: 18 of 18 spans match; a01-a03: none of 2. The mean of 1 and 0 would be 0.5.
    assert figures["F1 exact"].value == pytest.approx(18 / 20)
    resampled = found(sets, resamples=200, groups={one.article_id: one.article_id for one in sets})
    bounds = {one.statistic: (one.low, one.high) for one in resampled.figures if one.layer == "places"}
    # Of ten articles, z is drawn 0 to 3 times in 95 % of the resamples.
    assert bounds["F1 exact"] == pytest.approx((0.7, 1.0))


def test_kappa_weighs_pairs_by_their_units_and_says_which_pair_has_none():
    by_article = {
        **{"1": ("a01", "report", "a02", "report"), "2": ("a01", "report", "a02", "report")},
        **{"3": ("a01", "comment", "a02", "comment"), "4": ("a01", "report", "a02", "comment")},
        **{"5": ("a01", "report", "a03", "comment"), "6": ("a01", "comment", "a03", "report")},
        "7": ("a02", "report", "a03", "report"),
    }
    sets = [
        made([choice("genre", label)], name, article_id=article, annotator_kind="human_trained")
        for article, (first, label_1, second, label_2) in by_article.items()
        for name, label in ((first, label_1), (second, label_2))
    ]
    agreement = found(sets)
    figure = {one.statistic: one for one in agreement.figures if one.layer == "genre"}["Cohen's kappa"]
    # a01-a02, 4 units: (3/4 - 1/2) / (1/2) = 1/2. a01-a03, 2 units: (0 - 1/2) / (1/2) = -1. a02-a03: undefined.
    assert figure.value == pytest.approx((4 * 0.5 + 2 * -1) / 6) and figure.n == 7
    assert figure.note == "without 1 of 3 pairs, where only one value occurs"
    alpha = {one.statistic: one for one in agreement.figures if one.layer == "genre"}["alpha nominal"]
    assert (alpha.over, alpha.n, alpha.note) == (ALL_AT_ONCE, 7, "")


def test_the_figures_say_how_pairs_are_weighted():
    people = [figure for figure in found([made(facts(), "a01"), made(other_facts(), "a02")]).figures if figure.value is not None]
    assert weighting(people) == (
        "F1, Cohen's kappa, LEA and CEAFe: the mean over pairs of annotators, each weighted by its n, "
        "which is how much the two annotated. Other figures are over all annotators at once."
    )
    machine = [figure for figure in found([made(facts(), "a01"), made(facts(), "m01")]).figures if figure.value is not None]
    assert weighting(machine).startswith("All figures: the mean over pairs of annotators, each weighted by its n")
    alphas = [figure for figure in people if figure.statistic.startswith("alpha")]
    assert weighting(alphas) == "All figures are over all annotators at once." and weighting([]) == ""


def test_the_worst_articles_come_first_by_the_headline_of_their_pass():
    many = [span("events", "territory.capture", "seized"), span("events", "harm.displace", "fled")]
    readings = {"courier-1": (many, many), "courier-2": (many, many[:1]), "courier-3": (many[1:], many[:1])}
    sets = [made(rows[n], f"a0{n + 1}", article_id=name) for n in (0, 1) for name, rows in readings.items()]
    of_facts = [(part.part, part.statistic, part.layer, part.value) for part in found(sets).by_article]
    assert of_facts == [("courier-3", "F1 exact", "events", 0.0), ("courier-2", "F1 exact", "events", pytest.approx(2 / 3))]
    scales = [
        scaled("a01", "-2", "0"),
        scaled("a02", "+2", "0"),
        scaled("a01", "0", article_id="z"),
        scaled("a02", "+1", article_id="z"),
    ]
    parts = found(scales).by_article
    assert [(part.part, part.statistic, part.value) for part in parts] == [
        (article_of()["id"], "mean distance", 2.0),
        ("z", "mean distance", 1.0),
    ]


def test_what_machines_made_is_never_counted_as_agreement_of_people():
    sets = [made(facts(), name) for name in ("a01", "a02", "m01", "r01")]
    agreement = found(sets)
    everybody = ("a01", "a02", "m01", "r01")
    headings = {one.kind: one.annotators for one in agreement.figures if (one.layer, one.statistic) == ("events", "F1 exact")}
    assert headings == {"human": ("a01", "a02"), "human-model": everybody, "model-model": ("m01", "r01")}
    went_in = {one.annotator: (one.annotator_kind, one.sets, one.headings) for one in agreement.sets}
    assert went_in["a01"] == ("human_trained", 1, ("human", "human-model"))
    assert went_in["r01"] == ("rule", 1, ("human-model", "model-model"))


def test_two_sets_of_one_model_are_its_stability_and_those_of_unnamed_models_may_be():
    kinds = dict.fromkeys(("m01", "m02", "m03", "m04"), "model")
    sets = [made(facts(), name) for name in kinds]

    def pairs(models: dict[str, str]) -> dict[str, tuple[str, ...]]:
        figures = agree([[one] for one in sets], codebook(CODEBOOK), kinds, None, NO_INTERVALS, models).figures
        return {one.kind: one.annotators for one in figures if (one.layer, one.statistic) == ("events", "F1 exact")}

    everybody = ("m01", "m02", "m03", "m04")
    assert pairs({}) == {"unnamed-model": everybody}
    assert pairs(dict.fromkeys(kinds, "alpha")) == {"same-model": everybody}
    assert pairs({"m01": "alpha", "m02": "alpha", "m03": "beta", "m04": "beta"}) == {
        "same-model": everybody,
        "model-model": everybody,
    }
    assert pairs({"m01": "alpha", "m02": "alpha", "m03": "beta"}) == {
        "same-model": ("m01", "m02"),
        "model-model": ("m01", "m02", "m03"),
        "unnamed-model": everybody,
    }


def test_an_annotator_that_is_listed_as_a_machine_is_one_whatever_its_sets_say():
    sets = [made(facts(), "a01"), made(facts(), "m01", annotator_kind="human_expert")]
    assert {one.kind for one in table(sets).values() if one.annotators} == {"human-model"}


def test_people_who_saw_suggestions_and_those_nobody_knows_have_headings_of_their_own():
    sets = [made(facts(), "a01"), made(facts(), "a02", assistance="rule_suggestion"), made(facts(), "x")]
    assert {one.kind for one in table(sets).values() if one.annotators} == {"human-assisted", "unknown"}
    assert {one.annotator: one.headings for one in found([*sets, made(facts(), "a03", "stance")][:1]).sets} == {"a01": ()}


@pytest.mark.parametrize(
    "sets, statistic, reason",
    [
        ([], "F1 exact", NOBODY),
        ([made([], "a01")], "F1 exact", NOBODY),
        ([made([], "a01"), made([], "a02")], "F1 exact", NOTHING),
        ([made([], "a01"), made([], "a02")], SAME, NO_UNITS),
        ([made([], "a01"), made([], "a02")], "alpha U", NOTHING),
        ([made(facts()[:2], "a01"), made(facts()[:2], "a02")], SAME, ONE_VALUE),
    ],
)
def test_where_there_is_nothing_to_compare_the_reason_is_said(sets, statistic, reason):
    figure = table(sets)["events", statistic, "human"]
    assert (figure.value, figure.reason, figure.low) == (None, reason, None)


def numbers_in(thing: object) -> list[float]:
    plain = msgspec.to_builtins(thing)
    if isinstance(plain, dict | list):
        return [number for part in (plain.values() if isinstance(plain, dict) else plain) for number in numbers_in(part)]
    return [plain] if isinstance(plain, float) else []


ITEMS = st.lists(st.sampled_from([*facts()[:6], *facts()[8:11]]), unique_by=lambda item: item["id"])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["a01", "a02", "m01", "r01", "x"]), ITEMS), max_size=4, unique_by=lambda row: row[0]))
@example([("a01", facts()[:6]), ("a02", facts()[:6])])
def test_whatever_is_there_every_number_is_a_number_and_every_gap_has_a_reason(rows):
    named = choice("newcomer", "Netters of the quay", "NEW:1")
    sets = []
    for name, some in rows:
        ids = {item["id"] for item in some}
        items = [item for item in some if item["type"] != "choice" or not item["of"] or item["of"] in ids]
        sets += [made([*items, named], name), made(items, name, article_id="courier-2")]
    agreement = found(sets, resamples=20)
    assert all(math.isfinite(number) for number in numbers_in(agreement))
    for figure in nonempty(agreement.figures):
        assert (figure.value is None) == bool(figure.reason)
        assert (figure.low is None) == (figure.high is None)
        if figure.low is not None:
            assert figure.low <= figure.high
        if figure.value is not None and figure.statistic != "mean distance":
            assert figure.value <= 1 + 1e-12


@settings(deadline=None, max_examples=40)
@given(st.permutations(["a01", "a02", "a03"]), st.randoms(use_true_random=False))
def test_neither_the_order_of_files_nor_task_ids_nor_who_comes_first_changes_anything(names, chance):
    """Exports of one project an annotator, merged in any order: ids are each annotator's own."""
    readings = {
        "a01": facts(),
        "a02": other_facts(),
        "a03": other_facts()[:5] + [choice("newcomer", "netters of the Quay", "NEW:2")],
    }

    def streams(order, renamed: str) -> list[list[AnnotationSet]]:
        text = [(name, msgspec.json.encode(readings[name]).decode().replace("events-", f"{renamed}{name}-")) for name in order]
        kinds = {"annotator_kind": "human_crowd"}
        return [[made(msgspec.json.decode(items), name, article_id=f"z-{n}", **kinds) for n in (1, 2)] for name, items in text]

    plain = agree(streams(sorted(names), ""), codebook(), {}, None, Options(resamples=10))
    shuffled = streams(names, f"task{chance.randint(1, 9)}-")
    chance.shuffle(shuffled)
    assert agree(shuffled, codebook(), {}, None, Options(resamples=10)) == plain


@pytest.mark.parametrize(
    "grammar", [CODEBOOK, HARVEST, ANOTHER_CODEBOOK, Path(__file__).parents[2] / "guidelines" / "codebook.yaml"]
)
def test_every_statistic_that_a_codebook_may_name_is_computed_and_no_other(grammar):
    made_of = load_codebook(grammar) if isinstance(grammar, Path) else codebook(grammar)
    for layer in nonempty(made_of.layers):
        assert [one.name for one in statistics_of_layer(layer, seed=1)] == list(statistics_of(layer))
        assert [one.main for one in statistics_of_layer(layer)].count(True) >= 1


def test_another_codebook_is_compared_by_the_same_code():
    spans = [span("crops", "grain", "mill"), span("amounts", "price", "dawn")]
    sold = relation("measure", "sold_for", "crops-mill", "amounts-dawn")
    sets = [made([*spans, sold, choice("mood", "worried")], "a01", "reading"), made([*spans, sold], "a02", "reading")]
    figures = table(sets, HARVEST)
    assert list(dict.fromkeys(layer for layer, _, _ in figures)) == ["crops", "amounts", "measure", "mood"]
    assert value_of(figures, "crops", "F1 exact") == value_of(figures, "measure", "F1 end to end") == 1.0
    assert figures["mood", "alpha nominal", "human"].reason == NO_UNITS


@given(st.lists(st.sampled_from(facts()[:6]), unique_by=lambda item: item["id"]), st.permutations(["a01", "a02"]))
def test_f1_does_not_depend_on_who_comes_first(some, names):
    named = choice("newcomer", "Netters of the quay", "NEW:1")
    figures = table([made([*some, named], names[0]), made([*facts()[:6], named], names[1])])
    for layer in ("actors", "events", "places"):
        own = [item for item in some if item["layer"] == layer]
        assert value_of(figures, layer, "F1 exact") == pytest.approx(2 * len(own) / (len(own) + 2))


def test_the_sets_of_both_passes_are_compared():
    sets = [made(stance(), name, "stance") for name in ("a01", "a02")] + [made(facts(), name) for name in ("a01", "a02")]
    reasons = (ONE_VALUE, NOT_COMPARED, NOTHING, NO_UNITS)
    low = ("mean distance", *(f"share at distance {distance}" for distance in range(1, 5)))
    assert all(one.value == (one.statistic not in low) or one.reason in reasons for one in nonempty(found(sets).figures))


def test_confusions_are_counted_both_ways_and_what_one_side_lacks_is_there():
    agreement = found([made(facts(), "a01"), made(other_facts(), "a02")])
    tables = {one.layer: one for one in agreement.confusions}
    assert tables["events"].labels == ("territory.capture", "harm.displace")
    assert tables["events"].counts == ((2, 1), (1, 0))  # captured both: once, both ways
    assert tables["places"].labels == ("PLACE", "TIME", "") and tables["places"].counts == ((2, 0, 0), (0, 0, 1), (0, 1, 0))
    assert tables["agent"].labels == ("NEW:NETTERS_OF_THE_QUAY", "act-000001", "act-000002", "")
    assert tables["agent"].counts[2] == (0, 0, 0, 1)
    assert "newcomer" not in tables and "where" not in tables  # no link has both its ends on both sides
    used = {(one.layer, one.annotator): one.counts for one in agreement.prevalence}
    assert used["events", "a02"] == {"territory.capture": 2, "harm.displace": 0}
    assert used["actors", "a01"] == {"NEW:*": 1, "act-000001": 1}


def grouped(**options) -> Agreement:
    """Sixteen articles in eight groups: in four groups people agree, in four they do not."""
    one, two = [span("places", "PLACE", "mill")], [span("places", "PLACE", "dawn")]
    ids = [f"courier-{number:02}" for number in range(16)]
    sets = [[made(one, "a01", article_id=name) for name in ids]]
    sets += [[made(one if n < 8 else two, "a02", article_id=name) for n, name in enumerate(ids)]]
    groups = {name: f"story-{n // 2}" for n, name in enumerate(ids)}
    return agree(sets, codebook(), KINDS, groups, Options(**options))


def test_intervals_are_those_of_resampled_groups():
    agreement = grouped()
    figure = {(one.layer, one.statistic): one for one in agreement.figures}["places", "F1 exact"]
    assert (agreement.articles, agreement.groups, figure.value) == (16, 8, 0.5)
    # The share of agreeing groups among eight drawn is binomial(8, 1/2) / 8: P(0) is below 2.5 %, P(0 or 1) above. All resamples are
    # counted, so that the seed does not matter.
    assert (figure.low, figure.high) == (1 / 8, 7 / 8) and figure.no_interval == ""
    assert grouped(seed=2).figures == agreement.figures
    alone = agree([[made(facts(), "a01")], [made(facts(), "a02")]], codebook(), KINDS)
    assert {(one.low, one.high) for one in alone.figures} == {(None, None)} and alone.groups == 1
    assert {one.no_interval for one in alone.figures if one.value is not None} == {"1 story: no interval"}


def test_the_same_seed_gives_the_same_intervals_whichever_layers_are_asked_for():
    whole, again, other = grouped(resamples=50), grouped(resamples=50), grouped(resamples=50, seed=2)
    assert whole == again != other
    only = grouped(resamples=50, layers=("places",))
    same = [one for one in whole.figures if one.layer == "places"]
    assert [one.value for one in only.figures] == [one.value for one in same]
    bounds = ([(one.low or 0.0, one.high or 0.0) for one in figures] for figures in (only.figures, same))
    assert np.allclose(*bounds, atol=1e-6)  # weights have single precision
    with pytest.raises(StandpointError, match="no layer is called 'nix'"):
        grouped(layers=("nix",))


def test_the_result_is_the_same_for_any_number_of_processes(monkeypatch):
    monkeypatch.setattr(processes, "ALONE", 0.0)
    ids = [f"courier-{number:02}" for number in range(40)]
    kinds, named = KINDS | {"a03": "model"}, {"a01": "one", "a03": "one"}
    rows = {"a01": [facts()], "a02": [other_facts(), facts()], "a03": [facts(), other_facts(), other_facts()]}
    sets = [
        [made(rows[name][n % len(rows[name])], name, article_id=article) for n, article in enumerate(ids)] for name in rows
    ] + [[made(stance(), name, "stance", article_id=article) for article in ids] for name in ("a01", "a02")]
    groups = {name: f"story-{n // 4}" for n, name in enumerate(ids)}
    articles = [[msgspec.convert(article_of() | {"id": name}, Article) for name in ids]]
    whole, shared = (
        agree(sets, codebook(), kinds, groups, Options(resamples=50, articles=articles, jobs=jobs), named) for jobs in (1, 3)
    )
    assert msgspec.json.encode(shared) == msgspec.json.encode(whole)
    assert {one.kind for one in whole.figures} == {"human", "human-model"} and whole.articles == 40
    sets[0][30] = made([*facts(), *facts()], "a01", article_id=ids[30])
    with pytest.raises(StandpointError, match="courier-30 facts a01 .* is given 2 times"):
        agree(sets, codebook(), kinds, groups, Options(resamples=0, jobs=2))


def test_targets_are_for_people_on_their_own():
    targets = [{"layer": "events", "statistic": "F1 exact", "value": 0.6}]
    sets = [made(facts(), name) for name in ("a01", "a02", "m01", "r01")]
    figures = table(sets, CODEBOOK | {"targets": targets}).values()
    assert {(one.layer, one.statistic, one.kind): one.target for one in figures if one.target} == {
        ("events", "F1 exact", "human"): 0.6
    }


@pytest.mark.parametrize(
    "target, problem",
    [
        ({"layer": "events", "statistic": "F1 exact", "value": 0.6}, None),
        ({"layer": "event", "statistic": "F1 exact", "value": 0.6}, "no layer is called 'event'"),
        ({"layer": "events", "statistic": "F1", "value": 0.6}, "'F1' is not a statistic of layer events"),
        ({"layer": "stance", "statistic": "mean distance", "value": 0.6}, "is not a statistic of layer stance"),
        ({"layer": "newcomer", "statistic": "not compared", "value": 0.6}, "is not a statistic"),
        ({"layer": "events", "statistic": "F1 exact", "value": 60}, "above 0 and at most 1"),
    ],
)
def test_a_target_that_makes_no_sense_is_a_mistake_in_the_codebook(target, problem):
    problems = [text for _, text in check_codebook(msgspec.convert(CODEBOOK | {"targets": [target]}, Codebook))]
    assert problems == [] if problem is None else problem in problems[0]
    twice = [text for _, text in check_codebook(msgspec.convert(CODEBOOK | {"targets": [target] * 2}, Codebook))]
    assert twice


def test_the_articles_say_how_long_the_continuum_is():
    sets = [[made([span("places", "PLACE", "mill")], "a01")], [made([span("places", "PLACE", "the mill")], "a02")]]
    article = msgspec.convert(article_of(), Article)
    rows = [[(one.start, one.end)] for (given,) in sets for one in given.annotations]
    for articles, length in ((), rows[0][0][1]), ([[article]], article.annotated_until):
        figures = agree(sets, codebook(), KINDS, None, Options(resamples=0, articles=articles)).figures
        value = next(one.value for one in figures if (one.layer, one.statistic) == ("places", "alpha U"))
        assert value == pytest.approx(1 - observed_disagreement(rows, length) / expected_disagreement(rows, length))


HALVES = "ab cd.SUPPORT!efgh ij.The end."  # a headline, a request, a body, and words after the window
OPEN = [(0, 6), (14, 22)]


def half_article(**changes: object) -> Article:
    zones = [("headline", 0, 6), ("donation", 6, 14), ("body", 14, len(HALVES))]
    values = article_of() | {"text": HALVES, "annotated_until": 22, "sentences": [], "paragraphs": []} | changes
    return msgspec.convert(values | {"zones": [{"name": n, "start": a, "end": b} for n, a, b in zones]}, Article)


def in_halves(layer: str, label: str, words: str, **changes: object) -> dict:
    return span(layer, label, words, HALVES, **changes)


def test_only_the_annotated_text_is_the_continuum():
    """A span of 2 and one of 4 characters at 6 of 14: the request between headline and body, and the end, do not count."""
    sets = [[made([in_halves("places", "PLACE", words)], name)] for words, name in (("ef", "a01"), ("efgh", "a02"))]
    # Expected: units among each other 2 + 28; in gaps of 6, 6, 6 and 4: 4 (5+5+5+3) + 16 (3+3+3+1); places 28·27 - 2 - 12.
    by_hand = 1 - (4 / 14**2) / (2 / 14 * (2 + 28 + 72 + 160) / 742)
    for article in (half_article(), half_article(text=None)):  # a withheld text has its zones
        figures = agree(sets, codebook(), KINDS, None, Options(resamples=0, articles=[[article]])).figures
        values = {one.statistic: one.value for one in figures if one.layer == "places"}
        assert values["alpha U"] == values["alpha U, any label"] == pytest.approx(by_hand)
    windowless = half_article(annotated_until=0)
    assert codebook().zones.parts_of(windowless) == [(0, 6), (14, 30)] and codebook().zones.parts_of(half_article()) == OPEN


def test_spans_outside_the_annotated_text_are_left_out_with_what_is_about_them_and_counted():
    inside = [in_halves("events", "harm.displace", "ef"), in_halves("places", "PLACE", "ij")]
    inside += [choice("status", "asserted", "events-ef"), relation("where", "place", "events-ef", "places-ij")]
    outside = [in_halves("events", "harm.displace", "SUPPORT"), in_halves("events", "harm.displace", "end")]
    outside += [in_halves("places", "PLACE", "ij.The"), choice("status", "denied", "events-SUPPORT")]
    outside += [
        relation("where", "place", "events-SUPPORT", "places-ij"),
        relation("where", "time", "events-ef", "places-ij.The"),
    ]
    sets = [[made(inside, "a01")], [made([*inside, *outside], "a02")]]
    agreement = agree(sets, codebook(), KINDS, None, Options(resamples=0, articles=[[half_article()]]))
    figures = {(one.layer, one.statistic): (one.value, one.n) for one in agreement.figures}
    for layer, statistic in (
        ("events", "F1 exact"),
        ("places", "F1 overlap"),
        ("where", "F1 end to end"),
        ("status", "F1 end to end"),
    ):
        assert figures[layer, statistic] == (1.0, 2)
    assert {one.annotator: one.outside for one in agreement.sets} == {"a01": {}, "a02": {"events": 2, "places": 1}}
    sentence = "spans of events in text that is not annotated are left out: 2 by a02"
    assert list(agreement_lines(agreement))[1] == agreement.left_out()[0] == sentence
    unknown = agree(sets, codebook(), KINDS, None, Options(resamples=0))  # without the article, nobody knows
    assert unknown.left_out() == [] and table_value(unknown, "events", "F1 exact") == pytest.approx(2 / 4)


def table_value(agreement: Agreement, layer: str, statistic: str) -> float | None:
    return next(one.value for one in agreement.figures if (one.layer, one.statistic) == (layer, statistic))


def test_gamma_counts_the_tokens_of_the_annotated_text():
    continuum = Continuum(OPEN, HALVES)
    words = [HALVES[start:end] for start, end in continuum.words or ()]
    assert words == ["ab", "cd", ".", "efgh", "ij", "."] and continuum.length == 14
    reading = Reading(view_of(made([in_halves("places", "PLACE", "ij")]), codebook()), continuum)
    assert reading.in_tokens((19, 21)) == (4, 5) and reading.units("places") == {"PLACE": [(11, 13)]}


def test_gamma_is_a_figure_where_it_is_asked_for():
    pytest.importorskip("pygamma_agreement", reason="gamma is computed by the optional pygamma-agreement")
    article = msgspec.convert(article_of(), Article)
    sets = [[made(facts(), "a01")], [made(other_facts(), "a02")], [made([], "a03", annotator_kind="human_crowd")]]
    options = Options(resamples=0, gamma=True, layers=("events", "places"), articles=[[article]])
    figures = {(one.layer, one.statistic): one for one in agree(sets, codebook(), KINDS, None, options).figures}
    assert figures["places", "gamma"].n == 1 and -1 < figures["places", "gamma"].value < 1
    assert figures["places", "gamma"].note == "2 articles are left out in which only one of the two marked anything"


def test_gamma_without_its_library_is_one_line_and_how_to_fix_it(monkeypatch):
    pygamma.cache_clear()
    monkeypatch.setitem(sys.modules, "pygamma_agreement", None)  # as where it is not installed
    with pytest.raises(StandpointError, match="gamma needs the extra gamma: .*pygamma_agreement") as error:
        agree([], codebook(), KINDS, None, Options(gamma=True))
    assert "standpoint[gamma]" in error.value.hint


def test_the_table_and_the_file_say_what_was_found(tmp_path):
    targets = [{"layer": "events", "statistic": name, "value": 0.6} for name in ("F1 exact", "F1 overlap, any label")]
    agreement = found([made(facts(), "a01"), made(other_facts(), "a02")], CODEBOOK | {"targets": targets})
    lines = list(agreement_lines(agreement))
    assert lines[:2] == ["1 articles in 1 stories have several annotators", "agreement, human: People among themselves"]
    assert lines[2].startswith("  F1, Cohen's kappa, LEA and CEAFe: the mean over pairs of annotators, each weighted by its n")
    by_words = {" ".join(line.split()) for line in lines}
    assert "events F1 exact 0.500 – 4 0.60 missed" in by_words
    assert "F1 overlap, any label 1.000 – 4 0.60 met" in by_words
    assert "genre alpha nominal – – 1 only one value occurs" in by_words
    assert len(list(agreement_lines(agreement, short=True))) < len(lines)
    write_json(tmp_path / "agreement.json", agreement)
    assert msgspec.json.decode((tmp_path / "agreement.json").read_bytes(), type=Agreement) == agreement
