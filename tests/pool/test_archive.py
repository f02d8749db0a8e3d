"""What a pool reads: every format, packing and kind of name; and what it writes is what `ingest` reads as the same articles."""

from __future__ import annotations

import gzip
import json
from itertools import chain
from pathlib import Path

import fsspec
import pytest

from command_line import run
from small_archive import PROJECT, lines, of_all_formats, page, pooled, war, write
from standpoint.core.model import Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.ingest.ingest import ingest_paths
from standpoint.pool.archive import ArchiveFile, archive_files, shares


def test_all_formats_and_packings_of_a_folder_are_read(tmp_path):
    archive = of_all_formats(tmp_path / "archive")
    report = pooled([str(archive)], tmp_path / "pool", tmp_path / "sources.yaml")
    assert (report.read, report.drawn, report.left_out, report.refused) == (14, 14, {}, [])
    assert report.files == {"files": 8, "read": 8}
    drawn = {one.value: one.got for one in report.strata if one.kind == "outlet"}
    assert drawn == {"courier": 10, "herald": 4}


@pytest.mark.parametrize("name", ["{}/*.jsonl*", "file://{}/courier-[123]*", "{}/courier-1.jsonl {}/courier-[23]*"])
def test_globs_and_addresses_name_the_same_files(name, tmp_path):
    archive = of_all_formats(tmp_path / "archive")
    files = archive_files(name.replace("{}", str(archive)).split())
    assert [Path(file.address).name for file in files] == ["courier-1.jsonl", "courier-2.jsonl.gz", "courier-3.jsonl.bz2"]


def test_an_address_is_read_where_it_is(tmp_path):
    write(tmp_path / "archive", {})
    memory = fsspec.filesystem("memory")
    memory.pipe(
        {"/pool-test/courier-1.jsonl.gz": gzip.compress(lines([war(1)])), "/pool-test/in/courier-2.jsonl": lines([war(2)])}
    )
    try:
        report = pooled(["memory://pool-test"], tmp_path / "pool", tmp_path / "sources.yaml", tasks=2)
    finally:
        memory.rm("/pool-test", recursive=True)
    assert (report.read, report.drawn, report.files) == (2, 2, {"files": 2, "read": 2})


def test_files_are_shared_out_in_runs_of_about_the_same_size():
    files = [ArchiveFile(str(number), size) for number, size in enumerate([10, 1000, 10, 10, 980, 0])]
    for tasks in range(1, 7):
        parts = shares(files, tasks)
        assert len(parts) == tasks and list(chain(*parts)) == list(range(6))
    assert shares(files, 2) == [range(0, 2), range(2, 6)]


def test_names_without_a_file_are_refused(tmp_path):
    for name in (str(tmp_path / "no"), str(tmp_path / "*.jsonl"), "memory://not-there", "nowhere://x"):
        with pytest.raises(StandpointError, match="no file is there|cannot be listed"):
            archive_files([name])


def test_ingest_makes_the_same_articles_of_the_records(tmp_path):
    """Also of pages whose captions and standfirsts only the markup shows, and of texts with characters of HTML."""
    captioned = page(war(1)).replace(
        "<p>Witnesses", "<figure><img src='x.png'><figcaption>The old depot</figcaption></figure><p>W"
    )
    told = war(
        2, text=war(2)["text"] + "\n\nA&B <i>said</i> &amp;lt; nothing.", byline="Ada Lorn", url="https://courier.example/2"
    )
    agency = war(3, source="Northwire", standfirst="Two depots burn.", language="French")
    archive = write(tmp_path / "archive", {"courier-1.html": captioned.encode(), "courier-2.jsonl": lines([told, agency])})
    report = pooled([str(archive)], tmp_path / "pool", tmp_path / "sources.yaml")
    assert (report.drawn, report.other) == (3, 0)
    articles = []
    for number, (paths, sources) in enumerate([(archive, tmp_path), (tmp_path / "pool" / "records", tmp_path / "pool")]):
        project = Project(tmp_path / str(number))
        project.guidelines.parent.mkdir()
        project.guidelines.symlink_to(PROJECT.guidelines)
        ingest_paths(project, [paths], sources / "sources.yaml", Reporter())
        articles.append({path.name: path.read_bytes() for path in project.articles.iterdir()})
    assert articles[0] == articles[1] and b'"caption"' in articles[0]["courier.jsonl"]


def test_what_cannot_be_read_is_in_the_report(tmp_path):
    files = {"courier-1.jsonl": lines([war(1), {"title": "Empty", "text": ""}, war(2, published="yesterday")]) + b"{broken\n"}
    archive = write(
        tmp_path / "archive", files | {"other.jsonl": lines([war(3)]), "courier-9.jsonl.gz": gzip.compress(b"x")[:-9]}
    )
    report = pooled([str(archive)], tmp_path / "pool", tmp_path / "sources.yaml")
    assert report.files == {"file_refused": 2, "files": 3, "read": 1}
    assert sorted(code for _, code, _ in report.refused) == ["FILE-NO-SOURCE", "FILE-UNREADABLE"]
    assert report.left_out == {"ARTICLE-EMPTY": 1, "RECORD-DATE": 1, "RECORD-JSON": 1}
    rows = [json.loads(line) for line in gzip.decompress((tmp_path / "pool" / "left-out.jsonl.gz").read_bytes()).splitlines()]
    assert [(row["where"].rpartition("/")[2], row["reason"]) for row in rows] == [
        ("courier-1.jsonl:2", "ARTICLE-EMPTY"),
        ("courier-1.jsonl:3", "RECORD-DATE"),
        ("courier-1.jsonl:4", "RECORD-JSON"),
    ]


def test_the_command_prints_counts_and_what_to_do_next(tmp_path):
    archive = of_all_formats(tmp_path / "archive")
    words = ["--project", str(PROJECT.root), "pool", str(archive), "--out", str(tmp_path / "pool"), "--sources"]
    words += [str(tmp_path / "sources.yaml"), "--words", "20", "--number", "5", "--jobs", "1", "--language", "English"]
    said = run(*words)
    assert "14  read\n        5  drawn\n        9  left out: not drawn" in said
    assert f"standpoint ingest {tmp_path / 'pool' / 'records'}" in said
    assert run(*words) == said
    assert "no language is called 'Klingonese'" in run(*words, "--language", "Klingonese", code=2)
