"""Gamma: one number for the positions and the labels of units, per article, averaged over pairs of annotators.

Y. Mathet, A. Widlöcher and J.-P. Métivier, "The unified and holistic method gamma" (Computational Linguistics 41, 2015), as
computed by pygamma-agreement (the extra ``gamma``): in tokens, alpha = 3, beta = 1, 30 random samples, seeded. It is only
computed for pairs, because the time grows as the number of units to the power of the number of annotators. An article
in which only one of the two has units has no gamma; it is left out, and counted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import cache
from types import ModuleType

import numpy as np

from standpoint.agreement.counts import Counted, Reading, Statistic, Tally, ratio
from standpoint.codebook.load import GAMMA
from standpoint.codebook.types import Layer
from standpoint.core.model import needs_extra

SAMPLES = 30
VALUE, ARTICLES, ALONE = range(3)  # the columns
NO_TEXTS = "no article has both its text and units of both annotators"


def statistics(layer: Layer, seed: int | None) -> Iterator[Statistic]:
    """Gamma of a span layer, if there is a seed for its random samples."""
    if layer.kind == "span" and seed is not None:
        yield Statistic(layer.name, GAMMA, tally_gamma(layer.name, seed), measure_gamma, note=_left_out)


@cache
def pygamma() -> ModuleType:
    """The library; MissingExtra if it is not installed."""
    with needs_extra("gamma", "gamma"):
        import pygamma_agreement
    return pygamma_agreement


def tally_gamma(layer: str, seed: int) -> Tally:
    """Counts for gamma: its sum over articles, the articles with gamma, and those left out because one side has no units."""

    def count(readings: Sequence[Reading]) -> Counted:
        sides = [reading.extents(layer) for reading in readings]
        if not any(sides) or readings[0].words is None:
            return Counted((0.0, 0, 0))
        return Counted((_gamma(readings, layer, seed), 1, 0) if all(sides) else (0.0, 0, 1))

    return Tally(3, count, n=(ARTICLES,), nothing=NO_TEXTS)


def _gamma(readings: Sequence[Reading], layer: str, seed: int) -> float:
    library = pygamma()
    with needs_extra("gamma", "gamma"):
        from pyannote.core import Segment
    continuum = library.Continuum()
    for name, reading in zip("ab", readings, strict=True):
        for mark in reading.marks(layer):
            continuum.add(name, Segment(*map(float, reading.in_tokens(mark[:2]))), mark.label)
    np.random.seed(seed)  # the library uses the global generator, which can only be seeded here
    dissimilarity = library.CombinedCategoricalDissimilarity(alpha=3, beta=1)
    root = logging.getLogger()
    root.addFilter(_not_about_the_solver)
    try:
        result = continuum.compute_gamma(dissimilarity, n_samples=SAMPLES)
    finally:
        root.removeFilter(_not_about_the_solver)
    observed, expected = result.observed_disorder, result.expected_disorder
    return 1 - observed / expected if expected else float(observed == 0)


def _not_about_the_solver(record: logging.LogRecord) -> bool:
    """The library logs its choice of two equivalent solvers for each alignment, on the root logger."""
    return "CBC solver" not in record.getMessage()


def _left_out(columns: np.ndarray) -> str:
    return f"{int(columns[ALONE]):,} articles are left out in which only one of the two marked anything" if columns[ALONE] else ""


def measure_gamma(sums: np.ndarray) -> np.ndarray:
    """The mean over articles."""
    return ratio(sums[:, VALUE], sums[:, ARTICLES])
