"""Words of withheld texts in committed files: found in whatever form, and not where they may be."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from faulty_project_files import adjudicated, told, withhold, written
from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.checks.committed import Rows, rows_of_texts, stretches_in, without_open
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import AnnotationSet, Article, Choice, Reporter, sha256
from standpoint.core.project import Project

TEXT = (
    "Ferry late again\n\nThe ferry “Élise” left Osk’s old harbour at 4.30 on Monday, said the mayor, Jón Þór. "
    "“Nobody had told the state-run port,” he said & laughed.\n\nOur desk is paid by readers like you, who give what they can."
)
BODY = TEXT.index("The ferry")
PART = TEXT[BODY : TEXT.index(", said")]
SOVEREIGN = "渡船星期一下午四点半离开奥斯克的旧港口，没有人告诉港务局。"


def article_of(text: str, name: str = "quay", licence: str = "all rights reserved", zones: tuple = ()) -> Article:
    return Article(
        id=f"{name}-undated-{sha256(text)[:8]}", source=name, publisher="The Quay", title="", licence=licence, language="en",
        sha256=sha256(text), text=text, annotated_until=len(text), zones=zones,
    )  # fmt: skip


def rows(*texts: str) -> Rows:
    (made,) = rows_of_texts(map(article_of, texts))
    return made


FORMS = {
    "as it is": PART,
    "in capitals, over two lines": PART.upper().replace(" LEFT", "\nLEFT"),
    "in JSON": json.dumps({"text": PART}),
    "in JSON with its letters": json.dumps({"text": PART}, ensure_ascii=False),
    "in HTML": f"<p>{PART.replace(' old', ' <b>old</b>').replace('É', '&Eacute;')}</p>",
    "in Markdown": f"> *{PART}*",
    "with decomposed letters": PART.replace("É", "E\u0301"),
    "with other marks": PART.replace("“", '"').replace("”", '"').replace("’", "'"),
}


@pytest.mark.parametrize("form", FORMS)
def test_words_in_a_row_are_found_in_any_form(form):
    (found,) = stretches_in(f"A note.\n\n{FORMS[form]}\n", rows(TEXT))
    assert found.article_id == article_of(TEXT).id and found.words >= 9 and found.line == 3


def test_eight_words_are_not_and_nine_are():
    words = TEXT[BODY:].split()
    assert not list(stretches_in(" ".join(words[:8]), rows(TEXT)))
    assert [found.words for found in stretches_in(" ".join(words[:9]), rows(TEXT))] == [9]
    assert not list(stretches_in(f"{' '.join(words[:5])} and {' '.join(words[5:11])}", rows(TEXT)))


def test_parts_of_compound_words_and_letters_of_scripts_without_blanks_are_less_than_a_word():
    compound = "the state-run, half-built, worn-out, long-lost, tar-black port"
    assert not list(stretches_in(compound, rows(f"He saw {compound} of Osk on the day before the last one.")))
    assert not list(stretches_in(SOVEREIGN[:16], rows(SOVEREIGN)))
    assert [found.words for found in stretches_in(SOVEREIGN[:19], rows(SOVEREIGN))] == [10]


def test_an_address_with_the_words_of_a_headline_is_an_address():
    title = "ferry to osk late again as crew rests in old harbour"
    assert not list(stretches_in(f"https://quay.example/2031/{title.replace(' ', '-')}", rows(title)))
    assert list(stretches_in(title, rows(title)))


def test_what_an_open_text_has_too_may_be_committed():
    open_text = f"A report of another outlet, which may be published. {PART}."
    kept = without_open(rows(TEXT), [article_of(open_text, "wire", "CC-BY-4.0")])
    assert not list(stretches_in(PART, kept)) and list(stretches_in(TEXT[TEXT.index("Nobody") :], kept))


# A project


def git(project: Project, *words: str) -> None:
    subprocess.run(["git", *words], cwd=project.root, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path) -> Project:
    """A project of three articles, all withheld, in a git repository; nothing is wrong with it."""
    made = written(adjudicated(), tmp_path)
    withhold(made)
    (made.root / ".gitignore").write_text(".standpoint/\n")
    git(made, "init", "--quiet")
    git(made, "add", "--all")
    return made


def found(project: Project) -> dict[str, list[str]]:
    return {code: [issue.where for issue in told(project) if issue.code == code] for code in {one.code for one in told(project)}}


WORDS = "The army seized the mill at dawn. Netters fled."


def test_a_project_that_withholds_its_texts_is_right_and_only_says_what_it_cannot_check(project):
    assert found(project) == {}
    shutil.rmtree(project.withheld)
    assert {code: len(places) for code, places in found(project).items()} == {"ARTICLE-NO-TEXT": 3}


@pytest.mark.parametrize("form", ["text", "packed", "table", "UTF-16", "Latin-1"])
def test_a_raw_file_counts_if_git_tracks_it(project, form):
    path = project.raw / "courier" / {"packed": "a.txt.gz", "table": "a.parquet"}.get(form, "a.txt")
    path.parent.mkdir(parents=True)
    encoding = {"UTF-16": "utf-16", "Latin-1": "latin-1"}.get(form, "utf-8")
    content = f"Café, quay\n\n{WORDS} Ils étaient à l’écart.".replace("’", "'").encode(encoding)
    if form == "table":
        pq.write_table(pa.table({"title": ["Quay"], "text": [WORDS]}), path)
    else:
        path.write_bytes(gzip.compress(content) if form == "packed" else content)
    assert found(project) == {}
    git(project, "add", "--all")
    unknown = {"WITHHELD-UNREAD"} if form == "Latin-1" else set()  # of so few words, the encoding is not known
    assert set(found(project)) == {"WITHHELD-WORDS"} | unknown
    assert found(project)["WITHHELD-WORDS"] == [path.relative_to(project.root).as_posix()]
    assert not any("seized" in str(issue) for issue in told(project))  # what is printed may be published, too
    git(project, "rm", "--cached", "--quiet", str(path))
    assert found(project) == {}


def edited(project: Project, change) -> Path:
    path = project.annotations / "facts" / "a01.jsonl"
    first, *others = read_lines(path, AnnotationSet)
    write_lines(path, [replace(first, annotations=change(first.annotations)), *others])
    return path


def test_a_typed_answer_may_quote_eight_words_and_not_nine(project):
    def answer(label: str):
        return lambda items: (*(one for one in items if one.layer != "remark"), Choice(id="remark", layer="remark", label=label))

    edited(project, answer("it says: the army seized the mill at dawn"))
    assert found(project) == {}
    edited(project, answer("the army seized the mill at dawn, and netters fled, it says"))
    assert found(project) == {}
    path = edited(project, answer(f"it says: {WORDS}"))
    assert found(project) == {"WITHHELD-WORDS": [path.relative_to(project.root).as_posix()]}


def test_offsets_that_were_changed_do_not_fit_their_checksum(project):
    def moved(by: int, longer: int):
        def change(items):
            return tuple(
                replace(one, start=one.start + by, end=one.end + by + longer) if one.id == "places-dawn" else one for one in items
            )

        return change

    path = edited(project, moved(0, 0))
    before = path.read_bytes()
    edited(project, moved(-3, 0))
    assert set(found(project)) == {"SPAN-ELSEWHERE"}
    path.write_bytes(before)
    edited(project, moved(-5, 2))
    (issue,) = [issue for issue in told(project) if issue.code == "SPAN-QUOTE"]
    assert f"checksum is {sha256('dawn')[:16]}" in issue.message


def test_conflicts_about_a_withheld_article_are_described_without_its_words(project):
    path = project.annotations / "facts" / "a01.jsonl"
    sets = [replace(one, annotator="a02", annotator_kind="human_expert") for one in read_lines(path, AnnotationSet)]
    kept = [replace(one, annotations=tuple(item for item in one.annotations if "places-dawn" not in item.id)) for one in sets]
    write_lines(path.with_name("a02.jsonl"), kept)
    issues = []
    adjudicate_project(project, Reporter(issue=issues.append))
    content = (project.adjudicated / "courier.jsonl").read_text(encoding="utf-8")
    assert '"readings":{"a01":"TIME [42,46) (time <- territory.capture [23,29))","a02":""}' in content
    assert '\\"' not in content and issues == []
    assert "quote_sha256" in content and not [issue for issue in told(project) if issue.level == "error"]
    shutil.rmtree(project.withheld)
    adjudicate_project(project, Reporter(issue=issues.append))
    assert [issue.code for issue in issues] == ["QUOTES-UNKNOWN"]
    assert (project.adjudicated / "courier.jsonl").read_text(encoding="utf-8") == content
