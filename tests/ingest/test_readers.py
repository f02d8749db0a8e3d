"""Each format gives the same article: from disk, packed, with other line ends, other encodings, other normal forms."""

from __future__ import annotations

import csv
import gzip
import json
import unicodedata
from io import BytesIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest_samples import BODY, COURIER, read, zones_of
from nonempty import nonempty
from standpoint.ingest import readers
from standpoint.ingest.encoding import encoding_of

TITLE = "Army takes the Ember Bridge"
RECORD = {
    "title": TITLE,
    "text": "\n\n".join(BODY),
    "published": "2031-03-12",
    "url": "https://courier.example/1",
    "byline": "Mira Sol",
}
PLAIN = f"{TITLE}\n\nBy Mira Sol\n\n12 March 2031\n\n" + "\n\n".join(BODY) + "\n"
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE} | The Harbour Courier</title>
<meta name="author" content="Mira Sol"><meta property="article:published_time" content="2031-03-12T08:00:00Z">
<link rel="canonical" href="https://courier.example/1"></head><body><nav><a href="/">Home</a><a href="/war">War</a></nav>
<article><h1>{TITLE}</h1><p class="standfirst">A crossing that both sides need has changed hands again this week.</p>
<figure><img src="a.jpg"><figcaption>The bridge in winter. Photo: M. Sol</figcaption></figure>
{"".join(f"<p>{line}</p>" for line in BODY)}</article><footer>© 2031 The Harbour Courier</footer></body></html>"""


def write(folder, name, records):
    path = folder / name
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(records), path)
    elif name.endswith((".csv", ".tsv")):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, records[0], delimiter="\t" if name.endswith("tsv") else ",")
            writer.writeheader()
            writer.writerows(records)
    elif name.endswith(".json"):
        path.write_text(json.dumps(records, indent=1), encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.tsv", "a.parquet"])
def test_records(tmp_path, name, packed):
    other = RECORD | {
        "title": "Second",
        "text": "The mill burned.\nIt was old, “very old”, he said; 橋 too.",
        "url": None if name[2] != "c" else "",
    }
    path = write(tmp_path, name, [RECORD, other])
    if packed:
        packed_path = path.with_name(path.name + ".gz")
        packed_path.write_bytes(gzip.compress(path.read_bytes()))
        path = packed_path
    (first, second), issues, _ = read(path)
    assert not issues
    assert (first.title, first.published, first.byline, first.url) == (TITLE, "2031-03-12", "Mira Sol", RECORD["url"])
    assert zones_of(first) == [("headline", TITLE), ("body", "\n\n".join(BODY))]
    assert first.id.startswith("harbour-courier-2031-03-12-") and first.id.endswith(first.sha256[:8])
    assert len(second.paragraphs) == 3


def test_columns_are_mapped_and_one_that_is_not_there_is_named(tmp_path):
    records = [{"kop": TITLE, "tekst": BODY[0], "dag": "2031-03-12"}]
    source = msgspec.structs.replace(COURIER, columns={"title": "kop", "text": "tekst", "published": "dag"})
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        (article,), _, _ = read(write(tmp_path, name, records), source=source)
        assert (article.title, article.published) == (TITLE, "2031-03-12")
        wrong = msgspec.structs.replace(source, columns=source.columns | {"url": "adres"})
        articles, (issue,), _ = read(tmp_path / name, source=wrong)
        assert issue.code == "RECORD-COLUMN" and "'adres'" in issue.message and not articles


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_make_no_difference(tmp_path, encoding, ends):
    text = PLAIN + "\n\nThe café on the quay stayed open – “as ever”, said its owner, Zoë Crève. Elle était là, très tôt.\n"
    (tmp_path / "a.txt").write_bytes(text.encode())
    (tmp_path / "b.txt").write_bytes(
        unicodedata.normalize("NFC" if encoding == "cp1252" else "NFD", text).replace("\n", ends).encode(encoding)
    )
    articles, issues, ingested = read(tmp_path)
    guessed = ["FILE-ENCODING"] if encoding in ("utf-16-le", "cp1252") else []
    assert [issue.code for issue in issues] == [*guessed, "ARTICLE-DUPLICATE"] and len(articles) == 1


@pytest.mark.parametrize("text", ["", "a", "mill", "mills", "été"])
def test_a_file_of_a_few_letters_is_no_utf_16(text):
    assert encoding_of(lambda: BytesIO(text.encode())) == ("utf-8", "")


def test_plain_text(tmp_path):
    (tmp_path / "a.txt").write_text(PLAIN)
    (article,), _, _ = read(tmp_path)
    names = [name for name, _ in zones_of(article)]
    assert names == ["headline", "byline", "dateline", "body"]
    assert (article.byline, article.published) == ("Mira Sol", "2031-03-12")


def test_lines_broken_for_width_are_one_paragraph_and_others_are_not(tmp_path):
    import textwrap

    (tmp_path / "wrapped.txt").write_text(TITLE + "\n\n" + "\n\n".join(textwrap.fill(line, 72) for line in BODY))
    (tmp_path / "lines.txt").write_text(TITLE + "\n" + "\n".join(BODY))
    articles, issues, _ = read(tmp_path)
    assert len(articles) == 1 and [issue.code for issue in issues] == ["ARTICLE-DUPLICATE"]
    assert len(articles[0].paragraphs) == 4


def test_html(tmp_path):
    (tmp_path / "a.html").write_text(PAGE)
    (article,), issues, _ = read(tmp_path)
    assert not issues
    zones = dict(zones_of(article))
    assert zones["headline"] == TITLE and zones["body"] == "\n\n".join(BODY)
    assert zones["standfirst"].startswith("A crossing") and zones["caption"].startswith("The bridge in winter")
    assert (article.published, article.byline, article.url) == ("2031-03-12", "Mira Sol", "https://courier.example/1")


def test_front_matter(tmp_path):
    (tmp_path / "a.md").write_text(f'---\ntitle: "{TITLE}"\ndate: 2031-03-12\nauthor: Mira Sol\n---\n\n' + "\n\n".join(BODY))
    (article,), _, _ = read(tmp_path)
    assert (article.title, article.published, article.byline) == (TITLE, "2031-03-12", "Mira Sol")


def test_a_folder_of_all_formats_mixed(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.txt").write_text(PLAIN)
    (tmp_path / "b.html").write_text(PAGE)
    (tmp_path / ".hidden.txt").write_text(PLAIN)
    write(tmp_path, "c.csv", [RECORD])
    articles, issues, ingested = read(tmp_path)
    assert ingested.counts["files"] == 3 and len(articles) == 3 and not issues


def test_every_reader_keeps_the_contract():
    names = {module.__name__.rpartition(".")[2] for module in readers.by_suffix().values()}
    assert sorted(names) == ["csv", "html", "jsonl", "markdown", "parquet", "text"]
    for module in nonempty(set(readers.by_suffix().values())):
        assert module.__doc__ and callable(module.read) and all(suffix.startswith(".") for suffix in nonempty(module.suffixes))
