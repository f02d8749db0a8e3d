"""Whether spans stand where they say, and where they may."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from standpoint.assess.checks._case import Case, note
from standpoint.model import Span

Found = Iterator[tuple[str, str]]


def span_range(case: Case) -> Found:
    """a span begins and ends in the text, and has a character"""
    for span, _ in case.spans:
        if not in_text(span, case):
            yield span.id, f"[{span.start},{span.end}) in a text of {case.length} characters"


def span_quote(case: Case) -> Found:
    """a span's quote is the text between its offsets"""
    text = case.article.text
    for span in placed(case) if text is not None else ():
        if text[span.start : span.end] != span.quote:
            yield span.id, f"quote {span.quote!r}, text {text[span.start : span.end]!r}"


def span_blank(case: Case) -> Found:
    """a span neither begins nor ends with a blank"""
    for span, _ in case.spans:
        if span.quote != span.quote.strip():
            yield span.id, place(span)


def span_zone(case: Case) -> Found:
    """a span lies in zones that may be annotated"""
    closed = [zone for zone in case.article.zones if zone.name not in case.codebook.zones.annotatable]
    for span in placed(case) if closed else ():
        for zone in closed:
            if span.start < zone.end and zone.start < span.end:
                yield span.id, f"{place(span)} in zone {zone.name}"


@note
def span_window(case: Case) -> Found:
    """what is after the annotation window is not scored"""
    for span in placed(case):
        if span.end > case.article.annotated_until:
            yield span.id, f"{place(span)} ends after {case.article.annotated_until}"


def span_twice(case: Case) -> Found:
    """a layer has one span at a place"""
    for one, other in neighbours(case):
        if (one.start, one.end) == (other.start, other.end):
            yield other.id, f"{other.layer} {place(other)} is {one.label} and {other.label}"


def span_overlap(case: Case) -> Found:
    """spans of a layer neither cross nor lie in one another"""
    for one, other in neighbours(case):
        if other.start < one.end and (one.start, one.end) != (other.start, other.end):
            yield other.id, f"{other.layer} {place(other)} overlaps {place(one)}"


def in_text(span: Span, case: Case) -> bool:
    """Whether a span's offsets make sense."""
    return 0 <= span.start < span.end <= case.length


def placed(case: Case) -> Iterator[Span]:
    """The spans that are somewhere in the text."""
    return (span for span, _ in case.spans if in_text(span, case))


def place(span: Span) -> str:
    """Where a span stands, and what it quotes."""
    return f"[{span.start},{span.end}) {span.quote!r}"


def neighbours(case: Case) -> Iterator[tuple[Span, Span]]:
    """Spans that follow each other in one layer; the first is the one that has reached farthest so far."""
    spans = sorted(placed(case), key=lambda span: (span.layer, span.start, span.end))
    for _, row in groupby(spans, key=lambda span: span.layer):
        farthest = None
        for span in row:
            if farthest is not None:
                yield farthest, span
            farthest = span if farthest is None or span.end > farthest.end else farthest
