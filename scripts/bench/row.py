"""What a row of the benchmarks states: its jobs, the sizes they are run at, and what is to be reached."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from standpoint.core.project import Project

Work = Callable[[], object]
Job = Callable[[Path, int], Work]  # a folder, a size -> the work that is timed; what is done before is not
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
ONE, ALL, BEFORE = "one core", "all cores", "before"  # BEFORE: the first job, by the code of an older commit


class Run(NamedTuple):
    """What a job took: the seconds of the clock, those of all its processes, megabytes of all together, and how often it ran."""

    seconds: float
    cpu: float
    peak_mb: float
    runs: int = 1


class Measured(NamedTuple):
    """A row at one size: its jobs, and what else was found (`facts`), such as the recall of groups."""

    size: int
    jobs: Mapping[str, Run]
    facts: Mapping[str, Any]


class Aim(NamedTuple):
    """What a job is to reach at a size. ``value`` is None where it was not measured; ``smaller`` is the row at its first size."""

    job: str
    text: str
    value: Callable[[Measured, Measured | None], float | None]
    limit: float
    at_least: bool = True

    def reached(self, found: float) -> bool:
        return found >= self.limit if self.at_least else found <= self.limit


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table. The first jobs, which ``ours`` names, are this project's; the others are peers, or floors."""

    name: str
    title: str
    unit: str
    quick: Sequence[int]
    usual: Sequence[int]
    full: Sequence[int] = ()
    jobs: Mapping[str, Job]
    ours: Sequence[str] = (ONE,)
    peers: Mapping[str, Sequence[str]] = field(default_factory=dict)  # those of each of our jobs; default: all that are not ours
    beside: Callable[[Path], AbstractContextManager] = lambda folder: nullcontext()  # of all sizes; not measured
    prepare: Callable[[Path, int], object] = lambda folder, size: None  # before the jobs
    facts: Callable[[Path, int], Mapping[str, Any]] = lambda folder, size: {}  # after the jobs
    aims: Sequence[Aim] = ()
    why: str = ""  # the reason, if an aim is not reached
    by_cpu: bool = False  # whether the CPU time counts and not the clock's: where another process answers
    only_small: Sequence[str] = ()  # jobs that would take too long at the larger size
    before: str = ""  # a commit whose code runs the first job in turn


def own_project(folder: Path) -> Project:
    """An empty project with our guidelines and the registry of the example, to work in."""
    project = Project(folder / "project")
    if not project.codebook.exists():
        from standpoint.init.create_project import template_files, write_files  # which the code of an older commit may not have

        files = template_files("standpoint", example=True)
        write_files(project.root, {name: content for name, content in files.items() if name.startswith("guidelines/")})
    return project


def with_jobs(function: Callable, jobs: int) -> dict[str, int]:
    """The argument that says in how many processes a function works; none for the code of a commit that knew but one."""
    return {"jobs": jobs} if "jobs" in inspect.signature(function).parameters else {}


def rate(job: str, limit: float) -> Aim:
    """So many a second."""
    return Aim(job, f"≥ {limit:,} a second", lambda now, _: now.size / now.jobs[job].seconds, limit)


def quicker(job: str, peer: str, limit: float, name: str = "") -> Aim:
    """So many times as quick as a peer."""
    return Aim(job, f"≥ {limit:g} × as quick as {name or peer}", lambda now, _: _ratio(now, peer, job), limit)


def within(job: str, peer: str, limit: float) -> Aim:
    """At most so many times the time of a peer."""
    return Aim(job, f"≤ {limit:g} × the time of {peer}", lambda now, _: _ratio(now, job, peer), limit, at_least=False)


def seconds(job: str, limit: float) -> Aim:
    return Aim(job, f"≤ {limit:g} s", lambda now, _: now.jobs[job].seconds, limit, at_least=False)


def cpu(job: str, limit: float) -> Aim:
    return Aim(job, f"≤ {limit:g} s of CPU", lambda now, _: now.jobs[job].cpu, limit, at_least=False)


def memory(job: str, limit: float) -> Aim:
    return Aim(job, f"≤ {limit:,} MB", lambda now, _: now.jobs[job].peak_mb, limit, at_least=False)


def linear(job: str, tolerance: float = 0.15) -> Aim:
    """An article costs no more at the larger size than at the smaller one; less is well, too."""
    text = f"linear (≤ {1 + tolerance:g} × the cost each)"
    return Aim(job, text, lambda now, smaller: smaller and cost_ratio(smaller, now, job), 1 + tolerance, at_least=False)


def fact(job: str, name: str, limit: float) -> Aim:
    return Aim(job, f"{name} ≥ {limit:.0%}", lambda now, _: now.facts.get(name), limit)


def cost_ratio(smaller: Measured, now: Measured, job: str, by_cpu: bool = False) -> float:
    """How much more one item costs at the larger size."""
    kind = "cpu" if by_cpu else "seconds"
    return (getattr(now.jobs[job], kind) / now.size) / (getattr(smaller.jobs[job], kind) / smaller.size)


def _ratio(now: Measured, one: str, other: str) -> float | None:
    return now.jobs[one].seconds / now.jobs[other].seconds if {one, other} <= now.jobs.keys() else None
