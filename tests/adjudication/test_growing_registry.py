"""The registry grows by the names that annotators gave: proposed in groups, then added, merged or redirected by a command."""

from __future__ import annotations

import msgspec
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.adjudication.grow_registry import add_actor, merge_names, redirect_actor
from standpoint.adjudication.proposals import Proposal, propose, unmerged
from standpoint.cli.root import main
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_adjudicated
from standpoint.core.files import read_text, write_lines
from standpoint.core.model import AnnotationSet, Article, Reporter, StandpointError
from standpoint.core.project import Project
from two_pass_article import ACTORS, CODEBOOK, TEXT, article_of, choice, made, span
from whole_projects import new_project, store_sets

TEXTS = [TEXT, TEXT.replace("dawn", "dusk"), TEXT.replace("dawn", "noon")]
ARTICLES = sorted((msgspec.convert(article_of(text), Article) for text in TEXTS), key=lambda article: article.id)


def facts_set(number: int, annotator: str, *actors: tuple[str, str], **names: str) -> AnnotationSet:
    """The facts of an article: (actor, marked words) pairs, and the names of slots: NEW_1="Net men"."""
    article = ARTICLES[number]
    spans = [span("actors", actor, words, article.text or "") for actor, words in actors]
    typed = [choice("newcomer", name, slot.replace("_", ":")) for slot, name in names.items()]
    return made([*spans, *typed], annotator, article_id=article.id, text_sha256=article.sha256)


@pytest.fixture
def project(tmp_path) -> Project:
    """Three articles and the registry; tests store the sets."""
    made_project = new_project(tmp_path, CODEBOOK)
    write_lines(made_project.articles / "courier.jsonl", ARTICLES)
    with made_project.actors.open("w", encoding="utf-8") as file:
        file.write("# The actors of the quay.\n")
        YAML().dump({"version": "0.1.0", "actors": ACTORS}, file)
    return made_project


def names_of(proposals: list[Proposal]) -> list[tuple[list[str], str]]:
    return [(sorted(name.name for name in proposal.names), proposal.known) for proposal in proposals]


GROUPS = {
    "one name in two articles": (
        [facts_set(0, "a01", ("NEW:1", "Netters"), NEW_1="Net men"), facts_set(1, "a01", ("NEW:2", "Netters"), NEW_2="Net Men")],
        [(["Net Men"], "")],
    ),
    "two annotators marked the same words": (
        [
            facts_set(0, "a01", ("NEW:1", "Netters"), NEW_1="Net men"),
            facts_set(0, "a02", ("NEW:1", "Netters"), NEW_1="Quay folk"),
        ],
        [(["Net men", "Quay folk"], "")],
    ),
    "spelled alike": (
        [
            facts_set(0, "a01", ("NEW:1", "Netters"), NEW_1="Jabhat al-Mirsa"),
            facts_set(1, "a01", ("NEW:1", "Netters"), NEW_1="Jabhat Mirsa"),
        ],
        [(["Jabhat Mirsa", "Jabhat al-Mirsa"], "")],
    ),
    "another script": (
        [
            facts_set(0, "a01", ("NEW:1", "Netters"), NEW_1="جبهة المرسى"),
            facts_set(1, "a01", ("NEW:1", "Netters"), NEW_1="Jabhat al-Mirsa"),
        ],
        [(["Jabhat al-Mirsa", "جبهة المرسى"], "")],
    ),
    "an acronym": (
        [
            facts_set(0, "a01", ("NEW:1", "Netters"), NEW_1="Front of Free Harbours"),
            facts_set(1, "a01", ("NEW:1", "army"), NEW_1="FFH"),
        ],
        [(["FFH", "Front of Free Harbours"], "")],
    ),
    "a name of the registry": (
        [facts_set(0, "a01", ("NEW:1", "Netters"), NEW_1="the mill-guard")],
        [(["the mill-guard"], "act-000002")],
    ),
    "words of a registered actor that another annotator marked": (
        [facts_set(0, "a01", ("NEW:1", "army"), NEW_1="Velders"), facts_set(0, "a02", ("act-000001", "army"))],
        [(["Velders"], "act-000001")],
    ),
    "one description in two articles": (
        [facts_set(0, "a01", ("NEW:1", "Netters"), NEW_1="gunmen"), facts_set(1, "a01", ("NEW:1", "Netters"), NEW_1="gunmen")],
        [(["gunmen", "gunmen"], "")],
    ),
    "different names": (
        [facts_set(0, "a01", ("NEW:1", "Netters"), NEW_1="Net men"), facts_set(1, "a01", ("NEW:1", "army"), NEW_1="Tollkeepers")],
        [(["Net men"], ""), (["Tollkeepers"], "")],
    ),
    "two actors of one annotator": (
        [facts_set(0, "a01", ("NEW:1", "Netters"), ("NEW:2", "army"), NEW_1="Jabhat al-Mirsa", NEW_2="Jabhat Mirsa")],
        [(["Jabhat Mirsa"], ""), (["Jabhat al-Mirsa"], "")],
    ),
    "a name that the registry has by now": ([facts_set(0, "a01", ("NEW:1", "Netters"), NEW_1="Mill Guard")], []),
}


@pytest.mark.parametrize("case", GROUPS)
def test_names_are_proposed_in_groups_that_are_probably_one_actor(case, project):
    sets, expected = GROUPS[case]
    store_sets(project, sets)
    assert sorted(names_of(propose(project))) == sorted(expected)


def test_a_proposal_shows_mentions_and_the_command_that_accepts_it(project):
    store_sets(project, [*GROUPS["spelled alike"][0], facts_set(2, "a02", ("act-000001", "army"))])
    shown = CliRunner().invoke(main, ["--project", str(project.root), "actors", "propose"]).output
    assert f"{ARTICLES[0].id}: Netters fled." in shown and "is spelled like" in shown
    assert "standpoint actors add 'Jabhat al-Mirsa'" in shown
    assert "act-000001" not in shown


def test_add_gives_a_group_one_id_and_all_sets_follow(project):
    store_sets(project, GROUPS["spelled alike"][0])
    before = read_text(project.actors)
    identity, counts = add_actor(project, ["Jabhat al-Mirsa"], Reporter())
    assert (identity, counts["adjudicated sets"]) == ("act-000004", 2)
    codebook, registry = open_codebook(project)
    assert [alias.text for alias in registry.by_id[identity].aliases] == ["Jabhat Mirsa"]
    labels = [item.label for one in read_adjudicated(project) for item in one.annotations if item.layer == "actors"]
    assert labels == [identity, identity]
    assert propose(project) == []
    after = read_text(project.actors)
    assert after.startswith("# The actors of the quay.") and registry.version == "0.1.1"
    assert set(before.splitlines()) - set(after.splitlines()) == {"version: 0.1.0"}


def test_a_name_that_stands_alone_leaves_its_group(project):
    store_sets(project, GROUPS["spelled alike"][0])
    add_actor(project, ["Jabhat al-Mirsa"], Reporter(), alone=True)
    assert names_of(propose(project)) == [(["Jabhat Mirsa"], "act-000004")]


def test_merge_gives_a_name_to_an_actor_and_redirect_joins_two(project):
    store_sets(project, [*GROUPS["different names"][0]])
    merge_names(project, "act-000001", ["Net men"], Reporter())
    add_actor(project, ["Tollkeepers"], Reporter())
    labels = [item.label for one in read_adjudicated(project) for item in one.annotations if item.layer == "actors"]
    assert sorted(labels) == ["act-000001", "act-000004"]
    redirect_actor(project, "act-000004", "act-000002", Reporter())
    labels = [item.label for one in read_adjudicated(project) for item in one.annotations if item.layer == "actors"]
    assert sorted(labels) == ["act-000001", "act-000002"]


def test_a_name_that_takes_sides_is_marked(project):
    store_sets(project, [*GROUPS["different names"][0]])
    words = ["actors", "add", "Net men", "net thugs", "Quay lot", "--loaded", "net thugs"]
    assert CliRunner().invoke(main, ["--project", str(project.root), *words]).exit_code == 0
    merge_names(project, "act-000001", ["Tollkeepers", "toll robbers"], Reporter(), loaded=["toll robbers"])
    registry = open_codebook(project)[1]
    aliases = {alias.text: alias.loaded for actor in ("act-000001", "act-000004") for alias in registry.by_id[actor].aliases}
    assert aliases.items() >= {"net thugs": True, "Quay lot": False, "Tollkeepers": False, "toll robbers": True}.items()


WRONG = {
    "a loaded name of its own": (
        lambda project: add_actor(project, ["Tollkeepers"], Reporter(), loaded=["Tollkeepers"]),
        "--loaded 'Tollkeepers' is none of the aliases",
    ),
    "a loaded name that is not added": (
        lambda project: merge_names(project, "act-000001", ["Tollkeepers"], Reporter(), loaded=["toll robbers"]),
        "--loaded 'toll robbers' is none of the aliases",
    ),
    "a name of the registry": (
        lambda project: add_actor(project, ["mill guard"], Reporter()),
        "'mill guard' is a name of act-000002",
    ),
    "an unknown class": (lambda project: add_actor(project, ["Tollkeepers"], Reporter(), "navy"), "no class 'navy'"),
    "an unknown actor": (
        lambda project: merge_names(project, "act-000009", ["Net men"], Reporter()),
        "'act-000009' is not an actor",
    ),
    "an id as a name": (lambda project: merge_names(project, "act-000001", ["act-000002"], Reporter()), "act-000002 is an actor"),
    "itself": (lambda project: redirect_actor(project, "act-000003", "act-000002", Reporter()), "are one actor already"),
    "a circle": (lambda project: redirect_actor(project, "act-000002", "act-000003", Reporter()), "are one actor already"),
    "no letters": (lambda project: add_actor(project, ["…"], Reporter()), "is no name"),
    "a group of a registered actor": (lambda project: add_actor(project, ["Velders"], Reporter()), "is proposed as act-000001"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused_and_nothing_is_written(case, project):
    act, message = WRONG[case]
    store_sets(project, GROUPS["words of a registered actor that another annotator marked"][0])
    before = project.actors.read_bytes()
    with pytest.raises(StandpointError) as error:
        act(project)
    assert message in error.value.message and error.value.hint
    assert project.actors.read_bytes() == before


def test_a_description_names_an_actor_only_where_annotators_used_it_so(project):
    store_sets(
        project,
        [
            facts_set(0, "a01", ("NEW:1", "Netters"), NEW_1="Quay Guard"),
            facts_set(0, "a02", ("NEW:1", "Netters"), NEW_1="the guards"),
            facts_set(1, "a01", ("NEW:1", "army"), NEW_1="the guards"),
        ],
    )
    groups = names_of(propose(project))
    assert groups == [(["Quay Guard", "the guards"], ""), (["the guards"], "")]
    add_actor(project, ["Quay Guard"], Reporter())
    _, registry = open_codebook(project)
    (alias,) = registry.by_id["act-000004"].aliases
    assert (alias.kind, alias.scope.articles) == ("descriptor", (ARTICLES[0].id,))
    assert registry.present("NEW:THE_GUARDS", ARTICLES[0].id) == "act-000004"
    assert registry.present("NEW:THE_GUARDS", ARTICLES[1].id) == "NEW:THE_GUARDS"


def test_a_name_that_another_actor_has_elsewhere_is_added_where_it_was_given(project):
    elsewhere = [actor | {"scope": {"sources": ["gazette"]}} if actor["id"] == "act-000002" else actor for actor in ACTORS]
    with project.actors.open("w", encoding="utf-8") as file:
        YAML().dump({"version": "0.1.0", "actors": elsewhere}, file)
    store_sets(project, [facts_set(0, "a01", ("NEW:1", "Netters"), NEW_1="Mill Guard")])
    identity, _ = add_actor(project, ["Mill Guard"], Reporter(), alone=True)
    _, registry = open_codebook(project)
    assert registry.by_id[identity].scope.articles == (ARTICLES[0].id,)
    assert registry.present("NEW:MILL_GUARD", ARTICLES[0].id) == identity


def test_an_actor_that_is_only_described_is_one_actor_in_one_article(project):
    store_sets(project, GROUPS["one description in two articles"][0])
    add_actor(project, ["gunmen"], Reporter(), articles=[ARTICLES[1].id])
    _, registry = open_codebook(project)
    assert registry.by_id["act-000004"].scope.articles == (ARTICLES[1].id,)
    labels = {
        one.article_id: {item.label for item in one.annotations if item.layer == "actors"} for one in read_adjudicated(project)
    }
    assert labels == {ARTICLES[0].id: {"NEW:GUNMEN"}, ARTICLES[1].id: {"act-000004"}}


def test_one_actor_does_not_reach_a_release_under_two_ids(project):
    store_sets(project, GROUPS["spelled alike"][0])
    adjudicate_project(project, Reporter())
    (why,) = unmerged(project)
    assert why.startswith("NEW:JABHAT_AL_MIRSA and NEW:JABHAT_MIRSA: ")
    add_actor(project, ["Jabhat al-Mirsa"], Reporter())
    assert list(unmerged(project)) == []
