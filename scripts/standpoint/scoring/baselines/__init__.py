"""The baselines, one module per baseline: the file name is its name, the docstring its documentation. A module has

fit(articles, scheme, seed) -> a function from an ``ArticleText`` to its predictions. ``articles``: the training articles
                               with their labels (``ArticleText``, ``Doc``). Only what learns from them reads them
SEEDED                         whether the seed changes the predictions
NEEDS                          why there is no prediction, if there is none
"""

from __future__ import annotations

from types import ModuleType

from standpoint.core.files import plug_ins


def baselines() -> dict[str, ModuleType]:
    """The baseline modules by name, sorted."""
    return plug_ins(__name__)
