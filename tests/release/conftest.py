"""A project with two released versions, made once and copied for who changes it; git has a name for the committer."""

from __future__ import annotations

import shutil
from pathlib import Path

import datasets
import pytest

import versioned_project
from standpoint.core.project import Project
from standpoint.release.create import create_release as release


@pytest.fixture(autouse=True, scope="session")
def named_committer():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in versioned_project.WHO.items():
            patch.setenv(name, value)
        patch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
        yield


def copy_of(project: Project, folder: Path) -> Project:
    return Project(Path(shutil.copytree(project.root, folder / "orchard", symlinks=True)))


@pytest.fixture(scope="session")
def one_release(tmp_path_factory, named_committer) -> Project:
    """Six articles, released as 0.1.0: do not write into it."""
    project = versioned_project.make(tmp_path_factory.mktemp("first") / "orchard")
    release(project, "0.1.0", "2031-06-01", versioned_project.QUIET)
    return project


@pytest.fixture(scope="session")
def two_releases(one_release, tmp_path_factory) -> Project:
    """The same with two more articles and a corrected label, released as 0.2.0: do not write into it."""
    project = copy_of(one_release, tmp_path_factory.mktemp("second"))
    versioned_project.add_articles(project, range(6, 8))
    versioned_project.edit(
        project, versioned_project.released(project)[0], versioned_project.relabelled("crops", "fruit", "grain")
    )
    release(project, "0.2.0", "2031-07-01", versioned_project.QUIET)
    return project


@pytest.fixture
def project_of_one_release(one_release, tmp_path) -> Project:
    """A project whose only version is 0.1.0."""
    return copy_of(one_release, tmp_path)


@pytest.fixture
def project_of_two_releases(two_releases, tmp_path) -> Project:
    """A project with both versions."""
    return copy_of(two_releases, tmp_path)
