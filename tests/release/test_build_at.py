"""Old versions built again: the same bytes, or the same content where another pyarrow writes them; nothing else passes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import standpoint
import versioned_project
from nonempty import nonempty
from standpoint.core.files import SUMS
from standpoint.core.history import read_history, write_history
from standpoint.core.model import StandpointError
from standpoint.core.project import Project
from standpoint.dataset.release_folder import checksums
from standpoint.release.create import SAME_BYTES, SAME_CONTENT, create_release, link_local_files, rebuild_version
from versioned_project import git


def same(one: Path, other: Path) -> bool:
    return (one / SUMS).read_bytes() == (other / SUMS).read_bytes() == checksums(one).encode()


@pytest.mark.parametrize("tags", [True, False], ids=["by its tag", "by the commit that the history names"])
def test_an_old_version_is_built_again_to_the_same_bytes(one_release, project_of_two_releases, tmp_path, tags):
    if not tags:
        git(project_of_two_releases, "tag", "--delete", "v0.1.0", "v0.2.0")
    present = (project_of_two_releases.release / SUMS).read_bytes()
    out, how = rebuild_version(project_of_two_releases, "v0.1.0", None, versioned_project.QUIET)
    assert how == SAME_BYTES and same(out, one_release.release)
    assert (project_of_two_releases.release / SUMS).read_bytes() == present and git(
        project_of_two_releases, "status", "--porcelain"
    ) == ""
    out, how = rebuild_version(project_of_two_releases, "0.2.0", tmp_path / "again", versioned_project.QUIET)
    assert how == SAME_BYTES and same(out, project_of_two_releases.release)


def test_git_that_writes_the_line_ends_of_windows_changes_no_byte(one_release, project_of_two_releases, tmp_path):
    """As git is set up on Windows: it would write the files of a commit with other line ends than the commit has."""
    git(project_of_two_releases, "config", "core.autocrlf", "true")
    git(project_of_two_releases, "config", "core.eol", "crlf")
    out, how = rebuild_version(project_of_two_releases, "v0.1.0", tmp_path / "again", versioned_project.QUIET)
    assert how == SAME_BYTES and same(out, one_release.release)
    versioned_project.add_articles(project_of_two_releases, range(8, 9))
    create_release(project_of_two_releases, "0.3.0", "2031-08-01", versioned_project.QUIET)
    project = project_of_two_releases
    assert all(b"\r" not in path.read_bytes() for path in nonempty([project.versions, project.splits / "default.tsv"]))


def test_where_there_are_no_links_the_local_files_are_copied(project_of_one_release, tmp_path, monkeypatch):
    """Windows allows links only to administrators."""
    project = project_of_one_release
    project.withheld.mkdir(parents=True)
    (project.withheld / "gazette.jsonl").write_text("{}\n")
    project.people.write_text("{}")

    def refuse(*_, **__):
        raise OSError("A required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    copy = Project(tmp_path / "copy")
    copy.root.mkdir()
    link_local_files(project, copy)
    assert (copy.withheld / "gazette.jsonl").read_text() == "{}\n" and copy.people.read_text() == "{}"


def test_a_version_is_built_by_the_code_of_its_time(one_release, tmp_path):
    project = versioned_project.make(tmp_path / "orchard")
    shutil.copytree(Path(standpoint.__file__).parent, project.code / "standpoint", ignore=shutil.ignore_patterns("__pycache__"))
    (project.root / ".gitignore").write_text(".standpoint/\n__pycache__/\n")
    (card,) = project.code.rglob("card.md.j2")
    card.write_text(card.read_text() + "\nMade by the code of the first version.\n")
    versioned_project.commit(project)
    build_at_head, how = rebuild_version(project, "HEAD", tmp_path / "head", versioned_project.QUIET)
    assert "Made by the code of the first version." in (build_at_head / "README.md").read_text() and how == SAME_CONTENT


def released_by_another_pyarrow(project) -> None:
    """The committed release rewritten with other options, and tagged anew with a history that says so."""
    for path in project.release.glob("*/*.parquet"):
        pq.write_table(pq.read_table(path), path, compression="snappy")
    (project.release / SUMS).write_text(checksums(project.release))
    versioned_project.commit(project)
    commit = git(project, "rev-parse", "HEAD")
    git(project, "tag", "--force", "v0.1.0", commit)
    write_history(project.versions, [row._replace(commit=commit) for row in read_history(project.versions)])
    versioned_project.commit(project)


def test_other_bytes_of_the_same_content_are_told_as_that(project_of_one_release):
    released_by_another_pyarrow(project_of_one_release)
    out, how = rebuild_version(project_of_one_release, "0.1.0", None, versioned_project.QUIET)
    assert how == SAME_CONTENT and not same(out, project_of_one_release.release)


def test_other_content_than_was_released_is_refused(project_of_one_release, tmp_path):
    released_by_another_pyarrow(project_of_one_release)
    write_history(
        project_of_one_release.versions, [row._replace(content="0" * 64) for row in read_history(project_of_one_release.versions)]
    )
    with pytest.raises(StandpointError, match="the released version has 000000000000"):
        rebuild_version(project_of_one_release, "0.1.0", tmp_path / "out", versioned_project.QUIET)
    assert list(tmp_path.iterdir()) == [project_of_one_release.root]


def test_a_version_that_is_none_is_refused(project_of_one_release):
    with pytest.raises(StandpointError, match="no such version"):
        rebuild_version(project_of_one_release, "0.3.0", None, versioned_project.QUIET)
