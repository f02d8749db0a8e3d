"""A wrong key in a YAML file: the hint has the keys that can be at that place, because a new project has no page that lists them."""

from __future__ import annotations

from pathlib import Path

import pytest

from standpoint.codebook.load import load_codebook
from standpoint.codebook.registry import load_registry
from standpoint.core.model import StandpointError
from standpoint.core.provenance import load_annotators
from standpoint.ingest.sources import load_sources

BOOK = "title: Ferries\nversion: 0.1.0\npasses: []\nlayers:\n  - {name: boats, kind: span, "
SOURCE = "this part of a list of sources needs id, name, match, licence, language; may have where, columns, records, format, url, dates, "
CASES = {
    "label": (load_codebook, f"{BOOK}labels: [{{name: tug, jobs: 2}}]}}", "unknown field `jobs`", "needs name; may have show, group, hotkey, "),
    "within a label": (load_codebook, f"{BOOK}labels: [{{name: tug, confused: [{{label: 2}}]}}]}}", "confused[0].label`", "needs label, test"),
    "one of several types": (load_codebook, f"{BOOK}resolve: {{who: a01}}}}", "unknown field `who`", "this part of a codebook needs annotator"),
    "values by name": (load_codebook, f"{BOOK}labels: [{{name: tug, roles: {{agent: 1}}}}]}}", "Expected `str`, got `int`", "needs name; may have show, "),
    "a missing key": (load_sources, "sources: [{id: harbour}]", "missing required field `name`", SOURCE),
    "a wrong type": (load_sources, "sources: [{id: harbour, name: 7}]", "Expected `str`, got `int` - at `.sources[0].name`", SOURCE),
    "only comments": (load_sources, "# nothing yet\n", "Expected a mapping, got nothing", "this part of a list of sources needs sources"),
    "no list": (load_annotators, "annotators: {id: a01}", "Expected a list, got a mapping", "this part of a list of annotators may have annotators"),
    "a name of an actor": (load_registry, "version: 0.1.0\nactors: [{id: act-000001, name: A, aliases: [{txt: B}]}]", "`txt`", "needs text; may have kind, loaded, scope"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_hint_has_the_keys_of_the_place(case, tmp_path: Path):
    load, text, finding, keys = CASES[case]
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StandpointError) as caught:
        load(path)
    assert finding in caught.value.message and keys in caught.value.hint
    assert caught.value.hint.endswith("; `standpoint keys` explains them")
    assert "README" not in caught.value.hint and "\n" not in caught.value.message + caught.value.hint


def test_a_list_of_sources_that_is_missing_is_explained(tmp_path: Path):
    with pytest.raises(StandpointError, match="sources.yaml: no such file") as caught:
        load_sources(tmp_path / "sources.yaml")
    assert "`standpoint ingest --help` shows one" in caught.value.hint
