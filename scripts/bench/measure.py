"""One job of a row in a process of its own: seconds, CPU time, and the memory of all its processes together.

    python scripts/bench/measure.py ROW JOB FOLDER SIZE      # in that process; prints the figures as JSON

The peak is the larger of two figures: the process's own greatest resident memory, as the system counts it (VmHWM: getrusage
would count that of the process that started it, too); and, where it has children, the greatest sum over all of them that was
seen, four times a second. In the sum, memory that processes share counts once (the proportional set size, PSS; on other systems
than Linux the resident memory, in which it counts in each).
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread

from row import BEFORE, Row, Run

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RUNS, SHORT = 3, 10.0  # a job that takes longer than so many seconds is run once
EVERY = 0.25  # seconds
MB = 1 << 20
PREPARE, FACTS = "prepare", "facts"


def measured(row: Row, job: str, folder: Path, size: int, tree: Path = ROOT) -> Run:
    """What a job took. ``tree``: the checkout whose code works; the job itself is always that of this folder."""
    found, peak = in_process(row, next(iter(row.jobs)) if job == BEFORE else job, folder, size, tree)
    return Run(**found | {"peak_mb": max(found["peak_mb"], peak / MB)})


def in_process(row: Row, name: str, folder: Path, size: int, tree: Path = ROOT) -> tuple[dict, int]:
    """What a job, PREPARE or FACTS prints, and the greatest memory of all its processes that was seen, in bytes."""
    command = [sys.executable, str(HERE / "measure.py"), row.name, name, str(folder), str(size)]
    environment = os.environ | {"PYTHONPATH": str(tree / "scripts"), "PYTHONWARNINGS": "ignore"}
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
        sampler = Sampler(process.pid)
        sampler.start()
        output, _ = process.communicate()
        sampler.done = True
        sampler.join()
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{name}, {size:,}: {errors.read()[-4000:]}")
    return json.loads(output.strip().splitlines()[-1]), sampler.peak


class Sampler(Thread):
    """Watches the memory of a process and its children until it is ``done``. ``peak``: the greatest sum, in bytes."""

    def __init__(self, number: int) -> None:
        super().__init__(daemon=True)
        self.number, self.peak, self.done = number, 0, False

    def run(self) -> None:
        import psutil

        try:
            process = psutil.Process(self.number)
            while not self.done:
                if children := process.children(recursive=True):
                    self.peak = max(self.peak, sum(map(_bytes_of, [process, *children])))
                time.sleep(EVERY)
        except psutil.NoSuchProcess:
            pass  # it has ended


def _bytes_of(process) -> int:
    import psutil

    try:
        found = process.memory_full_info()
    except psutil.Error:
        return 0  # it has ended
    return getattr(found, "pss", found.rss)


def medians(row: Row, jobs: dict[str, Path], folder: Path, size: int, times: int = RUNS) -> dict[str, Run]:
    """Each job's median times and largest peak. Short jobs are run so many times, in turn. ``jobs``: the tree of each."""
    runs: dict[str, list[Run]] = {job: [] for job in jobs}
    for turn in range(times):
        for job, tree in jobs.items():
            if turn == 0 or runs[job][0].seconds <= SHORT:
                found = measured(row, job, folder, size, tree)
                runs[job].append(found)
                print(f"  {row.name} {size:>7,} {job:<22} {found.seconds:8.2f} s {found.peak_mb:6.0f} MB", file=sys.stderr)
    return {job: median(found) for job, found in runs.items()}


def median(runs: list[Run]) -> Run:
    """The median times of a job's runs, and its largest peak."""
    times = (round(statistics.median(values), 3) for values in ([run.seconds for run in runs], [run.cpu for run in runs]))
    return Run(*times, peak_mb=round(max(run.peak_mb for run in runs)), runs=len(runs))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak() -> int:
    """The greatest resident memory of this process, in bytes."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return next(1024 * int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:"))


def main() -> None:
    from rows import ROWS

    name, job, folder, size = sys.argv[1:]
    row, place = ROWS[name], (Path(folder), int(size))
    if job in (PREPARE, FACTS):
        found = row.prepare(*place) if job == PREPARE else row.facts(*place)
        print(json.dumps(found if job == FACTS else {}))
        return
    work = row.jobs[job](*place)
    began, used = time.perf_counter(), _cpu()
    work()
    seconds, cpu = time.perf_counter() - began, _cpu() - used
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mb": _peak() / MB}))


if __name__ == "__main__":
    main()
