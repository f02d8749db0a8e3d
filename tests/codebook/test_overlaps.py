"""Spans that may be nested, may cross, or may have several labels, where a layer allows it: from the page to the dataset."""

from __future__ import annotations

from copy import deepcopy

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from exported import BOTH_WAYS, read_export
from faulty_project import ground
from release_corpus import build, plan
from standpoint.adjudication.adjudicate import Rules, adjudicate_article, with_stable_ids
from standpoint.adjudication.content import view_of
from standpoint.agreement.counts import Reading
from standpoint.agreement.statistics import statistics_of_layer
from standpoint.checks.case import ArticleContext, Case
from standpoint.checks.table import all_checks
from standpoint.codebook.kinds._items import Item
from standpoint.codebook.load import check_codebook, statistics_of
from standpoint.codebook.types import Codebook
from standpoint.core.model import Article, Decision, Reporter, Span
from standpoint.dataset.build import Records
from standpoint.dataset.export import ExportOptions, export_release
from standpoint.dataset.release_folder import open_release
from standpoint.dataset.rows import annotations_of
from standpoint.pages.label_config import label_config
from standpoint.pages.task_json import TaskData, read_result, write_result
from standpoint.splits.splits import SplitRow
from two_pass_article import HARVEST, KINDS, TEXT, article_of, made, span

MILL, THE_MILL, ARMY_SEIZED = "mill", "the mill at dawn", "army seized the"


def grammar(layer: int = 1, **changes: object) -> dict:
    """The harvest codebook with one changed layer; without the relation, which could not be about a span of several labels."""
    book = deepcopy(HARVEST)
    book["layers"][layer] |= changes
    book["layers"] = [one for one in book["layers"] if one["name"] != "measure"]
    return book | {"passes": [{"name": "reading", "layers": [one["name"] for one in book["layers"]]}]}


def book(**changes: object) -> Codebook:
    return msgspec.convert(grammar(**changes), Codebook)


def reading_set(spans: list[dict], annotator: str = "a01"):
    return made(spans, annotator, "reading", codebook_version="1.0.0")


NESTED = [span("amounts", "price", MILL), span("amounts", "weight", THE_MILL)]
CROSSING = [span("amounts", "price", THE_MILL), span("amounts", "weight", ARMY_SEIZED)]
STACKED = [span("amounts", "price", MILL), span("amounts", "weight", MILL, id="other")]
REPEATED = [span("amounts", "price", MILL), span("amounts", "price", MILL, id="other")]


@pytest.mark.parametrize(
    "spans, changes, expected",
    [
        (NESTED, {}, {"SPAN-NESTED"}),
        (NESTED, {"overlaps": "nested"}, set()),
        (NESTED, {"overlaps": "any"}, set()),
        (NESTED, {"multiple": True}, {"SPAN-NESTED"}),
        (CROSSING, {}, {"SPAN-OVERLAP"}),
        (CROSSING, {"overlaps": "nested"}, {"SPAN-OVERLAP"}),
        (CROSSING, {"overlaps": "any"}, set()),
        (STACKED, {}, {"SPAN-TWICE"}),
        (STACKED, {"overlaps": "any"}, {"SPAN-TWICE"}),
        (STACKED, {"multiple": True}, set()),
        (REPEATED, {"multiple": True, "overlaps": "any"}, {"SPAN-TWICE"}),
    ],
)
def test_each_layer_says_which_spans_may_share_words(spans, changes, expected):
    reference = ground()._replace(codebook=book(**changes))
    article = msgspec.convert(article_of(), Article)
    case = Case(reading_set(spans), ArticleContext(article, reference.registry), reference)
    assert {code for code in ("SPAN-TWICE", "SPAN-NESTED", "SPAN-OVERLAP") if any(all_checks()[code].find(case))} == expected


MISTAKES = {
    "a question about spans of several labels": (
        HARVEST | {"layers": [HARVEST["layers"][0] | {"multiple": True}, *HARVEST["layers"][1:]]},
        "measure could not say which label of a span it is about",
    ),
    "overlaps of answers": (grammar(layer=3, overlaps="nested"), "overlaps and sentences are not allowed in this kind of layer"),
    "sentences of answers": (grammar(layer=3, sentences="any"), "overlaps and sentences are not allowed in this kind of layer"),
    "a target that cannot be computed": (
        grammar(overlaps="any") | {"targets": [{"layer": "amounts", "statistic": "alpha U", "value": 0.8}]},
        "'alpha U' is not a statistic of layer amounts",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_the_grammar_cannot_mean_is_refused(mistake):
    changed, expected = MISTAKES[mistake]
    assert any(expected in problem for _, problem in check_codebook(msgspec.convert(changed, Codebook)))


def region(name: str, words: str, *labels: str) -> dict:
    start = TEXT.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": list(labels)}
    return {"id": name, "from_name": "amounts", "to_name": "text", "type": "labels", "origin": "manual", "value": value}


def test_a_region_of_two_labels_comes_in_as_two_spans_and_goes_back_as_one_region():
    codebook = book(multiple=True, overlaps="any")
    assert '<Labels name="amounts" toName="text" choice="multiple"' in label_config(codebook, "reading")
    items = [region("r", MILL, "price", "weight"), region("s", THE_MILL, "weight")]
    reading = read_result("x", msgspec.convert(items, list[Item]), TaskData(text=TEXT), "reading", codebook)
    assert reading.issues == [] and reading.taken == 2
    assert [(item.id, item.label, item.quote) for item in reading.annotations] == [
        ("r.price", "price", MILL), ("r.weight", "weight", MILL), ("s.weight", "weight", THE_MILL),
    ]  # fmt: skip
    assert write_result(reading.annotations, {"text": TEXT}, codebook) == items


@pytest.mark.parametrize("labels", [["price", "weight"], ["price", "price"], ["price", "height"], []])
def test_a_region_whose_labels_the_layer_does_not_allow_is_refused(labels):
    codebook = book(multiple=labels != ["price", "weight"])
    items = msgspec.convert([region("r", MILL, *labels)], list[Item])
    reading = read_result("x", items, TaskData(text=TEXT), "reading", codebook)
    assert [issue.code for issue in reading.issues] == ["REGION-LABEL"] and reading.annotations == []


@pytest.mark.parametrize("changes", [{"multiple": True}, {"overlaps": "nested"}, {"multiple": True, "overlaps": "any"}])
def test_the_statistics_of_such_a_layer_are_those_that_are_defined_for_it(changes):
    layer = book(**changes).by_name["amounts"]
    names = [one.name for one in statistics_of_layer(layer, seed=1)]
    assert names == list(statistics_of(layer)) and "F1 exact" in names and "gamma" in names
    assert ("alpha U" in names) == (layer.overlaps == "none")
    assert ("alpha of matched labels" in names) == (not layer.multiple)


def measured(first: list[dict], second: list[dict], **changes: object) -> dict[str, float]:
    """F1 of two annotators of one text, by statistic."""
    codebook = book(**changes)
    readings = [Reading(view_of(reading_set(spans, name), codebook)) for spans, name in ((first, "a01"), (second, "a02"))]
    statistics = [one for one in statistics_of_layer(codebook.by_name["amounts"]) if one.name.startswith("F1")]
    return {one.name: float(one.measure(np.array([one.tally.count(readings).columns]))[0]) for one in statistics}


def test_nested_spans_are_counted_as_by_hand():
    """Both have the inner span; the second has a shorter outer one. Four spans, of which one pair is equal, and two overlap."""
    other = [NESTED[0], span("amounts", "weight", "the mill")]
    found = measured(NESTED, other, overlaps="nested")
    assert (found["F1 exact"], found["F1 overlap"]) == (1 / 2, 1.0)


def test_a_span_of_two_labels_is_two_spans():
    """The second has one label of the two: one of three spans is missing, with and without labels."""
    found = measured(STACKED, STACKED[:1], multiple=True)
    assert found["F1 exact"] == found["F1 overlap"] == found["F1 exact, any label"] == pytest.approx(2 / 3)


def adjudicated(codebook: Codebook, *sets: list[dict], decisions=()):
    made_sets = [reading_set(spans, f"a0{number}") for number, spans in enumerate(sets, 1)]
    return adjudicate_article(made_sets[0].article_id, made_sets, Rules(codebook, KINDS), decisions)


@pytest.mark.parametrize("spans, changes", [(NESTED, {"overlaps": "nested"}), (STACKED, {"multiple": True})])
def test_what_annotators_agree_on_is_adjudicated_whole(spans, changes):
    outcome = adjudicated(book(**changes), spans, spans)
    stored = with_stable_ids(outcome.adjudicated)
    assert len({item.id for item in stored.annotations}) == 2 and outcome.questions == []


@pytest.mark.parametrize("overlaps, kept", [("nested", 2), ("none", 1)])
def test_a_decision_inside_an_agreed_span_holds_only_if_spans_may_be_nested(overlaps, kept):
    codebook = book(overlaps=overlaps)
    (question,) = adjudicated(codebook, NESTED[:1], []).questions
    decision = Decision(
        asked=question.asked, by="j01", by_kind="human_expert", chosen="reading", reason="slip", annotations=question.readings["a01"]
    )  # fmt: skip
    outcome = adjudicated(codebook, NESTED, NESTED[1:], decisions=[decision])
    assert len(outcome.adjudicated.annotations) == kept and len(outcome.stale) == 2 - kept


def test_the_dataset_and_the_formats_carry_them(tmp_path):
    codebook, article = book(multiple=True, overlaps="any"), msgspec.convert(article_of() | {"licence": "CC-BY-4.0"}, Article)
    spans = [*STACKED, span("amounts", "weight", THE_MILL), span("amounts", "price", ARMY_SEIZED)]
    articles = [replace(article, id=f"{article.id[:-1]}{number}") for number in range(3)]
    sets = [replace(reading_set(spans, "m01"), article_id=one.id) for one in articles]
    settled = [with_stable_ids(adjudicate_article(one.article_id, [one], Rules(codebook, KINDS)).adjudicated) for one in sets]
    splits = [
        SplitRow(one.id, split, one.id, one.id, "drawn")
        for one, split in zip(articles, ("train", "validation", "test"), strict=True)
    ]
    build(Records(articles, settled, sets, splits), plan(codebook=codebook, registry=None), tmp_path / "release")
    release = open_release(tmp_path / "release")
    _, row = next(iter(release.rows("documents")))
    expected = sorted((item["start"], item["end"], item["label"]) for item in spans)
    assert sorted((item.start, item.end, item.label) for item in annotations_of(row, release.schema)) == expected
    for name in (*BOTH_WAYS, "conll2003"):
        export_release(tmp_path / "release", ExportOptions(name), tmp_path / name, Reporter())
    for name in ("brat", "jsonl", "spacy", "xmi"):
        first = next(iter(read_export(name, tmp_path / name, codebook)))
        assert sorted((item.start, item.end, item.label) for item in first.annotations if isinstance(item, Span)) == expected
    assert "all but the first of overlapping spans" in (tmp_path / "conll" / "LOSS.txt").read_text(encoding="utf-8")
