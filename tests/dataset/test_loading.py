"""A release as its users load it: each way of loading, and each trap of the format that is known."""

from __future__ import annotations

import json
import os
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import ClassLabel, List, load_dataset
from msgspec.structs import replace

from nonempty import nonempty
from release_corpus import SCALE, build, codebook, corpus, plan, records
from standpoint.core.model import StandpointError
from standpoint.dataset.parquet_files import verify
from standpoint.dataset.schema import features

CONFIGS = ["documents", "actors", "events", "stance", "annotations", "resolutions", "articles"]
SPLITS = ["train", "validation", "test"]


def front(folder) -> dict:
    """The card's front matter, as the libraries read it."""
    return yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---\n")[1])


def load(folder, *args, **kwargs):
    return load_dataset(str(folder), *args, **kwargs)


@pytest.mark.parametrize("config", CONFIGS)
def test_each_config_loads_with_all_splits(valley_release, config):
    loaded = load(valley_release, config)
    assert list(loaded) == SPLITS
    assert all(split.num_rows for split in nonempty(loaded.values()))


def test_documents_are_the_default(valley_release):
    assert load(valley_release, split="test").column_names[:2] == ["id", "source"]
    assert [one for one in front(valley_release)["configs"] if one.get("default")] == [front(valley_release)["configs"][0]]


def test_loads_by_slice_streaming_columns_and_filters(valley_release):
    assert load(valley_release, split="train[:50%]+test").num_rows == 4
    streamed = list(load(valley_release, "events", split="train", streaming=True))
    assert len(streamed) == 8 and streamed == list(load(valley_release, "events", split="train"))
    assert load(valley_release, split="train", columns=["id", "text"]).column_names == ["id", "text"]
    found = load(valley_release, "stance", split="train", filters=[("actor", "==", "act-000001")])
    assert set(found["actor"]) == {"act-000001"}


def test_offsets_slice_to_their_quotes(valley_release):
    documents = load(valley_release)
    spans = [
        (row, span) for split in documents.values() for row in split for span in row["events"] + row["actors"] + row["places"]
    ]
    shown = [(row, span) for row, span in spans if row["text"] is not None]
    assert len(shown) == 20 and len(spans) == 40
    assert all(row["text"][span["start"] : span["end"]] == span["quote"] for row, span in nonempty(shown))


def test_nested_lists_are_lists_of_mappings(valley_release):
    """``Sequence({…})`` would give a mapping of lists."""
    row = load(valley_release, split="train")[0]
    assert isinstance(load(valley_release, split="train").features["events"], List)
    assert row["events"][0]["where"][0].keys() == {"label", "tail", "start", "end"}


def test_labels_have_the_codebooks_order_in_every_split_and_in_the_card(valley_release):
    for path in nonempty((valley_release / "events").glob("*.parquet")):
        told = json.loads(pq.read_schema(path).metadata[b"huggingface"])["info"]["features"]["label"]
        assert told["names"] == ["strike.air", "territory.capture", "no"]
    info = next(one for one in front(valley_release)["dataset_info"] if one["config_name"] == "events")
    label = next(one for one in info["features"] if one["name"] == "label")
    assert label["dtype"]["class_label"]["names"] == {"0": "strike.air", "1": "territory.capture", "2": "no"}


def test_labels_are_stored_as_int64(valley_release):
    """In any narrower integer, their names are dropped without a word."""
    schema = pq.read_schema(valley_release / "events" / "train-00000-of-00001.parquet")
    assert schema.field("label").type == pa.int64()
    documents = pq.read_schema(valley_release / "documents" / "train-00000-of-00001.parquet")
    assert documents.field("events").type.value_type.field("label").type == pa.int64()


def test_labels_that_are_digits_come_back_as_they_were(valley_release):
    stance = load(valley_release, "stance", split="test")
    feature = stance.features["label"]
    assert feature.names == [one["name"] for one in SCALE]
    said = {row["actor"]: (row["label"], row["value"], row["distribution"]) for row in stance}
    code, value, distribution = said["act-000001"]
    assert (feature.int2str(code), value) == ("-1", -1.0)
    assert [feature.int2str(one["label"]) for one in distribution] == ["-1", "1"]


def test_no_answer_survives_as_none(valley_release):
    stance = load(valley_release, "stance", split="test")
    assert [row["label"] for row in stance if row["actor"] == "act-000002"] == [None, None]
    events = load(valley_release, "events", split="test")
    assert events.features["source"].names == ["author", "unnamed"]
    assert sorted(str(one) for one in events["source"]) == ["1", "1", "None", "None"]


def test_no_split_is_empty_and_no_glob_matches_nothing(valley_release):
    for config in nonempty(front(valley_release)["configs"]):
        for split in nonempty(config["data_files"]):
            (path,) = valley_release.glob(split["path"])
            assert pq.read_metadata(path).num_rows > 0
            assert re.fullmatch(r"\w+(\.\w+)*", split["split"])
    assert not list(valley_release.glob("*.py")) and not (valley_release / "data").exists()


def test_the_version_is_that_of_every_config(valley_release):
    assert {one["version"] for one in front(valley_release)["configs"]} == {"0.1.0"}
    assert str(load(valley_release, "annotations", split="train").info.version) == "0.1.0"


def genres(folder) -> set[str]:
    """The genres of a release's training articles, every file of it made to look as old as any other."""
    for path in folder.rglob("*.*"):
        os.utime(path, (1, 1))
    train = load(folder, split="train")
    return {train.features["genre"].int2str(row["genre"]) for row in train}


def test_a_new_version_in_the_old_ones_folder_is_not_taken_for_it(valley_release_copy):
    """Loading keeps its own copy of files that it takes for the same: it knows them by the card's first lines and by their dates."""
    assert genres(valley_release_copy) == {"report"}
    old_card = (valley_release_copy / "README.md").read_bytes()
    changed = records(corpus())
    adjudicated = [replace(one, annotations=tuple(map(commented, one.annotations))) for one in changed.adjudicated]
    build(changed._replace(adjudicated=adjudicated), plan(version="0.2.0"), valley_release_copy)
    new_card = (valley_release_copy / "README.md").read_bytes()
    (valley_release_copy / "README.md").write_bytes(old_card)
    assert genres(valley_release_copy) == {"report"}  # the trap
    (valley_release_copy / "README.md").write_bytes(new_card)
    assert genres(valley_release_copy) == {"comment"}


def commented(annotation):
    return replace(annotation, label="comment") if annotation.layer == "genre" else annotation


def test_a_folder_is_the_version_that_is_in_it_whatever_revision_is_asked_for(valley_release):
    """What the docs say of ``revision``: it is for the Hub."""
    assert str(load(valley_release, split="test", revision="v9.9.9").info.version) == "0.1.0"


def test_the_card_restores_features_that_the_files_lost(valley_release_copy):
    for path in valley_release_copy.glob("*/*.parquet"):
        pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    assert isinstance(load(valley_release_copy, "events", split="train").features["label"], ClassLabel)


def test_a_file_with_rows_missing_does_not_pass_the_check_of_a_build(valley_release_copy, tmp_path):
    """Sizes of splits in the card would check this too, but they make ``filters`` an error."""
    path = valley_release_copy / "events" / "train-00000-of-00001.parquet"
    written = {"events": {"train": 8, "validation": 4, "test": 4}}
    verify(valley_release_copy, features(codebook()), written, tmp_path / "cache")
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(StandpointError, match="events: load_dataset gives"):
        verify(valley_release_copy, features(codebook()), written, tmp_path / "other")


def test_files_with_other_features_do_not_pass_the_check_of_a_build(valley_release, tmp_path):
    changed = features(codebook())
    changed["events"]["label"] = ClassLabel(names=["strike.air", "no", "territory.capture"])
    with pytest.raises(StandpointError, match="other features"):
        verify(valley_release, changed, {"events": {"train": 8, "validation": 4, "test": 4}}, tmp_path / "cache")


def test_the_card_says_how_large_each_config_is(valley_release):
    """The sizes are those of the files, and of what is loaded; sizes of splits would make ``filters`` an error."""
    for info in nonempty(front(valley_release)["dataset_info"]):
        files = (valley_release / info["config_name"]).glob("*.parquet")
        assert info["download_size"] == sum(path.stat().st_size for path in files) and "splits" not in info
        loaded = load(valley_release, info["config_name"])
        assert info["dataset_size"] == pytest.approx(sum(split.data.nbytes for split in loaded.values()), rel=0.05)


def test_strings_are_plain_strings(valley_release):
    for path in nonempty(valley_release.glob("*/*.parquet")):
        assert "large_string" not in str(pq.read_schema(path))


def test_labels_that_yaml_takes_for_truth_values_stay_words(valley_release):
    names = load(valley_release, "events", split="train").features["label"].names
    assert "no" in names and front(valley_release)["dataset_info"][2]["config_name"] == "events"


def test_splits_of_a_config_have_the_same_columns(valley_release):
    for config in CONFIGS:
        assert len({pq.read_schema(path).remove_metadata().to_string() for path in (valley_release / config).iterdir()}) == 1


def test_annotations_are_each_annotators_own(valley_release):
    row = load(valley_release, "annotations", split="train")[0]
    assert (row["annotator"], row["annotator_kind"], row["pass"], row["assistance"]) == ("a01", "model", "facts", "none")
    assert len(row["spans"]) == 5 and row["spans"][0]["label"] == "no"
    assert {"layer": "genre", "of": "", "label": "report"} in row["choices"]
    assert row["relations"][0]["label"] == "on"
