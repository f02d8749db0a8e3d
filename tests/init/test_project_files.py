"""Every key of the files that people write is explained, on one page and in the terminal, from the types that read them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from nonempty import nonempty
from standpoint.cli import main
from standpoint.init.project_files import FILES, mappings_of, write_keys_page

ROOT = Path(__file__).parent.parent.parent


def test_the_page_is_up_to_date(tmp_path):
    assert write_keys_page(ROOT / "docs" / "yaml-files.md", only_check=True)
    stale = tmp_path / "keys.md"
    stale.write_text("old")
    result = CliRunner().invoke(main, ["keys", "--reference", str(stale), "--check"])
    assert result.exit_code == 1 and "is stale" in result.output and stale.read_text() == "old"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path)
def test_each_key_has_a_meaning(file):
    for mapping in nonempty(mappings_of(file)):
        for key in nonempty(mapping.keys):
            assert not re.search(r"docs/\w|guidelines/README", key.meaning)  # pages that only this repository has
            assert key.meaning and key.type and key.type != "any value", (mapping.places, key.name)


def test_each_file_that_is_read_as_yaml_is_on_the_page():
    code = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "scripts" / "standpoint").rglob("*.py"))]
    read = {kind for text in code for kind in re.findall(r"\bload_as\([\w.]+, (\w+),", text)}
    assert {"Codebook", "Registry", "Sources"} <= read <= {file.kind.__name__ for file in FILES}


def test_places_types_and_defaults_are_those_of_the_files():
    codebook, sources = (mappings_of(file) for file in FILES if file.path.endswith(("codebook.yaml", "sources.yaml")))
    keys = {(mapping.places, key.name): key[1:3] for mapping in (*codebook, *sources) for key in mapping.keys}
    layer = ("layers[]",)
    assert keys[layer, "name"] == ("text", "required") and keys[layer, "from"] == ("text", "–")
    assert keys[layer, "overlaps"] == ("`any` or `nested` or `none`", "`none`")
    assert keys[layer, "labels_from"] == ("`actors`", "–") and keys[layer, "multiple"] == ("true or false", "`false`")
    assert keys[("actor_classes[]", "layers[].labels[]"), "value"] == ("number", "–")
    assert keys[(), "window_words"] == ("whole number", "`700`")
    assert keys[("sources[]",), "where"] == ("mapping: text to text or list: text", "–")


def test_the_terminal_has_the_keys_outside_a_project_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("card.md", "dataset/card.md"):
        said = CliRunner().invoke(main, ["keys", name])
        assert said.exit_code == 0
        assert "  authors (list: text; required): the authors, in the card and the citation\n" in said.output
    said = CliRunner().invoke(main, ["keys"])
    assert all(file.path in said.output for file in FILES) and "`" not in said.output
    said = CliRunner().invoke(main, ["keys", "sauces.yaml"])
    assert (
        said.exit_code == 2 and "'sauces.yaml' is no file of a project" in said.output and "dataset/sources.yaml" in said.output
    )
