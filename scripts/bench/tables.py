"""The tables of the benchmarks: of README.md, docs/performance.md and docs/machine-annotators.md, all from bench.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log
from pathlib import Path

from row import BEFORE, Aim, Measured, Row, Run, cost_ratio
from rows import ROWS

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
PICTURE, CAPTION = "performance.svg", "What one article, page or task costs, against their number, for each row"
Results = Mapping[str, Mapping[str, dict]]  # bench.json: row -> size -> what was measured


def measured_of(results: Results, row: Row) -> list[Measured]:
    """A row at the sizes at which it was measured, the smallest first."""
    sizes = sorted((int(size), found) for size, found in results.get(row.name, {}).items())
    return [Measured(size, {job: Run(**run) for job, run in found["jobs"].items()}, found["facts"]) for size, found in sizes]


def time_of(row: Row, run: Run) -> float:
    return run.cpu if row.by_cpu else run.seconds


def slope(row: Row, first: Measured, last: Measured, job: str) -> float:
    """The growth of a job's time: 1 is linear, 2 is quadratic."""
    return 1 + log(cost_ratio(first, last, job, row.by_cpu)) / log(last.size / first.size)


def judged(row: Row, found: list[Measured], job: str) -> Iterator[tuple[Aim, float | None]]:
    """The aims of a job, with what was found: None at a smaller size than that of the aim."""
    smaller = found[0] if len(found) > 1 else None
    for aim in row.aims:
        if aim.job == job:
            is_full = found[-1].size >= max([*row.usual, *row.full])
            yield aim, aim.value(found[-1], smaller) if is_full else None


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else f"{value:,.0f} s"


def _beside(row: Row, now: Measured, job: str, name: str) -> str:
    """A job beside a peer, in words."""
    ratio = time_of(row, now.jobs[name]) / time_of(row, now.jobs[job])
    name = f"the code {BEFORE}" if name == BEFORE else name
    return f"{ratio:.1f} × as quick as {name}" if ratio >= 1 else f"{1 / ratio:.3g} × the time of {name}"


def _peers(row: Row, now: Measured, job: str) -> list[str]:
    return [name for name in now.jobs if name in row.peers.get(job, now.jobs.keys() - set(row.ours))]


def table(results: Results) -> list[str]:
    """A line for each job of ours at its largest size."""
    lines = ["| work | time | beside | memory | growth | to reach | reached |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in ROWS.values():
        if not (found := measured_of(results, row)):
            continue
        now, first = found[-1], found[0]
        for job in row.ours:
            if job not in now.jobs:
                continue
            size = f"{now.size:,} {row.unit}, " if now.size > 1 else ""
            time = _seconds(time_of(row, now.jobs[job])) + (" CPU" if row.by_cpu else "")
            beside = "; ".join(_beside(row, now, job, name) for name in _peers(row, now, job)) or "–"
            growth = f"{slope(row, first, now, job):.2f}" if now.size > first.size else "–"
            aims = list(judged(row, found, job))
            wanted = "; ".join(aim.text for aim, _ in aims) or "–"
            reached = "; ".join(_verdict(aim, value) for aim, value in aims) or "–"
            cells = [f"{row.title}: {size}{job}", time, beside, f"{now.jobs[job].peak_mb:,.0f} MB", growth, wanted, reached]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def _verdict(aim: Aim, value: float | None) -> str:
    if value is None:
        return "not measured"
    return "yes" if aim.reached(value) else f"**no** ({value:,.2f})"


def missed(results: Results) -> list[str]:
    """What is not reached, by how much, and why."""
    lines = []
    for row in ROWS.values():
        found = measured_of(results, row)
        said = [
            f"{job}: {aim.text}, but {value:,.2f}"
            for job in row.ours
            for aim, value in (judged(row, found, job) if found and job in found[-1].jobs else ())
            if value is not None and not aim.reached(value)
        ]
        if said:
            lines.append(f"- **{row.title}** ({'; '.join(said)}). {row.why}".rstrip())
    return lines or ["None of the aims that were measured at their full size is missed."]


def details(results: Results) -> list[str]:
    """All jobs at all sizes."""
    lines = ["| work | size | job | time | CPU | each | memory | runs |", "| --- | --: | --- | --: | --: | --: | --: | --: |"]
    for row in ROWS.values():
        for now in measured_of(results, row):
            for job, run in now.jobs.items():
                each = f"{1000 * time_of(row, run) / now.size:,.2f} ms"
                cells = [row.title, f"{now.size:,}", job, f"{run.seconds:,.2f} s", f"{run.cpu:,.2f} s", each]
                lines.append("| " + " | ".join([*cells, f"{run.peak_mb:,.0f} MB", str(run.runs)]) + " |")
    return lines


def growth(results: Results) -> list[str]:
    """How the cost grows from the smaller size to the larger one."""
    lines = ["| work | job | from | to | slope | cost each |", "| --- | --- | --: | --: | --: | --: |"]
    for row in ROWS.values():
        found = measured_of(results, row)
        if len(found) < 2:
            continue
        first, last = found[0], found[-1]
        for job in (name for name in last.jobs if name in first.jobs):
            cost = cost_ratio(first, last, job, row.by_cpu)
            cells = [row.title, job, f"{first.size:,}", f"{last.size:,}", f"{slope(row, first, last, job):.2f}", f"× {cost:.2f}"]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def facts(results: Results) -> list[str]:
    """What else was found, at the largest sizes: shares in percent, numbers, and the commit before."""
    lines = []
    for row in ROWS.values():
        for found in measured_of(results, row)[-1:]:
            named = {name: value for name, value in found.facts.items() if isinstance(value, int | float)}
            said = [f"{name}: {value:,}" if isinstance(value, int) else f"{name}: {value:.2%}" for name, value in named.items()]
            if before := results[row.name][str(found.size)].get("before"):
                said.append(f"the code {BEFORE} is that of commit {before}")
            if said:
                lines.append(f"- {row.title}, {found.size:,} {row.unit}: " + "; ".join(said) + ".")
    return lines


def where(results: Results) -> str:
    """When and on what machine; the rows of another day are named."""
    days: dict[str, list[str]] = {}
    for row in ROWS.values():
        for size, found in results.get(row.name, {}).items():
            days.setdefault(f"{found['date']} ({found['machine']})", []).append(f"{row.title}, {int(size):,}")
    (main, _), *others = sorted(days.items(), key=lambda day: -len(day[1]))
    others_said = "".join(f" On {day}: {'; '.join(names)}." for day, names in others)
    return f"Measured on {main} by `make bench`.{others_said}"


def prompts(results: Results) -> list[str]:
    """The requests of `annotate` about our own corpus, and what one costs here."""
    row = ROWS["annotate"]
    if not (found := measured_of(results, row)):
        return []
    now = found[-1]
    ours, again, bare = now.jobs.values()
    each = {name: 1000 * run.cpu / now.size for name, run in (("ours", ours), ("again", again), ("bare", bare))}
    return [
        "```",
        *now.facts["prompts"],
        f"annotate: {each['ours']:.1f} ms of CPU for each request with its answer read, checked and stored, "
        f"{each['ours'] / each['bare']:.1f} times a bare loop of the client; {each['again']:.1f} ms if the answer is kept",
        f"  {found[0].jobs['annotate'].peak_mb:.0f} MB at its peak with {found[0].size:,} articles, "
        f"{ours.peak_mb:.0f} MB with {now.size:,}",
        "```",
    ]


def lines_of(results: Results) -> list[str]:
    """What the terminal shows."""
    return [*table(results), "", *growth(results), "", *facts(results), "", *missed(results)]


def put(page: Path, lines: list[str]) -> None:
    """Put lines between the markers of a page."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN, 1)
    text = "\n".join([before + BEGIN, *lines, END + rest.split(END, 1)[1]])
    page.write_text(text, encoding="utf-8")
