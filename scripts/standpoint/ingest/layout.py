"""Lines and paragraphs: which line breaks of a text end a paragraph, and which were made only because a line was full.

Mail, news wires, archives and text from PDF break lines at a width. There, a paragraph ends at a blank line, before an indented
line, or after a line that had room for the next word. In other texts, each line is a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from standpoint.core.words import CLOSERS, UNSPACED, between, ends_sentence

BLANK = re.compile(r"\n(?:[^\S\n]*\n)+")
# Columns. In narrower lines, lists and verse look like broken sentences: then one is not enough evidence, and below 20, none is.
NARROW, NARROWEST = 55, 20
INDENT = 2  # columns by which the first line of a paragraph stands out, at least
OUTLIERS = 50  # one line of so many may be longer than the width: it has an address, or is a headline
WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003ffff]"
)
OPENERS = "\"'“‘„«‹([{（「『《—–-…\u3000 "
HYPHENS = ("-", "\u2010")
LONGEST_WORD = 64
HALF = re.compile(r"[^\W\d_]+(?=[-\u2010]$)")  # of a word that is divided at the end of a line
REST = re.compile(r"[^\W\d_]+")
WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
AND = {"and", "or", "to", "und", "oder", "bis", "et", "ou", "y", "o"}  # "two- and three-day" is no divided word
# Where programs divide words, they do so in one line of ten or twenty. If it is one of a hundred, the hyphens are of compounds.
MANY_BREAKS, RARE = 40, 0.03
SHOWN = 8  # divided words in a note


class Layout(NamedTuple):
    """The layout of a document. ``width``: the columns at which its lines were broken; 0 if each line is a paragraph.

    ``broken``: the number of lines that end inside a sentence. ``words``: all words of the document in lower case, if one is
    divided in it. ``keeps_hyphens``: whether the hyphens at the ends of its lines are those of compounds.
    """

    width: int = 0
    broken: int = 0
    words: frozenset[str] = frozenset()
    keeps_hyphens: bool = False


class Break(NamedTuple):
    """A line break in a block. ``needed``: the columns that the line needed to hold the next word too."""

    needed: int
    in_sentence: bool  # whether a sentence goes on after it
    in_word: bool


def layout_of(texts: Sequence[str]) -> Layout:
    """The layout of a document, given as one or more texts. Lines were broken for width if most broken sentences were."""
    blocks = [lines for text in texts if "\n" in text for block in BLANK.split(text) if len(lines := _lines(block)) > 1]
    if not blocks:
        return Layout()
    has_cases = any(line != line.upper() for block in blocks for line in block)
    breaks = [_break(line, after, has_cases) for block in blocks for line, after in _pairs(block)]
    divided = sum(item.in_word for item in breaks)
    broken = [item for item in breaks if item.in_sentence and not item.in_word]
    columns = sorted((_columns(line) for block in blocks for line in block[:-1]), reverse=True)
    width, full = 0, 0
    for tried in (columns[0], columns[min(max(1, len(columns) // OUTLIERS), len(columns) - 1)]):
        found = divided + sum(item.needed > tried for item in broken)
        if found > full and tried >= (0 if divided else NARROWEST):
            width, full = tried, found
    if full < (2 if width < NARROW else 1) or full < 2 * (divided + len(broken) - full):
        width = 0
    words = (word for text in texts for word in WORDS.findall(text.lower().replace("\u2010", "-"))) if divided else ()
    return Layout(width, len(broken), frozenset(words), len(breaks) >= MANY_BREAKS and divided < RARE * len(breaks))


def paragraphs_in(text: str, layout: Layout, divided: list[str] | None = None) -> Iterator[str]:
    """The paragraphs of a text, each as one line. ``divided`` gets the words whose hyphen at the end of a line is left out."""
    for block in BLANK.split(text):
        lines = _lines(block)
        begins = _begins(lines)
        paragraph: list[str] = []
        for number, line in enumerate(lines):
            after = line.strip()
            if number and number not in begins and _is_divided(lines[number - 1], after):
                paragraph[-1] = _before_rest(paragraph[-1], after, layout, divided)
            elif number and number not in begins and layout.width and _is_broken(lines[number - 1], after, layout.width):
                paragraph.append(between(paragraph[-1], after))
            elif number:
                yield "".join(paragraph)
                paragraph = []
            paragraph.append(after)
        if paragraph:
            yield "".join(paragraph)


def line_notes(layout: Layout, divided: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The code and the message of each note on how the lines of a document were read."""
    if layout.width:
        yield "LINES-JOINED", f"its lines are broken at {layout.width} columns; those of a paragraph are joined"
    elif layout.broken:
        message = f"each line is taken for a paragraph, and {layout.broken} end inside a sentence"
        yield "LINES-BROKEN", f"{message}; if that is wrong, join the lines in the file"
    if divided:
        more = f" and {len(divided) - SHOWN} more" if len(divided) > SHOWN else ""
        yield "LINES-HYPHEN", f"a hyphen at the end of a line is left out of {', '.join(divided[:SHOWN])}{more}"


def _lines(block: str) -> list[str]:
    return [line.rstrip() for line in block.split("\n") if line.strip()]


def _begins(lines: Sequence[str]) -> set[int]:
    """The numbers of the lines that begin a paragraph because they are indented more than other lines of their block."""
    if len(lines) < 2:
        return set()
    blanks = [line[: len(line) - len(line.lstrip())] for line in lines]
    indents = [len(blank) + 7 * blank.count("\t") + blank.count("\u3000") for blank in blanks]
    begin = min(indents) + INDENT
    return {number for number, indent in enumerate(indents) if indent >= begin}


def _pairs(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each line with the next one, unless an indent begins a paragraph between them."""
    begins = _begins(lines)
    return ((lines[number - 1], lines[number].strip()) for number in range(1, len(lines)) if number not in begins)


def _break(line: str, after: str, has_cases: bool) -> Break:
    first = after.lstrip(OPENERS)[:1]
    # In a text in capitals, and in scripts without cases, the first letter does not show that a sentence goes on.
    goes_on = first.islower() or (first.isalnum() and not (has_cases and first.isupper()) and not first.isdigit())
    in_sentence = goes_on and not ends_sentence(line) and not line.rstrip(CLOSERS).endswith((":", "："))
    return Break(_needed(line, after), in_sentence, _is_divided(line, after))


def _columns(line: str) -> int:
    return len(line) if line.isascii() else len(line) + len(WIDE.findall(line))


def _needed(line: str, after: str) -> int:
    """The columns of a line with the next word; in a script without blanks, with the next letter."""
    blank = between(line, after)
    word = after.split(maxsplit=1)[0] if blank or not UNSPACED.match(after) else after[0]
    return _columns(line) + len(blank) + _columns(word)


def _is_broken(line: str, after: str, width: int) -> bool:
    """Whether a line of a document with a width had no room for the next word, or ends where its sentence goes on.

    What is longer than the width, such as an address or a headline, shows nothing about room.
    """
    if ends_sentence(line) or not after.lstrip(OPENERS)[:1].islower():
        before, needed = _columns(line), _needed(line, after)
        return needed > width >= max(before, needed - before - 1)
    return True


def _is_divided(line: str, after: str) -> bool:
    return line.endswith(HYPHENS) and after[:1].islower() and HALF.search(line[-LONGEST_WORD:]) is not None


def _before_rest(line: str, after: str, layout: Layout, divided: list[str] | None) -> str:
    """A line that ends with the half of a word, as it is before the rest of the word in the next line.

    Without a dictionary it is not certain whether the hyphen is a part of the word. It stays if the document has the word with
    it elsewhere, or divides next to no words.
    """
    half, rest = HALF.search(line[-LONGEST_WORD:]), REST.match(after)
    if half is None or rest is None or rest[0] in AND:
        return f"{line} "
    begin, end = half[0].lower(), rest[0].lower()
    if begin + end not in layout.words and (layout.keeps_hyphens or f"{begin}-{end}" in layout.words):
        return line
    if divided is not None:
        divided.append(half[0] + rest[0])
    return line[:-1]
