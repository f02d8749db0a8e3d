"""Records as programs write them: separators, headers, missing values, and one object over several lines."""

from __future__ import annotations

import pytest

from ingest_samples import BODY, read

TEXT = BODY[0]


def read_file(tmp_path, name: str, content: str):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return read(path)


@pytest.mark.parametrize(
    "content",
    [
        f'title,text\nA,"{TEXT}"\n',
        f"sep=;\ntitle;text\nA;{TEXT}\n",
        f"title|text\nA|{TEXT}\n",
        f'"title";"text";"topics, tags, places, and people"\n"A";"{TEXT}";"x"\n',
        f'title,"full\ntext",text\nA,x,"{TEXT}"\n',
        f'\ufefftitle,text\r\nA,"{TEXT}"\r\n',
    ],
)
def test_a_header_shows_the_separator(tmp_path, content):
    articles, issues, _ = read_file(tmp_path, "a.csv", content)
    assert [(article.title, issues) for article in articles] == [("A", [])]


def test_a_quote_that_is_not_closed_says_which_lines_it_takes(tmp_path):
    articles, (issue,), _ = read_file(tmp_path, "a.csv", f'title,text\nA,"{TEXT}\nB,{TEXT}\nC,{TEXT}\n')
    assert articles == [] and issue.where.endswith("a.csv:2")
    assert issue.code == "RECORD-CSV" and "(lines 3 to 4 are part of it)" in issue.message


def test_a_column_that_a_table_has_twice_is_refused_if_it_is_read(tmp_path):
    content = f'title,text,note,note,text\nA,"{TEXT}",x,y,another text\n'
    articles, (issue,), _ = read_file(tmp_path, "a.csv", content)
    assert articles == [] and issue.code == "RECORD-COLUMN" and "the column 'text' more than once" in issue.message
    articles, issues, _ = read_file(tmp_path, "b.csv", f'title,text,note,note\nA,"{TEXT}",x,y\n')
    assert [article.text for article in articles] == [f"A\n\n{TEXT}"] and issues == []


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_a_record_with_two_texts_under_one_key_is_refused(tmp_path, name):
    records = [
        f'{{"title": "A", "text": "{TEXT}", "text": "{BODY[1]}"}}',
        f'{{"title": "B", "text": "{TEXT}", "more": {{"title": "x"}}, "keys": ["text"]}}',
        f'{{"title": "C", "text": "The key is \\"text\\". {TEXT}"}}',
    ]
    articles, (issue,), _ = read_file(tmp_path, name, f"[{','.join(records)}]" if name == "a.json" else "\n".join(records))
    assert sorted(article.title for article in articles) == ["B", "C"]
    assert issue.code == "RECORD-JSON" and "the key 'text' twice" in issue.message


@pytest.mark.parametrize("value", ["NaN", "nan", "None", "null", " NULL ", "N/A", "<NA>", "\\N", ""])
def test_what_programs_write_for_no_value_is_no_text(tmp_path, value):
    articles, issues, _ = read_file(tmp_path, "a.csv", f'title,text,byline\nA,{value},x\nB,"{TEXT}",{value}\n')
    assert [(article.title, article.byline) for article in articles] == [("B", None)]
    assert [issue.code for issue in issues] == ["ARTICLE-EMPTY"]


def test_a_number_that_is_none_is_no_value(tmp_path):
    articles, issues, _ = read_file(tmp_path, "a.jsonl", f'{{"title": "A", "text": "{TEXT}", "byline": NaN, "score": NaN}}\n')
    assert [article.byline for article in articles] == [None] and issues == []


@pytest.mark.parametrize(
    "content, titles",
    [
        (f'{{ "title": "A",\n  "text": "{TEXT}"\n}}\n', ["A"]),
        (f'{{\n"title": "A",\n  "text": "{TEXT}"}}', ["A"]),
        (f'\n\n{{"title": "A", "text": "{TEXT}"}}\n{{"title": "B", "text": "{BODY[1]}"}}\n', ["A", "B"]),
        ("[]", []),
        ("[\n]\n", []),
        (f'[{{"title": "A", "text": "{TEXT}"}}]', ["A"]),
    ],
)
def test_a_json_file_is_lines_a_list_or_one_object(tmp_path, content, titles):
    articles, issues, _ = read_file(tmp_path, "a.json", content)
    assert [article.title for article in articles] == titles and issues == []


def test_a_broken_first_line_costs_that_line_only(tmp_path):
    articles, issues, _ = read_file(tmp_path, "a.json", f'{{"title": "A", \n{{"title": "B", "text": "{TEXT}"}}\n')
    assert [article.title for article in articles] == ["B"] and [issue.code for issue in issues] == ["RECORD-JSON"]
