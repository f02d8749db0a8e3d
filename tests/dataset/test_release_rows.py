"""Rows: what an adjudicated set and its article become, and what is refused because it would not find its place."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from another_codebook import another_codebook
from nonempty import nonempty
from release_corpus import REGISTRY, TYPED, adjudicated, annotations, article, codebook, own_set
from standpoint.codebook.load import check_codebook
from standpoint.codebook.registry import Actor, Dated
from standpoint.codebook.types import Codebook, names_by_place
from standpoint.core.model import Choice, Relation, Span, StandpointError, Suggestion, sha256
from standpoint.core.standoff import short
from standpoint.dataset.parquet_files import batch
from standpoint.dataset.rows import annotation_row, class_at, document, items, resolutions
from standpoint.dataset.schema import Schema, features
from standpoint.dataset.withhold import is_open, mask_of, refuse, withheld, without_text

SHAPE = Schema(codebook())
ARTICLE = article(3)
WITHHELD = article(4, "ridge-post")
ROW = document(ARTICLE, adjudicated(ARTICLE), SHAPE)


def layer(name: str):
    return SHAPE.codebook.by_name[name]


def test_a_row_has_the_columns_of_its_features():
    told = features(SHAPE.codebook)
    assert set(ROW) == set(told["documents"])
    for name in ("actors", "events", "stance"):
        for item in nonempty(items(layer(name), ROW, SHAPE, REGISTRY)):
            assert set(item) == set(told[name])
    assert set(annotation_row(own_set(ARTICLE, "a01"), "silver")) == set(told["annotations"])


def test_what_hangs_on_a_span_is_in_it_and_all_is_in_reading_order():
    took, raid = ROW["events"]
    assert (took["quote"], took["label"], took["agent"], took["source"]) == (
        "took",
        "territory.capture",
        ["NEW:1", "act-000001"],
        None,
    )
    assert took["where"] == [{"label": "on", "tail": ROW["places"][0]["id"], "start": took["end"] + 11, "end": took["end"] + 17}]
    assert (raid["quote"], raid["agent"], raid["source"], raid["status"], raid["where"]) == ("raid", [], "unnamed", "denied", [])


def test_answers_about_actors_keep_what_everybody_said():
    one, other = ROW["stance"]
    assert one == {
        "actor": "act-000001",
        "label": "-1",
        "value": -1.0,
        "distribution": [{"annotator": "a01", "label": "-1"}, {"annotator": "a02", "label": "1"}],
        "soft": [0.0, 0.5, 0.0, 0.5, 0.0],
    }
    assert (other["actor"], other["label"], other["value"]) == ("act-000002", None, None)
    assert ROW["newcomer"][0]["label"] == TYPED


def test_columns_of_the_article_and_the_set():
    assert ROW["title"] == ARTICLE.title and ROW["text"] == ARTICLE.text and "byline" not in ROW
    assert (ROW["annotators"], ROW["n_conflicts"], ROW["tier"], ROW["genre"]) == (["a01", "a02"], 1, "silver", "report")
    # The same open conflicts as in the resolutions.
    rows = resolutions(adjudicated(ARTICLE), ROW, SHAPE)
    assert ROW["open_conflicts"] == [{"layer": one["layer"], "place": one["where"]} for one in rows if one["state"] == "open"]
    assert len(ROW["open_conflicts"]) == 1
    assert ROW["zones"][0] == {"name": "headline", "start": 0, "end": len(ARTICLE.title)}


def test_the_order_of_a_sets_annotations_makes_no_difference():
    made = adjudicated(ARTICLE)
    assert document(ARTICLE, replace(made, annotations=made.annotations[::-1]), SHAPE) == ROW


def test_a_row_of_a_table_has_its_sentence():
    took = next(items(layer("events"), ROW, SHAPE, REGISTRY))
    assert took["sentence"] == "The army took 𝒬uay 3 on Monday." == ARTICLE.text[took["sentence_start"] : took["sentence_end"]]
    assert (took["article_id"], took["article_source"], took["source"]) == (ARTICLE.id, "harbour-courier", None)


def test_a_span_over_two_sentences_has_both_and_one_in_none_has_none():
    (_, _), (first, _), (_, last) = ARTICLE.sentences
    long = {"start": first, "end": last}
    row = next(items(layer("events"), ROW | {"events": [long]}, SHAPE, None))
    assert row["sentence"] == ARTICLE.text[first:last]
    row = next(items(layer("events"), ROW | {"events": [long], "sentences": []}, SHAPE, None))
    assert (row["sentence"], row["sentence_start"]) == (None, None)


def test_a_row_about_an_actor_has_its_name_and_what_it_was_then():
    army, rebels = items(layer("actors"), ROW, SHAPE, REGISTRY)
    assert (army["actor_name"], army["actor_class"]) == ("Army of Veld", "state_forces")
    name = "the committee of the fishers who fix nets on the lower quay"  # typed by annotators
    assert (rebels["label"], rebels["actor_name"], rebels["actor_class"]) == ("NEW:1", name, None)
    assert next(items(layer("actors"), ROW | {"newcomer": []}, SHAPE, REGISTRY))["actor_name"] == "Army of Veld"
    stance = list(items(layer("stance"), ROW, SHAPE, REGISTRY))
    assert [row["actor_name"] for row in stance] == ["Army of Veld", "Ridge Front"]


@pytest.mark.parametrize(
    "day, value",
    [
        ("2029-12-31", "rebel_group"),
        ("2030-12-31", "rebel_group"),
        ("2031-01-01", "state_forces"),
        ("2040-06-01", "state_forces"),
        ("2031", "state_forces"),
        ("", None),
    ],
)
def test_an_actors_class_on_a_day(day, value):
    assert class_at(REGISTRY.by_id["act-000001"], day) == value


def test_of_two_classes_the_one_that_began_last():
    actor = Actor(id="act-000009", name="x", classes=(Dated(value="other"), Dated(value="government", since="2030-02")))
    assert [class_at(actor, day) for day in ("2030-01-31", "2030-02-01", "")] == ["other", "government", "other"]


# Withheld texts.


@pytest.mark.parametrize("licence", ["all rights reserved", "", "unknown", "CC-BYE", "fair use", "CC-BY-NC-4.0", "CC-BY-ND-4.0"])
def test_a_text_that_came_along_is_left_out_where_its_licence_forbids_it(licence):
    assert not is_open(replace(ARTICLE, licence=licence))


def test_an_open_licence_without_the_text_is_withheld_too():
    assert not is_open(replace(ARTICLE, text=None))
    assert is_open(ARTICLE)


def test_a_withheld_article_has_offsets_and_no_words():
    row = withheld(document(WITHHELD, adjudicated(WITHHELD), SHAPE), SHAPE)
    assert (row["text_status"], len(row["mask"])) == ("withheld", len(WITHHELD.text))
    assert not any(char.isalnum() for char in nonempty(row["mask"])) and len(row["sentence_sha256"]) == len(row["sentences"])
    assert row["text"] is None and row["title"] is None and row["sha256"] == WITHHELD.sha256 and row["url"]
    assert [span["quote"] for span in row["events"] + row["actors"] + row["places"]] == [None] * 5
    assert row["events"][0]["start"] == WITHHELD.text.index("overran")
    assert row["newcomer"] == [{"actor": "NEW:1", "label": None, "distribution": [{"annotator": "a01", "label": None}]}]
    sentence = next(items(layer("events"), row, SHAPE, None))
    assert sentence["sentence"] is None and sentence["sentence_start"] == WITHHELD.sentences[1][0]


def test_a_set_on_a_withheld_article_has_no_words():
    row = annotation_row(without_text(own_set(WITHHELD, "a01"), SHAPE.typed), "silver")
    assert {span.quote for span in row["spans"]} == {None}
    assert {choice.label for choice in row["choices"] if choice.layer == "newcomer"} == {None}
    assert {choice.label for choice in row["choices"] if choice.layer == "genre"} == {"report"}


def test_short_strings_stay():
    assert short("one two red four five six seven eight") is not None
    assert short("one two red four five six seven eight nine") is None
    assert short(article(5, "ridge-post").title) == "Ridge 5 😀 falls"
    assert mask_of("Ridge 5 😀\n\nfell.") == "_____ _ _\n\n_____"


def test_a_set_keeps_the_suggestions_it_began_from():
    suggestion = Suggestion(layer="actors", label="act-000001", start=0, end=4, source="registry", outcome="rejected")
    row = annotation_row(replace(own_set(ARTICLE, "a01"), suggestions=(suggestion,)), "silver")
    annotations = features(codebook())["annotations"]
    (kept,) = batch([row], annotations, annotations.arrow_schema).to_pylist()[0]["suggestions"]
    assert kept == {"layer": "actors", "label": "act-000001", "start": 0, "end": 4, "source": "registry", "outcome": "rejected"}


# What is refused.


def wrong(kind: type, **changes: object):
    """An adjudicated set whose first annotation of a kind is changed."""
    made = annotations(ARTICLE)
    place = next(number for number, item in enumerate(made) if isinstance(item, kind))
    return replace(adjudicated(ARTICLE), annotations=(*made[:place], replace(made[place], **changes), *made[place + 1 :]))


def more(*items: object):
    return replace(adjudicated(ARTICLE), annotations=(*annotations(ARTICLE), *items))


EVENT = annotations(ARTICLE)[0]


@pytest.mark.parametrize(
    "made, words",
    [
        (replace(adjudicated(ARTICLE), text_sha256="0" * 64), "made on the text 00000000"),
        (wrong(Span, layer="weather"), "no layer 'weather'"),
        (wrong(Span, label="strike.sea"), "no label 'strike.sea'"),
        (wrong(Span, quote="elsewhere"), "the quote is 'elsewhere'"),
        (wrong(Span, start=90, end=90), r"\[90,90\) is no stretch of a text of"),
        (wrong(Choice, of="nothing"), "is not about a span of events"),
        (wrong(Choice, of=""), "is not about a span of events"),
        (wrong(Relation, tail="nothing"), "the tail of where is no span"),
        (wrong(Relation, tail=EVENT.id), "leads from events to events, should lead from events to places"),
        (more(EVENT), "2 annotations have id"),
        (
            more(Choice(id="x", layer="status", label="asserted", of=EVENT.id)),
            "2 answers of status, should be one|status asserted 2 times",
        ),
        (more(Choice(id="x", layer="genre", label="report", of="act-000001")), "genre is not about the article"),
        (more(Choice(id="x", layer="stance", label="3", of="act-000001")), "no label '3'"),
        (more(Choice(id="x", layer="stance", label="1")), "stance is not about an actor"),
        (
            replace(adjudicated(ARTICLE), distributions={"stance": {"act-000001": {"a01": "7"}}}),
            "distribution of stance: it has a label",
        ),
        (
            replace(adjudicated(ARTICLE), distributions={"genre": {"": {"a01": "report"}}}),
            "distribution of genre: the codebook has no such layer",
        ),
        (
            replace(adjudicated(ARTICLE), distributions={"mood": {"": {"a01": "x"}}}),
            "distribution of mood: the codebook has no such layer",
        ),
    ],
)
def test_what_would_not_find_its_place_is_refused(made, words):
    with pytest.raises(StandpointError, match=words) as caught:
        refuse(ARTICLE, made, SHAPE)
    assert ARTICLE.id in caught.value.message


def test_a_text_that_was_changed_under_its_id_is_named_and_not_the_span_that_no_longer_fits():
    article = replace(ARTICLE, sha256=sha256(ARTICLE.text))
    made = replace(adjudicated(article), text_sha256=article.sha256)
    refuse(article, made, SHAPE)
    with pytest.raises(StandpointError, match="the text of the article is not that of its sha256") as caught:
        refuse(replace(article, text="x" + article.text), made, SHAPE)
    assert "standpoint check" in caught.value.hint


def test_what_is_right_is_not_refused():
    assert refuse(ARTICLE, adjudicated(ARTICLE), SHAPE) is None
    assert refuse(replace(ARTICLE, text=None), adjudicated(ARTICLE), SHAPE) is None


# Codebooks of other shapes.


def scaled() -> Codebook:
    """The toy codebook, with scales about the document and about its crops."""
    scale = [{"name": "low", "value": 1}, {"name": "high", "value": 2}]
    data = msgspec.json.decode(msgspec.json.encode(another_codebook()))
    data["layers"] += [
        {"name": "trust", "kind": "choice", "ordinal": True, "labels": scale},
        {"name": "grade", "kind": "choice", "ordinal": True, "of": "crops", "labels": scale},
    ]
    return msgspec.convert(data, Codebook)


def test_scales_about_spans_and_the_article_keep_what_everybody_said_beside_the_label():
    book = scaled()
    schema, grain = Schema(book), Span(id="s1", layer="crops", label="grain", start=0, end=1, quote=ARTICLE.text[:1])
    choices = [Choice(id="t", layer="trust", label="low"), Choice(id="g", layer="grade", label="high", of="s1")]
    said = {"trust": {"": {"a02": "high", "a01": "low"}}, "grade": {"s1": {"a01": "high"}}}
    made = replace(adjudicated(ARTICLE), annotations=(grain, *choices), distributions=said)
    refuse(ARTICLE, made, schema)
    row = document(ARTICLE, made, schema)
    assert row["trust"] == "low"
    assert row["trust_distribution"] == [{"annotator": "a01", "label": "low"}, {"annotator": "a02", "label": "high"}]
    assert row["crops"][0]["grade_distribution"] == [{"annotator": "a01", "label": "high"}]
    assert set(row) == set(features(book)["documents"]) and set(row["crops"][0]) == set(features(book)["crops"]) - {
        *("article_id", "article_source", "article_published", "article_tier", "sentence", "sentence_start", "sentence_end")
    }


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("health", "quote", "layer crops would have two fields called 'quote'"),
        ("health", "label", "layer crops would have two fields called 'label'"),
        ("measure", "start", "layer crops would have two fields called 'start'"),
        ("health", "sentence", "table crops would have two fields called 'sentence'"),
        ("health", "article_id", "table crops would have two fields called 'article_id'"),
        ("amounts", "n_conflicts", "the documents would have two fields called 'n_conflicts'"),
        ("crops", "documents", "the dataset would have two fields called 'documents'"),
        ("crops", "annotations", "the dataset would have two fields called 'annotations'"),
        ("tone", "crops", "the documents would have two fields called 'crops'"),
    ],
)
def test_a_name_that_would_stand_twice_is_refused_when_the_codebook_is_checked(old, new, words):
    text = msgspec.json.encode(another_codebook()).replace(f'"{old}"'.encode(), f'"{new}"'.encode())
    book = msgspec.json.decode(text, type=Codebook)
    assert any(words in problem for _, problem in check_codebook(book))
    with pytest.raises(StandpointError, match=words):
        features(book)


@pytest.mark.parametrize("name", ["data", "a-b", "a.b"])
def test_a_table_whose_name_cannot_be_a_config_is_refused(name):
    text = msgspec.json.encode(another_codebook()).replace(b'"crops"', f'"{name}"'.encode())
    book = msgspec.json.decode(text, type=Codebook)
    assert any("cannot be the name of a config" in problem for _, problem in check_codebook(book))
    with pytest.raises(StandpointError, match="cannot be the name of a config"):
        features(book)


@pytest.mark.parametrize("name", ["mask", "n_conflicts", "text_status", "original_publisher", "byline"])
@pytest.mark.parametrize("old", ["tone", "remark", "amounts"])
def test_a_layer_about_the_article_or_of_spans_has_no_name_of_a_column(old, name):
    text = msgspec.json.encode(another_codebook()).replace(f'"{old}"'.encode(), f'"{name}"'.encode())
    assert any(name in problem for _, problem in check_codebook(msgspec.json.decode(text, type=Codebook)))


@pytest.mark.parametrize("book", [codebook(), another_codebook()], ids=["release", "another"])
def test_the_names_that_a_codebook_is_checked_against_are_those_of_the_features(book):
    configs, places = features(book), names_by_place(book)
    assert set(places["the dataset"]) == set(configs)
    assert set(places["the documents"]) == set(configs["documents"])
    spans = [layer for layer in Schema(book).spans]
    for span in nonempty(spans):
        assert set(places[f"layer {span.name}"]) == set(configs["documents"][span.name].feature)
        if span.table:
            assert set(places[f"table {span.name}"]) == set(configs[span.name])
    assert any(span.table for span in spans)
