"""SEESAW and SemEval-2025 Task 10: sentiment and roles become a view of each actor; what differs in an article is no view."""

from __future__ import annotations

import json
from pathlib import Path

from published_project import article, codes, imported, store, told_of
from standpoint.checks.run import check_project
from standpoint.core.model import Choice, Reporter, Span

SENTENCES = ["The Dyke Board cheated the bakers.", "“No rain”, the Board said.", "", "Ann Sol wept."]
TITLE = "Bakers cheated"


def seesaw(folder: Path, **labels: object) -> Path:
    entities = [
        ["Dyke Board", ["Organization"], ["Main"], ["A", "C"]],
        ["Ann Sol", ["People"], ["Salient"], ["A"]],
        ["the flood tax", ["Topic"], ["Salient"], ["A"]],
    ]
    stance = {"id": 0, "subject": "Dyke Board", "sentiment": "NEG", "object": "Ann Sol", "annotators": ["A"]}
    made = {
        "title": TITLE,
        "entity lists": entities,
        "sentence-level stances": {"0": [stance]},
        "entity sentiments": {
            "Dyke Board": [["Very Negative", "A"], ["Neutral", "C"]],
            "Ann Sol": [["Positive", "A"]],
            "the flood tax": [["Negative", "A"]],
        },
        "entity ideologies": {"Dyke Board": [["Not Applicable", "A"]]},
        "article ideology": [{"ideology": "Liberal", "annotator": "A"}],
    } | labels
    text = [{"id": number, "text": sentence} for number, sentence in enumerate(SENTENCES)]
    for name, content in (("annotations", made), ("articles", {"title": TITLE, "text": text})):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "TRIPLET_000_DOCUMENT_0.json").write_text(json.dumps(content), encoding="utf-8", newline="\n")
    return folder


def views(one) -> dict[str, str]:
    return {item.of: item.label for item in one.annotations if isinstance(item, Choice) and item.layer == "view"}


def test_each_annotator_of_seesaw_is_one_of_ours_and_topics_are_no_actors(project, tmp_path):
    store(project, article(f"{TITLE}\n\n{' '.join(filter(None, SENTENCES))}", TITLE))
    sets, told, counts = imported(project, "seesaw", seesaw(tmp_path / "SEESAW"))
    found = {one.annotator: (one.pass_name, views(one)) for one in sets}
    assert found == {
        "seesaw-a": ("views", {"act-000001": "against", "NEW:ANN_SOL": "for"}),
        "seesaw-c": ("views", {"act-000001": "neither"}),
    }
    assert codes(told) == []
    # 4 sentiments, 4 prominences, 1 ideology, 1 stance, 1 ideology of the article
    assert (counts["items"], counts["items stored"], counts["items left out"]) == (11, 3, 8)
    assert "'entity sentiment', 1 time(s), is left out: no actor" in told_of(told, "LABEL-OMITTED")
    told = []
    check_project(project, Reporter(issue=told.append))
    assert not [issue for issue in told if issue.level == "error" or issue.code == "ANSWER-EVIDENCE"]  # nobody asked for wording
    assert {one.partial for one in sets} == {("wording",)}


def test_a_point_that_no_rule_knows_and_a_form_that_is_other_are_told(project, tmp_path):
    store(project, article("\n".join(SENTENCES)))
    folder = seesaw(tmp_path / "SEESAW", **{"entity sentiments": {"Ann Sol": [["Furious", "A"]]}, "article ideology": {"A": 1}})
    _, told, counts = imported(project, "seesaw", folder)
    assert sorted(codes(told)) == ["ANNOTATION-FORMAT", "LABEL-UNKNOWN"] and counts["items refused"] == 2


TEXT = "Bakers cheated\n\nThe Dyke Board cheated Ann Sol. The Board, says Sol, is good. The army saved Sol. Mr Reed ran."


def t10(folder: Path, *lines: tuple[str, str, str], name: str = "EN_01.txt") -> Path:
    """A file of annotations; a line: the mention, the words before it, and the roles with blanks for tabs."""
    (folder / "raw-documents").mkdir(parents=True, exist_ok=True)
    (folder / "raw-documents" / "EN_01.txt").write_text(TEXT, encoding="utf-8", newline="\n")
    rows = []
    for mention, before, roles in lines:
        start = TEXT.index(before) + len(before)
        rows.append("\t".join([name, mention, str(start), str(start + len(mention) - 1), *roles.split()]))
    (folder / "subtask-1-annotations.txt").write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")
    return folder


def test_roles_become_mentions_and_one_view_of_each_actor(project, tmp_path):
    store(project, article(TEXT, "Bakers cheated"))
    folder = t10(
        tmp_path / "EN",
        ("Dyke Board", "The ", "Antagonist Tyrant Deceiver"),
        ("Board", "Sol. The ", "Antagonist Tyrant"),
        ("army", "good. The ", "Protagonist Guardian"),
        ("Ann Sol", "cheated Ann"[:-3], "Innocent Victim"),
        ("Reed", "Mr ", "Protagonist Virtuous"),
        ("Reed", "Mr ", "Antagonist Corrupt"),
    )
    sets, told, counts = imported(project, "semeval2025t10", folder)
    by_pass = {one.pass_name: one for one in sets}
    assert {one.annotator for one in sets} == {"semeval2025t10"}
    marked = {item.quote: item.label for item in by_pass["facts"].annotations if isinstance(item, Span)}
    assert marked == {
        "Dyke Board": "act-000001",
        "Board": "act-000001",
        "army": "act-000002",
        "Ann Sol": "NEW:ANN_SOL",
        "Reed": "NEW:REED",
    }
    assert views(by_pass["views"]) == {"act-000001": "against", "act-000002": "for"}  # Reed is both, so neither
    lost = told_of(told, "LABEL-LOST")
    assert "'main role: Protagonist', 1 time(s), is left out: its actor has different values in the document" in lost
    assert "'main role: Antagonist', 1 time(s), is left out: its actor has different values in the document" in lost
    assert (counts["items"], counts["items stored"]) == (6 + 6 + 7, 5 + 2) and codes(told) == []


def test_an_article_that_is_not_beside_and_a_line_of_another_form_are_refused(project, tmp_path):
    store(project, article(TEXT))
    folder = t10(tmp_path / "EN", ("army", "The ", "Protagonist"), name="EN_02.txt")
    path = folder / "subtask-1-annotations.txt"
    path.write_text(
        path.read_text(encoding="utf-8") + "EN_01.txt\tBoard\t21\n" + "EN_01.txt\tDyke Board\t20\t29\tAntagonist\n",
        encoding="utf-8",
        newline="\n",
    )
    _, told, counts = imported(project, "semeval2025t10", folder)
    assert sorted(codes(told)) == ["ANNOTATION-FORMAT", "DOCUMENT-FORMAT"]
    assert (counts["items"], counts["items stored"], counts["items refused"], counts["items left out"]) == (5, 2, 1, 2)
