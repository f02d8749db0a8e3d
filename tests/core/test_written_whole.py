"""What is written under its name is on the disk: a file, or a whole folder, before it is renamed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from standpoint.core import files
from standpoint.core.files import SUMS, read_tsv, replace_folder, workspace, write_whole
from standpoint.core.model import StandpointError


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


def test_no_process_is_asked_on_windows_where_that_would_interrupt_it(tmp_path, monkeypatch):
    """What a killed run left is deleted elsewhere, and stays there: a signal 0 is Ctrl-C to the whole console."""
    left = tmp_path / ".release.2147483646.part"
    left.mkdir()
    monkeypatch.setattr(files.sys, "platform", "win32")
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("a signal was sent"))
    with workspace(tmp_path / "release"):
        assert left.exists()
    monkeypatch.undo()
    with workspace(tmp_path / "release"):
        assert not left.exists()


def test_lines_with_the_ends_of_windows_are_named_with_what_keeps_git_from_them(tmp_path):
    (tmp_path / "default.tsv").write_bytes(b"article_id\tsplit\r\na\ttrain\r\n")
    with pytest.raises(StandpointError, match="default.tsv:1: the line ends as on Windows.*gitattributes"):
        list(read_tsv(tmp_path / "default.tsv", ("article_id", "split")))


FILL = """
import os
from standpoint.core.corpus import RecordStore

store = RecordStore(str)
for number in range(60_000):
    store.put(str(number), "a withheld text " * 30)  # 28 MB: more than the cache has
print(sum(len(names) for _, _, names in os.walk(os.environ["TMPDIR"])))
"""


def test_what_is_kept_while_a_command_works_has_no_name_that_a_kill_could_leave(tmp_path):
    words = [sys.executable, "-c", FILL]
    environment = os.environ | {"TMPDIR": str(tmp_path), "SQLITE_TMPDIR": str(tmp_path)}
    assert subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout == "0\n"
