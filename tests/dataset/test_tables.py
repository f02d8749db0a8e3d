"""The tables beside the documents: how things were adjudicated, pointers to articles, the registry; and soft labels."""

from __future__ import annotations

import pytest
from datasets import load_dataset
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from nonempty import nonempty
from release_corpus import REGISTRY, SCALE, WORDS, adjudicated, article, codebook, corpus
from standpoint.core.model import Conflict, Resolution
from standpoint.dataset.rows import FULL, actor_row, document, pointer, resolutions
from standpoint.dataset.schema import ADJUDICATED, POINTER, Schema, features
from standpoint.dataset.withhold import withheld

SHAPE = Schema(codebook())
OPEN, HIDDEN = article(1), article(1, "ridge-post")


def rows(made, one) -> list[dict]:
    """The resolutions of an article, whose text is withheld where its licence says so."""
    row = document(made, one, SHAPE)
    return list(resolutions(one, row if made.source == "harbour-courier" else withheld(row, SHAPE), SHAPE))


def decided(made):
    """An adjudicated set with an annotation of each way of resolving, a conflict that was decided, and one that was not."""
    one = adjudicated(made)
    event = next(item.id for item in one.annotations if item.layer == "events")
    how = {
        event: Resolution(how="adjudicated", by=("j01",), dissent=("a02",), reason="slip"),
        "genre": Resolution(how="majority", by=("a01", "a03"), dissent=("a02",)),
    }
    readings = {"a02": "", "a01": f'no "{WORDS[made.source][4]}"'}
    known = Conflict(layer="events", where="[0,1)", readings=readings, resolution=how[event])
    return replace(one, resolutions=how, resolved=(known,)), event


def test_each_annotation_says_how_it_was_adjudicated_and_who_dissented():
    one, event = decided(OPEN)
    found = rows(OPEN, one)
    by_id = {row["annotation"]: row for row in found if row["annotation"]}
    assert set(by_id) == {item.id for item in one.annotations} and len(found) == len(by_id) + 2
    row = by_id[event]
    assert (row["state"], row["how"], row["by"], row["dissent"], row["reason"]) == (
        "adjudicated",
        "adjudicated",
        ["j01"],
        ["a02"],
        "slip",
    )
    assert (by_id["genre"]["how"], by_id["genre"]["of"], by_id["genre"]["label"]) == ("majority", "", "report")
    relation = next(row for row in found if row["layer"] == "where")
    assert relation["of"] == next(item.head for item in one.annotations if item.layer == "where") and relation["how"] is None
    assert all(set(row) == set(ADJUDICATED) for row in nonempty(found))


def test_a_conflict_keeps_all_readings_whether_it_was_decided_or_not():
    one, _ = decided(OPEN)
    first, second = rows(OPEN, one)[-2:]
    assert (first["state"], first["how"], first["where"]) == ("decided", "adjudicated", "[0,1)")
    assert first["readings"] == [{"annotator": "a01", "reading": 'no "raid"'}, {"annotator": "a02", "reading": ""}]
    assert (second["state"], second["how"], second["annotation"]) == ("open", None, None)


def test_readings_of_a_withheld_text_do_not_quote_it():
    one, _ = decided(HIDDEN)
    found = rows(HIDDEN, one)
    assert found[-2]["readings"] == [{"annotator": "a01", "reading": None}, {"annotator": "a02", "reading": ""}]
    assert not any(word in str(row) for row in nonempty(found) for word in WORDS["ridge-post"])
    assert next(row for row in found if row["layer"] == "newcomer")["label"] is None


def test_a_pointer_finds_the_article_and_says_nothing_of_it():
    for made, status in ((OPEN, "open"), (HIDDEN, "withheld")):
        row = document(made, adjudicated(made), SHAPE)
        found = pointer(row if status == "open" else withheld(row, SHAPE))
        assert set(found) == set(POINTER) and "text" not in found
        assert (found["sha256"], found["url"], found["characters"], found["text_status"]) == (
            made.sha256,
            made.url,
            len(made.text),
            status,
        )
    assert pointer(document(replace(HIDDEN, text=None), adjudicated(HIDDEN), SHAPE))["characters"] is None


def test_an_actor_has_its_classes_over_time():
    row = actor_row(REGISTRY.actors[0])
    assert set(row) == set(features(codebook())["registry"])
    assert row["classes"] == [
        {"class": "rebel_group", "from": None, "to": "2030"},
        {"class": "state_forces", "from": "2031-01-01", "to": None},
    ]


def test_the_tables_load_and_have_the_articles_splits_and_tiers(valley_release):
    documents = load_dataset(str(valley_release))
    for config, key in (("articles", "id"), ("resolutions", "article_id"), ("annotations", "article_id")):
        loaded = load_dataset(str(valley_release), config)
        for split, found in nonempty(loaded.items()):
            assert set(found[key]) == set(documents[split]["id"])
            assert set(found["tier" if config == "articles" else "article_tier"]) == {"silver"}
    assert load_dataset(str(valley_release), "registry", split=FULL)["name"] == ["Army of Veld", "Ridge Front"]
    assert load_dataset(str(valley_release), "registry", split=FULL).features["classes"].feature["class"].names == [
        "state_forces",
        "rebel_group",
    ]


def test_every_adjudicated_annotation_is_in_the_resolutions(valley_release):
    """The ids of the tables and of the resolutions are the same ones."""
    ids = {(row["article_id"], row["id"]) for split in load_dataset(str(valley_release), "events").values() for row in split}
    told = {
        (row["article_id"], row["annotation"])
        for split in load_dataset(str(valley_release), "resolutions").values()
        for row in split
    }
    assert ids <= told and len(ids) == 2 * len(corpus())


answers = st.dictionaries(st.sampled_from("abcdefg"), st.sampled_from([one["name"] for one in SCALE]), max_size=7)


@given(answers)
@example({"a": "-1", "b": "1"})
def test_a_soft_label_is_the_share_of_each_label_in_the_codebooks_order(said):
    one = replace(adjudicated(OPEN), distributions={"stance": {"act-000001": said}})
    item = document(OPEN, one, SHAPE)["stance"][0]
    assert len(item["soft"]) == (len(SCALE) if said else 0)
    assert sum(item["soft"]) == pytest.approx(1 if said else 0)
    for label, share in zip(SHAPE.codebook.by_name["stance"].label_names, item["soft"], strict=False):
        assert share == list(said.values()).count(label) / len(said)
