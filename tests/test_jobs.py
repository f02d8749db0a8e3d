"""The number of processes changes nothing: what is checked, adjudicated and built is the same for any."""

from __future__ import annotations

import pytest

import versioned_project
from standpoint import processes
from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.checks.run import check_project
from standpoint.core.model import Issue, Reporter
from standpoint.core.project import Project
from standpoint.release.create import build_project


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    monkeypatch.setattr(processes, "ALONE", 0.0)
    made = versioned_project.make(tmp_path / "project", size=12)
    path = next(made.annotations.glob("*/m01.jsonl"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1].replace(b'"start":', b'"start":9', 1), *lines[2:]]))
    return made


def written(project: Project) -> dict[str, bytes]:
    folders = project.adjudicated, project.release
    return {str(path): path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}


def test_files_counts_and_issues_are_the_same_for_any_number_of_processes(project):
    found = []
    for jobs in (1, 2):
        issues: list[Issue] = []
        reporter = Reporter(issue=issues.append)
        counts = [adjudicate_project(project, reporter, jobs), build_project(project, "0.1.0", reporter, jobs)]
        counts.append(check_project(project, reporter, built=True, jobs=jobs))
        counts[1].pop("releases changed")
        found.append((counts, issues, written(project)))
    assert found[0] == found[1]
    counts, issues, files = found[0]
    assert {"SPAN-RANGE"} <= {issue.code for issue in issues} and counts[0]["adjudicated sets"] == 12
    assert any(name.endswith(".parquet") for name in files)
