"""What is kept about withheld articles: written without a word of them, read with the words if the text is there."""

from __future__ import annotations

import json
import shutil
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from nonempty import nonempty
from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.adjudication.fix import fix_annotation_sets
from standpoint.core.answer_store import AnswerStore
from standpoint.core.corpus import read_adjudicated, read_annotation_sets, read_articles, read_decisions, store_decisions
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import (
    AdjudicatedSet,
    AnnotationSet,
    Article,
    Asked,
    Choice,
    Conflict,
    Decision,
    Reporter,
    Span,
    sha256,
)
from standpoint.core.offsets import Repair
from standpoint.core.project import Project
from standpoint.core.provenance import Dossier, Round
from standpoint.core.standoff import Standoff, checksum, report_unknown_quotes, short, with_quote, without_quotes
from whole_projects import strict

TEXT = "The ferry to Osk 😀 was late.\n\nThe crew of the ferry “rested” in Osk."
TITLE = "The ferry to Osk was late, and its crew rested there"  # eleven words
ARTICLE = f"quay-undated-{sha256(TEXT)[:8]}"
CODEBOOK = """\
title: Ferries
version: 0.3.0
passes: [{name: reading, layers: [ships, note]}]
layers: [{name: ships, kind: span, labels: [ship, place]}, {name: note, kind: text}]
"""


def span(words: str, shift: int = 0, **changes: str) -> Span:
    start = TEXT.index(words)
    made = Span(id=f"s{start}", layer="ships", label="ship", start=start + shift, end=start + len(words) + shift, quote=words)
    return replace(made, **changes)


def set_of(*annotations) -> AnnotationSet:
    return AnnotationSet(
        article_id=ARTICLE, annotator="a01", pass_name="reading", annotator_kind="human_trained", codebook_version="0.3.0",
        text_sha256=sha256(TEXT), annotations=annotations,
    )  # fmt: skip


SET = set_of(span("ferry"), span("Osk 😀"), Choice(id="note", layer="note", label="a ferry, they say"))
ASKED = Asked(
    key="k", article_id=ARTICLE, text_sha256=sha256(TEXT), pass_name="reading", layer="ships", where="[4,9)", seen=("x", "y")
)
DECISION = Decision(
    asked=ASKED, by="j01", by_kind="human_expert", chosen="reading", reason="slip", annotations=(span("ferry"),),
    readings=("A: ship “ferry”", 'B: ship [31,52) "crew of the ferry “rested”"; place “Osk”', "nothing"), comment="the boat",
)  # fmt: skip
ADJUDICATED = AdjudicatedSet(
    article_id=ARTICLE, tier="silver", codebook_version="0.3.0", text_sha256=sha256(TEXT), annotators=("a01",),
    annotations=(span("ferry"),), conflicts=(Conflict(layer="ships", where="[4,9)", readings={"a01": 'ship [4,9) "ferry"'}),),
)  # fmt: skip
REPAIR = Repair(
    f"{ARTICLE} reading a01", "s4", "shifted", {"start": 5, "end": 10, "quote": "ferry"}, {"start": 4, "end": 9, "quote": "ferry"}
)
KEPT = {"facts": SET, "decision": DECISION, "adjudicated": ADJUDICATED, "repair": REPAIR}
ANSWER = '{"ships": [{"sentence": 1, "quote": "ferry"}]}'
ROUND = Round(
    request="0" * 64, served="toy-1", host="localhost", form="json", received="2031-05-04T10:00:00Z", finish="stop",
    answer_sha256=sha256(ANSWER), answer=ANSWER,
)  # fmt: skip
REFUSED = replace(
    ROUND, request="1" * 64, answer="", answer_sha256=sha256(""), refusal="I will not read about the crew of the ferry"
)
DOSSIER = Dossier(
    article_id=ARTICLE, annotator="m11", pass_name="reading", codebook_version="0.3.0", text_sha256=sha256(TEXT), model="toy",
    template="1", prompt="0" * 16, parameters="{}", rounds=(ROUND, REFUSED), taken=0,
)  # fmt: skip


@pytest.fixture
def project(tmp_path) -> Project:
    """A project with one withheld article, whose text is in the local store, and files from before quotes were taken out."""
    made = Project(tmp_path)
    made.guidelines.mkdir()
    made.codebook.write_text(CODEBOOK)
    article = Article(
        id=ARTICLE, source="quay", publisher="The Quay", title=TITLE, licence="all rights reserved", language="en",
        sha256=sha256(TEXT), text=TEXT, annotated_until=len(TEXT),
    )  # fmt: skip
    write_lines(made.withheld / "quay.jsonl", [article])
    write_lines(made.articles / "quay.jsonl", [replace(article, text=None)])
    write_lines(made.annotations / "reading" / "a01.jsonl", [SET])
    write_lines(made.decisions / "quay.jsonl", [DECISION])
    write_lines(made.adjudicated / "quay.jsonl", [ADJUDICATED])
    write_lines(made.fixed, [REPAIR])
    write_lines(made.dossiers / "reading" / "m11.jsonl", [DOSSIER])
    return made


def committed_text(project: Project) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted(project.raw.parent.rglob("*.jsonl")))


def test_no_word_of_the_text_is_written_and_all_are_read_again(project):
    told, issues = strict()
    assert fix_annotation_sets(project, write=False, reporter=told)["files to change"] == 6
    assert fix_annotation_sets(project, write=True, reporter=told)["files changed"] == 6
    assert [issue.code for issue in issues] == ["FIX-QUOTES"] * 12 and not told.levels["error"]
    written = committed_text(project)
    assert not any(words in written for words in ('ferry"', "Osk", "rested", "crew"))
    assert '"label":"a ferry, they say"' in written and '"comment":"the boat"' in written  # their authors' own words
    assert list(read_annotation_sets(project)) == [SET]
    assert [one.annotations for one in read_decisions(project)] == [DECISION.annotations]
    assert [one.annotations for one in read_adjudicated(project)] == [ADJUDICATED.annotations]
    assert [article.title for article in read_articles(project)] == [TITLE]
    issues.clear()
    assert fix_annotation_sets(project, write=True, reporter=told)["files changed"] == 0 and issues == []


def test_a_raw_answer_with_an_email_address_is_never_committed(project):
    said = (
        replace(ROUND, answer='{"note": "ask m.osk@ferries.example"}'),
        ROUND,
        replace(REFUSED, refusal="write to a@ferries.example"),
    )
    other = replace(DOSSIER, article_id="quay-undated-00000000", rounds=said)
    written = Standoff(project).committed(other)
    assert [(one.answer, one.refusal) for one in written.rounds] == [("", ""), (ANSWER, ""), ("", "…")]


def test_the_raw_answers_of_a_model_stay_on_this_machine(project):
    fix_annotation_sets(project, write=True, reporter=Reporter())
    (dossier,) = read_lines(project.dossiers / "reading" / "m11.jsonl", Dossier)
    assert [(one.answer, one.refusal) for one in dossier.rounds] == [("", ""), ("", "…")]
    assert [one.answer_sha256 for one in dossier.rounds] == [sha256(ANSWER), sha256("")]
    with closing(AnswerStore(project.answers)) as store:
        kept = [store.get(one.request) for one in dossier.rounds]
    assert [(one.text, one.refusal) for one in nonempty(kept)] == [(ANSWER, ""), ("", REFUSED.refusal)]


def test_without_the_text_the_checksum_stays_and_the_user_is_told(project):
    fix_annotation_sets(project, write=True, reporter=Reporter())
    shutil.rmtree(project.withheld)
    told, issues = strict()
    report_unknown_quotes(project, told)
    assert [(issue.code, issue.level) for issue in issues] == [("QUOTES-UNKNOWN", "note")] and ARTICLE in issues[0].message
    (one,) = read_annotation_sets(project)
    spans = [item for item in one.annotations if isinstance(item, Span)]
    assert [(item.quote, item.quote_sha256) for item in spans] == [("", checksum("ferry")), ("", checksum("Osk 😀"))]
    path, before = project.annotations / "reading" / "a01.jsonl", committed_text(project)
    Standoff(project).write(path, [one])
    assert committed_text(project) == before
    store_decisions(project, [DECISION])
    assert committed_text(project) == before


def test_a_text_that_is_free_by_now_gives_the_quotes_back(project):
    fix_annotation_sets(project, write=True, reporter=Reporter())
    article = next(read_articles(project))
    shutil.rmtree(project.withheld)
    write_lines(project.articles / "quay.jsonl", [replace(article, licence="CC-BY-4.0")])
    told, issues = strict()
    report_unknown_quotes(project, told)
    assert issues == [] and list(read_annotation_sets(project)) == [SET]
    path = project.annotations / "reading" / "a01.jsonl"
    Standoff(project).write(path, list(read_annotation_sets(project)))
    assert list(read_lines(path, AnnotationSet)) == [SET]


def test_what_is_open_is_written_as_it_is(project):
    other = replace(SET, article_id="quay-undated-00000000")
    path = project.annotations / "reading" / "a02.jsonl"
    Standoff(project).write(path, [other])
    assert json.loads(path.read_text())["annotations"][0]["quote"] == "ferry" and "quote_sha256" not in path.read_text()


@pytest.mark.parametrize("kind", KEPT)
def test_a_taken_down_article_leaves_no_checksum(kind):
    once = without_quotes(KEPT[kind])
    assert without_quotes(once) == once and "quote_sha256" in str(once)
    gone = without_quotes(KEPT[kind], checked=False)
    assert without_quotes(once, checked=False) == gone and checksum("ferry") not in str(gone) and "ferry'" not in str(gone)


def test_a_span_whose_offsets_were_changed_gets_its_words_from_nearby_or_none():
    bare = without_quotes(set_of(span("crew"))).annotations[0]
    assert with_quote(bare, TEXT).quote == "crew"
    moved = replace(bare, start=bare.start + 7, end=bare.end + 7)
    assert with_quote(moved, TEXT) == replace(span("crew"), start=moved.start, end=moved.end)  # the checks report the offsets
    for wrong in (replace(bare, end=bare.end + 1), replace(bare, start=-3, end=-3), replace(bare, start=900, end=904)):
        assert with_quote(wrong, TEXT) == wrong and with_quote(wrong, TEXT).quote == ""


@given(st.text(), st.integers(0, 400), st.integers(1, 400))
def test_words_of_any_text_are_found_again_where_they_were(text, start, length):
    words = text[start : start + length]
    made = Span(id="s", layer="ships", label="ship", start=start, end=start + len(words), quote=words)
    (bare,) = without_quotes(set_of(made)).annotations
    assert bare.quote == "" and (with_quote(bare, text) == made or not words)


def test_a_short_text_may_be_published():
    assert short("one two red four five six seven eight") and short("one two red four five six seven eight nine") is None


def test_what_is_about_an_article_that_is_gone_stays_in_the_file_of_its_source(project):
    (project.articles / "quay.jsonl").write_text("")
    project.decisions.joinpath("quay.jsonl").unlink()
    project.annotators.write_text("annotators: [{id: a01, kind: human_trained}]\n")
    adjudicate_project(project, Reporter())
    store_decisions(project, [DECISION])
    names = [path.name for folder in (project.adjudicated, project.decisions) for path in folder.glob("*.jsonl")]
    assert names == ["quay.jsonl", "quay.jsonl"]
