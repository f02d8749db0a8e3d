"""Offsets of spans: the classes of faults, in the same words everywhere, and the repairs that are certain.

    out of range   an offset is no whole number, or lies outside the text
    collapsed      the end is not after the start: no character lies between them
    whitespace     the right words, with blanks around them, or with other blanks between them than the quote has
    shifted        other characters than the quote; the quote stands nearby, in a stretch as long as the span
    other text     other characters than the quote, and the quote stands nowhere nearby in that length

Offsets are code points, [start, end). The quote is the checksum: it says which characters are meant.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from msgspec import Struct

OUT_OF_RANGE, COLLAPSED, WHITESPACE = "out of range", "collapsed", "whitespace"
SHIFTED, OTHER_TEXT, DUPLICATE = "shifted", "other text", "duplicate"

# In characters, to either side of where the span says it begins. Counting a text in another way (line breaks as two or
# none, characters outside the basic plane as two, folded blanks) moves an offset by one for each such character before
# it: in an article of the annotation window's length, by some dozens. Farther away the same words are as likely another
# mention, and a wider search would only find more of those.
NEARBY = 200
POSSESSIVE = re.compile("['’]s$")  # of an English word
LINE_BREAK = "\\n"  # two characters: how Label Studio writes a line break in a region's text


class Repair(Struct, frozen=True, rename={"fault": "class"}):
    """One thing that was fixed: in which set (article, pass, annotator), which annotation, and its fields before and after.

    There is no date in it, so that the same data fixed again give the same record.
    """

    set: str
    annotation: str
    fault: str
    before: dict[str, str | int | None]
    after: dict[str, str | int | None]


def whole_number(value: object) -> int | None:
    """The whole number that a value stands for ("5" and 5.0 do too), or None."""
    if not isinstance(value, int | float | str):
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return None
    return number if isinstance(value, str) or number == value else None


def fault(start: int | None, end: int | None, quote: str | None, text: str) -> str:
    """The class of the fault in a span's offsets, or "". Without a quote, only the offsets themselves are checked."""
    if start is None or end is None or min(start, end) < 0 or max(start, end) > len(text):
        return OUT_OF_RANGE
    if start >= end:
        return COLLAPSED
    stretch = text[start:end]
    if quote is None or quote == stretch:
        return WHITESPACE if stretch != stretch.strip() else ""
    if words(quote) == words(stretch):
        return WHITESPACE
    return SHIFTED if occurrences(quote, text, start, end) else OTHER_TEXT


def certain_place(start: int | None, end: int | None, quote: str | None, text: str) -> tuple[int, int] | None:
    """The certain place of a span with a fault: its own words without the blanks around them, or the only place nearby
    that has its quote in its length. None if no place is certain.
    """
    kind = fault(start, end, quote, text)
    if start is None or end is None:
        return None
    if kind == WHITESPACE:
        if quote and quote.strip() != text[start:end].strip() and quote.strip() in text[max(start - NEARBY, 0) : end + NEARBY]:
            return None  # the same words with other blanks between them: it may be this place, or the one that has the quote
        stretch = text[start:end].rstrip()
        return (start + len(stretch) - len(stretch.lstrip()), start + len(stretch)) if stretch else None
    if kind not in (SHIFTED, OUT_OF_RANGE) or quote is None:
        return None
    places = occurrences(quote, text, start, end)
    return places[0] if len(places) == 1 else None


def fault_message(start: object, end: object, quote: str | None, text: str) -> str:
    """A message on a fault: its class, what the text has at the offsets, and what it should have."""
    kind = fault(first := whole_number(start), last := whole_number(end), quote, text)
    if first is None or last is None:
        return f"{kind}: start {start!r} and end {end!r} give no certain place in the text, should be whole numbers"
    place = f"{kind}: [{first}, {last})"
    if kind == OUT_OF_RANGE:
        return f"{place} does not lie in the text of {len(text)} characters"
    if kind == COLLAPSED:
        return f"{place} has no character, should be {quote!r}"
    if kind == WHITESPACE:
        return f"{place} is {text[first:last]!r}, should neither begin nor end with a blank"
    often = ("does not stand", "stands once", "stands more than once")[len(occurrences(quote or "", text, first, last))]
    return f"{place} is {text[first:last]!r}, should be {quote!r}, which {often} within {NEARBY} characters in that length"


def words(quote: str) -> list[str]:
    """The words of a quote without the blanks between them; both spellings of a line break count as a blank."""
    return quote.replace(LINE_BREAK, " ").split()


def occurrences(quote: str, text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The places near ``start`` with the words of the quote in the length of the span; at most two are searched."""
    length = end - start - (len(quote) - len(quote.strip()))  # a place has no blanks around it
    pattern = re.compile(r"(?:\s|\\n)+".join(map(re.escape, words(quote))))
    places: list[tuple[int, int]] = []
    match = pattern.search(text, max(start - NEARBY, 0)) if pattern.pattern else None
    while match and match.start() <= start + NEARBY and len(places) < 2:
        if match.end() - match.start() == length:
            places.append(match.span())
        match = pattern.search(text, match.start() + 1)
    return places


def sentence_at(offset: int, sentences: Sequence[tuple[int, int]]) -> int:
    """The index of the sentence, a ``[start, end)`` pair of sorted ones, that an offset lies in; -1 where it lies in none."""
    index = bisect_right(sentences, offset, key=itemgetter(0)) - 1
    return index if index >= 0 and offset < sentences[index][1] else -1
