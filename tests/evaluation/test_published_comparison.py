"""The rules of the codebook against what was published about re3d and MUC-4: the figures of the docs are these."""

from __future__ import annotations

from pathlib import Path

import pytest

from nonempty import nonempty
from published_comparison import published, rules_against, section
from standpoint.agreement.report_articles import Names
from standpoint.codebook.load import open_codebook

PAGE = Path(__file__).parent.parent.parent / "docs" / "evaluation.md"


def test_compare_runs_on_published_labels_and_gives_the_figures_of_the_docs(corpora, tmp_path):
    """MUC-4 is read without suggestions here, which takes half of the time: the rules find the same events, and no actors."""
    if not (corpora / "muc3" / "keys").is_dir():
        pytest.skip(f"{corpora} has no muc3/keys; name the folder that has with STANDPOINT_CORPORA")
    page, project = PAGE.read_text(encoding="utf-8"), published(corpora, tmp_path)
    compared = rules_against(project, "re3d", tmp_path / "rules.jsonl")
    again = "run: python docs/compare_published_labels.py CORPORA"
    assert section("re3d", compared, Names(*open_codebook(project))).strip() in page, again
    (part,) = compared.parts
    assert (part.heading, part.articles) == ("published", 98) and {one.layer for one in part.figures} == {"actors", "places"}
    examples = [example for errors in part.errors for one in errors.classes for example in one.examples]
    withheld = [example for example in examples if example.article_id.startswith("re3d-bbc")]  # its licence allows no copies
    assert {example.quote for example in nonempty(withheld)} == {""} and any(example.quote for example in examples)

    compared = rules_against(project, "muc4", tmp_path / "events.jsonl", suggesting=False)
    (part,) = compared.parts
    events = part.incidents[0]
    assert (events.layer, events.n) == ("events", 310)
    assert f"| events | recall of incidents | {events.value:.3f} | {events.low:.3f} to {events.high:.3f} | 310 |" in page, again
