"""The text of an article, made once: what its characters are, where its paragraphs and sentences begin and end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from sentencex import segment

from standpoint.model import Zone

Stretch = tuple[int, int]  # [start, end) in code points
E_MAIL = "[e-mail]"  # stands for every e-mail address

LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028]")
# Controls, lone surrogates, non-characters and what has no width. The Arabic number signs are format characters too,
# but seen, and stay; so do variation selectors, which are part of the character before them.
UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff" + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17)) + "]"
)
SPACES = re.compile(r"[^\S\n]{2,}|[^\S\n ]")  # not the single space, which is most of them
BLANK = re.compile(r"\n(?: ?\n)+")
AT = re.compile(r"@|[\[(]at[\])]")
ADDRESS = re.compile(r"(?:mailto:)?(?<![\w.+%-])[\w.+%-]+(?:@| ?[\[(]at[\])] ?)[\w-]+(?:\.[\w-]+)+")
WRAPPED_AT = range(55, 121)  # the widths, in characters, at which mail and news wires break lines


def normalise(text: str, width: int | None = None) -> str:
    """The text that offsets may point into: NFC, no unseen characters, single spaces, no e-mail addresses, each paragraph
    on a line of its own and one blank line between two. What is normal already stays as it is.

    ``width`` is the longest line, in characters, of the document that the text is from; by default the text's own.
    """
    text = UNSEEN.sub("", LINE_ENDS.sub("\n", text).replace("\u2029", "\n\n").replace("\t", " "))
    text = SPACES.sub(" ", text if text.isascii() else unicodedata.normalize("NFC", text))
    width = widest(text) if width is None else width
    lines = (line for block in BLANK.split(text) for line in _unwrapped(block, width))
    return _without_addresses("\n\n".join(lines))


def widest(text: str) -> int:
    """The length of the longest line, in characters."""
    return max(map(len, text.split("\n")))


def _unwrapped(block: str, width: int) -> list[str]:
    """A block as one paragraph where its lines were broken for width alone, and as one paragraph a line otherwise.

    A line was broken for width if the next one's first word would not have stood on it.
    """
    lines = [line for line in map(str.strip, block.split("\n")) if line]
    wrapped = width in WRAPPED_AT and all(
        len(line) + 1 + len(after.split(" ", 1)[0]) > width for line, after in zip(lines, lines[1:], strict=False)
    )
    return [" ".join(lines)] if wrapped and lines else lines


def _without_addresses(text: str) -> str:
    # What follows an address may become one when the address has gone.
    before = "" if AT.search(text) else text
    while before != text:
        before, text = text, ADDRESS.sub(E_MAIL, text)
    return text


def paragraphs(text: str) -> Iterator[Stretch]:
    """Where each paragraph of a normal text stands."""
    start = 0
    for paragraph in text.split("\n\n") if text else ():
        yield start, start + len(paragraph)
        start += len(paragraph) + 2


def sentences(text: str, language: str, stretches: Iterable[Stretch] | None = None) -> Iterator[Stretch]:
    """Where each sentence of the stretches (the paragraphs, or zones within them) stands, without the space around it."""
    for start, end in paragraphs(text) if stretches is None else stretches:
        for sentence in segment(language, text[start:end]):
            left, stripped = len(sentence) - len(sentence.lstrip()), sentence.strip()
            if stripped:
                yield start + left, start + left + len(stripped)
            start += len(sentence)


def window_end(text: str, spans: Sequence[Stretch], zones: Sequence[Zone], words: int, annotatable: Iterable[str]) -> int:
    """The end of the sentence with which the annotatable text has ``words`` words or more; of the text if it has fewer."""
    names, seen, zone = set(annotatable), 0, iter(zones)
    current = next(zone, None)
    for start, end in spans:
        while current is not None and current.end <= start:
            current = next(zone, None)
        if current is not None and current.name in names:
            seen += len(text[start:end].split())
            if seen >= words:
                return end
    return len(text)
