"""A build: the same bytes for the same records, whole or not at all, and a refusal whenever something is wrong."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from datasets import load_dataset
from msgspec.structs import replace

import release_corpus
from forked import Forked
from nonempty import nonempty
from release_corpus import build, corpus, plan, records
from standpoint.codebook.load import load_codebook
from standpoint.core.files import SUMS, files_of, heal
from standpoint.core.model import Conflict, StandpointError
from standpoint.dataset import build as build_module
from standpoint.dataset.build import Records
from standpoint.dataset.release_folder import checksums
from standpoint.splits.splits import QUARANTINE, SplitRow

SUPPORT = Path(__file__).parent.parent / "support"


def whole(folder: Path) -> bool:
    """Whether a release is as its checksums say."""
    return (folder / SUMS).read_text(encoding="utf-8") == checksums(folder)


def same(one: Path, other: Path) -> bool:
    return (one / SUMS).read_bytes() == (other / SUMS).read_bytes() and whole(one) and whole(other)


def child(code: str, *arguments: object, **environment: str) -> int:
    """Run Python beside this file."""
    words = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(words, cwd=SUPPORT, env=os.environ | environment, check=False).returncode


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
        {"TZ": "America/Caracas", "PYTHONHASHSEED": "2", "LC_ALL": "C.utf8"},
    ],
    ids=["first", "second"],
)
def test_two_builds_are_the_same_bytes(valley_release, tmp_path, environment):
    seed = environment["PYTHONHASHSEED"]
    code = "import sys, release_corpus; release_corpus.main(sys.argv[1], int(sys.argv[2]))"
    assert child(code, tmp_path / "release", seed, **environment) == 0
    assert same(valley_release, tmp_path / "release")


def test_a_second_build_changes_nothing(valley_release_copy):
    before = {path: path.stat().st_mtime_ns for path in (valley_release_copy, *valley_release_copy.rglob("*"))}
    summary = build(records(corpus(), shuffled=5), plan(), valley_release_copy)
    assert not summary.changed
    assert {path: path.stat().st_mtime_ns for path in (valley_release_copy, *valley_release_copy.rglob("*"))} == before
    assert [path.name for path in valley_release_copy.parent.iterdir()] == ["release"]


def test_a_release_that_was_tampered_with_is_built_anew(valley_release, valley_release_copy):
    (valley_release_copy / "documents" / "test-00000-of-00001.parquet").write_bytes(b"tampered")
    assert build(records(corpus()), plan(), valley_release_copy).changed
    assert same(valley_release, valley_release_copy)


def test_a_changed_release_under_its_old_version_is_told(valley_release_copy):
    summary = build(records(corpus(10)), plan(), valley_release_copy)
    assert summary.changed and "SAME-VERSION" in {note.code for note in summary.notes}
    summary = build(records(corpus(12)), plan(version="0.2.0"), valley_release_copy)
    assert summary.changed and "SAME-VERSION" not in {note.code for note in summary.notes}


def broken(items, after: int):
    for number, item in enumerate(items):
        if number == after:
            raise OSError("the disk is gone")
        yield item


@pytest.mark.parametrize("part", range(4))
def test_an_exception_in_the_middle_leaves_the_old_release(valley_release, valley_release_copy, part):
    changed = records(corpus(12))
    with pytest.raises(OSError, match="gone"):
        build(changed._replace(**{Records._fields[part]: broken(changed[part], 3)}), plan(version="0.2.0"), valley_release_copy)
    assert same(valley_release, valley_release_copy) and [path.name for path in valley_release_copy.parent.iterdir()] == [
        "release"
    ]


@pytest.mark.parametrize("step", ["write_rows", "content_hash", "checksums", "verify"])
def test_an_exception_in_a_step_leaves_the_old_release(valley_release, valley_release_copy, monkeypatch, step):
    def fail(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr(build_module, step, fail)
    with pytest.raises(OSError, match="gone"):
        build(records(corpus(12)), plan(version="0.2.0"), valley_release_copy)
    assert same(valley_release, valley_release_copy)


@pytest.fixture(scope="module")
def killed_build():
    """A function that builds into a folder and is killed at a call of a function; its exit code."""
    with Forked(SUPPORT / "killed_build.py") as processes:
        yield processes.run


@pytest.fixture(scope="session")
def larger_release(tmp_path_factory) -> Path:
    """The release that the killed builds were to make."""
    out = tmp_path_factory.mktemp("larger") / "release"
    build(records(corpus(12)), plan(version="0.2.0"), out)
    return out


@pytest.mark.parametrize(
    "where, call, stands",
    [
        ("write_rows", 1, "old"),
        ("content_hash", 1, "old"),
        ("verify", 1, "old"),
        ("replace_folder", 1, "old"),
        ("rename", 1, "old"),
        ("rename", 2, "old"),  # the old one is aside, the new one not yet in its place
        ("rename", 3, "new"),
        ("rmtree", 2, "new"),
    ],
)
def test_a_killed_build_leaves_one_release_whole(
    killed_build, valley_release, larger_release, valley_release_copy, where, call, stands
):
    assert killed_build(valley_release_copy, where, call) == -signal.SIGKILL
    heal(valley_release_copy)
    assert same(valley_release_copy, {"old": valley_release, "new": larger_release}[stands])
    assert [path.name for path in valley_release_copy.parent.iterdir()] == ["release"]


def test_the_build_after_a_killed_one_is_as_any(killed_build, larger_release, valley_release_copy):
    assert killed_build(valley_release_copy, "rename", 2) == -signal.SIGKILL
    assert not valley_release_copy.exists()
    assert build(records(corpus(12)), plan(version="0.2.0"), valley_release_copy).changed
    assert same(valley_release_copy, larger_release)


def test_a_folder_that_is_no_release_is_not_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(StandpointError, match="is not a release"):
        build(records(corpus()), plan(), tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_a_folder_with_a_placeholder_is_replaced(tmp_path):
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "README.md").write_text("What is released.")
    assert build(records(corpus()), plan(), tmp_path / "release").changed


@pytest.mark.parametrize(
    "version", ["1", "1.0", "v1.0.0", "01.0.0", "1.0.0-", "1.0.0\n", "1.0.0-01", "", "1.0.0+x", "1.0.0-rc.1", "١.0.0"]
)
def test_a_version_that_is_none_is_refused(version, tmp_path):
    with pytest.raises(StandpointError, match="MAJOR.MINOR.PATCH"):
        build(records(corpus()), plan(version=version), tmp_path / "release")


def all_in(split: str) -> Records:
    made = records(corpus())
    return made._replace(splits=[row._replace(split=split) for row in made.splits])


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_split_without_articles_is_left_out_with_a_note(tmp_path, split):
    summary = build(all_in(split), plan(), tmp_path / "release")
    expected = dict.fromkeys(summary.rows, [split]) | {"registry": ["full"]}
    assert {name: list(rows) for name, rows in summary.rows.items()} == expected
    told = [note.message for note in summary.notes if note[:2] == ("documents", "EMPTY-SPLIT")]
    assert len(told) == 2 and not any(f"split {split}:" in message for message in told)
    loaded = load_dataset(str(tmp_path / "release"), cache_dir=str(tmp_path / "cache"))
    assert {name: len(rows) for name, rows in loaded.items()} == {split: len(all_in(split).splits)}


def test_no_articles_at_all_are_no_release(tmp_path):
    with pytest.raises(StandpointError, match="no split has an adjudicated article"):
        build(Records([], [], [], []), plan(), tmp_path / "release")


def test_a_config_without_rows_is_left_out_with_a_note(tmp_path):
    made = records(corpus())
    bare = [
        replace(item, annotations=[one for one in item.annotations if one.layer != "stance"], distributions={})
        for item in made.adjudicated
    ]
    summary = build(made._replace(adjudicated=bare), plan(), tmp_path / "release")
    assert "stance" not in summary.rows and not (tmp_path / "release" / "stance").exists()
    assert [note[:2] for note in summary.notes] == [("stance", "EMPTY-SPLIT")] * 3


def test_what_is_quarantined_or_not_adjudicated_is_left_out_and_told(tmp_path):
    made = records(corpus())
    first, second = made.splits[0], made.adjudicated[3]
    splits = [first._replace(split=QUARANTINE), *made.splits[1:]]
    rest = [item for item in made.adjudicated if item is not second]
    summary = build(made._replace(splits=splits, adjudicated=rest), plan(), tmp_path / "release")
    assert sum(summary.rows["documents"].values()) == 6
    told = {(note.where, note.code) for note in summary.notes}
    assert told == {(first.article_id, "QUARANTINED"), (first.article_id, "SET-LEFT-OUT"), (second.article_id, "SET-LEFT-OUT")}


def test_further_files_go_in_and_are_summed(tmp_path):
    def count(folder: Path) -> bytes:
        return str(len(list(folder.glob("*/*.parquet")))).encode()

    build(records(corpus()), plan(extras={"CHANGELOG.md": b"# Changes\n", "count": count}), tmp_path / "release")
    assert (tmp_path / "release" / "CHANGELOG.md").read_bytes() == b"# Changes\n"
    assert (tmp_path / "release" / "count").read_bytes() == b"25"
    assert whole(tmp_path / "release") and "count" in files_of(tmp_path / "release")


def test_checksums_are_what_sha256sum_reads(valley_release):
    lines = (valley_release / SUMS).read_text(encoding="utf-8").splitlines()
    for digest, separator, name in nonempty((line[:64], line[64:66], line[66:]) for line in lines):
        assert separator == "  " and hashlib.sha256((valley_release / name).read_bytes()).hexdigest() == digest
    if shutil.which("sha256sum"):
        assert subprocess.run(["sha256sum", "--quiet", "--check", SUMS], cwd=valley_release).returncode == 0


def test_the_codebook_and_the_registry_of_a_release_read_back(valley_release):
    assert msgspec.json.encode(load_codebook(valley_release / "codebook.yaml")) == msgspec.json.encode(release_corpus.codebook())
    from standpoint.codebook.registry import load_registry

    assert load_registry(valley_release / "actors.yaml") == release_corpus.REGISTRY


def wrong(**changes: object):
    """The records with one adjudicated set changed."""
    made = records(corpus())
    return made._replace(adjudicated=[replace(made.adjudicated[0], **changes), *made.adjudicated[1:]])


@pytest.mark.parametrize(
    "made, words",
    [
        (wrong(article_id="nowhere"), "no article has this id"),
        (records(corpus())._replace(splits=[]), "it has no split"),
        (records(corpus())._replace(sets=[]), "it is adjudicated, and has no annotation set"),
        (records([*corpus(), corpus()[0]]), "occurs twice"),
        (wrong(tier="gold"), "its tier is gold, and a01 is a model"),
        (wrong(tier="reviewed"), "its tier is reviewed, and a01 is a model"),
        (wrong(tier="gold", annotators=()), "no person's annotation set"),
        (wrong(annotators=("a01", "zz9")), "names zz9, who has no annotation set"),
        (wrong(distributions={"stance": {"quay": {"zz9": "0"}}}), "names zz9, who has no annotation set"),
        (wrong(conflicts=(Conflict("events", "", {"a01": "", "zz9": "x"}),)), "names zz9, who has no annotation set"),
    ],
)
def test_records_that_do_not_fit_are_refused(made, words, tmp_path):
    with pytest.raises(StandpointError, match=words):
        build(made, plan(), tmp_path / "release")
    assert list(tmp_path.iterdir()) == []


def test_split_rows_are_what_the_splits_file_gives():
    assert isinstance(records(corpus()).splits[0], SplitRow)
