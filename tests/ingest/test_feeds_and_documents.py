"""Feeds, archives of web pages, and documents: what is text is an article, and what is not is told."""

from __future__ import annotations

import gzip
import sys
from textwrap import dedent

import pytest
from msgspec.structs import replace

from ingest_samples import BODY, COURIER, read, zones_of
from raw_documents import column_of, docx_of, page_record, pdf_of, run_of, warc_record

TITLE = "Bridge left by the army"
LEAD = "<p>The Army of Veld left &amp; went.</p>"
RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>Quay Post</title><language>en</language>
<item><title>{TITLE}</title><link>https://quay.example/1</link><dc:creator>Ada Reed</dc:creator>
<pubDate>Wed, 12 Mar 2031 23:30:00 -0500</pubDate><description>It began […]</description>
<content:encoded><![CDATA[<p>{BODY[0]}</p><figure><figcaption>The bridge.</figcaption></figure><p>“No,” said Zoë.</p>]]></content:encoded></item>
<item><title>Mill shut</title><link>https://quay.example/2</link><pubDate>Thu, 13 Mar 2031 08:00:00 GMT</pubDate>
<content:encoded>{BODY[1]}</content:encoded><source url="https://wire.example">Northwire</source></item>
</channel></rss>
"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Quay Post</title><entry><title type="html">Bridge &amp;amp; mill</title>
<link href="https://quay.example/3"/><updated>2031-03-12T00:30:00+01:00</updated><author><name>Ada Reed</name></author><summary>It began.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{BODY[0]}</p><p>{BODY[1]}</p></div></content></entry></feed>"""


def of(tmp_path, name: str, content: bytes | str, **source):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, source=replace(COURIER, **source))


@pytest.mark.parametrize("name", ["a.rss", "a.xml", "a.xml.gz"])
@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-15"])
def test_each_entry_of_a_feed_is_an_article(tmp_path, name, encoding):
    content = RSS.replace("utf-8", encoding).replace("“No,”", "No,").replace("[…]", "").encode(encoding)
    (first, second), issues, ingested = of(tmp_path, name, gzip.compress(content) if name.endswith("gz") else content)
    assert (first.title, first.byline, first.url, first.published) == (TITLE, "Ada Reed", "https://quay.example/1", "2031-03-12")
    assert zones_of(first) == [("headline", TITLE), ("body", BODY[0]), ("caption", "The bridge."), ("body", "No, said Zoë.")]
    assert (second.original_publisher, second.published) == ("Northwire", "2031-03-13") and not issues


def test_an_atom_feed_without_a_date_of_publication_says_so(tmp_path):
    (article,), (note,), _ = of(tmp_path, "a.atom", ATOM)
    assert (article.title, article.published, article.byline) == ("Bridge & mill", "2031-03-12", "Ada Reed")
    assert article.text == f"Bridge & mill\n\n{BODY[0]}\n\n{BODY[1]}" and note.code == "RECORD-VALUE"
    (article,), issues, _ = of(tmp_path, "a.atom", ATOM, columns={"published": ""})
    assert article.published is None and not issues


def test_a_summary_is_no_article_unless_the_source_says_so(tmp_path):
    mixed = RSS.replace(f"<content:encoded>{BODY[1]}</content:encoded>", f"<description>{BODY[1]}</description>")
    (article,), (issue,), ingested = of(tmp_path, "a.rss", mixed)
    assert article.title == TITLE and ingested.counts["record_refused"] == 1
    assert issue.code == "RECORD-NO-TEXT" and issue.where.endswith("a.rss:1 entry 2") and "Mill shut" in issue.message
    short = mixed.replace("content:encoded", "media")
    articles, (issue,), _ = of(tmp_path, "a.rss", short)
    assert issue.code == "FILE-NO-TEXT" and "`columns: {text: summary}`" in issue.message and not articles
    (_, article), _, _ = of(tmp_path, "a.rss", short, columns={"text": "summary"})
    assert article.text == f"Mill shut\n\n{BODY[1]}"


def test_a_feed_that_is_damaged_is_told(tmp_path):
    articles, (issue,), ingested = of(tmp_path, "a.rss", RSS[: RSS.index(BODY[1]) + 20])
    assert issue.code == "FILE-FORMAT" and "cut off" in issue.message and len(articles) == ingested.counts["file_refused"] == 1
    articles, (note,), _ = of(tmp_path, "a.rss", RSS.replace("It began", "It & it &nbsp; began"))
    assert (note.code, note.level, len(articles)) == ("FILE-MARKUP", "note", 2)
    _, (issue,), _ = of(tmp_path, "a.xml", "<nitf><body><p>It rained.</p></body></nitf>")
    assert issue.code == "FILE-FORMAT" and "neither RSS nor Atom" in issue.message
    _, (issue,), _ = of(tmp_path, "a.rss", "")
    assert issue.code == "FILE-FORMAT"
    _, (note,), _ = of(tmp_path, "a.xml", '<rss version="2.0"><channel></channel></rss>')
    assert note.code == "FILE-RECORDS"


PAGE = f"""<html><head><title>{TITLE}</title><meta property="article:published_time" content="2031-03-12"></head><body><article>
<h1>{TITLE}</h1>{"".join(f"<p>{line}</p>" for line in BODY)}</article></body></html>""".encode()
OTHER = PAGE.replace(TITLE.encode(), "Café of the mill".encode("cp1252"))
LATIN = "text/html; charset=windows-1252"
CRAWL = (
    warc_record("warcinfo", "", b"software: x"),
    warc_record("request", "https://quay.example/1", b"GET /1 HTTP/1.1\r\n\r\n"),
    page_record("https://quay.example/1", PAGE),
    page_record("https://quay.example/gone", b"<p>Not here.</p>", status="404 Not Found"),
    page_record("https://quay.example/a.png", b"\x89PNG", kind="image/png"),
    page_record(
        "https://mill.example/2", gzip.compress(OTHER), kind=LATIN, http={"Content-Encoding": "gzip"}, WARC_Truncated="length"
    ),
    page_record("https://mill.example/3", b"\x0b\x02", http={"Content-Encoding": "x-odd"}),
)


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_the_pages_of_a_crawl_are_articles_and_the_rest_is_counted(tmp_path, name):
    data = b"".join(map(gzip.compress, CRAWL)) if name.endswith("gz") else b"".join(CRAWL)
    (first, second), issues, ingested = of(tmp_path, name, data)
    assert (first.title, first.published, first.url) == (TITLE, "2031-03-12", "https://quay.example/1")
    assert dict(zones_of(first))["body"] == "\n\n".join(BODY)
    assert (second.title, second.url) == ("Café of the mill", "https://mill.example/2")
    told = {issue.code: issue for issue in issues}
    assert told["ARTICLE-CUT"].where.endswith(f"{name}!6:1") and "WARC-Truncated: length" in told["ARTICLE-CUT"].message
    assert (
        told["RECORD-HTML"].where.endswith(f"{name}!7:1")
        and "https://mill.example/3: is packed by 'x-odd'" in told["RECORD-HTML"].message
    )
    assert told["FILE-LEFT-OUT"].message.endswith("1 image/png, 1 request, 1 response with status 404, 1 warcinfo")
    assert len(told) == 3 and ingested.counts["records"] == 3


def test_the_address_of_a_page_tells_outlets_apart(tmp_path):
    (article,), issues, _ = of(tmp_path, "a.warc", b"".join(CRAWL[2:3]) + CRAWL[5], where={"url": "https://quay.example/*"})
    assert article.title == TITLE and [issue.code for issue in issues if issue.level == "error"] == ["RECORD-NO-SOURCE"]


def test_a_crawl_that_is_cut_anywhere_is_told_and_half_a_page_is_no_article(tmp_path):
    brief = b"<html><body><article><h1>Bridge left</h1><p>The army left the bridge.</p></article></body></html>"
    whole = page_record("https://quay.example/1", brief) + page_record("https://quay.example/2", brief.replace(b"army", b"navy"))
    packed = gzip.compress(whole)
    for name, data, cuts in (("a.warc", whole, range(5, len(whole) - 4, 23)), ("a.warc.gz", packed, range(30, len(packed), 61))):
        for cut in cuts:
            articles, issues, _ = of(tmp_path, name, data[:cut])
            assert [issue.code for issue in issues if issue.level == "error"] in (["FILE-UNREADABLE"], ["FILE-FORMAT"]), cut
            assert all(article.text.endswith(" left the bridge.") for article in articles)


INSERTED = f'<w:ins w:id="1">{run_of("It rained. ")}</w:ins><w:del w:id="2"><w:r><w:delText>It snowed.</w:delText></w:r></w:del>{run_of(BODY[1])}'
WORD = [("Title", TITLE), ("Subtitle", "It rained, they said."), "By Mira Sol", BODY[0], ("heading 1", "What happened"), INSERTED, ("caption", "The bridge.")]  # fmt: skip


def test_a_document_of_word(tmp_path):
    (article,), issues, _ = of(tmp_path, "a.docx", docx_of(WORD))
    assert zones_of(article) == [
        ("headline", TITLE),
        ("standfirst", "It rained, they said."),
        ("byline", "By Mira Sol"),
        ("body", f"{BODY[0]}\n\nWhat happened\n\nIt rained. {BODY[1]}"),
        ("caption", "The bridge."),
    ]
    assert not issues and article.byline == "Mira Sol"


def test_the_footnotes_and_tables_of_a_document_are_text(tmp_path):
    note = f'{run_of(BODY[0])}<w:r><w:footnoteReference w:id="1"/></w:r>'
    cells = "".join(f"<w:tc><w:p>{run_of(text)}</w:p></w:tc>" for text in ("Quay", "Mill"))
    table = f"{run_of(BODY[1])}</w:p><w:tbl><w:tr>{cells}</w:tr></w:tbl><w:p>"
    (article,), _, _ = of(tmp_path, "a.docx", docx_of([TITLE, note, table, BODY[2]], footnote="As he said."))
    assert article.text.split("\n\n") == [TITLE, f"{BODY[0]}[1]", BODY[1], "Quay", "Mill", BODY[2], "As he said."]


def test_a_document_of_rtf(tmp_path):
    link = r'{\field{\*\fldinst{HYPERLINK "https://quay.example/1"}}{\fldrslt{' + TITLE + "}}}"
    text = r"The caf\'e9 stayed open, \u8220?as ever\u8221?, he said.\par}"
    text = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 " + link + r"\par\par " + text
    (article,), issues, _ = of(tmp_path, "a.rtf", text)
    assert article.text == f"{TITLE}\n\nThe café stayed open, “as ever”, he said." and not issues


def test_a_document_that_is_cut_off_is_told(tmp_path):
    _, (issue,), _ = of(tmp_path, "a.rtf", r"{\rtf1 It rained all day.\par {\b And")
    assert issue.code == "FILE-FORMAT" and "cut off" in issue.message
    _, (issue,), _ = of(tmp_path, "a.docx", docx_of(WORD)[:-30])
    assert issue.code == "FILE-FORMAT" and "cannot be read as DOCX" in issue.message
    whole = pdf_of([[(60, 700, "It rained in the whole country.")]])
    _, (issue,), _ = of(tmp_path, "a.pdf", whole[: whole.index(b"xref")])
    assert issue.code == "FILE-FORMAT" and "cannot be read as PDF" in issue.message
    _, notes, _ = of(tmp_path, "a.pdf", whole[:-6])
    assert "%%EOF" in next(note.message for note in notes if note.code == "ARTICLE-CUT")


def test_a_pdf_in_two_columns_on_two_pages(tmp_path):
    running = [(60, 810, "THE QUAY POST"), (280, 30, "1")]
    first = [
        *running,
        (60, 760, TITLE),
        *column_of(" ".join(BODY), 60, 730, 44),
        *column_of(f"{BODY[1]} In the end the army left and", 330, 730, 44),
    ]
    second = [(60, 810, "THE QUAY POST"), *column_of(f"nobody came back. {BODY[2]}", 60, 730, 44), (280, 30, "2")]
    (article,), notes, _ = of(tmp_path, "a.pdf", pdf_of([first, second]))
    assert article.text.split("\n\n") == [
        TITLE,
        " ".join(BODY),
        f"{BODY[1]} In the end the army left and nobody came back. {BODY[2]}",
    ]
    told = {note.code: note.message for note in notes}
    assert told.keys() == {"FILE-PDF"} and "'THE QUAY POST', '1'" in told["FILE-PDF"]


def test_the_paragraphs_of_a_pdf_are_those_of_its_spaces_and_indents(tmp_path):
    first = column_of(f"{BODY[0]} The \1eld was empty, and the well-known bridge was still standing.", 60, 730, 47, 19)
    second = column_of(f"{BODY[1]} It was late.", 60, first[-1][1] - 30, 50, 19)
    third = column_of(BODY[2], 60, second[-1][1] - 19, 50, 19)
    third[0] = (90, *third[0][1:])
    (article,), _, _ = of(tmp_path, "a.pdf", pdf_of([[(60, 780, TITLE), *first, *second, *third, (280, 30, "Page 1 of 1")]]))
    paragraphs = article.text.split("\n\n")
    assert paragraphs[1:] == [
        f"{BODY[0]} The field was empty, and the well-known bridge was still standing.",
        f"{BODY[1]} It was late.",
        BODY[2],
    ]


def test_a_word_that_a_pdf_divides_is_whole(tmp_path):
    lines = ["The army said that the garri-", "son was empty on Tuesday and", "that nobody was hurt there."]
    (article,), notes, _ = of(tmp_path, "a.pdf", pdf_of([[(60, 700 - 12 * at, line) for at, line in enumerate(lines)]]))
    assert article.text == "The army said that the garrison was empty on Tuesday and that nobody was hurt there."
    assert [note.code for note in notes] == ["FILE-PDF", "LINES-HYPHEN"]


def test_a_pdf_of_pictures_has_no_text(tmp_path):
    _, (issue,), _ = of(tmp_path, "a.pdf", pdf_of([[], []]))
    assert issue.code == "FILE-NO-TEXT" and "OCR" in issue.message
    (_,), (note, *_), _ = of(tmp_path, "a.pdf", pdf_of([[(60, 700, "It rained in the whole country.")], []]))
    assert note.message.endswith("no text is on page 2")


SAMPLES = {"a.rss": RSS.encode(), "a.warc": b"".join(CRAWL), "a.docx": docx_of(WORD), "a.pdf": pdf_of([[(60, 700, "It rained.")]]), "a.rtf": b"{\\rtf1 It rained.}"}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_a_reader_without_its_library_says_what_to_install(tmp_path, name, monkeypatch):
    for library in ("feedparser", "warcio.archiveiterator", "mammoth", "pdfminer.high_level", "striprtf.striprtf"):
        monkeypatch.setitem(sys.modules, library, None)
    (tmp_path / "b.txt").write_text(f"{TITLE}\n\n{BODY[0]}")
    (tmp_path / name).write_bytes(SAMPLES[name])
    (article,), (issue,), _ = read(tmp_path)
    assert article.title == TITLE and issue.code == "FILE-EXTRA" and issue.message.endswith("pip install 'standpoint[readers]'")


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("other", ["a.txt", "a.html"])
def test_such_a_file_under_another_name_is_told(tmp_path, name, other):
    articles, (issue,), _ = of(tmp_path, other, SAMPLES[name])
    assert issue.code == "FILE-FORMAT" and "rename it to ." in issue.message and not articles


def test_a_source_states_the_format_of_its_files(tmp_path):
    (article,), issues, _ = of(tmp_path, "a.dat", dedent(f"""\
        # Not a heading

        {BODY[0]}
        """), format="text")  # fmt: skip
    assert article.text == f"# Not a heading\n\n{BODY[0]}" and not issues
    articles, _, _ = of(tmp_path, "feed.php", RSS, format="feed")
    assert len(articles) == 2
    _, (issue,), _ = of(tmp_path, "a.dat", RSS, format="html")
    assert "a feed, though `format` says html" in issue.message
