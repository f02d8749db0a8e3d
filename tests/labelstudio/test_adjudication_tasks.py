"""Adjudication pages and tasks of any codebook: what they hold, what they do not, and what is read back without a browser."""

from __future__ import annotations

import json

import msgspec
import pytest
from lxml import etree

import two_pass_article
from another_codebook import ANOTHER_CODEBOOK, another_codebook, renamed_codebook
from nonempty import nonempty
from standpoint.adjudication.adjudicate import Outcome, Rules, adjudicate_article
from standpoint.adjudication.decisions import Answers, decide
from standpoint.adjudication.renames import rename_decisions, rename_in_set
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.files import write_lines
from standpoint.core.model import AnnotationSet, Article, Choice, Decision, Issue, Relation, Reporter, Span
from standpoint.labelstudio.adjudication import AnswerReader, conflict_tasks
from standpoint.pages.adjudication_page import LIST, OpenConflicts, adjudication_config, adjudication_task, reader_letters
from standpoint.pages.task_json import DECODE_TASK, renamed_result, sha256, write_result
from whole_projects import new_project, store_sets

TEXT = "Wheat was good <b>here</b> 😀 and sold for six crowns. The pears rotted."
ARTICLE = Article(
    id=f"mill-post-2031-05-02-{sha256(TEXT)[:8]}", source="mill-post", publisher="The Mill Post", title="Wheat", licence="CC0-1.0",
    language="en", sha256=sha256(TEXT), text=TEXT, sentences=((0, 53), (54, len(TEXT))), annotated_until=len(TEXT),
)  # fmt: skip
CODEBOOK, REGISTRY = another_codebook(), Registry(version="0.0.0")


def span(layer: str, label: str, words: str) -> Span:
    start = TEXT.index(words)
    return Span(id=f"{layer}-{words}", layer=layer, label=label, start=start, end=start + len(words), quote=words)


def reader(name: str, *items) -> AnnotationSet:
    about = {"article_id": ARTICLE.id, "annotator": name, "pass_name": "reading", "annotator_kind": "human_trained"}
    return AnnotationSet(**about, codebook_version=CODEBOOK.version, text_sha256=ARTICLE.sha256, annotations=items)


WHEAT, PRICE, PEARS = span("crops", "grain", "Wheat"), span("amounts", "price", "six crowns"), span("crops", "fruit", "pears")
THE_PEARS = span("crops", "fruit", "The pears")
SOLD = Relation(id="r", layer="measure", label="sold_for", head=WHEAT.id, tail=PRICE.id)
SETS = [
    reader("reader-one", WHEAT, PRICE, SOLD, PEARS, Choice(id="h", layer="health", label="blighted", of=PEARS.id)),
    reader("reader-two", WHEAT, PRICE, THE_PEARS, Choice(id="t", layer="tone", label="worried")),
    reader("reader-three", WHEAT, PRICE, SOLD, THE_PEARS, Choice(id="t", layer="tone", label="hopeful")),
]


def outcome(*decisions: Decision) -> Outcome:
    return adjudicate_article(ARTICLE.id, SETS, Rules(CODEBOOK, {}), decisions)


def task_of(*decisions: Decision) -> dict:
    found = outcome(*decisions)
    return adjudication_task(
        OpenConflicts(ARTICLE, "reading", found.adjudicated.annotations, found.questions), CODEBOOK, REGISTRY
    )


def submitted(task: dict, *items: dict, codebook: Codebook = CODEBOOK, **fields: object) -> list[Answers | Issue]:
    """What is read of a task as the server gives it back, with what was drawn and ``items`` submitted by user 7."""
    (drawn,) = task["predictions"]
    work = {"id": 3, "completed_by": 7, "result": drawn["result"] + list(items), "updated_at": "2031-05-04T10:00:00Z"} | fields
    given = DECODE_TASK(msgspec.json.encode(task | {"id": 1, "annotations": [work]}))
    return list(AnswerReader(codebook, lambda account: (f"j{account:02}", "human_expert"), [ARTICLE.id]).read(given))


def chosen(number: int, choice: str, reason: str = "slip") -> list[dict]:
    rows = (("__decision", choice), ("__reason", reason))
    return [{"id": name, "from_name": f"{name}_{number}", "type": "choices", "value": {"choices": [said]}} for name, said in rows]


def test_the_page_asks_for_nothing_that_is_not_in_conflict_and_has_each_layer_for_own_readings():
    page = etree.fromstring(adjudication_config(CODEBOOK, "reading"))
    names = {control.get("name") for control in page.iter() if control.get("name")}
    assert {"text", "crops", "health", "amounts", "tone", "remark", "__decision_{{idx}}", "__reason_{{idx}}"} <= names
    assert {one.get("name") for one in page.iter() if one.get("required")} == {"__decision_{{idx}}", "__reason_{{idx}}"}
    assert len(page.findall(".//Relations")) == 1


def test_scales_that_are_never_adjudicated_are_not_on_the_page():
    scale = {"name": "sway", "kind": "choice", "for_each": "actors", "ordinal": True, "labels": [{"name": "low", "value": 0}]}
    actors = {"name": "actors", "kind": "span", "labels_from": "actors"}
    passes = [{"name": "reading", "layers": [*ANOTHER_CODEBOOK["passes"][0]["layers"], "actors", "sway"]}]
    book = another_codebook(layers=[*ANOTHER_CODEBOOK["layers"], actors, scale], passes=passes)
    assert "sway" not in adjudication_config(book, "reading")


def test_a_task_names_no_reader_and_lists_equal_readings_once():
    task = task_of()
    assert "reader-" not in json.dumps(task)
    listed = {one["asked"]["layer"]: one for one in task["data"][LIST]}
    assert set(listed) == {"crops", "measure", "tone"}
    said = [option["value"].partition(": ") for option in listed["crops"]["options"]]
    assert sorted(what for _, _, what in said[:2]) == ["fruit “The pears”", "fruit “pears” · health: blighted"]
    assert {"A", "B", "C"} == {letter for who, _, _ in said[:2] for letter in who.split(" and ")}
    assert [option["alias"] for option in listed["crops"]["options"]][2:] == ["none", "mine"]
    assert [option["alias"] for option in listed["measure"]["options"]][2:] == ["mine"]  # one reader has none already
    assert listed["crops"]["place"].endswith("six crowns. ⟦The pears⟧ rotted.")
    assert listed["measure"]["title"].endswith("measure of grain “Wheat”, to price “six crowns”")


def test_new_actors_have_the_names_that_annotators_typed(tmp_path):
    project = new_project(tmp_path / "quay", two_pass_article.CODEBOOK)
    write_lines(project.articles / "courier.jsonl", [msgspec.convert(two_pass_article.article_of(), Article)])
    quote, mill = (two_pass_article.span("actors", "NEW:1", words) for words in ("Netters", "mill"))
    named = [two_pass_article.choice("newcomer", name, "NEW:1") for name in ("Guard of the Quay", "O'Hara's Netters")]
    store_sets(project, [two_pass_article.made([quote, named[0]], "a01"), two_pass_article.made([mill, named[1]], "a02")])
    told: list[Issue] = []
    (task,) = conflict_tasks(project, "facts", Reporter(issue=told.append))
    options = [option["value"] for one in task["data"][LIST] for option in one["options"]]
    assert any("Guard of the Quay (new) “Netters”" in option for option in options)
    assert any("O'Hara's Netters (new) “mill”" in option for option in options) and told == []


def test_the_order_of_readers_is_the_same_everywhere_and_another_from_article_to_article():
    names = ["m01", "m02", "t03"]
    orders = {tuple(reader_letters(f"mill-{number}", "reading", names)) for number in range(50)}
    assert len(orders) == 6
    assert (
        reader_letters("mill-1", "reading", names)
        == reader_letters("mill-1", "reading", names[::-1])
        == {"m01": "A", "t03": "B", "m02": "C"}
    )


def test_the_key_of_a_task_follows_from_what_it_asks():
    (crops, *_) = outcome().questions
    decision = Decision(asked=crops.asked, by="j07", by_kind="human_expert", chosen="none", reason="slip")
    assert task_of()["data"]["article_id"] == task_of()["data"]["article_id"] != task_of(decision)["data"]["article_id"]


def test_answers_are_read_back_and_become_decisions():
    task = task_of()
    by_layer = {one["asked"]["layer"]: number for number, one in enumerate(task["data"][LIST])}
    letter = next(name for name, said in task["data"][LIST][by_layer["crops"]]["readings"].items() if len(said) > 1)
    items = [*chosen(by_layer["crops"], letter), *chosen(by_layer["measure"], "mine", "tool"), *chosen(by_layer["tone"], "none")]
    head, tail = (
        next(one.id for one in outcome().adjudicated.annotations if one.quote == words) for words in ("Wheat", "six crowns")
    )
    arrow = {"type": "relation", "from_id": tail, "to_id": head, "direction": "left", "labels": ["yield"]}
    (answers,) = submitted(task, *items, arrow)
    decisions = list(decide(answers, CODEBOOK))
    assert [(one.chosen, one.reason, one.by) for one in decisions] == [
        (chose, reason, "j07")
        for _, chose, reason in sorted(
            [(by_layer["crops"], "reading", "slip"), (by_layer["measure"], "mine", "tool"), (by_layer["tone"], "none", "slip")]
        )
    ]
    one = outcome(*decisions).adjudicated
    assert one.conflicts == () and one.tier == "gold"
    assert {(item.layer, item.label) for item in one.annotations} == {
        *(("crops", "grain"), ("crops", "fruit"), ("amounts", "price"), ("health", "blighted"), ("measure", "yield"))
    }


def test_what_all_agree_on_stays_and_a_change_of_it_is_told():
    task = task_of()
    for item in task["predictions"][0]["result"]:
        if item.get("from_name") == "crops":
            other = json.loads(json.dumps(item))
            other["value"]["labels"] = ["fruit"]
    drawn = task["predictions"][0]["result"]
    changed = [other if item["id"] == other["id"] and item["from_name"] == "crops" else item for item in drawn]
    issue, answers = submitted(task, result=changed)
    assert (issue.code, issue.level) == ("ADJUDICATION-AGREED", "note") and "the change is not taken" in issue.message
    assert [one.code for one in decide(answers, CODEBOOK)].count("DECISION-CHOICE") == 3


BROKEN = [
    ({"text": "Other words."}, "TASK-TEXT"),
    ({"article": "nobody-knows"}, "TASK-ARTICLE"),
    ({"pass": "weather"}, "TASK-ARTICLE"),
    ({LIST: [{"asked": 3}]}, "ADJUDICATION-TASK"),
]


@pytest.mark.parametrize("change, code", BROKEN)
def test_a_task_that_was_changed_is_refused_by_name(change, code):
    task = task_of()
    task["data"] |= change
    assert [one.code for one in submitted(task)] == [code]


def test_a_skipped_task_decides_nothing_and_is_told():
    (issue,) = submitted(task_of(), was_cancelled=True)
    assert (issue.code, issue.level) == ("TASK-SKIPPED", "note")


@pytest.mark.parametrize("on_server", ["former names", "present names"])
def test_a_page_that_was_sent_under_former_names_gives_the_decisions_under_the_present_ones(on_server):
    """Also those that were fetched before the renaming: they are the same decisions, and neither asked nor stored once more."""
    task, book = task_of(), msgspec.convert(renamed_codebook(), Codebook)
    layers = [entry["asked"]["layer"] for entry in task["data"][LIST]]
    (drawn,) = task["predictions"]
    pears = next(item for item in write_result([PEARS], task["data"], CODEBOOK) if item["id"] == PEARS.id)
    own = [pears, *(item for number, layer in enumerate(layers) for item in chosen(number, "mine" if layer == "crops" else "A"))]
    (page,) = submitted(task, *own)
    before = nonempty(list(decide(page, CODEBOOK)))
    assert len(before) == 3 and not any(isinstance(one, Issue) for one in before)
    expected = rename_decisions(before, SETS, book)
    if on_server == "present names":
        drawn["result"], own = renamed_result(drawn["result"], "reading", book), renamed_result(own, "reading", book)
    read = submitted(task, *own, codebook=book)
    (page,) = (one for one in read if isinstance(one, Answers))
    assert {one.code for one in read if isinstance(one, Issue)} <= {"LABEL-RENAMED", "LAYER-RENAMED"}
    assert list(decide(page, book)) == expected and expected != before
    sets = [rename_in_set(one, book)[0] for one in SETS]
    after = adjudicate_article(ARTICLE.id, sets, Rules(book, {}), expected)
    assert after.questions == [] and after.stale == []
