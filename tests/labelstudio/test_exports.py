"""Export files are cut into tasks exactly as a JSON parser would cut them, whatever is in their strings."""

import gzip
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonempty import nonempty
from standpoint.core.model import Issue, StandpointError
from standpoint.labelstudio import export_file
from standpoint.pages.task_json import Task, decode_data, decode_task, sha256

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(alphabet=st.sampled_from('{}[]",\\: \n\t😀aéة') | st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(
    tasks=st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=5), max_size=6),
    block=st.integers(1, 40),
    indent=st.sampled_from([None, 0, 2]),
    ascii_only=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_a_list_is_cut_where_a_parser_cuts_it(tasks, block, indent, ascii_only):
    data = json.dumps(tasks, indent=indent, ensure_ascii=ascii_only).encode()
    before, export_file.BLOCK = export_file.BLOCK, block
    try:
        cut = list(export_file.split_json_list(io.BytesIO(data[1:])))
    finally:
        export_file.BLOCK = before
    assert [json.loads(element) for element in cut] == tasks


@given(
    tasks=st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=5), min_size=1, max_size=4),
    block=st.integers(1, 40),
    place=st.floats(0, 1, exclude_max=True),
    damage=st.sampled_from([b"", b"x", b'"', b"}", b"{", b"\\", b"\xff", b"\\ud800", b"NaN", b"7,"]),
)
@settings(max_examples=100, deadline=None)
def test_a_damaged_list_is_cut_at_its_brackets(tasks, block, place, damage):
    data = json.dumps(tasks).encode()[1:]
    data = data[: int(place * len(data))] + damage + data[int(place * len(data)) + (not damage) :]
    before, export_file.BLOCK = export_file.BLOCK, block
    try:
        cut = list(export_file.split_json_list(io.BytesIO(data)))
        by_brackets = list(export_file._split_by_brackets(io.BytesIO(data), b"", b"]"))
    finally:
        export_file.BLOCK = before
    assert cut == by_brackets


@pytest.mark.parametrize("form", ["list", "indented", "lines", "gzip", "byte order mark"])
def test_every_form_of_an_export_gives_the_same_tasks(form, tmp_path):
    tasks = [{"id": number, "data": {"text": f'A "quoted" {{line}} {number}\n😀'}, "annotations": []} for number in range(3)]
    path = tmp_path / "export.json"  # gzip is known by its content
    text = "\n".join(map(json.dumps, tasks)) if form == "lines" else json.dumps(tasks, indent=2 if form == "indented" else None)
    data = (b"\xef\xbb\xbf" if form == "byte order mark" else b"") + text.encode()
    path.write_bytes(gzip.compress(data) if form == "gzip" else data)
    read = list(export_file.read_export(path))
    assert [task.id for task in read] == [0, 1, 2]
    assert all(isinstance(task, Task) for task in nonempty(read))


@pytest.mark.parametrize(
    "text", ['[{"id": 1, "data": {}}, {"id": 2', '[{"id": 1, "data": {}}, {"id": 2}]', '[{"id": 1, "data": {}}, 7]']
)
def test_what_is_no_task_is_an_issue_and_the_rest_is_read(text, tmp_path):
    path = tmp_path / "export.json"
    path.write_text(text)
    read = list(export_file.read_export(path))
    assert isinstance(read[0], Task)
    assert isinstance(read[1], Issue) and read[1].code == "TASK-FORMAT"


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(StandpointError, match="not readable"):
        list(export_file.read_export(tmp_path / "nothing.json"))


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-40], lambda data: data[:60] + b"\xff" * 40 + data[100:], lambda data: b"[]"]
)
def test_a_gzip_file_that_is_cut_off_or_damaged_is_one_line(damage, tmp_path):
    path = tmp_path / "export.json.gz"
    tasks = [{"id": number, "data": {"text": sha256(str(number))}} for number in range(50)]
    path.write_bytes(damage(gzip.compress(json.dumps(tasks).encode())))
    with pytest.raises(StandpointError, match="cut off or damaged") as error:
        list(export_file.read_export(path))
    assert "\n" not in error.value.message and error.value.hint


OTHER_FORMATS = {
    "a page of something": b'{"total": 1, "tasks": [{"id": 1, "title": "x"}]}',
    "webhook": b'{"action": "ANNOTATION_CREATED", "annotation": {}, "project": {}, "task": {}}',
    "without the data": b'{\n"id": 11, "result": [], "task": 1}',
    "JSON_MIN": b'[{"id": 1, "text": "x", "annotator": 1, "annotation_id": 11, "created_at": "2031-03-12"}]',
    "COCO": b'{"images": [], "annotations": [], "categories": []}',
    "doccano": b'{"id": 1, "text": "The army left.", "label": [[4, 8, "actor"]]}\n',
    "Prodigy": b'{"text": "The army left.", "spans": []}\n',
    "CONLL2003": b"-DOCSTART- -X- O\nThe -X- _ O\n",
    "CoNLL-U": b"# sent_id = 1\n1\tThe\tthe\n",
    "BRAT": b"T1\tPerson 81 89\tMira Sol\n",
    "WebAnno": b"#FORMAT=WebAnno TSV 3.3\n",
    "a table": b"annotation_id,id,text\n11,1,x\n",
    "table": b"id\ttext\n1\tx\n",
    "ZIP": b"PK\x03\x04",
    "UTF-16": '[{"data": {}}]'.encode("utf-16"),
    "XML": b"<?xml version='1.0'?><x/>",
    "not JSON": b"The army left.\n",
    "empty": b"\n",
}


@pytest.mark.parametrize("words, data", OTHER_FORMATS.items(), ids=OTHER_FORMATS)
def test_a_file_of_another_format_is_refused_with_its_name(tmp_path, words, data):
    path = tmp_path / "export"
    path.write_bytes(data)
    with pytest.raises(StandpointError, match=words) as refusal:
        list(export_file.read_export(path))
    assert "Export, JSON" in refusal.value.hint


def test_a_task_that_is_broken_is_not_taken_for_another_format(tmp_path):
    (tmp_path / "export.json").write_text('[{"id": 1, "text": "x"}, {"id": 2, "data": {"text": "y"}}]')
    first, second = export_file.read_export(tmp_path / "export.json")
    assert isinstance(first, Issue) and first.code == "TASK-FORMAT" and isinstance(second, Task)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a \ud83d b", "a \ufffd b"),
        ("\ud83d😀\udea2", "\ufffd😀\ufffd"),
        (r"the code \ud83d", r"the code \ud83d"),
        ("\\\ud83d", "\\\ufffd"),
    ],
)
def test_half_a_character_is_replaced_and_a_text_about_one_stays(text, read):
    task = decode_task(json.dumps({"data": {"text": text}}).encode())
    assert decode_data(task.data).text == read
    assert [one.code for one in task.refused] == ([] if text == read else ["TASK-ENCODING"])
