"""LEA and CEAFe: agreement on the mentions of each actor.

One annotator's mentions of one actor are a cluster. Mentions are equal if their extents are equal. Sources: N. S. Moosavi
and M. Strube, "Which coreference evaluation metric do you trust?" (ACL 2016) for LEA, with its rule for single mentions;
X. Luo, "On coreference resolution performance metrics" (HLT/EMNLP 2005) for CEAFe, with the similarity phi-4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from standpoint.agreement.counts import Counted, Extent, Reading, Statistic, Tally, measure_f1, ratio
from standpoint.codebook.types import Layer
from standpoint.core.matching import match_weighted

Clusters = Mapping[str, set[Extent]]


def statistics(layer: Layer, seed: int | None) -> Iterator[Statistic]:
    """LEA and CEAFe of a layer whose labels are actors. A mention is of one actor, so not if a span may have several."""
    if layer.kind == "span" and layer.labels_from and not layer.multiple:
        yield Statistic(layer.name, "LEA", tally_lea(layer.name), measure_lea)
        yield Statistic(layer.name, "CEAFe", tally_ceafe(layer.name), measure_f1)


def tally_lea(layer: str) -> Tally:
    """Counts for LEA: for each side, resolved links weighted by mentions, and mentions."""

    def count(readings: Sequence[Reading]) -> Counted:
        first, second = (reading.clusters(layer) for reading in readings)
        return Counted((*_resolved(first, second), *_resolved(second, first)))

    return Tally(4, count, n=(1, 3))


def _resolved(clusters: Clusters, others: Clusters) -> tuple[float, int]:
    """The sum over clusters of mentions x share of links that ``others`` have too, and the number of mentions."""
    cluster_of = {mention: name for name, mentions in others.items() for mention in mentions}
    resolved = 0.0
    for mentions in clusters.values():
        size = len(mentions)
        shared = Counter(cluster_of[mention] for mention in mentions if mention in cluster_of)
        if size == 1:  # a single mention links to itself; it is resolved if it is also single on the other side
            resolved += any(len(others[name]) == 1 for name in shared)
        else:
            resolved += size * sum(k * (k - 1) for k in shared.values()) / (size * (size - 1))
    return resolved, sum(map(len, clusters.values()))


def measure_lea(sums: np.ndarray) -> np.ndarray:
    """The harmonic mean of both sides' shares of resolved links, micro-averaged."""
    resolved, mentions, other_resolved, other_mentions = sums.T
    below = resolved * other_mentions + other_resolved * mentions
    share = np.where(below > 0, ratio(2 * resolved * other_resolved, below), 0.0)
    return np.where(mentions + other_mentions > 0, share, np.nan)


def tally_ceafe(layer: str) -> Tally:
    """Counts for CEAFe, as for F1: the summed similarity of the best pairs of clusters, and the clusters of each side.

    The similarity of two clusters is 2·shared / (mentions of the first + mentions of the second).
    """

    def count(readings: Sequence[Reading]) -> Counted:
        first, second = (list(reading.clusters(layer).values()) for reading in readings)
        similar = {
            (i, j): 2 * len(cluster & other_cluster) / (len(cluster) + len(other_cluster))
            for i, cluster in enumerate(first)
            for j, other_cluster in enumerate(second)
            if not cluster.isdisjoint(other_cluster)
        }
        return Counted((sum(similar[pair] for pair in match_weighted(similar)), len(first), len(second)))

    return Tally(3, count, n=(1, 2))
