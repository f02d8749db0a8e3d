"""Whether spans are possible: alone, together with others of the layer, and in the text of the article."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.checks.case import HALF, Case, place
from standpoint.checks.table import Findings, check
from standpoint.codebook.validate import overlap_fault
from standpoint.core.model import Span
from standpoint.core.offsets import sentence_at
from standpoint.core.provenance import ORIGINS
from standpoint.core.words import in_cluster, in_word


@check("annotation", on="set")
def span_half(case: Case) -> Findings:
    """a quote has no half of a surrogate pair
    Why: an emoji is one code point; offsets that cut it count UTF-16 units, and UTF-8 cannot encode the half.
    Fix: convert the offsets to code points, and take the quote from the text."""
    for span, _ in case.spans:
        if not span.quote.isascii() and HALF.search(span.quote):
            yield f"{span.id} {place(span)}", "the quote has half of a surrogate pair"


@check("annotation", on="set")
def span_blank(case: Case) -> Findings:
    """a span neither begins nor ends with a blank
    Why: two annotators who mark the same word would disagree because of an invisible blank.
    Fix: run standpoint fix --write, which moves the offset to the word."""
    for span, _ in case.spans:
        if span.quote != span.quote.strip():
            yield f"{span.id} {place(span)}", "there is a blank at an end of the span"


@check("annotation", on="set")
def span_origin(case: Case) -> Findings:
    """a span's origin is manual, prediction or prediction-changed
    Why: the origin says whether a person drew the span or accepted a suggestion; accepted suggestions are not agreement.
    Fix: import the set again; Label Studio keeps the origin of each region."""
    for span, _ in case.spans:
        if span.origin not in ORIGINS:
            yield span.id, f"origin is {span.origin!r}"


@check("annotation", on="set")
def span_twice(case: Case) -> Findings:
    """a layer has one span at each place, or one for each label if it has ``multiple: true``
    Why: a repeated span counts twice; if the labels differ, only one can be meant, unless a span may have several labels.
    Fix: keep one of the two. If they are equal but for their origin, standpoint fix --write merges them."""
    for first, second in _overlapping(case, "SPAN-TWICE"):
        yield second.id, f"{second.layer} {place(second)} is {first.label} and {second.label}"


@check("annotation", on="set")
def span_nested(case: Case) -> Findings:
    """no span of a layer is inside another, unless the layer has ``overlaps: nested`` or ``any``
    Why: a mention is marked once; the inner span marks the same mention again.
    Fix: keep the span that follows the guidelines' rule for extents. If spans of the layer may be nested, write
    ``overlaps: nested`` into the layer in guidelines/codebook.yaml."""
    for first, second in _overlapping(case, "SPAN-NESTED"):
        inner, outer = (second, first) if second.end <= first.end else (first, second)
        yield f"{inner.id} {place(inner)} in {place(outer)}", f"a span of {inner.layer} is inside another one"


@check("annotation", on="set")
def span_overlap(case: Case) -> Findings:
    """no two spans of a layer cross, unless the layer has ``overlaps: any``
    Why: of two spans that share words, at least one begins or ends at the wrong word.
    Fix: decide which words belong to each. If spans of the layer may cross, write ``overlaps: any`` into the layer."""
    for first, second in _overlapping(case, "SPAN-OVERLAP"):
        yield f"{second.id} {place(second)} and {place(first)}", f"a span of {second.layer} crosses another one"


def _overlapping(case: Case, code: str) -> Iterator[tuple[Span, Span]]:
    """The pairs of overlapping spans that their layer does not allow, for the reason of a check."""
    return (pair for pair in case.pairs if overlap_fault(*pair, case.layers[pair[0].layer]) == code)


@check("annotation", on="set in text", level="note")
def span_cut(case: Case) -> Findings:
    """a span begins and ends at the edge of a word
    Why: half a word is usually a slip of the mouse. (It may be right in a language that writes clitics as part of the word.)
    Fix: move the offset to the edge of the word, and take the quote from the text."""
    text = case.article.text or ""
    for span in case.placed:
        if in_word(text, span.start) or in_word(text, span.end):
            yield f"{span.id} {place(span)} in {text[max(span.start - 9, 0) : span.end + 9]!r}", "it cuts a word"


@check("annotation", on="set in text")
def span_cluster(case: Case) -> Findings:
    """a span does not separate a letter from its accents, or cut an emoji in two
    Why: readers see one character; a part of it looks different, or cannot be displayed.
    Fix: move the offset before or after the whole character."""
    text = case.article.text or ""
    for span in case.placed:
        if in_cluster(text, span.start) or in_cluster(text, span.end):
            yield f"{span.id} {place(span)}", "it cuts a character"


@check("annotation", on="set in text")
def span_zone(case: Case) -> Findings:
    """a span is in annotatable zones
    Why: bylines, captions and donation requests are masked or not shown; a span there cannot be compared.
    Fix: remove the span. If the zone is wrong, fix the zones of the article."""
    closed = [zone for zone in case.article.zones if zone.name not in case.codebook.zones.annotatable]
    for span in case.placed if closed else ():
        for zone in closed:
            if span.start < zone.end and zone.start < span.end:
                yield f"{span.id} {place(span)}", f"it is in zone {zone.name}"


@check("annotation", on="set in text", level="note")
def span_window(case: Case) -> Findings:
    """a span does not end after the annotation window
    Why: text after the window is not scored, because some annotators read on and others do not.
    Fix: nothing needs to be done. Remove the span if the annotator could see the end of the window."""
    for span in case.placed:
        if span.end > case.article.annotated_until:
            yield f"{span.id} {place(span)}", "it ends after the window"


@check("annotation", on="set in text", level="note")
def span_sentence(case: Case) -> Findings:
    """a span is inside one sentence, unless its layer has ``sentences: any``
    Why: most of what is marked does not continue in the next sentence; a longer span is often a slip of the mouse.
    Fix: check whether the span, or a sentence of the article, ends at the wrong place. If spans of the layer may have several
    sentences, write ``sentences: any`` into the layer in guidelines/codebook.yaml."""
    sentences = case.article.sentences
    for span in case.placed if sentences else ():
        index = sentence_at(span.start, sentences)
        if case.layers[span.layer].sentences == "one" and (index < 0 or span.end > sentences[index][1]):
            yield f"{span.id} {place(span)}", f"a span of {span.layer} goes beyond its sentence"
