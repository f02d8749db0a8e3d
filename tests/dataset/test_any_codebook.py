"""What researchers use works on codebooks that are not the project's: the shapes of loading, and both baselines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from datasets import load_dataset

from another_codebook import another_codebook
from release_corpus import article, build, plan, records
from standpoint.cli import main
from standpoint.core.model import Choice, Span, StandpointError
from standpoint.dataset.card_baselines import Baseline, baseline_values, score_table, solved
from standpoint.loading import event_arguments, label_names, named, sentence_windows, stance_pairs
from standpoint.scoring.baselines import baselines
from standpoint.scoring.baselines._pipeline import ArticleText, predict
from standpoint.scoring.baselines.rules import RuleBaseline
from standpoint.scoring.baselines.trained import TrainedBaseline
from standpoint.scoring.doc import Doc, scheme_of
from standpoint.scoring.predictions import PredictedChoice, PredictedSpan


@pytest.fixture(scope="module")
def open_release(tmp_path_factory) -> Path:
    """A release of which every text may be passed on."""
    out = tmp_path_factory.mktemp("open") / "release"
    build(records([article(number) for number in range(8)]), plan(), out)
    return out


def test_the_shapes_have_its_layers(valley_release):
    data = load_dataset(str(valley_release), split="train")
    assert label_names(data.features, "events")[:3] == ["O", "B-strike.air", "I-strike.air"]
    rows = [named(one, data.features) for one in data]
    row = next(one for one in rows if one["text"])
    took, denied = event_arguments(row)
    assert (took["type"], took["trigger"]["quote"]) == ("territory.capture", "took")
    roles = {(one["role"], one["actor"], one["derived"], row["text"][one["start"] : one["end"]]) for one in took["arguments"]}
    assert roles == {("agent", "act-000001", True, "army"), ("agent", "NEW:1", True, "Rebels"), ("on", None, False, "Monday")}
    assert denied["status"] == "denied" and denied["arguments"] == []
    about = next(one for one in stance_pairs(row) if one["actor"] == "act-000001")
    assert about["soft"] == {"-1": 0.5, "1": 0.5} and about["names"] == ["army"] and about["evidence"] == []
    assert [len(one["events"]) for one in sentence_windows(row, ["events"])] == [0, 1, 1]


def test_a_withheld_row_has_arguments_without_quotes_and_nothing_that_needs_its_text(valley_release):
    data = load_dataset(str(valley_release), split="train")
    row = next(one for one in (named(one, data.features) for one in data) if one["text_status"] == "withheld")
    first = next(event_arguments(row))
    assert first["trigger"]["quote"] is None and first["arguments"][0]["end"] > first["arguments"][0]["start"]
    for call in (lambda: next(stance_pairs(row)), lambda: next(sentence_windows(row, ["events"]))):
        with pytest.raises(StandpointError) as caught:
            call()
        assert row["id"] in caught.value.message and "standpoint hydrate" in caught.value.hint


def test_a_layer_that_the_dataset_does_not_have_is_one_line(valley_release):
    data = load_dataset(str(valley_release), split="train")
    row = named(data[0], data.features)
    for call in (event_arguments(row, events="claims"), stance_pairs(row | {"text": "A text."}, scale="trust")):
        with pytest.raises(StandpointError, match="no layer with items is called '(claims|trust)'") as caught:
            next(call)
        assert "events" in caught.value.hint and "zones" not in caught.value.hint


@pytest.mark.parametrize("name", baselines())
def test_its_predictions_are_scored(name, open_release, tmp_path):
    out, scores = tmp_path / "p.jsonl", tmp_path / "s.json"
    assert CliRunner().invoke(main, ["baseline", name, str(open_release), "--out", str(out)]).exit_code == 0
    done = CliRunner().invoke(main, ["score", str(open_release), str(out), "--json", str(scores), "--resamples", "10"])
    assert done.exit_code == 0, done.output
    found = {
        f"{one['layer']} {one['metric']}": one["value"] for one in json.loads(scores.read_text())["runs"][0]["report"]["scores"]
    }
    if name == "trained":  # every article has the same two triggers; the codebook has no lexicon for the rules
        assert found["events F1 exact"] == 1


def test_the_card_has_a_column_for_each_baseline_that_predicts_something_and_no_row_of_zeros():
    scores = [score_of("trained", "F1 exact", 0.0), score_of("trained", "F1 exact, any label", 0.5)]
    assert score_table(scores) == [["end to end", "claims", "F1 exact, any label", "0.50", 5, "–"]]
    both = [*scores, score_of("rules", "F1 exact", 0.25)]
    assert score_table(both)[0] == ["end to end", "claims", "F1 exact", "0.25", "0.00", 5, "–"]
    assert score_table(both)[1] == ["end to end", "claims", "F1 exact, any label", "–", "0.50", 5, "–"]
    alone = score_of("rules", "macro F1", 0.5)._replace(single=0.375, over=("calm",))  # a mean of one label is none
    assert score_table([alone]) == [["end to end", "claims", "macro F1, over one label: calm", "0.50", 5, "38%"]]
    values = baseline_values([*both, score_of("forms", "accuracy", 0.5, "tone")], ["tone", "claims"])
    assert [row[1] for row in values["baselines"]] == ["tone", "claims", "claims"]
    assert values["systems"] == ["rules", "trained", "forms"]  # the control stands last
    assert score_table([]) == []


def score_of(system: str, metric: str, value: float, layer: str = "claims") -> Baseline:
    return Baseline(system, system == "forms", "", "test", "end to end", metric, layer, value, None, None, 5)


def test_the_card_says_how_much_of_each_task_the_controls_solve():
    scores = [score_of("trained", "F1 exact", 0.4), score_of("rules", "F1 exact", 0.402), score_of("forms", "F1 exact", 0.3)]
    assert list(solved(scores)) == ["claims (end to end), F1 exact: 0.30 by `forms`; 0.40 by `rules`, `trained`"]
    scores = [score_of("trained", "accuracy", 0.4), score_of("forms", "accuracy", 0.6), score_of("trained", "F1 exact", 0.9)]
    assert list(solved(scores)) == ["claims (end to end), accuracy: 0.60 by `forms`; 0.40 by `trained`, which is less"]
    assert list(solved(scores[1:])) == ["claims (end to end), accuracy: 0.60 by `forms`; no other baseline predicts it"]
    assert list(solved([score_of("trained", "accuracy", 0.0), score_of("forms", "accuracy", 0.0)])) == []
    kappa = [score_of("forms", "Cohen's kappa, quadratic weights", 0.5)]  # of a scale with one side, nothing else says more
    assert list(solved(kappa)) and "kappa" not in list(solved([*kappa, score_of("forms", "macro F1 of sides", 0.7)]))[0]


@pytest.mark.parametrize("name", baselines())
def test_a_withheld_text_is_refused_by_what_reads_texts_and_nothing_written(name, valley_release, tmp_path):
    done = CliRunner().invoke(main, ["baseline", name, str(valley_release), "--out", str(tmp_path / "p.jsonl")])
    if not baselines()[name].READS_TEXT:
        assert done.exit_code == 0 and [path.name for path in tmp_path.iterdir()] == ["p.jsonl"]
        return
    assert done.exit_code == 2 and "is withheld" in done.output and "standpoint hydrate" in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_codebook_without_actors_or_scales():
    codebook = another_codebook()
    scheme, words = scheme_of(codebook), "Grain rots in Ald. Plums are sold. "
    text = ArticleText("a-1", words, [(0, 18), (19, 34)], len(words))
    spans = [
        Span(id="c1", layer="crops", label="grain", start=0, end=5, quote="Grain"),
        Span(id="c2", layer="crops", label="fruit", start=19, end=24, quote="Plums"),
        Choice(id="h1", layer="health", label="blighted", of="c1"),
        Choice(id="h2", layer="health", label="sound", of="c2"),
    ]
    learnt = TrainedBaseline([(text, Doc("a-1", text=words, annotations=tuple(spans)))], scheme, seed=1)
    found = predict(text, learnt)
    assert {(one.label, one.start, one.end) for one in found if isinstance(one, PredictedSpan)} == {
        ("grain", 0, 5),
        ("fruit", 19, 24),
    }
    assert sorted(one.label for one in found if isinstance(one, PredictedChoice)) == ["blighted", "sound"]
    assert predict(text, RuleBaseline(scheme)) == []  # nor a lexicon, nor examples
