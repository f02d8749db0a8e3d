"""One bad file a code: it is reported by that code with its file and line, and the counts add up."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest_samples import BAD, BODY, COURIER, read
from standpoint.ingest.ingest import ingest
from standpoint.ingest.sources import Source

LINES = {"record-json": 2, "record-encoding": 2, "record-csv": 3, "article-duplicate": 2}
LEFT = {"record-json": 1, "record-encoding": 1, "record-csv": 2, "article-duplicate": 1}
ALL = sorted(path for path in BAD.iterdir() if path.name != "README.md")


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_each_bad_file_gives_its_code(path):
    name = path.name.split(".")[0]
    source = (
        Source(id="a", name="A", match=("elsewhere/*",), licence="CC0-1.0", language="en")
        if name == "file-no-source"
        else COURIER
    )
    articles, issues, ingested = read(path, source=source)
    assert [issue.code for issue in issues] == [name.upper()]
    assert issues[0].where == f"{path}:{LINES.get(name, 1)}"
    assert len(articles) == LEFT.get(name, 0)


def test_the_rest_goes_on_and_the_counts_add_up():
    articles, issues, ingested = read(BAD)
    counts = ingested.counts
    assert counts["files"] == len(ALL) + 1 == counts["read"] + counts["file_refused"] + counts["about"]
    assert counts["records"] == counts["articles"] + counts["duplicates"] + counts["record_refused"]
    assert counts["articles"] == len(articles) and articles
    assert len(issues) == counts["file_refused"] + counts["about"] + counts["duplicates"] + counts["record_refused"]
    assert {issue.level for issue in issues if issue.code in ("FILE-ABOUT", "ARTICLE-DUPLICATE")} == {"note"}


def test_a_parquet_file_with_a_column_whose_name_is_not_utf_8(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["One."], "column": ["x"]}), path)
    path.write_bytes(path.read_bytes().replace(b"column", b"\xf5olumn"))
    _, issues, _ = read(path)
    assert [issue.code for issue in issues] == ["FILE-FORMAT"] and "column whose name is not UTF-8" in issues[0].message


def test_a_file_that_is_not_there_and_one_that_is_not_parquet(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"no parquet at all")
    _, issues, _ = read(tmp_path / "none.txt", tmp_path / "a.parquet")
    assert [issue.code for issue in issues] == ["FILE-UNREADABLE", "FILE-FORMAT"]


@pytest.mark.parametrize("value", ['[["a"]]', '{"text": [{"a": "b"}]}', '{"title": "a"}', '{"text": 1.5}'])
def test_a_record_that_is_no_article_is_named(tmp_path, value):
    (tmp_path / "a.json").write_text(value)
    _, issues, _ = read(tmp_path / "a.json")
    assert [issue.code[:7] for issue in issues] == ["RECORD-"]


def test_a_file_that_breaks_off_keeps_what_came_before(tmp_path):
    import gzip

    lines = b"".join(
        b'{"text": "The mill of house %d burned for a day and a night. \\ud83d\\ude00 %d"}\n' % (n, n * n * 7919)
        for n in range(900)
    )
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines)[:-900])
    ingested = ingest([tmp_path], [COURIER])
    codes = [getattr(item, "code", "article") for item in ingested.items]
    # The encoding is that of all of the file, so a file that breaks off is refused before its first record.
    assert codes == ["FILE-UNREADABLE"]


def test_folders_behind_links_are_read_once_and_a_broken_link_is_reported(tmp_path):
    folder, elsewhere = tmp_path / "in", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "far.txt").write_text(f"A bridge far away\n\n{BODY[0]}\n")
    (folder / "near.txt").write_text(f"A bridge nearby\n\n{BODY[1]} It is nearby.\n")
    (folder / "link").symlink_to(elsewhere, target_is_directory=True)
    (elsewhere / "back").symlink_to(folder, target_is_directory=True)  # a circle
    (folder / "gone.txt").symlink_to(tmp_path / "nothing.txt")
    articles, issues, _ = read(folder)
    assert sorted(article.title for article in articles) == ["A bridge far away", "A bridge nearby"]
    assert [(Path(issue.where).name, issue.code) for issue in issues] == [("gone.txt:1", "FILE-UNREADABLE")]


@pytest.mark.parametrize(
    "text", ["<svg>word</svg><p>Rye.</p>", "<html><frameset>Rye.<p>Sold.</p>", "</script><html>\n- a<html><br>b</article>"]
)
@pytest.mark.parametrize("name", ["a.html", "a.txt", "a.md", "a.json"])
def test_a_page_whose_root_is_no_body_is_read_or_refused(text, name, tmp_path):
    (tmp_path / name).write_text(json.dumps([{"text": text}]) if name == "a.json" else text)
    articles, issues, ingested = read(tmp_path / name)
    assert ingested.counts["read"] + ingested.counts["file_refused"] == 1
    assert len(articles) == 1 or {issue.code for issue in issues} & {"FILE-FORMAT", "ARTICLE-EMPTY"}
