"""The project's own released versions: each is built again from its commit, and loads by its tag from a Hub."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from local_hub import TOKEN, serving
from nonempty import nonempty
from standpoint.codebook.load import load_codebook
from standpoint.core.history import read_history
from standpoint.core.model import Reporter, StandpointError
from standpoint.core.project import Project, find_project
from standpoint.core.repository import Repository, find_repository
from standpoint.dataset.release_folder import checksums, content_hash, open_release, read_codebook
from standpoint.dataset.schema import ANNOTATIONS, RESOLUTIONS
from standpoint.release import create, locate
from standpoint.release.changes import Bump, ChangeSummary
from standpoint.release.compare import compare_releases
from standpoint.release.create import main_figures, rebuild_version
from standpoint.release.versions import next_version, refuse_small_number

PROJECT = find_project(Path(__file__))
HISTORY = read_history(PROJECT.versions)
REPO = "standpoint/own"
# One process publishes all versions, and one loads them and compares each with its folder: starting one takes seconds.
PUBLISH = """
import sys
from standpoint.cli import main
root, repo, *folders = sys.argv[1:]
for folder in folders:
    try:
        main(["--project", root, "release", "publish", repo, "--from", folder])
    except SystemExit as end:
        assert not end.code, end.code
"""
LOAD = """
import json, sys
from datasets import load_dataset
repo, *pairs = sys.argv[1:]
for tag, folder in zip(pairs[::2], pairs[1::2]):
    found = {}
    for config in ("documents", "events", "annotations") if tag == pairs[-2] else ("documents",):
        there, here = load_dataset(repo, config, revision=tag), load_dataset(folder, config)
        streamed = load_dataset(repo, config, revision=tag, streaming=True)
        assert set(there) == set(here)
        assert all(list(there[split]) == list(here[split]) == list(streamed[split]) for split in here)
        found[config] = {name: split.num_rows for name, split in there.items()}
    print("FOUND" + json.dumps([tag, found, str(there["train"].info.version)]))
"""


@pytest.fixture(scope="module")
def repository() -> Repository:
    """The repository with the commits of all versions."""
    git = find_repository(PROJECT)
    if git is None or any(git.find_commit(row.commit) is None for row in HISTORY):
        pytest.skip("the history of the project is not here: clone it whole, with git")
    return git


@pytest.fixture(scope="module")
def committed_versions(repository, tmp_path_factory) -> dict[str, Path]:
    """Each version's folder, as it was committed."""
    folder = tmp_path_factory.mktemp("committed")
    for row in HISTORY:
        repository.extract(row.commit, folder / row.version, "dataset/release")
    return {row.version: folder / row.version / repository.prefix / "dataset" / "release" for row in HISTORY}


@pytest.fixture(scope="module")
def rebuilt_versions(repository, request, tmp_path_factory) -> dict[str, Path]:
    """Each version's folder, built again from its commit.

    A build takes ten seconds, and its commit, its packages and the function that builds it decide what comes out: it stays in
    pytest's cache until one of them changes.
    """
    inputs = (PROJECT.root / "constraints.txt", Path(create.__file__), Path(locate.__file__))
    key = sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()[:16]
    cache = getattr(request.config, "cache", None)  # there is none with -p no:cacheprovider
    folder = (cache.mkdir("rebuilt-versions") if cache else tmp_path_factory.mktemp("rebuilt-versions")) / key
    folders = {row.version: folder / f"{row.version}-{row.commit}" for row in HISTORY}
    for row in HISTORY:
        built = folders[row.version]
        if not built.is_dir() or content_hash(built) != row.content:
            rebuild_version(PROJECT, row.version, built, Reporter())
    return folders


def test_the_history_has_the_content_of_each_version(committed_versions):
    assert {version: content_hash(folder) for version, folder in nonempty(committed_versions.items())} == {
        row.version: row.content for row in HISTORY
    }


def child(hub, folder: Path, *words: str) -> str:
    home = {"HF_HOME": str(folder / "home"), "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    environment = os.environ | {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_OFFLINE": "0"} | home
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.server
def test_each_version_is_built_again_published_and_loads_by_its_tag(rebuilt_versions, tmp_path):
    assert len(rebuilt_versions) == len(HISTORY)
    with serving() as hub:
        said = child(hub, tmp_path, "-c", PUBLISH, str(PROJECT.root), REPO, *map(str, rebuilt_versions.values()))
        for version in nonempty(rebuilt_versions):
            assert f"published as v{version}" in said
        pairs = [word for version, release in rebuilt_versions.items() for word in (f"v{version}", str(release))]
        printed = child(hub, tmp_path, "-c", LOAD, REPO, *pairs).splitlines()
        found = [json.loads(line.removeprefix("FOUND")) for line in printed if line.startswith("FOUND")]
        for (version, release), (tag, rows, number) in nonempty(zip(rebuilt_versions.items(), found, strict=True)):
            assert (tag, number) == (f"v{version}", version) and set(rows["documents"]) == {"train", "validation", "test"}
            there = hub.snapshot(REPO, f"v{version}", tmp_path / version)
            (there / ".gitattributes").unlink()
            assert checksums(there) == checksums(release)


@pytest.mark.parametrize(
    "pair", list(zip(HISTORY, HISTORY[1:], strict=False)), ids=lambda pair: f"{pair[0].version} to {pair[1].version}"
)
def test_no_version_has_a_smaller_number_than_its_changes_demand(committed_versions, pair):
    before, after = pair
    folders = committed_versions[before.version], committed_versions[after.version]
    changes = ChangeSummary(limit=0).add_all(compare_releases(*folders))
    refuse_small_number(before.number, after.number, changes.bump)
    smaller = next_version(before.number, Bump.PATCH)
    if changes.bump == Bump.PATCH:
        assert changes.counts == Counter() and after.number == smaller
        return
    with pytest.raises(StandpointError, match="is too small"):
        refuse_small_number(before.number, smaller, changes.bump)


@pytest.fixture(scope="module")
def before_1_0(repository, tmp_path_factory) -> Project:
    """The project at version 0.3.0, whose files use other names than those of today."""
    folder = tmp_path_factory.mktemp("old")
    commit = next(row.commit for row in HISTORY if row.version == "0.3.0")
    repository.extract(commit, folder, "dataset", "guidelines", "splits")
    return Project(folder / repository.prefix)


def test_agreement_before_is_computed_for_a_version_from_before_1_0(before_1_0):
    with pytest.raises(StandpointError, match="drafts"):
        load_codebook(before_1_0.codebook)
    figures = main_figures(before_1_0, read_codebook(before_1_0.codebook))
    changelog = before_1_0.release_changelog.read_text(encoding="utf-8")
    entry = changelog[changelog.index("## 0.3.0") : changelog.index("## 0.2.1")]
    for name, value in nonempty(figures["unnamed-model"].items()):
        printed = re.search(rf"^\| {re.escape(name)} \| \S+ \| ([\d.]+) \|$", entry, re.MULTILINE)
        assert printed, name
        # Since then, what two annotators marked as new actors of two names is one actor: they agree more about actors.
        grown = name.partition(",")[0] in ("actors", "agent", "target")
        assert value > float(printed[1]) - 0.001 if grown else f"{value:.3f}" == printed[1], name


def test_a_version_from_before_1_0_is_read_under_today_s_names(before_1_0):
    folder = before_1_0.release
    assert (folder / "settlements").is_dir() and "drafts: true" in (folder / "codebook.yaml").read_text(encoding="utf-8")
    release = open_release(folder)
    assert any(layer.suggestions for layer in release.schema.codebook.layers)
    assert {row["state"] for _, row in nonempty(release.rows(RESOLUTIONS))} == {"adjudicated", "open"}
    assert all("suggestions" in row and "drafts" not in row for _, row in nonempty(release.rows(ANNOTATIONS)))
    changes = list(compare_releases(folder, PROJECT.release))
    assert {"annotations.drafts[].layer", "settlements.state"} <= {change.id for change in changes if change.kind == "column"}
    # A renamed column is a change of the column, and no change of each row.
    count = sum(change.kind == "resolution" for change in changes)
    assert count < len(list(release.rows(RESOLUTIONS))) / 2
