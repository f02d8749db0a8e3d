"""New actors of one article: two names of one actor, the registry that grows, and decisions that follow."""

from __future__ import annotations

import msgspec
import pytest

from standpoint.adjudication.adjudicate import Outcome, Rules, adjudicate_article
from standpoint.adjudication.new_actors import with_actor_ids
from standpoint.codebook.registry import NO_ACTORS, Registry
from standpoint.core.model import AnnotationSet, Choice, Decision, Span
from two_pass_article import ACTORS, KINDS, REGISTRY, choice, codebook, made, span


def marked(annotator: str, name: str, *words: str, slot: str = "NEW:1") -> AnnotationSet:
    """A set in which these words are mentions of one new actor, who also is the agent of an event."""
    fled = span("events", "harm.displace", "fled")
    typed = [choice("newcomer", name, slot)] if name else []
    return made([fled, choice("agent", slot, fled["id"]), *(span("actors", slot, each) for each in words), *typed], annotator)


def actors_of(sets: list[AnnotationSet], registry: Registry = NO_ACTORS) -> list[dict[str, str]]:
    """{marked words: actor} of each set."""
    return [
        {item.quote: item.label for item in one.annotations if isinstance(item, Span) and item.layer == "actors"}
        for one in with_actor_ids(sets, codebook(), registry)
    ]


def grown(*names: str, number: int = 4, **others: object) -> Registry:
    """The registry with one actor more, by its name and aliases."""
    first, *rest = names
    entry = {"id": f"act-{number:06}", "name": first, "aliases": [{"text": name} for name in rest]}
    return msgspec.convert({"version": "0.2.0", "actors": [*ACTORS, entry | others]}, Registry)


def test_two_names_of_what_two_annotators_marked_alike_are_one_actor():
    sets = [marked("a01", "Netters of the quay", "Netters", "The"), marked("a02", "Net men", "Netters")]
    assert actors_of(sets) == [
        {"Netters": "NEW:NETTERS_OF_THE_QUAY", "The": "NEW:NETTERS_OF_THE_QUAY"},
        {"Netters": "NEW:NETTERS_OF_THE_QUAY"},
    ]
    outcome = adjudicate_article(sets[0].article_id, sets, Rules(codebook(), KINDS))
    assert [question.asked.layer for question in outcome.questions] == ["actors"]  # whether "The" is a mention
    agents = [item.label for item in outcome.adjudicated.annotations if item.layer == "agent"]
    assert agents == ["NEW:NETTERS_OF_THE_QUAY"]
    (name,) = [item for item in outcome.adjudicated.annotations if item.layer == "newcomer"]
    how = outcome.adjudicated.resolutions[name.id]
    assert (name.label, how.how, how.by, how.dissent) == ("Netters of the quay", "follows", ("a01",), ("a02",))


def test_the_name_that_most_annotators_gave_is_the_actors():
    names = ("Netters of the old quay", "Net men", "Net men")
    found = actors_of([marked(f"a0{number}", name, "Netters") for number, name in enumerate(names, 1)])
    assert {tuple(one.values()) for one in found} == {("NEW:NET_MEN",)}


@pytest.mark.parametrize(
    "sets",
    [
        [marked("a01", "Netters", "Netters", "The", "mill"), marked("a02", "Army", "Netters", "army")],
        [marked("a01", "Netters", "Netters"), marked("a02", "Army", "army")],
    ],
    ids=["less than half of the places", "no common place"],
)
def test_actors_that_are_marked_elsewhere_stay_two(sets):
    assert {actor for one in actors_of(sets) for actor in one.values()} == {"NEW:NETTERS", "NEW:ARMY"}


def test_two_actors_of_one_annotator_are_never_joined():
    both = made([*marked("a01", "Netters", "Netters").annotations, *marked("a01", "Army", "army", slot="NEW:2").annotations])
    found = actors_of([both, marked("a02", "All of them", "Netters", "army")])
    assert len(set(found[0].values())) == 2 and found[1]["Netters"] == found[1]["army"] in found[0].values()


def test_two_actors_of_one_annotator_are_never_joined_even_if_one_has_no_mention():
    """The first annotator names the army and marks it nowhere; what the second calls so is what the first calls netters."""
    typed = [choice("newcomer", "Army", "NEW:2"), choice("agent", "NEW:2", "events-fled")]
    first = made([*marked("a01", "Netters", "Netters").annotations, *typed])
    sets = [first, marked("a02", "Army", "Netters")]
    assert actors_of(sets) == [{"Netters": "NEW:NETTERS"}, {"Netters": "NEW:ARMY"}]
    assert adjudicate_article(first.article_id, sets, Rules(codebook(), KINDS)).adjudicated  # not refused for two names


def test_an_actor_that_the_registry_has_by_now_has_its_id():
    sets = [marked("a01", "Netters of the quay", "Netters"), marked("a02", "Net men", "Netters")]
    for registry in (grown("Quay netters", "Net men"), grown("Netters of the Quay"), grown("Net men", "netters of the quay")):
        renamed = list(with_actor_ids(sets, codebook(), registry))
        assert actors_of(sets, registry) == [{"Netters": "act-000004"}] * 2
        assert all(item.layer != "newcomer" for one in renamed for item in one.annotations)
        agents = [item for one in renamed for item in one.annotations if isinstance(item, Choice) and item.layer == "agent"]
        assert {(item.label, item.id) for item in agents} == {("act-000004", "events-fled.agent.act-000004")}


def test_a_description_of_an_actor_in_the_registry_is_no_name_of_a_new_actor():
    registry = grown("Quay netters", aliases=[{"text": "Net men", "kind": "descriptor"}])
    assert actors_of([marked("a01", "Net men", "Netters")], registry) == [{"Netters": "NEW:NET_MEN"}]


def test_a_merged_actor_has_the_other_id_and_equal_answers_are_one():
    stance = [choice("stance", "+1", actor) for actor in ("act-000002", "act-000003")]
    (one,) = with_actor_ids([made(stance, pass_name="stance")], codebook(), REGISTRY)
    assert [(item.of, item.label) for item in one.annotations] == [("act-000002", "+1")]


def test_different_answers_about_one_actor_are_refused():
    stance = [choice("stance", label, actor) for label, actor in (("+1", "act-000002"), ("-1", "act-000003"))]
    sets = [made(stance, pass_name="stance")]
    with pytest.raises(Exception, match="answers of stance, should be one"):
        adjudicate_article(sets[0].article_id, sets, Rules(codebook(), KINDS, registry=REGISTRY))


def test_an_answer_of_the_stance_pass_follows_the_name_of_the_facts_pass():
    facts = [marked("a01", "Netters of the quay", "Netters"), marked("a02", "Net men", "Netters")]
    stance = made([choice("stance", "+1", "NEW:NET_MEN")], "a02", "stance")
    *_, one = with_actor_ids([*facts, stance], codebook())
    assert [item.of for item in one.annotations] == ["NEW:NETTERS_OF_THE_QUAY"]


def decided(outcome: Outcome) -> Decision:
    """A decision for the first annotator's reading, where there is one."""
    question = next(question for question in outcome.questions if question.readings["a01"])
    return Decision(
        asked=question.asked,
        by="a09",
        by_kind="human_expert",
        chosen="reading",
        reason="slip",
        annotations=question.readings["a01"],
        decided="1",
    )


@pytest.mark.parametrize(
    "registry",
    [grown("Netters of the quay"), grown("Netters of the quay", redirect_to="act-000001")],
    ids=["added", "added and merged"],
)
def test_a_decision_follows_an_actor_into_the_registry(registry):
    sets = [marked("a01", "Netters of the quay", "Netters"), marked("a02", "Army", "army", "mill")]
    before = adjudicate_article(sets[0].article_id, sets, Rules(codebook(), KINDS))
    decision = decided(before)
    after = adjudicate_article(sets[0].article_id, sets, Rules(codebook(), KINDS, registry=registry), [decision])
    assert after.stale == []
    asked = [question.asked.where for question in before.questions]
    assert [question.asked.where for question in after.questions] == [where for where in asked if where != decision.asked.where]
    mention = next(item for item in after.adjudicated.annotations if item.layer == "actors")
    assert mention.label == registry.present("act-000004")


def test_a_decision_from_before_a_merge_follows_it():
    sets = [marked("a01", "Netters of the quay", "Netters"), marked("a02", "Army", "army", "mill")]
    added, merged = grown("Netters of the quay"), grown("Netters of the quay", redirect_to="act-000001")
    decision = decided(adjudicate_article(sets[0].article_id, sets, Rules(codebook(), KINDS, registry=added)))
    after = adjudicate_article(sets[0].article_id, sets, Rules(codebook(), KINDS, registry=merged), [decision])
    assert after.stale == [] and all(question.standing is None for question in after.questions)
    assert next(item.label for item in after.adjudicated.annotations if item.layer == "actors") == "act-000001"
