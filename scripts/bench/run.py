"""Benchmarks, each beside its peer in one run: ratios to the terminal and to bench.json.

    python scripts/bench/run.py               # 2,000 and 20,000 tasks, 10,000 articles; 100,000 to group; 10,000 to annotate
    python scripts/bench/run.py --quick       # 200 and 2,000 tasks, 1,000 articles; 5,000 to group; 1,000 to annotate

Each job is a process of its own, so that its peak memory is its own; jobs of one size run in turn, three times, and
the median counts. The inputs are generated and seeded.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import tempfile
from pathlib import Path

import agree
import ask
import group
import startup
from measure import ROOT, RUNS, measured, medians


def report(results: dict) -> list[str]:
    """The ratios, as lines of text."""
    lines = []
    for size, jobs in results["export"].items():
        ours = jobs["import+build"]
        others = (
            (name, found["seconds"] / ours["seconds"]) for name, found in jobs.items() if name not in ("import+build", "floor")
        )
        lines.append(f"{int(size):,} tasks: import + build {ours['seconds']} s, {ours['peak_mb']} MB at its peak")
        lines += [f"  {ratio:.1f} times as quick as {name}" for name, ratio in others]
        lines.append(f"  {ours['seconds'] / jobs['floor']['seconds']:.2f} times the floor (one typed decode, one Parquet write)")
    for size, jobs in results["read tasks"].items():
        ours, others = jobs["read tasks"]["seconds"], {name: jobs[name]["seconds"] for name in jobs if name != "read tasks"}
        ratios = " and ".join(f"{seconds / ours:.1f} times as quick as {name}" for name, seconds in others.items())
        lines.append(f"reading {int(size):,} tasks of an export: {ratios}")
    articles = results["ingest"]
    rate = articles["size"] / articles["ingest"]["seconds"]
    cost = articles["ingest"]["seconds"] / articles["read"]["seconds"]
    lines.append(f"ingest: {rate:,.0f} articles a second, {cost:.1f} times bare reading")
    return (
        startup.report(results["startup"])
        + lines
        + agree.report(results["agree"])
        + group.report(results["group"])
        + ask.report(results["annotate"])
    )


def quote(results: dict, readme: Path) -> None:
    """Put the ratios between the README's markers, with the date and the machine."""
    machine = f"{results['cores']} cores, Python {results['python']}"
    where = f"Measured on {results['date']} ({machine}) by `make bench`, medians of {RUNS}."
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split("<!-- bench -->", 1)
    after = rest.split("<!-- /bench -->", 1)[1]
    block = "\n".join(["<!-- bench -->", where, "", "```", *report(results), "```", "<!-- /bench -->"])
    readme.write_text(before + block + after, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "bench.json")
    options = parser.parse_args()
    sizes, articles = ((200, 2_000), 1_000) if options.quick else ((2_000, 20_000), 10_000)
    with tempfile.TemporaryDirectory() as name:
        folder, results = Path(name), {"startup": startup.bench(), "export": {}, "read tasks": {}}
        for size in sizes:
            measured("generate", folder, size)
            results["export"][str(size)] = medians(["import+build", "floor", "CONLL2003", "JSON_MIN"], folder, size)
            readers = ["read tasks", "ijson yajl2_c", *(["ijson python"] if size == sizes[0] else [])]
            results["read tasks"][str(size)] = medians(readers, folder, size)
        measured("generate-articles", folder, articles)
        results["ingest"] = {"size": articles} | medians(["ingest", "read"], folder, articles)
    with tempfile.TemporaryDirectory() as name:
        results["agree"] = agree.bench(Path(name), articles)
    with tempfile.TemporaryDirectory() as name:
        results["group"] = group.bench(Path(name), 5_000 if options.quick else 100_000)
    with tempfile.TemporaryDirectory() as name:
        results["annotate"] = ask.bench(Path(name), (100, 1_000) if options.quick else (1_000, 10_000))
    results |= {
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)),
    }
    options.out.write_text(json.dumps(results, indent=1) + "\n")
    if not options.quick:
        quote(results, ROOT / "README.md")
        ask.quote(results["annotate"], ROOT / "docs" / "machine-annotators.md")
    print("\n".join(report(results)))


if __name__ == "__main__":
    main()
