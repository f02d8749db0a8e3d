"""One file with many outlets: sources by a column of the record, dates and outlets from datelines, names of files."""

from __future__ import annotations

import json
import unicodedata

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from msgspec.structs import replace

from ingest_samples import BODY, COURIER, read, zones_of
from standpoint.core.model import Article, Issue, StandpointError
from standpoint.ingest.dates import iso_date
from standpoint.ingest.ingest import ingest
from standpoint.ingest.metadata import dateline_facts, inline_dateline
from standpoint.ingest.sources import load_sources

BASE = {"match": ["*.jsonl", "*.txt"], "licence": "CC-BY-4.0", "language": "en"}


def run(tmp_path, sources: list[dict], records: list[dict] | str = (), name: str = "a.jsonl"):
    """The ids of the sources with their articles, and the issues."""
    tmp_path.mkdir(exist_ok=True)
    listed = tmp_path / "sources.yaml"
    listed.write_text(yaml.safe_dump({"sources": [BASE | {"name": item["id"]} | item for item in sources]}), encoding="utf-8")
    path = tmp_path / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        records if isinstance(records, str) else "".join(json.dumps(record) + "\n" for record in records), encoding="utf-8"
    )
    ingested = ingest([tmp_path / "in"], load_sources(listed))
    items = list(ingested.items)
    counts = ingested.counts
    assert counts["records"] == counts["articles"] + counts["duplicates"] + counts["record_refused"]
    assert counts["files"] == counts["read"] + counts["file_refused"] + counts["about"]
    articles = [item for item in items if isinstance(item, Article)]
    return articles, [item for item in items if isinstance(item, Issue)]


def record(number: int, outlet: str, **more) -> dict:
    return {"text": f"{BODY[number % 3]} It was report {number}.", "outlet": outlet, "day": "2031-03-12"} | more


COLUMNS = {"source": "outlet", "published": "day"}


def test_each_record_goes_to_the_source_that_takes_its_outlet(tmp_path):
    sources = [
        {"id": "radio-x", "name": "Radio X", "where": {"source": "Radio X*"}, "columns": COLUMNS},
        {"id": "quay", "where": {"source": ["The Quay", "Quay Post"], "url": "https://quay.example/*"}, "columns": COLUMNS},
    ]
    records = [
        record(1, "Radio X (night service)"),
        record(2, "Quay Post", url="https://quay.example/2"),
        record(3, "Quay Post", url="https://copy.example/2"),
        record(4, "Radio Y"),
    ]
    articles, issues = run(tmp_path, sources, records)
    assert [(item.source, item.original_publisher) for item in articles] == [("radio-x", None), ("quay", None)]
    assert [(issue.code, issue.where.rpartition(":")[2]) for issue in issues] == [
        ("RECORD-NO-SOURCE", "3"),
        ("RECORD-NO-SOURCE", "4"),
    ]
    assert "source 'Radio Y'" in issues[1].message and "url ''" in issues[1].message


def test_a_source_without_where_takes_the_rest_and_names_the_outlet(tmp_path):
    sources = [{"id": "radio-x", "where": {"source": "Radio X"}, "columns": COLUMNS}, {"id": "rest", "columns": COLUMNS}]
    articles, issues = run(tmp_path, sources, [record(1, "Radio X"), record(2, "Radio Y")])
    assert [(item.source, item.original_publisher) for item in articles] == [("radio-x", None), ("rest", "Radio Y")]
    assert issues == []


def test_sources_of_one_file_read_it_alike(tmp_path):
    sources = [{"id": "radio-x", "where": {"source": "Radio X"}, "columns": COLUMNS}, {"id": "rest"}]
    articles, (issue,) = run(tmp_path, sources, [record(1, "Radio X")])
    assert issue.code == "FILE-SOURCES" and "radio-x and rest" in issue.message and articles == []
    assert run(tmp_path, [{"id": "all", "columns": COLUMNS}, {"id": "never"}], [record(1, "Radio X")])[1] == []


@pytest.mark.parametrize("where", [{"outlet": "Radio X"}, {"text": "*"}, {"source": 5}, ["Radio X"]])
def test_a_where_that_cannot_be_understood_is_refused(tmp_path, where):
    with pytest.raises(StandpointError):
        run(tmp_path, [{"id": "radio-x", "where": where}])


def test_names_in_two_normal_forms_are_one_name(tmp_path):
    folder, glob = (unicodedata.normalize(form, "Süd-Kurier") for form in ("NFD", "NFC"))
    for number, (file, pattern) in enumerate([(folder, glob), (glob, folder)]):
        root = tmp_path / str(number)
        articles, issues = run(root, [{"id": "kurier", "match": [f"{pattern}/*"]}], [{"text": BODY[0]}], f"{file}/a.jsonl")
        assert len(articles) == 1 and issues == []
    sources = [{"id": "kurier", "where": {"source": glob}, "columns": COLUMNS}]
    assert len(run(tmp_path / "2", sources, [record(1, folder)])[0]) == 1


def test_a_bracket_in_a_glob_is_explained(tmp_path):
    _, (issue,) = run(tmp_path, [{"id": "kurier", "match": ["[Kurier]/*"]}], [{"text": BODY[0]}], "[Kurier]/a.jsonl")
    assert issue.code == "FILE-NO-SOURCE" and "'[Kurier]/*' of kurier" in issue.message and "[[]" in issue.message
    articles, issues = run(tmp_path, [{"id": "kurier", "match": ["[[]Kurier]/*"]}], [{"text": BODY[0]}], "[Kurier]/a.jsonl")
    assert len(articles) == 1 and issues == []


@pytest.mark.parametrize(
    "line, day, agency",
    [
        ("PORT SELE, 5 JAN 31 (NORTHWIRE) -- [TEXT] THE ARMY LEFT.", "2031-01-05", "NORTHWIRE"),
        ("PORT SELE, 5 NOV 89 (RADIO X - Y [RXY]) -- [TEXT] THE ARMY LEFT.", "1989-11-05", "RADIO X - Y [RXY]"),
        ("UPPER QUAY, 12 MAR 31 -- [STATEMENT] THE ARMY LEFT.", "2031-03-12", ""),
        ("PORT SELE, March 12, 2031 (Northwire) – The army left.", "2031-03-12", "Northwire"),
        ("PORT SELE, March 12 (Northwire) - The army left.", None, "Northwire"),
        ("PORT SELE (Northwire) - The army left.", None, "Northwire"),
        ("NATO - the alliance - met.", None, ""),
        ("The army left on 5 January 2031 -- again.", None, ""),
        ("PORT SELE, 31 FEB 31 (NORTHWIRE) -- THE ARMY LEFT.", None, "NORTHWIRE"),
    ],
)
def test_a_dateline_has_a_date_and_an_agency(line, day, agency):
    printed, found = dateline_facts(line)
    assert ((iso_date(printed) if printed else None), found) == (day, agency)
    assert bool(inline_dateline(line)) == bool(printed or found)


WIRE = (
    "No. 12 (desk)\n\nPORT SELE, 5 JAN 31 (NORTHWIRE) -- The army left the bridge. Nobody was hurt.\n\nCarts came back at night."
)


def test_a_dateline_is_read_only_where_the_source_says_so(tmp_path):
    (article,), issues = run(tmp_path, [{"id": "desk"}], WIRE, "a.txt")
    assert (article.published, article.original_publisher, issues) == (None, None, [])
    (article,), (note,) = run(tmp_path, [{"id": "desk", "datelines": True}], WIRE, "a.txt")
    assert (article.published, article.original_publisher) == ("2031-01-05", "NORTHWIRE")
    assert (note.where, note.code, note.level) == ("desk", "DATELINE-READ", "note") and "of 1 records" in note.message
    assert [name for name, _ in zones_of(article)] == ["headline", "dateline", "body"]


def test_an_outlet_of_a_dateline_selects_the_source(tmp_path):
    sources = [{"id": "northwire", "where": {"source": "NORTH*"}, "datelines": True}, {"id": "rest", "datelines": True}]
    articles, _ = run(tmp_path, sources, [{"text": WIRE}, {"text": WIRE.replace("NORTHWIRE", "AFW"), "published": "2031-02-02"}])
    assert [(item.source, item.published, item.original_publisher) for item in articles] == [
        ("northwire", "2031-01-05", None),
        ("rest", "2031-02-02", "AFW"),
    ]


CORE = {
    "dc:title": "Carts left", "DC.creator": "Ada Reed", "dc:date": "2030-01-01", "dcterms:issued": "2031-03-12",
    "DC.Publisher": "Quay Post", "dc:identifier": "https://quay.example/12",
}  # fmt: skip


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet", "a.html"])
def test_dublin_core_is_read_in_records_and_pages(tmp_path, name):
    path, text = tmp_path / name, " ".join(BODY)
    if name == "a.html":
        metas = "".join(f'<meta name="{key}" content="{value}">' for key, value in CORE.items() if key != "dc:date")
        path.write_text(f"<html><head>{metas}</head><body><article><p>{'</p><p>'.join(BODY)}</p></article></body></html>")
    elif name == "a.csv":
        path.write_text(",".join(["text", *CORE]) + "\n" + ",".join([f'"{text}"', *CORE.values()]) + "\n")
    elif name == "a.parquet":
        pq.write_table(pa.Table.from_pylist([{"text": text} | CORE]), path)
    else:
        path.write_text(json.dumps({"text": text} | CORE) + "\n")
    (article,), issues, _ = read(path)
    assert (article.title, article.byline, article.published) == ("Carts left", "Ada Reed", "2031-03-12")
    assert (article.original_publisher, article.url, issues) == ("Quay Post", "https://quay.example/12", [])


def test_what_the_record_or_the_source_names_comes_before_dublin_core(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        json.dumps(
            {"text": BODY[0], "title": "", "day": "2031-04-04", "dc:identifier": "qp-12"} | CORE | {"dc:identifier": "qp-12"}
        )
    )
    (article,), _, _ = read(path, source=replace(COURIER, columns={"published": "day"}))
    assert (article.title, article.published, article.url) == ("", "2031-04-04", None)


def test_the_dates_of_old_pages_are_read(corpora):
    source = replace(COURIER, datelines=True)
    articles, issues, _ = read(*sorted((corpora / "muc3").glob("*/*.xhtml")), source=source)
    assert len(articles) == 260 and all("1989-11-10" <= (article.published or "") <= "1989-12-20" for article in articles)
    assert sum(article.original_publisher == "RADIO VENCEREMOS" for article in articles) == 66
    assert {issue.code for issue in issues} <= {"DATELINE-READ", "ARTICLE-CUT"}
