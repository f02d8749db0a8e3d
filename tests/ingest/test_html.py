"""Pages: no word of an article is glued to another, repeated or lost; its title, date and paragraphs are those of the page."""

from __future__ import annotations

import json
import re
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ingest_samples import BODY, COURIER, read, zones_of
from standpoint.ingest.readers._markup import letters_of

FILLER = "".join(f"<p>{line}</p>" for line in BODY)


def page(article, head="<title>Bridge left | The Harbour Courier</title>", after=""):
    menu = '<nav><a href="/">Home</a> <a href="/war">War</a></nav>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{menu}{article}{after}<footer>Imprint</footer></body></html>'


def read_page(tmp_path, text):
    path = tmp_path / "a.html"
    path.write_text(text)
    (article,), _, _ = read(path)
    return article


def paragraphs_of(article):
    return article.text.split("\n\n")


def article(markup):
    return page(f"<article><h1>Bridge left</h1><p>{BODY[0]}</p>{markup}<p>{BODY[1]}</p><p>{BODY[2]}</p></article>")


@pytest.mark.parametrize(
    "markup, lines",
    [
        ("<p>Dead: 12<br>Wounded: 30<br/>Missing: 4</p>", ["Dead: 12", "Wounded: 30", "Missing: 4"]),
        ("<p>One army.<br><br>Two armies.<br><br>No army.</p>", ["One army.", "Two armies.", "No army."]),
        ("<div>One army.<br><br>Two armies.</div>", ["One army.", "Two armies."]),
        ("<p>The mayor said <q>no</q> to the army.</p>", ["The mayor said no to the army."]),
        ("<p>The <b>a</b>rmy left <i>all</i> Volks<wbr>armee <x-note>towns</x-note> now.</p>", ["The army left all Volksarmee towns now."]),
        (
            "<ul><li>The bridge was hit twice:<ul><li>on Monday</li><li>on Tuesday</li></ul>and burnt.</li><li>So was the mill.</li></ul>",
            ["The bridge was hit twice:", "on Monday", "on Tuesday", "and burnt.", "So was the mill."],
        ),
        ("<blockquote>First words.<p>Second words.</p>Third words.</blockquote>", ["First words.", "Second words.", "Third words."]),
        ("<div>An own text.<p>A paragraph.</p>A tail.<ul><li>An item.</li></ul>Another tail.</div>",
         ["An own text.", "A paragraph.", "A tail.", "An item.", "Another tail."]),
        ("Loose <b>words</b> here.<p>A paragraph.</p>", ["Loose words here.", "A paragraph."]),
        ("<dl><dt>What is mined?</dt><dd>The bridge, and the road.</dd></dl>", ["What is mined?", "The bridge, and the road."]),
        ("<table><tr><th>Day</th><th>Dead</th></tr><tr><td>Monday</td><td>30</td></tr></table>", ["Day", "Dead", "Monday", "30"]),
        ("<p>On <time datetime='2031-03-04'>4 March</time> the council met, and <ins>it</ins> spoke.</p>",
         ["On 4 March the council met, and it spoke."]),
        ("<figure><blockquote>A <b>quotation</b> here.</blockquote></figure>", ["A quotation here."]),
        ("<pre>One line\nAnother line</pre>", ["One line", "Another line"]),
        ("<p>A comment<!-- not this --> is no word.</p><script>var a = 1;</script>", ["A comment is no word."]),
        ("<p>5 &lt; 6 &amp; 7 &gt; 2</p>", ["5 < 6 & 7 > 2"]),
        ("<p>It said <del>twelve</del><ins>thirteen</ins> were <s>dead</s> hurt.</p>", ["It said twelve thirteen were dead hurt."]),
        ("<template><p>No paragraph of this page.</p></template><p>A paragraph.</p>", ["A paragraph."]),
        ("<p>The <ruby>bridge<rp>(</rp><rt>brij</rt><rp>)</rp></ruby> fell.</p>", ["The bridge fell."]),
    ],
)  # fmt: skip
def test_each_word_of_the_page_is_in_its_paragraph(tmp_path, markup, lines):
    found = paragraphs_of(read_page(tmp_path, article(markup)))
    assert found == ["Bridge left", BODY[0], *lines, *BODY[1:]]
    assert paragraphs_of(read_page(tmp_path, article(markup).replace("><", ">\n  <"))) == found


INLINE = st.sampled_from(["{0}", "<b>{0}</b>", "<u>{0}</u>", "<q>{0}</q>", "<i><b>{0}</b></i>", "<span>{0}</span>", "{0},"])
PHRASES = st.lists(st.one_of(INLINE, st.just("<br>")), min_size=1, max_size=6).map(lambda parts: ["WORD"] + parts)


def boxes(inner):
    child = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.tuples(st.sampled_from(["div", "section", "blockquote"]), child),
        st.tuples(st.sampled_from(["ul", "ol"]), child.map(lambda items: [("li", [item]) for item in items])),
        st.tuples(st.just("li-mixed"), child),
    )


TREES = st.recursive(
    st.one_of(PHRASES, st.tuples(st.sampled_from(["p", "h3"]), PHRASES.map(lambda phrase: [phrase]))), boxes, max_leaves=8
)


def rendered(node, words, expected):
    if isinstance(node, list):
        return (
            " ".join(
                part
                if part == "<br>"
                else (part if part != "WORD" else "{0}").format(expected.append(f"w{next(words)}x") or expected[-1])
                for part in node
            )
            + "."
        )
    tag, children = node
    inner = "".join(rendered(child, words, expected) for child in children)
    return f"<ul><li>{inner}</li></ul>" if tag == "li-mixed" else f"<{tag}>{inner}</{tag}>"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(TREES, min_size=1, max_size=5), st.booleans())
def test_any_article_keeps_its_words_once_and_in_order(tmp_path_factory, trees, short):
    expected: list[str] = []
    words = count()
    markup = "".join(rendered(tree, words, expected) for tree in trees)
    text = page(f"<article><h1>Bridge left</h1>{'' if short else FILLER}{markup}<p>That is all.</p></article>")
    folder = tmp_path_factory.getbasetemp() / "pages"
    folder.mkdir(exist_ok=True)
    found = read_page(folder, text)
    assert re.findall(r"(?<!\w)w\d+x(?!\w)", found.text) == expected, text


def test_a_short_page_has_its_headline_once_and_its_paragraphs(tmp_path):
    lines = ["Bridge shut", "The bridge is shut, the army said.", "It opens on Monday."]
    for between in ("", "\n", "<!-- -->"):
        for box in ("article", "main", "div", "nav><p>Home</p></nav><div"):
            parts = between.join(
                (f"<{box}>", f"<h1>{lines[0]}</h1>", f"<p>{lines[1]}</p>", f"<p>{lines[2]}</p>", f"</{box.rpartition('<')[2]}>")
            )
            found = read_page(tmp_path, f"<html><body>{parts}</body></html>")
            assert (found.title, paragraphs_of(found)) == (lines[0], lines)


def test_a_menu_that_begins_like_the_article_is_no_part_of_it(tmp_path):
    markup = page(f"<article><h1>Home rule ends</h1>{FILLER}</article>", head="<title>Home rule ends</title>")
    assert paragraphs_of(read_page(tmp_path, markup)) == ["Home rule ends", *BODY]
    brief = page(
        "<article><p>Home rule ends, the council said.</p><p>War it is.</p></article>", head="<title>Home rule ends</title>"
    )
    assert paragraphs_of(read_page(tmp_path, brief))[1:] == ["Home rule ends, the council said.", "War it is."]


OG = '<meta property="og:title" content="Bridge left by the army">'


@pytest.mark.parametrize(
    "head, body, title",
    [
        (OG, "<header><h1>The Outlet</h1></header><article><h2>Bridge left by the army</h2>", "Bridge left by the army"),
        (OG, "<h1>World</h1><article><h2>Bridge left by the army</h2>", "Bridge left by the army"),
        (
            "<title>Bridge left - The Outlet</title>",
            "<header><h1>The Outlet</h1></header><article><h1>Bridge left</h1>",
            "Bridge left",
        ),
        (
            "<title>Bridge left - The Outlet</title>",
            "<header><h1>The Outlet</h1></header><article><h2>Bridge left</h2>",
            "Bridge left",
        ),
        ("<title>Bridge left</title>", '<h1 class="site-title">The Outlet</h1><article><h2>Bridge left</h2>', "Bridge left"),
        (
            OG,
            "<article><h1>Army leaves its bridge</h1>",
            "Army leaves its bridge",
        ),  # the page prints another title than it states
        (
            "<title>Bridge left | The Outlet</title>",
            "<article><header><h1>Bridge left<br>at last</h1></header>",
            "Bridge left at last",
        ),
        ("<title>Bridge left | The Outlet</title>", "<article>", "Bridge left"),
    ],
)
def test_the_title_is_the_headline_and_not_the_name_of_the_site(tmp_path, head, body, title):
    found = read_page(tmp_path, page(f"{body}{FILLER}</article>", head=head))
    assert found.title == title
    assert [line for line in paragraphs_of(found) if "Bridge left" in line or "bridge" in line] == [title]


@pytest.mark.parametrize(
    "head, inside, after, day",
    [
        ("", "", '<aside>Most read: <time datetime="2018-02-03">3 Feb 2018</time> Old story</aside>', None),
        ("", "", '<div class="related-stories"><a href="/o">Old</a> <span class="date">2018-02-03</span></div>', None),
        ("", "", '<article><h2>Other</h2><time datetime="2018-02-03">3 Feb 2018</time><p>Old story.</p></article>', None),
        ("", "<p>On <time datetime='2018-02-03'>3 February 2018</time> the mill burnt, and nobody knows why it did.</p>", "", None),
        ("", "", "<section><h3>Most read</h3><ul><li>Old <time datetime='2018-02-03'>3 Feb 2018</time></li></ul></section>", None),
        ("", "<time datetime='2031-03-12'>12 March</time>", "", "2031-03-12"),
        ('<meta property="article:published_time" content="2031-03-12T23:30:00-08:00">'
         '<link rel="canonical" href="https://courier.example/2031/03/11/bridge">', "", "", "2031-03-12"),
        ('<link rel="canonical" href="https://courier.example/2031/03/11/bridge">', "", "", "2031-03-11"),
        ('<meta property="article:modified_time" content="2031-03-15T08:00:00Z">'
         '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Bridge left", "datePublished": "2031-03-12"}</script>', "", "", "2031-03-12"),
    ],
)  # fmt: skip
def test_the_date_is_the_articles(tmp_path, head, inside, after, day):
    markup = page(
        f"<article><h1>Bridge left</h1>{inside}{FILLER}</article>", head=f"<title>Bridge left</title>{head}", after=after
    )
    assert read_page(tmp_path, markup).published == day


STATED = (
    '<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Bridge left", "datePublished": "{}"}}</script>'
)
META = '<meta property="article:published_time" content="{}">'


@pytest.mark.parametrize(
    "form, printed, language, order, day",
    [
        (META, "1403-01-15T10:00:00+03:30", "fa", "", "2024-04-03"),
        (META, "2567-03-12", "th", "", "2024-03-12"),
        (META, "2567-03-12", "en", "", "RECORD-DATE"),
        (META, "05/06/2031", "en", "", "RECORD-DATE"),
        (META, "05/06/2031", "en", "DMY", "2031-06-05"),
        (META, "March 12, 2031", "en", "", "2031-03-12"),
        (META, "soon", "en", "", None),
        (STATED, "1403-01-15", "fa", "", "2024-04-03"),
        (STATED, "05/06/2031", "en", "", "RECORD-DATE"),
        (STATED, "05/06/2031", "en", "MDY", "2031-05-06"),
        (STATED, "2031-03-12T23:30:00Z", "en", "", "2031-03-12"),
        ('<time datetime="{}">x</time>', "1403-01-15", "fa", "", "2024-04-03"),
        ("<time>{}</time>", "۱۵ فروردین ۱۴۰۳", "fa", "", "2024-04-03"),
    ],
)
def test_the_date_that_a_page_states_is_read_as_printed_dates_are(tmp_path, form, printed, language, order, day):
    head, inside = ("", form.format(printed)) if form.startswith("<time") else (form.format(printed), "")
    (tmp_path / "a.html").write_text(
        page(f"<article><h1>Bridge left</h1>{inside}{FILLER}</article>", head=head), encoding="utf-8"
    )
    articles, issues, _ = read(tmp_path / "a.html", source=replace(COURIER, language=language, dates=order))
    errors = [issue.code for issue in issues if issue.level == "error"]
    assert [article.published for article in articles] + errors == [day]


def test_the_paragraphs_of_an_article_that_a_script_draws(tmp_path):
    for body in ("\n\n".join(BODY), "".join(f"<p>{line}</p>" for line in BODY)):
        data = json.dumps({"@graph": [{"@type": "NewsArticle", "headline": "Bridge left", "articleBody": body}]})
        markup = page('<div id="app">Please enable JavaScript</div>', head=f'<script type="application/ld+json">{data}</script>')
        assert paragraphs_of(read_page(tmp_path, markup)) == ["Bridge left", *BODY]


def test_a_list_of_one_value_in_json_ld_is_that_value(tmp_path):
    data = {"@type": ["NewsArticle"], "headline": ["Bridge left"], "datePublished": [{"@value": "2031-03-12"}]}
    data["articleBody"] = "\n\n".join(BODY)
    script = f'<script type="application/ld+json">{json.dumps({"@graph": [data]})}</script>'
    found = read_page(tmp_path, page('<div id="app">Please enable JavaScript</div>', head=script))
    assert (found.title, found.published, paragraphs_of(found)) == ("Bridge left", "2031-03-12", ["Bridge left", *BODY])


def test_captions_are_captions_and_a_standfirst_is_a_standfirst(tmp_path):
    figure = "<figure><img src='a.jpg'><figcaption>The bridge on Monday.<br>Photo: M. Sol</figcaption></figure>"
    found = read_page(
        tmp_path, page(f"<article><h1>Bridge left</h1><p class='dek'>It was <b>long</b> held.</p>{figure}{FILLER}</article>")
    )
    assert zones_of(found) == [
        ("headline", "Bridge left"), ("standfirst", "It was long held."), ("body", "\n\n".join(BODY)),
        ("caption", "The bridge on Monday.\n\nPhoto: M. Sol"),
    ]  # fmt: skip


def test_a_page_of_great_depth_or_length_is_read(tmp_path):
    deep = page(f"<article><h1>Bridge left</h1>{'<div>' * 200}<p>{BODY[0]}</p>{'</div>' * 200}{FILLER}</article>")
    assert BODY[0] in read_page(tmp_path, deep).text
    long = page(f"<article><h1>Bridge left</h1><p>{' '.join(BODY) * 3000}</p></article>")
    assert len(read_page(tmp_path, long).text) > 800_000


@pytest.mark.parametrize("tag", ["div", "font"])
def test_a_page_that_is_too_deep_for_the_parser_is_refused(tmp_path, tag):
    """The parser would drop what is deepest, and all that comes after it."""
    (tmp_path / "a.html").write_text(page(f"<article><h1>Bridge left</h1>{f'<{tag}>' * 400}<p>{BODY[0]}</p></article>{FILLER}"))
    articles, (issue,), _ = read(tmp_path / "a.html")
    assert articles == [] and issue.code == "FILE-FORMAT" and "nests its elements too deeply" in issue.message


def test_deep_html_in_a_record_loses_no_word(tmp_path):
    text = f"{'<div>' * 400}<p>{BODY[0]}</p>{'</div>' * 400}<p>{BODY[1]}</p>"
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": text}))
    (article,), issues, _ = read(tmp_path / "a.jsonl")
    assert BODY[0] in article.text and BODY[1] in article.text and "<" not in article.text


def test_letters_of_ascii_are_found_as_in_other_texts():
    ascii_characters = "".join(map(chr, range(128)))
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    assert letters_of(ascii_characters) == letters
    assert letters_of(ascii_characters + "“Ö_٣ 好”") == letters + "Ö٣好"
