"""Values of records and sources that are right in other words, or odd: they are read, or reported, and the text is kept."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from ingest_samples import BODY, COURIER, read
from standpoint.core.model import StandpointError
from standpoint.ingest.sources import load_sources

TEXT = BODY[0]


def read_records(tmp_path, *records: object, name: str = "a.jsonl", **source):
    path = tmp_path / name
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return read(path, source=replace(COURIER, **source))


def sources_of(tmp_path, **fields) -> tuple:
    """The source of a file with these fields, and the notes about it."""
    entry = {"id": "courier", "name": "Courier", "match": ["*"], "licence": "CC-BY-4.0", "language": "en"} | fields
    (tmp_path / "sources.yaml").write_text(json.dumps({"sources": [entry]}), encoding="utf-8")
    notes: list = []
    (source,) = load_sources(tmp_path / "sources.yaml", notes.append)
    return source, [(note.code, note.level) for note in notes]


@pytest.mark.parametrize("words", ["English", "eng", "en-US", "en_GB", "EN"])
def test_a_language_is_stored_as_its_code_and_reported_once(tmp_path, words):
    records = [{"title": str(number), "text": f"{TEXT} {number}", "language": words} for number in range(3)]
    articles, issues, _ = read_records(tmp_path, *records, language="de")
    assert [article.language for article in articles] == ["en"] * 3
    assert [(issue.code, issue.level) for issue in issues] == [("LANGUAGE-READ", "note")]
    assert f"{words!r} is stored as 'en' (so are 2 more records)" in issues[0].message


def test_an_unknown_language_of_a_record_is_refused(tmp_path):
    articles, issues, _ = read_records(tmp_path, {"text": TEXT, "language": "xx"}, {"text": BODY[1], "language": ""})
    assert [article.language for article in articles] == ["en"]
    assert [issue.code for issue in issues] == ["RECORD-LANGUAGE"] and issues[0].where.endswith("a.jsonl:1")
    assert "a code of ISO 639 or a name, such as en or English" in issues[0].message


@pytest.mark.parametrize("words, code", [("English", "en"), ("en-US", "en"), ("en_GB", "en"), ("zh-Hans", "zh"), ("deu", "de")])
def test_a_source_has_the_language_that_the_hub_takes(tmp_path, words, code):
    source, notes = sources_of(tmp_path, language=words)
    assert source.language == code and notes == [("LANGUAGE-READ", "note")]


def test_an_unknown_language_of_a_source_is_refused(tmp_path):
    with pytest.raises(StandpointError, match="no language is called 'xx'"):
        sources_of(tmp_path, language="xx")


@pytest.mark.parametrize(
    "words, licence, codes",
    [
        ("CC-BY-4.0", "CC-BY-4.0", []),
        ("all rights reserved", "all rights reserved", []),
        ("CC BY 4.0", "CC-BY-4.0", ["LICENCE-READ"]),
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0", ["LICENCE-READ"]),
        ("CC BY", "CC BY", ["LICENCE-UNKNOWN"]),
        ("free", "free", ["LICENCE-UNKNOWN"]),
    ],
)
def test_a_licence_is_read_or_reported(tmp_path, words, licence, codes):
    source, notes = sources_of(tmp_path, licence=words)
    assert source.licence == licence and [code for code, _ in notes] == codes


@pytest.mark.parametrize("licence, withheld", [("CC-BY-4.0", 0), ("OGL-UK-3.0", 0), ("CC BY", 2), ("all rights reserved", 2)])
def test_texts_that_may_not_be_published_are_counted(tmp_path, licence, withheld):
    _, _, ingested = read_records(tmp_path, {"text": TEXT}, {"text": BODY[1]}, licence=licence)
    assert (ingested.counts["articles"], ingested.counts["withheld"]) == (2, withheld)


ANSWERS = [
    {"status": "ok", "articles": [{"title": "A", "text": TEXT}, {"title": "B", "text": BODY[1]}]},
    {"response": {"results": [{"title": "A", "text": TEXT}, {"title": "B", "text": BODY[1]}], "facets": [{"name": "x"}]}},
    {"news_list": [{"title": "A", "text": TEXT}, {"title": "B", "text": BODY[1]}], "tags": [{"name": "x"}]},
]


@pytest.mark.parametrize("answer, path", [*zip(ANSWERS, ("articles", "response.results", "news_list"), strict=True)])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_the_records_of_an_answer_are_those_of_its_list(tmp_path, answer, path, name):
    articles, (note,), ingested = read_records(tmp_path, answer, name=name)
    assert [article.title for article in articles] == ["A", "B"] and ingested.counts["records"] == 2
    assert (note.code, note.level) == ("FILE-RECORDS", "note") and repr(path) in note.message


def test_an_answer_without_articles_has_no_records_and_a_record_without_text_is_refused(tmp_path):
    articles, (note,), ingested = read_records(tmp_path, {"status": "ok", "articles": []})
    assert articles == [] and note.code == "FILE-RECORDS" and ingested.counts["records"] == 0
    _, (issue,), _ = read_records(tmp_path, {"title": "A", "tags": [{"name": "x"}], "parts": []})
    assert issue.code == "RECORD-COLUMN" and "only 'title', 'tags', 'parts'" in issue.message


def test_a_column_may_be_inside_another_or_be_left_out(tmp_path):
    record = {"headline": {"main": "A"}, "body": {"content": TEXT}, "by": [{"first": "Ada"}], "source": {"id": 7, "label": "X"}}
    columns = {"title": "headline.main", "text": "body.content", "byline": "by.0.first", "source": ""}
    articles, issues, _ = read_records(tmp_path, record, columns=columns)
    assert [(article.title, article.byline, article.original_publisher) for article in articles] == [("A", "Ada", None)]
    assert issues == []


def test_a_column_of_parquet_may_be_inside_another(tmp_path):
    records = [{"body": {"content": TEXT, "html": ""}, "body.title": "A", "source": {"name": "Northwire"}}]
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "a.parquet")
    columns = {"title": "body.title", "text": "body.content"}
    (article,), issues, _ = read(tmp_path / "a.parquet", source=replace(COURIER, columns=columns))
    assert (article.title, article.original_publisher, issues) == ("A", "Northwire", [])


def test_lists_names_and_the_types_of_databases_are_read(tmp_path):
    record = {
        "text": [TEXT, BODY[1]],
        "byline": [{"name": "Ada Orsk"}, {"name": "Ben Sol"}],
        "published": {"$date": {"$numberLong": "1930000000000"}},
        "source": {"id": None, "name": "Northwire"},
    }
    (article,), issues, _ = read_records(tmp_path, record)
    assert article.text == f"{TEXT}\n\n{BODY[1]}" and article.byline == "Ada Orsk, Ben Sol"
    assert (article.published, article.original_publisher, issues) == ("2031-02-27", "Northwire", [])


@pytest.mark.parametrize("value", [1.93e9, 1930000000, 1930000000.5, "1930000000", {"$date": "2031-02-27T10:00:00Z"}])
def test_times_of_programs_are_days(tmp_path, value):
    (article,), issues, _ = read_records(tmp_path, {"text": TEXT, "published": value})
    assert (article.published, issues) == ("2031-02-27", [])


@pytest.mark.parametrize("value", [{"year": 2031}, True, [2031, 3], 45363.0])
def test_a_date_that_is_none_is_refused_as_printed_ones_are(tmp_path, value):
    articles, (issue,), _ = read_records(tmp_path, {"text": TEXT, "published": value})
    assert articles == [] and issue.code == "RECORD-DATE"


@pytest.mark.parametrize("column", ["title", "byline", "standfirst", "url", "source", "language"])
@pytest.mark.parametrize("value", [{"rendered": "x"}, True, 1.5, [["x", {}]]])
def test_an_odd_value_costs_itself_and_not_the_record(tmp_path, column, value):
    records = [{"text": f"{TEXT} {number}", column: value} for number in range(3)]
    articles, issues, _ = read_records(tmp_path, *records)
    assert [article.text for article in articles] == [record["text"] for record in records]
    assert [(issue.code, issue.level) for issue in issues] == [("RECORD-VALUE", "note")]
    assert f"column {column!r} has" in issues[0].message and "(so are 2 more records)" in issues[0].message


def test_each_column_with_odd_values_is_reported(tmp_path):
    _, issues, _ = read_records(tmp_path, {"text": TEXT, "byline": True, "title": {"rendered": "A"}})
    assert [issue.code for issue in issues] == ["RECORD-VALUE"] * 2
    assert "`columns: {title: title.rendered}`" in issues[0].message + issues[1].message


def test_blanks_are_no_value(tmp_path):
    (article,), issues, _ = read_records(
        tmp_path, {"text": TEXT, "language": " ", "published": "\t", "byline": "NaN ", "url": "\n"}
    )
    assert (article.language, article.published, article.byline, article.url, issues) == ("en", None, None, None, [])


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize("depth, code", [(700, "RECORD-VALUE"), (3000, "RECORD-JSON"), (100_000, "RECORD-JSON")])
@pytest.mark.parametrize("column", ["byline", "published"])
def test_lists_of_any_depth_are_reported(tmp_path, name, depth, code, column):
    record = f'{{"text": "{TEXT}", "{column}": {"[" * depth}1{"]" * depth}}}'
    (tmp_path / name).write_text(f"[\n{record}\n]" if name == "a.json" else record)
    _, (issue,), _ = read(tmp_path / name)
    assert issue.code == ("RECORD-DATE" if (column, code) == ("published", "RECORD-VALUE") else code)


@pytest.mark.parametrize("value", [12345, "12345", "12.3 / 45", "…"])
def test_a_text_without_a_letter_is_empty(tmp_path, value):
    articles, (issue,), _ = read_records(tmp_path, {"title": "A", "text": value})
    assert articles == [] and issue.code == "ARTICLE-EMPTY" and f"and {str(value)!r} (" in issue.message


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("a", b"%PDF-1.7", "it seems to be PDF: rename it to .pdf"),
        ("a.doc", b"\xd0\xcf\x11\xe0", "it is a document of a word processor: save it as .docx"),
        ("a", b"PK\x03\x04", "an office program: rename it to .zip or .docx"),
        ("a.wacz", b"PK\x03\x04", "it is an archive of web pages: "),
        ("a.news", b'<?xml version="1.0"?>\n<rss version="2.0">', "it seems to be a feed: rename it to .xml"),
        ("a.tar.gz", gzip.compress(b"x", mtime=0), "it is an archive of files: unpack it first, or pack its files as .zip"),
        ("a.jsonl.zst", b"", "it is a packed file: unpack it first"),
        ("story.html?id=3", b"<!DOCTYPE html><html>", "it seems to be a page: if it is HTML, rename it to .html"),
        ("index", b'[{"text": "a"}]', "it seems to be JSON: rename it to .json"),
        ("notes", b"The army left.", "if it is plain text, rename it to .txt"),
    ],
)
def test_a_file_without_a_reader_says_what_it_is_and_what_to_do(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    _, (issue,), _ = read(tmp_path / name)
    assert issue.code == "FILE-FORMAT" and words in issue.message


def tar() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"), io.BytesIO())
    return packed.getvalue()


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("a.txt", b"%PDF-1.4\n1 0 obj\n", "is PDF, though its name ends in .txt"),
        ("a.md", b"{\\rtf1\\ansi The army left.}", "is RTF, though its name ends in .md: rename it to .rtf"),
        ("a.txt.gz", gzip.compress(tar(), mtime=0), "is an archive of files, though its name ends in .gz: unpack it first"),
        ("a.html", b"PK\x03\x04", "is an archive of files, or a document of an office program"),
        ("a.csv", b"BZh91AY&SY", "is a packed file"),
        ("a.txt", b'<?xml version="1.0"?><rss><channel><item><title>A</title></item></channel></rss>', "is a feed"),
        ("a.txt", b"From: a@b.example\r\nSubject: Bridge\r\n left\r\nMIME-Version: 1.0\r\n\r\nThe army left.", "is e-mail"),
    ],
)
def test_a_file_of_another_format_than_its_name_says_is_refused(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    articles, (issue,), ingested = read(tmp_path / name)
    assert articles == [] and issue.code == "FILE-FORMAT" and words in issue.message and ingested.counts["file_refused"] == 1


def test_words_that_name_a_format_are_text(tmp_path):
    (tmp_path / "a.txt").write_text(f"From: the harbour\n\nContent is missing: {TEXT}\n\nPK is no archive, and BZh no file.")
    articles, issues, _ = read(tmp_path / "a.txt")
    assert [article.title for article in articles] == ["From: the harbour"] and issues == []


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    for name in ("b.txt", "c"):
        os.mkfifo(tmp_path / name)
    articles, issues, _ = read(tmp_path)
    assert len(articles) == 1 and [issue.code for issue in issues] == ["FILE-UNREADABLE", "FILE-FORMAT"]
