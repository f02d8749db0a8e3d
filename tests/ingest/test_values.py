"""Values of records and sources that are right in other words, or odd: they are read, or reported, and the text is kept."""

from __future__ import annotations

import json

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
