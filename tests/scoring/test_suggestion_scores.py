"""Scores of suggestions, where the codebook has changed since the sets were made, and where a span may have several labels."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from standpoint.codebook.types import Codebook
from standpoint.core.files import write_lines
from standpoint.core.model import AdjudicatedSet, Article, Span, Suggestion
from standpoint.core.project import Project
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
    tally.add_adjudicated([offered], msgspec.convert(values | {"annotations": spans}, AdjudicatedSet))
    (row,) = tally.scores()
    assert (row.suggestions, row.both, row.both_any_label) == (1, both, 1)
    assert row.adjudicated == both  # gold has no THING
