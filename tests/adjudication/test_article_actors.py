"""The actors that the stance pass of an article asks about: those that the facts pass has."""

from __future__ import annotations

from standpoint.adjudication.adjudicate import Rules, adjudicate_article
from standpoint.adjudication.article_actors import ArticleActors, actor_pass, article_actors
from standpoint.core.model import AdjudicatedSet, AnnotationSet
from two_pass_article import CODEBOOK, KINDS, REGISTRY, choice, codebook, made, span, stance

BOOK = codebook()


def mentions(annotator: str, *marked: tuple[str, str], **names: str) -> AnnotationSet:
    """A facts set with (actor, words) as mentions, and the names of slots: NEW_1="Net men"."""
    typed = [choice("newcomer", name, slot.replace("_", ":")) for slot, name in names.items()]
    return made([*(span("actors", actor, words) for actor, words in marked), *typed], annotator)


def actors_of(*sets: AnnotationSet, adjudicated: AdjudicatedSet | None = None) -> ArticleActors:
    found = article_actors(sets, adjudicated, "stance", BOOK, REGISTRY)
    assert found is not None
    return found


def test_only_a_pass_that_asks_about_actors_of_an_earlier_pass_waits():
    assert (actor_pass(BOOK, "facts"), actor_pass(BOOK, "stance")) == ("", "facts")
    alone = codebook(
        CODEBOOK
        | {
            "passes": [{"name": "stance", "layers": ["evidence", "stance"]}],
            "layers": [layer for layer in CODEBOOK["layers"] if layer["name"] in ("evidence", "stance")],
        }
    )
    assert actor_pass(alone, "stance") == ""


def test_an_article_waits_until_somebody_has_annotated_its_facts():
    assert article_actors([], None, "stance", BOOK, REGISTRY) is None
    assert actors_of(mentions("a01")).names == {}


def test_the_actors_of_all_annotators_are_listed_and_the_most_mentioned_come_first():
    one = mentions("a01", ("act-000001", "army"), ("NEW:1", "Netters"), ("NEW:1", "The"), NEW_1="Net men")
    other = mentions("a02", ("act-000001", "army"), ("act-000003", "mill"))  # merged into the Mill Guard
    expected = {"NEW:NET_MEN": "Net men", "act-000001": "Army of Veld", "act-000002": "Mill Guard"}
    assert actors_of(one, other).names == expected
    assert list(actors_of(one, other).names) == list(expected)


def test_an_actor_with_a_role_and_no_mention_comes_last():
    fled = span("events", "harm.displace", "fled")
    one = made([span("actors", "act-000001", "army"), fled, choice("agent", "act-000002", fled["id"])])
    assert list(actors_of(one).names) == ["act-000001", "act-000002"]


def test_a_name_of_a_slot_that_is_not_used_is_no_actor():
    assert actors_of(mentions("a01", ("act-000001", "army"), NEW_2="Nobody")).names == {"act-000001": "Army of Veld"}


def test_an_adjudicated_set_decides_unless_a_mention_is_in_question():
    sets = [mentions("a01", ("act-000001", "army"), ("NEW:1", "Netters")), mentions("a02", ("act-000001", "army"))]
    outcome = adjudicate_article(sets[0].article_id, sets, Rules(BOOK, KINDS))
    assert outcome.adjudicated.conflicts
    assert list(actors_of(*sets, adjudicated=outcome.adjudicated).names) == ["act-000001", "NEW:NETTERS"]
    decided = AdjudicatedSet(
        article_id=sets[0].article_id,
        tier="gold",
        codebook_version="",
        text_sha256="",
        annotators=("a01", "a02"),
        annotations=sets[1].annotations,
    )
    assert list(actors_of(*sets, adjudicated=decided).names) == ["act-000001"]


def test_no_answer_loses_its_actor():
    assert list(actors_of(mentions("a01", ("NEW:1", "Netters")), made(stance(), "a02", "stance")).names) == [
        "NEW:NETTERS",
        "act-000001",
        "act-000002",
    ]


def test_what_a_list_lacks_is_told_by_the_present_ids():
    sets = [mentions("a01", ("NEW:1", "Netters"), ("act-000002", "mill"), NEW_1="Netters of the quay")]
    sets.append(mentions("a02", ("NEW:1", "Netters"), ("act-000001", "army"), NEW_1="Net men"))
    found = actors_of(*sets)
    assert found.missing(["NEW:NET_MEN", "act-000003"]) == ["act-000001"]
    assert found.missing([]) == ["act-000002", "NEW:NETTERS_OF_THE_QUAY", "act-000001"]
