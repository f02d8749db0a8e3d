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

from standpoint.loading import (
    IGNORED,
    event_arguments,
    label_names,
    named,
    sentence_windows,
    spans_of,
    stance_pairs,
    token_labels,
)
from standpoint.model import StandpointError

ROOT = Path(__file__).parent.parent
TEXT = "Quay falls 😀. The army seized القلعة café at dawn. Netters fled."
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


def row(spans: list[dict], text: str | None = TEXT) -> dict:
    return {
        "id": "q-1",
        "text": text,
        "sentences": [{"start": 0, "end": 14}, {"start": 15, "end": 51}, {"start": 52, "end": 65}],
        "events": spans,
        "actors": [],
    }


def at(words: str, label: str) -> dict:
    return {"id": words, "start": TEXT.index(words), "end": TEXT.index(words) + len(words), "quote": words, "label": label}


def test_labels_follow_the_offsets_whatever_the_tokens_are():
    spans = [at("seized القلعة", "take"), at("fled", "flee")]
    (window,) = token_labels(row(spans), "events", tokenizer(), CLASSES)
    assert len(window["labels"]) == len(window["input_ids"]) == len(window["offsets"])
    marked = [(TEXT[one["start"] : one["end"]].strip(), one["label"]) for one in spans_of(window, CLASSES)]
    assert marked == [("seized القلعة", "take"), ("fled", "flee")]


def test_special_tokens_are_ignored_and_windows_share_tokens():
    windows = token_labels(row([at("seized القلعة", "take")]), "events", tokenizer(special=True), CLASSES, max_length=8, stride=2)
    assert len(windows) > 2 and all(len(one["labels"]) <= 8 and one["labels"][0] == IGNORED for one in windows)
    begins = sum(one["labels"].count(1) for one in windows)
    assert begins >= 1
    inside = [one for one in windows if 2 in one["labels"] and 1 not in one["labels"]]
    assert inside, "a window that begins inside a span begins with I"


def test_transformers_fast_tokenizers_give_the_same():
    transformers = pytest.importorskip("transformers")
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer(special=True), cls_token="[CLS]", unk_token="[UNK]")
    spans = [at("seized القلعة", "take")]
    ours = token_labels(row(spans), "events", tokenizer(special=True), CLASSES, max_length=10, stride=3)
    theirs = token_labels(row(spans), "events", fast, CLASSES, max_length=10, stride=3)
    assert [one["labels"] for one in ours] == [one["labels"] for one in theirs]
    assert [one["offsets"] for one in ours] == [one["offsets"] for one in theirs]


@given(st.data())
def test_whole_words_come_back_from_their_labels(data):
    words = [(match.start(), match.end()) for match in re.finditer(r"\w+", TEXT)]
    chosen = sorted(data.draw(st.sets(st.integers(0, len(words) - 1))))
    spans = [{"start": words[n][0], "end": words[n][1], "label": "take"} for n in chosen]
    made = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    (window,) = token_labels(row(spans), "events", made, CLASSES)
    assert spans_of(window, CLASSES) == spans


def test_sentence_windows_have_what_lies_in_them_whole():
    found = list(sentence_windows(row([at("seized القلعة", "take"), at("fled", "flee")]), ["events"]))
    assert [len(one["events"]) for one in found] == [0, 1, 1]
    assert found[1]["text"][found[1]["events"][0]["start"] : found[1]["events"][0]["end"]] == "seized القلعة"
    assert len(list(sentence_windows(row([]), ["events"], size=2, step=1))) == 2


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
        with pytest.raises(StandpointError, match="withheld"):
            call(row([], None))


def test_the_project_s_own_rows(tmp_path):
    data = load_dataset(str(ROOT / "dataset" / "release"), split="train", cache_dir=str(tmp_path))
    rows = [named(one, data.features) for one in data]
    assert {span["label"] for one in rows for span in one["events"]} <= {
        name[2:] for name in label_names(data.features, "events")
    }
    assert label_names(data.features, "actors") == ["O", "B", "I"]
    pairs = [pair for one in rows for pair in stance_pairs(one)]
    assert pairs and all(abs(sum(pair["soft"].values()) - 1) < 1e-9 for pair in pairs)
    assert all(pair["label"] in data.features["stance"].feature["label"].names for pair in pairs if pair["label"])
    arguments = [argument for one in rows for event in event_arguments(one) for argument in event["arguments"]]
    assert any(one["derived"] and one["start"] is not None for one in arguments) and any(not one["derived"] for one in arguments)


def test_the_quick_start_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "quickstart.md").read_text(), re.DOTALL)
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "release").symlink_to(ROOT / "dataset" / "release")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**__import__("os").environ, "HF_HOME": str(tmp_path / "hf")},
    )
    assert done.returncode == 0, done.stderr
    accuracy = float(re.search(r"accuracy on the test split: ([\d.]+)", done.stdout)[1])
    assert 0.5 < accuracy <= 1
