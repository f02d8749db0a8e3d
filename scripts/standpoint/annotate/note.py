"""What stands on one task's page besides its text: which of it is not annotated, drawn in grey, and what is hidden.

Label Studio draws each line of a <Text> as an element of its own, so that a line can be given a colour by its number and
nothing is added to the text that would move an offset. Its HTML fields take a <style>, which makes the colours the task's
own. A zone that ends inside of a line (a dateline before the first sentence) is drawn over it, in the same letters.
Measured on Label Studio 1.23.
"""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.annotate.hidden import self_references
from standpoint.codebook.actors import Registry
from standpoint.codebook.types import Codebook
from standpoint.model import Article

LINE = ".sp-text .lsf-richtext__line:nth-of-type({})"
GREY = "color:#8b8b8b;background:#f0f0f0"
OVER = "position:absolute;pointer-events:none;white-space:pre-wrap;margin:0"
HIDDEN = "░ hides what tells who published this; the text names its own outlet or its address in {} place(s)"


def note_of(article: Article, masked: bool, codebook: Codebook, registry: Registry, shown: str) -> str:
    """The note as HTML: the colours, which are not seen, and a word on what is hidden; "" where there is nothing to say."""
    rules = "".join(_rules(shown, grey_parts(article, codebook)))
    told = sum(1 for _ in self_references(article.text or "", article, registry)) if masked else 0
    return (f"<style>{rules}</style>" if rules else "") + (HIDDEN.format(told) if told else "")


def grey_parts(article: Article, codebook: Codebook) -> list[tuple[int, int]]:
    """The stretches that are not annotated: zones that are not asked about, and all after the annotation window."""
    parts = [(zone.start, zone.end) for zone in article.zones if zone.name not in codebook.zones.annotatable]
    end = len(article.text or "")
    return sorted([*parts, (article.annotated_until, end)] if article.annotated_until < end else parts)


def _rules(text: str, parts: list[tuple[int, int]]) -> Iterator[str]:
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        grey = max((min(end, start + len(line)) - start for first, end in parts if first <= start < end), default=0)
        if grey >= len(line) > 0:
            yield f"{LINE.format(number)}{{{GREY}}}"
        elif grey:
            yield f"{LINE.format(number)}::before{{{_drawn(line[:grey])};{GREY};{OVER}}}"
        start += len(line) + 1


def _drawn(words: str) -> str:
    """A piece of text as a CSS string: every character by its number, so that nothing in it can end the string or the element."""
    return 'content:"' + "".join(f"\\{ord(char):06x}" for char in words) + '"'
