"""Work that is shared among processes: the same results in the same order, bounded, and clear errors if a process fails or ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from io import BytesIO
from itertools import count, islice
from pathlib import Path
from zipfile import ZipFile

import pytest
from loky import process_executor

from ingest_samples import BAD, BODY, COURIER, read
from standpoint import processes
from standpoint.core.model import MissingExtra, StandpointError
from standpoint.ingest import ingest as ingest_module
from standpoint.ingest.encoding import encoding_of
from standpoint.processes import mapped

NUMBERS = 300


@pytest.fixture(autouse=True)
def processes_are_started_at_once(monkeypatch):
    monkeypatch.setattr(processes, "ALONE", 0.0)


def started(monkeypatch) -> list[int]:
    """The ids of the processes that are started from now on."""
    found: list[int] = []

    class Seen(process_executor.ProcessPoolExecutor):
        def submit(self, *given):
            future = super().submit(*given)
            found.extend(process for process in self._processes if process not in found)
            return future

    monkeypatch.setattr(process_executor, "ProcessPoolExecutor", Seen)
    return found


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{process}/stat").exists() or Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"


@pytest.mark.parametrize("jobs", [2, 3])
def test_results_are_in_order_and_items_are_taken_as_needed(jobs, monkeypatch):
    ids = started(monkeypatch)
    taken = count()
    results = mapped(partial(pow, 3), (next(taken) for _ in iter(int, 1)), jobs)
    assert [*islice(results, NUMBERS)] == [3**number for number in range(NUMBERS)]
    assert next(taken) <= NUMBERS + processes.CHUNK * (processes.AHEAD * jobs + 1)
    results.close()
    assert len(ids) == jobs and not any(map(is_alive, ids))


def test_work_that_is_soon_done_starts_no_process(monkeypatch):
    ids = started(monkeypatch)
    monkeypatch.setattr(processes, "ALONE", 3600.0)
    assert [*mapped(int, "12345", 2)] == [1, 2, 3, 4, 5] and ids == []


def test_an_error_of_the_work_comes_after_the_results_before_it(monkeypatch):
    ids = started(monkeypatch)
    results = mapped(int, ["7"] * 40 + ["seven"] + ["8"] * 40, 2)
    assert [*islice(results, 40)] == [7] * 40
    with pytest.raises(ValueError, match="seven") as caught:
        next(results)
    assert "In a process at work" in caught.value.__notes__[0] and not any(map(is_alive, ids))
    # An error that cannot be sent has its traceback.
    files = [partial(BytesIO, b"plain"), partial(BytesIO, (BAD / "file-encoding.txt").read_bytes())]
    with pytest.raises(RuntimeError, match="FileRefused: its encoding is not known"):
        list(mapped(encoding_of, files, 2))


def test_an_error_of_a_user_stays_one():
    error = processes.pickle.loads(processes.pickle.dumps(StandpointError("what is wrong", "how to fix it")))
    assert isinstance(error, StandpointError) and (error.message, error.hint, str(error)) == (
        "what is wrong", "how to fix it", "what is wrong",
    )  # fmt: skip
    missing = processes.pickle.loads(processes.pickle.dumps(MissingExtra("the baseline", "baselines", "no module")))
    assert type(missing) is MissingExtra and "standpoint[baselines]" in missing.hint  # a build goes on without it


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_process_that_is_killed_ends_the_work_with_a_clear_error(monkeypatch):
    ids = started(monkeypatch)
    results = mapped(signal.raise_signal, [0] * 40 + [signal.SIGKILL] + [0] * 400, 2)
    with pytest.raises(StandpointError, match="ended from outside: .*SIGKILL") as caught:
        list(results)
    assert "--jobs 1" in caught.value.hint and len(ids) == 2 and not any(map(is_alive, ids))


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_processes_end_with_the_one_that_started_them():
    code = """
import os, time
from standpoint import processes
processes.ALONE = 0
def pid_after(seconds):
    time.sleep(seconds)
    return os.getpid()
results = processes.mapped(pid_after, [0.01] * 80 + [60.0] * 80, 2)
print(*{next(results) for _ in range(65)} - {os.getpid()}, flush=True)
list(results)
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) as first:
        ids = [int(word) for word in first.stdout.readline().split()]
        assert len(ids) == 2 and all(map(is_alive, ids))
        first.kill()
    until = time.monotonic() + 20
    while any(map(is_alive, ids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(is_alive, ids))


def test_ingest_gives_the_same_for_any_number_of_processes(tmp_path, monkeypatch):
    monkeypatch.setattr(ingest_module, "SMALL", 1500)  # bytes
    rows = [
        {
            "title": f"Day {number} at the bridge",
            "text": f"{number} boats came.\n\n" + "\n\n".join(BODY),
            "published": "2031-03-01",
        }
        for number in range(90)
    ]
    rows[3]["published"] = "on a day"  # refused
    rows[5]["text"] = rows[4]["text"]  # a copy
    rows[5]["title"] = rows[4]["title"]
    rows[7]["language"] = rows[9]["language"] = "English"  # a note of which a file has one for all
    rows[8]["byline"] = {"odd": 1}
    rows[11]["text"] = "\n\n".join(BODY[:1]) + " The dockers replied that they would [+2219 chars]"
    (tmp_path / "large.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + "{broken\n")
    for number in range(40):
        page = f"<html><body><h1>Harbour {number}</h1>" + "".join(f"<p>{number}: {line}</p>" for line in BODY) + "</body></html>"
        (tmp_path / f"page-{number:02}.html").write_text(page)
    (tmp_path / "page-07.html").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "README.md").write_text("About these files.")
    with ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("small.txt", "A small text\n\n" + "\n\n".join(BODY))
        archive.writestr("large.txt", "A large text\n\n" + "\n\n".join(BODY * 8))
        archive.writestr("../out.txt", "no")
    found = []
    for jobs in (1, 2, 3):
        articles, issues, ingested = read(tmp_path, source=COURIER, jobs=jobs)
        found.append((articles, issues, ingested.counts))
    assert found[0] == found[1] == found[2]
    articles, issues, counts = found[0]
    codes = {issue.code for issue in issues}
    assert {
        "RECORD-DATE",
        "ARTICLE-DUPLICATE",
        "LANGUAGE-READ",
        "RECORD-VALUE",
        "ARTICLE-CUT",
        "RECORD-JSON",
        "FILE-ABOUT",
    } <= codes
    assert counts["files"] == counts["read"] + counts["file_refused"] + counts["about"] == 45 and counts["file_refused"] == 2
    assert counts["records"] == counts["articles"] + counts["duplicates"] + counts["record_refused"] == 91 + 39 + 2
    assert len(articles) == counts["articles"] == 132 - 1 - 2
