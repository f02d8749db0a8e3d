"""Suggestions by rule: time expressions of news prose, without the preposition (codebook, filler spans: TIME)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.model import Article
from standpoint.pages.suggestions._annotated import Annotated

LABEL = "TIME"
MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
WEEKDAY = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_DAY = rf"(?:last |next )?(?:{WEEKDAY})(?: (?:morning|afternoon|evening|night))?"
_DATE = rf"(?:{MONTH}) \d{{1,2}}(?:, \d{{4}})?|\d{{1,2}} (?:{MONTH})(?: \d{{4}})?|(?:{MONTH}) \d{{4}}"
_NEAR = r"yesterday|today|tomorrow|tonight|overnight|(?:earlier this|this|last|next) (?:morning|evening|night|week|month|year)"
_SPAN = r"(?:coming|past|next) (?:hours|days|weeks|months)"
TIME = re.compile(rf"\b(?:{_DATE}|{_DAY}|{_NEAR}|{_SPAN})\b")


def suggest(
    article: Article, layer: Layer, codebook: Codebook, registry: Registry, annotated: Annotated
) -> Iterator[tuple[int, int, str]]:
    """Start, end and label of each suggestion."""
    if not layer.labels_from:
        yield from ((match.start(), match.end(), LABEL) for match in TIME.finditer(article.text or ""))
