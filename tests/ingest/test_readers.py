"""Each format gives the same article: from disk, packed, with other line ends, other encodings, other normal forms."""

from __future__ import annotations

import csv
import gzip
import json
import unicodedata
from io import BytesIO
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest_samples import BODY, COURIER, read, zones_of
from nonempty import nonempty
from standpoint.core.files import plug_ins
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
    assert len(articles) == 1 and [issue.code for issue in issues] == ["ARTICLE-DUPLICATE", "LINES-JOINED"]
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


MATTERS = {
    "---\ntitle: >-\n  Bridge left by\n  the army\nauthor:\n  - Mira Sol\n  - {name: Jon Hale}\ndate: 2031-03-12T00:30:00+01:00\n---\n":
        ("Bridge left by the army", "Mira Sol, Jon Hale", "2031-03-12"),
    '---\ntitle: "The \\"free\\" bridge: left"\ndate: 2031-03-12 08:00:00 +0100\ntags: [a, b]\n---\n':
        ('The "free" bridge: left', None, "2031-03-12"),
    "---\ntitle: 'It''s left'\nauthor: Mira Sol # staff\n---\n": ("It's left", "Mira Sol", None),
    "---\ntitle: Bridge: left\nauthor: Mira Sol\n---\n": ("Bridge: left", "Mira Sol", None),
    '+++\ntitle = "Bridge left"\ndate = 2031-03-12\n+++\n': ("Bridge left", None, "2031-03-12"),
    "---\nTitle: Bridge left\nDate: March 12, 2031\n...\n": ("Bridge left", None, "2031-03-12"),
    "---\ntitle: Bridge left &#8211; again\nauthor: ~\nlist: &a [*a]\n---\n": ("Bridge left – again", None, None),
}  # fmt: skip


@pytest.mark.parametrize("matter", MATTERS)
def test_front_matter_is_yaml_or_toml(tmp_path, matter):
    (tmp_path / "a.md").write_text(matter + "\n" + "\n\n".join(BODY))
    (article,), _, _ = read(tmp_path)
    assert (article.title, article.byline, article.published) == MATTERS[matter]
    assert article.text == article.title + "\n\n" + "\n\n".join(BODY)


def test_lines_between_hyphens_that_are_no_front_matter_are_text(tmp_path):
    (tmp_path / "a.md").write_text(f"---\n{BODY[0]}\n\n---\n{BODY[1]}\n")
    (article,), _, _ = read(tmp_path)
    assert article.text == f"{BODY[0]}\n\n{BODY[1]}"


def test_html_in_markdown(tmp_path):
    (tmp_path / "a.md").write_text(
        f"# {TITLE}\n\nDead: 12<br>Wounded: <b>30</b>\n\n<div>A&amp;B left.<p>C stayed.</p></div>\n\n{BODY[0]}\n"
    )
    (article,), _, _ = read(tmp_path)
    assert article.text.split("\n\n") == [TITLE, "Dead: 12", "Wounded: 30", "A&B left.", "C stayed.", BODY[0]]


def test_a_heading_that_is_not_the_title_is_kept(tmp_path):
    (tmp_path / "a.md").write_text(f"---\ntitle: {TITLE}\n---\n{BODY[0]}\n\n## What happened\n\n{BODY[1]}\n")
    (tmp_path / "b.md").write_text("\n\n".join((*BODY, "# Not a title", BODY[0])))
    (first, second), _, _ = read(tmp_path)
    assert zones_of(first) == [("headline", TITLE), ("body", f"{BODY[0]}\n\nWhat happened\n\n{BODY[1]}")]
    assert "Not a title" in second.text and second.title != "Not a title"


PLAIN_SIGNS = "He wrote [1](#n), 3 * 4 * 5 and $5*3=15*1, \\o/ *left* _now_ <unknown> AT&amp;T <b>noon</b> army_order_12.txt."


def test_plain_text_is_markdown_or_html_only_if_it_is_all_of_that(tmp_path):
    lines = [TITLE, *BODY, "# Kyiv is not here, he wrote.", PLAIN_SIGNS, "[Tern](#) wrote it."]
    (tmp_path / "a.txt").write_text("\n\n".join(lines))
    (tmp_path / "b.txt").write_text(f"# {TITLE}\n\n*By [Mira](#)*\n\n{BODY[0]}\n")
    (tmp_path / "c.txt").write_text(f"The mill\n\n{BODY[1]}\n\n[Read](http://a.example) and [read more](http://b.example)\n")
    (tmp_path / "d.txt").write_text(PAGE.replace(TITLE, "Other"))
    (tmp_path / "e.txt").write_text(f"<p>{BODY[2]}</p><p>It&#8217;s shut.</p>")
    articles, issues, _ = read(tmp_path)
    assert [(issue.code, issue.level, issue.where[-7:]) for issue in issues] == [
        ("FILE-MARKUP", "note", f"{name}.txt:1") for name in "bcde"
    ]
    signs = ("Markdown, because it begins with a heading", "Markdown, because it has 2 links", "HTML, because", "HTML, because")
    assert all(sign in issue.message for sign, issue in zip(signs, issues, strict=True))
    assert [article.text.split("\n\n") for article in articles[:3]] == [
        lines,
        [TITLE, "By Mira", BODY[0]],
        ["The mill", BODY[1], "Read and read more"],
    ]
    assert articles[3].title == "Other" and "<" not in articles[3].text
    assert articles[4].text.split("\n\n") == [BODY[2], "It’s shut."]


HTML_TEXTS = {
    "<p>It&#8217;s shut, &ldquo;for good&rdquo;.</p>\n<p>He<br>left.</p>\n": ["It’s shut, “for good”.", "He", "left."],
    "One &amp; two.\n\nIt <b>left</b>.\nAt noon.": ["One & two.", "It left.", "At noon."],
    "<h2>Why</h2>\n\nOne line\nof text.\n\nTwo.": ["Why", "One line of text.", "Two."],
    "&lt;p&gt;It&amp;#8217;s shut.&lt;/p&gt;&lt;p&gt;No.&lt;/p&gt;": ["It’s shut.", "No."],
    "<![CDATA[<p>Shut.</p>]]>": ["Shut."],
    "<img src='a.jpg'/>Shut by <a href='/b'>the army</a>.": ["Shut by the army."],
    "<p>If 5 <6 and a<b, then.</p>": ["If 5 <6 and a<b, then."],
    "R&amp;amp;D, AT&T, &notit; &copy 5": ["R&D, AT&T, &notit; &copy 5"],
    "I <3 you, <unknown> said; x < y > z": ["I <3 you, <unknown> said; x < y > z"],
}


@pytest.mark.parametrize("text", HTML_TEXTS)
def test_html_in_a_record_becomes_text(tmp_path, text):
    (article,), _, _ = read(write(tmp_path, "a.jsonl", [{"title": "left &#8211; <i>again</i>", "text": text}]))
    assert article.text.split("\n\n") == ["left – again", *HTML_TEXTS[text]]
    (other,), _, _ = read(write(tmp_path, "b.csv", [{"title": "left &#8211; <i>again</i>", "text": text}]))
    assert other.text == article.text


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
    assert sorted(names) == ["annotated", "csv", "feed", "html", "jsonl", "markdown", "parquet", "pdf", "text", "warc", "word"]
    for module in nonempty(set(readers.by_suffix().values())):
        assert module.__doc__ and callable(module.read) and all(suffix.startswith(".") for suffix in nonempty(module.suffixes))


def test_the_page_about_raw_files_lists_each_format_with_its_suffixes_and_its_extra():
    page = (Path(__file__).parent.parent.parent / "docs" / "raw-files.md").read_text(encoding="utf-8")
    rows = {cells[1].strip(" `"): cells for cells in (line.split("|") for line in page.split("\n") if line.startswith("| `"))}
    modules = plug_ins("standpoint.ingest.readers")
    assert rows.keys() == modules.keys()
    for name, module in modules.items():
        assert name == "annotated" or rows[name][2].split() == sorted(module.suffixes)
        assert ("`readers`" in rows[name][4]) == ("Needs the extra `readers`" in module.__doc__)
