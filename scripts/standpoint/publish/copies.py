"""The copies that a researcher has of a release's withheld articles: found by sha256, address or sentences, and put aside
on disk, so that a run that was killed goes on where it stood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from standpoint.model import Article
from standpoint.publish.withhold import checksum

SHARED = 0.5  # of its sentences: a copy with so many of an article's is a copy of that article, however much differs


class _Line(Struct, omit_defaults=True):
    """A line of the file: the release that it is for; a copy and what it is a copy of; or a raw file that is done."""

    release: str = ""
    id: str = ""
    exact: bool = False
    article: Article | None = None
    done: tuple[str, int, int] | None = None


class Place(NamedTuple):
    """Where a copy lies in the file, and whether its text is the original's."""

    offset: int
    length: int
    exact: bool


class Index:
    """The withheld articles of a release, by all that a copy can be known by."""

    def __init__(self, rows: Iterable[dict]) -> None:
        self.sentences: dict[str, int] = {}
        self._by: dict[tuple[str, str], str] = {}
        self._by_sentence: dict[str, set[str]] = {}
        for row in rows:
            self.sentences[row["id"]] = len(row["sentence_sha256"])
            self._by["sha256", row["sha256"]] = row["id"]
            if row["url"]:
                self._by["url", row["url"]] = row["id"]
            for known in row["sentence_sha256"]:
                self._by_sentence.setdefault(known, set()).add(row["id"])

    def find(self, article: Article) -> tuple[str, bool] | None:
        """Which article this is a copy of, and whether its text is the original's."""
        if exact := self._by.get(("sha256", article.sha256)):
            return exact, True
        found = self._by.get(("url", article.url or ""))
        shared = Counter(
            name for start, end in article.sentences for name in self._by_sentence.get(checksum(article.text[start:end]), ())
        )
        likely = shared.most_common(1)
        if not found and likely and likely[0][1] >= SHARED * self.sentences[likely[0][0]]:
            found = likely[0][0]
        return (found, False) if found else None


class Copies:
    """The copies found so far, in a file that only grows. ``release`` is what they are copies for (any string)."""

    def __init__(self, path: Path, release: str) -> None:
        self.path, self.places, self.done = path, {}, set()
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._read(release) if path.exists() else 0
        self._file = path.open("r+b" if whole else "w+b")
        self._file.truncate(whole)
        self._file.seek(0, 2)
        if not whole:
            self._write(_Line(release=release))

    def _read(self, release: str) -> int:
        """Take notice of the whole lines; how many bytes they are. 0 where the file is for another release."""
        offset = 0
        with self.path.open("rb") as file:
            for number, raw in enumerate(file):
                try:
                    line = msgspec.json.decode(raw, type=_Line)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    break  # the line that a killed run was writing
                if not number and line.release != release or not raw.endswith(b"\n"):
                    break
                self._note(line, offset, len(raw))
                offset += len(raw)
        return offset

    def _note(self, line: _Line, offset: int, length: int) -> None:
        if line.done:
            self.done.add(line.done)
        if line.article and not (line.id in self.places and self.places[line.id].exact):
            self.places[line.id] = Place(offset, length, line.exact)

    def _write(self, line: _Line) -> None:
        raw = msgspec.json.encode(line) + b"\n"
        self._note(line, self._file.tell(), len(raw))
        self._file.write(raw)
        self._file.flush()

    def take(self, index: Index, articles: Iterable[Article]) -> Iterator[str]:
        """Put those aside that are copies of what is looked for; the id of each that is found."""
        for article in articles:
            found = index.find(article)
            if found and not (found[0] in self.places and self.places[found[0]].exact):
                self._write(_Line(id=found[0], exact=found[1], article=article))
                yield found[0]

    def finish(self, path: Path) -> None:
        """Note that a raw file has been read to its end."""
        self._write(_Line(done=_stamp(path)))

    def finished(self, path: Path) -> bool:
        """Whether a raw file has been read to its end, and is as it was then."""
        return _stamp(path) in self.done

    def get(self, name: str) -> tuple[Article, bool] | None:
        """The copy of an article, and whether its text is the original's."""
        place = self.places.get(name)
        if place is None:
            return None
        self._file.seek(place.offset)
        line = msgspec.json.decode(self._file.read(place.length), type=_Line)
        self._file.seek(0, 2)
        return line.article, line.exact

    def close(self) -> None:
        """Close the file; it stays, for another run."""
        self._file.close()


def _stamp(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns
