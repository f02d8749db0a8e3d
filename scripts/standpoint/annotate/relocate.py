"""Offsets into a text as somebody imported it, moved to the text as ingestion normalised it.

Label Studio keeps a text as it was sent: with CRLF, decomposed accents, runs of blanks. A span is moved only where the
move is certain: its quote, normalised, stands in both texts equally often, and it is the same one of them.
"""

from __future__ import annotations

import msgspec

from standpoint.acquire.text import normalise
from standpoint.model import Span


def relocated(span: Span, original: str, normal: str) -> Span | None:
    """The span in the normalised text, or None where its place is not certain."""
    quote = normalise(span.quote)
    before, total = _occurrences(normalise(original[: span.start] + span.quote), quote), _occurrences(normal, quote)
    if not quote or before == 0 or total != _occurrences(normalise(original), quote) or total < before:
        return None
    start = -1
    for _ in range(before):
        start = normal.index(quote, start + 1)
    return msgspec.structs.replace(span, start=start, end=start + len(quote), quote=quote)


def _occurrences(text: str, quote: str) -> int:
    """How often a quote stands in a text, overlapping ones too."""
    count, at = 0, text.find(quote)
    while quote and at >= 0:
        count, at = count + 1, text.find(quote, at + 1)
    return count
