"""From published files to a release: the card says what the sets are, the rows have the incidents, and they can be read again."""

from __future__ import annotations

import pytest

from command_line import run
from muc_key import FULL, TEXT, key
from published_project import article, flood_project, store
from standpoint.core.model import AnnotationSet, Span
from standpoint.dataset.release_folder import open_release
from whole_projects import store_sets


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A project with two people's sets and those of a key, adjudicated, split and built."""
    folder = tmp_path_factory.mktemp("released")
    project = flood_project(folder / "project")
    texts = [
        TEXT,
        *(f"The mill of {place} stood under water for {days} days." for days, place in enumerate(("Osk", "Veld", "Mirrow"), 2)),
    ]
    store(project, *map(article, texts))
    sets = []
    for one in map(article, texts):
        words = one.text.split()[1]
        start = one.text.index(words)
        span = Span(id="s1", layer="things", label="THING", start=start, end=start + len(words), quote=words)
        common = {"article_id": one.id, "pass_name": "facts", "codebook_version": "0.1.0", "text_sha256": one.sha256}
        sets += [
            AnnotationSet(annotator=name, annotator_kind="human_expert", annotations=(span,), **common) for name in ("a01", "a02")
        ]
    store_sets(project, sets)
    people = "".join(f"  - {{id: {name}, kind: human_expert}}\n" for name in ("a01", "a02"))
    project.annotators.write_text(f"annotators:\n{people}", encoding="utf-8", newline="\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.root)
        said = run("import", "--format", "muc4", str(key(folder / "keys", FULL)))
        assert "13 items = 10 items stored + 3 items left out" in said
        for words in ("adjudicate", "split", "build"):
            run(words)
        run("check")
    return project


def test_the_card_counts_published_sets_neither_as_peoples_nor_as_machines(released):
    card = (released.release / "README.md").read_text(encoding="utf-8")
    assert "> 8 annotation sets were made by 2 people." in card
    assert "> 1 of the sets are labels of published datasets, which people made by other guidelines" in card
    assert "pilot" not in card and "made by machines" not in card
    head = card.split("---")[1]
    assert "- expert-generated" in head and "- found" in head and "machine-generated" not in head


def test_the_rows_have_the_incidents_with_the_names_of_the_codebook(released):
    rows = [row for _, row in open_release(released.release).rows("annotations")]
    by_kind = {row["annotator_kind"]: row for row in rows}
    assert set(by_kind) == {"human_expert", "published"} and by_kind["human_expert"]["incidents"] == []
    first = by_kind["published"]["incidents"][0]
    assert (first["id"], first["layer"], first["labels"], first["optional"]) == ("VLD-MUC4-0001-1", "events", ["blasting"], False)
    answers = {answer["layer"]: answer["labels"] for answer in first["answers"]}
    assert answers["target"] == ["NEW:MILLER", "NEW:MILLERS"]
    spans = {span["id"] for span in by_kind["published"]["spans"]}
    assert {span for link in first["links"] for span in link["spans"]} <= spans
    tiers = {row["tier"] for _, row in open_release(released.release).rows("documents")}
    assert tiers == {"gold"}  # the published set has no part in it
