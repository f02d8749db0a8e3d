"""The notes above a task's text: a style for what is not annotated and for the panel's lists of actors, and a line about masking.

All articles have the style of the page (``page.css``). What depends on the article is a style in its task's data. Styles do not
change the text of the page, so offsets stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from standpoint.codebook.types import Codebook
from standpoint.core.model import Article
from standpoint.core.offsets import sentence_at

Part = tuple[int, int]  # [start, end) in code points

LINE = ".lsf-richtext__line"
GREY = "color:var(--sp-pale,#767676);background:var(--sp-grey,#f0f0f0)"
OVERLAY = "position:absolute;pointer-events:none;white-space:pre-wrap;margin:0"
MASK_NOTE = "░ masks what shows who published this article; its text names its outlet or gives an address in {} place(s)"


def unannotated_parts(article: Article, codebook: Codebook) -> list[Part]:
    """``[start, end)`` of the parts that are not annotated: other zones, and the text after the annotation window."""
    end = len(article.text or "")
    window = [(article.annotated_until, end)] if article.annotated_until < end else []
    return sorted([*_other_zones(article, codebook), *window])


def _other_zones(article: Article, codebook: Codebook) -> list[Part]:
    return [(zone.start, zone.end) for zone in article.zones if zone.name not in codebook.zones.annotatable]


class Line(NamedTuple):
    """A line of the page's text: its number from 1, its words, and how many of its first characters are not annotated."""

    number: int
    start: int
    words: str
    grey: int
    in_zone: bool  # the grey ones are all of it, and not only because the annotation window has ended

    @property
    def end(self) -> int:
        return self.start + len(self.words)


def lines_of(text: str, article: Article, codebook: Codebook) -> list[Line]:
    """The lines of the page's text, which has the length of the article's text."""
    parts, zones = unannotated_parts(article, codebook), _other_zones(article, codebook)
    lines, start = [], 0
    for number, words in enumerate(text.split("\n"), 1):
        end = start + len(words)
        grey, zone = (
            max((min(last, end) - start for first, last in some if first <= start < last), default=0) for some in (parts, zones)
        )
        lines.append(Line(number, start, words, grey, zone == len(words)))
        start = end + 1
    return lines


def page_notes(style: Iterable[str], masked_places: int | None) -> str:
    """The HTML above a task's text: its style, and in a pass with masking the number of masked places; "" if there is neither."""
    rules = "".join(style)
    return (f"<style>{rules}</style>" if rules else "") + (MASK_NOTE.format(masked_places) if masked_places else "")


def text_rules(lines: Sequence[Line]) -> Iterator[str]:
    """A CSS rule for each line that is grey, entirely or at its beginning, and for each stretch of lines that is folded.

    CSS cannot select a part of a line, so the grey beginning is drawn over it as the content of ``::before``.
    """
    for line in lines:
        selector = f".sp-text {LINE}:nth-of-type({line.number})"
        if line.grey >= len(line.words) > 0:
            yield f"{selector}{{{GREY}}}"
        elif line.grey:
            yield f'{selector}::before{{content:"{_quoted(line.words[: line.grey])}";{GREY};{OVERLAY}}}'
    for foldable, members in groupby(lines, key=lambda line: line.in_zone or not line.words):
        stretch = list(members)
        if foldable and any(line.words for line in stretch):
            yield from _fold(stretch)


def _fold(stretch: Sequence[Line]) -> Iterator[str]:
    """Rules that fold a stretch of lines, with the empty lines around it, to a thin grey line until the mouse is on it.

    It opens a moment late, so that it stays shut under a mouse that only passes.
    """
    first, last = next(line.number for line in stretch if line.words), stretch[-1].number
    lines = f"{LINE}:nth-of-type(n+{stretch[0].number}):nth-of-type(-n+{last})"
    opened = f"var(--sp-open{first},0)"  # 1 while the mouse is on it
    late = ",".join(f"{name} 0s" for name in ("font-size", "line-height", "margin"))
    yield f".sp-text:has({lines}:hover){{--sp-open{first}:1}}"
    yield f".sp-text {lines}{{height:auto;vertical-align:top;font-size:calc(13px*{opened});line-height:calc(20px*{opened});"
    yield f"transition:{late};transition-delay:calc(.3s*{opened})}}"
    yield f".sp-text {LINE}:nth-of-type({first}){{min-height:5px;margin:6px 0 calc(6px*(1 - {opened}));"
    yield "border-radius:3px;cursor:pointer}"
    if last != first:
        yield f".sp-text {LINE}:nth-of-type({last}){{margin-bottom:calc(6px*{opened})}}"


def actor_rules(
    lines: Sequence[Line], article: Article, names: Sequence[str], mentions: Iterable[tuple[int, int]]
) -> Iterator[str]:
    """CSS rules by which the actors of the selected region's sentence come first in the panel's lists.

    ``mentions``: where each begins, and the number of its actor in ``names``.

    --sp-at is the number of the selected region's sentence, --sp-far how many sentences away an actor's nearest mention is.
    --sp-near1, … are set for an actor that is marked in the same line, by whomever: CSS sees what is marked, but no sentences.
    All are set on the lists: a rule for more elements, or for any, makes each mark in a long text slower.
    """
    sentences: dict[int, set[int]] = defaultdict(set)
    for start, number in mentions:
        sentences[number].add(sentence_at(start, article.sentences))
    yield ".sp-who .lsf-choice{--sp-far:1}"
    for number, name in enumerate(names, 1):
        places = sorted(sentences[number - 1] - {-1})
        away = ",".join(f"max({place} - var(--sp-at),var(--sp-at) - {place})" for place in places)
        far = f"--sp-far:min({away});" if places else ""
        yield f".sp-who .lsf-choice:nth-of-type({number}){{{far}--sp-near:var(--sp-near{number},1)}}"
        marked = f'[data-label$=":{_quoted(name)}"]'
        yield f".sp-text:has(.__active~{marked},{marked}~.__active)~* .sp-who{{--sp-near{number}:.5}}"
    for line in lines:
        inside = [number for number, (start, _) in enumerate(article.sentences) if line.start <= start < line.end]
        for place in inside if line.grey < len(line.words) else ():
            # A rule is also for the regions of the line's later sentences, whose own rules follow.
            since = "" if place == inside[0] else f":is({','.join(_starts(article.sentences[place][0], line))})"
            yield f".sp-text:has({LINE}:nth-of-type({line.number}) .__active{since})~* .sp-who{{--sp-at:{place}}}"


def _starts(start: int, line: Line) -> Iterator[str]:
    """Selectors for the regions of a line that begin at ``start`` or later: decades and hundreds by their first digits."""
    while start < line.end:
        size = 1
        while start % (10 * size) == 0 and not _is_ambiguous(start // (10 * size), 10 * size, line):
            size *= 10
        yield f'[data-start^="{start // size}"]' if size > 1 else f'[data-start="{start}"]'
        start += size


def _is_ambiguous(digits: int, size: int, line: Line) -> bool:
    """Whether offsets of a line begin with the same digits as the ``size`` offsets that are meant, and are others."""
    others = (10**power for power in range(9) if 10**power != size)
    return any(digits * other < line.end and line.start < (digits + 1) * other for other in others)


def _quoted(words: str) -> str:
    """Words for a CSS string. Other characters than letters are code points, so that none can end the string or the element."""
    return "".join(char if char.isalnum() or char == " " else f"\\{ord(char):06x}" for char in words)
