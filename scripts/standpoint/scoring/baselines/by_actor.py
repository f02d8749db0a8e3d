"""The usual answer of the train split about an actor, whatever the article. It reads no word.

An actor that train does not ask about, and a new actor, which has no id, gets the usual answer about all actors. Other questions
are not answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from standpoint.codebook.types import NEW, Layer
from standpoint.scoring.baselines._lookup import ALL, Key, fit_lookup
from standpoint.scoring.baselines._pipeline import ArticleText
from standpoint.scoring.doc import Doc, Scheme
from standpoint.scoring.predictions import Predicted

CONTROL = True
READS_TEXT = False
SEEDED = False
MOST = 0
NEEDS = "the codebook asks nothing about actors, or the train split has no answer"


def fit(articles: Iterable[tuple[ArticleText, Doc]], scheme: Scheme, seed: int) -> Callable[[ArticleText], list[Predicted]]:
    return fit_lookup(articles, scheme, _key)


def _key(layer: Layer, text: ArticleText, of: str) -> Key | None:
    return (of,) if of and not of.startswith(NEW) else ALL if of else None
