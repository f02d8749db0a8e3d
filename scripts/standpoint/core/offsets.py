"""Offsets of spans: the classes of faults, and the repairs that are certain.

    out of range   an offset is not a whole number, or is outside the text
    collapsed      the end is not after the start: there is no character between them
    whitespace     the right words, but with blanks around them, or with other blanks between them than in the quote
    shifted        not the characters of the quote, which occurs nearby with the span's length
    other text     not the characters of the quote, which does not occur nearby with the span's length

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

# Characters before and after the stated start of the span. If a tool counts differently (line breaks as two or none,
# characters outside the basic plane as two, folded blanks), each such character moves the offsets after it by one: in an
# article as long as the annotation window, by some dozens. Farther away, the same words are probably another mention.
NEARBY = 200
POSSESSIVE = re.compile("['’][sS]$")  # of an English word, also in a text in capitals
LINE_BREAK = "\\n"  # two characters: how Label Studio writes a line break in a region's text


class Repair(Struct, frozen=True, rename={"fault": "class"}):
    """A fix of one annotation of a set (article, pass, annotator): its fields before and after.

    It has no date, so that fixing the same data again gives the same record.
    """

    set: str
    annotation: str
    fault: str
    before: dict[str, str | int | None]
    after: dict[str, str | int | None]


def whole_number(value: object) -> int | None:
    """The whole number that a value represents, also as "5" or 5.0; otherwise None."""
    if type(value) is int:  # nearly always, so it is asked first
        return value
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
    """The certain place of a span with a fault; None if no place is certain.

    It is the span without the blanks around it, or the only place nearby that has the quote with the span's length.
    """
    kind = fault(start, end, quote, text)
    if start is None or end is None:
        return None
    if kind == WHITESPACE:
        if quote and quote.strip() != text[start:end].strip() and quote.strip() in text[max(start - NEARBY, 0) : end + NEARBY]:
            return None  # the blanks differ, and the exact quote occurs nearby: either place may be meant
        stretch = text[start:end].rstrip()
        return (start + len(stretch) - len(stretch.lstrip()), start + len(stretch)) if stretch else None
    if kind not in (SHIFTED, OUT_OF_RANGE) or quote is None:
        return None
    places = occurrences(quote, text, start, end)
    return places[0] if len(places) == 1 else None


def fault_message(start: object, end: object, quote: str | None, text: str) -> str:
    """A message on a fault: its class, the text at the offsets, and the text that should be there."""
    kind = fault(first := whole_number(start), last := whole_number(end), quote, text)
    if first is None or last is None:
        return f"{kind}: start {start!r} and end {end!r} give no certain place in the text, should be whole numbers"
    place = f"{kind}: [{first}, {last})"
    if kind == OUT_OF_RANGE:
        return f"{place} is not inside the text of {len(text)} characters"
    if kind == COLLAPSED:
        return f"{place} has no character, should be {quote!r}"
    if kind == WHITESPACE:
        return f"{place} is {text[first:last]!r}, should neither begin nor end with a blank"
    occurs = ("does not occur", "occurs once", "occurs more than once")[len(occurrences(quote or "", text, first, last))]
    return f"{place} is {text[first:last]!r}, should be {quote!r}, which {occurs} with that length within {NEARBY} characters"


def words(quote: str) -> list[str]:
    """The words of a quote. A line break, or Label Studio's spelling of it, is a blank."""
    return quote.replace(LINE_BREAK, " ").split()


def occurrences(quote: str, text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The places near ``start`` that have the words of the quote and the length of the span, at most two."""
    length = end - start - (len(quote) - len(quote.strip()))  # a place has no blanks around it
    pattern = re.compile(r"(?:\s|\\n)+".join(map(re.escape, words(quote))))
    places: list[tuple[int, int]] = []
    match = pattern.search(text, min(max(start - NEARBY, 0), len(text))) if pattern.pattern else None
    while match and match.start() <= start + NEARBY and len(places) < 2:
        if match.end() - match.start() == length:
            places.append(match.span())
        match = pattern.search(text, match.start() + 1)
    return places


def is_strange(quotes: Sequence[str], text: str) -> bool:
    """Whether half of the quotes, or more, occur nowhere in the text: then they are probably quotes from another text."""
    folded = " ".join(text.split())
    missing = sum(" ".join(words(quote)) not in folded for quote in quotes)
    return 0 < len(quotes) <= 2 * missing


def nearest_mention(
    place: int, mentions: Sequence[tuple[int, int]], sentences: Sequence[tuple[int, int]]
) -> tuple[int, int] | None:
    """The mention that stands for an actor who is named as an answer about the word at a place; None if there are no mentions.

    It is the mention nearest to the word in the same sentence, otherwise the first in the text.
    """
    number = sentence_at(place, sentences)
    inside = [mention for mention in mentions if number >= 0 and sentence_at(mention[0], sentences) == number]
    nearest = min(inside, key=lambda mention: (abs(mention[0] - place), mention[0]), default=None)
    return nearest or min(mentions, key=itemgetter(0), default=None)


PLACE = re.compile(r"\[(\d+),(\d+)\)")


def places_in(where: str) -> list[tuple[int, int]]:
    """The extents in the ``where`` of a conflict, which ``adjudication.content`` writes: ``[3,9) [5,12)``, ``[3,9)->[20,24)``."""
    return [(int(start), int(end)) for start, end in PLACE.findall(where)]


def sentence_at(offset: int, sentences: Sequence[tuple[int, int]]) -> int:
    """The index of the sentence that contains an offset, or -1. ``sentences`` are sorted ``[start, end)`` pairs."""
    index = bisect_right(sentences, offset, key=itemgetter(0)) - 1
    return index if index >= 0 and offset < sentences[index][1] else -1
