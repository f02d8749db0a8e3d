"""Whether spans are possible by themselves, and beside each other in one layer."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.checks._case import HALF, Case, place

SCOPE = "annotation"
ORIGINS = ("manual", "prediction", "prediction-changed")
Found = Iterator[tuple[str, str]]


def span_half(case: Case) -> Found:
    """a quote has no half of a surrogate pair

    Why: an emoji is one code point; offsets that cut it were counted in UTF-16 units, and no file can hold the half.
    Fix: convert the offsets to code points, and take the quote from the text.
    """
    for span, _ in case.spans:
        if not span.quote.isascii() and HALF.search(span.quote):
            yield span.id, place(span)


def span_blank(case: Case) -> Found:
    """a span neither begins nor ends with a blank

    Why: two annotators who mark the same word would disagree on it by a blank that nobody sees.
    Fix: run standpoint fix, which moves the offset to the word.
    """
    for span, _ in case.spans:
        if span.quote != span.quote.strip():
            yield span.id, place(span)


def span_origin(case: Case) -> Found:
    """a span's origin is manual, prediction or prediction-changed

    Why: it says whether a person drew the span or took it over from a suggestion; agreement on suggestions is not agreement.
    Fix: import the set again; Label Studio keeps the origin of each region.
    """
    for span, _ in case.spans:
        if span.origin not in ORIGINS:
            yield span.id, f"origin {span.origin!r}"


def span_twice(case: Case) -> Found:
    """a layer has one span at a place

    Why: what is marked twice counts twice; and of two labels, one must be meant.
    Fix: keep one of the two; standpoint fix merges those that are the same in all.
    """
    for one, other in case.pairs:
        if (one.start, one.end) == (other.start, other.end):
            yield other.id, f"{other.layer} {place(other)} is {one.label} and {other.label}"


def span_nested(case: Case) -> Found:
    """no span of a layer lies in another

    Why: the guidelines mark the words that matter once; an inner span is the same mention, marked again.
    Fix: keep the one that the guidelines' rule for extents gives.
    """
    for one, other in case.pairs:
        if (one.start, one.end) != (other.start, other.end) and (other.end <= one.end or one.start == other.start):
            inner, outer = (other, one) if other.end <= one.end else (one, other)
            yield inner.id, f"{inner.layer} {place(inner)} in {place(outer)}"


def span_overlap(case: Case) -> Found:
    """no two spans of a layer cross

    Why: of two spans that share some words, at least one begins or ends at the wrong word.
    Fix: look which words each should have.
    """
    for one, other in case.pairs:
        if one.start < other.start and one.end < other.end:
            yield other.id, f"{other.layer} {place(other)} crosses {place(one)}"
