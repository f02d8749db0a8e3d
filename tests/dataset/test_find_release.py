"""A release by its folder or by its name on the Hub, over real HTTP to a stand-in; and the commands that read one, without a project."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
import yaml

from command_line import run
from local_hub import Hub, serving
from release_corpus import article, build, plan, records
from standpoint.core.files import SUMS
from standpoint.core.model import Reporter, StandpointError
from standpoint.dataset.find_release import find_collection, find_release
from standpoint.dataset.release_folder import checksums, open_release
from standpoint.scoring import score

REPO = "veld/reports"


@pytest.fixture(scope="module")
def releases(tmp_path_factory) -> list[Path]:
    """Two releases of the valley: of eight articles with their texts, and of twelve."""
    folder = tmp_path_factory.mktemp("releases")
    for name, size, version in (("one", 8, "0.1.0"), ("two", 12, "0.2.0")):
        build(records([article(number) for number in range(size)]), plan(version=version), folder / name)
    return [folder / "one", folder / "two"]


@pytest.fixture
def hub(releases, tmp_path, monkeypatch) -> Iterator[Hub]:
    """A Hub with both versions, and an empty folder to work in and an empty cache."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / ".cache" / "hub"))
    with serving() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        for folder, tag in zip(releases, ("v0.1.0", "v0.2.0"), strict=True):
            hub.add(REPO, tag, folder)
        yield hub


def found(name: str) -> tuple[Path, list[str]]:
    """The folder, and what the user is told."""
    told: list[str] = []
    return find_release(name, Reporter(say=told.append)), told


def refusal(name: str) -> str:
    """What is said of a name that is no release."""
    with pytest.raises(StandpointError) as error:
        find_release(name)
    assert "\n" not in (error.value.message + error.value.hint).replace(name, "")
    return f"{error.value.message} ({error.value.hint})"


@pytest.mark.server
@pytest.mark.parametrize(
    "revision, number",
    [("", 1), ("@v0.1.0", 0), ("@0.1.0", 0), ("@v0.2.0", 1), ("@main", 1), ("@{commit}", 0)],
    ids=["no revision", "a tag", "a version", "another tag", "a branch", "a commit"],
)
def test_a_revision_on_the_hub_is_fetched_once(hub, releases, revision, number):
    commit = hub.repos[REPO].tags["v0.1.0"]
    folder, told = found(REPO + revision.format(commit=commit))
    assert checksums(folder) == checksums(releases[number]) and open_release(folder)
    assert told == [f"{REPO}{revision.format(commit=commit)}: commit {folder.name[:8]} of the Hub, in {folder}"]
    assert folder.name == list(hub.repos[REPO].tags.values())[number]
    hub.log.clear()
    assert found(REPO + revision.format(commit=commit))[0] == folder
    assert [path for _, path, _ in hub.log if "/resolve/" in path or "/lfs/" in path] == []


def test_a_folder_goes_before_the_hub(releases, tmp_path, monkeypatch):
    """No Hub is there that could be asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for name in ("veld/reports", "veld/reports@v0.1.0"):
        shutil.copytree(releases[0], name)
    assert found("veld/reports") == (Path("veld/reports"), [])
    folder, (told,) = found("veld/reports@v0.1.0")
    assert folder == Path("veld/reports@v0.1.0") and "a folder of this name is here, and is taken" in told
    assert find_release(releases[0]) == releases[0]  # a path, as Python has it


@pytest.mark.server
def test_what_the_hub_does_not_have_is_said_in_a_line(hub, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "train.jsonl").write_text('{"text": "The harbour is open."}\n')
    hub.add("veld/texts", "v1.0.0", tmp_path / "other")
    assert f"no dataset of this name on {hub.url} that you may read" in refusal("veld/none@v1.0.0")
    assert "no name on the Hub: Cannot have --" in refusal("veld/re--ports@v1.0.0") and "File name too long" not in refusal(
        "a/" + "b" * 300
    )
    assert "no such folder here" in refusal("dataset/relaese") and "HF_TOKEN" in refusal("dataset/relaese")
    assert "has no revision 'v0.3.0' (it has v0.1.0, v0.2.0)" in refusal(f"{REPO}@0.3.0")
    assert "not a release (it has no SHA256SUMS)" in refusal("veld/texts")
    assert not any("/resolve/" in path for _, path, _ in hub.log)  # nothing was fetched


@pytest.mark.parametrize(
    "name",
    ["", "reports", "./reports", "../veld/reports", "/veld/reports", "veld/reports/", "veld//reports", "a/b/c", "C:\\veld\\reports",
     "veld/reports@", "veld/reports@@v1", "veld/reports@../../../../x", "veld/reports@/etc", "veld/..", "../..@v1", "veld/reports@a b",
     "veld/reports@v1\n", "veld/räports", "https://huggingface.co/datasets/veld/reports", "veld/reports@refs/../x",
     "a" * 300, "a/" * 3000],
)  # fmt: skip
def test_what_is_no_name_of_a_release_never_reaches_the_hub_or_its_cache(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    said = refusal(name)
    assert "no such folder" in said and "owner/name@v1.0.0" in said and "Hub is out of reach" not in said
    assert find_collection(f"{name}:test") == f"{name}:test"


@pytest.mark.server
def test_what_was_fetched_before_is_taken_when_the_hub_is_out_of_reach_and_that_is_said(hub, monkeypatch):
    folder, _ = found(f"{REPO}@v0.1.0")
    hub.fail = ["/revision/"]
    again, (told,) = found(f"{REPO}@v0.1.0")
    assert again == folder and told.endswith("; it was fetched before: the Hub answers 500")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    again, (told,) = found(f"{REPO}@v0.1.0")
    assert again == folder and "; it was fetched before: the Hub is out of reach (" in told
    assert "not fetched before; the Hub is out of reach (" in refusal(f"{REPO}@v0.2.0")
    assert "not fetched before; the Hub is out of reach (" in refusal("dataset/relaese")
    with pytest.warns(UserWarning, match="it was fetched before: the Hub is out of reach"):  # Python has no reporter
        assert find_release(f"{REPO}@v0.1.0") == folder
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert found(f"{REPO}@v0.1.0")[0] == folder and "HF_HUB_OFFLINE" in refusal(f"{REPO}@v0.2.0")


@pytest.mark.server
def test_a_download_that_breaks_off_is_said_and_is_finished_by_another(hub, releases, monkeypatch):
    stored = hub.repos[REPO].at("v0.1.0").files["documents/test-00000-of-00001.parquet"]
    whole = hub.blobs[stored.sha256]
    hub.blobs[stored.sha256] = whole[:-10]
    assert refusal(f"{REPO}@v0.1.0").startswith(f"{REPO}@v0.1.0: not fetched: ")
    hub.blobs[stored.sha256] = whole
    with monkeypatch.context() as patch:
        patch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        assert "not fetched before; the Hub is out of reach (" in refusal(f"{REPO}@v0.1.0")  # half of it is not taken for it
    assert checksums(found(f"{REPO}@v0.1.0")[0]) == checksums(releases[0])


@pytest.mark.server
def test_no_file_of_a_dataset_is_written_or_read_outside_of_its_folder(hub, releases, tmp_path):
    repo = hub.repos[REPO]
    bad = repo.at("v0.1.0").files | {"../../../../../evil.yaml": hub.keep(b"evil", False)}
    repo.tags["v0.9.0"] = repo.commit("bad", bad)
    assert "not fetched" in refusal(f"{REPO}@v0.9.0")
    assert list(tmp_path.rglob("evil*")) == [] and not (tmp_path.parent / "evil.yaml").exists()
    copied = shutil.copytree(releases[0], tmp_path / "copied" / "release")
    (tmp_path / "copied" / "secret.txt").write_text("secret")
    outside = next(line for line in checksums(tmp_path / "copied").splitlines() if line.endswith("secret.txt"))
    (copied / SUMS).write_text((copied / SUMS).read_text() + outside.replace("secret", "../secret") + "\n")
    with pytest.raises(StandpointError, match=r"\.\./secret\.txt differs from SHA256SUMS"):
        open_release(copied)


@pytest.mark.server
def test_a_dataset_that_asks_for_its_owner_s_leave_says_so(hub):
    hub.gated.add(REPO)
    assert f"who reads this dataset needs its owner's leave (ask for access on {hub.url}/datasets/{REPO}" in refusal(
        f"{REPO}@v0.1.0"
    )


@pytest.mark.server
def test_python_scores_by_the_name_on_the_hub(hub, releases):
    scored = score(f"{REPO}@v0.1.0", [], resamples=0)
    assert scored == score(releases[0], [], resamples=0) and scored.report.articles == 2


OTHER_CODEBOOK = {"title": "Other", "version": "0.9.9", "passes": [{"name": "p", "layers": ["x"]}], "layers": [{"name": "x", "kind": "span", "labels": [{"name": "y"}]}]}  # fmt: skip


@pytest.mark.server
@pytest.mark.parametrize("around", ["nothing", "another project"])
def test_commands_that_read_a_release_need_no_project(hub, releases, around, tmp_path):
    """They say the same by the folder and by the name on the Hub, and take no heed of a project that they are run in."""
    here = Path.cwd()
    if around != "nothing":
        (here / "guidelines").mkdir()
        (here / "guidelines" / "codebook.yaml").write_text(yaml.safe_dump(OTHER_CODEBOOK))
    one, two = (str(folder) for folder in releases)
    said = {}
    for release, other in ((one, two), (f"{REPO}@v0.1.0", f"{REPO}@v0.2.0")):
        made = tmp_path / f"made from {release[:4].strip('/')}"
        said[release] = [
            run("baseline", "rules", release, "--out", str(made / "rules.jsonl")),
            run("score", release, str(made / "rules.jsonl"), "--resamples", "50", "--json", str(made / "scores.json")),
            run("export", release, "--format", "jsonl", "--out", str(made / "jsonl")),
            run("hydrate", release, "--undo", "--out", str(made / "undone")),
            run("release", "diff", release, other),
            run("leaks", f"{release}:train", f"{other}:test", code=1),
            run("leaks", f"{release}:documents/train", f"{release}:test", code=1),
        ]
        assert checksums(made / "undone") == checksums(releases[0])
    there, by_name = (
        ["\n".join(line for line in one.splitlines() if " of the Hub, in " not in line) for one in each] for each in said.values()
    )
    assert by_name == [one.replace(str(releases[0]), f"{REPO}@v0.1.0").replace(two, f"{REPO}@v0.2.0") for one in there]
    first, second = sorted(path for path in tmp_path.iterdir() if path.name.startswith("made"))
    assert checksums(first) == checksums(second)
    assert {path.name for path in here.iterdir()} <= {"guidelines"}
    assert json.loads((first / "scores.json").read_text())["codebook_version"] == "0.2.0"
