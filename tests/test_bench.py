"""The benchmarks: a job is measured with its children, and tables and drawing are made from what was measured."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("psutil")
pytest.importorskip("matplotlib")

import measure
import row as row_module
import run
import tables
from measure import ROOT
from row import ALL, BEFORE, ONE, Measured, Run, cost_ratio
from rows import ROWS

MACHINE = {"date": "2031-05-04", "machine": "2 cores, Python 3.11.7", "facts": {}}


def times(**seconds: float) -> dict:
    return {name.replace("_", " "): Run(value, 2 * value, 100.0)._asdict() for name, value in seconds.items()}


@pytest.fixture
def results() -> dict:
    """`ingest` twice as dear for each article at ten times the size; `import` not measured; `annotate` at both sizes."""
    small = {**MACHINE, "jobs": times(one_core=2.0, all_cores=1.0, bare_reading=0.1, before=5.0)}
    large = {**MACHINE, "jobs": times(one_core=40.0, all_cores=20.0, bare_reading=1.0, before=44.0), "before": "0db01d0"}
    asked = {"annotate": 4.0, "annotate again": 2.0, "a bare loop of the client": 1.0}
    jobs = {name: Run(value, value, 200.0)._asdict() for name, value in asked.items()}
    annotate = {**MACHINE, "jobs": jobs, "facts": {"prompts": ["facts: 28 request(s)"]}}
    return {"ingest": {"1000": small, "10000": large}, "annotate": {"1000": annotate, "2500": annotate}}


def test_a_line_has_peers_memory_growth_and_what_is_reached(results):
    one, all_cores = (line.split(" | ") for line in tables.table(results) if "ingest" in line)
    assert one[0] == "| ingest, JSON Lines: 10,000 articles, one core"
    assert one[1:5] == ["40 s", "40 × the time of bare reading; 1.1 × as quick as the code before", "100 MB", "1.30"]
    assert one[5:] == ["≥ 1.6 × as quick as before", "**no** (1.10) |"]
    assert all_cores[6] == "**no** (2.20) |"
    (missed,) = tables.missed(results)
    assert "one core: ≥ 1.6 × as quick as before, but 1.10" in missed and "all cores: ≥ 2.5" in missed


def test_an_aim_is_not_judged_at_a_smaller_size(results):
    del results["ingest"]["10000"]
    assert [line.split(" | ")[6] for line in tables.table(results) if "ingest" in line] == ["not measured |"] * 2
    assert tables.missed(results) == ["None of the aims that were measured at their full size is missed."]


def test_growth_is_a_slope_and_a_cost(results):
    assert "| ingest, JSON Lines | one core | 1,000 | 10,000 | 1.30 | × 2.00 |" in tables.growth(results)
    first, last = tables.measured_of(results, ROWS["ingest"])
    assert cost_ratio(first, last, ALL) == 2 and tables.slope(ROWS["ingest"], first, first._replace(size=2_000), ONE) == 0


def test_linear_memory_and_rate_are_judged():
    now = Measured(100, {"x": Run(10.0, 1.0, 700.0)}, {})
    before = Measured(10, {"x": Run(0.9, 1.0, 1.0)}, {})
    for aim, value, reached in (
        (row_module.linear("x"), 10 / 9, True),
        (row_module.memory("x", 600), 700, False),
        (row_module.rate("x", 10), 10, True),
        (row_module.seconds("x", 9), 10, False),
    ):
        assert aim.value(now, before) == pytest.approx(value) and aim.reached(value) is reached
    assert row_module.linear("x").value(now, None) is None and row_module.quicker("x", "peer", 2).value(now, None) is None


def test_pages_and_drawing_are_made_from_the_figures(results, tmp_path):
    (tmp_path / "docs").mkdir()
    for page in ("README.md", "docs/performance.md", "docs/machine-annotators.md"):
        shutil.copyfile(ROOT / page, tmp_path / page)
    run.write_all(results, tmp_path)
    readme, page = ((tmp_path / name).read_text(encoding="utf-8") for name in ("README.md", "docs/performance.md"))
    assert "Measured on 2031-05-04 (2 cores, Python 3.11.7) by `make bench`." in readme
    assert all(line in readme and line in page for line in tables.table(results))
    assert all(line in page for line in [*tables.growth(results), *tables.details(results), *tables.missed(results)])
    assert "the code before is that of commit 0db01d0" in page
    asked = (tmp_path / "docs/machine-annotators.md").read_text(encoding="utf-8")
    assert "facts: 28 request(s)\nannotate: 1.6 ms of CPU for each request" in asked
    drawn = (tmp_path / "docs" / "performance.svg").read_text(encoding="utf-8")
    assert "ingest, JSON Lines, all cores" in drawn and ">annotate, answers at once, annotate<" in drawn
    run.write_all(results, tmp_path)
    assert (tmp_path / "docs" / "performance.svg").read_text(encoding="utf-8") == drawn
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == readme


def test_committed_pages_are_those_of_the_committed_figures(tmp_path):
    results = json.loads((ROOT / "bench.json").read_text())
    if not results:
        pytest.skip("nothing was measured since the table has its present form")
    (tmp_path / "docs").mkdir()
    for page in ("README.md", "docs/performance.md", "docs/machine-annotators.md"):
        shutil.copyfile(ROOT / page, tmp_path / page)
    run.write_all(results, tmp_path)
    for page in ("README.md", "docs/performance.md", "docs/machine-annotators.md"):
        assert (tmp_path / page).read_text(encoding="utf-8") == (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["ingest", "group"])
def test_a_row_is_measured_at_a_small_size(name, tmp_path, capsys):
    found = run.measure_row(ROWS[name], (30, 60), tmp_path, "", 1)
    assert list(found) == ["30", "60"] and set(found["60"]["jobs"]) == set(ROWS[name].jobs)
    assert all(job["seconds"] > 0 and job["cpu"] > 0 and 20 < job["peak_mb"] < 2_000 for job in found["60"]["jobs"].values())
    assert re.search(r"\| 60 \| one core \|", "\n".join(tables.details({name: found})))
    assert not (tmp_path / name).exists() and "one core" in capsys.readouterr().err


def test_the_memory_of_children_counts():
    """A process of 20 MB that starts two that hold 150 MB each for a second."""
    code = "import subprocess, sys; c = [sys.executable, '-c', 'import time; x = bytearray(150 << 20); time.sleep(1.5)']; "
    code += "p = [subprocess.Popen(c) for _ in range(2)]; [one.wait() for one in p]"
    process = subprocess.Popen([sys.executable, "-c", code])
    sampler = measure.Sampler(process.pid)
    sampler.start()
    process.wait()
    sampler.done = True
    sampler.join()
    assert sampler.peak > 300 * measure.MB


def test_a_commit_that_is_not_known_has_no_code(tmp_path):
    assert run.checkout("", tmp_path) is None and run.checkout("no-such-commit", tmp_path) is None
    assert BEFORE not in ROWS["import"].jobs
