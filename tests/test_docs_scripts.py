"""The scripts that take pictures and figures for docs/ import what there is: they run by hand, seldom, and would rot."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parent.parent / "docs").glob("*.py"))


def test_there_are_scripts():
    assert len(SCRIPTS) >= 3


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_imports(path, monkeypatch):
    monkeypatch.syspath_prepend(str(path.parent.parent / "tests"))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert callable(module.main)
