"""What is adjudicated, what stays in conflict, and what the tier may be."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from standpoint.adjudication.adjudicate import Rules, adjudicate_article, adjudicate_articles, adjudicate_project
from standpoint.adjudication.resolve import median_label
from standpoint.codebook.types import Layer
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Choice, Relation, Reporter, Span, StandpointError
from two_pass_article import HARVEST, KINDS, choice, codebook, facts, made, relation, span, stance
from versioned_project import make as make_project

ARTICLE = made([]).article_id


def adjudicated(*sets: AnnotationSet, grammar: dict | None = None) -> AdjudicatedSet:
    return adjudicate_article(ARTICLE, sets, Rules(codebook(grammar) if grammar else codebook(), KINDS)).adjudicated


def content(one: AdjudicatedSet, layer: str) -> list:
    """What is adjudicated in a layer, without ids."""
    spans = {item.id: item.quote for item in one.annotations if isinstance(item, Span)}
    found = []
    for item in one.annotations:
        if item.layer == layer:
            about = {Span: lambda item: (item.quote,), Choice: lambda item: (spans.get(item.of, item.of),)}
            ends = about.get(type(item), lambda item: (spans[item.head], spans[item.tail]))(item)
            found.append((item.label, *ends))
    return found


def conflicts(one: AdjudicatedSet) -> list:
    return [(item.layer, item.where, item.readings) for item in one.conflicts]


def test_one_annotator_is_adjudicated_as_single():
    one = adjudicated(made(facts()), made(stance(), "a01", "stance"))
    assert {item.how for item in one.resolutions.values()} == {"single"}
    assert len(one.annotations) == len(facts()) + len(stance()) and one.conflicts == ()
    assert one.tier == "human_single" and one.annotators == ("a01",)


def test_the_same_extent_with_another_label_is_a_conflict_with_both_readings_and_their_answers():
    ones = [span("events", "territory.capture", "fled"), choice("status", "denied", "events-fled")]
    one = adjudicated(made(ones, "a01"), made([span("events", "harm.displace", "fled")], "a02"))
    assert one.annotations == ()
    readings = {"a01": 'territory.capture [56,60) "fled" (status: denied)', "a02": 'harm.displace [56,60) "fled"'}
    assert conflicts(one) == [("events", "[56,60)", readings)]


def test_spans_that_overlap_are_one_conflict_and_one_that_only_some_have_is_another():
    ones = [span("places", "PLACE", "mill"), span("places", "TIME", "dawn")]
    one = adjudicated(made(ones, "a01"), made([span("places", "PLACE", "the mill")], "a02"))
    assert conflicts(one) == [
        ("places", "[30,38) [34,38)", {"a01": 'PLACE [34,38) "mill"', "a02": 'PLACE [30,38) "the mill"'}),
        ("places", "[42,46)", {"a01": 'TIME [42,46) "dawn"', "a02": ""}),
    ]


def test_answers_about_adjudicated_spans_are_adjudicated_one_by_one():
    ones = [*facts()[:3], choice("agent", "act-000001", "events-seized"), choice("status", "asserted", "events-seized")]
    others = [*facts()[:3], choice("agent", "act-000001", "events-seized"), choice("agent", "act-000002", "events-seized")]
    one = adjudicated(made(ones, "a01"), made([*others, choice("status", "denied", "events-seized")], "a02"))
    assert content(one, "agent") == [("act-000001", "seized")] and content(one, "status") == []
    seized = next(item.id for item in one.annotations if item.label == "territory.capture")
    assert conflicts(one) == [
        ("agent", seized, {"a01": "", "a02": "act-000002"}),
        ("status", seized, {"a01": "asserted", "a02": "denied"}),
    ]
    agent = next(item for item in one.annotations if item.layer == "agent")
    assert agent.id == f"{seized}.agent.act-000001" and one.resolutions[agent.id].by == ("a01", "a02")


def test_relations_are_adjudicated_on_adjudicated_spans_and_the_others_are_conflicts():
    others = [*facts()[:-1], relation("where", "place", "events-fled", "places-dawn")]
    one = adjudicated(made(facts(), "a01"), made(others, "a02"))
    assert content(one, "where") == [("place", "seized", "mill")]
    assert conflicts(one) == [
        ("where", "[23,29)->[42,46)", {"a01": 'time: territory.capture "seized" -> TIME "dawn"', "a02": ""}),
        ("where", "[56,60)->[42,46)", {"a01": "", "a02": 'place: harm.displace "fled" -> TIME "dawn"'}),
    ]
    (link,) = [item for item in one.annotations if isinstance(item, Relation)]
    assert link.id == f"{link.head}.where.place.{link.tail}"


def test_new_actors_are_the_same_where_their_names_are_whatever_slot_they_had():
    def facts_with(slot: str, name: str) -> list[dict]:
        who = [span("actors", slot, "Netters"), span("events", "harm.displace", "fled")]
        return [*who, choice("agent", slot, "events-fled"), choice("newcomer", name, slot)]

    named = {"NEW:1": "Netters of the quay", "NEW:2": "netters  of the Quay"}
    one = adjudicated(*(made(facts_with(slot, name), f"a0{slot[-1]}") for slot, name in named.items()))
    assert one.conflicts == ()
    assert content(one, "actors") == [("NEW:NETTERS_OF_THE_QUAY", "Netters")]
    assert content(one, "agent") == [("NEW:NETTERS_OF_THE_QUAY", "fled")]
    assert content(one, "newcomer") == [("Netters of the quay", "NEW:NETTERS_OF_THE_QUAY")]


def test_a_new_actor_without_a_typed_name_has_the_name_of_its_mention():
    one = adjudicated(made([span("actors", "NEW:1", "Netters")], "a01"), made([span("actors", "NEW:1", "Netters")], "a02"))
    assert one.conflicts == ()
    assert content(one, "actors") == [("NEW:NETTERS", "Netters")]
    assert content(one, "newcomer") == [("Netters", "NEW:NETTERS")]


def test_a_new_actor_with_neither_a_name_nor_a_mention_is_nobody_elses():
    fled = span("events", "harm.displace", "fled")
    sets = [made([fled, choice("agent", f"NEW:{number}", fled["id"])], f"a0{number}") for number in (1, 2)]
    (where,) = adjudicated(*sets).conflicts
    assert where.readings == {"a01": "NEW:UNNAMED_A01_1", "a02": "NEW:UNNAMED_A02_2"}


def scaled(annotator: str, label: str) -> AnnotationSet:
    return made([choice("stance", label, "act-000001")] if label else [], annotator, "stance", annotator_kind="human_crowd")


MEDIANS = [
    (("-2", "-1", "+2"), "-1"),
    (("-2", "-1"), "-1"),
    (("+1", "+2"), "+1"),
    (("-1", "+1"), "0"),
    (("-2", "+1"), "0"),
    (("-2", "0"), "0"),
    (("+1", "+1", "+2", "+2"), "+1"),
    (("-2",), "-2"),
]


@pytest.mark.parametrize("answers, expected", MEDIANS)
def test_the_median_and_where_it_is_open_the_point_nearest_to_0(answers, expected):
    assert median_label(codebook().by_name["stance"], answers) == expected


def test_a_scale_without_a_label_at_the_median_takes_the_nearest():
    grammar = {"name": "heat", "kind": "choice", "for_each": "actors", "ordinal": True}
    labels = [{"name": "cold", "value": -3}, {"name": "cool", "value": -1}, {"name": "warm", "value": 2}]
    layer = msgspec.convert(grammar | {"labels": labels}, Layer)
    assert median_label(layer, ["cool", "warm"]) == "cool" and median_label(layer, ["cold", "cold", "warm"]) == "cold"


def test_stance_keeps_every_answer_and_is_never_a_conflict():
    one = adjudicated(scaled("a01", "-2"), scaled("a02", "-1"), scaled("a03", "+1"), scaled("a04", ""))
    assert one.conflicts == () and content(one, "stance") == [("-1", "act-000001")]
    assert one.distributions == {"stance": {"act-000001": {"a01": "-2", "a02": "-1", "a03": "+1"}}}
    how = one.resolutions["act-000001.stance"]
    assert (how.how, how.by, how.dissent) == ("median", ("a02",), ("a01", "a03"))


def people(*names: str, **changes: object) -> list[AnnotationSet]:
    return [made(facts(), name, **changes) for name in names]


TIERS = [
    (people("a01", "a02"), "gold"),
    (people("a01", "a02", assistance="rule_suggestion"), "gold"),
    (people("a01"), "human_single"),
    ([*people("a01", "a02"), made(stance(), "a01", "stance")], "human_single"),
    ([*people("a01"), *people("a02", assistance="model_suggestion")], "reviewed"),
    ([*people("a01"), *people("a02", assistance="who knows")], "reviewed"),
    (people("a01", "a02", "m01"), "silver"),
    (people("a01", "a02", "r01"), "silver"),
    (people("m01"), "silver"),
    (people("a01", "a02", "nobody-knows"), "silver"),
    (people("a01", "a02", annotator_kind="unknown"), "gold"),  # the list says who they are
    (people("a01", "m01", annotator_kind="human_expert"), "silver"),  # the list says what it is
]


@pytest.mark.parametrize("sets, tier", TIERS)
def test_gold_is_what_two_people_made_and_nothing_else(sets, tier):
    assert adjudicated(*sets).tier == tier


BROKEN = [
    ([made(facts()), made(facts())], "the annotator has two sets"),
    ([made(facts()), made(facts(), "a02", text_sha256="0" * 64)], "made on different texts"),
    ([made(facts(), pass_name="weather")], "there is no pass weather"),
    ([made([choice("status", "denied", "events-razed")])], "status is not about a span of events"),
    ([made([choice("weather", "rain")])], "the codebook has no layer 'weather'"),
    ([made([choice("genre", "poem")])], "layer genre has no label 'poem'"),
    ([made([choice("genre", "report"), choice("genre", "comment")])], "2 answers of genre, should be one"),
    ([made([*facts()[:1], facts()[0] | {"id": "again"}])], "it repeats actors-army"),
]


@pytest.mark.parametrize("sets, problem", BROKEN)
def test_sets_that_the_checks_would_refuse_are_not_adjudicated(sets, problem):
    with pytest.raises(StandpointError, match=problem):
        adjudicated(*sets)


def test_the_stream_is_adjudicated_article_by_article():
    files = [[made(facts(), "a01", article_id=f"courier-{number}") for number in (1, 2, 3)]]
    files += [[made(facts(), "a02", article_id=f"courier-{number}") for number in (1, 3)]]
    found = [(one.adjudicated.article_id, one.adjudicated.tier) for one in adjudicate_articles(files, Rules(codebook(), KINDS))]
    assert found == [("courier-1", "gold"), ("courier-2", "human_single"), ("courier-3", "gold")]


def test_another_codebook_is_adjudicated_by_the_same_code():
    ones = [span("crops", "grain", "mill"), span("amounts", "price", "dawn"), choice("mood", "worried")]
    link = relation("measure", "sold_for", "crops-mill", "amounts-dawn")
    sets = [made([*ones, link], "a01", "reading"), made([*ones[:2], link, choice("mood", "hopeful")], "a02", "reading")]
    one = adjudicated(*sets, grammar=HARVEST)
    assert content(one, "measure") == [("sold_for", "mill", "dawn")]
    assert conflicts(one) == [("mood", "", {"a01": "worried", "a02": "hopeful"})]


# What an annotator might say: any of the good answers, some of them otherwise.
OTHERWISE = {"events-fled": {"label": "territory.capture"}, ".genre.report": {"label": "comment"}}


@st.composite
def anybodys_facts(draw) -> list[dict]:
    kept = [item for item in facts() if item["layer"] == "newcomer" or draw(st.integers(0, 3))]
    said = [item | (OTHERWISE.get(item["id"], {}) if draw(st.booleans()) else {}) for item in kept]
    ids = {item["id"] for item in said} | {None}
    return [item for item in said if {item.get("head"), item.get("tail"), _span_of(item)} <= ids]


def _span_of(item: dict) -> str | None:
    return item["of"] if item.get("of", "").startswith("events") else None


several = st.lists(anybodys_facts(), min_size=1, max_size=3)


@given(anybodys_facts(), st.integers(2, 4))
@example(facts(), 2)
def test_identical_sets_are_adjudicated_whole_and_unanimously(said, count):
    one = adjudicated(*(made(said, f"a0{number}") for number in range(count)))
    assert one.conflicts == () and len(one.annotations) == len(said)
    assert {item.how for item in one.resolutions.values()} <= {"unanimous"}


@given(several, st.randoms())
def test_the_order_of_annotators_does_not_matter(rows, random):
    sets = [made(said, f"a0{number}") for number, said in enumerate(rows)]
    shuffled = random.sample(sets, len(sets))
    assert adjudicated(*sets) == adjudicated(*shuffled)


@given(several)
@example([facts(), facts()])
def test_what_is_adjudicated_is_what_somebody_said_and_nothing_that_anybody_said_is_lost(rows):
    one = adjudicated(*(made(said, f"a0{number}") for number, said in enumerate(rows)))
    single = [adjudicated(made(said, f"a0{number}")) for number, said in enumerate(rows)]
    for item in one.annotations:
        assert any(item.id in {other.id for other in own.annotations} for own in single)
    readings = " | ".join(text for item in one.conflicts for text in item.readings.values())
    for own in single:
        for item in own.annotations:
            if item.layer != "newcomer":  # a name of an actor: it is the actor's id, in what is said of that actor
                assert item.id in one.resolutions or item.label in readings


@given(several)
def test_every_adjudicated_annotation_has_an_id_of_its_own_and_says_how_it_came_to_be(rows):
    one = adjudicated(*(made(said, f"a0{number}") for number, said in enumerate(rows)))
    ids = [item.id for item in one.annotations]
    assert len(ids) == len(set(ids)) and set(ids) == set(one.resolutions)
    assert msgspec.json.decode(msgspec.json.encode(one), type=AdjudicatedSet) == one


def test_the_file_of_a_source_whose_sets_are_gone_is_removed_and_this_is_told(tmp_path):
    project, told = make_project(tmp_path, 3), []
    kept = (project.adjudicated / "terrace-post.jsonl").read_bytes()
    gone = project.adjudicated / "closed-gazette.jsonl"
    gone.write_bytes(kept)
    adjudicate_project(project, Reporter(issue=told.append))
    assert [(issue.where, issue.code, issue.level) for issue in told] == [
        ("dataset/adjudicated/closed-gazette.jsonl", "ADJUDICATED-REMOVED", "note")
    ]
    assert [path.name for path in project.adjudicated.glob("*.jsonl")] == ["terrace-post.jsonl"]
    assert (project.adjudicated / "terrace-post.jsonl").read_bytes() == kept
