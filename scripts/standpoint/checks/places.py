"""Whether a set fits the text of its article. Not asked where the article itself has an error."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter

from standpoint.checks._case import Case, place
from standpoint.checks._table import note
from standpoint.codebook.types import ACTORS
from standpoint.core.model import Choice

SCOPE = "annotation"
# Scripts that put no blanks between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
JOINER = "\u200d"
Found = Iterator[tuple[str, str]]


def span_range(case: Case) -> Found:
    """a span begins and ends in the text, and has a character

    Why: offsets beyond the text were counted on another text.
    Fix: run standpoint fix, if the quote stands nearby; otherwise look which text the set was made on.
    """
    for span, _ in case.spans:
        if not 0 <= span.start < span.end <= case.here.length:
            yield span.id, f"[{span.start},{span.end}) in a text of {case.here.length} characters"


def span_quote(case: Case) -> Found:
    """a span's quote is the text between its offsets

    Why: the quote is the checksum of the offsets: where they differ, one of them is wrong, and nobody can say which.
    Fix: import the set again; never write the quote to fit the offsets, or the other way round, without a look at the text.
    """
    yield from _misquoted(case, "")


def span_blanks(case: Case) -> Found:
    """a quote has the blanks and line breaks that the text has

    Why: some tools fold runs of blanks into one, and then every offset behind the first run is suspect.
    Fix: run standpoint fix, which takes the quotes from the text.
    """
    yield from _misquoted(case, "blanks")


def span_units(case: Case) -> Found:
    """offsets count code points, not UTF-16 units or bytes

    Why: an emoji is one code point, two UTF-16 units and four bytes: behind it, offsets in another unit are off.
    Fix: run standpoint fix, which moves each span to its quote where that is certain; or convert the offsets.
    """
    yield from _misquoted(case, "units")


def span_elsewhere(case: Case) -> Found:
    """a span's offsets point to the place where its quote stands

    Why: the quote stands nearby, and the offsets point beside it: the text was shifted, or they count from somewhere else.
    Fix: run standpoint fix, which moves each span to its quote where that is certain; look what was before it in the
    one text and not in the other (a title, a carriage return, a blank).
    """
    yield from _misquoted(case, "elsewhere")


@note
def span_cut(case: Case) -> Found:
    """a span begins and ends at the edge of a word

    Why: half a word is most often a slip of the mouse. (Where a language writes a clitic on the word, it may be right.)
    Fix: move the offset to the edge of the word, and take the quote from the text.
    """
    text = case.article.text or ""
    for span in case.placed:
        if _in_word(text, span.start) or _in_word(text, span.end):
            yield span.id, f"{place(span)} in {text[max(span.start - 9, 0) : span.end + 9]!r}"


def span_cluster(case: Case) -> Found:
    """a span does not cut a character from its accents, or an emoji in two

    Why: what is drawn as one sign is one sign to the annotator; the other half changes how the first one looks.
    Fix: move the offset before, or behind, the whole sign.
    """
    text = case.article.text or ""
    for span in case.placed:
        if _in_sign(text, span.start) or _in_sign(text, span.end):
            yield span.id, place(span)


def span_zone(case: Case) -> Found:
    """a span lies in zones that may be annotated

    Why: bylines, captions and requests for money are masked, or were not shown; what is marked there compares with nothing.
    Fix: take the span out; if the zone is wrong, fix the zones of the article.
    """
    closed = [zone for zone in case.article.zones if zone.name not in case.codebook.zones.annotatable]
    for span in case.placed if closed else ():
        for zone in closed:
            if span.start < zone.end and zone.start < span.end:
                yield span.id, f"{place(span)} in zone {zone.name}"


@note
def span_window(case: Case) -> Found:
    """a span does not end after the annotation window

    Why: what is after the window is not scored: some annotators read on, others do not.
    Fix: nothing need be done; take the span out where the window was clear to the annotator.
    """
    for span in case.placed:
        if span.end > case.article.annotated_until:
            yield span.id, f"{place(span)} ends after {case.article.annotated_until}"


@note
def span_sentence(case: Case) -> Found:
    """a span lies in one sentence

    Why: names, triggers and places do not run on from one sentence into the next; a long drag of the mouse does.
    Fix: look whether the span, or the article's sentences, end at the wrong place.
    """
    sentences = case.article.sentences
    for span in case.placed if sentences else ():
        at = bisect_right(sentences, span.start, key=itemgetter(0)) - 1
        if at < 0 or span.end > sentences[at][1]:
            yield span.id, place(span)


@note
def actor_list(case: Case) -> Found:
    """an actor is one of those that the registry finds in the article

    Why: these are the ones that the task lists; another one was typed in, or the registry has lost an alias since.
    Fix: give the actor the alias by which this article names it, or choose the actor that was meant.
    """
    if case.article.text is None:
        return
    for item, layer in case.known:
        named = [item.label] if layer.labels_from == ACTORS else []
        named += [item.of] if isinstance(item, Choice) and layer.for_each == ACTORS else []
        for actor in named:
            known = case.registry.by_id.get(actor)
            if known and not known.redirect_to and actor not in case.here.mentioned:
                yield item.id, f"{actor} ({known.name})"


def _misquoted(case: Case, cause: str) -> Found:
    for span, there, why in case.misquoted:
        if why == cause:
            yield span.id, f"quote {span.quote!r}, text {there!r}"


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
