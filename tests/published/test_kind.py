"""What a published set is everywhere: no person's and no machine's, apart from adjudication and agreement, whole in a release."""

from __future__ import annotations

from itertools import combinations

import pytest
from msgspec.structs import replace

from published_project import CODEBOOK, article, flood_project, store
from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.agreement.agreement import measure_agreement
from standpoint.agreement.figures import HEADING_TEXTS
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_adjudicated
from standpoint.core.model import AnnotationSet, Incident, Reporter, Span, StandpointError
from standpoint.core.project import Project
from standpoint.core.provenance import (
    HEADINGS,
    HUMAN,
    KINDS,
    PUBLISHED,
    Annotator,
    heading,
    is_human,
    is_machine,
    kind_as_listed,
    tier_of,
)
from standpoint.dataset.rows import annotation_row
from standpoint.dataset.schema import features
from standpoint.evaluation.compare_sides import Settings, measure_sides
from whole_projects import store_sets

TEXT = "The Dyke Board met the Veld Miners. They left."


def marked(annotator: str, kind: str, words: str, label: str = "NEW:1") -> AnnotationSet:
    start = TEXT.index(words)
    span = Span(id="s1", layer="actors", label=label, start=start, end=start + len(words), quote=words)
    return AnnotationSet(
        article_id=article(TEXT).id, annotator=annotator, pass_name="facts", annotator_kind=kind, codebook_version="0.1.0",
        text_sha256=article(TEXT).sha256, annotations=(span,),
    )  # fmt: skip


def test_a_published_set_is_no_persons_by_our_guidelines_and_no_machines():
    assert PUBLISHED in KINDS and not is_human(PUBLISHED) and not is_machine(PUBLISHED)
    for one, other in combinations([*KINDS, "unknown", PUBLISHED], 2):
        pair = [marked(name, kind, "Dyke Board") for name, kind in (("a01", one), ("a02", other))]
        assert (heading(*pair, {}) == PUBLISHED) == (PUBLISHED in (one, other))
    assert set(HEADING_TEXTS) == set(HEADINGS) and "not agreement between people" in HEADING_TEXTS[PUBLISHED].warning
    assert tier_of([marked("a01", "human_expert", "Board"), marked("re3d", PUBLISHED, "Board")]) == "silver"
    assert kind_as_listed("re3d", PUBLISHED, {"re3d": PUBLISHED}) == PUBLISHED


@pytest.mark.parametrize(
    "kind, adjudicated, takes_part",
    [("published", None, False), ("published", True, True), ("model", None, True), ("model", False, False)],
)
def test_published_sets_take_no_part_in_adjudication_unless_the_list_says_so(kind, adjudicated, takes_part):
    assert Annotator(id="x1", kind=kind, adjudicated=adjudicated).takes_part == takes_part


@pytest.fixture
def two_people(project) -> Project:
    """Two people who marked one actor, and a published set that marked another one."""
    store(project, article(TEXT))
    people = [marked(name, "human_expert", "Dyke Board", "act-000001") for name in ("a01", "a02")]
    store_sets(project, [*people, marked("re3d", PUBLISHED, "Veld Miners", "NEW:VELD_MINERS")])
    people_listed = "".join(f"  - {{id: {name}, kind: human_expert}}\n" for name in ("a01", "a02"))
    project.annotators.write_text(f"annotators:\n{people_listed}  - {{id: re3d, kind: published}}\n", encoding="utf-8")
    return project


def test_the_adjudicated_set_is_that_of_the_people(two_people):
    adjudicate_project(two_people, Reporter())
    (adjudicated,) = read_adjudicated(two_people)
    assert (adjudicated.tier, adjudicated.annotators, len(adjudicated.conflicts)) == ("gold", ("a01", "a02"), 0)
    assert [item.label for item in adjudicated.annotations] == ["act-000001"]
    text = two_people.annotators.read_text(encoding="utf-8")
    two_people.annotators.write_text(text.replace("published}", "published, adjudicated: true}"), encoding="utf-8")
    adjudicate_project(two_people, Reporter())
    (adjudicated,) = read_adjudicated(two_people)
    assert (adjudicated.tier, adjudicated.annotators) == ("silver", ("a01", "a02", "re3d"))


def test_agreement_with_published_labels_has_a_heading_of_its_own_and_meets_no_target(two_people):
    agreement = measure_agreement(two_people, Reporter())
    exact = {figure.kind: figure for figure in agreement.figures if (figure.layer, figure.statistic) == ("actors", "F1 exact")}
    assert {kind: figure.value for kind, figure in exact.items()} == {HUMAN: 1.0, PUBLISHED: 0.0}
    assert exact[HUMAN].annotators == ("a01", "a02") and exact[PUBLISHED].target is None


def test_a_layer_of_which_a_dataset_has_a_part_only_is_not_compared(two_people):
    """That a template names one mention of an actor does not say that the others are wrong."""
    part = replace(marked("muc4", PUBLISHED, "Veld Miners", "NEW:VELD_MINERS"), partial=("actors", "events", "agent"))
    before = measure_agreement(two_people, Reporter()).figures
    store_sets(two_people, [part])
    listed = two_people.annotators.read_text(encoding="utf-8") + "  - {id: muc4, kind: published}\n"
    two_people.annotators.write_text(listed, encoding="utf-8", newline="\n")
    after = [replace(one, annotators=()) for one in measure_agreement(two_people, Reporter()).figures]
    assert after == [replace(one, annotators=()) for one in before]
    compared = measure_sides("a01", "muc4", two_people, Reporter(), Settings(resamples=0))
    (part_of,) = compared.parts
    assert (part_of.heading, part_of.figures) == (PUBLISHED, ())
    assert [one for one in part_of.scores if one.layer == "actors" or one.value is not None] == []
    assert part_of.not_asked == {"actors": 2}
    assert sum(one.right + sum(one.errors.values()) for one in part_of.errors) == 0
    (whole,) = measure_sides("a01", "re3d", two_people, Reporter(), Settings(resamples=0)).parts
    assert [one.value for one in whole.scores if (one.layer, one.metric) == ("actors", "F1 exact")] == [0.0]


def test_incidents_are_a_column_of_the_release_if_the_codebook_has_crosswalks(tmp_path):
    codebook, _ = open_codebook(flood_project(tmp_path / "with"))
    assert list(features(codebook)["annotations"])[-1] == "incidents"
    assert "incidents" not in features(replace(codebook, crosswalks=()))["annotations"]
    one = replace(marked("muc4", PUBLISHED, "Miners"), incidents=(Incident(id="t1", layer="events", labels=("ruin",)),))
    assert [row["labels"] for row in annotation_row(one, "silver", has_published=True)["incidents"]] == [["ruin"]]
    with pytest.raises(StandpointError, match="is of a published dataset, and the codebook has no crosswalks"):  # nothing is lost
        annotation_row(one, "silver")


def test_the_incidents_of_a_set_follow_its_actors_into_the_registry(project):
    from standpoint.adjudication.new_actors import with_actor_ids

    codebook, registry = open_codebook(project)
    answers = {"agent": ("NEW:DYKE_BOARD", "act-000001", "NEW:MINERS"), "status": ("done",)}
    incident = Incident(id="t1", layer="events", labels=("ruin",), answers=answers)
    (one,) = with_actor_ids([replace(marked("muc4", PUBLISHED, "Miners"), incidents=(incident,))], codebook, registry)
    assert one.incidents[0].answers == {"agent": ("act-000001", "NEW:MINERS"), "status": ("done",)}


def test_the_codebook_has_all_crosswalks_of_the_formats():
    from standpoint.published.corpora import corpus_names

    assert {one["name"] for one in CODEBOOK["crosswalks"]} == set(corpus_names())
