"""The real corpus: its articles are drawn again from public copies, and no file of this repository has words of those texts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from standpoint.checks.committed import search
from standpoint.checks.run import check_project
from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.model import Issue, Reporter
from standpoint.core.project import Project
from standpoint.core.provenance import load_annotators
from standpoint.core.standoff import Standoff
from standpoint.ingest.ingest import ingest_paths

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "scripts" / "corpus"


@pytest.fixture(scope="module")
def project(corpora, tmp_path_factory) -> Project:
    root = tmp_path_factory.mktemp("corpus") / "project"
    done = subprocess.run(
        [sys.executable, str(CORPUS / "draw.py"), str(corpora), str(root)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Project(root)


def test_the_same_articles_are_drawn_again(project):
    drawn = list(read_articles(project, with_text=False))
    assert sorted(article.id for article in drawn) == (CORPUS / "articles.txt").read_text().split()
    assert len(drawn) >= 200 and all(article.stand_off and article.text is None for article in drawn)
    assert len({article.source for article in drawn}) >= 15


def test_what_is_annotated_belongs_to_them_and_says_who_made_it(project):
    issues: list[Issue] = []
    check_project(project, Reporter(issue=issues.append))
    assert [issue for issue in issues if issue.level == "error"] == []
    listed = load_annotators(project.annotators)
    sets = list(read_annotation_sets(project))
    assert sets and {one.annotator for one in sets} <= listed.keys() and {one.annotator_kind for one in sets} == {"model"}
    assert all(one.description for one in listed.values())


def test_no_tracked_file_has_words_in_a_row_of_the_texts(corpora, tmp_path):
    """Of all texts of the corpora, also of those that were not drawn."""
    everything = Project(tmp_path)
    everything.sources.parent.mkdir()
    (tmp_path / "guidelines").mkdir()
    everything.codebook.write_bytes((ROOT / "guidelines" / "codebook.yaml").read_bytes())
    everything.sources.write_bytes((CORPUS / "sources.yaml").read_bytes())
    ingest_paths(
        everything,
        [corpora / "fa-kes", corpora / "muc3", corpora / "presidents", corpora / "aleppo"],
        everything.sources,
        Reporter(),
    )
    ingest_paths(everything, sorted(corpora.glob("re3d/*/documents.json")), everything.sources, Reporter())
    names = (
        subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True).stdout.decode().split("\0")
    )
    tracked = sorted(ROOT / name for name in names if name)
    found = search(Standoff(everything), tracked, lambda: read_articles(everything))
    said = {path.relative_to(ROOT).as_posix(): stretches for path, stretches, _ in found if stretches}
    assert len(tracked) > 500 and said == {}
