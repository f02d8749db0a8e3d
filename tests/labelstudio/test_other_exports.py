"""Label Studio's other exports, made by its own converter, and pages of its API and files of its storages: what they can say is
imported as from JSON, and what they cannot say is refused and told.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from another_codebook import ANOTHER_CODEBOOK, another_codebook
from nonempty import nonempty
from standpoint.core.corpus import read_annotation_sets
from standpoint.core.files import write_lines
from standpoint.core.model import AnnotationSet, Article, Choice, Issue, Relation, Reporter, Span, sha256
from standpoint.core.project import Project
from standpoint.labelstudio.exchange import import_exports
from standpoint.labelstudio.merge import SUMS
from standpoint.pages.label_config import label_config
from whole_projects import new_project

TEXTS = ["Rye 😀 sold at Élmar for ten pence.", 'كِتَاب: the oats, "wet" and late;\n\nthe rye was not.']


def region(identity: str, control: str, label: str, words: str, text: str) -> dict:
    start = text.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": identity, "from_name": control, "to_name": "text", "type": "labels", "value": value}


def answer(identity: str, control: str, *labels: str, **place: object) -> dict:
    return {
        "id": identity,
        "from_name": control,
        "to_name": "text",
        "type": "choices",
        "value": {"choices": list(labels), **place},
    }


def tasks() -> list[dict]:
    """Two tasks, one of them of two annotators, as the export JSON has them."""
    first = [
        region("r1", "crops", "grain", "Rye", TEXTS[0]),
        region("r2", "amounts", "price", "ten pence", TEXTS[0]),
        answer("r1", "health", "blighted", start=0, end=3, text="Rye"),
        answer("t1", "tone", "hopeful"),
        {"from_id": "r1", "to_id": "r2", "type": "relation", "direction": "right", "labels": ["sold_for"]},
    ]
    second = [
        region("r3", "crops", "grain", "oats", TEXTS[1]),
        region("r4", "crops", "grain", "rye", TEXTS[1]),
        answer("t2", "tone", "worried"),
    ]
    times = {"created_at": "2031-05-04T08:00:00.000000Z", "updated_at": "2031-05-04T09:00:00.000000Z", "lead_time": 61.5}
    works = [
        [{"id": 11, "completed_by": 1, "result": first, **times}, {"id": 12, "completed_by": 2, "result": first[3:4], **times}],
        [{"id": 13, "completed_by": 1, "result": second, **times}],
    ]
    made = zip(TEXTS, works, strict=True)
    return [
        {"id": number, "data": {"text": text, "title": "x"}, "annotations": work} for number, (text, work) in enumerate(made, 1)
    ]


@pytest.fixture
def project(tmp_path) -> Project:
    made = new_project(tmp_path / "project", ANOTHER_CODEBOOK)
    fields = {"source": "gazette", "publisher": "The Gazette", "title": "x", "licence": "CC0-1.0", "language": "en"}
    articles = [Article(id=f"gazette-undated-{sha256(text)[:8]}", sha256=sha256(text), text=text, **fields) for text in TEXTS]
    write_lines(made.articles / "gazette.jsonl", articles)
    return made


def imported(project: Project, *paths: Path) -> tuple[list[AnnotationSet], list[Issue], Counter]:
    told: list[Issue] = []
    counts = import_exports(project, paths, Reporter(issue=told.append))
    for whole, parts in SUMS.items():
        assert counts[whole] == sum(counts[part] for part in parts)
    return list(read_annotation_sets(project)), told, counts


def content(sets: list[AnnotationSet], *kinds: type) -> set[tuple]:
    found = set()
    for one in nonempty(sets):
        for item in one.annotations:
            place = (item.start, item.end, item.quote) if isinstance(item, Span) else ()
            if isinstance(item, kinds):
                found.add((one.article_id, one.annotator, one.lead_time, one.submitted, item.layer, item.label, *place))
    return found


@pytest.fixture(scope="module")
def converted(tmp_path_factory) -> Path:
    """The tasks in all flat formats, as Label Studio's own converter writes them."""
    from label_studio_sdk.converter import Converter

    folder = tmp_path_factory.mktemp("converted")
    (folder / "tasks.json").write_text(json.dumps(tasks()), encoding="utf-8")
    converter = Converter(label_config(another_codebook(), "reading"), str(folder), download_resources=False)
    for name in ("JSON_MIN", "CSV", "TSV"):
        converter.convert(str(folder / "tasks.json"), str(folder / name), name, is_dir=False)
    return folder


@pytest.mark.parametrize("name", ["JSON_MIN", "CSV", "TSV"])
def test_a_flat_export_has_the_spans_and_answers_of_the_json_and_its_answers_on_regions_are_refused(
    name, converted, project, tmp_path
):
    wanted, *_ = imported(new_copy(project, tmp_path), converted / "tasks.json")
    (path,) = (
        [path for path in (converted / name).iterdir() if path.is_file()] if (converted / name).is_dir() else [converted / name]
    )
    sets, told, counts = imported(project, path)
    assert content(sets, Span) == content(wanted, Span) and len(content(sets, Span)) == 4
    tone = lambda found: {row for row in content(found, Choice) if row[4] == "tone"}  # noqa: E731
    assert tone(sets) == tone(wanted) and len(tone(sets)) == 3
    assert content(sets, Choice) == tone(sets) and not content(sets, Relation)  # no default where an answer was lost
    assert [issue.code for issue in told if issue.level == "error"] == ["ITEM-UNLINKED"]
    assert (counts["items"], counts["items stored"], counts["items refused"]) == (8, 7, 1)
    assert imported(project, path)[2]["files changed"] == 0


def new_copy(project: Project, folder: Path) -> Project:
    other = new_project(folder / "other", ANOTHER_CODEBOOK)
    write_lines(other.articles / "gazette.jsonl", [])
    (other.articles / "gazette.jsonl").write_bytes((project.articles / "gazette.jsonl").read_bytes())
    return other


def storage_files(folder: Path) -> list[Path]:
    """A file for each annotation, as a target storage has them: named by the annotation, the task inside."""
    made = [(work, task) for task in tasks() for work in task["annotations"]]
    for work, task in made:
        inside = {"id": task["id"], "data": task["data"], "is_labeled": True, "project": 1}
        person = {"id": work["completed_by"], "email": f"a0{work['completed_by']}@standpoint.invalid", "first_name": ""}
        (folder / str(work["id"])).write_text(json.dumps(work | {"task": inside, "completed_by": person}, indent=2))
    return sorted(folder.iterdir())


def test_a_folder_of_a_target_storage_is_imported_as_the_json(project, tmp_path):
    folder = tmp_path / "storage"
    folder.mkdir()
    assert len(storage_files(folder)) == 3
    sets, told, counts = imported(project, folder)
    assert {one.annotator for one in sets} == {"a01", "a02"} and counts["items stored"] == 9
    assert [issue for issue in told if issue.level == "error"] == [] and len(content(sets, Relation)) == 1


@pytest.mark.parametrize("shape", ["tasks", "results", "indented"])
def test_a_page_of_the_api_is_imported_as_the_json(shape, project, tmp_path):
    listed = [task | {"total_annotations": len(task["annotations"]), "drafts": [], "predictions": []} for task in tasks()]
    page = (
        {"count": 2, "next": None, "results": listed}
        if shape == "results"
        else {"tasks": listed, "total": 2, "total_annotations": 3}
    )
    (tmp_path / "page.json").write_text(json.dumps(page, indent=2 if shape == "indented" else None))
    sets, told, counts = imported(project, tmp_path / "page.json")
    assert counts["items stored"] == 9 and len(sets) == 3 and [issue for issue in told if issue.level == "error"] == []


def test_a_page_without_the_annotations_says_that_they_are_missing(project, tmp_path):
    listed = [task | {"total_annotations": len(task["annotations"]), "annotations": []} for task in tasks()]
    (tmp_path / "page.json").write_text(json.dumps({"tasks": listed, "total": 2}))
    sets, told, counts = imported(project, tmp_path / "page.json")
    assert sets == [] and counts["annotations refused"] == 3
    assert [issue.code for issue in told] == ["TASK-ANNOTATIONS"] * 2 and all("fields=all" in issue.message for issue in told)


@pytest.mark.parametrize(
    "row, code",
    [
        ({"text": TEXTS[0], "rating": [{"rating": 3, "start": 0, "end": 3}]}, "ITEM-UNKNOWN"),
        ({"text": TEXTS[0], "crops": "grain"}, "ITEM-FORMAT"),
        (
            {
                "text": TEXTS[0],
                "crops": [
                    {"start": 0, "end": 3, "text": "Oat", "labels": ["grain"]},
                    {"start": 0, "end": 3, "text": "Rye", "labels": ["grain"]},
                    {"start": 6, "end": 10, "text": "sold", "labels": ["fruit"]},
                ],
            },
            "REGION-TEXT",
        ),
        ({"text": "No such text."}, "TASK-ARTICLE"),
    ],
)
def test_what_a_row_says_that_is_not_understood_is_told_by_name(row, code, project, tmp_path):
    about = {"id": 1, "annotator": 1, "annotation_id": 11, "created_at": "2031-05-04T08:00:00Z", "lead_time": 3}
    (tmp_path / "rows.json").write_text(json.dumps([row | about]))
    _, told, _ = imported(project, tmp_path / "rows.json")
    assert [issue.code for issue in told if issue.level == "error"] == [code]


def test_a_table_with_a_broken_row_is_read_beyond_it(project, tmp_path):
    head = '"annotation_id","annotator","lead_time","text","tone"\r\n'
    rows = f'11,1,2.5,"{TEXTS[0]}","hopeful"\r\n12,1,2.5\r\n13,2,2.5,"{TEXTS[0]}","worried"\r\n'
    (tmp_path / "export.csv").write_text(head + rows, encoding="utf-8", newline="")
    sets, told, _ = imported(project, tmp_path / "export.csv")
    assert len(sets) == 2 and [(issue.code, issue.where.endswith(":3")) for issue in told] == [("TASK-FORMAT", True)]
