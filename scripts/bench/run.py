"""Benchmarks, each beside its peer in one run: to the terminal, to bench.json, README.md and docs/.

    python scripts/bench/run.py                            # half an hour on two idle cores
    python scripts/bench/run.py --quick                    # small sizes, in 2 minutes; nothing is written
    python scripts/bench/run.py --full                     # also the largest sizes, for an hour or more
    python scripts/bench/run.py --row ingest --row group   # these rows; the others of bench.json stay as they are
    python scripts/bench/run.py --row group --against HEAD~20   # beside the code of an older commit, in turn
    python scripts/bench/run.py --write                    # measure nothing; README.md and docs/ from bench.json

A row is an entry in a module of rows/. Each job is a process of its own; jobs of one size run in turn, short ones three times
(--quick: once), and the median counts. All inputs are generated and seeded. A figure at a larger size stays in bench.json, with
its date, until that size is measured again.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tables
from drawing import draw
from measure import FACTS, PREPARE, ROOT, RUNS, in_process, medians
from row import BEFORE, CORES, Row
from rows import ROWS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true")
    sizes.add_argument("--full", action="store_true")
    sizes.add_argument("--write", action="store_true")
    parser.add_argument("--row", action="append", choices=list(ROWS), dest="rows", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--against", metavar="COMMIT", help="Run the first job of each row by the code of this commit, too.")
    parser.add_argument("--out", type=Path, help="Another file than bench.json; README.md and docs/ stay as they are.")
    options = parser.parse_args()
    kept = options.out or ROOT / "bench.json"
    results = json.loads(kept.read_text()) if kept.exists() and not options.quick else {}
    began, failed = time.monotonic(), []
    with tempfile.TemporaryDirectory() as folder:
        for name in () if options.write else options.rows or ROWS:
            row = ROWS[name]
            sizes_of_row = row.quick if options.quick else (row.full or row.usual) if options.full else row.usual
            try:
                before, times = options.against or row.before, 1 if options.quick else RUNS
                results.setdefault(name, {}).update(measure_row(row, sizes_of_row, Path(folder), before, times))
            except Exception as error:
                failed.append(f"{name}: {error}")
                print(failed[-1], file=sys.stderr)
            if not options.quick:  # at once: a run that is broken off has measured something
                kept.write_text(json.dumps(results, indent=1) + "\n")
    if not options.quick and not options.out:
        write_all(results)
    print("\n".join(tables.lines_of(results)))
    print(f"{(time.monotonic() - began) / 60:.1f} minutes")
    if failed:
        sys.exit("\n".join(["not measured:", *failed]))


def measure_row(row: Row, sizes: tuple[int, ...], folder: Path, before: str, times: int) -> dict[str, dict]:
    """What the jobs of a row took, by size."""
    found, began = {}, time.monotonic()
    own = folder / row.name
    own.mkdir()
    tree = checkout(before, folder)
    with row.beside(own):
        for size in sizes:
            place = own / str(size)
            place.mkdir()
            jobs = {job: ROOT for job in row.jobs if size == sizes[0] or job not in row.only_small}
            jobs |= {BEFORE: tree} if tree else {}
            in_process(row, PREPARE, place, size)
            runs = medians(row, jobs, place, size, times)
            facts, _ = in_process(row, FACTS, place, size)
            shutil.rmtree(place)
            found[str(size)] = {
                "date": datetime.date.today().isoformat(),
                "machine": f"{CORES} cores, Python {platform.python_version()}",
                "jobs": {job: run._asdict() for job, run in runs.items()},
                "facts": facts,
            } | ({"before": commit_of(before)} if tree else {})
    shutil.rmtree(own)
    print(f"  {row.name}: {time.monotonic() - began:.0f} s with its preparation", file=sys.stderr)
    return found


def write_all(results: tables.Results, root: Path = ROOT) -> None:
    """Fill the pages, and draw."""
    tables.put(root / "README.md", [tables.where(results), "", *tables.table(results)])
    sections = {
        "Rows": tables.table,
        "Not reached": tables.missed,
        "Growth": tables.growth,
        "All jobs": tables.details,
        "What else was found": tables.facts,
    }
    page = [tables.where(results), "", f"![{tables.CAPTION}]({tables.PICTURE})"]
    for title, lines in sections.items():
        page += ["", f"### {title}", "", *lines(results)]
    tables.put(root / "docs" / "performance.md", page)
    if lines := tables.prompts(results):
        tables.put(root / "docs" / "machine-annotators.md", lines)
    draw(results, root / "docs" / tables.PICTURE)


def checkout(commit: str, folder: Path) -> Path | None:
    """The code of a commit in a folder; None if there is none, or if it is not known here (a copy without history)."""
    if not commit or not (name := commit_of(commit)):
        return None
    tree = folder / name
    if not tree.exists():
        tree.mkdir()
        packed = subprocess.run(["git", "archive", name, "scripts"], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", tree], input=packed, check=True)
    return tree


def commit_of(name: str) -> str:
    """The short id of a commit; "" if it is not known here."""
    asked = subprocess.run(["git", "rev-parse", "--short", f"{name}^{{commit}}"], cwd=ROOT, capture_output=True, text=True)
    return asked.stdout.strip() if asked.returncode == 0 else ""


if __name__ == "__main__":
    main()
