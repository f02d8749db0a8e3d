"""Two commands in one project: those that write wait for each other or refuse, and those that read do neither."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from standpoint.cli import main
from standpoint.core import project as project_module
from standpoint.core.model import StandpointError
from standpoint.core.project import Project
from whole_projects import copy_of_the_project

HOLD = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which whoever runs the tests in the background ignores
from pathlib import Path
from standpoint.core.project import Project

with Project(Path(sys.argv[1])).locked("standpoint push", print):
    print("locked", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(copy_of_the_project(tmp_path))


@pytest.fixture
def holder(project):
    """Another process that holds the project's lock, until a line is written to it or it is killed."""
    words = [sys.executable, "-c", HOLD, str(project.root)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


def run(project: Project, *words: str):
    return CliRunner().invoke(main, ["--project", str(project.root), *words])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


WRITING = (
    "ingest dataset/raw", "split", "build", "build --at 0.1.0", "guide", "guide --build", "fix --write", "adjudicate", "adjudicate push",
    "adjudicate pull", "push", "pull", "import dataset/version.txt", "check --live", "demo", "server backup", "server restore dataset/version.txt",
    "server accounts", "suggestions score", "annotate --model any --as m09", "audit any", "team add a09", "team remove a01", "team assign", "sample --number 9", "release create 9.0.0", "release create 9.0.0 --dry-run",
    "release yank 0.1.0 --reason none", "release takedown some-article --reason none", "release publish owner/name",
)  # fmt: skip


def test_commands_that_write_refuse_and_name_the_one_at_work(project, holder, monkeypatch):
    monkeypatch.setattr(project_module, "LOCK_PATIENCE", 0.01)
    monkeypatch.chdir(project.root)
    before = contents(project.root)
    for words in WRITING:
        result = run(project, *words.split())
        assert result.exit_code == 2, (words, result.output)
        first, second, third = result.stderr.splitlines()
        assert first.startswith(f"waiting for `standpoint push` (process {holder.pid}, since "), words
        assert second.startswith(f"error: `standpoint push` (process {holder.pid}, since ") and str(project.root) in second
        assert third.startswith("hint: ")
    assert contents(project.root) == before


def test_a_command_that_reads_needs_no_lock(project, holder):
    result = run(project, "team", "list")
    assert result.exit_code == 0 and "waiting" not in result.stderr
    assert run(project, "fix").exit_code == 0


def test_a_command_waits_for_another_that_ends_in_time(project, holder, monkeypatch):
    monkeypatch.setattr(project_module, "LOCK_PATIENCE", 120)  # on a busy machine

    def release_it(text: str) -> None:
        assert text.startswith("waiting for `standpoint push`")
        holder.stdin.write("\n")
        holder.stdin.flush()

    with project.locked("standpoint split", release_it):
        assert "`standpoint split`" in (project.local / "lock-holder").read_text()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_lock_of_a_process_that_was_stopped_is_free(project, holder, how):
    os.kill(holder.pid, how)
    holder.wait(60)
    with project.locked("standpoint split", pytest.fail):
        pass


def test_what_a_killed_command_had_half_written_is_gone_after_the_next_one(project):
    """It may have withheld texts, and git would take it. What a process that runs is writing stays."""
    folders = (project.articles, project.annotations / "facts", project.withheld, project.pulled / "7", project.splits)
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gazette.jsonl.2147483646.part").write_text("half a li")
    at_work = project.articles / f".gazette.jsonl.{os.getppid()}.part"
    at_work.write_text("half a li")
    with project.locked("standpoint split", pytest.fail):
        assert [path for folder in folders for path in folder.glob(".*.part")] == [at_work]


def test_the_lock_is_free_after_a_command_that_failed_or_ended(project):
    assert run(project, "release", "takedown", "no-such-article", "--reason", "none").exit_code == 2
    assert run(project, "adjudicate").exit_code == 0
    with project.locked("standpoint split", pytest.fail):
        pass


def test_the_files_of_the_lock_are_private_and_never_committed(project):
    with project.locked("standpoint split", pytest.fail):
        assert stat.S_IMODE(project.local.stat().st_mode) == 0o700
        for name in ("lock", "lock-holder"):
            assert stat.S_IMODE((project.local / name).stat().st_mode) == 0o600
    assert (project.local / ".gitignore").read_text() == "*\n"
    with pytest.raises(StandpointError), project.locked("standpoint split", pytest.fail):
        raise StandpointError("the command failed", "try again")
    with project.locked("standpoint split", pytest.fail):
        pass
