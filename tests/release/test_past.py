"""What was released is not changed afterwards: each edit of it is found under its code, and prevents a release."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import versioned_project
from another_codebook import ANOTHER_CODEBOOK
from standpoint.checks.run import check_project
from standpoint.checks.table import all_checks
from standpoint.core.history import read_history, released_versions, write_history
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.release.create import SAME_BYTES, rebuild_version
from standpoint.release.create import create_release as release
from standpoint.release.takedown import yank_version
from two_pass_article import BAD
from versioned_project import git

EDITS = sorted(BAD.glob("*.toml"))
CODES = {path.stem for path in EDITS}


def edit(project: Project, name: str) -> None:
    """Change a file of a project as a bad file says."""
    what = tomllib.loads((BAD / f"{name}.toml").read_text())
    if "git" in what:
        git(project, *what["git"])
    replace(project.root / what["file"], what["before"], what["after"])


def replace(path: Path, before: str, after: str) -> None:
    content = path.read_text() if path.exists() else ""
    changed = re.sub(before, after, content, count=1)
    assert changed != content
    path.write_text(changed)


def told(project: Project) -> list[Issue]:
    """What is told of the versions that were released."""
    issues: list[Issue] = []
    check_project(project, Reporter(issue=issues.append), built=True)
    return [issue for issue in issues if all_checks()[issue.code].scope == "history"]


@pytest.mark.parametrize("code", sorted(CODES))
def test_an_edit_of_what_was_released_is_found_under_its_code(project_of_one_release, code):
    assert {name for name, check in all_checks().items() if check.scope == "history"} == CODES
    edit(project_of_one_release, code)
    assert {(issue.code, issue.level) for issue in told(project_of_one_release)} == {(code, all_checks()[code].level)}


def test_a_release_is_refused_and_the_messages_name_what_was_changed(project_of_one_release):
    for code in ("SPLIT-MOVED", "CODEBOOK-CHANGED", "VERSION-ENTRY", "VERSION-ROW"):
        edit(project_of_one_release, code)
    versioned_project.commit(project_of_one_release)
    issues: list[Issue] = []
    with pytest.raises(StandpointError, match="is not released"):
        release(project_of_one_release, "0.2.0", "2031-07-01", Reporter(issue=issues.append), dry_run=True)
    found = {issue.code: str(issue) for issue in issues}
    first = versioned_project.released(project_of_one_release)[0]
    assert f"{first}: SPLIT-MOVED" in found["SPLIT-MOVED"]
    assert "it was in train of default in 0.1.0, and is in test" in found["SPLIT-MOVED"]
    assert "crops/fruit definition differ from 0.3.0 as released with 0.1.0; should be 0.3.1" in found["CODEBOOK-CHANGED"]
    assert "0.1.0: VERSION-ENTRY" in found["VERSION-ENTRY"] and "0.1.0: VERSION-ROW" in found["VERSION-ROW"]


def test_what_a_project_does_with_its_commands_is_no_edit(project_of_two_releases):
    project = project_of_two_releases
    assert told(project) == []
    yank_version(project, "0.1.0", "two labels were swapped")
    versioned_project.add_articles(project, [8])
    replace(project.release_changelog, "## 0.2.0", "## Unreleased\n\nMore fruits.\n\n## 0.2.0")
    codebook = ANOTHER_CODEBOOK | {"licence": "CC0-1.0", "ignored": ["somebody's rating"]}
    codebook["layers"] = [{**layer, "hotkeys": ""} | {"labels": layer.get("labels", [])} for layer in codebook["layers"]]
    project.codebook.write_text("# A comment.\n" + yaml.safe_dump(codebook, sort_keys=True).replace("hotkey: g", "hotkey: r"))
    replace(project.splits / "default.tsv", "\ttrain\t", "\tquarantine\t")
    assert told(project) == []
    project.codebook.write_text(project.codebook.read_text().replace("name: grain", "definition: Cereals.\n    name: grain"))
    (issue,) = told(project)
    assert issue.code == "CODEBOOK-CHANGED"
    project.codebook.write_text(project.codebook.read_text().replace("version: 0.3.0", "version: 0.4.0"))
    assert told(project) == []


@pytest.mark.parametrize(
    "pattern, words",
    [
        ("\n0\\.1\\.0[^\n]*", "0.1.0: VERSION-ROW"),
        ("\n0\\.2\\.0[^\n]*", "v0.2.0: VERSION-ROW"),
        ("[0-9a-f]{64}(?=\t\n0)", "0.1.0: VERSION-ROW"),
        ("[0-9a-f]{64}(?=\t\n\\Z)", "the released card has another"),
    ],
)
def test_a_row_that_is_gone_or_has_another_hash_is_found(project_of_two_releases, pattern, words):
    replace(project_of_two_releases.versions, pattern, "" if "\n0" in pattern[:3] else "0" * 64)
    (issue,) = told(project_of_two_releases)
    assert issue.code == "VERSION-ROW" and words in str(issue)


def test_a_version_is_not_built_again_under_a_row_with_another_hash(project_of_one_release, tmp_path):
    project = project_of_one_release
    assert rebuild_version(project, "0.1.0", tmp_path / "one", versioned_project.QUIET)[1] == SAME_BYTES
    write_history(project.versions, [row._replace(content="0" * 64) for row in read_history(project.versions)])
    with pytest.raises(StandpointError, match="0.1.0: its row in dataset/versions.tsv has content 000000000000…"):
        rebuild_version(project, "0.1.0", tmp_path / "two", versioned_project.QUIET)
    assert not (tmp_path / "two").exists()


def test_of_what_was_committed_with_faults_only_versions_are_released_versions(project_of_one_release):
    project = project_of_one_release
    project.versions.write_text(f"<<<<<<< HEAD\n{project.versions.read_text()}=======\n")
    versioned_project.commit(project)
    versioned_project.git(project, "tag", "--delete", "v0.1.0")
    project.versions.unlink()
    assert released_versions(project) == {"0.1.0"}
