"""The baselines, one module per baseline: the file name is its name, the docstring its documentation, of which the card has
the first paragraph. A module has

    fit(articles, scheme, seed) -> a function from an ``ArticleText`` to its predictions. ``articles``: the training articles
                                   with their labels (``ArticleText``, ``Doc``), which may be read more than once, or not at all
    CONTROL                        whether it is a control: it looks things up in train, and reads no text around them
    READS_TEXT                     whether it needs the texts, which may be withheld
    SEEDED                         whether the seed changes the predictions
    MOST                           of at most so many training articles it learns, drawn by the hash of their ids; 0: of all
    NEEDS                          why there is no prediction, if there is none
"""

from __future__ import annotations

from types import ModuleType

from standpoint.core.files import plug_ins


def baselines() -> dict[str, ModuleType]:
    """The baseline modules by name, sorted."""
    return plug_ins(__name__)


def about(baseline: ModuleType) -> str:
    """What a baseline is: the first paragraph of its docstring, on one line."""
    return " ".join((baseline.__doc__ or "").partition("\n\n")[0].split())
