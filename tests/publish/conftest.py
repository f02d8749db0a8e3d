"""One release of the made-up valley, built once; loading never leaves the machine."""

from __future__ import annotations

from pathlib import Path

import datasets
import pytest
from release_corpus import build, corpus, plan, records


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Loading has a cache of its own, says nothing, and asks no server."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


@pytest.fixture(scope="session")
def release(tmp_path_factory) -> Path:
    """The release of eight articles: do not write into it."""
    out = tmp_path_factory.mktemp("valley") / "release"
    build(records(corpus()), plan(), out)
    return out


@pytest.fixture
def copied(release, tmp_path) -> Path:
    """The same release, to be tampered with."""
    import shutil

    return Path(shutil.copytree(release, tmp_path / "release"))
