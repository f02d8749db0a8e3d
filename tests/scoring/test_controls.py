"""The controls: lookups in train that read no text around what they look up, worked by hand; and what they solve of our own data."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from statistics import median

import msgspec
import pytest
from msgspec.structs import replace as replace_struct

from command_line import run
from nonempty import nonempty
from release_corpus import build, corpus, plan, records
from standpoint.codebook.load import check_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.model import Annotation, Choice, Relation, Span
from standpoint.dataset.release_folder import open_release
from standpoint.dataset.schema import DOCUMENTS
from standpoint.scoring.baseline import baseline_scores
from standpoint.scoring.baselines import about, baselines
from standpoint.scoring.baselines._pipeline import ArticleText
from standpoint.scoring.doc import Doc, scheme_of
from standpoint.scoring.predictions import Predicted, PredictedChoice, PredictedRelation, PredictedSpan
from standpoint.splits.splits import SplitRow

RELEASE = Path(__file__).parent.parent.parent / "dataset" / "release"
PAGE = Path(__file__).parent.parent.parent / "docs" / "scoring.md"


@pytest.fixture(scope="module")
def scores() -> dict[tuple[str, str, str], float]:
    """The scores of all baselines on the test split of the project's release."""
    found = baseline_scores(open_release(RELEASE))
    return {(score.system, score.layer, score.metric): score.value for score in found}


def test_the_outlet_and_the_actor_s_name_solve_stance_without_a_word_of_the_text(scores):
    sides = {system: value for (system, layer, metric), value in scores.items() if layer == "stance" and metric.endswith("sides")}
    assert sides["by_source_and_actor"] == pytest.approx(0.897, abs=5e-4)
    assert sides["by_actor"] == pytest.approx(0.479, abs=5e-4) and sides["majority"] == pytest.approx(0.283, abs=5e-4)
    assert sides["by_source_and_actor"] > max(sides["rules"], sides["trained"])
    assert "- stance (gold actors), macro F1 of sides: 0.90 by `by_source_and_actor`; 0.52 by `rules`, which is less." in card()


def test_the_lookup_by_source_and_actor_is_what_anybody_would_compute_from_the_rows(scores):
    release, seen = open_release(RELEASE), {}
    for _, row in nonempty(release.rows(DOCUMENTS, "train")):
        for item in row["stance"]:
            for key in ((), (row["source"], item["actor"])):
                seen.setdefault(key, []).append(item["value"])
    right = []
    for _, row in nonempty(release.rows(DOCUMENTS, "test")):
        for item in row["stance"]:
            value = median(seen.get((row["source"], item["actor"]), seen[()]))
            right.append((value > 0, value < 0) == (item["value"] > 0, item["value"] < 0))
    assert (sum(right), len(right)) == (21, 23)


def test_beside_each_official_score_stands_the_best_control_on_the_same_track(tmp_path):
    files = [tmp_path / "rules.jsonl", tmp_path / "given.jsonl"]
    run("baseline", "rules", str(RELEASE), "--out", str(files[0]))
    run("baseline", "rules", str(RELEASE), "--given", "events", "--out", str(files[1]))
    said = [run("score", str(RELEASE), str(path), "--controls", "--json", str(tmp_path / f"{path.stem}.json")) for path in files]
    lines = {line.partition("  0.")[0].strip(): line for line in said[0].splitlines()}
    assert lines["stance     macro F1 of sides"].endswith("  control 0.897 by_source_and_actor")
    assert lines["stance     mean distance"].endswith(
        "lower is better  control 0.304 by_source_and_actor"
    )  # the least is the best
    assert lines["events     F1 exact"].endswith("control 0.543 forms") and "control" not in lines["events     F1 overlap"]
    assert "genre      macro F1" in said[0] and "control 1.000 by_source_and_actor, majority" in said[0]
    status = next(line for line in said[1].splitlines() if line.split()[:2] == ["status", "accuracy"])
    assert status.endswith("control 0.697 by_source_and_actor, majority")
    written = json.loads((tmp_path / "given.json").read_text())["controls"]
    assert {(one["system"], one["track"]) for one in written} == {
        (name, "gold events") for name in ("by_source_and_actor", "forms", "majority")
    }
    assert "control" not in run("score", str(RELEASE), str(files[0]))


def test_controls_need_a_train_split_and_only_forms_needs_texts(tmp_path):
    made = records(corpus(4))  # two of its sources' texts are withheld
    build(made, plan(), tmp_path / "withheld")
    (tmp_path / "p.jsonl").write_text('{"system": "none", "seed": 1, "single_model": true}\n')
    words = ["score", str(tmp_path / "withheld"), str(tmp_path / "p.jsonl"), "--resamples", "0"]
    said = run(*words, "--controls")
    assert "BASELINE-WITHHELD left out, as texts are withheld: forms;" in said and "forms\n" not in said
    (line,) = re.findall(r"stance +macro F1 of sides  .*", said)
    assert re.search(r"control [\d.]+ \w+", line)
    for name, code in (("majority", 0), ("by_actor", 0), ("by_source_and_actor", 0), ("forms", 2), ("rules", 2)):
        said = run("baseline", name, words[1], "--out", str(tmp_path / "control.jsonl"), code=code)
        assert ("its text is withheld" in said) == bool(code)
    for_the_card = baseline_scores(open_release(tmp_path / "withheld"))
    assert {score.system for score in for_the_card} == {"by_actor", "by_source_and_actor", "majority"}
    build(made, plan(baselines=lambda _: for_the_card), tmp_path / "with-card")
    card = (tmp_path / "with-card" / "README.md").read_text(encoding="utf-8")
    assert "and so are\nbaselines that read texts, some of which are withheld." in card and "- `majority` (control): " in card
    alone = [article for article in corpus(4) if article.licence == "CC-BY-4.0"]
    made = records(alone)._replace(splits=[SplitRow(one.id, "test", one.group, one.group, "drawn") for one in alone])
    build(made, plan(), tmp_path / "test-only")
    words[1] = str(tmp_path / "test-only")
    refused = run(*words, "--controls", code=2)
    assert "no article is in split 'train'" in refused and "what learns, as controls and `trained` do, needs train too" in refused


def test_a_control_that_predicts_nothing_says_why(tmp_path):
    alone = [article for article in corpus(8) if article.licence == "CC-BY-4.0"]
    made = records(alone)
    build(
        made._replace(adjudicated=[replace_struct(one, annotations=(), distributions={}) for one in made.adjudicated]),
        plan(),
        tmp_path / "r",
    )
    for name, why in (
        ("by_actor", "asks nothing about actors, or the train split has no answer"),
        ("forms", "no words that the train split mostly marks"),
    ):
        said = run("baseline", name, str(tmp_path / "r"), "--out", str(tmp_path / "p.jsonl"))
        assert "0  predictions" in said and "BASELINE-NOTHING it predicts nothing: " in said and why in said


def test_the_card_has_each_control_beside_the_others_and_says_what_it_is(scores):
    table = next(line for line in card().splitlines() if line.startswith("| track | layer | score |"))
    assert (
        table
        == "| track | layer | score | rules | trained | by_actor | by_source_and_actor | forms | majority | n in gold | single |"
    )
    for name, module in baselines().items():
        assert f"- `{name}`{' (control)' if module.CONTROL else ''}: {about(module)}" in card()


def test_the_page_lists_each_baseline():
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    listed = {
        cells[1].strip(" `"): cells[3].strip() == "yes" for cells in rows if len(cells) == 5 and cells[3].strip() in ("yes", "")
    }
    assert listed == {name: module.CONTROL for name, module in baselines().items()}


def card() -> str:
    return (RELEASE / "README.md").read_text(encoding="utf-8")


SCALE = [{"name": name, "value": value} for name, value in (("hostile", -2), ("cool", -1), ("even", 0), ("warm", 1), ("fond", 2))]
CODEBOOK = {
    "title": "Ferries of the Sound",
    "version": "0.1.0",
    "passes": [
        {"name": "reading", "layers": ["people", "moves", "by", "speed", "tags", "fog", "places", "goes", "mood", "trust"]}
    ],
    "layers": [
        {"name": "people", "kind": "span", "labels_from": "actors", "spare": 2},
        {"name": "moves", "kind": "span", "labels": [{"name": "sail"}, {"name": "stop"}]},
        {"name": "by", "kind": "choice", "of": "moves", "labels_from": "actors", "multiple": True},
        {"name": "speed", "kind": "choice", "of": "moves", "labels": [{"name": "fast"}, {"name": "slow"}]},
        {"name": "tags", "kind": "choice", "multiple": True, "labels": [{"name": "fares"}, {"name": "tides"}, {"name": "crews"}]},
        {"name": "fog", "kind": "number", "min": 0, "max": 9, "step": 1},
        {"name": "places", "kind": "span", "labels": [{"name": "PORT"}]},
        {"name": "goes", "kind": "relation", "from": "moves", "to": "places", "labels": [{"name": "to"}, {"name": "from"}]},
        {"name": "mood", "kind": "choice", "labels": [{"name": "calm"}, {"name": "tense"}]},
        {"name": "trust", "kind": "choice", "for_each": "actors", "ordinal": True, "labels": SCALE},
    ],
}


@pytest.fixture(scope="module")
def book() -> Codebook:
    made = msgspec.convert(CODEBOOK, Codebook)
    assert list(check_codebook(made)) == []
    return made


def article(text: str, *annotations: Annotation, source: str = "tern", asked: tuple[str, ...] = ()) -> tuple[ArticleText, Doc]:
    """An article in which each sentence ends with ". "; its actors are those of its answers, and those that are ``asked`` about."""
    ends = [at + 1 for at, sign in enumerate(text) if sign == "."] or [len(text)]
    sentences = list(zip([0, *ends], ends, strict=False))
    actors = [item.of for item in annotations if isinstance(item, Choice) and item.layer == "trust"]
    made = ArticleText(text[:9], text, sentences, len(text), source=source, actors={"trust": [*actors, *asked]})
    return made, Doc(text[:9], text=text, annotations=annotations)


def answer(layer: str, label: str, of: str = "") -> Choice:
    return Choice(id=f"{layer}{of}{label}", layer=layer, label=label, of=of)


def mark(text: str, layer: str, label: str, words: str, nth: int = 0) -> Span:
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return Span(id=f"{layer}{start}", layer=layer, label=label, start=start, end=start + len(words), quote=words)


def predicted(name: str, book: Codebook, train: list, text: ArticleText) -> list[Predicted]:
    return baselines()[name].fit(train, scheme_of(book), 1)(text)


def answers(name: str, book: Codebook, train: list, text: ArticleText) -> dict[tuple[str, str], str]:
    found = predicted(name, book, train, text)
    assert all(isinstance(item, PredictedChoice) for item in found)
    return {(item.layer, item.of): item.label for item in found}


def test_each_lookup_backs_off_to_the_usual_answer_of_all_articles(book):
    train = [
        article("One.", answer("trust", "hostile", "act-000001"), answer("mood", "tense"), source="tern"),
        article("Two.", answer("trust", "cool", "act-000001"), answer("mood", "calm"), source="tern"),
        article("Three.", answer("trust", "cool", "act-000001"), answer("mood", "calm"), source="gull"),
        article("Four.", answer("trust", "fond", "NEW:FERRYMEN"), answer("mood", "calm"), source="gull"),
        article("Five.", answer("trust", "fond", "act-000002"), answer("mood", "tense"), source="skua"),
    ]
    people = "act-000001", "act-000002", "act-000009", "NEW:FERRYMEN"
    asked, _ = article("Six.", source="skua", asked=people)
    # -2, -1, -1, 2, 2: the median is -1. act-000001: -1. A new actor has no id beyond its article.
    of_all = {("trust", actor): "cool" for actor in people}
    assert answers("majority", book, train, asked) == of_all | {("mood", ""): "calm"}
    assert answers("by_actor", book, train, asked) == of_all | {("trust", "act-000002"): "fond"}
    # Nobody wrote about act-000001 in skua; -2 and -1 in tern are nearest to -1, which is nearer to 0.
    expected = of_all | {("trust", "act-000002"): "fond", ("mood", ""): "tense"}
    assert answers("by_source_and_actor", book, train, asked) == expected
    in_tern, _ = article("Seven.", source="tern", asked=("act-000001", "act-000002"))
    found = answers("by_source_and_actor", book, train, in_tern)
    # One of two articles of tern is tense: of equally frequent answers, the first in the alphabet.
    assert found == {("trust", "act-000001"): "cool", ("trust", "act-000002"): "cool", ("mood", ""): "calm"}


@pytest.mark.parametrize(
    ("given", "usual"),
    [
        (["cool", "warm"], "even"),  # the median is 0, which nobody answered
        (["hostile", "cool"], "cool"),
        (["warm", "fond"], "warm"),
        (["hostile", "fond", "fond"], "fond"),
    ],
)
def test_the_usual_answer_on_a_scale_is_the_label_nearest_to_the_median(book, given, usual):
    train = [article(f"{label} {number}.", answer("trust", label, "act-000001")) for number, label in enumerate(given)]
    assert answers("majority", book, train, article("Now.", asked=("act-000001",))[0]) == {("trust", "act-000001"): usual}


def test_numbers_have_their_median_and_several_answers_are_those_of_more_than_half(book):
    train = [
        article("One.", answer("fog", "2"), answer("tags", "fares"), answer("tags", "tides")),
        article("Two.", answer("fog", "9"), answer("tags", "fares")),
        article("Three.", answer("fog", "3"), answer("tags", "fares"), answer("tags", "tides")),
        article("Four.", answer("fog", "8")),  # no tag is an answer, too
    ]
    found = answers("majority", book, train, article("Now.")[0])
    assert found == {("fog", ""): "3", ("tags", ""): "fares"}


def test_without_an_answer_in_train_nothing_is_predicted(book):
    now, _ = article("Now.", asked=("act-000001",))
    for name, module in baselines().items():
        if module.CONTROL:
            assert predicted(name, book, [article("One.")], now) == [] == predicted(name, book, [], now)


ONE = "Ann sailed to Mull. The sailing season ended. Old Ann halted at Mull."
TWO = "SAILED from Iona. Old Ann waits, sailing halted."


@pytest.fixture(scope="module")
def ferries() -> list:
    """Two articles: "sailed" is always marked, "sailing" once of two times, and so is "Ann" beside "Old Ann"."""
    first = [
        mark(ONE, "people", "act-000001", "Ann"),
        mark(ONE, "moves", "sail", "sailed"),
        mark(ONE, "places", "PORT", "Mull"),
        mark(ONE, "people", "act-000002", "Old Ann"),
        mark(ONE, "moves", "stop", "halted"),
        mark(ONE, "places", "PORT", "Mull", 1),
    ]
    ann, sailed, mull, old, halted, _ = first
    first += [answer("by", "act-000001", sailed.id), answer("by", "act-000002", halted.id), answer("speed", "fast", sailed.id)]
    first += [Relation(id="r1", layer="goes", label="to", head=sailed.id, tail=mull.id)]
    second = [
        mark(TWO, "moves", "sail", "SAILED"),
        mark(TWO, "moves", "sail", "sailing"),
        mark(TWO, "moves", "stop", "halted"),
        mark(TWO, "people", "act-000002", "Old Ann"),
        mark(TWO, "places", "PORT", "Iona"),
    ]
    sailed, sailing, halted, old, iona = second
    second += [answer("speed", "slow", sailing.id), answer("speed", "fast", sailed.id), answer("speed", "slow", halted.id)]
    second += [answer("by", "act-000002", halted.id), Relation(id="r2", layer="goes", label="to", head=sailed.id, tail=iona.id)]
    return [article(ONE, *first), article(TWO, *second)]


def test_forms_are_marked_wherever_they_occur_unless_train_mostly_leaves_them_unmarked(book, ferries):
    text = "Sailed! Old Ann, like Ann, left Mull; sailing is over, all\nhalted in Iona."
    spans = [item for item in predicted("forms", book, ferries, article(text)[0]) if isinstance(item, PredictedSpan)]
    assert sorted((text[one.start : one.end], one.label) for one in spans) == [
        *[
            ("Ann", "act-000001"),
            ("Iona", "PORT"),
            ("Mull", "PORT"),
            ("Old Ann", "act-000002"),
            ("Sailed", "sail"),
            ("halted", "stop"),
        ]
    ]


def test_answers_roles_and_links_of_forms_are_those_that_train_mostly_has(book, ferries):
    text = "Then Ann sailed to Iona. Then Old Ann halted near Mull."
    found = predicted("forms", book, ferries, article(text)[0])
    words = {item.id: text[item.start : item.end] for item in found if isinstance(item, PredictedSpan)}
    said = {(item.layer, words[item.of], item.label) for item in found if isinstance(item, PredictedChoice)}
    # "Old Ann" before "halted" has the role in both sentences of train; before a form of "sail", one actor of two has it.
    assert said == {("by", "halted", "act-000002"), ("speed", "sailed", "fast"), ("speed", "halted", "slow")}
    links = [(item.label, words[item.head], words[item.tail]) for item in found if isinstance(item, PredictedRelation)]
    assert links == [("to", "sailed", "Iona")]  # "halted at Mull" was not linked


def test_of_given_spans_each_lookup_gives_the_usual_answers_and_marks_none(book, ferries):
    text = "Then Ann halts at Mull."
    given = mark(text, "moves", "stop", "halts")
    now = replace(article(text, source="tern")[0], given={"moves": [given]})
    # In train: fast, fast, slow, slow; of equally frequent answers, the first in the alphabet.
    assert answers("majority", book, ferries, now) == {("speed", given.id): "fast"}
    assert answers("by_source_and_actor", book, ferries, now) == {("speed", given.id): "fast"}
    assert predicted("by_actor", book, ferries, now) == []  # it answers about actors only
    found = predicted("forms", book, ferries, now)
    assert [item.layer for item in found if isinstance(item, PredictedSpan)] == ["people", "places"]
    # "halts" is no form of train, so its answer is the usual one; its label is that of "halted", so its roles are too.
    said = [(item.layer, item.label, item.of) for item in found if isinstance(item, PredictedChoice)]
    assert said == [("speed", "fast", given.id), ("by", "act-000001", given.id)]


@pytest.mark.parametrize(
    ("trained", "form", "text", "found"),
    [
        ("渡船起航。天氣好。", "起航", "大船也起航🚢了。", ["起航"]),  # each letter of a script without blanks is a word
        ("नाव की है.", "की", "कीमत की है.", ["की"]),  # a vowel sign belongs to its word
        ("Cafe\u0301s close.", "Cafe\u0301s", "Cafe. cafe\u0301s.", ["cafe\u0301s"]),
        ("Die Straße sperrt.", "Straße", "STRASSE, Straßen.", ["STRASSE"]),
        ("İzmir waits.", "İzmir", "In İzmir.", ["İzmir"]),
        ("The U.S. ferry.", "U.S.", "A U.S. buoy, U.N.", ["U.S."]),
    ],
)
def test_a_form_is_whole_words_of_any_script(book, trained, form, text, found):
    train = [article(trained, mark(trained, "moves", "sail", form))]
    spans = predicted("forms", book, train, ArticleText("q", text, [(0, len(text))], len(text)))
    assert [text[span.start : span.end] for span in spans] == found
