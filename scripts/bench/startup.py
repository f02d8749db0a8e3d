"""How quickly the command line answers: CPU seconds of help pages and of the version, each in a process of its own."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping

from measure import RUNS

PAGES = ("--help", "check --help", "--version")
BUDGET = 0.4  # CPU seconds
CODE = "from standpoint.cli import main; main()"


def bench() -> dict[str, float]:
    """The median CPU seconds (user and system) of each page."""
    return {page: round(statistics.median(_cpu_seconds(page) for _ in range(RUNS)), 3) for page in PAGES}


def _cpu_seconds(page: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", CODE, *page.split()], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def report(results: Mapping[str, float]) -> list[str]:
    """One line of text."""
    pages = ", ".join(f"{seconds:.2f} s for {page}" for page, seconds in results.items())
    return [f"start-up, CPU: {pages} (budget {BUDGET} s)"]
