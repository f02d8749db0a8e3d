"""Every region, answer, relation, skipped task, suggestion and prediction is accounted for: taken, or an Issue by name."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace

import msgspec
import pytest

import two_pass_article
from another_codebook import ANOTHER_CODEBOOK, another_codebook, renamed_codebook
from nonempty import nonempty
from standpoint import processes
from standpoint.codebook.types import Codebook
from standpoint.core.model import AnnotationSet, Issue, Reporter
from standpoint.core.project import Project
from standpoint.core.provenance import Annotator
from standpoint.ingest.article import normalise
from standpoint.labelstudio import exchange, own_projects, pull
from standpoint.labelstudio.client import Client, ListedProject
from standpoint.labelstudio.import_annotations import AnnotationImporter
from standpoint.labelstudio.people import People
from standpoint.pages.task_json import DECODE_TASK, decode_task, sha256
from whole_projects import new_project

TEXT = "Wheat 😀 was cut in Élmar.\n\nIt sold for forty crowns. ░░░"
REGIONS = [
    {"id": "w", "from_name": "crops", "type": "labels", "value": {"start": 0, "end": 5, "labels": ["grain"]}},
    {"id": "p", "from_name": "amounts", "type": "labels", "value": {"start": 39, "end": 51, "labels": ["price"]}},
    {"id": "w", "from_name": "health", "type": "choices", "value": {"start": 0, "end": 5, "choices": ["blighted"]}},
    {"from_id": "w", "to_id": "p", "type": "relation", "direction": "right", "labels": ["sold_for"]},
    {"id": "t", "from_name": "tone", "type": "choices", "value": {"choices": ["worried"]}},
]


def task_of(items: list[dict], **changes: object) -> dict:
    """A task with one annotation that has these items."""
    digest = sha256(TEXT)
    data = {
        "text": TEXT,
        "article_id": f"gazette-undated-{digest[:8]}",
        "text_sha256": digest,
        "shown_sha256": digest,
        "pass": "reading",
    }
    work = {"id": 7, "completed_by": {"id": 3, "email": "someone@example.org"}, "result": items, "lead_time": 5.0}
    return {"id": 1, "data": data, "annotations": [work], "drafts": [], "predictions": []} | changes


def collected(task: dict, **ids: str) -> tuple[list[AnnotationSet], list[Issue], AnnotationImporter]:
    """What one task gives."""
    importer = AnnotationImporter(another_codebook(), lambda account: ("a01", "human_trained"), ids)
    results = list(importer.convert([DECODE_TASK(msgspec.json.encode(task))]))
    return (
        [item for item in results if isinstance(item, AnnotationSet)],
        [item for item in results if isinstance(item, Issue)],
        importer,
    )


def test_all_is_taken_and_offsets_are_code_points():
    (found,), issues, importer = collected(task_of(REGIONS))
    assert issues == []
    assert [(item.quote, item.start) for item in found.annotations if hasattr(item, "quote")] == [
        ("Wheat", 0),
        ("forty crowns", 39),
    ]
    assert importer.counts["items"] == importer.counts["items taken"] == 5


BAD = {
    "REGION-OFFSETS": [REGIONS[0] | {"value": {"start": 0, "end": 500, "labels": ["grain"]}}],
    "REGION-ID": [{key: value for key, value in REGIONS[0].items() if key != "id"}],
    "REGION-TEXT": [REGIONS[0] | {"value": {"start": 0, "end": 5, "text": "Barley", "labels": ["grain"]}}],
    "REGION-MASKED": [REGIONS[0] | {"value": {"start": 52, "end": 54, "labels": ["grain"]}}],
    "REGION-LABEL": [REGIONS[0] | {"value": {"start": 0, "end": 5, "labels": ["maize"]}}],
    "REGION-TWICE": [REGIONS[0], REGIONS[1] | {"id": "w"}],
    "CHOICE-LABEL": [REGIONS[0], REGIONS[2] | {"value": {"choices": ["rotten"]}}],
    "CHOICE-SEVERAL": [REGIONS[0], REGIONS[2] | {"value": {"choices": ["sound", "blighted"]}}],
    "CHOICE-ON-NOTHING": [REGIONS[2]],
    "TEXT-EMPTY": [{"id": "n", "from_name": "remark", "type": "textarea", "value": {"text": ["  "]}}],
    "RELATION-DANGLING": [REGIONS[0], REGIONS[3]],
    "RELATION-ENDS": [
        REGIONS[0],
        REGIONS[1] | {"id": "p", "from_name": "crops", "value": {"start": 39, "end": 51, "labels": ["fruit"]}},
        REGIONS[3],
    ],
    "RELATION-LABEL": [REGIONS[0], REGIONS[1], REGIONS[3] | {"labels": []}],
    "ITEM-UNKNOWN": [{"id": "b", "from_name": "boxes", "type": "rectanglelabels", "value": {"x": 1}}],
    "ITEM-TYPE": [REGIONS[0] | {"type": "hypertextlabels"}],
}


@pytest.mark.parametrize("code", BAD)
def test_what_is_not_taken_is_an_issue_and_the_counts_add_up(code):
    (found,), issues, importer = collected(task_of(copy.deepcopy(BAD[code])))
    assert code in [issue.code for issue in issues]
    counts = importer.counts
    assert counts["items"] == counts["items taken"] + counts["items refused"]
    assert all(issue.where.startswith(found.article_id) for issue in nonempty(issues))


@pytest.mark.parametrize("offsets", [("0", "5"), (0.0, 5.0)])
def test_offsets_that_are_not_integers_but_mean_one_are_taken(offsets):
    start, end = offsets
    (found,), issues, _ = collected(task_of([REGIONS[0] | {"value": {"start": start, "end": end, "labels": ["grain"]}}]))
    assert issues == [] and found.annotations[0].quote == "Wheat"


@pytest.mark.parametrize("quote", ["was cut", "Élmar.\n\nIt sold"])
def test_offsets_of_an_old_server_in_utf_16_units_become_code_points(quote):
    at = TEXT.index(quote)
    units = len(TEXT[:at].encode("utf-16-le")) // 2
    value = {"start": units, "end": units + len(quote), "text": quote.replace("\n", "\\n"), "labels": ["grain"]}
    (found,), issues, _ = collected(task_of([REGIONS[0] | {"value": value}]))
    assert issues == [] and found.annotations[0].quote == quote and found.annotations[0].start == at


def test_no_name_and_no_e_mail_goes_into_the_sets_only_into_the_local_file(tmp_path):
    people = People(
        tmp_path / "people.json", {"p01": Annotator(id="p01", kind="human_trained")}, {5: "someone@example.org"}, "http://x"
    )
    named = [
        {"id": 3, "email": "a.person@example.org"},
        5,
        9,
        {"id": 3, "email": "a.person@example.org"},
        {"email": "m07@standpoint.invalid"},
    ]
    names = [people.who(account) for account in named]
    assert names == [("p02", "unknown"), ("p03", "unknown"), ("p04", "unknown"), ("p02", "unknown"), ("m07", "unknown")]
    people.save()
    again = People(tmp_path / "people.json", {})
    assert again.who({"email": "a.person@example.org"}) == ("p02", "unknown")
    (found,), _, _ = collected(task_of(REGIONS))
    assert b"@" not in msgspec.json.encode(found)


def test_an_arrow_drawn_to_the_left_is_turned_round():
    left = REGIONS[3] | {"from_id": "p", "to_id": "w", "direction": "left"}
    (found,), issues, _ = collected(task_of([*REGIONS[:2], left]))
    assert issues == [] and [item.head for item in found.annotations if hasattr(item, "tail")] == ["w"]


def test_a_skipped_task_is_said_and_gives_no_set():
    task = task_of(REGIONS)
    task["annotations"][0]["was_cancelled"] = True
    found, issues, importer = collected(task)
    assert found == [] and [issue.code for issue in issues] == ["TASK-SKIPPED"]
    assert importer.counts["items"] == importer.counts["items skipped"] == 5


def test_drafts_and_predictions_are_counted():
    _, issues, importer = collected(task_of(REGIONS, drafts=[{"id": 1, "result": []}], predictions=[4, {"id": 5}]))
    assert [issue.code for issue in issues] == ["TASK-DRAFT"]
    assert importer.counts["drafts"] == 1 and importer.counts["predictions"] == 2


def test_copies_that_sqlite_stored_of_one_submission_are_kept_once_and_said():
    task = task_of(REGIONS)
    task["annotations"] = [
        task["annotations"][0] | {"id": number, "updated_at": f"2031-05-04T10:00:0{number}Z"} for number in (7, 8, 9)
    ]
    found, issues, importer = collected(task)
    assert len(found) == 1 and [issue.code for issue in issues] == ["SET-COPY", "SET-COPY"]
    assert importer.counts["copies"] == 2


def test_two_different_submissions_of_one_annotator_are_both_read_the_latest_last():
    task = task_of(REGIONS)
    later = task["annotations"][0] | {"id": 8, "result": REGIONS[:1], "updated_at": "2031-05-05T10:00:00Z"}
    task["annotations"] = [later, task["annotations"][0] | {"updated_at": "2031-05-04T10:00:00Z"}]
    found, _, _ = collected(task)
    assert [len(item.annotations) for item in found] == [5, 2]


def test_former_names_of_layers_and_labels_become_the_present_ones_with_a_note():
    importer = AnnotationImporter(msgspec.convert(renamed_codebook(), Codebook), lambda account: ("a01", "human_trained"))
    task = task_of([*REGIONS, REGIONS[0] | {"id": "f", "value": {"start": 15, "end": 18, "labels": ["fruit"]}}])
    suggested = {"id": 9, "result": [{"id": "w", "from_name": "crops", "value": {"start": 0, "end": 5, "labels": ["fruit"]}}]}
    task["predictions"], task["annotations"][0]["parent_prediction"] = [suggested], 9
    results = list(importer.convert([DECODE_TASK(msgspec.json.encode(task))]))
    (found,) = (item for item in results if isinstance(item, AnnotationSet))
    assert [(item.id, item.layer, item.label) for item in found.annotations] == [
        ("w", "produce", "grain"),
        ("f", "produce", "orchard_fruit"),
        ("p", "amounts", "price"),
        ("mood", "mood", "grave"),
        ("w.state", "state", "ill"),
        ("f.state", "state", "sound"),
        ("w.amount_of.for.p", "amount_of", "for"),
    ]
    assert [(item.layer, item.label) for item in found.suggestions] == [("produce", "orchard_fruit")]
    notes = [(item.code, item.level, item.message.split("'")[1]) for item in results if isinstance(item, Issue)]
    assert sorted(notes) == [
        *(("LABEL-RENAMED", "note", label) for label in ("blighted", "fruit", "sold_for", "worried")),
        *(("LAYER-RENAMED", "note", control) for control in ("crops", "health", "tone")),
    ]
    assert importer.counts["items taken"] == importer.counts["items"] == 6


def test_the_text_on_the_page_is_the_label_s_name_where_only_one_label_shows_it():
    """An export of another project may have the words of its page where ours has the alias."""
    labels = [{"name": "PER", "show": "Person"}, {"name": "LOC", "show": "Place"}, {"name": "GPE", "show": "Place"}]
    layers = [{"name": "crops", "kind": "span", "labels": labels}]
    book = {"title": "t", "version": "0.1.0", "passes": [{"name": "reading", "layers": ["crops"]}], "layers": layers}
    importer = AnnotationImporter(msgspec.convert(book, Codebook), lambda account: ("a01", "human_trained"))
    regions = [
        REGIONS[0] | {"id": str(start), "value": {"start": start, "end": start + 1, "labels": [label]}}
        for start, label in enumerate(("Person", "PER", "Place"))
    ]
    found, *issues = sorted(
        importer.convert([DECODE_TASK(msgspec.json.encode(task_of(regions)))]), key=lambda item: isinstance(item, Issue)
    )
    assert [(item.id, item.label) for item in found.annotations] == [("0", "PER"), ("1", "PER")]
    assert [(issue.code, issue.level) for issue in issues] == [("LABEL-RENAMED", "note"), ("REGION-LABEL", "error")]


def test_a_text_changed_in_label_studio_is_refused_whole():
    task = task_of(REGIONS)
    task["data"]["text"] = TEXT.replace("forty", "fifty")
    found, issues, _ = collected(task)
    assert found == [] and [issue.code for issue in issues] == ["TASK-TEXT"]


def test_a_task_of_somebody_elses_project_is_found_by_its_text_and_its_offsets_are_moved():
    from standpoint.ingest.article import normalise

    raw = "\ufeffWheat  was cut.\r\n\r\nWheat in E\u0301lmar was cut  too.\r\n"
    normal = normalise(raw)
    at = raw.index("E\u0301lmar")
    items = [
        {
            "id": "e",
            "from_name": "crops",
            "type": "labels",
            "value": {"start": at, "end": at + 6, "text": raw[at : at + 6], "labels": ["grain"]},
        }
    ]
    task = task_of(items) | {"data": {"body": raw, "n": 3}}
    importer = AnnotationImporter(
        another_codebook(), lambda account: ("a01", "human_trained"), {sha256(normal): "gazette-undated-00000000"}
    )
    (found,) = importer.convert([DECODE_TASK(msgspec.json.encode(task))])
    span = found.annotations[0]
    assert normal[span.start : span.end] == span.quote == "Élmar"


def test_a_region_of_two_labels_whose_place_is_not_certain_is_one_refused_item():
    """Its place is a character that normalising removes."""
    layer = {"name": "crops", "kind": "span", "labels": [{"name": "grain"}, {"name": "fruit"}], "multiple": True}
    passes = [{"name": "reading", "layers": ["crops"]}]
    book = msgspec.convert({"title": "t", "version": "0.1.0", "passes": passes, "layers": [layer]}, Codebook)
    text = "Wheat\u200b was cut."
    regions = [
        {"id": name, "from_name": "crops", "type": "labels", "value": {"start": start, "end": end, "labels": ["grain", "fruit"]}}
        for name, start, end in (("a", 0, 5), ("b", 5, 6))
    ]
    task = {"id": 1, "data": {"body": text}, "annotations": [{"id": 7, "completed_by": 1, "result": regions}]}
    importer = AnnotationImporter(book, lambda account: ("a01", "human_trained"), {sha256(normalise(text)): "gazette-1"})
    found, issue = sorted(importer.convert([decode_task(msgspec.json.encode(task))]), key=lambda item: isinstance(item, Issue))
    assert [(item.id, item.quote) for item in found.annotations] == [("a.fruit", "Wheat"), ("a.grain", "Wheat")]
    assert issue.code == "REGION-MOVED" and importer.counts["items taken"] == importer.counts["items refused"] == 1


def test_a_task_that_is_no_article_is_an_issue():
    task = task_of(REGIONS) | {"data": {"text": "Something else."}}
    found, issues, importer = collected(task)
    assert found == [] and [issue.code for issue in issues] == ["TASK-ARTICLE"]
    assert importer.counts["items refused"] == 5


def test_the_title_of_a_project_on_the_server_names_no_folder_of_ours(monkeypatch, tmp_path):
    kept = tmp_path / ".standpoint" / "withheld" / "gazette.jsonl"
    kept.parent.mkdir(parents=True)
    kept.touch()
    (tmp_path / ".standpoint" / "pull" / "standpoint-reading-..").mkdir(parents=True)  # as a folder by that title would be
    monkeypatch.setattr(exchange, "open_codebook", lambda _: (another_codebook(), None))
    monkeypatch.setattr(exchange, "read_articles", lambda *_, **__: [])
    monkeypatch.setattr(exchange, "user_emails", lambda _: {})
    project = Project(tmp_path)
    mark = own_projects.Mark(project=project.ensure_id(), name="standpoint", pass_name="reading", annotator="a01")
    listed = [ListedProject("standpoint reading ../../../withheld", 7, mark.line)]
    monkeypatch.setattr(own_projects, "listed_projects", lambda _: listed)
    client = Client("https://labels.example.org", SimpleNamespace(list_tasks=lambda *_: []))
    exchange.pull_annotations(project, client, Reporter())
    assert kept.exists()


DAMAGED_PAGES = {
    "emptied": lambda whole: b"",
    "zeros": lambda whole: b"\0" * len(whole),
    "cut off in a task": lambda whole: whole[:-9],
    "cut off between two tasks": lambda whole: b"".join(whole.splitlines(keepends=True)[:-1]),
    "cut off after the head": lambda whole: whole.splitlines(keepends=True)[0],
    "a damaged line": lambda whole: whole.replace(b'"Rye"', b'"Rye'),
    "a byte that is not UTF-8": lambda whole: whole.replace(b"Rye", b"R\xffe"),
    "no task": lambda whole: b"\n".join([whole.splitlines()[0], b"[]", b"7"]),
}


@pytest.mark.parametrize("damage", DAMAGED_PAGES)
def test_a_damaged_page_is_fetched_again(damage, tmp_path):
    whole = [{"id": number, "data": {"text": "Rye"}, "annotations": []} for number in (3, 5)]
    fetched: list[int] = []

    def list_tasks(project: int, include: str, filters: list[dict], size: int) -> list[dict]:
        if include == "":
            fetched.append(project)
            return copy.deepcopy(whole)
        is_first_page = filters[0].get("value") == 0 and pull.WITH_DRAFTS not in filters
        return [{"id": task["id"], "updated_at": "2031-03-12T08:00:00Z"} for task in whole if is_first_page]

    client = Client("https://labels.example.org", SimpleNamespace(list_tasks=list_tasks))
    first = list(pull.pull_tasks(client, 7, tmp_path))
    assert [task["id"] for task in first] == [3, 5] and first == list(pull.pull_tasks(client, 7, tmp_path))
    assert len(fetched) == 1
    path = tmp_path / "000000.jsonl"
    path.write_bytes(DAMAGED_PAGES[damage](path.read_bytes()))
    assert list(pull.pull_tasks(client, 7, tmp_path)) == first and len(fetched) == 2


def read(task: dict) -> tuple[list[AnnotationSet], list[Issue], AnnotationImporter]:
    """What a task gives that is read as from a file."""
    importer = AnnotationImporter(another_codebook(), lambda account: (f"a{account}", "human_trained"), {})
    results = list(importer.convert([decode_task(msgspec.json.encode(task))]))
    sets = [item for item in results if isinstance(item, AnnotationSet)]
    return sets, [item for item in results if isinstance(item, Issue)], importer


def with_two_annotators(**changes: object) -> dict:
    """A task with two annotations of the same regions; the second one has the changes."""
    task = task_of(REGIONS)
    task["annotations"] = [
        {"id": 1, "completed_by": 1, "result": REGIONS},
        {"id": 2, "completed_by": 2, "result": REGIONS} | changes,
    ]
    return task


@pytest.mark.parametrize(
    "odd", [{"labels": "grain"}, {"labels": ["grain"], "start": [0]}, {"choices": "x"}, {"labels": {"a": 1}}, "grain", [1], 5]
)
def test_an_odd_region_costs_that_region_only(odd):
    bad = {"id": "z", "from_name": "crops", "type": "labels", "value": odd}
    sets, issues, importer = read(with_two_annotators(result=[*REGIONS, bad]))
    assert [item.annotator for item in sets] == ["a1", "a2"] and sets[0].annotations == sets[1].annotations
    assert [issue.code for issue in issues] == ["ITEM-FORMAT"] and issues[0].where.endswith("annotation 2 region z")
    counts = importer.counts
    assert counts["items"] == 2 * len(REGIONS) + 1 == counts["items taken"] + counts["items refused"]


@pytest.mark.parametrize(
    "changes",
    [{"was_cancelled": None}, {"lead_time": None}, {"parent_prediction": None}, {"lead_time": "30.5"}, {"completed_by": 2.0}],
)
def test_null_is_absent_and_a_number_may_be_written_as_a_text(changes):
    sets, issues, _ = read(with_two_annotators(**changes))
    assert [item.annotator for item in sets] == ["a1", "a2"] and issues == []


@pytest.mark.parametrize("changes", [{"parent_prediction": {}}, {"lead_time": [1]}, {"created_at": {}}, {"id": [1]}])
def test_an_odd_field_of_an_annotation_is_left_out_with_a_note(changes):
    sets, issues, _ = read(with_two_annotators(**changes))
    assert len(sets) == 2 and [(issue.code, issue.level) for issue in issues] == [("SET-FORMAT", "note")]


@pytest.mark.parametrize("annotation", [5, "x", [1], {"id": 3, "result": "x"}, {"id": 3, "result": 7}])
def test_an_annotation_that_is_none_costs_no_other(annotation):
    task = with_two_annotators()
    task["annotations"].append(annotation)
    sets, issues, importer = read(task)
    assert len(sets) == 2 and [issue.code for issue in issues] == ["SET-FORMAT"]
    counts = importer.counts
    assert counts["annotations"] == 3 == counts["annotation sets"] + counts["annotations refused"]


@pytest.mark.parametrize(
    "changes", [{"annotations": None}, {"drafts": None}, {"predictions": None}, {"id": "abc"}, {"predictions": {}}, {"id": None}]
)
def test_an_odd_field_of_a_task_costs_no_annotation(changes):
    sets, issues, _ = read(with_two_annotators() | changes)
    assert len(sets) == (0 if "annotations" in changes else 2) and all(issue.level == "note" for issue in issues)


@pytest.mark.parametrize(
    "annotation, item, words",
    [
        ({"ground_truth": True}, {}, "1 mark(s) as ground truth"),
        ({"reviews": [{"accepted": False}]}, {}, "1 review(s)"),
        ({}, {"meta": {"text": ["I am not sure"]}}, "1 note(s) on regions"),
        ({}, {"score": 0.4}, "1 score(s) of regions"),
        ({}, {"direction": "bi"}, "1 second direction(s) of a relation"),
        ({}, {"meta": {"suggestion": "registry"}}, ""),
    ],
)
def test_what_a_set_has_no_place_for_is_told(annotation, item, words):
    number = 3 if "direction" in item else 0
    items = [region | item if place == number else region for place, region in enumerate(REGIONS)]
    sets, issues, _ = read(with_two_annotators(result=items, **annotation))
    assert len(sets) == 2 and sets[0].annotations == sets[1].annotations
    assert [issue.code for issue in issues] == (["SET-EXTRAS"] if words else [])
    assert all(words in issue.message and issue.level == "note" for issue in issues)


def test_an_answer_on_a_region_is_no_answer_about_the_article():
    answer = {"id": "w", "from_name": "tone", "type": "choices", "value": {"start": 0, "end": 5, "choices": ["worried"]}}
    (found,), issues, importer = read(task_of([*REGIONS[:2], answer]) | {})
    assert [issue.code for issue in issues] == ["CHOICE-ON-REGION"] and importer.counts["items refused"] == 1
    assert not any(item.layer == "tone" for item in found.annotations)


@pytest.mark.parametrize(
    "place, byte, error",
    [
        ('"text": "ZZZ"', b"\xff", False),  # a region's text, which is another text then
        ('"other": "ZZZ"', b"\xff", True),
        ('"other": "ZZZ"', rb"\ud83d", True),
        ('"other": "ZZZ"', rb"\ude00", True),
        ('"other": "ZZZ"', rb"\ud83d\ude00", None),
        ('"other": "ZZZ"', "é".encode(), None),
    ],
)
def test_a_damaged_character_costs_its_value_only_and_is_told(place, byte, error):
    task = with_two_annotators()
    text = msgspec.json.encode(task).decode().replace('"completed_by":2', f'{place},"completed_by":2')
    if '"text": "ZZZ"' in place:
        text = text.replace(place + ",", "").replace('"start":0,', '"start":0,"text":"ZZZ",', 1)
    importer = AnnotationImporter(another_codebook(), lambda account: (f"a{account}", "human_trained"), {})
    found = list(importer.convert([decode_task(text.encode().replace(b"ZZZ", byte))]))
    codes = [item.code for item in found if isinstance(item, Issue)]
    assert len(found) - len(codes) == 2
    assert codes == ([] if error is None else ["TASK-ENCODING"] if error else ["TASK-ENCODING", "REGION-TEXT", *codes[2:]])


def test_the_nan_of_a_script_is_null():
    text = msgspec.json.encode(with_two_annotators()).decode().replace('"completed_by":2', '"lead_time": NaN,"completed_by":2')
    importer = AnnotationImporter(another_codebook(), lambda account: (f"a{account}", "human_trained"), {})
    assert [type(item) for item in importer.convert([decode_task(text.encode())])] == [AnnotationSet, AnnotationSet]


def test_the_id_of_an_article_that_is_no_name_is_not_stored():
    task = task_of([])
    task["data"] |= {"article_id": "../a/b-" + task["data"]["text_sha256"][:8]}
    sets, issues, _ = collected(task)
    assert sets == [] and [issue.code for issue in issues] == ["TASK-ARTICLE"]


def test_annotations_that_are_no_list_are_left_out_and_told():
    task = decode_task(msgspec.json.encode(task_of([]) | {"annotations": "none"}))
    assert task.annotations == [] and [(one.code, one.level) for one in task.refused] == [("TASK-FORMAT", "error")]


@pytest.mark.parametrize("start", [10**25, 2**62, -(10**25)])
def test_an_offset_beyond_all_numbers_is_one_refused_region(start):
    value = {"start": start, "end": start + 4, "text": TEXT[:4], "labels": ["grain"]}
    region = {"id": "r", "from_name": "crops", "to_name": "text", "type": "labels", "value": value}
    importer = AnnotationImporter(another_codebook(), lambda account: ("a01", "human_trained"), {}, fix=True)
    found = list(importer.convert([decode_task(json.dumps(task_of([region])).encode())]))
    assert [item.level for item in found if isinstance(item, Issue)] == ["error"]
    assert importer.counts["items"] == importer.counts["items refused"] == 1


def test_an_actor_whose_name_was_not_typed_is_called_as_it_is_mentioned_and_the_import_says_so():
    digest, ids = two_pass_article.digest(two_pass_article.TEXT), {}
    ids[digest] = two_pass_article.article_of()["id"]

    def region(key: str, label: str, words: str) -> dict:
        start = two_pass_article.TEXT.index(words)
        value = {"start": start, "end": start + len(words), "labels": [label]}
        return {"id": key, "from_name": "actors", "type": "labels", "value": value}

    typed = {"id": "n", "from_name": "newcomer_2", "type": "textarea", "value": {"text": ["Mill crew"]}}
    items = [region("a", "NEW:1", "army"), region("b", "NEW:1", "Netters"), region("c", "NEW:2", "mill"), typed]
    task = task_of(items)
    task["data"] |= {"text": two_pass_article.TEXT, "article_id": ids[digest], "pass": "facts"}
    slots = [{"value": f"new {number}", "alias": f"NEW:{number}"} for number in (1, 2)]
    task["data"] |= {"text_sha256": digest, "shown_sha256": digest, "actors": slots}
    importer = AnnotationImporter(two_pass_article.codebook(), lambda account: ("a01", "human_trained"), ids)
    *issues, found = importer.convert([DECODE_TASK(msgspec.json.encode(task))])
    (note,) = [issue for issue in issues if issue.code == "ACTOR-NAMED"]
    assert note.level == "note" and note.message.endswith(": 'Netters'")
    assert {item.of: item.label for item in found.annotations if item.layer == "newcomer"} == {
        "NEW:1": "Netters",
        "NEW:2": "Mill crew",
    }
    assert importer.counts["items"] == importer.counts["items taken"] == 4  # what nobody submitted is not counted


def many_tasks(first: int) -> list[dict]:
    """Forty tasks: annotators who appear late, work of two on one task, copies, faults, a skipped task, and one that is no task."""
    tasks = []
    for number in range(first, first + 40):
        text = f"{TEXT} No. {number}"
        digest = sha256(text)
        bad = list(BAD.values())[number % len(BAD)] if number % 3 else []
        task = task_of(bad or REGIONS)
        task["data"] |= {
            "text": text,
            "text_sha256": digest,
            "shown_sha256": digest,
            "article_id": f"gazette-undated-{digest[:8]}",
        }
        (work,) = task["annotations"]
        others = [work | {"id": 1000 + number, "completed_by": number // 8}] if number % 3 == 0 else []
        skipped = [work | {"id": 2000 + number, "was_cancelled": True, "completed_by": 99}] if number % 7 == 0 else []
        tasks.append(task | {"id": number, "annotations": [work, *others, *skipped, *(others if number % 9 == 0 else [])]})
    return [*tasks[:30], {"result": [], "task": number}, *tasks[30:]]


def test_the_number_of_processes_does_not_change_an_import(tmp_path, monkeypatch):
    exports = [tmp_path / "first.json", tmp_path / "second.json"]
    for number, path in enumerate(exports):
        path.write_text(json.dumps(many_tasks(number * 20)), encoding="utf-8")  # half of the second is in the first, too
    monkeypatch.setattr(processes, "ALONE", 0.0)
    results = []
    for jobs in (1, 2):
        project = new_project(tmp_path / str(jobs), ANOTHER_CODEBOOK)
        issues: list[Issue] = []
        counts = exchange.import_exports(project, exports, Reporter(issue=issues.append), jobs=jobs)
        written = {path.name: path.read_bytes() for path in sorted(project.annotations.rglob("*.jsonl"))}
        results.append((counts, issues, written, project.people.read_bytes()))
    assert results[0] == results[1]
    counts, issues, written, people = results[0]
    assert counts["tasks"] == 80 and counts["tasks refused"] == 2 and counts["annotation sets"] > 60 and len(written) > 3
    assert {"TASK-FORMAT", "SET-COPY", "TASK-SKIPPED", "REGION-TEXT"} <= {issue.code for issue in issues}
