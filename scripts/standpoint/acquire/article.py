"""One raw article becomes one Article, or the Issue that says why not: a pure function, fit to be mapped."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from standpoint.acquire.boilerplate import ANNOTATABLE, partition, stretches_of, zone_names
from standpoint.acquire.dates import iso_date
from standpoint.acquire.head import Facts, facts_of, same_name
from standpoint.acquire.readers._raw import Block, Raw
from standpoint.acquire.sources import Source
from standpoint.acquire.text import normalise, paragraphs, sentences, widest, window_end
from standpoint.model import Article, Issue

UNDATED = "undated"
HEADLINE_WORDS = 30


class Window(NamedTuple):
    """What of an article is annotated: the first ``words`` words of its ``annotatable`` zones."""

    words: int = 700
    annotatable: tuple[str, ...] = ANNOTATABLE


WINDOW = Window()


def article_of(raw: Raw, source: Source, window: Window = WINDOW) -> Article | Issue:
    """The article, in a group of its own; ARTICLE-EMPTY and RECORD-DATE are what can be wrong."""
    lines = _lines(raw)
    names = zone_names([text for text, _ in lines], [hint for _, hint in lines])
    if not any(name in ("body", "standfirst") for name in names):
        return Issue(raw.where, "ARTICLE-EMPTY", "has no text beside its headline; give it one, or take it out")
    facts = facts_of([(name, text) for name, (text, _) in zip(names, lines, strict=True)], source.name)
    language = raw.language or source.language
    printed = raw.published or facts.published
    published = iso_date(printed, language, source.dates) if printed else None
    if printed and not published:
        hint = "one day, such as 2031-03-12; where 05/06/2031 stands, say `dates: DMY` or MDY in sources.yaml"
        return Issue(raw.where, "RECORD-DATE", f"was published {printed!r}; it should be {hint}")
    headline = next((text for name, (text, _) in zip(names, lines, strict=True) if name == "headline"), "")
    text = "\n\n".join(text for text, _ in lines)
    return _article(text, names, window, source, facts, raw, published, headline, language)


def _article(text, names, window, source, facts, raw, published, headline, language) -> Article:
    spans = tuple(paragraphs(text))
    stretches = list(stretches_of(names, spans, text))
    zones = partition(stretches, len(text))
    found = tuple(sentences(text, language, [(item.start, item.end) for item in stretches]))
    digest = sha256(text.encode()).hexdigest()
    name = f"{source.id}-{published or UNDATED}-{digest[:8]}"
    return Article(
        id=name,
        source=source.id,
        publisher=source.name,
        title=headline,
        licence=source.licence,
        language=language,
        sha256=digest,
        text=text,
        url=raw.url.strip() or None,
        published=published,
        byline=normalise(raw.byline) or facts.byline or None,
        original_publisher=_origin(raw, source, facts),
        original_published=iso_date(facts.original_published, language, source.dates) if facts.original_published else None,
        zones=zones,
        paragraphs=spans,
        sentences=found,
        annotated_until=window_end(text, found, zones, window.words, window.annotatable),
        group=name,
        metadata=dict(sorted(facts.fields)),
    )


def annotatable_text(article: Article, annotatable: tuple[str, ...] = ANNOTATABLE) -> str:
    """The text of the zones that may be annotated, in order; "" where the text is withheld."""
    text = article.text or ""
    return "".join(text[zone.start : zone.end] for zone in article.zones if zone.name in annotatable)


def _lines(raw: Raw) -> list[Block]:
    """The paragraphs with their hints: headline and standfirst first, and neither of them twice."""
    width = max((widest(block.text) for block in raw.blocks), default=0)
    lines = [Block(line, block.hint) for block in raw.blocks for line in normalise(block.text, width).split("\n\n") if line]
    title, standfirst = " ".join(normalise(raw.title).split()), normalise(raw.standfirst)
    if title:
        lines = [line for line in lines if line.hint != "headline" and not (line is lines[0] and same_name(line.text, title))]
        lines.insert(0, Block(title, "headline"))
    elif lines and lines[0].hint == "" and "headline" not in [line.hint for line in lines] and _is_headline(lines):
        lines[0] = Block(lines[0].text, "headline")
    if standfirst:
        lines = [line for line in lines if line.text != standfirst]
        lines.insert(1 if lines and lines[0].hint == "headline" else 0, Block(standfirst, "standfirst"))
    return lines


def _is_headline(lines: list[Block]) -> bool:
    first = lines[0].text
    return len(lines) > 1 and len(first.split()) <= HEADLINE_WORDS and not first.endswith((".", ":", ";", ","))


def _origin(raw: Raw, source: Source, facts: Facts) -> str | None:
    stated = normalise(raw.publisher)
    return facts.original_publisher or (None if not stated or same_name(stated, source.name) else stated)
