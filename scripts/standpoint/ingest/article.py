"""Convert a raw article into an Article, or into an Issue if that is not possible. The function is pure."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import regex
from msgspec.structs import replace
from sentencex import segment

from standpoint.core.codes import language_code
from standpoint.core.model import Article, Issue, Zone, sha256
from standpoint.core.provenance import DOMAIN, MAILBOX
from standpoint.core.words import ASKS, CLOSERS, count_words, ends_sentence, has_unspaced
from standpoint.ingest.dates import is_converted, iso_date
from standpoint.ingest.layout import Layout, layout_of, line_notes, paragraphs_in
from standpoint.ingest.metadata import dateline_facts, facts_of, same_name
from standpoint.ingest.readers._raw import Block, Raw
from standpoint.ingest.sources import Source
from standpoint.ingest.zones import ANNOTATABLE, partition, stretches_of, zone_names

Stretch = tuple[int, int]  # [start, end) in code points
E_MAIL = "[e-mail]"  # replaces every e-mail address

LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028]")
# Controls, lone surrogates, non-characters and characters without width: annotators cannot see or select them, and programs count
# them differently. Arabic number signs (format characters, but visible) and variation selectors (parts of the character before
# them) stay, and the joiners that are NEEDED: without them, Persian words are misspelt, and an emoji of several falls apart.
UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff" + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17)) + "]"
)
JOINERS = re.compile("[\u200c\u200d]+")
_SCRIPTS = "Arabic Syriac Nko Mandaic Mongolian Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala"
_SHAPED = "".join(rf"\p{{{script}}}" for script in f"{_SCRIPTS} Khmer Myanmar Tibetan".split())
_PICTURE = r"\p{Extended_Pictographic}"
# A joiner between two letters of a script whose letters change their shape, or between two pictures of one emoji.
NEEDED = regex.compile(
    rf"(?<=[{_SHAPED}]\p{{M}}*)[\u200c\u200d][{_SHAPED}]|(?<={_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]?)\u200d{_PICTURE}"
)
SOFT_HYPHEN = re.compile("\xad[^\\S\n]*\n[^\\S\n]*")  # at the end of a line, it divides a word
SPACES = re.compile(r"[^\S\n]{2,}|[^\S\n ]")  # not the single space, which is most of them
ADDRESS = re.compile(rf"(?:mailto:)?(?<![\w.+%-]){MAILBOX}(?:@| ?[\[(]at[\])] ?){DOMAIN}")
PIECE = 10_000  # characters that are cut into sentences at a time


def normalise(text: str) -> str:
    """The text for offsets: NFC, no invisible characters, single spaces, no e-mail addresses, one line per paragraph and a
    blank line between two. A normalised text is not changed.
    """
    text = _visible(text)
    return _finished(text, layout_of([text]))


def _visible(text: str) -> str:
    """The text in NFC without invisible characters; its lines and blanks are as they were."""
    if not _is_printable(text):
        text = LINE_ENDS.sub("\n", text).replace("\u2029", "\n\n")
        if "\xad" in text:
            text = SOFT_HYPHEN.sub("", text)
        text = text if _is_printable(text) else UNSEEN.sub("", text)
    if "\u200c" in text or "\u200d" in text:
        text = JOINERS.sub(lambda joiners: joiners[0][0], text)  # a repeated joiner is one, as it cannot be seen
        text = JOINERS.sub(lambda joiner: joiner[0] if NEEDED.match(text, joiner.start()) else "", text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _is_printable(text: str) -> bool:
    """Whether a text has only "\\n" and characters that Python prints: then it has nothing for LINE_ENDS, UNSEEN and SPACES but
    spaces. That is much faster to see than with these patterns. U+034F is the only printable character of UNSEEN.
    """
    return text.replace("\n", "").isprintable() and "\u034f" not in text


def may_have_address(text: str) -> bool:
    """Whether a text may have an e-mail address."""
    return "@" in text or "at]" in text or "at)" in text


def _finished(text: str, layout: Layout, divided: list[str] | None = None) -> str:
    text = "\n\n".join(paragraphs_in(text, layout, divided))
    if "  " in text or not _is_printable(text):
        text = SPACES.sub(" ", text)
    if may_have_address(text):  # no address goes over the end of a paragraph, and in a long text the search for one is slow
        text = "\n".join(map(_without_addresses, text.split("\n")))
    return text


def _without_addresses(line: str) -> str:
    # When an address is replaced, the text after it may become an address.
    before = "" if may_have_address(line) else line
    while before != line:
        before, line = line, ADDRESS.sub(E_MAIL, line)
    return line


def paragraphs(text: str) -> Iterator[Stretch]:
    """Start and end of each paragraph of a normalised text."""
    start = 0
    for paragraph in text.split("\n\n") if text else ():
        yield start, start + len(paragraph)
        start += len(paragraph) + 2


def sentences(text: str, language: str, stretches: Iterable[Stretch] | None = None) -> Iterator[Stretch]:
    """Start and end of each sentence, without space around it, in the ``stretches``, by default the paragraphs."""
    for start, end in paragraphs(text) if stretches is None else stretches:
        paragraph = text[start:end]
        for sentence in segment(language, paragraph) if len(paragraph) <= PIECE else _segments(paragraph, language):
            if stripped := sentence.strip():
                left = start if sentence[0] == stripped[0] else start + len(sentence) - len(sentence.lstrip())
                yield left, left + len(stripped)
            start += len(sentence)


def _segments(paragraph: str, language: str) -> Iterator[str]:
    """The sentences of a long paragraph, which together are the paragraph. It is cut piece by piece, because the time of
    ``segment`` grows with the square of the length in some languages: the last sentence of a piece begins the next piece.
    """
    start, size = 0, PIECE
    while start < len(paragraph):
        found = segment(language, paragraph[start : start + size])
        if start + size < len(paragraph):
            found = found[:-1]
        yield from found
        start += sum(map(len, found))
        size = PIECE if found else 2 * size


def window_end(text: str, spans: Sequence[Stretch], zones: Sequence[Zone], words: int, annotatable: Container[str]) -> int:
    """The end of the sentence that completes ``words`` words of annotatable text; the end of the text if it has fewer.

    The text is normalised: where its words have blanks between them, these are single spaces.
    """
    seen, ends, is_unspaced = 0, [zone.end for zone in zones], has_unspaced(text)
    for start, end in spans:
        at = bisect_right(ends, start)
        if at < len(zones) and zones[at].name in annotatable:
            seen += count_words(text[start:end]) if is_unspaced else text.count(" ", start, end) + 1
            if seen >= words:
                return end
    return len(text)


UNDATED = "undated"
HEADLINE_WORDS, QUESTION_WORDS = 30, 15
GOES_ON = (":", ";", ",", "：", "；", "，", "、", "؛", "،")  # after such a mark, the sentence goes on in the next line
INNER_END = re.compile(r"[.!?؟۔][\"'”’»)]*\s|[。！？｡]")


class Window(NamedTuple):
    """The annotated part of an article: the first ``words`` words of its ``annotatable`` zones."""

    words: int = 700
    annotatable: tuple[str, ...] = ANNOTATABLE


WINDOW = Window()


def article_of(
    raw: Raw, source: Source, window: Window = WINDOW, report: Callable[[Issue], None] = lambda note: None
) -> Article | Issue:
    """The article, alone in its group; or ARTICLE-EMPTY, RECORD-LANGUAGE or RECORD-DATE. ``report`` gets notes on it."""
    lines = _lines(raw, report)
    names = zone_names([line.text for line in lines], [line.hint for line in lines])
    zoned = [(name, line.text) for name, line in zip(names, lines, strict=True)]
    if not any(char.isalpha() for name, text in zoned if name in ("body", "standfirst") for char in text):
        rest = [f" and {text[:60]!r} ({name})" for name, text in zoned if name != "headline"]
        problem = f"has no text except its headline{''.join(rest[:1])}"
        return Issue(raw.where, "ARTICLE-EMPTY", f"{problem}; add the text, or remove the article")
    facts = facts_of(zoned, source.name)
    language = language_code(raw.language) if raw.language else source.language
    if not language:
        problem = f"has the language {raw.language!r}; it should be a code of ISO 639 or a name, such as en or English"
        return Issue(raw.where, "RECORD-LANGUAGE", f"{problem}; without one, a record has the language of its source")
    if language != raw.language and raw.language:
        report(Issue(raw.where, "LANGUAGE-READ", f"its language {raw.language!r} is stored as {language!r}", "note"))
    printed = raw.published or facts.published
    published = iso_date(printed, language, source.dates) if printed else None
    if printed and not published:
        hint = "one day, such as 2031-03-12; for dates such as 05/06/2031, set `dates: DMY` or MDY in sources.yaml"
        other = "; write a day of another calendar, or before 1600, as that of the Gregorian calendar or leave it out"
        return Issue(raw.where, "RECORD-DATE", f"was published {printed!r}; it should be {hint}{other}")
    if published and is_converted(printed, published):
        report(Issue(raw.where, "DATE-CONVERTED", f"its date {printed!r} is the Gregorian day {published}", "note"))
    stated = normalise(raw.publisher)
    is_own = "source" in source.where or same_name(stated, source.name)  # by ``where``, this is what the record calls the source
    origin = facts.original_publisher or ("" if is_own else stated)
    text = _joined(lines)
    spans = tuple(paragraphs(text))
    stretches = list(stretches_of(names, spans, text))
    zones = partition(stretches, len(text))
    sentence_spans = tuple(sentences(text, language, [(item.start, item.end) for item in stretches]))
    digest = sha256(text)
    identity = f"{source.id}-{published or UNDATED}-{digest[:8]}"
    return Article(
        id=identity,
        source=source.id,
        publisher=source.name,
        title=next((text for name, text in zoned if name == "headline"), ""),
        licence=source.licence,
        language=language,
        sha256=digest,
        text=text,
        url=raw.url.strip() or None,
        published=published,
        byline=normalise(raw.byline) or facts.byline or None,
        original_publisher=origin or None,
        original_published=iso_date(facts.original_published, language, source.dates) if facts.original_published else None,
        zones=zones,
        paragraphs=spans,
        sentences=sentence_spans,
        annotated_until=window_end(text, sentence_spans, zones, window.words, window.annotatable),
        group=identity,
        stand_off=source.stand_off,
        metadata=dict(sorted(facts.fields)),
    )


def text_of(raw: Raw) -> str:
    """The text that ``article_of`` gives a raw article."""
    return _joined(_lines(raw, lambda note: None))


DATELINE_WITHIN = 4  # lines: what is before a dateline is a headline, a number or a byline


def with_dateline(raw: Raw) -> Raw:
    """The article with the date and the outlet of the dateline that its text begins with, where it states none."""
    lines = (line.strip() for block in raw.blocks for line in block.text.split("\n") if line.strip())
    found = (dateline_facts(line) for line in islice(lines, DATELINE_WITHIN))
    published, outlet = next((facts for facts in found if any(facts)), ("", ""))
    return replace(raw, published=raw.published or published, publisher=raw.publisher or outlet)


def annotatable_text(article: Article, annotatable: tuple[str, ...] = ANNOTATABLE) -> str:
    """The text of the zones that may be annotated, in order; "" if the text is withheld."""
    text = article.text or ""
    return "".join(text[zone.start : zone.end] for zone in article.zones if zone.name in annotatable)


def _joined(lines: Iterable[Block]) -> str:
    return "\n\n".join(line.text for line in lines)


def _lines(raw: Raw, report: Callable[[Issue], None]) -> list[Block]:
    """The paragraphs with their hints: headline and standfirst first, each once. If a title field and a line or heading are the
    same, the field is kept, because it has no markup.
    """
    texts, divided = [_visible(block.text) for block in raw.blocks], list[str]()
    layout = layout_of(texts)
    lines = [
        Block(line, block.hint)
        for block, text in zip(raw.blocks, texts, strict=True)
        for line in _finished(text, layout, divided).split("\n\n")
        if line
    ]
    for code, message in line_notes(layout, divided):
        report(Issue(raw.where, code, message, "note"))
    title, standfirst = " ".join(normalise(raw.title).split()), normalise(raw.standfirst).split("\n\n")
    if title:
        top = lines[0] if lines else None
        lines = [line for line in lines if not ((line.hint == "headline" or line is top) and same_name(line.text, title))]
        # Another heading is a second headline where the text begins with it, and a cross-heading elsewhere.
        lines = [Block(line.text) if line.hint == "headline" and line is not top else line for line in lines]
        lines.insert(0, Block(title, "headline"))
    elif len(lines) > 1 and not any(lines[0].hint or line.hint == "headline" for line in lines) and _is_headline(lines[0].text):
        lines[0] = Block(lines[0].text, "headline")
    if any(standfirst):
        lines = [line for line in lines if line.text not in standfirst]
        at = 1 if lines and lines[0].hint == "headline" else 0
        lines[at:at] = [Block(paragraph, "standfirst") for paragraph in standfirst]
    return lines


def _is_headline(line: str) -> bool:
    """Whether a first line without markup is a headline: not long, and no sentence.

    A headline may be a question or an exclamation. Then it is one sentence, and shorter than most leads.
    """
    length, end = count_words(line, HEADLINE_WORDS), line.rstrip(CLOSERS)
    if end.endswith(ASKS):
        return length <= QUESTION_WORDS and not INNER_END.search(end[:-1])
    return length <= HEADLINE_WORDS and not ends_sentence(line) and not end.endswith(GOES_ON)
