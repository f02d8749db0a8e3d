"""The shapes that researchers load: token labels, windows, arguments, pairs; and the quick start's own lines."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from datasets import load_dataset
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from example import EXAMPLE
from nonempty import nonempty
from pages_of_docs import blocks
from standpoint.core.model import StandpointError
from standpoint.loading import (
    IGNORED,
    event_arguments,
    label_names,
    merged,
    named,
    sentence_windows,
    spans_of,
    stance_pairs,
    token_labels,
    undecided,
)

ROOT = Path(__file__).parent.parent.parent
TEXT = "Quay falls 😀. The army seized القلعة café at dawn. Netters fled."
SENTENCES = [(match.start(), match.end()) for match in re.finditer(r"\S[^.]*\.", TEXT)]
CLASSES = ["O", "B-take", "I-take", "B-flee", "I-flee"]


def tokenizer(special: bool = False) -> Tokenizer:
    made = Tokenizer(models.BPE(unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["[UNK]", "[CLS]"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([TEXT], trainer)
    if special:
        made.post_processor = processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 1)])
    return made


def fast_tokenizer():
    """The same tokenizer as transformers wraps it."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_object=tokenizer(special=True), cls_token="[CLS]", unk_token="[UNK]")


def word_tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


WORDS = word_tokenizer()


def row(spans: list[dict], text: str | None = TEXT, **fields: object) -> dict:
    return {
        "id": "q-1",
        "text": text,
        "annotated_until": len(TEXT),
        "zones": [
            {"name": "headline", "start": 0, "end": SENTENCES[1][0]},
            {"name": "body", "start": SENTENCES[1][0], "end": len(TEXT)},
        ],
        "sentences": [{"start": start, "end": end} for start, end in SENTENCES],
        "events": spans,
        "actors": [],
    } | fields


def at(words: str, label: str) -> dict:
    return {"id": words, "start": TEXT.index(words), "end": TEXT.index(words) + len(words), "quote": words, "label": label}


def test_labels_follow_the_offsets_whatever_the_tokens_are():
    spans = [at("seized القلعة", "take"), at("fled", "flee")]
    (window,) = token_labels(row(spans), "events", tokenizer(), CLASSES)
    assert len(window["labels"]) == len(window["input_ids"]) == len(window["offsets"])
    found = spans_of(window, CLASSES)  # the tokens have a blank in front: the offsets do not
    assert [(one["start"], one["end"], one["label"]) for one in found] == [
        (one["start"], one["end"], one["label"]) for one in spans
    ]


def test_a_character_of_several_tokens_begins_one_span():
    spans = [at("😀", "take"), at("القلعة", "flee")]
    (window,) = token_labels(row(spans), "events", tokenizer(), CLASSES)
    labels = [code for (start, _), code in zip(window["offsets"], window["labels"], strict=True) if start == spans[0]["start"]]
    assert labels == [1, 2, 2, 2][: len(labels)] and len(labels) > 1
    assert [one["start"] for one in spans_of(window, CLASSES)] == [one["start"] for one in spans]


@pytest.mark.parametrize("label", ["take", "flee"])
def test_spans_side_by_side_stay_two(label):
    spans = [at("The", "take"), at("army", label)]
    (window,) = token_labels(row(spans), "events", tokenizer(), CLASSES)
    assert [TEXT[one["start"] : one["end"]] for one in spans_of(window, CLASSES)] == ["The", "army"]


def test_of_spans_over_each_other_the_first_counts():
    (window,) = token_labels(row([at("army seized", "flee"), at("seized", "take")]), "events", tokenizer(), CLASSES)
    assert [TEXT[one["start"] : one["end"]] for one in spans_of(window, CLASSES)] == ["army seized"]


def test_what_nobody_could_mark_is_no_negative():
    _, (start, end), _ = SENTENCES
    zones = [{"name": "byline", "start": 0, "end": start}, {"name": "body", "start": start, "end": len(TEXT)}]
    here = row([at("army", "take")], zones=zones, annotated_until=end)
    (window,) = token_labels(here, "events", tokenizer(), CLASSES)
    taught = [place for place, code in zip(window["offsets"], window["labels"], strict=True) if code != IGNORED]
    assert (min(taught)[0], max(taught)[1]) == (start, end)
    assert [one["start"] for one in sentence_windows(here, ["events"])] == [start]
    assert [one["start"] for one in sentence_windows(here, ["events"], zones=["byline", "body"])] == [0, start]


def test_what_nobody_decided_is_no_negative_either():
    """m01 marked "army" and "at dawn", m02 did not, and the conflicts are open; of "seized", the type is decided."""
    army, dawn = (f"[{at(words, '')['start']},{at(words, '')['end']})" for words in ("army", "at dawn"))
    conflicts = [
        {"layer": "events", "place": f"{army} {dawn}"},
        {"layer": "actors", "place": "[0,4)"},
        {"layer": "genre", "place": ""},
    ]
    here = row([at("seized", "take"), at("dawn", "flee")], open_conflicts=conflicts)
    (window,) = token_labels(here, "events", WORDS, CLASSES)
    codes = {TEXT[start:end]: code for (start, end), code in zip(window["offsets"], window["labels"], strict=True)}
    assert {words: codes[words] for words in ("army", "at", "Quay", "The")} == {"army": -100, "at": -100, "Quay": 0, "The": 0}
    assert [TEXT[one["start"] : one["end"]] for one in spans_of(window, CLASSES)] == ["seized", "dawn"]
    first, second, third = sentence_windows(here, ["events", "actors"])
    assert first["undecided"] == {"events": [], "actors": [(0, 4)]} and third["undecided"] == {"events": [], "actors": []}
    assert [second["text"][start:end] for start, end in second["undecided"]["events"]] == ["army", "at dawn"]
    assert undecided({"id": "q-1"}, "events") == []  # a row of an old release


@given(st.integers(4, 40), st.data())
def test_windows_that_share_tokens_give_each_span_once(length, data):
    """Whatever the window, if it is shorter than no span and shares enough of the next."""
    stride = data.draw(st.integers(0, length - 2))
    spans = [at(words, "take") for words in ("Quay", "seized", "fled")]
    windows = token_labels(row(spans), "events", WORDS, CLASSES, max_length=length, stride=stride)
    assert [one["start"] for one in spans_of(merged(windows), CLASSES)] == [one["start"] for one in spans]


def test_a_shared_token_has_the_label_of_the_window_with_most_context():
    left = {"offsets": [(0, 2), (3, 5), (6, 8), (9, 11)], "labels": [0, 0, 1, 0]}
    right = {"offsets": [(0, 0), (6, 8), (9, 11), (12, 14), (15, 17)], "labels": [IGNORED, 2, 3, 0, 0]}
    assert merged([left, right]) == {
        "offsets": [(0, 2), (3, 5), (6, 8), (9, 11), (12, 14), (15, 17)],
        "labels": [0, 0, 1, 3, 0, 0],
    }


@pytest.mark.parametrize(("length", "stride"), [(4, 4), (4, 3), (1, 0), (0, 0), (8, -1)])
@pytest.mark.parametrize("ours", [True, False])
def test_a_window_that_cannot_be_is_one_line(ours, length, stride):
    made = tokenizer(special=True) if ours else fast_tokenizer()
    with pytest.raises(StandpointError, match=f"cannot share {stride}"):
        token_labels(row([]), "events", made, CLASSES, max_length=length, stride=stride)


def test_a_tokenizer_without_offsets_and_rows_without_names_are_told():
    with pytest.raises(StandpointError, match="gives no offsets"):
        token_labels(row([]), "events", str, CLASSES)
    with pytest.raises(StandpointError, match="no class B-0") as caught:
        token_labels(row([at("army", 0)]), "events", tokenizer(), CLASSES)
    assert "named(row, features)" in caught.value.hint


def test_special_tokens_are_ignored_and_windows_share_tokens():
    windows = token_labels(row([at("seized القلعة", "take")]), "events", tokenizer(special=True), CLASSES, max_length=8, stride=2)
    assert len(windows) > 2 and all(len(one["labels"]) <= 8 and one["labels"][0] == IGNORED for one in windows)
    begins = sum(one["labels"].count(1) for one in windows)
    assert begins >= 1
    inside = [one for one in windows if 2 in one["labels"] and 1 not in one["labels"]]
    assert inside, "a window that begins inside a span begins with I"


def test_transformers_fast_tokenizers_give_the_same():
    fast, spans = fast_tokenizer(), [at("seized القلعة", "take")]
    ours = token_labels(row(spans), "events", tokenizer(special=True), CLASSES, max_length=10, stride=3)
    theirs = token_labels(row(spans), "events", fast, CLASSES, max_length=10, stride=3)
    assert [one["labels"] for one in ours] == [one["labels"] for one in theirs]
    assert [one["offsets"] for one in ours] == [one["offsets"] for one in theirs]


@given(st.data())
def test_whole_words_come_back_from_their_labels(data):
    words = [(match.start(), match.end()) for match in re.finditer(r"\w+", TEXT)]
    chosen = sorted(data.draw(st.sets(st.integers(0, len(words) - 1))))
    spans = [{"start": words[n][0], "end": words[n][1], "label": "take"} for n in chosen]
    (window,) = token_labels(row(spans), "events", WORDS, CLASSES)
    assert spans_of(window, CLASSES) == spans


def test_sentence_windows_have_what_lies_in_them_whole():
    found = list(sentence_windows(row([at("seized القلعة", "take"), at("fled", "flee")]), ["events"]))
    assert [len(one["events"]) for one in found] == [0, 1, 1]
    assert found[1]["text"][found[1]["events"][0]["start"] : found[1]["events"][0]["end"]] == "seized القلعة"


@pytest.mark.parametrize(
    ("size", "step", "windows"),
    [
        (1, None, ["A.", "B.", "C.", "D.", "E."]),
        (2, None, ["A. B.", "C. D.", "E."]),
        (2, 1, ["A. B.", "B. C.", "C. D.", "D. E."]),
        (3, 2, ["A. B. C.", "C. D. E."]),
        (9, None, ["A. B. C. D. E."]),
    ],
)
def test_no_sentence_is_left_out(size, step, windows):
    sentences = [{"start": start, "end": start + 2} for start in range(0, 14, 3)]
    zones = [{"name": "body", "start": 0, "end": 14}]
    here = row([], "A. B. C. D. E.", sentences=sentences, zones=zones, annotated_until=14)
    assert [one["text"] for one in sentence_windows(here, [], size, step)] == windows


def test_a_window_does_not_reach_over_what_nobody_could_mark():
    sentences = [{"start": start, "end": start + 2} for start in range(0, 14, 3)]
    zones = [
        {"name": name, "start": start, "end": end} for name, start, end in (("body", 0, 6), ("donation", 6, 9), ("body", 9, 14))
    ]
    here = row([], "A. B. C. D. E.", sentences=sentences, zones=zones, annotated_until=14)
    assert [one["text"] for one in sentence_windows(here, [], 2)] == ["A. B.", "D. E."]
    with pytest.raises(StandpointError, match="windows of 0 sentences"):
        list(sentence_windows(here, [], 0))


def test_evidence_is_apart_from_the_sentences_that_name_an_actor():
    said = [{"annotator": name, "label": label} for name, label in (("w", "-1"), ("x", "-1"), ("y", "0"), ("z", "-1"))]
    stance = {"actor": "a", "label": "-1", "value": -1.0, "distribution": said}
    here = row([], stance=[stance], actors=[at("army", "a"), at("Quay", "b")], evidence=[at("fled", "a")])
    (pair,) = stance_pairs(here)
    assert pair["soft"] == {"-1": 0.75, "0": 0.25} and (pair["label"], pair["value"]) == ("-1", -1.0)
    assert (
        pair["names"] == ["army"]
        and pair["sentences"] == [TEXT[slice(*SENTENCES[1])]]
        and pair["evidence"] == [TEXT[slice(*SENTENCES[2])]]
    )


def test_an_answer_of_shares_or_of_several_values_is_no_argument():
    event = at("seized", "take") | {"agent": ["a"], "weapons": ["gun"], "force_soft": [0.5, 0.5], "force_distribution": []}
    (found,) = event_arguments(row([event]), roles=["agent"])
    assert [one["role"] for one in found["arguments"]] == ["agent"] and found["weapons"] == ["gun"]
    assert found["force_soft"] == [0.5, 0.5]


def test_an_actor_s_span_is_derived_and_says_so():
    event = at("seized", "take") | {
        "agent": ["a"],
        "target": ["b"],
        "role": [{"label": "place", "tail": "p", "start": 40, "end": 44}],
        "status": "asserted",
    }
    mentions = [at("Quay", "b"), at("army", "a"), at("Netters", "b")]
    (found,) = event_arguments(row([event]) | {"actors": mentions})
    assert found["type"] == "take" and found["status"] == "asserted"
    by_role = {one["role"]: one for one in found["arguments"]}
    assert by_role["agent"]["derived"] and TEXT[by_role["agent"]["start"] :].startswith("army")
    assert TEXT[by_role["target"]["start"] :].startswith("Quay")  # none in the sentence: the first of the text
    assert not by_role["place"]["derived"] and by_role["place"]["start"] == 40


def test_a_withheld_text_says_how_to_get_it():
    for call in (
        lambda one: token_labels(one, "events", tokenizer(), CLASSES),
        lambda one: list(sentence_windows(one, [])),
        lambda one: list(stance_pairs(one | {"stance": []})),
    ):
        with pytest.raises(StandpointError, match="withheld") as caught:
            call(row([], None))
        assert "standpoint hydrate" in caught.value.hint


def test_the_project_s_own_rows(tmp_path):
    data = load_dataset(str(EXAMPLE.root / "dataset" / "release"), split="train", cache_dir=str(tmp_path))
    rows = [named(one, data.features) for one in data]
    labels = {span["label"] for one in rows for span in one["events"]}
    assert labels and labels <= {name[2:] for name in label_names(data.features, "events")}
    assert label_names(data.features, "actors") == ["O", "B", "I"]
    pairs = [pair for one in rows for pair in stance_pairs(one)]
    assert all(abs(sum(pair["soft"].values()) - 1) < 1e-9 for pair in nonempty(pairs))
    assert all(
        pair["label"] in data.features["stance"].feature["label"].names
        for pair in nonempty(pair for pair in pairs if pair["label"])
    )
    for one in nonempty(rows):
        assert sum(len(window["events"]) for window in sentence_windows(one, ["events"])) == len(one["events"])
    arguments = [argument for one in rows for event in event_arguments(one) for argument in event["arguments"]]
    assert any(one["derived"] and one["start"] is not None for one in arguments) and any(not one["derived"] for one in arguments)


def test_the_quick_start_runs(tmp_path):
    code = blocks("docs/quickstart.md", "python")
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "release").symlink_to(EXAMPLE.root / "dataset" / "release")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(code)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**__import__("os").environ, "HF_HOME": str(tmp_path / "hf")},
    )
    assert done.returncode == 0, done.stderr
    usual, learnt = (float(found) for found in re.findall(r"([\d.]+) right of \d+ triggers in \d+ articles", done.stdout))
    assert usual < learnt <= 1
    assert len(code[0].strip().splitlines()) == 10
