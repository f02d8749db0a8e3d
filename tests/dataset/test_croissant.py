"""croissant.json: valid without a warning but one, its hashes those of the files, its records those of the Parquet files."""

from __future__ import annotations

import json
import logging

import mlcroissant
import pyarrow.parquet as pq
import pytest

from nonempty import nonempty
from release_corpus import agreement_figure, build, corpus, plan, prose, records
from standpoint.dataset.release_folder import listed

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries that mlcroissant is made with


@pytest.fixture(scope="module")
def written_metadata(tmp_path_factory):
    out = tmp_path_factory.mktemp("croissant") / "release"
    figures = [agreement_figure("events", "F1", 0.5, 40), agreement_figure("stance", "alpha", None, 0)]
    build(records(corpus()), plan(prose=prose(platform="paper"), agreement=figures), out)
    return out


@pytest.fixture(scope="module")
def croissant_json(written_metadata) -> dict:
    return json.loads((written_metadata / "croissant.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def opened(written_metadata) -> mlcroissant.Dataset:
    """The release as mlcroissant reads it, which takes half a second."""
    return mlcroissant.Dataset(str(written_metadata / "croissant.json"))


def test_it_is_valid_and_warns_of_nothing_but_the_date(written_metadata, caplog):
    """A date of publication would make two builds differ; the tag on the Hub has one."""
    with caplog.at_level(logging.WARNING):
        dataset = mlcroissant.Dataset(str(written_metadata / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert ["datePublished" in warning for warning in dataset.metadata.ctx.issues.warnings] == [True]
    assert [one.message for one in caplog.records if "@context" in one.getMessage()] == []
    assert str(dataset.metadata.version) == "0.1.0" and dataset.metadata.ctx.is_v1_1()


def test_each_file_is_there_with_its_hash(written_metadata, croissant_json):
    sums = listed(written_metadata)
    files = {one["contentUrl"]: one["sha256"] for one in croissant_json["distribution"]}
    assert files == {name: digest for name, digest in sums.items() if name.endswith(".parquet")} and len(files) == 25


def column(rows: list[dict], name: str) -> list:
    """The values of a field, text as text."""
    return [value.decode() if isinstance(value, bytes) else value for value in (row[name] for row in rows)]


def test_its_records_are_the_rows_of_the_files(written_metadata, opened):
    for record_set in nonempty(opened.metadata.record_sets):
        config, split = record_set.id.split("/")
        table = pq.read_table(written_metadata / config / f"{split}-00000-of-00001.parquet")
        rows = list(opened.records(record_set.id))
        assert len(rows) == table.num_rows
        for field in nonempty(record_set.fields):
            if not field.sub_fields and not field.repeated:
                assert column(rows, field.id) == table[field.name].to_pylist(), field.id


def test_lists_of_structures_are_lists_of_records(written_metadata, opened):
    table = pq.read_table(written_metadata / "documents" / "train-00000-of-00001.parquet")
    for row, original in nonempty(zip(opened.records("documents/train"), table.to_pylist(), strict=True)):
        spans = [
            (one["documents/train/events/start"], one["documents/train/events/label"]) for one in row["documents/train/events"]
        ]
        assert spans == [(one["start"], one["label"]) for one in original["events"]]
    row = next(iter(opened.records("stance/train")))
    assert row["stance/train/soft"] == [0.0, 0.5, 0.0, 0.5, 0.0]
    assert [one["stance/train/distribution/annotator"] for one in row["stance/train/distribution"]] == [b"a01", b"a02"]


def test_labels_say_what_their_numbers_mean(croissant_json):
    events = next(one for one in croissant_json["recordSet"] if one["@id"] == "events/test")
    label = next(one for one in events["field"] if one["name"] == "label")
    assert (label["dataType"], label["description"]) == ("sc:Integer", "0 = strike.air; 1 = territory.capture; 2 = no")


def test_the_responsible_ai_properties_are_the_prose_and_what_was_counted(opened, croissant_json):
    metadata = opened.metadata
    assert metadata.data_collection.startswith("**Why?** For the valley: collection")
    assert metadata.annotations_per_item == "8 articles have 2 annotation sets in the pass facts"
    assert metadata.machine_annotation_tools == ["a01: model, not known", "a02: rule"]
    assert metadata.data_annotation_platform == ["paper"]
    weighted = "mean over pairs of annotators, weighted by n"
    assert metadata.data_annotation_analysis == [f"model-model: events, F1 = 0.500 (n = 40; {weighted})"]
    assert sum(name.startswith("rai:") for name in croissant_json) == 14


def test_on_the_hub_files_are_at_the_tag(tmp_path):
    """From a copy on disk they are read through ``mapping``."""
    out = tmp_path / "release"
    build(records(corpus()), plan(prose=prose(repo="veld/reports")), out)
    told = json.loads((out / "croissant.json").read_text(encoding="utf-8"))
    first = told["distribution"][0]
    assert (
        first["contentUrl"] == "https://huggingface.co/datasets/veld/reports/resolve/v0.1.0/documents/test-00000-of-00001.parquet"
    )
    here = {one["@id"]: str(out / one["contentUrl"].partition("v0.1.0/")[2]) for one in told["distribution"]}
    dataset = mlcroissant.Dataset(str(out / "croissant.json"), mapping=here)
    assert len(list(dataset.records("events/test"))) == 4
