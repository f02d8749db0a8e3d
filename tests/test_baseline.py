"""The baselines: one command each, deterministic, and the trained one sees no label but train's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from standpoint.assess.baselines.rules import Rules, forms_of
from standpoint.assess.scoring.scheme import scheme_of
from standpoint.cli import main
from standpoint.codebook.load import load_codebook
from standpoint.publish.hydrate import Release, open_release
from standpoint.publish.shape import DOCUMENTS
from standpoint.verbs import baseline

ROOT = Path(__file__).parent.parent
RELEASE = ROOT / "dataset" / "release"


@pytest.mark.parametrize("name", baseline.SYSTEMS)
def test_its_predictions_are_taken_by_the_scorer_and_are_the_same_twice(name, tmp_path):
    files = [tmp_path / f"{number}.jsonl" for number in (1, 2)]
    for path in files:
        assert CliRunner().invoke(main, ["baseline", name, str(RELEASE), "--out", str(path)]).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    result = CliRunner().invoke(
        main, ["score", str(RELEASE), str(files[0]), "--json", str(tmp_path / "s.json"), "--resamples", "200"]
    )
    assert result.exit_code == 0, result.output
    (run,) = json.loads((tmp_path / "s.json").read_text())["runs"]
    found = {one["metric"]: one["value"] for one in run["report"]["scores"]}
    assert found["TRI-C2"] > 0.3 and found["ACT-L"] > 0.5 and found["STA-3"] is not None
    assert run["system"]["single_model"] is True


def test_the_trained_one_never_looks_at_a_label_outside_train(monkeypatch):
    """With every label of the other splits taken away, it says the same of the test articles."""
    release = open_release(RELEASE)

    def bare(self: Release, config: str):
        for split, row in rows(self, config):
            empty = {name: [] for name in ("events", "actors", "places", "stance", "evidence", "new_actor")}
            yield split, row if split == "train" or config != DOCUMENTS else row | empty | {"genre": None}

    def predictions() -> dict:
        model = baseline._model("trained", release, 1)
        codebook, registry = release.shape.codebook, release.registry
        return {
            row["id"]: baseline.predict(baseline._text(row, codebook, registry), model, scheme_of(codebook))
            for row in baseline._rows(release, "test")
        }

    rows, before = Release.rows, predictions()
    monkeypatch.setattr(Release, "rows", bare)
    assert predictions() == before and any(before.values())


def test_rules_come_from_the_codebook_alone():
    codebook = load_codebook(ROOT / "guidelines" / "codebook.yaml")
    rules = Rules(scheme_of(codebook))
    assert (
        rules._lexicons["events"]["seized"] == "territory.capture" and rules._lexicons["events"]["withdrew"] == "territory.loss"
    )
    assert rules._cues["source"]["said"] == "actor" and rules._cues["status"]["will"] == "expected"


@pytest.mark.parametrize(
    ("lemma", "form"),
    [("capture", "captured"), ("stop", "stopped"), ("occupy", "occupied"), ("seize", "seizing"), ("attack", "attacks")],
)
def test_regular_forms(lemma, form):
    assert form in forms_of(lemma)


def test_a_split_that_is_not_there_is_one_line(tmp_path):
    result = CliRunner().invoke(main, ["baseline", "rules", str(RELEASE), "--split", "dev", "--out", str(tmp_path / "x.jsonl")])
    assert result.exit_code == 2 and not (tmp_path / "x.jsonl").exists()


def test_the_card_s_scores_are_those_of_the_command():
    card = (RELEASE / "README.md").read_text()
    for one in baseline.scores(open_release(RELEASE)):
        assert f"| {one.metric} | {one.layer} |" in card and f"{one.value:.2f}" in card
