"""The statistics of agreement, one module per family. Each module is a plug-in with one function:

    statistics(layer, seed) -> the family's statistics of a layer; ``seed`` is None without random samples

``codebook.load.statistics_of`` lists the names of a layer's statistics in the order of the report. The table, the JSON
file, the report, the card and the Croissant file show all of them, and a codebook may set targets for them.
"""

from __future__ import annotations

from standpoint.agreement.counts import Statistic
from standpoint.codebook.load import GAMMA, statistics_of
from standpoint.codebook.types import Layer
from standpoint.core.files import plug_ins


def statistics_of_layer(layer: Layer, seed: int | None = None) -> list[Statistic]:
    """The statistics of a layer, in the order of the report; gamma only with a seed."""
    families = plug_ins(__name__).values()
    by_name = {statistic.name: statistic for family in families for statistic in family.statistics(layer, seed)}
    return [by_name[name] for name in statistics_of(layer) if name != GAMMA or seed is not None]
