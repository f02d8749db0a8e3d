"""One release of the made-up valley, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from release_corpus import build, corpus, plan, records


@pytest.fixture(scope="session")
def valley_release(tmp_path_factory) -> Path:
    """The release of eight articles: do not write into it."""
    out = tmp_path_factory.mktemp("valley") / "release"
    build(records(corpus()), plan(), out)
    return out


@pytest.fixture
def valley_release_copy(valley_release, tmp_path) -> Path:
    """The same release, to be tampered with."""
    import shutil

    return Path(shutil.copytree(valley_release, tmp_path / "release"))
