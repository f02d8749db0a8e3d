"""Where a name holds: in its conflict, sources, years or articles. Two actors may have one name where they cannot meet."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from ruamel.yaml import YAML

from example import EXAMPLE
from standpoint.codebook.load import load_codebook
from standpoint.codebook.registry import Registry, load_registry
from standpoint.core.model import Article, StandpointError, sha256
from standpoint.pages.suggestions import suggestions
from standpoint.pages.tasks import make_task

CONFLICTS = [{"name": "oskel", "sources": ["courier", "reed"], "from": 2031, "to": 2033}, {"name": "tarn", "sources": ["quay"]}]
TEXT = "The army met the Oskel Front."


def article(source: str = "courier", published: str | None = "2031-05-02", text: str = TEXT) -> Article:
    digest = sha256(text)
    values = {
        "id": f"{source}-{published or '0000-00-00'}-{digest[:8]}",
        "source": source,
        "publisher": "Q",
        "title": "",
        "text": text,
    }
    values |= {"licence": "CC0-1.0", "language": "en", "sha256": digest, "published": published}
    return msgspec.convert(
        values | {"zones": [{"name": "body", "start": 0, "end": len(text)}], "annotated_until": len(text)}, Article
    )


def registry(scope: dict, alias: dict | None = None) -> Registry:
    army = {"text": "the army", "kind": "descriptor", "scope": alias}
    actor = {"id": "act-000001", "name": "Oskel Army", "aliases": [army], "scope": scope}
    return msgspec.convert({"version": "0.1.0", "conflicts": CONFLICTS, "actors": [actor]}, Registry)


LISTED = article().id
HOLDS = {
    "everywhere": ({}, True, {"source": "x", "published": None}),
    "its conflict": ({"conflicts": ["oskel"]}, True, {}),
    "another source of it": ({"conflicts": ["oskel"]}, True, {"source": "reed", "published": "2033-12-31"}),
    "a source of another conflict": ({"conflicts": ["oskel"]}, False, {"source": "quay"}),
    "before the conflict": ({"conflicts": ["oskel"]}, False, {"published": "2030-12-31"}),
    "after the conflict": ({"conflicts": ["oskel"]}, False, {"published": "2034-01-01"}),
    "one of two conflicts": ({"conflicts": ["oskel", "tarn"]}, True, {"source": "quay", "published": "1999-01-01"}),
    "the conflict, but not the source": ({"conflicts": ["oskel"], "sources": ["reed"]}, False, {}),
    "the source": ({"sources": ["courier"]}, True, {"published": None}),
    "a month": ({"from": "2031-05", "to": "2031-05"}, True, {}),
    "the month before": ({"to": "2031-04"}, False, {}),
    "a year, which is a number": ({"from": 2031, "to": 2031}, True, {}),
    "no date": ({"from": 2031}, False, {"published": None}),
    "the article": ({"articles": [LISTED]}, True, {}),
    "another article": ({"articles": [LISTED]}, False, {"text": "The army left."}),
    "the article, though the source does not fit": ({"articles": [LISTED], "sources": ["quay"]}, True, {}),
}


@pytest.mark.parametrize("case", HOLDS)
def test_a_name_holds_where_its_scope_fits(case):
    scope, expected, changes = HOLDS[case]
    one = article(**changes)
    assert bool(list(registry(scope).mentions(one.text, one))) is expected
    assert bool(list(registry({}, scope).mentions(one.text, one))) is expected  # of an alias
    assert list(registry(scope).mentions(one.text))  # without an article all names hold


OVERLAPPING = [
    *({"name": "oskel", "from": 2031, "to": 2033}, {"name": "tarn", "from": "2031-05", "to": "2032"}, {"name": "isles"}),
    {"name": "quays", "sources": ["quay"]},
]
PEOPLE = {
    name: {"id": name, "name": name, "scope": {"conflicts": conflicts} if conflicts else None}
    for name, conflicts in (("oskel-army", ["oskel"]), ("oskel-front", ["oskel"]), ("tarn-guard", ["tarn"]), ("pact", []))
}


@pytest.mark.parametrize(
    ("conflicts", "named", "published", "expected"),
    [
        (CONFLICTS, ["tarn-guard"], "2031-05-02", "oskel"),  # one fits its source and its day
        (CONFLICTS, ["oskel-army"], "2035-05-02", ""),
        (CONFLICTS, ["oskel-army"], None, ""),  # without a date, no conflict with days fits
        (OVERLAPPING, ["oskel-army", "oskel-front", "tarn-guard"], "2031-05-02", "oskel"),
        (OVERLAPPING, ["oskel-army", "tarn-guard", "pact"], "2031-05-02", ""),  # as many of each
        (OVERLAPPING, ["tarn-guard"], "2031-05-02", "tarn"),
        (OVERLAPPING, [], "2031-05-02", ""),
        (OVERLAPPING, [], "2040-01-01", "isles"),
        ([], ["oskel-army"], "2031-05-02", ""),
    ],
)
def test_an_article_is_about_the_conflict_that_it_fits_and_of_several_that_of_most_actors(conflicts, named, published, expected):
    made = msgspec.convert({"version": "0.1.0", "conflicts": conflicts, "actors": list(PEOPLE.values())}, Registry)
    assert made.conflict_of(article(published=published), named) == expected


def test_an_alias_holds_only_where_its_actor_does():
    one = article()
    assert not list(registry({"conflicts": ["tarn"]}, {"sources": ["courier"]}).mentions(one.text, one))


CODEBOOK = load_codebook(EXAMPLE.codebook)
ALIASES = [
    {"text": "the army", "kind": "descriptor"},
    {"text": "occupiers", "kind": "descriptor", "loaded": True},
    {"text": "Horde", "loaded": True},
    {"text": "OA", "kind": "acronym"},
]
ARMY = msgspec.convert({"version": "0.1.0", "actors": [{"id": "act-000001", "name": "Oskel Army", "aliases": ALIASES}]}, Registry)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("The army left, and the occupiers left.", []),
        ("The Horde left.", []),  # a loaded name names nobody either
        ("The army left. The Oskel Army said so, the Horde.", ["army", "Oskel Army", "Horde"]),
        ("The army left. Occupiers! An OA boat burned.", ["army", "Occupiers", "OA"]),
    ],
)
def test_descriptions_and_loaded_names_are_suggested_where_their_actor_is_named_and_listed_anyway(text, expected):
    one = article(text=text)
    found = list(suggestions(one, CODEBOOK.by_name["actors"], CODEBOOK, ARMY))
    assert [item.span.quote for item in found if item.span.label == "act-000001"] == expected
    assert make_task(one, "facts", CODEBOOK, ARMY)["data"]["actors"][0]["alias"] == "act-000001"


def load(folder: Path, *actors: dict, conflicts: list = CONFLICTS) -> Registry:
    entries = [{"id": f"act-{number:06}", "name": f"A{number}"} | actor for number, actor in enumerate(actors, 1)]
    with (folder / "actors.yaml").open("w") as file:
        YAML().dump({"version": "0.1.0", "conflicts": conflicts, "actors": entries}, file)
    return load_registry(folder / "actors.yaml")


def named(scope: dict | None) -> dict:
    return {"aliases": [{"text": "the army"} | ({"scope": scope} if scope else {})]}


APART = {
    "two conflicts": ({"conflicts": ["oskel"]}, {"conflicts": ["tarn"]}),
    "two sources": ({"sources": ["a"]}, {"sources": ["b"]}),
    "years": ({"to": 2030}, {"from": 2031}),
    "months": ({"to": "2031-04"}, {"from": "2031-05"}),
    "articles": ({"articles": ["a-2031-01-01-00000000"]}, {"articles": ["b-2031-01-01-00000000"]}),
    "an article of another source": ({"articles": ["a-2031-01-01-00000000"]}, {"sources": ["b"]}),
    "an article of another year": ({"articles": ["a-2031-01-01-00000000"]}, {"to": 2030}),
}
TOGETHER = {
    "no scope": (None, {"conflicts": ["tarn"]}),
    "one conflict": ({"conflicts": ["oskel"]}, {"conflicts": ["oskel", "tarn"]}),
    "a source of the conflict": ({"conflicts": ["oskel"]}, {"sources": ["reed"], "from": 2033}),
    "a day": ({"to": "2031-05"}, {"from": "2031-05-31"}),
    "an article of the source": ({"articles": ["a-2031-01-01-00000000"]}, {"sources": ["a"]}),
    "a source of several words": ({"articles": ["a-b-2031-01-01-00000000"]}, {"sources": ["a-b"], "from": 2031}),
}


@pytest.mark.parametrize("case", APART)
def test_two_actors_may_have_one_name_where_they_cannot_meet(case, tmp_path):
    one, two = APART[case]
    assert len(load(tmp_path, named(one), named(two)).actors) == 2


@pytest.mark.parametrize("case", TOGETHER)
def test_two_actors_with_one_name_that_may_meet_are_refused(case, tmp_path):
    one, two = TOGETHER[case]
    with pytest.raises(StandpointError, match="'the army' is a name of both act-000001 and act-000002, in articles that fit"):
        load(tmp_path, named(one), named(two))


def test_the_name_that_holds_in_an_article_is_found(tmp_path):
    both = load(tmp_path, named({"conflicts": ["oskel"]}), named({"conflicts": ["tarn"]}))
    for source, owner in (("courier", "act-000001"), ("quay", "act-000002")):
        one = article(source)
        assert [mention.id for mention, _ in both.mentions(TEXT, one)] == [owner]
        assert both.present("NEW:THE_ARMY", one.id) == owner  # what an annotator typed
    assert both.present("NEW:THE_ARMY", article("elsewhere").id) == both.present("NEW:THE_ARMY") == "NEW:THE_ARMY"


WRONG = {
    "a conflict that is not there": ({"scope": {"conflicts": ["war"]}}, "'war' is not one of the registry's conflicts"),
    "a day that is none": ({"scope": {"from": "May 2031"}}, "'May 2031' is no day, should be a year or a quoted date"),
    "the end before the beginning": ({"scope": {"from": 2033, "to": 2031}}, "from 2033 to 2031 has no day"),
    "a wrong key": ({"scope": {"since": 2033}}, "unknown field `since`"),
    "of an alias": ({"aliases": [{"text": "x", "scope": {"conflicts": ["war"]}}]}, "act-000001.*'war' is not one of"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_scope_that_cannot_be_understood_is_refused_with_its_place(case, tmp_path):
    actor, message = WRONG[case]
    with pytest.raises(StandpointError, match=message):
        load(tmp_path, actor)


def test_a_conflict_is_checked_too(tmp_path):
    with pytest.raises(StandpointError, match=r"conflicts \(oskel\): 31 is no day"):
        load(tmp_path, conflicts=[{"name": "oskel", "from": 31}])
