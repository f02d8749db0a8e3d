"""Pages and texts that are no article, or not all of one, are kept and have a note; whole articles have none."""

from __future__ import annotations

import json

import pytest

from ingest_samples import BODY, read
from nonempty import nonempty
from standpoint.core.model import Article
from standpoint.ingest.doubts import doubts
from standpoint.ingest.ingest import DOUBTS, ingest
from standpoint.ingest.sources import Source

TEXT = "".join(f"<p>{line}</p>" for line in BODY)
LD = '<script type="application/ld+json">{}</script>'
PAYWALL = "<div><h3>Subscribe to continue reading</h3><p>Already a subscriber? Log in.</p></div>"


def posts(number, heading="<h2>{0}</h2>"):
    return "".join(f"<article>{heading.format(f'Update {n}')}<p>At {n} {BODY[n % 3]}</p></article>" for n in range(number))


PAGES = {
    "paid": (LD.format('{"@type": "NewsArticle", "headline": "Bridge left", "isAccessibleForFree": false}'), f"<article>{TEXT}</article>", "ARTICLE-CUT"),
    "paid, as a word": (LD.format('[{"@graph": [{"headline": "B", "isAccessibleForFree": "False"}]}]'), f"<article>{TEXT}</article>", "ARTICLE-CUT"),
    "paywall": ("", f"<article>{TEXT}{PAYWALL}</article>", "ARTICLE-CUT"),
    "ellipsis": ("", f"<article>{TEXT}<p>The council asked everybody to share bread with th…</p></article>", "ARTICLE-CUT"),
    "live": ("", f"<main><h1>Bridge live</h1>{posts(3)}</main>", "ARTICLE-SEVERAL"),
    "live, stated": (LD.format('{"@type": ["LiveBlogPosting"], "headline": "Bridge live"}'), f"<article>{TEXT}</article>", "ARTICLE-SEVERAL"),
    "index": ("", "<main><h1>World</h1>" + "".join(f'<div><h2><a href="/{n}">Headline {n} of today</a></h2><p>{n} {BODY[n % 3]}</p></div>' for n in range(5)), "ARTICLE-SEVERAL"),
    "robots": ("<title>Just a moment...</title>", f"<h1>Just a moment...</h1><p>Checking your browser before you go on.</p>{TEXT}", "ARTICLE-WALL"),
    "consent": ("", f"<h1>We value your privacy</h1><p>We and our 812 partners store and access information on a device.</p>{TEXT}", "ARTICLE-WALL"),
    "paid, in the head": ('<meta property="article:content_tier" content="locked">', f"<article>{TEXT}</article>", "ARTICLE-CUT"),
    "consent, in German": ("", "<h1>Weiterlesen</h1><p>Wir und unsere 167 Partner verarbeiten Daten auf diesem Gerät.</p>", "ARTICLE-WALL"),
    "error": ("<title>404 Not Found</title>", f"<h1>404 Not Found</h1>{TEXT}", "ARTICLE-WALL"),
    "whole": ("", f"<article><h1>Bridge left</h1>{TEXT}</article>", None),
    "free": (LD.format('{"@type": "NewsArticle", "headline": "B", "isAccessibleForFree": true}'), f"<article>{TEXT}</article>", None),
    "with an offer in the middle": ("", f"<article>{PAYWALL}{TEXT}<p>And so on.</p><p>And so forth.</p></article>", None),
    "with teasers": ("", f"<article><h1>Bridge left</h1>{TEXT * 3}</article><aside>{posts(4, '<h4>{0}</h4>').replace('<p>', '<p hidden>')}</aside>", None),
    "with linked cross-headings": ("", "<article>" + "".join(f'<h2><a href="#{n}">Part {n}</a></h2><p>{n} {BODY[n % 3]}</p>' for n in range(6)) + "</article>", None),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_is_no_article_has_a_note(tmp_path, name):
    head, body, code = PAGES[name]
    path = tmp_path / "a.html"
    path.write_text(f"<!doctype html><html><head><title>Bridge left</title>{head}</head><body>{body}</body></html>")
    articles, issues, ingested = read(path)
    assert [(issue.where, issue.code, issue.level) for issue in issues] == ([(f"{path}:1", code, "note")] if code else [])
    assert len(articles) == ingested.counts["records"] == ingested.counts["articles"] == 1


def test_the_offer_of_a_paywall_is_no_body(tmp_path):
    (tmp_path / "a.html").write_text(f"<html><body><article><h1>Bridge left</h1>{TEXT}{PAYWALL}</article></body></html>")
    (article,), _, _ = read(tmp_path)
    assert {zone.name for zone in article.zones if zone.start > article.text.index("Subscribe") - 1} == {"boilerplate"}


ENDS = {
    "… [+2219 chars]": True, "… [+1 char]": True, " […]": True, " [...]": True, "…": True, "...": True, "…”": True, " <…>": True,
    " [CONTINUED]": True, " (more)": True, "… Read more": True, "... Continue reading »": True, " … Read more on our site": True,
    "": False, " It took [12] days": False, " [Signed] The mayor": False, " “No … never,” she said.": False, " (Reuters)": False,
    " They read on.": False, " [END]": False,
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_a_text_that_breaks_off_has_a_note(tmp_path, end):
    record = {"title": "Bridge left", "text": "\n\n".join(BODY[:2]) + f"\n\nThe mill of the old town burned for days{end}"}
    (tmp_path / "a.jsonl").write_text(json.dumps(record) + "\n")
    (article,), issues, _ = read(tmp_path)
    assert [issue.code for issue in issues] == (["ARTICLE-CUT"] if ENDS[end] else [])
    assert [code for code, _ in doubts(article)] == [issue.code for issue in issues]


@pytest.mark.parametrize(
    "title, text",
    [
        ("Access denied to the bridge, army says", "Guards denied access to the bridge."),
        ("Bridge left", "“We will not go back,” she said – never…"),
        ("500 killed at the mill", "The army said that 500 were killed."),
        ("Cookies for the front", "Bakers sent cookies. They are required by no one."),
        ("Before dawn", "Subscribers of the paper were checked at the door. They read on."),
    ],
)
def test_news_about_such_things_has_no_note(tmp_path, title, text):
    (tmp_path / "a.txt").write_text(f"{title}\n\n{text}\n")
    _, issues, _ = read(tmp_path)
    assert issues == []


def test_every_doubt_has_a_rule():
    assert set(DOUBTS) == {"ARTICLE-CUT", "ARTICLE-ENCODING", "ARTICLE-SEVERAL", "ARTICLE-WALL"}


def test_the_notes_on_public_corpora_are_right(corpora):
    """Of 2,100 articles, notes are only on reports that say [CONTINUED] and on transcripts that end in <…>."""
    muc = Source(id="muc", name="MUC", match=("*",), licence="CC0-1.0", language="en")
    kremlin = Source(
        id="k", name="K", match=("*",), licence="CC0-1.0", language="en", columns={"title": "headline", "text": "body"}
    )
    kremlin_files = [corpora / "presidents" / "putin.csv", corpora / "presidents" / "zelenskyy.csv"]
    for paths, source, mark in (([corpora / "muc3"], muc, "[CONTINUED]"), (kremlin_files, kremlin, "<…>")):
        found = [item for item in ingest(paths, [source]).items if not isinstance(item, Article)]
        notes = [issue for issue in nonempty(found) if issue.code.startswith("ARTICLE-") and issue.code != "ARTICLE-DUPLICATE"]
        assert all(issue.code == "ARTICLE-CUT" and mark in issue.message for issue in nonempty(notes))


def test_a_long_paragraph_without_blanks_that_begins_like_an_offer_is_no_paywall(tmp_path):
    body = f"Subscribe to continue reading：这是该报页面上的话。{'军队星期二离开了大桥，居民说他们听到了枪声。' * 20}"
    (tmp_path / "a.txt").write_text(f"桥梁开放\n\n{body}\n", encoding="utf-8")
    (article,), issues, _ = read(tmp_path)
    assert {zone.name for zone in article.zones} == {"headline", "body"}
    assert [issue.code for issue in issues] == []
