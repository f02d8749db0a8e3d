"""A pool: filters, copies, the same bytes from any number of tasks, and what happens to one that is killed."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from small_archive import PROJECT, TOPIC, calm, lines, pooled, results, war, write
from standpoint.core.model import Reporter, StandpointError
from standpoint.dataset.release_folder import open_release
from standpoint.pool.archive import archive_files, shares
from standpoint.pool.copies import Verify, copies_among
from standpoint.pool.draw import Wish
from standpoint.pool.jobs import Engine, executor_class, pool
from standpoint.pool.outcome import Read
from standpoint.pool.sift import Wanted


def edited(record: dict[str, str], day: str) -> dict[str, str]:
    """A copy with other words here and there."""
    return record | {"text": record["text"].replace("Witnesses spoke", "Neighbours told us"), "published": day}


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """Files with copies within them and across: an equal one, and two edited ones of which the earliest is in the last file."""
    folder = tmp_path_factory.mktemp("pool") / "archive"
    texts = [war(number, f"2031-0{number % 3 + 1}-01") for number in range(1, 25)]
    return write(
        folder,
        {
            "courier-1.jsonl": lines([*texts[:6], edited(texts[20], "2031-05-05"), calm(1)]),
            "courier-2.jsonl.gz": gzip.compress(lines([*texts[6:12], texts[0] | {"published": "2031-06-01"}])),
            "herald-3.jsonl": lines([*texts[12:20], edited(texts[20], "2031-04-04"), calm(2)]),
            "herald-4.jsonl": lines([*texts[20:], {"title": "No text"}]),
        },
    )


@pytest.fixture(scope="module")
def expected(archive) -> dict[str, bytes]:
    """The files of the pool by one task."""
    out = archive.parent / "pool"
    pooled([str(archive)], out, archive.parent / "sources.yaml", wish=Wish(12), tasks=1)
    return results(out)


def test_copies_are_found_and_the_first_published_is_kept(archive, expected):
    report = json.loads(expected["report.json"])
    assert report["left_out"] == {"RECORD-COLUMN": 1, "copy": 3, "not drawn": 12, "off topic": 2}
    assert (report["read"], report["drawn"]) == (30, 12)
    rows = [json.loads(line) for line in gzip.decompress(expected["left-out.jsonl.gz"]).splitlines()]
    copies = [(Path(row["where"]).name, row["of"][:18]) for row in rows if row["reason"] == "copy"]
    assert copies == [
        ("courier-1.jsonl:7", "herald-2031-01-01-"),
        ("courier-2.jsonl.gz:7", "courier-2031-02-01"),
        ("herald-3.jsonl:9", "herald-2031-01-01-"),
    ]


@pytest.mark.parametrize("tasks, workers", [(2, 1), (3, 2)])
def test_tasks_workers_and_the_order_of_files_do_not_change_a_byte(tasks, workers, archive, expected, tmp_path):
    names = [str(path) for path in sorted(archive.iterdir(), reverse=True)]
    pooled(names, tmp_path / "pool", archive.parent / "sources.yaml", wish=Wish(12), tasks=tasks, workers=workers)
    assert results(tmp_path / "pool") == expected


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install ray")
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # datatrove calls Ray by an old name, in a thread whose errors nobody sees
def test_ray_gives_the_same_bytes(archive, expected, tmp_path):
    import ray

    out = tmp_path / "pool"
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    try:
        options = {"mem_per_cpu_gb": 0.2}
        pooled([str(archive)], out, archive.parent / "sources.yaml", wish=Wish(12), tasks=3, executor="ray", options=options)
    finally:
        ray.shutdown()
    assert results(out) == expected


KILLED = """
import os, signal, sys
from pathlib import Path
from small_archive import pooled
from standpoint.pool import outcome
from standpoint.pool.draw import Wish
real, seen = outcome.records_of, []
def records_of(number, *rest):
    for record in real(number, *rest):
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        yield record
outcome.records_of = records_of
pooled([sys.argv[1]], Path(sys.argv[2]), Path(sys.argv[3]), wish=Wish(12), tasks=4)
"""


def test_a_pool_that_was_killed_goes_on(archive, expected, tmp_path, monkeypatch):
    out, sources = tmp_path / "pool", archive.parent / "sources.yaml"
    path = os.pathsep.join(entry for entry in sys.path if entry)
    command = [sys.executable, "-c", KILLED, str(archive), str(out), str(sources)]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}, start_new_session=True) as process:
        assert process.wait() == -9
        os.killpg(process.pid, signal.SIGKILL)  # the process in which datatrove counts the tasks outlives its parent
    assert not (out / "report.json").exists()
    done = Counter(path.name for path in (out / "work" / "logs" / "read" / "completions").iterdir())
    killed = next(task for task, part in enumerate(shares(archive_files([str(archive)]), 4)) if 2 in part)
    assert done == {f"{task:05d}": 1 for task in range(killed)} and killed > 0
    ranks = []
    real = Read.__call__
    monkeypatch.setattr(Read, "__call__", lambda self, data, rank=0, size=1: ranks.append(rank) or real(self, data, rank, size))
    monkeypatch.setattr(Verify, "__call__", lambda *_: 1 / 0)
    with pytest.raises(StandpointError, match="the job 'verify' did not end well: ZeroDivisionError"):
        pooled([str(archive)], out, sources, wish=Wish(12))
    monkeypatch.undo()
    assert ranks == [*range(killed, 4)]
    pooled([str(archive)], out, sources, wish=Wish(12))
    assert results(out) == expected


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from small_archive import pooled
from standpoint.pool.draw import Wish
left = int(sys.argv[5])
def watch(event, about):
    global left
    if event == "open" and sys.argv[4] in str(about[0]) and isinstance(about[1], str) and set(about[1]) & set("wax"):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
pooled([sys.argv[1]], Path(sys.argv[2]), Path(sys.argv[3]), wish=Wish(12), tasks=4)
"""


@pytest.mark.parametrize(
    "place, number",
    [
        ("work/pairs/", 2),
        ("work/clusters/", 2),
        ("work/members/", 3),
        ("work/copies/", 2),
        ("left-out.jsonl.gz", 1),
        ("records/", 2),
    ],
)
def test_a_pool_that_was_killed_in_a_later_job_goes_on(place, number, archive, expected, tmp_path):
    """It is killed as it opens the file of this number in this place."""
    out, sources = tmp_path / "pool", archive.parent / "sources.yaml"
    path = os.pathsep.join(entry for entry in sys.path if entry)
    command = [sys.executable, "-c", KILLED_AT, str(archive), str(out), str(sources), place, str(number)]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}, start_new_session=True) as process:
        assert process.wait() == -9
        os.killpg(process.pid, signal.SIGKILL)
    assert not (out / "report.json").exists()
    pooled([str(archive)], out, sources, wish=Wish(12), tasks=4)
    assert results(out) == expected


def test_another_draw_from_the_same_work_reads_nothing_again(archive, expected, tmp_path, monkeypatch):
    out, sources = tmp_path / "pool", archive.parent / "sources.yaml"
    pooled([str(archive)], out, sources, wish=Wish(3, seed=9))
    monkeypatch.setattr(Read, "__call__", lambda *_: 1 / 0)
    pooled([str(archive)], out, sources, wish=Wish(12))
    assert results(out) == expected


def test_each_filter_says_its_reason(archive, tmp_path):
    wanted = Wanted(
        sources=("courier",), since="2031-02-01", until="2031-03-01", least_words=50, most_words=140, density=1, triggers=3
    )
    texts = [war(1, "2031-02-02"), war(2, "2031-01-31"), war(3, "2031-03-02"), war(4, ""), calm(5), war(6, language="French")]
    long = war(7, "2031-02-02")
    texts += [{**long, "text": "The army attacked.", "published": "2031-02-02"}, {**long, "text": long["text"] * 2}]
    folder = write(tmp_path / "archive", {"courier-1.jsonl": lines(texts), "herald-2.jsonl": lines([war(8, "2031-02-02")])})
    report = pooled([str(folder)], tmp_path / "pool", tmp_path / "sources.yaml", wanted=wanted)
    reasons = {"other source": 1, "too early": 1, "too late": 2, "undated": 1, "too long": 1, "too short": 1}
    assert report.left_out == reasons and report.drawn == 2
    only = Wanted(languages=("fr",))
    assert pooled([str(folder)], tmp_path / "french", tmp_path / "sources.yaml", wanted=only).drawn == 1


def test_texts_that_share_a_paragraph_are_no_copies_and_a_chain_is_taken_apart():
    from test_draw import facts

    def text(*parts: int) -> str:
        return " ".join(war(part)["text"] for part in parts)

    members = [(facts(1), text(1)), (facts(2), text(2)), (facts(3), text(1) + " More."), (facts(4), text(2) + " Less.")]
    found = {(copy.place.record, copy.of) for copy in copies_among(members)}
    assert found == {(3, "a-0001"), (4, "a-0002")} == {(copy.place.record, copy.of) for copy in copies_among(members[::-1])}


SBATCH = """#!/bin/sh
for last; do :; done
cp "$last" "{out}/$(ls {out} | wc -l).slurm"
echo "$@" >> {out}.calls
echo "Submitted batch job $(ls {out} | wc -l)"
"""


def test_slurm_gets_a_script_for_each_job_each_after_the_one_before(archive, tmp_path, monkeypatch):
    handed_in = tmp_path / "handed-in"
    handed_in.mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sbatch").write_text(SBATCH.format(out=handed_in), encoding="utf-8", newline="\n")
    (tmp_path / "bin" / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "")
    monkeypatch.delenv("SLURM_ARRAY_TASK_ID")
    options = {"partition": "compute", "time": "04:00:00", "mem_per_cpu_gb": 4, "venv_path": "/venv/bin/activate"}
    out = tmp_path / "pool"
    engine = Engine("slurm", options, tasks=3)
    assert pool(PROJECT, [str(archive)], out, archive.parent / "sources.yaml", TOPIC, Wish(12), engine, Reporter()) is None
    scripts = [(out / "work" / "logs" / job / "launch_script.slurm").read_text(encoding="utf-8") for job in JOBS]
    logs = out / "work" / "logs" / "read"
    assert scripts[0].split() == EXPECTED.format(logs=logs).split()
    arrays = [line.rpartition("=")[2] for text in scripts for line in text.splitlines() if "--array" in line]
    assert arrays == ["0-2", "0-19", "0-0", "0-2", "0-2", "0-0"]
    calls = [
        line.split()[1] for line in (tmp_path / "handed-in.calls").read_text(encoding="utf-8").splitlines() if "--export" in line
    ]
    assert [call.rpartition(":")[0] for call in calls[1:]] == ["--dependency=afterok"] * 5 and "tmp" in calls[0]


JOBS = ("read", "buckets", "clusters", "scatter", "verify", "draw")
EXPECTED = """#!/bin/bash
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=4G
#SBATCH --nodes=1
#SBATCH --partition=compute
#SBATCH --job-name=pool-read
#SBATCH --time=04:00:00
#SBATCH --output={logs}/slurm_logs/%A_%a.out
#SBATCH --error={logs}/slurm_logs/%A_%a.out
#SBATCH --array=0-2
#SBATCH --requeue
#SBATCH --qos=normal
echo "Starting data processing job pool-read"
source /venv/bin/activate
set -xe
export PYTHONUNBUFFERED=TRUE
srun -l -n 1 launch_pickled_pipeline {logs}/executor.pik
"""


@pytest.mark.parametrize(
    "engine, said",
    [
        (Engine(options={"partition": "x"}), "the executor local has no option 'partition'"),
        (Engine("slurm", {"partition": "x"}), "the executor slurm needs time"),
        (Engine("slurm", {"partition": "x", "time": "1", "tasks": 3}), "the executor slurm has no option 'tasks'"),
    ],
)
def test_options_that_an_executor_does_not_know_are_refused(engine, said, archive, tmp_path):
    with pytest.raises(StandpointError, match=said):
        pool(PROJECT, [str(archive)], tmp_path / "pool", archive.parent / "sources.yaml", TOPIC, Wish(), engine, Reporter())


def test_a_folder_with_other_work_is_left_alone(archive, expected, tmp_path):
    out, sources = archive.parent / "pool", archive.parent / "sources.yaml"
    with pytest.raises(StandpointError, match="it has a pool of other wanted"):
        pooled([str(archive)], out, sources, wanted=Wanted())
    with pytest.raises(StandpointError, match="it has a pool of other files"):
        pooled([str(archive / "herald-3.jsonl")], out, sources)
    with pytest.raises(StandpointError, match="it is not empty, and no pool is in it"):
        pooled([str(archive)], archive, sources)
    assert results(out) == expected


def test_the_executors_are_those_of_datatrove():
    from datatrove.executor import LocalPipelineExecutor

    assert issubclass(executor_class("local"), LocalPipelineExecutor)


def test_the_trained_baseline_may_find_the_triggers(archive, tmp_path):
    folder = write(tmp_path / "archive", {"courier-1.jsonl": lines([*map(war, range(1, 7)), *map(calm, range(1, 7))])})
    release, wanted = PROJECT.release, Wanted(triggers=4)
    out, sources = tmp_path / "pool", tmp_path / "sources.yaml"
    report = pooled([str(folder)], out, sources, wanted=wanted, release=release)
    assert (report.drawn, report.left_out) == (6, {"off topic": 6})
    found = {one.value for one in report.strata if one.kind == "event"}
    assert found and found <= set(open_release(release).schema.codebook.by_name["events"].label_names)
    with pytest.raises(StandpointError, match="it has a pool of other release"):
        pooled([str(folder)], out, sources, wanted=wanted)


def test_texts_too_short_for_shingles_are_counted_once_each(tmp_path):
    short = [{"title": "Quay", "text": "Shells fell.", "published": "2031-03-01"}] * 3 + [{"title": "Pier", "text": "No."}]
    folder = write(tmp_path / "archive", {"courier-1.jsonl": lines(short), "courier-2.jsonl": lines(short)})
    report = pooled([str(folder)], tmp_path / "pool", tmp_path / "sources.yaml", wanted=Wanted(), tasks=2)
    assert (report.read, report.drawn, report.left_out) == (8, 2, {"copy": 6})
