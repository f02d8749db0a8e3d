"""What a release contains: columns made and read back, hashes that do not depend on the writer, nothing withheld in it."""

from __future__ import annotations

import json
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Features, List, Value, load_dataset
from hypothesis import given
from hypothesis import strategies as st

from another_codebook import another_codebook
from nonempty import nonempty
from release_corpus import TYPED, WORDS, article, build, corpus, plan, records
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Choice, Relation, Span
from standpoint.dataset import parquet_files, release_folder
from standpoint.dataset.build import Records
from standpoint.dataset.parquet_files import batch, values
from standpoint.dataset.release_folder import canonical, content_hash
from standpoint.splits.splits import SplitRow

FEATURES = Features(
    {
        "name": Value("string"),
        "label": ClassLabel(names=["1", "0", "no"]),
        "items": List({"at": Value("int32"), "tags": List(ClassLabel(names=["a", "b"])), "weight": Value("float64")}),
    }
)
weights = st.none() | st.floats(allow_nan=False)
item = st.fixed_dictionaries({"at": st.integers(0, 99), "tags": st.lists(st.sampled_from("ab"), max_size=3), "weight": weights})
row = st.fixed_dictionaries(
    {"name": st.none() | st.text(), "label": st.none() | st.sampled_from(["1", "0", "no"]), "items": st.lists(item, max_size=3)}
)


def coded(one: dict) -> dict:
    """A row with its labels as they are stored."""
    items = [item | {"tags": ["ab".index(tag) for tag in item["tags"]]} for item in one["items"]]
    return one | {"label": None if one["label"] is None else ["1", "0", "no"].index(one["label"]), "items": items}


@given(st.lists(row, max_size=4))
def test_columns_hold_what_rows_say(rows):
    made = batch(rows, FEATURES, FEATURES.arrow_schema)
    assert made.to_pylist() == list(map(coded, rows))
    assert values(made.to_struct_array()) == made.to_pylist()
    assert made.schema.equals(FEATURES.arrow_schema, check_metadata=True)


def test_values_of_a_slice_are_those_of_the_slice():
    rows = [{"name": str(n), "label": "no", "items": [{"at": n, "tags": ["a"] * n, "weight": None}] * n} for n in range(6)]
    made = batch(rows, FEATURES, FEATURES.arrow_schema)
    assert values(made.slice(2, 3).to_struct_array()) == made.slice(2, 3).to_pylist()


def test_a_label_that_is_a_number_is_never_taken_for_a_place():
    with pytest.raises(KeyError):
        batch([{"name": "", "label": "2", "items": []}], FEATURES, FEATURES.arrow_schema)


def test_row_groups_bound_memory_and_lose_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_files, "GROUP", 4)
    with parquet_files.writing(tmp_path, {"one": FEATURES}) as writing:
        for number in range(10):
            writing.add("one", "train", {"name": str(number), "label": "0", "items": []})
    assert writing.rows == {"one": {"train": 10}}
    file = pq.ParquetFile(tmp_path / parquet_files.file_name("one", "train"))
    assert [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)] == [4, 4, 2]
    assert file.read()["name"].to_pylist() == list(map(str, range(10)))


@pytest.mark.parametrize("value", [{"b": 1, "a": "é😀\n\x01"}, [0.1, -1.0, 90.0], None])
def test_canonical_json_is_what_the_standard_library_writes(value):
    assert canonical(value).decode() == json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=300))
def test_digests_are_sorted_on_disk_as_in_memory(digests):
    assert list(release_folder._in_order(iter(digests))) == sorted(digests)


def rewrite(folder, change):
    for path in folder.glob("*/*.parquet"):
        table = pq.read_table(path)
        pq.write_table(change(table), path, compression="none", row_group_size=1)


def test_the_content_hash_depends_on_neither_writer_nor_order(valley_release, valley_release_copy):
    rewrite(valley_release_copy, lambda table: table.take(pa.array(range(table.num_rows - 1, -1, -1))))
    assert content_hash(valley_release_copy) == content_hash(valley_release)
    assert content_hash(valley_release) in (valley_release / "README.md").read_text(encoding="utf-8")


def test_the_content_hash_changes_with_a_value_a_label_and_a_split(valley_release, valley_release_copy):
    path, other = (valley_release_copy / "stance" / f"{split}-00000-of-00001.parquet" for split in ("test", "train"))
    table = pq.read_table(path)
    pq.write_table(table.set_column(table.column_names.index("actor"), "actor", pa.array(["act-000003"] * table.num_rows)), path)
    hashes = {content_hash(valley_release), content_hash(valley_release_copy)}
    told = table.schema.metadata[b"huggingface"].replace(b'"rebel_group"', b'"rebels"')
    pq.write_table(table.replace_schema_metadata({"huggingface": told}), path)
    hashes.add(content_hash(valley_release_copy))
    path.write_bytes(other.read_bytes())
    assert len(hashes | {content_hash(valley_release_copy)}) == 4


def strings(value: object):
    """All strings in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        yield from (found for inner in (value.values() if isinstance(value, dict) else value) for found in strings(inner))


def test_nothing_that_is_withheld_is_anywhere_in_the_release(valley_release):
    words = [*WORDS["ridge-post"], "Ridge 0", "Ridge 2"]
    found = [one for path in valley_release.glob("*/*.parquet") for one in strings(pq.read_table(path).to_pylist())]
    assert any("overran" in one.text for one in corpus()) and len(found) > 1000
    assert [one for one in found if any(word in one for word in words)] == []
    for path in nonempty(valley_release.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        assert not any(word.encode() in data for word in words), path
        assert b"Orla Quill" not in data
    assert any("took" in one for one in found)


def test_what_was_typed_on_a_withheld_article_is_not_there_if_it_is_long(valley_release):
    with_text = {one.id for one in corpus() if one.licence == "CC-BY-4.0"}
    for row in nonempty(load_dataset(str(valley_release), "annotations", split="train")):
        typed = [choice["label"] for choice in row["choices"] if choice["layer"] == "newcomer"]
        assert typed == [TYPED if row["article_id"] in with_text else None]


def records_of_another_codebook() -> Records:
    """Three reports after the codebook of another project."""
    articles = [article(number) for number in (1, 2, 3)]
    made = []
    for one in articles:
        spans = [
            Span(id=f"s{at}", layer=layer, label=label, start=at, end=at + 2, quote=one.text[at : at + 2])
            for at, layer, label in MARKED_WORDS
        ]
        choices = [Choice(id="h", layer="health", label="blighted", of="s0"), Choice(id="t", layer="tone", label="hopeful")]
        made.append((*spans, *choices, Relation(id="m", layer="measure", label="yield", head="s0", tail="s3")))
    common = {"codebook_version": "0.3.0"}
    adjudicated = [
        AdjudicatedSet(article_id=one.id, tier="silver", text_sha256=one.sha256, annotators=("a01",), annotations=items, **common)
        for one, items in zip(articles, made, strict=True)
    ]
    sets = [
        AnnotationSet(
            article_id=one.id,
            annotator="a01",
            pass_name="reading",
            annotator_kind="model",
            text_sha256=one.sha256,
            annotations=items,
            **common,
        )
        for one, items in zip(articles, made, strict=True)
    ]
    splits = [
        SplitRow(one.id, split, one.id, one.id, "drawn")
        for one, split in zip(articles, ("train", "validation", "test"), strict=True)
    ]
    return Records(articles, adjudicated, sets, splits)


MARKED_WORDS = ((0, "crops", "grain"), (3, "amounts", "weight"), (6, "crops", "fruit"))


def test_another_codebook_makes_another_dataset_with_the_same_code(tmp_path):
    summary = build(records_of_another_codebook(), plan(codebook=another_codebook(), registry=None), tmp_path / "release")
    assert list(summary.rows) == ["documents", "crops", "annotations", "resolutions", "articles"] and summary.notes == []
    documents = load_dataset(str(tmp_path / "release"), split="train", cache_dir=str(tmp_path / "cache"))
    tone, crop = documents.features["tone"], documents.features["crops"].feature
    row = documents[0]
    assert tone.int2str(row["tone"]) == "hopeful" and row["remark"] is None
    grain, fruit = row["crops"]
    assert crop["health"].int2str(grain["health"]) == "blighted" and fruit["health"] is None
    assert grain["measure"] == [{"label": 0, "tail": "s3", "start": 3, "end": 5}] and fruit["measure"] == []
    table = load_dataset(str(tmp_path / "release"), "crops", split="test", cache_dir=str(tmp_path / "cache"))
    assert table.num_rows == 2 and "actor_name" not in table.column_names


def test_a_row_hash_is_of_the_row_alone(valley_release):
    """The identity of a release can be computed anew by anybody who reads its description."""
    whole = sha256()
    for path in sorted(valley_release.glob("*/*.parquet")):
        config, split = path.parent.name, path.name.split("-")[0]
        names = {}
        features = Features.from_arrow_schema(pq.read_schema(path))

        def walk(feature, at, names=names):
            if isinstance(feature, ClassLabel):
                names[at] = feature.names
            elif isinstance(feature, List):
                walk(feature.feature, at + "[]")
            elif isinstance(feature, dict):
                for name, inner in feature.items():
                    walk(inner, f"{at}.{name}" if at else name)

        walk(features, "")
        dumped = json.dumps([config, split, names], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        whole.update(dumped.encode() + b"\n")
        rows = pq.read_table(path).to_pylist()
        lines = [json.dumps(one, sort_keys=True, ensure_ascii=False, separators=(",", ":")) for one in rows]
        for digest in sorted(sha256(line.encode()).digest() for line in lines):
            whole.update(digest)
    assert whole.hexdigest() == content_hash(valley_release)


def test_the_valley_is_in_the_records():
    assert len(records(corpus()).articles) == 8
