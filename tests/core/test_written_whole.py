"""What is written under its name is on the disk: a file, or a whole folder, before it is renamed."""

from __future__ import annotations

import os

import pytest

from standpoint.core import files
from standpoint.core.files import SUMS, replace_folder, workspace, write_whole


@pytest.fixture
def order(monkeypatch) -> list[tuple[str, str]]:
    """The calls that write to the disk or rename, in their order, with the name of the file."""
    calls: list[tuple[str, str]] = []
    fsync, rename, replace = os.fsync, files.Path.rename, files.Path.replace
    monkeypatch.setattr(
        os,
        "fsync",
        lambda number: (calls.append(("sync", os.path.basename(os.readlink(f"/proc/self/fd/{number}")))), fsync(number)),
    )
    monkeypatch.setattr(os, "sync", lambda: calls.append(("sync", "all")))
    monkeypatch.setattr(files.Path, "rename", lambda path, to: (calls.append(("rename", path.name)), rename(path, to))[1])
    monkeypatch.setattr(files.Path, "replace", lambda path, to: (calls.append(("rename", path.name)), replace(path, to))[1])
    return calls


pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="the names of open files are in /proc")


def test_a_file_is_synced_before_it_is_renamed(tmp_path, order):
    write_whole(tmp_path / "a.txt", "words")
    (synced, part), (renamed, same) = order
    assert (synced, renamed) == ("sync", "rename") and part == same and part.startswith(".a.txt.")


@pytest.mark.parametrize("count, synced", [(2, {"0.txt", "1.txt", SUMS}), (files.SYNCED_SINGLY + 1, {"all"})])
def test_a_folder_is_synced_before_it_is_renamed(tmp_path, order, count, synced):
    out = tmp_path / "release"
    with workspace(out) as beside:
        new = beside / "new"
        new.mkdir()
        for number in range(count):
            (new / f"{number}.txt").write_text("words")
        (new / SUMS).write_text("sums")
        assert replace_folder(out, new)
    assert {name for what, name in order[:-1]} == synced and {what for what, _ in order[:-1]} == {"sync"}
    assert order[-1] == ("rename", "new") and len(list(out.iterdir())) == count + 1
