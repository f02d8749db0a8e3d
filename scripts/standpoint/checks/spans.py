"""Whether spans are possible: alone, beside each other in one layer, and in the text of the article."""

from __future__ import annotations

import re
import unicodedata

from standpoint.checks.case import HALF, Case, place
from standpoint.checks.table import Findings, check
from standpoint.core.offsets import sentence_at

ORIGINS = ("manual", "prediction", "prediction-changed")


@check("annotation", on="set")
def span_half(case: Case) -> Findings:
    """a quote has no half of a surrogate pair

    Why: an emoji is one code point; offsets that cut it were counted in UTF-16 units, and no file can hold the half.
    Fix: convert the offsets to code points, and take the quote from the text.
    """
    for span, _ in case.spans:
        if not span.quote.isascii() and HALF.search(span.quote):
            yield span.id, place(span)


@check("annotation", on="set")
def span_blank(case: Case) -> Findings:
    """a span neither begins nor ends with a blank

    Why: two annotators who mark the same word would disagree on it by a blank that nobody sees.
    Fix: run standpoint fix, which moves the offset to the word.
    """
    for span, _ in case.spans:
        if span.quote != span.quote.strip():
            yield span.id, place(span)


@check("annotation", on="set")
def span_origin(case: Case) -> Findings:
    """a span's origin is manual, prediction or prediction-changed

    Why: it says whether a person drew the span or took it over from a suggestion; agreement on suggestions is not agreement.
    Fix: import the set again; Label Studio keeps the origin of each region.
    """
    for span, _ in case.spans:
        if span.origin not in ORIGINS:
            yield span.id, f"origin {span.origin!r}"


@check("annotation", on="set")
def span_twice(case: Case) -> Findings:
    """a layer has one span at a place

    Why: what is marked twice counts twice; and of two labels, one must be meant.
    Fix: keep one of the two; standpoint fix merges those that are the same in all.
    """
    for one, other in case.pairs:
        if (one.start, one.end) == (other.start, other.end):
            yield other.id, f"{other.layer} {place(other)} is {one.label} and {other.label}"


@check("annotation", on="set")
def span_nested(case: Case) -> Findings:
    """no span of a layer lies in another

    Why: the guidelines mark the words that matter once; an inner span is the same mention, marked again.
    Fix: keep the one that the guidelines' rule for extents gives.
    """
    for one, other in case.pairs:
        if (one.start, one.end) != (other.start, other.end) and (other.end <= one.end or one.start == other.start):
            inner, outer = (other, one) if other.end <= one.end else (one, other)
            yield inner.id, f"{inner.layer} {place(inner)} in {place(outer)}"


@check("annotation", on="set")
def span_overlap(case: Case) -> Findings:
    """no two spans of a layer cross

    Why: of two spans that share some words, at least one begins or ends at the wrong word.
    Fix: look which words each should have.
    """
    for one, other in case.pairs:
        if one.start < other.start and one.end < other.end:
            yield other.id, f"{other.layer} {place(other)} crosses {place(one)}"


# Scripts that put no blanks between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
JOINER = "\u200d"


@check("annotation", on="set in text")
def span_range(case: Case) -> Findings:
    """a span begins and ends in the text, and has a character

    Why: offsets beyond the text were counted on another text.
    Fix: run standpoint fix, if the quote stands nearby; otherwise look which text the set was made on.
    """
    yield from case.faults("SPAN-RANGE")


@check("annotation", on="set in text")
def span_quote(case: Case) -> Findings:
    """a span's quote is the text between its offsets

    Why: the quote is the checksum of the offsets: where they differ, one of them is wrong, and nobody can say which.
    Fix: import the set again; never write the quote to fit the offsets, or the other way round, without a look at the text.
    """
    yield from case.faults("SPAN-QUOTE")


@check("annotation", on="set in text")
def span_blanks(case: Case) -> Findings:
    """a quote has the blanks and line breaks that the text has

    Why: some tools fold runs of blanks into one, and then every offset behind the first run is suspect.
    Fix: run standpoint fix, which takes the quotes from the text.
    """
    yield from case.faults("SPAN-BLANKS")


@check("annotation", on="set in text")
def span_units(case: Case) -> Findings:
    """offsets count code points, not UTF-16 units or bytes

    Why: an emoji is one code point, two UTF-16 units and four bytes: behind it, offsets in another unit are off.
    Fix: run standpoint fix, which moves each span to its quote where that is certain; or convert the offsets.
    """
    yield from case.faults("SPAN-UNITS")


@check("annotation", on="set in text")
def span_elsewhere(case: Case) -> Findings:
    """a span's offsets point to the place where its quote stands

    Why: the quote stands nearby, and the offsets point beside it: the text was shifted, or they count from somewhere else.
    Fix: run standpoint fix, which moves each span to its quote where that is certain; look what was before it in the
    one text and not in the other (a title, a carriage return, a blank).
    """
    yield from case.faults("SPAN-ELSEWHERE")


@check("annotation", on="set in text", level="note")
def span_cut(case: Case) -> Findings:
    """a span begins and ends at the edge of a word

    Why: half a word is most often a slip of the mouse. (Where a language writes a clitic on the word, it may be right.)
    Fix: move the offset to the edge of the word, and take the quote from the text.
    """
    text = case.article.text or ""
    for span in case.placed:
        if _in_word(text, span.start) or _in_word(text, span.end):
            yield span.id, f"{place(span)} in {text[max(span.start - 9, 0) : span.end + 9]!r}"


@check("annotation", on="set in text")
def span_cluster(case: Case) -> Findings:
    """a span does not cut a character from its accents, or an emoji in two

    Why: what is drawn as one sign is one sign to the annotator; the other half changes how the first one looks.
    Fix: move the offset before, or behind, the whole sign.
    """
    text = case.article.text or ""
    for span in case.placed:
        if _in_sign(text, span.start) or _in_sign(text, span.end):
            yield span.id, place(span)


@check("annotation", on="set in text")
def span_zone(case: Case) -> Findings:
    """a span lies in zones that may be annotated

    Why: bylines, captions and requests for money are masked, or were not shown; what is marked there compares with nothing.
    Fix: take the span out; if the zone is wrong, fix the zones of the article.
    """
    closed = [zone for zone in case.article.zones if zone.name not in case.codebook.zones.annotatable]
    for span in case.placed if closed else ():
        for zone in closed:
            if span.start < zone.end and zone.start < span.end:
                yield span.id, f"{place(span)} in zone {zone.name}"


@check("annotation", on="set in text", level="note")
def span_window(case: Case) -> Findings:
    """a span does not end after the annotation window

    Why: what is after the window is not scored: some annotators read on, others do not.
    Fix: nothing need be done; take the span out where the window was clear to the annotator.
    """
    for span in case.placed:
        if span.end > case.article.annotated_until:
            yield span.id, f"{place(span)} ends after {case.article.annotated_until}"


@check("annotation", on="set in text", level="note")
def span_sentence(case: Case) -> Findings:
    """a span lies in one sentence

    Why: names, triggers and places do not run on from one sentence into the next; a long drag of the mouse does.
    Fix: look whether the span, or the article's sentences, end at the wrong place.
    """
    sentences = case.article.sentences
    for span in case.placed if sentences else ():
        index = sentence_at(span.start, sentences)
        if index < 0 or span.end > sentences[index][1]:
            yield span.id, place(span)


def _in_word(text: str, at: int) -> bool:
    """Whether a place stands between two letters or digits of one word."""
    if not 0 < at < len(text) or not (text[at - 1].isalnum() and text[at].isalnum()):
        return False
    return not UNSPACED.search(text, at - 1, at + 1)


def _in_sign(text: str, at: int) -> bool:
    """Whether a place stands before a combining mark, a variation selector or a joiner, or behind a joiner."""
    if not 0 < at < len(text) or text[at].isascii() and text[at - 1].isascii():
        return False
    return text[at] == JOINER or text[at - 1] == JOINER or unicodedata.category(text[at]) in ("Mn", "Me")
