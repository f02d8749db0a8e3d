"""A file of the project that is not what it should be gives one line, which names the file, and where it can, the line."""

from __future__ import annotations

import pytest

from standpoint.core.files import read_json, read_text
from standpoint.core.model import StandpointError
from standpoint.core.provenance import load_annotators
from standpoint.core.yaml_files import read_yaml


def test_a_byte_order_mark_is_no_text(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("a: café\r\n".encode("utf-8-sig"))
    assert read_text(path) == "a: café\n" and read_yaml(path) == {"a": "café"}
    path.write_bytes(b'\xef\xbb\xbf{"a": "b"}')
    assert read_json(path, dict[str, str]) == {"a": "b"}


@pytest.mark.parametrize("data", [b"a: 1\nb: caf\xe9\n", b"a: 1\nb: caf\xc3"])
@pytest.mark.parametrize("reader", [read_text, read_yaml, lambda path: read_json(path, object)])
def test_a_byte_that_is_not_utf_8_is_named_with_its_line(tmp_path, data, reader):
    path = tmp_path / "a"
    path.write_bytes(data)
    with pytest.raises(StandpointError, match=rf"^{path}:2: is not UTF-8") as caught:
        reader(path)
    assert caught.value.hint and "\n" not in caught.value.message


@pytest.mark.parametrize(
    "data", [b"a: \x00", b"a: \x07", b"a: 2031-02-30", b"a: !!int x", b"a: [", b"a: " + b"[" * 500, "a: 1".encode("utf-16")]
)
def test_what_is_not_yaml_is_one_line(tmp_path, data):
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    with pytest.raises(StandpointError, match=rf"^{path}(:\d+)*: (not readable as YAML|is not UTF-8): .") as caught:
        read_yaml(path)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "rows, words",
    [
        ("{id: a01, kind: model}\n- {id: a01, kind: human_expert}", "'a01' is listed more than once"),
        ("{id: anna@example.org, kind: human_expert}", "an id is an e-mail address"),
    ],
)
def test_a_list_of_annotators_has_each_once_and_names_no_person(tmp_path, rows, words):
    path = tmp_path / "annotators.yaml"
    path.write_text(f"annotators:\n- {rows}\n")
    with pytest.raises(StandpointError, match=words):
        load_annotators(path)
