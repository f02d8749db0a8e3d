"""The usual answer of the train split to the same question in articles of the same source. It reads no word.

A pair of source and actor that train does not have gets the usual answer about all actors in all articles; so does a new actor,
which has no id. Questions about articles and about given spans get the usual answer of the source, or else that of all articles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from standpoint.codebook.types import NEW, Layer
from standpoint.scoring.baselines._lookup import ALL, NEEDS, Key, fit_lookup
from standpoint.scoring.baselines._pipeline import ArticleText
from standpoint.scoring.doc import Doc, Scheme
from standpoint.scoring.predictions import Predicted

__all__ = ["CONTROL", "MOST", "NEEDS", "READS_TEXT", "SEEDED", "fit"]
CONTROL = True
READS_TEXT = False
SEEDED = False
MOST = 0


def fit(articles: Iterable[tuple[ArticleText, Doc]], scheme: Scheme, seed: int) -> Callable[[ArticleText], list[Predicted]]:
    return fit_lookup(articles, scheme, _key)


def _key(layer: Layer, text: ArticleText, of: str) -> Key:
    return ALL if of.startswith(NEW) else (text.source, of)
