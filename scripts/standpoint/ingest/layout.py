"""Lines and paragraphs: which line breaks of a text end a paragraph, and which were made only because a line was full.

Mail, news wires, archives and text from PDF break lines at a width. There, a paragraph ends at a blank line, before an indented
line, or after a line that had room for the next word. In other texts, each line is a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from standpoint.core.words import CLOSERS, UNSPACED, between, ends_sentence

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


def layout_of(texts: Sequence[str]) -> Layout:
    """The layout of a document, given as one or more texts. Lines were broken for width if most broken sentences were."""
    blocks = [lines for text in texts if "\n" in text for lines in _blocks(text) if len(lines) > 1]
    if not blocks:
        return Layout()
    has_cases = any(line != line.upper() for block in blocks for line in block)
    breaks = [
        pair
        for block in blocks
        for begins in [_begins(block)]
        for number, pair in enumerate(_pairs(block), 1)
        if number not in begins
    ]
    in_words = [_is_divided(line, after) for line, after in breaks]
    divided = sum(in_words)
    # The columns that each line which ends inside a sentence needed to hold the next word too.
    broken = [
        _needed(line, after)
        for (line, after), in_word in zip(breaks, in_words, strict=True)
        if not in_word and _goes_on(line, after, has_cases)
    ]
    columns = sorted((_columns(line) for block in blocks for line in block[:-1]), reverse=True)
    width, full = 0, 0
    for tried in (columns[0], columns[min(max(1, len(columns) // OUTLIERS), len(columns) - 1)]):
        found = divided + sum(needed > tried for needed in broken)
        if found > full and tried >= (0 if divided else NARROWEST):
            width, full = tried, found
    if full < (2 if width < NARROW else 1) or full < 2 * (divided + len(broken) - full):
        width = 0
    words = (word for text in texts for word in WORDS.findall(text.lower().replace("\u2010", "-"))) if divided else ()
    return Layout(width, len(broken), frozenset(words), len(breaks) >= MANY_BREAKS and divided < RARE * len(breaks))


def paragraphs_in(text: str, layout: Layout, divided: list[str] | None = None) -> Iterator[str]:
    """The paragraphs of a text, each as one line. ``divided`` gets the words whose hyphen at the end of a line is left out."""
    for lines in _blocks(text):
        begins, paragraph = _begins(lines), [lines[0].strip()]
        for number, (line, after) in enumerate(_pairs(lines), 1):
            is_first = number in begins
            if not is_first and layout.words and _is_divided(line, after):
                paragraph[-1] = _before_rest(paragraph[-1], after, layout, divided)
            elif not is_first and layout.width and _is_broken(line, after, layout.width):
                paragraph.append(between(line, after))
            else:
                yield "".join(paragraph)
                paragraph = []
            paragraph.append(after)
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


def _blocks(text: str) -> Iterator[list[str]]:
    """The lines of each block of a text, without the blanks at their ends. Blank lines are between blocks."""
    lines: list[str] = []
    for line in map(str.rstrip, text.split("\n")):
        if line:
            lines.append(line)
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def _begins(lines: Sequence[str]) -> set[int]:
    """The numbers of the lines that begin a paragraph because they are indented more than other lines of their block."""
    if not any(line[0].isspace() for line in lines):  # most blocks; the rest is slower
        return set()
    blanks = [line[: len(line) - len(line.lstrip())] for line in lines]
    indents = [len(blank) + 7 * blank.count("\t") + blank.count("\u3000") for blank in blanks]
    begin = min(indents) + INDENT
    return {number for number, indent in enumerate(indents) if indent >= begin}


def _pairs(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each line with the next one, which is without its indent."""
    return zip(lines, map(str.strip, lines[1:]), strict=False)


def _first(line: str) -> str:
    """The first character of a line after opening quotes and brackets."""
    return line[0] if line[0].isalnum() else line.lstrip(OPENERS)[:1]


def _goes_on(line: str, after: str, has_cases: bool) -> bool:
    """Whether a sentence goes on after a line."""
    first = _first(after)
    # In a text in capitals, and in scripts without cases, the first letter does not show that a sentence goes on.
    may_go_on = first.islower() or (first.isalnum() and not (has_cases and first.isupper()) and not first.isdigit())
    return may_go_on and not ends_sentence(line) and not line.rstrip(CLOSERS).endswith((":", "："))


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
    if not _first(after).islower() or ends_sentence(line):
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
