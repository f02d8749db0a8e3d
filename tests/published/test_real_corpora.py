"""re3d and MUC-4 as they were published: each annotation has become something, is left out by name, or is refused by name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from published_counts import count_labels, read_corpora, table
from standpoint.checks.run import check_project
from standpoint.core.corpus import read_annotation_sets
from standpoint.core.model import Reporter

PAGE = Path(__file__).parent.parent.parent / "docs" / "published-labels.md"


@pytest.fixture(scope="module")
def counted(corpora, tmp_path_factory):
    """The project, and what was counted and told for each dataset."""
    if not (corpora / "muc3" / "keys").is_dir():
        pytest.skip(f"{corpora} has no muc3/keys; name the folder that has with STANDPOINT_CORPORA")
    project = read_corpora(corpora, tmp_path_factory.mktemp("published"))
    paths = {"re3d": corpora / "re3d", "muc4": corpora / "muc3" / "keys"}
    return project, {name: count_labels(project, name, path) for name, path in paths.items()}


def test_the_counts_of_the_docs_are_these(counted):
    page = PAGE.read_text(encoding="utf-8")
    for counts, told in counted[1].values():
        assert "\n".join(table(counts, told)) in page, "run: python docs/count_published_labels.py CORPORA"


def test_all_of_re3d_is_accounted_for(counted):
    counts, told = counted[1]["re3d"]
    assert (counts["annotation sets"], counts["items"]) == (98, 4838 + 1430)
    assert counts["items"] == counts["items stored"] + counts["items left out"] + counts["items refused"]
    fixed = [issue for issue in told if issue.code == "REGION-FIXED"]  # the five whose offsets are not those of their value
    assert len(fixed) == 5 and [issue.code for issue in told if issue.level == "error"] == ["REGION-TEXT"] * 3  # three blanks


def test_all_of_muc_4_is_accounted_for(counted):
    project, results = counted
    counts, told = results["muc4"]
    sets = [one for one in read_annotation_sets(project) if one.annotator == "muc4"]
    incidents = [incident for one in sets for incident in one.incidents]
    whole = Counter("." in incident.id for incident in incidents)
    assert len(sets) == 260 and (whole[False], whole[True]) == (170, 197)  # of 172 templates; and effects
    assert [issue for issue in told if issue.level == "error"] == []
    assert next(issue.message for issue in told if issue.code == "TASK-ARTICLE").startswith("1,440 document(s)")


def test_the_sets_have_no_fault(counted):
    told: list = []
    check_project(counted[0], Reporter(issue=told.append))
    assert [issue for issue in told if issue.level == "error"] == []
