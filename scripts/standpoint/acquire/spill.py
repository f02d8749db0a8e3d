"""The articles of one run, with their text, in a temporary file that they can be taken from by id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from standpoint.model import Article


class Spill:
    """In memory are only the ids, by source, and where each article stands."""

    def __init__(self, folder: Path) -> None:
        self.file = (folder / "articles").open("w+b")
        self.places: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        self.encoder, self.decoder = msgspec.json.Encoder(), msgspec.json.Decoder(Article)

    def add(self, article: Article) -> None:
        """Keep an article."""
        line = self.encoder.encode(article)
        self.places[article.source][article.id] = (self.file.tell(), len(line))
        self.file.write(line)

    def of(self, source: str) -> Iterator[Article]:
        """The articles of a source, by id."""
        for _, (start, length) in sorted(self.places.get(source, {}).items()):
            self.file.seek(start)
            yield self.decoder.decode(self.file.read(length))
