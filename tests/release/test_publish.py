"""Publishing, over real HTTP to a stand-in of the Hub: two versions sent, both loaded back by their tags.

The client reads HF_ENDPOINT when it is imported, so that each step runs in a process of its own, as a user's would.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import versioned_project
from local_hub import TOKEN, Hub, serving
from nonempty import nonempty
from release_corpus import build, corpus, plan, records
from standpoint.checks.case import Corpus
from standpoint.checks.release import ReleaseFacts as Release
from standpoint.checks.run import check_release
from standpoint.core.files import SUMS
from standpoint.core.history import HEADER
from standpoint.dataset.release_folder import checksums, inspect

pytestmark = pytest.mark.server
REPO = "veld/reports"
PERSON = "orla.quill@veld.example"
RUN = """
import json, sys
from click.testing import CliRunner
from standpoint.cli import console as printer
from standpoint.cli import main
printer.err.file = sys.stdout  # what a terminal shows
for words in json.loads(sys.argv[1]):
    result = CliRunner(catch_exceptions=False).invoke(main, words)
    print(json.dumps({"exit": result.exit_code, "said": result.output}))
"""


class Place:
    """A hub, a project without anything but people, and two releases of the valley."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self.hub, self.folder = hub, folder
        (folder / "guidelines").mkdir()
        (folder / "guidelines" / "codebook.yaml").touch()
        (folder / ".standpoint").mkdir()
        (folder / ".standpoint" / "people.json").write_text(json.dumps({PERSON: "a01"}))
        self.one, self.two = folder / "one", folder / "two"
        build(records(corpus()), plan(extras={"CHANGELOG.md": b"# 0.1.0\n", "old.txt": b"for one version only\n"}), self.one)
        build(records(corpus(12)), plan(version="0.2.0", extras={"CHANGELOG.md": b"# 0.2.0\n"}), self.two)

    def child(self, *words: str, token: str = TOKEN, at: Path | None = None) -> str:
        """Run Python in an environment in which the hub is the Hub, in the project or elsewhere; what it says."""
        home = {"HF_HOME": str(self.folder / "home"), "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        environment = os.environ | {"HF_ENDPOINT": self.hub.url, "HF_TOKEN": token} | home
        command = [sys.executable, *words]
        done = subprocess.run(command, env=environment, cwd=at or self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def publish(self, *releases: Path | tuple[Path, tuple[str, ...]], at: Path | None = None) -> list[tuple[int, str]]:
        """Exit code and words of each run, of a release or of a release with options."""
        runs = []
        for one in releases:
            release, options = one if isinstance(one, tuple) else (one, ())
            runs.append(["release", "publish", REPO, "--from", str(release), *options])
        said = self.child("-c", RUN, json.dumps(runs), at=at)
        assert TOKEN not in said and "Traceback" not in said
        found, before = [], []
        for line in said.splitlines():
            if line.startswith('{"exit"'):
                told = json.loads(line)
                found.append((told["exit"], "\n".join([*before, told["said"]])))
                before = []
            else:
                before.append(line)
        return found


@pytest.fixture(scope="module")
def hub_before_publishing(tmp_path_factory) -> Iterator[Place]:
    """The place before anything is published."""
    with serving() as hub:
        yield Place(hub, tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def hub_with_two_versions(hub_before_publishing) -> Place:
    """The same place with both versions published, each twice; do not publish there."""
    hub_before_publishing.said = hub_before_publishing.publish(
        hub_before_publishing.one, hub_before_publishing.one, hub_before_publishing.two, hub_before_publishing.two
    )
    return hub_before_publishing


@pytest.fixture
def own_hub(hub_before_publishing, tmp_path) -> Iterator[Place]:
    """A hub of one's own, with copies of the releases."""
    with serving() as hub:
        shutil.copytree(hub_before_publishing.folder, tmp_path / "place", ignore=shutil.ignore_patterns("home"))
        other = object.__new__(Place)
        other.hub, other.folder = hub, tmp_path / "place"
        other.one, other.two = other.folder / "one", other.folder / "two"
        yield other


def test_a_version_is_one_commit_and_one_tag_and_publishing_again_does_nothing(hub_with_two_versions):
    assert [code for code, _ in hub_with_two_versions.said] == [0, 0, 0, 0]
    words = ["published as v0.1.0", "v0.1.0 is already there", "published as v0.2.0", "v0.2.0 is already there"]
    assert all(word in said for word, (_, said) in nonempty(zip(words, hub_with_two_versions.said, strict=True)))
    repo = hub_with_two_versions.hub.repos[REPO]
    assert [commit.title for commit in repo.commits] == ["initial commit", "Release v0.1.0", "Release v0.2.0"]
    assert repo.tags == {"v0.1.0": repo.commits[1].oid, "v0.2.0": repo.commits[2].oid}


def test_the_server_has_the_very_files_of_each_version(hub_with_two_versions, tmp_path):
    for tag, release in (("v0.1.0", hub_with_two_versions.one), ("v0.2.0", hub_with_two_versions.two)):
        there = hub_with_two_versions.hub.snapshot(REPO, tag, tmp_path / tag)
        (there / ".gitattributes").unlink()
        assert (there / SUMS).read_bytes() == (release / SUMS).read_bytes() and checksums(there) == checksums(release)
    assert (tmp_path / "v0.1.0" / "old.txt").exists() and not (tmp_path / "v0.2.0" / "old.txt").exists()


LOAD = """
import json
import pandas
from datasets import load_dataset
from datasets.exceptions import DatasetNotFoundError
repo, found = "veld/reports", {}
for tag in ("v0.1.0", "v0.2.0", "main"):
    for config in ("documents", "stance", "resolutions", "registry"):
        loaded = load_dataset(repo, config, revision=tag)
        found[f"{tag} {config}"] = {name: split.num_rows for name, split in loaded.items()}
        streamed = load_dataset(repo, config, revision=tag, streaming=True)
        same = all(list(split) == list(loaded[name]) for name, split in streamed.items())
        found[f"{tag} {config} streamed"] = same
    split = load_dataset(repo, revision=tag, split="train")
    found[f"{tag} version"], found[f"{tag} ids"] = str(split.info.version), sorted(split["id"])
one = dict(revision="v0.1.0", split="train")
found["pandas"] = len(pandas.read_parquet(f"hf://datasets/{repo}@v0.1.0/stance/train-00000-of-00001.parquet"))
found["columns"] = load_dataset(repo, columns=["id", "tier"], **one).column_names
found["filters"] = sorted(set(load_dataset(repo, "stance", filters=[("actor", "==", "act-000001")], **one)["actor"]))
found["slice"] = load_dataset(repo, "documents", revision="v0.1.0", split="train[:50%]+test").num_rows
try:
    load_dataset(repo, revision="v9.0.0")
except DatasetNotFoundError as error:
    found["unknown"] = "v9.0.0" in str(error)
print("FOUND" + json.dumps(found))
"""


def test_each_version_loads_by_its_tag_streaming_included(hub_with_two_versions):
    found = json.loads(hub_with_two_versions.child("-c", LOAD, token="").partition("FOUND")[2].splitlines()[0])
    splits = {"v0.1.0": (4, 2, 2), "v0.2.0": (6, 3, 3), "main": (6, 3, 3)}
    for tag, counts in nonempty(splits.items()):
        assert found[f"{tag} documents"] == dict(zip(("train", "validation", "test"), counts, strict=True))
        assert found[f"{tag} registry"] == {"full": 2}
        assert found[f"{tag} version"] == {"v0.1.0": "0.1.0"}.get(tag, "0.2.0")
        assert all(found[f"{tag} {config} streamed"] for config in ("documents", "stance", "resolutions", "registry"))
    assert found["pandas"] == found["v0.1.0 stance"]["train"]
    assert set(found["v0.1.0 ids"]) != set(found["v0.2.0 ids"]) == set(found["main ids"])
    assert (found["columns"], found["filters"], found["slice"], found["unknown"]) == (["id", "tier"], ["act-000001"], 4, True)


def test_no_name_and_no_address_of_an_annotator_reached_the_server(hub_with_two_versions, tmp_path):
    """The checks read what the server has; and no request says more than they do."""
    for tag in ("v0.1.0", "v0.2.0"):
        there = hub_with_two_versions.hub.snapshot(REPO, tag, tmp_path / tag)
        release = Release(inspect(there), Corpus(), "", [PERSON])
        assert {issue.code for issue in check_release(release)}.isdisjoint({"RELEASE-MAIL", "RELEASE-NAME"})
    sent = b"\n".join([*hub_with_two_versions.hub.bodies, *hub_with_two_versions.hub.blobs.values()]).lower()
    assert len(sent) > 100_000 and not any(word in sent for word in (b"orla", b"quill", b"veld.example", TOKEN.encode()))
    assert any(TOKEN in headers for headers in hub_with_two_versions.hub.headers)  # there, and nowhere else


def test_a_published_version_is_never_changed_and_none_goes_before_a_newer_one(hub_with_two_versions):
    changed = shutil.copytree(hub_with_two_versions.two, hub_with_two_versions.folder / "changed")
    (changed / "CHANGELOG.md").write_text("# 0.2.0, told otherwise\n")
    (changed / SUMS).write_text(checksums(changed))
    older = hub_with_two_versions.folder / "older"
    build(records(corpus(6)), plan(version="0.1.5"), older)
    commits = len(hub_with_two_versions.hub.repos[REPO].commits)
    (first, said), (second, other) = hub_with_two_versions.publish(changed, older)
    assert (first, second) == (2, 2)
    assert "v0.2.0 is published already, with other files (such as CHANGELOG.md)" in said and "new version" in said
    assert "v0.2.0 is published, and is newer than v0.1.5" in other
    assert len(hub_with_two_versions.hub.repos[REPO].commits) == commits and len(hub_with_two_versions.hub.repos[REPO].tags) == 2


def test_what_broke_off_is_finished_by_publishing_again(own_hub):
    """After a commit that did not come about, all is sent; after one that did, only the tag is set."""
    own_hub.hub.fail = ["/commit/", "/tag/"]
    (first, said), (second, other), (third, told) = own_hub.publish(own_hub.one, own_hub.one, own_hub.one)
    assert (first, second, third) == (2, 2, 0) and "the Hub answers 500" in said and "the Hub answers 500" in other
    assert "its commit was already there; tagged as v0.1.0" in told
    repo = own_hub.hub.repos[REPO]
    assert [commit.title for commit in repo.commits] == ["initial commit", "Release v0.1.0"]
    assert repo.tags == {"v0.1.0": repo.commits[1].oid}


def test_what_must_not_be_published_is_not_sent(own_hub):
    """An annotator's address in a file, a file that nobody listed, a token that is none, a look: no file is sent."""
    bad = shutil.copytree(own_hub.one, own_hub.folder / "bad")
    (bad / "CHANGELOG.md").write_text("# 0.1.0\n\nThanks to Orla Quill, orla.quill@veld.example\n")
    (bad / SUMS).write_text(checksums(bad))
    (own_hub.two / "notes.txt").write_text("by hand")
    runs = [(bad, ()), (own_hub.two, ()), (own_hub.one, ("--dry-run",)), (own_hub.one, ("--token", "hf_wrong"))]
    (_, said), (_, told), (_, looked), (_, refused) = found = own_hub.publish(*runs)
    assert [code for code, _ in found] == [2, 2, 0, 2]
    assert "RELEASE-MAIL" in said and "RELEASE-NAME" in said and "CHANGELOG.md line 3" in said
    assert "notes.txt differs from SHA256SUMS" in told and "would be published as v0.1.0" in looked
    assert "401" in refused and "a token that may write" in refused and "hf_wrong" not in "".join(words for _, words in found)
    assert [path for method, path, _ in own_hub.hub.log if method != "GET"] == ["/api/repos/create"] and not own_hub.hub.repos


def test_a_release_is_published_from_anywhere_and_what_only_its_project_knows_is_said(own_hub, tmp_path):
    """In another project, whose version of the same number is yanked, it is published too: the content is another."""
    (nowhere := tmp_path / "nowhere").mkdir()
    elsewhere = versioned_project.make(tmp_path / "elsewhere", 1)
    elsewhere.versions.write_text("\t".join(HEADER) + f"\n0.1.0\t2031-05-01\t{'0' * 40}\t{'0' * 64}\twrong labels\n")
    ((code, said),) = own_hub.publish(own_hub.one, at=nowhere)
    assert code == 0 and "published as v0.1.0" in said and "PUBLISH-NO-PROJECT" in said
    ((code, said),) = own_hub.publish((own_hub.one, ("--dry-run",)), at=elsewhere.root)
    assert code == 0 and "v0.1.0 is already there" in said and "PUBLISH-NO-PROJECT" not in said
    assert list(nowhere.iterdir()) == []
