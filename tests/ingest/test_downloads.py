"""Downloads from press archives: each document is an article, no line about it is text, and what is not certain is refused."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ingest_samples import BODY, COURIER, read, zones_of
from raw_documents import docx_of

TEXT = 'The carts left {n} times on Tuesday after two days of rain, a\nspokesman said. NOTE: nobody walked.\n\n   "We will not go back," a teacher said. The council asked everybody to\nshare bread.'
WHOLE = [
    "The carts left {n} times on Tuesday after two days of rain, a spokesman said. NOTE: nobody walked.",
    '"We will not go back," a teacher said. The council asked everybody to share bread.',
]
NEXIS = """

                               {n} of 3 DOCUMENTS


                              The Quay Post

                             March 1{n}, 2031 Wednesday
                                  First Edition

Carts left
the quay, {n}

BYLINE: ADA REED

SECTION: NEWS; Pg. {n}

LENGTH: 37 words

HIGHLIGHT: It rained, {n}.

{text}

LOAD-DATE: March 19, 2031

LANGUAGE: ENGLISH

GRAPHIC: Carts on the quay, {n}.

PUBLICATION-TYPE: Newspaper


                     Copyright 2031 The Quay Post Ltd
                              All Rights Reserved
"""
UNI = """Page 1 of 2

Carts left the quay, {n}

The Quay Post

March 1{n}, 2031 Wednesday

Copyright 2031 The Quay Post Ltd All Rights Reserved

Section: NEWS; Pg. {n}

Length: 37 words

Byline: Ada Reed

Body

{text}

Classification

Language: ENGLISH

Subject: CARTS (90%)

Load-Date: March 19, 2031

End of Document

"""
FACTIVA = """
SE News
HD Carts left the quay, {n}
BY Ada Reed
WC 37 words
PD 1{n} March 2031
ET 05:00
SN The Quay Post
SC QUAYPO
LA English
CY (c) 2031 Quay Post Ltd.

LP
The carts left {n} times on Tuesday after two days of rain, a spokesman said. NOTE: nobody walked.

TD
"We will not go back," a teacher said. The council asked everybody to share bread.

CO quaypo : Quay Post
NS gvio : Carts | gcat : News
RE veld : Veld
PUB Quay Post Ltd.
AN Document QUAYPO0020310312e73c0000{n}

"""
BOX = """<div class="article enArticle"><p>&nbsp;</p><div id="hd"><span class="enHeadline">Carts left the quay, {n}</span></div>
<div class="author">Ada Reed</div><div>37 words</div><div>1{n} March 2031</div><div>05:00</div><div>The Quay Post</div><div>QUAYPO</div>
<div>English</div><div>(c) 2031 Quay Post Ltd. </div><p class="articleParagraph enarticleParagraph">The carts left {n} times on Tuesday
after two days of rain, a spokesman said. NOTE: nobody walked.</p><p class="articleParagraph enarticleParagraph">"We will not go back,"
a teacher said. The council asked everybody to share bread.</p><p>Document QUAYPO0020310312e73c0000{n}</p></div>"""
TABLE = """<div class="article"><table><tr><td><b>HD</b></td><td>Carts left the quay, {n}</td></tr><tr><td>BY</td><td>Ada Reed</td></tr>
<tr><td>PD</td><td>1{n} March 2031</td></tr><tr><td>SN</td><td>The Quay Post</td></tr><tr><td>LP</td><td><p>The carts left {n} times
on Tuesday after two days of rain, a spokesman said. NOTE: nobody walked.</p></td></tr><tr><td>TD</td><td><p>"We will not go back," a teacher
said. The council asked everybody to share bread.</p></td></tr><tr><td>AN</td><td>Document QUAYPO0020310312e73c0000{n}</td></tr></table></div>"""
PAGE = "<html><head><title>Factiva</title></head><body><div class='articles'>{}</div></body></html>"


def download(layout: str, numbers: range) -> str:
    return "".join(layout.format(n=number, text=TEXT.format(n=number)) for number in numbers)


@pytest.mark.parametrize("numbers", [range(1, 2), range(1, 4)])
@pytest.mark.parametrize(
    "name, layout", [("a.TXT", NEXIS), ("a.txt", UNI), ("a.txt", FACTIVA), ("a.html", BOX), ("a.html", TABLE)]
)
def test_each_document_is_an_article(tmp_path, name, layout, numbers):
    text = download(layout, numbers)
    (tmp_path / name).write_text(PAGE.format(text) if name == "a.html" else text, encoding="utf-8")
    articles, issues, ingested = read(tmp_path)
    archive = "Factiva" if layout in (FACTIVA, BOX, TABLE) else "Nexis"
    (note,) = [issue for issue in issues if issue.code != "LINES-JOINED"]
    assert note.code == "FILE-ARCHIVE" and f"from {archive} with {len(numbers)} document" in note.message
    assert note.level == "note" and ingested.counts["records"] == len(numbers)
    _, issues, _ = read(tmp_path, source=replace(COURIER, format=archive.lower()))
    assert {issue.code for issue in issues} <= {"LINES-JOINED"}
    assert [(article.title, article.published, article.original_publisher, article.byline.title()) for article in articles] == [
        (f"Carts left the quay, {number}", f"2031-03-1{number}", "The Quay Post", "Ada Reed") for number in numbers
    ]
    for number, article in zip(numbers, articles, strict=True):
        zones = dict(zones_of(article))
        assert zones["body"].split("\n\n") == [paragraph.format(n=number) for paragraph in WHOLE]
        assert set(zones) == {"headline", "body"} | ({"standfirst", "caption"} if layout is NEXIS else set())


def test_a_document_says_where_it_is(tmp_path):
    (tmp_path / "a.txt").write_text(download(NEXIS, range(1, 3)) + NEXIS.format(n=2, text=TEXT.format(n=2)))
    _, (_, twice, _), _ = read(tmp_path)
    assert twice.code == "ARTICLE-DUPLICATE" and twice.where.endswith(
        f":{2 * NEXIS.count(chr(10)) + 2 * TEXT.count(chr(10)) + 4}"
    )


def test_a_long_paragraph_after_the_fields_is_text(tmp_path):
    text = f"{TEXT.format(n=1)}\n\nNOTES: see below\n\n{'The ferry took carts only, and the mill stood still for a week. ' * 2}"
    (tmp_path / "a.txt").write_text(NEXIS.format(n=1, text=text))
    (article,), _, _ = read(tmp_path)
    assert article.text.count("The ferry") == 2 and "see below" not in article.text


def test_a_line_of_the_text_may_begin_like_a_code(tmp_path):
    text = FACTIVA.format(n=1).replace(
        "a teacher said.",
        "a teacher said.\nIN THE NORTH it rained.\nCT scans were taken.\nTD Mills closed.\nBY night it was over.",
    )
    (tmp_path / "a.txt").write_text(text)
    (article,), _, _ = read(tmp_path)
    assert (
        all(words in article.text for words in ("IN THE NORTH", "CT scans", "TD Mills closed", "BY night"))
        and "gvio" not in article.text
    )


PROQUEST = (
    "Document {n} of 3\n\nTitle: Carts left, {n}\n\nPublication title: Quay Post\n\nFull text: The carts left {n} times.\n\n"
)


@pytest.mark.parametrize(
    "text, words",
    [
        (download(NEXIS, range(1, 3)).replace("Carts left\nthe quay, 2\n", ""), "of document 2, at line 42, the title cannot be found"),
        (download(NEXIS, range(1, 2)).replace("LENGTH: 37 words", "").replace("SECTION", "x").replace("BYLINE: ADA REED", "").replace("HIGHLIGHT: ", ""), "the text"),
        (download(FACTIVA, range(1, 3)).replace("SN The Quay Post\n", "", 1), "holds 2 documents from Factiva, and of document 1"),
        (download(PROQUEST, range(1, 4)), "holds 3 documents"),
        ("".join(f"Carts left, {n}\n\nFull text: The carts left {n} times.\n\n" for n in range(2)), "holds 2 documents"),
    ],
)  # fmt: skip
def test_documents_that_cannot_be_told_apart_are_refused_with_their_number(tmp_path, text, words):
    (tmp_path / "a.txt").write_text(text)
    articles, (issue,), ingested = read(tmp_path)
    assert (issue.code, articles, ingested.counts["file_refused"]) == ("FILE-SEVERAL", [], 1)
    assert words in issue.message and "a file of its own" in issue.message


@pytest.mark.parametrize("layout, archive", [(UNI, "nexis"), (FACTIVA, "factiva")])
def test_a_download_may_be_a_document(tmp_path, layout, archive):
    lines = [line for line in download(layout, range(1, 3)).split("\n") if line.strip()]
    (tmp_path / "a.docx").write_bytes(docx_of(lines))
    (tmp_path / "b.rtf").write_text(r"{\rtf1\ansi " + r"\par ".join(lines) + "}")
    articles, issues, _ = read(tmp_path, source=replace(COURIER, format=archive))
    assert [article.title for article in articles] == ["Carts left the quay, 1", "Carts left the quay, 2"]
    assert {issue.code for issue in issues} <= {"ARTICLE-DUPLICATE", "LINES-JOINED", "LINES-BROKEN"}


@pytest.mark.parametrize("text", [BODY[0], download(FACTIVA, range(1, 2))])
def test_a_file_that_is_no_download_from_the_stated_archive_is_refused(tmp_path, text):
    (tmp_path / "a.txt").write_text(text)
    articles, (issue,), _ = read(tmp_path, source=replace(COURIER, format="nexis"))
    assert issue.code == "FILE-FORMAT" and "is no download from Nexis" in issue.message and not articles


def test_a_source_can_say_that_its_texts_are_no_downloads(tmp_path):
    (tmp_path / "a.txt").write_text(f"Quay notes\n\n1 of 2 documents\n\n{BODY[0]}")
    (article,), issues, _ = read(tmp_path, source=replace(COURIER, format="text"))
    assert article.text == f"Quay notes\n\n1 of 2 documents\n\n{BODY[0]}" and not issues


@pytest.mark.parametrize("layout", [NEXIS, UNI, FACTIVA])
def test_a_document_with_fewer_words_than_it_says_may_be_cut(tmp_path, layout):
    (tmp_path / "a.txt").write_text(download(layout, range(1, 3)).replace("37 words", "1,214 words", 1))
    _, issues, _ = read(tmp_path)
    (cut,) = [issue for issue in issues if issue.code == "ARTICLE-CUT"]
    assert "words, and says that it has 1,214 words" in cut.message
