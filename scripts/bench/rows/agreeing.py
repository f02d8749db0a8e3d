"""agree: all exact statistics with intervals, beside reading the same sets; and alpha beside the `krippendorff` package.

``agree`` is `standpoint agree --resamples 1000` without its printing; the floor is how long it takes to read the same sets, and
to lay them out by content, and nothing else. The alphas are ordinal, of one matrix that both sides are given; alpha's
bootstrap, 1,000 resamples of articles.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from agree_sets import answers, write_sets
from row import ALL, CORES, ONE, Row, Work, memory, own_project, seconds, with_jobs

RESAMPLES, TIMES = 1_000, 20
FLOOR, PEER = "reading the sets", "the krippendorff package"


def prepare(folder: Path, size: int) -> None:
    from standpoint.codebook.load import open_codebook

    project = own_project(folder)
    write_sets(project, size, open_codebook(project)[0])


def prepare_answers(folder: Path, size: int) -> None:
    np.save(folder / "answers.npy", answers(size))


def agree(folder: Path, size: int, jobs: int) -> Work:
    """Ours, from the files to the figures."""
    from standpoint.agreement.agreement import Options, measure_agreement
    from standpoint.core.model import Reporter

    options = Options(resamples=RESAMPLES, **with_jobs(Options, jobs))

    def work() -> None:
        found = measure_agreement(own_project(folder), Reporter(), options)
        assert found.articles == size and all(figure.low is not None for figure in found.figures if figure.value is not None)

    return work


def read_sets(folder: Path, size: int) -> Work:
    """The floor: the same sets read and laid out, nothing compared."""
    from standpoint.adjudication.content import view_of
    from standpoint.codebook.load import open_codebook
    from standpoint.core.corpus import sets_of

    project = own_project(folder)
    codebook, _ = open_codebook(project)
    return lambda: [None for stream in sets_of(project) for one in stream if view_of(one, codebook) is None]


def alpha(folder: Path, size: int) -> Work:
    from standpoint.agreement.statistics import chance

    matrix = np.load(folder / "answers.npy")
    return lambda: [chance.alpha(matrix, "ordinal", range(5)) for _ in range(TIMES)]


def krippendorff_alpha(folder: Path, size: int) -> Work:
    import krippendorff

    matrix = np.load(folder / "answers.npy")
    matrix = np.where(matrix < 0, np.nan, matrix)
    return lambda: [krippendorff.alpha(matrix, level_of_measurement="ordinal") for _ in range(TIMES)]


def alpha_bootstrap(folder: Path, size: int) -> Work:
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


def krippendorff_bootstrap(folder: Path, size: int) -> Work:
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


ROWS = [
    Row(
        name="agree",
        title=f"agree, 3 annotators, {RESAMPLES:,} resamples",
        unit="articles",
        quick=(50, 200),
        usual=(1_000, 10_000),
        prepare=prepare,
        jobs={ONE: partial(agree, jobs=1), ALL: partial(agree, jobs=CORES), FLOOR: read_sets},
        ours=(ONE, ALL),
        aims=[seconds(ALL, 25), memory(ALL, 400)],
        why="Three sets of an article are compared in each pair, layer by layer, with their overlaps matched with and "
        "without labels: about 6 ms of CPU in Python for each article. The resamples are numpy's, and take little of "
        "it.",
    ),
    Row(
        name="alpha",
        title=f"Krippendorff's alpha, {TIMES} times",
        unit="articles",
        quick=(50, 200),
        usual=(1_000, 10_000),
        prepare=prepare_answers,
        jobs={"alpha": alpha, PEER: krippendorff_alpha},
        ours=("alpha",),
    ),
    Row(
        name="bootstrap",
        title=f"alpha with {RESAMPLES:,} resamples",
        unit="articles",
        quick=(100,),
        usual=(1_000, 10_000),
        prepare=prepare_answers,
        jobs={"alpha": alpha_bootstrap, PEER: krippendorff_bootstrap},
        ours=("alpha",),
    ),
]
