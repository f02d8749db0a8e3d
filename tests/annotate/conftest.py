"""What the tests of annotate share."""

from __future__ import annotations

import pytest

from standpoint.core.project import Project
from whole_projects import copy_of_the_project


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    return Project(copy_of_the_project(tmp_path))
