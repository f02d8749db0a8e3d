"""How a codebook says that disagreements are adjudicated, and what each way gives."""

from __future__ import annotations

import msgspec
import pytest

from standpoint.adjudication import resolve
from standpoint.adjudication.adjudicate import Rules, adjudicate_article, labels_by_errors
from standpoint.codebook.load import check_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.model import AdjudicatedSet, AnnotationSet, StandpointError
from two_pass_article import CODEBOOK, KINDS, choice, facts, made, relation, span, stance

ARTICLE = made([]).article_id


def with_rules(whole: object = None, **by_layer: object) -> dict:
    """The grammar with ``resolve`` for the codebook as a whole and for some layers."""
    layers = [layer | ({"resolve": by_layer[layer["name"]]} if layer["name"] in by_layer else {}) for layer in CODEBOOK["layers"]]
    return CODEBOOK | {"layers": layers} | ({"resolve": whole} if whole else {})


def adjudicated(grammar: dict, *sets: AnnotationSet) -> AdjudicatedSet:
    book = msgspec.convert(grammar, Codebook)
    assert list(check_codebook(book)) == []
    return adjudicate_article(ARTICLE, sets, Rules(book, KINDS)).adjudicated


def how(one: AdjudicatedSet, layer: str) -> list[tuple]:
    """What is adjudicated in a layer, how, by whom and against whom."""
    found = ((item, one.resolutions[item.id]) for item in one.annotations if item.layer == layer)
    return [(item.label, way.how, way.by, way.dissent) for item, way in found]


MILL, THE_MILL, DAWN = span("places", "PLACE", "mill"), span("places", "PLACE", "the mill"), span("places", "TIME", "dawn")


def test_what_more_than_half_say_holds_and_the_outvoted_reading_is_kept():
    one = adjudicated(with_rules("majority"), made([MILL], "a01"), made([MILL], "a02"), made([THE_MILL], "a03"))
    assert how(one, "places") == [("PLACE", "majority", ("a01", "a02"), ("a03",))] and one.conflicts == ()
    (gone,) = one.resolved
    assert gone.readings["a03"] == 'PLACE [30,38) "the mill"' and gone.resolution.dissent == ("a03",)


def test_a_majority_may_be_for_nothing():
    one = adjudicated(with_rules("majority"), made([DAWN], "a01"), made([], "a02"), made([], "a03"))
    assert one.annotations == () and one.conflicts == ()
    assert [(item.resolution.how, item.resolution.by, item.resolution.dissent) for item in one.resolved] == [
        ("majority", ("a02", "a03"), ("a01",))
    ]


def test_a_tie_stays_a_conflict():
    assert len(adjudicated(with_rules("majority"), made([MILL], "a01"), made([THE_MILL], "a02")).conflicts) == 1


def test_answers_are_voted_on_among_those_who_have_the_span():
    seized = span("events", "territory.capture", "seized")

    def said(name: str, status: str, *agents: str) -> AnnotationSet:
        agents = [choice("agent", agent, "events-seized") for agent in agents]
        return made([seized, choice("status", status, "events-seized"), *agents], name)

    one = adjudicated(
        with_rules("majority"),
        *(said("a01", "denied", "act-000001"), said("a02", "denied", "act-000001", "act-000002"), said("a03", "asserted")),
        made([], "a04"),
    )
    assert how(one, "events") == [("territory.capture", "majority", ("a01", "a02", "a03"), ("a04",))]
    assert how(one, "status") == [("denied", "majority", ("a01", "a02"), ("a03", "a04"))]
    assert how(one, "agent") == [("act-000001", "majority", ("a01", "a02"), ("a03", "a04"))]


def test_links_are_voted_on_one_by_one_and_go_with_their_ends():
    link = relation("where", "time", "events-seized", "places-dawn")
    ends = [span("events", "territory.capture", "seized"), DAWN]
    one = adjudicated(
        with_rules("majority"), made([*ends, link], "a01"), made([*ends, link], "a02"), made(ends, "a03"), made(ends[:1], "a04")
    )
    assert how(one, "where") == [("time", "majority", ("a01", "a02"), ("a03", "a04"))]


def test_one_annotator_may_be_followed_where_there_is_a_set_of_hers():
    sets = [made([MILL], "a01"), made([THE_MILL, DAWN], "a02"), made([], "a03")]
    rules = with_rules(places={"annotator": "a02"})
    assert [entry[:2] for entry in how(adjudicated(rules, *sets), "places")] == [("PLACE", "annotator"), ("TIME", "annotator")]
    assert len(adjudicated(with_rules(places={"annotator": "a09"}), *sets).conflicts) == 2


def test_stance_keeps_its_distribution_whatever_the_codebook_says():
    sets = [
        made([choice("stance", label, "act-000001")], name, "stance")
        for name, label in {"a01": "-1", "a02": "-1", "a03": "+1"}.items()
    ]
    one = adjudicated(with_rules("majority"), *sets)
    assert one.distributions["stance"]["act-000001"] == {"a01": "-1", "a02": "-1", "a03": "+1"}
    assert how(one, "stance") == [("-1", "median", ("a01", "a02"), ("a03",))]


WRONG = [
    ({"stance": "majority"}, ".resolve", "keeps every answer"),
    ({"places": "distribution"}, ".resolve", "an ordinal layer"),
    ({"agent": "dawid_skene"}, ".resolve", "one answer"),
    ({"places": "dawid_skene"}, ".resolve", "a choice layer"),
]


@pytest.mark.parametrize("by_layer, path, problem", WRONG)
def test_a_rule_that_makes_no_sense_is_refused(by_layer, path, problem):
    ((where, said),) = check_codebook(msgspec.convert(with_rules(**by_layer), Codebook))
    assert where.endswith(path) and problem in said


@pytest.mark.parametrize("rule", ["plurality", {"annotators": "a01"}, 3])
def test_an_unknown_rule_is_refused(rule):
    with pytest.raises(msgspec.ValidationError, match="resolve"):
        msgspec.convert(with_rules(places=rule), Codebook)


def test_dawid_and_skene_name_their_extra_where_it_is_not(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "crowdkit.aggregation", None)
    with pytest.raises(StandpointError, match="dawid_skene needs the extra dawid-skene: .*crowdkit") as error:
        resolve.most_probable({(("a01", "x"),): 1})
    assert "standpoint[dawid-skene]" in error.value.hint


# Two good annotators and two careless ones who agree with each other: nine in ten of the good ones' answers are alike.
PATTERNS = {
    (("g1", "asserted"), ("g2", "asserted"), ("c1", "asserted"), ("c2", "denied")): 40,
    (("g1", "denied"), ("g2", "denied"), ("c1", "asserted"), ("c2", "asserted")): 10,
    (("g1", "denied"), ("g2", "denied"), ("c1", "denied"), ("c2", "asserted")): 20,
    (("g1", "asserted"), ("g2", "denied"), ("c1", "asserted"), ("c2", "denied")): 2,
}


def em(patterns: dict, rounds: int = 300) -> dict:
    """Dawid and Skene's EM in plain Python, as the paper has it: what crowd-kit's answer is checked against."""
    labels = sorted({label for one in patterns for _, label in one})
    names = sorted({name for one in patterns for name, _ in one})
    belief = {one: {t: sum(label == t for _, label in one) / len(one) for t in labels} for one in patterns}
    for _ in range(rounds):
        weight = {t: sum(belief[one][t] * count for one, count in patterns.items()) for t in labels}
        error = {}
        for name in names:
            for t in labels:
                told = {x: sum(belief[one][t] * count for one, count in patterns.items() if (name, x) in one) for x in labels}
                total = sum(told.values())
                error |= {(name, t, x): told[x] / total for x in labels}
        for one in patterns:
            product = dict(weight)
            for name, label in one:
                product = {t: product[t] * error[name, t, label] for t in labels}
            belief[one] = {t: product[t] / sum(product.values()) for t in labels}
    return {one: max(labels, key=belief[one].get) for one in patterns}


def test_dawid_and_skene_give_what_the_paper_s_algorithm_gives():
    pytest.importorskip("crowdkit")
    patterns = {tuple(sorted(one)): count for one, count in PATTERNS.items()}
    assert resolve.most_probable(patterns) == em(patterns)
    careless = tuple(sorted((("g1", "denied"), ("g2", "denied"), ("c1", "asserted"), ("c2", "asserted"))))
    assert resolve.most_probable(patterns)[careless] == "denied"  # where a majority could not tell


def test_dawid_and_skene_resolve_a_layer_from_the_whole_corpus_where_three_answered():
    pytest.importorskip("crowdkit")
    rules = Rules(msgspec.convert(with_rules(genre="dawid_skene"), Codebook), KINDS)

    def sets(number: int, *answers: str) -> list[AnnotationSet]:
        names = ("g1", "g2", "c1", "c2")
        return [
            made([choice("genre", answer)], name, annotator_kind="human_crowd", article_id=f"courier-{number:03}")
            for name, answer in zip(names, answers, strict=True)
            if answer
        ]

    rows = [("report", "report", "report", "comment")] * 20 + [("comment", "comment", "comment", "report")] * 15
    rows += [("comment", "comment", "report", "report")] * 3 + [("comment", "report", "", "")]
    corpus = [sets(number, *row) for number, row in enumerate(rows)]
    streams = [[one for article in corpus for one in article if one.annotator == name] for name in ("g1", "g2", "c1", "c2")]
    rules = rules._replace(labels=labels_by_errors(streams, rules))
    tied = adjudicate_article("courier-035", corpus[35], rules).adjudicated
    assert how(tied, "genre") == [("comment", "dawid_skene", ("g1", "g2"), ("c1", "c2"))]
    assert (
        len(adjudicate_article("courier-038", corpus[38], rules).adjudicated.conflicts) == 1
    )  # two answers: a question, not a belief


def test_stance_of_one_and_facts_of_all_are_adjudicated_as_before():
    one = adjudicated(with_rules("majority"), made(facts(), "a01"), made(facts(), "a02"), made(stance(), "a01", "stance"))
    assert {way.how for way in one.resolutions.values()} == {"unanimous", "single"}
