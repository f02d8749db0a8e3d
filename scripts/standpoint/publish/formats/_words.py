"""Words and punctuation of a text, for formats that are made of tokens; they cover all of it but blanks.

A mark (the vowels of Devanagari, Arabic's short ones, accents) belongs to the character before it; to the library regex,
other than to re, it is part of a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import regex

TOKEN = regex.compile(r"\w+(?:['’.-]\w+)*|[^\w\s]\p{M}*")


def tokens(text: str, start: int, end: int, cuts: Iterable[int] = ()) -> Iterator[tuple[int, int]]:
    """Where the tokens of a stretch are; a token that a cut lies in is cut there."""
    places = sorted({cut for cut in cuts if start < cut < end})
    for match in TOKEN.finditer(text, start, end):
        edges = [match.start(), *(cut for cut in places if match.start() < cut < match.end()), match.end()]
        yield from zip(edges, edges[1:], strict=False)
