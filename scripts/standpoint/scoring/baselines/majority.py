"""The usual answer of the train split: on a scale the median, otherwise the most frequent answer. It reads no word.

It answers about articles, actors and given spans, and finds no span.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from standpoint.scoring.baselines._lookup import ALL, NEEDS, fit_lookup
from standpoint.scoring.baselines._pipeline import ArticleText
from standpoint.scoring.doc import Doc, Scheme
from standpoint.scoring.predictions import Predicted

__all__ = ["CONTROL", "MOST", "NEEDS", "READS_TEXT", "SEEDED", "fit"]
CONTROL = True
READS_TEXT = False
SEEDED = False
MOST = 0


def fit(articles: Iterable[tuple[ArticleText, Doc]], scheme: Scheme, seed: int) -> Callable[[ArticleText], list[Predicted]]:
    return fit_lookup(articles, scheme, lambda layer, text, of: ALL)
