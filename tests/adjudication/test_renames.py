"""Renamed layers and labels are carried over to sets and decisions, and nobody has to label or decide again."""

from __future__ import annotations

import msgspec
import pytest
import yaml
from msgspec.structs import replace

import versioned_project
from another_codebook import ANOTHER_CODEBOOK, renamed_codebook
from nonempty import nonempty
from standpoint.adjudication import renames
from standpoint.adjudication.adjudicate import Rules, adjudicate_article, adjudicate_project
from standpoint.adjudication.fix import fix_annotation_sets
from standpoint.checks.run import check_project
from standpoint.codebook.load import check_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_adjudicated, read_annotation_sets, read_decisions, sets_of, store_decisions
from standpoint.core.files import read_lines
from standpoint.core.model import AnnotationSet, Choice, Decision, Relation, Reporter, Span, Suggestion
from standpoint.core.offsets import Repair
from standpoint.core.project import Project


def rename(project: Project) -> None:
    project.codebook.write_text(yaml.safe_dump(renamed_codebook(), sort_keys=False), encoding="utf-8")


def fix(project: Project, write: bool = True) -> tuple[dict, list]:
    told: list = []
    return fix_annotation_sets(project, write, Reporter(issue=told.append)), told


@pytest.fixture
def project(tmp_path) -> Project:
    return versioned_project.make(tmp_path, 3)


def test_check_says_what_mends_former_names_and_fix_mends_them(project):
    before = list(read_annotation_sets(project))
    rename(project)
    told: list = []
    check_project(project, Reporter(issue=told.append))
    assert {issue.code for issue in told if issue.level == "error"} >= {"LAYER-RETIRED"}
    counts, notes = fix(project)
    assert counts["fixed: renamed"] == counts["repairs"] and counts["sets brought to this version"] == 6
    assert ("dataset/adjudicated", "FIX-ADJUDICATE") in {note[:2] for note in notes}
    after = list(read_annotation_sets(project))
    assert [len(one.annotations) for one in after] == [len(one.annotations) for one in before]
    grain, fruit, price = sorted((item for item in after[0].annotations if isinstance(item, Span)), key=lambda item: item.start)
    assert [(item.layer, item.label) for item in (grain, fruit, price)] == [
        ("produce", "grain"), ("produce", "orchard_fruit"), ("amounts", "price"),
    ]  # fmt: skip
    choices = {item.id: (item.layer, item.label) for item in after[0].annotations if isinstance(item, Choice)}
    assert choices[f"{grain.id}.state"] == ("state", "ill") and choices["mood"] == ("mood", "hopeful")
    (link,) = (item for item in after[0].annotations if isinstance(item, Relation))
    assert (link.id, link.layer, link.label) == (f"{fruit.id}.amount_of.for.{price.id}", "amount_of", "for")
    adjudicate_project(project, Reporter())
    told.clear()
    check_project(project, Reporter(issue=told.append), built=True)
    assert [issue for issue in told if issue.level == "error"] == []
    assert {item.layer for one in read_adjudicated(project) for item in one.annotations} == {
        "produce", "state", "amount_of", "amounts", "remark",
    }  # fmt: skip
    assert fix(project)[0]["repairs"] == 0


def test_the_record_of_repairs_has_both_names(project):
    rename(project)
    fix(project)
    repairs = [one for one in read_lines(project.fixed, Repair) if one.annotation == "m01-c1"]
    assert [(one.fault, one.before, one.after) for one in nonempty(repairs)] == [
        ("renamed", {"layer": "crops", "label": "fruit"}, {"layer": "produce", "label": "orchard_fruit"})
    ] * 3


def test_a_layer_that_nothing_replaces_is_removed_with_what_is_about_it_and_recorded(project):
    layers = [layer for layer in ANOTHER_CODEBOOK["layers"] if layer["name"] in ("amounts", "tone", "remark")]
    passes = [{"name": "reading", "layers": [layer["name"] for layer in layers]}]
    retired = dict.fromkeys(("crops", "health", "measure"), "")
    project.codebook.write_text(yaml.safe_dump(ANOTHER_CODEBOOK | {"layers": layers, "passes": passes, "retired": retired}))
    counts, _ = fix(project)
    assert counts["fixed: layer retired"] == 6 * 5
    assert {item.layer for one in read_annotation_sets(project) for item in one.annotations} == {"amounts", "tone", "remark"}
    removed = [one for one in read_lines(project.fixed, Repair) if one.annotation == "m01-c0"]
    assert nonempty(removed)[0].before["quote"] == "barley" and removed[0].after == {}


def test_suggestions_that_the_annotator_rejected_are_renamed_too(project):
    rejected = Suggestion(layer="crops", label="fruit", start=0, end=3, source="registry", outcome="rejected")

    def change(one: AnnotationSet) -> AnnotationSet:
        return replace(one, annotations=(), suggestions=(rejected,))

    versioned_project.edit(project, "", change, annotators=("m02",))
    rename(project)
    fix(project)
    found = [one.suggestions for one in read_annotation_sets(project) if one.annotator == "m02"]
    assert found == [(replace(rejected, layer="produce", label="orchard_fruit"),)] * 3
    assert fix(project)[0]["repairs"] == 0


def differing(project: Project) -> None:
    """The second annotator has another label and answer for the fruit, and no link."""

    def change(one: AnnotationSet) -> AnnotationSet:
        items = (
            replace(item, label="grain") if isinstance(item, Span) and item.label == "fruit" else item
            for item in one.annotations
            if not isinstance(item, Relation)
        )
        return replace(one, annotations=tuple(items))

    versioned_project.edit(project, "", change, annotators=("m02",))


@pytest.mark.parametrize("chosen", ["m01", "m02"])
def test_decisions_hold_under_the_new_names_and_are_not_asked_again(project, chosen):
    differing(project)
    book = msgspec.convert(ANOTHER_CODEBOOK, Codebook)
    sets = [one for one in read_annotation_sets(project) if one.article_id == next(read_annotation_sets(project)).article_id]
    questions = adjudicate_article(sets[0].article_id, sets, Rules(book, {})).questions
    assert {question.asked.layer for question in questions} == {"crops", "tone"}
    store_decisions(
        project,
        (
            Decision(
                asked=question.asked, by="j01", by_kind="human_expert", chosen="reading", reason="slip",
                annotations=question.readings[chosen],
            )
            for question in questions
        ),
    )  # fmt: skip
    before = adjudicate_article(sets[0].article_id, sets, Rules(book, {}), list(read_decisions(project)))
    assert before.questions == [] and before.stale == []
    rename(project)
    assert fix(project)[0]["decisions renamed"] == 2
    book = msgspec.convert(renamed_codebook(), Codebook)
    assert list(check_codebook(book)) == []
    sets = [one for one in read_annotation_sets(project) if one.article_id == sets[0].article_id]
    after = adjudicate_article(sets[0].article_id, sets, Rules(book, {}), list(read_decisions(project)))
    assert after.questions == [] and after.stale == [] and after.adjudicated.conflicts == ()
    assert len(after.adjudicated.annotations) == len(before.adjudicated.annotations)
    labels = sorted(item.label for item in after.adjudicated.annotations if item.layer == "produce")
    assert labels == (["grain", "orchard_fruit"] if chosen == "m01" else ["grain", "grain"])
    asked = [question.asked for question in adjudicate_article(sets[0].article_id, sets, Rules(book, {})).questions]
    assert [decision.asked for decision in read_decisions(project)] == sorted(
        asked, key=lambda one: (one.start, one.end, one.layer)
    )
    assert fix(project)[0].get("decisions renamed", 0) == 0


def test_the_sets_are_read_once_for_the_decisions_of_all_files(project, monkeypatch):
    differing(project)
    rules = Rules(msgspec.convert(ANOTHER_CODEBOOK, Codebook), {})
    by_article: dict[str, list[AnnotationSet]] = {}
    for one in read_annotation_sets(project):
        by_article.setdefault(one.article_id, []).append(one)
    for article_id, sets in by_article.items():
        for question in adjudicate_article(article_id, sets, rules).questions:
            kept = question.readings["m02"]
            made = Decision(
                asked=question.asked, by="j01", by_kind="human_expert", chosen="reading", reason="x", annotations=kept
            )
            store_decisions(project, [made])
    (path,) = project.decisions.glob("*.jsonl")
    for number, line in enumerate(reversed(path.read_text(encoding="utf-8").splitlines(keepends=True))):
        (project.decisions / f"{number}.jsonl").write_text(line, encoding="utf-8")
    path.unlink()
    read: list = []
    monkeypatch.setattr(renames, "sets_of", lambda *words: read.append(words) or sets_of(*words))
    rename(project)
    assert fix(project)[0]["decisions renamed"] == 6 and len(read) == 1
    assert adjudicate_project(project, Reporter())["conflicts"] == 0


def test_a_reading_that_was_changed_since_the_decision_is_still_asked_about(project):
    """Only what the adjudicator has seen counts as seen, also under new names."""
    differing(project)
    book = msgspec.convert(ANOTHER_CODEBOOK, Codebook)
    first = next(read_annotation_sets(project)).article_id
    sets = [one for one in read_annotation_sets(project) if one.article_id == first]
    question = adjudicate_article(first, sets, Rules(book, {})).questions[0]
    held = Decision(
        asked=question.asked, by="j01", by_kind="human_expert", chosen="reading", reason="slip", annotations=question.readings["m01"]
    )  # fmt: skip
    store_decisions(project, [held])
    versioned_project.edit(project, first, versioned_project.relabelled("health", "sound", "blighted"), annotators=("m02",))
    rename(project)
    fix(project)
    sets = [one for one in read_annotation_sets(project) if one.article_id == first]
    rules = Rules(msgspec.convert(renamed_codebook(), Codebook), {})
    outcome = adjudicate_article(first, sets, rules, list(read_decisions(project)))
    asked_again = [one for one in outcome.questions if one.asked.layer == "produce"]
    assert [one.standing.by for one in asked_again] == ["j01"] and outcome.stale == []


def test_a_pass_that_is_renamed_by_hand_as_the_check_says_keeps_its_decisions(project):
    differing(project)
    book = msgspec.convert(ANOTHER_CODEBOOK, Codebook)
    first = next(read_annotation_sets(project)).article_id
    sets = [one for one in read_annotation_sets(project) if one.article_id == first]
    questions = nonempty(adjudicate_article(first, sets, Rules(book, {})).questions)
    store_decisions(
        project,
        [
            Decision(asked=one.asked, by="j01", by_kind="human_expert", chosen="none", reason="slip", annotations=())
            for one in questions
        ],
    )
    old, new = ANOTHER_CODEBOOK["passes"][0]["name"], "field"
    passes = [one | {"name": new} if one["name"] == old else one for one in ANOTHER_CODEBOOK["passes"]]
    project.codebook.write_text(yaml.safe_dump(ANOTHER_CODEBOOK | {"passes": passes}))
    told: list = []
    check_project(project, Reporter(issue=told.append))
    assert "SET-PASS" in {issue.code for issue in told}
    (project.annotations / old).rename(project.annotations / new)
    for path in (*project.annotations.glob("*/*.jsonl"), *project.decisions.glob("*.jsonl")):
        path.write_text(path.read_text().replace(f'"pass_name":"{old}"', f'"pass_name":"{new}"'))
    told.clear()
    check_project(project, Reporter(issue=told.append))
    assert "SET-PASS" not in {issue.code for issue in told}
    sets = [one for one in read_annotation_sets(project) if one.article_id == first]
    rules = Rules(msgspec.convert(ANOTHER_CODEBOOK | {"passes": passes}, Codebook), {})
    outcome = adjudicate_article(first, sets, rules, list(read_decisions(project)))
    assert outcome.questions == [] and outcome.stale == []


@pytest.mark.parametrize(
    "retired, problem",
    [({"crops": "amounts"}, "'crops' should no longer be a layer"), ({"old": "nothing"}, "'nothing' should be a layer or empty")],
)
def test_a_retired_layer_is_no_layer_and_its_heir_is_one(retired, problem):
    ((where, told),) = check_codebook(msgspec.convert(ANOTHER_CODEBOOK | {"retired": retired}, Codebook))
    assert where == "retired" and problem in told
