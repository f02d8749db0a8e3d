"""Answers of interfaces, as they were saved: their records are found, and what has no text is told with what to do."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from ingest_samples import BODY, COURIER, read, zones_of

TEXT = f"{BODY[0]} {BODY[1]}"
PAGE = f"<p>{BODY[0]}</p><figure><img src='a.jpg'><figcaption>The bridge. Photo: M. Sol</figcaption></figure><p>{BODY[1]}</p>"
NEWS = {
    "source": {"id": None, "name": "Quay Post"},
    "author": "Ada Reed",
    "title": "Bridge left",
    "description": "The bridge was left.",
    "url": "https://quay.example/1",
    "urlToImage": None,
    "publishedAt": "2031-03-12T08:00:00Z",
    "content": TEXT,
}
GUARDIAN = {
    "id": "world/2031/mar/12/bridge",
    "type": "article",
    "webTitle": "Bridge left | World",
    "webUrl": "https://guardian.example/1",
    "apiUrl": "https://content.guardian.example/1",
    "webPublicationDate": "2031-03-12T23:15:00Z",
    "fields": {
        "headline": "Bridge left",
        "standfirst": "<p>It rained.</p><ul><li>Two days</li></ul>",
        "byline": "Ada Reed",
        "body": PAGE,
        "bodyText": TEXT,
        "publication": "Quay Post",
        "lang": "en",
    },
}
GDELT = {
    "url": "https://quay.example/1",
    "url_mobile": "",
    "title": "Bridge left",
    "seendate": "20310312T081500Z",
    "domain": "quay.example",
    "language": "English",
    "sourcecountry": "Veld",
}
REGISTRY = {
    "uri": "7",
    "lang": "eng",
    "date": "2031-03-12",
    "dateTime": "2031-03-12T08:00:00Z",
    "url": "https://quay.example/1",
    "title": "Bridge left",
    "body": "\n\n".join(BODY[:2]),
    "source": {"uri": "quay.example", "title": "Quay Post"},
    "authors": [{"uri": "ada", "name": "Ada Reed"}],
}
SCRAPED = {
    "authors": ["Ada Reed"],
    "date_publish": "2031-03-12 08:00:00",
    "description": "The bridge was left.",
    "language": "en",
    "maintext": "\n".join(BODY[:2]),
    "source_domain": "quay.example",
    "title": "Bridge left",
    "url": "https://quay.example/1",
}


def of(answer: object, tmp_path, **source):
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(answer), encoding="utf-8")
    return read(path, source=replace(COURIER, **source))


@pytest.mark.parametrize(
    "answer, name",
    [
        ({"status": "ok", "totalResults": 1, "articles": [NEWS]}, "NewsAPI"),
        ({"response": {"status": "ok", "results": [GUARDIAN]}}, "Guardian"),
        ({"articles": {"results": [REGISTRY], "totalResults": 1}}, "Event Registry"),
        ([SCRAPED], "news-please"),
    ],
)
def test_the_records_of_a_known_interface_need_no_columns(tmp_path, answer, name):
    (article,), notes, _ = of(answer, tmp_path)
    assert (article.title, article.published, article.byline) == ("Bridge left", "2031-03-12", "Ada Reed")
    assert article.url and article.url.endswith(".example/1") and article.language == "en"
    assert article.original_publisher == (None if name == "news-please" else "Quay Post")
    assert all(sentence in dict(zones_of(article))["body"] or name == "Guardian" for sentence in BODY[:2])
    assert {note.code for note in notes} <= {"FILE-RECORDS", "FILE-LAYOUT", "LANGUAGE-READ"}
    assert any(name in note.message for note in notes)


def test_html_in_a_field_has_its_paragraphs_and_captions(tmp_path):
    (article,), _, _ = of({"response": {"results": [GUARDIAN]}}, tmp_path)
    assert zones_of(article) == [
        ("headline", "Bridge left"),
        ("standfirst", "It rained.\n\nTwo days"),
        ("body", BODY[0]),
        ("caption", "The bridge. Photo: M. Sol"),
        ("body", BODY[1]),
    ]


def test_stated_columns_win_over_those_of_the_interface(tmp_path):
    columns = {"text": "fields.bodyText", "title": "webTitle", "byline": "", "standfirst": ""}
    (article,), notes, _ = of({"response": {"results": [GUARDIAN]}}, tmp_path, columns=columns)
    assert article.text == f"Bridge left | World\n\n{TEXT}" and article.byline is None
    assert [note.code for note in notes] == ["FILE-RECORDS"]
    (article,), _, _ = of({"response": {"results": [GUARDIAN]}}, tmp_path, columns={"byline": ""})
    assert article.title == "Bridge left" and article.byline is None


def test_a_text_that_the_interface_cut_is_a_doubt_and_one_that_it_left_out_is_refused(tmp_path):
    cut = NEWS | {"content": f"{BODY[0]} Residents… [+1234 chars]"}
    (article,), issues, ingested = of({"articles": [cut, NEWS | {"content": None}]}, tmp_path)
    doubts = {issue.code: issue for issue in issues}
    assert "[+1234 chars]" in doubts["ARTICLE-CUT"].message and article.title == "Bridge left"
    assert doubts["RECORD-NO-TEXT"].where.endswith("answer.json:1 articles 2")
    assert "without a text; get the pages" in doubts["RECORD-NO-TEXT"].message and ingested.counts["record_refused"] == 1


BARE = {name: value for name, value in GUARDIAN.items() if name != "fields"}


@pytest.mark.parametrize(
    "answer, words",
    [
        ({"articles": [GDELT] * 3}, "as GDELT gives them; get the pages at their addresses"),
        ({"response": {"results": [BARE] * 3}}, "ask for them again with show-fields="),
        ({"articles": [NEWS | {"content": ""}] * 3}, "as NewsAPI gives them"),
    ],
)
def test_an_answer_without_any_text_is_told_once(tmp_path, answer, words):
    articles, issues, ingested = of(answer, tmp_path)
    (issue,) = [issue for issue in issues if issue.level == "error"]
    assert issue.code == "FILE-NO-TEXT" and words in issue.message and not articles and ingested.counts["file_refused"] == 1


def test_a_source_states_where_the_records_are(tmp_path):
    answer = {"page": {"hits": {"list": [{"text": TEXT}, {"text": BODY[2]}, "x"]}, "other": [{"text": "No."}]}}
    articles, (issue,), _ = of(answer, tmp_path, records="page.hits.list")
    assert [article.text for article in articles] == [TEXT, BODY[2]]
    assert issue.code == "RECORD-JSON" and issue.where.endswith("answer.json:1 page.hits.list 3")
    (article,), issues, _ = of({"response": {"content": {"text": TEXT}}}, tmp_path, records="response.content")
    assert article.text == TEXT and not issues
    _, (issue,), _ = of(answer, tmp_path, records="page.hit.list")
    assert "no list at 'page.hit.list', only 'page'; fix `records`" in issue.message
