"""Scores of suggestions, where the codebook has changed since the sets were made, and where a span may have several labels."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from standpoint.cli import main
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_articles
from standpoint.core.files import write_lines
from standpoint.core.model import AdjudicatedSet, Article, Reporter, Span, Suggestion
from standpoint.core.project import Project
from standpoint.pages.suggestions import Suggested, all_suggestions
from standpoint.scoring.suggestion_scores import Tally, score_suggestions
from two_pass_article import CODEBOOK, article_of, digest, facts, made, span
from whole_projects import new_project, store_sets, strict


def grammar(**places: object) -> dict:
    """The quay's codebook, in which places have suggestions, and the layer ``sites`` was renamed to places."""
    layers = [layer | (places if layer["name"] == "places" else {}) for layer in CODEBOOK["layers"]]
    return CODEBOOK | {"layers": layers, "retired": {"sites": "places", "weather": ""}}


def suggested(*pairs: tuple[str, str, str]) -> tuple[Suggestion, ...]:
    """Suggestions by layer, label and outcome, of the same words."""
    return tuple(
        Suggestion(layer=layer, label=label, start=0, end=4, source="rule", outcome=outcome) for layer, label, outcome in pairs
    )


def project_of(folder: Path, book: dict, suggestions: tuple[Suggestion, ...], spans: list[dict]) -> Project:
    """A project with one article, one set with these suggestions, and an adjudicated set with these spans."""
    project = new_project(folder, book)
    article = msgspec.convert(article_of(), Article)
    write_lines(project.articles / "courier.jsonl", [article])
    store_sets(project, [msgspec.structs.replace(made(facts()), suggestions=suggestions)])
    adjudicated = {"article_id": article.id, "tier": "gold", "codebook_version": "0.2.0", "annotators": ["a01"]}
    adjudicated |= {"text_sha256": digest(article.text), "annotations": spans}
    write_lines(project.adjudicated / "courier.jsonl", [msgspec.convert(adjudicated, AdjudicatedSet)])
    return project


def test_suggestions_of_layers_without_suggestions_are_counted_and_of_unknown_layers_reported(tmp_path):
    old = suggested(
        ("places", "PLACE", "accepted"),  # the layer has no suggestions today
        ("sites", "PLACE", "rejected"),  # its old name
        ("weather", "RAIN", "accepted"),  # retired, and nothing replaces it
        ("crops", "GRAIN", "edited"),
        ("crops", "GRAIN", "edited"),
        ("places", "PLACE", "forgotten"),
    )
    project = project_of(tmp_path, grammar(), old, [span("crops", "GRAIN", "mill"), span("places", "PLACE", "mill")])
    reporter, issues = strict()
    (row,) = score_suggestions(project, reporter).rows
    assert (row.layer, row.label, row.suggestions, row.accepted, row.edited, row.rejected) == ("places", "PLACE", 0, 1, 0, 1)
    assert row.precision is None and row.recall is None
    assert sorted(issue.message for issue in issues if issue.code == "SUGGESTION-UNKNOWN") == [
        "1 adjudicated spans are not counted: the codebook has no layer 'crops'",
        "1 suggestions are not counted: 'forgotten' is none of the outcomes accepted, edited, rejected",
        "1 suggestions are not counted: the codebook has no layer 'weather'",
        "2 suggestions are not counted: the codebook has no layer 'crops'",
    ]


@pytest.mark.parametrize("label, both", [("PLACE", 1), ("TIME", 1), ("THING", 0)])
def test_a_span_of_two_labels_is_right_under_each_of_them(label, both):
    labels = [{"name": name} for name in ("PLACE", "TIME", "THING")]
    book = msgspec.convert(grammar(suggestions=True, multiple=True, labels=labels), Codebook)
    values = {"article_id": "q-1", "tier": "gold", "codebook_version": "0.2.0", "annotators": ["a01"], "text_sha256": "0" * 64}
    spans = [span("places", "PLACE", "mill"), span("places", "TIME", "mill", id="other")]
    offered = msgspec.convert(span("places", label, "mill", id="rule-1"), Span)
    tally = Tally(book)
    tally.add_adjudicated([Suggested(offered, "rule", "")], msgspec.convert(values | {"annotations": spans}, AdjudicatedSet))
    (row,) = tally.scores()
    assert (row.suggestions, row.both, row.both_any_label) == (1, both, 1)
    assert row.adjudicated == both  # gold has no THING


def test_a_suggestion_over_any_span_of_an_open_conflict_is_not_judged():
    """One annotator marked "seized", the other "the mill", say: the conflict names both."""
    book = msgspec.convert(grammar(suggestions=True), Codebook)
    offered = msgspec.convert(span("places", "PLACE", "mill", id="rule-1"), Span)
    where = f"[{offered.start - 20},{offered.start - 10}) [{offered.start - 4},{offered.end})"
    values = {"article_id": "q-1", "tier": "gold", "codebook_version": "0.2.0", "annotators": ["a01"], "text_sha256": "0" * 64}
    conflicts = [{"layer": "places", "where": where, "readings": {}}]
    tally = Tally(book)
    tally.add_adjudicated([Suggested(offered, "rule", "")], msgspec.convert(values | {"conflicts": conflicts}, AdjudicatedSet))
    assert not list(tally.scores())


WAYS = [{"text": "the crew", "kind": "descriptor"}, {"text": "Mill"}]
FLEET = {"version": "0.1.0", "actors": [{"id": "act-000001", "name": "Tarn Fleet", "aliases": WAYS}]}


def fleet_project(folder: Path, right: int, wrong: int) -> Project:
    """A project with one adjudicated article, in which "Mill" is ``right`` times a mention of the Tarn Fleet and ``wrong`` times not."""
    layers = [layer | {"suggestions": layer["name"] == "actors"} for layer in CODEBOOK["layers"] if layer["kind"] != "text"]
    names = [layer["name"] for layer in layers]
    passes = [item | {"layers": [name for name in item["layers"] if name in names]} for item in CODEBOOK["passes"]]
    project = new_project(folder, CODEBOOK | {"layers": layers, "passes": passes})
    with project.actors.open("w") as file:
        YAML().dump(FLEET, file)
    store_fleet_article(project, right, wrong)
    return project


def store_fleet_article(project: Project, right: int, wrong: int) -> None:
    text = "The Tarn Fleet came. " + "At Mill it was calm. " * (right + wrong)
    body = [{"name": "body", "start": 0, "end": len(text)}]
    values = article_of() | {
        "text": text,
        "sha256": digest(text),
        "zones": body,
        "annotated_until": len(text),
        "sentences": [],
        "paragraphs": [],
    }
    article = msgspec.convert(values | {"id": f"courier-2031-05-04-{digest(text)[:8]}"}, Article)
    write_lines(project.articles / "courier.jsonl", [article])
    starts = [match.start() for match in re.finditer("Mill", text)][:right]
    spans = [span("actors", "act-000001", "Tarn Fleet", text)]
    spans += [
        span("actors", "act-000001", "Mill", text) | {"start": start, "end": start + 4, "id": f"m{start}"} for start in starts
    ]
    adjudicated = {"article_id": article.id, "tier": "gold", "codebook_version": "0.2.0", "annotators": ["a01"]}
    adjudicated |= {"text_sha256": digest(text), "annotations": spans}
    write_lines(project.adjudicated / "courier.jsonl", [msgspec.convert(adjudicated, AdjudicatedSet)])


def score(project: Project, *options: str):
    return CliRunner().invoke(main, ["--project", str(project.root), "suggestions", "score", *options])


MILL = "source\tlayer\tlabel\tway\tright\tjudged\nregistry\tactors\tact-000001\tMill\t{}\t{}\n"


def test_an_alias_with_a_low_precision_is_switched_off_and_comes_back_when_it_is_right(tmp_path):
    project = fleet_project(tmp_path, right=7, wrong=2)
    found = score(project, "--check")
    assert found.exit_code == 1 and "suggestions-off.tsv is stale" in found.output and not project.switched_off.exists()
    found = score(project)
    assert found.exit_code == 0 and "off from now on" in found.output and project.switched_off.read_text() == MILL.format(7, 9)
    before = project.switched_off.stat().st_mtime_ns
    assert score(project).exit_code == score(project, "--check").exit_code == 0
    assert project.switched_off.stat().st_mtime_ns == before

    codebook, registry = open_codebook(project)
    (article,) = read_articles(project)
    assert [one.span.quote for one in all_suggestions(article, codebook, registry)] == ["Tarn Fleet"]
    (row,) = score_suggestions(project, Reporter()).rows
    assert (row.suggestions, row.both) == (1, 1)  # what is off is not offered, and is no part of the precision

    store_fleet_article(project, right=8, wrong=2)
    assert "on again" in score(project).output and project.switched_off.read_text() == MILL.split("\n")[0] + "\n"


def test_too_few_suggestions_switch_nothing_off_or_on(tmp_path):
    project = fleet_project(tmp_path, right=0, wrong=4)
    assert score(project).exit_code == 0 and not project.switched_off.exists()
    project.switched_off.write_text(MILL.format(3, 9))
    assert score(project).exit_code == 0 and project.switched_off.read_text() == MILL.format(3, 9)
    project.switched_off.write_text(MILL.format(3, 9).replace("act-000001", "act-000009"))
    assert score(project).exit_code == 0 and "act-000009" not in project.switched_off.read_text()  # no actor of the registry


def test_a_damaged_table_of_what_is_off_is_one_line_with_a_hint(tmp_path):
    project = fleet_project(tmp_path, right=1, wrong=0)
    project.switched_off.write_text("source\tlayer\n")
    found = score(project)
    assert found.exit_code == 2 and "suggestions-off.tsv:1: the header should be source layer label way" in found.output
    assert "delete the file" in found.output


def test_a_guessed_name_is_right_where_a_new_actor_is_adjudicated_whatever_its_slot_is_called():
    layers = [layer | {"suggestions": layer["name"] == "actors"} for layer in CODEBOOK["layers"]]
    book = msgspec.convert(CODEBOOK | {"layers": layers}, Codebook)
    values = {"article_id": "q-1", "tier": "gold", "codebook_version": "0.2.0", "annotators": ["a01"], "text_sha256": "0" * 64}
    spans = [span("actors", "NEW:MILL_GUARD", "mill"), span("actors", "act-000001", "dawn", id="b")]
    offered = [
        Suggested(msgspec.convert(span("actors", "NEW:2", words), Span), "new_names", "title") for words in ("mill", "dawn")
    ]
    tally = Tally(book)
    tally.add_adjudicated(offered, msgspec.convert(values | {"annotations": spans}, AdjudicatedSet))
    (row,) = tally.scores()
    assert (row.source, row.suggestions, row.both, row.both_any_label) == ("new_names", 2, 1, 2)
    (way,) = tally.way_scores(Registry(version="0.1.0"))
    assert way == (("new_names", "actors", "NEW:", "title"), 1, 2, False) and not way.goes_off
