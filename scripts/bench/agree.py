"""The benchmark of agreement: all exact statistics with intervals, and alpha beside the `krippendorff` package.

    python scripts/bench/agree.py               # 10,000 articles, three annotators; the figures go to bench.json
    python scripts/bench/agree.py --quick       # 1,000 articles; nothing is written

Jobs are timed as in run.py, which runs these too. ``agree`` is `standpoint agree --resamples 1000` without its printing;
``read sets`` is how long it takes to read the same sets, and to lay them out by content, and nothing else. The alphas
are ordinal, of one matrix that both sides are given; alpha's bootstrap, 1,000 resamples of articles.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

RESAMPLES, TIMES = 1_000, 20
HERE = Path(__file__).parent
ALPHAS = {"alpha": "krippendorff alpha", "alpha bootstrap": "krippendorff bootstrap"}  # ours, the peer's


def generate(folder: Path, size: int) -> Callable[[], object]:
    from agree_sets import answers, write_sets
    from jobs import own_project

    from standpoint.codebook.load import open_codebook

    def work() -> None:
        project = own_project(folder)
        write_sets(project, size, open_codebook(project)[0])
        np.save(folder / "answers.npy", answers(size))

    return work


def agree(folder: Path, size: int) -> Callable[[], object]:
    """Ours, from the files to the figures."""
    from jobs import own_project

    from standpoint.agreement.agreement import Options, measure_agreement
    from standpoint.core.model import Reporter

    def work() -> None:
        found = measure_agreement(own_project(folder), Reporter(), Options(resamples=RESAMPLES))
        assert found.articles == size and all(figure.low is not None for figure in found.figures if figure.value is not None)

    return work


def read_sets(folder: Path, size: int) -> Callable[[], object]:
    """The floor: the same sets read and laid out, nothing compared."""
    from jobs import own_project

    from standpoint.adjudication.content import view_of
    from standpoint.codebook.load import open_codebook
    from standpoint.core.corpus import sets_of

    project = own_project(folder)
    codebook, _ = open_codebook(project)
    return lambda: [None for stream in sets_of(project) for one in stream if view_of(one, codebook) is None]


def alpha(folder: Path, size: int) -> Callable[[], object]:
    from standpoint.agreement.statistics.chance import alpha

    matrix = np.load(folder / "answers.npy")
    return lambda: [alpha(matrix, "ordinal", range(5)) for _ in range(TIMES)]


def krippendorff_alpha(folder: Path, size: int) -> Callable[[], object]:
    import krippendorff

    matrix = np.load(folder / "answers.npy")
    matrix = np.where(matrix < 0, np.nan, matrix)
    return lambda: [krippendorff.alpha(matrix, level_of_measurement="ordinal") for _ in range(TIMES)]


def alpha_bootstrap(folder: Path, size: int) -> Callable[[], object]:
    from standpoint.agreement.counts import Layout, Sheet, Statistic, intervals
    from standpoint.agreement.statistics import chance

    scale = chance.Scale({str(value): value for value in range(5)})
    tally = scale.tally(dict)
    layout = Layout([Statistic("", "alpha ordinal", tally, scale.alpha("ordinal"), joint=True)])
    matrix = np.load(folder / "answers.npy").reshape(3, size, -1)

    def work() -> None:
        sheet = Sheet(layout)
        for number in range(size):
            rows = [{unit: str(value) for unit, value in enumerate(row) if value >= 0} for row in matrix[:, number].tolist()]
            sheet.add((number, ""), layout.count(rows, joint=True))
        intervals([sheet], layout.statistics, size, RESAMPLES, [1])

    return work


def krippendorff_bootstrap(folder: Path, size: int) -> Callable[[], object]:
    """The peer has no bootstrap: its alpha of the counts of values of each unit, drawn by article."""
    import krippendorff

    matrix = np.load(folder / "answers.npy")

    def work() -> None:
        counts = (matrix[:, :, None] == np.arange(5)).sum(axis=0).reshape(size, -1, 5)
        chance = np.random.default_rng(1)
        for _ in range(RESAMPLES):
            drawn = counts[chance.integers(size, size=size)].reshape(-1, 5)
            krippendorff.alpha(value_counts=drawn, level_of_measurement="ordinal")

    return work


JOBS = {
    "generate sets": generate,
    "agree": agree,
    "read sets": read_sets,
    "alpha": alpha,
    "krippendorff alpha": krippendorff_alpha,
    "alpha bootstrap": alpha_bootstrap,
    "krippendorff bootstrap": krippendorff_bootstrap,
}


def bench(folder: Path, size: int) -> dict:
    """Each job's seconds and peak megabytes."""
    from measure import measured, medians

    measured("generate sets", folder, size, "agree.py")
    return {"size": size} | medians([job for job in JOBS if job != "generate sets"], folder, size, "agree.py")


def report(results: dict) -> list[str]:
    """The ratios, in words."""
    ours, floor = results["agree"], results["read sets"]
    lines = [
        f"agree: {results['size']:,} articles of 3 annotators, {RESAMPLES:,} resamples: {ours['seconds']:.0f} s, "
        f"{ours['peak_mb']} MB at its peak, {ours['seconds'] / floor['seconds']:.1f} times reading the sets"
    ]
    for one, other in ALPHAS.items():
        ratio = results[other]["seconds"] / results[one]["seconds"]
        lines.append(f"  {one}: {ratio:.1f} times as quick as the krippendorff package")
    return lines


def main() -> None:
    if len(sys.argv) == 4:
        work = JOBS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
        begun = time.perf_counter()
        work()
        seconds = time.perf_counter() - begun
        print(json.dumps({"seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    import tempfile

    from measure import ROOT

    quick = "--quick" in sys.argv
    with tempfile.TemporaryDirectory() as name:
        results = bench(Path(name), 1_000 if quick else 10_000)
    if not quick:
        path = ROOT / "bench.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"agree": results}, indent=1) + "\n")
    print("\n".join(report(results)))


if __name__ == "__main__":
    main()
