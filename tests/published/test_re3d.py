"""re3d: entities become mentions and places, synonyms one actor; what is unsure, inside another or not here is counted by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from nonempty import nonempty
from published_project import ABOUT, CODEBOOK, article, codes, imported, store, told_of
from standpoint.adjudication.fix import recorded_fixes
from standpoint.checks.run import check_project
from standpoint.core.corpus import read_articles
from standpoint.core.files import write_lines
from standpoint.core.model import Choice, Reporter, Span, StandpointError
from standpoint.core.provenance import load_annotators
from standpoint.core.yaml_files import yaml_text
from standpoint.labelstudio.import_documents import DocumentOptions
from standpoint.published.import_published import import_published

TEXT = 'The Dyke Board met the Veld Miners. It met Ann "Reed" Sol, the chair of the Miners, at Osk Bridge. The army met 40 men.'


def entity(number: int, kind: str, words: str, confidence: float = 1, text: str = TEXT, value: str = "") -> dict:
    start = text.index(words)
    place = {"begin": start, "end": start + len(words)}
    return {"_id": f"e{number}", "documentId": "d1", "type": kind, "value": value or words, "confidence": confidence, **place}


ENTITIES = [
    entity(1, "Organisation", "The Dyke Board"),
    entity(2, "Organisation", "the Veld Miners"),
    entity(3, "Person", "It"),
    entity(4, "Person", 'Ann "Reed" Sol', value="Ann 'Reed' Sol"),
    entity(5, "Person", "the chair of the Miners"),
    entity(6, "Organisation", "the Miners", 0.75),  # inside the one before
    entity(7, "Location", "Osk Bridge", 0.9),
    entity(8, "Location", "Osk", 0.2),
    entity(9, "Organisation", "The army"),
    entity(10, "Quantity", "40"),
    entity(11, "Organisation", "The Dyke Board", 0.6),
    entity(12, "Dragon", "men"),
]


def relation(kind: str, source: str, target: str, confidence: float = 1) -> dict:
    ends = {}
    for name, words in (("source", source), ("target", target)):
        ends |= {name: words, f"{name}Begin": TEXT.index(words), f"{name}End": TEXT.index(words) + len(words)}
    return {"_id": f"{kind}-{source}", "documentId": "d1", "type": kind, "value": ",", "confidence": confidence, **ends}


RELATIONS = [
    relation("IsSynonymOf", 'Ann "Reed" Sol', "the chair of the Miners"),
    relation("IsSynonymOf", "The Dyke Board", "The army", 0.1),
    relation("IsSynonymOf", "Osk Bridge", "The army"),
    relation("Likes", "The Dyke Board", "the Veld Miners"),
]


def write(folder: Path, entities: list[dict], relations: list[dict] = RELATIONS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    document = {"_id": "d1", "title": "Meeting", "text": TEXT}
    for name, records in (("documents", [document]), ("entities", entities), ("relations", relations)):
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (folder / f"{name}.json").write_text("\ufeff" + lines, encoding="utf-8", newline="\n")
    return folder


def spans(one) -> dict[str, tuple[str, str]]:
    return {item.quote: (item.layer, item.label) for item in one.annotations if isinstance(item, Span)}


def test_entities_become_mentions_places_and_new_actors_by_the_table(project, tmp_path):
    store(project, article(f"Meeting\n\n{TEXT}", "Meeting"))  # ingestion has put the headline above the text
    (one,), told, counts = imported(project, "re3d", write(tmp_path / "re3d", ENTITIES), fix=True)
    assert (one.annotator, one.annotator_kind, one.pass_name, one.assistance) == ("re3d", "published", "facts", "none")
    assert one.partial == ("events", "agent", "target", "status", "link")  # nobody looked for events
    assert spans(one) == {
        "Dyke Board": ("actors", "act-000001"),  # without its determiner, and found in the registry
        "Veld Miners": ("actors", "NEW:VELD_MINERS"),
        'Ann "Reed" Sol': ("actors", "NEW:ANN_REED_SOL"),
        "chair of the Miners": ("actors", "NEW:ANN_REED_SOL"),  # IsSynonymOf says that it is she
        "Osk Bridge": ("things", "PLACE"),
        "army": ("actors", "act-000002"),  # an alias that holds in this source only
    }
    names = {item.of: item.label for item in one.annotations if isinstance(item, Choice)}
    assert names == {"NEW:VELD_MINERS": "Veld Miners", "NEW:ANN_REED_SOL": 'Ann "Reed" Sol'}
    assert (counts["items"], counts["items stored"], counts["items refused"], counts["items left out"]) == (16, 7, 1, 8)
    assert told_of(told, "LABEL-UNKNOWN") == [
        "'entity: Dragon', 1 time(s), is not imported: the crosswalk has no rule for it; add one to codebook.yaml"
    ]
    assert sorted(told_of(told, "LABEL-OMITTED")) == [
        "'entity', 1 time(s), is left out: a pronoun",
        "'entity: Quantity', 1 time(s), is left out: numbers are not annotated",
        "'relation: Likes', 1 time(s), is left out: whose opinion it is",
    ]
    assert sorted(told_of(told, "LABEL-LOST")) == [
        "'entity: Location', 1 time(s), is left out: its confidence is below the least of the crosswalk",
        "'entity: Organisation', 1 time(s), is left out: another mark that is surer or longer has its words, and the layer "
        "allows no overlap",
        "'entity: Organisation', 1 time(s), is left out: it says again what is there already",
        "'relation: IsSynonymOf', 1 time(s), is left out: its confidence is below the least of the crosswalk",
        "'relation: IsSynonymOf', 1 time(s), is left out: what it is about is left out",
    ]
    kept = "'entity: Organisation', 3 time(s), is imported as actors; lost: families too"
    assert kept in told_of(told, "LABEL-READ")


def test_the_dataset_is_listed_with_its_source_and_its_licence_and_the_sets_are_valid(project, tmp_path):
    store(project, article(TEXT))
    folder = write(tmp_path / "re3d", ENTITIES[:3], [])
    *_, counts = imported(project, "re3d", folder)
    listed = load_annotators(project.annotators)["re3d"]
    assert (listed.kind, listed.adjudicated, listed.takes_part) == ("published", False, False)
    assert "somebody, 2031" in listed.description and "CC0-1.0" in listed.description
    assert counts["files changed"] == 1
    told: list = []
    check_project(project, Reporter(issue=told.append))
    assert [issue for issue in told if issue.level == "error"] == []
    before = project.annotators.read_bytes()
    assert imported(project, "re3d", folder)[2]["files changed"] == 0 and project.annotators.read_bytes() == before


def test_offsets_that_are_not_of_their_value_are_told_by_name_and_taken_with_fix_only(project, tmp_path):
    store(project, article(TEXT))
    blank = {"_id": "e99", "documentId": "d1", "type": "Person", "value": " ", "confidence": 0.1, "begin": 3, "end": 4}
    other = entity(98, "Person", "Veld Miners", value="Ostrel Bakers")
    folder = write(tmp_path / "re3d", [entity(1, "Organisation", "The Dyke Board"), ENTITIES[3], blank, other], [])
    (one,), told, counts = imported(project, "re3d", folder)
    assert [issue.where.split()[-1] for issue in told if issue.level == "error"] == ["e4", "e99", "e98"]
    assert codes(told) == ["REGION-TEXT"] * 3 and counts["items refused"] == 3
    assert spans(one) == {"Dyke Board": ("actors", "act-000001")}
    (one,), told, counts = imported(project, "re3d", folder, fix=True)
    assert [issue.where.split()[-1] for issue in told if issue.level == "error"] == ["e99", "e98"]
    assert spans(one)['Ann "Reed" Sol'] == ("actors", "NEW:ANN_REED_SOL")
    ((repair,),) = recorded_fixes(project).values()
    assert (repair.before["quote"], repair.after["quote"]) == ("Ann 'Reed' Sol", 'Ann "Reed" Sol')
    assert imported(project, "re3d", folder, fix=True)[2]["files changed"] == 0
    assert len(recorded_fixes(project)) == 1


def test_a_withheld_text_leaves_no_word_of_it(project, tmp_path):
    hidden = article(TEXT, licence="all rights reserved")
    write_lines(project.withheld / "gazette.jsonl", [hidden])
    write_lines(project.articles / "gazette.jsonl", [replace(hidden, text=None)])
    assert nonempty(list(read_articles(project)))[0].text == TEXT
    imported(project, "re3d", write(tmp_path / "re3d", ENTITIES[:1], []))
    stored = (project.annotations / "facts" / "re3d.jsonl").read_text(encoding="utf-8")
    assert '"quote"' not in stored and '"quote_sha256"' in stored


def test_a_long_name_of_a_new_actor_is_cut_as_it_is_published_with_a_withheld_text(project, tmp_path):
    store(project, article(TEXT))
    long = entity(1, "Person", 'Ann "Reed" Sol, the chair of the Miners, at Osk')
    (one,), _, _ = imported(project, "re3d", write(tmp_path / "re3d", [long], []))
    (name,) = [item for item in one.annotations if isinstance(item, Choice)]
    assert (name.label, name.of) == ('Ann "Reed" Sol, the chair of the Miners,', "NEW:ANN_REED_SOL_THE_CHAIR_OF_THE_MINERS")


@pytest.mark.parametrize("broken", ['{"_id": "e1"', "[]", '"entity"'])
def test_a_file_of_another_form_is_refused_in_one_line(broken, project, tmp_path):
    store(project, article(TEXT))
    folder = write(tmp_path / "re3d", [])
    (folder / "entities.json").write_text(f"{broken}\n", encoding="utf-8", newline="\n")
    with pytest.raises(StandpointError, match=r"entities\.json: not readable as re3d: ValueError: line 1"):
        imported(project, "re3d", folder)
    assert not list(project.annotations.glob("*/*.jsonl"))


def test_a_file_that_should_be_beside_and_is_not_is_named(project, tmp_path):
    (write(tmp_path / "re3d", []) / "documents.json").unlink()
    with pytest.raises(StandpointError, match=r"documents\.json: not readable as re3d: No such file"):
        imported(project, "re3d", tmp_path / "re3d")


def test_annotations_without_offsets_ends_or_a_document_are_refused_by_name(project, tmp_path):
    store(project, article(TEXT))
    odd = [
        {"_id": "e1", "documentId": "d1", "type": "Person", "value": "x", "begin": "3", "end": 4},
        entity(2, "Person", "men") | {"documentId": "d2"},
    ]
    folder = write(tmp_path / "re3d", [ENTITIES[0], *odd], [RELATIONS[0]])
    _, told, counts = imported(project, "re3d", folder)
    assert sorted(codes(told)) == ["ANNOTATION-FORMAT", "ANNOTATION-FORMAT", "DOCUMENT-FORMAT"]
    assert (counts["items"], counts["items refused"], counts["items left out"]) == (4, 2, 1)


@pytest.mark.parametrize(
    "rule, problem",
    [
        ({"ours": "status:done"}, "makes 'entity: Person' status:done"),
        ({"role": "agent"}, "makes 'entity: Person' agent"),
        ({"ours": ["things:PLACE", "things:THING"]}, "makes 'entity: Person' things:PLACE or things:THING"),
    ],
)
def test_a_table_that_makes_a_mention_something_else_is_refused(rule, problem, project, tmp_path):
    table = {"name": "re3d", **ABOUT, "rules": [{"slot": "entity", "value": "Person", **rule}]}
    project.codebook.write_text(yaml_text(CODEBOOK | {"crosswalks": [table]}), encoding="utf-8", newline="\n")
    store(project, article(TEXT))
    with pytest.raises(StandpointError, match=problem):
        imported(project, "re3d", write(tmp_path / "re3d", [ENTITIES[3]], []), fix=True)
    assert not list(project.annotations.glob("*/*"))


def test_a_rule_for_no_slot_of_the_format_is_refused(project, tmp_path):
    table = {"name": "re3d", **ABOUT, "rules": [{"slot": "entities", "value": "Person", "ours": "actors"}]}
    project.codebook.write_text(yaml_text(CODEBOOK | {"crosswalks": [table]}), encoding="utf-8", newline="\n")
    store(project, article(TEXT))
    with pytest.raises(StandpointError, match="has a rule for 'entities', no slot of it"):
        imported(project, "re3d", write(tmp_path / "re3d", [ENTITIES[3]], []))


def test_questions_that_the_dataset_did_not_ask_are_no_missing_answers(project, tmp_path):
    asked = [
        {"name": "tone", "kind": "choice", "required": True, "labels": ["calm", "shrill"]},
        {"name": "class", "kind": "choice", "of": "actors", "required": True, "labels": ["armed", "unarmed"]},
    ]
    facts, views = CODEBOOK["passes"]
    passes = [facts | {"layers": [*facts["layers"], "tone", "class"]}, views]
    more = CODEBOOK | {"layers": [*CODEBOOK["layers"], *asked], "passes": passes}
    project.codebook.write_text(yaml_text(more), encoding="utf-8", newline="\n")
    store(project, article(TEXT))
    (one,), _, _ = imported(project, "re3d", write(tmp_path / "re3d", ENTITIES[:2], []))
    assert "tone" not in one.partial and "class" not in one.partial  # it is about mentions, which are complete
    told: list = []
    check_project(project, Reporter(issue=told.append))
    assert [issue.code for issue in told if issue.level == "error"] == []


def test_a_document_with_a_text_that_was_not_ingested_is_an_error(project, tmp_path):
    store(project, article(TEXT))
    folder = write(tmp_path / "re3d", ENTITIES[:1], [])
    with (folder / "documents.json").open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps({"_id": "d2", "title": "x", "text": "Another text."}) + "\n")
    _, told, counts = imported(project, "re3d", folder)
    assert codes(told) == ["TASK-ARTICLE"] and counts["annotation sets"] == 1


def test_without_a_crosswalk_or_under_a_persons_name_nothing_is_imported(project, tmp_path):
    store(project, article(TEXT))
    folder = write(tmp_path / "re3d", ENTITIES[:1], [])
    project.annotators.write_text("annotators:\n  - {id: a01, kind: human_expert}\n", encoding="utf-8", newline="\n")
    with pytest.raises(StandpointError, match="a01 is of the kind human_expert"):
        imported(project, "re3d", folder, annotator="a01")
    assert [one.annotator for one in imported(project, "re3d", folder, annotator="dstl")[0]] == ["dstl"]
    with pytest.raises(StandpointError, match="is no pseudonym"):
        imported(project, "re3d", folder, annotator="Ann Sol")
    project.codebook.write_text(yaml_text(CODEBOOK | {"crosswalks": []}), encoding="utf-8", newline="\n")
    with pytest.raises(StandpointError, match="the codebook has no crosswalk for re3d"):
        imported(project, "re3d", folder)
    with pytest.raises(StandpointError, match="--map, --pass and --fragments are not for re3d"):
        import_published(project, [folder], Reporter(), False, "", DocumentOptions("re3d", pass_name="facts"))
