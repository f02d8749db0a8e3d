"""One job of a benchmark in a process of its own: its seconds and its peak memory; medians of several runs."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RUNS = 3


def measured(job: str, folder: Path, size: int, script: str = "jobs.py") -> dict:
    """Seconds and peak megabytes of one job, run in a process of its own."""
    command = [sys.executable, str(HERE / script), job, str(folder), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{job} failed:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def medians(jobs: list[str], folder: Path, size: int, script: str = "jobs.py") -> dict[str, dict]:
    """Each job's median seconds and largest peak, the jobs run in turn."""
    runs: dict[str, list[dict]] = {job: [] for job in jobs}
    for turn in range(RUNS):
        for job in jobs:
            runs[job].append(measured(job, folder, size, script))
            print(f"  {size:>6,} {job:<16} run {turn + 1}: {runs[job][-1]['seconds']:.2f} s", file=sys.stderr)
    return {
        job: {
            "seconds": round(statistics.median(run["seconds"] for run in found), 3),
            "peak_mb": round(max(run["peak_mb"] for run in found)),
        }
        for job, found in runs.items()
    }
