"""What several formats share: names of layers and labels, and tokens of a text."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator

import regex


class Names:
    """A name for each thing, of ASCII letters, digits, dash and underscore; no two differ in case alone."""

    def __init__(self, taken: Iterable[str] = (), other: str = r"[^A-Za-z0-9_-]") -> None:
        self.names: dict[Hashable, str] = {}
        self.other = other  # what is no part of a name
        self.taken = {name.lower() for name in taken}

    def of(self, thing: Hashable, wanted: str) -> str:
        """The thing's name: as it is wanted, as far as it can be."""
        if thing not in self.names:
            plain = re.sub(self.other, "_", wanted)
            name, number = plain, 2
            while name.lower() in self.taken:
                name, number = f"{plain}_{number}", number + 1
            self.taken.add(name.lower())
            self.names[thing] = name
        return self.names[thing]


TOKEN = regex.compile(r"\w+(?:['’.-]\w+)*|[^\w\s]\p{M}*")


def tokens(text: str, start: int, end: int, cuts: Iterable[int] = ()) -> Iterator[tuple[int, int]]:
    """Where the tokens of a stretch are; a token that a cut lies in is cut there."""
    places = sorted({cut for cut in cuts if start < cut < end})
    for match in TOKEN.finditer(text, start, end):
        edges = [match.start(), *(cut for cut in places if match.start() < cut < match.end()), match.end()]
        yield from zip(edges, edges[1:], strict=False)
