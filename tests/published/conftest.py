"""The project in which published labels are imported."""

from __future__ import annotations

import pytest

from published_project import flood_project
from standpoint.core.project import Project


@pytest.fixture
def project(tmp_path) -> Project:
    return flood_project(tmp_path / "project")
