"""The main job, as `make demo` runs it: in a fresh copy of the project, twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from datasets import load_dataset

from standpoint.core.corpus import read_adjudicated
from standpoint.core.project import Project
from whole_projects import copy_of_the_project

pytestmark = pytest.mark.server


def files_of(folder: Path) -> dict[str, bytes]:
    """What is tracked: everything but the local state."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".standpoint" not in path.parts
    }


def demo(folder: Path) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "standpoint"), "--project", str(folder), "demo"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def after_one_demo(tmp_path_factory) -> tuple[Project, str, dict[str, bytes]]:
    """A copy of the project in which the demo ran once, what it printed, and the files as they were before."""
    pytest.importorskip("label_studio")
    project = Project(copy_of_the_project(tmp_path_factory.mktemp("demo") / "project"))
    before = files_of(project.root)
    return project, demo(project.root), before


def test_what_the_demo_makes_is_what_is_committed(after_one_demo):
    """The repository holds its own output: the corpus as it is gives the files that are there, byte for byte."""
    project, _, before = after_one_demo
    assert before and files_of(project.root) == before


def test_the_demo_goes_the_whole_way_and_a_second_run_changes_nothing(after_one_demo, tmp_path):
    project, said, _ = after_one_demo
    assert "from datasets import load_dataset" in said and "this is no agreement if they are one model" in said
    first = files_of(project.root)
    again = demo(project.root)
    assert files_of(project.root) == first
    assert "0 tasks sent" in again and "0 sets uploaded" in again and "0 releases changed" in again
    assert {item.tier for item in read_adjudicated(project)} == {"silver"}
    for config in ("documents", "actors", "events", "stance", "annotations", "dossiers"):
        loaded = load_dataset(str(project.release), config, cache_dir=str(tmp_path / "cache"))
        assert {"train", "validation", "test"} == set(loaded), config
